//! Help, usage errors, streams and colours, for which no project is needed.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::fs;
use std::process::Stdio;

use expect_test::expect;
use oast_engine::ir::ioct::Ioct;

use crate::command_line::place::{Outcome, Place};

const COMMANDS: &[&str] = &[
    "new",
    "init",
    "check",
    "build",
    "run",
    "clean",
    "store",
    "ioct",
    "link-names",
    "completions",
    "man",
];

#[test]
fn every_command_has_help_that_teaches() {
    let place = Place::new();
    let overview = place.oast(&["--help"]);
    for said in ["Exit status:", "101", "130", "NO_COLOR", "Examples:", "project.toml", "-C <DIR>"]
    {
        assert!(overview.stdout.contains(said), "{said}");
    }
    for command in COMMANDS {
        assert!(overview.stdout.contains(&format!("\n  {command} ")), "{command}");
        let help = place.oast(&[command, "--help"]);
        assert_eq!((help.code, &*help.stderr), (Some(0), ""), "{command}");
        assert!(help.stdout.contains(&format!("Examples:\n  oast {command}")), "{command}");
        assert!(help.stdout.contains(r#""summary""#), "{command}");
    }
}

#[test]
fn the_short_help_is_short() {
    let place = Place::new();
    let help = place.oast(&["build", "-h"]);
    assert!(help.stdout.lines().count() < 25, "{}", help.stdout);
    assert_eq!(place.oast(&["help", "build"]).stdout, place.oast(&["build", "--help"]).stdout);
    assert_eq!(place.oast(&["--version"]).stdout, "oast 0.1.0\n");
}

#[test]
fn wrong_usage_ends_with_2() {
    let place = Place::new();
    let wrong: &[&[&str]] = &[
        &[],
        &["biuld"],
        &["build", "--taget", "c-11"],
        &["build", "-j", "0"],
        &["build", "-j", "many"],
        &["build", "-q", "-v"],
        &["-q", "check", "-v"],
        &["build", "--color", "sometimes"],
        &["build", "--message-format", "xml"],
        &["new"],
        &["new", "Demo", "--dialect", "esperanto"],
        &["completions", "dos"],
        &["ioct"],
        &["check"],
        &["clean"],
        &["run", "argument", "for the program"],
    ];
    for arguments in wrong {
        let outcome = place.oast(arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        assert_ne!(outcome.stderr, "", "{arguments:?}");
    }
    assert!(place.oast(&["biuld"]).stderr.contains("'build'"));
    assert!(place.oast(&["build", "--taget"]).stderr.contains("'--target'"));
    assert!(place.files().is_empty());
}

#[test]
fn a_directory_that_is_none() {
    let place = Place::new();
    fs::write(place.path().join("file"), "").unwrap();
    place.oast(&["-C", "absent", "check"]).check(
        2,
        expect![[r#"
            error: cannot work in the directory `absent`: No such file or directory (os error 2)
        "#]],
    );
    place.oast(&["-C", "file", "check"]).check(
        2,
        expect![[r#"
            error: cannot work in the directory `file`: it is a file
        "#]],
    );
}

#[test]
fn no_project() {
    let place = Place::new();
    place.oast(&["build"]).check(
        2,
        expect![[r#"
            error: there is no manifest in `[DIR]` or in any directory above it

            hint: `oast new NAME` makes a project, `-C DIR` looks for one in another directory
        "#]],
    );
    fs::write(place.path().join("APackage.toml"), "").unwrap();
    fs::write(place.path().join("BPackage.toml"), "").unwrap();
    place.oast(&["build"]).check(
        2,
        expect![[r#"
            error: `[DIR]` has several manifests: APackage.toml, BPackage.toml
        "#]],
    );
}

#[test]
fn packages_and_targets_that_do_not_exist() {
    let place = Place::new();
    place.oast(&["new", "Hello"]);
    place.oast(&["-C", "Hello", "build", "-p", "Helo"]).check(
        2,
        expect![[r#"
            error: there is no package named `Helo`

            hint: there is one named `Hello`
        "#]],
    );
    place.oast(&["-C", "Hello", "build", "--target", "rust-2024"]).check(
        2,
        expect![[r#"
            error: there is no target named `rust-2024`

            hint: the targets are `c-11`, `python-3`
        "#]],
    );
    place.oast(&["-C", "Hello", "run", "--target", "pyton-3"]).check(
        2,
        expect![[r#"
            error: there is no target named `pyton-3`

            hint: there is one named `python-3`
        "#]],
    );
    assert_eq!(place.oast(&["-C", "Hello", "run", "Helo"]).code, Some(2));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let escape = '\u{1b}';
    let place = Place::new();
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = place.command(arguments);
        command.envs(environment.iter().copied());
        let outcome = Outcome::of(&command.output().unwrap(), place.path());
        outcome.stdout.contains(escape) || outcome.stderr.contains(escape)
    };
    for arguments in [&["new", "my-app"][..], &["build", "--help"], &["build", "--taget"]] {
        assert!(!colored(arguments, &[]), "{arguments:?}: a pipe");
        assert!(colored(arguments, &[("CLICOLOR_FORCE", "1")]), "{arguments:?}: forced");
        let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
        assert!(!colored(arguments, &both), "{arguments:?}: NO_COLOR wins");
        let always = [arguments, &["--color", "always"]].concat();
        assert!(colored(&always, &[("NO_COLOR", "1")]), "{arguments:?}: the flag wins");
        let never = [&["--color=never"], arguments].concat();
        assert!(!colored(&never, &[("CLICOLOR_FORCE", "1")]), "{arguments:?}: the flag wins");
    }
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let place = Place::new();
    let made = place.oast(&["-q", "new", "Hello"]);
    assert_eq!((made.code, &*made.stdout, &*made.stderr), (Some(0), "", ""));
    let refused = place.oast(&["-q", "new", "Hello"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
}

#[test]
fn completions_of_the_shells() {
    let place = Place::new();
    for (shell, word) in
        [("bash", "complete -F _oast"), ("zsh", "#compdef oast"), ("fish", "complete -c oast")]
    {
        let outcome = place.oast(&["completions", shell]);
        assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
        assert!(outcome.stdout.contains(word), "{shell}");
        for command in COMMANDS {
            assert!(outcome.stdout.contains(command), "{shell}: {command}");
        }
        let toasty = place.oast(&["completions", shell, "--name", "toasty"]);
        assert_eq!((toasty.code, &*toasty.stderr), (Some(0), ""));
        assert!(toasty.stdout.contains(&word.replace("oast", "toasty")), "{shell}");
        assert!(toasty.stdout.contains("opt-level"), "{shell}");
    }
}

#[test]
fn manual_pages() {
    let place = Place::new();
    let printed = place.oast(&["man"]);
    assert_eq!((printed.code, &*printed.stderr), (Some(0), ""));
    assert!(printed.stdout.contains(".TH oast 1"), "{}", printed.stdout);
    assert!(place.files().is_empty());

    assert_eq!(place.oast(&["man", "share/man 1"]).code, Some(0));
    let files = place.files();
    assert_eq!(files["share/man 1/oast.1"], printed.stdout);
    for command in COMMANDS {
        let page = &files[&format!("share/man 1/oast-{command}.1")];
        assert!(page.replace("\\-", "-").contains(&format!("oast {command}")), "{page}");
    }
    let of_oast = files.keys().filter(|it| it.contains("/oast")).count();
    let of_the_store = files.keys().filter(|it| it.contains("oast-store-")).count();
    assert!(1 < of_the_store, "commands below a command have pages, too");
    assert_eq!(of_oast, COMMANDS.len() + 1 + of_the_store);
    let others =
        files.keys().filter(|it| !it.contains("/oast")).map(|it| &it["share/man 1/".len()..]);
    let others = others.collect::<Vec<_>>().join(" ");
    assert_eq!(others, "oatsc.1 toasty-build.1 toasty-new.1 toasty-run.1 toasty.1");
    assert!(files["share/man 1/toasty-build.1"].contains("out\\-dir"));
}

#[test]
fn an_intermediate_file_is_printed() {
    let place = Place::new();
    let Ioct { origin, interface, meaning, positions } = crate::ioct::sample();
    let file = oast_engine::ir::ioct::write(&origin, &interface, &meaning, &positions);
    fs::write(place.path().join("Main.ioct"), file).unwrap();
    let outcome = place.oast(&["ioct", "Main.ioct"]);
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
    expect![[r#"
        source Demo/src/Main.oct (octizys)
        module Demo/Main

        public fn fact(n: Int): Int @1 =
          if n < 2 then 1 else n * fact(n - 1 @2) @2
    "#]]
    .assert_eq(&outcome.stdout);
}

#[test]
fn an_intermediate_file_that_is_none() {
    let place = Place::new();
    fs::write(place.path().join("Main.ioct"), "not what it should be").unwrap();
    place.oast(&["ioct", "Main.ioct"]).check(
        1,
        expect![[r#"
            error: `Main.ioct` cannot be shown: the record is damaged

            hint: `oast build` writes the project's `.ioct` files anew
        "#]],
    );
    place.oast(&["ioct", "Absent.ioct"]).check(
        1,
        expect![[r#"
            error: cannot read `Absent.ioct`: No such file or directory (os error 2)
        "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_reader_who_goes_away_is_no_failure() {
    let place = Place::new();
    let mut child = place
        .command(&["completions", "zsh"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let outcome = Outcome::of(&child.wait_with_output().unwrap(), place.path());
    assert_eq!((outcome.code, &*outcome.stderr), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let place = Place::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = place.command(&["man"]).stdout(full).output().unwrap();
    let outcome = Outcome::of(&output, place.path());
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("cannot write to standard output"), "{}", outcome.stderr);
}
