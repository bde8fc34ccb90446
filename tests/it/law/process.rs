//! A process on a machine: the machine's host, with variables of its own, that may be killed, find the disk full, or meet somebody who edits.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{CancelToken, Command, Entry, FileLock, Host, LockKind, Output, Stat};

/// What happens to the process.
enum Fate {
    /// From then on nothing can be written.
    Full,
    /// It is killed: nothing that it does from then on has an effect.
    Killed,
    /// Somebody else does something, as soon as that is possible.
    Meets { may: Box<dyn Fn() -> bool + Send>, what: Box<dyn FnOnce() + Send> },
}

/// A process. What it does is counted, so that its fate meets it at the same place again.
pub(crate) struct Process {
    machine: Arc<dyn Host>,
    variables: Vec<(String, String)>,
    /// Whether looking counts as doing.
    counts_looks: AtomicBool,
    left: AtomicUsize,
    fate: Mutex<Option<Fate>>,
    is_dead: AtomicBool,
    is_full: AtomicBool,
}

impl Process {
    pub(crate) fn new(machine: Arc<dyn Host>, variables: Vec<(String, String)>) -> Process {
        Process {
            machine,
            variables,
            counts_looks: AtomicBool::new(false),
            left: AtomicUsize::new(0),
            fate: Mutex::default(),
            is_dead: AtomicBool::new(false),
            is_full: AtomicBool::new(false),
        }
    }

    /// Kills the process at its effect of this number from now, from 0: it happens by half.
    pub(crate) fn kill_at(&self, effect: usize) {
        self.counts_looks.store(false, Ordering::SeqCst);
        self.left.store(effect, Ordering::SeqCst);
        *self.fate.lock().unwrap() = Some(Fate::Killed);
    }

    /// Lets the disk be full from the effect of this number from now.
    pub(crate) fn fill_at(&self, effect: usize) {
        self.counts_looks.store(false, Ordering::SeqCst);
        self.left.store(effect, Ordering::SeqCst);
        *self.fate.lock().unwrap() = Some(Fate::Full);
    }

    /// Lets somebody do something after the process has read, looked, or done something so many times from now.
    pub(crate) fn meet_at(&self, count: usize, looks: bool, what: impl FnOnce() + Send + 'static) {
        self.meet_when(count, looks, || true, what);
    }

    /// The same, as soon as `may` says yes from then on.
    pub(crate) fn meet_when(
        &self,
        count: usize,
        looks: bool,
        may: impl Fn() -> bool + Send + 'static,
        what: impl FnOnce() + Send + 'static,
    ) {
        self.counts_looks.store(looks, Ordering::SeqCst);
        self.left.store(count, Ordering::SeqCst);
        let (may, what) = (Box::new(may), Box::new(what));
        *self.fate.lock().unwrap() = Some(Fate::Meets { may, what });
    }

    /// Whether the fate has come true, or `None` came of it; it will not any more.
    pub(crate) fn end(&self) -> bool {
        self.fate.lock().unwrap().take().is_none()
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::SeqCst)
    }

    fn due(&self) -> Option<Fate> {
        let mut fate = self.fate.lock().unwrap();
        let known = fate.as_ref()?;
        if self.left.load(Ordering::SeqCst) == 0 {
            let is_possible = match known {
                Fate::Meets { may, .. } => may(),
                Fate::Full | Fate::Killed => true,
            };
            return fate.take_if(|_| is_possible);
        }
        self.left.fetch_sub(1, Ordering::SeqCst);
        None
    }

    /// Before an effect, of which `half` is what happens when the process dies in it.
    fn effect(&self, half: impl FnOnce()) -> io::Result<()> {
        if !self.is_dead() {
            match self.due() {
                Some(Fate::Killed) => {
                    self.is_dead.store(true, Ordering::SeqCst);
                    half();
                }
                Some(Fate::Meets { what, .. }) => what(),
                Some(Fate::Full) => self.is_full.store(true, Ordering::SeqCst),
                None => (),
            }
        }
        if self.is_dead() { Err(io::Error::other("killed")) } else { Ok(()) }
    }

    /// After a look.
    fn look(&self) {
        if self.counts_looks.load(Ordering::SeqCst)
            && let Some(Fate::Meets { what, .. }) = self.due()
        {
            what();
        }
    }

    /// Before something that needs space.
    fn fill(&self) -> io::Result<()> {
        let is_full = self.is_full.load(Ordering::SeqCst);
        if is_full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// What a program leaves that is killed while it writes its output.
    fn tear_output(&self, command: &Command) {
        let place = command.arguments.iter().position(|it| it == "-o").unwrap_or_default();
        let Some(output) = command.arguments.get(place + 1) else { return };
        let path = command.directory.join(output);
        if let Ok(bytes) = self.machine.read(&path) {
            _ = self.machine.write(&path, &bytes[..bytes.len() / 2]);
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Process")
    }
}

impl Host for Process {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let bytes = self.machine.read(path);
        self.look();
        bytes
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let entries = self.machine.entries(path);
        self.look();
        entries
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let stat = self.machine.stat(path);
        self.look();
        stat
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.effect(|| {
            // As the real one does it: the new content lies beside, and is not in its place yet.
            let beside = path.with_file_name(".oast-torn.tmp");
            _ = self.machine.write(&beside, &bytes[..bytes.len() / 2]);
        })?;
        self.fill()?;
        self.machine.write(path, bytes)
    }

    fn read_part(&self, path: &Utf8Path, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.machine.read_part(path, start, length);
        self.look();
        bytes
    }

    fn rewrite(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.effect(|| ())?;
        self.fill()?;
        self.machine.rewrite(path, bytes)
    }

    fn retire(&self, path: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.machine.retire(path)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        if self.machine.stat(path).is_err() {
            self.fill()?;
        }
        self.machine.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.machine.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.machine.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.effect(|| ())?;
        self.machine.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.machine.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.effect(|| {
            let bytes = self.machine.read(from).unwrap_or_default();
            _ = self.machine.write(to, &bytes[..bytes.len() / 2]);
        })?;
        self.fill()?;
        self.machine.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.machine.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.effect(|| ())?;
        self.fill()?;
        self.machine.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.machine.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        self.machine.lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.machine.canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        let own = self.variables.iter().find(|(own, _)| own == name);
        own.map_or_else(|| self.machine.env(name), |(_, value)| Some(value.clone()))
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        self.machine.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        self.effect(|| {
            _ = self.machine.run(command, cancel);
            self.tear_output(command);
        })?;
        if let Err(error) = self.fill() {
            let stderr = error.to_string().into_bytes();
            return Ok(Output { code: Some(1), stderr, ..Output::default() });
        }
        self.machine.run(command, cancel)
    }

    fn process(&self) -> (u32, String) {
        self.machine.process()
    }

    fn parallelism(&self) -> usize {
        self.machine.parallelism()
    }

    fn now(&self) -> SystemTime {
        self.machine.now()
    }
}
