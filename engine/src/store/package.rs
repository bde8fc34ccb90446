//! What was built of which package, by what and how.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rusqlite::Transaction;
use uuid::Uuid;

use crate::base::Digest;
use crate::store::Store;
use crate::store::blob::Placed;
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
    /// The directory where the build left its outputs, from which the paths of artefacts begin.
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
    /// Where it is, from the directory of the build.
    pub path: Utf8PathBuf,
}

/// An artefact of which is known what is in it.
struct Known<'a> {
    artefact: &'a ArtefactFile,
    blob: Placed,
}

impl Store<'_> {
    /// Notes what was built in `workspace`, each build in place of the one before of the same package, target, compiler and options.
    ///
    /// Of artefacts that are results of actions the store has the content already. Of the others, which the engine makes faster than
    /// they could be copied, it knows the digests and where they are.
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
        let known = builds.iter().map(|build| Ok((build, self.all_digested(build)?)));
        let known = known.collect::<Result<Vec<_>, StoreError>>()?;
        // What views show of it follows.
        self.enter()?;
        let now = self.now();
        self.change(|transaction| {
            let workspace = workspace_row(transaction, workspace, now)?;
            forget_strangers(transaction, workspace, members)?;
            let mut packages = BTreeMap::new();
            for (build, artefacts) in &known {
                let blobs: Vec<Placed> = artefacts.iter().map(|it| it.blob).collect();
                let are_kept = self.insert_blobs(transaction, &blobs, now)?;
                let package = package_row(transaction, &mut packages, &build.package)?;
                let sql = "DELETE FROM dependencies WHERE package = ?";
                transaction.execute(sql, [package])?;
                for dependency in &build.dependencies {
                    let dependency = package_row(transaction, &mut packages, dependency)?;
                    let sql = "INSERT OR IGNORE INTO dependencies VALUES (?, ?)";
                    transaction.execute(sql, (package, dependency))?;
                }
                let row = build_row(transaction, package, build, now)?;
                save_artefacts(transaction, row, artefacts.iter().zip(are_kept))?;
                let keys: Vec<u8> = build.actions.iter().flat_map(|it| *it.as_bytes()).collect();
                let sql = "INSERT OR REPLACE INTO holds VALUES (?, ?, ?)";
                transaction.execute(sql, (workspace, row, keys))?;
            }
            Ok(())
        })
    }

    fn all_digested<'a>(&self, build: &'a BuildRecord) -> Result<Vec<Known<'a>>, StoreError> {
        let artefacts = build.artefacts.par_iter();
        artefacts.map(|artefact| self.digested(&build.directory, artefact)).collect()
    }

    fn digested<'a>(
        &self,
        directory: &Utf8Path,
        artefact: &'a ArtefactFile,
    ) -> Result<Known<'a>, StoreError> {
        let file = directory.join(&artefact.path);
        let bytes = self.host.read(&file).map_err(StoreError::during("read", &file))?;
        let blob = Placed { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        Ok(Known { artefact, blob })
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

/// Saves the artefacts of a build, each with whether the store has it.
fn save_artefacts<'a>(
    transaction: &Transaction<'_>,
    build: i64,
    artefacts: impl Iterator<Item = (&'a Known<'a>, bool)>,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM artefacts WHERE build = ?", [build])?;
    let mut statement = transaction.prepare("INSERT INTO artefacts VALUES (?, ?, ?, ?, ?)")?;
    for (Known { artefact, blob }, is_kept) in artefacts {
        let (path, digest) = (artefact.path.as_str(), blob.digest.as_bytes());
        let values = (build, path, artefact.role, digest, is_kept);
        statement.execute(values)?;
    }
    Ok(())
}
