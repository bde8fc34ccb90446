//! Running real programs: to their end, without waiting for what they leave behind, or not to their end.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the subject is the real machine")]

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::thread;
use std::time::Duration;

use camino::Utf8Path;
use oast_engine::host::{CancelToken, Command, Host, Inherited, OsHost, Output};

fn shell(directory: &Utf8Path, script: &str) -> Command {
    Command {
        program: "/bin/sh".into(),
        arguments: vec!["-c".to_owned(), script.to_owned()],
        directory: directory.to_owned(),
        environment: vec![("GREETING".to_owned(), "hello".to_owned())],
        inherited: Inherited::Needed,
    }
}

fn run(script: &str) -> io::Result<Output> {
    OsHost.run(&shell(Utf8Path::new("/"), script), &CancelToken::default())
}

fn directory() -> (tempfile::TempDir, camino::Utf8PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let path = camino::Utf8PathBuf::from_path_buf(temporary.path().to_owned()).unwrap();
    (temporary, path)
}

#[test]
fn a_program_says_how_it_ended() {
    let output = run("pwd; echo $GREETING >&2; exit 3").unwrap();
    let expected = Output { code: Some(3), stdout: b"/\n".into(), stderr: b"hello\n".into() };
    assert_eq!(output, expected);
    assert_eq!(run("kill -9 $$").unwrap().code, None);
    assert_eq!(run("exec >&- 2>&-; sleep 0.1; exit 4").unwrap().code, Some(4));
}

#[test]
fn a_program_sees_what_is_declared_and_little_else() {
    let names = |inherited| {
        let command = Command {
            program: "env".into(),
            arguments: Vec::new(),
            inherited,
            ..shell("/".into(), "")
        };
        let output = OsHost.run(&command, &CancelToken::default()).unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let names = text.lines().filter_map(|line| Some(line.split_once('=')?.0.to_owned()));
        names.collect::<BTreeSet<String>>()
    };
    let needed = names(Inherited::Needed);
    let mut declared: BTreeSet<String> = ["GREETING", "PATH"].map(str::to_owned).into();
    assert!(needed.is_superset(&declared), "{needed:?}");
    declared.extend(["TMPDIR", "TMP", "TEMP"].map(str::to_owned));
    assert!(needed.is_subset(&declared), "{needed:?}");
    let all = names(Inherited::All);
    assert!(std::env::vars().all(|(name, _)| all.contains(&name)) && all.contains("GREETING"));
    assert!(all.contains("CARGO_MANIFEST_DIR"), "a variable that is not declared");
}

#[test]
fn much_output_on_both_pipes_is_read_at_once() {
    let output = run("head -c 500000 /dev/zero; head -c 500000 /dev/zero >&2").unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (500_000, 500_000));
    let script = "head -c 500000 /dev/zero & head -c 500000 /dev/zero >&2; wait";
    let output = run(script).unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (500_000, 500_000));
}

#[test]
fn of_more_output_than_anybody_reads_the_beginning_and_the_end_are_kept() {
    let script = "echo first; yes | head -c 50000000; echo last; yes no | head -c 50000001 >&2";
    let Output { code, stdout, stderr } = run(script).unwrap();
    assert_eq!(code, Some(0));
    let text = String::from_utf8(stdout).unwrap();
    assert!(text.starts_with("first\ny\n") && text.ends_with("\ny\nlast\n"));
    let notice = text.lines().find(|line| line.starts_with('[')).unwrap();
    let missing: usize = notice[1..].split(' ').next().unwrap().parse().unwrap();
    assert_eq!(text.len() - notice.len() - 1 + missing, 50_000_000 + "first\nlast\n".len());
    assert!(text.len() < 600_000 && stderr.len() < 600_000, "{} {}", text.len(), stderr.len());
}

#[test]
fn a_missing_program_is_an_error() {
    let mut command = shell(Utf8Path::new("/"), "");
    command.program = "/nowhere/program".into();
    let error = OsHost.run(&command, &CancelToken::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
}

#[test]
fn what_a_program_leaves_behind_is_not_waited_for() {
    let (_keep, directory) = directory();
    let script = "(sleep 3; echo late > late) & echo done";
    let output = OsHost.run(&shell(&directory, script), &CancelToken::default()).unwrap();
    assert!(!directory.join("late").exists());
    assert_eq!(output.stdout, b"done\n");
}

#[test]
fn a_cancelled_program_dies_with_its_children() {
    die_together(
        "exec 3>pipe; echo started >&3; (sleep 60; echo child >&3) & sleep 60; echo parent >&3",
    );
}

#[test]
fn whoever_ignores_polite_signals_dies_all_the_same() {
    // Who ignores a signal has children that ignore it.
    die_together(
        "trap '' TERM INT HUP; exec 3>pipe; echo started >&3; \
         ((sleep 60; echo grandchild >&3) & sleep 60; echo child >&3) & sleep 60; echo parent >&3",
    );
}

#[test]
fn whoever_takes_too_long_is_cancelled_alone() {
    let cancel = CancelToken::default();
    let limited = cancel.limited(Duration::from_millis(50));
    let error = OsHost.run(&shell(Utf8Path::new("/"), "sleep 60"), &limited).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    assert!(OsHost.run(&shell(Utf8Path::new("/"), "true"), &cancel).unwrap().success());
}

/// Cancels `script`, which says `started` into the file `pipe`. All its processes hold that open: the reader sees its end only
/// when all are dead.
fn die_together(script: &str) {
    let (_keep, directory) = directory();
    make_pipe(&directory);
    let cancel = CancelToken::default();
    let said = thread::scope(|scope| {
        let runner = scope.spawn(|| OsHost.run(&shell(&directory, script), &cancel));
        let mut pipe = std::fs::File::open(directory.join("pipe")).unwrap();
        let mut start = [0; 8];
        pipe.read_exact(&mut start).unwrap();
        cancel.cancel();
        let mut said = String::new();
        pipe.read_to_string(&mut said).unwrap();
        let error = runner.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        said
    });
    assert_eq!(said, "", "something lived on");
}

fn make_pipe(directory: &Utf8Path) {
    let made = OsHost.run(&shell(directory, "mkfifo pipe"), &CancelToken::default()).unwrap();
    assert!(made.success(), "{made:?}");
}

#[test]
fn a_program_that_is_just_being_written_is_started_when_it_is_not() {
    let (_keep, directory) = directory();
    let path = directory.join("program");
    OsHost.write(&path, b"#!/bin/sh\necho ran\n").unwrap();
    std::process::Command::new("chmod").arg("+x").arg(&path).status().unwrap();
    let open = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    let command = Command { program: path, ..shell(&directory, "") };
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(5));
            drop(open);
        });
        let output = OsHost.run(&command, &CancelToken::default()).unwrap();
        assert_eq!(output.stdout, b"ran\n");
    });
}
