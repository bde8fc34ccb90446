//! What was built of which package, by what and how.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rusqlite::Transaction;
use uuid::Uuid;

use crate::base::Digest;
use crate::store::Store;
use crate::store::blob::{Placed, insert_blobs};
use crate::store::error::StoreError;

/// What the names of packages are derived from: the UUID of Oast among all that have names.
const NAMESPACE: Uuid = Uuid::from_u128(0x8f3d_5c1e_4b7a_5e21_9c0d_6f6a_7374_0001);

/// Which package it is. Two of the same name and version that come from different places are two packages.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId {
    /// Its name.
    pub name: String,
    /// Its version; empty where its manifest says none.
    pub version: String,
    /// Where it comes from: an address, or the absolute path of a directory.
    pub source: String,
}

impl PackageId {
    /// The name of the package among all packages: a UUID of version 5, the same on every machine.
    pub fn uuid(&self) -> Uuid {
        let mut name = Vec::new();
        for part in [&self.name, &self.version, &self.source] {
            name.extend_from_slice(&(part.len() as u64).to_le_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        Uuid::new_v5(&NAMESPACE, &name)
    }
}

/// A package as it was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRecord {
    /// The package.
    pub package: PackageId,
    /// What it depends on directly.
    pub dependencies: Vec<PackageId>,
    /// The target, by name.
    pub target: String,
    /// The compiler of the package's language.
    pub compiler: String,
    /// The version of that compiler.
    pub compiler_version: String,
    /// What makes the rest, such as a C compiler, as it names itself; empty where nothing else is needed.
    pub toolchain: String,
    /// `dev` or `release`.
    pub profile: String,
    /// The digest of all options.
    pub options: Digest,
    /// The directory where the build left its outputs.
    pub directory: Utf8PathBuf,
    /// What it made.
    pub artefacts: Vec<ArtefactFile>,
    /// The keys of the actions that it consists of.
    pub actions: Vec<Digest>,
}

/// A file that is part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactFile {
    /// What it is, in a word: `intermediate`, `source`, `object`, `library`, `program`.
    pub role: &'static str,
    /// Its name in the build.
    pub path: Utf8PathBuf,
    /// Where it is now, absolute.
    pub file: Utf8PathBuf,
}

/// An artefact whose content is in the store.
struct Kept<'a> {
    artefact: &'a ArtefactFile,
    blob: Placed,
}

impl Store<'_> {
    /// Keeps what was built in `workspace`, each build in place of the one before of the same package, target, compiler and options.
    ///
    /// The workspace holds these builds from now on, and those that it held of other packages of `members`: as long as the directory exists, none of
    /// that is removed.
    pub fn record_builds(
        &self,
        workspace: &Utf8Path,
        builds: &[BuildRecord],
        members: &BTreeSet<PackageId>,
    ) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let kept: Vec<Vec<Kept<'_>>> = builds
            .iter()
            .map(|build| build.artefacts.par_iter().map(|it| self.keep(it)).collect())
            .collect::<Result<_, _>>()?;
        let now = self.now();
        self.change(|transaction| {
            let workspace = workspace_row(transaction, workspace, now)?;
            forget_strangers(transaction, workspace, members)?;
            let mut packages = BTreeMap::new();
            for (build, kept) in builds.iter().zip(&kept) {
                let blobs: Vec<Placed> = kept.iter().map(|it| it.blob).collect();
                insert_blobs(transaction, &blobs, now)?;
                let package = package_row(transaction, &mut packages, &build.package)?;
                let sql = "DELETE FROM dependencies WHERE package = ?";
                transaction.execute(sql, [package])?;
                for dependency in &build.dependencies {
                    let dependency = package_row(transaction, &mut packages, dependency)?;
                    let sql = "INSERT OR IGNORE INTO dependencies VALUES (?, ?)";
                    transaction.execute(sql, (package, dependency))?;
                }
                let row = build_row(transaction, package, build, now)?;
                save_artefacts(transaction, row, kept)?;
                let keys: Vec<u8> = build.actions.iter().flat_map(|it| *it.as_bytes()).collect();
                let sql = "INSERT OR REPLACE INTO holds VALUES (?, ?, ?)";
                transaction.execute(sql, (workspace, row, keys))?;
            }
            Ok(())
        })
    }

    fn keep<'a>(&self, artefact: &'a ArtefactFile) -> Result<Kept<'a>, StoreError> {
        let file = &artefact.file;
        let bytes = self.host.read(file).map_err(StoreError::during("read", file))?;
        Ok(Kept { artefact, blob: self.place(&bytes)? })
    }
}

fn workspace_row(
    transaction: &Transaction<'_>,
    workspace: &Utf8Path,
    now: i64,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO workspaces (path, built) VALUES (?1, ?2)
               ON CONFLICT DO UPDATE SET built = ?2 RETURNING id";
    transaction.query_one(sql, (workspace.as_str(), now), |row| row.get(0))
}

/// Lets the workspace hold nothing of packages that are not in it any more.
fn forget_strangers(
    transaction: &Transaction<'_>,
    workspace: i64,
    members: &BTreeSet<PackageId>,
) -> rusqlite::Result<()> {
    let members: BTreeSet<String> = members.iter().map(|it| it.uuid().to_string()).collect();
    let sql = "SELECT builds.id, packages.uuid FROM holds
               JOIN builds ON builds.id = holds.build
               JOIN packages ON packages.id = builds.package WHERE workspace = ?";
    let mut statement = transaction.prepare(sql)?;
    let held = statement.query_map([workspace], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let held = held.collect::<rusqlite::Result<Vec<(i64, String)>>>()?;
    for (build, _) in held.iter().filter(|(_, uuid)| !members.contains(uuid)) {
        let sql = "DELETE FROM holds WHERE workspace = ? AND build = ?";
        transaction.execute(sql, (workspace, build))?;
    }
    Ok(())
}

fn package_row<'a>(
    transaction: &Transaction<'_>,
    known: &mut BTreeMap<&'a PackageId, i64>,
    package: &'a PackageId,
) -> rusqlite::Result<i64> {
    if let Some(row) = known.get(package) {
        return Ok(*row);
    }
    let PackageId { name, version, source } = package;
    let sql = "INSERT INTO packages (uuid, name, version, source) VALUES (?, ?, ?, ?)
               ON CONFLICT DO UPDATE SET name = name RETURNING id";
    let values = (package.uuid().to_string(), name, version, source);
    let row = transaction.query_one(sql, values, |row| row.get(0))?;
    known.insert(package, row);
    Ok(row)
}

fn build_row(
    transaction: &Transaction<'_>,
    package: i64,
    build: &BuildRecord,
    now: i64,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO builds (package, target, compiler, compiler_version, toolchain, profile,
                   options, directory, built)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
               ON CONFLICT DO UPDATE SET toolchain = ?5, directory = ?8, built = ?9 RETURNING id";
    let values = (
        package,
        &build.target,
        &build.compiler,
        &build.compiler_version,
        &build.toolchain,
        &build.profile,
        build.options.as_bytes(),
        build.directory.as_str(),
        now,
    );
    transaction.query_one(sql, values, |row| row.get(0))
}

fn save_artefacts(
    transaction: &Transaction<'_>,
    build: i64,
    kept: &[Kept<'_>],
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM artefacts WHERE build = ?", [build])?;
    let mut statement = transaction.prepare("INSERT INTO artefacts VALUES (?, ?, ?, ?)")?;
    for Kept { artefact, blob } in kept {
        let values = (build, artefact.path.as_str(), artefact.role, blob.digest.as_bytes());
        statement.execute(values)?;
    }
    Ok(())
}
