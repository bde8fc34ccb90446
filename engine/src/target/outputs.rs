//! What a module or package is in a target: queries over back ends.

use crate::base::{ModulePath, Name};
use crate::compile::{
    Module, intermediate, kept_record, position_record, source_name, unaffected_parts,
};
use crate::ir::{Positions, ioct};
use crate::lang::PreludeModule;
use crate::manifest::{Dialect, package_identity};
use crate::source::{Db, File};
use crate::target::c::C;
use crate::target::python::Python;
use crate::target::{Backend, GeneratedFile, ModulePositions};
use crate::workspace::front_end;

/// A language that packages are built for, and its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// C as of 2011.
    C11,
    /// Python from 3.8 on.
    Python3,
}

impl Target {
    /// The target called `name` in manifests and on the command line.
    pub fn named(name: &str) -> Option<Target> {
        [Target::C11, Target::Python3].into_iter().find(|target| target.name() == name)
    }

    /// Its name: `c-11`, `python-3`.
    pub fn name(self) -> &'static str {
        self.backend().name()
    }

    /// What makes its files.
    pub fn backend(self) -> &'static dyn Backend {
        match self {
            Target::C11 => &C,
            Target::Python3 => &Python,
        }
    }
}

/// The file of a module; `None` where the module has no meaning.
///
/// It depends on the meaning alone: edits of comments stop before it.
#[salsa::tracked(returns(ref))]
pub fn module_output<'db>(
    db: &'db dyn Db,
    module: Module<'db>,
    target: Target,
) -> Option<GeneratedFile> {
    let record = intermediate(db, module).as_ref()?;
    let meaning = ioct::decode_meaning(record).expect("this process has encoded it");
    Some(target.backend().module_file(&meaning))
}

/// The table through which run-time errors in the modules of a package find their lines; modules without a meaning have none.
#[salsa::tracked(returns(ref))]
pub fn position_output(db: &dyn Db, root: File, package: File, target: Target) -> GeneratedFile {
    let mut tables: Vec<(&ModulePath, Name, Positions)> = Vec::new();
    for (module, unaffected) in unaffected_parts(db, root, package) {
        let kept = unaffected.and_then(|part| kept_record(db, module, part.head().positions?));
        if let Some(record) = kept.or_else(|| position_record(db, module).clone()) {
            let positions = ioct::decode_positions(&record).expect("this process has encoded it");
            tables.push((module.path(db), source_name(db, root, module.source(db)), positions));
        }
    }
    let tables: Vec<ModulePositions<'_>> = tables
        .iter()
        .map(|(module, source, positions)| ModulePositions { module, source, positions })
        .collect();
    target.backend().position_table(&package_identity(db, package).name, &tables)
}

/// The files of the modules that belong to the language of a dialect, whatever the project.
pub fn prelude_output(dialect: Dialect, target: Target) -> Vec<GeneratedFile> {
    let (backend, prelude) = (target.backend(), front_end(dialect).prelude());
    let mut files: Vec<GeneratedFile> =
        prelude.iter().map(|it| backend.module_file(&it.module)).collect();
    for own in prelude.chunk_by(|a, b| a.module.path.package() == b.module.path.package()) {
        let stopping = own.iter().filter(|it| !it.positions.items.is_empty());
        let tables: Vec<ModulePositions<'_>> = stopping
            .map(|PreludeModule { module, positions, .. }| ModulePositions {
                module: &module.path,
                source: module.path.as_str(),
                positions,
            })
            .collect();
        if let Some(first) = tables.first() {
            files.push(backend.position_table(first.module.package(), &tables));
        }
    }
    files
}
