//! Keeping the store below a size.

use std::collections::BTreeSet;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Connection;

use crate::base::Digest;
use crate::host::LockKind;
use crate::store::Store;
use crate::store::database::digest;
use crate::store::error::StoreError;

/// How many blobs are removed in one transaction. Others wait for its end.
const CHUNK: usize = 256;

/// What was removed, and why not more.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct GcReport {
    /// How many bytes the blobs had together.
    pub before: u64,
    /// How many they have now.
    pub after: u64,
    /// How many were removed.
    pub blobs: u64,
    /// How many of those that are left may not be removed: a running build or a workspace's last build uses them.
    pub held: u64,
    /// The workspaces that are gone, and hold nothing any more.
    pub gone: Vec<Utf8PathBuf>,
    /// Whether another process was at it already, so that nothing was done.
    pub was_busy: bool,
}

struct Candidate {
    digest: Digest,
    size: u64,
    used: i64,
}

impl Store<'_> {
    /// Removes what was not used for longest until the blobs have at most `quota` bytes together, if they have more. Somewhat more is
    /// removed, so that this is not due again at once.
    ///
    /// What a running build has used, and what the last builds of a workspace consist of whose directory exists, is kept, however much
    /// it is.
    pub fn gc(&self, quota: u64) -> Result<GcReport, StoreError> {
        let bytes = self.statistics()?.bytes;
        let mut report = GcReport { before: bytes, after: bytes, ..GcReport::default() };
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
        report.before = self.statistics()?.bytes;
        if quota < report.before {
            self.shrink(quota, &mut report)?;
        }
        self.change(|transaction| transaction.execute_batch(FORGET_PACKAGES))?;
        report.after = self.statistics()?.bytes;
        self.refresh_views(None)?;
        Ok(report)
    }

    /// Removes blobs until they have somewhat less than `quota` bytes.
    fn shrink(&self, quota: u64, report: &mut GcReport) -> Result<(), StoreError> {
        let oldest = self.ask(|connection| {
            let sql = "SELECT min(started) FROM processes";
            connection.query_one(sql, (), |row| row.get::<_, Option<i64>>(0))
        })?;
        let held = self.held()?;
        let goal = quota - quota / 10;
        let mut chosen = Vec::new();
        let mut left = report.before;
        for candidate in self.candidates()? {
            if left <= goal {
                break;
            }
            let is_used = oldest.is_some_and(|oldest| oldest <= candidate.used);
            if is_used || held.contains(&candidate.digest) {
                report.held += 1;
                continue;
            }
            left = left.saturating_sub(candidate.size);
            chosen.push(candidate);
        }
        for chunk in chosen.chunks(CHUNK) {
            report.blobs += self.remove(chunk)?;
        }
        Ok(())
    }

    /// The blobs, that which was not used for longest first.
    fn candidates(&self) -> Result<Vec<Candidate>, StoreError> {
        self.ask(|connection| {
            let sql = "SELECT digest, size, used FROM blobs ORDER BY used, digest";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((), |row| {
                let size = u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default();
                Ok(Candidate { digest: digest(row, 0)?, size, used: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// The blobs that running builds use or workspaces hold.
    fn held(&self) -> Result<BTreeSet<Digest>, StoreError> {
        self.ask(|connection| {
            let mut held = made_by(connection, &self.in_use())?;
            let sql = "SELECT digest FROM artefacts
                       WHERE kept AND build IN (SELECT id FROM builds WHERE is_last)";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((), |row| digest(row, 0))?;
            for row in rows {
                held.insert(row?);
            }
            let mut statement = connection.prepare("SELECT keys FROM holds")?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let keys: Vec<u8> = row.get(0)?;
                held.extend(made_by(connection, keys.as_chunks().0)?);
            }
            Ok(held)
        })
    }

    /// Removes the blobs with all that says that they are there, unless somebody has used them meanwhile; how many.
    fn remove(&self, chunk: &[Candidate]) -> Result<u64, StoreError> {
        let mut refused = None;
        let removed = self.change(|transaction| {
            let in_use = made_by(transaction, &self.in_use())?;
            let mut blobs =
                transaction.prepare("DELETE FROM blobs WHERE digest = ? AND used = ?")?;
            let sql =
                "DELETE FROM actions WHERE key IN (SELECT action FROM outputs WHERE digest = ?)";
            let mut actions = transaction.prepare(sql)?;
            let sql =
                "DELETE FROM builds WHERE id IN (SELECT build FROM artefacts WHERE digest = ? AND kept)";
            let mut builds = transaction.prepare(sql)?;
            let mut removed = 0;
            for Candidate { digest, used, .. } in chunk {
                if !in_use.contains(digest) && blobs.execute((digest.as_bytes(), used))? == 1 {
                    actions.execute([digest.as_bytes()])?;
                    builds.execute([digest.as_bytes()])?;
                    let path = self.blob_path(digest);
                    // Before others see that it is gone: they would put it there anew, and it would be theirs.
                    if let Err(error) = self.host.remove_file(&path) {
                        refused = refused.take().or(Some((path, error)));
                    }
                    removed += 1;
                }
            }
            Ok(removed)
        })?;
        match refused {
            Some((path, error)) => Err(StoreError::during("remove", &path)(error)),
            None => Ok(removed),
        }
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

/// The outputs of the actions with these keys.
fn made_by(connection: &Connection, keys: &[[u8; 32]]) -> rusqlite::Result<BTreeSet<Digest>> {
    let mut outputs = connection.prepare("SELECT digest FROM outputs WHERE action = ?")?;
    let mut made = BTreeSet::new();
    for key in keys {
        for row in outputs.query_map([key], |row| digest(row, 0))? {
            made.insert(row?);
        }
    }
    Ok(made)
}

/// Forgets the packages of which nothing is left.
pub(super) const FORGET_PACKAGES: &str = "
DELETE FROM dependencies WHERE package NOT IN (SELECT package FROM builds);
DELETE FROM packages WHERE id NOT IN (SELECT package FROM builds)
    AND id NOT IN (SELECT dependency FROM dependencies);
";
