//! Directories as inputs: a new, removed or renamed file changes the entries of the directory that it is in.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxBuildHasher, FxHashMap};
use salsa::Durability;

use crate::host::Entry;
use crate::source::Db;

/// A directory: a path, and a revision that moves when a name in it comes or goes.
#[salsa::input(debug)]
pub struct Directory {
    /// Where it is, absolute.
    #[returns(ref)]
    pub path: Utf8PathBuf,
    /// Moves when the entries have changed. Only [`crate::source::apply`] sets it.
    #[returns(copy)]
    pub revision: u32,
}

/// Path to [`Directory`], with the hash of the entries that queries saw last.
#[derive(Clone, Debug, Default)]
pub(crate) struct DirectoryTable(Arc<Mutex<FxHashMap<Utf8PathBuf, Known>>>);

type Known = (Directory, Arc<AtomicU64>);

impl DirectoryTable {
    fn get(&self, db: &dyn Db, path: &Utf8Path) -> Known {
        let mut directories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = directories.get(path) {
            return found.clone();
        }
        let directory =
            Directory::builder(path.to_owned(), 0).durability(Durability::MEDIUM).new(db);
        let entry = (directory, Arc::new(AtomicU64::new(0)));
        directories.insert(path.to_owned(), entry.clone());
        entry
    }

    /// The directory at `path`, if a query ever asked about it, and the hash of the entries that it saw there.
    pub(crate) fn known(&self, path: &Utf8Path) -> Option<(Directory, u64)> {
        let directories = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        directories.get(path).map(|(directory, seen)| (*directory, seen.load(Ordering::Acquire)))
    }
}

/// The input for the directory at `path`.
pub fn directory_at(db: &dyn Db, path: &Utf8Path) -> Directory {
    db.inputs().directories.get(db, path).0
}

/// The entries of the directory, sorted by name; `None` where there is no directory that can be read.
#[salsa::tracked(returns(ref))]
pub fn directory_entries(db: &dyn Db, directory: Directory) -> Option<Vec<Entry>> {
    let _changes_with = directory.revision(db);
    let path = directory.path(db);
    let entries = db.host().entries(path).ok();
    let (_, seen) = db.inputs().directories.get(db, path);
    seen.store(entries_hash(entries.as_deref()), Ordering::Release);
    entries
}

/// A hash of the entries of a directory (`None`: there is no directory), never 0.
pub(crate) fn entries_hash(entries: Option<&[Entry]>) -> u64 {
    FxBuildHasher.hash_one(entries).max(1)
}
