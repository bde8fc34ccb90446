//! Destructuring.

use crate::base::{Name, TextRange};
use crate::ir::{Expr, Literal, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::{Change, Checker, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

impl<'t> Checker<'t, '_> {
    /// Declares the variables of a pattern with the parts of a value.
    pub(super) fn destructure(&mut self, pattern: Syntax<'t>, value: Value, change: Change) {
        let range = pattern.range();
        let ty = value.ty.clone();
        let id = self.dynamic(&value, range);
        let whole = self.b.local("", Repr::Dynamic);
        self.steps.push(Step::Let(whole, id));
        let is_array = pattern.kind() == Kind::ArrayPattern;
        for (n, element) in
            pattern.children().filter(|it| it.kind() == Kind::PatternElement).enumerate()
        {
            let at = element.range();
            let inner = element
                .children()
                .find(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern));
            let mut names =
                element.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word());
            let first = names.next();
            if first.is_none() && inner.is_none() {
                continue;
            }
            let rest = element.token(Kind::Ellipsis).is_some();
            let part = if rest && is_array {
                self.rest_of(whole, n, &ty, at)
            } else if rest {
                self.unsupported(at, "the rest of an object is");
                self.nothing(at)
            } else if is_array {
                self.element_of_whole(whole, n, &ty, element)
            } else {
                let Some(first) = first else { continue };
                let name = Name::new(self.slice(first.range));
                self.property_of_whole(whole, &name, &ty, element)
            };
            let part = match element.child(Kind::Initializer).and_then(|it| it.children().next()) {
                Some(initial) => self.or_default(part, initial),
                None => part,
            };
            let target = names.next().or(first);
            match (inner, target) {
                (Some(inner), _) => self.destructure(inner, part, change),
                (None, Some(token)) => {
                    let ty = if change == Change::Forbidden {
                        part.ty.clone()
                    } else {
                        part.ty.widened()
                    };
                    self.declare_value(token.range, part, ty, change);
                }
                (None, None) => (),
            }
        }
    }

    /// The elements from the n-th on, of an array in a local.
    pub(super) fn rest_of(&mut self, whole: LocalId, n: usize, ty: &Type, at: TextRange) -> Value {
        let base = self.b.get(whole, at);
        let from = self.b.float(n as f64, at);
        let from = self.b.convert(from, Repr::Float, Repr::Dynamic, at);
        let call = self.prelude_call("array_rest", vec![base, from], at);
        let element = self.element_type(ty, at);
        Value { ty: Type::array(element), ..call }
    }

    /// The n-th element of an array in a local.
    pub(super) fn element_of_whole(
        &mut self,
        whole: LocalId,
        n: usize,
        ty: &Type,
        element: Syntax<'t>,
    ) -> Value {
        let at = element.range();
        let base = self.b.get(whole, at);
        let key = Type::NumberLiteral((n as f64).to_bits());
        let ty = self.element_at(ty, &key, element, at, false);
        let key = self.b.float(n as f64, at);
        let key = self.b.convert(key, Repr::Float, Repr::Dynamic, at);
        let id = self.b.prim(Prim::ElementGet, vec![base, key], Ty::Dynamic, at);
        Value { id, repr: Repr::Dynamic, ty }
    }

    /// A property of an object in a local.
    pub(super) fn property_of_whole(
        &mut self,
        whole: LocalId,
        name: &Name,
        ty: &Type,
        element: Syntax<'t>,
    ) -> Value {
        let at = element.range();
        let base = self.b.get(whole, at);
        let member = self.member_of(ty, name, element, at);
        let ty = member
            .map_or(Type::Unknown, |it| if it.optional { it.ty.or_undefined() } else { it.ty });
        let id = self.get_named(base, name, at);
        Value { id, repr: Repr::Dynamic, ty }
    }

    /// The value of an expression that is taken apart at once: an array is a tuple then.
    pub(super) fn taken_apart(&mut self, value: Syntax<'t>, pattern: Syntax<'t>) -> Value {
        let is_tuple = value.kind() == Kind::ArrayExpr
            && matches!(pattern.kind(), Kind::ArrayExpr | Kind::ArrayPattern)
            && value.child(Kind::Spread).is_none()
            && pattern.child(Kind::Spread).is_none()
            && pattern.children().count() <= value.children().count();
        let parts = vec![Type::Unknown; value.children().count()];
        self.expr(value, is_tuple.then(|| Type::Tuple(parts.into())).as_ref())
    }

    /// A part, or where it is undefined another value.
    pub(super) fn or_default(&mut self, part: Value, initial: Syntax<'t>) -> Value {
        let range = initial.range();
        let ty = part.ty.filtered(|it| *it != Type::Undefined);
        let id = self.dynamic(&part, range);
        let local = self.b.local("", Repr::Dynamic);
        self.steps.push(Step::Let(local, id));
        let given = self.b.get(local, range);
        let undefined = self.b.literal(Literal::Undefined, range);
        let condition = self.b.prim(Prim::DynamicEqual, vec![given, undefined], Ty::Bool, range);
        let value = self.with_steps(range, |it| it.expr(initial, Some(&ty)));
        let then = self.dynamic(&value, range);
        let otherwise = self.b.get(local, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Dynamic, range);
        let ty = Type::union([ty, value.ty.widened()]);
        Value { id, repr: Repr::Dynamic, ty }
    }
}
