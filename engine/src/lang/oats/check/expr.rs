//! Expressions of all kinds.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, Literal, Prim, Ty};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::{Checker, Facts, Meaning, Path, THIS, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;
use crate::lang::oats::written::member_name;

impl<'t> Checker<'t, '_> {
    /// An expression. What is expected of it helps to find its type, but is not demanded.
    pub(super) fn expr(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let expected = expected.map(|it| self.types.unfolded(it.clone()));
        let value = self.expr_of(syntax, expected.as_ref());
        let ty = self.types.unfolded(value.ty);
        Value { ty, ..value }
    }

    fn expr_of(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        match syntax.kind() {
            Kind::NameExpr => self.name(syntax),
            Kind::NumberExpr | Kind::StringExpr | Kind::BoolExpr => self.literal(syntax),
            Kind::TemplateExpr => self.template(syntax),
            Kind::NullExpr => {
                let id = self.b.literal(Literal::Null, range);
                Value { id, repr: Repr::Dynamic, ty: Type::Null }
            }
            Kind::ThisExpr => self.this_value(range),
            Kind::ArrayExpr => self.array(syntax, expected),
            Kind::ObjectExpr => self.object(syntax, expected),
            Kind::FunctionExpr | Kind::ArrowExpr => self.closure(syntax, expected),
            Kind::NewExpr => self.creation(syntax, expected),
            Kind::CallExpr => self.call(syntax, expected),
            Kind::MemberExpr => self.member_expr(syntax),
            Kind::IndexExpr => self.index_expr(syntax),
            Kind::UnaryExpr => self.unary(syntax),
            Kind::UpdateExpr => self.update(syntax, true, true),
            Kind::PostfixExpr => self.update(syntax, false, true),
            Kind::BinaryExpr => self.binary(syntax, expected),
            Kind::ConditionalExpr => self.conditional(syntax, expected),
            Kind::AssignExpr => self.assign(syntax, true),
            Kind::AwaitExpr => self.awaited(syntax),
            Kind::CommaExpr => self.comma(syntax, expected),
            Kind::ParenExpr => match syntax.children().next() {
                Some(inner) => self.expr(inner, expected),
                None => self.nothing(range),
            },
            Kind::NonNullExpr => {
                let Some(inner) = syntax.children().next() else { return self.nothing(range) };
                let value = self.expr(inner, expected);
                Value { ty: value.ty.present(), ..value }
            }
            Kind::AsExpr => self.cast(syntax),
            Kind::SuperExpr => {
                self.error(
                    "super",
                    range,
                    "`super` stands only in `super(…)` and `super.method(…)`",
                );
                self.nothing(range)
            }
            // The parser has reported it.
            _ => {
                self.silent_error(syntax);
                self.nothing(range)
            }
        }
    }

    /// Looks for what else is wrong in what could not be understood.
    fn silent_error(&mut self, syntax: Syntax<'t>) {
        for child in syntax.children().filter(|it| it.kind().is_expr()) {
            self.expr(child, None);
        }
    }

    /// An expression whose type must be assignable to another.
    pub(super) fn expr_as(
        &mut self,
        syntax: Syntax<'t>,
        ty: &Type,
        place: Option<(TextRange, String)>,
    ) -> Value {
        let value = self.expr(syntax, Some(ty));
        self.mismatch(&value.ty, ty, syntax.range(), place);
        value
    }

    fn conditional(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let mut parts = syntax.children();
        let (Some(condition), Some(yes), Some(no)) = (parts.next(), parts.next(), parts.next())
        else {
            return self.nothing(range);
        };
        let (condition, holds, fails) = self.condition(condition);
        let before = self.flow.clone();
        let then = self.branch(yes, expected, holds);
        let after = std::mem::replace(&mut self.flow, before);
        let otherwise = self.branch(no, expected, fails);
        let flow = std::mem::take(&mut self.flow);
        self.flow = super::join(vec![after, flow]);
        self.choice(condition, then, otherwise, range)
    }

    /// An expression that is evaluated only where some facts hold.
    pub(super) fn branch(
        &mut self,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
        facts: Facts,
    ) -> Value {
        let range = syntax.range();
        self.with_steps(range, |it| {
            it.learn(facts);
            it.expr(syntax, expected)
        })
    }

    /// One of two values.
    pub(super) fn choice(
        &mut self,
        condition: crate::ir::ExprId,
        then: Value,
        otherwise: Value,
        range: TextRange,
    ) -> Value {
        let repr = if then.repr == otherwise.repr { then.repr } else { Repr::Dynamic };
        let ty = Type::union([then.ty.clone(), otherwise.ty.clone()]);
        let then = self.convert(&then, repr, range);
        let otherwise = self.convert(&otherwise, repr, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, repr.ty(), range);
        Value { id, repr, ty }
    }

    fn comma(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let parts: Vec<Syntax<'t>> = syntax.children().collect();
        let Some((last, before)) = parts.split_last() else { return self.nothing(syntax.range()) };
        self.with_steps(syntax.range(), |it| {
            for part in before {
                it.effect(*part);
            }
            it.expr(*last, expected)
        })
    }

    /// An expression whose value nobody wants.
    pub(super) fn effect(&mut self, syntax: Syntax<'t>) {
        let value = match syntax.kind() {
            Kind::AssignExpr => self.assign(syntax, false),
            Kind::UpdateExpr => self.update(syntax, true, false),
            Kind::PostfixExpr => self.update(syntax, false, false),
            Kind::CommaExpr => {
                for part in syntax.children() {
                    self.effect(part);
                }
                return;
            }
            Kind::ParenExpr => match syntax.children().next() {
                Some(inner) => return self.effect(inner),
                None => return,
            },
            _ => self.expr(syntax, None),
        };
        if value.ty == Type::Never {
            self.flow.dead = true;
        }
        self.push(value.id);
    }

    fn cast(&mut self, syntax: Syntax<'t>) -> Value {
        let mut parts = syntax.children();
        let Some(inner) = parts.next() else { return self.nothing(syntax.range()) };
        let Some(ty) = parts.next() else { return self.expr(inner, None) };
        let ty = self.types.ty(ty, self.here());
        let value = self.expr(inner, Some(&ty));
        let related = value.ty == Type::Anything
            || self.types.assignable(&value.ty, &ty)
            || self.types.assignable(&ty, &value.ty)
            || self.types.assignable(&ty, &value.ty.widened());
        if !related {
            let message =
                format!("`{}` can't be taken for `{ty}`: neither fits the other", value.ty);
            self.error("unrelated-cast", syntax.range(), message);
        }
        Value { ty, ..value }
    }

    fn awaited(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let Some(inner) = syntax.children().next() else { return self.nothing(range) };
        if !self.frames.last().is_some_and(|it| it.is_async) {
            self.error("await-outside", range, "`await` stands outside of an `async` function");
        }
        let value = self.expr(inner, None);
        let ty = Type::union(value.ty.members().iter().map(|it| match it {
            Type::Promise(inner) => (**inner).clone(),
            other => other.clone(),
        }));
        let promise = self.dynamic(&value, range);
        let call = self.prelude_call("promise_await", vec![promise], range);
        Value { ty, ..call }
    }

    /// The place that an expression names, if its type can be narrowed.
    pub(super) fn path(&mut self, syntax: Syntax<'t>) -> Option<Path> {
        match syntax.kind() {
            Kind::NameExpr | Kind::Shorthand => {
                let binding = self.lookup(self.slice(syntax.range()))?;
                let stable = matches!(binding.meaning, Meaning::Local(..) | Meaning::Constant(..));
                stable.then(|| (binding.id, Vec::new()))
            }
            Kind::ThisExpr => Some((THIS, Vec::new())),
            Kind::ParenExpr | Kind::NonNullExpr => self.path(syntax.children().next()?),
            Kind::MemberExpr => {
                let name = member_name(syntax, self.text)?;
                let (id, mut names) = self.path(syntax.children().next()?)?;
                if 4 < names.len() {
                    return None;
                }
                names.push(name);
                Some((id, names))
            }
            _ => None,
        }
    }

    /// The property of a dynamic object by name.
    pub(super) fn get_named(
        &mut self,
        base: crate::ir::ExprId,
        name: &str,
        range: TextRange,
    ) -> crate::ir::ExprId {
        let key = self.b.text(name, range);
        self.b.prim(Prim::PropertyGet, vec![base, key], Ty::Dynamic, range)
    }

    /// A call of a function of the prelude with dynamic arguments.
    pub(super) fn prelude_call(
        &mut self,
        name: &str,
        arguments: Vec<crate::ir::ExprId>,
        range: TextRange,
    ) -> Value {
        let (item, reprs) = self.prelude_function(name);
        let result = reprs.1;
        let given = arguments.into_iter().zip(&reprs.0);
        let arguments: Vec<_> =
            given.map(|(id, repr)| self.b.convert(id, Repr::Dynamic, *repr, range)).collect();
        let callee = self.b.item(item);
        let id = self.b.add(Expr::Call { callee, arguments }, result.ty(), range);
        Value { id, repr: result, ty: Type::Any }
    }

    /// The type of a property path's narrowed place, where something is known of it.
    pub(super) fn narrowed(&mut self, syntax: Syntax<'t>) -> Option<Type> {
        let path = self.path(syntax)?;
        self.flow.narrowed.get(&path).cloned()
    }

    /// A new reference to an item.
    pub(super) fn own_ref(&self, name: impl Into<String>) -> Rc<crate::ir::ItemRef> {
        Rc::new(self.types.own_item(&Name::from(name.into())))
    }
}
