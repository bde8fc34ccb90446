//! What an edit in one of a hundred packages makes a build do.

use camino::Utf8PathBuf;
use expect_test::{Expect, expect};
use oast_engine::testing::oats_reference::{OatsReference, body_edit, interface_edit};
use oast_engine::testing::reference::{ModuleId, Reference};

use crate::law::Asked;
use crate::law::compiler::Compiler;
use crate::law::files::Files;
use crate::law::machine::{Kind, Machine};
use crate::law::tree::Tree;

const MANY: OatsReference =
    OatsReference(Reference { packages: 100, modules_per_package: 3, seed: 0 });

/// In a new process, what is built after `edit` of the module `id`.
#[track_caller]
fn check_edit(tree: &mut Tree, id: ModuleId, edit: fn(&str) -> String, expect: Expect) {
    let asked = asked();
    let mut files = files();
    files.entry(MANY.file(id).into()).and_modify(|text| *text = edit(text));
    tree.machine.wait(2);
    tree.write(&files);
    let done = tree.build(&asked, false, &[]).unwrap();
    assert!(done.is_success, "{:?}", done.diagnostics);
    let mut steps = done.steps;
    steps.sort();
    expect.assert_eq(&steps.join("\n"));
}

fn files() -> Files {
    let text = |(path, text): (Utf8PathBuf, String)| (path.into_string(), text);
    MANY.files().into_iter().map(text).collect()
}

fn asked() -> Asked {
    let compiler = Compiler::default();
    Asked { targets: [false, true], release: false, store: false, stops: false, compiler }
}

#[test]
fn an_edit_in_one_of_a_hundred_packages_is_compiled_there_and_linked() {
    let mut tree = Tree::new(Machine::new(Kind::Memory, Compiler::default()), &files());
    let done = tree.build(&asked(), true, &[]).unwrap();
    assert_eq!((done.is_success, done.diagnostics), (true, vec![]));
    let modules = done.steps.iter().filter(|it| it.starts_with("write ")).count();
    assert_eq!(modules, 301);
    tree.machine.wait(2);
    assert_eq!(tree.build(&asked(), false, &[]).unwrap().steps, Vec::<String>::new());
    check_edit(
        &mut tree,
        ModuleId { package: 40, module: 1 },
        body_edit,
        expect![[r#"
        cc package040/src/module001
        link reference
        merge package040
        write package040/src/module001"#]],
    );
    tree.write(&files());
    tree.build(&asked(), false, &[]).unwrap();
    // The entry of a package that others use, and the function that they use.
    check_edit(
        &mut tree,
        ModuleId { package: 0, module: 2 },
        interface_edit,
        expect![[r#"
        cc package000 (positions)
        cc package000/src/module002
        cc package010 (positions)
        cc package010/src/module000
        cc package010/src/module002
        cc package011 (positions)
        cc package011/src/module000
        cc package011/src/module002
        cc package015 (positions)
        cc package015/src/module002
        cc package016 (positions)
        cc package016/src/module000
        cc package019 (positions)
        cc package019/src/module002
        link reference
        merge package000
        merge package010
        merge package011
        merge package015
        merge package016
        merge package019
        write package000/src/module002
        write package010/src/module000
        write package010/src/module002
        write package011/src/module000
        write package011/src/module002
        write package015/src/module002
        write package016/src/module000
        write package019/src/module002"#]],
    );
}
