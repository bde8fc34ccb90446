//! Why there is nothing to be read at a path: that nothing is there, and that it cannot be read, are not the same.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;

/// Why there is nothing to be read at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Absence {
    /// Nothing is there.
    Missing,
    /// Something may be there, but nobody can tell.
    Unreadable(Unreadable),
}

/// What cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unreadable {
    /// The path itself, or the directory above it into which nobody can look.
    pub path: Utf8PathBuf,
    /// What the system says of it.
    pub reason: String,
}

impl Absence {
    /// What `error`, which came of an attempt to read at `path`, means.
    pub(crate) fn of(host: &dyn Host, path: &Utf8Path, error: &io::Error) -> Absence {
        if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) {
            return Absence::Missing;
        }
        let seen = path.ancestors().find(|it| host.stat(it).is_ok()).unwrap_or(path);
        Absence::Unreadable(Unreadable { path: seen.to_owned(), reason: error.to_string() })
    }

    /// What cannot be read, unless nothing is there.
    pub fn unreadable(&self) -> Option<&Unreadable> {
        match self {
            Absence::Missing => None,
            Absence::Unreadable(unreadable) => Some(unreadable),
        }
    }
}
