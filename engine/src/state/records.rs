//! The records of what the modules of a package mean, beside those in their `.ioct` files: an output that is lost is written again from
//! them, and no front end has to run.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, ModulePath};
use crate::codec::{self, Kind, Slice};
use crate::host::Host;
use crate::state::FOLDER;
use crate::state::shard::Shard;

const RECORDS: Kind = Kind { magic: *b"OKPT", format: 1 };

/// From how small a part of a package on its new records are written beside the others, and not with them: then what a small edit
/// writes does not grow with the package.
const RECENT: usize = 4;

/// The records of the meaning and of the positions of some modules.
///
/// Those of most modules of a package are in one file, and those that are newer in a second. Nothing in them is believed: a record
/// is what its digest in the [`Shard`] says, or it is none.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// By name.
    modules: Vec<(ModulePath, [Slice; 2])>,
}

/// Which of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum File {
    Most,
    Recent,
}

impl Records {
    /// All that is kept of a package.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Records {
        let most = Records::load_one(host, root, package, File::Most).unwrap_or_default();
        let recent = Records::load_one(host, root, package, File::Recent).unwrap_or_default();
        most.with(recent)
    }

    /// The record of a module that has this digest.
    pub fn find(&self, module: &ModulePath, digest: Digest) -> Option<Arc<[u8]>> {
        let at = self.modules.binary_search_by(|(it, _)| it.cmp(module)).ok()?;
        let mut records = self.modules[at].1.iter().map(Slice::bytes);
        records.find(|record| Digest::of(record) == digest).map(Arc::from)
    }

    /// Whether there is a file with most of the records of a package.
    pub fn are_there(host: &dyn Host, root: &Utf8Path, package: &str) -> bool {
        host.stat(&File::Most.path(root, package)).is_ok()
    }

    /// Keeps the records that were made of some of the `modules` of a package.
    pub fn keep(
        host: &dyn Host,
        root: &Utf8Path,
        (package, modules): (&str, &BTreeSet<&ModulePath>),
        made: Vec<(ModulePath, [Arc<[u8]>; 2])>,
    ) -> std::io::Result<()> {
        if made.is_empty() {
            return Ok(());
        }
        let recent = Records::load_one(host, root, package, File::Recent).unwrap_or_default();
        let recent = recent.with(Records::made(made));
        let is_small = recent.modules.len() * RECENT <= modules.len();
        if is_small && Records::are_there(host, root, package) {
            return recent.save(host, root, package, File::Recent);
        }
        let most = Records::load_one(host, root, package, File::Most).unwrap_or_default();
        let mut all = most.with(recent);
        all.modules.retain(|(path, _)| modules.contains(path));
        all.save(host, root, package, File::Most)?;
        host.retire(&File::Recent.path(root, package))
    }

    fn made(modules: Vec<(ModulePath, [Arc<[u8]>; 2])>) -> Records {
        let slice = |record: Arc<[u8]>| Slice::of(codec::Bytes(record.to_vec()));
        let modules = modules.into_iter().map(|(path, records)| (path, records.map(slice)));
        let mut modules: Vec<_> = modules.collect();
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        Records { modules }
    }

    /// These and the `newer`, which count where there are two.
    fn with(self, newer: Records) -> Records {
        let is_new = |path: &ModulePath| newer.modules.binary_search_by(|(it, _)| it.cmp(path));
        let old = self.modules.into_iter().filter(|(path, _)| is_new(path).is_err());
        let mut modules: Vec<_> = old.collect();
        modules.extend(newer.modules);
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        Records { modules }
    }

    fn load_one(host: &dyn Host, root: &Utf8Path, package: &str, file: File) -> Option<Records> {
        type Encoded<'a> = Vec<(ModulePath, [&'a [u8]; 2])>;

        let record = Arc::new(host.read(&file.path(root, package)).ok()?);
        let modules: Encoded<'_> = codec::decode_borrowed(RECORDS, &record).ok()?;
        let within = |part| Slice::within(&record, part);
        let modules = modules.into_iter().map(|(path, [meaning, positions])| {
            Some((path, [within(meaning)?, within(positions)?]))
        });
        Some(Records { modules: modules.collect::<Option<_>>()? })
    }

    fn save(
        &self,
        host: &dyn Host,
        root: &Utf8Path,
        package: &str,
        file: File,
    ) -> std::io::Result<()> {
        let (path, record) = (file.path(root, package), self.encode());
        match file {
            File::Most => host.write(&path, &record),
            File::Recent => host.rewrite(&path, &record),
        }
    }

    fn encode(&self) -> Vec<u8> {
        let sizes = self.modules.iter().map(|(path, records)| {
            path.as_str().len() + records.iter().map(|it| it.bytes().len() + 8).sum::<usize>()
        });
        codec::encode_large(RECORDS, &self.modules, 64 + sizes.sum::<usize>())
    }
}

/// What is remembered of the modules of a package, as two records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFiles {
    /// The [`Shard`].
    pub shard: Vec<u8>,
    /// The [`Records`].
    pub records: Vec<u8>,
}

impl PackageFiles {
    /// What is remembered of a package; `None` where there is no shard.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<PackageFiles> {
        let shard = Shard::load(host, root, package)?.whole(host);
        Some(PackageFiles { shard, records: Records::load(host, root, package).encode() })
    }

    /// Puts it where it is looked for.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        host.write(&File::Most.path(root, package), &self.records)?;
        host.remove_file(&File::Recent.path(root, package))?;
        Shard::put(host, root, package, &self.shard)
    }
}

impl File {
    fn path(self, root: &Utf8Path, package: &str) -> Utf8PathBuf {
        let extension = match self {
            File::Most => "records",
            File::Recent => "recent",
        };
        root.join(format!("{FOLDER}/packages/{package}.{extension}"))
    }
}
