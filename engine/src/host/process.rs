//! Running a program to its end, or until nobody wants it any more.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io;
use std::panic;
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::host::confine::confine_thread;
use crate::host::{CancelToken, Command, Confinement, Enforcement, Inherited, Output};

/// How often a running command looks at its cancel token.
const POLL: Duration = Duration::from_millis(20);

/// How often a program is started anew that another thread's fork still holds open for writing.
const BUSY_RETRIES: u32 = 8;

/// The variables of this process that every program sees.
#[cfg(not(windows))]
const NEEDED: &[&str] = &["PATH", "TMPDIR", "TMP", "TEMP"];
#[cfg(windows)]
const NEEDED: &[&str] = &["PATH", "PATHEXT", "TMP", "TEMP", "SystemRoot", "windir", "ComSpec"];

/// What becomes of processes that a program has started and that outlive it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Survivors {
    LiveOn,
    Die,
}

/// Runs `command`; see [`crate::host::Host::run`].
pub(super) fn run(command: &Command, cancel: &CancelToken) -> io::Result<Output> {
    watch(spawn(&mut process_of(command))?, Survivors::LiveOn, cancel)
}

/// Runs `command` confined; see [`crate::host::Host::run_confined`].
pub(super) fn run_confined(
    command: &Command,
    confinement: &Confinement,
    cancel: &CancelToken,
) -> io::Result<(Output, Enforcement)> {
    let temporary = tempfile::Builder::new().prefix("oast-").tempdir()?;
    let mut process = process_of(command);
    isolate(&mut process, command, temporary.path());
    let mut confinement = confinement.clone();
    let place = Utf8PathBuf::try_from(temporary.path().to_owned()).map_err(io::Error::other)?;
    confinement.write.push(place);
    // A confined thread stays so: this one starts the program, which inherits it, and ends.
    let start = || {
        let enforcement = confine_thread(&confinement)?;
        Ok::<_, io::Error>((spawn(&mut process)?, enforcement))
    };
    let started = thread::scope(|scope| scope.spawn(start).join());
    let (child, enforcement) = started.unwrap_or_else(|panic| panic::resume_unwind(panic))?;
    Ok((watch(child, Survivors::Die, cancel)?, enforcement))
}

/// Collects what the child writes until it ends or nobody wants it any more.
fn watch(mut child: Child, survivors: Survivors, cancel: &CancelToken) -> io::Result<Output> {
    let result = attend(&mut child, survivors, cancel);
    if result.is_err() {
        kill_group(&mut child);
        child.wait()?;
    }
    result
}

fn process_of(command: &Command) -> std::process::Command {
    let mut process = std::process::Command::new(&command.program);
    if command.inherited == Inherited::Needed {
        process.env_clear();
        process.envs(NEEDED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    }
    process
        .args(&command.arguments)
        .current_dir(&command.directory)
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    in_own_group(&mut process);
    process
}

/// Takes from `process` the variables that nobody has declared, and gives it the directory `temporary`.
fn isolate(process: &mut std::process::Command, command: &Command, temporary: &Path) {
    // Windows starts no program without its own variables.
    if cfg!(unix) {
        process.env_clear();
        if let Some(path) = std::env::var_os("PATH") {
            process.env("PATH", path);
        }
        process.env("HOME", temporary);
    }
    for name in ["TMPDIR", "TMP", "TEMP"] {
        process.env(name, temporary);
    }
    process.envs(command.environment.iter().map(|(name, value)| (name, value)));
}

fn spawn(process: &mut std::process::Command) -> io::Result<Child> {
    for attempt in 0..BUSY_RETRIES {
        match process.spawn() {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(1 << attempt));
            }
            other => return other,
        }
    }
    process.spawn()
}

#[cfg(unix)]
use self::unix::{attend, in_own_group, kill_group};

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read};
    use std::os::fd::OwnedFd;
    use std::os::unix::process::CommandExt as _;
    use std::process::Child;
    use std::thread;
    use std::time::{Duration, Instant};

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    use super::{POLL, Survivors};
    use crate::host::capture::Capture;
    use crate::host::{CancelToken, Output};

    /// How much is read at a time.
    const CHUNK: usize = 64 * 1024;

    /// How many chunks may still be in the pipes when the program has ended (a pipe holds at most 1 MiB by default).
    const CHUNKS_LEFT: usize = 32;

    /// One of the two pipes into which a program writes, until it is closed at the other end.
    struct Stream {
        pipe: Option<File>,
        written: Capture,
    }

    impl Stream {
        fn new(pipe: Option<impl Into<OwnedFd>>) -> Stream {
            Stream { pipe: pipe.map(|pipe| File::from(pipe.into())), written: Capture::default() }
        }
    }

    pub(super) fn in_own_group(process: &mut std::process::Command) {
        process.process_group(0);
    }

    fn id(child: &Child) -> Option<Pid> {
        i32::try_from(child.id()).ok().and_then(Pid::from_raw)
    }

    pub(super) fn kill_group(child: &mut Child) {
        if let Some(group) = id(child) {
            // It may have ended by itself meanwhile; until it is waited for, its number is not given to another.
            _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Whether the child has ended. It is not waited for, so its number still means it and its group.
    fn has_ended(child: &Child) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let Some(id) = id(child) else { return Ok(false) };
        match waitid(WaitId::Pid(id), options) {
            Ok(status) => Ok(status.is_some()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Collects what the child writes until it ends.
    ///
    /// The end of the child counts, not that of the pipes: what it left behind (a daemon) may hold them open for ever.
    pub(super) fn attend(
        child: &mut Child,
        survivors: Survivors,
        cancel: &CancelToken,
    ) -> io::Result<Output> {
        let mut streams = [Stream::new(child.stdout.take()), Stream::new(child.stderr.take())];
        let mut buffer = vec![0; CHUNK];
        let mut looked = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            if cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let closed = streams.iter().all(|stream| stream.pipe.is_none());
            let read = !closed && read_some(&mut streams, POLL, &mut buffer)?;
            if read && looked.elapsed() < POLL {
                continue;
            }
            looked = Instant::now();
            if has_ended(child)? {
                if survivors == Survivors::Die {
                    kill_group(child);
                }
                for _ in 0..CHUNKS_LEFT {
                    if !read_some(&mut streams, Duration::ZERO, &mut buffer)? {
                        break;
                    }
                }
                let [stdout, stderr] = streams.map(|stream| stream.written.finish());
                return Ok(Output { code: child.wait()?.code(), stdout, stderr });
            }
            if closed {
                thread::sleep(pause);
                pause = POLL.min(pause * 2);
            }
        }
    }

    /// Waits for at most `wait` until something can be read and reads one chunk of each pipe that has something; whether
    /// there was any.
    fn read_some(streams: &mut [Stream; 2], wait: Duration, buffer: &mut [u8]) -> io::Result<bool> {
        let wait = Timespec { tv_sec: 0, tv_nsec: wait.subsec_nanos().into() };
        let open: Vec<&File> = streams.iter().filter_map(|it| it.pipe.as_ref()).collect();
        let mut polled: Vec<PollFd<'_>> =
            open.iter().map(|pipe| PollFd::new(*pipe, PollFlags::IN)).collect();
        match poll(&mut polled, Some(&wait)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => return Ok(false),
            Ok(_) => (),
            Err(error) => return Err(error.into()),
        }
        let ready: Vec<bool> = polled.iter().map(|it| !it.revents().is_empty()).collect();
        let open = streams.iter_mut().filter(|it| it.pipe.is_some());
        for (stream, _) in open.zip(ready).filter(|(_, ready)| *ready) {
            let Some(pipe) = &mut stream.pipe else { continue };
            match pipe.read(buffer) {
                Ok(0) => stream.pipe = None,
                Ok(length) => stream.written.write(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

#[cfg(not(unix))]
use self::portable::{attend, in_own_group, kill_group};

#[cfg(not(unix))]
mod portable {
    use std::io::{self, Read};
    use std::process::Child;
    use std::sync::mpsc;
    use std::thread;

    use super::{POLL, Survivors};
    use crate::host::capture::Capture;
    use crate::host::{CancelToken, Output};

    pub(super) fn in_own_group(_process: &mut std::process::Command) {}

    pub(super) fn kill_group(child: &mut Child) {
        // It may have ended by itself meanwhile.
        _ = child.kill();
    }

    pub(super) fn attend(
        child: &mut Child,
        _survivors: Survivors,
        cancel: &CancelToken,
    ) -> io::Result<Output> {
        let stdout = collect(child.stdout.take());
        let stderr = collect(child.stderr.take());
        let status = loop {
            if cancel.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match child.try_wait()? {
                Some(status) => break status,
                None => thread::sleep(POLL / 10),
            }
        };
        // A pipe held open by what the program left behind is not waited for.
        let text = |pipe: mpsc::Receiver<io::Result<Vec<u8>>>| {
            pipe.recv_timeout(POLL * 10).unwrap_or_else(|_| Ok(Vec::new()))
        };
        Ok(Output { code: status.code(), stdout: text(stdout)?, stderr: text(stderr)? })
    }

    fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<io::Result<Vec<u8>>> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let result = pipe.map_or(Ok(Vec::new()), read_all);
            // Nobody listens any more when the command was cancelled.
            _ = sender.send(result);
        });
        receiver
    }

    fn read_all(mut pipe: impl Read) -> io::Result<Vec<u8>> {
        let (mut written, mut buffer) = (Capture::default(), vec![0; 64 * 1024]);
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return Ok(written.finish()),
                Ok(length) => written.write(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
                Err(error) => return Err(error),
            }
        }
    }
}
