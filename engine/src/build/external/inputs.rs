//! The files of a package that a compiler may read which says nobody what it reads.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::output::OutputError;
use crate::host::{Entry, EntryKind, Host};
use crate::manifest::manifest_kind;

/// What a compiler may read of a package.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// The files, absolute.
    pub(super) files: BTreeSet<Utf8PathBuf>,
    /// The same in fewer words: files, and directories of which everything belongs to them.
    pub(super) granted: Vec<Utf8PathBuf>,
}

/// All files below `directory` but those in hidden directories, in packages of their own, and in `outputs`. Links count where they
/// lead to files of the package.
pub(super) fn inputs(
    host: &dyn Host,
    directory: &Utf8Path,
    outputs: &[Utf8PathBuf],
) -> Result<Inputs, OutputError> {
    let home = host.canonical(directory).map_err(OutputError::during("find", directory))?;
    let is_own = |path: &Utf8Path| host.canonical(path).is_ok_and(|path| path.starts_with(&home));
    let mut found = Inputs::default();
    let (mut directories, mut left_out) = (Vec::new(), Vec::new());
    let mut pending = vec![directory.to_owned()];
    while let Some(current) = pending.pop() {
        let entries = host.entries(&current).map_err(OutputError::during("list", &current))?;
        if current != directory && entries.iter().any(is_manifest) || outputs.contains(&current) {
            left_out.push(current);
            continue;
        }
        for entry in entries {
            let path = current.join(&entry.name);
            let is_link = host.read_link(&path).is_ok();
            match entry.kind {
                EntryKind::File if !is_link || is_own(&path) => _ = found.files.insert(path),
                EntryKind::Directory if is_link => (),
                EntryKind::Directory if entry.name.starts_with('.') => left_out.push(path),
                EntryKind::Directory => pending.push(path),
                _ => (),
            }
        }
        directories.push(current);
    }
    found.granted = granted(&found.files, &directories, &left_out);
    Ok(found)
}

fn is_manifest(entry: &Entry) -> bool {
    entry.kind == EntryKind::File && manifest_kind(&entry.name).is_some()
}

/// The uppermost directories without anything that is left out, and the files that are in none of them.
fn granted(
    files: &BTreeSet<Utf8PathBuf>,
    directories: &[Utf8PathBuf],
    left_out: &[Utf8PathBuf],
) -> Vec<Utf8PathBuf> {
    let known: BTreeSet<&Utf8Path> = directories.iter().map(Utf8PathBuf::as_path).collect();
    let partial: BTreeSet<&Utf8Path> =
        left_out.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    let is_partial = |path: &Utf8Path| partial.contains(path);
    let is_uppermost = |path: &&Utf8PathBuf| {
        let parent = path.parent().filter(|parent| known.contains(parent));
        !is_partial(path) && parent.is_none_or(is_partial)
    };
    let whole = directories.iter().filter(is_uppermost);
    let single = files.iter().filter(|path| path.parent().is_some_and(is_partial));
    whole.chain(single).cloned().collect()
}
