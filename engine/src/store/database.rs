//! The database: opening it, and what happens when that does not work.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::base::Digest;
use crate::host::{EntryKind, FileLock, Host, LockKind};
use crate::store::error::StoreError;
use crate::store::schema::{self, FORMAT, Found};
use crate::store::{Access, Store, action, locked};

/// How long a writer waits for other writers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often somebody who waits looks again.
const POLL: Duration = Duration::from_millis(5);

/// How long the locks of a process may be held by a program that it is starting.
const INHERITED: Duration = Duration::from_millis(500);

/// The file that says that a process met damage in the database, which the next one that has the store alone repairs.
pub(super) const MARKER: &str = "damaged";

/// The files of a database.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// See [`Store::open`].
pub(super) fn open<'h>(host: &'h dyn Host, home: &Utf8Path) -> Result<Store<'h>, StoreError> {
    // Whether this works shows when the database is opened.
    let made = host.create_directory(&home.join("locks"));
    let presence = match host.lock(&presence_path(home), LockKind::Shared) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => wait_for(host, &presence_path(home), LockKind::Shared),
        // A file system without locks, or one that cannot be written.
        Err(_) => None,
    };
    let opened =
        if must_be_replaced(host, home) { Err(marked_damage(home)) } else { connect(home) };
    match opened {
        Ok((connection, access)) => Ok(store(host, home, access, connection, presence)),
        Err(error) if error.is_damage() => {
            drop(presence);
            replace(host, home)?;
            let presence = wait_for(host, &presence_path(home), LockKind::Shared);
            let (connection, access) = connect(home)?;
            let mut store = store(host, home, access, connection, presence);
            store.was_replaced = true;
            Ok(store)
        }
        Err(error) => Err(match made {
            Err(error) => StoreError::during("make", home)(error),
            Ok(()) => error,
        }),
    }
}

/// Whether somebody says that the database is damaged, or something else stands in the place of one of its files.
fn must_be_replaced(host: &dyn Host, home: &Utf8Path) -> bool {
    let is_other = |path: &Utf8Path| host.stat(path).is_ok_and(|it| it.kind != EntryKind::File);
    is(host, &home.join(MARKER), EntryKind::File)
        || SUFFIXES.iter().any(|it| is_other(Utf8Path::new(&format!("{}{it}", path(home)))))
}

fn store<'h>(
    host: &'h dyn Host,
    home: &Utf8Path,
    access: Access,
    connection: Connection,
    presence: Option<FileLock>,
) -> Store<'h> {
    Store {
        host,
        home: home.to_owned(),
        access,
        was_replaced: false,
        connections: Mutex::new(vec![connection]),
        used: Mutex::default(),
        running: Mutex::default(),
        temporaries: AtomicU32::new(0),
        _presence: presence,
    }
}

/// Where the database of the store at `home` is.
pub(super) fn path(home: &Utf8Path) -> Utf8PathBuf {
    home.join("store.db")
}

/// The file that all lock, shared, who have the store open.
pub(super) fn presence_path(home: &Utf8Path) -> Utf8PathBuf {
    home.join("locks/store")
}

/// That an earlier process, or the doctor, has met damage.
pub(super) fn marked_damage(home: &Utf8Path) -> StoreError {
    let text = "an earlier process met damage".to_owned();
    StoreError::Database { path: path(home), text, is_damage: true }
}

/// A lock that somebody holds for a moment; `None` if the moment is too long.
pub(super) fn wait_for(host: &dyn Host, path: &Utf8Path, kind: LockKind) -> Option<FileLock> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        match host.lock(path, kind) {
            Ok(Some(lock)) => return Some(lock),
            Ok(None) => thread::sleep(POLL),
            Err(_) => return None,
        }
    }
    None
}

/// A connection to the database, which is made as needed.
fn connect(home: &Utf8Path) -> Result<(Connection, Access), StoreError> {
    let path = path(home);
    let failed = |error: rusqlite::Error| StoreError::database(&path, &error);
    match connect_to_write(&path) {
        Ok((connection, Found::Ours)) => Ok((connection, Access::Full)),
        Ok((_, Found::Newer(found))) => {
            Err(StoreError::Newer { home: home.to_owned(), found, known: FORMAT })
        }
        Ok(_) => {
            let text = "it is not a database of Oast's".to_owned();
            Err(StoreError::Database { path, text, is_damage: true })
        }
        Err(error) if is_refusal(&error) => match connect_to_read(&path) {
            Ok(Some(connection)) => Ok((connection, Access::ReadOnly)),
            _ => Err(failed(error)),
        },
        Err(error) => Err(failed(error)),
    }
}

fn connect_to_write(path: &Utf8Path) -> rusqlite::Result<(Connection, Found)> {
    let mut connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(PATIENCE)?;
    if connection.is_readonly("main")? {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY);
        return Err(rusqlite::Error::SqliteFailure(code, None));
    }
    connection.execute_batch(
        "PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4000000;",
    )?;
    // Bringing the log into the database waits for the disk: once in a thousand pages, not at the end of every small build.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let mut found = schema::examine(&connection)?;
    // The file itself says that only another SQLite may write it: none that we know of does.
    if !matches!(found, Found::Newer(_)) && connection.is_readonly("main")? {
        return Ok((connection, Found::Foreign));
    }
    if found == Found::Outdated {
        begin_log(&connection)?;
        schema::create(&mut connection)?;
        found = schema::examine(&connection)?;
    }
    Ok((connection, found))
}

/// Lets readers and a writer work at the same time. Of several processes that want this of a new database at once, SQLite refuses
/// some without waiting.
fn begin_log(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.execute_batch("PRAGMA journal_mode = WAL;") {
            Err(error) if is_busy(&error) && begun.elapsed() < PATIENCE => thread::sleep(POLL),
            other => return other,
        }
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

fn is_refusal(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode;
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied)
    )
}

/// A connection that only reads; `None` if what is there is not of this format.
fn connect_to_read(path: &Utf8Path) -> rusqlite::Result<Option<Connection>> {
    // A log left by somebody who may write can be read where its files are. Where there are none, nobody is writing.
    let escaped = path.as_str().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = |how: &str| -> rusqlite::Result<Option<Connection>> {
        let connection = Connection::open_with_flags(format!("file:{escaped}{how}"), flags)?;
        connection.busy_timeout(PATIENCE)?;
        let found = schema::examine(&connection)?;
        Ok((found == Found::Ours).then_some(connection))
    };
    open("").or_else(|_| open("?immutable=1"))
}

/// The lock of whoever has the store to itself; `None` while others have it. A program that is being started holds, for a moment, all
/// that its starter had open: so it is asked more than once.
fn alone(host: &dyn Host, home: &Utf8Path) -> io::Result<Option<FileLock>> {
    let begun = Instant::now();
    loop {
        match host.lock(&presence_path(home), LockKind::Exclusive)? {
            None if begun.elapsed() < INHERITED => thread::sleep(POLL),
            answer => return Ok(answer),
        }
    }
}

/// Moves a damaged database aside and makes a new one, with what can be read of the old one and with the blobs that there are.
fn replace(host: &dyn Host, home: &Utf8Path) -> Result<(), StoreError> {
    let path = path(home);
    let Some(_alone) = alone(host, home).map_err(StoreError::during("lock", &path))? else {
        return Err(StoreError::DamagedAndInUse { path });
    };
    let marker = home.join(MARKER);
    if !must_be_replaced(host, home) && connect(home).is_ok() {
        // Somebody was faster.
        return Ok(());
    }
    // Who is killed meanwhile leaves it to the next to begin again.
    host.write(&marker, b"").map_err(StoreError::during("write", &marker))?;
    let aside = aside(home);
    for suffix in SUFFIXES {
        let from = Utf8PathBuf::from(format!("{path}{suffix}"));
        let to = Utf8PathBuf::from(format!("{aside}{suffix}"));
        remove(host, &to)?;
        if host.stat(&from).is_ok() {
            host.rename(&from, &to).map_err(StoreError::during("move", &from))?;
        }
    }
    let (connection, access) = connect(home)?;
    let new = store(host, home, access, connection, None);
    new.register_all()?;
    if let Ok(Some(old)) = connect_to_read(&aside) {
        // What it still says of actions is sealed or it is not taken over.
        action::salvage(&old, &new);
        new.salvage(&old)?;
    }
    host.remove_file(&marker).map_err(StoreError::during("remove", &marker))
}

/// Removes what was moved aside, if it is there.
pub(super) fn remove_aside(host: &dyn Host, home: &Utf8Path) -> Result<(), StoreError> {
    let aside = aside(home);
    SUFFIXES.iter().try_for_each(|suffix| remove(host, Utf8Path::new(&format!("{aside}{suffix}"))))
}

/// Where a damaged database is moved.
fn aside(home: &Utf8Path) -> Utf8PathBuf {
    home.join("store.db.damaged")
}

/// Removes a file, or a directory with all that is in it.
pub(super) fn remove(host: &dyn Host, path: &Utf8Path) -> Result<(), StoreError> {
    let removed =
        if is_directory(host, path) { host.remove_directory(path) } else { host.remove_file(path) };
    removed.map_err(StoreError::during("remove", path))
}

fn is_directory(host: &dyn Host, path: &Utf8Path) -> bool {
    host.read_link(path).is_err() && is(host, path, EntryKind::Directory)
}

fn is(host: &dyn Host, path: &Utf8Path, kind: EntryKind) -> bool {
    host.stat(path).is_ok_and(|it| it.kind == kind)
}

impl Store<'_> {
    /// Asks the database.
    pub(super) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.with(|connection| question(connection))
    }

    /// Changes the database: everything that `change` does, or nothing of it. A store that can only be read stays as it is.
    pub(super) fn change<T: Default>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        if self.is_read_only() {
            return Ok(T::default());
        }
        self.with(|connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let value = change(&transaction)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    /// As [`Store::change`], unless somebody else is writing: then nothing happens.
    pub(super) fn change_soon(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        self.with(|connection| {
            connection.busy_timeout(POLL)?;
            let changed = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .and_then(|transaction| change(&transaction).and_then(|()| transaction.commit()));
            connection.busy_timeout(PATIENCE)?;
            match changed {
                Err(error) if is_busy(&error) => Ok(()),
                other => other,
            }
        })
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let path = path(&self.home);
        let idle = locked(&self.connections).pop();
        let connection = match idle {
            Some(connection) => Ok(connection),
            None if self.is_read_only() => match connect_to_read(&path) {
                Ok(Some(connection)) => Ok(connection),
                Ok(None) => Err(marked_damage(&self.home)),
                Err(error) => Err(StoreError::database(&path, &error)),
            },
            None => connect(&self.home).map(|(connection, _)| connection),
        };
        let result = connection.and_then(|mut connection| {
            let result = work(&mut connection);
            let result = result.map_err(|error| StoreError::database(&path, &error));
            if result.is_ok() {
                locked(&self.connections).push(connection);
            }
            result
        });
        if result.as_ref().is_err_and(StoreError::is_damage) {
            self.mark_damaged();
        }
        result
    }

    /// Lets the next process that has the store alone make the database anew.
    pub(super) fn mark_damaged(&self) {
        // If this cannot be written, the next process meets the damage itself.
        _ = self.host.write(&self.home.join(MARKER), b"");
    }

    /// Whether the database is whole, as far as SQLite can tell.
    pub(super) fn is_whole(&self) -> Result<bool, StoreError> {
        self.ask(|connection| {
            let said: String =
                connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?;
            let mut strangers = connection.prepare("PRAGMA foreign_key_check")?;
            Ok(said == "ok" && !strangers.exists(())? && schema::is_complete(connection)?)
        })
    }
}

/// The digest in a column.
pub(super) fn digest(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    row.get::<_, [u8; 32]>(column).map(Digest::from)
}
