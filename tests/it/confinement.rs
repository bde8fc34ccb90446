//! Programs that may touch only what they were given.
//!
//! Where the system cannot confine programs, these tests fail and say so; nothing here passes without having been enforced.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the subject is what happens on the real disk")]

use std::fs;
use std::io;
use std::sync::Arc;
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{
    CancelToken, Command, Confinement, Enforcement, FakeHost, Host, Inherited, OsHost, Output,
    OverlayHost,
};

/// A directory with `in/given`, `out/` and, granted to nobody, `secret/told`.
struct Place {
    _keep: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Place {
    fn new() -> Place {
        let keep = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(keep.path().to_owned()).unwrap();
        for (path, text) in [("in/given", "given\n"), ("secret/told", "told\n")] {
            OsHost.write(&root.join(path), text.as_bytes()).unwrap();
        }
        fs::create_dir(root.join("out")).unwrap();
        Place { _keep: keep, root }
    }

    fn confinement(&self) -> Confinement {
        Confinement {
            read: vec![self.root.join("in")],
            write: vec![self.root.join("out")],
            ..Confinement::default()
        }
    }

    fn command(&self, script: &str) -> Command {
        Command {
            program: "sh".into(),
            arguments: vec!["-c".to_owned(), script.to_owned()],
            directory: self.root.clone(),
            environment: vec![("LC_ALL".to_owned(), "C".to_owned())],
            inherited: Inherited::Needed,
        }
    }

    fn run(&self, script: &str) -> Output {
        let confinement = self.confinement();
        let (output, enforcement) = OsHost
            .run_confined(&self.command(script), &confinement, &CancelToken::default())
            .unwrap();
        let reason = "this kernel has no Landlock of Linux 6.2: nothing was tested";
        assert_eq!(enforcement, Enforcement::Full, "{reason}");
        output
    }

    /// What the script says; it must succeed.
    fn says(&self, script: &str) -> String {
        let output = self.run(script);
        assert!(output.success(), "{script}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Expects that the script is refused what it wants.
    fn is_refused(&self, script: &str) {
        let output = self.run(script);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_ne!(output.code, Some(0), "{script} succeeded");
        let refusals = ["ermission denied", "Invalid cross-device link"];
        assert!(refusals.iter().any(|it| text.contains(it)), "{script}: {text}");
    }
}

#[test]
fn what_is_granted_can_be_used() {
    let place = Place::new();
    assert_eq!(place.says("cat in/given"), "given\n");
    place
        .says("cp in/given out/copy; mkdir out/deep; mv out/copy out/deep/moved; ln -s x out/link");
    assert_eq!(fs::read(place.root.join("out/deep/moved")).unwrap(), b"given\n");
    place.says("rm -r out/deep; : > out/empty; cat out/empty > /dev/null");
    assert!(!place.root.join("out/deep").exists());
}

#[test]
fn nothing_else_can_be_read() {
    let place = Place::new();
    place.is_refused("cat secret/told");
    place.is_refused("ls .");
    place.is_refused("cat in/../secret/told");
    place.is_refused("ls /tmp");
    std::os::unix::fs::symlink("../secret/told", place.root.join("in/link")).unwrap();
    place.is_refused("cat in/link");
}

#[test]
fn nothing_else_can_be_written() {
    let place = Place::new();
    place.is_refused("echo more >> in/given");
    place.is_refused("> in/given");
    place.is_refused("echo more > in/more");
    place.is_refused("rm in/given");
    place.is_refused("mkdir made");
    place.is_refused("echo overwritten > secret/told");
    place.is_refused("mv in/given out/given");
    place.is_refused("ln in/given out/given");
    place.is_refused("touch /usr/oast-was-here");
    assert_eq!(fs::read(place.root.join("in/given")).unwrap(), b"given\n");
    assert_eq!(fs::read(place.root.join("secret/told")).unwrap(), b"told\n");
}

#[test]
fn children_and_their_children_are_confined_too() {
    let place = Place::new();
    place.is_refused("sh -c \"sh -c 'cat secret/told'\"");
    place.is_refused("(echo x > secret/new) & wait $!");
    place.says("nohup setsid sh -c 'echo x > secret/new; echo done > out/done' > out/log 2>&1");
    assert!(place.root.join("out/done").exists());
    assert!(!place.root.join("secret/new").exists());
}

#[test]
fn the_process_that_confines_is_free_itself() {
    let place = Place::new();
    place.is_refused("cat secret/told");
    let free = OsHost.run(&place.command("cat secret/told"), &CancelToken::default()).unwrap();
    assert_eq!(free.stdout, b"told\n");
    assert!(fs::read(place.root.join("secret/told")).is_ok());
}

#[test]
fn a_compiler_has_what_it_needs_to_run() {
    let place = Place::new();
    OsHost
        .write(
            &place.root.join("in/m.c"),
            b"#include <stdio.h>\nint main(void) { puts(\"hi\"); }\n",
        )
        .unwrap();
    place.says("cc -o out/program in/m.c");
    assert_eq!(place.says("out/program"), "hi\n");
    assert_eq!(place.says("python3 -c 'print(open(\"in/given\").read())'"), "given\n\n");
}

#[test]
fn temporary_files_are_its_own_and_end_with_it() {
    let place = Place::new();
    let says = "mktemp -d; echo \"$TMPDIR\"; test \"$HOME\" = \"$TMPDIR\"";
    let text = place.says(says);
    let [made, directory] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert!(Utf8Path::new(made).starts_with(directory), "{text}");
    assert!(!Utf8Path::new(directory).exists(), "{directory} is still there");
    assert_ne!(place.says(says), text);
}

#[test]
fn only_declared_variables_are_seen() {
    let place = Place::new();
    let text = place.says("env");
    let mut names: Vec<&str> = text.lines().filter_map(|it| Some(it.split_once('=')?.0)).collect();
    // The shell sets these itself.
    names.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    names.sort_unstable();
    assert_eq!(names, ["HOME", "LC_ALL", "PATH", "TEMP", "TMP", "TMPDIR"]);
}

#[test]
fn survivors_are_killed_and_their_pipes_not_waited_for() {
    let place = Place::new();
    made_by(&place.root.join("out"), "mkfifo pipe ready");
    let script = "(exec 3>out/pipe; echo started >&3; echo > out/ready; sleep 60; echo late >&3) & \
                  cat out/ready";
    let said = thread::scope(|scope| {
        // The end is reached only when nobody holds it open for writing any more.
        let pipe = scope.spawn(|| fs::read_to_string(place.root.join("out/pipe")).unwrap());
        assert_eq!(place.says(script), "\n");
        pipe.join().unwrap()
    });
    assert_eq!(said, "started\n");
}

fn made_by(directory: &Utf8Path, script: &str) {
    let status =
        std::process::Command::new("sh").args(["-c", script]).current_dir(directory).status();
    assert!(status.unwrap().success());
}

#[test]
fn a_confined_program_can_be_cancelled() {
    let place = Place::new();
    made_by(&place.root.join("out"), "mkfifo pipe");
    let cancel = CancelToken::default();
    let script = "exec 3>out/pipe; echo started >&3; (sleep 60) & sleep 60; echo late >&3";
    let (command, confinement) = (place.command(script), place.confinement());
    let said = thread::scope(|scope| {
        let runner = scope.spawn(|| OsHost.run_confined(&command, &confinement, &cancel));
        let mut pipe = fs::File::open(place.root.join("out/pipe")).unwrap();
        let mut said = [0; 8];
        io::Read::read_exact(&mut pipe, &mut said).unwrap();
        cancel.cancel();
        let mut rest = String::new();
        io::Read::read_to_string(&mut pipe, &mut rest).unwrap();
        assert_eq!(runner.join().unwrap().unwrap_err().kind(), io::ErrorKind::Interrupted);
        rest
    });
    assert_eq!(said, "", "something lived on");
}

#[test]
fn a_place_to_write_to_must_be_there() {
    let place = Place::new();
    let missing = Confinement { write: vec![place.root.join("nowhere")], ..place.confinement() };
    let error =
        OsHost.run_confined(&place.command("true"), &missing, &CancelToken::default()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn other_hosts_say_what_they_can() {
    let host = Arc::new(FakeHost::default());
    host.install("/bin/oatsc", |_, _, _| Ok(Output { code: Some(0), ..Output::default() }));
    let place = Place::new();
    let command = Command { program: "/bin/oatsc".into(), ..place.command("") };
    let overlay = OverlayHost::new(host.clone());
    let run = || {
        let cancel = CancelToken::default();
        overlay.run_confined(&command, &place.confinement(), &cancel).unwrap().1
    };
    assert_eq!(run(), Enforcement::Full);
    assert_eq!(host.take_confined(), [(command.clone(), place.confinement())]);
    host.cannot_confine();
    assert_eq!(run(), Enforcement::None);
}
