//! What is remembered of a package.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::codec::{self, Kind};
use crate::host::Host;
use crate::state::FOLDER;
use crate::state::file_set::{FileSet, Observation};

const ROW: Kind = Kind { magic: *b"OROW", format: 2 };
const SHARD: Kind = Kind { magic: *b"OSHD", format: 3 };

/// A package that was built without errors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageRow {
    /// The manifest, the directories of sources and the sources, as they were when they were read.
    pub inputs: FileSet,
    /// One fingerprint for the interfaces of all modules.
    pub interfaces: u128,
    /// The packages that it depends on, sorted by name, each with the fingerprint of its interfaces.
    pub dependencies: Vec<(Name, u128)>,
    /// The module whose `main` is run, if the package makes a program.
    pub main: Option<Name>,
    /// How many modules it has.
    pub modules: u32,
    /// The warnings in its modules, paths relative to the workspace, encoded as one record: they are seldom needed.
    pub diagnostics: Vec<u8>,
    /// What was made of it, for each way of making it.
    pub outputs: Vec<OutputRow>,
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
        host.write(&PackageRow::path(root, package), &codec::encode(ROW, self))
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

/// What is remembered of the modules of a package.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shard {
    /// The modules by name.
    pub modules: BTreeMap<ModulePath, ModuleRow>,
}

impl Shard {
    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.shard"))
    }

    /// The shard of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<Shard> {
        let bytes = host.read(&Shard::path(root, package)).ok()?;
        codec::decode(SHARD, &bytes).ok()
    }

    /// Leaves the shard for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        host.write(&Shard::path(root, package), &codec::encode(SHARD, self))
    }
}

/// What is remembered of a module: what its front end made of which text and of which answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRow {
    /// How the source looked when it was read.
    pub observed: Observation,
    /// The digest of the source.
    pub source: Digest,
    /// Where the source was, relative to the workspace: outputs name it.
    pub origin: Name,
    /// Whether it was what its package's program runs.
    pub is_main: bool,
    /// What it imports, as it is written.
    pub imports: Vec<ImportRow>,
    /// The modules that its imports led to, sorted.
    pub targets: Vec<ModulePath>,
    /// What it asked of other modules.
    pub uses: Vec<Use>,
    /// The record of its interface.
    pub interface: Vec<u8>,
    /// The digest of the record of its meaning, where it has one.
    pub meaning: Option<Digest>,
    /// The digest of the record of its positions, where it has a meaning.
    pub positions: Option<Digest>,
    /// What its front end found.
    pub findings: Vec<Finding>,
    /// The file with the records of its meaning and positions, relative to the workspace.
    pub file: String,
}

/// An import as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRow {
    /// The module that is meant.
    pub module: ModulePath,
    /// What is meant where there is no such module.
    pub otherwise: Option<ModulePath>,
    /// Where it is named.
    pub range: TextRange,
}

/// Something that a front end asked of another module, and a fingerprint of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Use {
    /// The other module, as it is called where that was asked.
    pub module: ModulePath,
    /// What of it.
    pub part: UsedPart,
    /// The answer.
    pub answer: u128,
}

/// What a front end asked of another module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum UsedPart {
    /// What it exports under a name.
    Item(Name),
    /// Which module an import means that names it, or this one where there is no such module.
    Import(Option<ModulePath>),
    /// All that it exports: asked only to explain a mistake.
    Interface,
}
