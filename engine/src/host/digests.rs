//! Digests of files that are computed again only when something hints that the file has changed.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::base::{Content, Digest};
use crate::host::{Host, Stat};

/// How far apart two changes must be for the clock of a usual file system to tell them apart, with room to spare.
const TICK: Duration = Duration::from_millis(20);

/// The same where the file system keeps whole seconds (or two of them, as FAT does).
const COARSE_TICK: Duration = Duration::from_secs(2);

/// What hints, without reading it, that a file is what it was. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    size: u64,
    modified: u64,
    changed: u64,
    id: u64,
}

impl FileStamp {
    /// The stamp of a file of which the file system says `stat`.
    pub fn of(stat: &Stat) -> FileStamp {
        FileStamp {
            size: stat.size,
            modified: nanoseconds(stat.modified),
            changed: nanoseconds(stat.changed),
            id: stat.id,
        }
    }

    /// How many bytes the file has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// A moment as stamps count time: nanoseconds since 1970.
    pub fn moment(time: SystemTime) -> u64 {
        nanoseconds(time)
    }

    /// The stamp as bytes: equal exactly for equal stamps.
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let parts = [self.size, self.modified, self.changed, self.id];
        for (place, part) in bytes.chunks_exact_mut(8).zip(parts) {
            place.copy_from_slice(&part.to_le_bytes());
        }
        bytes
    }

    /// Whether a change after the moment `observed` would have shown in the stamp: git's rule against racy entries.
    pub fn is_settled(&self, observed: u64) -> bool {
        let last = self.changed.max(self.modified);
        let tick = if last.is_multiple_of(1_000_000_000) { COARSE_TICK } else { TICK };
        last.saturating_add(tick.as_nanos() as u64) <= observed
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// The digest of a file, and when and in which state of the file it was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownFile {
    stamp: FileStamp,
    observed: u64,
    executable: bool,
    /// The digest of the content.
    pub digest: Digest,
}

impl KnownFile {
    fn vouches_for(&self, stamp: &FileStamp) -> bool {
        self.stamp == *stamp && self.stamp.is_settled(self.observed)
    }
}

/// The digests of files during one run, helped by those of the run before.
///
/// A file is looked at once in a run; whoever writes it later says so with [`FileDigests::refresh`] or
/// [`FileDigests::forget`]. Digests decide, stamps only hint: a stamp that could hide a change is not believed.
#[derive(Debug, Default)]
pub struct FileDigests {
    // By the text of the path: comparing paths component by component costs more than a `stat`.
    last_time: FxHashMap<String, KnownFile>,
    seen: Mutex<FxHashMap<String, KnownFile>>,
}

impl FileDigests {
    /// The digests of a run that knows from the run before what `last_time` says of absolute paths.
    pub fn new(last_time: impl IntoIterator<Item = (Utf8PathBuf, KnownFile)>) -> FileDigests {
        let last_time = last_time.into_iter().map(|(path, known)| (path.into_string(), known));
        FileDigests { last_time: last_time.collect(), seen: Mutex::default() }
    }

    /// The digest of the content of the file at `path`.
    pub fn digest(&self, host: &dyn Host, path: &Utf8Path) -> io::Result<Digest> {
        self.known(host, path).map(|known| known.digest)
    }

    /// What is in the file at `path`.
    pub fn content(&self, host: &dyn Host, path: &Utf8Path) -> io::Result<Content> {
        let KnownFile { stamp, executable, digest, .. } = self.known(host, path)?;
        Ok(Content { digest, size: stamp.size, executable })
    }

    fn known(&self, host: &dyn Host, path: &Utf8Path) -> io::Result<KnownFile> {
        let seen = self.seen().get(path.as_str()).copied();
        seen.map_or_else(|| self.look(host, path), Ok)
    }

    /// The digest of the file at `path`, which may have been written since it was last looked at.
    pub fn refresh(&self, host: &dyn Host, path: &Utf8Path) -> io::Result<Digest> {
        self.look(host, path).map(|known| known.digest)
    }

    fn look(&self, host: &dyn Host, path: &Utf8Path) -> io::Result<KnownFile> {
        let observed = nanoseconds(host.now());
        let stat = host.stat(path)?;
        let (stamp, executable) = (FileStamp::of(&stat), stat.executable);
        let known = match self.last_time.get(path.as_str()) {
            Some(known) if known.vouches_for(&stamp) => *known,
            _ => KnownFile { stamp, observed, executable, digest: Digest::of(host.read(path)?) },
        };
        self.seen().insert(path.to_string(), known);
        Ok(known)
    }

    /// Whether the file at `path`, looked at in this run, still carries the stamp that it had then.
    pub fn is_untouched(&self, host: &dyn Host, path: &Utf8Path) -> bool {
        let seen = self.seen().get(path.as_str()).map(|known| known.stamp);
        host.stat(path).is_ok_and(|stat| seen == Some(FileStamp::of(&stat)))
    }

    /// How the file at `path` looked when it was digested in this run.
    pub fn stamp(&self, path: &Utf8Path) -> Option<FileStamp> {
        self.seen().get(path.as_str()).map(|known| known.stamp)
    }

    /// Takes back what was seen of `path` in this run.
    pub fn forget(&self, path: &Utf8Path) {
        self.seen().remove(path.as_str());
    }

    /// What the next run may know: all that was seen in this run, in no order.
    pub fn seen_files(&self) -> Vec<(Utf8PathBuf, KnownFile)> {
        let seen = self.seen();
        seen.iter().map(|(path, known)| (Utf8PathBuf::from(path.as_str()), *known)).collect()
    }

    fn seen(&self) -> MutexGuard<'_, FxHashMap<String, KnownFile>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
