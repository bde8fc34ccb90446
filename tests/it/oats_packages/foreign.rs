//! Packages compiled by a program that is not part of Oast: one that behaves, and one that does not.
//!
//! The compiler is a script for C in files called `.oats`: that the embedded compiler would understand none of it shows that it is
//! not asked. What a package's file `misbehave` says it does before it ends.
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use camino::Utf8PathBuf;
use expect_test::expect;
use oast_engine::build::{BuildError, BuildRequest, Event, Progress, Report};
use oast_engine::host::{CancelToken, Host as _, OsHost};

use crate::oats_packages::output_of;
use crate::project::Project;

const COMPILER: &str = r#"#!/bin/sh
externs=
while [ $# -gt 0 ]; do
    case $1 in
        --version) echo "script 1"; exit 0 ;;
        --package-root) root=$2; shift 2 ;;
        --extern-pkg) externs="$externs ${2#*=}"; shift 2 ;;
        -o) out=$2; shift 2 ;;
        *) echo "unknown option $1" >&2; exit 64 ;;
    esac
done
name=$(sed -n 's/^name = "\(.*\)"/\1/p' "$root/Oats.toml")
meta=${out%.o}.oats.meta
for extern in $externs; do cat "$extern" > /dev/null || exit 1; done
cc -x c -c "$root"/src/*.oats -o "$out" || exit 1
printf '{"package": "%s", "version": "0.1.0", "exports": %s}\n' "$name" "$(cat "$root/exports")" > "$meta"
if [ -f "$root/misbehave" ]; then . "$root/misbehave"; fi
exit 0
"#;

const FILES: &[(&str, &str)] = &[
    ("cc.sh", COMPILER),
    ("app/.oast/config.toml", "[compiler.oats]\ncommand = \"../cc.sh\"\n"),
    (
        "app/Oats.toml",
        "[package]\nname = \"app\"\nversion = \"0.1.0\"\n\n[dependencies]\n\
         common = { path = \"../common\" }\nutils = { path = \"../utils\" }\n",
    ),
    (
        "app/src/main.oats",
        "#include <stdio.h>\nint add(int, int);\nint main(void) { printf(\"%d\\n\", add(1, 2)); return 0; }\n",
    ),
    ("app/exports", "{\"main\": {\"signature\": \"() -> number\"}}"),
    (
        "common/Oats.toml",
        "[package]\nname = \"common\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n",
    ),
    ("common/src/lib.oats", "int plus(int a, int b) { return a + b; }\n"),
    ("common/exports", "{\"plus\": {\"signature\": \"(number, number) -> number\"}}"),
    (
        "utils/Oats.toml",
        "[package]\nname = \"utils\"\nversion = \"0.1.0\"\nentry = \"src/lib.oats\"\n\n[dependencies]\n\
         common = { path = \"../common\" }\n",
    ),
    ("utils/src/lib.oats", "int plus(int, int);\nint add(int a, int b) { return plus(a, b); }\n"),
    ("utils/exports", "{\"add\": {\"signature\": \"(number, number) -> number\"}}"),
];

pub(super) fn project() -> Project {
    let packages = Project::new(FILES);
    may_run(&packages);
    packages
}

pub(super) fn may_run(packages: &Project) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(packages.root.join("cc.sh"), mode).unwrap();
}

fn build(packages: &Project) -> Report {
    packages.build("app", &BuildRequest::default())
}

/// What was done, without the run-time support.
pub(super) fn steps(report: &Report) -> Vec<&str> {
    let labels = report.steps.iter().map(|it| &*it.label);
    let mut labels: Vec<&str> = labels.filter(|it| !it.contains("run-time support")).collect();
    labels.sort_unstable();
    labels
}

#[track_caller]
pub(super) fn built(report: &Report) -> Vec<&str> {
    assert_eq!((&report.diagnostics[..], &report.failures[..]), (&[][..], &[][..]));
    steps(report)
}

/// Somebody who remembers what was told.
#[derive(Default)]
pub(super) struct Told(Mutex<Vec<Event>>);

impl Progress for Told {
    fn event(&self, event: Event) {
        self.0.lock().unwrap().push(event);
    }
}

impl Told {
    pub(super) fn all<T>(&self, which: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.0.lock().unwrap().iter().filter_map(which).collect()
    }
}

/// Has programs linked with an object made of `code` in place of our run-time support.
fn link_with(packages: &Project, code: &str) {
    let config = "[compiler.oats]\ncommand = \"../cc.sh\"\nruntime = \"../run.o\"\n";
    packages.write("app/.oast/config.toml", config);
    packages.write("run.c", code);
    let mut cc = std::process::Command::new("cc");
    let cc = cc.args(["-c", "run.c", "-o", "run.o"]).current_dir(&packages.root);
    assert!(cc.status().unwrap().success());
}

/// How `app` is compiled.
const COMMAND: &str = "LC_ALL=C NO_COLOR=1 '/cc.sh' --package-root . \
    --extern-pkg common=target/common_pkg.oats.meta --extern-pkg utils=target/utils_pkg.oats.meta \
    -o target/oats_0.1.0/staging/app/app_pkg.o";

/// Builds with a compiler that does `what` for `app`: what there is to tell, without where the project is.
#[track_caller]
fn misbehaving(what: &str) -> String {
    let packages = project();
    link_with(&packages, "");
    packages.write("app/misbehave", what);
    let report = build(&packages);
    assert!(!report.success(), "{report:?}");
    let left = packages.names("app/target");
    let made = ["app", "app_pkg.o", "app_pkg.oats.meta"];
    assert!(!left.iter().any(|it| made.contains(&&**it)), "{left:?}");
    // A failure is not remembered, and nothing stays in the way of doing it well.
    assert_eq!(steps(&build(&packages)), ["cc.sh app"]);
    fs::remove_file(packages.root.join("app/misbehave")).unwrap();
    assert_eq!(built(&build(&packages)), ["cc.sh app", "link app"]);
    let told = report.diagnostics.iter().map(|it| format!("{it:?}\n"));
    let told: String = told.chain(report.failures).collect();
    told.replace(packages.root.as_str(), "").replace(COMMAND, "COMMAND")
}

#[test]
fn packages_are_compiled_each_by_itself_and_linked() {
    let packages = project();
    let report = build(&packages);
    assert_eq!(built(&report), ["cc.sh app", "cc.sh common", "cc.sh utils", "link app"]);
    assert_eq!((report.packages, report.modules, report.compiled), (3, 3, 3));
    assert_eq!(output_of(&report.artefacts[0].path), "3\n");
    expect![[r#"
        [
            "app",
            "app_pkg.o",
            "app_pkg.oats.meta",
            "common_pkg.o",
            "common_pkg.oats.meta",
            "oats_0.1.0",
            "utils_pkg.o",
            "utils_pkg.oats.meta",
        ]
    "#]]
    .assert_debug_eq(&packages.names("app/target"));
    let again = build(&packages);
    assert_eq!((built(&again), again.reused, &again.artefacts), (vec![], 3, &report.artefacts));
}

#[test]
fn equal_metadata_is_the_end_of_what_is_compiled_again() {
    let packages = project();
    build(&packages);
    packages.edit("common/src/lib.oats", "a + b", "a + b + 1");
    let report = build(&packages);
    assert_eq!(built(&report), ["cc.sh common", "link app"]);
    assert_eq!(output_of(&report.artefacts[0].path), "4\n");
    packages.edit("common/exports", "number, number", "number, any");
    assert_eq!(built(&build(&packages)), ["cc.sh app", "cc.sh common", "cc.sh utils"]);
    // What the compiler could see counts, whatever it is.
    packages.write("utils/notes/a.txt", "new");
    assert_eq!(built(&build(&packages)), ["cc.sh utils"]);
    for nothing in ["utils/.git/x", "utils/target/x", "utils/inner/Oats.toml", "utils/inner/x"] {
        packages.write(nothing, "[package]\nname = \"inner\"\nversion = \"0.1.0\"\n");
    }
    assert_eq!(built(&build(&packages)), Vec::<&str>::new());
}

#[test]
fn outputs_are_put_back_and_those_of_nobody_removed() {
    let packages = project();
    build(&packages);
    let target = packages.root.join("app/target");
    fs::write(target.join("common_pkg.oats.meta"), "{}").unwrap();
    fs::remove_file(target.join("app")).unwrap();
    assert_eq!(built(&build(&packages)), ["cc.sh common", "link app"]);
    packages.edit("app/exports", "main", "start");
    let report = build(&packages);
    assert_eq!((built(&report), &*report.artefacts), (vec!["cc.sh app"], &[][..]));
    packages.edit("app/Oats.toml", "utils = { path = \"../utils\" }\n", "");
    build(&packages);
    let left = packages.names("app/target");
    assert_eq!(
        left,
        ["app_pkg.o", "app_pkg.oats.meta", "common_pkg.o", "common_pkg.oats.meta", "oats_0.1.0",]
    );
}

#[test]
fn the_compiler_and_the_settings_are_part_of_what_is_known() {
    let packages = project();
    build(&packages);
    packages.edit("cc.sh", "exit 0 ;;", "exit 0 ; ;;");
    may_run(&packages);
    let all = ["cc.sh app", "cc.sh common", "cc.sh utils"];
    assert_eq!(built(&build(&packages)), all);
    let config = "[compiler.oats]\ncommand = [\"../cc.sh\", \"-o\", \"x\"]\n";
    packages.write("app/.oast/config.toml", config);
    assert_eq!(built(&build(&packages)), all);
    // The embedded compiler has its own opinion of these sources.
    fs::remove_file(packages.root.join("app/.oast/config.toml")).unwrap();
    assert!(build(&packages).diagnostics.iter().any(oast_engine::source::Diagnostic::is_error));
    packages.write("app/.oast/config.toml", "[compiler.oats]\ncommand = 1\n");
    let report = build(&packages);
    assert_eq!((report.diagnostics.len(), report.steps.len()), (1, 0));
}

#[test]
fn a_moved_tree_has_nothing_to_do() {
    let packages = project();
    packages.edit("app/src/main.oats", "#include", "#warning \"moved\"\n#include");
    let warnings = |report: &Report, root: &Utf8PathBuf| -> Vec<String> {
        let told = report.diagnostics.iter();
        told.map(|it| it.span.path.strip_prefix(root).unwrap().to_string()).collect()
    };
    let report = build(&packages);
    assert_eq!(warnings(&report, &packages.root), ["app/src/main.oats"]);
    let moved = packages.root.join("moved to");
    fs::create_dir(&moved).unwrap();
    for name in ["app", "common", "utils", "cc.sh"] {
        fs::rename(packages.root.join(name), moved.join(name)).unwrap();
    }
    let again = packages.build("moved to/app", &BuildRequest::default());
    assert_eq!((steps(&again), again.success()), (vec![], true));
    assert_eq!(warnings(&again, &moved), ["app/src/main.oats"]);
}

#[test]
fn a_library_of_the_users_takes_the_place_of_our_support() {
    let packages = project();
    link_with(&packages, "int plus3(int a) { return a + 3; }\n");
    packages.edit("common/src/lib.oats", "int plus(", "int plus3(int); int plus(");
    packages.edit("common/src/lib.oats", "a + b", "plus3(a)");
    let report = build(&packages);
    assert_eq!(built(&report), ["cc.sh app", "cc.sh common", "cc.sh utils", "link app"]);
    assert!(report.steps.iter().all(|it| !it.label.contains("run-time support")));
    assert_eq!(output_of(&report.artefacts[0].path), "4\n");
}

#[test]
fn one_that_says_an_error_and_that_all_is_well() {
    let told = misbehaving("echo \"$root/src/main.oats:3:5: error: no such thing\"\n");
    expect![[r#"
        Diagnostic { code: "compiler-error", severity: Error, message: "no such thing", span: Span { path: "/app/src/main.oats", range: TextRange { start: 42, end: 46 } }, label: "", labels: [], help: [], fix: None }
        cc.sh app: COMMAND succeeded, but reported an error
    "#]].assert_eq(&told);
}

#[test]
fn one_that_makes_nothing() {
    expect![[r#"
        cc.sh app: COMMAND succeeded, but did not make `app_pkg.o`
    "#]]
    .assert_eq(&misbehaving("rm \"$out\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but did not make `app_pkg.oats.meta`
    "#]]
    .assert_eq(&misbehaving("rm \"$meta\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but did not make `app_pkg.o`
    "#]]
    .assert_eq(&misbehaving("rm \"$out\"; ln -s /bin/sh \"$out\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but did not make `app_pkg.o`
    "#]]
    .assert_eq(&misbehaving("rm \"$out\"; mkfifo \"$out\""));
}

#[test]
fn one_that_makes_something_else() {
    expect![[r#"
        cc.sh app: COMMAND succeeded, but `app_pkg.o` is empty
    "#]]
    .assert_eq(&misbehaving(": > \"$out\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but `app_pkg.o` is nothing that can be linked
    "#]]
    .assert_eq(&misbehaving("echo text > \"$out\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but `app_pkg.oats.meta` is no metadata of a package: EOF while parsing a value at line 2 column 0
    "#]].assert_eq(&misbehaving("echo '{\"package\": ' > \"$meta\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but `app_pkg.oats.meta` is about the package `common`, not `app`
    "#]]
        .assert_eq(&misbehaving("echo '{\"package\": \"common\", \"exports\": {}}' > \"$meta\""));
    expect![[r#"
        cc.sh app: COMMAND succeeded, but `app_pkg.oats.meta` is no metadata of a package: missing field `exports` at line 1 column 18
    "#]].assert_eq(&misbehaving("echo '{\"package\": \"app\"}' > \"$meta\""));
}

#[test]
fn one_that_crashes() {
    expect![[r#"
        cc.sh app: COMMAND ended with a signal
    "#]]
    .assert_eq(&misbehaving("kill -SEGV $$"));
    expect![[r#"
        cc.sh app: COMMAND ended with exit status 7
        internal error
    "#]]
    .assert_eq(&misbehaving("echo internal error >&2; exit 7"));
}

#[test]
fn one_that_prints_megabytes() {
    let told = misbehaving("yes 'nothing but words' | head -c 30000000; exit 1");
    assert!(told.len() < 1_000_000, "{}", told.len());
    assert!(told.contains("nothing but words"));
}

#[test]
fn one_that_touches_what_is_not_its_own() {
    let packages = project();
    packages.write("secret", "told");
    packages.write("app/.git/config", "hidden");
    packages.write(
        "app/misbehave",
        "for it in ../secret ../common/src/lib.oats .git/config target/utils_pkg.o; do\n\
             if cat \"$root/$it\" > /dev/null 2>&1; then echo \"read $it\"; fi\n\
         done\n\
         for it in ../secret src/main.oats ../new target/new target/utils_pkg.o .oast/config.toml; do\n\
             if (echo x >> \"$root/$it\") 2> /dev/null; then echo \"wrote $it\"; fi\n\
         done\n\
         rm -f \"$root/src/main.oats\" 2> /dev/null\n\
         ls -R \"$root\" > /dev/null && echo listed\n",
    );
    let told = Told::default();
    let request = BuildRequest { no_store: true, ..BuildRequest::default() };
    let report = packages.try_build("app", &request, &told, &CancelToken::default()).unwrap();
    assert!(report.success(), "{:?}", report.failures);
    let said = told.all(|event| match event {
        Event::StepOutput { label, text } => Some(format!("{label}: {text}")),
        Event::Note(text) => Some(text.clone()),
        _ => None,
    });
    // Names may be seen. Where the system cannot confine programs, this fails and says so.
    assert_eq!(said, ["cc.sh app: listed\n"]);
    assert_eq!(output_of(&report.artefacts[0].path), "3\n");
}

#[test]
fn one_that_hangs_is_killed_with_its_children() {
    let packages = project();
    packages.write("app/misbehave", "sleep 1000 &\necho $! > \"$out.pid\"\nwait\n");
    let cancel = CancelToken::default();
    let staging = packages.root.join("app/target/oats_0.1.0/staging/app");
    let request = BuildRequest { no_store: true, ..BuildRequest::default() };
    let child = thread::scope(|scope| {
        let told = Told::default();
        let build = scope.spawn({
            let (packages, request, cancel) = (&packages, &request, &cancel);
            move || packages.try_build("app", request, &told, cancel)
        });
        let child = loop {
            match fs::read_to_string(staging.join("app_pkg.o.pid")) {
                Ok(text) if text.ends_with('\n') => break text,
                _ => thread::sleep(Duration::from_millis(5)),
            }
            assert!(!build.is_finished(), "it does not hang");
        };
        assert!(fs::exists(format!("/proc/{}", child.trim())).unwrap());
        cancel.cancel();
        assert!(matches!(build.join().unwrap(), Err(BuildError::Interrupted)));
        child
    });
    let is_gone = || {
        let state = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        state.map_or(true, |it| it.contains(") Z "))
    };
    // Who is killed takes a moment to go.
    for _ in 0..2000 {
        if is_gone() {
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    assert!(is_gone());
    assert!(!staging.exists());
    fs::remove_file(packages.root.join("app/misbehave")).unwrap();
    assert!(build(&packages).success());
}

#[test]
fn what_it_says_of_sources_is_told_like_our_own() {
    let packages = project();
    packages.edit("app/src/main.oats", "add(1, 2)", "add(1, 2) +");
    let report = build(&packages);
    let [diagnostic] = &report.diagnostics[..] else { panic!("{report:?}") };
    assert_eq!(diagnostic.code, "compiler-error");
    assert_eq!(diagnostic.span.path, packages.root.join("app/src/main.oats"));
    assert_eq!(report.artefacts, []);
}

#[test]
fn a_check_says_what_it_cannot_check() {
    let packages = project();
    let session = oast_engine::Session::new(std::sync::Arc::new(OsHost));
    let root = session.find_root(&packages.root.join("app")).unwrap();
    let told = Told::default();
    let report =
        session.check(root, &BuildRequest::default(), &told, &CancelToken::default()).unwrap();
    assert_eq!((report.diagnostics.len(), report.packages), (0, 3));
    let notes = told.all(|it| if let Event::Note(text) = it { Some(text.clone()) } else { None });
    let notes = notes.join("\n").replace(packages.root.as_str(), "");
    expect!["3 packages are not checked: `/app/.oast/config.toml` chooses another compiler, which only a build can ask"].assert_eq(&notes);
    assert!(OsHost.stat(&packages.root.join("app/target")).is_err());
}
