//! Front ends: pure functions from text. Siblings never meet.
//!
//! A front end knows one module's text. What other modules mean to it, it asks an [`Environment`], item by item, so that
//! whoever keeps the answers knows exactly which items of which modules a module depends on.

pub mod oats;
pub mod octizys;

use std::sync::Arc;

use serde::Serialize;

use crate::base::{Finding, ModulePath, TextRange};
use crate::ir::{Interface, ItemRef, Module, Positions, TypeDef, ValueExport};

/// An import as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImportDecl {
    /// The module that is meant; one component, the name of a package, means its entry module.
    pub module: ModulePath,
    /// What is meant where there is no such module.
    pub otherwise: Option<ModulePath>,
    /// Where it is named.
    pub range: TextRange,
}

/// What an import leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ImportTarget {
    /// A module whose items can be asked for.
    Module,
    /// Nothing that can be used: it does not exist, or it is part of a cycle. Has been reported elsewhere.
    Nothing,
}

/// An exported item in the namespace of values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum ExportedValue {
    /// A function or a constant.
    Value(Arc<ValueExport>),
    /// A constructor of a variant type, by index.
    Constructor {
        /// The type.
        def: Arc<TypeDef>,
        /// Which of its constructors.
        index: u32,
    },
}

/// What a module's front end may ask about other modules.
pub trait Environment {
    /// What the import of `module` leads to.
    fn import(&self, module: &ModulePath) -> ImportTarget;

    /// The module that an import means, where it leads to one.
    fn resolve(&self, import: &ImportDecl) -> Option<ModulePath> {
        let all = std::iter::once(&import.module).chain(&import.otherwise);
        all.into_iter().find(|it| self.import(it) == ImportTarget::Module).cloned()
    }

    /// The exported value or constructor `name` of an imported module.
    fn value(&self, module: &ModulePath, name: &str) -> Option<ExportedValue>;

    /// The exported type `name` of an imported module.
    fn exported_type(&self, module: &ModulePath, name: &str) -> Option<Arc<TypeDef>>;

    /// The definition of a type that an exported item mentions, exported itself or not.
    fn mentioned_type(&self, item: &ItemRef) -> Option<Arc<TypeDef>>;

    /// Everything that an imported module exports. Asked only to explain a mistake: whoever asks depends on all of it.
    fn interface(&self, module: &ModulePath) -> Option<Arc<Interface>>;
}

/// The environment of a module that no other can be seen from.
#[derive(Clone, Copy, Debug)]
pub struct NoModules;

impl Environment for NoModules {
    fn import(&self, _: &ModulePath) -> ImportTarget {
        ImportTarget::Nothing
    }

    fn value(&self, _: &ModulePath, _: &str) -> Option<ExportedValue> {
        None
    }

    fn exported_type(&self, _: &ModulePath, _: &str) -> Option<Arc<TypeDef>> {
        None
    }

    fn mentioned_type(&self, _: &ItemRef) -> Option<Arc<TypeDef>> {
        None
    }

    fn interface(&self, _: &ModulePath) -> Option<Arc<Interface>> {
        None
    }
}

/// What a front end must know of the module beside its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleContext {
    /// The module's name.
    pub path: ModulePath,
    /// Whether its `main` is what its package's program runs.
    pub is_main: bool,
}

/// What a front end makes of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedModule {
    /// What it exports; as much of it as could be understood.
    pub interface: Interface,
    /// What it means; absent where it has errors.
    pub meaning: Option<(Module, Positions)>,
    /// What is wrong in it, in source order.
    pub findings: Vec<Finding>,
}

/// A module that is part of a language.
#[derive(Clone, Debug)]
pub struct PreludeModule {
    /// What it exports.
    pub interface: Interface,
    /// What it means.
    pub module: Module,
    /// Where its parts stand in its source.
    pub positions: Positions,
}

/// The front end of a language.
pub trait FrontEnd: Sync {
    /// The modules that `text`, the text of the module `importer`, imports, each mention once, in source order.
    fn imports(&self, text: &str, importer: &ModulePath) -> Vec<ImportDecl>;

    /// Whether `text`, the text of the module that stands for its package, makes the package a program.
    fn begins_program(&self, text: &str) -> bool;

    /// What `text` means.
    fn check(&self, text: &str, context: &ModuleContext, env: &dyn Environment) -> CheckedModule;

    /// Where the item `name` is defined in `text`.
    fn definition_range(&self, text: &str, name: &str) -> Option<TextRange>;

    /// The modules that are part of the language itself: every module may use them, no file holds them.
    fn prelude(&self) -> &'static [PreludeModule];
}

/// A name of a module, from its components.
pub fn module_path<'a>(components: impl IntoIterator<Item = &'a str>) -> ModulePath {
    let mut path = String::new();
    for component in components {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(component);
    }
    ModulePath::new(path)
}
