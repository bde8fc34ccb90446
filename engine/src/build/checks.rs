//! What front ends made of whole packages, kept in the store: another checkout of the same sources begins with it as with a state of
//! its own, and no front end runs there.
//!
//! The key is of all that a front end can see: the sources, where they are, and what the package's surroundings show. What is
//! taken out becomes the state of the package and is believed as little as that: each module is compared with its source and the
//! answers that it got, and each record with its digest.

use rayon::prelude::*;

use crate::base::{Digest, DigestWriter, Name};
use crate::build::shared::SharedStore;
use crate::codec;
use crate::compile::{modules_of, source_digest, source_name, surroundings};
use crate::graph::PackageNode;
use crate::host::Host;
use crate::source::{Db, File};
use crate::state::{PackageFiles, PackageRow, State};
use crate::store::{ActionResult, OutputFile, Store, StoreError};

/// What the results in the store are called.
const NAMES: [&str; 2] = ["shard", "records"];

/// The key of what front ends make of a package, all of whose dependencies are known.
pub(crate) fn key(db: &dyn Db, root: File, package: &PackageNode) -> Digest {
    let mut key = DigestWriter::default();
    key.part("front end").part(codec::engine().to_le_bytes());
    key.part(package.dialect.name()).part(package.name.as_str());
    key.part(codec::fingerprint(surroundings(db, root, package.manifest)).to_le_bytes());
    for module in modules_of(db, root, package.manifest) {
        let origin = source_name(db, root, module.source(db));
        key.part(module.path(db).as_str()).part(&*origin);
        key.part(source_digest(db, module).as_bytes());
    }
    key.finish()
}

/// Where results of checks may be found.
pub(crate) trait Checks {
    /// What is kept under a key.
    fn find(&self, key: &Digest) -> Option<PackageFiles>;
}

impl Checks for SharedStore<'_> {
    fn find(&self, key: &Digest) -> Option<PackageFiles> {
        let store = self.get()?;
        let result = self.unless_failed(store.action(key))??;
        let [shard, records] = <[OutputFile; 2]>::try_from(result.outputs).ok()?;
        Some(PackageFiles {
            shard: store.read(&shard.digest)?,
            records: store.read(&records.digest)?,
        })
    }
}

/// Lets a package of which nothing is remembered begin with what is kept under its key. A row that is left of it says how outputs look
/// that were made of other sources, perhaps: it goes first.
pub(crate) fn restore(host: &dyn Host, state: &State, package: &Name, files: &PackageFiles) {
    let forgotten = PackageRow::forget(host, state.root(), package);
    // What cannot be written is made again.
    _ = forgotten.and_then(|()| files.save(host, state.root(), package));
    state.forget(package);
}

/// Keeps what is remembered of packages, each under its key.
pub(crate) fn keep(
    host: &dyn Host,
    state: &State,
    shared: &SharedStore<'_>,
    packages: &[(Name, Digest)],
) {
    if packages.is_empty() {
        return;
    }
    let Some(store) = shared.get() else { return };
    let kept = packages.par_iter().map(|(package, key)| {
        // Of a damaged result the row may be left, without its files.
        let known = store.action(key)?;
        if known.is_some_and(|it| it.outputs.iter().all(|file| store.contains(&file.digest))) {
            return Ok(());
        }
        let files = PackageFiles::load(host, state.root(), package);
        files.map_or(Ok(()), |files| put(store, package, key, &files))
    });
    let kept: Result<(), StoreError> = kept.collect();
    shared.unless_failed(kept);
}

fn put(
    store: &Store<'_>,
    package: &Name,
    key: &Digest,
    files: &PackageFiles,
) -> Result<(), StoreError> {
    let mut batch = store.batch();
    let digests = [batch.put_bytes(&files.shard)?, batch.put_bytes(&files.records)?];
    let outputs = NAMES.iter().zip(digests).map(|(name, digest)| OutputFile {
        path: (*name).into(),
        digest,
        executable: false,
    });
    let result = ActionResult {
        label: format!("check {package}"),
        outputs: outputs.collect(),
        ..ActionResult::default()
    };
    batch.record(key, &result).map(|_| ())
}
