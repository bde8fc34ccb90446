//! The texts of packages of Oats, and of a workspace that begins with one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::law::model::{ModuleModel, PackageModel};

/// What the package at the root is called, which no edit concerns.
pub(super) const ROOT: &str = "app";

/// Where the place `to` is, from the place `from`, both as they are from the workspace.
fn relative(from: &str, to: &str) -> String {
    let up = match from.strip_prefix("../") {
        Some(outside) => "../".repeat(outside.split('/').count()) + "tree/",
        None => "../".repeat(from.split('/').filter(|it| !it.is_empty()).count()),
    };
    up + to
}

/// The manifest of a package, and the places of those that it depends on.
pub(super) fn manifest(
    name: &str,
    package: &PackageModel,
    places: &BTreeMap<String, String>,
) -> String {
    let mut text = format!("[package]\nname = \"{name}\"\nversion = \"1.0.{}\"\n", package.patch);
    if 0 < package.description {
        writeln!(text, "description = \"Number {}.\"", package.description).unwrap();
    }
    if let Some(entry) = package.entry() {
        writeln!(text, "entry = \"{entry}.oats\"").unwrap();
    }
    text + &dependencies(&package.place(name), &package.dependencies, places)
}

fn dependencies(from: &str, names: &BTreeSet<String>, places: &BTreeMap<String, String>) -> String {
    let mut text = "[dependencies]\n".to_owned();
    for name in names {
        let place = relative(from, places.get(name).unwrap_or(name));
        writeln!(text, "{name} = {{ path = \"{place}\" }}").unwrap();
    }
    text
}

/// The package at the root: a program that uses the packages of Oats.
pub(super) fn root(packages: &BTreeMap<String, String>) -> [(String, String); 2] {
    let names = packages.keys().cloned().collect();
    let manifest = format!("[package]\nname = \"{ROOT}\"\nversion = \"1.0.0\"\n");
    let manifest = manifest + &dependencies("", &names, packages);
    let mut main = String::new();
    for name in &names {
        writeln!(main, "import {{ chain as {name} }} from \"{name}\";").unwrap();
    }
    let shown = names.iter().cloned().collect::<Vec<_>>().join(", ");
    writeln!(main, "export function main(): void {{ println({shown}); }}").unwrap();
    [("Oats.toml".to_owned(), manifest), ("src/main.oats".to_owned(), main)]
}

/// A module: `imports` are the packages and modules that it imports, as they are written.
pub(super) fn text(module: &ModuleModel, imports: &[String], is_main: bool) -> String {
    let mut text = "// A line.\n".repeat(module.comments);
    for (index, from) in imports.iter().enumerate() {
        let chain = if index == 0 { ", chain as next" } else { "" };
        writeln!(text, "import {{ value as value{index}{chain} }} from \"{from}\";").unwrap();
    }
    if module.broken == 1 {
        text.push_str("import { nothing } from \"./Nowhere\";\n");
    }
    text.push_str(if module.ty {
        "export function value(x: number): string { return `${helper(x)}`; }\n"
    } else {
        "export function value(x: number): number { return helper(x); }\n"
    });
    let body = module.body;
    let helper = if module.broken == 2 { "\"x\"".to_owned() } else { format!("x + {body}") };
    writeln!(text, "function helper(x: number): number {{ return {helper}; }}").unwrap();
    text.push_str(if module.extra {
        "export const extra = true;\n"
    } else {
        "export const extra = 1;\n"
    });
    let chain = if imports.is_empty() { "value(1)" } else { "next" };
    writeln!(text, "export const chain = {chain};").unwrap();
    for index in 0..imports.len() {
        writeln!(text, "export const use{index} = value{index}({index});").unwrap();
    }
    if module.warning {
        text.push_str("function lonely(): void { let a: number = 1; a = 2; }\n");
    }
    if module.broken == 3 {
        text.push_str("export const = ) (;\n");
    }
    if is_main {
        text.push_str("export function main(): void { println(chain); }\n");
    }
    text
}
