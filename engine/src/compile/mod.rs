//! The queries of one module: imports, interface, meaning, positions.
//!
//! A module asks for single exported items of the modules that it imports, and these are known once those modules are
//! checked. So asking for one module may run down a chain of imports as long as the user's longest; whoever asks for many
//! goes through [`module_graph`]'s levels or [`package_order`], what is imported first, so that every question finds its
//! answer at the first step. Modules that import each other in a circle never ask each other.

mod checked;
mod diagnostics;
mod imports;
mod kept;
mod module;
mod previous;
mod unchanged;

pub use crate::compile::checked::{
    CheckedSource, ExportedItem, IoctRecord, checked_module, exported_item, intermediate,
    mentioned_type, module_interface, position_record, uses_of,
};
pub use crate::compile::diagnostics::{diagnostics, module_diagnostics, package_diagnostics};
pub use crate::compile::imports::{
    ModuleGraph, ModuleOrder, import_targets, module_graph, module_imports, own_imports,
    package_order, read_imports,
};
pub use crate::compile::kept::{OrderedModule, are_parts_as_left, surroundings, unaffected_parts};
pub use crate::compile::module::{
    Module, modules_of, package_language, packages_in_reach, program_module, source_name,
};
pub(crate) use crate::compile::previous::kept_record;
pub use crate::compile::previous::{
    are_positions_as_left, is_as_left, is_main, is_of_one_moment, is_wholly_kept, kept_part,
    manifest_digest, source_digest,
};
pub use crate::compile::unchanged::{
    decode_diagnostics, encode_diagnostics, package_interfaces, unchanged_closures,
    unchanged_package,
};
