//! From drafts and their types to what a module means and what it shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{
    Body, Interface, Item, ItemKind, ItemPositions, Local, Module, Positions, Scheme, Ty, TyId,
    TypeDef, TypeKind, ValueExport,
};
use crate::lang::octizys::draft::{Draft, References};
use crate::lang::octizys::entry;
use crate::lang::octizys::infer::{Inference, TypeId, Typed};
use crate::lang::octizys::names::Names;
use crate::lang::octizys::types::unknown;

/// What was put together.
pub(crate) struct Assembled {
    pub(crate) interface: Interface,
    /// Absent where the type of some part is not known.
    pub(crate) meaning: Option<(Module, Positions)>,
    pub(crate) findings: Vec<Finding>,
}

/// The types that bodies mention, each once.
#[derive(Debug, Default)]
pub(crate) struct TypeTable {
    types: Vec<Ty>,
    index: FxHashMap<Ty, TyId>,
}

impl TypeTable {
    /// The type of an entry.
    pub(crate) fn get(&self, id: TyId) -> &Ty {
        &self.types[id.0 as usize]
    }

    /// The entry for `ty`.
    pub(crate) fn entry(&mut self, ty: Ty) -> TyId {
        if let Some(id) = self.index.get(&ty) {
            return *id;
        }
        let id = TyId(self.types.len() as u32);
        self.types.push(ty.clone());
        self.index.insert(ty, id);
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
        Assembler { inference, references, names, has_public, types: TypeTable::default() }
    }

    pub(crate) fn assemble(mut self, type_defs: &[Arc<TypeDef>], is_main: bool) -> Assembled {
        let mut values = BTreeMap::new();
        let mut items = Vec::new();
        let mut positions = Vec::new();
        let mut whole = true;
        for index in 0..self.inference.definitions().len() {
            let definition = &self.inference.definitions()[index];
            let mut numbers = Numbers::default();
            let scheme = self.scheme(index, &mut numbers);
            let public = !self.has_public || definition.public;
            match self.item(index, public, &mut numbers) {
                Some((item, exprs)) => {
                    items.push(item);
                    positions.push(ItemPositions { name: definition.range, exprs });
                }
                None => whole = false,
            }
            if public {
                let export = ValueExport { scheme, arity: definition.arity, declared: None };
                values.insert(Name::new(definition.name), export);
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
    fn scheme(&self, index: usize, numbers: &mut Numbers) -> Scheme {
        let draft = &self.inference.drafts()[index];
        // All variables of a signature count, even those that its type does not mention.
        numbers.variables.extend((0..draft.own_variables).map(Variable::Written));
        let ty = self.typed(index).scheme.and_then(|ty| {
            self.inference.store.export(ty, &mut |id, written| numbers.number(id, written))
        });
        Scheme { params: numbers.variables.len() as u32, ty: ty.unwrap_or_else(unknown) }
    }

    fn item(
        &mut self,
        index: usize,
        public: bool,
        numbers: &mut Numbers,
    ) -> Option<(Item, Vec<TextRange>)> {
        let definition = &self.inference.definitions()[index];
        let draft: &Draft<'_> = &self.inference.drafts()[index];
        let typed = self.typed(index);
        let mut known = FxHashMap::default();
        let mut id_of = |ty: TypeId| {
            let ty = self.inference.store.find(ty);
            if let Some(id) = known.get(&ty) {
                return Some(*id);
            }
            let exported =
                self.inference.store.export(ty, &mut |id, written| numbers.number(id, written))?;
            let id = self.types.entry(exported);
            known.insert(ty, id);
            Some(id)
        };
        let types = typed.exprs.iter().map(|ty| id_of(*ty)).collect::<Option<Vec<TyId>>>()?;
        let locals = draft.locals.iter().zip(&typed.locals).map(|(local, ty)| {
            Some(Local { name: Name::new(local.name), ty: id_of(*ty)?, mutable: false })
        });
        let locals = locals.collect::<Option<Vec<Local>>>()?;
        let body = Body { exprs: draft.exprs.clone(), types, locals, root: draft.root };
        let is_function = definition.arity.is_some();
        let item = Item {
            name: Name::new(definition.name),
            public,
            kind: if is_function { ItemKind::Function } else { ItemKind::Constant },
            type_params: numbers.variables.len() as u32,
            params: draft.params.clone(),
            body,
        };
        Some((item, draft.ranges.clone()))
    }

    /// The exported values, the exported types, and the private types that these mention.
    fn interface(
        &self,
        values: BTreeMap<Name, ValueExport>,
        type_defs: &[Arc<TypeDef>],
    ) -> Interface {
        let mut types: BTreeMap<Name, TypeDef> = BTreeMap::new();
        let mut queue = Vec::new();
        for def in type_defs.iter().filter(|def| !self.has_public || def.public) {
            types.insert(def.name.clone(), TypeDef { public: true, ..(**def).clone() });
            queue.extend(mentioned(def));
        }
        queue.extend(values.values().map(|value| &value.scheme.ty));
        while let Some(ty) = queue.pop() {
            for item in ty.named() {
                if item.module != self.names.path || types.contains_key(&item.name) {
                    continue;
                }
                if let Some(def) = type_defs.iter().find(|def| def.name == item.name) {
                    types.insert(def.name.clone(), TypeDef { public: false, ..(**def).clone() });
                    queue.extend(mentioned(def));
                }
            }
        }
        Interface { module: self.names.path.clone(), complete: true, values, types }
    }
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
