//! Builds on the real machine: what they make, what they make again, and that it runs.
#![expect(clippy::disallowed_methods, reason = "what is on the disk afterwards is the subject")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{CancelToken, Host as _, OsHost};
use oast_engine::source::{Change, File};

use crate::project::Project;

const TARGETS: [&str; 2] = ["c-11", "python-3"];

/// A workspace on the disk, and a session over it.
struct Workspace {
    project: Project,
    session: Session,
    manifest: File,
}

impl Workspace {
    /// The workspace that `files` are: paths and texts.
    fn new(files: &[(&str, &str)]) -> Workspace {
        Workspace::begun_in("", files)
    }

    /// The files, and what is built from one of their folders.
    fn begun_in(folder: &str, files: &[(impl AsRef<Utf8Path>, impl AsRef<str>)]) -> Workspace {
        let project = Project::new(files);
        let (session, manifest) = project.open(folder, Arc::new(OsHost));
        Workspace { project, session, manifest }
    }

    /// Forgets all that is not on the disk, as another process would not know it.
    fn start_again(&mut self) {
        (self.session, self.manifest) = self.project.open("", Arc::new(OsHost));
    }

    /// An example, built from one of its folders.
    fn example(name: &str, folder: &str) -> Workspace {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name);
        let mut files = Vec::new();
        collect(&source, "", &mut files);
        Workspace::begun_in(folder, &files)
    }

    fn edit(&mut self, path: &str, from: &str, to: &str) {
        self.project.edit(path, from, to);
        self.tell(path);
    }

    fn remove(&mut self, path: &str) {
        fs::remove_file(self.project.root.join(path)).unwrap();
        self.tell(path);
    }

    fn tell(&mut self, path: &str) {
        self.session.apply(&Change::from_iter([self.project.root.join(path)]));
    }

    fn ask(&self, request: &BuildRequest) -> Report {
        self.session.build(self.manifest, request, &Silent, &CancelToken::default()).unwrap()
    }

    fn build(&self, targets: &[&str]) -> Report {
        let request = BuildRequest {
            targets: targets.iter().map(|it| (*it).into()).collect(),
            no_store: true,
            ..Default::default()
        };
        let report = self.ask(&request);
        assert_eq!(report.diagnostics, [], "the workspace is right");
        assert_eq!(report.failures, Vec::<String>::new());
        report
    }

    /// What the only program writes on `target`, to standard output and to standard error, and its exit status.
    fn run(&self, target: &str) -> (String, String, Option<i32>) {
        let report = self.build(&[target]);
        let program = report.artefacts.iter().find(|it| it.run.is_some()).unwrap();
        let command =
            program.command(&self.project.root, &OsHost, &CancelToken::default()).unwrap().unwrap();
        let output = Command::new(command.program)
            .args(command.arguments)
            .current_dir(command.directory)
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr), output.status.code())
    }

    /// All files below the outputs, with their content.
    fn outputs(&self) -> BTreeMap<String, Vec<u8>> {
        self.project.files("build")
    }

    /// The names of the outputs that are not what they were in `before`.
    fn changed_since(&self, before: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
        let after = self.outputs();
        let all: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        all.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
    }
}

fn collect(directory: &Path, name: &str, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let own = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["build", "target", ".oast"].contains(&own) {
                collect(&path, &format!("{name}{own}/"), files);
            }
        } else {
            files.push((format!("{name}{own}"), fs::read_to_string(&path).unwrap()));
        }
    }
}

fn steps(report: &Report, expect: Expect) {
    let lines: Vec<&str> = report.steps.iter().flat_map(|step| [&*step.label, "\n"]).collect();
    expect.assert_eq(&lines.concat());
}

/// Two packages: `App` uses `twice` of `Lib`, whose module `Other` nobody imports.
const TWO: &[(&str, &str)] = &[
    ("project.toml", "[packages]\nApp = { path = \"App\" }\nLib = { path = \"Lib\" }\n"),
    (
        "App/AppPackage.toml",
        "[package]\nversion = \"0.1.0\"\nmain = \"Main\"\n[dependencies]\nLib = \"0.1\"\n",
    ),
    ("App/src/Main.oct", "import unqualified Lib/Twice (twice);\n\nmain : Int = twice 21;\n"),
    ("Lib/LibPackage.toml", "[package]\nversion = \"0.1.0\"\n"),
    (
        "Lib/src/Twice.oct",
        "public twice : x : Int |- Int = add x (same x);\nsame : x : Int |- Int = x;\n",
    ),
    ("Lib/src/Other.oct", "other : Int = 1;\n"),
];

#[test]
fn examples_run_on_every_target() {
    for (example, folder) in [
        ("hello", ""),
        ("ledger", ""),
        ("interpreter", ""),
        ("oats-packages", "app"),
        ("spreadsheet", "bakery"),
        ("post", ""),
    ] {
        let workspace = Workspace::example(example, folder);
        let expected = fs::read_to_string(workspace.project.root.join("expected.txt")).unwrap();
        for target in TARGETS {
            let (output, errors, status) = workspace.run(target);
            assert_eq!(output, expected, "{example} on {target}");
            assert_eq!((errors.as_str(), status), ("", Some(0)), "{example} on {target}");
        }
    }
}

#[test]
fn a_second_build_does_nothing() {
    let workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    let before = workspace.outputs();
    let report = workspace.build(&TARGETS);
    steps(&report, expect![""]);
    assert_eq!((report.compiled, report.reused, report.skipped), (0, 3, 0));
    assert_eq!(workspace.changed_since(&before), Vec::<String>::new());
}

#[test]
fn a_build_in_another_process_does_nothing_either() {
    let workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    let (again, root) = workspace.project.open("", Arc::new(OsHost));
    let request = BuildRequest {
        targets: TARGETS.map(Into::into).to_vec(),
        no_store: true,
        ..BuildRequest::default()
    };
    let report = again.build(root, &request, &Silent, &CancelToken::default()).unwrap();
    steps(&report, expect![""]);
    assert_eq!((report.compiled, report.reused), (0, 3));
}

#[test]
fn a_body_is_compiled_archived_and_linked_alone() {
    let mut workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    workspace.edit("Lib/src/Twice.oct", "Int = x;", "Int = add x 0;");
    let report = workspace.build(&TARGETS);
    steps(
        &report,
        expect![[r#"
            write Lib/Twice
            cc Lib/Twice
            ar Lib
            link App
        "#]],
    );
    assert_eq!((report.compiled, report.reused), (1, 2));
    assert_eq!(workspace.run("c-11").0, "42\n");
    assert_eq!(workspace.run("python-3").0, "42\n");
}

#[test]
fn an_option_of_a_target_concerns_its_actions_and_no_intermediate() {
    let workspace = Workspace::new(TWO);
    workspace.build(&["c-11"]);
    let before = workspace.outputs();
    let request = BuildRequest { release: true, no_store: true, ..BuildRequest::default() };
    let report = workspace.ask(&BuildRequest { targets: vec!["c-11".into()], ..request });
    assert!(report.steps.iter().any(|step| step.label == "cc Lib/Twice"), "{:?}", report.steps);
    assert!(
        report.steps.iter().all(|step| !step.label.starts_with("write ")),
        "{:?}",
        report.steps
    );
    let changed = workspace.changed_since(&before);
    let generated = |name: &&String| {
        let extension = Utf8Path::new(name).extension();
        matches!(extension, Some("ioct" | "c" | "h"))
    };
    assert_eq!(changed.iter().filter(generated).count(), 0, "{changed:?}");
}

#[test]
fn a_comment_moves_positions_and_nothing_else() {
    let mut workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    let before = workspace.outputs();
    workspace.edit("Lib/src/Twice.oct", "public twice", "-- Twice as much.\npublic twice");
    let report = workspace.build(&TARGETS);
    steps(
        &report,
        expect![[r#"
            write Lib/Twice
            cc Lib (positions)
            ar Lib
            link App
        "#]],
    );
    let compiler = "build/octizys_0.1.0/";
    let changed = workspace.changed_since(&before);
    let changed: Vec<&str> =
        changed.iter().map(|name| name.strip_prefix(compiler).unwrap()).collect();
    assert_eq!(
        changed,
        [
            "c-11/App.bin",
            "c-11/Lib.positions.c",
            "c-11/Lib.positions.o",
            "c-11/libLib.a",
            "ioct/Lib/Twice.ioct",
            "python-3/Lib/__init__.py",
        ]
    );
}

#[test]
fn outputs_of_a_module_that_is_gone_are_gone() {
    let mut workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    let kept = "build/octizys_0.1.0/python-3/Lib/notes.txt";
    OsHost.write(&workspace.project.root.join(kept), b"mine").unwrap();
    workspace.remove("Lib/src/Other.oct");
    workspace.build(&TARGETS);
    let outputs = workspace.outputs();
    assert!(outputs.keys().all(|name| !name.contains("Other")), "{:?}", outputs.keys());
    assert!(outputs.contains_key(kept), "what a person put there stays");
}

#[test]
fn what_somebody_damaged_is_made_again() {
    let workspace = Workspace::new(TWO);
    workspace.build(&TARGETS);
    let before = workspace.outputs();
    let folder = workspace.project.root.join("build/octizys_0.1.0");
    fs::write(folder.join("python-3/Lib/Twice.py"), "garbage").unwrap();
    fs::write(folder.join("c-11/Lib/Twice.o"), "garbage").unwrap();
    fs::remove_file(folder.join("c-11/App.bin")).unwrap();
    fs::remove_file(folder.join("ioct/App/Main.ioct")).unwrap();
    workspace.build(&TARGETS);
    assert_eq!(workspace.changed_since(&before), Vec::<String>::new());
}

#[test]
fn outputs_do_not_depend_on_the_place() {
    let (first, second) = (Workspace::new(TWO), Workspace::new(TWO));
    assert_ne!(first.project.root, second.project.root);
    first.build(&TARGETS);
    second.build(&TARGETS);
    let (first, second) = (first.outputs(), second.outputs());
    assert!(first.keys().eq(second.keys()));
    for (name, content) in &first {
        assert!(*content == second[name], "{name} differs");
    }
}

#[test]
fn a_broken_module_stops_what_needs_it_and_no_more() {
    let mut workspace = Workspace::new(TWO);
    workspace.edit("Lib/src/Twice.oct", "Int = x;", "Int = \"x\";");
    let request = BuildRequest {
        targets: TARGETS.map(Into::into).to_vec(),
        keep_going: true,
        no_store: true,
        ..BuildRequest::default()
    };
    let report = workspace.ask(&request);
    let codes: Vec<&str> = report.diagnostics.iter().map(|it| &*it.code).collect();
    assert_eq!(codes, ["type-mismatch"]);
    assert_eq!((report.compiled, report.reused, report.skipped), (1, 0, 2));
    assert_eq!(report.artefacts, []);
    let outputs = workspace.outputs();
    let has = |name: &str| outputs.keys().any(|it| it.ends_with(name));
    assert!(has("Lib/Other.py") && !has("Lib/Twice.py") && !has("App/Main.py"));
    assert!(!has("libLib.a") && !has("App.bin"), "no half library, no half program");
    workspace.edit("Lib/src/Twice.oct", "\"x\"", "x");
    assert_eq!(workspace.run("c-11").0, "42\n");
}

#[test]
fn run_time_errors_name_the_source_on_every_target() {
    let cases = [
        ("add 9223372036854775807 (same 1)", "integer overflow"),
        ("div 1 (same 0)", "division by zero"),
        ("mod 1 (same 0)", "division by zero"),
        ("neg (minus (neg 9223372036854775807) (same 1))", "integer overflow"),
        ("apply add 9223372036854775807", "integer overflow"),
    ];
    for (expression, message) in cases {
        let text = format!(
            "-- A comment.\nmain : Int =\n  {expression};\n\nsame = \\ x |- x;\n\
             apply = \\ f, x |- f x x;\n"
        );
        let workspace = Workspace::new(&[
            ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
            ("A/APackage.toml", "[package]\nversion = \"0.1.0\"\nmain = \"Main\"\n"),
            ("A/src/Main.oct", &text),
        ]);
        for target in TARGETS {
            let (output, errors, status) = workspace.run(target);
            let expected = format!("A/src/Main.oct:3: error: {message}\n");
            assert_eq!((output.as_str(), errors, status), ("", expected, Some(1)), "{target}");
        }
    }
}

#[test]
fn values_are_written_as_a_programmer_would() {
    let cases = [
        ("main : Text = \"a\\tb\";", "a\tb\n"),
        ("main : Bool = lt 1 2;", "True\n"),
        ("main : Unit = Unit;", ""),
        ("main = Cons \"a\" (Cons \"b\" Nil);", "a\nb\n"),
        ("main = Cons 1 (Cons (neg 2) Nil);", "Cons 1 (Cons -2 Nil)\n"),
        ("main = Just (Just \"a\\\"\\n\");", "Just (Just \"a\\\"\\n\")\n"),
        ("main = Nil;", "Nil\n"),
        ("main = { y = True, x = Just Unit };", "{ x = Just Unit, y = True }\n"),
        (
            "data T a = Leaf | Node (T a) a (T a);\nmain = Node Leaf 1 (Node Leaf 2 Leaf);",
            "Node Leaf 1 (Node Leaf 2 Leaf)\n",
        ),
    ];
    for (text, expected) in cases {
        let workspace = Workspace::new(&[
            ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
            ("A/APackage.toml", "[package]\nversion = \"0.1.0\"\nmain = \"Main\"\n"),
            ("A/src/Main.oct", text),
        ]);
        for target in TARGETS {
            let (output, errors, status) = workspace.run(target);
            assert_eq!((output.as_str(), &*errors, status), (expected, "", Some(0)), "{text}");
        }
    }
}

#[test]
fn what_a_dependency_shows_counts_for_every_target() {
    let mut workspace = Workspace::new(TWO);
    // Each build in a process of its own; the second believes the stamps that the first has seen.
    for _ in 0..2 {
        workspace.start_again();
        workspace.build(&TARGETS);
    }
    let before = "public twice : x : Int |- Int = add x (same x);";
    workspace.edit("Lib/src/Twice.oct", before, "public twice = add (same 21);");
    for target in TARGETS {
        workspace.start_again();
        workspace.build(&[target]);
    }
    let clean = Workspace::new(TWO);
    let edited = "Lib/src/Twice.oct";
    fs::copy(workspace.project.root.join(edited), clean.project.root.join(edited)).unwrap();
    clean.build(&TARGETS);
    assert_eq!(workspace.changed_since(&clean.outputs()), Vec::<String>::new());
}
