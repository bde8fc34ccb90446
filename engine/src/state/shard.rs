//! What is remembered of the modules of a package.

use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::codec::{self, Bytes, Kind, Slice};
use crate::host::Host;
use crate::state::FOLDER;
use crate::state::package::PackageRow;
use crate::state::rows::{Place, Rows};

const SHARD: Kind = Kind { magic: *b"OSHD", format: 7 };

/// How large a part of all rows those may be that stand in the shard: a small edit is to write little.
const NEW: usize = 4;

/// How many bytes of rows always may: as many as a file takes anyway.
const FEW: usize = 4096;

/// What is remembered of the modules of a package. What tells whether it still holds is read and verified as a whole; what only front
/// ends need of a module is decoded when one asks, and read only then, unless it is new.
#[derive(Debug, Default)]
pub struct Shard {
    surroundings: Surroundings,
    /// By name.
    modules: Vec<(ModulePath, ModulePart)>,
    /// Of the record that was read; 0 for a new one.
    checksum: u64,
}

/// What is left of a shard for the next build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavedShard {
    /// How many modules are remembered in it.
    pub modules: usize,
    /// As [`Shard::checksum`] when it is read.
    pub checksum: u64,
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
    encoded_row: EncodedRow,
    head: OnceLock<Option<Arc<ModuleHead>>>,
    row: OnceLock<Option<Arc<ModuleRow>>>,
}

/// A [`ModuleRow`] as it is kept.
#[derive(Clone, Debug)]
enum EncodedRow {
    Here(Slice),
    There(Arc<Rows>, Place),
}

/// An [`EncodedRow`] in a shard.
#[derive(Serialize, Deserialize)]
enum WrittenRow<'a> {
    Here(#[serde(borrow)] &'a [u8]),
    There(Place),
}

/// A module in a shard.
type Written<'a> = (&'a ModulePath, &'a Slice, WrittenRow<'a>);

impl EncodedRow {
    fn len(&self) -> usize {
        match self {
            EncodedRow::Here(row) => row.bytes().len(),
            EncodedRow::There(_, place) => place.len(),
        }
    }

    fn is_here(&self) -> bool {
        matches!(self, EncodedRow::Here(_))
    }

    /// The row; `None` where it cannot be read.
    fn read(&self, host: &dyn Host) -> Option<Slice> {
        match self {
            EncodedRow::Here(row) => Some(row.clone()),
            EncodedRow::There(rows, place) => rows.row(host, *place),
        }
    }

    fn written(&self) -> WrittenRow<'_> {
        match self {
            EncodedRow::Here(row) => WrittenRow::Here(row.bytes()),
            EncodedRow::There(_, place) => WrittenRow::There(*place),
        }
    }
}

impl ModulePart {
    /// What is to be remembered of a module.
    pub fn new(head: ModuleHead, row: ModuleRow) -> ModulePart {
        ModulePart {
            encoded_head: Slice::of(codec::encode_part(&head)),
            encoded_row: EncodedRow::Here(Slice::of(codec::encode_part(&row))),
            head: OnceLock::from(Some(Arc::new(head))),
            row: OnceLock::from(Some(Arc::new(row))),
        }
    }

    /// What is remembered in these parts of a record, and in `rows` beside it.
    fn within(
        record: &Arc<Vec<u8>>,
        head: &[u8],
        row: &WrittenRow<'_>,
        rows: &Arc<Rows>,
    ) -> Option<ModulePart> {
        let encoded_row = match row {
            WrittenRow::Here(row) => EncodedRow::Here(Slice::within(record, row)?),
            WrittenRow::There(place) => EncodedRow::There(rows.clone(), *place),
        };
        let encoded_head = Slice::within(record, head)?;
        let (head, row) = (OnceLock::new(), OnceLock::new());
        Some(ModulePart { encoded_head, encoded_row, head, row })
    }

    fn written<'a>(&'a self, path: &'a ModulePath, row: WrittenRow<'a>) -> Written<'a> {
        (path, &self.encoded_head, row)
    }

    /// What tells whether it still holds; `None` where it cannot be read.
    fn known_head(&self) -> Option<&Arc<ModuleHead>> {
        let decode = || codec::decode_part(self.encoded_head.bytes()).ok().map(Arc::new);
        self.head.get_or_init(decode).as_ref()
    }

    /// What tells whether it still holds.
    pub fn head(&self) -> &ModuleHead {
        self.shared_head()
    }

    /// As [`ModulePart::head`], for whoever keeps it longer.
    pub fn shared_head(&self) -> &Arc<ModuleHead> {
        self.known_head().expect("a shard shows only modules whose heads can be read")
    }

    /// What only front ends need; `None` where it cannot be read.
    pub fn row(&self, host: &dyn Host) -> Option<&ModuleRow> {
        let read = || codec::decode_part(self.encoded_row.read(host)?.bytes()).ok();
        self.row.get_or_init(|| read().map(Arc::new)).as_deref()
    }

    /// Whether somebody has asked for what front ends need, and could not be told.
    pub fn is_broken(&self) -> bool {
        self.row.get().is_some_and(Option::is_none)
    }
}

impl Shard {
    /// The shard of some modules.
    pub fn new(surroundings: Surroundings, mut modules: Vec<(ModulePath, ModulePart)>) -> Shard {
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        Shard { surroundings, modules, checksum: 0 }
    }

    /// A checksum of all of it as it was read: another time, another checksum.
    pub fn checksum(&self) -> u64 {
        self.checksum
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
        self.is_readable(index).then_some(index)
    }

    /// Whether the head of the module of this index can be read.
    pub fn is_readable(&self, index: usize) -> bool {
        self.part(index).known_head().is_some()
    }

    /// What is remembered of the module of an index, as [`Shard::index_of`] yields it or as it is among the [`Shard::paths`].
    pub fn part(&self, index: usize) -> &ModulePart {
        &self.modules[index].1
    }

    /// The modules, sorted.
    pub fn paths(&self) -> impl Iterator<Item = &ModulePath> {
        self.modules.iter().map(|(path, _)| path)
    }

    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.shard"))
    }

    /// The shard of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<Shard> {
        type Encoded<'a> = (Surroundings, Vec<(ModulePath, &'a [u8], WrittenRow<'a>)>);

        let record = Arc::new(host.read(&Shard::path(root, package)).ok()?);
        let (surroundings, modules): Encoded<'_> = codec::decode_borrowed(SHARD, &record).ok()?;
        let rows = Arc::new(Rows::new(root, package));
        let modules = modules
            .into_iter()
            .map(|(path, head, row)| Some((path, ModulePart::within(&record, head, &row, &rows)?)));
        let modules = modules.collect::<Option<_>>()?;
        Some(Shard { surroundings, modules, checksum: codec::checksum(&record) })
    }

    /// Leaves the shard for the next build. New rows stand in it until they are many; then all go beside it, and modules whose rows
    /// cannot be read are left out.
    pub fn save(
        &self,
        host: &dyn Host,
        root: &Utf8Path,
        package: &str,
    ) -> std::io::Result<SavedShard> {
        let rows = || self.modules.iter().map(|(_, part)| &part.encoded_row);
        let all: usize = rows().map(EncodedRow::len).sum();
        let new: usize = rows().filter(|row| row.is_here()).map(EncodedRow::len).sum();
        let modules: Vec<Written<'_>> = if new <= FEW.max(all / NEW) {
            let modules = self.modules.iter();
            modules.map(|(path, part)| part.written(path, part.encoded_row.written())).collect()
        } else {
            let (modules, rows): (Vec<_>, Vec<Slice>) = self.readable(host).unzip();
            // A build that is killed after this leaves nothing, rather than a shard whose rows are gone.
            PackageRow::forget(host, root, package)?;
            host.remove_file(&Shard::path(root, package))?;
            let places = Rows::save(host, root, package, &rows)?;
            let modules = modules.into_iter().zip(places);
            modules.map(|((path, part), it)| part.written(path, WrittenRow::There(it))).collect()
        };
        let record = self.encode(&modules);
        Shard::put(host, root, package, &record)?;
        Ok(SavedShard { modules: modules.len(), checksum: codec::checksum(&record) })
    }

    /// All that is remembered and can be read as one record, which [`Shard::put`] puts where it is looked for.
    pub fn whole(&self, host: &dyn Host) -> Vec<u8> {
        let (modules, rows): (Vec<_>, Vec<Slice>) = self.readable(host).unzip();
        let modules = modules.into_iter().zip(&rows);
        let modules =
            modules.map(|((path, part), row)| part.written(path, WrittenRow::Here(row.bytes())));
        self.encode(&modules.collect::<Vec<_>>())
    }

    /// Puts what [`Shard::whole`] yields where the shard of a package is looked for.
    pub fn put(
        host: &dyn Host,
        root: &Utf8Path,
        package: &str,
        record: &[u8],
    ) -> std::io::Result<()> {
        host.rewrite(&Shard::path(root, package), record)
    }

    /// The modules whose rows can be read, and these.
    fn readable(
        &self,
        host: &dyn Host,
    ) -> impl Iterator<Item = ((&ModulePath, &ModulePart), Slice)> {
        let modules = self.modules.iter();
        modules.filter_map(move |(path, part)| Some(((path, part), part.encoded_row.read(host)?)))
    }

    fn encode(&self, modules: &[Written<'_>]) -> Vec<u8> {
        let sizes = modules.iter().map(|(path, head, row)| {
            let row = if let WrittenRow::Here(row) = row { row.len() } else { 0 };
            path.as_str().len() + head.bytes().len() + row + 32
        });
        let size = 1024 + sizes.sum::<usize>();
        codec::encode_large(SHARD, &(&self.surroundings, modules), size)
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
