//! Unsaved editor buffers laid over the files of another host.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Digest;
use crate::host::{
    CancelToken, Command, Confinement, Enforcement, Entry, EntryKind, FileLock, Host, LockKind,
    Output, Stat, part,
};

/// A host whose `read`, `entries` and `stat` see buffers in place of files; everything else goes to the host below.
#[derive(Debug)]
pub struct OverlayHost {
    below: Arc<dyn Host>,
    buffers: RwLock<BTreeMap<Utf8PathBuf, Arc<str>>>,
}

impl OverlayHost {
    /// An overlay without buffers.
    pub fn new(below: Arc<dyn Host>) -> OverlayHost {
        OverlayHost { below, buffers: RwLock::default() }
    }

    /// Shows `text` at `path`, or the file below again where `text` is `None`.
    pub fn set_buffer(&self, path: &Utf8Path, text: Option<Arc<str>>) {
        let mut buffers = self.buffers.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        match text {
            Some(text) => _ = buffers.insert(path.to_owned(), text),
            None => _ = buffers.remove(path),
        }
    }

    fn buffer(&self, path: &Utf8Path) -> Option<Arc<str>> {
        let buffers = self.buffers.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        buffers.get(path).cloned()
    }
}

impl Host for OverlayHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        match self.buffer(path) {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => self.below.read(path),
        }
    }

    fn read_part(&self, path: &Utf8Path, start: u64, length: usize) -> io::Result<Vec<u8>> {
        match self.buffer(path) {
            Some(text) => part(text.as_bytes(), start, length),
            None => self.below.read_part(path, start, length),
        }
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut entries = self.below.entries(path)?;
        let buffers = self.buffers.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let here = buffers.keys().filter(|buffer| buffer.parent() == Some(path));
        for name in here.filter_map(|buffer| buffer.file_name()) {
            if entries.iter().all(|entry| entry.name != name) {
                entries.push(Entry { name: name.to_owned(), kind: EntryKind::File });
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let Some(text) = self.buffer(path) else { return self.below.stat(path) };
        let mut id = [0; 8];
        id.copy_from_slice(&Digest::of(&*text).as_bytes()[..8]);
        Ok(Stat {
            kind: EntryKind::File,
            size: text.len() as u64,
            modified: SystemTime::UNIX_EPOCH,
            changed: SystemTime::UNIX_EPOCH,
            // Two buffers are told apart by what they hold, in another process too.
            id: u64::from_le_bytes(id),
            executable: false,
        })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.below.write(path, bytes)
    }

    fn rewrite(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.below.rewrite(path, bytes)
    }

    fn retire(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.retire(path)
    }

    fn append(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.below.append(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.below.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.below.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.below.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.below.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.below.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.below.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        self.below.lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.below.canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.below.env(name)
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        self.below.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        self.below.run(command, cancel)
    }

    fn run_confined(
        &self,
        command: &Command,
        confinement: &Confinement,
        cancel: &CancelToken,
    ) -> io::Result<(Output, Enforcement)> {
        self.below.run_confined(command, confinement, cancel)
    }

    fn process(&self) -> (u32, String) {
        self.below.process()
    }

    fn parallelism(&self) -> usize {
        self.below.parallelism()
    }

    fn now(&self) -> SystemTime {
        self.below.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::OsHost;

    #[test]
    fn a_buffer_looks_the_same_in_another_process_and_another_does_not() {
        let stat = |text: &str| {
            let overlay = OverlayHost::new(Arc::new(OsHost));
            overlay.set_buffer("/a/b".into(), Some(text.into()));
            overlay.stat("/a/b".into()).unwrap()
        };
        assert_eq!(stat("one"), stat("one"));
        assert_ne!(stat("one"), stat("two"));
    }

    #[test]
    fn a_part_of_a_file_is_as_long_as_asked_for_or_an_error_on_every_host() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(directory.path().join("file")).unwrap();
        OsHost.write(&path, b"abcdef").unwrap();
        let (below, above) =
            (OverlayHost::new(Arc::new(OsHost)), OverlayHost::new(Arc::new(OsHost)));
        above.set_buffer(&path, Some("abcdef".into()));
        for host in [&OsHost as &dyn Host, &below, &above] {
            assert_eq!(host.read_part(&path, 1, 3).unwrap(), b"bcd");
            assert_eq!(host.read_part(&path, 6, 0).unwrap(), b"");
            for (start, length) in [(4, 3), (7, 1), (u64::MAX, 1)] {
                assert!(host.read_part(&path, start, length).is_err(), "{start}, {length}");
            }
        }
    }
}
