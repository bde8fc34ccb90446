//! A definition between syntax and types: its names are resolved, its expressions are those of the common representation,
//! but nothing has a type yet.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, ItemRef, LocalId, RefId, Ty, TypeDef, ValueExport};
use crate::lang::octizys::prelude::Builtin;

/// A type that the programmer wrote for something, and where.
#[derive(Clone, Debug)]
pub(crate) struct Annotation {
    pub(crate) ty: Ty,
    pub(crate) range: TextRange,
}

/// A local variable.
#[derive(Clone, Debug)]
pub(crate) struct DraftLocal<'t> {
    /// Empty where no programmer named it.
    pub(crate) name: &'t str,
    pub(crate) range: TextRange,
    /// The whole type, where it is written; for a function of `let`, over its own type variables too.
    pub(crate) annotation: Option<Annotation>,
    /// The type variables that a definition of `let` introduces.
    pub(crate) variables: std::ops::Range<u32>,
}

/// A definition whose types are not known yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft<'t> {
    pub(crate) exprs: Vec<Expr>,
    pub(crate) ranges: Vec<TextRange>,
    pub(crate) locals: Vec<DraftLocal<'t>>,
    /// The locals that are the definition's parameters.
    pub(crate) params: Vec<LocalId>,
    pub(crate) root: ExprId,
    /// Types written for expressions, by expression.
    pub(crate) ascriptions: FxHashMap<ExprId, Vec<Annotation>>,
    /// The field names of record expressions (sorted), and the field that a field expression wants.
    pub(crate) fields: FxHashMap<ExprId, Vec<Name>>,
    /// The type variables in scope somewhere in it: those of its own signature first.
    pub(crate) type_variables: Vec<&'t str>,
    /// How many of these its own signature introduces.
    pub(crate) own_variables: u32,
    /// The definitions of this module that it mentions.
    pub(crate) mentions: Vec<usize>,
}

impl Draft<'_> {
    /// Adds an expression.
    pub(crate) fn push(&mut self, expr: Expr, range: TextRange) -> ExprId {
        let id = ExprId(self.exprs.len() as u32);
        self.exprs.push(expr);
        self.ranges.push(range);
        id
    }

    /// Where an expression stands.
    pub(crate) fn range(&self, id: ExprId) -> TextRange {
        self.ranges[id.0 as usize]
    }
}

/// What an entry of the module's reference table is.
#[derive(Clone, Debug)]
pub(crate) enum Referent {
    /// A definition of this module, by index.
    Own(usize),
    /// A function or constant of another module.
    Imported(Arc<ValueExport>),
    /// A function of the prelude, used as a value.
    Builtin(&'static Builtin),
    /// A variant type.
    Type(Arc<TypeDef>),
}

/// The items and types that the module's bodies mention, each once.
#[derive(Debug, Default)]
pub(crate) struct References {
    pub(crate) items: Vec<ItemRef>,
    pub(crate) referents: Vec<Referent>,
    /// Values and types are different namespaces.
    index: FxHashMap<(ItemRef, bool), RefId>,
}

impl References {
    /// The entry for `item`.
    pub(crate) fn entry(&mut self, item: ItemRef, referent: Referent) -> RefId {
        let is_type = matches!(referent, Referent::Type(_));
        let next = RefId(self.items.len() as u32);
        let id = *self.index.entry((item.clone(), is_type)).or_insert(next);
        if id == next {
            self.items.push(item);
            self.referents.push(referent);
        }
        id
    }

    /// What an entry is.
    pub(crate) fn referent(&self, id: RefId) -> &Referent {
        &self.referents[id.0 as usize]
    }

    /// The name of an entry.
    pub(crate) fn item(&self, id: RefId) -> &ItemRef {
        &self.items[id.0 as usize]
    }

    /// The variant type behind an entry.
    pub(crate) fn type_def(&self, id: RefId) -> &Arc<TypeDef> {
        match self.referent(id) {
            Referent::Type(def) => def,
            other => unreachable!("a constructor of {other:?}"),
        }
    }
}
