//! `toasty` as the document of Oats describes it.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::fs;

use expect_test::expect;

use crate::command_line::place::{Outcome, Place};

const COMMON: &str = "\
export class Logger {
    log(message: string): void { console.log(message); }
}
export function framed(text: string): string { return `[${text}]`; }
";

const UTILS: &str = "\
import { framed } from \"common\";
export function format(text: string): string { return framed(text); }
";

/// As the document prints it.
const APP: &str = r#"import { Logger } from "common";
import { format } from "utils";

export function main(): number {
    const logger = new Logger();
    const msg = format("Hello, World!");
    logger.log(msg);
    return 0;
}
"#;

/// As the document prints it.
const APP_MANIFEST: &str = r#"[package]
name = "app"
version = "0.1.0"
entry = "src/main.oats"

[dependencies]
common = { path = "../common" }
utils = { path = "../utils" }
"#;

fn library(name: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n\n[dependencies]\n{dependencies}"
    )
}

/// The project of the document's example.
fn project() -> Place {
    let place = Place::new();
    place.write("app/Oats.toml", APP_MANIFEST);
    place.write("app/src/main.oats", APP);
    place.write("common/Oats.toml", &library("common", ""));
    place.write("common/src/lib.oats", COMMON);
    place.write("utils/Oats.toml", &library("utils", "common = { path = \"../common\" }\n"));
    place.write("utils/src/lib.oats", UTILS);
    place
}

/// A place with single files: `a.oats`, which imports `lib/x.oats`, and `b.oats`.
fn files() -> Place {
    let place = Place::new();
    place.write(
        "a.oats",
        "import { x } from \"./lib/x\";\nexport function main(): number { println(x); return 3; }\n",
    );
    place.write("lib/x.oats", "export const x: string = \"a\";\n");
    place.write("b.oats", "export function main(): number { println(\"b\"); return 0; }\n");
    place
}

/// The names in `target/` of a directory, without the folder of intermediates.
fn made(place: &Place, directory: &str) -> String {
    let entries = fs::read_dir(place.path().join(directory).join("target")).unwrap();
    let names = entries.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|it| !it.starts_with("oats_")).collect();
    names.sort();
    names.join(" ")
}

fn summary(outcome: &Outcome) -> &str {
    outcome.stderr.lines().last().unwrap_or_default()
}

#[track_caller]
fn succeeds(outcome: &Outcome, stdout: &str) {
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), stdout), "{outcome:?}");
}

#[test]
fn the_example_of_the_document() {
    let place = project();
    succeeds(&place.toasty(&["-C", "app", "build"]), "");
    assert_eq!(
        made(&place, "app"),
        "app app_pkg.o app_pkg.oats.meta common_pkg.o common_pkg.oats.meta utils_pkg.o utils_pkg.oats.meta"
    );
    assert!(!place.path().join("common/target").exists(), "outputs are in the root package");
    succeeds(&place.toasty(&["-q", "-C", "app/src", "run"]), "[Hello, World!]\n");
    let again = place.toasty(&["-C", "app", "build"]);
    assert_eq!(summary(&again), "3 packages, 3 modules: 0 compiled, 3 reused, [TIME]");
}

#[test]
fn verbose_shows_the_five_things() {
    let place = project();
    let before = place.toasty(&["--verbose", "-C", "app", "build"]);
    succeeds(&before, "");
    let text = &before.stderr;
    for name in ["app", "common", "utils"] {
        assert!(text.contains(&format!("manifest [DIR]/{name}/Oats.toml\n")), "{text}");
    }
    let graph = "\
packages
app (root)
 ├─> common
 └─> utils
      └─> common
Build order: [common, utils, app]
";
    assert!(text.contains(graph), "{text}");
    let runs = |line: &&str| line.starts_with("run ");
    let runs: Vec<&str> = text.lines().filter(runs).collect();
    let compiled = |it: &&&str| it.contains(" -c ") && it.contains("app/src/main.c");
    assert_eq!(runs.iter().filter(compiled).count(), 1, "{text}");
    let linked = |it: &&&str| it.contains(" -o app ");
    assert_eq!(runs.iter().filter(linked).count(), 1, "{text}");
    let after = place.toasty(&["build", "app", "--verbose"]);
    assert!(after.stderr.contains(graph), "after the command, too: {}", after.stderr);
}

#[test]
fn a_new_package_runs_at_once() {
    let place = Place::new();
    place.toasty(&["new", "myapp"]).check(
        0,
        expect![[r#"
            made the program `myapp` in `myapp`

            hint: `toasty run` in `myapp` builds and runs it
        "#]],
    );
    place.check_files(expect![[r#"
        //- /myapp/.gitignore
        /target
        /.oast
        //- /myapp/Oats.toml
        [package]
        name = "myapp"
        version = "0.1.0"
        entry = "src/main.oats"

        [dependencies]
        //- /myapp/src/main.oats
        // The program begins here. A result other than 0 says that it has failed.
        export function main(): number {
            println("Hello, world!");
            return 0;
        }
    "#]]);
    succeeds(&place.toasty(&["-q", "run", "myapp"]), "Hello, world!\n");
    assert_eq!(made(&place, "myapp"), "myapp myapp_pkg.o myapp_pkg.oats.meta");
}

#[test]
fn a_new_library_builds_and_can_be_used() {
    let place = Place::new();
    place.toasty(&["new", "myapp"]);
    place.toasty(&["-C", "myapp", "new", "my-lib", "--lib"]).check(
        0,
        expect![[r#"
            made the library `my-lib` in `my-lib`

            hint: to use it in the package around it, add this line to `[dependencies]` in `Oats.toml`:

                my-lib = { path = "my-lib" }
        "#]],
    );
    let built = place.toasty(&["build", "myapp/my-lib"]);
    assert_eq!(summary(&built), "1 package, 1 module: 1 compiled, 0 reused, [TIME]");
    assert_eq!(made(&place, "myapp/my-lib"), "my_lib_pkg.o my_lib_pkg.oats.meta");
    place.toasty(&["run", "myapp/my-lib"]).check(
        2,
        expect![[r#"
            1 package, 1 module: 0 compiled, 1 reused, [TIME]
            error: the project has no program

            hint: in a program, the entry has an `export function main()`
        "#]],
    );
    let manifest = place.files()["myapp/Oats.toml"].clone() + "my-lib = { path = \"my-lib\" }\n";
    place.write("myapp/Oats.toml", &manifest);
    place.write(
        "myapp/src/main.oats",
        "import { double } from \"my-lib\";\nexport function main(): void { println(double(4)); }\n",
    );
    succeeds(&place.toasty(&["-q", "run", "myapp"]), "8\n");
}

#[test]
fn names_of_packages_and_what_is_there() {
    let place = Place::new();
    place.toasty(&["new", "my app"]).check(
        2,
        expect![[r#"
            error: `my app` cannot be a name: a name is made of the letters of ASCII, digits, `-` and `_`

            hint: `my-app` can
        "#]],
    );
    place.toasty(&["new", "oats"]).check(
        2,
        expect![[r#"
            error: `oats` cannot be a name: it is a word of the language

            hint: `my-oats` can
        "#]],
    );
    assert!(place.files().is_empty());
    place.toasty(&["new", "a"]);
    let before = place.files();
    place.toasty(&["new", "a", "--lib"]).check(
        2,
        expect![[r#"
            error: `[DIR]/a` exists already and is left as it is
        "#]],
    );
    assert_eq!(place.files(), before);
}

#[test]
fn no_package() {
    let place = files();
    let nothing = || {
        expect![[r#"
        error: No Oats.toml found in `[DIR]` or in any directory above it

        hint: `toasty new NAME` makes a package
        hint: `toasty build FILE.oats` builds a file that belongs to no package
    "#]]
    };
    place.toasty(&["build"]).check(2, nothing());
    place.toasty(&["build", "."]).check(2, nothing());
    assert_eq!(place.toasty(&["run", "lib"]).code, Some(2));
    // Manifests of others do not count.
    place.write("project.toml", "[packages]\n");
    assert_eq!(place.toasty(&["build"]).code, Some(2));
}

#[test]
fn a_source_that_can_not_be_built() {
    let place = files();
    place.write("notes.txt", "");
    place.toasty(&["build", "absent.oats"]).check(
        2,
        expect![[r#"
            error: cannot build `absent.oats`: No such file or directory (os error 2)
        "#]],
    );
    place.toasty(&["build", "notes.txt"]).check(
        2,
        expect![[r#"
            error: cannot build `notes.txt`: it is no directory, no `Oats.toml` and no source file of Oats

            hint: the names of source files end in `.oats`
        "#]],
    );
}

#[test]
fn every_way_to_name_a_package() {
    let place = project();
    for source in ["app", "app/src", "app/Oats.toml", "app/src/main.oats"] {
        succeeds(&place.toasty(&["--quiet", "run", source]), "[Hello, World!]\n");
    }
    place.write("app/src/scratch.oats", "");
    let scratch = place.toasty(&["build", "app/src/scratch.oats"]);
    succeeds(&scratch, "");
    let said = "`scratch.oats` is not imported by the package `app`, which is built without it\n";
    assert!(scratch.stderr.starts_with(said), "{}", scratch.stderr);
}

#[test]
fn a_file_by_itself() {
    let place = files();
    let outcome = place.toasty(&["run", "a.oats"]);
    assert_eq!((outcome.code, &*outcome.stdout), (Some(1), "a\n"), "{outcome:?}");
    let notice = outcome.stderr.lines().next().unwrap();
    assert_eq!(notice, "No Oats.toml found, using single-file mode");
    assert_eq!(made(&place, "."), "a a_pkg.o a_pkg.oats.meta");
    assert!(!place.path().join("Oats.toml").exists());
    let again = place.toasty(&["build", "a.oats"]);
    assert_eq!(summary(&again), "1 package, 2 modules: 0 compiled, 2 reused, [TIME]");
    let quiet = place.toasty(&["-q", "run", "a.oats"]);
    assert_eq!((&*quiet.stdout, &*quiet.stderr), ("a\n", ""));
}

#[test]
fn files_in_one_directory_leave_each_other_alone() {
    let place = files();
    let names = ["a", "b", "b-c", "b_c", "b.c"];
    for name in &names[2..] {
        let text = format!("export function main(): number {{ println(\"{name}\"); return 0; }}\n");
        place.write(&format!("{name}.oats"), &text);
    }
    for name in names {
        let outcome = place.toasty(&["-q", "run", &format!("{name}.oats")]);
        assert_eq!(
            (&*outcome.stdout, &*outcome.stderr),
            (&*format!("{name}\n"), ""),
            "{outcome:?}"
        );
    }
    let before = place.files();
    for name in names {
        assert!(place.path().join("target").join(name).exists(), "{name}");
        let again = place.toasty(&["build", &format!("{name}.oats")]);
        assert!(summary(&again).contains(": 0 compiled, "), "{name}: {}", again.stderr);
    }
    let outputs = |files: &std::collections::BTreeMap<String, String>| {
        let outputs = files.iter().filter(|(path, _)| path.starts_with("target/"));
        outputs.map(|(path, text)| (path.clone(), text.clone())).collect::<Vec<_>>()
    };
    assert!(outputs(&before) == outputs(&place.files()), "nothing was made anew");
}

#[test]
fn a_file_that_imports_from_beside_its_directory() {
    let place = files();
    place.write(
        "tools/deep/t.oats",
        "import { x } from \"../../lib/x\";\nexport function main(): number { println(x); return 0; }\n",
    );
    let outcome = place.toasty(&["-q", "run", "tools/deep/t.oats"]);
    succeeds(&outcome, "a\n");
    assert_eq!(made(&place, "tools/deep"), "t t_pkg.o t_pkg.oats.meta");
    assert!(!place.path().join("target").exists());
}

#[test]
fn the_migration_of_the_document() {
    let place = Place::new();
    place.write("main.oats", "export function main(): number { println(\"hi\"); return 0; }\n");
    succeeds(&place.toasty(&["build", "main.oats"]), "");
    assert_eq!(made(&place, "."), "main main_pkg.o main_pkg.oats.meta");
    place.write(
        "Oats.toml",
        "[package]\nname = \"myapp\"\nversion = \"0.1.0\"\nentry = \"main.oats\"\n\n[dependencies]\n",
    );
    let built = place.toasty(&["build"]);
    succeeds(&built, "");
    assert!(!built.stderr.contains("single-file"), "{}", built.stderr);
    let made = made(&place, ".");
    assert!(made.contains("myapp myapp_pkg.o myapp_pkg.oats.meta"), "{made}");
    assert!(!made.contains("main_pkg"), "the object of the single file is gone: {made}");
    succeeds(&place.toasty(&["-q", "run"]), "hi\n");

    fs::create_dir(place.path().join("src")).unwrap();
    fs::remove_file(place.path().join("Oats.toml")).unwrap();
    fs::rename(place.path().join("main.oats"), place.path().join("src/main.oats")).unwrap();
    succeeds(&place.toasty(&["new", "myproject"]), "");
    succeeds(&place.toasty(&["-q", "-C", "myproject", "run"]), "Hello, world!\n");
}

#[test]
fn a_mistake_in_a_file_by_itself_is_shown_where_it_is() {
    let place = files();
    place.write("bad.oats", "export function main(): number { return x; }\n");
    let outcome = place.toasty(&["build", "bad.oats", "--message-format", "short"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("\nbad.oats:1:41: error["), "{}", outcome.stderr);
    assert!(!place.path().join("target/bad").exists());
    assert_eq!(place.toasty(&["run", "bad.oats"]).code, Some(1));
}

#[test]
fn the_program_elsewhere_and_under_another_name() {
    let place = project();
    succeeds(&place.toasty(&["build", "app", "--out-dir", "bin/here", "--out-name", "hi"]), "");
    let program = |path: &str| {
        let output = std::process::Command::new(place.path().join(path)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(program("bin/here/hi"), "[Hello, World!]\n");
    assert_eq!(program("app/target/hi"), "[Hello, World!]\n");
    assert!(!place.path().join("app/target/app").exists());

    // Seen from the directory of the user, replaced by the next build, without leftovers.
    place.write("app/src/main.oats", &APP.replace("Hello", "Bye"));
    succeeds(
        &place.toasty(&["-C", "bin", "build", "../app", "--out-dir", "here", "--out-name", "hi"]),
        "",
    );
    assert_eq!(program("bin/here/hi"), "[Bye, World!]\n");
    assert_eq!(fs::read_dir(place.path().join("bin/here")).unwrap().count(), 1);

    fs::create_dir_all(place.path().join("taken/app")).unwrap();
    let outcome = place.toasty(&["build", "app", "--out-dir", "taken"]);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stderr.contains("cannot write `[DIR]/taken/app`"), "{}", outcome.stderr);
    let single = files();
    succeeds(&single.toasty(&["build", "b.oats", "--out-dir", "."]), "");
    assert!(single.path().join("b").exists());
}

#[test]
fn options_that_are_wrong() {
    let place = project();
    let wrong: &[&[&str]] = &[
        &[],
        &["biuld"],
        &["check"],
        &["build", "--opt-level", "2"],
        &["build", "--lto", "fat"],
        &["build", "--out-name", "a/b"],
        &["build", "--out-name", ".."],
        &["build", "--out-name", ""],
        &["build", "--out-name", "x_pkg.o"],
        &["build", "app", "--out-name", "oats_0.1.0"],
        &["build", "a.oats", "b.oats"],
        &["build", "app", "--quiet", "--verbose"],
        &["--quiet", "build", "app", "-v"],
        &["run", "app", "--", "fine", "--lto", "fat", "--nonsense", "-x"],
    ];
    for arguments in wrong {
        let outcome = place.toasty(arguments);
        let expected = if arguments.contains(&"fine") { 0 } else { 2 };
        assert_eq!(outcome.code, Some(expected), "{arguments:?}: {outcome:?}");
    }
    assert!(place.toasty(&["build", "--outdir", "x"]).stderr.contains("--out-dir"));
}

#[test]
fn options_reach_the_compiler_and_the_linker() {
    let place = project();
    let commands = |options: &[&str]| {
        let mut command = place.named("toasty", &[&["-v", "build", "app"], options].concat());
        let output = command.env("OAST_STORE", "off").output().unwrap();
        let outcome = Outcome::of(&output, place.path());
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let runs = outcome.stderr.lines().filter(|it| it.starts_with("run "));
        let (mut compile, mut link) = (String::new(), String::new());
        for line in runs {
            if line.contains(" -c ") && line.contains("app/src/main.c") {
                compile = line.to_owned();
            } else if line.contains(" -o app ") {
                link = line.to_owned();
            }
        }
        (compile, link)
    };
    assert!(commands(&[]).0.contains(" -O0 "));
    assert!(commands(&["--release"]).0.contains(" -O2 "));
    assert!(commands(&["--opt-level", "aggressive"]).0.contains(" -O3 "));
    assert!(commands(&["--release", "--opt-level", "none"]).0.contains(" -O0 "));
    assert!(commands(&["--opt-level", "default", "--lto", "full"]).0.contains(" -flto"));
    let (_, linked) = commands(&["--linker", "gcc"]);
    assert!(linked.contains("gcc "), "{linked}");
    let absent = place.toasty(&["build", "app", "--linker", "no-such-linker"]);
    assert_eq!(absent.code, Some(1), "{absent:?}");
    assert!(absent.stderr.contains("no-such-linker"), "{}", absent.stderr);
}

#[test]
fn what_other_linkers_have_linked_can_be_linked_again() {
    let place = project();
    for linker in ["gcc", "bfd"] {
        let outcome = place.toasty(&["build", "app", "--linker", linker, "--out-name", linker]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
    }
    let outcome = place.oast(&["store", "verify", "--sample", "100"]);
    assert!(outcome.stdout.ends_with(" the same, 0 different, 0 skipped\n"), "{outcome:?}");
}

#[test]
fn a_program_runs_where_the_user_is_and_gets_the_arguments() {
    let place = Place::new();
    place.toasty(&["new", "app"]);
    // The language cannot ask where it runs or for its arguments, so another program stands in for the linker's output.
    place.write("app/src/main.oats", "export function main(): number { return 42; }\n");
    assert_eq!(place.toasty(&["-q", "run", "app", "--", "a b"]).code, Some(1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let script = "#!/bin/sh\ncase $1 in --version) echo 1; exit;; esac\nfor a; do o=$a; case $p in -o) out=$a;; esac; p=$a; done\n\
                      printf '#!/bin/sh\\npwd; printf \"%%s,\" \"$@\"; exit 7\\n' > \"$out\"\nchmod +x \"$out\"\n";
        place.write("bin/linker", script);
        let linker = place.path().join("bin/linker");
        fs::set_permissions(&linker, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(place.path().join("here")).unwrap();
        let linker = linker.to_str().unwrap();
        let arguments =
            ["-q", "-C", "here", "run", "../app", "--linker", linker, "--", "a b", "-q"];
        let outcome = place.toasty(&arguments);
        assert_eq!(
            (outcome.code, &*outcome.stdout),
            (Some(7), "[DIR]/here\na b,-q,"),
            "{outcome:?}"
        );
    }
}

#[test]
fn other_dialects_are_chosen_by_a_flag() {
    let place = Place::new();
    assert_eq!(place.oast(&["new", "hello", "--dialect", "oats"]).code, Some(0));
    succeeds(&place.oast(&["-q", "-C", "hello", "run"]), "Hello, world!\n");
    fs::create_dir(place.path().join("lib")).unwrap();
    place.oast(&["-C", "lib", "init", "--lib", "--dialect", "oats"]).check(
        0,
        expect![[r#"
            made the library `lib` in `[DIR]/lib`
        "#]],
    );
    assert_eq!(place.oast(&["-C", "lib", "check"]).code, Some(0));

    place.write("hello/project.toml", "[packages]\nA = { path = \"A\" }\n");
    place.write("hello/A/APackage.toml", "[package]\nversion = \"1.0.0\"\nmain = \"M\"\n");
    place.write("hello/A/src/M.oct", "main : Text = \"octizys\";\n");
    place.oast(&["-C", "hello", "run"]).check(
        2,
        expect![[r#"
            error: `[DIR]/hello` has several manifests: Oats.toml, project.toml

            hint: `--dialect` says which: `octizys`, `oats`
        "#]],
    );
    succeeds(&place.oast(&["-q", "-C", "hello", "run", "--dialect", "octizys"]), "octizys\n");
    succeeds(&place.oast(&["--dialect=oats", "-q", "-C", "hello", "run"]), "Hello, world!\n");
    succeeds(&place.toasty(&["-q", "-C", "hello", "run"]), "Hello, world!\n");
}
