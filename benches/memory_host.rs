//! A machine of which only files exist, in memory: what is measured is the engine, not a disk.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{
    CancelToken, Command, Entry, EntryKind, FileLock, Host, LockKind, Output, Stat,
};

/// Files by directory and name; a directory is there when something is in it.
#[derive(Debug, Default)]
pub(crate) struct MemoryHost {
    directories: RwLock<Directories>,
}

#[derive(Debug)]
enum Node {
    File(Vec<u8>),
    Directory,
}

/// By path, as its text.
type Directories = HashMap<String, BTreeMap<String, Node>>;

impl MemoryHost {
    /// Puts a file there without copying it.
    pub(crate) fn insert(&self, path: &Utf8Path, bytes: Vec<u8>) -> io::Result<()> {
        let (parent, name) = split(path)?;
        self.create_directory(parent)?;
        let mut directories = self.directories_mut();
        directories
            .entry(parent.to_string())
            .or_default()
            .insert(name.to_owned(), Node::File(bytes));
        Ok(())
    }

    fn directories(&self) -> RwLockReadGuard<'_, Directories> {
        self.directories.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn directories_mut(&self) -> RwLockWriteGuard<'_, Directories> {
        self.directories.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

fn split(path: &Utf8Path) -> io::Result<(&Utf8Path, &str)> {
    path.parent().zip(path.file_name()).ok_or_else(missing)
}

impl Node {
    fn kind(&self) -> EntryKind {
        match self {
            Node::File(_) => EntryKind::File,
            Node::Directory => EntryKind::Directory,
        }
    }
}

impl Host for MemoryHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let (parent, name) = split(path)?;
        match self.directories().get(parent.as_str()).and_then(|it| it.get(name)) {
            Some(Node::File(bytes)) => Ok(bytes.clone()),
            _ => Err(missing()),
        }
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let directories = self.directories();
        let entries = directories.get(path.as_str()).ok_or_else(missing)?;
        Ok(entries
            .iter()
            .map(|(name, node)| Entry { name: name.clone(), kind: node.kind() })
            .collect())
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let (mut size, mut kind) = (0, EntryKind::Directory);
        if let Ok((parent, name)) = split(path) {
            let directories = self.directories();
            let node =
                directories.get(parent.as_str()).and_then(|it| it.get(name)).ok_or_else(missing)?;
            kind = node.kind();
            size = if let Node::File(bytes) = node { bytes.len() as u64 } else { 0 };
        }
        let (modified, changed) = (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH);
        Ok(Stat { kind, size, modified, changed, id: 0, executable: false })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.insert(path, bytes.to_owned())
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut directories = self.directories_mut();
        let new: Vec<_> =
            path.ancestors().take_while(|it| !directories.contains_key(it.as_str())).collect();
        for directory in new {
            directories.entry(directory.to_string()).or_default();
            if let Ok((parent, name)) = split(directory) {
                let siblings = directories.entry(parent.to_string()).or_default();
                siblings.insert(name.to_owned(), Node::Directory);
            }
        }
        Ok(())
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        let (parent, name) = split(path)?;
        if let Some(entries) = self.directories_mut().get_mut(parent.as_str()) {
            entries.remove(name);
        }
        Ok(())
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        let is_empty = self.directories().get(path.as_str()).is_some_and(BTreeMap::is_empty);
        if is_empty {
            self.remove_directory(path)?;
        }
        Ok(is_empty)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.directories_mut().retain(|it, _| !Utf8Path::new(it).starts_with(path));
        self.remove_file(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        let bytes = self.read(from)?;
        self.remove_file(from)?;
        self.write(to, &bytes)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, _executable: bool) -> io::Result<()> {
        self.write(to, &self.read(from)?)
    }

    fn set_read_only(&self, _path: &Utf8Path) -> io::Result<()> {
        Ok(())
    }

    fn symlink(&self, _target: &Utf8Path, _link: &Utf8Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_link(&self, _path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn lock(&self, _path: &Utf8Path, _kind: LockKind) -> io::Result<Option<FileLock>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.stat(path).map(|_| path.to_owned())
    }

    fn env(&self, _name: &str) -> Option<String> {
        None
    }

    fn which(&self, _name: &str) -> Option<Utf8PathBuf> {
        None
    }

    fn run(&self, _command: &Command, _cancel: &CancelToken) -> io::Result<Output> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn process(&self) -> (u32, String) {
        (1, String::new())
    }

    fn parallelism(&self) -> usize {
        rayon::current_num_threads()
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}
