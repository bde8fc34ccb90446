//! Running a program to its end, or until nobody wants it any more.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::host::{CancelToken, Command, Output};

/// How often a running command looks at its cancel token.
const POLL: Duration = Duration::from_millis(20);

/// How often a program is started anew that another thread's fork still holds open for writing.
const BUSY_RETRIES: u32 = 8;

/// Runs `command`; see [`crate::host::Host::run`].
pub(super) fn run(command: &Command, cancel: &CancelToken) -> io::Result<Output> {
    let mut child = spawn(command)?;
    let result = attend(&mut child, cancel);
    if result.is_err() {
        kill_group(&mut child);
        child.wait()?;
    }
    result
}

fn spawn(command: &Command) -> io::Result<Child> {
    let mut process = std::process::Command::new(&command.program);
    process
        .args(&command.arguments)
        .current_dir(&command.directory)
        .envs(command.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    in_own_group(&mut process);
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
    use rustix::process::{Pid, Signal, kill_process_group};

    use super::POLL;
    use crate::host::{CancelToken, Output};

    /// How much is read at a time.
    const CHUNK: usize = 64 * 1024;

    /// How many chunks may still be in the pipes when the program has ended (a pipe holds at most 1 MiB by default).
    const CHUNKS_LEFT: usize = 32;

    /// One of the two pipes into which a program writes, until it is closed at the other end.
    struct Stream {
        pipe: Option<File>,
        bytes: Vec<u8>,
    }

    impl Stream {
        fn new(pipe: Option<impl Into<OwnedFd>>) -> Stream {
            Stream { pipe: pipe.map(|pipe| File::from(pipe.into())), bytes: Vec::new() }
        }
    }

    pub(super) fn in_own_group(process: &mut std::process::Command) {
        process.process_group(0);
    }

    pub(super) fn kill_group(child: &mut Child) {
        let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // It may have ended by itself meanwhile; until it is waited for, its number is not given to another.
            _ = kill_process_group(group, Signal::KILL);
        }
    }

    /// Collects what the child writes until it ends.
    ///
    /// The end of the child counts, not that of the pipes: what it left behind (a daemon) may hold them open for ever.
    pub(super) fn attend(child: &mut Child, cancel: &CancelToken) -> io::Result<Output> {
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
            if let Some(status) = child.try_wait()? {
                for _ in 0..CHUNKS_LEFT {
                    if !read_some(&mut streams, Duration::ZERO, &mut buffer)? {
                        break;
                    }
                }
                let [stdout, stderr] = streams.map(|stream| stream.bytes);
                return Ok(Output { code: status.code(), stdout, stderr });
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
                Ok(length) => stream.bytes.extend_from_slice(&buffer[..length]),
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

    use super::POLL;
    use crate::host::{CancelToken, Output};

    pub(super) fn in_own_group(_process: &mut std::process::Command) {}

    pub(super) fn kill_group(child: &mut Child) {
        // It may have ended by itself meanwhile.
        _ = child.kill();
    }

    pub(super) fn attend(child: &mut Child, cancel: &CancelToken) -> io::Result<Output> {
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
            let mut bytes = Vec::new();
            let result = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
            // Nobody listens any more when the command was cancelled.
            _ = sender.send(result.map(|_| bytes));
        });
        receiver
    }
}
