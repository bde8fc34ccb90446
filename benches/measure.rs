//! Times of several runs, and the memory of this process.
#![expect(clippy::disallowed_methods, reason = "what is read is about this process")]

use std::hint::black_box;
use std::time::{Duration, Instant};

/// The times of several runs of the same thing, in ascending order, at least one.
pub(crate) struct Sample(Vec<Duration>);

impl Sample {
    /// The shortest time: the least disturbed run.
    pub(crate) fn least(&self) -> Duration {
        self.0[0]
    }

    /// The time in the middle; of an even number, the longer one of the two there.
    pub(crate) fn median(&self) -> Duration {
        self.0[self.0.len() / 2]
    }
}

/// Times `run` on what `prepare` makes. Making it, and dropping it, is not timed.
pub(crate) fn sample<P, R>(
    runs: usize,
    mut prepare: impl FnMut() -> P,
    mut run: impl FnMut(&mut P) -> R,
) -> Sample {
    let mut times: Vec<Duration> = (0..runs.max(1))
        .map(|_| {
            let mut prepared = prepare();
            let start = Instant::now();
            black_box(run(&mut prepared));
            start.elapsed()
        })
        .collect();
    times.sort();
    Sample(times)
}

/// How long this thread has been computing, where the system tells: what a clock says beyond that, others computed.
pub(crate) fn thread_time() -> Option<Duration> {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = schedule.split(' ').next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// What this process has in memory, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Now.
    pub(crate) resident: u64,
    /// At most, since it began.
    pub(crate) peak: u64,
}

impl Memory {
    /// As the system tells it; `None` where there is no `/proc`.
    pub(crate) fn now() -> Option<Memory> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        Some(Memory { resident: field(&status, "VmRSS:")?, peak: field(&status, "VmHWM:")? })
    }
}

/// The value of a line such as `VmRSS:      1234 kB`.
fn field(status: &str, name: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = value.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
