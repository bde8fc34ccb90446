//! Full disks, folders that cannot be written, and clocks that were set back, on the real machine and by the program itself. What a
//! machine does not allow is skipped, and that is said on the standard error of the tests.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::command_line::place::Place;

/// Somebody who owns nothing.
const NOBODY: u32 = 65534;

/// Says, where it is not swallowed, that something was not tested.
fn skip(what: &str, why: &str) {
    _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

/// A place with the program `Hello` and a copy of `oast` that everybody may run.
struct Ground {
    place: Place,
}

impl Ground {
    fn new() -> Ground {
        let place = Place::new();
        assert_eq!(place.oast(&["new", "Hello"]).code, Some(0));
        let ground = Ground { place };
        let program = ground.place.command(&[]).get_program().to_owned();
        fs::copy(program, ground.path("oast")).unwrap();
        set_mode(ground.place.path(), 0o755);
        ground
    }

    fn path(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    /// A build of `tree` for `target`, with the store at `home`, by somebody who may not write everything.
    fn build_as_nobody(&self, tree: &str, target: &str, home: &Path) -> Output {
        let mut command = self.as_nobody(&["-C".into(), self.path(tree), "build".into()]);
        command.args(["--target", target]).env("OAST_HOME", home).env_remove("OAST_STORE");
        command.output().unwrap()
    }

    /// `oast` with these arguments, run by somebody who may not write everything.
    fn as_nobody(&self, arguments: &[PathBuf]) -> Command {
        let words = [&[self.path("oast")][..], arguments].concat();
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            let nobody = NOBODY.to_string();
            command.args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups", "--"]);
            command.args(&words);
            command
        } else {
            let mut command = Command::new(&words[0]);
            command.args(&words[1..]);
            command
        };
        command.current_dir("/");
        command
    }
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0\n")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub(super) fn below(path: &Path, found: &mut Vec<PathBuf>) {
    found.push(path.to_owned());
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| below(&entry.unwrap().path(), found));
    }
}

/// Takes from everybody, or gives to the owner, the right to write `path` and all below it.
fn protect(path: &Path, may_write: bool) {
    let mut all = Vec::new();
    below(path, &mut all);
    for path in all {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        set_mode(&path, if may_write { mode | 0o200 } else { mode & !0o222 | 0o444 });
    }
}

/// Lets everybody write `path` and all below it.
fn open_up(path: &Path) {
    let mut all = Vec::new();
    below(path, &mut all);
    all.iter().for_each(|it| set_mode(it, if it.is_dir() { 0o777 } else { 0o666 }));
}

/// The outputs below a tree.
fn outputs(tree: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = Vec::new();
    below(&tree.join("build"), &mut all);
    let files = all.into_iter().filter(|it| it.is_file());
    files
        .map(|it| (it.strip_prefix(tree).unwrap().to_owned(), fs::read(&it).unwrap()))
        .filter(|(path, _)| !path.to_str().unwrap().contains("/.oast-"))
        .collect()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_tree_that_cannot_be_written_is_named() {
    let ground = Ground::new();
    protect(&ground.path("Hello"), false);
    let output = ground.build_as_nobody("Hello", "python-3", &ground.path("none"));
    protect(&ground.path("Hello"), true);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let build = ground.path("Hello/build");
    assert!(
        said(&output).contains(&format!("cannot make `{}`", build.display())),
        "{}",
        said(&output)
    );
    // The same where there is something already, and something to be done.
    assert_eq!(ground.place.oast(&["-C", "Hello", "build"]).code, Some(0));
    let source = ground.path("Hello/Hello/src/Main.oct");
    let text = fs::read_to_string(&source).unwrap();
    fs::write(&source, text.replace("world", "moon")).unwrap();
    protect(&ground.path("Hello"), false);
    let output = ground.build_as_nobody("Hello", "python-3", &ground.path("none"));
    protect(&ground.path("Hello"), true);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("Permission denied"), "{}", said(&output));
    assert!(said(&output).contains(ground.path("Hello").to_str().unwrap()), "{}", said(&output));
}

#[test]
fn a_store_that_cannot_be_written_is_read_all_the_same() {
    let ground = Ground::new();
    let home = ground.path("home");
    let mut build = ground.place.command(&["-C", "Hello", "build", "--target", "c-11"]);
    assert!(build.env("OAST_HOME", &home).output().unwrap().status.success());
    let right = outputs(&ground.path("Hello"));
    fs::rename(ground.path("Hello"), ground.path("First")).unwrap();
    assert_eq!(ground.place.oast(&["new", "Hello"]).code, Some(0));
    open_up(&ground.path("Hello"));
    protect(&home, false);
    let before = {
        let mut all = Vec::new();
        below(&home, &mut all);
        all
    };
    let output = ground.build_as_nobody("Hello", "c-11", &home);
    let mut after = Vec::new();
    below(&home, &mut after);
    protect(&home, true);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(said(&output).lines().count(), 1, "no step was done: {}", said(&output));
    assert!(outputs(&ground.path("Hello")) == right);
    assert_eq!(before, after);
}

#[test]
fn settings_that_may_not_be_read_stop_nobody() {
    let ground = Ground::new();
    open_up(&ground.path("Hello"));
    let (open, closed) = (ground.path("open"), ground.path("closed"));
    for (home, variable, store) in [
        (&closed, "HOME", "off"),
        (&closed, "OAST_HOME", "off"),
        (&closed, "HOME", "on"),
        (&open, "HOME", "off"),
    ] {
        _ = fs::create_dir(home);
        let mode = if *home == closed { 0o000 } else { 0o755 };
        set_mode(home, mode);
        let mut command = ground.as_nobody(&["-C".into(), ground.path("Hello"), "build".into()]);
        for name in ["HOME", "OAST_HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        let output = command.env(variable, home).env("OAST_STORE", store).output().unwrap();
        let text = said(&output);
        assert!(output.status.success(), "{variable}: {text}");
        let is_told = text.contains("warning[unreadable-settings]");
        assert_eq!(is_told, *home == closed, "{variable}: {text}");
        assert!(!is_told || text.contains("/closed/"), "{text}");
    }
    set_mode(&closed, 0o755);
    // What can be read and is wrong is still a mistake.
    ground.place.write("open/.local/share/oast/config.toml", "[store]\nquota = \"much\"\n");
    let mut command = ground.as_nobody(&["-C".into(), ground.path("Hello"), "build".into()]);
    command.env_remove("OAST_HOME").env_remove("XDG_DATA_HOME").env("HOME", &open);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
}

/// Runs a script where file systems can be mounted that nobody else sees; `None` where that is not allowed.
fn run_apart(script: &str) -> Option<Output> {
    let flags: &[&str] = if is_root() { &["--mount"] } else { &["--mount", "--map-root-user"] };
    let shell =
        |script: &str| Command::new("unshare").args(flags).args(["sh", "-c", script]).output().ok();
    let probe = "mount -t tmpfs -o size=16k none /mnt && mount -o remount,size=32k /mnt";
    shell(probe).filter(|it| it.status.success())?;
    shell(script)
}

/// Checks that `tree`, built by somebody who is not root, is told to have this one mistake; three times, since the first build leaves
/// its state to the next.
fn check_told(ground: &Ground, tree: &str, mistake: Option<(&str, &Path)>) {
    for round in 0..3 {
        let output = ground.build_as_nobody(tree, "python-3", &ground.path("home"));
        let text = said(&output);
        let Some((code, path)) = mistake else {
            assert!(output.status.success(), "round {round}: {text}");
            continue;
        };
        let path = path.strip_prefix(ground.path(tree)).unwrap();
        assert!(!output.status.success(), "{code}, round {round}: {text}");
        assert!(text.contains(&format!("error[{code}]")), "{code}, round {round}: {text}");
        assert!(text.contains(&format!("--> {}", path.display())), "round {round}: {text}");
        assert!(text.contains("\n1 error\n"), "nobody else is blamed, round {round}: {text}");
    }
}

/// Checks that each of these is told where it may not be read, and that all is well where it may.
fn check_closed(ground: &Ground, tree: &str, closed: &[(&Path, &str)]) {
    _ = fs::create_dir(ground.path("home"));
    let mut all = Vec::new();
    below(ground.place.path(), &mut all);
    all.iter().for_each(|path| set_mode(path, 0o777));
    check_told(ground, tree, None);
    for (path, code) in closed {
        set_mode(path, 0o000);
        check_told(ground, tree, Some((code, path)));
        set_mode(path, 0o777);
        check_told(ground, tree, None);
    }
}

#[test]
fn sources_that_cannot_be_read() {
    let ground = Ground::new();
    let main = "import Hello/Extra as Extra;\nimport Hello/Sub/Deep as Deep;\n\
                main : Int = add Extra/extra Deep/deep;\n";
    ground.place.write("Hello/Hello/src/Main.oct", main);
    ground.place.write("Hello/Hello/src/Sub/Deep.oct", "deep : Int = 1;\n");
    ground.place.write("Hello/Hello/src/Extra.oct", "extra : Int = 1;\n");
    let folder = ground.path("Hello/Hello/src");
    let (source, sub) = (folder.join("Extra.oct"), folder.join("Sub"));
    let closed = [
        (&*source, "unreadable-source"),
        (&*sub, "unreadable-directory"),
        (&*folder, "unreadable-directory"),
    ];
    check_closed(&ground, "Hello", &closed);
    fs::write(&source, b"\xff").unwrap();
    check_told(&ground, "Hello", Some(("unreadable-source", &source)));
    fs::remove_file(&source).unwrap();
    fs::create_dir(&source).unwrap();
    set_mode(&source, 0o777);
    check_told(&ground, "Hello", Some(("unreadable-source", &source)));
    fs::remove_dir(&source).unwrap();
    fs::write(&source, "extra : Int = 1;\n").unwrap();
    check_told(&ground, "Hello", None);
}

#[test]
fn imports_that_lead_where_nobody_may_look() {
    let ground = Ground::new();
    assert_eq!(ground.place.oast(&["new", "--dialect", "oats", "Oats"]).code, Some(0));
    let main = "import { deep } from \"./a/b/deep\";\nimport { extra } from \"./extra\";\n\
                export function main(): number { println(deep + extra); return 0; }\n";
    ground.place.write("Oats/src/main.oats", main);
    ground.place.write("Oats/src/a/b/deep.oats", "export const deep = 1;\n");
    ground.place.write("Oats/src/extra.oats", "export const extra = 1;\n");
    let folder = ground.path("Oats/src");
    let (source, above, sub) = (folder.join("extra.oats"), folder.join("a"), folder.join("a/b"));
    let closed = [
        (&*source, "unreadable-source"),
        (&*above, "unreadable-directory"),
        (&*sub, "unreadable-directory"),
        (&*folder, "unreadable-directory"),
    ];
    check_closed(&ground, "Oats", &closed);
}

#[test]
fn a_disk_that_is_full() {
    let ground = Ground::new();
    assert_eq!(ground.place.oast(&["-C", "Hello", "build"]).code, Some(0));
    let right = outputs(&ground.path("Hello"));
    let (mut failed, mut succeeded) = (0, 0);
    for kilobytes in (24..160).step_by(8) {
        let (disk, out) = (ground.path("disk"), ground.path("out"));
        _ = fs::remove_dir_all(&out);
        fs::create_dir_all(&disk).unwrap();
        let script = format!(
            "set -e; mount -t tmpfs -o size={kilobytes}k none '{disk}'
             cp -r '{hello}/project.toml' '{hello}/Hello' '{disk}'
             export OAST_HOME='{home}'
             '{oast}' -C '{disk}' build --target python-3 >&2 && echo built || echo failed
             mount -o remount,size=16m '{disk}'
             '{oast}' -C '{disk}' build --target python-3 >/dev/null 2>&1
             mkdir '{out}'; cp -r '{disk}/build' '{out}'",
            disk = disk.display(),
            home = ground.path("home").display(),
            hello = ground.path("Hello").display(),
            oast = ground.path("oast").display(),
            out = out.display(),
        );
        let Some(output) = run_apart(&script) else {
            return skip("a disk that is full", "file systems cannot be mounted here");
        };
        let text = said(&output);
        assert!(output.status.success(), "{kilobytes} kB: {text}");
        if output.stdout == b"failed\n" {
            failed += 1;
            assert!(text.contains("cannot ") && text.contains("No space left on device"), "{text}");
            assert!(text.contains(disk.to_str().unwrap()), "it names the file: {text}");
        } else {
            succeeded += 1;
        }
        assert!(outputs(&out) == right, "{kilobytes} kB");
    }
    assert!(0 < failed && 0 < succeeded, "{failed} failed, {succeeded} succeeded");
}

#[test]
fn a_store_on_a_disk_that_is_full() {
    let ground = Ground::new();
    let mut build = ground.place.command(&["-C", "Hello", "build", "--target", "c-11"]);
    assert!(build.env("OAST_STORE", "off").output().unwrap().status.success());
    let right = outputs(&ground.path("Hello"));
    let mut noted = 0;
    for kilobytes in (16..320).step_by(32) {
        let (disk, tree) = (ground.path("disk"), ground.path("Hello"));
        fs::create_dir_all(&disk).unwrap();
        _ = fs::remove_dir_all(tree.join("build"));
        _ = fs::remove_dir_all(tree.join(".oast"));
        let script = format!(
            "set -e; mount -t tmpfs -o size={kilobytes}k none '{disk}'; export OAST_HOME='{disk}/home'
             '{oast}' -C '{tree}' build --target c-11 >/dev/null
             mount -o remount,size=64m '{disk}'
             '{oast}' store doctor --json >/dev/null 2>&1 || true
             '{oast}' store doctor --json",
            disk = disk.display(),
            oast = ground.path("oast").display(),
            tree = tree.display(),
        );
        let Some(output) = run_apart(&script) else {
            return skip("a store on a full disk", "file systems cannot be mounted here");
        };
        let text = said(&output);
        assert!(output.status.success(), "{kilobytes} kB: {text}");
        noted += usize::from(text.contains("note: building without the store"));
        assert!(outputs(&tree) == right, "{kilobytes} kB");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["faults"], json!([]), "{kilobytes} kB");
    }
    assert_ne!(noted, 0);
}

#[test]
fn room_is_made_in_a_store_on_a_disk_that_is_completely_full() {
    let ground = Ground::new();
    let (disk, tree) = (ground.path("disk"), ground.path("Hello"));
    fs::create_dir_all(&disk).unwrap();
    for command in ["gc --quota 0 --json", "doctor --json"] {
        _ = fs::remove_dir_all(tree.join("build"));
        _ = fs::remove_dir_all(tree.join(".oast"));
        let script = format!(
            "set -e; mount -t tmpfs -o size=8m none '{disk}'; export OAST_HOME='{disk}/home'
             '{oast}' -C '{tree}' build --target c-11 >&2
             '{oast}' -C '{tree}' clean >&2
             find '{disk}/home/cas' -type f | wc -l
             echo stray > \"$(find '{disk}/home/cas' -type f | head -n 1).stray\"
             rm '{disk}/home/store.db-shm'
             cat /dev/zero > '{disk}/fill' 2>/dev/null || true
             ! echo full > '{disk}/more' 2>/dev/null
             '{oast}' store {command}
             find '{disk}/home/cas' -type f | wc -l; stat -c %s '{disk}/home/reserve'",
            disk = disk.display(),
            oast = ground.path("oast").display(),
            tree = tree.display(),
        );
        let Some(output) = run_apart(&script) else {
            return skip("a disk that is completely full", "file systems cannot be mounted here");
        };
        assert!(output.status.success(), "{command}: {}", said(&output));
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let [before, report, after, reserve] = lines[..] else { panic!("{command}: {text}") };
        let report: serde_json::Value = serde_json::from_str(report).unwrap();
        if command.starts_with("gc") {
            assert_eq!((report["removed"].to_string().as_str(), after), (before, "1"), "the stray");
        } else {
            assert_eq!(report["faults"][0]["kind"], "StrayFile", "{report}");
            assert_eq!(before, after);
        }
        // What was not needed is there for the next time.
        let expected = if command.starts_with("gc") { 1 << 20 } else { 1 << 16 };
        assert!(expected <= reserve.parse::<u64>().unwrap(), "{command}: {reserve}");
    }
}

#[test]
fn files_from_the_future_and_from_the_past() {
    let place = Place::new();
    assert_eq!(place.oast(&["new", "Hello"]).code, Some(0));
    let tree = place.path().join("Hello");
    let source = tree.join("Hello/src/Main.oct");
    let text = fs::read_to_string(&source).unwrap();
    let hour = Duration::from_hours(1);
    let now = SystemTime::now();
    let times = [now + hour, now + 2 * hour, now - hour, now - 2 * hour, now + hour];
    for (round, time) in times.into_iter().enumerate() {
        let word = format!("number {round}");
        fs::write(&source, text.replace("world", &word)).unwrap();
        // Everything that there is looks as if the clock had been another when it was written.
        let mut all = Vec::new();
        below(&tree, &mut all);
        for path in all.iter().filter(|it| it.is_file()) {
            fs::File::options().append(true).open(path).unwrap().set_modified(time).unwrap();
        }
        for _ in 0..2 {
            let outcome = place.oast(&["-C", "Hello", "build"]);
            assert_eq!(outcome.code, Some(0), "{outcome:?}");
            let ran = place.oast(&["-C", "Hello", "run"]);
            assert_eq!(ran.stdout, format!("Hello, {word}!\n"), "{ran:?}");
        }
    }
}
