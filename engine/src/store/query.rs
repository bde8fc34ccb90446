//! Where is package X compiled for target Y, by which compiler, with which options?

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, DigestWriter};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::package::{PackageId, parse_options};

/// The role of files that can be run.
pub(super) const PROGRAM: &str = "program";

/// Which builds are asked for; `None` stands for any.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Filter {
    /// The package's name.
    pub package: Option<String>,
    /// The package's version.
    pub version: Option<String>,
    /// The target's name.
    pub target: Option<String>,
    /// A part of the package's source.
    pub source: Option<String>,
    /// The directory in which, or below which, the package's source is.
    pub below: Option<Utf8PathBuf>,
}

/// A build that the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildRow {
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// Where the package comes from.
    pub source: String,
    /// What tells the package from all others.
    pub uuid: String,
    /// The target.
    pub target: String,
    /// The compiler of the package's language.
    pub compiler: String,
    /// Its version.
    pub compiler_version: String,
    /// What made the rest; may be empty.
    pub toolchain: String,
    /// `dev` or `release`.
    pub profile: String,
    /// All options that decide what is made, by name.
    pub options: Vec<(String, String)>,
    /// The workspace in which it was built.
    pub workspace: Utf8PathBuf,
    /// Whether it is the last one there: of one before, only what the store keeps is still what it was.
    pub is_last: bool,
    /// Where the build left its outputs.
    pub directory: Utf8PathBuf,
    /// Since when it is as it is, in milliseconds since 1970.
    pub built: i64,
    /// What it made, by path.
    pub artefacts: Vec<ArtefactRow>,
    /// The packages that its package depends on.
    pub dependencies: Vec<PackageId>,
}

/// A file that is part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactRow {
    /// What it is, in a word.
    pub role: String,
    /// Its name in the build.
    pub path: Utf8PathBuf,
    /// What is in it, if an action made it.
    pub digest: Option<Digest>,
    /// Where it is: in the store, or where the build left it; `None` if it is in neither any more. A program is wanted where it can be
    /// run, and so where the build left it.
    pub file: Option<Utf8PathBuf>,
}

impl BuildRow {
    /// What tells the build from others of the same package and target: 16 digits of the digest of compiler, toolchain and options.
    pub fn hash(&self) -> String {
        let mut digest = DigestWriter::default();
        digest.part(&self.compiler).part(&self.compiler_version).part(&self.toolchain);
        for (name, value) in &self.options {
            digest.part(name).part(value);
        }
        let mut text = digest.finish().to_string();
        text.truncate(16);
        text
    }

    /// How many of its files are in no place where they could be.
    pub fn missing(&self) -> usize {
        self.artefacts.iter().filter(|artefact| artefact.file.is_none()).count()
    }
}

/// A build, and the number of its package: the store has known one with a smaller number for longer.
pub(super) type Numbered = (i64, BuildRow);

/// How full the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Statistics {
    /// How many bytes the store has; see [`Store::size`].
    pub bytes: u64,
    /// How many of these are the database's.
    pub database: u64,
    /// How many blobs there are.
    pub blobs: u64,
    /// How many actions are remembered.
    pub actions: u64,
    /// How many packages are known.
    pub packages: u64,
    /// How many builds of them.
    pub builds: u64,
    /// How many workspaces hold builds.
    pub workspaces: u64,
    /// How many builds are running, as far as is known.
    pub processes: u64,
}

impl Store<'_> {
    /// The builds that `filter` asks for and of which something is there, by package, version, source, target, and the latest first.
    pub fn query(&self, filter: &Filter) -> Result<Vec<BuildRow>, StoreError> {
        let builds = self.known_builds(filter)?.into_iter().map(|(_, build)| build);
        Ok(builds.filter(|build| self.is_there(build)).collect())
    }

    /// Whether something is there of a build, and the workspace that it is of.
    pub(super) fn is_there(&self, build: &BuildRow) -> bool {
        build.missing() < build.artefacts.len() && self.host.stat(&build.workspace).is_ok()
    }

    /// The builds that `filter` asks for, whatever there is of them, in the order of [`Store::query`].
    pub(super) fn known_builds(&self, filter: &Filter) -> Result<Vec<Numbered>, StoreError> {
        let sql = "SELECT builds.id, packages.id, name, version, source, uuid, target, compiler,
                       compiler_version, toolchain, profile, options, path, is_last, directory,
                       builds.built
                   FROM builds JOIN packages ON packages.id = builds.package
                       JOIN workspaces ON workspaces.id = builds.workspace
                   WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR version = ?2)
                     AND (?3 IS NULL OR target = ?3) AND (?4 IS NULL OR instr(source, ?4))
                   ORDER BY name, version, source, target, is_last DESC, builds.built DESC,
                       builds.id DESC";
        self.ask(|connection| {
            let mut statement = connection.prepare(sql)?;
            let Filter { package, version, target, source, below } = filter;
            let rows = statement.query_map((package, version, target, source), |row| {
                let build = BuildRow {
                    package: row.get(2)?,
                    version: row.get(3)?,
                    source: row.get(4)?,
                    uuid: row.get(5)?,
                    target: row.get(6)?,
                    compiler: row.get(7)?,
                    compiler_version: row.get(8)?,
                    toolchain: row.get(9)?,
                    profile: row.get(10)?,
                    options: parse_options(&row.get::<_, String>(11)?),
                    workspace: row.get::<_, String>(12)?.into(),
                    is_last: row.get(13)?,
                    directory: row.get::<_, String>(14)?.into(),
                    built: row.get(15)?,
                    artefacts: Vec::new(),
                    dependencies: Vec::new(),
                };
                Ok((row.get(0)?, row.get(1)?, build))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<(i64, i64, BuildRow)>>>()?;
            let mut dependencies = BTreeMap::new();
            let mut builds = Vec::with_capacity(rows.len());
            for (id, package, mut build) in rows {
                if below.as_ref().is_some_and(|it| !Utf8Path::new(&build.source).starts_with(it)) {
                    continue;
                }
                build.artefacts = self.artefacts(connection, id, &build)?;
                build.dependencies = match dependencies.get(&package) {
                    Some(known) => Vec::clone(known),
                    None => dependencies_of(connection, package)?,
                };
                dependencies.insert(package, build.dependencies.clone());
                builds.push((package, build));
            }
            Ok(builds)
        })
    }

    fn artefacts(
        &self,
        connection: &rusqlite::Connection,
        id: i64,
        build: &BuildRow,
    ) -> rusqlite::Result<Vec<ArtefactRow>> {
        let sql = "SELECT role, path, digest, kept FROM artefacts WHERE build = ? ORDER BY path";
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([id], |row| {
            let digest = row.get::<_, Option<[u8; 32]>>(2)?.map(Digest::from);
            let path = Utf8PathBuf::from(row.get::<_, String>(1)?);
            let kept = digest.filter(|_| row.get(3).unwrap_or_default());
            let artefact = ArtefactRow { role: row.get(0)?, path, digest, file: None };
            Ok(ArtefactRow { file: self.found(build, &artefact, kept), ..artefact })
        })?;
        rows.collect()
    }

    /// Where an artefact is, of which the store keeps the content if that has a digest.
    fn found(
        &self,
        build: &BuildRow,
        artefact: &ArtefactRow,
        kept: Option<Digest>,
    ) -> Option<Utf8PathBuf> {
        let there = |path: &Utf8PathBuf| self.host.stat(path).is_ok();
        let kept = || kept.map(|digest| self.blob_path(&digest)).filter(there);
        let left = || Some(build.directory.join(&artefact.path)).filter(|_| build.is_last);
        if artefact.role == PROGRAM {
            left().filter(there).or_else(kept)
        } else {
            kept().or_else(|| left().filter(there))
        }
    }

    /// How full the store is.
    pub fn statistics(&self) -> Result<Statistics, StoreError> {
        let sizes = self.sizes()?;
        let sql = "SELECT (SELECT count(*) FROM blobs), (SELECT count(*) FROM actions),
                       (SELECT count(*) FROM packages), (SELECT count(*) FROM builds),
                       (SELECT count(*) FROM workspaces), (SELECT count(*) FROM processes)";
        self.ask(|connection| {
            connection.query_one(sql, (), |row| {
                let number =
                    |column| row.get::<_, i64>(column).map(|it| it.try_into().unwrap_or(0));
                Ok(Statistics {
                    bytes: sizes.blobs + sizes.database,
                    database: sizes.database,
                    blobs: number(0)?,
                    actions: number(1)?,
                    packages: number(2)?,
                    builds: number(3)?,
                    workspaces: number(4)?,
                    processes: number(5)?,
                })
            })
        })
    }
}

fn dependencies_of(
    connection: &rusqlite::Connection,
    package: i64,
) -> rusqlite::Result<Vec<PackageId>> {
    let sql = "SELECT name, version, source FROM dependencies
               JOIN packages ON packages.id = dependency WHERE package = ?
               ORDER BY name, version, source";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([package], |row| {
        Ok(PackageId { name: row.get(0)?, version: row.get(1)?, source: row.get(2)? })
    })?;
    rows.collect()
}
