//! A machine made of a map, for tests: nothing is on disk, programs are closures, and the clock stands still until told.
//!
//! Links are followed, and what stands in the way of a file is in its way, as on the real machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::resolve;
use crate::host::{
    CancelToken, Command, Confinement, Enforcement, Entry, EntryKind, FileLock, Host, LockKind,
    Output, Stat,
};

/// What a fake program does: it may use the machine that it runs on.
pub type FakeProgram =
    dyn Fn(&FakeHost, &Command, &CancelToken) -> io::Result<Output> + Send + Sync;

/// How many links are followed on the way to a file.
const MOST_LINKS: usize = 40;

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
    changed: SystemTime,
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

    /// Lets nobody read what is at `path` from now on, nor look at what is below it; with `None`, everybody again. A change of that shows in
    /// how `path` looks.
    pub fn refuse_reads(&self, path: &Utf8Path, kind: Option<io::ErrorKind>) {
        let mut state = self.state();
        let now = state.now();
        let before = match kind {
            Some(kind) => state.closed.insert(path.to_owned(), kind),
            None => state.closed.remove(path),
        };
        if before == kind {
            return;
        }
        match state.files.get_mut(path) {
            Some(file) => file.changed = now,
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
        let file = self.files.range::<Utf8Path, _>(below).next().map(|(file, _)| file);
        let link = self.links.range::<Utf8Path, _>(below).next().map(|(link, _)| link);
        let is_below = |it: &Utf8PathBuf| it.starts_with(path);
        self.directories.contains(path) || file.is_some_and(is_below) || link.is_some_and(is_below)
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
        let now = self.now();
        let file = File { bytes: bytes.to_vec(), modified: now, changed: now, id };
        self.files.insert(path.to_owned(), file);
    }

    fn check_writable(&self, path: &Utf8Path) -> io::Result<()> {
        let refused = path.ancestors().find_map(|it| self.refused.get(it));
        refused.map_or(Ok(()), |kind| Err((*kind).into()))
    }

    /// That nothing but directories is on the way to `path`, where something is to be made.
    fn check_way(&self, path: &Utf8Path) -> io::Result<()> {
        let is_barred = path.ancestors().skip(1).any(|it| self.files.contains_key(it));
        if is_barred { Err(io::ErrorKind::NotADirectory.into()) } else { Ok(()) }
    }

    /// Where what is to be read at `path` is, if it may be.
    fn readable(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let path = self.followed(path)?;
        let is_there = |it: &Utf8Path| self.files.contains_key(it) || self.is_directory(it);
        let closed = path.ancestors().find_map(|it| self.closed.get(it).filter(|_| is_there(it)));
        closed.map_or(Ok(()), |kind| Err((*kind).into())).map(|()| path)
    }

    /// `path` without links on its way, and without one at its end.
    fn followed(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let mut at = path.to_owned();
        if self.links.is_empty() {
            return Ok(at);
        }
        for _ in 0..MOST_LINKS {
            let links = at.ancestors().filter_map(|it| self.links.get_key_value(it));
            let Some((link, target)) = links.last() else { return Ok(at) };
            let target = resolve(link.parent().unwrap_or(link), target);
            let rest = at.strip_prefix(link).unwrap_or(Utf8Path::new(""));
            at = resolve(&target, rest);
        }
        Err(io::Error::other("too many links"))
    }

    /// `path` without links on its way.
    fn place(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !self.links.is_empty() => {
                Ok(self.followed(parent)?.join(name))
            }
            _ => Ok(path.to_owned()),
        }
    }

    /// What something is, links followed.
    fn kind(&self, path: &Utf8Path) -> EntryKind {
        match self.followed(path) {
            Ok(path) if self.files.contains_key(&path) => EntryKind::File,
            Ok(path) if self.is_directory(&path) => EntryKind::Directory,
            _ => EntryKind::Other,
        }
    }

    fn list(&self, path: &Utf8Path) -> BTreeMap<String, EntryKind> {
        let later = self.files.range::<Utf8Path, _>((Bound::Excluded(path), Bound::Unbounded));
        let below = later.map(|(file, _)| (file, EntryKind::File));
        let below = below.take_while(|(file, _)| file.starts_with(path));
        let links = self.links.keys().map(|it| (it, self.kind(it)));
        let directories = self.directories.iter().map(|it| (it, EntryKind::Directory));
        let all = below.chain(links).chain(directories);
        let mut names = BTreeMap::new();
        for (found, kind) in all {
            let Ok(rest) = found.strip_prefix(path) else { continue };
            let mut components = rest.components();
            let Some(first) = components.next() else { continue };
            let kind = if components.next().is_some() { EntryKind::Directory } else { kind };
            names.insert(first.as_str().to_owned(), kind);
        }
        names
    }

    /// Moves everything that is below the directory `from`.
    fn move_below(&mut self, from: &Utf8Path, to: &Utf8Path) {
        let moved = |path: Utf8PathBuf| match path.strip_prefix(from) {
            Ok(rest) => to.join(rest),
            Err(_) => path,
        };
        let files = std::mem::take(&mut self.files).into_iter();
        self.files = files.map(|(path, file)| (moved(path), file)).collect();
        let links = std::mem::take(&mut self.links).into_iter();
        self.links = links.map(|(path, target)| (moved(path), target)).collect();
        self.directories = std::mem::take(&mut self.directories).into_iter().map(moved).collect();
        let closed = std::mem::take(&mut self.closed).into_iter();
        self.closed = closed.map(|(path, kind)| (moved(path), kind)).collect();
        let listed = std::mem::take(&mut self.listed).into_iter();
        self.listed = listed.map(|(path, it)| (moved(path), it)).collect();
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
        let path = state.readable(path)?;
        match state.files.get(&path) {
            Some(file) => Ok(file.bytes.clone()),
            None if state.is_directory(&path) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(missing()),
        }
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let state = self.state();
        let path = state.readable(path)?;
        if !state.is_directory(&path) {
            return Err(missing());
        }
        let names = state.list(&path).into_iter();
        Ok(names.map(|(name, kind)| Entry { name, kind }).collect())
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let state = self.state();
        let path = state.followed(path)?;
        // To look at something, it is enough to get there.
        path.parent().map_or(Ok(Utf8PathBuf::new()), |it| state.readable(it))?;
        let executable = state.programs.contains_key(&path);
        if let Some(File { bytes, modified, changed, id }) = state.files.get(&path) {
            let (kind, size) = (EntryKind::File, bytes.len() as u64);
            let (modified, changed, id) = (*modified, *changed, *id);
            return Ok(Stat { kind, size, modified, changed, id, executable });
        }
        if !state.is_directory(&path) {
            return Err(missing());
        }
        let listed = state.listed.get(&path).copied().unwrap_or(SystemTime::UNIX_EPOCH);
        let (kind, modified, changed) = (EntryKind::Directory, listed, listed);
        Ok(Stat { kind, size: 0, modified, changed, id: 0, executable })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(path)?;
        let path = state.place(path)?;
        state.check_way(&path)?;
        if state.is_directory(&path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        state.links.remove(&path);
        state.put(&path, bytes);
        Ok(())
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(path)?;
        let path = state.followed(path)?;
        if state.files.contains_key(&path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.check_way(&path)?;
        if !state.is_directory(&path) {
            state.relist(&path);
            state.directories.insert(path);
        }
        Ok(())
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        let path = state.place(path)?;
        let (file, link) = (state.files.remove(&path), state.links.remove(&path));
        if file.is_some() || link.is_some() {
            state.closed.remove(&path);
            state.relist(&path);
        } else if state.is_directory(&path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(())
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        let path = state.place(path)?;
        state.links.retain(|link, _| !link.starts_with(&path));
        state.closed.retain(|it, _| !it.starts_with(&path));
        state.files.retain(|file, _| !file.starts_with(&path));
        state.directories.retain(|directory| !directory.starts_with(&path));
        state.relist(&path);
        Ok(())
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        let mut state = self.state();
        let path = state.place(path)?;
        let empty = state.list(&path).is_empty();
        if empty && state.directories.remove(&path) {
            state.relist(&path);
        }
        Ok(empty)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(to)?;
        let (from, to) = (state.place(from)?, state.place(to)?);
        state.check_way(&to)?;
        if let Some(file) = state.files.remove(&from) {
            if state.is_directory(&to) {
                state.files.insert(from, file);
                return Err(io::ErrorKind::IsADirectory.into());
            }
            state.links.remove(&to);
            state.files.insert(to.clone(), file);
        } else if state.is_directory(&from) {
            state.move_below(&from, &to);
        } else {
            return Err(missing());
        }
        state.relist(&from);
        state.relist(&to);
        Ok(())
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, _executable: bool) -> io::Result<()> {
        let state = self.state();
        let from = state.readable(from)?;
        let bytes = state.files.get(&from).map(|file| file.bytes.clone()).ok_or_else(missing)?;
        let to = state.place(to)?;
        if state.files.contains_key(&to) || state.links.contains_key(&to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        drop(state);
        self.write(&to, &bytes)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.stat(path).map(|_| ())
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        let mut state = self.state();
        state.check_writable(link)?;
        let link = state.place(link)?;
        let is_taken = state.files.contains_key(&link) || state.links.contains_key(&link);
        if is_taken || state.is_directory(&link) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.relist(&link);
        state.links.insert(link, target.to_owned());
        Ok(())
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        let state = self.state();
        let path = state.place(path)?;
        state.links.get(&path).cloned().ok_or_else(|| io::ErrorKind::InvalidInput.into())
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
        self.stat(path)?;
        self.state().followed(path)
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
