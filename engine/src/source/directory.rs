//! Directories as inputs: a new, removed or renamed file changes the entries of the directory that it is in.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxBuildHasher, FxHashMap};
use salsa::Durability;

use crate::host::Entry;
use crate::source::Db;
use crate::source::seen::Seen;
use crate::state::Observation;

/// A directory: a path, and a revision that moves when a name in it comes or goes.
#[salsa::input(debug)]
pub struct Directory {
    /// Where it is, absolute.
    #[returns(ref)]
    pub path: Utf8PathBuf,
    /// Moves when the entries have changed. Only [`crate::source::apply`] sets it.
    #[returns(copy)]
    pub revision: u32,
    /// The entries that queries saw last.
    #[returns(ref)]
    pub seen: Seen,
}

/// Path to [`Directory`].
#[derive(Clone, Debug, Default)]
pub(crate) struct DirectoryTable {
    directories: Arc<Mutex<FxHashMap<Utf8PathBuf, Directory>>>,
    expected: Arc<Mutex<FxHashMap<Utf8PathBuf, Listing>>>,
}

/// How a directory looked, and what was in it.
pub(crate) type Listing = (Observation, Vec<Entry>);

impl DirectoryTable {
    fn get(&self, db: &dyn Db, path: &Utf8Path) -> Directory {
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = directories.get(path) {
            return *found;
        }
        let new = Directory::builder(path.to_owned(), 0, Seen::default());
        let directory = new.durability(Durability::MEDIUM).new(db);
        directories.insert(path.to_owned(), directory);
        directory
    }

    /// The directory at `path`, if a query ever asked about it.
    pub(crate) fn known(&self, path: &Utf8Path) -> Option<Directory> {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner).get(path).copied()
    }

    /// Says what is in directories, after somebody has looked at them, in place of all that was said before.
    pub(crate) fn expect(&self, listings: impl Iterator<Item = (Utf8PathBuf, Listing)>) {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        *expected = listings.collect();
    }

    /// What somebody has seen in a directory of which no change is known.
    fn expected(&self, db: &dyn Db, directory: Directory) -> Option<Listing> {
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        let listing = expected.remove(directory.path(db))?;
        (directory.revision(db) == 0).then_some(listing)
    }

    /// All directories that queries ever asked about.
    pub(crate) fn all(&self) -> Vec<Directory> {
        let directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        directories.values().copied().collect()
    }
}

/// The input for the directory at `path`.
pub fn directory_at(db: &dyn Db, path: &Utf8Path) -> Directory {
    db.inputs().directories.get(db, path)
}

/// The entries of the directory, sorted by name; `None` where there is no directory that can be read.
#[salsa::tracked(returns(ref))]
pub fn directory_entries(db: &dyn Db, directory: Directory) -> Option<Vec<Entry>> {
    let _changes_with = directory.revision(db);
    let path = directory.path(db);
    if let Some((then, entries)) = db.inputs().directories.expected(db, directory) {
        directory.seen(db).note(entries_hash(Some(&entries)), then);
        return Some(entries);
    }
    let observation = Observation::now(db.host(), path);
    let entries = db.host().entries(path).ok();
    directory.seen(db).note(entries_hash(entries.as_deref()), observation);
    entries
}

/// A hash of the entries of a directory (`None`: there is no directory), never 0.
pub(crate) fn entries_hash(entries: Option<&[Entry]>) -> u64 {
    FxBuildHasher.hash_one(entries).max(1)
}
