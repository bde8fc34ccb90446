//! The machine as a process sees it that is killed at the call of a certain number.

use std::io;
use std::panic;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{
    CancelToken, Command, Entry, FileLock, Host, LockKind, OsHost, Output, Stat,
};

/// What unwinds the thread of a process that was killed.
pub(super) struct Killed;

/// A process on the real machine. It dies by unwinding, so that an open transaction is rolled back as that of a killed process is.
#[derive(Debug)]
pub(super) struct Mortal {
    left: AtomicUsize,
    is_dead: AtomicBool,
}

impl Mortal {
    /// A process that dies at its call of this number, from 0.
    pub(super) fn dies_at(call: usize) -> Mortal {
        Mortal { left: AtomicUsize::new(call), is_dead: AtomicBool::new(false) }
    }

    /// Before each call; `half` is what is done of it by who dies there.
    fn step(&self, half: impl FnOnce()) -> io::Result<()> {
        // What is called while the thread unwinds has no effect.
        if self.is_dead.load(Ordering::SeqCst) {
            return Err(io::Error::other("killed"));
        }
        let left =
            self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1));
        if left.is_err() {
            self.is_dead.store(true, Ordering::SeqCst);
            half();
            panic::resume_unwind(Box::new(Killed));
        }
        Ok(())
    }
}

impl Host for Mortal {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.step(|| ())?;
        OsHost.read(path)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        self.step(|| ())?;
        OsHost.entries(path)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        self.step(|| ())?;
        OsHost.stat(path)
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.step(|| {
            let beside = path.with_file_name(".oast-torn.tmp");
            OsHost.write(&beside, &bytes[..bytes.len() / 2]).unwrap();
        })?;
        OsHost.write(path, bytes)
    }

    fn append(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.step(|| _ = OsHost.append(path, &bytes[..bytes.len() / 2]))?;
        OsHost.append(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(|| ())?;
        OsHost.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(|| ())?;
        OsHost.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(|| {
            for entry in OsHost.entries(path).unwrap_or_default().into_iter().take(1) {
                _ = OsHost.remove_file(&path.join(entry.name));
            }
        })?;
        OsHost.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.step(|| ())?;
        OsHost.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.step(|| ())?;
        OsHost.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.step(|| OsHost.write(to, b"").unwrap())?;
        OsHost.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(|| ())?;
        OsHost.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.step(|| ())?;
        OsHost.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.step(|| ())?;
        OsHost.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        self.step(|| ())?;
        OsHost.lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.step(|| ())?;
        OsHost.canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        OsHost.env(name)
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        OsHost.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        self.step(|| _ = OsHost.run(command, cancel))?;
        OsHost.run(command, cancel)
    }

    fn process(&self) -> (u32, String) {
        OsHost.process()
    }

    fn parallelism(&self) -> usize {
        OsHost.parallelism()
    }

    fn now(&self) -> SystemTime {
        // Between two changes of the database there may be nothing else to die at.
        _ = self.step(|| ());
        OsHost.now()
    }
}
