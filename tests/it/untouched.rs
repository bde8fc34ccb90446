//! Modules that an edit elsewhere in their package cannot concern: of them nothing is asked, and they are what was kept.

use std::time::Duration;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{CancelToken, Host as _};
use oast_engine::source::file_at;
use oast_engine::testing::World;

/// `Top` uses `Middle`, which uses `Base`; `Lone` and `Other` import nothing, and nobody imports them.
const PACKAGE: &str = r#"
//- /PPackage.toml
[package]
version = "1.0.0"
//- /src/Base.oct
public base : Int = 1;
//- /src/Middle.oct
import P/Base as Base;
public middle : Int = add Base/base 10;
//- /src/Top.oct
import P/Middle as Middle;
public top : Int = Middle/middle;
//- /src/Lone.oct
public lone : Int = 100;
//- /src/Other.oct
public other : Int = 1000;
"#;

/// The questions about single modules.
const OF_MODULES: [&str; 4] =
    ["module_imports", "checked_module", "module_diagnostics", "module_output"];

fn build(session: &Session) -> Report {
    let root = file_at(session, Utf8Path::new("/PPackage.toml"));
    let request = BuildRequest { no_store: true, ..BuildRequest::default() };
    let report = session.build(root, &request, &Silent, &CancelToken::default()).unwrap();
    assert!(report.success(), "{:?}", report.diagnostics);
    report
}

/// A process of its own builds what is there.
fn build_elsewhere(world: &World) -> Report {
    let report = build(&Session::new(world.host.clone()));
    world.host.advance(Duration::from_secs(5));
    report
}

fn built(fixture: &str) -> World {
    let world = World::new(fixture);
    for _ in 0..2 {
        build_elsewhere(&world);
    }
    world
}

fn output(world: &World, module: &str) -> String {
    let path = format!("/build/octizys_0.1.0/python-3/P/{module}.py");
    String::from_utf8(world.host.read(Utf8Path::new(&path)).unwrap()).unwrap()
}

/// Edits a source, and checks which questions about single modules a new process asks while it builds.
#[track_caller]
fn check_edit(path: &str, old: &str, new: &str, expect: Expect) -> Report {
    let mut world = built(PACKAGE);
    let text = world.text(path);
    assert!(text.contains(old), "{path} holds no {old:?}");
    world.write(path, &text.replacen(old, new, 1));
    world.host.advance(Duration::from_secs(5));
    let session = Session::new(world.host.clone());
    session.start_log();
    let report = build(&session);
    let log = session.take_log();
    let count = |name: &str| log.iter().filter(|it| *it == name).count();
    let lines = OF_MODULES.map(|name| format!("{name} {}\n", count(name)));
    expect.assert_eq(&lines.concat());
    report
}

#[test]
fn an_edit_that_nobody_can_see_is_the_only_one_asked_about() {
    let report = check_edit(
        "/src/Lone.oct",
        "100",
        "101",
        expect![[r#"
            module_imports 1
            checked_module 1
            module_diagnostics 1
            module_output 1
        "#]],
    );
    assert_eq!((report.compiled, report.reused, report.modules), (1, 4, 5));
}

#[test]
fn who_might_see_an_edit_is_asked_and_nobody_else() {
    let report = check_edit(
        "/src/Base.oct",
        "1;",
        "2;",
        expect![[r#"
            module_imports 1
            checked_module 3
            module_diagnostics 3
            module_output 1
        "#]],
    );
    assert_eq!((report.compiled, report.reused), (1, 4));
}

#[test]
fn where_lines_have_moved_the_table_of_the_others_is_what_was_kept() {
    let report = check_edit(
        "/src/Lone.oct",
        "public lone",
        "-- about nothing\npublic lone",
        expect![[r#"
            module_imports 1
            checked_module 1
            module_diagnostics 1
            module_output 1
        "#]],
    );
    assert_eq!(report.modules, 5);
}

#[test]
fn what_another_process_has_left_meanwhile_is_not_what_was_untouched() {
    let mut world = built(PACKAGE);
    let middle = world.text("/src/Middle.oct");
    world.write("/src/Lone.oct", "public lone : Int = 101;\n");
    world.host.advance(Duration::from_secs(5));
    // This session has seen that all but `Lone` are as they were left.
    assert_eq!(build(&world.session).compiled, 1);
    assert!(output(&world, "Middle").contains("10"));

    world
        .host
        .write(Utf8Path::new("/src/Middle.oct"), middle.replace("10", "77").as_bytes())
        .unwrap();
    world.host.advance(Duration::from_secs(5));
    assert_eq!(build_elsewhere(&world).compiled, 1);
    assert!(output(&world, "Middle").contains("77"));

    world.write("/src/Middle.oct", &middle);
    world.host.advance(Duration::from_secs(5));
    build(&world.session);
    let left = output(&world, "Middle");
    assert!(left.contains("10") && !left.contains("77"), "{left}");
    assert_eq!(build_elsewhere(&world).compiled, 0);
}

#[test]
fn nobody_goes_down_a_long_chain_of_imports() {
    const LENGTH: usize = 2000;
    let module = |n: usize| {
        let (import, below) = match n {
            0 => (String::new(), "1".to_owned()),
            _ => (format!("import P/M{} as Below;\n", n - 1), "Below/value".to_owned()),
        };
        format!("//- /src/M{n}.oct\n{import}public value : Int = {below};\n")
    };
    let modules: String = (0..LENGTH).map(module).collect();
    let mut world =
        built(&format!("//- /PPackage.toml\n[package]\nversion = \"1.0.0\"\n{modules}"));
    let top = format!("/src/M{}.oct", LENGTH - 1);
    world.write(&top, &world.text(&top).replace("Below/value", "add Below/value 1"));
    world.host.advance(Duration::from_secs(5));
    let report = build_elsewhere(&world);
    assert_eq!((report.compiled, report.reused), (1, LENGTH - 1));
    // Of those above an edit, each is asked once what the next one shows.
    world.write("/src/M0.oct", "public value : Int = 2;\n");
    world.host.advance(Duration::from_secs(5));
    let report = build_elsewhere(&world);
    assert_eq!((report.compiled, report.reused), (1, LENGTH - 1));
}
