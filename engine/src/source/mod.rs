//! Where queries begin: files and directories as inputs, and what we can say about a place in them.

mod absence;
mod change;
mod diagnostic;
mod directory;
mod file;
mod package_state;
pub mod render;
mod seen;
mod workspace_state;

pub use crate::source::absence::{Absence, Unreadable};
pub use crate::source::change::{Change, apply};
pub use crate::source::diagnostic::{Diagnostic, DiagnosticFix, DiagnosticLabel, Span};
pub use crate::source::directory::{Directory, directory_at, directory_entries};
pub use crate::source::file::{File, SourceText, file_at, source_text};
pub use crate::source::package_state::{PackageState, PackageTable, package_state};
pub use crate::source::seen::Seen;
pub use crate::source::workspace_state::{
    RememberedWorkspace, WorkspaceState, WorkspaceTable, remembered_manifest, remembered_workspace,
};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use salsa::Durability;

use crate::base::{ModulePath, Name, PathMap};
use crate::host::{Entry, Host};
use crate::state::{Observation, State};

/// The database as every query sees it.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The machine.
    fn host(&self) -> &dyn Host;

    /// The inputs made so far.
    fn inputs(&self) -> &Inputs;

    /// A handle to the same database for another thread. It must be dropped before the database can change.
    fn fork(&self) -> Box<dyn Db + Send>;

    /// Says that the front end of a module runs, for whoever wants to know what runs.
    fn will_check(&self, module: &ModulePath);
}

/// Every path that a query ever asked about, whether or not something is there.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: file::FileTable,
    directories: directory::DirectoryTable,
    /// Packages in which nothing has changed.
    pub packages: PackageTable,
    /// Workspaces in whose manifests nothing has changed.
    pub workspaces: WorkspaceTable,
    states: Arc<Mutex<Vec<Arc<State>>>>,
    edited: Arc<RwLock<Vec<Utf8PathBuf>>>,
    externs: Arc<OnceLock<BTreeMap<Name, Utf8PathBuf>>>,
}

impl Inputs {
    /// Says that files below `directory` are likely to be edited. Those that were asked about before are not affected.
    ///
    /// An edit makes the database look again at whatever was computed from files of at most the edited file's durability. That is
    /// medium for manifests wherever they are, since all packages depend on all of them; low for other files below such a
    /// directory; and high for the rest.
    pub fn expect_edits(&self, directory: impl Into<Utf8PathBuf>) {
        self.edited.write().unwrap_or_else(PoisonError::into_inner).push(directory.into());
    }

    /// Says that dependencies are not to be looked for where manifests say, but are described by these files of metadata
    /// (absolute), by name. Of effect only before the first query, and only once.
    pub(crate) fn set_externs(&self, externs: BTreeMap<Name, Utf8PathBuf>) {
        self.externs.set(externs).expect("externs are set where the database is made");
    }

    /// The metadata of all dependencies, by name, where they are given so.
    pub(crate) fn externs(&self) -> Option<&BTreeMap<Name, Utf8PathBuf>> {
        self.externs.get()
    }

    /// What was true of the workspace at `root` when its last build ended.
    pub fn state(&self, root: &Utf8Path) -> Arc<State> {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = states.iter().find(|state| state.root().as_str() == root.as_str()) {
            return known.clone();
        }
        let state = Arc::new(State::new(root));
        states.push(state.clone());
        state
    }

    /// The same of the workspace under a root manifest. Queries ask often: of paths no more than their texts is compared.
    pub fn state_under(&self, db: &dyn Db, root: File) -> Arc<State> {
        let path = root.path(db).as_str();
        let is_in = |directory: &str| {
            let name = path.strip_prefix(directory).and_then(|it| it.strip_prefix('/'));
            name.is_some_and(|name| !name.contains('/'))
        };
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        let known = states.iter().find(|state| is_in(state.root().as_str())).cloned();
        drop(states);
        known.unwrap_or_else(|| self.state(root.directory(db)))
    }

    /// Looks again at what was true of the workspace at `root`, when somebody asks the next time.
    pub(crate) fn reload_state(&self, root: &Utf8Path) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|state| state.root() != root);
    }

    /// Forgets what somebody has seen of the files and directories that a change at `path` may concern, and that no query has asked
    /// about yet.
    pub(crate) fn forget_looks(&self, path: &Utf8Path) {
        self.directories.forget_expected(path);
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().for_each(|state| state.doubt_inputs(path));
    }

    /// Says what is in directories that nobody has asked about yet, each with how it looked before, in place of all that was said so
    /// earlier: somebody has looked just now.
    pub(crate) fn expect_entries(
        &self,
        listings: impl Iterator<Item = (Utf8PathBuf, Observation, Vec<Entry>)>,
    ) {
        self.directories.expect(listings.map(|(path, then, entries)| (path, (then, entries))));
    }

    /// The directories that queries have listed, each with how it looked before.
    pub fn listed_directories(&self, db: &dyn Db) -> PathMap<Observation> {
        let looked = self.directories.all().into_iter().filter_map(|directory| {
            let observation = directory.seen(db).observation()?;
            Some((directory.path(db).clone(), observation))
        });
        looked.collect()
    }

    fn durability(&self, path: &Utf8Path) -> Durability {
        let edited = self.edited.read().unwrap_or_else(PoisonError::into_inner);
        if path.extension() == Some("toml") {
            Durability::MEDIUM
        } else if edited.iter().any(|directory| path.starts_with(directory)) {
            Durability::LOW
        } else {
            Durability::HIGH
        }
    }
}
