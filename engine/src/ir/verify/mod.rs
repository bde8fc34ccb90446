//! The verifier: whether a module is what the representation promises, so that back ends need not ask.

mod body;
mod exhaustive;
mod instance;
mod prim;
mod scope;
mod typing;

use std::collections::BTreeSet;

use crate::ir::{
    Body, ExprId, Item, ItemKind, ItemRef, LocalId, Module, RefId, Scheme, Ty, TyId, TypeDef,
    TypeKind, ValueExport,
};

/// The faults of `module`, in the order of its parts; none where it is well-formed. A fault is a bug in a front end.
///
/// `scheme_of` and `type_of` say what other modules define; the module's own items are looked up in itself.
pub fn verify(
    module: &Module,
    scheme_of: &dyn Fn(&ItemRef) -> Option<ValueExport>,
    type_of: &dyn Fn(&ItemRef) -> Option<TypeDef>,
) -> Vec<String> {
    let mut verifier =
        Verifier { module, scheme_of, type_of, place: String::new(), faults: vec![] };
    verifier.module();
    verifier.faults
}

struct Verifier<'a> {
    module: &'a Module,
    scheme_of: &'a dyn Fn(&ItemRef) -> Option<ValueExport>,
    type_of: &'a dyn Fn(&ItemRef) -> Option<TypeDef>,
    /// What is being looked at, for messages.
    place: String,
    faults: Vec<String>,
}

impl Verifier<'_> {
    fn fault(&mut self, message: impl AsRef<str>) {
        self.faults.push(format!("{}: {}", self.place, message.as_ref()));
    }

    fn module(&mut self) {
        let module = self.module;
        self.place = module.path.to_string();
        self.unique("the type", module.types.iter().map(|ty| format!("{ty:?}")));
        self.unique("the reference", module.refs.iter().map(|it| format!("{it:?}")));
        self.unique("the type definition", module.type_defs.iter().map(|it| it.name.to_string()));
        self.unique("the item", module.items.iter().map(|it| it.name.to_string()));
        self.entry();
        for (n, ty) in module.types.iter().enumerate() {
            self.place = format!("{}: type {n}", module.path);
            self.ty(ty, u32::MAX);
        }
        for def in &module.type_defs {
            self.place = format!("{}: type `{}`", module.path, def.name);
            self.type_def(def);
        }
        for item in &module.items {
            self.place = format!("{}: `{}`", module.path, item.name);
            self.item(item);
        }
    }

    fn unique(&mut self, what: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name.clone()) {
                self.fault(format!("{what} `{name}` is there twice"));
            }
        }
    }

    fn entry(&mut self) {
        let Some(entry) = self.module.entry else { return };
        match self.module.items.get(entry as usize) {
            None => self.fault(format!("the entry {entry} is no item")),
            Some(item) if item.kind != ItemKind::Function || !item.params.is_empty() => {
                self.fault(format!("the entry `{}` is no function without parameters", item.name));
            }
            Some(item) if item.type_params != 0 => {
                self.fault(format!("the entry `{}` has type parameters", item.name));
            }
            Some(_) => (),
        }
    }

    fn item(&mut self, item: &Item) {
        if item.kind == ItemKind::Constant && !item.params.is_empty() {
            self.fault("a constant has parameters");
        }
        let before = self.faults.len();
        self.body_ids(item);
        if self.faults.len() == before {
            self.scope(item);
            self.typing(item);
        }
    }

    fn type_def(&mut self, def: &TypeDef) {
        match &def.kind {
            TypeKind::Declared(_) => (),
            TypeKind::Alias(ty) => self.ty(ty, def.params),
            TypeKind::Variant(constructors) => {
                self.unique("the constructor", constructors.iter().map(|it| it.name.to_string()));
                for ty in constructors.iter().flat_map(|it| &it.fields) {
                    self.ty(ty, def.params);
                }
            }
            TypeKind::Class(fields) => {
                self.unique("the field", fields.iter().map(|it| it.name.to_string()));
                for field in fields {
                    self.ty(&field.ty, def.params);
                }
            }
        }
    }

    /// Checks that a type is in its normal form and mentions what there is; `params` is how many type variables there are.
    fn ty(&mut self, ty: &Ty, params: u32) {
        match ty {
            Ty::Unit | Ty::Bool | Ty::Int | Ty::Float | Ty::Text | Ty::Dynamic => (),
            Ty::Param(n) if *n < params => (),
            Ty::Param(n) => self.fault(format!("type variable {n} of {params}")),
            Ty::Function(from, to) => {
                if !from.is_empty() && matches!(&**to, Ty::Function(more, _) if !more.is_empty()) {
                    self.fault("a function type is not flat");
                }
                from.iter().chain([&**to]).for_each(|it| self.ty(it, params));
            }
            Ty::Named(item, arguments) => {
                self.named(item, arguments.len());
                for argument in arguments {
                    self.ty(argument, params);
                }
            }
            Ty::Record(fields) => {
                if !fields.is_sorted_by(|left, right| left.0 < right.0) {
                    self.fault("the fields of a record type are not sorted, or not unique");
                }
                for (_, field) in fields {
                    self.ty(field, params);
                }
            }
            Ty::Array(element) => self.ty(element, params),
        }
    }

    fn named(&mut self, item: &ItemRef, arguments: usize) {
        match self.definition(item) {
            None => self.fault(format!("there is no type {}", shown(item))),
            Some(TypeDef { kind: TypeKind::Alias(_) | TypeKind::Declared(_), .. }) => {
                self.fault(format!("the alias {} stands in a type", shown(item)));
            }
            Some(def) if def.params as usize != arguments => {
                self.fault(format!(
                    "{} has {arguments} type arguments, not {}",
                    shown(item),
                    def.params
                ));
            }
            Some(_) => (),
        }
    }

    fn definition(&self, item: &ItemRef) -> Option<TypeDef> {
        if item.module == self.module.path {
            self.module.type_defs.iter().find(|it| it.name == item.name).cloned()
        } else {
            (self.type_of)(item)
        }
    }

    fn value(&self, item: &ItemRef) -> Option<ValueExport> {
        if item.module == self.module.path {
            self.module.items.iter().find(|it| it.name == item.name)?.export(self.module)
        } else {
            (self.scheme_of)(item)
        }
    }
}

impl Item {
    /// What the item, one of `module`'s, is to those that use it; `None` where ids are out of range.
    fn export(&self, module: &Module) -> Option<ValueExport> {
        let ty = |id: TyId| module.types.get(id.0 as usize).cloned();
        let local = |id: &LocalId| ty(self.body.locals.get(id.0 as usize)?.ty);
        let result = ty(*self.body.types.get(self.body.root.0 as usize)?)?;
        let (ty, arity) = match self.kind {
            ItemKind::Constant => (result, None),
            ItemKind::Function => {
                let params = self.params.iter().map(local).collect::<Option<Vec<_>>>()?;
                let arity = params.len() as u32;
                (Ty::function(params, result), Some(arity))
            }
        };
        let scheme = Scheme { params: self.type_params, ty };
        Some(ValueExport { scheme, arity, declared: None })
    }
}

fn shown(item: &ItemRef) -> String {
    format!("`{}/{}`", item.module, item.name)
}

/// The parts of a body by id, for those who have checked that the ids are in range.
struct Parts<'a> {
    module: &'a Module,
    body: &'a Body,
}

impl<'a> Parts<'a> {
    fn ty(&self, id: ExprId) -> &'a Ty {
        self.module.ty(self.body.ty(id))
    }

    fn local_ty(&self, id: LocalId) -> &'a Ty {
        self.module.ty(self.body.local(id).ty)
    }

    fn item(&self, id: RefId) -> &'a ItemRef {
        &self.module.refs[id.0 as usize]
    }
}
