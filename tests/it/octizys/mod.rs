//! The front end of Octizys, by what it says of modules and what it makes of them.
#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "the texts of fixtures are small"
)]

mod entry;
mod imports;
mod limits;
mod meaning;
mod names;
mod patterns;
mod syntax;
mod types;
mod warnings;

use expect_test::Expect;
use oast_engine::source::render::Format;
use oast_engine::testing::World;

/// A world with one package `A` and its module `A/M`, whose text is `module`.
fn world(module: &str) -> World {
    World::new(&format!("{}{}", manifests(&["A"]), file("A/src/M.oct", module)))
}

/// The manifests of a project with these packages, in which each depends on all before it.
fn manifests(packages: &[&str]) -> String {
    let members: String =
        packages.iter().map(|it| format!("{it} = {{ path = \"{it}\" }}\n")).collect();
    let mut fixture = format!("//- /project.toml\n[packages]\n{members}");
    for (index, package) in packages.iter().enumerate() {
        let dependencies: String =
            packages[..index].iter().map(|it| format!("{it} = \"1\"\n")).collect();
        fixture += &format!(
            "//- /{package}/{package}Package.toml\n[package]\nversion = \"1.0.0\"\n[dependencies]\n{dependencies}"
        );
    }
    fixture
}

/// A file of a fixture; what the lines of `text` are indented by in common is taken away.
fn file(path: &str, text: &str) -> String {
    let full = text.lines().filter(|line| !line.trim().is_empty());
    let indent = full.map(|line| line.len() - line.trim_start_matches(' ').len()).min();
    let text = text.strip_prefix('\n').unwrap_or(text);
    let lines = text.split_inclusive('\n').map(|line| {
        line.get(indent.unwrap_or_default()..).unwrap_or_else(|| line.trim_start_matches(' '))
    });
    format!("//- /{path}\n{}\n", lines.collect::<String>().trim_end_matches([' ', '\n']))
}

/// Checks the annotations in the only module of a package.
#[track_caller]
fn check(module: &str) {
    world(module).check_diagnostics();
}

/// Checks what a person sees who wrote this module.
#[track_caller]
fn check_rendered(module: &str, expect: Expect) {
    expect.assert_eq(&world(module).rendered(Format::Human));
}

/// The codes of what is wrong with a module, each once, sorted.
fn codes(module: &str) -> Vec<String> {
    let mut codes: Vec<String> =
        world(module).diagnostics().iter().map(|it| it.code.to_string()).collect();
    codes.sort();
    codes.dedup();
    codes
}
