//! Files that the engine makes itself: written when they differ, removed when nobody makes them any more.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{Entry, EntryKind, Host};
use crate::state::Observation;

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
) -> Result<(Written, Observation), OutputError> {
    let look = Observation::now(host, path);
    let may_be_same = look.stamp.is_some_and(|stamp| stamp.size() == bytes.len() as u64);
    if may_be_same && host.read(path).is_ok_and(|there| there == bytes) {
        return Ok((Written::Unchanged, look));
    }
    let mut written = host.write(path, bytes);
    if written.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::IsADirectory) {
        clear(host, path)?;
        written = host.write(path, bytes);
    }
    written.map_err(OutputError::during("write", path))?;
    Ok((Written::Changed, Observation::now(host, path)))
}

/// Makes sure that nothing is at `path`, where a file is to be. A directory in which something is is not ours to remove.
pub(super) fn clear(host: &dyn Host, path: &Utf8Path) -> Result<(), OutputError> {
    let removed = match host.remove_file(path) {
        Err(_) if host.stat(path).is_ok_and(|stat| stat.kind == EntryKind::Directory) => {
            host.remove_empty_directory(path).and_then(|is_gone| {
                is_gone.then_some(()).ok_or_else(|| io::ErrorKind::DirectoryNotEmpty.into())
            })
        }
        other => other,
    };
    removed.map_err(OutputError::during("remove", path))
}

/// Removes from below `directory` the files that a build made and of whose absolute paths `keep` says no, and directories that become
/// empty; yields the files that are gone.
///
/// A file is a build's if its name ends like one or if `is_ours` says so of its path, as is a link that `is_ours` knows. Links to directories
/// are not entered: what is behind them is not below `directory`.
pub fn prune(
    host: &dyn Host,
    directory: &Utf8Path,
    keep: &dyn Fn(&Utf8Path) -> bool,
    is_ours: &dyn Fn(&Utf8Path) -> bool,
) -> Result<Vec<Utf8PathBuf>, OutputError> {
    let mut removed = Vec::new();
    let Some(visited) = directories_below(host, directory)? else { return Ok(removed) };
    for (directory, entries) in &visited {
        for entry in entries {
            let path = directory.join(&entry.name);
            let is_of_a_build = match entry.kind {
                EntryKind::Directory => is_ours(&path) && host.read_link(&path).is_ok(),
                _ => is_ours(&path) || is_own_name(&path) || is_leftover(host, &path, keep),
            };
            if is_of_a_build && !keep(&path) {
                host.remove_file(&path).map_err(OutputError::during("remove", &path))?;
                removed.push(path);
            }
        }
    }
    let touched: BTreeSet<&Utf8Path> =
        removed.iter().flat_map(|path| path.ancestors().skip(1)).collect();
    // Deepest first: a directory comes before those in it.
    let visited = visited.iter().rev().map(|(directory, _)| directory.as_path());
    for directory in visited.filter(|it| touched.contains(it)) {
        let remove = OutputError::during("remove", directory);
        host.remove_empty_directory(directory).map_err(remove)?;
    }
    Ok(removed)
}

/// A directory and what is in it.
type Listed = (Utf8PathBuf, Vec<Entry>);

/// `root` and the directories below with what is in them, each before those in it; `None` if there is no such directory.
fn directories_below(host: &dyn Host, root: &Utf8Path) -> Result<Option<Vec<Listed>>, OutputError> {
    if host.canonical(root).is_err() {
        return Ok(None);
    }
    let mut found = Vec::new();
    let mut pending = VecDeque::from([root.to_owned()]);
    while let Some(directory) = pending.pop_front() {
        let list = OutputError::during("list", &directory);
        let entries = host.entries(&directory).map_err(list)?;
        for entry in &entries {
            let path = directory.join(&entry.name);
            if entry.kind == EntryKind::Directory && host.read_link(&path).is_err() {
                pending.push_back(path);
            }
        }
        found.push((directory, entries));
    }
    Ok(Some(found))
}

/// Whether a file is called as only a build calls its files.
pub(super) fn is_own_name(path: &Utf8Path) -> bool {
    path.extension().is_some_and(|extension| OWN_EXTENSIONS.contains(&extension))
}

/// Whether a file is called as those that will be put in the place of an output.
pub(super) fn is_temporary(path: &Utf8Path) -> bool {
    path.file_name().is_some_and(|name| name.starts_with(".oast-"))
        && path.extension() == Some("tmp")
}

/// Whether a file is what remains of our work: Python's bytecode of a module that is gone, or the temporary file of a
/// process that was killed.
fn is_leftover(host: &dyn Host, path: &Utf8Path, keep: &dyn Fn(&Utf8Path) -> bool) -> bool {
    let name = path.file_name().unwrap_or_default();
    if is_temporary(path) {
        let age = host.stat(path).map(|stat| host.now().duration_since(stat.modified));
        return age.is_ok_and(|age| age.is_ok_and(|age| LEFTOVER_AGE < age));
    }
    let Some(cache) = path.parent().filter(|it| it.file_name() == Some("__pycache__")) else {
        return false;
    };
    let module = name.split('.').next().unwrap_or_default();
    let source = cache.with_file_name(format!("{module}.py"));
    path.extension() == Some("pyc") && !keep(&source)
}
