//! Questions that printers and the pass ask of expressions.

use crate::target::linear::operand::{Effect, effect_of};
use crate::target::linear::{Expr, VarId};

impl Expr {
    /// The negation of a truth value.
    #[must_use]
    pub fn negated(self) -> Expr {
        match self {
            Expr::Not(inner) => *inner,
            other => Expr::Not(Box::new(other)),
        }
    }

    /// The direct operands, in the order of evaluation.
    pub fn operands(&self) -> Vec<&Expr> {
        match self {
            Expr::Literal(_) | Expr::Var(_) | Expr::Global(_) => Vec::new(),
            Expr::Call { arguments: all, .. }
            | Expr::CallLocal { arguments: all, .. }
            | Expr::Construct { fields: all, .. }
            | Expr::Record(all)
            | Expr::Array(all)
            | Expr::Prim { operands: all, .. } => all.iter().collect(),
            Expr::Apply { callee, arguments }
            | Expr::ApplyDynamic { callee, arguments, .. }
            | Expr::Method { base: callee, arguments, .. } => {
                std::iter::once(&**callee).chain(arguments).collect()
            }
            Expr::RecordField { base: one, .. }
            | Expr::ObjectField { base: one, .. }
            | Expr::VariantField { base: one, .. }
            | Expr::IsConstructor { value: one, .. }
            | Expr::Not(one) => vec![one],
            Expr::And(left, right) | Expr::Or(left, right) => vec![left, right],
            Expr::Conditional(all) => vec![&all.0, &all.1, &all.2],
        }
    }

    /// The direct operands, to be replaced, in the order of evaluation.
    pub fn operands_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Expr::Literal(_) | Expr::Var(_) | Expr::Global(_) => Vec::new(),
            Expr::Call { arguments: all, .. }
            | Expr::CallLocal { arguments: all, .. }
            | Expr::Construct { fields: all, .. }
            | Expr::Record(all)
            | Expr::Array(all)
            | Expr::Prim { operands: all, .. } => all.iter_mut().collect(),
            Expr::Apply { callee, arguments }
            | Expr::ApplyDynamic { callee, arguments, .. }
            | Expr::Method { base: callee, arguments, .. } => {
                std::iter::once(&mut **callee).chain(arguments).collect()
            }
            Expr::RecordField { base: one, .. }
            | Expr::ObjectField { base: one, .. }
            | Expr::VariantField { base: one, .. }
            | Expr::IsConstructor { value: one, .. }
            | Expr::Not(one) => vec![one],
            Expr::And(left, right) | Expr::Or(left, right) => vec![left, right],
            Expr::Conditional(all) => vec![&mut all.0, &mut all.1, &mut all.2],
        }
    }

    /// Whether the value of `variable` enters into it.
    pub fn mentions(&self, variable: VarId) -> bool {
        *self == Expr::Var(variable) || self.operands().iter().any(|it| it.mentions(variable))
    }

    /// Whether leaving it out could make a difference.
    pub fn acts(&self) -> bool {
        match self {
            Expr::Global(_)
            | Expr::Call { .. }
            | Expr::CallLocal { .. }
            | Expr::Apply { .. }
            | Expr::ApplyDynamic { .. }
            | Expr::Method { .. } => true,
            Expr::Prim { prim, .. } if effect_of(*prim) > Effect::Reads => true,
            _ => self.operands().iter().any(|it| it.acts()),
        }
    }
}
