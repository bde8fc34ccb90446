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
//! - *nothing changed*, *a body edited*, *an interface edited*, *every file touched*: `oast build`, with a store of its own. What is edited is in
//!   the last package, which nothing imports, or else *of all*: the module that is imported most. What is touched are all inputs and all
//!   outputs;
//! - *nothing changed, after a pause*: an edit is followed by a pause, in which the machine turns to other things, and so is the build that it is
//!   compared with. The two take turns, too;
//! - with `c`, all of this for the target `c-11`, and `ninja` (where it is installed) on a `build.ninja` that compiles the same
//!   generated C: after each edit, `oast` builds, and then ninja, which has to compile the C that is other than it was. Where there are
//!   more than 1,000 modules, a program that copies takes the place of the C compiler and the archiver for both, since what is measured
//!   is what the two do beside compiling.
//!
//! Floor, nothing changed and ninja's take turns, so that what else the machine does befalls all of them. Memory is the most that a
//! process had at once, as `/proc` tells while it runs.
#![expect(clippy::disallowed_methods, reason = "the subject is processes and the disk")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

mod child;
mod fake_compiler;
mod ninja;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use oast_engine::testing::reference::{ModuleId, Reference, body_edit, interface_edit};

use crate::child::{peak_memory, time};

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

/// Asks about every path of a list, on all cores.
fn floor(list: &Path) -> io::Result<()> {
    let list = fs::read_to_string(list)?;
    let paths: Vec<&str> = list.lines().collect();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut shares = paths.chunks(paths.len().div_ceil(threads).max(1));
    let own = shares.next().unwrap_or_default();
    let ask = |paths: &[&str]| paths.iter().filter(|path| fs::metadata(path).is_ok()).count();
    let there: usize = std::thread::scope(|scope| {
        let others: Vec<_> = shares.map(|share| scope.spawn(move || ask(share))).collect();
        ask(own) + others.into_iter().map(|other| other.join().unwrap()).sum::<usize>()
    });
    assert_eq!(there, paths.len(), "everything is there");
    Ok(())
}

struct Bench {
    size: Reference,
    directory: tempfile::TempDir,
    /// Where the store is.
    home: tempfile::TempDir,
    target: &'static str,
    runs: usize,
    oast: PathBuf,
    /// Least and median.
    floor: Option<(Duration, Duration)>,
}

/// What builds with nothing to do took after a pause, and what each took that followed an edit and a pause.
type Pairs = Vec<(Duration, Duration)>;

/// Another text in place of a module's.
type Edit = fn(&str) -> String;

impl Bench {
    fn new(size: Reference, target: &'static str, runs: usize) -> Bench {
        let own = std::env::current_exe().unwrap();
        let oast = own.ancestors().nth(2).unwrap().join("oast");
        assert!(oast.is_file(), "`cargo build --release` makes {}", oast.display());
        let [directory, home] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for (path, text) in size.files() {
            let path = directory.path().join(path.as_str().trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Bench { size, directory, home, target, runs, oast, floor: None }
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
        let has_ninja = self.target == "c-11" && ninja::prepare(&self)?;
        self.unchanged(has_ninja)?;
        let (last, most_used) = (self.last(), self.most_used());
        let nothing = self.edited("a body edited", &last, body_edit, has_ninja)?;
        self.row("nothing changed, after a pause", nothing)?;
        self.edited("an interface edited", &last, interface_edit, has_ninja)?;
        self.edited("a body edited, of all", &most_used, body_edit, has_ninja)?;
        self.edited("an interface edited, of all", &most_used, interface_edit, has_ninja)?;
        let list = self.list();
        let touched = self.pairs(self.runs.min(5), || touch(&list, |_| true), || ());
        self.row_of("every file touched", &touched)?;
        if has_ninja { ninja::touched(&self) } else { Ok(()) }
    }

    /// Edits a module again and again; what builds took that had nothing to do.
    fn edited(
        &self,
        what: &str,
        module: &Path,
        edit: Edit,
        has_ninja: bool,
    ) -> io::Result<Vec<Duration>> {
        let ninja_times = RefCell::new(Vec::new());
        let edit = || fs::write(module, edit(&fs::read_to_string(module).unwrap())).unwrap();
        let compile = || {
            let time = has_ninja.then(|| self.time(&mut ninja::command()));
            ninja_times.borrow_mut().extend(time);
        };
        let pairs = self.pairs(self.runs, edit, compile);
        self.row_of(what, &pairs)?;
        if has_ninja {
            self.row(&format!("ninja: {what}"), ninja_times.into_inner())?;
        }
        Ok(pairs.into_iter().map(|(nothing, _)| nothing).collect())
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
            times[2].extend(has_ninja.then(|| self.time(&mut ninja::command())));
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

    /// Builds without and with an `edit` before, and does something `afterwards`.
    fn pairs(&self, runs: usize, edit: impl Fn(), afterwards: impl Fn()) -> Pairs {
        let build_after = |before: &dyn Fn()| self.after(before, &mut self.build());
        let pair = |_| {
            self.settle();
            let pair = (build_after(&|| ()), build_after(&edit));
            afterwards();
            pair
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
        command.args(["build", "--quiet", "--target", self.target]);
        command.env("OAST_HOME", self.home.path()).env_remove("OAST_STORE");
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
    fn last(&self) -> PathBuf {
        let (packages, modules) = (self.size.packages, self.size.modules_per_package);
        self.path_of(ModuleId { package: packages - 1, module: modules / 2 })
    }

    /// The source of the module that most others import.
    fn most_used(&self) -> PathBuf {
        let Reference { packages, modules_per_package, .. } = self.size;
        let mut users = HashMap::new();
        for package in 0..packages {
            for module in 0..modules_per_package {
                for import in self.size.imports(ModuleId { package, module }) {
                    *users.entry((import.package, import.module)).or_insert(0) += 1;
                }
            }
        }
        let most = users.into_iter().max_by_key(|(id, users): &(_, usize)| (*users, *id));
        let ((package, module), _) = most.unwrap();
        self.path_of(ModuleId { package, module })
    }

    fn path_of(&self, module: ModuleId) -> PathBuf {
        self.root().join(self.size.file(module).as_str().trim_start_matches('/'))
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

/// Gives the files of a list that are `wanted` a new time.
fn touch(list: &Path, wanted: impl Fn(&str) -> bool) {
    let now = SystemTime::now();
    let list = fs::read_to_string(list).unwrap();
    for path in list.lines().filter(|it| wanted(it)) {
        fs::File::options().append(true).open(path).unwrap().set_modified(now).unwrap();
    }
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == extension)
}

fn megabytes(bytes: Option<u64>) -> f64 {
    bytes.map_or(f64::NAN, |bytes| f64::from((bytes >> 10) as u32) * 1024e-6)
}
