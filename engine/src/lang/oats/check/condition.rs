//! Conditions: their truth, and what is known where they hold and where not.

use crate::base::TextRange;
use crate::ir::{Expr, ExprId, Literal, Prim, Ty};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::{Checker, Facts, Meaning, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::Type;
use crate::lang::oats::written::{inside, member_name};

/// A condition: a truth value, what is known where it holds, and where not.
type Condition = (ExprId, Facts, Facts);

impl<'t> Checker<'t, '_> {
    /// An expression where a truth value is needed.
    pub(super) fn condition(&mut self, syntax: Syntax<'t>) -> Condition {
        let range = syntax.range();
        match syntax.kind() {
            Kind::ParenExpr => match syntax.children().next() {
                Some(inner) => self.condition(inner),
                None => (self.b.literal(Literal::Bool(false), range), Vec::new(), Vec::new()),
            },
            Kind::UnaryExpr if syntax.token(Kind::Bang).is_some() => {
                let Some(inner) = syntax.children().next() else {
                    return (self.b.literal(Literal::Bool(false), range), Vec::new(), Vec::new());
                };
                let (id, holds, fails) = self.condition(inner);
                let id = self.b.prim(Prim::BoolNot, vec![id], Ty::Bool, range);
                (id, fails, holds)
            }
            Kind::BinaryExpr => {
                let sign = syntax.tokens().next().map(|it| it.kind);
                let operands: Vec<Syntax<'t>> = syntax.children().collect();
                match (sign, &operands[..]) {
                    (Some(Kind::AndAnd | Kind::OrOr), [left, right]) => {
                        self.both(*left, *right, sign == Some(Kind::AndAnd), range)
                    }
                    (
                        Some(
                            Kind::EqualEqual
                            | Kind::EqualEqualEqual
                            | Kind::NotEqual
                            | Kind::NotEqualEqual
                            | Kind::Instanceof
                            | Kind::In,
                        ),
                        [left, right],
                    ) => {
                        let (holds, fails) = self.facts(sign, *left, *right);
                        let value = self.binary(syntax, None);
                        (self.truth(&value, range), holds, fails)
                    }
                    _ => self.plain_condition(syntax),
                }
            }
            _ => self.plain_condition(syntax),
        }
    }

    fn plain_condition(&mut self, syntax: Syntax<'t>) -> Condition {
        let value = self.expr(syntax, None);
        if value.ty == Type::Void {
            let message = "a `void` has no truth value";
            self.error("void-condition", syntax.range(), message);
        }
        if let Some((holds, fails)) = self.array_test(syntax) {
            return (self.truth(&value, syntax.range()), holds, fails);
        }
        let (holds, fails) = match self.path(syntax) {
            Some(path) => {
                let (yes, no) = self.types.by_truth(&value.ty);
                let mut facts = (vec![(path.clone(), yes)], vec![(path, no)]);
                self.by_discriminant(syntax, &mut facts);
                facts
            }
            None => {
                let optional = self.optional_base(syntax);
                let facts = optional.map(|(path, ty)| (path, ty.present()));
                (facts.into_iter().collect(), Vec::new())
            }
        };
        (self.truth(&value, syntax.range()), holds, fails)
    }

    /// The place and its types where `Array.isArray(x)` is asked.
    fn array_test(&mut self, syntax: Syntax<'t>) -> Option<(Facts, Facts)> {
        let callee = syntax.children().next().filter(|_| syntax.kind() == Kind::CallExpr)?;
        let asks = self.slice(callee.range()) == "Array.isArray" && self.is_builtin("Array");
        let list = syntax.child(Kind::Arguments).filter(|_| asks)?;
        let part = list.children().next()?;
        let (path, ty) = (self.path(part)?, self.type_at(part)?);
        let (mut yes, mut no) = (Vec::new(), Vec::new());
        for member in ty.members() {
            match member {
                Type::Array(_) | Type::Tuple(_) => yes.push(member.clone()),
                Type::Any | Type::Unknown | Type::Anything | Type::Param(_) => {
                    yes.push(Type::array(Type::Any));
                    no.push(member.clone());
                }
                _ => no.push(member.clone()),
            }
        }
        Some((vec![(path.clone(), Type::union(yes))], vec![(path, Type::union(no))]))
    }

    /// What a true or false property tells of the object that has it.
    fn by_discriminant(&mut self, syntax: Syntax<'t>, facts: &mut (Facts, Facts)) {
        if syntax.kind() != Kind::MemberExpr {
            return;
        }
        let Some((base, name)) = syntax.children().next().zip(member_name(syntax, self.text))
        else {
            return;
        };
        let Some(path) = self.path(base) else { return };
        let Some(ty) = self.type_at(base).filter(|it| matches!(it, Type::Union(_))) else { return };
        let yes = self.types.by_property(&ty, &name, |types, property| {
            property.is_none_or(|it| types.by_truth(&it).0 != Type::Never)
        });
        let no = self.types.by_property(&ty, &name, |types, property| {
            property.is_none_or(|it| types.by_truth(&it).1 != Type::Never)
        });
        facts.0.push((path.clone(), yes));
        facts.1.push((path, no));
    }

    /// The base of `a?.b`, which is there where the whole is.
    fn optional_base(&mut self, syntax: Syntax<'t>) -> Option<(super::Path, Type)> {
        let mut at = syntax;
        loop {
            if !matches!(
                at.kind(),
                Kind::MemberExpr | Kind::CallExpr | Kind::IndexExpr | Kind::ParenExpr
            ) {
                return None;
            }
            let base = at.children().next()?;
            if at.token(Kind::QuestionDot).is_some()
                && let Some(path) = self.path(base)
            {
                let ty = self.type_at(base)?;
                return Some((path, ty));
            }
            at = base;
        }
    }

    /// The type of a variable or of a property path, without evaluating it.
    pub(super) fn type_at(&mut self, syntax: Syntax<'t>) -> Option<Type> {
        if let Some(ty) = self.narrowed(syntax) {
            return Some(ty);
        }
        match syntax.kind() {
            Kind::NameExpr => Some(self.lookup(self.slice(syntax.range()))?.ty.clone()),
            Kind::ThisExpr => self.this.last().cloned().flatten().map(|it| it.ty),
            Kind::ParenExpr => self.type_at(syntax.children().next()?),
            Kind::NonNullExpr => Some(self.type_at(syntax.children().next()?)?.present()),
            Kind::MemberExpr => {
                let base = self.type_at(syntax.children().next()?)?.present();
                let name = member_name(syntax, self.text)?;
                let mut types = Vec::new();
                for member in base.members() {
                    let member = self.types.member(member, &name)?;
                    types.push(if member.optional { member.ty.or_undefined() } else { member.ty });
                }
                Some(Type::union(types))
            }
            _ => None,
        }
    }

    /// The truth of a value.
    pub(super) fn truth(&mut self, value: &Value, range: TextRange) -> ExprId {
        match value.repr {
            Repr::Bool => value.id,
            _ => {
                let id = self.dynamic(value, range);
                self.b.prim(Prim::DynamicTruth, vec![id], Ty::Bool, range)
            }
        }
    }

    /// `left && right` or `left || right`.
    fn both(
        &mut self,
        left: Syntax<'t>,
        right: Syntax<'t>,
        and: bool,
        range: TextRange,
    ) -> Condition {
        let (condition, left_holds, left_fails) = self.condition(left);
        let before = self.flow.clone();
        let given = if and { left_holds.clone() } else { left_fails.clone() };
        let outer = std::mem::take(&mut self.steps);
        self.learn(given);
        let (value, right_holds, right_fails) = self.condition(right);
        let steps = std::mem::replace(&mut self.steps, outer);
        let value = self.b.block(steps, Some(value), right.range());
        self.flow = before;
        let short = self.b.literal(Literal::Bool(!and), range);
        let (then, otherwise) = if and { (value, short) } else { (short, value) };
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Bool, range);
        let together = |first: Facts, second: Facts| {
            let mut all = first;
            all.retain(|it| !second.iter().any(|other| other.0 == it.0));
            all.extend(second);
            all
        };
        if and {
            let fails = either(&left_fails, &right_fails);
            (id, together(left_holds, right_holds), fails)
        } else {
            let holds = either(&left_holds, &right_holds);
            (id, holds, together(left_fails, right_fails))
        }
    }

    /// What a comparison tells of the places that it compares.
    pub(super) fn facts(
        &mut self,
        sign: Option<Kind>,
        left: Syntax<'t>,
        right: Syntax<'t>,
    ) -> (Facts, Facts) {
        let equal = matches!(sign, Some(Kind::EqualEqual | Kind::EqualEqualEqual));
        let loose = matches!(sign, Some(Kind::EqualEqual | Kind::NotEqual));
        let (mut holds, mut fails) = match sign {
            Some(Kind::Instanceof) => return self.instance_facts(left, right),
            Some(Kind::In) => return self.in_facts(left, right),
            _ => {
                let mut facts = self.equality_facts(left, right, loose);
                let more = self.equality_facts(right, left, loose);
                facts.0.extend(more.0);
                facts.1.extend(more.1);
                facts
            }
        };
        if !equal {
            std::mem::swap(&mut holds, &mut fails);
        }
        (holds, fails)
    }

    fn equality_facts(
        &mut self,
        place: Syntax<'t>,
        other: Syntax<'t>,
        loose: bool,
    ) -> (Facts, Facts) {
        let none = (Vec::new(), Vec::new());
        if let Some((base, word)) = self.typeof_test(place, other) {
            let (Some(path), Some(ty)) = (self.path(base), self.type_at(base)) else { return none };
            let (yes, no) = self.types.by_typeof(&ty, &word);
            return (vec![(path.clone(), yes)], vec![(path, no)]);
        }
        let Some(value) = self.known_type(other) else { return none };
        let Some(ty) = self.type_at(place) else {
            if value.is_nothing() {
                let base = self.optional_base(place);
                return (
                    Vec::new(),
                    base.map(|(path, ty)| (path, ty.present())).into_iter().collect(),
                );
            }
            let base = self.optional_base(place);
            return (base.map(|(path, ty)| (path, ty.present())).into_iter().collect(), Vec::new());
        };
        let mut holds = Vec::new();
        let mut fails = Vec::new();
        if let Some(path) = self.path(place) {
            let (yes, no) = if loose && value.is_nothing() {
                (ty.filtered(Type::is_nothing), ty.present())
            } else {
                self.types.by_equality(&ty, &value)
            };
            holds.push((path.clone(), yes));
            fails.push((path, no));
        }
        if place.kind() == Kind::MemberExpr {
            self.property_facts(place, &value, &mut holds, &mut fails);
        }
        (holds, fails)
    }

    /// What the value of a property tells of the object that has it.
    fn property_facts(
        &mut self,
        place: Syntax<'t>,
        value: &Type,
        holds: &mut Facts,
        fails: &mut Facts,
    ) {
        let Some((base, name)) = place.children().next().zip(member_name(place, self.text)) else {
            return;
        };
        let (Some(path), Some(ty)) = (self.path(base), self.type_at(base)) else { return };
        if !matches!(ty, Type::Union(_)) {
            return;
        }
        let yes = self.types.by_property(&ty, &name, |types, property| {
            property.is_none_or(|it| types.by_equality(&it, value).0 != Type::Never)
        });
        let no = self.types.by_property(&ty, &name, |types, property| {
            property.is_none_or(|it| types.by_equality(&it, value).1 != Type::Never)
        });
        holds.push((path.clone(), yes));
        fails.push((path, no));
    }

    /// `typeof x` and a word.
    fn typeof_test(
        &mut self,
        place: Syntax<'t>,
        other: Syntax<'t>,
    ) -> Option<(Syntax<'t>, String)> {
        let is_typeof = place.kind() == Kind::UnaryExpr && place.token(Kind::Typeof).is_some();
        let is_word = other.kind() == Kind::StringExpr;
        (is_typeof && is_word).then(|| {
            Some((place.children().next()?, inside(self.slice(other.range())).to_owned()))
        })?
    }

    /// The type of an expression with which a place is compared, where it says something.
    fn known_type(&mut self, syntax: Syntax<'t>) -> Option<Type> {
        match syntax.kind() {
            Kind::NullExpr => Some(Type::Null),
            Kind::StringExpr | Kind::NumberExpr | Kind::BoolExpr | Kind::UnaryExpr => {
                crate::lang::oats::written::literal(syntax, self.text)
            }
            Kind::NameExpr if self.slice(syntax.range()) == "undefined" => Some(Type::Undefined),
            Kind::ParenExpr => self.known_type(syntax.children().next()?),
            Kind::NameExpr | Kind::MemberExpr => {
                let ty = self.type_at(syntax)?;
                let literal = ty.is_single() && !ty.is_nothing();
                literal.then_some(ty)
            }
            _ => None,
        }
    }

    fn instance_facts(&mut self, left: Syntax<'t>, right: Syntax<'t>) -> (Facts, Facts) {
        let none = (Vec::new(), Vec::new());
        let Some(class) = self.class_named(right) else { return none };
        let (Some(path), Some(ty)) = (self.path(left), self.type_at(left)) else { return none };
        let (yes, no) = self.types.by_class(&ty, &class);
        (vec![(path.clone(), yes)], vec![(path, no)])
    }

    /// The class that an expression names.
    pub(super) fn class_named(
        &mut self,
        syntax: Syntax<'t>,
    ) -> Option<std::rc::Rc<crate::ir::ItemRef>> {
        if syntax.kind() != Kind::NameExpr {
            return None;
        }
        let name = self.slice(syntax.range());
        match self.lookup(name).map(|it| it.meaning.clone()) {
            Some(Meaning::Class(item)) => {
                self.check_order(name, syntax.range());
                Some(item)
            }
            None if !self.is_prelude && prelude::exports_type(name) => {
                let name = crate::base::Name::new(name);
                let module = prelude::path();
                Some(std::rc::Rc::new(crate::ir::ItemRef { module, name }))
            }
            _ => None,
        }
    }

    fn in_facts(&mut self, left: Syntax<'t>, right: Syntax<'t>) -> (Facts, Facts) {
        let none = (Vec::new(), Vec::new());
        if left.kind() != Kind::StringExpr {
            return none;
        }
        let name = inside(self.slice(left.range())).to_owned();
        let (Some(path), Some(ty)) = (self.path(right), self.type_at(right)) else { return none };
        let mut may_have = |has: bool| {
            let mut kept = Vec::new();
            for member in ty.members() {
                let found = self.types.member(member, &name);
                let fits = match found {
                    Some(found) => has || found.optional,
                    None => !has,
                };
                if fits {
                    kept.push(member.clone());
                }
            }
            Type::union(kept)
        };
        let (yes, no) = (may_have(true), may_have(false));
        (vec![(path.clone(), yes)], vec![(path, no)])
    }
}

/// What is known where one of two things holds: of the places of which both tell something.
fn either(first: &Facts, second: &Facts) -> Facts {
    let mut all = Vec::new();
    for (path, ty) in first {
        if let Some((_, other)) = second.iter().find(|it| it.0 == *path) {
            all.push((path.clone(), Type::union([ty.clone(), other.clone()])));
        }
    }
    all
}
