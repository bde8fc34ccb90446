//! Where is package X compiled for target Y, by which compiler, with which options?

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Digest;
use crate::store::Store;
use crate::store::database::digest;
use crate::store::error::StoreError;

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
    /// The digest of all options.
    pub options: Digest,
    /// Where the build left its outputs.
    pub directory: Utf8PathBuf,
    /// When it was built last, in milliseconds since 1970.
    pub built: i64,
    /// What it made, by path.
    pub artefacts: Vec<ArtefactRow>,
    /// The packages that its package depends on: name, version and source.
    pub dependencies: Vec<(String, String, String)>,
}

/// A file that is part of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArtefactRow {
    /// What it is, in a word.
    pub role: String,
    /// Its name in the build.
    pub path: Utf8PathBuf,
    /// What is in it.
    pub digest: Digest,
    /// Where it is: in the store, or where the build left it.
    pub file: Utf8PathBuf,
}

/// How full the store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Statistics {
    /// How many bytes the blobs have together.
    pub bytes: u64,
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
    /// The builds that `filter` asks for, by package, version, source, target, and the latest first.
    pub fn query(&self, filter: &Filter) -> Result<Vec<BuildRow>, StoreError> {
        let sql = "SELECT builds.id, packages.id, name, version, source, uuid, target, compiler,
                       compiler_version, toolchain, profile, options, directory, built
                   FROM builds JOIN packages ON packages.id = builds.package
                   WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR version = ?2)
                     AND (?3 IS NULL OR target = ?3) AND (?4 IS NULL OR instr(source, ?4))
                   ORDER BY name, version, source, target, built DESC, builds.id DESC";
        self.ask(|connection| {
            let mut statement = connection.prepare(sql)?;
            let Filter { package, version, target, source } = filter;
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
                    options: digest(row, 11)?,
                    directory: row.get::<_, String>(12)?.into(),
                    built: row.get(13)?,
                    artefacts: Vec::new(),
                    dependencies: Vec::new(),
                };
                Ok((row.get(0)?, row.get(1)?, build))
            })?;
            let rows = rows.collect::<rusqlite::Result<Vec<(i64, i64, BuildRow)>>>()?;
            let mut dependencies = BTreeMap::new();
            let mut builds = Vec::with_capacity(rows.len());
            for (id, package, mut build) in rows {
                build.artefacts = self.artefacts(connection, id, &build.directory)?;
                build.dependencies = match dependencies.get(&package) {
                    Some(known) => Vec::clone(known),
                    None => dependencies_of(connection, package)?,
                };
                dependencies.insert(package, build.dependencies.clone());
                builds.push(build);
            }
            Ok(builds)
        })
    }

    fn artefacts(
        &self,
        connection: &rusqlite::Connection,
        build: i64,
        directory: &Utf8Path,
    ) -> rusqlite::Result<Vec<ArtefactRow>> {
        let sql = "SELECT role, path, digest, kept FROM artefacts WHERE build = ? ORDER BY path";
        let mut statement = connection.prepare(sql)?;
        let rows = statement.query_map([build], |row| {
            let digest = digest(row, 2)?;
            let path = Utf8PathBuf::from(row.get::<_, String>(1)?);
            let file = if row.get(3)? { self.blob_path(&digest) } else { directory.join(&path) };
            Ok(ArtefactRow { role: row.get(0)?, path, digest, file })
        })?;
        rows.collect()
    }

    /// How full the store is.
    pub fn statistics(&self) -> Result<Statistics, StoreError> {
        let sql = "SELECT (SELECT bytes FROM totals), (SELECT count(*) FROM blobs),
                       (SELECT count(*) FROM actions), (SELECT count(*) FROM packages),
                       (SELECT count(*) FROM builds), (SELECT count(*) FROM workspaces),
                       (SELECT count(*) FROM processes)";
        self.ask(|connection| {
            connection.query_one(sql, (), |row| {
                let number =
                    |column| row.get::<_, i64>(column).map(|it| it.try_into().unwrap_or(0));
                Ok(Statistics {
                    bytes: number(0)?,
                    blobs: number(1)?,
                    actions: number(2)?,
                    packages: number(3)?,
                    builds: number(4)?,
                    workspaces: number(5)?,
                    processes: number(6)?,
                })
            })
        })
    }
}

fn dependencies_of(
    connection: &rusqlite::Connection,
    package: i64,
) -> rusqlite::Result<Vec<(String, String, String)>> {
    let sql = "SELECT name, version, source FROM dependencies
               JOIN packages ON packages.id = dependency WHERE package = ?
               ORDER BY name, version, source";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([package], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    rows.collect()
}
