//! The texts of packages of Octizys.

use std::fmt::Write as _;

use crate::law::model::{ModuleModel, PackageModel};

/// The manifest of a package.
pub(super) fn manifest(package: &PackageModel) -> String {
    let mut text = format!("[package]\nversion = \"1.0.{}\"\n", package.patch);
    if 0 < package.description {
        writeln!(text, "description = \"Number {}.\"", package.description).unwrap();
    }
    if let Some(main) = package.main() {
        writeln!(text, "main = \"{main}\"").unwrap();
    }
    text.push_str("[dependencies]\n");
    for dependency in &package.dependencies {
        writeln!(text, "{dependency} = \"1\"").unwrap();
    }
    text
}

/// A module of Octizys: `imports` are the modules that it imports, as they are written.
pub(super) fn text(
    module: &ModuleModel,
    imports: &[String],
    is_main: bool,
    in_both: bool,
) -> String {
    let mut text = "-- A line.\n".repeat(module.comments);
    for (index, import) in imports.iter().enumerate() {
        writeln!(text, "import {import} as I{index};").unwrap();
    }
    if module.broken == 1 {
        text.push_str("import P0/Nowhere as Nowhere;\n");
    }
    let body = module.body;
    text.push_str(match (module.ty, in_both) {
        (true, false) => "public value = \\ x |- Cons (helper x) Nil;\n",
        // Another language knows texts, but no lists.
        (true, true) => "public value = \\ x |- intToText (helper x);\n",
        (false, _) => "public value = \\ x |- helper x;\n",
    });
    let helper = if module.broken == 2 { "\"x\"".to_owned() } else { format!("add x {body}") };
    writeln!(text, "helper : x : Int |- Int = {helper};").unwrap();
    text.push_str(if module.extra { "public extra = True;\n" } else { "public extra = 1;\n" });
    let chain = if imports.is_empty() { "value 1" } else { "I0/chain" };
    writeln!(text, "public chain = {chain};").unwrap();
    for index in 0..imports.len() {
        writeln!(text, "public use{index} = I{index}/value {index};").unwrap();
    }
    if module.warning {
        text.push_str("lonely = 1;\n");
    }
    if module.broken == 3 {
        text.push_str("public = ) (;\n");
    }
    if is_main {
        text.push_str("main = chain;\n");
    }
    text
}
