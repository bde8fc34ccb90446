//! What came of actions, by their keys.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::{Connection, OptionalExtension as _, Transaction};

use crate::base::{Digest, DigestWriter};
use crate::store::blob::Placed;
use crate::store::database::digest;
use crate::store::error::StoreError;
use crate::store::removal::DOOMED;
use crate::store::{Store, locked};

/// How many uses are noted at once. Each transaction costs as much as a handful of them.
const USES: usize = 512;

/// What came of an action that succeeded: what `ActionResult` of the Remote Execution API says, and a little of our own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ActionResult {
    /// What it does, for a person: `cc Demo/Main`.
    pub label: String,
    /// The files that it made, in the order in which it declares them.
    pub outputs: Vec<OutputFile>,
    /// What the program wrote to standard output.
    pub stdout: Vec<u8>,
    /// What the program wrote to standard error: warnings.
    pub stderr: Vec<u8>,
    /// The exit status.
    pub exit_code: i32,
    /// For an action whose key is that of its [messages](crate::store::message), which are kept as blobs: where its tool was and how it
    /// was run, as far as nothing that it makes depends on that. It is written by who ran it for who [does it again](Store::verify).
    pub origin: Option<String>,
}

/// A file that an action made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Where the program put it, from the directory where the action runs.
    pub path: Utf8PathBuf,
    /// What is in it.
    pub digest: Digest,
    /// Whether it may be executed.
    pub executable: bool,
}

impl ActionResult {
    /// What is kept beside the result and must be found with it. SQLite notices a damaged page only if its structure suffers.
    fn seal(&self, key: &Digest) -> Digest {
        let mut digest = DigestWriter::default();
        digest.part(key.as_bytes()).part(&self.label).part(&self.stdout).part(&self.stderr);
        digest.part(self.exit_code.to_le_bytes());
        digest.part([u8::from(self.origin.is_some())]).part(self.origin.as_deref().unwrap_or(""));
        for output in &self.outputs {
            let OutputFile { path, digest: content, executable } = output;
            digest.part(path.as_str()).part(content.as_bytes()).part([u8::from(*executable)]);
        }
        digest.finish()
    }
}

/// Blobs that become known to the database at once, with the result of the action that they belong to.
#[derive(Debug)]
pub struct Batch<'s, 'h> {
    store: &'s Store<'h>,
    blobs: Vec<Placed>,
}

impl Batch<'_, '_> {
    /// As [`Store::put_bytes`].
    pub fn put_bytes(&mut self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let placed = self.store.place(bytes)?;
        self.blobs.push(placed);
        Ok(placed.digest)
    }

    /// As [`Store::put_file`].
    pub fn put_file(&mut self, path: &Utf8Path) -> Result<Digest, StoreError> {
        let bytes = self.store.host.read(path).map_err(StoreError::during("read", path))?;
        self.put_bytes(&bytes)
    }

    /// As [`Batch::put_file`] for a file of which the digest is known: it is read only if the store has no such blob. Whether it
    /// is still the same.
    pub fn put_known(&mut self, path: &Utf8Path, digest: &Digest) -> Result<bool, StoreError> {
        if let Some(size) = self.store.size_of(digest) {
            self.blobs.push(Placed { digest: *digest, size });
            return Ok(true);
        }
        Ok(self.put_file(path)? == *digest)
    }

    /// As [`Store::record_action`].
    pub fn record(mut self, key: &Digest, result: &ActionResult) -> Result<bool, StoreError> {
        self.store.record_with(key, result, &std::mem::take(&mut self.blobs))
    }
}

impl Drop for Batch<'_, '_> {
    /// What is in its place must be known, also if nothing came of the rest: else nobody would ever remove it.
    fn drop(&mut self) {
        if !self.blobs.is_empty() {
            // Where the database does not answer, the doctor finds them.
            _ = self.store.register(&self.blobs);
        }
    }
}

impl<'h> Store<'h> {
    /// Begins to put files that belong to the result of one action: one transaction does for all.
    pub fn batch(&self) -> Batch<'_, 'h> {
        Batch { store: self, blobs: Vec::new() }
    }

    /// What came of the action with this key, if anybody remembers. Its outputs may be gone all the same; see
    /// [`Store::materialize`].
    pub fn action(&self, key: &Digest) -> Result<Option<ActionResult>, StoreError> {
        if !self.ask(|connection| is_known(connection, key))? {
            return Ok(None);
        }
        // What was told first and is still there afterwards is not removed.
        self.tell_use(key);
        match self.ask(|connection| load(connection, key))? {
            Some(found) if found.result.seal(key) != found.seal => {
                self.forget_action(key).map(|()| None)
            }
            Some(found) if found.used == DOOMED && !self.save_from_removal(key)? => Ok(None),
            Some(found) => {
                self.note_use(*key);
                Ok(Some(found.result))
            }
            None => Ok(None),
        }
    }

    /// Keeps what somebody else is about to remove ([`DOOMED`]); whether that was in time.
    fn save_from_removal(&self, key: &Digest) -> Result<bool, StoreError> {
        let now = self.now();
        let saved = self.change(|transaction| refresh_use(transaction, key, now))?;
        Ok(saved || self.is_read_only())
    }

    /// Remembers what came of the action with this key, unless one of its outputs is not a blob, or not any more: whoever makes room in
    /// the store may have removed one that was found there, just before. What is put there again, by somebody with a
    /// [lease](Store::lease), stays. Whether it is remembered; a store that can only be read says so, too, and is as it was.
    pub fn record_action(&self, key: &Digest, result: &ActionResult) -> Result<bool, StoreError> {
        self.record_with(key, result, &[])
    }

    /// Remembers what came of the action with this key, and that `blobs` are in their places, if they all are.
    fn record_with(
        &self,
        key: &Digest,
        result: &ActionResult,
        blobs: &[Placed],
    ) -> Result<bool, StoreError> {
        self.tell_use(key);
        let now = self.now();
        let recorded = self.change(|transaction| {
            let are_there = self.insert_blobs(transaction, blobs, now)?;
            let is_whole = are_there.iter().all(|it| *it) && are_known(transaction, result)?;
            if is_whole {
                save(transaction, key, result, now)?;
            }
            Ok(is_whole)
        })?;
        Ok(recorded || self.is_read_only())
    }

    /// Forgets the action with this key: what it made is not there any more.
    pub fn forget_action(&self, key: &Digest) -> Result<(), StoreError> {
        self.change(|transaction| {
            transaction.execute("DELETE FROM actions WHERE key = ?", [key.as_bytes()]).map(|_| ())
        })
    }

    /// Notes that the action's result was used just now.
    fn note_use(&self, key: Digest) {
        let mut used = locked(&self.used);
        used.push(key);
        if USES <= used.len() {
            drop(used);
            // The next ones will be noted, or it does not matter.
            _ = self.flush();
        }
    }

    /// Writes down what was used since the last time, unless somebody else is writing: this is not worth waiting for.
    pub fn flush(&self) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *locked(&self.used));
        if used.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.change_soon(|transaction| refresh_uses(transaction, &used, now))
    }

    /// As [`Store::flush`], but waits for others: from now on nobody is told in another way.
    pub(super) fn flush_at_last(&self) -> Result<(), StoreError> {
        let used = std::mem::take(&mut *locked(&self.used));
        let now = self.now();
        if used.is_empty() {
            return Ok(());
        }
        self.change(|transaction| refresh_uses(transaction, &used, now))
    }
}

/// Whether anybody remembers what came of the action with this key.
fn is_known(connection: &Connection, key: &Digest) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM actions WHERE key = ?")?.exists([key.as_bytes()])
}

fn refresh_uses(transaction: &Transaction<'_>, keys: &[Digest], now: i64) -> rusqlite::Result<()> {
    keys.iter().try_for_each(|key| refresh_use(transaction, key, now).map(|_| ()))
}

/// Notes that what came of an action is used now; whether it is known.
fn refresh_use(transaction: &Transaction<'_>, key: &Digest, now: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE actions SET used = ? WHERE key = ?";
    let known = transaction.prepare_cached(sql)?.execute((now, key.as_bytes()))?;
    let sql = "UPDATE blobs SET used = ?1 WHERE digest IN
               (SELECT digest FROM outputs WHERE action = ?2)";
    transaction.prepare_cached(sql)?.execute((now, key.as_bytes()))?;
    Ok(known == 1)
}

/// A result as it is kept.
struct Found {
    result: ActionResult,
    seal: Digest,
    /// When it was used last, or [`DOOMED`].
    used: i64,
}

fn load(connection: &Connection, key: &Digest) -> rusqlite::Result<Option<Found>> {
    let sql =
        "SELECT label, origin, exit_code, stdout, stderr, seal, used FROM actions WHERE key = ?";
    let found = connection.query_row(sql, [key.as_bytes()], |row| {
        let result = ActionResult {
            label: row.get(0)?,
            outputs: Vec::new(),
            origin: row.get(1)?,
            exit_code: row.get(2)?,
            stdout: row.get(3)?,
            stderr: row.get(4)?,
        };
        Ok(Found { result, seal: digest(row, 5)?, used: row.get(6)? })
    });
    let Some(mut found) = readable(found)?.flatten() else { return Ok(None) };
    let sql = "SELECT path, digest, executable FROM outputs WHERE action = ? ORDER BY position";
    let mut statement = connection.prepare(sql)?;
    let outputs = statement.query_map([key.as_bytes()], |row| {
        let path = Utf8PathBuf::from(row.get::<_, String>(0)?);
        Ok(OutputFile { path, digest: digest(row, 1)?, executable: row.get(2)? })
    })?;
    let Some(outputs) = readable(outputs.collect::<rusqlite::Result<Vec<_>>>())? else {
        return Ok(None);
    };
    found.result.outputs = outputs.unwrap_or_default();
    Ok(Some(found))
}

/// A row of which a value is not of the type that it should be is no row: it was damaged.
#[expect(clippy::option_option, reason = "no row, or a row that cannot be read")]
fn readable<T>(result: rusqlite::Result<T>) -> rusqlite::Result<Option<Option<T>>> {
    use rusqlite::Error;
    match result {
        Err(
            Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::Utf8Error(..),
        ) => Ok(None),
        other => other.optional().map(Some),
    }
}

/// Whether all outputs are registered.
fn are_known(transaction: &Transaction<'_>, result: &ActionResult) -> rusqlite::Result<bool> {
    let mut statement = transaction.prepare("SELECT 1 FROM blobs WHERE digest = ?")?;
    for output in &result.outputs {
        if !statement.exists([output.digest.as_bytes()])? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn save(
    transaction: &Transaction<'_>,
    key: &Digest,
    result: &ActionResult,
    now: i64,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM actions WHERE key = ?", [key.as_bytes()])?;
    let sql = "INSERT INTO actions (key, label, origin, exit_code, stdout, stderr, seal, used)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    transaction.execute(
        sql,
        (
            key.as_bytes(),
            &result.label,
            &result.origin,
            result.exit_code,
            &result.stdout,
            &result.stderr,
            result.seal(key).as_bytes(),
            now,
        ),
    )?;
    // Rows that belong to no action are what damage leaves.
    transaction.execute("DELETE FROM outputs WHERE action = ?", [key.as_bytes()])?;
    let mut statement = transaction.prepare("INSERT INTO outputs VALUES (?, ?, ?, ?, ?)")?;
    for (position, output) in result.outputs.iter().enumerate() {
        let position = i64::try_from(position).unwrap_or(i64::MAX);
        let OutputFile { path, digest, executable } = output;
        let row = (key.as_bytes(), position, path.as_str(), digest.as_bytes(), executable);
        statement.execute(row)?;
    }
    Ok(())
}

/// Takes over into `new` the results that can still be read of a damaged database and whose outputs are there.
pub(super) fn salvage(old: &Connection, new: &Store<'_>) {
    for key in readable_keys(old) {
        let Ok(Some(Found { result, seal, .. })) = load(old, &key) else { continue };
        let is_whole = result.seal(&key) == seal
            && result.outputs.iter().all(|output| new.contains(&output.digest));
        if is_whole {
            // What cannot be taken over is done again.
            _ = new.record_action(&key, &result);
        }
    }
}

/// The keys in a table up to the first place where it cannot be read.
fn readable_keys(connection: &Connection) -> Vec<Digest> {
    let mut keys = Vec::new();
    if let Ok(mut statement) = connection.prepare("SELECT key FROM actions")
        && let Ok(mut rows) = statement.query(())
    {
        while let Ok(Some(row)) = rows.next() {
            keys.extend(digest(row, 0));
        }
    }
    keys
}

impl Store<'_> {
    /// The keys of actions whose results do not fit their seals.
    pub(super) fn unsealed_actions(&self) -> Result<Vec<Digest>, StoreError> {
        self.ask(|connection| {
            let mut unsealed = Vec::new();
            for key in readable_keys(connection) {
                let found = load(connection, &key)?;
                let is_sealed = found.is_some_and(|found| found.result.seal(&key) == found.seal);
                if !is_sealed {
                    unsealed.push(key);
                }
            }
            Ok(unsealed)
        })
    }

    /// The keys of actions of which an output is unknown.
    pub(super) fn unfounded_actions(&self) -> Result<BTreeSet<Digest>, StoreError> {
        self.ask(|connection| {
            let sql = "SELECT action FROM outputs WHERE digest NOT IN (SELECT digest FROM blobs)
                       AND action IN (SELECT key FROM actions)";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((), |row| digest(row, 0))?;
            rows.collect()
        })
    }
}
