//! The real machine.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::fs;
use std::io::{self, Write as _};
#[cfg(unix)]
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

#[cfg(target_os = "linux")]
use crate::host::spare;
use crate::host::{
    CancelToken, Command, Confinement, Enforcement, Entry, EntryKind, FileLock, Host, LockKind,
    Output, Stat, StatsBelow, process,
};

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsHost;

impl Host for OsHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    #[cfg(unix)]
    fn read_part(&self, path: &Utf8Path, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        fs::File::open(path)?.read_exact_at(&mut bytes, start)?;
        Ok(bytes)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            let mut kind = entry_kind(entry.file_type()?);
            if kind == EntryKind::Other {
                kind = fs::metadata(entry.path())
                    .map_or(EntryKind::Other, |it| entry_kind(it.file_type()));
            }
            entries.push(Entry { name, kind });
        }
        entries.sort();
        Ok(entries)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        stat(path)
    }

    // A path from an open directory has fewer components to be looked up.
    #[cfg(unix)]
    fn stats_below<'a>(&'a self, directory: &'a Utf8Path) -> StatsBelow<'a> {
        let directory_file = fs::File::open(directory);
        Box::new(move |path| match &directory_file {
            Ok(file) => Ok(stat_of(&rustix::fs::statat(file, path, rustix::fs::AtFlags::empty())?)),
            Err(_) => self.stat(&directory.join(path)),
        })
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let directory = path.parent().unwrap_or(Utf8Path::new("."));
        let mut file = match new_file_in(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(directory)?;
                new_file_in(directory)?
            }
            other => other?,
        };
        file.write_all(bytes)?;
        put_in_place(file, path)
    }

    fn append(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        let open = || fs::OpenOptions::new().create(true).append(true).open(path);
        let mut file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(Utf8Path::new(".")))?;
                open()?
            }
            other => other?,
        };
        file.write_all(bytes)
    }

    #[cfg(target_os = "linux")]
    fn rewrite(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        if spare::rewrite(path, bytes)? { Ok(()) } else { self.write(path, bytes) }
    }

    #[cfg(target_os = "linux")]
    fn retire(&self, path: &Utf8Path) -> io::Result<()> {
        if spare::retire(path) { Ok(()) } else { self.remove_file(path) }
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        unless_gone(fs::remove_file(path))
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        unless_gone(fs::remove_dir_all(path))
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        match fs::remove_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            other => unless_gone(other).map(|()| true),
        }
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        // The rest is up to the user's mask, as for everything that a compiler writes.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(
            &mut options,
            if executable { 0o777 } else { 0o666 },
        );
        #[cfg(not(unix))]
        let _ = executable;
        let mut source = fs::File::open(from)?;
        io::copy(&mut source, &mut options.open(to)?).map(|_| ())
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        let mut permissions = fs::metadata(path)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(path, permissions)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        make_link(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        path.read_link_utf8()
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        let open = || fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
        let file = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::create_dir_all(path.parent().unwrap_or(Utf8Path::new(".")))?;
                open()?
            }
            // What cannot be written can still be locked.
            Err(error) if is_refusal(&error) => fs::File::open(path)?,
            other => other?,
        };
        let locked = match kind {
            LockKind::Shared => file.try_lock_shared(),
            LockKind::Exclusive => file.try_lock(),
        };
        match locked {
            Ok(()) => Ok(Some(FileLock::new(file))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        path.canonicalize_utf8()
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        let runs = |path: &Utf8Path| {
            self.stat(path).is_ok_and(|stat| stat.kind == EntryKind::File && stat.executable)
        };
        if name.contains('/') {
            return Some(Utf8PathBuf::from(name)).filter(|path| runs(path));
        }
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .filter_map(|directory| Utf8PathBuf::from_path_buf(directory.join(name)).ok())
            .find(|candidate| runs(candidate))
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        process::run(command, cancel)
    }

    fn run_confined(
        &self,
        command: &Command,
        confinement: &Confinement,
        cancel: &CancelToken,
    ) -> io::Result<(Output, Enforcement)> {
        process::run_confined(command, confinement, cancel)
    }

    fn process(&self) -> (u32, String) {
        (std::process::id(), machine_name())
    }

    fn parallelism(&self) -> usize {
        static ANSWER: OnceLock<usize> = OnceLock::new();
        *ANSWER.get_or_init(|| thread::available_parallelism().map_or(1, Into::into))
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

#[cfg(unix)]
fn make_link(target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn make_link(target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
    let is_directory = link.parent().is_some_and(|it| it.join(target).is_dir());
    if is_directory {
        std::os::windows::fs::symlink_dir(target, link)
    } else {
        std::os::windows::fs::symlink_file(target, link)
    }
}

#[cfg(unix)]
fn machine_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn machine_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

fn new_file_in(directory: &Utf8Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".oast-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
}

/// Moves a new file to `path`, in place of what is there.
///
/// Some file systems (ext4 with `auto_da_alloc`) begin to write a file to the disk when it replaces another by a rename, which
/// protects from a loss of power those who do not ask for it. What is written here is made again when it is lost, and so is not worth
/// several times the work: the two change places, and the old one is removed.
fn put_in_place(file: tempfile::NamedTempFile, path: &Utf8Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    if spare::exchange(file.path(), path) {
        return file.close();
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn entry_kind(kind: fs::FileType) -> EntryKind {
    if kind.is_dir() {
        EntryKind::Directory
    } else if kind.is_file() {
        EntryKind::File
    } else {
        EntryKind::Other
    }
}

fn unless_gone(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(unix)]
fn stat(path: &Utf8Path) -> io::Result<Stat> {
    Ok(stat_of(&rustix::fs::stat(path.as_str())?))
}

#[cfg(not(unix))]
fn stat(path: &Utf8Path) -> io::Result<Stat> {
    let metadata = fs::metadata(path)?;
    let modified = metadata.modified()?;
    Ok(Stat {
        kind: entry_kind(metadata.file_type()),
        size: metadata.len(),
        modified,
        changed: modified,
        id: 0,
        executable: true,
    })
}

#[cfg(unix)]
fn stat_of(stat: &rustix::fs::Stat) -> Stat {
    let kind = match rustix::fs::FileType::from_raw_mode(stat.st_mode) {
        rustix::fs::FileType::RegularFile => EntryKind::File,
        rustix::fs::FileType::Directory => EntryKind::Directory,
        _ => EntryKind::Other,
    };
    Stat {
        kind,
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        modified: time(stat.st_mtime, stat.st_mtime_nsec),
        changed: time(stat.st_ctime, stat.st_ctime_nsec),
        id: stat.st_ino,
        executable: stat.st_mode & 0o111 != 0,
    }
}

/// A time as a number of seconds since 1970, perhaps negative, and nanoseconds after these.
#[cfg(unix)]
fn time(seconds: i64, nanoseconds: impl TryInto<u32>) -> SystemTime {
    let rest = Duration::new(0, nanoseconds.try_into().unwrap_or_default());
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let since = if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(whole)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(whole)
    };
    since.and_then(|it| it.checked_add(rest)).unwrap_or(SystemTime::UNIX_EPOCH)
}
