//! Files that the engine makes itself: written when they differ, removed when nobody makes them any more.

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{EntryKind, FileStamp, Host};

/// What files made by a build are called. Nobody else has anything to do with such a file below an output directory.
const OWN_EXTENSIONS: &[&str] = &["ioct", "py", "c", "h", "o", "a", "bin"];

/// How old a temporary file must be to be a leftover and not another process's work.
const LEFTOVER_AGE: Duration = Duration::from_hours(1);

/// An output could not be written or removed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what} `{path}`: {error}")]
pub struct OutputError {
    /// What was tried: a verb.
    pub what: &'static str,
    /// The file or directory.
    pub path: Utf8PathBuf,
    /// What the system says.
    pub error: io::Error,
}

impl OutputError {
    pub(super) fn during(
        what: &'static str,
        path: &Utf8Path,
    ) -> impl FnOnce(io::Error) -> OutputError {
        let path = path.to_owned();
        move |error| OutputError { what, path, error }
    }
}

/// What became of a file that had to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It was there with the same content and was not touched.
    Unchanged,
    /// It is new or has new content.
    Changed,
}

/// Makes sure that `bytes` are at `path`. A file that has them already is not touched, so its time of change stays.
pub fn write_if_changed(
    host: &dyn Host,
    path: &Utf8Path,
    bytes: &[u8],
) -> Result<Written, OutputError> {
    put(host, path, bytes).map(|(written, _)| written)
}

/// As [`write_if_changed`]; beside it how the file looked when it certainly had that content, but for what happens in the moment between
/// a write and a look.
pub(super) fn put(
    host: &dyn Host,
    path: &Utf8Path,
    bytes: &[u8],
) -> Result<(Written, Option<FileStamp>), OutputError> {
    let stat = host.stat(path).ok().filter(|stat| stat.size == bytes.len() as u64);
    if stat.is_some() && host.read(path).is_ok_and(|there| there == bytes) {
        return Ok((Written::Unchanged, stat.as_ref().map(FileStamp::of)));
    }
    host.write(path, bytes).map_err(OutputError::during("write", path))?;
    Ok((Written::Changed, host.stat(path).ok().as_ref().map(FileStamp::of)))
}

/// Removes from below `directory` the files that a build made and `keep` (absolute paths) does not hold, and directories
/// that become empty; yields the files that are gone.
///
/// A file is a build's if its name ends like one or if `is_ours` says so of its path. Links to directories are not
/// entered: what is behind them is not below `directory`.
pub fn prune(
    host: &dyn Host,
    directory: &Utf8Path,
    keep: &BTreeSet<Utf8PathBuf>,
    is_ours: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, OutputError> {
    let mut removed = Vec::new();
    let Some(visited) = directories_below(host, directory)? else { return Ok(removed) };
    for directory in &visited {
        let list = OutputError::during("list", directory);
        for entry in host.entries(directory).map_err(list)? {
            let path = directory.join(&entry.name);
            let stale = entry.kind != EntryKind::Directory
                && !keep.contains(&path)
                && (is_ours(&path) || is_own_name(&path) || is_leftover(host, &path, keep));
            if stale {
                host.remove_file(&path).map_err(OutputError::during("remove", &path))?;
                removed.push(path);
            }
        }
    }
    let touched: BTreeSet<&Utf8Path> =
        removed.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    // Deepest first: a directory comes before those in it.
    for directory in visited.iter().rev().filter(|it| touched.contains(it.as_path())) {
        let remove = OutputError::during("remove", directory);
        host.remove_empty_directory(directory).map_err(remove)?;
    }
    Ok(removed)
}

/// `root` and the directories below, each before those in it; `None` if there is no such directory.
fn directories_below(
    host: &dyn Host,
    root: &Utf8Path,
) -> Result<Option<Vec<Utf8PathBuf>>, OutputError> {
    let Ok(real_root) = host.canonical(root) else { return Ok(None) };
    let mut found = vec![root.to_owned()];
    let mut next = 0;
    while let Some(directory) = found.get(next).cloned() {
        next += 1;
        let list = OutputError::during("list", &directory);
        for entry in host.entries(&directory).map_err(list)? {
            let path = directory.join(&entry.name);
            let expected = path.strip_prefix(root).map(|rest| real_root.join(rest));
            let is_itself = || host.canonical(&path).is_ok_and(|real| Ok(real) == expected);
            if entry.kind == EntryKind::Directory && is_itself() {
                found.push(path);
            }
        }
    }
    Ok(Some(found))
}

/// Whether a file is called as only a build calls its files.
pub(super) fn is_own_name(path: &Utf8Path) -> bool {
    path.extension().is_some_and(|extension| OWN_EXTENSIONS.contains(&extension))
}

/// Whether a file is what remains of our work: Python's bytecode of a module that is gone, or the temporary file of a
/// process that was killed.
fn is_leftover(host: &dyn Host, path: &Utf8Path, keep: &BTreeSet<Utf8PathBuf>) -> bool {
    let name = path.file_name().unwrap_or_default();
    if name.starts_with(".oast-") && path.extension() == Some("tmp") {
        let age = host.stat(path).map(|stat| host.now().duration_since(stat.modified));
        return age.is_ok_and(|age| age.is_ok_and(|age| LEFTOVER_AGE < age));
    }
    let Some(cache) = path.parent().filter(|it| it.file_name() == Some("__pycache__")) else {
        return false;
    };
    let module = name.split('.').next().unwrap_or_default();
    let source = cache.with_file_name(format!("{module}.py"));
    path.extension() == Some("pyc") && !keep.contains(&source)
}
