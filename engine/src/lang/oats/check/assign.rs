//! Assignment.

use std::rc::Rc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Expr, ExprId, Literal, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::operator::Operator;
use crate::lang::oats::check::value::member_name_of;
use crate::lang::oats::check::{Binding, Change, Checker, Meaning, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;
use crate::lang::oats::written::member_name;

/// What is assigned to, its parts evaluated.
enum Target {
    Variable(Rc<Binding>),
    Property { base: LocalId, name: Name },
    Element { base: LocalId, key: LocalId },
    Static(crate::ir::ItemRef),
    Nothing,
}

impl<'t> Checker<'t, '_> {
    /// An assignment; `wanted` says whether its value is.
    pub(super) fn assign(&mut self, syntax: Syntax<'t>, wanted: bool) -> Value {
        let range = syntax.range();
        let tokens: Vec<Kind> = syntax.tokens().map(|it| it.kind).collect();
        let mut parts = syntax.children();
        let (Some(left), Some(right)) = (parts.next(), parts.next()) else {
            return self.nothing(range);
        };
        if is_pattern(left) && tokens == [Kind::Equals] {
            return self.assign_pattern(left, right, range);
        }
        let operator = if tokens == [Kind::Equals] { None } else { Operator::of(&tokens) };
        self.with_steps(range, |it| {
            let (target, declared, place) = it.target(left);
            let lazy =
                matches!(operator, Some(Operator::Both | Operator::Either | Operator::Coalesce));
            let value = match operator {
                None => it.expr(right, Some(&declared)),
                Some(_) if lazy => {
                    return it.lazy_assign(operator, &target, &declared, left, right, range);
                }
                Some(operator) => {
                    let old = it.read(&target, &declared, left);
                    let (local, repr) = it.keep(old.clone(), "", range);
                    let old = Value { id: it.b.get(local, range), repr, ty: old.ty };
                    let value = it.expr(right, None);
                    let operands = [(&old, left.range()), (&value, right.range())];
                    it.operation(operator, operands, range)
                }
            };
            it.mismatch(&value.ty, &declared, right.range(), place);
            it.finish_assign(&target, &declared, value, left, range, wanted)
        })
    }

    /// `[a, b] = c` and the like: the value first, then one part after the other.
    fn assign_pattern(&mut self, left: Syntax<'t>, right: Syntax<'t>, range: TextRange) -> Value {
        self.with_steps(range, |it| {
            let value = it.taken_apart(right, left);
            let ty = value.ty.clone();
            let whole = it.keep_dynamic(value, right.range());
            it.assign_parts(left, whole, &ty);
            Value { id: it.b.get(whole, range), repr: Repr::Dynamic, ty }
        })
    }

    fn assign_parts(&mut self, pattern: Syntax<'t>, whole: LocalId, ty: &Type) {
        for (n, element) in pattern.children().enumerate() {
            let at = element.range();
            let named = member_name_of(element, self.text);
            let written = match element.kind() {
                Kind::Spread | Kind::Property => element.children().next(),
                _ => Some(element),
            };
            let Some(written) = written else { continue };
            let (target, initial) = match written.kind() {
                Kind::AssignExpr => (written.children().next(), written.children().nth(1)),
                _ => (Some(written), None),
            };
            let initial = initial
                .or_else(|| element.child(Kind::Initializer).and_then(|it| it.children().next()));
            let Some(target) = target else { continue };
            let mut part = match (pattern.kind(), named) {
                (Kind::ArrayExpr, _) if element.kind() == Kind::Spread => {
                    self.rest_of(whole, n, ty, at)
                }
                (Kind::ArrayExpr, _) => self.element_of_whole(whole, n, ty, element),
                (_, Some(name)) => self.property_of_whole(whole, &name, ty, element),
                _ => {
                    self.unsupported(at, "the rest of an object is");
                    continue;
                }
            };
            if let Some(initial) = initial {
                part = self.or_default(part, initial);
            }
            if is_pattern(target) {
                let ty = part.ty.clone();
                let inner = self.keep_dynamic(part, at);
                self.assign_parts(target, inner, &ty);
                continue;
            }
            let (place, declared, why) = self.target(target);
            self.mismatch(&part.ty, &declared, at, why);
            self.finish_assign(&place, &declared, part, target, at, false);
        }
    }

    /// `a ??= b` and the like.
    fn lazy_assign(
        &mut self,
        operator: Option<Operator>,
        target: &Target,
        declared: &Type,
        left: Syntax<'t>,
        right: Syntax<'t>,
        range: TextRange,
    ) -> Value {
        let old = self.read(target, declared, left);
        let ty = old.ty.clone();
        let (local, repr) = self.keep(old, "", range);
        let condition = match operator {
            Some(Operator::Coalesce) => self.is_nothing(local, repr, range),
            _ => {
                let id = self.b.get(local, range);
                let truth = self.truth(&Value { id, repr, ty: Type::Unknown }, range);
                if operator == Some(Operator::Both) {
                    truth
                } else {
                    self.b.prim(Prim::BoolNot, vec![truth], Ty::Bool, range)
                }
            }
        };
        let kept = match operator {
            Some(Operator::Coalesce) => ty.present(),
            Some(Operator::Either) => self.types.by_truth(&ty).0,
            _ => self.types.by_truth(&ty).1,
        };
        let before = self.flow.clone();
        let assigned = self.with_steps(range, |it| {
            let value = it.expr_as(right, declared, None);
            it.finish_assign(target, declared, value, left, range, true)
        });
        self.flow = before;
        if let Some(path) = self.path(left) {
            self.forget(&path);
            let ty = Type::union([kept.clone(), assigned.ty.clone()]);
            self.flow.narrowed.insert(path, ty);
        }
        let id = self.b.get(local, range);
        let own = Value { id, repr, ty: kept };
        self.choice(condition, assigned, own, range)
    }

    /// The value of the assignment, after it is done.
    fn finish_assign(
        &mut self,
        target: &Target,
        declared: &Type,
        value: Value,
        left: Syntax<'t>,
        range: TextRange,
        wanted: bool,
    ) -> Value {
        let ty = value.ty.clone();
        let result = if wanted {
            let (local, repr) = self.keep(value, "", range);
            let id = self.b.get(local, range);
            let value = Value { id, repr, ty: ty.clone() };
            self.store(target, &value, range);
            Value { id: self.b.get(local, range), repr, ty: ty.clone() }
        } else {
            self.store(target, &value, range);
            let id = self.b.literal(Literal::Unit, range);
            Value { id, repr: Repr::Unit, ty: ty.clone() }
        };
        if let Some(path) = self.path(left) {
            self.forget(&path);
            let narrow = matches!(declared, Type::Union(_) | Type::Boolean);
            if narrow && !ty.is_lenient() {
                let known = ty.widened();
                let known = if self.types.assignable(&known, declared) { known } else { ty };
                self.flow.narrowed.insert(path, known);
            }
        }
        result
    }

    /// What an expression on the left names, the type of what it takes, and where that is declared.
    fn target(&mut self, syntax: Syntax<'t>) -> (Target, Type, Option<(TextRange, String)>) {
        let range = syntax.range();
        let nothing = (Target::Nothing, Type::Unknown, None);
        match syntax.kind() {
            Kind::ParenExpr => match syntax.children().next() {
                Some(inner) => self.target(inner),
                None => nothing,
            },
            Kind::NonNullExpr => match syntax.children().next() {
                Some(inner) => self.target(inner),
                None => nothing,
            },
            Kind::NameExpr | Kind::Shorthand => {
                let range = syntax.token(Kind::Name).map_or(range, |it| it.range);
                let name = self.slice(range);
                let Some(binding) = self.lookup(name) else {
                    self.unknown_name(name, range);
                    return nothing;
                };
                let binding = self.looked_at(binding);
                self.types.used.insert(Name::new(name));
                if self.is_too_early(&binding, range) {
                    return nothing;
                }
                self.check_assigned(&binding, range);
                self.check_change(&binding, name, range);
                let place = (!binding.range.is_empty())
                    .then(|| (binding.range, format!("`{name}` is declared as `{}`", binding.ty)));
                (Target::Variable(binding.clone()), binding.ty.clone(), place)
            }
            Kind::MemberExpr => self.member_target(syntax),
            Kind::IndexExpr => {
                let mut parts = syntax.children();
                let (Some(base), Some(key)) = (parts.next(), parts.next()) else { return nothing };
                let object = self.expr(base, None);
                let key_value = self.expr(key, None);
                let ty = self.element_at(&object.ty, &key_value.ty, key, range, true);
                let base = self.keep_dynamic(object, base.range());
                let key = self.keep_dynamic(key_value, key.range());
                (Target::Element { base, key }, ty, None)
            }
            _ => {
                self.expr(syntax, None);
                self.error("assignment-target", range, "nothing can be assigned to this");
                nothing
            }
        }
    }

    fn keep_dynamic(&mut self, value: Value, range: TextRange) -> LocalId {
        let id = self.dynamic(&value, range);
        let local = self.b.local("", Repr::Dynamic);
        self.steps.push(Step::Let(local, id));
        local
    }

    fn member_target(&mut self, syntax: Syntax<'t>) -> (Target, Type, Option<(TextRange, String)>) {
        let nothing = (Target::Nothing, Type::Unknown, None);
        let range = syntax.range();
        let Some((base, name)) = syntax.children().next().zip(member_name(syntax, self.text))
        else {
            return nothing;
        };
        if syntax.token(Kind::QuestionDot).is_some() {
            self.error(
                "assignment-target",
                range,
                "nothing can be assigned to what may not be there",
            );
            return nothing;
        }
        if let Some(class) = self.class_named(base) {
            return match self.static_member(&class, &name) {
                Some((item, member)) => {
                    self.check_access(&member, &Type::Class(class), range);
                    if member.method || member.readonly {
                        self.error("readonly", range, format!("`{name}` can't be changed"));
                    }
                    (Target::Static(item), member.ty, None)
                }
                None => {
                    self.error(
                        "unknown-member",
                        range,
                        format!("`{}` has no static `{name}`", class.name),
                    );
                    nothing
                }
            };
        }
        let object = self.expr(base, None);
        let is_array = object.ty.members().iter().all(|it| matches!(it, Type::Array(_)));
        let member = self.member_of(&object.ty, &name, syntax, base.range());
        let in_constructor = base.kind() == Kind::ThisExpr;
        let Some(member) = member else { return nothing };
        if member.readonly && !(in_constructor && self.frames.len() == 1) && !self.is_prelude {
            let message = format!("`{name}` is `readonly` in `{}`", object.ty);
            self.error("readonly", range, message);
        }
        if is_array && name == "length" && !object.ty.is_lenient() {
            self.unsupported(range, "an assignment to the length of an array is");
            return nothing;
        }
        let ty = if member.optional { member.ty.or_undefined() } else { member.ty };
        let place = None;
        let base = self.keep_dynamic(object, base.range());
        (Target::Property { base, name }, ty, place)
    }

    /// Says where what is assigned can't or should not change.
    fn check_change(&mut self, binding: &Binding, name: &str, range: TextRange) {
        let finding = match (binding.change, &binding.meaning) {
            (Change::Free, _) => return,
            (Change::Discouraged, _) => {
                let message = format!("`{name}` is assigned again, but is no `let mut`");
                let start = binding.range.start;
                let at = TextRange { start, end: start };
                Finding::warning("immutable-assignment", range, message)
                    .also(binding.range, format!("`{name}` is declared here"))
                    .fix("declare it with `let mut`", at, "mut ")
            }
            (Change::Forbidden, meaning) => {
                let what = match meaning {
                    Meaning::Function(..) | Meaning::LocalFunction(_) => "is a function",
                    Meaning::Class(_) => "is a class",
                    Meaning::Enum(_) => "is an enum",
                    _ if binding.range.is_empty() => "is imported",
                    _ => "is a constant",
                };
                let message = format!("`{name}` {what} and can't be changed");
                let mut finding = Finding::error("constant-assignment", range, message);
                if !binding.range.is_empty() {
                    finding = finding.also(binding.range, format!("`{name}` is declared here"));
                }
                finding
            }
        };
        self.report(finding);
    }

    /// The value that a target has now.
    fn read(&mut self, target: &Target, declared: &Type, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let ty = self.narrowed(syntax).unwrap_or_else(|| declared.clone());
        let id = match target {
            Target::Variable(binding) => {
                let value = self.binding_now(binding, range);
                return Value { ty, ..value };
            }
            Target::Property { base, name } => {
                let base = self.b.get(*base, range);
                self.get_named(base, name, range)
            }
            Target::Element { base, key } => {
                let (base, key) = (self.b.get(*base, range), self.b.get(*key, range));
                self.b.prim(Prim::ElementGet, vec![base, key], Ty::Dynamic, range)
            }
            Target::Static(item) => {
                let cell = self.cell(item.clone(), range);
                let zero = self.b.literal(Literal::Int(0), range);
                self.b.prim(Prim::ArrayGet, vec![cell, zero], Ty::Dynamic, range)
            }
            Target::Nothing => return self.nothing(range),
        };
        Value { id, repr: Repr::Dynamic, ty }
    }

    fn binding_now(&mut self, binding: &Rc<Binding>, range: TextRange) -> Value {
        match &binding.meaning {
            Meaning::Local(local, repr) => {
                let id = self.b.get(*local, range);
                Value { id, repr: *repr, ty: binding.ty.clone() }
            }
            Meaning::Variable(item) => {
                let cell = self.cell(item.clone(), range);
                let zero = self.b.literal(Literal::Int(0), range);
                let id = self.b.prim(Prim::ArrayGet, vec![cell, zero], Ty::Dynamic, range);
                Value { id, repr: Repr::Dynamic, ty: binding.ty.clone() }
            }
            _ => self.nothing(range),
        }
    }

    /// Gives a target a value.
    fn store(&mut self, target: &Target, value: &Value, range: TextRange) {
        let id = match target {
            Target::Variable(binding) => match &binding.meaning {
                Meaning::Local(local, repr) => {
                    let (local, repr) = (*local, *repr);
                    let value = self.convert(value, repr, range);
                    self.b.set(local, value, range)
                }
                Meaning::Variable(item) => self.set_cell(item.clone(), value, range),
                _ => value.id,
            },
            Target::Static(item) => self.set_cell(item.clone(), value, range),
            Target::Property { base, name } => {
                let value = self.dynamic(value, range);
                let base = self.b.get(*base, range);
                let name = self.b.text(name, range);
                self.b.prim(Prim::PropertySet, vec![base, name, value], Ty::Unit, range)
            }
            Target::Element { base, key } => {
                let value = self.dynamic(value, range);
                let (base, key) = (self.b.get(*base, range), self.b.get(*key, range));
                self.b.prim(Prim::ElementSet, vec![base, key, value], Ty::Unit, range)
            }
            Target::Nothing => value.id,
        };
        self.push(id);
    }

    /// Gives a variable of a module another value.
    fn set_cell(&mut self, item: crate::ir::ItemRef, value: &Value, range: TextRange) -> ExprId {
        let value = self.dynamic(value, range);
        let cell = self.cell(item, range);
        let zero = self.b.literal(Literal::Int(0), range);
        self.b.add(
            Expr::Prim { prim: Prim::ArraySet, operands: vec![cell, zero, value] },
            Ty::Unit,
            range,
        )
    }

    /// `++` and `--`.
    pub(super) fn update(&mut self, syntax: Syntax<'t>, prefix: bool, wanted: bool) -> Value {
        let range = syntax.range();
        let Some(inner) = syntax.children().next() else { return self.nothing(range) };
        let operator = if syntax.token(Kind::PlusPlus).is_some() {
            Prim::FloatAdd
        } else {
            Prim::FloatSubtract
        };
        self.with_steps(range, |it| {
            let (target, declared, _) = it.target(inner);
            let old = it.read(&target, &declared, inner);
            let old = it.number(&old, inner.range(), "counting");
            let local = it.b.local("", Repr::Float);
            it.steps.push(Step::Let(local, old));
            let old = it.b.get(local, range);
            let one = it.b.float(1.0, range);
            let id = it.b.prim(operator, vec![old, one], Ty::Float, range);
            let value = Value { id, repr: Repr::Float, ty: Type::Number };
            let result =
                it.finish_assign(&target, &declared, value, inner, range, wanted && prefix);
            if wanted && !prefix {
                let id = it.b.get(local, range);
                return Value { id, repr: Repr::Float, ty: Type::Number };
            }
            Value { ty: Type::Number, ..result }
        })
    }
}

/// Whether what stands on the left of an assignment is a pattern.
fn is_pattern(syntax: Syntax<'_>) -> bool {
    matches!(syntax.kind(), Kind::ArrayExpr | Kind::ObjectExpr)
}
