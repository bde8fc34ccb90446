//! `oatsc`: the program of a file, and what it refuses.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::process::Command;

use expect_test::expect;

use crate::command_line::place::Place;

const PROGRAM: &str = "export function main(): number { println(\"hi\"); return 0; }\n";

fn run(place: &Place, program: &str) -> String {
    let output = Command::new(place.path().join(program)).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_file_becomes_a_program_beside_it() {
    let place = Place::new();
    place.write("src/main.oats", PROGRAM);
    place.oatsc(&["src/main.oats"]).check(0, expect![""]);
    assert_eq!(run(&place, "src/main"), "hi\n");
    place.oatsc(&["src/main.oats", "-o", "out/hello"]).check(0, expect![""]);
    assert_eq!(run(&place, "out/hello"), "hi\n");
    let verbose = place.oatsc(&["-v", "src/main.oats"]);
    assert!(verbose.stderr.contains("Build order: [main]"), "{}", verbose.stderr);
}

#[test]
fn mistakes_are_lines_that_a_program_can_read() {
    let place = Place::new();
    place.write("main.oats", "export function main(): number {\n    return x;\n}\n");
    let outcome = place.oatsc(&["main.oats"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(1), ""));
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.starts_with("main.oats:2:12: error["), "{}", outcome.stderr);
    let human = place.oatsc(&["main.oats", "--message-format", "human"]);
    assert!(human.stderr.contains("--> main.oats:2:12"), "{}", human.stderr);
}

#[test]
fn a_library_is_no_program() {
    let place = Place::new();
    place.write("lib.oats", "export const one: number = 1;\n");
    place.oatsc(&["lib.oats"]).check(
        2,
        expect![[r#"
        error: the project has no program

        hint: in a program, the entry has an `export function main()`
    "#]],
    );
}

#[test]
fn wrong_usage_ends_with_2() {
    let place = Place::new();
    place.write("main.oats", PROGRAM);
    place.write("pkg/Oats.toml", "[package]\nname = \"my-pkg\"\nversion = \"0.1.0\"\n");
    place.write("pkg/src/main.oats", PROGRAM);
    place.write("a.oats.meta", "");
    let before = place.files();
    let wrong: &[(&[&str], &str)] = &[
        (&[], "Usage:"),
        (&["absent.oats"], "cannot compile `absent.oats`"),
        (&["pkg"], "`--package-root DIR` compiles a package"),
        (&["a.oats.meta"], "end in `.oats`"),
        (&["main.oats", "main.oats"], "unexpected argument"),
        (&["main.oats", "--package-root", "pkg"], "cannot be used with"),
        (&["main.oats", "--extern-pkg", "a=a.oats.meta"], "cannot be used with"),
        (&["--extern-pkg", "a=a.oats.meta"], "--package-root"),
        (&["--package-root", "absent"], "there is no package in `absent`"),
        (&["--package-root", "main.oats"], "it is no directory"),
        (&["--package-root", "."], "a directory with an `Oats.toml`"),
        (&["--package-root", "pkg", "--extern-pkg", "a"], "write `a=PATH/a_pkg.oats.meta`"),
        (&["--package-root", "pkg", "--extern-pkg", "a="], "the path of the metadata"),
        (&["--package-root", "pkg", "--extern-pkg", "a b=c"], "`a b` cannot be the name"),
        (
            &["--package-root", "pkg", "--extern-pkg", "a=a.oats.meta", "--extern-pkg", "a=x"],
            "given twice",
        ),
    ];
    for (arguments, said) in wrong {
        let outcome = place.oatsc(arguments);
        assert_eq!((outcome.code, &*outcome.stdout), (Some(2), ""), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(said), "{arguments:?}: {}", outcome.stderr);
    }
    let absent = place.oatsc(&["--package-root", "pkg", "--extern-pkg", "a=absent.oats.meta"]);
    assert_eq!(absent.code, Some(1));
    assert!(absent.stderr.contains("cannot read the metadata `absent.oats.meta`"), "{absent:?}");
    assert_eq!(place.files(), before);
}

#[test]
fn packages_one_by_one() {
    let place = Place::new();
    place.write(
        "base/Oats.toml",
        "[package]\nname = \"my-base\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n",
    );
    place.write("base/src/lib.oats", "export function f(n: number): number { return n; }\n");
    let manifest = "[package]\nname = \"top\"\nversion = \"0.1.0\"\n\n[dependencies]\nmy-base = { path = \"../absent\" }\n";
    place.write("top/Oats.toml", manifest);
    let program =
        "import { f } from \"my-base\";\nexport function main(): number { return f(0); }\n";
    place.write("top/src/main.oats", program);
    let compile_top =
        ["--package-root", "top", "--extern-pkg", "my-base=my_base_pkg.oats.meta", "-o", "out/t.o"];
    for _ in 0..2 {
        place.oatsc(&["--package-root", "base"]).check(0, expect![""]);
        place.oatsc(&compile_top).check(0, expect![""]);
    }
    let made: Vec<String> = place
        .files()
        .into_keys()
        .filter(|it| !it.contains("src/") && !it.contains("Oats.toml"))
        .collect();
    assert_eq!(made, ["my_base_pkg.o", "my_base_pkg.oats.meta", "out/t.o", "out/t.oats.meta"]);
    place.write("top/src/main.oats", &program.replace("f(0)", "f(\"0\")"));
    let outcome = place.oatsc(&compile_top);
    assert_eq!((outcome.code, outcome.stderr.lines().count()), (Some(1), 1), "{outcome:?}");
    assert!(outcome.stderr.starts_with("top/src/main.oats:2:43: error["), "{outcome:?}");
    let missing = place.oatsc(&["--package-root", "top"]);
    assert_eq!(missing.code, Some(1));
    assert!(missing.stderr.contains("error[missing-extern]"), "{missing:?}");
}

#[test]
fn a_broken_manifest_is_told() {
    let place = Place::new();
    place.write("pkg/Oats.toml", "[package]\nname = \"a b\"\nversion = \"0.1.0\"\n");
    let outcome = place.oatsc(&["--package-root", "pkg"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.starts_with("pkg/Oats.toml:2:8: error[invalid-name]: "), "{outcome:?}");
}
