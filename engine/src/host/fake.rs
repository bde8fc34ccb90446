//! A machine made of a map, for tests: nothing is on disk, no program runs, and the clock stands still until told.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{CancelToken, Command, Entry, EntryKind, Host, Output, Stat};

/// An in-memory machine. Directories exist because files are in them.
#[derive(Debug, Default)]
pub struct FakeHost {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<Utf8PathBuf, (Vec<u8>, SystemTime)>,
    directories: BTreeSet<Utf8PathBuf>,
    environment: BTreeMap<String, String>,
    clock: Duration,
    reads: Vec<Utf8PathBuf>,
}

impl FakeHost {
    /// Sets an environment variable.
    pub fn set_env(&self, name: &str, value: &str) {
        self.state().environment.insert(name.to_owned(), value.to_owned());
    }

    /// Moves the clock.
    pub fn advance(&self, by: Duration) {
        self.state().clock += by;
    }

    /// The files read since the last call, in order.
    pub fn take_reads(&self) -> Vec<Utf8PathBuf> {
        std::mem::take(&mut self.state().reads)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_directory(&self, path: &Utf8Path) -> bool {
        self.directories.contains(path) || self.files_below(path).next().is_some()
    }

    /// The files in the directory or below it. Paths are ordered by their components, so that these stand together.
    fn files_below(&self, path: &Utf8Path) -> impl Iterator<Item = &Utf8PathBuf> {
        let after = (Bound::Excluded(path), Bound::Unbounded);
        let later = self.files.range::<Utf8Path, _>(after).map(|(file, _)| file);
        later.take_while(move |file| file.starts_with(path))
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.clock
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Host for FakeHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        state.reads.push(path.to_owned());
        state.files.get(path).map(|(bytes, _)| bytes.clone()).ok_or_else(missing)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let state = self.state();
        if !state.is_directory(path) {
            return Err(missing());
        }
        let below = state.files_below(path).map(|file| (file, EntryKind::File));
        let all = below.chain(state.directories.iter().map(|it| (it, EntryKind::Directory)));
        let mut names = BTreeMap::new();
        for (found, kind) in all {
            let Ok(rest) = found.strip_prefix(path) else { continue };
            let mut components = rest.components();
            let Some(first) = components.next() else { continue };
            let kind = if components.next().is_some() { EntryKind::Directory } else { kind };
            names.insert(first.as_str().to_owned(), kind);
        }
        Ok(names.into_iter().map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let state = self.state();
        let (kind, size, modified) = match state.files.get(path) {
            Some((bytes, modified)) => (EntryKind::File, bytes.len() as u64, *modified),
            None if state.is_directory(path) => (EntryKind::Directory, 0, SystemTime::UNIX_EPOCH),
            None => return Err(missing()),
        };
        Ok(Stat { kind, size, modified, executable: false })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        let now = state.now();
        state.files.insert(path.to_owned(), (bytes.to_vec(), now));
        Ok(())
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.state().directories.insert(path.to_owned());
        Ok(())
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.state().files.remove(path);
        Ok(())
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.files.retain(|file, _| !file.starts_with(path));
        state.directories.retain(|directory| !directory.starts_with(path));
        Ok(())
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        let file = state.files.remove(from).ok_or_else(missing)?;
        state.files.insert(to.to_owned(), file);
        Ok(())
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.stat(path).map(|_| path.to_owned())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.state().environment.get(name).cloned()
    }

    fn which(&self, _name: &str) -> Option<Utf8PathBuf> {
        None
    }

    fn run(&self, command: &Command, _cancel: &CancelToken) -> io::Result<Output> {
        let what = format!("the fake machine has no `{}`", command.program);
        Err(io::Error::new(io::ErrorKind::NotFound, what))
    }

    fn parallelism(&self) -> usize {
        2
    }

    fn now(&self) -> SystemTime {
        self.state().now()
    }
}
