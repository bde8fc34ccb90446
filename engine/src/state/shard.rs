//! What is remembered of the modules of a package.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::codec::{self, Bytes, Kind, Slice};
use crate::host::Host;
use crate::state::FOLDER;

const SHARD: Kind = Kind { magic: *b"OSHD", format: 6 };

/// What is remembered of the modules of a package. It is read and verified as a whole; what only front ends need of a module is
/// decoded when one asks.
#[derive(Debug, Default)]
pub struct Shard {
    surroundings: Surroundings,
    /// By name.
    modules: Vec<(ModulePath, ModulePart)>,
}

/// What the modules of a package could see beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// A fingerprint of the package's language, of the module that is run and of the names of all modules.
    pub modules: u128,
    /// The packages that it depends on, sorted by name, each with the fingerprint of its interfaces.
    pub dependencies: Vec<(Name, u128)>,
}

/// What is remembered of a module.
#[derive(Clone, Debug)]
pub struct ModulePart {
    encoded_head: Slice,
    encoded_row: Slice,
    head: OnceLock<Option<Arc<ModuleHead>>>,
    row: OnceLock<Option<Arc<ModuleRow>>>,
}

impl ModulePart {
    /// What is to be remembered of a module.
    pub fn new(head: ModuleHead, row: ModuleRow) -> ModulePart {
        ModulePart {
            encoded_head: Slice::of(codec::encode_part(&head)),
            encoded_row: Slice::of(codec::encode_part(&row)),
            head: OnceLock::from(Some(Arc::new(head))),
            row: OnceLock::from(Some(Arc::new(row))),
        }
    }

    /// What is remembered in these parts of a record.
    fn within(record: &Arc<Vec<u8>>, head: &[u8], row: &[u8]) -> Option<ModulePart> {
        Some(ModulePart {
            encoded_head: Slice::within(record, head)?,
            encoded_row: Slice::within(record, row)?,
            head: OnceLock::new(),
            row: OnceLock::new(),
        })
    }

    /// What tells whether it still holds; `None` where it cannot be read.
    fn known_head(&self) -> Option<&ModuleHead> {
        self.head.get_or_init(|| codec::decode_part(self.encoded_head.bytes()).ok()).as_deref()
    }

    /// What tells whether it still holds.
    pub fn head(&self) -> &ModuleHead {
        self.known_head().expect("a shard shows only modules whose heads can be read")
    }

    /// What only front ends need; `None` where it cannot be read.
    pub fn row(&self) -> Option<&ModuleRow> {
        self.row.get_or_init(|| codec::decode_part(self.encoded_row.bytes()).ok()).as_deref()
    }

    fn len(&self) -> usize {
        self.encoded_head.bytes().len() + self.encoded_row.bytes().len()
    }
}

impl Shard {
    /// The shard of some modules.
    pub fn new(surroundings: Surroundings, mut modules: Vec<(ModulePath, ModulePart)>) -> Shard {
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        Shard { surroundings, modules }
    }

    /// What the modules could see beside each other.
    pub fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// What is remembered of a module.
    pub fn module(&self, path: &ModulePath) -> Option<&ModulePart> {
        self.index_of(path).map(|index| self.part(index))
    }

    /// Which of the modules it is.
    pub fn index_of(&self, path: &ModulePath) -> Option<usize> {
        let index = self.modules.binary_search_by(|(it, _)| it.cmp(path)).ok()?;
        self.part(index).known_head().is_some().then_some(index)
    }

    /// What is remembered of the module of an index that [`Shard::index_of`] yields.
    pub fn part(&self, index: usize) -> &ModulePart {
        &self.modules[index].1
    }

    /// The modules, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &ModulePath> {
        self.modules.iter().map(|(path, _)| path)
    }

    pub(super) fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.shard"))
    }

    /// The shard of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<Shard> {
        type Encoded<'a> = (Surroundings, Vec<(ModulePath, &'a [u8], &'a [u8])>);

        let record = Arc::new(host.read(&Shard::path(root, package)).ok()?);
        let (surroundings, modules): Encoded<'_> = codec::decode_borrowed(SHARD, &record).ok()?;
        let modules = modules.into_iter();
        let modules =
            modules.map(|(path, head, row)| Some((path, ModulePart::within(&record, head, row)?)));
        Some(Shard { surroundings, modules: modules.collect::<Option<_>>()? })
    }

    /// Leaves the shard for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        let modules =
            self.modules.iter().map(|(path, part)| (path, &part.encoded_head, &part.encoded_row));
        let modules: Vec<(&ModulePath, &Slice, &Slice)> = modules.collect();
        let size = self.modules.iter().map(|(path, part)| path.as_str().len() + part.len() + 8);
        let size = 1024 + size.sum::<usize>();
        let encoded = codec::encode_large(SHARD, &(&self.surroundings, modules), size);
        host.write(&Shard::path(root, package), &encoded)
    }
}

/// What tells of a module whether what is remembered of it still holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleHead {
    /// The digest of the source.
    pub source: Digest,
    /// Where the source was, relative to the workspace: outputs name it.
    pub origin: Name,
    /// Whether it was what its package's program runs.
    pub is_main: bool,
    /// The modules of its own package that its imports name.
    pub own_imports: Vec<ModulePath>,
    /// The fingerprint of its interface.
    pub interface: u128,
    /// The digest of the record of its meaning, where it has one.
    pub meaning: Option<Digest>,
    /// The digest of the record of its positions, where it has a meaning.
    pub positions: Option<Digest>,
    /// Whether there was nothing to say of it, and its imports led into no circle.
    pub is_clean: bool,
}

/// What a front end made of a module, from which text and of which answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleRow {
    /// What it imports, as it is written.
    pub imports: Vec<ImportRow>,
    /// The modules that its imports led to, sorted.
    pub targets: Vec<ModulePath>,
    /// What it asked of other modules.
    pub uses: Vec<Use>,
    /// The record of its interface.
    pub interface: Bytes,
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
