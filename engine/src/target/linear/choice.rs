//! Choices between two.
//!
//! Where the first block of a choice does not end in the statement behind it, the other block needs no `else`. So a long chain in
//! tail position stays flat, and any other becomes the branches of one statement.

use crate::ir::{Expr as Ir, ExprId, Literal};
use crate::target::linear::lower::{Dest, Lowerer};
use crate::target::linear::operand::Value;
use crate::target::linear::{Block, Branch, Expr, Stmt};

impl Lowerer<'_> {
    /// Writes a choice, unless the rest of it is a single expression, which it then yields.
    pub(crate) fn choose(
        &mut self,
        condition: Expr,
        then: ExprId,
        otherwise: ExprId,
        dest: Dest,
    ) -> Option<ExprId> {
        if !self.live {
            return None;
        }
        let (block, live, ()) = self.nested(Vec::new(), |it| it.lower(then, dest));
        if !live {
            self.emit_if(vec![Branch { condition, block }], Vec::new());
            return Some(otherwise);
        }
        if matches!(
            self.body.expr(otherwise),
            Ir::Break(_) | Ir::Continue(_) | Ir::Return(_) | Ir::Throw(_)
        ) {
            let (leave, _, ()) = self.nested(Vec::new(), |it| it.lower(otherwise, dest));
            let branch = Branch { condition: condition.negated(), block: leave };
            self.emit_if(vec![branch], Vec::new());
            self.block.extend(block);
        } else {
            self.chain(vec![Branch { condition, block }], otherwise, dest);
        }
        None
    }

    /// Writes a choice whose first branches are known; control reaches the end of the first.
    fn chain(&mut self, mut branches: Vec<Branch>, mut otherwise: ExprId, dest: Dest) {
        while let Ir::If { condition, then, otherwise: next } = self.body.expr(otherwise)
            && !self.is_boolean(otherwise, dest)
        {
            let (before, live, value) = self.nested(Vec::new(), |it| it.value(*condition));
            if !before.is_empty() {
                let (block, live, ()) = self.nested(before, |it| {
                    it.live = live;
                    if let Some(rest) = it.choose(value.expr, *then, *next, dest) {
                        it.lower(rest, dest);
                    }
                });
                return self.emit_choice(branches, block, live);
            }
            let (block, _, ()) = self.nested(Vec::new(), |it| it.lower(*then, dest));
            branches.push(Branch { condition: value.expr, block });
            otherwise = *next;
        }
        let (block, live, ()) = self.nested(Vec::new(), |it| it.lower(otherwise, dest));
        self.emit_choice(branches, block, live);
    }

    /// Writes a choice. Without branches, it is what is left.
    pub(crate) fn emit_choice(&mut self, branches: Vec<Branch>, otherwise: Block, live: bool) {
        if branches.is_empty() {
            self.block.extend(otherwise);
            self.live = live;
        } else {
            self.emit_if(branches, otherwise);
        }
    }

    /// Writes a choice, in the simplest form.
    pub(crate) fn emit_if(&mut self, mut branches: Vec<Branch>, otherwise: Block) {
        if let [only] = &mut branches[..]
            && only.block.is_empty()
        {
            let condition = std::mem::replace(&mut only.condition, Expr::Literal(Literal::Unit));
            if otherwise.is_empty() {
                if condition.acts() {
                    self.emit(Stmt::Expr(condition));
                }
                return;
            }
            *only = Branch { condition: condition.negated(), block: otherwise };
            return self.emit(Stmt::If { branches, otherwise: Vec::new() });
        }
        self.emit(Stmt::If { branches, otherwise });
    }

    /// Whether a choice is `and`, `or` or `not`, and better written so.
    pub(crate) fn is_boolean(&self, id: ExprId, dest: Dest) -> bool {
        let Ir::If { then, otherwise, .. } = self.body.expr(id) else { return false };
        dest != Dest::Discard
            && match (self.truth(*then), self.truth(*otherwise)) {
                (Some(_), Some(_)) => true,
                (Some(true), None) => self.is_plain(*otherwise, dest),
                (None, Some(false)) => self.is_plain(*then, dest),
                _ => false,
            }
    }

    /// Whether an expression is likely to need no statement and is no tail call to its own function.
    fn is_plain(&self, id: ExprId, dest: Dest) -> bool {
        match self.body.expr(id) {
            Ir::If { .. } => self.is_boolean(id, dest),
            Ir::Call { .. } | Ir::Apply { .. } => dest != Dest::Return || !self.calls_itself(id),
            expr => !needs_statements(expr),
        }
    }

    fn truth(&self, id: ExprId) -> Option<bool> {
        match self.body.expr(id) {
            Ir::Literal(Literal::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// The value of a choice.
    pub(crate) fn choice_value(
        &mut self,
        id: ExprId,
        condition: ExprId,
        then: ExprId,
        otherwise: ExprId,
    ) -> Value {
        let condition = self.value(condition);
        if !self.live {
            return Value::unit();
        }
        if let (Some(yes), Some(no)) = (self.truth(then), self.truth(otherwise))
            && yes != no
        {
            let expr = if yes { condition.expr } else { condition.expr.negated() };
            return Value { expr, effect: condition.effect };
        }
        let all = [then, otherwise];
        if !all.iter().all(|it| !needs_statements(self.body.expr(*it)))
            && !self.is_boolean(id, Dest::Return)
        {
            let result = self.temporary();
            if let Some(rest) = self.choose(condition.expr, then, otherwise, Dest::Assign(result)) {
                self.lower(rest, Dest::Assign(result));
            }
            return Value::pure(Expr::Var(result));
        }
        let [yes, no] = all.map(|it| self.nested(Vec::new(), |lowerer| lowerer.value(it)));
        if yes.0.is_empty() && no.0.is_empty() {
            let effect = condition.effect.max(yes.2.effect).max(no.2.effect);
            return Value { expr: conditional(condition.expr, yes.2.expr, no.2.expr), effect };
        }
        let result = self.temporary();
        let live = yes.1 || no.1;
        let [block, otherwise] = [yes, no].map(|(mut block, live, value)| {
            if live {
                block.push(Stmt::Assign(result, value.expr));
            }
            block
        });
        self.emit_if(vec![Branch { condition: condition.expr, block }], otherwise);
        self.live = live;
        Value::pure(Expr::Var(result))
    }
}

fn conditional(condition: Expr, yes: Expr, no: Expr) -> Expr {
    let condition = Box::new(condition);
    match (yes, no) {
        (Expr::Literal(Literal::Bool(true)), no) => Expr::Or(condition, Box::new(no)),
        (yes, Expr::Literal(Literal::Bool(false))) => Expr::And(condition, Box::new(yes)),
        (yes, no) => Expr::Conditional(Box::new((*condition, yes, no))),
    }
}

fn needs_statements(expr: &Ir) -> bool {
    matches!(
        expr,
        Ir::If { .. }
            | Ir::Match { .. }
            | Ir::Let { .. }
            | Ir::LetRec { .. }
            | Ir::Lambda { .. }
            | Ir::Sequence(_)
            | Ir::Assign { .. }
            | Ir::SetField { .. }
            | Ir::Loop(_)
            | Ir::Break(_)
            | Ir::Continue(_)
            | Ir::Return(_)
            | Ir::Throw(_)
            | Ir::Try { .. }
    )
}
