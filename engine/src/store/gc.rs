//! Keeping the store below a size.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Connection;

use crate::base::Digest;
use crate::host::LockKind;
use crate::store::Store;
use crate::store::database::{digest, remove_aside};
use crate::store::error::StoreError;
use crate::store::removal::{Candidate, What};
use crate::store::uses::Uses;

/// How much is removed in one transaction: others wait for its end, and on a full disk there is room for a small one only.
const CHUNK: usize = 16;

/// What was removed, and why not more.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GcReport {
    /// How many bytes the store had: its blobs, and what is used of its database.
    pub before: u64,
    /// How many it has now.
    pub after: u64,
    /// How many blobs were removed.
    pub blobs: u64,
    /// How many of the blobs that are left may not be removed: a running build or a workspace's last build uses them.
    pub held: u64,
    /// The workspaces that are gone, and hold nothing any more.
    pub gone: Vec<Utf8PathBuf>,
    /// Whether another process was at it already, so that nothing was done.
    pub was_busy: bool,
}

impl Store<'_> {
    /// Removes what was not used for longest until the store has at most `quota` bytes, if it has more: blobs, and results of actions, whose
    /// texts are in the database. Somewhat more is removed, so that this is not due again at once.
    ///
    /// What a running build has used, and what the last builds of a workspace consist of whose directory exists, is kept, however much
    /// it is.
    pub fn gc(&self, quota: u64) -> Result<GcReport, StoreError> {
        let size = self.used_size()?;
        let mut report = GcReport { before: size, after: size, ..GcReport::default() };
        if self.is_read_only() {
            return Ok(report);
        }
        let path = self.home.join("locks/gc");
        let lock = self.host.lock(&path, LockKind::Exclusive);
        let Some(_lock) = lock.map_err(StoreError::during("lock", &path))? else {
            report.was_busy = true;
            return Ok(report);
        };
        self.flush()?;
        self.take_lease()?;
        self.recover()?;
        report.gone = self.sweep_workspaces()?;
        report.before = self.used_size()?;
        if quota < self.size()? {
            // Of what could be read of it, all is in the new one.
            remove_aside(self.host, &self.home)?;
            self.shrink(quota - quota / 10, &mut report)?;
        }
        self.change(|transaction| transaction.execute_batch(FORGET_PACKAGES))?;
        self.compact()?;
        report.after = self.used_size()?;
        self.refresh_views(None)?;
        Ok(report)
    }

    /// Removes what was not used for longest until there are at most `goal` bytes.
    fn shrink(&self, goal: u64, report: &mut GcReport) -> Result<(), StoreError> {
        let mut uses = Uses::default();
        let (removable, held) = self.candidates(&mut uses)?;
        report.held = held;
        let mut candidates = removable.into_iter();
        loop {
            let mut excess = self.used_size()?.saturating_sub(goal);
            let mut chunk = Vec::new();
            while 0 < excess && chunk.len() < CHUNK {
                let Some(candidate) = candidates.next() else { break };
                excess = excess.saturating_sub(candidate.size);
                chunk.push(candidate);
            }
            if chunk.is_empty() {
                return Ok(());
            }
            report.blobs += self.remove(&chunk, &mut uses)?;
        }
    }

    /// What may be removed, that which was not used for longest first, and how many blobs may not.
    fn candidates(&self, uses: &mut Uses) -> Result<(Vec<Candidate>, u64), StoreError> {
        let oldest = self.ask(|connection| {
            let sql = "SELECT min(started) FROM processes";
            connection.query_one(sql, (), |row| row.get::<_, Option<i64>>(0))
        })?;
        uses.refresh(self);
        let holds = self.holds(uses)?;
        let is_held = |it: &Candidate| {
            oldest.is_some_and(|oldest| oldest <= it.used) || holds.contains(it.id())
        };
        let (held, removable): (Vec<_>, Vec<_>) =
            self.all_candidates()?.into_iter().partition(is_held);
        let blobs = held.iter().filter(|it| matches!(it.what, What::Blob(_))).count();
        Ok((removable, blobs as u64))
    }

    fn all_candidates(&self) -> Result<Vec<Candidate>, StoreError> {
        self.ask(|connection| {
            let sql = "SELECT TRUE, digest, size, used FROM blobs
                       UNION ALL
                       SELECT FALSE, key, length(label) + coalesce(length(origin), 0)
                           + length(stdout) + length(stderr), used FROM actions
                       ORDER BY 4, 2";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((), |row| {
                let id = digest(row, 1)?;
                let what = if row.get(0)? { What::Blob(id) } else { What::Action(id) };
                let size = u64::try_from(row.get::<_, i64>(2)?).unwrap_or_default();
                Ok(Candidate { what, size, used: row.get(3)? })
            })?;
            rows.collect()
        })
    }

    /// The keys of actions that running builds use or workspaces hold, and the digests of what these have made.
    fn holds(&self, uses: &Uses) -> Result<BTreeSet<Digest>, StoreError> {
        self.ask(|connection| {
            let mut held = BTreeSet::new();
            hold(connection, &mut held, uses.keys().copied())?;
            let sql = "SELECT digest FROM artefacts
                       WHERE kept AND build IN (SELECT id FROM builds WHERE is_last)";
            let mut statement = connection.prepare(sql)?;
            for row in statement.query_map((), |row| digest(row, 0))? {
                held.insert(row?);
            }
            let mut statement = connection.prepare("SELECT keys FROM holds")?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let keys: Vec<u8> = row.get(0)?;
                hold(connection, &mut held, keys.as_chunks().0.iter().copied().map(Digest::from))?;
            }
            Ok(held)
        })
    }

    /// Lets workspaces hold nothing whose directories are gone; yields these.
    pub(super) fn sweep_workspaces(&self) -> Result<Vec<Utf8PathBuf>, StoreError> {
        let paths = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT path FROM workspaces ORDER BY path")?;
            let rows = statement.query_map((), |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })?;
        let is_gone = |path: &String| {
            let stat = self.host.stat(Utf8Path::new(path));
            stat.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
        };
        let gone: Vec<Utf8PathBuf> =
            paths.into_iter().filter(is_gone).map(Utf8PathBuf::from).collect();
        if !gone.is_empty() {
            self.forget_workspaces(&gone)?;
        }
        Ok(gone)
    }
}

/// Adds keys, and what these actions have made.
fn hold(
    connection: &Connection,
    held: &mut BTreeSet<Digest>,
    keys: impl Iterator<Item = Digest>,
) -> rusqlite::Result<()> {
    let mut outputs = connection.prepare("SELECT digest FROM outputs WHERE action = ?")?;
    for key in keys {
        for row in outputs.query_map([key.as_bytes()], |row| digest(row, 0))? {
            held.insert(row?);
        }
        held.insert(key);
    }
    Ok(())
}

/// Forgets the packages of which nothing is left.
pub(super) const FORGET_PACKAGES: &str = "
DELETE FROM dependencies WHERE package NOT IN (SELECT package FROM builds);
DELETE FROM packages WHERE id NOT IN (SELECT package FROM builds)
    AND id NOT IN (SELECT dependency FROM dependencies);
";
