//! The target `python-3`: a Python module for each module, for any Python from 3.8 on, without dependencies.
//!
//! | common representation | Python |
//! |---|---|
//! | `Unit`, `Bool`, `Int`, `Float`, `Text`, arrays | `None`, `bool`, `int`, `float`, `str`, `list` |
//! | structural record | tuple, the fields sorted by name |
//! | constructor with fields, class | class with `__slots__` |
//! | constructor without fields | the only object of a class |
//! | function, closure | function; its parameters are all positional |
//! | function value with too few arguments | `Partial` of the run-time support |
//! | constant | function without parameters that computes its value once |
//! | mutable local that functions share | list of one element |
//!
//! What can stop a program has a *site*, the numbers of its item and expression. Lines are found through the package's
//! `__init__.py`, the only file that changes when code moves in its source.

mod expr;
mod function;
mod literal;
mod module;
mod names;
mod positions;
mod print;
mod reserved;
mod shallow;

use camino::Utf8PathBuf;

use crate::base::{ModulePath, Name};
use crate::ir::Module;
use crate::target::{Backend, GeneratedFile, ModulePositions};

/// The target `python-3`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Python;

/// The name of the module that holds the run-time support. No package has it, since those that begin with `_` are renamed.
const RUNTIME: &str = "_oast";

impl Backend for Python {
    fn name(&self) -> &'static str {
        "python-3"
    }

    fn module_path(&self, module: &ModulePath) -> Utf8PathBuf {
        (names::joined(module, "/") + ".py").into()
    }

    fn module_text(&self, module: &Module) -> String {
        module::module(module)
    }

    fn position_table(&self, package: &str, modules: &[ModulePositions<'_>]) -> GeneratedFile {
        let path = self.position_path(package);
        GeneratedFile { path, contents: positions::table(package, modules) }
    }

    fn position_path(&self, package: &str) -> Utf8PathBuf {
        Utf8PathBuf::from(names::package_name(package)).join("__init__.py")
    }

    /// None: the module that holds the entry is the program; see [`Python::program`].
    fn program_files(&self, _: &ModulePath, _: &Name) -> Vec<GeneratedFile> {
        Vec::new()
    }

    fn runtime_files(&self) -> Vec<GeneratedFile> {
        let path = Utf8PathBuf::from(RUNTIME).with_extension("py");
        vec![GeneratedFile { path, contents: include_str!("runtime/_oast.py").to_owned() }]
    }
}

impl Python {
    /// The dotted name of the program that `module`, the one with the entry, became: `python3 -m <name>` runs it in the folder
    /// of the target's outputs. With `-B`, Python leaves no cached code there.
    pub fn program(module: &ModulePath) -> String {
        names::module_name(module)
    }
}
