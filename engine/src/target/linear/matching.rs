//! Match: the arms in their order, each a test, what it binds, and a body.

use crate::ir::{Arm, ExprId, Literal, LocalId, Pattern, Prim};
use crate::target::linear::lower::{Dest, Lowerer};
use crate::target::linear::operand::Effect;
use crate::target::linear::{Branch, Expr, Stmt, VarId};

/// What must hold for a pattern to match, and which part of the value each of its variables stands for.
#[derive(Default)]
struct Parts {
    tests: Vec<Expr>,
    bindings: Vec<(LocalId, Expr)>,
}

impl Lowerer<'_> {
    /// Writes a match, unless the rest of it is a single expression, which it then yields.
    pub(crate) fn match_arms(
        &mut self,
        scrutinee: ExprId,
        arms: &[Arm],
        dest: Dest,
    ) -> Option<ExprId> {
        if let [Arm { pattern, guard: None, body }, ..] = arms {
            match pattern {
                Pattern::Bind(local) => {
                    self.bind(*local, scrutinee);
                    return Some(*body);
                }
                Pattern::Wildcard => {
                    self.lower(scrutinee, Dest::Discard);
                    return Some(*body);
                }
                _ => (),
            }
        }
        let subject = self.subject(scrutinee);
        if !self.live {
            return None;
        }
        self.arms(&subject, arms, None, dest)
    }

    /// What is matched, as an expression that can be repeated.
    fn subject(&mut self, scrutinee: ExprId) -> Expr {
        let value = self.value(scrutinee);
        match value.expr {
            Expr::Var(_) if value.effect == Effect::Pure => value.expr,
            expr => {
                let variable = self.temporary();
                self.emit(Stmt::Assign(variable, expr));
                Expr::Var(variable)
            }
        }
    }

    /// Writes arms, of which the first has the condition `known` if that is given.
    fn arms(
        &mut self,
        subject: &Expr,
        arms: &[Arm],
        mut known: Option<Expr>,
        dest: Dest,
    ) -> Option<ExprId> {
        let mut branches = Vec::new();
        for (n, arm) in arms.iter().enumerate() {
            let mut parts = Parts::default();
            parts.add(&arm.pattern, subject.clone(), arm.body);
            let last = n + 1 == arms.len() || parts.tests.is_empty();
            if arm.guard.is_none() && last {
                return self.last_arm(branches, &parts.bindings, arm.body, dest);
            }
            let condition = match (known.take(), arm.guard) {
                (Some(condition), _) => condition,
                (None, None) => all(parts.tests),
                (None, Some(guard)) => {
                    let bindings = &parts.bindings;
                    let (before, live, condition) =
                        self.nested(Vec::new(), |it| it.guarded(parts.tests, bindings, guard));
                    if !before.is_empty() && !branches.is_empty() {
                        let (block, live, ()) = self.nested(before, |it| {
                            it.live = live;
                            it.rest_of_arms(subject, &arms[n..], condition, dest);
                        });
                        self.emit_choice(branches, block, live);
                        return None;
                    }
                    self.block.extend(before);
                    self.live = live;
                    condition
                }
            };
            if !self.live {
                return None;
            }
            let (block, live, ()) = self.nested(Vec::new(), |it| {
                it.bind_all(&parts.bindings);
                it.lower(arm.body, dest);
            });
            if live || !branches.is_empty() {
                branches.push(Branch { condition, block });
            } else {
                self.emit_if(vec![Branch { condition, block }], Vec::new());
            }
        }
        debug_assert!(false, "a match whose last arm may not match");
        self.emit_choice(branches, Vec::new(), true);
        None
    }

    fn rest_of_arms(&mut self, subject: &Expr, arms: &[Arm], condition: Expr, dest: Dest) {
        if self.live
            && let Some(rest) = self.arms(subject, arms, Some(condition), dest)
        {
            self.lower(rest, dest);
        }
    }

    fn last_arm(
        &mut self,
        branches: Vec<Branch>,
        bindings: &[(LocalId, Expr)],
        body: ExprId,
        dest: Dest,
    ) -> Option<ExprId> {
        if branches.is_empty() {
            self.bind_all(bindings);
            return Some(body);
        }
        let (block, live, ()) = self.nested(Vec::new(), |it| {
            it.bind_all(bindings);
            it.lower(body, dest);
        });
        self.emit_choice(branches, block, live);
        None
    }

    /// The condition of an arm with a guard, after the statements that it needs.
    fn guarded(
        &mut self,
        mut tests: Vec<Expr>,
        bindings: &[(LocalId, Expr)],
        guard: ExprId,
    ) -> Expr {
        let (mut block, live, value) = self.nested(Vec::new(), |it| {
            for (local, part) in bindings {
                if it.scopes.is_captured(*local) || it.body.local(*local).mutable {
                    it.bind_part(*local, part.clone());
                } else {
                    it.inlined.insert(*local, part.clone());
                }
            }
            it.value(guard)
        });
        for (local, _) in bindings {
            self.inlined.remove(local);
        }
        if block.is_empty() {
            tests.push(value.expr);
            return all(tests);
        }
        if tests.is_empty() {
            self.block.extend(block);
            self.live = live;
            return value.expr;
        }
        let flag = self.temporary();
        self.emit(Stmt::Assign(flag, Expr::Literal(Literal::Bool(false))));
        if live {
            block.push(Stmt::Assign(flag, value.expr));
        }
        self.emit_if(vec![Branch { condition: all(tests), block }], Vec::new());
        Expr::Var(flag)
    }

    fn bind_all(&mut self, bindings: &[(LocalId, Expr)]) {
        for (local, part) in bindings {
            self.bind_part(*local, part.clone());
        }
    }

    fn bind_part(&mut self, local: LocalId, part: Expr) {
        if !self.scopes.is_read(local) {
            return;
        }
        let variable = VarId(local.0);
        self.emit(if self.is_cell(local) {
            Stmt::NewCell(variable, part)
        } else {
            Stmt::Assign(variable, part)
        });
    }
}

impl Parts {
    fn add(&mut self, pattern: &Pattern, part: Expr, site: ExprId) {
        match pattern {
            Pattern::Wildcard => (),
            Pattern::Bind(local) => self.bindings.push((*local, part)),
            Pattern::Literal(literal) => self.tests.extend(equals(part, literal, site)),
            Pattern::Constructor { ty, constructor, fields } => {
                self.tests.push(Expr::IsConstructor {
                    value: Box::new(part.clone()),
                    ty: *ty,
                    constructor: *constructor,
                    fields: fields.len() as u32,
                });
                for (field, pattern) in fields.iter().enumerate() {
                    let base = Box::new(part.clone());
                    let part = Expr::VariantField {
                        base,
                        ty: *ty,
                        constructor: *constructor,
                        field: field as u32,
                    };
                    self.add(pattern, part, site);
                }
            }
            Pattern::Record(fields) => {
                for (field, pattern) in fields {
                    let base = Box::new(part.clone());
                    self.add(pattern, Expr::RecordField { base, field: *field }, site);
                }
            }
        }
    }
}

/// The test for a literal; none for unit.
fn equals(value: Expr, literal: &Literal, site: ExprId) -> Option<Expr> {
    let prim = match literal {
        Literal::Unit => return None,
        Literal::Bool(true) => return Some(value),
        Literal::Bool(false) => return Some(value.negated()),
        Literal::Int(_) => Prim::IntEqual,
        Literal::Float(_) => Prim::FloatEqual,
        Literal::Text(_) => Prim::TextEqual,
        Literal::Undefined | Literal::Null => unreachable!("no pattern is a dynamic value"),
    };
    Some(Expr::Prim { prim, operands: vec![value, Expr::Literal(literal.clone())], site })
}

/// The conjunction of tests.
fn all(tests: Vec<Expr>) -> Expr {
    let both = |left, right| Expr::And(Box::new(left), Box::new(right));
    tests.into_iter().reduce(both).unwrap_or(Expr::Literal(Literal::Bool(true)))
}
