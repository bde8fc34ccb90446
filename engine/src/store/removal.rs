//! Removing what somebody may be about to use.
//!
//! A build may ask for a result at any time. It first tells that it uses it, and then looks whether it is there. Here it is first
//! written, in a transaction, that a result is [doomed](DOOMED), and in the next one it is looked at who uses it. So one of the two sees what
//! the other has said: a build that finds a doomed result saves it, or finds it gone.

use rusqlite::Transaction;

use crate::base::Digest;
use crate::store::Store;
use crate::store::database::digest;
use crate::store::error::StoreError;
use crate::store::uses::Uses;

/// Stands in place of when an action was used last while somebody is about to remove it, who first looks whether it is used after all.
pub(super) const DOOMED: i64 = -1;

/// What may be removed.
pub(super) struct Candidate {
    pub(super) what: What,
    /// About how many bytes that frees.
    pub(super) size: u64,
    pub(super) used: i64,
}

/// What it is.
pub(super) enum What {
    /// A blob, by its digest.
    Blob(Digest),
    /// What came of an action, by its key.
    Action(Digest),
}

impl Candidate {
    /// The digest of the blob, or the key of the action.
    pub(super) fn id(&self) -> &Digest {
        let (What::Blob(id) | What::Action(id)) = &self.what;
        id
    }
}

impl Store<'_> {
    /// Removes these with all that says that they are there, unless somebody has used them meanwhile; how many blobs.
    pub(super) fn remove(&self, chunk: &[Candidate], uses: &mut Uses) -> Result<u64, StoreError> {
        self.change(|transaction| chunk.iter().try_for_each(|it| doom(transaction, it)))?;
        let now = self.now();
        let mut refused = None;
        let removed = self.change(|transaction| {
            uses.refresh(self);
            let mut removed = 0;
            for Candidate { what, used, .. } in chunk {
                match what {
                    What::Action(key) => end_action(transaction, key, uses, now)?,
                    What::Blob(digest) => {
                        if forget_blob(transaction, digest, *used, uses, now)? {
                            let path = self.blob_path(digest);
                            // Before others see that it is gone: they would put it there anew, and it would be theirs.
                            if let Err(error) = self.host.remove_file(&path) {
                                refused = refused.take().or(Some((path, error)));
                            }
                            removed += 1;
                        }
                    }
                }
            }
            Ok(removed)
        })?;
        match refused {
            Some((path, error)) => Err(StoreError::during("remove", &path)(error)),
            None => Ok(removed),
        }
    }
}

/// Says of what goes with a candidate that it is about to be removed.
fn doom(
    transaction: &Transaction<'_>,
    Candidate { what, used, .. }: &Candidate,
) -> rusqlite::Result<()> {
    match what {
        What::Action(key) => {
            let sql = "UPDATE actions SET used = ? WHERE key = ? AND used = ?";
            transaction.prepare_cached(sql)?.execute((DOOMED, key.as_bytes(), used))?;
        }
        What::Blob(digest) => {
            let sql = "UPDATE actions SET used = ?1
                       WHERE key IN (SELECT action FROM outputs WHERE digest = ?2)
                           AND EXISTS (SELECT 1 FROM blobs WHERE digest = ?2 AND used = ?3)";
            transaction.prepare_cached(sql)?.execute((DOOMED, digest.as_bytes(), used))?;
        }
    }
    Ok(())
}

/// Removes an action that is still doomed, unless somebody uses it.
fn end_action(
    transaction: &Transaction<'_>,
    key: &Digest,
    uses: &Uses,
    now: i64,
) -> rusqlite::Result<()> {
    if uses.contains(key) {
        let sql = "UPDATE actions SET used = ? WHERE key = ?";
        transaction.prepare_cached(sql)?.execute((now, key.as_bytes()))?;
    } else {
        let sql = "DELETE FROM actions WHERE key = ? AND used = ?";
        transaction.prepare_cached(sql)?.execute((key.as_bytes(), DOOMED))?;
    }
    Ok(())
}

/// Forgets a blob that was not used since, with the actions that made it and the builds that consist of it, unless somebody uses one of
/// these actions; whether it did.
fn forget_blob(
    transaction: &Transaction<'_>,
    blob: &Digest,
    used: i64,
    uses: &Uses,
    now: i64,
) -> rusqlite::Result<bool> {
    let sql = "SELECT action FROM outputs WHERE digest = ?";
    let mut statement = transaction.prepare_cached(sql)?;
    let makers = statement.query_map([blob.as_bytes()], |row| digest(row, 0))?;
    let makers = makers.collect::<rusqlite::Result<Vec<Digest>>>()?;
    if makers.iter().any(|key| uses.contains(key)) {
        let sql = "UPDATE blobs SET used = ? WHERE digest = ?";
        transaction.prepare_cached(sql)?.execute((now, blob.as_bytes()))?;
        return makers
            .iter()
            .try_for_each(|key| end_action(transaction, key, uses, now))
            .map(|()| false);
    }
    let sql = "DELETE FROM blobs WHERE digest = ? AND used = ?";
    let is_forgotten = transaction.prepare_cached(sql)?.execute((blob.as_bytes(), used))? == 1;
    if is_forgotten {
        let sql = "DELETE FROM actions WHERE key IN (SELECT action FROM outputs WHERE digest = ?)";
        transaction.prepare_cached(sql)?.execute([blob.as_bytes()])?;
        let sql = "DELETE FROM builds
                   WHERE id IN (SELECT build FROM artefacts WHERE digest = ? AND kept)";
        transaction.prepare_cached(sql)?.execute([blob.as_bytes()])?;
    }
    Ok(is_forgotten)
}
