//! The real machine with somebody before it who sees what is done there.

use std::fmt::Debug;
use std::io;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{
    CancelToken, Command, Entry, FileLock, Host, LockKind, OsHost, Output, Stat,
};

/// In which way a path is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Read,
    Entries,
    Stat,
}

/// Who sees what is done.
pub(crate) trait Watcher: Debug + Send + Sync {
    /// After `path` was looked at.
    fn looked(&self, _how: Look, _path: &Utf8Path) {}

    /// Before something is made, changed or removed at `path`, which may be refused.
    fn changes(&self, _path: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    /// The time of day.
    fn now(&self) -> SystemTime {
        OsHost.now()
    }
}

/// The real machine behind a watcher.
#[derive(Debug, Default)]
pub(crate) struct Watched<W>(pub(crate) W);

impl<W: Watcher> Watched<W> {
    fn look<T>(&self, how: Look, path: &Utf8Path, found: io::Result<T>) -> io::Result<T> {
        self.0.looked(how, path);
        found
    }
}

impl<W: Watcher> Host for Watched<W> {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.look(Look::Read, path, OsHost.read(path))
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        self.look(Look::Entries, path, OsHost.entries(path))
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        self.look(Look::Stat, path, OsHost.stat(path))
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.0.changes(path)?;
        OsHost.write(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        if !path.is_dir() {
            self.0.changes(path)?;
        }
        OsHost.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.0.changes(path)?;
        OsHost.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.0.changes(path)?;
        OsHost.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.0.changes(path)?;
        OsHost.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.0.changes(to)?;
        OsHost.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.0.changes(to)?;
        OsHost.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.0.changes(link)?;
        OsHost.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        OsHost.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        if !path.exists() {
            self.0.changes(path)?;
        }
        OsHost.lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        OsHost.canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        OsHost.env(name)
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        OsHost.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        OsHost.run(command, cancel)
    }

    fn process(&self) -> (u32, String) {
        OsHost.process()
    }

    fn parallelism(&self) -> usize {
        OsHost.parallelism()
    }

    fn now(&self) -> SystemTime {
        self.0.now()
    }
}
