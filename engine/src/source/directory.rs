//! Directories as inputs: a new, removed or renamed file changes the entries of the directory that it is in.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxBuildHasher;
use salsa::Durability;

use crate::base::PathMap;
use crate::host::Entry;
use crate::source::seen::Seen;
use crate::source::{Absence, Db};
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
    directories: Arc<Mutex<PathMap<Directory>>>,
    expected: Arc<Mutex<PathMap<Listing>>>,
}

/// How a directory looked, and what was in it.
pub(crate) type Listing = (Observation, Vec<Entry>);

impl DirectoryTable {
    fn get(&self, db: &dyn Db, path: &Utf8Path) -> Directory {
        let mut directories = self.known_ones();
        if let Some(found) = directories.get(path) {
            return *found;
        }
        let new = Directory::builder(path.to_owned(), 0, Seen::default());
        let directory = new.durability(Durability::MEDIUM).new(db);
        directories.insert(path, directory);
        directory
    }

    /// The directory at `path`, if a query ever asked about it.
    pub(crate) fn known(&self, path: &Utf8Path) -> Option<Directory> {
        self.known_ones().get(path).copied()
    }

    /// The directories at `path` and below it that queries ever asked about.
    pub(crate) fn known_below(&self, path: &Utf8Path) -> Vec<Directory> {
        self.known_ones().at_or_below(path).map(|(_, it)| *it).collect()
    }

    /// Says what is in directories, after somebody has looked at them, in place of all that was said before.
    pub(crate) fn expect(&self, listings: impl Iterator<Item = (Utf8PathBuf, Listing)>) {
        *self.expected_ones() = listings.collect();
    }

    /// Forgets what was said of the directories that a change at `path` may concern: those above it, itself, and those below.
    pub(crate) fn forget_expected(&self, path: &Utf8Path) {
        let mut expected = self.expected_ones();
        if expected.is_empty() {
            return;
        }
        path.ancestors().for_each(|it| _ = expected.remove(it));
        let gone: Vec<Utf8PathBuf> =
            expected.at_or_below(path).map(|(it, _)| it.to_owned()).collect();
        gone.iter().for_each(|it| _ = expected.remove(it));
    }

    /// What somebody has seen in a directory of which no change is known.
    fn expected(&self, db: &dyn Db, directory: Directory) -> Option<Listing> {
        let mut expected = self.expected_ones();
        let listing = expected.remove(directory.path(db))?;
        (directory.revision(db) == 0).then_some(listing)
    }

    /// All directories that queries ever asked about.
    pub(crate) fn all(&self) -> Vec<Directory> {
        self.known_ones().iter().map(|(_, it)| *it).collect()
    }

    fn known_ones(&self) -> MutexGuard<'_, PathMap<Directory>> {
        self.directories.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expected_ones(&self) -> MutexGuard<'_, PathMap<Listing>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The input for the directory at `path`.
pub fn directory_at(db: &dyn Db, path: &Utf8Path) -> Directory {
    db.inputs().directories.get(db, path)
}

/// The entries of the directory, sorted by name, or why there are none to be seen.
#[salsa::tracked(returns(ref))]
pub fn directory_entries(db: &dyn Db, directory: Directory) -> Result<Vec<Entry>, Absence> {
    let _changes_with = directory.revision(db);
    let path = directory.path(db);
    let (then, entries) = match db.inputs().directories.expected(db, directory) {
        Some((then, entries)) => (then, Ok(entries)),
        None => (Observation::now(db.host(), path), entries_at(db, path)),
    };
    directory.seen(db).note(entries_hash(&entries), then);
    entries
}

/// What is in the directory at `path` now, whatever queries have seen.
pub(super) fn entries_at(db: &dyn Db, path: &Utf8Path) -> Result<Vec<Entry>, Absence> {
    db.host().entries(path).map_err(|error| Absence::of(db.host(), path, &error))
}

/// A hash of the entries of a directory, or of why there are none, never 0.
pub(super) fn entries_hash(entries: &Result<Vec<Entry>, Absence>) -> u64 {
    FxBuildHasher.hash_one(entries).max(1)
}
