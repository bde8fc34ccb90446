//! Modules of Oats, checked one after another, and programs made of them.
#![expect(clippy::disallowed_methods, reason = "the tests run compilers and what they make")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use oast_engine::base::{LineIndex, ModulePath, Severity};
use oast_engine::ir::{Interface, ItemRef, Module, Positions, TypeDef, verify};
use oast_engine::lang::oats::Oats;
use oast_engine::lang::{
    CheckedModule, Environment, ExportedValue, FrontEnd, ImportTarget, ModuleContext,
};
use oast_engine::target::c::{C, LINK_FLAGS};
use oast_engine::target::python::Python;
use oast_engine::target::{Backend, GeneratedFile};
use tempfile::TempDir;

use crate::generated::{c_sources, files_of, put, shown, succeed};

/// The interfaces of the modules that were checked.
#[derive(Default)]
pub(super) struct World {
    pub(super) interfaces: BTreeMap<String, Arc<Interface>>,
}

impl Environment for World {
    fn import(&self, module: &ModulePath) -> ImportTarget {
        if self.interfaces.contains_key(module.as_str()) {
            ImportTarget::Module
        } else {
            ImportTarget::Nothing
        }
    }

    fn value(&self, module: &ModulePath, name: &str) -> Option<ExportedValue> {
        let interface = self.interfaces.get(module.as_str())?;
        Some(ExportedValue::Value(interface.values.get(name)?.clone()))
    }

    fn exported_type(&self, module: &ModulePath, name: &str) -> Option<Arc<TypeDef>> {
        let interface = self.interfaces.get(module.as_str())?;
        interface.types.get(name).filter(|it| it.public).cloned()
    }

    fn mentioned_type(&self, item: &ItemRef) -> Option<Arc<TypeDef>> {
        self.interfaces.get(item.module.as_str())?.types.get(&item.name).cloned()
    }

    fn interface(&self, module: &ModulePath) -> Option<Arc<Interface>> {
        self.interfaces.get(module.as_str()).cloned()
    }
}

impl World {
    /// Checks a module; its meaning must be well-formed.
    pub(super) fn check(&mut self, path: &str, text: &str, is_main: bool) -> CheckedModule {
        let context = ModuleContext { path: ModulePath::new(path), is_main };
        let checked = Oats.check(text, &context, self);
        if let Some((module, _)) = &checked.meaning {
            let faults = verify(
                module,
                &|item| {
                    let prelude = Oats.prelude();
                    let own = prelude.iter().find(|it| it.interface.module == item.module);
                    let interface = match own {
                        Some(own) => &own.interface,
                        None => self.interfaces.get(item.module.as_str())?,
                    };
                    interface.values.get(&item.name).map(|it| (**it).clone())
                },
                &|item| self.mentioned_type(item).map(|it| (*it).clone()),
            );
            assert!(faults.is_empty(), "{faults:#?}\n{module}");
        }
        self.interfaces.insert(path.to_owned(), Arc::new(checked.interface.clone()));
        checked
    }
}

/// What is wrong in a module, a line each.
pub(super) fn findings(text: &str, checked: &CheckedModule) -> String {
    let index = LineIndex::new(text);
    let mut out = String::new();
    for finding in &checked.findings {
        let at = index.line_column(text, finding.range.start);
        let severity = if finding.severity == Severity::Error { "error" } else { "warning" };
        let message = &finding.message;
        out += &[
            &*format!("{}:{}: {severity}[{}]: ", at.line, at.column, finding.code),
            message,
            "\n",
        ]
        .concat();
        for label in &finding.labels {
            if let oast_engine::base::Place::Here(range) = label.place {
                let at = index.line_column(text, range.start);
                out += &[&*format!("    {}:{}: ", at.line, at.column), &label.text, "\n"].concat();
            }
        }
        for help in &finding.help {
            out += &["    help: ", help, "\n"].concat();
        }
    }
    out
}

type Meaning = (Module, Positions);

/// What a program of these modules shows, the last being the one that is run. It must be the same on both targets.
pub(super) fn run(modules: &[(&str, &str)]) -> String {
    let mut world = World::default();
    let mut meanings: Vec<Meaning> = Vec::new();
    let prelude = Oats.prelude().iter();
    meanings.extend(prelude.map(|it| (it.module.clone(), it.positions.clone())));
    for (n, (path, text)) in modules.iter().enumerate() {
        let checked = world.check(path, text, n + 1 == modules.len());
        let wrong = findings(text, &checked);
        meanings.push(checked.meaning.unwrap_or_else(|| panic!("{wrong}\n{text}")));
    }
    let directory = TempDir::new().unwrap();
    let python = run_python(&directory.path().join("python"), &meanings);
    let c = run_c(&directory.path().join("c"), &meanings);
    assert_eq!(c, python, "C shows the first, Python the second");
    c
}

/// What a program of one module shows.
pub(super) fn run_main(text: &str) -> String {
    run(&[("P/main", text)])
}

fn write(root: &Path, backend: &dyn Backend, meanings: &[Meaning]) -> Vec<GeneratedFile> {
    let mut files = files_of(backend, meanings, "oats");
    let (main, _) = meanings.last().unwrap();
    files.extend(backend.program_files(&main.path, &"$entry".into()));
    put(root, &files);
    files
}

fn run_python(root: &Path, meanings: &[Meaning]) -> String {
    write(root, &Python, meanings);
    let program = Python::program(&meanings.last().unwrap().0.path);
    let mut command = Command::new("python3");
    command.current_dir(root).args(["-B", "-m", &program]);
    shown(&command.output().unwrap())
}

fn run_c(root: &Path, meanings: &[Meaning]) -> String {
    let files = write(root, &C, meanings);
    let sources = c_sources(&files).filter(|it| !it.ends_with("Prelude.c"));
    let mut cc = Command::new("cc");
    cc.current_dir(root).args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-O1", "-I."]);
    cc.args(["-o", "program"]).args(sources).args(common_objects()).args(LINK_FLAGS);
    succeed(&mut cc);
    shown(&Command::new(root.join("program")).output().unwrap())
}

/// The run-time support and the prelude, compiled once for all tests.
fn common_objects() -> Vec<PathBuf> {
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    let root = DIRECTORY.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        put(directory.path(), &C.runtime_files());
        for prelude in Oats.prelude() {
            let file = C.module_file(&prelude.module);
            fs::write(directory.path().join("prelude.c"), file.contents).unwrap();
        }
        let mut cc = Command::new("cc");
        cc.current_dir(directory.path());
        succeed(cc.args(["-std=c11", "-O1", "-c", "oast_runtime.c", "prelude.c"]));
        directory
    });
    ["oast_runtime.o", "prelude.o"].map(|it| root.path().join(it)).to_vec()
}
