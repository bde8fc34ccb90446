//! Expressions: what can be said without a statement, and what must be saved from the statements of a later operand.

use crate::ir::{Expr as Ir, ExprId, Literal, LocalId, Prim, Ty};
use crate::target::linear::lower::{Dest, Lowerer};
use crate::target::linear::{Expr, Jump, Stmt, VarId};

/// How an expression and the world act on each other; each stands for those before it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// It can be evaluated at any time.
    Pure,
    /// Its value depends on what can change.
    Reads,
    /// It may stop the program.
    Traps,
    /// It may do anything.
    Acts,
}

impl Effect {
    /// Whether it matters which of the two comes first.
    fn conflicts(self, other: Effect) -> bool {
        let (less, more) = (self.min(other), self.max(other));
        less != Effect::Pure && (more == Effect::Acts || less == Effect::Traps)
    }
}

/// An expression with its effect.
#[derive(Debug)]
pub(crate) struct Value {
    pub(crate) expr: Expr,
    pub(crate) effect: Effect,
}

impl Value {
    pub(crate) fn pure(expr: Expr) -> Value {
        Value { expr, effect: Effect::Pure }
    }

    pub(crate) fn unit() -> Value {
        Value::pure(Expr::Literal(Literal::Unit))
    }
}

impl<'a> Lowerer<'a> {
    /// The value of `id`, after the statements that it needs. It is to be used before any other statement is written.
    pub(crate) fn value(&mut self, mut id: ExprId) -> Value {
        let body = self.body;
        loop {
            if let Some(rest) = self.rest_of(id) {
                id = rest;
                continue;
            }
            match body.expr(id) {
                Ir::If { .. } | Ir::Match { .. } | Ir::Try { .. }
                    if self.module.ty(body.ty(id)) == &Ty::Unit =>
                {
                    self.lower(id, Dest::Discard);
                    return Value::unit();
                }
                Ir::If { condition, then, otherwise } => {
                    return self.choice_value(id, *condition, *then, *otherwise);
                }
                Ir::Match { .. } | Ir::Try { .. } => {
                    let result = self.temporary();
                    self.lower(id, Dest::Assign(result));
                    return Value::pure(Expr::Var(result));
                }
                expr => return self.simple_value(id, expr),
            }
        }
    }

    /// What remains to be computed of bindings and of a sequence when what comes first is written. `None` for all else.
    pub(crate) fn rest_of(&mut self, id: ExprId) -> Option<ExprId> {
        match self.body.expr(id) {
            Ir::Let { local, value, body } => {
                self.bind(*local, *value);
                Some(*body)
            }
            Ir::LetRec { bindings, body } => {
                self.define_all(bindings);
                Some(*body)
            }
            Ir::Sequence(all) => {
                let (last, before) = all.split_last()?;
                for discarded in before {
                    self.lower(*discarded, Dest::Discard);
                }
                Some(*last)
            }
            _ => None,
        }
    }

    fn simple_value(&mut self, id: ExprId, expr: &'a Ir) -> Value {
        match expr {
            Ir::Literal(literal) => Value::pure(Expr::Literal(literal.clone())),
            Ir::Local(local) => self.local(*local),
            Ir::Global(item) if self.own_functions.contains(item) => {
                Value::pure(Expr::Global(*item))
            }
            Ir::Global(item) => Value { expr: Expr::Global(*item), effect: Effect::Acts },
            Ir::Call { callee, arguments } => {
                let (arguments, _) = self.operands(arguments);
                Value { expr: Expr::Call { callee: *callee, arguments }, effect: Effect::Acts }
            }
            Ir::Apply { callee, arguments } => self.application(*callee, arguments, id),
            Ir::Method { base, name, arguments } => {
                let all: Vec<ExprId> =
                    std::iter::once(*base).chain(arguments.iter().copied()).collect();
                let (mut arguments, _) = self.operands(&all);
                let base = Box::new(arguments.remove(0));
                let expr = Expr::Method { base, name: name.clone(), arguments, site: id };
                Value { expr, effect: Effect::Acts }
            }
            Ir::Lambda { .. } => {
                let function = self.scopes.lambda(id);
                self.define(vec![function]);
                Value::pure(Expr::Var(self.closure(function)))
            }
            Ir::Construct { ty, constructor, fields } => {
                let (fields, effect) = self.operands(fields);
                let expr = Expr::Construct { ty: *ty, constructor: *constructor, fields };
                Value { expr, effect }
            }
            Ir::Record { fields, order } => self.record(fields, order),
            Ir::Field { base, field } => self.field(*base, *field),
            Ir::Array(elements) => {
                let (elements, effect) = self.operands(elements);
                Value { expr: Expr::Array(elements), effect }
            }
            Ir::Prim { prim, operands } => self.operation(*prim, operands, id),
            Ir::Sequence(none) if none.is_empty() => Value::unit(),
            _ => {
                self.statement(id, expr);
                Value::unit()
            }
        }
    }

    /// Writes an expression without a value, or whose value is unit.
    fn statement(&mut self, id: ExprId, expr: &Ir) {
        match expr {
            Ir::Assign { local, value } => self.assign(*local, *value),
            Ir::SetField { base, field, value } => {
                let ty = self.body.ty(*base);
                let (operands, _) = self.operands(&[*base, *value]);
                if let Ok([base, value]) = <[Expr; 2]>::try_from(operands) {
                    self.emit(Stmt::SetField { base, ty, field: *field, value });
                }
            }
            Ir::Loop(body) => self.repeat(*body),
            Ir::Break(depth) => self.jump(*depth, Jump::Break),
            Ir::Continue(depth) => self.jump(*depth, Jump::Continue),
            Ir::Return(value) => self.lower(*value, Dest::Return),
            Ir::Throw(value) => {
                let thrown = self.value(*value).expr;
                self.emit(Stmt::Throw(thrown, id));
                self.live = false;
            }
            _ => unreachable!("an expression with a value"),
        }
    }

    fn local(&self, local: LocalId) -> Value {
        if let Some(path) = self.inlined.get(&local) {
            return Value::pure(path.clone());
        }
        let mutable = self.body.local(local).mutable;
        let effect = if mutable { Effect::Reads } else { Effect::Pure };
        Value { expr: Expr::Var(VarId(local.0)), effect }
    }

    fn application(&mut self, callee: ExprId, arguments: &[ExprId], site: ExprId) -> Value {
        let dynamic = *self.module.ty(self.body.ty(callee)) == Ty::Dynamic;
        if let Ir::Local(local) = self.body.expr(callee)
            && let Some(function) = self.scopes.function_of(*local)
            && self.arity(function) == arguments.len()
        {
            let (arguments, _) = self.operands(arguments);
            return Value { expr: Expr::CallLocal { function, arguments }, effect: Effect::Acts };
        }
        let all: Vec<ExprId> = std::iter::once(callee).chain(arguments.iter().copied()).collect();
        let (mut arguments, _) = self.operands(&all);
        let callee = Box::new(arguments.remove(0));
        if dynamic {
            let expr = Expr::ApplyDynamic { callee, arguments, site };
            return Value { expr, effect: Effect::Acts };
        }
        Value { expr: Expr::Apply { callee, arguments }, effect: Effect::Acts }
    }

    /// A record. It is written sorted: where that is not its order, no two operands may be left whose order matters.
    fn record(&mut self, fields: &[ExprId], order: &[u32]) -> Value {
        let in_order: Vec<ExprId> = order.iter().map(|it| fields[*it as usize]).collect();
        let ordered = self.language.ordered_operands && order.is_sorted();
        let values = self.values(&in_order, ordered);
        let effect = values.iter().map(|it| it.effect).max().unwrap_or(Effect::Pure);
        let mut sorted: Vec<(u32, Value)> = order.iter().copied().zip(values).collect();
        sorted.sort_by_key(|(index, _)| *index);
        let fields = sorted.into_iter().map(|(_, value)| value.expr).collect();
        Value { expr: Expr::Record(fields), effect }
    }

    fn field(&mut self, base: ExprId, field: u32) -> Value {
        let ty = self.body.ty(base);
        let value = self.value(base);
        let base = Box::new(value.expr);
        if matches!(self.module.ty(ty), Ty::Record(_)) {
            return Value { expr: Expr::RecordField { base, field }, effect: value.effect };
        }
        let effect = value.effect.max(Effect::Reads);
        Value { expr: Expr::ObjectField { base, ty, field }, effect }
    }

    fn operation(&mut self, prim: Prim, operands: &[ExprId], site: ExprId) -> Value {
        let (operands, effect) = self.operands(operands);
        let expr = Expr::Prim { prim, operands, site };
        if prim.yields_nothing() {
            self.emit(Stmt::Expr(expr));
            return Value::unit();
        }
        Value { expr, effect: effect.max(effect_of(prim)) }
    }

    /// The operands, evaluated from left to right, and their effect together.
    pub(crate) fn operands(&mut self, ids: &[ExprId]) -> (Vec<Expr>, Effect) {
        let values = self.values(ids, self.language.ordered_operands);
        let effect = values.iter().map(|it| it.effect).max().unwrap_or(Effect::Pure);
        (values.into_iter().map(|it| it.expr).collect(), effect)
    }

    /// The values of operands. `ordered` says that what becomes of them keeps their order.
    pub(crate) fn values(&mut self, ids: &[ExprId], ordered: bool) -> Vec<Value> {
        let mut values: Vec<Value> = Vec::with_capacity(ids.len());
        for id in ids {
            let start = self.block.len();
            let value = self.value(*id);
            if !self.block[start..].iter().all(|it| matches!(it, Stmt::Define(_))) {
                self.save(&mut values, start, |earlier| earlier != Effect::Pure);
            } else if !ordered && self.live {
                let end = self.block.len();
                self.save(&mut values, end, |earlier| earlier.conflicts(value.effect));
            }
            values.push(value);
        }
        values
    }

    /// Evaluates some of the values before the statement at `at`.
    fn save(&mut self, values: &mut [Value], at: usize, which: impl Fn(Effect) -> bool) {
        let mut saved = Vec::new();
        for value in values.iter_mut().filter(|it| which(it.effect)) {
            let variable = self.temporary();
            let before = std::mem::replace(value, Value::pure(Expr::Var(variable)));
            saved.push(Stmt::Assign(variable, before.expr));
        }
        self.block.splice(at..at, saved);
    }
}

/// The effect of an operation on its own.
pub(crate) fn effect_of(prim: Prim) -> Effect {
    match prim {
        Prim::ArrayLength
        | Prim::DynamicShow
        | Prim::DynamicString
        | Prim::PropertyHas
        | Prim::PropertyNames => Effect::Reads,
        _ if prim.yields_nothing() => Effect::Acts,
        _ if prim.stops() => Effect::Traps,
        _ => Effect::Pure,
    }
}
