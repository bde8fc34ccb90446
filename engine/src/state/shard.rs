//! What is remembered of the modules of a package.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::codec::{self, Bytes, Kind};
use crate::host::Host;
use crate::state::FOLDER;

const SHARD: Kind = Kind { magic: *b"OSHD", format: 4 };

/// What is remembered of the modules of a package. It is read and verified as a whole; what is in it of a module is decoded when
/// somebody asks for that module.
#[derive(Debug, Default)]
pub struct Shard {
    /// By name.
    modules: Vec<(ModulePath, Part)>,
}

#[derive(Debug)]
struct Part {
    encoded: Bytes,
    row: OnceLock<Option<ModuleRow>>,
}

impl Shard {
    /// The shard of some modules.
    pub fn new(rows: impl IntoIterator<Item = (ModulePath, ModuleRow)>) -> Shard {
        let part = |row: ModuleRow| {
            let encoded = codec::encode_part(&row);
            Part { encoded, row: OnceLock::from(Some(row)) }
        };
        let mut modules: Vec<_> = rows.into_iter().map(|(path, row)| (path, part(row))).collect();
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        Shard { modules }
    }

    /// What is remembered of a module.
    pub fn module(&self, path: &ModulePath) -> Option<&ModuleRow> {
        let at = self.modules.binary_search_by(|(it, _)| it.cmp(path)).ok()?;
        let part = &self.modules[at].1;
        part.row.get_or_init(|| codec::decode_part(&part.encoded).ok()).as_ref()
    }

    /// How many modules it knows.
    pub fn len(&self) -> usize {
        self.modules.len()
    }

    /// Whether it knows none.
    pub fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.shard"))
    }

    /// The shard of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<Shard> {
        let bytes = host.read(&Shard::path(root, package)).ok()?;
        let modules: Vec<(ModulePath, Bytes)> = codec::decode(SHARD, &bytes).ok()?;
        let part = |encoded| Part { encoded, row: OnceLock::new() };
        Some(Shard { modules: modules.into_iter().map(|(path, it)| (path, part(it))).collect() })
    }

    /// Leaves the shard for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        let modules: Vec<(&ModulePath, &Bytes)> =
            self.modules.iter().map(|(path, part)| (path, &part.encoded)).collect();
        host.write(&Shard::path(root, package), &codec::encode(SHARD, &modules))
    }
}

/// What is remembered of a module: what its front end made of which text and of which answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRow {
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
    pub interface: Bytes,
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
