//! What a module shows to others.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{ModulePath, Name};
use crate::ir::{Scheme, TypeDef, TypeKind};

/// The exported names of a module and their types, and nothing else: no position, no body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// The module.
    pub module: ModulePath,
    /// False where the module has errors, so that names may be missing here which its author meant to export.
    pub complete: bool,
    /// Exported functions and constants.
    pub values: BTreeMap<Name, Arc<ValueExport>>,
    /// Exported types, and the types that these and the values mention.
    pub types: BTreeMap<Name, Arc<TypeDef>>,
}

/// An exported function or constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueExport {
    /// Its type.
    pub scheme: Scheme,
    /// How many arguments a direct call takes; `None` for a constant.
    pub arity: Option<u32>,
    /// The declaration in the dialect's own words, where its types say more than those of the common representation.
    pub declared: Option<Name>,
}

impl Interface {
    /// The type that has a constructor called `name`, and the constructor's index in it.
    pub fn constructor(&self, name: &str) -> Option<(&Arc<TypeDef>, u32)> {
        self.types.values().filter(|it| it.public).find_map(|def| {
            let TypeKind::Variant(constructors) = &def.kind else { return None };
            let index = constructors.iter().position(|it| it.name == name)?;
            Some((def, index as u32))
        })
    }
}
