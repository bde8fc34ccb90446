//! The tables of the database.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

/// The format of the database. A database of an earlier one is emptied: all that is lost is work that is done again.
pub(super) const FORMAT: i32 = 5;

/// What marks an SQLite database as ours.
const APPLICATION: i32 = i32::from_be_bytes(*b"OAST");

/// Times are milliseconds since 1970, digests 32 bytes, `seal`, `keys` and `options` as their writers say.
///
/// `identity` is other than it was when a build is forgotten that a workspace takes for known; see `receipt`.
const TABLES: &str = "
CREATE TABLE packages (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (name, version, source)
) STRICT;
CREATE TABLE dependencies (
    package INTEGER NOT NULL REFERENCES packages ON DELETE CASCADE,
    dependency INTEGER NOT NULL REFERENCES packages ON DELETE CASCADE,
    PRIMARY KEY (package, dependency)
) STRICT, WITHOUT ROWID;
CREATE TABLE identity (id BLOB NOT NULL) STRICT;
INSERT INTO identity VALUES (randomblob(16));
CREATE TABLE workspaces (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    built INTEGER NOT NULL
) STRICT;
CREATE TABLE holds (
    workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    folder TEXT NOT NULL,
    keys BLOB NOT NULL,
    PRIMARY KEY (workspace, folder)
) STRICT, WITHOUT ROWID;
CREATE TABLE builds (
    id INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    package INTEGER NOT NULL REFERENCES packages ON DELETE CASCADE,
    target TEXT NOT NULL,
    compiler TEXT NOT NULL,
    compiler_version TEXT NOT NULL,
    toolchain TEXT NOT NULL,
    profile TEXT NOT NULL,
    options TEXT NOT NULL,
    directory TEXT NOT NULL,
    built INTEGER NOT NULL,
    is_last INTEGER NOT NULL,
    UNIQUE (workspace, package, target, compiler, compiler_version, toolchain, options)
) STRICT;
CREATE INDEX builds_of_packages ON builds (package);
CREATE TRIGGER build_forgotten AFTER DELETE ON builds WHEN old.is_last
    BEGIN UPDATE identity SET id = randomblob(16); END;
CREATE TABLE artefacts (
    build INTEGER NOT NULL REFERENCES builds ON DELETE CASCADE,
    path TEXT NOT NULL,
    role TEXT NOT NULL,
    digest BLOB,
    kept INTEGER NOT NULL,
    PRIMARY KEY (build, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX artefact_digests ON artefacts (digest);
CREATE TABLE actions (
    key BLOB PRIMARY KEY,
    label TEXT NOT NULL,
    origin TEXT,
    exit_code INTEGER NOT NULL,
    stdout BLOB NOT NULL,
    stderr BLOB NOT NULL,
    seal BLOB NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE outputs (
    action BLOB NOT NULL REFERENCES actions ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path TEXT NOT NULL,
    digest BLOB NOT NULL,
    executable INTEGER NOT NULL,
    PRIMARY KEY (action, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX output_digests ON outputs (digest);
CREATE TABLE blobs (
    digest BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_uses ON blobs (used);
CREATE TABLE totals (bytes INTEGER NOT NULL) STRICT;
INSERT INTO totals VALUES (0);
CREATE TRIGGER blob_added AFTER INSERT ON blobs
    BEGIN UPDATE totals SET bytes = bytes + new.size; END;
CREATE TRIGGER blob_removed AFTER DELETE ON blobs
    BEGIN UPDATE totals SET bytes = bytes - old.size; END;
CREATE TRIGGER blob_resized AFTER UPDATE OF size ON blobs
    BEGIN UPDATE totals SET bytes = bytes + new.size - old.size; END;
CREATE TABLE processes (
    name TEXT PRIMARY KEY,
    process INTEGER NOT NULL,
    machine TEXT NOT NULL,
    workspace TEXT NOT NULL,
    started INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
";

/// What a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Ours, and of this format.
    Ours,
    /// Empty, or ours and of an earlier format.
    Outdated,
    /// Of a later format.
    Newer(i32),
    /// A sound database of somebody else, or one whose tables are not what they should be.
    Foreign,
}

/// What the database is, by what it says of itself.
pub(super) fn examine(connection: &Connection) -> rusqlite::Result<Found> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, format) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        connection.query_one("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
    Ok(match (application, format) {
        (0, 0) if tables == 0 => Found::Outdated,
        (APPLICATION, FORMAT) if 0 < tables => Found::Ours,
        (APPLICATION, later) if FORMAT < later => Found::Newer(later),
        (APPLICATION, earlier) if (1..FORMAT).contains(&earlier) => Found::Outdated,
        _ => Found::Foreign,
    })
}

/// The tables in which something is said of workspaces and their builds, each after those to which it refers.
pub(super) const TOLD: [&str; 6] =
    ["packages", "dependencies", "workspaces", "holds", "builds", "artefacts"];

/// Whether the database has all tables, indexes and triggers, and no others.
pub(super) fn is_complete(connection: &Connection) -> rusqlite::Result<bool> {
    let sound = Connection::open_in_memory()?;
    sound.execute_batch(TABLES)?;
    Ok(definitions(connection)? == definitions(&sound)?)
}

fn definitions(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, Option<String>)>> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Makes the tables, in place of those that there are.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if examine(&transaction)? == Found::Ours {
        // Somebody was faster.
        return Ok(());
    }
    let mut drops = String::new();
    let sql = "SELECT type, name FROM sqlite_schema WHERE type IN ('table', 'trigger')
               AND name NOT LIKE 'sqlite_%' ORDER BY type DESC";
    let mut statement = transaction.prepare(sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        let name = name.replace('"', "\"\"");
        drops.extend(["DROP ", &kind, " \"", &name, "\";"]);
    }
    drop(rows);
    drop(statement);
    transaction.execute_batch(&drops)?;
    transaction.execute_batch(TABLES)?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}
