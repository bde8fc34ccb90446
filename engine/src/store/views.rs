//! Which views there are: directories that builds keep up to date. They are listed in a file of their own, since builds make again what
//! the database says, but not what somebody has asked for.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{FileLock, Host, LockKind};
use crate::store::Store;
use crate::store::database::{remove, wait_for};
use crate::store::error::StoreError;
use crate::store::view::MARKER;

/// The file: a list of paths in JSON.
pub(super) const FILE: &str = "views.json";

/// The view in the store itself, which is one wherever the store is, and so needs no place in the list.
const OWN: &str = "view";

/// The right to change views and their list, and then to ask the database what they should show: who came later would undo what somebody did
/// that asked before and knew less. Nobody who wants it is refused: without locks, a view may be out of date until the next build.
pub(super) struct Turn<'a> {
    host: &'a dyn Host,
    home: &'a Utf8Path,
    _lock: Option<FileLock>,
}

impl Store<'_> {
    /// Waits for others to be done with the views.
    pub(super) fn turn(&self) -> Turn<'_> {
        let path = self.home.join("locks/views");
        let lock = wait_for(self.host, &path, LockKind::Exclusive);
        Turn { host: self.host, home: &self.home, _lock: lock }
    }

    /// The views that there are or were.
    pub(super) fn views(&self) -> BTreeSet<Utf8PathBuf> {
        views(self.host, &self.home)
    }
}

impl Turn<'_> {
    /// Adds a view.
    pub(super) fn add(&self, directory: &Utf8Path) -> Result<(), StoreError> {
        let mut views = views(self.host, self.home);
        if views.insert(directory.to_owned()) { self.save(&views) } else { Ok(()) }
    }

    /// Forgets the views that nobody has any more.
    pub(super) fn forget(&self, gone: &BTreeSet<Utf8PathBuf>) -> Result<(), StoreError> {
        let mut views = views(self.host, self.home);
        let before = views.len();
        views.retain(|view| !gone.contains(view));
        if views.len() < before { self.save(&views) } else { Ok(()) }
    }

    fn save(&self, views: &BTreeSet<Utf8PathBuf>) -> Result<(), StoreError> {
        let path = self.home.join(FILE);
        let own = self.home.join(OWN);
        let views: Vec<&str> =
            views.iter().filter(|view| **view != own).map(|view| view.as_str()).collect();
        let text = serde_json::json!(views).to_string();
        self.host.write(&path, text.as_bytes()).map_err(StoreError::during("write", &path))
    }

    /// Removes a list that is damaged; its path.
    pub(super) fn mend(&self) -> Result<Option<Utf8PathBuf>, StoreError> {
        use io::ErrorKind::{InvalidData, UnexpectedEof};
        let path = self.home.join(FILE);
        match listed(self.host, &path) {
            // Where the file cannot be read, nobody knows whether it is damaged.
            Err(error) if matches!(error.kind(), InvalidData | UnexpectedEof) => {
                remove(self.host, &path).map(|()| Some(path))
            }
            _ => Ok(None),
        }
    }
}

fn views(host: &dyn Host, home: &Utf8Path) -> BTreeSet<Utf8PathBuf> {
    // One that cannot be read is for the doctor.
    let mut views = listed(host, &home.join(FILE)).unwrap_or_default();
    let own = home.join(OWN);
    if host.stat(&own.join(MARKER)).is_ok() {
        views.insert(own);
    }
    views
}

fn listed(host: &dyn Host, path: &Utf8Path) -> io::Result<BTreeSet<Utf8PathBuf>> {
    Ok(serde_json::from_slice(&host.read(path)?)?)
}
