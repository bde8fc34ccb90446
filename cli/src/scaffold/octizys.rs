//! Octizys: a project that lists its packages, and a package.

use camino::Utf8Path;
use oast_engine::manifest::Dialect;

use crate::scaffold::{Files, ignore_file, member};

/// The files of a package in the directory `at`.
pub(super) fn package(at: &Utf8Path, name: &str, lib: bool) -> Files {
    let mut manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    if !lib {
        manifest.push_str("main = \"Main\"\n");
    }
    let (file, source) = if lib { ("Lib.oct", library(name)) } else { ("Main.oct", program()) };
    vec![(at.join(format!("{name}Package.toml")), manifest), (at.join("src").join(file), source)]
}

/// The files of a project in the directory `at` that has one package of the same name.
pub(super) fn project(at: &Utf8Path, name: &str, lib: bool) -> Files {
    let manifest = format!(
        "[project]\nname = \"{name}\"\ntargets = [\"python-3\"]\n\n[packages]\n{}\n",
        member(name, name)
    );
    let mut files = vec![(at.join("project.toml"), manifest)];
    files.extend(package(&at.join(name), name, lib));
    files.push(ignore_file(Dialect::Octizys, at));
    files
}

fn program() -> String {
    "-- The value of `main` is printed when the program runs.\n\
     main : Text = \"Hello, world!\";\n"
        .to_owned()
}

fn library(name: &str) -> String {
    format!(
        "-- What is `public` can be used elsewhere: `import {name}/Lib as {name};`, then `{name}/double 21`.\n\
         public double : n : Int |- Int = mul n 2;\n"
    )
}
