//! Workspaces whose manifests have not changed since the last build, as inputs.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use salsa::Durability;

use crate::base::{PathMap, resolve};
use crate::source::{Db, File, file_at};
use crate::state::{Observation, PackageEntry, WorkspaceRow};

/// What is remembered of a workspace none of whose manifests has changed.
#[derive(Debug)]
pub struct RememberedWorkspace {
    /// What is remembered.
    pub row: Arc<WorkspaceRow>,
    /// The manifest of each package.
    pub manifests: Vec<File>,
    by_manifest: FxHashMap<File, usize>,
    /// The packages in each directory that has a manifest, once somebody has asked: only who hears of changes does.
    by_directory: OnceLock<PathMap<Vec<usize>>>,
}

impl RememberedWorkspace {
    fn new(row: Arc<WorkspaceRow>, manifests: Vec<File>) -> RememberedWorkspace {
        let by_manifest = manifests.iter().copied().zip(0..).collect();
        RememberedWorkspace { row, manifests, by_manifest, by_directory: OnceLock::new() }
    }

    fn by_directory(&self, db: &dyn Db) -> &PathMap<Vec<usize>> {
        self.by_directory.get_or_init(|| {
            let mut by_directory: PathMap<Vec<usize>> = PathMap::default();
            for (index, manifest) in self.manifests.iter().enumerate() {
                by_directory.or_default(manifest.directory(db)).push(index);
            }
            by_directory
        })
    }

    /// The packages in whose directories, or below them, `path` is.
    fn holding<'a>(
        &'a self,
        db: &dyn Db,
        path: &'a Utf8Path,
    ) -> impl Iterator<Item = &'a PackageEntry> + use<'a> {
        let indices = self.by_directory(db).at_or_above(path).flatten();
        indices.map(|index| &self.row.packages[*index])
    }
}

/// Whether the manifests of a workspace are what they were when the last build ended.
#[salsa::input(debug)]
pub struct WorkspaceState {
    /// The directory of the root manifest.
    #[returns(ref)]
    pub directory: Utf8PathBuf,
    /// What is remembered of it; `None` where something may have changed. Only [`crate::source::apply`] sets it.
    #[returns(ref)]
    pub remembered: Option<Arc<RememberedWorkspace>>,
}

impl WorkspaceState {
    /// Whether the file at `path` was a source of one of the packages when their builds ended.
    pub(super) fn had_source(self, db: &dyn Db, path: &Utf8Path) -> bool {
        let Some(remembered) = self.remembered(db) else { return false };
        let state = db.inputs().state(self.directory(db));
        remembered.holding(db, path).any(|package| {
            let inputs = state.inputs(db.host(), &package.name);
            inputs.is_some_and(|it| it.file(state.root(), path).is_some())
        })
    }
}

/// The workspaces of which somebody has said something.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceTable(Arc<Mutex<Vec<WorkspaceState>>>);

impl WorkspaceTable {
    /// Says what is remembered of the workspace in `directory`: somebody has looked, and none of its manifests has changed. Of no
    /// effect if something was said before, or if queries have read a manifest that has changed since.
    pub fn expect_unchanged(&self, db: &dyn Db, directory: &Utf8Path, row: Arc<WorkspaceRow>) {
        let mut states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = states.iter().any(|state| state.directory(db) == directory);
        // What was remembered is of a workspace whose dependencies were looked for where its manifests say.
        if is_known || db.inputs().externs().is_some() {
            return;
        }
        let file = |relative: &String| file_at(db, &resolve(directory, relative));
        let manifests: Vec<File> = row.packages.iter().map(|it| file(&it.manifest)).collect();
        let has_changed = |file: File| {
            let then = file.observation(db);
            then.is_some_and(|then| Observation::now(db.host(), file.path(db)).stamp != then.stamp)
        };
        if has_changed(file(&row.root)) || manifests.iter().any(|it| has_changed(*it)) {
            return;
        }
        let remembered = Arc::new(RememberedWorkspace::new(row, manifests));
        let state = WorkspaceState::builder(directory.to_owned(), Some(remembered));
        states.push(state.durability(Durability::MEDIUM).new(db));
    }

    /// The states of the workspaces of which something is remembered.
    pub(super) fn remembered(&self, db: &dyn Db) -> Vec<WorkspaceState> {
        let states = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        states.iter().copied().filter(|it| it.remembered(db).is_some()).collect()
    }
}

/// What is remembered of the workspace under a root manifest, if no manifest in it has changed.
pub fn remembered_workspace(db: &dyn Db, root: File) -> Option<&RememberedWorkspace> {
    let path = root.path(db);
    let states = db.inputs().workspaces.remembered(db).into_iter();
    let mut states = states.filter(|it| path.parent() == Some(it.directory(db)));
    let remembered = states.find_map(|state| state.remembered(db).as_deref())?;
    (path.file_name() == Some(&remembered.row.root)).then_some(remembered)
}

/// What is remembered of the package of a manifest that has not changed. Counts as a look of a query at the manifest.
pub fn remembered_manifest(db: &dyn Db, manifest: File) -> Option<&PackageEntry> {
    let states = db.inputs().workspaces.remembered(db).into_iter();
    let mut remembered = states.filter_map(|state| state.remembered(db).as_deref());
    let entry = remembered
        .find_map(|it| it.by_manifest.get(&manifest).map(|index| &it.row.packages[*index]))?;
    manifest.note_unread(db, entry.observed);
    Some(entry)
}
