//! Oats: a package, which is a project of its own.

use camino::Utf8Path;
use oast_engine::manifest::Dialect;

use crate::scaffold::{Files, ignore_file};

/// The files of a package in the directory `at`.
pub(super) fn package(at: &Utf8Path, name: &str, lib: bool) -> Files {
    let (entry, source) = if lib { ("src/lib.oats", LIBRARY) } else { ("src/main.oats", PROGRAM) };
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nentry = \"{entry}\"\n\n[dependencies]\n"
    );
    let source = (at.join(entry), source.to_owned());
    vec![(at.join("Oats.toml"), manifest), source, ignore_file(Dialect::Oats, at)]
}

const PROGRAM: &str = "\
// The program begins here. A result other than 0 says that it has failed.
export function main(): number {
    println(\"Hello, world!\");
    return 0;
}
";

const LIBRARY: &str = "\
// What is exported can be imported by packages that depend on this one.
export function double(n: number): number {
    return n * 2;
}
";
