//! What every module may use without an import: a module that is written in Oats itself.

use std::sync::LazyLock;

use crate::base::ModulePath;
use crate::ir::{Interface, ItemRef, ValueExport};
use crate::lang::oats::check;
use crate::lang::{ModuleContext, NoModules, PreludeModule};

/// The module that holds what every module may use. No package can have its name.
const PRELUDE: &str = "oats/Prelude";

const TEXT: &str = include_str!("prelude.oats");

static MODULE: LazyLock<PreludeModule> = LazyLock::new(|| {
    let context = ModuleContext { path: path(), is_main: false };
    let checked = check::check(TEXT, &context, &NoModules, true);
    let meaning = checked.meaning;
    let (module, positions) =
        meaning.unwrap_or_else(|| panic!("the prelude is sound: {:#?}", checked.findings));
    PreludeModule { interface: checked.interface, module, positions }
});

/// The prelude as a module.
pub(crate) fn module() -> &'static PreludeModule {
    &MODULE
}

/// The name of the prelude.
pub(crate) fn path() -> ModulePath {
    ModulePath::new(PRELUDE)
}

/// Whether a module is the prelude.
pub(crate) fn is_prelude(module: &ModulePath) -> bool {
    module.as_str() == PRELUDE
}

/// The interface of a module, if it is the prelude.
pub(crate) fn interface_of(module: &ModulePath) -> Option<&'static Interface> {
    is_prelude(module).then(|| &MODULE.interface)
}

/// A function of the prelude.
pub(crate) fn value(name: &str) -> Option<&'static ValueExport> {
    MODULE.interface.values.get(name).map(|it| &**it)
}

/// Whether the prelude has a function of this name.
pub(crate) fn has_value(name: &str) -> bool {
    value(name).is_some()
}

/// Whether programs may name this type of the prelude.
pub(crate) fn exports_type(name: &str) -> bool {
    matches!(name, "Error" | "RangeError" | "ReferenceError" | "TypeError" | "Map" | "Set")
}

/// Whether a type is the prelude's `Map`, or its `Set`.
pub(crate) fn is_table(item: &ItemRef) -> bool {
    is_prelude(&item.module) && matches!(item.name.as_str(), "Map" | "Set")
}
