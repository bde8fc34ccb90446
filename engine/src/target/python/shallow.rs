//! Expressions that Python can read: its parser gives up on brackets in brackets in brackets, which a long list makes.

use crate::target::linear::{Block, Branch, Expr, Stmt, VarId};

/// How many expressions may stand in each other. Python 3.8 reads about ninety brackets in each other.
const DEEPEST: usize = 40;

/// Whether the expression has to be taken apart.
pub(super) fn is_deep(expr: &Expr) -> bool {
    deeper_than(expr, DEEPEST)
}

fn deeper_than(expr: &Expr, limit: usize) -> bool {
    expr.operands().into_iter().any(|it| limit == 0 || deeper_than(it, limit - 1))
}

/// The statements that compute the parts of expressions, in order.
#[derive(Debug, Default)]
pub(super) struct Extra {
    pub(super) statements: Block,
}

impl Extra {
    /// The expression with its deep operands replaced by variables, to which the statements so far give their values.
    pub(super) fn shallow(&mut self, expr: Expr, fresh: &mut dyn FnMut() -> VarId) -> Expr {
        match expr {
            Expr::And(left, right) => self.either(*left, *right, true, fresh),
            Expr::Or(left, right) => self.either(*left, *right, false, fresh),
            Expr::Conditional(all) => self.conditional(*all, fresh),
            strict => self.strict(strict, fresh),
        }
    }

    /// The expressions, evaluated in this order.
    pub(super) fn shallow_all(
        &mut self,
        all: Vec<Expr>,
        fresh: &mut dyn FnMut() -> VarId,
    ) -> Vec<Expr> {
        let Some(last) = all.iter().rposition(|it| deeper_than(it, DEEPEST / 2)) else {
            return all;
        };
        let mut shallow = Vec::with_capacity(all.len());
        for (n, expr) in all.into_iter().enumerate() {
            shallow.push(match expr {
                Expr::Literal(_) => expr,
                _ if last < n => expr,
                deep => {
                    let value = self.shallow(deep, fresh);
                    self.variable(value, fresh)
                }
            });
        }
        shallow
    }

    fn variable(&mut self, value: Expr, fresh: &mut dyn FnMut() -> VarId) -> Expr {
        let variable = fresh();
        self.statements.push(Stmt::Assign(variable, value));
        Expr::Var(variable)
    }

    /// An expression that evaluates all of its operands.
    fn strict(&mut self, mut expr: Expr, fresh: &mut dyn FnMut() -> VarId) -> Expr {
        let operands = expr.operands_mut();
        let values = operands.into_iter().map(|it| std::mem::replace(it, placeholder())).collect();
        let values = self.shallow_all(values, fresh);
        for (operand, value) in expr.operands_mut().into_iter().zip(values) {
            *operand = value;
        }
        expr
    }

    /// `left and right` if `both`, else `left or right`.
    fn either(
        &mut self,
        left: Expr,
        right: Expr,
        both: bool,
        fresh: &mut dyn FnMut() -> VarId,
    ) -> Expr {
        let left = self.shallow(left, fresh);
        let result = fresh();
        self.statements.push(Stmt::Assign(result, left));
        let condition = if both { Expr::Var(result) } else { Expr::Var(result).negated() };
        let block = Extra::block(right, result, fresh);
        let branches = vec![Branch { condition, block }];
        self.statements.push(Stmt::If { branches, otherwise: Vec::new() });
        Expr::Var(result)
    }

    fn conditional(
        &mut self,
        (condition, then, otherwise): (Expr, Expr, Expr),
        fresh: &mut dyn FnMut() -> VarId,
    ) -> Expr {
        let condition = self.shallow(condition, fresh);
        let result = fresh();
        let block = Extra::block(then, result, fresh);
        let otherwise = Extra::block(otherwise, result, fresh);
        let branches = vec![Branch { condition, block }];
        self.statements.push(Stmt::If { branches, otherwise });
        Expr::Var(result)
    }

    /// Statements that give `result` the value of `expr`.
    fn block(expr: Expr, result: VarId, fresh: &mut dyn FnMut() -> VarId) -> Block {
        let mut extra = Extra::default();
        let value = extra.shallow(expr, fresh);
        extra.statements.push(Stmt::Assign(result, value));
        extra.statements
    }
}

fn placeholder() -> Expr {
    Expr::Array(Vec::new())
}
