//! What is remembered of a workspace as a whole.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Name};
use crate::codec::{self, Bytes, Kind};
use crate::host::Host;
use crate::state::FOLDER;
use crate::state::file_set::{FileSet, Observation};
use crate::state::package::OutputRow;

const WORKSPACE: Kind = Kind { magic: *b"OWSP", format: 4 };

/// A workspace whose manifests had no mistakes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkspaceRow {
    /// The file name of the root manifest.
    pub root: String,
    /// The manifests and the directories in which packages were looked for, as they were when they were read.
    pub manifests: FileSet,
    /// The packages, dependencies first.
    pub packages: Vec<PackageEntry>,
    /// A fingerprint of which packages these are, and of what they depend on.
    pub composition: u128,
    /// The run-time support, which belongs to no package, for each way of making it.
    pub runtime: Vec<OutputRow>,
    /// The targets in whose folders nothing is left of what is not of the workspace any more.
    pub swept: BTreeSet<String>,
}

/// A package of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageEntry {
    /// Its name.
    pub name: Name,
    /// Its manifest, relative to the workspace.
    pub manifest: String,
    /// Whether the workspace lists it.
    pub is_member: bool,
    /// How the manifest looked before it was read.
    pub observed: Observation,
    /// The digest of the manifest.
    pub digest: Digest,
    /// The record of what others need to know of it.
    pub identity: Bytes,
    /// What it depends on, in the order of its manifest: the index among the packages, and that in the manifest's list.
    pub dependencies: Vec<(u32, u32)>,
}

impl WorkspaceRow {
    /// What [`WorkspaceRow::composition`] is of these packages.
    pub fn composition_of(packages: &[PackageEntry]) -> u128 {
        let one = |it: &PackageEntry| {
            codec::fingerprint(&(&it.name, &it.manifest, &it.identity, &it.dependencies))
        };
        codec::fingerprint(&packages.iter().map(one).collect::<Vec<u128>>())
    }

    /// The run-time support that was made in a way.
    pub fn runtime(&self, way: Digest) -> Option<&OutputRow> {
        self.runtime.iter().find(|row| row.way == way)
    }

    fn path(root: &Utf8Path) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/workspace"))
    }

    /// What is remembered of the workspace at `root`; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path) -> Option<WorkspaceRow> {
        let bytes = host.read(&WorkspaceRow::path(root)).ok()?;
        codec::decode(WORKSPACE, &bytes).ok()
    }

    /// Leaves it for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path) -> std::io::Result<()> {
        host.write(&WorkspaceRow::path(root), &codec::encode(WORKSPACE, self))
    }

    /// Forgets it.
    pub fn forget(host: &dyn Host, root: &Utf8Path) -> std::io::Result<()> {
        host.remove_file(&WorkspaceRow::path(root))
    }
}
