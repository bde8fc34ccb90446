//! `oast check`, `build`, `run` and `clean` on real projects.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::fs;

use expect_test::expect;
use serde_json::Value;

use crate::command_line::place::{Outcome, Place};

/// A place with the program `Hello`, in whose directory commands are run with `-C Hello`.
fn hello() -> Place {
    let place = Place::new();
    assert_eq!(place.oast(&["new", "Hello"]).code, Some(0));
    place
}

fn write(place: &Place, path: &str, text: &str) {
    let path = place.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The last line of the talk.
fn summary(outcome: &Outcome) -> &str {
    outcome.stderr.lines().last().unwrap_or_default()
}

fn objects(outcome: &Outcome) -> Vec<Value> {
    outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_new_program_runs_at_once() {
    let place = hello();
    let outcome = place.oast(&["-C", "Hello", "run"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "Hello, world!\n"), "{outcome:?}");
    assert_eq!(summary(&outcome), "1 package, 1 module: 1 compiled, 0 reused, [TIME]");
    let again = place.oast(&["-q", "-C", "Hello/Hello/src", "run", "Hello"]);
    assert_eq!((&*again.stdout, &*again.stderr), ("Hello, world!\n", ""));
}

#[test]
fn a_new_library_is_sound() {
    let place = Place::new();
    place.oast(&["new", "Shapes", "--lib"]);
    let outcome = place.oast(&["-C", "Shapes", "check"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    place.oast(&["-C", "Shapes", "run"]).check(
        2,
        expect![[r#"
            1 package, 1 module: 1 compiled, 0 reused, [TIME]
            error: the project has no program

            hint: a program's manifest names the module that is run: `main = "Main"` in `[package]`
        "#]],
    );
}

#[test]
fn a_second_build_reuses_everything() {
    let place = hello();
    place.oast(&["-C", "Hello", "build"]);
    // State that is written again, since stamps are old enough by now to be believed, leaves its place for the next time.
    let names =
        || place.files().into_keys().filter(|name| name.strip_suffix(".spare").is_none()).collect();
    let before: Vec<String> = names();
    let outcome = place.oast(&["-C", "Hello", "build"]);
    assert_eq!(outcome.code, Some(0));
    assert_eq!(summary(&outcome), "1 package, 1 module: 0 compiled, 1 reused, [TIME]");
    assert!(outcome.stderr.lines().count() == 1, "{}", outcome.stderr);
    assert_eq!(before, names());
}

#[test]
fn mistakes_end_with_1_and_are_counted() {
    let place = hello();
    write(&place, "Hello/Hello/src/Main.oct", "main : Text = greet;\n");
    for command in ["check", "build", "run"] {
        let outcome = place.oast(&["-C", "Hello", command]);
        assert_eq!((outcome.code, &*outcome.stdout), (Some(1), ""), "{outcome:?}");
        assert!(outcome.stderr.contains("greet"), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("\n1 error\n1 package, 1 module: "), "{}", outcome.stderr);
    }
    let short = place.oast(&["-C", "Hello", "check", "--message-format", "short"]);
    let first = short.stderr.lines().next().unwrap();
    assert!(first.starts_with("Hello/src/Main.oct:1:15: error["), "{first}");
}

#[test]
fn json_is_an_object_a_line_and_a_summary_at_the_end() {
    let place = hello();
    write(&place, "Hello/Hello/src/Main.oct", "main : Text = greet;\n");
    let outcome = place.oast(&["-C", "Hello", "check", "--message-format", "json"]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(1), ""));
    let objects = objects(&outcome);
    let (summary, diagnostics) = objects.split_last().unwrap();
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0]["severity"], "error");
    assert_eq!(summary["type"], "summary");
    assert_eq!((&summary["success"], &summary["errors"]), (&false.into(), &1.into()));
}

#[test]
fn json_names_what_was_built() {
    let place = hello();
    let outcome = place.oast(&["-C", "Hello", "build", "--message-format", "json"]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    let summary = objects(&outcome).pop().unwrap();
    let artefact = &summary["artefacts"][0];
    assert_eq!((&artefact["package"], &artefact["target"]), (&"Hello".into(), &"python-3".into()));
    assert_eq!(artefact["run"]["python"], "Hello.Main");
    assert_eq!(summary["compiled"], 1);
}

#[test]
fn a_mistake_in_a_manifest_is_told_rather_than_what_follows_from_it() {
    let place = hello();
    let manifest = place.files()["Hello/project.toml"].replace("path", "pth");
    write(&place, "Hello/project.toml", &manifest);
    let outcome = place.oast(&["-C", "Hello", "build", "-p", "Hello"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.stderr.contains("`pth`"), "{}", outcome.stderr);
}

#[test]
fn a_project_of_several_programs_asks_which() {
    let place = hello();
    place.oast(&["-C", "Hello", "new", "Other"]);
    let manifest = place.files()["Hello/project.toml"].clone() + "Other = { path = \"Other\" }\n";
    write(&place, "Hello/project.toml", &manifest);
    let outcome = place.oast(&["-C", "Hello", "run"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(2), ""));
    assert!(outcome.stderr.contains("`Hello`, `Other`"), "{}", outcome.stderr);
    assert_eq!(place.oast(&["-C", "Hello", "run", "Other"]).stdout, "Hello, world!\n");
}

#[test]
fn the_status_of_the_program_is_passed_on() {
    let place = hello();
    write(&place, "Hello/Hello/src/Main.oct", "main : Int = div 1 (minus 1 1);\n");
    let outcome = place.oast(&["-q", "-C", "Hello", "run"]);
    assert_ne!(outcome.code, Some(0));
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains("Main.oct"), "{}", outcome.stderr);
}

#[test]
fn verbose_shows_what_is_found_and_done() {
    let place = hello();
    let outcome = place.oast(&["-v", "-C", "Hello", "build"]);
    for said in ["project.toml", "HelloPackage.toml", "\nHello (root)\nBuild order: [Hello]\n"] {
        assert!(outcome.stderr.contains(said), "{said}: {}", outcome.stderr);
    }
}

#[test]
fn clean_leaves_what_the_user_wrote() {
    let place = hello();
    let written = place.files();
    place.oast(&["-C", "Hello", "build"]);
    assert_ne!(place.files(), written);
    let outcome = place.oast(&["-C", "Hello", "clean"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), ""), "{outcome:?}");
    assert!(outcome.stderr.contains("removed `build`"), "{}", outcome.stderr);
    assert_eq!(place.files(), written);
    place.oast(&["-C", "Hello", "clean"]).check(0, expect![["nothing to remove\n"]]);
}

#[test]
fn an_intermediate_file_of_a_build_is_shown() {
    let place = hello();
    place.oast(&["-C", "Hello", "build"]);
    let files = fs::read_dir(place.path().join("Hello/build")).unwrap();
    let compiler = files.last().unwrap().unwrap().path();
    let file = compiler.join("ioct/Hello/Main.ioct");
    let outcome = place.oast(&["ioct", file.to_str().unwrap()]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    assert!(outcome.stdout.starts_with("source Hello/src/Main.oct (octizys)\nmodule Hello/Main\n"));
}

#[cfg(unix)]
#[test]
fn check_works_where_nothing_can_be_written() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = hello();
    let directories = ["Hello/Hello/src", "Hello/Hello", "Hello"].map(|it| place.path().join(it));
    let protect = |mode| {
        for directory in &directories {
            fs::set_permissions(directory, fs::Permissions::from_mode(mode)).unwrap();
        }
    };
    let before = place.files();
    protect(0o555);
    let outcome = place.oast(&["-C", "Hello", "check"]);
    protect(0o755);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(place.files(), before);
}

#[test]
fn a_directory_with_spaces_and_other_letters_builds() {
    let place = Place::new();
    let odd = "mes été's projets";
    fs::create_dir(place.path().join(odd)).unwrap();
    place.oast(&["-C", odd, "init", "--name", "Hello"]);
    let outcome = place.oast(&["-C", odd, "run"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), "Hello, world!\n"), "{outcome:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_the_build_and_its_children() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    let place = hello();
    let started = place.path().join("started");
    let script =
        "#!/bin/sh\necho $$ > 'STARTED.part'\nmv 'STARTED.part' 'STARTED'\nexec sleep 600\n"
            .replace("STARTED", started.to_str().unwrap());
    for name in ["cc", "gcc", "clang"] {
        write(&place, &format!("bin/{name}"), &script);
        let path = place.path().join("bin").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", place.path().join("bin").display(), std::env::var("PATH").unwrap());
    let mut command = place.command(&["-C", "Hello", "build", "--target", "c-11"]);
    let mut child =
        command.env("PATH", path).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let compiler = loop {
        match fs::read_to_string(&started) {
            Ok(process) => break process.trim().to_owned(),
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
        assert!(child.try_wait().unwrap().is_none(), "the build ended before it compiled anything");
    };
    let kill = |signal: &str, process: &str| {
        let quiet = Stdio::null();
        Command::new("kill").args([signal, process]).stderr(quiet).status().unwrap().success()
    };
    assert!(kill("-INT", &child.id().to_string()));
    let outcome = Outcome::of(&child.wait_with_output().unwrap(), place.path());
    assert_eq!((outcome.code, summary(&outcome)), (Some(130), "interrupted"));
    assert!(!kill("-0", &compiler), "the compiler still runs");
}
