//! Files named by what is in them.

use std::io;
use std::sync::atomic::Ordering;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Transaction;

use crate::base::Digest;
use crate::host::{Entry, EntryKind};
use crate::store::Store;
use crate::store::error::StoreError;

/// The files that are named like blobs, and those that are not.
type Files = (Vec<(Digest, Utf8PathBuf)>, Vec<Utf8PathBuf>);

/// A blob that is in its place: what it is called and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl Store<'_> {
    /// Keeps `bytes`; yields their name.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        loop {
            let placed = self.place(bytes)?;
            // Somebody who makes room may remove what was found there. What was put there anew stays.
            if self.register(&[placed])? {
                return Ok(placed.digest);
            }
        }
    }

    /// Keeps the content of the file at `path`; yields its name.
    pub fn put_file(&self, path: &Utf8Path) -> Result<Digest, StoreError> {
        self.put_bytes(&self.host.read(path).map_err(StoreError::during("read", path))?)
    }

    /// Whether the blob is there, as far as can be told without reading it.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.size_of(digest).is_some()
    }

    /// How long the blob is, if it is there.
    pub(super) fn size_of(&self, digest: &Digest) -> Option<u64> {
        let stat = self.host.stat(&self.blob_path(digest)).ok()?;
        (stat.kind == EntryKind::File).then_some(stat.size)
    }

    /// The bytes of the blob, if it is there and whole.
    pub fn read(&self, digest: &Digest) -> Option<Vec<u8>> {
        let bytes = self.host.read(&self.blob_path(digest)).ok()?;
        if Digest::of(&bytes) == *digest {
            return Some(bytes);
        }
        self.discard(digest);
        None
    }

    /// Puts a copy of the blob at `path` at once, in place of what is there, making directories as needed; whether the blob was
    /// there. What was written is digested: a damaged blob is removed and counts as missing.
    pub fn materialize(
        &self,
        digest: &Digest,
        path: &Utf8Path,
        executable: bool,
    ) -> Result<bool, StoreError> {
        let parent = path.parent().unwrap_or(Utf8Path::new("/"));
        let count = self.temporaries.fetch_add(1, Ordering::Relaxed);
        let temporary = parent.join(format!(".oast-{}-{count}.tmp", self.host.process().0));
        let copied = self.copy_out(digest, parent, &temporary, executable);
        let result = copied.and_then(|is_whole| {
            let placed = is_whole.then(|| self.put_in_place(&temporary, path));
            placed.transpose().map(|placed| placed.is_some())
        });
        if !matches!(result, Ok(true)) {
            _ = self.host.remove_file(&temporary);
        }
        result
    }

    /// Gives a file its name. A directory of that name gives way, if nothing is in it.
    fn put_in_place(&self, temporary: &Utf8Path, path: &Utf8Path) -> Result<(), StoreError> {
        let mut renamed = self.host.rename(temporary, path);
        if renamed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::IsADirectory)
            && self.host.remove_empty_directory(path).is_ok_and(|is_gone| is_gone)
        {
            renamed = self.host.rename(temporary, path);
        }
        renamed.map_err(StoreError::during("write", path))
    }

    fn copy_out(
        &self,
        digest: &Digest,
        parent: &Utf8Path,
        temporary: &Utf8Path,
        executable: bool,
    ) -> Result<bool, StoreError> {
        let (host, blob) = (self.host, self.blob_path(digest));
        if !self.contains(digest) {
            return Ok(false);
        }
        host.create_directory(parent).map_err(StoreError::during("make", parent))?;
        // A process of the same number that was killed.
        host.remove_file(temporary).map_err(StoreError::during("remove", temporary))?;
        match host.copy(&blob, temporary, executable) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            other => other.map_err(StoreError::during("write", temporary))?,
        }
        let copied = host.read(temporary).map_err(StoreError::during("read", temporary))?;
        let whole = Digest::of(copied) == *digest;
        if !whole {
            self.discard(digest);
        }
        Ok(whole)
    }

    /// Where the blob is, if it is there.
    pub fn blob_path(&self, digest: &Digest) -> Utf8PathBuf {
        let name = digest.to_string();
        self.blobs_directory().join(&name[..2]).join(&name)
    }

    pub(super) fn blobs_directory(&self) -> Utf8PathBuf {
        self.home.join("cas")
    }

    /// Puts the blob in its place, unless it is there. The database does not know it yet.
    pub(super) fn place(&self, bytes: &[u8]) -> Result<Placed, StoreError> {
        let placed = Placed { digest: Digest::of(bytes), size: bytes.len() as u64 };
        let is_there = self.size_of(&placed.digest) == Some(placed.size);
        if !is_there && !self.is_read_only() {
            let count = self.temporaries.fetch_add(1, Ordering::Relaxed);
            let beside = self.temporaries_of(&self.enter()?).join(count.to_string());
            self.host.write(&beside, bytes).map_err(StoreError::during("write", &beside))?;
            self.host.set_read_only(&beside).map_err(StoreError::during("protect", &beside))?;
            let path = self.blob_path(&placed.digest);
            self.move_in(&beside, &path).map_err(StoreError::during("write", &path))?;
        }
        Ok(placed)
    }

    fn move_in(&self, beside: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
        match self.host.rename(beside, path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.host.create_directory(path.parent().unwrap_or(Utf8Path::new("/")))?;
                self.host.rename(beside, path)
            }
            other => other,
        }
    }

    /// Tells the database of blobs that are in their places; whether all are.
    pub(super) fn register(&self, blobs: &[Placed]) -> Result<bool, StoreError> {
        let now = self.now();
        let are_there = self.change(|transaction| self.insert_blobs(transaction, blobs, now))?;
        Ok(are_there.into_iter().all(|it| it))
    }

    /// Notes of those blobs that are in their places that they are there and were used just now; yields of each whether it is. That
    /// is looked at within the transaction, since files of registered blobs are removed in transactions, too.
    pub(super) fn insert_blobs(
        &self,
        transaction: &Transaction<'_>,
        blobs: &[Placed],
        now: i64,
    ) -> rusqlite::Result<Vec<bool>> {
        let sql = "INSERT INTO blobs VALUES (?1, ?2, ?3)
                   ON CONFLICT DO UPDATE SET used = max(used, ?3)";
        let mut statement = transaction.prepare(sql)?;
        let mut are_there = Vec::with_capacity(blobs.len());
        for blob in blobs {
            let is_there = self.size_of(&blob.digest) == Some(blob.size);
            if is_there {
                let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
                statement.execute((blob.digest.as_bytes(), size, now))?;
            }
            are_there.push(is_there);
        }
        Ok(are_there)
    }

    /// Tells the database of all blobs that are in their places, without looking at what is in them.
    pub(super) fn register_all(&self) -> Result<(), StoreError> {
        let mut blobs = Vec::new();
        for (digest, path) in self.blob_files()?.0 {
            if let Ok(stat) = self.host.stat(&path) {
                blobs.push(Placed { digest, size: stat.size });
            }
        }
        self.register(&blobs).map(|_| ())
    }

    /// The files that are named like blobs, and those that are not.
    pub(super) fn blob_files(&self) -> Result<Files, StoreError> {
        let root = self.blobs_directory();
        let (mut blobs, mut others) = (Vec::new(), Vec::new());
        if self.host.stat(&root).is_ok_and(|it| it.kind != EntryKind::Directory) {
            return Ok((blobs, vec![root]));
        }
        for Entry { name: shelf, kind } in self.entries_in(&root)? {
            let directory = root.join(&shelf);
            if kind != EntryKind::Directory || !is_shelf(&shelf) {
                others.push(directory);
                continue;
            }
            for Entry { name, .. } in self.entries_in(&directory)? {
                let path = directory.join(&name);
                match parse_digest(&name).filter(|_| name.starts_with(&shelf)) {
                    Some(digest) => blobs.push((digest, path)),
                    None => others.push(path),
                }
            }
        }
        Ok((blobs, others))
    }

    fn entries_in(&self, directory: &Utf8Path) -> Result<Vec<Entry>, StoreError> {
        match self.host.entries(directory) {
            Ok(entries) => Ok(entries),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(StoreError::during("list", directory)(error)),
        }
    }

    /// Removes a blob that is not what its name says. Whoever wants it makes it again.
    fn discard(&self, digest: &Digest) {
        // Where this fails, the blob is found damaged again.
        _ = self.host.remove_file(&self.blob_path(digest));
    }
}

/// Whether a directory is called like one of those in which blobs are.
fn is_shelf(name: &str) -> bool {
    name.len() == 2 && name.bytes().all(is_hex)
}

fn is_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

/// The digest that `text` spells.
pub(super) fn parse_digest(text: &str) -> Option<Digest> {
    if text.len() != 64 || !text.bytes().all(is_hex) {
        return None;
    }
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(Digest::from(bytes))
}
