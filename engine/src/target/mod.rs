//! Back ends: from the common representation to the files of a target.
//!
//! All targets show the same behaviour. A run-time error ends the program with exit status 1 after what was written to standard
//! output is flushed and this line is on standard error: `<source>:<line>: error: <message>`. The messages are `integer overflow`,
//! `division by zero`, `index <i> is out of bounds for length <n>`, `the float has no integer value`, and, at the line of the
//! constant's name, ``the value of `<constant>` depends on itself``. What has no place in a source is `error: <message>`:
//! `error: stack overflow: the recursion is too deep`.

pub mod c;
pub mod linear;
mod metadata;
mod outputs;
pub mod python;

pub use crate::target::metadata::package_metadata;
pub use crate::target::outputs::{Target, module_output, position_output, prelude_output};

use camino::Utf8PathBuf;

use crate::base::{ModulePath, Name};
use crate::ir::{Module, Positions};

/// A file of a target, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedFile {
    /// Where it belongs, relative to the folder of the target's outputs.
    pub path: Utf8PathBuf,
    /// All of it.
    pub contents: String,
}

/// The positions of a module, as they enter a position table.
#[derive(Clone, Copy, Debug)]
pub struct ModulePositions<'a> {
    /// The module.
    pub module: &'a ModulePath,
    /// The path of its source as error messages show it.
    pub source: &'a str,
    /// Where its expressions stand.
    pub positions: &'a Positions,
}

/// What makes the files of one target. Its functions are pure and deterministic to the byte.
pub trait Backend: std::fmt::Debug + Send + Sync {
    /// The target's name: the language and its version, like `c-11`.
    fn name(&self) -> &'static str;

    /// The file of a module. It depends on nothing but the module, which holds no positions.
    fn module_file(&self, module: &Module) -> GeneratedFile {
        let path = self.module_path(&module.path);
        GeneratedFile { path, contents: self.module_text(module) }
    }

    /// Where the file of a module belongs, relative to the folder of the target's outputs.
    fn module_path(&self, module: &ModulePath) -> Utf8PathBuf;

    /// What is in the file of a module.
    fn module_text(&self, module: &Module) -> String;

    /// The file through which run-time errors in the modules of `package` find their lines.
    fn position_table(&self, package: &str, modules: &[ModulePositions<'_>]) -> GeneratedFile;

    /// Where that file belongs, relative to the folder of the target's outputs.
    fn position_path(&self, package: &str) -> Utf8PathBuf;

    /// The files that make a program of the modules: it starts with the item `entry` of `module`.
    fn program_files(&self, module: &ModulePath, entry: &Name) -> Vec<GeneratedFile>;

    /// The run-time support, the same for all programs.
    fn runtime_files(&self) -> Vec<GeneratedFile>;
}
