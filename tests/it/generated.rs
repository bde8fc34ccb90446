//! What back ends make of modules, put on the disk, compiled and run.
#![expect(clippy::disallowed_methods, reason = "compilers need files, and are run")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use oast_engine::ir::{Module, Positions};
use oast_engine::target::{Backend, GeneratedFile, ModulePositions};

/// The run-time support, the modules and the table of positions of each package; the source of a module is called as the module is,
/// with this extension.
pub(crate) fn files_of(
    backend: &dyn Backend,
    modules: &[(Module, Positions)],
    extension: &str,
) -> Vec<GeneratedFile> {
    let mut files = backend.runtime_files();
    files.extend(modules.iter().map(|(module, _)| backend.module_file(module)));
    let names: Vec<String> =
        modules.iter().map(|it| format!("{}.{extension}", it.0.path)).collect();
    let mut packages: BTreeMap<&str, Vec<ModulePositions<'_>>> = BTreeMap::new();
    for ((module, positions), source) in modules.iter().zip(&names) {
        let it = ModulePositions { module: &module.path, source, positions };
        packages.entry(module.path.package()).or_default().push(it);
    }
    files.extend(packages.iter().map(|(name, it)| backend.position_table(name, it)));
    files
}

/// Puts files into a folder.
pub(crate) fn put(folder: &Path, files: &[GeneratedFile]) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &file.contents).unwrap();
    }
}

/// The files that a C compiler is given, without the run-time support, which is compiled once for many programs.
pub(crate) fn c_sources(files: &[GeneratedFile]) -> impl Iterator<Item = &str> {
    let paths = files.iter().map(|it| it.path.as_str());
    paths.filter(|it| {
        Path::new(it).extension().is_some_and(|it| it == "c") && *it != "oast_runtime.c"
    })
}

/// Runs a program, which must not fail.
#[track_caller]
pub(crate) fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What a program has written, and its exit status unless that is 0.
pub(crate) fn shown(output: &Output) -> String {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    match output.status.code() {
        Some(0) => text,
        code => format!("{text}exit status {code:?}\n"),
    }
}
