//! The target `c-11`: a `.c` file for each module, to be compiled with the folder of the outputs on the include path.
//!
//! A module's file declares for itself what it uses of others, so it depends on nothing but the module. Functions are called
//! directly; a constant, or a function as a value, is reached through an `oast_global`, so that an importer need not know which of
//! the two it is. Lines of the source stand apart, in one file for each package.

mod expr;
mod function;
mod literal;
mod module;
mod positions;
mod symbol;

use camino::Utf8PathBuf;

use crate::base::{ModulePath, Name};
use crate::ir::Module;
use crate::target::c::symbol::{Kind, symbol};
use crate::target::{Backend, GeneratedFile, ModulePositions};

/// What a link of a program needs besides the objects of its modules, position tables, program file and run-time support.
pub const LINK_FLAGS: &[&str] = &["-lm", "-pthread"];

/// The back end.
#[derive(Clone, Copy, Debug, Default)]
pub struct C;

const RUNTIME_HEADER: &str = include_str!("runtime/oast_runtime.h");
const RUNTIME: &str = concat!(
    include_str!("runtime/program.c"),
    "\n",
    include_str!("runtime/heap.c"),
    "\n",
    include_str!("runtime/values.c"),
    "\n",
    include_str!("runtime/dynamic.c"),
    "\n",
    include_str!("runtime/conversions.c"),
    "\n",
    include_str!("runtime/start.c"),
);

/// The headers of the system that the run-time support includes, as they are written between `<` and `>`. What is generated includes none.
pub fn system_headers() -> Vec<&'static str> {
    let lines = RUNTIME_HEADER.lines().chain(RUNTIME.lines());
    let mut headers: Vec<&str> = lines
        .filter_map(|line| line.trim().strip_prefix("#include <")?.strip_suffix('>'))
        .collect();
    headers.sort_unstable();
    headers.dedup();
    headers
}

impl Backend for C {
    fn name(&self) -> &'static str {
        "c-11"
    }

    fn module_path(&self, module: &ModulePath) -> Utf8PathBuf {
        format!("{module}.c").into()
    }

    fn module_text(&self, module: &Module) -> String {
        module::module_file(module)
    }

    fn position_table(&self, package: &str, modules: &[ModulePositions<'_>]) -> GeneratedFile {
        GeneratedFile { path: self.position_path(package), contents: positions::table(modules) }
    }

    fn position_path(&self, package: &str) -> Utf8PathBuf {
        format!("{package}.positions.c").into()
    }

    fn program_files(&self, module: &ModulePath, entry: &Name) -> Vec<GeneratedFile> {
        let path = module.components().collect::<Vec<_>>().join(".");
        let function = symbol(Kind::Function, module, entry);
        vec![GeneratedFile {
            path: format!("{path}.main.c").into(),
            contents: format!(
                "#include \"oast_runtime.h\"\n\noast_value {function}(void);\n\n\
                 OAST_START int main(void) {{ return oast_main({function}); }}\n"
            ),
        }]
    }

    fn runtime_files(&self) -> Vec<GeneratedFile> {
        let file = |path: &str, contents: &str| GeneratedFile {
            path: path.into(),
            contents: contents.to_owned(),
        };
        vec![file("oast_runtime.h", RUNTIME_HEADER), file("oast_runtime.c", RUNTIME)]
    }
}
