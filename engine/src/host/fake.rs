//! A machine made of a map, for tests: nothing is on disk, programs are closures, and the clock stands still until told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{
    CancelToken, Command, Confinement, Enforcement, Entry, EntryKind, FileLock, Host, LockKind,
    Output, Stat,
};

/// What a fake program does: it may use the machine that it runs on.
pub type FakeProgram =
    dyn Fn(&FakeHost, &Command, &CancelToken) -> io::Result<Output> + Send + Sync;

/// An in-memory machine. Directories exist because files are in them.
#[derive(Debug, Default)]
pub struct FakeHost {
    state: Mutex<State>,
    locks: Arc<Mutex<BTreeMap<Utf8PathBuf, Vec<LockKind>>>>,
}

#[derive(Default)]
struct State {
    files: BTreeMap<Utf8PathBuf, File>,
    links: BTreeMap<Utf8PathBuf, Utf8PathBuf>,
    directories: BTreeSet<Utf8PathBuf>,
    /// When an entry of a directory came or went last.
    listed: BTreeMap<Utf8PathBuf, SystemTime>,
    environment: BTreeMap<String, String>,
    programs: BTreeMap<Utf8PathBuf, Arc<FakeProgram>>,
    refused: BTreeMap<Utf8PathBuf, io::ErrorKind>,
    /// What nobody may read, and why.
    closed: BTreeMap<Utf8PathBuf, io::ErrorKind>,
    cannot_confine: bool,
    confined: Vec<(Command, Confinement)>,
    clock: Duration,
    reads: Vec<Utf8PathBuf>,
    writes: u64,
}

#[derive(Debug)]
struct File {
    bytes: Vec<u8>,
    modified: SystemTime,
    id: u64,
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

    /// Sets the clock back.
    pub fn set_back(&self, by: Duration) {
        let mut state = self.state();
        state.clock = state.clock.saturating_sub(by);
    }

    /// The files read since the last call, in order.
    pub fn take_reads(&self) -> Vec<Utf8PathBuf> {
        std::mem::take(&mut self.state().reads)
    }

    /// Puts a program at `path`: a file whose content is its path, found by its name and run by calling `program`.
    pub fn install(
        &self,
        path: &str,
        program: impl Fn(&FakeHost, &Command, &CancelToken) -> io::Result<Output>
        + Send
        + Sync
        + 'static,
    ) {
        let path = Utf8PathBuf::from(path);
        let mut state = self.state();
        state.put(&path, path.as_str().as_bytes());
        state.programs.insert(path, Arc::new(program));
    }

    /// Lets every write at `path` and below fail in this way from now on; with `None`, succeed again.
    pub fn refuse_writes(&self, path: &str, kind: Option<io::ErrorKind>) {
        let mut state = self.state();
        match kind {
            Some(kind) => _ = state.refused.insert(path.into(), kind),
            None => _ = state.refused.remove(Utf8Path::new(path)),
        }
    }

    /// Lets nobody read what is at `path` from now on, nor look at what is below it; with `None`, everybody again. Either shows in how
    /// `path` looks.
    pub fn refuse_reads(&self, path: &str, kind: Option<io::ErrorKind>) {
        let mut state = self.state();
        let (path, now) = (Utf8Path::new(path), state.now());
        match kind {
            Some(kind) => _ = state.closed.insert(path.to_owned(), kind),
            None => _ = state.closed.remove(path),
        }
        match state.files.get_mut(path) {
            Some(file) => file.modified = now,
            None => _ = state.listed.insert(path.to_owned(), now),
        }
    }

    /// Makes this a machine that cannot confine programs: it says so and runs them all the same.
    pub fn cannot_confine(&self) {
        self.state().cannot_confine = true;
    }

    /// What ran confined since the last call, and how, in order. Nothing is enforced, since programs are closures.
    pub fn take_confined(&self) -> Vec<(Command, Confinement)> {
        std::mem::take(&mut self.state().confined)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_directory(&self, path: &Utf8Path) -> bool {
        let below = (Bound::Excluded(path), Bound::Unbounded);
        self.directories.contains(path)
            || self
                .files
                .range::<Utf8Path, _>(below)
                .next()
                .is_some_and(|(file, _)| file.starts_with(path))
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.clock
    }

    /// Something comes to `path`, or has gone from there: the directories around it change, up to one that stays.
    fn relist(&mut self, path: &Utf8Path) {
        let now = self.now();
        for directory in path.ancestors().skip(1) {
            self.listed.insert(directory.to_owned(), now);
            if self.is_directory(directory) {
                break;
            }
        }
    }

    fn put(&mut self, path: &Utf8Path, bytes: &[u8]) {
        self.writes += 1;
        if !self.files.contains_key(path) {
            self.relist(path);
        }
        let id = self.files.get(path).map_or(self.writes, |file| file.id);
        let file = File { bytes: bytes.to_vec(), modified: self.now(), id };
        self.files.insert(path.to_owned(), file);
    }

    /// Whether `path` can be found: nobody looks into what is closed.
    fn check_seen(&self, path: &Utf8Path) -> io::Result<()> {
        let closed = path.ancestors().skip(1).find_map(|it| self.closed.get(it));
        closed.map_or(Ok(()), |kind| Err((*kind).into()))
    }

    fn check_readable(&self, path: &Utf8Path) -> io::Result<()> {
        self.check_seen(path)?;
        self.closed.get(path).map_or(Ok(()), |kind| Err((*kind).into()))
    }

    fn check_writable(&self, path: &Utf8Path) -> io::Result<()> {
        let refused = path.ancestors().find_map(|it| self.refused.get(it));
        refused.map_or(Ok(()), |kind| Err((*kind).into()))
    }
}

/// A lock of which one holder is left when this is dropped; all holders of one lock are of the same kind.
#[derive(Debug)]
struct Held {
    locks: Arc<Mutex<BTreeMap<Utf8PathBuf, Vec<LockKind>>>>,
    path: Utf8PathBuf,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        _ = locks.get_mut(&self.path).and_then(Vec::pop);
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("files", &self.files)
            .field("programs", &self.programs.keys())
            .finish_non_exhaustive()
    }
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl Host for FakeHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        state.reads.push(path.to_owned());
        state.check_readable(path)?;
        state.files.get(path).map(|file| file.bytes.clone()).ok_or_else(missing)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let state = self.state();
        state.check_readable(path)?;
        if !state.is_directory(path) {
            return Err(missing());
        }
        let later = state.files.range::<Utf8Path, _>((Bound::Excluded(path), Bound::Unbounded));
        let below = later.map(|(file, _)| (file, EntryKind::File));
        let below = below.take_while(|(file, _)| file.starts_with(path));
        let links = state.links.keys().map(|it| (it, EntryKind::Other));
        let directories = state.directories.iter().map(|it| (it, EntryKind::Directory));
        let all = below.chain(links).chain(directories);
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
        state.check_seen(path)?;
        let (kind, size, modified, id) = match state.files.get(path) {
            Some(file) => (EntryKind::File, file.bytes.len() as u64, file.modified, file.id),
            None if state.is_directory(path) => {
                let listed = state.listed.get(path).copied();
                (EntryKind::Directory, 0, listed.unwrap_or(SystemTime::UNIX_EPOCH), 0)
            }
            None => return Err(missing()),
        };
        let executable = state.programs.contains_key(path);
        Ok(Stat { kind, size, modified, changed: modified, id, executable })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(path)?;
        state.put(path, bytes);
        Ok(())
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(path)?;
        if !state.is_directory(path) {
            state.relist(path);
            state.directories.insert(path.to_owned());
        }
        Ok(())
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        let (file, link) = (state.files.remove(path), state.links.remove(path));
        if file.is_some() || link.is_some() {
            state.relist(path);
        }
        Ok(())
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.links.retain(|link, _| !link.starts_with(path));
        state.files.retain(|file, _| !file.starts_with(path));
        state.directories.retain(|directory| !directory.starts_with(path));
        state.relist(path);
        Ok(())
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        let empty = self.entries(path).map_or(true, |entries| entries.is_empty());
        let mut state = self.state();
        if empty && state.directories.remove(path) {
            state.relist(path);
        }
        Ok(empty)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(to)?;
        if let Some(file) = state.files.remove(from) {
            state.relist(from);
            state.relist(to);
            state.files.insert(to.to_owned(), file);
            return Ok(());
        }
        if !state.is_directory(from) {
            return Err(missing());
        }
        let moved = |path: &Utf8Path| path.strip_prefix(from).ok().map(|rest| to.join(rest));
        let files = std::mem::take(&mut state.files).into_iter();
        state.files = files.map(|(path, file)| (moved(&path).unwrap_or(path), file)).collect();
        let directories = std::mem::take(&mut state.directories).into_iter();
        state.directories = directories.map(|path| moved(&path).unwrap_or(path)).collect();
        let listed = std::mem::take(&mut state.listed).into_iter();
        state.listed = listed.map(|(path, it)| (moved(&path).unwrap_or(path), it)).collect();
        state.relist(from);
        state.relist(to);
        Ok(())
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, _executable: bool) -> io::Result<()> {
        let bytes = self.state().files.get(from).map(|file| file.bytes.clone());
        let bytes = bytes.ok_or_else(missing)?;
        if self.state().files.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.write(to, &bytes)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.stat(path).map(|_| ())
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(link)?;
        if state.files.contains_key(link) || state.links.contains_key(link) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.links.insert(link.to_owned(), target.to_owned());
        Ok(())
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let state = self.state();
        state.links.get(path).cloned().ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        let holders = locks.entry(path.to_owned()).or_default();
        let alone = holders.is_empty();
        let shared = kind == LockKind::Shared && !holders.contains(&LockKind::Exclusive);
        if !alone && !shared {
            return Ok(None);
        }
        let mut state = self.state();
        if !state.files.contains_key(path) {
            state.check_writable(path)?;
            state.put(path, b"");
        }
        holders.push(kind);
        Ok(Some(FileLock::new(Held { locks: self.locks.clone(), path: path.to_owned() })))
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.stat(path).map(|_| path.to_owned())
    }

    fn env(&self, name: &str) -> Option<String> {
        self.state().environment.get(name).cloned()
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        let state = self.state();
        let found = |path: &&Utf8PathBuf| {
            let shown = if name.contains('/') { Some(path.as_str()) } else { path.file_name() };
            shown == Some(name)
        };
        state.programs.keys().find(found).cloned()
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        let path = self.which(command.program.as_str());
        let program = path.and_then(|path| self.state().programs.get(&path).cloned());
        let Some(program) = program else {
            let what = format!("the fake machine has no `{}`", command.program);
            return Err(io::Error::new(io::ErrorKind::NotFound, what));
        };
        program(self, command, cancel)
    }

    fn run_confined(
        &self,
        command: &Command,
        confinement: &Confinement,
        cancel: &CancelToken,
    ) -> io::Result<(Output, Enforcement)> {
        self.state().confined.push((command.clone(), confinement.clone()));
        let output = self.run(command, cancel)?;
        let cannot = self.state().cannot_confine;
        Ok((output, if cannot { Enforcement::None } else { Enforcement::Full }))
    }

    fn process(&self) -> (u32, String) {
        (1, "fake".to_owned())
    }

    fn parallelism(&self) -> usize {
        2
    }

    fn now(&self) -> SystemTime {
        self.state().now()
    }
}
