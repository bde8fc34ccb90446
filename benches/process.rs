//! Speed and weight of the program `oast` as a process of its own, on a reference workspace on the disk, beside two others that do
//! what a build of an unchanged tree cannot do without, or what it is measured against.
//!
//!     cargo build --release
//!     cargo bench --bench process -- [packages] [modules per package] [runs] [c]
//!
//! The defaults are 10, 100 and 5. Each line shows the least and the median of the runs, both as ratios to those of the floor; lines of
//! edits also what the median edit takes above a build just before it that had nothing to do:
//!
//! - *floor*: a process that asks the file system once about every input and every promised output, on as many threads as there are
//!   cores, and does nothing else;
//! - *nothing changed*, *one body edited*, *one interface edited*, *every source touched*: `oast build`; the edited module is in the
//!   last package, which nothing imports;
//! - *nothing changed, after a pause*: an edit is followed by a pause, in which the machine turns to other things, and so is the build that it is
//!   compared with. The two take turns, too;
//! - with `c`, all of this for the target `c-11`, and `ninja` (where it is installed) on a `build.ninja` that compiles the same
//!   generated C. Where there are more than 1,000 modules, a program that copies takes the place of the C compiler and the archiver
//!   for both, since what is measured is what the two do beside compiling.
//!
//! Floor, nothing changed and ninja's take turns, so that what else the machine does befalls all of them. Memory is the most that a
//! process had at once, as `/proc` tells while it runs.
#![expect(clippy::disallowed_methods, reason = "the subject is processes and the disk")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

mod child;
mod fake_compiler;
mod ninja;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use oast_engine::testing::reference::{ModuleId, Reference, body_edit, interface_edit};

use crate::child::{peak_memory, time};
use crate::ninja::Ninja;

/// From how many modules on nobody waits for a real C compiler.
const MANY: usize = 1_001;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &*arguments {
        [flag, list] if flag == "--floor" => return floor(Path::new(list)),
        [flag, arguments @ ..] if flag == fake_compiler::FLAG => {
            return fake_compiler::run(arguments);
        }
        _ => (),
    }
    let numbers: Vec<usize> = arguments.iter().filter_map(|it| it.parse().ok()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let size = Reference { packages: number(0, 10), modules_per_package: number(1, 100), seed: 0 };
    let target = if arguments.iter().any(|it| it == "c") { "c-11" } else { "python-3" };
    Bench::new(size, target, number(2, 5).max(1)).run()
}

/// Asks about every path of a list, half of them on another thread.
fn floor(list: &Path) -> io::Result<()> {
    let list = fs::read_to_string(list)?;
    let paths: Vec<&str> = list.lines().collect();
    let (left, right) = paths.split_at(paths.len() / 2);
    let ask = |paths: &[&str]| paths.iter().filter(|path| fs::metadata(path).is_ok()).count();
    let there = std::thread::scope(|scope| {
        let other = scope.spawn(|| ask(left));
        ask(right) + other.join().unwrap()
    });
    assert_eq!(there, paths.len(), "everything is there");
    Ok(())
}

struct Bench {
    size: Reference,
    directory: tempfile::TempDir,
    target: &'static str,
    runs: usize,
    oast: PathBuf,
    /// Least and median.
    floor: Option<(Duration, Duration)>,
}

/// What builds with nothing to do took after a pause, and what each took that followed an edit and a pause.
type Pairs = Vec<(Duration, Duration)>;

impl Bench {
    fn new(size: Reference, target: &'static str, runs: usize) -> Bench {
        let own = std::env::current_exe().unwrap();
        let oast = own.ancestors().nth(2).unwrap().join("oast");
        assert!(oast.is_file(), "`cargo build --release` makes {}", oast.display());
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in size.files() {
            let path = directory.path().join(path.as_str().trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Bench { size, directory, target, runs, oast, floor: None }
    }

    fn root(&self) -> &Path {
        self.directory.path()
    }

    fn modules(&self) -> usize {
        self.size.packages * self.size.modules_per_package
    }

    /// Whether a program that copies stands for the C compiler.
    fn is_fake(&self) -> bool {
        self.target == "c-11" && MANY <= self.modules()
    }

    fn run(mut self) -> io::Result<()> {
        let fake = if self.is_fake() { ", a copying program for the C compiler" } else { "" };
        let (modules, target, runs) = (self.modules(), self.target, self.runs);
        writeln!(io::stdout(), "{modules} modules, {target}{fake}, {runs} runs")?;
        self.cold()?;
        let ninja = if self.target == "c-11" { ninja::prepare(&self)? } else { None };
        self.unchanged(ninja.is_some())?;
        let edited = self.source();
        let edit_by = |edit: fn(&str) -> String| {
            fs::write(&edited, edit(&fs::read_to_string(&edited).unwrap())).unwrap();
        };
        let bodies = self.pairs(self.runs, || edit_by(body_edit));
        let paused = bodies.iter().map(|(nothing, _)| *nothing).collect();
        self.row("nothing changed, after a pause", paused)?;
        self.row_of("one body edited", &bodies)?;
        self.row_of("one interface edited", &self.pairs(self.runs, || edit_by(interface_edit)))?;
        let list = self.list();
        let touched = self.pairs(self.runs.min(5), || touch(&list, "oct"));
        self.row_of("every source touched", &touched)?;
        ninja.map_or(Ok(()), |ninja| ninja.edits(&self))
    }

    fn cold(&self) -> io::Result<()> {
        let (time, memory) = peak_memory(&mut self.build(), self.root());
        self.row("cold", vec![time])?;
        writeln!(io::stdout(), "{:32} {:10.1} MB", "cold: memory", megabytes(memory))?;
        self.settle();
        Ok(())
    }

    /// Builds again: what was written a moment ago is looked at more closely once.
    fn settle(&self) {
        std::thread::sleep(Duration::from_millis(50));
        self.time(&mut self.build());
    }

    /// The floor, and builds that have nothing to do.
    fn unchanged(&mut self, has_ninja: bool) -> io::Result<()> {
        let list = self.list();
        let mut times = [Vec::new(), Vec::new(), Vec::new()];
        for _ in 0..self.runs {
            times[0]
                .push(self.time(Command::new(std::env::current_exe()?).arg("--floor").arg(&list)));
            times[1].push(self.time(&mut self.build()));
            times[2].extend(has_ninja.then(|| self.time(&mut Ninja::command())));
        }
        let [mut floor, nothing, ninja_times] = times;
        floor.sort();
        self.floor = Some((floor[0], floor[floor.len() / 2]));
        self.row("floor", floor)?;
        self.row("nothing changed", nothing)?;
        if has_ninja {
            self.row("ninja: nothing changed", ninja_times)?;
        }
        let (_, memory) = peak_memory(&mut self.build(), self.root());
        writeln!(io::stdout(), "{:32} {:10.1} MB", "nothing changed: memory", megabytes(memory))
    }

    fn pairs(&self, runs: usize, edit: impl Fn()) -> Pairs {
        let build_after = |before: &dyn Fn()| self.after(before, &mut self.build());
        let pair = |_| {
            self.settle();
            (build_after(&|| ()), build_after(&edit))
        };
        (0..runs).map(pair).collect()
    }

    fn after(&self, before: impl Fn(), command: &mut Command) -> Duration {
        before();
        // An edit in the tick of the last build is found by reading, which is not what is measured.
        std::thread::sleep(Duration::from_millis(50));
        self.time(command)
    }

    fn build(&self) -> Command {
        let mut command = Command::new(&self.oast);
        command.args(["build", "--quiet", "--no-store", "--target", self.target]);
        if self.is_fake() {
            let fake = fake_compiler::command();
            command.env("CC", &fake).env("AR", &fake);
        }
        command
    }

    /// All inputs and outputs of `oast`, a path a line.
    fn list(&self) -> PathBuf {
        let mut paths = String::new();
        let mut folders = vec![self.root().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                if name.contains("ninja") || name == ".oast" {
                    continue;
                }
                if path.is_dir() {
                    folders.push(path);
                } else {
                    paths.extend([path.to_str().unwrap(), "\n"]);
                }
            }
        }
        let list = self.root().join(".oast/list");
        fs::write(&list, paths).unwrap();
        list
    }

    /// A source in the last package: nothing depends on it.
    fn source(&self) -> PathBuf {
        let (packages, modules) = (self.size.packages, self.size.modules_per_package);
        let path = self.size.file(ModuleId { package: packages - 1, module: modules / 2 });
        self.root().join(path.as_str().trim_start_matches('/'))
    }

    fn times(
        &self,
        runs: usize,
        before: impl Fn(),
        command: impl Fn() -> Command,
    ) -> Vec<Duration> {
        (0..runs).map(|_| self.after(&before, &mut command())).collect()
    }

    fn time(&self, command: &mut Command) -> Duration {
        time(command, self.root())
    }

    fn row(&self, what: &str, times: Vec<Duration>) -> io::Result<()> {
        writeln!(io::stdout(), "{}", self.told(what, times))
    }

    fn row_of(&self, what: &str, pairs: &[(Duration, Duration)]) -> io::Result<()> {
        let milliseconds = |(nothing, edited): &(Duration, Duration)| {
            (edited.as_secs_f64() - nothing.as_secs_f64()) * 1e3
        };
        let mut above: Vec<f64> = pairs.iter().map(milliseconds).collect();
        above.sort_by(f64::total_cmp);
        let row = self.told(what, pairs.iter().map(|(_, edited)| *edited).collect());
        writeln!(io::stdout(), "{row}   {:+10.2} ms", above[above.len() / 2])
    }

    fn told(&self, what: &str, mut times: Vec<Duration>) -> String {
        times.sort();
        let (least, median) = (times[0], times[times.len() / 2]);
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        let times =
            format!("{what:32} {:10.2} / {:10.2} ms", milliseconds(least), milliseconds(median));
        let ratios = self.floor.map(|floor| {
            let ratio = |time: Duration, floor: Duration| time.as_secs_f64() / floor.as_secs_f64();
            let (least, median) = (ratio(least, floor.0), ratio(median, floor.1));
            format!("   {least:8.2} / {median:8.2} × floor")
        });
        times + &ratios.unwrap_or_default()
    }
}

/// Gives the files of a list that have the extension a new time.
fn touch(list: &Path, extension: &str) {
    let now = SystemTime::now();
    let list = fs::read_to_string(list).unwrap();
    for path in list.lines().filter(|it| has_extension(it, extension)) {
        fs::File::options().append(true).open(path).unwrap().set_modified(now).unwrap();
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == extension)
}

fn megabytes(bytes: Option<u64>) -> f64 {
    bytes.map_or(f64::NAN, |bytes| f64::from((bytes >> 10) as u32) * 1024e-6)
}
