//! Members and elements.

use std::rc::Rc;

use crate::base::{Finding, Name, TextRange, nearest};
use crate::ir::{Expr, ExprId, ItemRef, Literal, Prim, Ty};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::{Checker, Meaning, Value};
use crate::lang::oats::decl::{EnumValue, Syntax};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Access, Member, Type};
use crate::lang::oats::written::member_name;

impl<'t> Checker<'t, '_> {
    /// `a.b` and `a?.b`.
    pub(super) fn member_expr(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let Some((base, name)) = syntax.children().next().zip(member_name(syntax, self.text))
        else {
            if let Some(base) = syntax.children().next() {
                self.expr(base, None);
            }
            return self.nothing(range);
        };
        if let Some(value) = self.static_value(base, &name, range) {
            return value;
        }
        if base.kind() == Kind::SuperExpr {
            return self.super_getter(&name, range);
        }
        let object = self.expr(base, None);
        let optional = syntax.token(Kind::QuestionDot).is_some();
        let narrowed = self.narrowed(syntax);
        self.when_present(object, optional || is_chain(base), base.range(), range, |it, object| {
            let value = it.property(&object, &name, syntax, base.range());
            match narrowed {
                Some(ty) => Value { ty, ..value },
                None => value,
            }
        })
    }

    /// Goes on with a value where it is there; yields undefined otherwise, if `optional`.
    pub(super) fn when_present(
        &mut self,
        value: Value,
        optional: bool,
        value_range: TextRange,
        range: TextRange,
        then: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let may_lack = value.ty.includes(Type::is_nothing) || value.ty.is_lenient();
        // An element outside of an array is missing, too, which its type does not say.
        if !optional || !may_lack && value.repr != Repr::Dynamic {
            return then(self, value);
        }
        self.with_steps(range, |it| {
            let ty = value.ty.present();
            let (local, repr) = it.keep(value, "", value_range);
            let absent = it.is_nothing(local, repr, range);
            let before = it.flow.clone();
            let found = it.with_steps(range, |it| {
                let id = it.b.get(local, range);
                then(it, Value { id, repr, ty })
            });
            it.flow = before;
            let nothing = it.undefined(range);
            let known = found.ty.clone();
            let value = it.choice(absent, nothing, found, range);
            if may_lack { value } else { Value { ty: known, ..value } }
        })
    }

    /// A property of an object.
    pub(super) fn property(
        &mut self,
        object: &Value,
        name: &Name,
        syntax: Syntax<'t>,
        base_range: TextRange,
    ) -> Value {
        let range = syntax.range();
        let Some(member) = self.member_of(&object.ty, name, syntax, base_range) else {
            return self.nothing(range);
        };
        let ty = if member.optional { member.ty.or_undefined() } else { member.ty };
        if name == "length" {
            let all = |test: fn(&Type) -> bool| object.ty.members().iter().all(test);
            if object.repr == Repr::Text {
                let id = self.b.prim(Prim::TextLength, vec![object.id], Ty::Int, range);
                let id = self.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
                return Value { id, repr: Repr::Float, ty };
            }
            if all(|it| matches!(it, Type::Array(_) | Type::Tuple(_))) {
                let array = self.array_of(object, base_range);
                let id = self.b.prim(Prim::ArrayLength, vec![array], Ty::Int, range);
                let id = self.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
                return Value { id, repr: Repr::Float, ty };
            }
        }
        let base = self.dynamic(object, base_range);
        let id = if member.accessor {
            let name = Name::from(format!("get {name}"));
            self.b.add(Expr::Method { base, name, arguments: Vec::new() }, Ty::Dynamic, range)
        } else {
            self.get_named(base, name, range)
        };
        Value { id, repr: Repr::Dynamic, ty }
    }

    /// The array of the representation that a value is.
    pub(super) fn array_of(&mut self, value: &Value, range: TextRange) -> ExprId {
        let id = self.dynamic(value, range);
        self.b.prim(Prim::DynamicToArray, vec![id], Ty::Array(Box::new(Ty::Dynamic)), range)
    }

    /// The member of a type, which may be a union: then all must have it. Reports where there is none.
    pub(super) fn member_of(
        &mut self,
        ty: &Type,
        name: &Name,
        syntax: Syntax<'t>,
        base_range: TextRange,
    ) -> Option<Member> {
        let range = member_range(syntax);
        if ty.is_lenient() {
            return Some(Member::plain(name.clone(), Type::Any));
        }
        if ty.includes(Type::is_nothing) || *ty == Type::Anything {
            let what = if *ty == Type::Anything { "is `unknown`" } else { "may be missing" };
            let message = format!("the object of `.{name}` {what}: its type is `{ty}`");
            let finding = if *ty == Type::Anything {
                Finding::error("unknown-object", base_range, message)
            } else {
                Finding::error("possibly-missing", base_range, message)
            };
            let finding = finding.label(format!("this is `{ty}`"));
            self.report(finding.help("test it before, or use `?.`"));
            let rest = ty.present();
            if *ty == Type::Anything || rest == Type::Never {
                return None;
            }
            return self.member_of(&rest, name, syntax, base_range);
        }
        let mut found: Option<Member> = None;
        for one in ty.members() {
            let Some(member) = self.types.member(one, name) else {
                self.no_member(ty, one, name, range);
                return None;
            };
            self.check_access(&member, one, range);
            found = Some(match found {
                None => member,
                Some(before) => Member {
                    ty: Type::union([before.ty.clone(), member.ty.clone()]),
                    optional: before.optional || member.optional,
                    readonly: before.readonly || member.readonly,
                    accessor: false,
                    ..before
                },
            });
        }
        if found.is_none() {
            self.no_member(ty, ty, name, range);
        }
        found
    }

    /// Says where a member is used by who may not.
    pub(super) fn check_access(&mut self, member: &Member, ty: &Type, range: TextRange) {
        let (Type::Named(item, _) | Type::Class(item)) = ty else { return };
        if member.access == Access::Public || self.is_prelude {
            return;
        }
        let Some(owner) = self.owner_of(item, &member.name) else { return };
        let (word, allowed) = match &self.class {
            Some(class) if member.access == Access::Protected => {
                let class = class.clone();
                ("protected", self.types.extends(&class, &owner))
            }
            class if member.access == Access::Private => ("private", *class == Some(owner.clone())),
            _ => ("protected", false),
        };
        if !allowed {
            let message = format!("`{}` is {word} in `{}`", member.name, owner.name);
            self.error("private-member", range, message);
        }
    }

    /// The class in which a member of a class is declared.
    fn owner_of(&mut self, class: &Rc<ItemRef>, name: &str) -> Option<Rc<ItemRef>> {
        let mut at = class.clone();
        for _ in 0..1000 {
            let declaration = self.types.declaration(&at)?;
            let mut all = declaration.members.iter().chain(&declaration.statics);
            if all.any(|it| it.name == name) {
                return Some(at);
            }
            at = self.types.parent(&at)?;
        }
        None
    }

    fn no_member(&mut self, ty: &Type, one: &Type, name: &Name, range: TextRange) {
        let method = builtin_owner(one).map(|owner| format!("{owner}_{name}"));
        if !self.is_prelude && method.as_deref().is_some_and(prelude::has_value) {
            let what = format!("the method `{name}` without a call is");
            return self.unsupported(range, &what);
        }
        let message = if ty == one {
            format!("`{ty}` has no member `{name}`")
        } else {
            format!("`{one}`, one of `{ty}`, has no member `{name}`")
        };
        let mut finding = Finding::error("unknown-member", range, message);
        let known: Vec<Name> = match one {
            Type::Object(members) => members.iter().map(|it| it.name.clone()).collect(),
            Type::Named(item, arguments) => {
                let all = self.types.members(&item.clone(), &arguments.clone());
                all.into_iter().map(|it| it.name).collect()
            }
            _ => Vec::new(),
        };
        if let Some(similar) = nearest(name, known.iter().map(Name::as_str)) {
            finding = finding.fix(format!("write `{similar}`"), range, similar);
        }
        self.report(finding);
    }

    /// The item and the type of a static member of a class or of one that it extends.
    pub(super) fn static_member(
        &mut self,
        class: &Rc<ItemRef>,
        name: &str,
    ) -> Option<(ItemRef, Member)> {
        let mut at = Some(class.clone());
        while let Some(item) = at {
            let declaration = self.types.declaration(&item)?;
            if let Some(member) = declaration.statics.iter().find(|it| it.name == name) {
                let name = Name::from(format!("$static_{}_{name}", item.name));
                return Some((ItemRef { module: item.module.clone(), name }, member.clone()));
            }
            at = self.types.parent(&item);
        }
        None
    }

    /// `E.A`, `C.x`, `Math.PI`: a member of what is no object.
    fn static_value(&mut self, base: Syntax<'t>, name: &Name, range: TextRange) -> Option<Value> {
        if base.kind() != Kind::NameExpr {
            return None;
        }
        let owner = self.slice(base.range());
        let Some(binding) = self.lookup(owner) else {
            return self.builtin_constant(owner, name, range);
        };
        self.check_order(owner, base.range());
        match &binding.meaning {
            Meaning::Enum(item) => {
                self.types.used.insert(Name::new(owner));
                let item = item.clone();
                Some(self.enum_member(&item, name, range))
            }
            Meaning::Class(item) if name != "name" => {
                self.types.used.insert(Name::new(owner));
                let item = item.clone();
                let Some((item, member)) = self.static_member(&item, name) else {
                    let message = format!("the class `{owner}` has no static member `{name}`");
                    self.error("unknown-member", range, message);
                    return Some(self.nothing(range));
                };
                self.check_access(&member, &binding.ty, range);
                if member.method {
                    self.unsupported(range, "a static method without a call is");
                    return Some(self.nothing(range));
                }
                let cell = self.cell(item, range);
                let zero = self.b.literal(Literal::Int(0), range);
                let id = self.b.prim(Prim::ArrayGet, vec![cell, zero], Ty::Dynamic, range);
                Some(Value { id, repr: Repr::Dynamic, ty: member.ty })
            }
            _ => None,
        }
    }

    fn enum_member(&mut self, item: &Rc<ItemRef>, name: &Name, range: TextRange) -> Value {
        let value = self.types.declaration(item).and_then(|it| it.enum_value(name));
        let ty = Type::EnumMember(item.clone(), name.clone());
        match value {
            Some(EnumValue::Number(value)) => {
                Value { id: self.b.float(value, range), repr: Repr::Float, ty }
            }
            Some(EnumValue::Text(text)) => {
                Value { id: self.b.text(&text, range), repr: Repr::Text, ty }
            }
            None => {
                let message = format!("the enum `{}` has no member `{name}`", item.name);
                self.error("unknown-member", range, message);
                self.nothing(range)
            }
        }
    }

    fn builtin_constant(&mut self, owner: &str, name: &str, range: TextRange) -> Option<Value> {
        let value = match (owner, name) {
            ("Math", "PI") => std::f64::consts::PI,
            ("Math", "E") => std::f64::consts::E,
            ("Math", "SQRT2") => std::f64::consts::SQRT_2,
            ("Math", "LN2") => std::f64::consts::LN_2,
            ("Math", "LN10") => std::f64::consts::LN_10,
            ("Number", "MAX_SAFE_INTEGER") => 9_007_199_254_740_991.0,
            ("Number", "MIN_SAFE_INTEGER") => -9_007_199_254_740_991.0,
            ("Number", "MAX_VALUE") => f64::MAX,
            ("Number", "MIN_VALUE") => 5e-324,
            ("Number", "EPSILON") => f64::EPSILON,
            ("Number", "POSITIVE_INFINITY") => f64::INFINITY,
            ("Number", "NEGATIVE_INFINITY") => f64::NEG_INFINITY,
            ("Number", "NaN") => f64::NAN,
            ("Math" | "console" | "Promise" | "Object" | "Array" | "Number" | "String", _) => {
                self.unsupported(range, &format!("`{owner}.{name}` here is"));
                return Some(self.nothing(range));
            }
            _ => return None,
        };
        Some(Value { id: self.b.float(value, range), repr: Repr::Float, ty: Type::Number })
    }

    /// `a[b]` and `a?.[b]`.
    pub(super) fn index_expr(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let mut parts = syntax.children();
        let (Some(base), Some(key)) = (parts.next(), parts.next()) else {
            return self.nothing(range);
        };
        let object = self.expr(base, None);
        let optional = syntax.token(Kind::QuestionDot).is_some() || is_chain(base);
        self.when_present(object, optional, base.range(), range, |it, object| {
            let key_value = it.expr(key, None);
            let ty = it.element_at(&object.ty, &key_value.ty, key, range, false);
            let base = it.dynamic(&object, base.range());
            let key = it.dynamic(&key_value, key.range());
            let id = it.b.prim(Prim::ElementGet, vec![base, key], Ty::Dynamic, range);
            Value { id, repr: Repr::Dynamic, ty }
        })
    }

    /// The type of an element of a type at a key.
    pub(super) fn element_at(
        &mut self,
        ty: &Type,
        key: &Type,
        syntax: Syntax<'t>,
        range: TextRange,
        writes: bool,
    ) -> Type {
        if ty.is_lenient() {
            return Type::Any;
        }
        if ty.includes(Type::is_nothing) {
            let message = format!("the array may be missing: its type is `{ty}`");
            let finding = Finding::error("possibly-missing", range, message);
            self.report(finding.help("test it before, or use `?.[…]`"));
            return Type::Unknown;
        }
        let mut types = Vec::new();
        for one in ty.members() {
            let by_number = matches!(
                one,
                Type::Array(_) | Type::Tuple(_) | Type::String | Type::StringLiteral(_)
            );
            if by_number && !self.is_numeric(key) {
                let message =
                    format!("the index of `{one}` is a number, but this is `{}`", key.widened());
                self.error("index", syntax.range(), message);
                return Type::Unknown;
            }
            types.push(match (one, key) {
                (Type::Array(element), _) => self.types.unfolded((**element).clone()),
                (Type::Tuple(parts), Type::NumberLiteral(bits)) => {
                    self.tuple_part(one, parts, f64::from_bits(*bits), syntax.range())
                }
                (Type::Tuple(parts), _) => Type::union(parts.iter().cloned()),
                (Type::String | Type::StringLiteral(_), _) if !writes => Type::String,
                (Type::Record(value), _) if self.is_numeric(key) || key.is_string() => {
                    self.types.unfolded((**value).clone())
                }
                (Type::Enum(_), _) if !writes && self.is_numeric(key) => Type::String,
                (_, Type::StringLiteral(name)) => match self.types.member(one, name) {
                    Some(member) if member.optional => member.ty.or_undefined(),
                    Some(member) => member.ty,
                    None => {
                        self.no_member(ty, one, name, syntax.range());
                        Type::Unknown
                    }
                },
                _ => {
                    let message = format!("`{one}` has no elements at `{key}`");
                    self.error("index", range, message);
                    Type::Unknown
                }
            });
        }
        Type::union(types)
    }

    /// The type of the part of a tuple at an index.
    fn tuple_part(&mut self, tuple: &Type, parts: &[Type], at: f64, range: TextRange) -> Type {
        match parts.iter().enumerate().find(|it| it.0 as f64 == at) {
            Some((_, part)) => self.types.unfolded(part.clone()),
            None => {
                let message = format!("`{tuple}` has {} elements, none at {at}", parts.len());
                self.error("index", range, message);
                Type::Unknown
            }
        }
    }
}

/// Whether a `?.` in a base ends its whole chain.
pub(super) fn is_chain(base: Syntax<'_>) -> bool {
    let mut at = base;
    loop {
        if !matches!(at.kind(), Kind::MemberExpr | Kind::IndexExpr | Kind::CallExpr) {
            return false;
        }
        if at.token(Kind::QuestionDot).is_some() {
            return true;
        }
        match at.children().next() {
            Some(inner) => at = inner,
            None => return false,
        }
    }
}

/// Where the name of a member stands.
pub(super) fn member_range(syntax: Syntax<'_>) -> TextRange {
    let names = syntax.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word());
    names.last().map_or(syntax.range(), |it| it.range)
}

/// The first part of the names of the prelude's functions that are methods of a type.
pub(super) fn builtin_owner(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Array(_) | Type::Tuple(_) => Some("array"),
        Type::String | Type::StringLiteral(_) => Some("string"),
        Type::Number | Type::NumberLiteral(_) => Some("number"),
        Type::Boolean | Type::BooleanLiteral(_) => Some("boolean"),
        _ => None,
    }
}

/// The name of a method's item: a constant of the class.
pub(super) fn class_value(item: &ItemRef) -> ItemRef {
    item.clone()
}

impl Checker<'_, '_> {
    /// A class as a value.
    pub(super) fn class_expr(&mut self, item: &ItemRef, range: TextRange) -> ExprId {
        let item = self.b.item(class_value(item));
        self.b.add(Expr::Global(item), Ty::Dynamic, range)
    }
}
