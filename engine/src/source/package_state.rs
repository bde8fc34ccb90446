//! Packages in which nothing has changed since the last build, as inputs.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;
use rustc_hash::FxHashMap;
use salsa::Durability;

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
}

impl PackageTable {
    /// Says what is remembered of the package of a manifest: somebody has looked, and none of its files has changed. Of no effect
    /// once a query has asked about the package.
    pub fn expect_unchanged(&self, manifest: File, unchanged: Arc<PackageSummary>) {
        self.table().surveyed.insert(manifest, unchanged);
    }

    /// The states of the packages that hold `path` and count as unchanged.
    pub(super) fn holding(&self, db: &dyn Db, path: &Utf8Path) -> Vec<PackageState> {
        let holds = |manifest: File| path.starts_with(directory(db, manifest));
        let mut table = self.table();
        table.surveyed.retain(|manifest, _| !holds(*manifest));
        let states = table.states.iter().filter(|(manifest, _)| holds(**manifest));
        states.map(|(_, state)| *state).filter(|state| state.unchanged(db).is_some()).collect()
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
    state
}

fn directory(db: &dyn Db, manifest: File) -> &Utf8Path {
    let path = manifest.path(db);
    path.parent().unwrap_or(path)
}
