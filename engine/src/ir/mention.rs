//! What an expression or a pattern mentions.

use crate::ir::{Expr, ExprId, LocalId, Pattern, RefId};

impl Expr {
    /// The expressions that it is made of, in the order in which they stand in it.
    pub fn operands(&self) -> Vec<ExprId> {
        match self {
            Expr::Literal(_)
            | Expr::Local(_)
            | Expr::Global(_)
            | Expr::Break(_)
            | Expr::Continue(_) => Vec::new(),
            Expr::Call { arguments: all, .. }
            | Expr::Sequence(all)
            | Expr::Construct { fields: all, .. }
            | Expr::Record { fields: all, .. }
            | Expr::Array(all)
            | Expr::Prim { operands: all, .. } => all.clone(),
            Expr::Apply { callee, arguments } => {
                std::iter::once(*callee).chain(arguments.iter().copied()).collect()
            }
            Expr::Method { base, arguments, .. } => {
                std::iter::once(*base).chain(arguments.iter().copied()).collect()
            }
            Expr::Try { body, handler, .. } => vec![*body, *handler],
            Expr::Let { value, body, .. } => vec![*value, *body],
            Expr::LetRec { bindings, body } => {
                bindings.iter().map(|it| it.1).chain([*body]).collect()
            }
            Expr::If { condition, then, otherwise } => vec![*condition, *then, *otherwise],
            Expr::Match { scrutinee, arms } => {
                let arms = arms.iter().flat_map(|arm| arm.guard.into_iter().chain([arm.body]));
                std::iter::once(*scrutinee).chain(arms).collect()
            }
            Expr::Lambda { body: it, .. }
            | Expr::Assign { value: it, .. }
            | Expr::Loop(it)
            | Expr::Return(it)
            | Expr::Throw(it)
            | Expr::Field { base: it, .. } => vec![*it],
            Expr::SetField { base, value, .. } => vec![*base, *value],
        }
    }

    /// The locals that it mentions itself.
    pub fn locals(&self) -> Vec<LocalId> {
        match self {
            Expr::Local(local)
            | Expr::Let { local, .. }
            | Expr::Assign { local, .. }
            | Expr::Try { local, .. } => vec![*local],
            Expr::Lambda { params, .. } => params.clone(),
            Expr::LetRec { bindings, .. } => bindings.iter().map(|it| it.0).collect(),
            Expr::Match { arms, .. } => {
                let mut locals = Vec::new();
                for arm in arms {
                    arm.pattern.locals(&mut locals);
                }
                locals
            }
            _ => Vec::new(),
        }
    }

    /// The references that it mentions itself.
    pub fn refs(&self) -> Vec<RefId> {
        match self {
            Expr::Global(item)
            | Expr::Call { callee: item, .. }
            | Expr::Construct { ty: item, .. } => vec![*item],
            Expr::Match { arms, .. } => {
                let mut refs = Vec::new();
                for arm in arms {
                    arm.pattern.refs(&mut refs);
                }
                refs
            }
            _ => Vec::new(),
        }
    }
}

impl Pattern {
    /// Adds the locals that it binds to `found`, from left to right.
    pub fn locals(&self, found: &mut Vec<LocalId>) {
        match self {
            Pattern::Wildcard | Pattern::Literal(_) => (),
            Pattern::Bind(local) => found.push(*local),
            Pattern::Constructor { fields, .. } => {
                for field in fields {
                    field.locals(found);
                }
            }
            Pattern::Record(fields) => {
                for (_, field) in fields {
                    field.locals(found);
                }
            }
        }
    }

    /// Adds the types whose constructors it names to `found`.
    pub fn refs(&self, found: &mut Vec<RefId>) {
        match self {
            Pattern::Wildcard | Pattern::Literal(_) | Pattern::Bind(_) => (),
            Pattern::Constructor { ty, fields, .. } => {
                found.push(*ty);
                for field in fields {
                    field.refs(found);
                }
            }
            Pattern::Record(fields) => fields.iter().for_each(|(_, it)| it.refs(found)),
        }
    }
}
