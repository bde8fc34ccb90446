//! Functions and constants of other languages: what Octizys has no numbers for is converted where it crosses over.
//!
//! A number of another language is an `Int` here. On the way there it is exact up to 2^53; on the way back a number that is no
//! integer stops the program.

use crate::base::{Finding, TextRange};
use crate::ir::{Expr, ExprId, LocalId, Prim, RefId, Ty, ValueExport};
use crate::lang::octizys::draft::Referent;
use crate::lang::octizys::lower::Lowering;
use crate::lang::octizys::names::Syntax;

/// Whether Octizys can use an export of whatever language as it is, with conversions, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counterpart {
    Same,
    Converted,
    None,
}

/// What an export is to Octizys. Only another language declares what it exports in words of its own.
pub(super) fn counterpart(export: &ValueExport) -> Counterpart {
    if export.declared.is_none() {
        return Counterpart::Same;
    }
    let all = match (&export.scheme.ty, export.arity) {
        (Ty::Function(params, result), Some(arity)) if params.len() == arity as usize => {
            params.iter().chain([&**result]).map(plain).collect::<Vec<_>>()
        }
        (ty, None) => vec![plain(ty)],
        _ => vec![Counterpart::None],
    };
    if export.scheme.params != 0 || all.contains(&Counterpart::None) {
        Counterpart::None
    } else if all.contains(&Counterpart::Converted) {
        Counterpart::Converted
    } else {
        Counterpart::Same
    }
}

fn plain(ty: &Ty) -> Counterpart {
    match ty {
        Ty::Unit | Ty::Bool | Ty::Int | Ty::Text => Counterpart::Same,
        Ty::Float => Counterpart::Converted,
        _ => Counterpart::None,
    }
}

/// The mistake of naming an export that has no counterpart.
pub(super) fn without_counterpart(written: &str, export: &ValueExport, at: TextRange) -> Finding {
    let message = format!("the type of `{written}` has no counterpart in Octizys");
    let finding = Finding::error("foreign-type", at, message);
    match &export.declared {
        Some(declared) => finding.label(format!("it is declared as `{declared}`")),
        None => finding,
    }
}

impl<'t> Lowering<'_, 't, '_> {
    /// An export whose numbers are converted, applied to `arguments`. Where it lacks some, a function that takes them all is
    /// applied to those there are.
    pub(super) fn converted(
        &mut self,
        callee: RefId,
        head: TextRange,
        arguments: &[Syntax<'t>],
        range: TextRange,
    ) -> ExprId {
        let Referent::Imported(export) = self.references.value(callee) else {
            unreachable!("only what is imported is converted")
        };
        let export = export.clone();
        let Ty::Function(params, result) = &export.scheme.ty else {
            let value = self.draft.push(Expr::Global(callee), head);
            return self.integer_of(&export.scheme.ty, value, head);
        };
        if params.len() <= arguments.len() {
            let (own, rest) = arguments.split_at(params.len());
            let own_values = self.arguments(own);
            let reach = own.last().map_or(head, |last| head.cover(last.range()));
            let call = self.crossing(callee, params, result, own_values, reach);
            return self.apply(call, rest, range);
        }
        let locals: Vec<LocalId> = params.iter().map(|_| self.bind("", head, None)).collect();
        let values = locals.iter().map(|it| self.draft.push(Expr::Local(*it), head)).collect();
        let body = self.crossing(callee, params, result, values, head);
        let whole = self.draft.push(Expr::Lambda { params: locals, body }, head);
        self.apply(whole, arguments, range)
    }

    /// A call with its numbers converted on both ways.
    fn crossing(
        &mut self,
        callee: RefId,
        params: &[Ty],
        result: &Ty,
        values: Vec<ExprId>,
        range: TextRange,
    ) -> ExprId {
        let converted = params.iter().zip(values).map(|(param, value)| match param {
            Ty::Float => {
                let (prim, at) = (Prim::IntToFloat, self.draft.range(value));
                self.draft.push(Expr::Prim { prim, operands: vec![value] }, at)
            }
            _ => value,
        });
        let arguments = converted.collect();
        let call = self.draft.push(Expr::Call { callee, arguments }, range);
        self.integer_of(result, call, range)
    }

    fn integer_of(&mut self, ty: &Ty, value: ExprId, range: TextRange) -> ExprId {
        match ty {
            Ty::Float => {
                let (prim, operands) = (Prim::FloatToInt, vec![value]);
                self.draft.push(Expr::Prim { prim, operands }, range)
            }
            _ => value,
        }
    }
}
