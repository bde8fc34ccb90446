//! A definition between syntax and types: its names are resolved, its expressions are those of the common representation,
//! but nothing has a type yet.

use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, ItemRef, LocalId, RefId, Ty, TypeDef, ValueExport};
use crate::lang::octizys::names::EXPECTED_NAMES;

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
    /// Where the pattern of a case and its parts stand, in preorder, by the case's value.
    pub(crate) patterns: FxHashMap<ExprId, Vec<TextRange>>,
    /// Whether some pattern of it means nothing, so that nobody knows what its cases cover.
    pub(crate) unsure: bool,
    /// The type variables in scope somewhere in it: those of its own signature first.
    pub(crate) type_variables: Vec<&'t str>,
    /// How many of these its own signature introduces.
    pub(crate) own_variables: u32,
    /// The definitions of this module that it mentions.
    pub(crate) mentions: Vec<usize>,
}

impl Draft<'_> {
    /// An empty draft with room for what becomes of so many nodes of syntax.
    pub(crate) fn with_room_for(nodes: usize) -> Self {
        let exprs = nodes * 2 / 3 + 1;
        Draft {
            exprs: Vec::with_capacity(exprs),
            ranges: Vec::with_capacity(exprs),
            locals: Vec::with_capacity(nodes / 8),
            ..Draft::default()
        }
    }

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

/// What a name of the module's reference table means as a value.
#[derive(Clone, Debug)]
pub(crate) enum Referent {
    /// A definition of this module, by index.
    Own(usize),
    /// A function or constant of another module.
    Imported(Arc<ValueExport>),
}

/// The items and types that the module's bodies mention, each name once: a type and a value may share one.
#[derive(Debug)]
pub(crate) struct References {
    pub(crate) items: Vec<ItemRef>,
    values: Vec<Option<Referent>>,
    types: Vec<Option<Arc<TypeDef>>>,
    index: FxHashMap<ItemRef, RefId>,
}

impl References {
    /// No items yet.
    pub(crate) fn new() -> References {
        References {
            items: Vec::with_capacity(EXPECTED_NAMES),
            values: Vec::with_capacity(EXPECTED_NAMES),
            types: Vec::with_capacity(EXPECTED_NAMES),
            index: FxHashMap::with_capacity_and_hasher(EXPECTED_NAMES, FxBuildHasher),
        }
    }

    /// The entry for the function or constant `item`.
    pub(crate) fn value_entry(&mut self, item: ItemRef, referent: Referent) -> RefId {
        let id = self.entry(item);
        self.values[id.0 as usize] = Some(referent);
        id
    }

    /// The entry for the type `item`.
    pub(crate) fn type_entry(&mut self, item: ItemRef, def: Arc<TypeDef>) -> RefId {
        let id = self.entry(item);
        self.types[id.0 as usize] = Some(def);
        id
    }

    fn entry(&mut self, item: ItemRef) -> RefId {
        if let Some(id) = self.index.get(&item) {
            return *id;
        }
        let id = RefId(self.items.len() as u32);
        self.index.insert(item.clone(), id);
        self.items.push(item);
        self.values.push(None);
        self.types.push(None);
        id
    }

    /// What an entry means as a value.
    pub(crate) fn value(&self, id: RefId) -> &Referent {
        self.values[id.0 as usize].as_ref().expect("a value was entered under this id")
    }

    /// The name of an entry.
    pub(crate) fn item(&self, id: RefId) -> &ItemRef {
        &self.items[id.0 as usize]
    }

    /// What an entry means as a type.
    pub(crate) fn type_def(&self, id: RefId) -> &Arc<TypeDef> {
        self.types[id.0 as usize].as_ref().expect("a type was entered under this id")
    }
}
