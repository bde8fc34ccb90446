//! The real machine.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::fs;
use std::io::{self, Read, Write as _};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{CancelToken, Command, Entry, EntryKind, Host, Output, Stat};

/// How often a running command looks at its cancel token.
const CANCEL_POLL: Duration = Duration::from_millis(20);

/// The machine that this process runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsHost;

impl Host for OsHost {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        fs::read(path)
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
        let metadata = fs::metadata(path)?;
        Ok(Stat {
            kind: entry_kind(metadata.file_type()),
            size: metadata.len(),
            modified: metadata.modified()?,
            executable: is_executable(&metadata),
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
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
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

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        path.canonicalize_utf8()
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
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
        let mut process = std::process::Command::new(&command.program);
        process
            .args(&command.arguments)
            .current_dir(&command.directory)
            .envs(command.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        in_own_group(&mut process);
        let mut child = process.spawn()?;
        let (sender, done) = mpsc::channel();
        let stdout = collect(child.stdout.take(), sender.clone());
        let stderr = collect(child.stderr.take(), sender);
        let mut open = 2;
        while 0 < open {
            match done.recv_timeout(CANCEL_POLL) {
                Ok(()) => open -= 1,
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
                Err(mpsc::RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                    kill_group(&mut child);
                    child.wait()?;
                    return Err(io::Error::from(io::ErrorKind::Interrupted));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => (),
            }
        }
        let status = child.wait()?;
        let lost = || io::Error::other("a reader of the command's output panicked");
        let stdout = stdout.join().map_err(|_| lost())??;
        let stderr = stderr.join().map_err(|_| lost())??;
        Ok(Output { code: status.code(), stdout, stderr })
    }

    fn parallelism(&self) -> usize {
        thread::available_parallelism().map_or(1, Into::into)
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

fn new_file_in(directory: &Utf8Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".oast-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(directory)
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

fn collect(
    pipe: Option<impl Read + Send + 'static>,
    done: mpsc::Sender<()>,
) -> thread::JoinHandle<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        // Nobody listens any more when the command was cancelled.
        _ = done.send(());
        result.map(|_| bytes)
    })
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_metadata: &fs::Metadata) -> bool {
    true
}

#[cfg(unix)]
fn in_own_group(process: &mut std::process::Command) {
    std::os::unix::process::CommandExt::process_group(process, 0);
}

#[cfg(not(unix))]
fn in_own_group(_process: &mut std::process::Command) {}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    let group = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // It may have ended by itself meanwhile.
        _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    _ = child.kill();
}
