//! Names and their application.

use crate::base::TextRange;
use crate::ir::TypeKind;
use crate::ir::{Expr, ExprId, Literal, LocalId, Prim, RefId};
use crate::lang::octizys::draft::Referent;
use crate::lang::octizys::foreign::{Counterpart, counterpart, without_counterpart};
use crate::lang::octizys::lower::Lowering;
use crate::lang::octizys::names::{Syntax, Value, split_path};
use crate::lang::octizys::prelude::{Builtin, Recipe};

/// What a path at the top level means, its item being in the table of references already.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// A definition of this module, by index.
    Own(usize, RefId),
    /// A function or constant of another module, and how many arguments a call takes.
    Imported(RefId, Option<u32>),
    /// A function or constant of another language, whose numbers are converted.
    Converted(RefId),
    /// One that has no counterpart here.
    Unusable,
    /// A constructor of a type, by index, and how many fields it has.
    Constructor(RefId, u32, usize),
    /// The value of the type `Unit`.
    Unit,
    /// A function of the prelude.
    Builtin(&'static Builtin),
}

impl<'t> Lowering<'_, 't, '_> {
    /// A name, applied to `arguments` (to nothing if there are none).
    pub(super) fn path(&mut self, path: Syntax<'t>, arguments: &[Syntax<'t>]) -> ExprId {
        let head = path.range();
        let range = arguments.last().map_or(head, |last| head.cover(last.range()));
        let written = self.names.slice(head);
        if let Some((_, local)) = self.scope.iter().rev().find(|(it, _)| *it == written) {
            let local = *local;
            self.used[local.0 as usize] = true;
            let callee = self.draft.push(Expr::Local(local), head);
            return self.apply(callee, arguments, range);
        }
        match self.meaning(path) {
            Some(Meaning::Own(index, callee)) => {
                if !self.draft.mentions.contains(&index) {
                    self.draft.mentions.push(index);
                }
                self.global(callee, self.definitions[index].arity, head, arguments, range)
            }
            Some(Meaning::Imported(callee, arity)) => {
                self.global(callee, arity, head, arguments, range)
            }
            Some(Meaning::Converted(callee)) => self.converted(callee, head, arguments, range),
            Some(Meaning::Unusable) => {
                let callee = self.missing(head);
                self.apply(callee, arguments, range)
            }
            Some(Meaning::Builtin(builtin)) => self.builtin(builtin, head, arguments, range),
            Some(Meaning::Unit) => {
                let callee = self.draft.push(Expr::Literal(Literal::Unit), head);
                self.apply(callee, arguments, range)
            }
            Some(Meaning::Constructor(ty, constructor, arity)) => {
                let construct = |fields| Expr::Construct { ty, constructor, fields };
                self.saturated(arity, construct, head, arguments, range)
            }
            None => {
                let (prefix, name, name_range) = split_path(self.names.text, path);
                if prefix.is_empty() && !name.is_empty() && self.names.imports_complete {
                    let locals: Vec<&str> = self.scope.iter().map(|(name, _)| *name).collect();
                    self.names.unknown_name(name, name_range, &locals, "name");
                }
                let callee = self.missing(head);
                self.apply(callee, arguments, range)
            }
        }
    }

    /// What a path that names no local means.
    pub(super) fn meaning(&mut self, path: Syntax<'t>) -> Option<Meaning> {
        let range = path.range();
        let written = self.names.slice(range);
        if let Some(known) = self.meanings.get(written) {
            return Some(*known);
        }
        let findings = self.names.findings.len();
        let (prefix, name, _) = split_path(self.names.text, path);
        let value = if prefix.is_empty() {
            self.names.value(name)
        } else {
            self.names.qualified_value(&prefix, name, range)
        };
        let meaning = match value? {
            Value::Own(index) => {
                let item = self.names.own_item(name);
                Meaning::Own(index, self.references.value_entry(item, Referent::Own(index)))
            }
            Value::Imported(item, export) => {
                let (arity, counterpart) = (export.arity, counterpart(&export));
                if counterpart == Counterpart::None {
                    self.names.findings.push(without_counterpart(written, &export, range));
                    return Some(Meaning::Unusable);
                }
                let entry = self.references.value_entry(item, Referent::Imported(export));
                match counterpart {
                    Counterpart::Converted => Meaning::Converted(entry),
                    _ => Meaning::Imported(entry, arity),
                }
            }
            Value::Constructor { def: None, .. } => Meaning::Unit,
            Value::Constructor { ty, def: Some(def), index } => {
                let arity = constructor_arity(&def.kind, index);
                Meaning::Constructor(self.references.type_entry(ty, def), index, arity)
            }
            Value::Builtin(builtin) => Meaning::Builtin(builtin),
        };
        // What is wrong with a path is said wherever it stands.
        if self.names.findings.len() == findings {
            self.meanings.insert(written, meaning);
        }
        Some(meaning)
    }

    fn global(
        &mut self,
        callee: RefId,
        arity: Option<u32>,
        head: TextRange,
        arguments: &[Syntax<'t>],
        range: TextRange,
    ) -> ExprId {
        match arity {
            Some(arity) if arity as usize <= arguments.len() => {
                let (own, rest) = arguments.split_at(arity as usize);
                let call = Expr::Call { callee, arguments: self.arguments(own) };
                let reach = own.last().map_or(head, |last| head.cover(last.range()));
                let call = self.draft.push(call, reach);
                self.apply(call, rest, range)
            }
            _ => {
                let callee = self.draft.push(Expr::Global(callee), head);
                self.apply(callee, arguments, range)
            }
        }
    }

    fn builtin(
        &mut self,
        builtin: &'static Builtin,
        head: TextRange,
        arguments: &[Syntax<'t>],
        range: TextRange,
    ) -> ExprId {
        let (_, recipe, params, _) = builtin;
        if params.len() <= arguments.len() {
            let (own, rest) = arguments.split_at(params.len());
            let operands = self.arguments(own);
            let reach = own.last().map_or(head, |last| head.cover(last.range()));
            let result = self.operation(*recipe, operands, reach);
            return self.apply(result, rest, range);
        }
        // As a value it is a function written at this place, so that what stops in it is told at this place.
        let params: Vec<LocalId> = params.iter().map(|_| self.bind("", head, None)).collect();
        let operands =
            params.iter().map(|param| self.draft.push(Expr::Local(*param), head)).collect();
        let body = self.operation(*recipe, operands, head);
        let callee = self.draft.push(Expr::Lambda { params, body }, head);
        self.apply(callee, arguments, range)
    }

    fn operation(&mut self, recipe: Recipe, operands: Vec<ExprId>, range: TextRange) -> ExprId {
        let (Recipe::Is(prim) | Recipe::Not(prim)) = recipe;
        let result = self.draft.push(Expr::Prim { prim, operands }, range);
        if matches!(recipe, Recipe::Is(_)) {
            return result;
        }
        self.draft.push(Expr::Prim { prim: Prim::BoolNot, operands: vec![result] }, range)
    }

    /// A constructor with `arguments`; where it lacks some, a function that takes them all is applied to those there are.
    fn saturated(
        &mut self,
        arity: usize,
        construct: impl Fn(Vec<ExprId>) -> Expr,
        head: TextRange,
        arguments: &[Syntax<'t>],
        range: TextRange,
    ) -> ExprId {
        if arity <= arguments.len() {
            let (own, rest) = arguments.split_at(arity);
            let fields = self.arguments(own);
            let reach = own.last().map_or(head, |last| head.cover(last.range()));
            let value = self.draft.push(construct(fields), reach);
            return self.apply(value, rest, range);
        }
        let params: Vec<LocalId> = (0..arity).map(|_| self.bind("", head, None)).collect();
        let fields =
            params.iter().map(|param| self.draft.push(Expr::Local(*param), head)).collect();
        let body = self.draft.push(construct(fields), head);
        let callee = self.draft.push(Expr::Lambda { params, body }, head);
        self.apply(callee, arguments, range)
    }
}

/// How many fields a constructor of a type has.
pub(super) fn constructor_arity(kind: &TypeKind, index: u32) -> usize {
    match kind {
        TypeKind::Variant(constructors) => constructors[index as usize].fields.len(),
        _ => unreachable!("only variants have constructors"),
    }
}
