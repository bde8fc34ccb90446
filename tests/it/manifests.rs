//! What is read from manifests, and what is said of their mistakes.

use expect_test::{Expect, expect};
use oast_engine::manifest::{
    DependencySource, package, package_dependencies, package_identity, project_members,
    project_options,
};
use oast_engine::source::render::Format;
use oast_engine::testing::{World, check_diagnostics};

fn check_rendered(fixture: &str, expect: Expect) {
    expect.assert_eq(&World::new(fixture).rendered(Format::Human));
}

#[test]
fn all_that_the_two_manifests_can_say_is_accepted() {
    check_diagnostics(
        r#"
        //- /project.toml
        [project]
        name = "Demo"
        targets = ["python-3", "c-11"]

        [packages]
        A = { path = "A" }
        B = { path = "./B/", version = "0.1" }
        libraries = { path = "libs/*" }

        [profile.release]
        opt-level = 3
        lto = true
        debug-info = false
        strip = true
        [profile.dev]
        opt-level = 0
        //- /A/APackage.toml
        [package]
        name = "A"
        version = "0.1.0-alpha.1+build.5"
        description = "An example"
        main = "App/Start"
        [dependencies]
        B = "0.1"
        C = { version = ">=1, <3", path = "../libs/c" }
        //- /A/src/App/Start.oct
        main = 3;
        //- /B/BPackage.toml
        package.version = "0.1.7"
        //- /libs/c/CPackage.toml
        [package]
        version = "2.0.0"
        "#,
    );
}

#[test]
fn every_mistake_of_a_project_is_found_at_once() {
    check_diagnostics(
        r#"
        //- /project.toml
        [project]
        nmae = "Demo"
        #<^^ unknown-key
        targets = ["python", "c-11", "wasm", 3, "c-11"]
        #          ^^^^^^^^ unknown-target
        #                            ^^^^^^ unknown-target
        #                                    ^ wrong-type
        #                                       ^^^^^^ duplicate-target

        [packages]
        A = { path = "/abs/A" }
        #            ^^^^^^^^ absolute-path
        B = { path = 'libs\B' }
        #            ^^^^^^^^ backslash-in-path
        #            ^^^^^^^^ missing-directory
        C = { path = "" }
        #            ^^ invalid-path
        my-lib = "1.0"
        #<^^^^ invalid-name
        let = { path = "let" }
        #<^ invalid-name
        D = 3
        #   ^ wrong-type
        E = { path = "E", git = "https://example.org/e" }
        #                 ^^^ contradictory-keys
        #            ^^^ missing-directory
        F = { path = "C:/f" }
        #            ^^^^^^ absolute-path
        "libs/*" = { path = "libs" }
        #<^^^^^^ contradictory-keys
        G = {}
        #   ^^ missing-key

        [profile.relase]
        #        ^^^^^^ unknown-key
        [profile.dev]
        opt-level = 4
        #           ^ out-of-range
        debug-info = "true"
        #            ^^^^^^ wrong-type
        panic = "abort"
        #<^^^ meaningless-key
        [profile.release]
        opt-level = -1
        #           ^^ out-of-range
        lto = 1
        #     ^ wrong-type
        "#,
    );
}

#[test]
fn every_mistake_of_a_package_is_found_at_once() {
    check_diagnostics(
        r#"
        //- /APackage.toml
        top = 1
        #<^ unknown-key
        [package]
        name = "B"
        #      ^^^ name-mismatch
        version = "1.0"
        #         ^^^^^ invalid-version
        main = "src/Main.oct"
        #      ^^^^^^^^^^^^^^ invalid-module-path
        descripton = "…"
        #<^^^^^^^^ unknown-key

        [dependencies]
        B = "1.0+linux"
        #   ^^^^^^^^^^^ invalid-requirement
        #<0-1 unavailable-source
        C = { version = "one" }
        #               ^^^^^ invalid-requirement
        #<0-1 unavailable-source
        D = { git = "https://example.org/d", tag = "v1", branch = "main" }
        #           ^^^^^^^^^^^^^^^^^^^^^^^ unavailable-source
        #                                                ^^^^^^ contradictory-keys
        E = { rev = "abc" }
        #     ^^^ missing-key
        F = { versoin = "1" }
        #     ^^^^^^^ unknown-key
        A = "1"
        #<0-1 self-dependency
        9x = "1"
        #<0-2 invalid-name
        G = ["1"]
        #   ^^^^^ wrong-type
        "#,
    );
}

#[test]
fn several_syntax_errors_are_found_at_once_and_the_rest_is_read() {
    let fixture = r#"
        //- /APackage.toml
        [package]
        version = "0.1.0
        # unclosed above
        main = Main

        [dependencies]
        B = { path = "lib\B" }
        = 3
        C = { path = "C" }
        "#;
    check_rendered(
        fixture,
        expect![[r#"
            error[toml-syntax]: this is not TOML: invalid basic string, expected `"`
             --> APackage.toml:2:17
              |
            2 | version = "0.1.0
              |                 ^

            error[toml-syntax]: this is not TOML: string values must be quoted, expected literal string
             --> APackage.toml:4:8
              |
            4 | main = Main
              |        ^^^^

            error[toml-syntax]: this is not TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
             --> APackage.toml:7:19
              |
            7 | B = { path = "lib\B" }
              |                   ^
              |
              = help: paths are written with `/`; a `\` itself is written `\\`

            error[toml-syntax]: this is not TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
             --> APackage.toml:8:1
              |
            8 | = 3
              | ^

            error[missing-directory]: there is no directory `C`
             --> APackage.toml:9:14
              |
            9 | C = { path = "C" }
              |              ^^^ the package `C` should be here

        "#]],
    );
}

#[test]
fn a_key_written_twice_shows_both_places() {
    let fixture = r#"
        //- /APackage.toml
        [package]
        version = "0.1.0"
        version = "0.2.0"
        [dependencies]
        # A comment.
        [package] # again
        name = "A"
        "#;
    check_rendered(
        fixture,
        expect![[r#"
        error[duplicate-key]: `version` is written twice
         --> APackage.toml:3:1
          |
        2 | version = "0.1.0"
          | ------- first written here
        3 | version = "0.2.0"
          | ^^^^^^^ written again here

        error[duplicate-key]: `package` is written twice
         --> APackage.toml:6:2
          |
        1 | [package]
          | --------- first written here
        ...
        6 | [package] # again
          |  ^^^^^^^ written again here

    "#]],
    );
}

#[test]
fn what_is_missing_is_not_reported_where_it_may_just_be_unreadable() {
    check_diagnostics(
        r#"
        //- /APackage.toml
        [package
        #       ^ toml-syntax
        version = "1.0.0"
        "#,
    );
}

#[test]
fn fixes_and_help_are_shown() {
    let fixture = r#"
        //- /APackage.toml
        [package]
        main = "App.Start"
        [dependencies]
        B = { path = 'libs\B', verion = "1" }
        C = { version = "1.0.0+linux, <2" }
        "#;
    check_rendered(
        fixture,
        expect![[r#"
            error[missing-key]: the package has no `version`
             --> APackage.toml:1:2
              |
            1 | [package]
              |  ^^^^^^^
              |
            help: add one
              |
            1 ~ [package]
            2 + version = "0.1.0"
              |

            error[invalid-module-path]: `App.Start` is not the path of a module
             --> APackage.toml:2:8
              |
            2 | main = "App.Start"
              |        ^^^^^^^^^^^
              |
              = help: a module is written as in an import, without the package: `Main`, `App/Start`
            help: write `App/Start`
              |
            2 - main = "App.Start"
            2 + main = "App/Start"
              |

            error[backslash-in-path]: `libs\B` is written with `\`
             --> APackage.toml:4:14
              |
            4 | B = { path = 'libs\B', verion = "1" }
              |              ^^^^^^^^
              |
            help: write `libs/B`
              |
            4 - B = { path = 'libs\B', verion = "1" }
            4 + B = { path = "libs/B", verion = "1" }
              |

            error[missing-directory]: there is no directory `libs/B`
             --> APackage.toml:4:14
              |
            4 | B = { path = 'libs\B', verion = "1" }
              |              ^^^^^^^^ the package `B` should be here

            error[unknown-key]: there is no key `verion` in `B`
             --> APackage.toml:4:24
              |
            4 | B = { path = 'libs\B', verion = "1" }
              |                        ^^^^^^ not known here
              |
            help: write `version`
              |
            4 | B = { path = 'libs\B', version = "1" }
              |                           +

            error[unavailable-source]: `C` is not a member of this project, and packages from registries and git repositories can't be fetched yet
             --> APackage.toml:5:1
              |
            5 | C = { version = "1.0.0+linux, <2" }
              | ^ would have to be fetched
              |
              = help: list its directory under `[packages]`: `C = { path = "…" }`

            error[invalid-requirement]: `1.0.0+linux, <2` is not a version requirement
             --> APackage.toml:5:17
              |
            5 | C = { version = "1.0.0+linux, <2" }
              |                 ^^^^^^^^^^^^^^^^^ build metadata takes no part in the choice of a version
              |
            help: write `1.0.0, <2`
              |
            5 - C = { version = "1.0.0+linux, <2" }
            5 + C = { version = "1.0.0, <2" }
              |

        "#]],
    );
}

#[test]
fn an_empty_manifest_is_told_how_to_begin() {
    check_rendered(
        "//- /APackage.toml\n",
        expect![[r#"
        error[missing-key]: a package's manifest begins with `[package]`
         --> APackage.toml:1:1
          |
        1 |
          | ^
          |
        help: add it
          |
        1 + [package]
        2 + version = "0.1.0"
          |

    "#]],
    );
}

#[test]
fn a_file_whose_name_is_no_package_name_is_told() {
    check_diagnostics(
        r#"
        //- /my-libPackage.toml
        [package]
        #<1-8 invalid-name
        version = "1.0.0"
        "#,
    );
}

#[test]
fn a_manifest_that_is_not_utf8_is_unreadable() {
    use oast_engine::host::Host as _;
    let mut world = World::new("//- /APackage.toml\n[package]\nversion = \"1.0.0\"\n");
    world.host.write("/APackage.toml".into(), b"[package]\n\xff").unwrap();
    world.session.apply(&["/APackage.toml"].into_iter().collect());
    let diagnostics = world.diagnostics();
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].code, "unreadable-file");
    assert!(diagnostics[0].message.contains("byte 10"), "{}", diagnostics[0].message);
}

#[test]
fn a_bare_requirement_means_what_is_compatible() {
    let world = World::new("//- /APackage.toml\n[dependencies]\nB = \"1.2\"\n");
    let dependencies = package_dependencies(&world.session, world.file("/APackage.toml"));
    let requirement = dependencies[0].requirement.as_ref().unwrap();
    assert!(requirement.matches(&"1.9.0".parse().unwrap()));
    assert!(!requirement.matches(&"2.0.0".parse().unwrap()));
}

#[test]
fn values_keep_their_ranges() {
    let text = "[dependencies]\nB = { git = 'g', rev = 'r' }\n";
    let world = World::new(&format!("//- /APackage.toml\n{text}"));
    let package = &package(&world.session, world.file("/APackage.toml")).value;
    let dependency = &package.dependencies[0];
    assert_eq!(&text[dependency.name.range.span()], "B");
    let DependencySource::Git { url, .. } = &dependency.source else { panic!("{dependency:?}") };
    assert_eq!(&text[url.range.span()], "'g'");
}

#[test]
fn a_comment_or_the_description_stops_at_the_narrow_queries() {
    let mut world = World::new(
        "
        //- /project.toml
        [packages]
        A = { path = 'A' }
        //- /A/APackage.toml
        [package]
        version = '1.0.0'
        ",
    );
    let root = world.file("/project.toml");
    let manifest = world.file("/A/APackage.toml");
    let ask = |session: &oast_engine::Session| {
        package_identity(session, manifest);
        package_dependencies(session, manifest);
        project_members(session, root);
        project_options(session, root);
        oast_engine::graph::package_graph(session, root);
    };
    ask(&world.session);
    world.edit(
        "
        //- /project.toml
        # Members.
        [packages]
        A = { path = 'A' }
        //- /A/APackage.toml
        [package]
        # The version.
        version = '1.0.0'
        description = 'new'
        ",
    );
    world.check_reruns(
        ask,
        expect![[r#"
            source_text (2)
            package
            package_identity
            package_dependencies
            project
            project_members
            project_options
            project_dependencies
        "#]],
    );
}
