//! Builds with a store, by the program itself.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use oast_engine::testing::Random;
use serde_json::Value;

use crate::command_line::place::{Outcome, Place};

/// A place with the program `Hello`, and a C compiler that writes down what it compiles.
pub(super) struct World {
    pub(super) place: Place,
}

impl World {
    /// `before` is what the compiler does first, in the language of the shell.
    pub(super) fn new(before: &str) -> World {
        let place = Place::new();
        assert_eq!(place.oast(&["new", "Hello"]).code, Some(0));
        let world = World { place };
        let (compiler, log) = (world.path("cc"), world.path("log"));
        let log = log.display();
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in *' -c '*) {before}\necho \"$*\" >> '{log}';; esac\nexec cc \"$@\"\n"
        );
        fs::write(&compiler, script).unwrap();
        fs::set_permissions(&compiler, fs::Permissions::from_mode(0o755)).unwrap();
        world
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.place.command(arguments);
        command.env("CC", self.path("cc"));
        command
    }

    pub(super) fn build(&self, directory: &str) -> Outcome {
        let mut command = self.command(&["-C", directory, "build", "--target", "c-11"]);
        let outcome = Outcome::of(&command.output().unwrap(), self.place.path());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome
    }

    fn start(&self, directory: &str) -> Child {
        let mut command = self.command(&["-C", directory, "build", "--target", "c-11"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// What was compiled since the last call.
    pub(super) fn compiled(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        _ = fs::remove_file(self.path("log"));
        let source = |line: &str| {
            line.split(' ')
                .find(|it| Path::new(it).extension().is_some_and(|it| it == "c"))
                .unwrap()
                .to_owned()
        };
        let mut compiled: Vec<String> = text.lines().map(source).collect();
        compiled.sort();
        compiled
    }

    pub(super) fn copy(&self, from: &str, to: &str) {
        copy_sources(&self.path(from), &self.path(to));
    }

    pub(super) fn store(&self, arguments: &[&str]) -> Value {
        let words: Vec<&str> = ["store", "--json"].into_iter().chain(arguments.to_vec()).collect();
        let output = self.command(&words).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
    }

    /// Nothing is wrong with the store.
    #[track_caller]
    fn check_store(&self) {
        assert_eq!(self.store(&["doctor"])["faults"], serde_json::json!([]));
    }

    /// Says how large the store may be.
    fn set_quota(&self, quota: &str) {
        let home = PathBuf::from(self.store(&["path"])["path"].as_str().unwrap());
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("config.toml"), format!("[store]\nquota = \"{quota}\"\n")).unwrap();
    }
}

/// A second checkout: all but what was built.
pub(super) fn copy_sources(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        if path.is_dir() && name != "build" && name != ".oast" {
            copy_sources(&path, &to.join(name));
        } else if path.is_file() {
            fs::copy(&path, to.join(name)).unwrap();
        }
    }
}

fn program(world: &World, directory: &str) -> Vec<u8> {
    let folder = fs::read_dir(world.path(directory).join("build")).unwrap().next().unwrap();
    fs::read(folder.unwrap().path().join("c-11/Hello.bin")).unwrap()
}

#[test]
fn a_second_checkout_compiles_nothing() {
    let world = World::new("");
    world.build("Hello");
    assert_ne!(world.compiled(), Vec::<String>::new());
    world.copy("Hello", "elsewhere/at/another/depth");
    let outcome = world.build("elsewhere/at/another/depth");
    assert_eq!(world.compiled(), Vec::<String>::new());
    assert_eq!(outcome.stderr.lines().count(), 1, "no step was done: {}", outcome.stderr);
    assert_eq!(program(&world, "Hello"), program(&world, "elsewhere/at/another/depth"));
    // So does the same checkout at another place.
    fs::rename(world.path("Hello"), world.path("Moved")).unwrap();
    world.build("Moved");
    assert_eq!(world.compiled(), Vec::<String>::new());
}

#[test]
fn an_edit_and_its_undoing_compile_once() {
    let world = World::new("");
    world.build("Hello");
    world.compiled();
    let source = world.path("Hello/Hello/src/Main.oct");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("world", "moon")).unwrap();
    world.build("Hello");
    assert_ne!(world.compiled(), Vec::<String>::new());
    fs::write(&source, text).unwrap();
    world.build("Hello");
    assert_eq!(world.compiled(), Vec::<String>::new());
}

#[test]
fn a_lost_or_edited_output_comes_from_the_store() {
    let world = World::new("");
    world.build("Hello");
    world.compiled();
    let built = program(&world, "Hello");
    let folder = fs::read_dir(world.path("Hello/build")).unwrap().next().unwrap().unwrap().path();
    fs::remove_file(folder.join("c-11/Hello/Main.o")).unwrap();
    fs::write(folder.join("c-11/Hello.bin"), "edited").unwrap();
    let outcome = world.build("Hello");
    assert_eq!((world.compiled(), outcome.stderr.lines().count()), (vec![], 1), "{outcome:?}");
    assert!(folder.join("c-11/Hello/Main.o").exists());
    assert_eq!(program(&world, "Hello"), built);
    assert!(
        world
            .command(&["-C", "Hello", "run", "--target", "c-11"])
            .output()
            .unwrap()
            .status
            .success()
    );
}

#[test]
fn warnings_are_told_again_when_a_result_comes_from_the_store() {
    let world = World::new("case \"$*\" in *Main.c*) echo 'Main.c: a warning' >&2;; esac;");
    assert!(world.build("Hello").stderr.contains("Main.c: a warning"));
    world.copy("Hello", "again");
    let outcome = world.build("again");
    assert!(outcome.stderr.contains("Main.c: a warning"), "{}", outcome.stderr);
}

#[test]
fn the_store_is_not_needed() {
    let world = World::new("");
    let mut command = world.command(&["-C", "Hello", "build", "--target", "c-11"]);
    for name in ["OAST_HOME", "HOME", "XDG_DATA_HOME", "LOCALAPPDATA"] {
        command.env_remove(name);
    }
    let outcome = Outcome::of(&command.output().unwrap(), world.place.path());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let notes = outcome.stderr.lines().filter(|line| line.starts_with("note: "));
    let notes: Vec<&str> = notes.collect();
    assert_eq!(notes.len(), 1, "{}", outcome.stderr);
    assert!(notes[0].contains("building without the store: there is no place for"), "{notes:?}");
    // Where a file stands in the way of the store.
    world.copy("Hello", "again");
    let mut command = world.command(&["-C", "again", "build", "--target", "c-11"]);
    command.env("OAST_HOME", world.path("cc"));
    let outcome = Outcome::of(&command.output().unwrap(), world.place.path());
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.stderr.contains("note: building without the store: cannot make `[DIR]/cc`"));
}

#[test]
fn the_store_can_be_switched_off() {
    let world = World::new("");
    let mut command = world.command(&["-C", "Hello", "build", "--target", "c-11"]);
    command.env("OAST_STORE", "off").output().unwrap();
    world.command(&["-C", "Hello", "build", "--target", "c-11", "--no-store"]).output().unwrap();
    assert_eq!(world.store(&["status"])["files"], 0);
}

#[test]
fn a_store_that_cannot_be_written_is_used_all_the_same() {
    let world = World::new("");
    world.build("Hello");
    world.compiled();
    let home = world.store(&["path"])["path"].as_str().unwrap().to_owned();
    let all =
        [home.clone(), format!("{home}/cas"), format!("{home}/locks"), format!("{home}/running")];
    let protect = |mode| {
        for path in &all {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    protect(0o555);
    let is_refused = fs::write(format!("{home}/probe"), "").is_err();
    if is_refused {
        world.copy("Hello", "again");
        let outcome = world.build("again");
        assert_eq!(world.compiled(), Vec::<String>::new(), "{outcome:?}");
        assert_eq!(world.store(&["status"])["read_only"], true);
    }
    protect(0o755);
    assert!(is_refused || is_root(), "who may write everything sees no difference");
}

pub(super) fn is_root() -> bool {
    Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n")
}

#[test]
fn two_processes_do_not_compile_the_same_thing_at_once() {
    let world = World::new("sleep 0.2;");
    world.copy("Hello", "again");
    let children = [world.start("Hello"), world.start("again")];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let compiled = world.compiled();
    let mut once = compiled.clone();
    once.dedup();
    assert_eq!(compiled, once);
    assert_eq!(program(&world, "Hello"), program(&world, "again"));
    world.check_store();
}

#[test]
fn who_waits_for_a_process_that_is_killed_goes_on() {
    let place = Place::new();
    let began = place.path().join("began");
    let hang = format!("if mkdir '{}' 2>/dev/null; then sleep 20; fi;", began.display());
    let world =
        World::new(&format!("case \"$*\" in *Main.c*) {};; esac;", hang.trim_end_matches(';')));
    world.copy("Hello", "again");
    let mut first = world.start("Hello");
    let deadline = Instant::now() + Duration::from_mins(1);
    while !began.exists() {
        assert!(Instant::now() < deadline, "the first build compiles something");
        thread::sleep(Duration::from_millis(10));
    }
    let mut second = world.start("again");
    thread::sleep(Duration::from_millis(300));
    assert!(second.try_wait().unwrap().is_none(), "it waits for the first");
    first.kill().unwrap();
    first.wait().unwrap();
    assert!(second.wait().unwrap().success());
    // It was there before the first was killed. The next notices.
    greet(&world, "next", 0);
    world.build("next");
    world.check_store();
}

/// How often builds are killed.
const ROUNDS: usize = 100;

/// A compiler that takes no time: an object is its source.
const QUICK: &str = r#"#!/bin/sh
case "$*" in --version) echo 'quick 1.0'; exit;; esac
while [ $# -gt 0 ]; do
    case "$1" in
        -c) source=$2; echo "$source" >> 'LOG'; shift;;
        -o) output=$2; shift;;
        -*) ;;
        *) source="$source $1";;
    esac
    shift
done
cat $source > "$output"
"#;

/// `Hello`, made to greet a round, and so not what any other round builds.
fn greet(world: &World, directory: &str, round: usize) {
    if !world.path(directory).exists() {
        world.copy("Hello", directory);
    }
    let text = fs::read_to_string(world.path("Hello/Hello/src/Main.oct")).unwrap();
    assert!(text.contains("world"));
    let source = world.path(&format!("{directory}/Hello/src/Main.oct"));
    fs::write(source, text.replace("world", &format!("round {round}"))).unwrap();
}

/// Trees in which builds are killed, and what was built there to the end.
struct Victims {
    world: World,
    home: PathBuf,
    random: Random,
    /// How long the builds of a round take that nobody kills.
    usual: Duration,
    /// In how many rounds somebody was killed who had a lease.
    left: usize,
}

/// Two of the same files, which wait for each other, and one of others.
const TREES: [&str; 3] = ["a", "b", "c"];

impl Victims {
    fn new(seed: u64) -> Victims {
        let world = World::new("");
        let script = QUICK.replace("LOG", world.path("log").to_str().unwrap());
        fs::write(world.path("cc"), script).unwrap();
        let home = world.store(&["path"])["path"].as_str().unwrap().into();
        let mut victims =
            Victims { world, home, random: Random(seed), usual: Duration::ZERO, left: 0 };
        victims.world.store(&["view"]);
        // The second time the run-time support is there.
        for first in [1_000_000, 2_000_000] {
            let begun = Instant::now();
            for (_, mut child) in victims.start(first) {
                assert!(child.wait().unwrap().success());
            }
            victims.usual = begun.elapsed();
        }
        victims
    }

    /// Starts builds of edited trees; with each what it greets.
    fn start(&self, first: usize) -> Vec<(usize, Child)> {
        let greeted = [first, first, first + 1];
        TREES.iter().zip(greeted).for_each(|(tree, text)| greet(&self.world, tree, text));
        TREES.iter().zip(greeted).map(|(tree, text)| (text, self.world.start(tree))).collect()
    }

    fn leases(&self) -> usize {
        fs::read_dir(self.home.join("running")).unwrap().count()
    }

    /// Kills all of the builds, or all but one, at a random moment; yields what those greeted that came to their ends.
    fn kill(&mut self, mut builds: Vec<(usize, Child)>) -> Vec<usize> {
        let mut longest = self.usual;
        if self.random.below(2) == 0 {
            // However busy the machine is: not before one of them has a lease.
            let has_begun = || 0 < self.leases();
            let mut run = || builds.iter_mut().any(|(_, it)| it.try_wait().unwrap().is_none());
            while !has_begun() && run() {
                thread::sleep(Duration::from_millis(1));
            }
            longest /= 4;
        }
        thread::sleep(longest * self.random.below(1_000) as u32 / 1_000);
        let mut spared = self.random.below(builds.len() + 1);
        let (mut ended, mut waiting) = (Vec::new(), Vec::new());
        for (text, mut child) in builds {
            if spared != 0 {
                child.kill().unwrap();
            }
            spared = spared.wrapping_sub(1);
            waiting.push((text, child));
        }
        for (text, mut child) in waiting {
            if child.wait().unwrap().success() {
                ended.push(text);
            }
        }
        ended
    }

    /// Builds are killed, every third time also one that finds those; then one is built to its end, and nothing is wrong any more.
    /// Yields what those greeted that were to be killed and came to their ends.
    fn round(&mut self, round: usize) -> Vec<usize> {
        let builds = self.start(10 * round);
        let mut ended = self.kill(builds);
        self.left += usize::from(0 < self.leases());
        if round.is_multiple_of(3) {
            greet(&self.world, "d", 10 * round + 2);
            let build = vec![(10 * round + 2, self.world.start("d"))];
            ended.extend(self.kill(build));
        }
        greet(&self.world, "e", 10 * round + 3);
        self.world.build("e");
        self.world.check_store();
        ended
    }

    /// What was acknowledged is there: in another tree nothing has to be done.
    fn check(&self, text: usize) {
        greet(&self.world, "other", text);
        let outcome = self.world.build("other");
        let steps = outcome.stderr.lines().filter(|line| !line.starts_with("note: "));
        assert_eq!(steps.count(), 1, "round {text} was acknowledged: {}", outcome.stderr);
    }
}

#[test]
fn killed_builds_lose_nothing_that_was_acknowledged() {
    let mut victims = Victims::new(0x4b11);
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        acknowledged.extend(victims.round(round));
    }
    assert!(ROUNDS / 10 < victims.left, "{} rounds left something", victims.left);
    assert!(ROUNDS / 2 < acknowledged.len(), "{}", acknowledged.len());
    acknowledged.into_iter().for_each(|text| victims.check(text));
    victims.world.check_store();
}

#[test]
fn killed_builds_that_make_room_lose_nothing_that_is_held() {
    let mut victims = Victims::new(0x4b13);
    victims.world.set_quota("1 kB");
    for round in 0..ROUNDS / 3 {
        let ended = victims.round(round);
        // What the last builds of trees consist of is held.
        if let Some(text) = ended.last().filter(|_| round % 5 == 0) {
            victims.check(*text);
        }
    }
    assert!(ROUNDS / 30 < victims.left, "{} rounds left something", victims.left);
}

#[test]
fn what_was_built_after_kills_runs() {
    let world = World::new("");
    let mut random = Random(0x4b12);
    for _ in 0..4 {
        let mut child = world.start("Hello");
        thread::sleep(Duration::from_millis(random.below(250) as u64));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // Elsewhere: a compiler that outlives the build that started it may still be writing there.
    world.copy("Hello", "again");
    let last = world.build("again");
    assert!(last.stderr.contains("1 module"), "{last:?}");
    let output = world.command(&["-C", "again", "run", "--target", "c-11"]).output().unwrap();
    assert_eq!(output.stdout, b"Hello, world!\n");
    world.check_store();
}

#[test]
fn a_query_says_where_a_package_is_compiled_by_what() {
    let world = World::new("");
    world.build("Hello");
    world.copy("Hello", "again");
    world.build("again");
    let builds = world.store(&["query", "Hello", "--target", "c-11"]);
    let builds = builds.as_array().unwrap();
    let directory = fs::canonicalize(world.place.path()).unwrap();
    let sources: Vec<_> = builds.iter().map(|it| it["source"].as_str().unwrap()).collect();
    let expected = ["Hello/Hello", "again/Hello"].map(|it| directory.join(it));
    assert_eq!(sources, expected.each_ref().map(|it| it.to_str().unwrap()));
    assert_ne!(builds[0]["uuid"], builds[1]["uuid"]);
    assert_eq!((&builds[0]["compiler"], &builds[0]["profile"]), (&"octizys".into(), &"dev".into()));
    let toolchain = builds[0]["toolchain"].as_str().unwrap();
    assert!(toolchain.starts_with("cc "), "{toolchain}");
    assert_eq!(builds[0]["dependencies"], serde_json::json!([]));
    let roles = builds[0]["artefacts"].as_array().unwrap().iter().map(|it| it["role"].as_str());
    let roles: std::collections::BTreeSet<_> = roles.flatten().collect();
    let all = ["intermediate", "library", "object", "program", "source"];
    assert!(roles.into_iter().eq(all), "{builds:?}");
    assert_eq!(world.store(&["query", "Hello", "--target", "python-3"]), serde_json::json!([]));
    let table = world.command(&["store", "query", "--source", "again"]).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert_eq!(table.lines().count(), 2, "{table}");
}

#[test]
fn compilers_that_say_the_same_of_themselves_are_told_apart() {
    let world = World::new("");
    world.build("Hello");
    fs::write(world.path("cc"), "#!/bin/sh\nexec cc \"$@\"\n").unwrap();
    world.build("Hello");
    let builds = world.store(&["query", "Hello"]);
    let [last, before] = &builds.as_array().unwrap()[..] else { panic!("{builds}") };
    let said =
        |build: &Value| build["toolchain"].as_str().unwrap().split(" [").next().map(str::to_owned);
    assert_eq!(said(last), said(before));
    assert_ne!(last["toolchain"], before["toolchain"]);
    assert_ne!(last["hash"], before["hash"]);
}

#[test]
fn what_is_remembered_can_be_done_again() {
    let world = World::new("");
    world.build("Hello");
    let report = world.store(&["verify", "--sample", "100"]);
    assert_eq!(
        (&report["different"], &report["skipped"]),
        (&serde_json::json!([]), &serde_json::json!([]))
    );
    assert!(2 < report["same"].as_u64().unwrap(), "{report}");
    // An action that makes something else each time is found, and forgotten.
    let world = World::new("set -- \"$@\" -D \"NONCE_$$\" -g3;");
    world.build("Hello");
    let output = world.command(&["store", "verify", "--sample", "100"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("it makes another"));
}

#[test]
fn what_can_be_done_again_is_chosen() {
    let world = World::new("");
    world.build("Hello");
    // Inputs are not held.
    world.store(&["gc", "--quota", "0"]);
    let report = world.store(&["verify", "--sample", "1"]);
    assert_eq!(report["same"], 0, "{report}");
    assert!(1 < report["skipped"].as_array().unwrap().len(), "{report}");
    let source = world.path("Hello/Hello/src/Main.oct");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("world", "moon")).unwrap();
    world.build("Hello");
    let report = world.store(&["verify", "--sample", "1"]);
    assert_eq!(report["same"], 1, "{report}");
    let text = world.command(&["store", "verify", "--sample", "100"]).output().unwrap().stdout;
    let text = String::from_utf8(text).unwrap();
    assert!(text.contains(" steps: an input is not kept any more\n"), "{text}");
}

#[test]
fn what_is_done_again_is_done_by_the_tools_that_were_used() {
    let world = World::new("");
    world.build("Hello");
    let compiled = world.compiled();
    let verify = || {
        // Another shell, in which there is another compiler.
        let mut command = world.place.command(&["store", "verify", "--sample", "100"]);
        command.env_remove("CC").env("AR", "false");
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let sum = lines.pop().unwrap();
        (lines, sum)
    };
    let (skipped, sum) = verify();
    assert_eq!(
        (skipped.len(), sum.ends_with(" the same, 0 different, 0 skipped")),
        (0, true),
        "{sum}"
    );
    assert_eq!(world.compiled(), compiled, "by the compiler that was named");
    let compiler = world.path("cc");
    let text = fs::read_to_string(&compiler).unwrap();
    fs::write(&compiler, format!("{text}\n")).unwrap();
    let (skipped, sum) = verify();
    // The archiver is the same.
    let expected = format!("1 the same, 0 different, {} skipped", compiled.len() + 1);
    assert_eq!(sum, expected, "{skipped:?}");
    let compiler = compiler.display();
    let why = format!("`{compiler}` is not what it was");
    assert!(skipped.iter().all(|line| line.ends_with(&why)), "{skipped:?}");
    fs::remove_file(world.path("cc")).unwrap();
    let (skipped, _) = verify();
    let why = format!("`{compiler}` is gone");
    assert!(skipped.iter().all(|line| line.ends_with(&why)), "{skipped:?}");
}

#[test]
fn a_store_over_its_quota_shrinks_after_a_build() {
    let world = World::new("");
    world.set_quota("1 kB");
    world.build("Hello");
    let source = world.path("Hello/Hello/src/Main.oct");
    let held = world.store(&["status"])["files"].as_u64().unwrap();
    let text = fs::read_to_string(&source).unwrap();
    for word in ["moon", "stars", "planets"] {
        fs::write(&source, text.replace("world", word)).unwrap();
        world.build("Hello");
    }
    world.copy("Hello", "again");
    let again = world.build("again");
    assert!(!again.stderr.contains("cc "), "what the last build consists of is held: {again:?}");
    let now = world.store(&["status"])["files"].as_u64().unwrap();
    assert!(now <= held + 1, "only the last build is held: {held} then, {now} now");
    world.check_store();
    assert_eq!(world.store(&["status"])["quota"], 1000);
}
