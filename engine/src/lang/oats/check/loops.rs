//! Loops, and the jumps that concern them.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, Literal, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::stmt::change_of;
use crate::lang::oats::check::{
    Around, Binding, Change, Checker, Exit, Meaning, Value, assigned_names,
};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::Type;

impl<'t> Checker<'t, '_> {
    pub(super) fn labeled(&mut self, syntax: Syntax<'t>) {
        let mut labels = Vec::new();
        let mut at = syntax;
        while at.kind() == Kind::LabeledStmt {
            labels.extend(at.token(Kind::Name).map(|it| self.slice(it.range)));
            match at.children().next() {
                Some(inner) => at = inner,
                None => return,
            }
        }
        match at.kind() {
            Kind::WhileStmt | Kind::DoStmt | Kind::ForStmt | Kind::ForOfStmt | Kind::ForInStmt => {
                self.repetition(at, labels);
            }
            Kind::SwitchStmt => self.switch(at, labels),
            _ => {
                self.unsupported(syntax.range(), "a label before what is no loop is");
                self.statement(at);
            }
        }
    }

    pub(super) fn jump_statement(&mut self, syntax: Syntax<'t>) {
        let range = syntax.range();
        let again = syntax.kind() == Kind::ContinueStmt;
        let label = syntax.token(Kind::Name).map(|it| self.slice(it.range));
        let found = self.frames.last().and_then(|frame| {
            frame.around.iter().rposition(|it| match it {
                Around::Loop { labels, again: round, .. } => {
                    label.is_none_or(|it| labels.contains(&it)) && (!again || round.is_some())
                }
                Around::Finally { .. } => false,
            })
        });
        let Some(at) = found else {
            let word = if again { "continue" } else { "break" };
            let message = match label {
                Some(label) => format!("no loop around this is labelled `{label}`"),
                None => format!("`{word}` stands outside of a loop"),
            };
            return self.error("jump-outside", range, message);
        };
        let flow = self.flow.clone();
        if let Around::Loop { breaks, continues, .. } = &mut self.around()[at] {
            if again { continues.push(flow) } else { breaks.push(flow) }
        }
        self.leave(if again { Exit::Continue(at) } else { Exit::Break(at) }, None, range);
        self.flow.dead = true;
    }

    pub(super) fn repetition(&mut self, syntax: Syntax<'t>, labels: Vec<&'t str>) {
        let id = self.block_of(syntax.range(), |it| {
            match syntax.kind() {
                Kind::ForStmt => it.for_loop(syntax, labels),
                Kind::ForOfStmt | Kind::ForInStmt => it.for_each(syntax, labels),
                _ => it.while_loop(syntax, labels),
            }
            None
        });
        self.push(id);
    }

    /// Forgets what a loop may change, since each round begins with what the one before left.
    fn enter_loop(&mut self, syntax: Syntax<'t>) {
        let assigned = assigned_names(syntax, self.text);
        self.forget_names(&assigned);
        let ids: Vec<u32> =
            assigned.iter().filter_map(|it| self.lookup(it)).map(|it| it.id).collect();
        self.flow.narrowed.retain(|path, _| !ids.contains(&path.0));
    }

    /// The body of a loop, which a `continue` leaves: what is behind it is done then. Yields with what a `break` ends the loop.
    fn round(&mut self, body: Syntax<'t>, labels: Vec<&'t str>, leave: u32) -> Vec<super::Flow> {
        let range = body.range();
        let has_continue = contains_continue(body);
        if has_continue {
            self.frame().loops += 1;
        }
        let again =
            if has_continue { Some((self.frame().loops - 1, true)) } else { Some((leave, false)) };
        self.around().push(Around::Loop {
            labels,
            leave,
            again,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        let mut id = self.nested_statement(body);
        let popped = self.around().pop();
        let Some(Around::Loop { breaks, continues, .. }) = popped else {
            unreachable!("the body leaves what is around it as it was")
        };
        if has_continue {
            self.frame().loops -= 1;
            let out = self.b.add(Expr::Break(0), Ty::Unit, range);
            let once = self.b.add(Expr::Sequence(vec![id, out]), Ty::Unit, range);
            id = self.b.add(Expr::Loop(once), Ty::Unit, range);
        }
        let mut flows = continues;
        flows.push(std::mem::take(&mut self.flow));
        self.flow = super::join(flows);
        self.push(id);
        breaks
    }

    /// A loop of the representation. `round` makes a round, given how many loops are around it, and yields with what the loop ends.
    fn rounds(&mut self, range: TextRange, round: impl FnOnce(&mut Self, u32) -> Vec<super::Flow>) {
        let leave = self.frame().loops;
        self.frame().loops += 1;
        let mut ends = Vec::new();
        let body = self.block_of(range, |it| {
            ends = round(it, leave);
            None
        });
        self.frame().loops -= 1;
        let id = self.b.add(Expr::Loop(body), Ty::Unit, range);
        self.push(id);
        self.flow = super::join(ends);
    }

    fn while_loop(&mut self, syntax: Syntax<'t>, labels: Vec<&'t str>) {
        let range = syntax.range();
        let parts: Vec<Syntax<'t>> = syntax.children().collect();
        let &[first, second] = &parts[..] else { return };
        let first_body = syntax.kind() == Kind::DoStmt;
        let (body, condition) = if first_body { (first, second) } else { (second, first) };
        self.enter_loop(syntax);
        let endless = is_true(condition, self.text);
        self.rounds(range, |it, leave| {
            let (mut ends, fails);
            if first_body {
                ends = it.round(body, labels, leave);
                let (test, _, otherwise) = it.condition(condition);
                it.exit_unless(test, range);
                fails = otherwise;
            } else {
                let (test, holds, otherwise) = it.condition(condition);
                it.exit_unless(test, range);
                let before = it.flow.clone();
                it.learn(holds);
                ends = it.round(body, labels, leave);
                it.flow = before;
                fails = otherwise;
            }
            it.learn(fails);
            if !endless {
                ends.push(it.flow.clone());
            }
            ends
        });
    }

    /// Leaves the loop of the representation around where a condition does not hold.
    fn exit_unless(&mut self, condition: ExprId, range: TextRange) {
        let then = self.b.literal(Literal::Unit, range);
        let otherwise = self.b.add(Expr::Break(0), Ty::Unit, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
        self.push(id);
    }

    fn for_loop(&mut self, syntax: Syntax<'t>, labels: Vec<&'t str>) {
        let range = syntax.range();
        let part = |kind| syntax.child(kind).and_then(|it| it.children().next());
        let (test, step) = (part(Kind::ForTest), part(Kind::ForStep));
        let init = part(Kind::ForInit);
        let Some(body) = syntax.children().filter(|it| it.kind().is_statement()).last() else {
            return;
        };
        let mut own = Vec::new();
        match init {
            Some(item) if item.kind() == Kind::VarItem => {
                self.loop_variables(item);
                own.extend(item.children().filter_map(|it| it.token(Kind::Name)));
            }
            Some(expr) => self.effect(expr),
            None => (),
        }
        self.enter_loop(syntax);
        // Functions made in a round keep the variables of that round.
        let mut outer = Vec::new();
        if Self::holds_function(body) {
            let names = own.iter().map(|it| self.slice(it.range));
            outer.extend(names.filter_map(|name| Some((name, self.lookup(name)?))));
        }
        self.rounds(range, |it, leave| {
            let mut fails = Vec::new();
            if let Some(test) = test {
                let (id, holds, otherwise) = it.condition(test);
                it.exit_unless(id, range);
                let before = it.flow.clone();
                it.learn(otherwise);
                fails.push(std::mem::replace(&mut it.flow, before));
                it.learn(holds);
            }
            let copies = it.copied(&outer, range);
            let mut ends = it.round(body, labels, leave);
            ends.extend(fails);
            for (local, copy) in copies {
                let value = it.b.get(copy, range);
                let set = it.b.set(local, value, range);
                it.push(set);
            }
            for (name, binding) in &outer {
                if let Some(scope) = it.scopes.last_mut() {
                    scope.insert(Name::new(name), binding.clone());
                }
            }
            if let Some(step) = step {
                it.flow.dead = false;
                it.effect(step);
            }
            ends
        });
    }

    /// Copies of variables for a round, which have their names there: each original with its copy.
    fn copied(
        &mut self,
        outer: &[(&'t str, Rc<Binding>)],
        range: TextRange,
    ) -> Vec<(LocalId, LocalId)> {
        let mut copies = Vec::new();
        for (name, binding) in outer {
            let Meaning::Local(local, repr) = binding.meaning else { continue };
            let value = self.b.get(local, range);
            let copy = self.b.local(name, repr);
            self.steps.push(Step::Let(copy, value));
            self.declare_local(name, copy, repr, binding.ty.clone(), binding.range, Change::Free);
            copies.push((local, copy));
        }
        copies
    }

    /// The variables of a `for`: these change, even where `mut` is missing.
    fn loop_variables(&mut self, item: Syntax<'t>) {
        self.statement(item);
        if change_of(item, self.text) == Change::Discouraged {
            for token in item.children().filter_map(|it| it.token(Kind::Name)) {
                let name = self.slice(token.range);
                let Some(old) = self.lookup(name) else { continue };
                let (id, ty) = (old.id, old.ty.clone());
                let binding = Binding {
                    id,
                    meaning: old.meaning.clone(),
                    ty,
                    range: token.range,
                    change: Change::Free,
                };
                self.declare(name, binding);
            }
        }
    }

    fn for_each(&mut self, syntax: Syntax<'t>, labels: Vec<&'t str>) {
        let range = syntax.range();
        let init = syntax.child(Kind::ForInit).and_then(|it| it.children().next());
        let list = syntax.children().find(|it| it.kind().is_expr());
        let body = syntax.children().filter(|it| it.kind().is_statement()).last();
        let (Some(init), Some(list), Some(body)) = (init, list, body) else { return };
        let value = self.expr(list, None);
        let table = match &value.ty {
            Type::Named(item, arguments) if prelude::is_table(item) => Some(arguments.len() == 2),
            _ => None,
        };
        let is_table = table.is_some() && syntax.kind() == Kind::ForOfStmt;
        let (array, element) = self.elements(value, is_table, list.range(), syntax);
        let all = self.b.local_of("", Ty::Array(Box::new(Ty::Dynamic)));
        self.steps.push(Step::Let(all, array));
        let index = self.b.local("", Repr::Int);
        let zero = self.b.literal(Literal::Int(0), range);
        self.steps.push(Step::Let(index, zero));
        self.enter_loop(syntax);
        let before = self.flow.clone();
        self.rounds(range, |it, leave| {
            let (id, next) = it.next_element(all, index, range);
            let (id, next) = match table {
                Some(is_map) => (it.table_element(id, next, is_map, range), None),
                None => (id, Some(next)),
            };
            it.bind_element(init, Value { id, repr: Repr::Dynamic, ty: element });
            if let Some(next) = next {
                it.push(next);
            }
            let mut ends = it.round(body, labels, leave);
            ends.push(before);
            ends
        });
    }

    /// The array of all that a loop over `value` passes, and the type of its elements.
    fn elements(
        &mut self,
        value: Value,
        is_table: bool,
        at: TextRange,
        syntax: Syntax<'t>,
    ) -> (ExprId, Type) {
        let range = syntax.range();
        if is_table {
            let element = self.element_type(&value.ty, at);
            let id = self.dynamic(&value, at);
            let entries = self.prelude_call("table_entries", vec![id], range);
            return (self.array_of(&entries, at), element);
        }
        if syntax.kind() == Kind::ForInStmt {
            let id = self.dynamic(&value, at);
            let ty = Ty::Array(Box::new(Ty::Dynamic));
            return (self.b.prim(Prim::PropertyNames, vec![id], ty, range), Type::String);
        }
        let element = self.element_type(&value.ty, at);
        let is_array = |it: &Type| matches!(it, Type::Array(_) | Type::Tuple(_));
        let all = if value.ty.members().iter().all(is_array) {
            value
        } else {
            let id = self.dynamic(&value, at);
            let call = self.prelude_call("any_elements", vec![id], range);
            Value { ty: value.ty, ..call }
        };
        (self.array_of(&all, at), element)
    }

    /// The element of the array `all` at `index`, and the step to the next one. The loop ends behind the last.
    fn next_element(&mut self, all: LocalId, index: LocalId, range: TextRange) -> (ExprId, ExprId) {
        let (at, array) = (self.b.get(index, range), self.b.get(all, range));
        let length = self.b.prim(Prim::ArrayLength, vec![array], Ty::Int, range);
        let test = self.b.prim(Prim::IntLess, vec![at, length], Ty::Bool, range);
        self.exit_unless(test, range);
        let (array, at) = (self.b.get(all, range), self.b.get(index, range));
        let id = self.b.prim(Prim::ArrayGet, vec![array, at], Ty::Dynamic, range);
        let at = self.b.get(index, range);
        let one = self.b.literal(Literal::Int(1), range);
        let next = self.b.prim(Prim::IntWrappingAdd, vec![at, one], Ty::Int, range);
        (id, self.b.set(index, next, range))
    }

    /// The element that an entry of a map or set is; what was removed is passed over.
    fn table_element(
        &mut self,
        entry: ExprId,
        next: ExprId,
        is_map: bool,
        range: TextRange,
    ) -> ExprId {
        let local = self.b.local("", Repr::Dynamic);
        self.steps.push(Step::Let(local, entry));
        self.push(next);
        let entry = self.b.get(local, range);
        let removed = self.get_named(entry, "removed", range);
        let condition = self.b.prim(Prim::DynamicTruth, vec![removed], Ty::Bool, range);
        let then = self.b.add(Expr::Continue(0), Ty::Unit, range);
        let otherwise = self.b.literal(Literal::Unit, range);
        let test = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
        self.push(test);
        let entry = self.b.get(local, range);
        if is_map {
            self.prelude_call("table_pair", vec![entry], range).id
        } else {
            self.get_named(entry, "key", range)
        }
    }

    /// Gives the variable of a `for … of` its value for the round.
    fn bind_element(&mut self, init: Syntax<'t>, value: Value) {
        if init.kind() != Kind::VarItem {
            return self
                .unsupported(init.range(), "a `for` over a variable that is declared before is");
        }
        let change = change_of(init, self.text);
        let Some(declarator) = init.child(Kind::Declarator) else { return };
        let pattern = declarator
            .children()
            .find(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern));
        if let Some(pattern) = pattern {
            return self.destructure(pattern, value, change);
        }
        let Some(token) = declarator.token(Kind::Name) else { return };
        let ty = match self.annotation(declarator) {
            Some((ty, at)) => {
                let place = (at, format!("it is declared as `{ty}`"));
                self.mismatch(&value.ty, &ty, token.range, Some(place));
                ty
            }
            None => value.ty.clone(),
        };
        self.declare_value(token.range, value, ty, change);
    }
}

/// Whether a condition is the word `true`.
fn is_true(condition: Syntax<'_>, text: &str) -> bool {
    let written = &text[condition.range().span()];
    written == "true"
}

/// Whether a `continue` stands in a piece of syntax, functions left out.
fn contains_continue(syntax: Syntax<'_>) -> bool {
    syntax.kind() == Kind::ContinueStmt || super::holds(syntax, &[Kind::ContinueStmt])
}
