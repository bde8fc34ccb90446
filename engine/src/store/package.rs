//! What was built of which package, by what and how.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Transaction;
use uuid::Uuid;

use crate::base::{Digest, Name};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::gc::FORGET_PACKAGES;

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
    /// The version of that compiler; of one that is not the engine itself with the first digits of its identity.
    pub compiler_version: String,
    /// What makes the rest, such as a C compiler, as it names itself, with the first digits of its identity; empty where nothing else is
    /// needed.
    pub toolchain: String,
    /// `dev` or `release`.
    pub profile: String,
    /// All options that decide what is made, by name.
    pub options: Vec<(String, String)>,
    /// The directory where the build left its outputs, from which the paths of artefacts begin.
    pub directory: Utf8PathBuf,
    /// What it made.
    pub artefacts: Vec<ArtefactFile>,
}

/// A file that is part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactFile {
    /// What it is, in a word: `intermediate`, `source`, `object`, `library`, `program`.
    pub role: &'static str,
    /// Where it is, from the directory of the build.
    pub path: Utf8PathBuf,
    /// What is in it, if an action made it: then the store may have it.
    pub digest: Option<Digest>,
}

/// What a workspace tells of itself when a build has ended.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The directory of the workspace.
    pub workspace: &'a Utf8Path,
    /// The builds that are other than they were when they were told last.
    pub builds: &'a [BuildRecord],
    /// The packages and targets of all builds that there are. What was told of others is forgotten.
    pub present: &'a BTreeSet<(String, String)>,
    /// The keys of all actions that the workspace consists of, by the folder of what they make.
    pub keys: &'a BTreeMap<String, Vec<Digest>>,
    /// The digest of all that is told now or was told before and is still so.
    pub digest: &'a Digest,
}

/// What stands before the name of a package in place of a folder, with the key of what front ends made of it. No folder of outputs is called so.
const CHECK: &str = "check:";

impl Store<'_> {
    /// Notes what there is in a workspace, in place of what was told before. The workspace holds it from now on: as long as the directory
    /// exists, none of it is removed. Yields the names of the packages of which something is other than it was.
    ///
    /// Of artefacts that are results of actions the store has the content already. Of the others, which the engine makes faster than
    /// they could be copied, it knows where they are.
    pub fn tell(&self, telling: &Telling<'_>) -> Result<BTreeSet<String>, StoreError> {
        if self.is_read_only() {
            return Ok(BTreeSet::new());
        }
        // What views show of it follows.
        self.enter()?;
        self.take_receipt(telling.workspace)?;
        let now = self.now();
        let changed = self.change(|transaction| {
            let workspace = workspace_row(transaction, telling.workspace, now)?;
            save_keys(transaction, workspace, telling)?;
            let mut packages: BTreeSet<String> = BTreeSet::new();
            let mut known = BTreeMap::new();
            for build in telling.builds {
                let package = package_row(transaction, &mut known, &build.package)?;
                save_dependencies(transaction, package, &build.dependencies, &mut known)?;
                let row = build_row(transaction, (workspace, package), build, now)?;
                save_artefacts(transaction, row, &build.artefacts)?;
                supersede(transaction, (workspace, package, row), build)?;
                packages.insert(build.package.name.clone());
            }
            packages.extend(forget_absent(transaction, workspace, telling.present)?);
            transaction.execute_batch(FORGET_PACKAGES)?;
            Ok(packages)
        })?;
        self.give_receipt(telling.workspace, telling.digest)?;
        Ok(changed)
    }

    /// Lets a workspace that was told of hold the results of these actions, one of each package, beside what it was told to consist of: what
    /// front ends made of the packages. Each takes the place of the one before.
    pub fn hold_checks(
        &self,
        workspace: &Utf8Path,
        checks: &[(Name, Digest)],
    ) -> Result<(), StoreError> {
        if checks.is_empty() || self.is_read_only() {
            return Ok(());
        }
        self.change(|transaction| {
            let sql = "INSERT OR REPLACE INTO holds SELECT id, ?, ? FROM workspaces WHERE path = ?";
            let mut hold = transaction.prepare(sql)?;
            for (package, key) in checks {
                let folder = format!("{CHECK}{package}");
                hold.execute((folder, key.as_bytes(), workspace.as_str()))?;
            }
            Ok(())
        })
    }

    /// Lets `workspace` hold nothing any more, and shows nothing of it: what it consisted of is not there.
    pub fn forget_workspace(&self, workspace: &Utf8Path) -> Result<(), StoreError> {
        self.forget_workspaces(&[workspace.to_owned()])?;
        self.refresh_views(None).map(|_| ())
    }

    /// As [`Store::forget_workspace`] for all workspaces whose directories are gone.
    pub fn forget_gone(&self) -> Result<(), StoreError> {
        if !self.sweep_workspaces()?.is_empty() {
            self.refresh_views(None)?;
        }
        Ok(())
    }

    /// Forgets all that was told of these workspaces.
    pub(super) fn forget_workspaces(&self, workspaces: &[Utf8PathBuf]) -> Result<(), StoreError> {
        workspaces.iter().try_for_each(|workspace| self.take_receipt(workspace))?;
        self.change(|transaction| {
            for workspace in workspaces {
                // It knows that itself.
                let sql = "UPDATE builds SET is_last = FALSE
                           WHERE workspace IN (SELECT id FROM workspaces WHERE path = ?)";
                transaction.execute(sql, [workspace.as_str()])?;
                let sql = "DELETE FROM workspaces WHERE path = ?";
                transaction.execute(sql, [workspace.as_str()])?;
            }
            transaction.execute_batch(FORGET_PACKAGES)
        })
    }
}

/// The row of a workspace.
fn workspace_row(
    transaction: &Transaction<'_>,
    workspace: &Utf8Path,
    now: i64,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO workspaces (path, built) VALUES (?1, ?2)
               ON CONFLICT DO UPDATE SET built = ?2 RETURNING id";
    transaction.query_one(sql, (workspace.as_str(), now), |row| row.get(0))
}

/// Writes those keys that are not there, and removes those that a workspace consists of no more.
fn save_keys(
    transaction: &Transaction<'_>,
    workspace: i64,
    Telling { keys, present, .. }: &Telling<'_>,
) -> rusqlite::Result<()> {
    let sql = "SELECT folder, keys FROM holds WHERE workspace = ?";
    let mut statement = transaction.prepare(sql)?;
    let rows = statement.query_map([workspace], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut before = rows.collect::<rusqlite::Result<BTreeMap<String, Vec<u8>>>>()?;
    let sql = "INSERT OR REPLACE INTO holds VALUES (?, ?, ?)";
    let mut save = transaction.prepare(sql)?;
    let packages: BTreeSet<&str> = present.iter().map(|(package, _)| package.as_str()).collect();
    before.retain(|folder, _| {
        folder.strip_prefix(CHECK).is_none_or(|package| !packages.contains(package))
    });
    for (folder, keys) in *keys {
        let keys: Vec<u8> = keys.iter().flat_map(|it| *it.as_bytes()).collect();
        if before.remove(folder).is_none_or(|before| before != keys) {
            save.execute((workspace, folder, keys))?;
        }
    }
    let mut forget = transaction.prepare("DELETE FROM holds WHERE workspace = ? AND folder = ?")?;
    for folder in before.keys() {
        forget.execute((workspace, folder))?;
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

fn save_dependencies<'a>(
    transaction: &Transaction<'_>,
    package: i64,
    dependencies: &'a [PackageId],
    known: &mut BTreeMap<&'a PackageId, i64>,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM dependencies WHERE package = ?", [package])?;
    for dependency in dependencies {
        let dependency = package_row(transaction, known, dependency)?;
        let sql = "INSERT OR IGNORE INTO dependencies VALUES (?, ?)";
        transaction.execute(sql, (package, dependency))?;
    }
    Ok(())
}

fn build_row(
    transaction: &Transaction<'_>,
    (workspace, package): (i64, i64),
    build: &BuildRecord,
    now: i64,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO builds (workspace, package, target, compiler, compiler_version,
                   toolchain, profile, options, directory, built, is_last)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, TRUE)
               ON CONFLICT DO UPDATE SET profile = ?7, directory = ?9, built = ?10, is_last = TRUE
               RETURNING id";
    let values = (
        workspace,
        package,
        &build.target,
        &build.compiler,
        &build.compiler_version,
        &build.toolchain,
        &build.profile,
        options_text(&build.options),
        build.directory.as_str(),
        now,
    );
    transaction.query_one(sql, values, |row| row.get(0))
}

/// Options as they are kept: a line for each.
fn options_text(options: &[(String, String)]) -> String {
    let lines: Vec<String> =
        options.iter().map(|(name, value)| format!("{name}={value}")).collect();
    lines.join("\n")
}

/// What [`options_text`] was made of.
pub(super) fn parse_options(text: &str) -> Vec<(String, String)> {
    let parts = text.lines().map(|line| line.split_once('=').unwrap_or((line, "")));
    parts.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Writes those artefacts of a build that are not there as they are, and removes those that it has no more.
fn save_artefacts(
    transaction: &Transaction<'_>,
    build: i64,
    artefacts: &[ArtefactFile],
) -> rusqlite::Result<()> {
    let sql = "SELECT path, digest FROM artefacts WHERE build = ? AND (kept OR digest IS NULL)";
    let mut statement = transaction.prepare(sql)?;
    let rows = statement.query_map([build], |row| {
        let digest = row.get::<_, Option<[u8; 32]>>(1)?.map(Digest::from);
        Ok((row.get(0)?, digest))
    })?;
    let before = rows.collect::<rusqlite::Result<BTreeMap<String, Option<Digest>>>>()?;
    let sql = "INSERT OR REPLACE INTO artefacts VALUES (?1, ?2, ?3, ?4,
                   EXISTS (SELECT 1 FROM blobs WHERE digest = ?4))";
    let mut save = transaction.prepare(sql)?;
    for ArtefactFile { role, path, digest } in artefacts {
        if before.get(path.as_str()) != Some(digest) {
            let digest = digest.as_ref().map(Digest::as_bytes);
            save.execute((build, path.as_str(), role, digest))?;
        }
    }
    let paths: BTreeSet<&str> = artefacts.iter().map(|it| it.path.as_str()).collect();
    let mut forget = transaction.prepare("DELETE FROM artefacts WHERE build = ? AND path = ?")?;
    let all = transaction
        .prepare("SELECT path FROM artefacts WHERE build = ?")?
        .query_map([build], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<String>>>()?;
    for path in all.iter().filter(|path| !paths.contains(path.as_str())) {
        forget.execute((build, path))?;
    }
    Ok(())
}

/// Lets a build take the place of what was in the same files before. Of a build of the same package, but with other options, as much is
/// still true as the store keeps; of another version nothing.
fn supersede(
    transaction: &Transaction<'_>,
    (workspace, package, row): (i64, i64, i64),
    build: &BuildRecord,
) -> rusqlite::Result<()> {
    let sql = "UPDATE builds SET is_last = FALSE
               WHERE workspace = ?1 AND target = ?2 AND is_last AND id <> ?3
                   AND package IN (SELECT id FROM packages WHERE name = ?4)
               RETURNING id, package";
    let mut statement = transaction.prepare(sql)?;
    let values = (workspace, &build.target, row, &build.package.name);
    let before = statement.query_map(values, |row| Ok((row.get(0)?, row.get(1)?)))?;
    for (before, of) in before.collect::<rusqlite::Result<Vec<(i64, i64)>>>()? {
        let sql = "DELETE FROM artefacts WHERE build = ?1 AND NOT (kept AND ?2)";
        transaction.execute(sql, (before, of == package))?;
        let sql = "DELETE FROM builds WHERE id = ?1
                   AND NOT EXISTS (SELECT 1 FROM artefacts WHERE build = ?1)";
        transaction.execute(sql, [before])?;
    }
    Ok(())
}

/// Forgets the builds of a workspace that are not `present`; the names of their packages.
fn forget_absent(
    transaction: &Transaction<'_>,
    workspace: i64,
    present: &BTreeSet<(String, String)>,
) -> rusqlite::Result<BTreeSet<String>> {
    let sql = "SELECT builds.id, name, target FROM builds
               JOIN packages ON packages.id = builds.package WHERE workspace = ?";
    let mut statement = transaction.prepare(sql)?;
    let rows = statement
        .query_map([workspace], |row| Ok((row.get::<_, i64>(0)?, (row.get(1)?, row.get(2)?))))?;
    let mut names = BTreeSet::new();
    for row in rows.collect::<rusqlite::Result<Vec<(i64, (String, String))>>>()? {
        let (build, which) = row;
        if !present.contains(&which) {
            // It is the workspace that says so.
            transaction.execute("UPDATE builds SET is_last = FALSE WHERE id = ?", [build])?;
            transaction.execute("DELETE FROM builds WHERE id = ?", [build])?;
            names.insert(which.0);
        }
    }
    Ok(names)
}
