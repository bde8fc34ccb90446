//! Statements.

use crate::base::TextRange;
use crate::ir::{Expr, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::function::unwrapped;
use crate::lang::oats::check::{Around, Change, Checker, Exit, Value, assigned_names};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

impl<'t> Checker<'t, '_> {
    pub(super) fn statement(&mut self, syntax: Syntax<'t>) {
        let range = syntax.range();
        match syntax.kind() {
            Kind::Block => {
                let id = self.block_of(range, |it| {
                    it.statements(syntax);
                    None
                });
                self.push(id);
            }
            Kind::ExprStmt => {
                if let Some(expr) = syntax.children().next() {
                    self.effect(expr);
                }
            }
            Kind::VarItem => self.variables(syntax),
            Kind::IfStmt => self.if_statement(syntax),
            Kind::WhileStmt | Kind::DoStmt | Kind::ForStmt | Kind::ForOfStmt | Kind::ForInStmt => {
                self.repetition(syntax, Vec::new());
            }
            Kind::SwitchStmt => self.switch(syntax, Vec::new()),
            Kind::LabeledStmt => self.labeled(syntax),
            Kind::ReturnStmt => self.return_statement(syntax),
            Kind::ThrowStmt => {
                let Some(expr) = syntax.children().next() else {
                    return self.error("throw", range, "`throw` needs a value");
                };
                let value = self.expr(expr, None);
                let id = self.dynamic(&value, expr.range());
                let id = self.b.add(Expr::Throw(id), Ty::Unit, range);
                self.push(id);
                self.flow.dead = true;
            }
            Kind::BreakStmt | Kind::ContinueStmt => self.jump_statement(syntax),
            Kind::TryStmt => self.try_statement(syntax),
            Kind::ClassItem | Kind::EnumItem | Kind::InterfaceItem | Kind::AliasItem => {
                let what = match syntax.kind() {
                    Kind::ClassItem => "a class inside of a function is",
                    Kind::EnumItem => "an enum inside of a function is",
                    _ => "a type that is declared inside of a function is",
                };
                self.unsupported(range, what);
            }
            _ => (),
        }
    }

    /// A statement in a block of its own.
    pub(super) fn nested_statement(&mut self, syntax: Syntax<'t>) -> crate::ir::ExprId {
        self.block_of(syntax.range(), |it| {
            match syntax.kind() {
                Kind::Block => it.statements(syntax),
                _ => it.statement(syntax),
            }
            None
        })
    }

    fn variables(&mut self, syntax: Syntax<'t>) {
        let change = change_of(syntax, self.text);
        for declarator in syntax.children().filter(|it| it.kind() == Kind::Declarator) {
            self.declarator(declarator, change, syntax.token(Kind::Const).is_some());
        }
    }

    fn declarator(&mut self, syntax: Syntax<'t>, change: Change, is_const: bool) {
        let range = syntax.range();
        let written = self.annotation(syntax);
        let initial = syntax.child(Kind::Initializer).and_then(|it| it.children().next());
        let pattern = syntax
            .children()
            .find(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern));
        let value = match (initial, &written) {
            (Some(initial), Some((ty, at))) => {
                let name = syntax.token(Kind::Name).map_or("this", |it| self.slice(it.range));
                let place = (*at, format!("`{name}` is declared as `{ty}`"));
                self.expr_as(initial, ty, Some(place))
            }
            (Some(initial), None) => match pattern {
                Some(pattern) => self.taken_apart(initial, pattern),
                None => self.expr(initial, None),
            },
            (None, _) => {
                if is_const || pattern.is_some() {
                    self.error("missing-value", range, "a constant needs a value");
                }
                let Some(token) = syntax.token(Kind::Name) else { return };
                let ty = match written {
                    Some((ty, _)) => ty,
                    None => Type::Any,
                };
                let repr = Repr::of_variable(&ty);
                let id = self.b.default(repr, token.range);
                return self.declare_value(
                    token.range,
                    Value { id, repr, ty: Type::Unknown },
                    ty,
                    change,
                );
            }
        };
        if let Some(pattern) = pattern {
            let ty = written.map_or(value.ty.clone(), |it| it.0);
            return self.destructure(pattern, Value { ty, ..value }, change);
        }
        let Some(token) = syntax.token(Kind::Name) else { return };
        let inferred = value.ty.clone();
        let ty = match written {
            Some((ty, _)) => ty,
            None if is_const => inferred,
            None => match inferred.widened() {
                Type::Null | Type::Undefined => Type::Any,
                other => other,
            },
        };
        if matches!(ty, Type::Void) {
            self.error("void-variable", range, "this has no value to keep: it is `void`");
        }
        self.declare_value(token.range, value, ty, change);
    }

    /// Declares a variable with its first value.
    pub(super) fn declare_value(
        &mut self,
        name_range: TextRange,
        value: Value,
        ty: Type,
        change: Change,
    ) {
        let name = self.slice(name_range);
        let assigned = value.ty.clone();
        let binding = match self.declared_now(name, name_range) {
            Some((id, local)) => {
                let value = self.convert(&value, Repr::Dynamic, name_range);
                let set = self.b.set(local, value, name_range);
                self.push(set);
                let meaning = super::Meaning::Local(local, Repr::Dynamic);
                let ty = ty.clone();
                self.declare(name, super::Binding { id, meaning, ty, range: name_range, change })
            }
            None => {
                let repr = Repr::of_variable(&ty);
                let id = self.convert(&value, repr, name_range);
                let local = self.b.local(name, repr);
                self.steps.push(Step::Let(local, id));
                self.declare_local(name, local, repr, ty.clone(), name_range, change)
            }
        };
        if matches!(ty, Type::Union(_)) && !assigned.is_lenient() {
            let known = assigned.widened();
            let known = if self.types.assignable(&known, &ty) { known } else { assigned };
            self.flow.narrowed.insert((binding.id, Vec::new()), known);
        }
    }

    fn if_statement(&mut self, syntax: Syntax<'t>) {
        let range = syntax.range();
        // A chain of `else if` is not nested, however long it is.
        let mut conditions = Vec::new();
        let mut flows = Vec::new();
        let mut at = syntax;
        let mut last = loop {
            let mut parts = at.children();
            let (Some(condition), Some(then)) = (parts.next(), parts.next()) else { break None };
            let outer = std::mem::take(&mut self.steps);
            let (condition, holds, fails) = self.condition(condition);
            let steps = std::mem::replace(&mut self.steps, outer);
            let before = self.flow.clone();
            self.learn(holds);
            let then = self.nested_statement(then);
            flows.push(std::mem::replace(&mut self.flow, before));
            self.learn(fails);
            conditions.push((steps, condition, then, at.range()));
            match parts.next() {
                Some(next) if next.kind() == Kind::IfStmt => at = next,
                Some(next) => break Some(self.nested_statement(next)),
                None => break None,
            }
        };
        flows.push(std::mem::take(&mut self.flow));
        self.flow = super::join(flows);
        for (steps, condition, then, at) in conditions.into_iter().rev() {
            let otherwise = match last {
                Some(otherwise) => otherwise,
                None => self.b.literal(Literal::Unit, at),
            };
            let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, at);
            last = Some(self.b.block(steps, Some(id), range));
        }
        if let Some(id) = last {
            self.push(id);
        }
    }

    fn return_statement(&mut self, syntax: Syntax<'t>) {
        let range = syntax.range();
        if self.frames.is_empty() {
            return self.error("return-outside", range, "`return` stands outside of a function");
        }
        let is_async = self.frame().is_async;
        let result = self.frame().result.clone().map(|it| unwrapped(&it, is_async));
        let value = match syntax.children().next() {
            Some(expr) => {
                let value = self.expr(expr, result.as_ref());
                if let Some(result) = &result {
                    let own = unwrapped(&value.ty, is_async);
                    self.mismatch(&own, result, expr.range(), None);
                }
                value
            }
            None => {
                if let Some(result) = &result
                    && !result
                        .includes(|it| it.is_nothing() || it.is_lenient() || *it == Type::Anything)
                {
                    self.error("missing-value", range, format!("`return` needs a `{result}`"));
                }
                self.undefined(range)
            }
        };
        let returned = unwrapped(&value.ty, is_async);
        self.frame().returned.push(returned);
        let value = self.finish_value(value, range);
        self.leave(Exit::Return, Some(value), range);
        self.flow.dead = true;
    }

    /// Goes where an exit leads, by way of the `finally`s on the way.
    pub(super) fn leave(&mut self, exit: Exit, value: Option<crate::ir::ExprId>, range: TextRange) {
        let target = match exit {
            Exit::Return => None,
            Exit::Break(at) | Exit::Continue(at) => Some(at),
        };
        let loops = self.frame().loops;
        let repr = self.frame().repr;
        let from = target.map_or(0, |it| it + 1);
        let passed = self.around().iter().enumerate().skip(from);
        let passed = passed
            .filter(|(_, it)| matches!(it, Around::Finally { .. }))
            .map(|it| it.0)
            .next_back();
        if let Some(at) = passed {
            let Around::Finally { leave, code, value: kept, exits } = &mut self.around()[at] else {
                return;
            };
            let (leave, code, kept) = (*leave, *code, *kept);
            let n = exits.iter().position(|it| *it == exit).unwrap_or_else(|| {
                exits.push(exit);
                exits.len() - 1
            });
            if let Some(value) = value {
                let value = self.b.convert(value, repr, Repr::Dynamic, range);
                let set = self.b.set(kept, value, range);
                self.push(set);
            }
            let number = self.b.float((n + 1) as f64, range);
            let set = self.b.set(code, number, range);
            self.push(set);
            let id = self.b.add(Expr::Break(loops - 1 - leave), Ty::Unit, range);
            return self.push(id);
        }
        let expr = match exit {
            Exit::Return => match value {
                Some(value) => Expr::Return(value),
                None => return,
            },
            Exit::Break(at) => match &self.around()[at] {
                Around::Loop { leave, .. } => Expr::Break(loops - 1 - leave),
                Around::Finally { .. } => return,
            },
            Exit::Continue(at) => match &self.around()[at] {
                Around::Loop { again: Some((level, true)), .. } => Expr::Break(loops - 1 - level),
                Around::Loop { again: Some((level, false)), .. } => {
                    Expr::Continue(loops - 1 - level)
                }
                _ => return,
            },
        };
        let id = self.b.add(expr, Ty::Unit, range);
        self.push(id);
    }

    fn try_statement(&mut self, syntax: Syntax<'t>) {
        let range = syntax.range();
        let Some(finally) = syntax.child(Kind::FinallyClause) else {
            let id = self.guarded(syntax);
            return self.push(id);
        };
        let (code, kept) = (self.b.local("", Repr::Float), self.b.local("", Repr::Dynamic));
        let zero = self.b.float(0.0, range);
        self.steps.push(Step::Let(code, zero));
        let nothing = self.b.undefined(range);
        self.steps.push(Step::Let(kept, nothing));
        let leave = self.frame().loops;
        let before = self.flow.clone();
        self.frame().loops += 1;
        self.around().push(Around::Finally { leave, code, value: kept, exits: Vec::new() });
        let inner = self.guarded(syntax);
        let popped = self.around().pop();
        let out = self.b.add(Expr::Break(0), Ty::Unit, range);
        let body = self.b.add(Expr::Sequence(vec![inner, out]), Ty::Unit, range);
        self.frame().loops -= 1;
        let once = self.b.add(Expr::Loop(body), Ty::Unit, range);
        // What is thrown counts as one more exit.
        let local = self.b.local("", Repr::Dynamic);
        let thrown = self.b.get(local, range);
        let keep = self.b.set(kept, thrown, range);
        let minus = self.b.float(-1.0, range);
        let note = self.b.set(code, minus, range);
        let handler = self.b.add(Expr::Sequence(vec![keep, note]), Ty::Unit, range);
        let all = self.b.add(Expr::Try { body: once, local, handler }, Ty::Unit, range);
        self.push(all);
        let after = std::mem::replace(&mut self.flow, before);
        let assigned = assigned_names(syntax, self.text);
        self.forget_names(&assigned);
        if let Some(block) = finally.child(Kind::Block) {
            let id = self.nested_statement(block);
            self.push(id);
        }
        let dead = self.flow.dead;
        self.flow = after;
        self.flow.dead |= dead;
        self.after_finally(popped, code, kept, range);
    }

    /// Goes on where the body of a `try` with `finally` was left for.
    fn after_finally(
        &mut self,
        around: Option<Around<'t>>,
        code: crate::ir::LocalId,
        kept: crate::ir::LocalId,
        range: TextRange,
    ) {
        let Some(Around::Finally { exits, .. }) = around else { return };
        let numbered = exits.into_iter().enumerate().map(|(n, exit)| ((n + 1) as f64, Some(exit)));
        for (number, exit) in numbered.chain([(-1.0, None)]) {
            let own = self.b.get(code, range);
            let number = self.b.float(number, range);
            let condition = self.b.prim(Prim::FloatEqual, vec![own, number], Ty::Bool, range);
            let then = self.block_of(range, |it| {
                let value = it.b.get(kept, range);
                match exit {
                    Some(Exit::Return) => {
                        let repr = it.frame().repr;
                        let value = it.b.convert(value, Repr::Dynamic, repr, range);
                        it.leave(Exit::Return, Some(value), range);
                    }
                    Some(exit) => {
                        it.push(value);
                        it.leave(exit, None, range);
                    }
                    None => {
                        let id = it.b.add(Expr::Throw(value), Ty::Unit, range);
                        it.push(id);
                    }
                }
                None
            });
            let otherwise = self.b.literal(Literal::Unit, range);
            let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
            self.push(id);
        }
    }

    /// The body of a `try` with its `catch`, if it has one.
    fn guarded(&mut self, syntax: Syntax<'t>) -> crate::ir::ExprId {
        let range = syntax.range();
        let Some(block) = syntax.child(Kind::Block) else {
            return self.b.literal(Literal::Unit, range);
        };
        let before = self.flow.clone();
        let body = self.nested_statement(block);
        let Some(clause) = syntax.child(Kind::CatchClause) else { return body };
        let after = std::mem::replace(&mut self.flow, before);
        let assigned = assigned_names(block, self.text);
        self.forget_names(&assigned);
        let ids: Vec<u32> =
            assigned.iter().filter_map(|it| self.lookup(it)).map(|it| it.id).collect();
        self.flow.narrowed.retain(|path, _| !ids.contains(&path.0));
        let token = clause.token(Kind::Name);
        let name = token.map_or("", |it| self.slice(it.range));
        let local = self.b.local(name, Repr::Dynamic);
        let handler = self.block_of(clause.range(), |it| {
            if let Some(token) = token {
                let ty = it.annotation(clause).map_or(Type::Any, |it| it.0);
                it.declare_local(name, local, Repr::Dynamic, ty, token.range, Change::Free);
            }
            if let Some(block) = clause.child(Kind::Block) {
                it.statements(block);
            }
            None
        });
        let caught = std::mem::take(&mut self.flow);
        self.flow = super::join(vec![after, caught]);
        self.b.add(Expr::Try { body, local, handler }, Ty::Unit, range)
    }
}

/// Whether what a declaration declares can change.
pub(super) fn change_of(item: Syntax<'_>, text: &str) -> Change {
    if item.token(Kind::Const).is_some() {
        return Change::Forbidden;
    }
    let mutable = item.tokens().any(|it| it.kind == Kind::Name && &text[it.range.span()] == "mut");
    if mutable || item.token(Kind::Var).is_some() { Change::Free } else { Change::Discouraged }
}
