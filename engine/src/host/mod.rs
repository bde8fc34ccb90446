//! The one door to the outside world.
//!
//! Nothing above this floor touches files, processes, the environment or the clock but through a [`Host`]; `clippy.toml`
//! keeps it so.

mod cancel;
mod capture;
mod confine;
mod digests;
#[cfg(feature = "testing")]
mod fake;
mod lock;
mod os;
mod overlay;
mod process;
#[cfg(target_os = "linux")]
mod spare;

use std::fmt;
use std::io;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

pub use crate::host::cancel::CancelToken;
pub use crate::host::confine::{Confinement, Enforcement};
pub use crate::host::digests::{FileDigests, FileStamp, KnownFile};
#[cfg(feature = "testing")]
pub use crate::host::fake::{FakeHost, FakeProgram};
pub use crate::host::lock::{FileLock, LockKind};
pub use crate::host::os::OsHost;
pub use crate::host::overlay::OverlayHost;

/// What kind of thing a directory entry is, links followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Anything else, broken links included.
    Other,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Entry {
    /// The last component of the path.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
}

/// What a file system says of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is, links followed.
    pub kind: EntryKind,
    /// Length in bytes.
    pub size: u64,
    /// Last change of the content.
    pub modified: SystemTime,
    /// Last change of the content or of the attributes, which no program can set back; `modified` where there is none.
    pub changed: SystemTime,
    /// The number of the file on its device (inode); 0 where there is none.
    pub id: u64,
    /// Whether the file may be executed.
    pub executable: bool,
}

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    /// The program: an absolute path, or a name that is looked up on `PATH`.
    pub program: Utf8PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Where it runs.
    pub directory: Utf8PathBuf,
    /// Variables set for it.
    pub environment: Vec<(String, String)>,
    /// What else it sees of the variables of this process.
    pub inherited: Inherited,
}

/// Which variables of this process a program sees that it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Inherited {
    /// `PATH`, and the few that say where temporary files go and, on Windows, where the system is. What a program makes depends on none
    /// of them, but for which other programs it finds.
    Needed,
    /// All of them.
    All,
}

impl fmt::Display for Command {
    /// The command as a person would type it in a POSIX shell.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}={} ", quoted(value))?;
        }
        f.write_str(&quoted(self.program.as_str()))?;
        self.arguments.iter().try_for_each(|argument| write!(f, " {}", quoted(argument)))
    }
}

/// `word` as a person would type it in a POSIX shell.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_=+./,:@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How a program ended and what it said.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Output {
    /// The exit status; `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

impl Output {
    /// Whether the program said that all is well.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }
}

/// Answers what the file system says of a file, named by its path from some directory.
pub type StatsBelow<'a> = Box<dyn FnMut(&str) -> io::Result<Stat> + 'a>;

/// `length` of the `bytes` of a file from `start` on.
fn part(bytes: &[u8], start: u64, length: usize) -> io::Result<Vec<u8>> {
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let part = start.checked_add(length).and_then(|end| bytes.get(start..end));
    part.map(<[u8]>::to_vec).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

/// Everything the engine may ask of the machine it runs on.
///
/// Paths are absolute. All methods may be called from several threads at once.
pub trait Host: fmt::Debug + Send + Sync {
    /// The bytes of a file.
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>>;

    /// `length` bytes of a file from `start` on; an error of kind [`io::ErrorKind::UnexpectedEof`] where it has not so many.
    fn read_part(&self, path: &Utf8Path, start: u64, length: usize) -> io::Result<Vec<u8>> {
        part(&self.read(path)?, start, length)
    }

    /// The names in a directory, sorted; names that are not UTF-8 are left out.
    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>>;

    /// What the file system says of `path`, links followed.
    fn stat(&self, path: &Utf8Path) -> io::Result<Stat>;

    /// What [`Host::stat`] says of files below `directory`, each named by its path from there: for many questions.
    fn stats_below<'a>(&'a self, directory: &'a Utf8Path) -> StatsBelow<'a> {
        let mut path = format!("{directory}/");
        let start = path.len();
        Box::new(move |relative| {
            path.truncate(start);
            path.push_str(relative);
            self.stat(Utf8Path::new(&path))
        })
    }

    /// Puts `bytes` at `path` at once (a reader sees the old content or the new), making directories as needed.
    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()>;

    /// As [`Host::write`], for a file that is written again and again, in a directory that is nobody else's: what it was before may stay
    /// beside it under a hidden name, as the place for what it is next. So whoever reads it while it is written twice may find it damaged.
    fn rewrite(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.write(path, bytes)
    }

    /// As [`Host::remove_file`], for a file that will be [rewritten](Host::rewrite).
    fn retire(&self, path: &Utf8Path) -> io::Result<()> {
        self.remove_file(path)
    }

    /// Writes at the end of a file, which is made with its directory if it is not there. One at a time may do so.
    fn append(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let before = match self.read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?,
        };
        self.write(path, &[&before, bytes].concat())
    }

    /// Makes a directory and those above it; no error if it is there.
    fn create_directory(&self, path: &Utf8Path) -> io::Result<()>;

    /// Removes a file; no error if it is gone already.
    fn remove_file(&self, path: &Utf8Path) -> io::Result<()>;

    /// Removes a directory with all that is in it; no error if it is gone already.
    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()>;

    /// Removes a directory if nothing is in it; whether it is gone.
    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool>;

    /// Moves a file, replacing what is at `to`.
    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()>;

    /// Puts a copy of the file `from` at `to`, where nothing may be yet; makes no directories. The copy belongs to whoever makes
    /// it, may be written, and may be executed if it is to be `executable`. Blocks are shared where the file system can.
    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()>;

    /// Takes from everybody the right to write the file at `path`.
    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()>;

    /// Makes a symbolic link at `link`, where nothing may be yet, that leads to `target` (from where the link is, if it is relative).
    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()>;

    /// Where the symbolic link at `path` leads, as it says it; an error if there is something else.
    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf>;

    /// Locks the file at `path`, which is made as needed, against others, in this process and in others; `None` if somebody
    /// holds it in a way that does not go with `kind`. A process that ends, however, holds nothing any more.
    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>>;

    /// The path with links and `..` resolved.
    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf>;

    /// The value of an environment variable, if it is set; with U+FFFD in place of what is no UTF-8.
    fn env(&self, name: &str) -> Option<String>;

    /// The program that `name` means: a path as it is, a name looked up on `PATH`.
    fn which(&self, name: &str) -> Option<Utf8PathBuf>;

    /// Runs a program to its end with no standard input; when `cancel` is set, kills it with all its children and returns an
    /// error of kind [`io::ErrorKind::Interrupted`]. Processes that the program leaves behind are not waited for. Of what it writes
    /// the first and the last 256 KiB are kept, with a line between them that says how much is left out.
    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output>;

    /// Runs a program as [`Host::run`] does, but so that it and its children can touch only what `confinement` and the system's
    /// own directories hold, as far as the system can see to that, which the answer says.
    ///
    /// Whatever the system, the program sees no other variables than `PATH` and those of the command, gets an empty directory
    /// for temporary files (`TMPDIR`, also `HOME`), and what it leaves behind of its process group is killed.
    ///
    /// A host that does not know how to do this runs the program as any other and answers [`Enforcement::None`].
    fn run_confined(
        &self,
        command: &Command,
        confinement: &Confinement,
        cancel: &CancelToken,
    ) -> io::Result<(Output, Enforcement)> {
        let _ = confinement;
        Ok((self.run(command, cancel)?, Enforcement::None))
    }

    /// Who this is, for a person: the number of this process, and the name of the machine.
    fn process(&self) -> (u32, String);

    /// How many things the machine can do at once, at least 1.
    fn parallelism(&self) -> usize;

    /// The time of day.
    fn now(&self) -> SystemTime;
}
