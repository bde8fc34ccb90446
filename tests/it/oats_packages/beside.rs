//! Another compiler beside the embedded one: other targets, other dialects, other machines.
#![cfg(target_os = "linux")]

use std::fs;
use std::sync::Arc;

use camino::Utf8Path;
use expect_test::expect;
use oast_engine::Session;
use oast_engine::base::Name;
use oast_engine::build::{BuildError, BuildRequest, Event};
use oast_engine::host::{CancelToken, FakeHost, Host, Output};

use crate::oats_packages::foreign::{Told, built, project, steps};
use crate::oats_packages::output_of;

const OCTIZYS: &[(&str, &str)] = &[
    ("Shapes/ShapesPackage.toml", "[package]\nname = \"Shapes\"\nversion = \"0.1.0\"\n"),
    ("Shapes/src/Area.oct", "public area : Int -> Int -> Int = \\ a, b |- mul a b;\n"),
];

#[test]
fn a_package_of_another_dialect_is_compiled_by_ours() {
    let packages = project();
    OCTIZYS.iter().for_each(|(path, text)| packages.write(path, text));
    packages.edit("app/Oats.toml", "utils =", "Shapes = { path = \"../Shapes\" }\nutils =");
    let told = Told::default();
    let request = BuildRequest { no_store: true, ..BuildRequest::default() };
    let build =
        |told: &Told| packages.try_build("app", &request, told, &CancelToken::default()).unwrap();
    let report = build(&told);
    let own = ["cc Shapes (positions)", "cc Shapes/Area", "cc.sh app", "cc.sh common"];
    assert_eq!(built(&report)[..4], own);
    assert_eq!((report.packages, output_of(&report.artefacts[0].path)), (4, "3\n".to_owned()));
    let commands = told.all(|event| match event {
        Event::StepStarted { label, command } if label == "cc.sh app" => Some(command.clone()),
        _ => None,
    });
    assert!(commands[0].contains("Shapes=target/Shapes_pkg.oats.meta"), "{commands:?}");
    assert_eq!(built(&build(&told)), Vec::<&str>::new());
    // A body of ours is linked, an interface of ours is seen.
    packages.edit("Shapes/src/Area.oct", "mul a b", "add (mul a b) 1");
    let labels = ["cc Shapes/Area", "link app", "merge Shapes", "write Shapes/Area"];
    assert_eq!(built(&build(&told)), labels);
    packages.edit("Shapes/src/Area.oct", "public area", "public one : Int = 1;\npublic area");
    assert!(built(&build(&told)).contains(&"cc.sh app"));
    // The other way round it can't be understood.
    packages.edit(
        "Shapes/ShapesPackage.toml",
        "0\"\n",
        "0\"\n[dependencies]\ncommon = { path = \"../common\" }\n",
    );
    let report = build(&told);
    let codes: Vec<&str> = report.diagnostics.iter().map(|it| &*it.code).collect();
    assert_eq!((codes, steps(&report)), (vec!["foreign-dependency"], vec![]));
}

#[test]
fn python_is_made_by_the_embedded_compiler() {
    let packages = project();
    let build = |targets: &[&str]| {
        let targets = targets.iter().map(|it| Name::new(it)).collect();
        packages.build("app", &BuildRequest { targets, ..BuildRequest::default() })
    };
    assert!(build(&["python-3"]).diagnostics.iter().any(oast_engine::source::Diagnostic::is_error));
    for (package, source) in [
        (
            "common/src/lib",
            "export function plus(a: number, b: number): number { return a + b; }\n",
        ),
        ("utils/src/lib", "export function add(a: number): number { return a; }\n"),
        ("app/src/main", "export function main() { println(1); }\n"),
    ] {
        packages.write(format!("{package}.oats"), source);
    }
    // One and the same text for both of them is more than a script can read.
    packages.edit("cc.sh", "cc -x c -c \"$root\"/src/*.oats", "cc -x c -c \"$root\"/../code.c");
    packages.write("code.c", "__attribute__((weak)) int main(void) { return 0; }\n");
    packages.write(
        "app/.oast/config.toml",
        "[compiler.oats]\ncommand = \"../cc.sh\"\nread = [\"../code.c\"]\n",
    );
    crate::oats_packages::foreign::may_run(&packages);
    let report = build(&["python-3", "c-11"]);
    assert_eq!((&report.diagnostics[..], &report.failures[..]), (&[][..], &[][..]));
    assert_eq!((report.packages, report.modules, report.artefacts.len()), (3, 3, 2));
    assert!(
        steps(&report).contains(&"cc.sh app") && steps(&report).contains(&"write app/src/main")
    );
    assert_eq!(built(&build(&["python-3", "c-11"])), Vec::<&str>::new());
    assert_eq!(built(&build(&["c-11"])), Vec::<&str>::new());
    assert!(fs::exists(packages.root.join("app/target/app")).unwrap());
}

#[test]
fn a_workspace_of_another_dialect_has_no_choice() {
    let packages = project();
    OCTIZYS.iter().for_each(|(path, text)| packages.write(path, text));
    packages.write(
        "project.toml",
        "[project]\nname = \"Demo\"\ntargets = [\"c-11\"]\n[packages]\nShapes = { path = \"Shapes\" }\n",
    );
    packages.write(".oast/config.toml", "[compiler.oats]\ncommand = \"./cc.sh\"\n");
    let build = || {
        let request = BuildRequest { no_store: true, ..BuildRequest::default() };
        packages.try_build(".", &request, &Told::default(), &CancelToken::default())
    };
    // Nothing in it is Oats.
    assert!(build().unwrap().success());
    packages.edit(
        "Shapes/ShapesPackage.toml",
        "0\"\n",
        "0\"\n[dependencies]\ncommon = { path = \"../common\" }\n",
    );
    match build() {
        Err(error @ BuildError::ForeignRoot { .. }) => {
            expect!["`/.oast/config.toml` chooses another compiler for oats, and this workspace has packages of oats, but its root is of another dialect; that is not possible yet"].assert_eq(&error.to_string().replace(packages.root.as_str(), ""));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_is_not_confined_is_told_once() {
    let host = Arc::new(FakeHost::default());
    host.cannot_confine();
    let files = [
        (
            "/app/Oats.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nlib = { path = \"../lib\" }\n",
        ),
        ("/app/src/main.oats", "main"),
        ("/app/.oast/config.toml", "[compiler.oats]\ncommand = \"oatsc\"\nruntime = \"/rt.a\"\n"),
        ("/lib/Oats.toml", "[package]\nname = \"lib\"\nversion = \"0.1.0\"\n"),
        ("/lib/src/main.oats", "main"),
        ("/rt.a", "!<arch>\n"),
    ];
    for (path, text) in files {
        host.write(path.into(), text.as_bytes()).unwrap();
    }
    let said = |text: &str| Output { code: Some(0), stdout: text.into(), stderr: Vec::new() };
    for tool in ["/bin/cc", "/bin/ar"] {
        host.install(tool, move |_, _, _| Ok(said("GNU 1.0\n")));
    }
    host.install("/bin/oatsc", move |host, command, _| {
        if let Some(output) = command.arguments.iter().skip_while(|it| *it != "-o").nth(1) {
            let output = command.directory.join(output);
            let name = output.file_name().unwrap().strip_suffix("_pkg.o").unwrap();
            let metadata = format!("{{\"package\": \"{name}\", \"exports\": {{}}}}");
            host.write(&output, b"!<arch>\n").unwrap();
            host.write(&output.with_extension("oats.meta"), metadata.as_bytes()).unwrap();
        }
        Ok(said("1.0\n"))
    });
    let session = Session::new(host.clone());
    let root = session.find_root(Utf8Path::new("/app")).unwrap();
    let told = Told::default();
    let request = BuildRequest { no_store: true, ..BuildRequest::default() };
    let report = session.build(root, &request, &told, &CancelToken::default()).unwrap();
    assert_eq!(built(&report), ["oatsc app", "oatsc lib"]);
    let notes = told.all(|it| if let Event::Note(text) = it { Some(text.clone()) } else { None });
    expect!["`oatsc` is not fully confined to its package: this system has no Landlock, or it is switched off (Linux 6.2 or newer is needed)"].assert_eq(&notes.join("\n"));
    let confined = host.take_confined();
    let of = |name: &str| {
        let mut runs =
            confined.iter().filter(|(it, _)| it.arguments.iter().any(|it| it.contains(name)));
        let (_, confinement) = runs.next().unwrap();
        confinement
    };
    expect![[r#"
        Confinement {
            read: [
                "/app/src",
                "/app/Oats.toml",
                "/app/target/lib_pkg.oats.meta",
                "/bin/oatsc",
            ],
            list: [
                "/app",
            ],
            write: [
                "/app/target/oats_0.1.0/staging/app",
            ],
        }
    "#]]
    .assert_debug_eq(of("app_pkg.o"));
}
