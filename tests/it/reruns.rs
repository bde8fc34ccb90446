//! What runs again after an edit: the firewalls.

use expect_test::expect;
use oast_engine::Session;
use oast_engine::compile::{Module, intermediate, module_graph};

use crate::known::Known;

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

fn known() -> Known {
    Known::new(WORLD, "/project.toml")
}

#[test]
fn the_body_of_a_private_function_concerns_its_module() {
    known().edit(
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
    known().edit(
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
    let mut known = known();
    known.edit(
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
    let root = known.world.file("/project.toml");
    known.world.write(BASE, &format!("-- again\n{}", known.world.text(BASE)));
    let log = |session: &Session| {
        let graph = module_graph(session, root);
        let (path, package, source) = &graph.modules[0];
        let module = Module::new(session, root, *package, *source, path);
        intermediate(session, module).clone()
    };
    known.world.check_reruns(
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
    known().edit(
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
    let mut known = known();
    known.edit(
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
    assert_eq!(known.world.diagnostics().len(), 1, "`UsesShape` does not cover `Square`");
}

#[test]
fn what_an_alias_stands_for_concerns_the_modules_that_use_it() {
    known().edit(
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
    known().edit(
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
    let mut known = known();
    known.world.edit("//- /A/src/New.oct\npublic new = 1;\n");
    known.runs(expect![[r#"
            directory_entries
            source_tree
            module_graph
            package_order
            kept_modules
            module_imports
            source_imports
            source_text
            import_targets (2)
            module_source
            intermediate
            checked_module
            kept_head
            position_record
            package_diagnostics
            module_diagnostics
        "#]]);
}

#[test]
fn a_removed_file_that_nothing_imports_concerns_the_list_of_its_package() {
    let mut known = known();
    known.world.remove("/B/src/Lone.oct");
    known.runs(expect![[r#"
        directory_entries
        source_tree
        module_graph
        package_order
        kept_modules
        import_targets (4)
        package_diagnostics
    "#]]);
}

#[test]
fn comments_and_descriptions_in_manifests_concern_nobody() {
    let mut known = known();
    let manifest = "/A/APackage.toml";
    known.edit(
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
    known.edit(
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
    known.edit(
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
    known.edit(
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
    let mut known = known();
    known.world.write(BASE, &known.world.text(BASE));
    known.runs(expect![[""]]);
    let text = known.world.text(BASE);
    known.world.write(BASE, "other = 1;");
    known.world.write(BASE, &text);
    known.runs(expect![[r#"
        source_text
    "#]]);
}

#[test]
fn a_broken_dependency_and_its_repair() {
    let mut known = known();
    known.edit(
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
    assert_eq!(known.world.diagnostics().len(), 1);
    known.edit(
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
    assert_eq!(known.world.diagnostics().len(), 0);
    known.edit(
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
    assert_eq!(known.world.diagnostics().len(), 1);
    known.edit(
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
    assert_eq!(known.world.diagnostics().len(), 0);
}
