//! Finding the root, the members, and the modules of each.

use expect_test::expect;
use oast_engine::manifest::{Dialect, manifest_kind};
use oast_engine::source::render::Format;
use oast_engine::testing::{World, check_diagnostics};
use oast_engine::workspace::{DiscoveryError, find_root, package_sources, workspace};

fn root_of(world: &World, start: &str) -> Result<String, DiscoveryError> {
    find_root(&world.session, start.into(), None).map(|file| file.path(&world.session).to_string())
}

fn members(world: &World) -> Vec<String> {
    let workspace = workspace(&world.session, world.file("/project.toml"));
    workspace.members.iter().map(|it| format!("{} {}", it.name, it.directory)).collect()
}

#[test]
fn the_project_above_a_package_is_the_root() {
    let world = World::new(
        "
        //- /w/project.toml
        //- /w/A/APackage.toml
        //- /w/A/src/deep/Main.oct
        //- /lone/BPackage.toml
        //- /lone/src/Main.oct
        //- /two/APackage.toml
        //- /two/BPackage.toml
        ",
    );
    assert_eq!(root_of(&world, "/w/A/src/deep").unwrap(), "/w/project.toml");
    assert_eq!(root_of(&world, "/w").unwrap(), "/w/project.toml");
    assert_eq!(root_of(&world, "/lone/src").unwrap(), "/lone/BPackage.toml");
    assert_eq!(
        root_of(&world, "/two").unwrap_err().to_string(),
        "`/two` has several manifests: APackage.toml, BPackage.toml"
    );
    assert_eq!(
        root_of(&world, "/elsewhere").unwrap_err().to_string(),
        "there is no manifest in `/elsewhere` or in any directory above it"
    );
    let octizys = find_root(&world.session, "/lone".into(), Some(Dialect::Octizys));
    assert!(octizys.is_ok());
}

#[test]
fn manifests_of_two_dialects_in_one_directory_need_a_choice() {
    let world = World::new(
        "
        //- /a/project.toml
        //- /a/Oats.toml
        //- /b/BPackage.toml
        //- /b/Oats.toml
        //- /c/CPackage.toml
        //- /c/inner/Oats.toml
        ",
    );
    for (start, names) in
        [("/a", "Oats.toml, project.toml"), ("/b/src", "BPackage.toml, Oats.toml")]
    {
        let told = root_of(&world, start).unwrap_err().to_string();
        assert!(told.ends_with(&format!(" has several manifests: {names}")), "{told}");
        for dialect in [Dialect::Octizys, Dialect::Oats] {
            let root = find_root(&world.session, start.into(), Some(dialect)).unwrap();
            assert_eq!(
                manifest_kind(root.path(&world.session).file_name().unwrap()).unwrap().dialect,
                dialect
            );
        }
    }
    assert_eq!(root_of(&world, "/c/inner").unwrap(), "/c/inner/Oats.toml");
}

#[test]
fn a_lone_package_is_a_workspace_of_one() {
    let world = World::new("//- /p/APackage.toml\n[package]\nversion = '1.0.0'\n");
    let workspace = workspace(&world.session, world.file("/p/APackage.toml"));
    assert_eq!(workspace.members.len(), 1);
    assert_eq!(workspace.directory, "/p");
    assert_eq!(workspace.member("A").unwrap().directory, "/p");
    world.check_diagnostics();
}

#[test]
fn members_that_are_not_as_listed_are_told() {
    check_diagnostics(
        r#"
        //- /project.toml
        [packages]
        A = { path = "gone" }
        #            ^^^^^^ missing-directory
        B = { path = "empty" }
        #            ^^^^^^^ missing-manifest
        C = { path = "crowded" }
        #            ^^^^^^^^^ several-manifests
        Dd = { path = "D" }
        #<0-2 name-mismatch
        E = { path = "E", version = "2" }
        #                           ^^^ version-mismatch
        Again = { path = "E/../E" }
        #                ^^^^^^^^ duplicate-member
        #<^^^ name-mismatch
        libs = { path = "libs/*" }
        #               ^^^^^^^^ duplicate-package
        none = { path = "none/*" }
        #               ^^^^^^^^ empty-glob
        //- /empty/readme
        //- /crowded/CPackage.toml
        [package]
        version = "1.0.0"
        //- /crowded/OtherPackage.toml
        //- /D/DPackage.toml
        [package]
        version = "1.0.0"
        //- /E/EPackage.toml
        [package]
        version = "1.0.0"
        //- /libs/e/EPackage.toml
        [package]
        version = "1.0.0"
        "#,
    );
}

#[test]
fn contradictions_point_at_both_files() {
    let world = World::new(
        r#"
        //- /project.toml
        [packages]
        E = { path = "E", version = "2" }
        all = { path = "*" }
        //- /E/EPackage.toml
        [package]
        version = "1.0.0"
        //- /E2/EPackage.toml
        [package]
        name = "E"
        version = "1.0.0"
        "#,
    );
    expect![[r#"
        error[version-mismatch]: `E` has the version 1.0.0, which does not meet `^2`
         --> project.toml:2:29
          |
        2 | E = { path = "E", version = "2" }
          |                             ^^^
          |
         ::: E/EPackage.toml:2:11
          |
        2 | version = "1.0.0"
          |           ------- this is its version

        error[duplicate-package]: two packages are called `E`
         --> project.toml:3:16
          |
        3 | all = { path = "*" }
          |                ^^^
          |
         ::: E/EPackage.toml:1:2
          |
        1 | [package]
          |  ------- one
          |
         ::: E2/EPackage.toml:2:8
          |
        2 | name = "E"
          |        --- the other

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn globs_see_new_directories_but_neither_hidden_ones_nor_the_output() {
    let mut world = World::new(
        r#"
        //- /project.toml
        [packages]
        "libs/**" = {}
        "?xact" = {}
        //- /libs/APackage.toml
        //- /libs/b/BPackage.toml
        //- /libs/b/c/CPackage.toml
        //- /libs/.hidden/HPackage.toml
        //- /libs/build/OPackage.toml
        //- /exact/XPackage.toml
        //- /inexact/YPackage.toml
        "#,
    );
    let found = ["A /libs", "B /libs/b", "C /libs/b/c", "X /exact"];
    assert_eq!(members(&world), found);
    world.edit("//- /libs/new/NPackage.toml\n");
    assert!(members(&world).contains(&"N /libs/new".to_owned()));
    world.remove("/libs/new");
    assert_eq!(members(&world), found);
}

#[test]
fn a_new_member_reruns_only_what_it_concerns() {
    let mut world = World::new(
        r#"
        //- /project.toml
        [packages]
        "libs/*" = {}
        //- /libs/a/APackage.toml
        //- /libs/b/BPackage.toml
        "#,
    );
    let root = world.file("/project.toml");
    workspace(&world.session, root);
    world.edit("//- /libs/c/CPackage.toml\n");
    world.check_reruns(
        |session| workspace(session, root).members.len(),
        expect![[r#"
            directory_entries (2)
            workspace
            manifests_in
            package_identity
            package
            source_text
        "#]],
    );
}

#[test]
fn modules_are_the_source_files_of_the_package() {
    let world = World::new(
        r#"
        //- /APackage.toml
        [package]
        version = "1.0.0"
        //- /src/Main.oct
        //- /src/Math/Ops.oct
        //- /src/Math.oct
        //- /src/notes.txt
        //- /src/.hidden/No.oct
        //- /other/No.oct
        //- /src/bad-name.oct
        x = 1;
        --<0-1 invalid-module-name
        //- /src/bad dir/Fine.oct
        x = 1;
        --<0-1 invalid-module-name
        //- /src/if.oct
        x = 1;
        --<0-1 invalid-module-name
        "#,
    );
    let sources = package_sources(&world.session, world.file("/APackage.toml"));
    let paths: Vec<_> = sources.iter().map(|(module, _)| module.as_str()).collect();
    assert_eq!(paths, ["A/Main", "A/Math", "A/Math/Ops"]);
    assert_eq!(sources[2].1.path(&world.session), "/src/Math/Ops.oct");
    world.check_diagnostics();
}

#[test]
fn the_main_module_must_exist() {
    check_diagnostics(
        r#"
        //- /project.toml
        [packages]
        "*" = {}
        //- /a/APackage.toml
        [package]
        version = "1.0.0"
        main = "Mian"
        #      ^^^^^^ missing-module
        //- /a/src/Main.oct
        //- /b/BPackage.toml
        [package]
        version = "1.0.0"
        main = "Start"
        #      ^^^^^^^ missing-module
        "#,
    );
}

#[test]
fn a_new_file_changes_the_modules_of_its_own_package_only() {
    let mut world = World::new(
        r#"
        //- /project.toml
        [packages]
        A = { path = "A" }
        B = { path = "B" }
        //- /A/APackage.toml
        //- /A/src/Main.oct
        //- /B/BPackage.toml
        //- /B/src/Main.oct
        "#,
    );
    let (a, b) = (world.file("/A/APackage.toml"), world.file("/B/BPackage.toml"));
    let ask = |session: &oast_engine::Session| {
        package_sources(session, b);
        package_sources(session, a).len()
    };
    ask(&world.session);
    world.edit("//- /A/src/New.oct\n");
    assert_eq!(
        world.check_reruns(
            ask,
            expect![[r#"
        directory_entries
        source_tree
    "#]]
        ),
        2
    );
    world.edit("//- /A/src/New.oct\nx = 1;\n");
    world.check_reruns(ask, expect![[""]]);
}
