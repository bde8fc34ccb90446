//! What a module imports.

use std::rc::Rc;

use crate::base::{Finding, ModulePath, Name, TextRange, nearest};
use crate::ir::{ItemRef, Ty, TypeKind, ValueExport};
use crate::lang::ExportedValue;
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::{Binding, Change, Checker, Meaning, representations};
use crate::lang::oats::decl::{DeclarationKind, Syntax, TypeName, Written};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Parameter, Signature, Type};
use crate::lang::oats::{grammar, import_of};

/// The imported names, with where they stand.
pub(super) struct Imported {
    names: Vec<(Name, TextRange)>,
    /// Whether all could be found.
    pub(super) complete: bool,
    /// Whether one was not found for which this module is not to blame: its module is not there, or not understood.
    pub(super) in_the_dark: bool,
}

/// Why a name is not known that is imported.
enum Unknown {
    /// It is not there, or means nothing here, which was reported.
    Reported,
    /// Nobody can tell: the module that it should be in is broken.
    Broken,
}

impl<'t> Checker<'t, '_> {
    pub(super) fn imports(&mut self, root: Syntax<'t>) -> Imported {
        let (names, complete, in_the_dark) = (Vec::new(), true, false);
        let mut imported = Imported { names, complete, in_the_dark };
        for item in root.children().filter(|it| it.kind() == Kind::ImportItem) {
            let decl = import_of(self.text, item, &self.types.path);
            let module = decl.and_then(|it| self.types.env.resolve(&it));
            for part in item.children().filter(|it| it.kind() == Kind::ImportName) {
                let words: Vec<_> =
                    part.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word()).collect();
                let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
                let (name, local) = (self.slice(first.range), self.slice(last.range));
                imported.names.push((Name::new(local), last.range));
                let known = match &module {
                    Some(module) => self.import_name(module, name, local, first.range),
                    None => Err(Unknown::Broken),
                };
                if let Err(unknown) = known {
                    imported.complete = false;
                    imported.in_the_dark |= matches!(unknown, Unknown::Broken);
                    let id = self.fresh_id();
                    let (meaning, ty, change) =
                        (Meaning::Nothing, Type::Unknown, Change::Forbidden);
                    let range = TextRange::default();
                    self.declare(local, Binding { id, meaning, ty, range, change });
                    self.types.names.insert(Name::new(local), TypeName::Nothing);
                }
            }
        }
        imported
    }

    fn import_name(
        &mut self,
        module: &ModulePath,
        name: &str,
        local: &str,
        range: TextRange,
    ) -> Result<(), Unknown> {
        let env = self.types.env;
        let item = ItemRef { module: module.clone(), name: Name::new(name) };
        let id = self.fresh_id();
        if let Some(def) = env.exported_type(module, name) {
            if !matches!(def.kind, TypeKind::Declared(_)) {
                let message = format!("the type `{name}` of `{module}` has no counterpart in Oats");
                self.error("foreign-type", range, message);
                return Err(Unknown::Reported);
            }
            self.types.names.insert(Name::new(local), TypeName::Imported(item.clone()));
            let item = Rc::new(item);
            let (meaning, ty) = match self.types.declaration(&item).map(|it| it.kind.clone()) {
                Some(DeclarationKind::Class) => (Meaning::Class(item.clone()), Type::Class(item)),
                Some(DeclarationKind::Enum(_)) => (Meaning::Enum(item.clone()), Type::Enum(item)),
                _ => return Ok(()),
            };
            let (range, change) = (TextRange::default(), Change::Forbidden);
            self.declare(local, Binding { id, meaning, ty, range, change });
            return Ok(());
        }
        let Some(ExportedValue::Value(export)) = env.value(module, name) else {
            return Err(self.not_exported(module, name, range));
        };
        let Some((meaning, ty)) = self.foreign_value(item, &export) else {
            let message = format!("the type of `{name}` of `{module}` has no counterpart in Oats");
            self.error("foreign-type", range, message);
            return Err(Unknown::Reported);
        };
        let (range, change) = (TextRange::default(), Change::Forbidden);
        self.declare(local, Binding { id, meaning, ty, range, change });
        Ok(())
    }

    fn not_exported(&mut self, module: &ModulePath, name: &str, range: TextRange) -> Unknown {
        let interface = self.types.env.interface(module);
        let Some(interface) = interface.filter(|it| it.complete) else { return Unknown::Broken };
        let message = format!("`{module}` exports no `{name}`");
        let finding = Finding::error("unknown-export", range, message);
        let types = interface.types.values().filter(|it| it.public).map(|it| it.name.as_str());
        let values = interface.values.keys().map(Name::as_str).filter(|it| !it.starts_with('$'));
        let names: Vec<&str> = values.chain(types).collect();
        let finding = match nearest(name, names) {
            Some(similar) => finding.fix(format!("write `{similar}`"), range, similar),
            None => finding,
        };
        self.report(finding);
        Unknown::Reported
    }

    /// What an exported function or constant of another module is here.
    fn foreign_value(&mut self, item: ItemRef, export: &ValueExport) -> Option<(Meaning, Type)> {
        if let Some(declared) = &export.declared {
            if declared.starts_with("function") {
                let signature = self.foreign_signature(declared)?;
                let reprs =
                    representations(&signature, matches!(signature.result, Type::Promise(_)));
                let meaning = Meaning::Function(item, Rc::new(reprs));
                return Some((meaning, Type::Function(Rc::new(signature))));
            }
            let (tree, _) = grammar::parse_declared(declared);
            let syntax = tree.root().children().next()?;
            let written =
                syntax.child(Kind::Declarator)?.child(Kind::Annotation)?.children().next()?;
            let ty = self.types.ty(written, Written { text: declared, foreign: true });
            let meaning = if declared.starts_with("let") {
                Meaning::Variable(item)
            } else {
                Meaning::Constant(item, Repr::of_variable(&ty))
            };
            return Some((meaning, ty));
        }
        let of = |ty: &Ty| {
            Some(match ty {
                Ty::Unit => (Repr::Unit, Type::Void),
                Ty::Bool => (Repr::Bool, Type::Boolean),
                Ty::Int => (Repr::Int, Type::Number),
                Ty::Float => (Repr::Float, Type::Number),
                Ty::Text => (Repr::Text, Type::String),
                _ => return None,
            })
        };
        match (&export.scheme.ty, export.arity) {
            (ty, None) => {
                let (repr, ty) = of(ty)?;
                Some((Meaning::Constant(item, repr), ty))
            }
            (Ty::Function(params, result), Some(arity)) if params.len() == arity as usize => {
                let params = params.iter().map(of).collect::<Option<Vec<_>>>()?;
                let (repr, result) = of(result)?;
                let (reprs, types): (Vec<Repr>, Vec<Type>) = params.into_iter().unzip();
                let parameter = |(n, ty)| Parameter {
                    name: Name::from(format!("p{n}")),
                    ty,
                    optional: false,
                    rest: false,
                };
                let params = types.into_iter().enumerate().map(parameter).collect();
                let signature = Signature { variables: Vec::new(), params, result };
                let meaning = Meaning::Function(item, Rc::new((reprs, repr)));
                Some((meaning, Type::Function(Rc::new(signature))))
            }
            _ => None,
        }
    }

    /// The signature of a function of another module, as its interface writes it.
    pub(super) fn foreign_signature(&mut self, declared: &str) -> Option<Signature> {
        let (tree, _) = grammar::parse_declared(declared);
        let syntax = tree.root().children().next()?;
        let outer = std::mem::take(&mut self.types.variables);
        let signature = self.types.signature(syntax, Written { text: declared, foreign: true });
        self.types.variables = outer;
        Some(signature)
    }

    pub(super) fn unused_imports(&mut self, imported: &Imported) {
        for (name, range) in &imported.names {
            if !self.types.used.contains(name) && imported.complete {
                let message = format!("`{name}` is imported, but not used");
                self.report(Finding::warning("unused-import", *range, message));
            }
        }
    }
}
