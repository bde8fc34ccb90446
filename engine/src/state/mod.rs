//! What was true when the last build of a workspace ended.
//!
//! One row per package says, by the stamps of its files, whether anything can have changed; a package whose row holds is never
//! looked into. Beside each row lies a shard with what is known of each module; it is read when the row does not hold, or when
//! another package needs an interface. Nothing here is believed unseen: stamps only hint, digests decide, and a record that is
//! damaged, foreign or missing costs the work that it would have saved.

mod file_set;
mod package;
mod workspace;

use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

pub use crate::state::file_set::{FileSet, Observation};
pub use crate::state::package::{
    ImportRow, ModuleRow, OutputRow, PackageRow, Shard, Use, UsedPart,
};
pub use crate::state::workspace::{PackageEntry, WorkspaceRow};

use crate::base::Name;
use crate::host::Host;

/// The folder of a workspace in which its state is kept.
pub const FOLDER: &str = ".oast";

/// The shards of a workspace, each read when it is first asked for, and at most once.
///
/// They may be older than what is on the disk: whoever uses one checks that it is about the same text and the same answers.
#[derive(Debug)]
pub struct State {
    root: Utf8PathBuf,
    shards: Mutex<FxHashMap<Name, Option<Arc<Shard>>>>,
}

impl State {
    /// The state of the workspace at `root`. Reads nothing yet.
    pub fn new(root: &Utf8Path) -> State {
        State { root: root.to_owned(), shards: Mutex::default() }
    }

    /// Where the workspace is.
    pub fn root(&self) -> &Utf8Path {
        &self.root
    }

    /// The shard of a package, if there is one that can be read.
    pub fn shard(&self, host: &dyn Host, package: &Name) -> Option<Arc<Shard>> {
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = shards.get(package) {
            return known.clone();
        }
        let shard = Shard::load(host, &self.root, package).map(Arc::new);
        shards.insert(package.clone(), shard.clone());
        shard
    }
}
