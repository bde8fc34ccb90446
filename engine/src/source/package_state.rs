//! Packages in which nothing has changed since the last build, as inputs.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::codec::Bytes;
use crate::source::{Db, File};

/// What is remembered of a package none of whose files has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchanged {
    /// One fingerprint for the interfaces of all modules.
    pub interfaces: u128,
    /// The checksum of its shard: what is in another one was true at another time.
    pub shard: u64,
    /// The packages that it depends on, sorted by name, each with the fingerprint of its interfaces at that time.
    pub dependencies: Vec<(Name, u128)>,
    /// The module whose `main` is run, if the package makes a program.
    pub main: Option<Name>,
    /// The record of the warnings in its modules.
    pub diagnostics: Bytes,
}

/// Whether the files of a package are what they were when the last build ended.
#[salsa::input(debug)]
pub struct PackageState {
    /// The directory of the package.
    #[returns(ref)]
    pub directory: Utf8PathBuf,
    /// What is remembered of it; `None` where something may have changed. Only [`crate::source::apply`] sets it.
    #[returns(ref)]
    pub unchanged: Option<Arc<Unchanged>>,
}

/// Manifest to [`PackageState`].
#[derive(Clone, Debug, Default)]
pub struct PackageTable(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    states: FxHashMap<File, PackageState>,
    surveyed: FxHashMap<Utf8PathBuf, Arc<Unchanged>>,
}

impl PackageTable {
    /// Says what is remembered of the package whose manifest is at `manifest`: somebody has looked, and none of its files has
    /// changed. Of no effect once a query has asked about the package.
    pub fn expect_unchanged(&self, manifest: &Utf8Path, unchanged: Arc<Unchanged>) {
        self.table().surveyed.insert(manifest.to_owned(), unchanged);
    }

    /// The states of the packages that hold `path` and count as unchanged.
    pub(super) fn holding(&self, db: &dyn Db, path: &Utf8Path) -> Vec<PackageState> {
        let mut table = self.table();
        table
            .surveyed
            .retain(|manifest, _| manifest.parent().is_none_or(|it| !path.starts_with(it)));
        let states = table.states.values().copied();
        states
            .filter(|it| it.unchanged(db).is_some() && path.starts_with(it.directory(db)))
            .collect()
    }

    fn table(&self) -> std::sync::MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The state of the package of a manifest.
pub fn package_state(db: &dyn Db, manifest: File) -> PackageState {
    let mut table = db.inputs().packages.table();
    if let Some(state) = table.states.get(&manifest) {
        return *state;
    }
    let path = manifest.path(db);
    let unchanged = table.surveyed.remove(path);
    let directory = path.parent().unwrap_or(path).to_owned();
    let durability = db.inputs().durability(&directory);
    let state = PackageState::builder(directory, unchanged).durability(durability).new(db);
    table.states.insert(manifest, state);
    state
}
