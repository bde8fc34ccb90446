//! Packages in which nothing has changed since the last build, as inputs.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};
use salsa::Durability;

use crate::base::PathMap;
use crate::source::{Db, File};
use crate::state::PackageSummary;

/// Whether the files of a package are what they were when the last build ended.
#[salsa::input(debug)]
pub struct PackageState {
    /// What is remembered of it; `None` where something may have changed. Only [`crate::source::apply`] sets it.
    #[returns(ref)]
    pub unchanged: Option<Arc<PackageSummary>>,
}

/// Manifest to [`PackageState`].
#[derive(Clone, Debug, Default)]
pub struct PackageTable(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    states: FxHashMap<File, PackageState>,
    surveyed: FxHashMap<File, Arc<PackageSummary>>,
    /// The manifests of which something is said above, by the directory that they are in, but for those that are yet to be placed.
    by_directory: PathMap<FxHashSet<File>>,
    /// Only who hears of changes asks by directory.
    to_be_placed: Vec<File>,
}

impl Table {
    fn place(&mut self, db: &dyn Db) {
        for manifest in self.to_be_placed.drain(..) {
            self.by_directory.or_default(manifest.directory(db)).insert(manifest);
        }
    }
}

impl PackageTable {
    /// Says what is remembered of the package of a manifest: somebody has looked, and none of its files has changed. Of no effect
    /// once a query has asked about the package.
    pub fn expect_unchanged(&self, manifest: File, unchanged: Arc<PackageSummary>) {
        let mut table = self.table();
        table.surveyed.insert(manifest, unchanged);
        table.to_be_placed.push(manifest);
    }

    /// The states of the packages that hold `path` and count as unchanged.
    pub(super) fn holding(&self, db: &dyn Db, path: &Utf8Path) -> Vec<PackageState> {
        let mut guard = self.table();
        guard.place(db);
        let Table { states, surveyed, by_directory, .. } = &mut *guard;
        let states = by_directory.at_or_above(path).flatten().filter_map(|manifest| {
            surveyed.remove(manifest);
            states.get(manifest).copied()
        });
        states.filter(|state| state.unchanged(db).is_some()).collect()
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
    let unchanged = table.surveyed.remove(&manifest);
    // Whoever asks about one package asks about all, and it changes once: an edit in one that is edited often is no reason to look at
    // all others again.
    let state = PackageState::builder(unchanged).durability(Durability::MEDIUM).new(db);
    table.states.insert(manifest, state);
    table.to_be_placed.push(manifest);
    state
}
