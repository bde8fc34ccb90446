//! Which front end a dialect's sources go through, and what it is asked before anything else.

use std::sync::Arc;

use crate::base::ModulePath;
use crate::ir::Interface;
use crate::lang::oats::Oats;
use crate::lang::octizys::Octizys;
use crate::lang::{FrontEnd, ImportDecl};
use crate::manifest::{DIALECTS, Dialect};
use crate::source::{Db, File, source_text};

/// The front end of a dialect.
pub fn front_end(dialect: Dialect) -> &'static dyn FrontEnd {
    match dialect {
        Dialect::Octizys => &Octizys,
        Dialect::Oats => &Oats,
    }
}

/// The imports in the file of a module, as they are written: what tells which modules a package has, and which of them import which.
///
/// A firewall: it absorbs edits below the imports.
#[salsa::tracked(returns(ref))]
pub fn source_imports(
    db: &dyn Db,
    file: File,
    dialect: Dialect,
    module: ModulePath,
) -> Arc<[ImportDecl]> {
    front_end(dialect).imports(&source_text(db, file).text, &module).into()
}

/// What a module that is part of a language exports, whatever the language; `None` of any other module.
pub fn prelude_interface(module: &ModulePath) -> Option<&'static Interface> {
    let all = DIALECTS.iter().flat_map(|dialect| front_end(*dialect).prelude());
    all.map(|it| &it.interface).find(|interface| interface.module == *module)
}
