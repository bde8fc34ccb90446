//! Time and memory of another process.
#![expect(clippy::disallowed_methods, reason = "the subject is processes")]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long the command takes in `directory`. It has to succeed.
pub(crate) fn time(command: &mut Command, directory: &Path) -> Duration {
    let started = Instant::now();
    let status = command.current_dir(directory).stdout(Stdio::null()).status();
    assert!(status.expect("it can be started").success(), "{command:?}");
    started.elapsed()
}

/// The same, and how many bytes of memory it had at most; `None` where there is no `/proc`.
///
/// It is looked at as often as possible while it runs, so its time is not for comparing.
pub(crate) fn peak_memory(command: &mut Command, directory: &Path) -> (Duration, Option<u64>) {
    let started = Instant::now();
    let child = command.current_dir(directory).stdout(Stdio::null()).spawn();
    let mut child = child.expect("it can be started");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        // What it had at most only grows, and a process that has ended does not say it any more.
        peak = peak.max(std::fs::read_to_string(&status).ok().and_then(|it| high_water_mark(&it)));
        if let Some(status) = child.try_wait().expect("it is our own") {
            assert!(status.success(), "{command:?}");
            return (started.elapsed(), peak);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn high_water_mark(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
