//! Removing what builds made.

use camino::Utf8PathBuf;

use crate::build::begin::lock;
use crate::build::error::BuildError;
use crate::build::executor::STAGING;
use crate::build::layout::Layout;
use crate::build::output::OutputError;
use crate::build::progress::Silent;
use crate::build::record::Record;
use crate::build::sweep::made_beside;
use crate::build::told::Told;
use crate::host::{CancelToken, EntryKind, Stat};
use crate::source::{Db, File};
use crate::state;
use crate::store::{Store, home, receipt};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// The files and the uppermost folders that are gone, absolute.
    pub removed: Vec<Utf8PathBuf>,
}

/// What builds leave in the folder of the state. Settings lie there too: they stay.
const REMEMBERED: &[&str] = &[STAGING, "packages", "record", "tools", "workspace", "lock"];

/// Removes the outputs of the workspace under `root`, those of other versions of the engine too, and what it remembers of them. The
/// store may forget them, too.
pub fn clean(db: &dyn Db, root: File) -> Result<Cleaned, BuildError> {
    let layout = Layout::of(db, root);
    let host = db.host();
    let state = layout.workspace.join(state::FOLDER);
    let is_built = host.stat(&state).is_ok();
    let cancel = CancelToken::default();
    let _alone = is_built.then(|| lock(host, &layout.workspace, &Silent, &cancel)).transpose()?;
    Told::take(host, &layout.workspace)?;
    let mut cleaned = Cleaned::default();
    let entries = host.entries(&layout.outputs).unwrap_or_default();
    for entry in entries.iter().filter(|entry| layout.is_compiler_folder(&entry.name)) {
        let folder = layout.outputs.join(&entry.name);
        host.remove_directory(&folder).map_err(OutputError::during("remove", &folder))?;
        cleaned.removed.push(folder);
    }
    if host.stat(&layout.outputs).is_ok() {
        let record = Record::load(host, &layout.workspace).unwrap_or_default();
        for path in made_beside(host, &layout, &record)? {
            host.remove_file(&path).map_err(OutputError::during("remove", &path))?;
            cleaned.removed.push(path);
        }
    }
    for name in REMEMBERED {
        let path = state.join(name);
        let removed = match host.stat(&path) {
            Ok(Stat { kind: EntryKind::Directory, .. }) => host.remove_directory(&path),
            _ => host.remove_file(&path),
        };
        removed.map_err(OutputError::during("remove", &path))?;
    }
    let folders = [layout.outputs.clone(), state];
    for folder in folders.iter().filter(|folder| host.stat(folder).is_ok()) {
        let removed = host.remove_empty_directory(folder);
        if removed.map_err(OutputError::during("remove", folder))? && *folder == layout.outputs {
            cleaned.removed = vec![folder.clone()];
        }
    }
    if let Ok(home) = home(host)
        && receipt(host, &home, &layout.workspace).is_some()
    {
        // What cannot be forgotten now is found out by who looks.
        _ = Store::open(host, &home).and_then(|it| it.forget_workspace(&layout.workspace));
    }
    Ok(cleaned)
}
