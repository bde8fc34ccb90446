//! `oast link-names`, and which name leads to which command line.
#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::fs;
use std::os::unix::fs::symlink;

use expect_test::expect;

use crate::command_line::place::Place;

#[test]
fn the_names_lead_to_the_command_lines() {
    let place = Place::new();
    assert_eq!(place.toasty(&["--version"]).stdout, "toasty 0.1.0\n");
    assert_eq!(place.oatsc(&["--version"]).stdout, "oatsc 0.1.0\n");
    let overview = place.toasty(&["--help"]).stdout;
    for said in ["Usage: toasty [OPTIONS] <COMMAND>", "build", "run", "new", "Exit status:"] {
        assert!(overview.contains(said), "{said}: {overview}");
    }
    let usage = place.oatsc(&["--help"]).stdout;
    for said in ["oatsc [OPTIONS] <FILE> [-o <OUTPUT>]", "--package-root", "--extern-pkg"] {
        assert!(usage.contains(said), "{said}: {usage}");
    }
    let bin = place.path().join("bin");
    assert_eq!(place.oast(&["link-names", "bin"]).code, Some(0));
    for (name, version) in [("toasty.exe", "toasty 0.1.0\n"), ("other", "oast 0.1.0\n")] {
        fs::rename(bin.join("oatsc"), bin.join(name)).unwrap();
        let output = std::process::Command::new(bin.join(name)).arg("--version").output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
        fs::rename(bin.join(name), bin.join("oatsc")).unwrap();
    }
}

#[test]
fn names_are_made_once_and_nothing_foreign_is_overwritten() {
    let place = Place::new();
    let program = place.command(&[]).get_program().to_str().unwrap().to_owned();
    let program = fs::canonicalize(program).unwrap();
    assert_eq!(place.oast(&["link-names", "a/bin"]).code, Some(0));
    for name in ["toasty", "oatsc"] {
        assert_eq!(fs::read_link(place.path().join("a/bin").join(name)).unwrap(), program);
    }
    place.oast(&["link-names", "a/bin"]).check(
        0,
        expect![[r#"
            `[DIR]/a/bin/toasty` is there already
            `[DIR]/a/bin/oatsc` is there already
        "#]],
    );

    // A link to an Oast that was somewhere else.
    let bin = place.path().join("b");
    fs::create_dir(&bin).unwrap();
    symlink("/nowhere/oast", bin.join("toasty")).unwrap();
    assert_eq!(place.oast(&["link-names", "b"]).code, Some(0));
    assert_eq!(fs::read_link(bin.join("toasty")).unwrap(), program);

    // A copy of this one.
    fs::remove_file(bin.join("toasty")).unwrap();
    fs::copy(&program, bin.join("toasty")).unwrap();
    assert_eq!(place.oast(&["link-names", "b"]).code, Some(0));
    assert!(fs::read_link(bin.join("toasty")).is_err());
}

#[test]
fn what_is_foreign_stays_and_nothing_is_made() {
    let place = Place::new();
    place.write("c/oatsc", "mine");
    place.oast(&["link-names", "c"]).check(
        1,
        expect![[r#"
            error: `[DIR]/c/oatsc` exists already and is left as it is; nothing was made

            hint: `oast link-names DIR` makes the names in another directory
        "#]],
    );
    assert_eq!(place.files().into_iter().collect::<Vec<_>>(), [("c/oatsc".into(), "mine".into())]);
    symlink("/nowhere/else", place.path().join("c/toasty")).unwrap();
    fs::remove_file(place.path().join("c/oatsc")).unwrap();
    assert_eq!(place.oast(&["link-names", "c"]).code, Some(1));
    assert_eq!(place.oast(&["link-names"]).code, Some(2));
    place.write("file", "");
    assert_eq!(place.oast(&["link-names", "file"]).code, Some(1));
}
