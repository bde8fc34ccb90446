//! What runs again after an edit: the firewalls.

use expect_test::{Expect, expect};
use oast_engine::Session;
use oast_engine::compile::{diagnostics, intermediate, module_graph, position_record};
use oast_engine::testing::World;

/// `A/Base` is imported by `B/UsesF` and `B/UsesG`, each of which uses one of its functions, and `B/Lone` imports nothing.
const WORLD: &str = r#"
//- /project.toml
[packages]
A = { path = "A" }
B = { path = "B" }
//- /A/APackage.toml
[package]
version = "1.0.0"
//- /A/src/Base.oct
public f : x : Int |- Int = helper x;
public g : x : Int |- Int = mul x 2;
public data Shape = Circle Int;
public alias Number = Int;
helper : x : Int |- Int = add x 1;
//- /B/BPackage.toml
[package]
version = "1.0.0"
[dependencies]
A = "1"
//- /B/src/UsesF.oct
import A/Base as Base;
public value : Int = Base/f 1;
//- /B/src/UsesG.oct
import unqualified A/Base (g);
public value : Int = g 1;
//- /B/src/UsesShape.oct
import unqualified A/Base (Shape, Circle);
public radius : shape : Shape |- Int = case shape of { Circle r |- r };
//- /B/src/UsesNumber.oct
import A/Base as Base;
public number : Base/Number = 1;
//- /B/src/Lone.oct
public value = 1;
"#;

const BASE: &str = "/A/src/Base.oct";

/// Asks for all that a build asks the front end for.
fn everything(world: &World) -> impl FnOnce(&Session) -> usize {
    let root = world.file("/project.toml");
    move |session| {
        let graph = module_graph(session, root);
        for (path, package, source) in &graph.modules {
            let module = oast_engine::compile::Module::new(session, root, *package, *source, path);
            intermediate(session, module);
            position_record(session, module);
        }
        diagnostics(session, root).len()
    }
}

/// A world about which everything was asked.
fn world() -> World {
    let world = World::new(WORLD);
    world.check_diagnostics();
    everything(&world)(&world.session);
    world
}

/// Replaces `old` in the file at `path` by `new`, and checks what runs again to tell everything.
#[track_caller]
fn check_edit(world: &mut World, path: &str, old: &str, new: &str, expect: Expect) {
    let text = world.text(path);
    assert!(text.contains(old), "{path} holds no {old:?}");
    world.write(path, &text.replacen(old, new, 1));
    world.check_reruns(everything(world), expect);
}

#[test]
fn the_body_of_a_private_function_concerns_its_module() {
    check_edit(
        &mut world(),
        BASE,
        "add x 1",
        "add x 2",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]],
    );
}

#[test]
fn the_body_of_a_public_function_with_a_signature_concerns_its_module() {
    check_edit(
        &mut world(),
        BASE,
        "mul x 2",
        "mul x 3",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]],
    );
}

#[test]
fn a_comment_moves_positions_alone() {
    let mut world = world();
    check_edit(
        &mut world,
        BASE,
        "public f",
        "-- about f\npublic f",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]],
    );
    let root = world.file("/project.toml");
    world.write(BASE, &format!("-- again\n{}", world.text(BASE)));
    let log = |session: &Session| {
        let graph = module_graph(session, root);
        let (path, package, source) = &graph.modules[0];
        let module = oast_engine::compile::Module::new(session, root, *package, *source, path);
        intermediate(session, module).clone()
    };
    world.check_reruns(
        log,
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
        "#]],
    );
}

#[test]
fn the_type_of_an_exported_function_concerns_the_modules_that_use_it() {
    check_edit(
        &mut world(),
        BASE,
        "public f : x : Int |- Int = helper x",
        "public f : forall a . x : a |- a = x",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (5)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
}

#[test]
fn a_new_constructor_concerns_the_modules_that_use_its_type() {
    let mut world = world();
    check_edit(
        &mut world,
        BASE,
        "Circle Int",
        "Circle Int | Square",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (5)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    assert_eq!(world.diagnostics().len(), 1, "`UsesShape` does not cover `Square`");
}

#[test]
fn what_an_alias_stands_for_concerns_the_modules_that_use_it() {
    check_edit(
        &mut world(),
        BASE,
        "alias Number = Int",
        "alias Number = Text",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (5)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
}

#[test]
fn a_new_exported_function_concerns_nobody() {
    check_edit(
        &mut world(),
        BASE,
        "helper :",
        "public h = 1;\nhelper :",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (5)
            module_diagnostics
        "#]],
    );
}

#[test]
fn a_new_file_that_nothing_imports_concerns_the_list_of_its_package() {
    let mut world = world();
    world.edit("//- /A/src/New.oct\npublic new = 1;\n");
    world.check_reruns(
        everything(&world),
        expect![[r#"
            directory_entries
            source_tree
            module_graph
            package_order
            module_imports
            source_imports
            source_text
            import_targets (2)
            module_source
            intermediate
            checked_module
            position_record
            package_diagnostics
            module_diagnostics
        "#]],
    );
}

#[test]
fn a_removed_file_that_nothing_imports_concerns_the_list_of_its_package() {
    let mut world = world();
    world.remove("/B/src/Lone.oct");
    world.check_reruns(
        everything(&world),
        expect![[r#"
        directory_entries
        source_tree
        module_graph
        package_order
        import_targets (4)
        package_diagnostics
    "#]],
    );
}

#[test]
fn comments_and_descriptions_in_manifests_concern_nobody() {
    let mut world = world();
    let manifest = "/A/APackage.toml";
    check_edit(
        &mut world,
        manifest,
        "[package]",
        "# A comment.\n[package]",
        expect![[r#"
        source_text
        package
        package_identity
        package_dependencies
    "#]],
    );
    check_edit(
        &mut world,
        manifest,
        "[package]",
        "[package]\ndescription = 'x'",
        expect![[r#"
        source_text
        package
        package_identity
        package_dependencies
    "#]],
    );
    check_edit(
        &mut world,
        manifest,
        "1.0.0",
        "1.0.1",
        expect![[r#"
            source_text
            package
            package_identity
            workspace
            package_dependencies
            package_graph
            source_tree
            package_language
            program_module
        "#]],
    );
    check_edit(
        &mut world,
        "/project.toml",
        "[packages]",
        "# A comment.\n[packages]",
        expect![[r#"
            source_text
            project
            project_dependencies
            project_members
        "#]],
    );
}

#[test]
fn what_was_saved_as_it_was_runs_nothing() {
    let mut world = world();
    world.write(BASE, &world.text(BASE));
    world.check_reruns(everything(&world), expect![[""]]);
    let text = world.text(BASE);
    world.write(BASE, "other = 1;");
    world.write(BASE, &text);
    world.check_reruns(
        everything(&world),
        expect![[r#"
        source_text
    "#]],
    );
}

#[test]
fn a_broken_dependency_and_its_repair() {
    let mut world = world();
    check_edit(
        &mut world,
        BASE,
        "mul x 2",
        "mul x (2",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (5)
            module_diagnostics
            package_diagnostics
        "#]],
    );
    assert_eq!(world.diagnostics().len(), 1);
    check_edit(
        &mut world,
        BASE,
        "mul x (2",
        "mul x 2",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (5)
            module_diagnostics
            package_diagnostics
        "#]],
    );
    assert_eq!(world.diagnostics().len(), 0);
    check_edit(
        &mut world,
        BASE,
        "public g",
        "public gg",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (5)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    assert_eq!(world.diagnostics().len(), 1);
    check_edit(
        &mut world,
        BASE,
        "public gg",
        "public g",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (5)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    assert_eq!(world.diagnostics().len(), 0);
}
