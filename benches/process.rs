//! Speed of the program `oast` as a process of its own, on a reference workspace on the disk, beside two others that do what a build of
//! an unchanged tree cannot do without, or what it is measured against.
//!
//!     cargo build --release
//!     cargo bench --bench process -- [packages] [modules per package] [runs] [c]
//!
//! The defaults are 10, 100 and 5. What is measured, each as the least and the median of the runs and as a ratio to the floor:
//!
//! - *floor*: a process that asks the file system once about every input and every promised output, on as many threads as there are
//!   cores, and does nothing else;
//! - *nothing changed*, *one body edited*, *one interface edited*, *every source touched*: `oast build`;
//! - with `c`, all of this for the target `c-11`, and `ninja` (where it is installed) on a `build.ninja` that compiles the same
//!   generated C.
#![expect(clippy::disallowed_methods, reason = "the subject is processes and the disk")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use oast_engine::testing::reference::{Reference, body_edit, interface_edit};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, list] = &*arguments
        && flag == "--floor"
    {
        return floor(Path::new(list));
    }
    if let [flag, directory, packages, modules] = &*arguments
        && flag == "--make"
    {
        let (packages, modules) = (packages.parse().unwrap(), modules.parse().unwrap());
        let size = Reference { packages, modules_per_package: modules, seed: 0 };
        write_tree(size, Path::new(directory));
        return Ok(());
    }
    let numbers: Vec<usize> = arguments.iter().filter_map(|it| it.parse().ok()).collect();
    let number = |n: usize, default| numbers.get(n).copied().unwrap_or(default);
    let size = Reference { packages: number(0, 10), modules_per_package: number(1, 100), seed: 0 };
    let target = if arguments.iter().any(|it| it == "c") { "c-11" } else { "python-3" };
    Bench::new(size, target, number(2, 5)).run()
}

fn write_tree(size: Reference, directory: &Path) {
    for (path, text) in size.files() {
        let path = directory.join(path.as_str().trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
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
    floor: Option<Duration>,
}

impl Bench {
    fn new(size: Reference, target: &'static str, runs: usize) -> Bench {
        let own = std::env::current_exe().unwrap();
        let oast = own.ancestors().nth(2).unwrap().join("oast");
        assert!(oast.is_file(), "`cargo build --release` makes {}", oast.display());
        let directory = tempfile::tempdir().unwrap();
        write_tree(size, directory.path());
        Bench { size, directory, target, runs, oast, floor: None }
    }

    fn run(mut self) -> io::Result<()> {
        let modules = self.size.packages * self.size.modules_per_package;
        writeln!(io::stdout(), "{modules} modules, {}, {} runs", self.target, self.runs)?;
        let cold = self.time(&mut self.build());
        self.row("cold", &[cold])?;
        // What was written a moment ago is looked at more closely once.
        std::thread::sleep(Duration::from_millis(50));
        self.time(&mut self.build());
        let list = self.list();
        let mut ask = Command::new(std::env::current_exe()?);
        ask.arg("--floor").arg(&list);
        let floor = self.times(|_| (), || ask_again(&ask));
        self.floor = Some(floor[floor.len() / 2]);
        self.row("floor", &floor)?;
        let nothing = self.times(|_| (), || self.build());
        self.row("nothing changed", &nothing)?;
        let edited = self.source();
        for (what, edit) in [
            ("one body edited", body_edit as fn(&str) -> String),
            ("one interface edited", interface_edit),
        ] {
            let times = self.times(
                |_| fs::write(&edited, edit(&fs::read_to_string(&edited).unwrap())).unwrap(),
                || self.build(),
            );
            self.row(what, &times)?;
        }
        let touched = self.times(|_| Bench::touch(&list), || self.build());
        self.row("every source touched", &touched)?;
        if self.target == "c-11" { self.ninja() } else { Ok(()) }
    }

    fn build(&self) -> Command {
        let mut command = Command::new(&self.oast);
        command.args(["build", "--quiet", "--no-store", "--target", self.target]);
        command
    }

    /// All inputs and outputs, a path a line.
    fn list(&self) -> PathBuf {
        let mut paths = String::new();
        let mut folders = vec![self.directory.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && path.file_name().unwrap() != ".oast" {
                    folders.push(path);
                } else if path.is_file() {
                    paths.extend([path.to_str().unwrap(), "\n"]);
                }
            }
        }
        let list = self.directory.path().join(".oast/list");
        fs::write(&list, paths).unwrap();
        list
    }

    /// A source in the last package: nothing depends on it.
    fn source(&self) -> PathBuf {
        let id = oast_engine::testing::reference::ModuleId {
            package: self.size.packages - 1,
            module: self.size.modules_per_package / 2,
        };
        let path = self.size.file(id);
        self.directory.path().join(path.as_str().trim_start_matches('/'))
    }

    fn touch(list: &Path) {
        let now = SystemTime::now();
        for path in fs::read_to_string(list).unwrap().lines().filter(|it| has_extension(it, "oct"))
        {
            fs::File::options().append(true).open(path).unwrap().set_modified(now).unwrap();
        }
    }

    fn times(&self, before: impl Fn(&Bench), command: impl Fn() -> Command) -> Vec<Duration> {
        let mut times: Vec<Duration> = (0..self.runs)
            .map(|_| {
                before(self);
                // An edit in the tick of the last build is found by reading, which is not what is measured.
                std::thread::sleep(Duration::from_millis(50));
                self.time(&mut command())
            })
            .collect();
        times.sort();
        times
    }

    fn time(&self, command: &mut Command) -> Duration {
        let started = Instant::now();
        let status = command.current_dir(self.directory.path()).stdout(Stdio::null()).status();
        assert!(status.unwrap().success(), "{command:?}");
        started.elapsed()
    }

    fn row(&self, what: &str, times: &[Duration]) -> io::Result<()> {
        let (least, median) = (times[0], times[times.len() / 2]);
        let ratio = self.floor.map(|floor| median.as_secs_f64() / floor.as_secs_f64());
        let ratio = ratio.map(|ratio| format!("{ratio:8.2} × floor")).unwrap_or_default();
        let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
        writeln!(
            io::stdout(),
            "{what:32} {:10.2} ms {:10.2} ms {ratio}",
            milliseconds(least),
            milliseconds(median)
        )
    }

    /// `ninja` on the same generated C.
    fn ninja(&self) -> io::Result<()> {
        if Command::new("ninja").arg("--version").stdout(Stdio::null()).status().is_err() {
            return writeln!(io::stdout(), "ninja is not installed");
        }
        let list = fs::read_to_string(self.directory.path().join(".oast/list"))?;
        let sources: Vec<&str> = list.lines().filter(|it| has_extension(it, "c")).collect();
        let include = self.folder();
        let mut file = format!(
            "rule cc\n  command = cc -std=c11 -O0 -I{} -c $in -o $out\nrule link\n  command = cc -o $out @$out.rsp -lm -pthread\n  rspfile = $out.rsp\n  rspfile_content = $in\n",
            include.display()
        );
        for source in &sources {
            file.extend(["build ", source, ".ninja.o: cc ", source, "\n"]);
        }
        file.push_str("build program.ninja: link");
        sources.iter().for_each(|source| file.extend([" ", source, ".ninja.o"]));
        fs::write(self.directory.path().join("build.ninja"), file + "\n")?;
        let ninja = || {
            let mut command = Command::new("ninja");
            command.arg("--quiet");
            command
        };
        let cold = self.time(&mut ninja());
        self.row("ninja: cold", &[cold])?;
        self.row("ninja: nothing changed", &self.times(|_| (), ninja))?;
        let edited =
            sources.iter().find(|it| it.contains("/m") || it.contains("/M")).unwrap_or(&sources[0]);
        let edit = |_: &Bench| {
            let mut file = fs::File::options().append(true).open(edited).unwrap();
            file.write_all(b"\n").unwrap();
        };
        self.row("ninja: one source edited", &self.times(edit, ninja))
    }

    fn folder(&self) -> PathBuf {
        let build = self.directory.path().join("build");
        let compiler = fs::read_dir(build).unwrap().next().unwrap().unwrap().path();
        compiler.join("c-11")
    }
}

fn ask_again(command: &Command) -> Command {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    again
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == extension)
}
