//! Speed and weight of the engine on a reference workspace, in memory and without processes.
//!
//!     cargo bench --bench engine -- [packages] [modules per package] [runs] [oats]
//!
//! The defaults are 100, 100 and 9; the modules have about 2 KB each in Octizys, 2.7 in Oats. What is measured:
//!
//! - *cold*: from texts and manifests that nobody looked at yet to the `.ioct` records of all modules;
//! - *again*: all diagnostics of the workspace are asked for once more, after nothing or after one file was saved. The edited
//!   file is in a package that was announced to be edited (`Inputs::expect_edits`); once it is a package on which no other
//!   depends, once the one that most modules import from;
//! - *memory*: by how much the process grew for a session that knows all records and diagnostics, less the texts.
//!
//! Times are the least and the median of the runs by the clock, and the median's share of the cold run's in the same process. How
//! many modules a second and core are worked on is by the time that the thread really computed, in the least disturbed run.

mod measure;
mod memory_host;
mod subject;

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use oast_engine::host::Host as _;
use oast_engine::testing::oats_reference::OatsReference;
use oast_engine::testing::reference::{ModuleId, Reference};

use crate::measure::{Memory, Sample, sample, thread_time};
use crate::memory_host::MemoryHost;
use crate::subject::{Sources, Subject};

/// The one of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cold runs are long, and vary little.
const COLD_RUNS: usize = 3;

fn main() -> io::Result<()> {
    // Cargo adds an option of its own.
    let numbers: Vec<usize> = std::env::args().filter_map(|it| it.parse().ok()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let size = Reference { packages: number(0, 100), modules_per_package: number(1, 100), seed: 0 };
    let sources = if std::env::args().any(|it| it == "oats") {
        Sources::Oats(OatsReference(size))
    } else {
        Sources::Octizys(size)
    };
    let rows = measure(sources, number(2, 9));
    print(size, &rows)
}

/// A line of the table.
struct Row {
    what: &'static str,
    sample: Sample,
    remark: String,
}

fn measure(sources: Sources, runs: usize) -> Vec<Row> {
    let (host, size) = (host(sources), sources.size());
    let (last, most_used) = (last_package(size), most_used_module(sources));
    let body_edit = |text: &str| sources.body_edit(text);
    let interface_edit = |text: &str| sources.interface_edit(text);
    // First, before anything that was freed can be used again.
    let memory = Memory::now();
    let mut subject = Subject::open(host.clone(), sources, last.package);
    subject.records();
    subject.diagnostics();
    let weight = weight(size, &subject, memory);
    let mut again =
        vec![row("again, nothing changed", sample(runs, || (), |()| subject.diagnostics()))];
    let mut edits = |what, id, subject: &mut Subject, edit: &dyn Fn(&str) -> String| {
        again.push(edited(what, &host, subject, id, runs, edit));
    };
    edits("again, same text", last, &mut subject, &str::to_owned);
    edits("again, body, last", last, &mut subject, &body_edit);
    edits("again, interface, last", last, &mut subject, &interface_edit);
    drop(subject);
    let mut subject = Subject::open(host.clone(), sources, most_used.package);
    subject.diagnostics();
    edits("again, body, lowest", most_used, &mut subject, &body_edit);
    edits("again, interface, lowest", most_used, &mut subject, &interface_edit);
    drop(subject);

    let mut rows = cold(sources, &host);
    rows[0].remark += &weight;
    rows.append(&mut again);
    rows
}

/// A module in the middle of the last package, on which no other depends.
fn last_package(size: Reference) -> ModuleId {
    ModuleId { package: size.packages - 1, module: size.modules_per_package / 2 }
}

/// In the package that most modules import from, the module that most import.
fn most_used_module(sources: Sources) -> ModuleId {
    let size = sources.size();
    let mut importers = vec![vec![0; size.modules_per_package]; size.packages];
    for package in 0..size.packages {
        for module in 0..size.modules_per_package {
            for import in sources.imports(ModuleId { package, module }) {
                importers[import.package][import.module] += 1;
            }
        }
    }
    let most = |counts: &mut dyn Iterator<Item = usize>| {
        counts.enumerate().max_by_key(|(_, count)| *count).map_or(0, |(index, _)| index)
    };
    let package = most(&mut importers.iter().map(|package| package.iter().sum()));
    ModuleId { package, module: most(&mut importers[package].iter().copied()) }
}

fn row(what: &'static str, sample: Sample) -> Row {
    Row { what, sample, remark: String::new() }
}

/// From texts to records, in one thread and in as many as there are.
fn cold(sources: Sources, host: &Arc<MemoryHost>) -> Vec<Row> {
    let size = sources.size();
    let open = || Subject::open(host.clone(), sources, size.packages - 1);
    let (mut bytes, mut computing) = (0, Vec::new());
    let one = sample(COLD_RUNS, open, |it| {
        let before = thread_time();
        bytes = it.records();
        computing
            .extend(before.zip(thread_time()).map(|(before, after)| after.saturating_sub(before)));
    });
    let all = sample(COLD_RUNS, open, |it| it.records_in_parallel());
    let bytes = bytes / modules(size);
    let speed = per_second(size, computing.into_iter().min().unwrap_or(one.least()));
    let speed = format!("{speed} modules a second and core, records of {bytes} bytes");
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

/// An edit of one module, again and again, and all diagnostics asked for after each.
fn edited(
    what: &'static str,
    host: &Arc<MemoryHost>,
    subject: &mut Subject,
    id: ModuleId,
    runs: usize,
    edit: &dyn Fn(&str) -> String,
) -> Row {
    let path = subject.path(id);
    let save = || {
        let bytes = host.read(&path).expect("the module is there");
        let text = edit(std::str::from_utf8(&bytes).expect("the module is text"));
        host.write(&path, text.as_bytes()).expect("memory takes a file");
    };
    let sample = sample(runs, save, |()| {
        subject.changed(&path);
        subject.diagnostics()
    });
    row(what, sample)
}

fn host(sources: Sources) -> Arc<MemoryHost> {
    let host = MemoryHost::default();
    for (path, text) in sources.files() {
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
    let (text, modules) = (subject.text_bytes(), modules(size) as u64);
    let rest = grown.saturating_sub(text) / modules;
    format!(", {rest} bytes a module beside its text ({})", text / modules)
}

fn print(size: Reference, rows: &[Row]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} × {} modules\n\n{:26}{:>12}{:>12}{:>10}",
        size.packages, size.modules_per_package, "", "least", "median", "of cold"
    )?;
    let cold = rows[0].sample.median().as_secs_f64();
    for Row { what, sample, remark } in rows {
        let share = 100.0 * sample.median().as_secs_f64() / cold;
        let (least, median) = (milliseconds(sample.least()), milliseconds(sample.median()));
        writeln!(out, "{what:26}{least:>12}{median:>12}{share:>8.2} %  {remark}")?;
    }
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1000.0)
}
