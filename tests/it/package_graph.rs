//! Dependencies between packages: found, ordered, and what is wrong with them.

use std::fmt::Write as _;

use expect_test::expect;
use oast_engine::graph::{PackageGraph, package_graph};
use oast_engine::source::render::Format;
use oast_engine::testing::{World, check_diagnostics};

fn levels(graph: &PackageGraph) -> String {
    let name = |index: &usize| graph.packages[*index].name.to_string();
    let level = |level: &Vec<usize>| level.iter().map(name).collect::<Vec<_>>().join(" ");
    graph.levels.iter().map(level).collect::<Vec<_>>().join(" | ")
}

/// A world of members, each with the lines of its dependencies.
fn packages(members: &[(&str, &str)]) -> String {
    let mut fixture = "//- /project.toml\n[packages]\n\"*\" = {}\n".to_owned();
    for (name, dependencies) in members {
        let _ = write!(
            fixture,
            "//- /{name}/{name}Package.toml\n[package]\nversion = \"1.0.0\"\n[dependencies]\n{dependencies}\n"
        );
    }
    fixture
}

#[test]
fn dependencies_come_first_and_names_decide_among_equals() {
    let world = World::new(&packages(&[
        ("Zeta", ""),
        ("App", "Zeta = \"1\"\nMid = \"1\""),
        ("Mid", "Zeta = \"1\"\nBase = \"1\""),
        ("Base", ""),
        ("Alone", ""),
    ]));
    let graph = package_graph(&world.session, world.file("/project.toml"));
    assert_eq!(levels(graph), "Alone Base Zeta | Mid | App");
    let order: Vec<_> = graph.order().map(|it| it.name.as_str()).collect();
    assert_eq!(order, ["Alone", "Base", "Zeta", "Mid", "App"]);
    let reached = graph.closure(graph.index_of("Mid"));
    assert_eq!(reached, [false, false, true, true, true]);
    world.check_diagnostics();
}

#[test]
fn a_path_leads_to_packages_that_are_not_listed() {
    let world = World::new(
        r#"
        //- /p/APackage.toml
        [package]
        version = "1.0.0"
        [dependencies]
        B = { path = "../libs/b" }
        //- /libs/b/BPackage.toml
        [package]
        version = "1.0.0"
        [dependencies]
        C = { path = "../c" }
        //- /libs/c/CPackage.toml
        [package]
        version = "1.0.0"
        "#,
    );
    let graph = package_graph(&world.session, world.file("/p/APackage.toml"));
    assert_eq!(levels(graph), "C | B | A");
    let members: Vec<_> = graph.packages.iter().map(|it| it.is_member).collect();
    assert_eq!(members, [true, false, false]);
}

#[test]
fn a_circle_is_one_diagnostic_with_all_its_edges() {
    let world = World::new(&packages(&[
        ("A", "B = \"1\""),
        ("B", "C = \"1\""),
        ("C", "A = \"1\"\nBase = \"1\""),
        ("Base", ""),
        ("User", "A = \"1\""),
    ]));
    let graph = package_graph(&world.session, world.file("/project.toml"));
    assert_eq!(levels(graph), "Base User");
    expect![[r#"
        error[dependency-cycle]: packages depend on each other: `A` -> `B` -> `C` -> `A`
         --> A/APackage.toml:4:1
          |
        4 | B = "1"
          | ^ `A` depends on `B`
          |
         ::: B/BPackage.toml:4:1
          |
        4 | C = "1"
          | - `B` depends on `C`
          |
         ::: C/CPackage.toml:4:1
          |
        4 | A = "1"
          | - `C` depends on `A`

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn every_mistake_in_dependencies_is_found() {
    check_diagnostics(
        r#"
        //- /project.toml
        [packages]
        A = { path = "A" }
        My_Lib = { path = "lib", version = "1" }
        Json = "1.2"
        #      ^^^^^ unavailable-source
        //- /A/APackage.toml
        [package]
        version = "1.0.0"
        [dependencies]
        MyLib = "1"
        #<^^^ unknown-package
        My_Lib = "2"
        #        ^^^ version-mismatch
        My_Lbi = "1"
        #<^^^^ unknown-package
        Json = "1"
        Http = "0.3"
        #      ^^^^^ unavailable-source
        Git = { git = "https://example.org/git" }
        #             ^^^^^^^^^^^^^^^^^^^^^^^^^ unavailable-source
        A = "1"
        #<0-1 self-dependency
        Gone = { path = "../gone" }
        #               ^^^^^^^^^ missing-directory
        Empty = { path = "src" }
        #                ^^^^^ missing-manifest
        Crowd = { path = "../crowd" }
        #                ^^^^^^^^^^ several-manifests
        Other = { path = "../named" }
        #<^^^ name-mismatch
        Twin = { path = "../twin", version = "3" }
        #                                    ^^^ version-mismatch
        //- /A/src/Main.oct
        //- /lib/My_LibPackage.toml
        [package]
        version = "1.0.0"
        [dependencies]
        Twin = { path = "../twin2" }
        #<^^ duplicate-package
        //- /crowd/CrowdPackage.toml
        [package]
        version = "1.0.0"
        //- /crowd/MorePackage.toml
        //- /named/ThisPackage.toml
        [package]
        version = "1.0.0"
        //- /twin/TwinPackage.toml
        [package]
        version = "1.0.0"
        //- /twin2/TwinPackage.toml
        [package]
        version = "1.0.0"
        "#,
    );
}

#[test]
fn what_cannot_be_fetched_says_so_at_its_place() {
    let world = World::new(&packages(&[("A", "Json = \"1\"\nb = \"1\""), ("B", "")]));
    expect![[r#"
        error[unavailable-source]: `Json` is not a member of this project, and packages from registries and git repositories can't be fetched yet
         --> A/APackage.toml:4:8
          |
        4 | Json = "1"
          |        ^^^ would have to be fetched
          |
          = help: list its directory under `[packages]`: `Json = { path = "…" }`

        error[unknown-package]: `b` is not a member of this project, but `B` is
         --> A/APackage.toml:5:1
          |
        5 | b = "1"
          | ^
          |
        help: write `B`
          |
        5 - b = "1"
        5 + B = "1"
          |

    "#]].assert_eq(&world.rendered(Format::Human));
}

#[test]
fn a_member_satisfies_a_dependency_on_a_repository() {
    let world = World::new(&packages(&[
        ("A", "B = { git = \"https://example.org/b\", tag = \"v1\" }"),
        ("B", ""),
    ]));
    world.check_diagnostics();
    let graph = package_graph(&world.session, world.file("/project.toml"));
    assert_eq!(levels(graph), "B | A");
}

#[test]
fn a_new_dependency_is_seen_and_a_new_module_is_not() {
    let mut world = World::new(&packages(&[("A", ""), ("B", "")]));
    let root = world.file("/project.toml");
    let ask = |session: &oast_engine::Session| levels(package_graph(session, root));
    assert_eq!(ask(&world.session), "A B");
    world.edit("//- /A/src/New.oct\n");
    world.check_reruns(
        ask,
        expect![[r#"
            directory_entries
            manifests_in
        "#]],
    );
    world.edit(
        "
        //- /A/APackage.toml
        [package]
        version = '1.0.0'
        [dependencies]
        B = '1'
        ",
    );
    let after = world.check_reruns(
        ask,
        expect![[r#"
            source_text
            package
            package_identity
            package_dependencies
            package_graph
        "#]],
    );
    assert_eq!(after, "B | A");
}

#[test]
fn ten_thousand_packages_in_a_line_are_no_problem() {
    let count = 10_000;
    let members: Vec<(String, String)> = (0..count)
        .map(|n| {
            (format!("P{n}"), if n == 0 { String::new() } else { format!("P{} = \"1\"", n - 1) })
        })
        .collect();
    let members: Vec<(&str, &str)> = members.iter().map(|(a, b)| (&**a, &**b)).collect();
    let world = World::new(&packages(&members));
    let graph = package_graph(&world.session, world.file("/project.toml"));
    assert_eq!(graph.levels.len(), count);
    assert!(world.diagnostics().is_empty());
}
