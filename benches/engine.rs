//! Speed and weight of the engine on a reference workspace, in memory and without processes.
//!
//!     cargo bench --bench engine -- [packages] [modules per package] [runs]
//!
//! The defaults are 100, 100 and 9. Times are the least and the median of the runs.

mod measure;
mod memory_host;
mod subject;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use oast_engine::host::Host as _;
use oast_engine::testing::reference::{ModuleId, Reference, body_edit, interface_edit};

use crate::measure::{Memory, Sample, sample};
use crate::memory_host::MemoryHost;
use crate::subject::Subject;

/// Cold runs are long, and vary little.
const COLD_RUNS: usize = 3;

fn main() -> io::Result<()> {
    // Cargo adds an option of its own.
    let numbers: Vec<usize> = std::env::args().filter_map(|it| it.parse().ok()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let size = Reference { packages: number(0, 100), modules_per_package: number(1, 100), seed: 0 };
    let rows = measure(size, number(2, 9));
    print(size, &rows)
}

/// A line of the table.
struct Row {
    what: &'static str,
    sample: Sample,
    remark: String,
}

fn measure(size: Reference, runs: usize) -> Vec<Row> {
    let host = host(size);
    // First, before anything that was freed can be used again.
    let memory = Memory::now();
    let mut subject = Subject::open(host.clone(), size);
    subject.everything();
    let weight = weight(size, &subject, memory);

    let mut rows = cold(size, &host);
    rows[0].remark += &weight;
    rows.push(row("nothing changed", sample(runs, || (), |()| subject.everything())));
    rows.push(edited("the same text saved", &host, &mut subject, size, runs, str::to_owned));
    rows.push(edited("a body edited", &host, &mut subject, size, runs, body_edit));
    rows.push(edited("an interface edited", &host, &mut subject, size, runs, interface_edit));
    rows
}

fn row(what: &'static str, sample: Sample) -> Row {
    Row { what, sample, remark: String::new() }
}

/// From texts to everything, in one thread and in as many as there are.
fn cold(size: Reference, host: &Arc<MemoryHost>) -> Vec<Row> {
    let open = || Subject::open(host.clone(), size);
    let one = sample(COLD_RUNS, open, |it| it.everything());
    let all = sample(COLD_RUNS, open, |it| it.everything_in_parallel());
    let speed = format!("{} modules a second and core", per_second(size, one.least()));
    let factor = format!(
        "{:.2} × as fast in {} threads",
        one.least().as_secs_f64() / all.least().as_secs_f64(),
        rayon::current_num_threads()
    );
    vec![
        Row { remark: speed, ..row("cold, one thread", one) },
        Row { remark: factor, ..row("cold, all threads", all) },
    ]
}

/// An edit of one module in the middle of the workspace, again and again, and everything asked after each.
fn edited(
    what: &'static str,
    host: &Arc<MemoryHost>,
    subject: &mut Subject,
    size: Reference,
    runs: usize,
    edit: impl Fn(&str) -> String,
) -> Row {
    let id = ModuleId { package: size.packages / 2, module: size.modules_per_package / 2 };
    let path = subject.path(id);
    let save = || {
        let bytes = host.read(&path).expect("the module is there");
        let text = edit(std::str::from_utf8(&bytes).expect("the module is text"));
        host.write(&path, text.as_bytes()).expect("memory takes a file");
    };
    // The first edit of a file makes an input of low durability of it; those after it are what is measured.
    save();
    subject.changed(&path);
    subject.everything();
    let subject = std::cell::RefCell::new(subject);
    let sample = sample(runs, save, |()| {
        let mut subject = subject.borrow_mut();
        subject.changed(&path);
        subject.everything()
    });
    row(what, sample)
}

fn host(size: Reference) -> Arc<MemoryHost> {
    let host = MemoryHost::default();
    for (path, text) in size.files() {
        let path = subject::root().join(path);
        host.insert(&path, text.into_bytes()).expect("every file has a name");
    }
    Arc::new(host)
}

fn modules(size: Reference) -> usize {
    size.packages * size.modules_per_package
}

fn per_second(size: Reference, time: Duration) -> u128 {
    modules(size) as u128 * Duration::from_secs(1).as_nanos() / time.as_nanos().max(1)
}

/// What the session keeps of a module beside its text, where the system tells.
fn weight(size: Reference, subject: &Subject, before: Option<Memory>) -> String {
    let (Some(before), Some(after)) = (before, Memory::now()) else { return String::new() };
    let at_peak = after.peak.saturating_sub(before.peak);
    let grown = at_peak.max(after.resident.saturating_sub(before.resident));
    let rest = grown.saturating_sub(subject.text_bytes());
    format!(", {} bytes a module beside its text", rest / modules(size) as u64)
}

fn print(size: Reference, rows: &[Row]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} × {} modules, {}\n\n{:22}{:>12}{:>12}{:>10}",
        size.packages,
        size.modules_per_package,
        Subject::EVERYTHING,
        "",
        "least",
        "median",
        "of cold"
    )?;
    let cold = rows[0].sample.median().as_secs_f64();
    for Row { what, sample, remark } in rows {
        let share = 100.0 * sample.median().as_secs_f64() / cold;
        let (least, median) = (milliseconds(sample.least()), milliseconds(sample.median()));
        writeln!(out, "{what:22}{least:>12}{median:>12}{share:>8.2} %  {remark}")?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}
