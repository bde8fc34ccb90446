//! Removing what builds made.

use camino::Utf8PathBuf;

use crate::build::error::BuildError;
use crate::build::layout::Layout;
use crate::build::output::OutputError;
use crate::build::record::Record;
use crate::source::{Db, File};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Cleaned {
    /// The uppermost folders that are gone, absolute.
    pub removed: Vec<Utf8PathBuf>,
}

/// Removes the outputs of the workspace under `root`, those of other versions of the engine too, and what it remembers of them.
pub fn clean(db: &dyn Db, root: File) -> Result<Cleaned, BuildError> {
    let layout = Layout::of(db, root);
    let host = db.host();
    let mut cleaned = Cleaned::default();
    let entries = host.entries(&layout.outputs).unwrap_or_default();
    for entry in entries.iter().filter(|entry| Layout::is_compiler_folder(&entry.name)) {
        let folder = layout.outputs.join(&entry.name);
        host.remove_directory(&folder).map_err(OutputError::during("remove", &folder))?;
        cleaned.removed.push(folder);
    }
    let record = Record::path(&layout.workspace);
    host.remove_file(&record).map_err(OutputError::during("remove", &record))?;
    let folders = [layout.outputs.clone(), layout.workspace.join(".oast")];
    for folder in folders.iter().filter(|folder| host.stat(folder).is_ok()) {
        let removed = host.remove_empty_directory(folder);
        if removed.map_err(OutputError::during("remove", folder))? && *folder == layout.outputs {
            cleaned.removed = vec![folder.clone()];
        }
    }
    Ok(cleaned)
}
