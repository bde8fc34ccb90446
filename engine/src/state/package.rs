//! What is remembered of a package.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Name};
use crate::codec::{self, Bytes, Kind};
use crate::host::Host;
use crate::state::FOLDER;
use crate::state::file_set::FileSet;

const ROW: Kind = Kind { magic: *b"OROW", format: 5 };

/// A package that was built without errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRow {
    /// Where the manifest is, relative to the workspace: rows are found by the names of packages, and another directory may hold one of the
    /// same name.
    pub manifest: String,
    /// The manifest, the directories of sources and the sources, as they were when they were read.
    pub inputs: FileSet,
    /// What was found out of it, for those who need not look into it.
    pub summary: Arc<PackageSummary>,
    /// What the inputs were, as [`InputsRow::contents`](crate::state::InputsRow::contents) says of those that were left with it.
    pub contents: u64,
    /// How many modules it has.
    pub modules: u32,
    /// What was made of it, for each way of making it.
    pub outputs: Vec<OutputRow>,
}

/// What was found out of a package that has no errors, as long as none of its files changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageSummary {
    /// One fingerprint for the interfaces of all modules.
    pub interfaces: u128,
    /// The checksum of the shard that was left with it: what is in another one was true at another time.
    pub shard: u64,
    /// The packages that it depends on, sorted by name, each with the fingerprint of its interfaces at that time.
    pub dependencies: Vec<(Name, u128)>,
    /// The module whose `main` is run, if the package makes a program.
    pub main: Option<Name>,
    /// The warnings in its modules, paths relative to the workspace, encoded as one record: they are seldom needed.
    pub diagnostics: Bytes,
}

/// What was made of a package in one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputRow {
    /// Target, profile and tools.
    pub way: Digest,
    /// The files.
    pub files: FileSet,
    /// What the programs that made them said: a label and a text.
    pub messages: Vec<(String, String)>,
}

impl PackageRow {
    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.row"))
    }

    /// The row of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<PackageRow> {
        let bytes = host.read(&PackageRow::path(root, package)).ok()?;
        codec::decode(ROW, &bytes).ok()
    }

    /// Leaves the row for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        host.rewrite(&PackageRow::path(root, package), &codec::encode(ROW, self))
    }

    /// Forgets what is remembered of a package.
    pub fn forget(host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        host.remove_file(&PackageRow::path(root, package))
    }

    /// Forgets what is remembered of every package; what is known of modules stays.
    pub fn forget_all(host: &dyn Host, root: &Utf8Path) -> std::io::Result<()> {
        let folder = root.join(FOLDER).join("packages");
        let entries = host.entries(&folder).unwrap_or_default();
        let rows = entries.iter().filter(|entry| entry.name.strip_suffix(".row").is_some());
        rows.map(|row| folder.join(&row.name)).try_for_each(|path| host.remove_file(&path))
    }
}
