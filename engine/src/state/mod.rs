//! What was true when the last build of a workspace ended.
//!
//! One row per package says, by the stamps of its files, whether anything can have changed; a package whose row holds is never
//! looked into. Beside each row lies a shard with what is known of each module; it is read when the row does not hold, or when
//! another package needs an interface, and what only front ends need of a module is read when one asks. Records of what modules mean
//! are kept once more beside it, for outputs that are lost. Nothing here is believed unseen: stamps only hint, digests decide, and a
//! record that is damaged, foreign or missing costs the work that it would have saved.

mod file_set;
mod inputs;
mod package;
mod records;
mod rows;
mod shard;
mod workspace;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

pub(crate) use crate::state::file_set::Eye;
pub use crate::state::file_set::{FileSet, Look, Observation, Seen};
pub use crate::state::inputs::{InputContent, InputsRow, RememberedFile};
pub use crate::state::package::{OutputRow, PackageRow, PackageSummary};
pub use crate::state::records::{PackageFiles, Records};
pub use crate::state::shard::{
    ImportRow, ModuleHead, ModulePart, ModuleRow, SavedShard, Shard, Surroundings, Use, UsedPart,
};
pub use crate::state::workspace::{PackageEntry, WorkspaceRow};

use crate::base::{Name, PathMap};
use crate::host::{EntryKind, Host};

/// The folder of a workspace in which its state is kept.
pub const FOLDER: &str = ".oast";

/// The files in the folder of the state.
const FILES: [&str; 4] = ["lock", "record", "tools", "workspace"];

/// The folder for what is remembered of packages, in the folder of the state.
const PACKAGES: &str = "packages";

/// Removes directories that stand in the place of files of the state of the workspace at `root`, or the file in the place of a directory;
/// whether there were any. A build that could not write there can then be done again.
pub fn clear_the_way(host: &dyn Host, root: &Utf8Path) -> bool {
    let folder = root.join(FOLDER);
    let packages = folder.join(PACKAGES);
    let files = FILES.map(|name| folder.join(name)).into_iter();
    let of_packages = host.entries(&packages).unwrap_or_default();
    let files = files.chain(of_packages.into_iter().map(|entry| packages.join(entry.name)));
    let is = |path: &Utf8Path, wanted: fn(EntryKind) -> bool| {
        host.stat(path).is_ok_and(|stat| wanted(stat.kind))
    };
    let mut cleared =
        is(&packages, |kind| kind != EntryKind::Directory) && host.remove_file(&packages).is_ok();
    for path in files {
        cleared |= host.read_link(&path).is_err()
            && is(&path, |kind| kind == EntryKind::Directory)
            && host.remove_directory(&path).is_ok();
    }
    cleared
}

/// The shards of a workspace, each read when it is first asked for, and at most once.
///
/// They may be older than what is on the disk: whoever uses one checks that it is about the same text and the same answers.
#[derive(Debug)]
pub struct State {
    root: Utf8PathBuf,
    shards: Mutex<FxHashMap<Name, Option<Arc<Shard>>>>,
    inputs: Mutex<FxHashMap<Name, Option<Arc<InputsRow>>>>,
    /// The packages of which inputs certainly are the same, by the directories of these.
    looked_at: Mutex<PathMap<BTreeSet<Name>>>,
    records: Mutex<FxHashMap<Name, Option<Arc<Records>>>>,
}

impl State {
    /// The state of the workspace at `root`. Reads nothing yet.
    pub fn new(root: &Utf8Path) -> State {
        State {
            root: root.to_owned(),
            shards: Mutex::default(),
            inputs: Mutex::default(),
            looked_at: Mutex::default(),
            records: Mutex::default(),
        }
    }

    /// Where the workspace is.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The shard of a package, if there is one that can be read.
    pub fn shard(&self, host: &dyn Host, package: &Name) -> Option<Arc<Shard>> {
        known(&self.shards, package, || Shard::load(host, &self.root, package))
    }

    /// The records that were kept of the modules of a package.
    pub fn records(&self, host: &dyn Host, package: &Name) -> Option<Arc<Records>> {
        known(&self.records, package, || Some(Records::load(host, &self.root, package)))
    }

    /// Reads again what is remembered of the modules of a package when somebody asks the next time.
    pub fn forget(&self, package: &Name) {
        self.shards.lock().unwrap_or_else(PoisonError::into_inner).remove(package);
        self.records.lock().unwrap_or_else(PoisonError::into_inner).remove(package);
    }

    /// Says what was in the inputs of a package, and how much of it is the same, after somebody has looked at them.
    pub fn expect_inputs(&self, package: Name, inputs: Arc<InputsRow>) {
        let mut looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        for directory in inputs.directories(&self.root) {
            looked_at.or_default(&directory).insert(package.clone());
        }
        drop(looked_at);
        let mut table = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        table.insert(package, Some(inputs));
    }

    /// Forgets that inputs of packages are the same which a change at `path` (absolute) may concern.
    pub fn doubt_inputs(&self, path: &Utf8Path) {
        let looked_at = self.looked_at.lock().unwrap_or_else(PoisonError::into_inner);
        if looked_at.is_empty() {
            return;
        }
        let below = looked_at.at_or_below(path).map(|(_, names)| names);
        let mut table = self.inputs.lock().unwrap_or_else(PoisonError::into_inner);
        for name in looked_at.at_or_above(path).chain(below).flatten().collect::<BTreeSet<_>>() {
            if let Some(Some(inputs)) = table.get_mut(name) {
                Arc::make_mut(inputs).doubt(&self.root, path);
            }
        }
    }

    /// What was in the inputs of a package, if that can be read.
    pub fn inputs(&self, host: &dyn Host, package: &Name) -> Option<Arc<InputsRow>> {
        known(&self.inputs, package, || InputsRow::load(host, &self.root, package))
    }
}

/// What is in the table under a name; if nobody has looked yet, what `load` yields.
fn known<T>(
    table: &Mutex<FxHashMap<Name, Option<Arc<T>>>>,
    name: &Name,
    load: impl FnOnce() -> Option<T>,
) -> Option<Arc<T>> {
    let mut table = table.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = table.get(name) {
        return known.clone();
    }
    let loaded = load().map(Arc::new);
    table.insert(name.clone(), loaded.clone());
    loaded
}
