//! What is built depends on what it is made of, whoever makes it, where, and with which variables set.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use expect_test::expect;

use crate::command_line::adversity::below;
use crate::command_line::place::{Outcome, Place};

/// A place with checkouts of the program `Hello`.
struct Ground {
    place: Place,
}

impl Ground {
    fn new(checkouts: &[&str]) -> Ground {
        let ground = Ground { place: Place::new() };
        for name in checkouts {
            assert_eq!(ground.place.oast(&["new", "Hello"]).code, Some(0));
            fs::rename(ground.path("Hello"), ground.path(name)).unwrap();
        }
        ground
    }

    fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    /// Builds a checkout for C with these variables set, and yields the last line that is said.
    fn build(&self, checkout: &str, variables: &[(&str, &str)]) -> String {
        let mut command = self.place.command(&["-C", checkout, "build", "--target", "c-11"]);
        command.envs(variables.iter().copied());
        let outcome = Outcome::of(&command.output().unwrap(), self.place.path());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.stderr.lines().last().unwrap_or_default().to_owned()
    }

    /// A file of a checkout that was made for C.
    fn made(&self, checkout: &str, file: &str) -> PathBuf {
        let folder = fs::read_dir(self.path(checkout).join("build")).unwrap().next().unwrap();
        folder.unwrap().path().join("c-11").join(file)
    }

    /// What was about to be put in the place of an output.
    fn temporaries(&self) -> Vec<PathBuf> {
        let mut all = Vec::new();
        below(self.place.path(), &mut all);
        all.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(".oast-"));
        all
    }

    fn script(&self, path: &str, text: &str) {
        self.place.write(path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `PATH` with a folder of the place in front.
    fn search_first(&self, folder: &str) -> String {
        format!("{}:{}", self.path(folder).display(), std::env::var("PATH").unwrap())
    }
}

fn contains(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

fn found_on_path(name: &str) -> String {
    let output = Command::new("sh").args(["-c", &format!("command -v {name}")]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

const FRESH: &str = "1 package, 1 module: 0 compiled, 1 reused, [TIME]";
const ANEW: &str = "1 package, 1 module: 1 compiled, 0 reused, [TIME]";

#[test]
fn variables_that_nobody_declares_reach_no_compiler() {
    let ground = Ground::new(&["first", "second", "third"]);
    ground.place.write("include/stdint.h", "#error \"undeclared\"\n");
    ground.script("bin/as", "exit 1");
    ground.script("bin/ld", "exit 1");
    let (talk, include) = (ground.path("talk"), ground.path("include"));
    let (talk, include) = (talk.to_str().unwrap(), include.to_str().unwrap());
    let bin = ground.path("bin");
    let variables = [
        ("LD_RUN_PATH", "/evil/path"),
        ("DEPENDENCIES_OUTPUT", talk),
        ("CPATH", include),
        ("C_INCLUDE_PATH", include),
        ("COMPILER_PATH", bin.to_str().unwrap()),
        ("LIBRARY_PATH", "/evil/path"),
        ("SOURCE_DATE_EPOCH", "1"),
        ("LANG", "de_DE.UTF-8"),
        ("LC_ALL", "de_DE.UTF-8"),
    ];
    assert_eq!(ground.build("first", &variables), ANEW);
    assert_eq!(ground.build("first", &[]), FRESH, "the variables count for nothing");
    ground.build("second", &[]);
    ground.build("third", &[("OAST_STORE", "off")]);
    assert!(!Path::new(talk).exists());
    let programs = ["first", "second", "third"].map(|it| ground.made(it, "Hello.bin"));
    for program in &programs {
        assert!(!contains(program, "/evil/path"), "{}", program.display());
        assert!(fs::read(program).unwrap() == fs::read(&programs[2]).unwrap());
    }
}

#[test]
fn a_program_that_is_run_and_the_python_that_runs_it_see_the_variables_of_the_user() {
    let ground = Ground::new(&["hello"]);
    let question = "if [ \"$1\" = -c ]; then [ -n \"$GREETING\" ] && echo 3.12.0 || echo 3.0.0";
    ground.script("python", &format!("{question}; else echo \"$GREETING\"; fi"));
    let mut command = ground.place.command(&["-C", "hello", "run"]);
    command.env("PYTHON", ground.path("python")).env("GREETING", "good day");
    let outcome = Outcome::of(&command.output().unwrap(), ground.place.path());
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "good day\n"), "{outcome:?}");
}

#[test]
fn another_assembler_or_linker_is_another_toolchain_wherever_it_is() {
    let ground = Ground::new(&["first", "second"]);
    let of_the_compiler = |name: &str| {
        let output =
            Command::new("cc").arg(format!("-print-prog-name={name}")).output().unwrap().stdout;
        String::from_utf8(output).unwrap().trim().to_owned()
    };
    if of_the_compiler("as") != "as" || of_the_compiler("ld") != "ld" {
        let what = "the C compiler has an assembler and a linker of its own";
        _ = writeln!(std::io::stderr(), "SKIPPED: another assembler: {what}");
        return;
    }
    let (assembler, linker) = (found_on_path("as"), found_on_path("ld"));
    for folder in ["one", "other"] {
        let script = format!("exec '{assembler}' --defsym STRANGE=1 \"$@\"");
        ground.script(&format!("{folder}/as"), &script);
    }
    let (one, other) = (ground.search_first("one"), ground.search_first("other"));
    let (one, other) = ([("PATH", &*one)], [("PATH", &*other)]);
    let is_strange = |checkout| contains(&ground.made(checkout, "Hello/Main.o"), "STRANGE");
    assert_eq!(ground.build("first", &one), ANEW);
    assert!(is_strange("first"));
    assert_eq!(ground.build("first", &one), FRESH);
    assert_eq!(ground.build("first", &other), FRESH, "it is the same at another place");
    assert_eq!(ground.build("first", &[]), ANEW);
    assert!(!is_strange("first"));
    ground.build("second", &other);
    assert!(is_strange("second"));
    // A linker that appears before the one that was found.
    assert_eq!(ground.build("second", &other), FRESH);
    ground.script("other/ld", &format!("exec '{linker}' --defsym ODD=1 \"$@\""));
    ground.build("second", &other);
    assert!(contains(&ground.made("second", "Hello.bin"), "ODD"));
}

#[test]
fn headers_of_the_system_are_inputs() {
    let ground = Ground::new(&["hello"]);
    let system = ground.path("system");
    fs::create_dir(&system).unwrap();
    let compiler = format!("cc -isystem '{}'", system.display());
    let build = || ground.build("hello", &[("CC", &compiler)]);
    let header = |value: u8| {
        let text = format!("#include_next <time.h>\n#define STRANGE {value}\n");
        ground.place.write("system/time.h", &text);
    };
    assert_eq!(build(), ANEW);
    assert_eq!(build(), FRESH);
    header(1);
    assert_eq!(build(), ANEW, "one appears in the place of another");
    assert_eq!(build(), FRESH);
    header(2);
    assert_eq!(build(), ANEW, "one has changed");
    header(2);
    assert_eq!(build(), FRESH, "what is in it is the same");
    header(1);
    // It was made of these before.
    assert_eq!(build(), FRESH, "nothing has to be compiled that the store has");
}

#[test]
fn what_is_optimised_at_link_time_can_be_made_again() {
    let ground = Ground::new(&[]);
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/oats-packages");
    for (copy, target) in [("a", "a/target/app"), ("further/away", "further/away/target/app")] {
        fs::create_dir_all(ground.path(copy)).unwrap();
        for package in ["app", "common", "utils"] {
            let from = project.join(package);
            let copied = Command::new("cp").arg("-r").arg(from).arg(ground.path(copy)).status();
            assert!(copied.unwrap().success());
        }
        let directory = format!("{copy}/app");
        let mut command = ground.place.named("toasty", &["build", "--lto", "thin"]);
        command.current_dir(ground.path(&directory)).env("OAST_HOME", ground.path("home"));
        if copy != "a" {
            command.env("OAST_STORE", "off");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}, {target}");
    }
    let program = |copy: &str| fs::read(ground.path(copy).join("app/target/app")).unwrap();
    assert!(program("a") == program("further/away"), "the program depends on its place");
    let mut verify = ground.place.command(&["store", "verify", "--sample", "99"]);
    let output = verify.env("OAST_HOME", ground.path("home")).output().unwrap();
    let outcome = Outcome::of(&output, ground.place.path());
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    expect!["14 the same, 0 different, 0 skipped\n"].assert_eq(&said);
}

#[test]
fn a_program_that_cannot_be_executed_any_more_is_put_back() {
    for switch in ["on", "off"] {
        let ground = Ground::new(&["hello"]);
        let variables = [("OAST_STORE", switch)];
        ground.build("hello", &variables);
        let program = ground.made("hello", "Hello.bin");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let before = mode(&program);
        fs::set_permissions(&program, fs::Permissions::from_mode(before & !0o111)).unwrap();
        ground.build("hello", &variables);
        assert_eq!(mode(&program), before, "store {switch}");
        assert_eq!(ground.build("hello", &variables), FRESH);
        // A copy that knows of no modes.
        let mut copy = Command::new("cp");
        copy.args(["-r", "--no-preserve=mode", "hello", "copy"]).current_dir(ground.place.path());
        assert!(copy.status().unwrap().success());
        let mut run = ground.place.command(&["-C", "copy", "run", "--target", "c-11"]);
        let outcome = Outcome::of(&run.env("OAST_STORE", switch).output().unwrap(), Path::new("/"));
        assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "Hello, world!\n"), "{outcome:?}");
    }
}

#[test]
fn what_stands_in_the_place_of_an_output_gives_way_unless_something_is_in_it() {
    let ground = Ground::new(&["hello"]);
    ground.build("hello", &[]);
    let run = || ground.place.oast(&["-C", "hello", "run", "--target", "c-11"]);
    for file in ["Hello.bin", "Hello/Main.c", "Hello/Main.o"] {
        let path = ground.made("hello", file);
        let right = fs::read(&path).unwrap();
        let remove = || fs::remove_file(&path).unwrap();
        for stand_in in ["a directory", "a link to a directory", "a link to nothing"] {
            remove();
            match stand_in {
                "a directory" => fs::create_dir(&path).unwrap(),
                "a link to nothing" => symlink("nowhere", &path).unwrap(),
                _ => symlink(ground.path("hello"), &path).unwrap(),
            }
            assert_eq!(run().stdout, "Hello, world!\n", "{stand_in} at {file}");
            assert!(fs::symlink_metadata(&path).unwrap().is_file(), "{stand_in} at {file}");
            assert!(fs::read(&path).unwrap() == right, "{stand_in} at {file}");
            assert_eq!(ground.temporaries(), Vec::<PathBuf>::new(), "{stand_in} at {file}");
        }
        remove();
        fs::create_dir(&path).unwrap();
        fs::write(path.join("mine"), "").unwrap();
        let outcome = run();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let place = path.strip_prefix(ground.place.path()).unwrap().display().to_string();
        assert!(outcome.stderr.contains(&format!("cannot remove `[DIR]/{place}`")), "{outcome:?}");
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(run().stdout, "Hello, world!\n");
    }
    assert!(ground.path("hello/project.toml").exists());
}

#[test]
fn what_one_checkout_has_found_out_another_need_not() {
    let ground = Ground::new(&[]);
    let packages = "[packages]\nBase = { path = \"Base\" }\nMid = { path = \"Mid\" }\n";
    let files = [
        ("project.toml", packages),
        ("Base/BasePackage.toml", "[package]\nversion = \"1.0.0\"\n"),
        ("Base/src/Num.oct", "public one : Int = 1;\n"),
        ("Mid/MidPackage.toml", "[package]\nversion = \"1.0.0\"\n[dependencies]\nBase = \"1\"\n"),
        ("Mid/src/Use.oct", "import Base/Num as Num;\npublic two : Int = add Num/one 1;\n"),
    ];
    let later = "public one : Int = 1;\npublic extra : Int = 9;\n";
    for (path, text) in files {
        ground.place.write(&format!("first/{path}"), text);
        let text = if path.ends_with("Num.oct") { later } else { text };
        ground.place.write(&format!("second/{path}"), text);
    }
    ground.build("first", &[]);
    // What `Mid` uses of `Base` is the same, and nothing of `Mid` is made again; but it can see more than before.
    ground.place.write("first/Base/src/Num.oct", later);
    assert!(ground.build("first", &[]).contains("1 compiled"));
    let said = ground.build("second", &[]);
    assert!(said.contains("0 compiled"), "{said}");
    // And as long as one of them is there, it stays so.
    assert_eq!(ground.place.oast(&["store", "gc", "--quota", "0"]).code, Some(0));
    for file in [".oast", "build"] {
        fs::remove_dir_all(ground.path("second").join(file)).unwrap();
    }
    let said = ground.build("second", &[]);
    assert!(said.contains("0 compiled"), "{said}");
}

#[test]
fn what_a_killed_build_was_about_to_put_in_place_goes_with_the_next() {
    let ground = Ground::new(&["hello"]);
    ground.build("hello", &[]);
    fs::write(ground.made("hello", "Hello/.oast-1-1.tmp"), "half of it").unwrap();
    fs::write(ground.path("hello/.oast/packages/unfinished"), "").unwrap();
    assert_eq!(ground.temporaries().len(), 1);
    ground.build("hello", &[]);
    assert_eq!(ground.temporaries(), Vec::<PathBuf>::new());
}

#[test]
fn what_a_running_build_has_taken_from_the_store_stays_there() {
    let ground = Ground::new(&["one", "two"]);
    // A compiler that waits, with one of the sources, until it may go on.
    let (cc, go) = (ground.path("waiting"), ground.path("go"));
    let waits = "for _ in $(seq 600); do [ -e \"$go\" ] || sleep 0.1; done";
    let script =
        format!("go='{}'\ncase \"$*\" in *Slow.c*) {waits};; esac\nexec cc \"$@\"", go.display());
    ground.script("waiting", &script);
    ground.place.write("go", "");
    let variables = [("CC", cc.to_str().unwrap())];
    ground.build("one", &variables);
    ground.place.write("two/Hello/src/Slow.oct", "slow : Int = 1;\n");
    fs::remove_file(&go).unwrap();
    let mut build = ground.place.command(&["-C", "two", "build", "--target", "c-11"]);
    let mut build = build.envs(variables).spawn().unwrap();
    let main = ground.path("two");
    let is_restored = || {
        let mut all = Vec::new();
        below(&main, &mut all);
        all.iter().any(|it| it.ends_with("Hello/Main.o"))
    };
    while !is_restored() {
        assert_eq!(build.try_wait().unwrap(), None);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    // Nobody but the build that runs holds what the first one made.
    fs::remove_dir_all(ground.path("one")).unwrap();
    assert_eq!(ground.place.oast(&["store", "gc", "--quota", "0"]).code, Some(0));
    ground.place.write("go", "");
    assert!(build.wait().unwrap().success());
    fs::remove_dir_all(ground.path("two/build")).unwrap();
    let said = ground.build("two", &variables);
    assert!(said.contains("0 compiled"), "{said}");
}

#[test]
fn a_home_that_is_no_absolute_path_is_an_error() {
    let ground = Ground::new(&["hello"]);
    let homes = [
        (OsStr::new("somewhere"), "an absolute path, and `somewhere` is none"),
        (OsStr::from_bytes(b"/\xff"), "UTF-8, and `/\u{fffd}` is not"),
    ];
    for (home, said) in homes {
        for arguments in [&["-C", "hello", "build"][..], &["store", "path"]] {
            let mut command = ground.place.command(arguments);
            let output = command.env("OAST_HOME", home).output().unwrap();
            let outcome = Outcome::of(&output, ground.place.path());
            let expected = format!("error: `OAST_HOME` must be {said}\n");
            assert_eq!((outcome.code, outcome.stderr), (Some(1), expected));
        }
    }
}
