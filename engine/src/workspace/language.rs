//! Which front end a dialect's sources go through.

use crate::base::ModulePath;
use crate::ir::Interface;
use crate::lang::FrontEnd;
use crate::lang::oats::Oats;
use crate::lang::octizys::Octizys;
use crate::manifest::{DIALECTS, Dialect};

/// The front end of a dialect.
pub fn front_end(dialect: Dialect) -> &'static dyn FrontEnd {
    match dialect {
        Dialect::Octizys => &Octizys,
        Dialect::Oats => &Oats,
    }
}

/// What a module that is part of a language exports, whatever the language; `None` of any other module.
pub fn prelude_interface(module: &ModulePath) -> Option<&'static Interface> {
    let all = DIALECTS.iter().flat_map(|dialect| front_end(*dialect).prelude());
    all.map(|it| &it.interface).find(|interface| interface.module == *module)
}
