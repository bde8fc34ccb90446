//! From drafts and their types to what a module means and what it shows.

use std::collections::BTreeMap;
use std::hash::BuildHasher as _;
use std::sync::Arc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::{Finding, Name, TextRange};
use crate::ir::{
    Body, Interface, Item, ItemKind, ItemPositions, Local, Module, Positions, Scheme, Ty, TyId,
    TypeDef, TypeKind, ValueExport,
};
use crate::lang::octizys::draft::{Draft, References};
use crate::lang::octizys::entry;
use crate::lang::octizys::infer::{Inference, TypeId, Typed};
use crate::lang::octizys::names::{EXPECTED_NAMES, Names};
use crate::lang::octizys::types::unknown;

/// What was put together.
pub(crate) struct Assembled {
    pub(crate) interface: Interface,
    /// Absent where the type of some part is not known.
    pub(crate) meaning: Option<(Module, Positions)>,
    pub(crate) findings: Vec<Finding>,
}

/// The types that bodies mention, each once.
#[derive(Debug)]
pub(crate) struct TypeTable {
    types: Vec<Ty>,
    /// By hash; where that is taken by another type, by the next number.
    index: FxHashMap<u64, TyId>,
}

impl TypeTable {
    fn new() -> TypeTable {
        let index = FxHashMap::with_capacity_and_hasher(EXPECTED_NAMES, FxBuildHasher);
        TypeTable { types: Vec::with_capacity(EXPECTED_NAMES), index }
    }

    /// The type of an entry.
    pub(crate) fn get(&self, id: TyId) -> &Ty {
        &self.types[id.0 as usize]
    }

    /// The entry for `ty`.
    pub(crate) fn entry(&mut self, ty: Ty) -> TyId {
        let mut hash = FxBuildHasher.hash_one(&ty);
        while let Some(id) = self.index.get(&hash) {
            if self.types[id.0 as usize] == ty {
                return *id;
            }
            hash = hash.wrapping_add(1);
        }
        let id = TyId(self.types.len() as u32);
        self.types.push(ty);
        self.index.insert(hash, id);
        id
    }
}

/// Numbers the type variables of a definition: those of its signature, then those of its type, then all others.
#[derive(Default)]
struct Numbers {
    variables: Vec<Variable>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Variable {
    Written(u32),
    Found(TypeId),
}

impl Numbers {
    fn number(&mut self, id: TypeId, written: Option<u32>) -> u32 {
        let variable = written.map_or(Variable::Found(id), Variable::Written);
        let known = self.variables.iter().position(|it| *it == variable);
        known.unwrap_or_else(|| {
            self.variables.push(variable);
            self.variables.len() - 1
        }) as u32
    }
}

/// Puts a module together.
pub(crate) struct Assembler<'i, 'n> {
    inference: &'i Inference<'i, 'n>,
    references: &'i References,
    names: &'i Names<'n, 'n>,
    has_public: bool,
    types: TypeTable,
    /// The entries of types without variables, which are the same in all definitions; by type.
    closed: Vec<Option<TyId>>,
}

impl<'i, 'n> Assembler<'i, 'n> {
    pub(crate) fn new<'a, 't, 'e>(
        inference: &'i Inference<'a, 't>,
        references: &'i References,
        names: &'i Names<'t, 'e>,
        has_public: bool,
    ) -> Assembler<'i, 'n>
    where
        'a: 'i,
        't: 'n,
        'e: 'n,
    {
        let (types, closed) = (TypeTable::new(), vec![None; inference.store.len()]);
        Assembler { inference, references, names, has_public, types, closed }
    }

    /// The module that `drafts`, which the types were found for, are of.
    pub(crate) fn assemble(
        mut self,
        drafts: Vec<Draft<'_>>,
        type_defs: &[Arc<TypeDef>],
        is_main: bool,
    ) -> Assembled {
        let mut values = BTreeMap::new();
        let mut items = Vec::new();
        let mut positions = Vec::new();
        let mut whole = true;
        for (index, draft) in drafts.into_iter().enumerate() {
            let definition = &self.inference.definitions()[index];
            let mut numbers = Numbers::default();
            let scheme = self.scheme(index, draft.own_variables, &mut numbers);
            let public = !self.has_public || definition.public;
            match self.item(index, draft, public, &mut numbers) {
                Some((item, exprs)) => {
                    items.push(item);
                    positions.push(ItemPositions { name: definition.range, exprs });
                }
                None => whole = false,
            }
            if public {
                let export = ValueExport { scheme, arity: definition.arity, declared: None };
                values.insert(Name::new(definition.name), Arc::new(export));
            }
        }
        let interface = self.interface(values, type_defs);
        let mut module = Module {
            path: self.names.path.clone(),
            types: Vec::new(),
            refs: self.references.items.clone(),
            type_defs: type_defs.iter().map(|def| (**def).clone()).collect(),
            items,
            entry: None,
        };
        let mut findings = Vec::new();
        if whole && is_main {
            let mut entry = entry::Entry::new(&mut module, &mut self.types, self.names, type_defs);
            let range = entry.add();
            findings = entry.findings;
            let made_up = module.items[positions.len()..].iter();
            positions.extend(made_up.map(|item| ItemPositions {
                name: range,
                exprs: vec![range; item.body.exprs.len()],
            }));
        }
        module.types = self.types.types;
        let line_starts = line_starts(self.names.text);
        let meaning = whole.then_some((module, Positions { line_starts, items: positions }));
        Assembled { interface, meaning, findings }
    }

    fn typed(&self, index: usize) -> &'i Typed {
        &self.inference.typed[index]
    }

    /// The type of a definition, over its own type variables; unknown where part of it is not known.
    fn scheme(&self, index: usize, own_variables: u32, numbers: &mut Numbers) -> Scheme {
        // All variables of a signature count, even those that its type does not mention.
        numbers.variables.extend((0..own_variables).map(Variable::Written));
        let ty = self.typed(index).scheme.and_then(|ty| {
            self.inference.store.export(ty, &mut |id, written| numbers.number(id, written))
        });
        Scheme { params: numbers.variables.len() as u32, ty: ty.unwrap_or_else(unknown) }
    }

    fn item(
        &mut self,
        index: usize,
        draft: Draft<'_>,
        public: bool,
        numbers: &mut Numbers,
    ) -> Option<(Item, Vec<TextRange>)> {
        let definition = &self.inference.definitions()[index];
        let store = &self.inference.store;
        let typed = self.typed(index);
        let mut open = FxHashMap::default();
        let mut id_of = |ty: TypeId| {
            let ty = store.find(ty);
            let known = if store.is_closed(ty) {
                &mut self.closed[ty.index()]
            } else {
                open.entry(ty).or_insert(None)
            };
            if known.is_none() {
                let exported = store.export(ty, &mut |id, written| numbers.number(id, written))?;
                *known = Some(self.types.entry(exported));
            }
            *known
        };
        let mut types = Vec::with_capacity(typed.exprs.len());
        for ty in &typed.exprs {
            types.push(id_of(*ty)?);
        }
        let mut locals = Vec::with_capacity(draft.locals.len());
        for (local, ty) in draft.locals.iter().zip(&typed.locals) {
            locals.push(Local { name: Name::new(local.name), ty: id_of(*ty)?, mutable: false });
        }
        let body = Body { exprs: draft.exprs, types, locals, root: draft.root };
        let is_function = definition.arity.is_some();
        let item = Item {
            name: Name::new(definition.name),
            public,
            kind: if is_function { ItemKind::Function } else { ItemKind::Constant },
            type_params: numbers.variables.len() as u32,
            params: draft.params,
            body,
        };
        Some((item, draft.ranges))
    }

    /// The exported values, the exported types, and the private types that these mention.
    fn interface(
        &self,
        values: BTreeMap<Name, Arc<ValueExport>>,
        type_defs: &[Arc<TypeDef>],
    ) -> Interface {
        let mut types: BTreeMap<Name, Arc<TypeDef>> = BTreeMap::new();
        let mut queue = Vec::new();
        for def in type_defs.iter().filter(|def| !self.has_public || def.public) {
            types.insert(def.name.clone(), with_visibility(def, true));
            queue.extend(mentioned(def));
        }
        queue.extend(values.values().map(|value| &value.scheme.ty));
        while let Some(ty) = queue.pop() {
            for item in ty.named() {
                if item.module != self.names.path || types.contains_key(&item.name) {
                    continue;
                }
                if let Some(def) = type_defs.iter().find(|def| def.name == item.name) {
                    types.insert(def.name.clone(), with_visibility(def, false));
                    queue.extend(mentioned(def));
                }
            }
        }
        Interface { module: self.names.path.clone(), complete: true, values, types }
    }
}

fn with_visibility(def: &Arc<TypeDef>, public: bool) -> Arc<TypeDef> {
    if def.public == public {
        return def.clone();
    }
    Arc::new(TypeDef { public, ..(**def).clone() })
}

/// The types that a definition of a type is made of.
fn mentioned(def: &TypeDef) -> Vec<&Ty> {
    match &def.kind {
        TypeKind::Declared(_) => Vec::new(),
        TypeKind::Alias(ty) => vec![ty],
        TypeKind::Variant(constructors) => {
            constructors.iter().flat_map(|constructor| &constructor.fields).collect()
        }
        TypeKind::Class(fields) => fields.iter().map(|field| &field.ty).collect(),
    }
}

/// The offset of the first byte of each line.
fn line_starts(text: &str) -> Vec<u32> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect()
}
