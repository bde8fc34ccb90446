//! Names, literals, arrays, objects, templates.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::{Binding, Checker, Meaning, THIS, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::lexer::unescaped;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Member, Parameter, Signature, Type};
use crate::lang::oats::written::{literal, member_name};

impl<'t> Checker<'t, '_> {
    /// The value of a name.
    pub(super) fn name(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let name = self.slice(range);
        if let Some(binding) = self.lookup(name) {
            self.types.used.insert(Name::new(name));
            return self.binding_value(binding, range);
        }
        match name {
            "undefined" => self.undefined(range),
            "NaN" => {
                Value { id: self.b.float(f64::NAN, range), repr: Repr::Float, ty: Type::Number }
            }
            "Infinity" => Value {
                id: self.b.float(f64::INFINITY, range),
                repr: Repr::Float,
                ty: Type::Number,
            },
            "String" | "Number" | "Boolean" => {
                let (item, reprs) = self.prelude_function(&format!("to_{}", name.to_lowercase()));
                let id = self.function_value(item, &reprs.0, reprs.1, range);
                let result = match name {
                    "String" => Type::String,
                    "Number" => Type::Number,
                    _ => Type::Boolean,
                };
                let value = Parameter {
                    name: Name::new("value"),
                    ty: Type::Anything,
                    optional: true,
                    rest: false,
                };
                let signature = Signature { variables: Vec::new(), params: vec![value], result };
                Value { id, repr: Repr::Dynamic, ty: Type::Function(Rc::new(signature)) }
            }
            "console" | "Math" | "println" | "Promise" | "Object" | "Array" => {
                self.unsupported(range, &format!("`{name}` as a value is"));
                self.nothing(range)
            }
            _ => {
                self.unknown_name(name, range);
                self.nothing(range)
            }
        }
    }

    fn binding_value(&mut self, binding: Rc<Binding>, range: TextRange) -> Value {
        let binding = self.looked_at(binding);
        if self.is_too_early(&binding, range) {
            return self.nothing(range);
        }
        let ty = self.current(&(binding.id, Vec::new()), &binding.ty);
        match &binding.meaning {
            Meaning::Local(local, repr) => {
                let value = Value { id: self.b.get(*local, range), repr: *repr, ty };
                self.local_value(&binding, value, range)
            }
            Meaning::LocalFunction(local) => {
                let closure = self.b.get(*local, range);
                let id = self.b.dynamic_function(closure, range);
                Value { id, repr: Repr::Dynamic, ty }
            }
            Meaning::Constant(item, repr) => {
                let item = self.b.item(item.clone());
                let id = self.b.add(Expr::Global(item), repr.ty(), range);
                Value { id, repr: *repr, ty }
            }
            Meaning::Variable(item) => {
                let id = self.cell(item.clone(), range);
                let zero = self.b.literal(Literal::Int(0), range);
                let id = self.b.prim(Prim::ArrayGet, vec![id, zero], Ty::Dynamic, range);
                Value { id, repr: Repr::Dynamic, ty }
            }
            Meaning::Function(item, reprs) => {
                let (item, reprs) = (item.clone(), reprs.clone());
                let id = self.function_value(item, &reprs.0, reprs.1, range);
                Value { id, repr: Repr::Dynamic, ty }
            }
            Meaning::Class(item) | Meaning::Enum(item) => {
                let class = self.b.item((**item).clone());
                let id = self.b.add(Expr::Global(class), Ty::Dynamic, range);
                Value { id, repr: Repr::Dynamic, ty }
            }
            Meaning::Later | Meaning::Nothing => self.nothing(range),
        }
    }

    /// The array that holds the value of a variable of a module.
    pub(super) fn cell(&mut self, item: crate::ir::ItemRef, range: TextRange) -> ExprId {
        let item = self.b.item(item);
        self.b.add(Expr::Global(item), Ty::Array(Box::new(Ty::Dynamic)), range)
    }

    /// A function of a module as a function value: it takes and yields dynamic values.
    fn function_value(
        &mut self,
        item: crate::ir::ItemRef,
        params: &[Repr],
        result: Repr,
        range: TextRange,
    ) -> ExprId {
        let locals: Vec<_> = params.iter().map(|_| self.b.local("", Repr::Dynamic)).collect();
        let mut arguments = Vec::new();
        for (local, repr) in locals.iter().zip(params) {
            let value = self.b.get(*local, range);
            arguments.push(self.b.convert(value, Repr::Dynamic, *repr, range));
        }
        let callee = self.b.item(item);
        let call = self.b.add(Expr::Call { callee, arguments }, result.ty(), range);
        let body = self.b.convert(call, result, Repr::Dynamic, range);
        let ty = Ty::Function(vec![Ty::Dynamic; params.len()], Box::new(Ty::Dynamic));
        let lambda = self.b.add(Expr::Lambda { params: locals, body }, ty, range);
        self.b.dynamic_function(lambda, range)
    }

    pub(super) fn literal(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let ty = literal(syntax, self.text).unwrap_or(Type::Unknown);
        let (literal, repr) = match &ty {
            Type::NumberLiteral(bits) => (Literal::Float(*bits), Repr::Float),
            Type::StringLiteral(text) => (Literal::Text(text.clone()), Repr::Text),
            Type::BooleanLiteral(value) => (Literal::Bool(*value), Repr::Bool),
            _ => return self.nothing(range),
        };
        Value { id: self.b.literal(literal, range), repr, ty }
    }

    pub(super) fn template(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let mut parts = Vec::new();
        let mut exprs = syntax.children();
        for token in syntax.tokens() {
            let written = self.slice(token.range);
            let (written, more) = match token.kind {
                Kind::TemplateHead | Kind::TemplateMiddle => {
                    (written.get(1..written.len() - 2).unwrap_or_default(), true)
                }
                Kind::TemplateWhole | Kind::TemplateTail => {
                    let rest = written.get(1..).unwrap_or_default();
                    (rest.strip_suffix('`').unwrap_or(rest), false)
                }
                _ => continue,
            };
            if !written.is_empty() {
                parts.push(self.b.text(&unescaped(written), token.range));
            }
            if more && let Some(expr) = exprs.next() {
                let value = self.expr(expr, None);
                parts.push(self.string_of(&value, expr.range()));
            }
        }
        let mut parts = parts.into_iter();
        let Some(mut id) = parts.next() else {
            let id = self.b.text("", range);
            return Value { id, repr: Repr::Text, ty: Type::String };
        };
        for part in parts {
            id = self.b.prim(Prim::TextAppend, vec![id, part], Ty::Text, range);
        }
        Value { id, repr: Repr::Text, ty: Type::String }
    }

    /// The value as ECMAScript's `String` converts it.
    pub(super) fn string_of(&mut self, value: &Value, range: TextRange) -> ExprId {
        match value.repr {
            Repr::Text => value.id,
            Repr::Float => self.b.prim(Prim::FloatToText, vec![value.id], Ty::Text, range),
            _ => {
                let id = self.dynamic(value, range);
                self.b.prim(Prim::DynamicString, vec![id], Ty::Text, range)
            }
        }
    }

    pub(super) fn array(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let expected = expected.map(Type::present);
        let (tuple, element) = expected.as_ref().map(expected_elements).unwrap_or_default();
        let mut types = Vec::new();
        let mut spread = false;
        let value = self.with_steps(range, |it| {
            let mut ids = Vec::new();
            let mut array = None;
            for (n, part) in syntax.children().enumerate() {
                if part.kind() == Kind::Spread {
                    spread = true;
                    let local = *array
                        .get_or_insert_with(|| it.start_array(std::mem::take(&mut ids), range));
                    let Some(inner) = part.children().next() else { continue };
                    let value = it.expr(inner, expected.as_ref());
                    types.push(it.element_type(&value.ty, inner.range()));
                    let into = it.b.get(local, range);
                    let more = it.dynamic(&value, inner.range());
                    it.append(into, more, true, range);
                    continue;
                }
                let wanted = tuple.as_ref().and_then(|it| it.get(n)).or(element.as_ref());
                let value = it.expr(part, wanted);
                let wanted = wanted.filter(|it| **it != Type::Unknown);
                let fits = wanted.is_some_and(|wanted| it.types.assignable(&value.ty, wanted));
                types.push(if fits { value.ty.clone() } else { value.ty.widened() });
                let value = it.dynamic(&value, part.range());
                match array {
                    Some(local) => {
                        let into = it.b.get(local, range);
                        it.append(into, value, false, range);
                    }
                    None => ids.push(value),
                }
            }
            let ty = Ty::Array(Box::new(Ty::Dynamic));
            let id = match array {
                Some(local) => it.b.get(local, range),
                None => it.b.add(Expr::Array(ids), ty, range),
            };
            let id = it.b.prim(Prim::ArrayToDynamic, vec![id], Ty::Dynamic, range);
            Value { id, repr: Repr::Dynamic, ty: Type::Unknown }
        });
        let ty = match (tuple, element) {
            (Some(parts), _) if !spread && parts.len() == types.len() => Type::Tuple(types.into()),
            (_, Some(element)) => {
                let fits = types.iter().all(|it| self.types.assignable(it, &element));
                Type::array(if fits && element.is_known() { element } else { Type::union(types) })
            }
            _ if types.is_empty() => Type::array(Type::Any),
            _ => Type::array(self.best_common(types)),
        };
        Value { ty, ..value }
    }

    /// Appends a dynamic value to the array `into`; if it is `spread`, the elements of that value.
    pub(super) fn append(&mut self, into: ExprId, value: ExprId, spread: bool, range: TextRange) {
        if spread {
            let into = self.b.prim(Prim::ArrayToDynamic, vec![into], Ty::Dynamic, range);
            let call = self.prelude_call("array_append", vec![into, value], range);
            self.push(call.id);
        } else {
            let push = self.b.prim(Prim::ArrayPush, vec![into, value], Ty::Unit, range);
            self.push(push);
        }
    }

    /// The type of elements of several types: one that all fit, else their union.
    fn best_common(&mut self, types: Vec<Type>) -> Type {
        let union = Type::union(types);
        for candidate in union.members().to_vec() {
            if self.types.assignable(&union, &candidate) {
                return candidate;
            }
        }
        union
    }

    fn start_array(&mut self, ids: Vec<ExprId>, range: TextRange) -> crate::ir::LocalId {
        let ty = Ty::Array(Box::new(Ty::Dynamic));
        let array = self.b.add(Expr::Array(ids), ty.clone(), range);
        let local = self.b.local_of("", ty);
        self.steps.push(Step::Let(local, array));
        local
    }

    /// The type of what a `for … of` over a value yields.
    pub(super) fn element_type(&mut self, ty: &Type, range: TextRange) -> Type {
        let mut elements = Vec::new();
        for member in ty.members() {
            elements.push(match member {
                Type::Array(element) => self.types.unfolded((**element).clone()),
                Type::Tuple(parts) => Type::union(parts.iter().cloned()),
                Type::String | Type::StringLiteral(_) => Type::String,
                Type::Named(item, arguments) if prelude::is_table(item) => match &arguments[..] {
                    [key, value] => Type::Tuple([key.clone(), value.clone()].into()),
                    _ => arguments.first().cloned().unwrap_or_default(),
                },
                it if it.is_lenient() => Type::Any,
                _ => {
                    let message = format!("`{ty}` is no array");
                    self.error("not-iterable", range, message);
                    return Type::Unknown;
                }
            });
        }
        Type::union(elements)
    }

    pub(super) fn object(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let wanted: Vec<Type> =
            expected.map(|it| it.present().members().to_vec()).unwrap_or_default();
        let wanted = self.likely_object(syntax, wanted);
        let mut members: Vec<Member> = Vec::new();
        let mut open = false;
        let value = self.with_steps(range, |it| {
            let none = it.b.undefined(range);
            let object = it.b.prim(Prim::ObjectNew, vec![none], Ty::Dynamic, range);
            let local = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(local, object));
            for part in syntax.children() {
                if part.kind() == Kind::Spread {
                    open = true;
                    it.spread_object(part, local, &mut members);
                    continue;
                }
                let Some(name) = member_name_of(part, it.text) else { continue };
                let hint = it.property_type(&wanted, &name);
                let value = match part.kind() {
                    Kind::Property => match part.children().next() {
                        Some(expr) => it.expr(expr, hint.as_ref()),
                        None => continue,
                    },
                    Kind::Shorthand => it.shorthand(part, &name),
                    Kind::MethodProperty => it.closure(part, hint.as_ref()),
                    _ => continue,
                };
                let keeps = hint
                    .as_ref()
                    .is_some_and(|hint| !hint.is_lenient() && it.types.assignable(&value.ty, hint));
                let ty = if keeps { value.ty.clone() } else { value.ty.widened() };
                let id = it.dynamic(&value, part.range());
                it.set_named(local, &name, id, part.range());
                members.retain(|it| it.name != name);
                members.push(Member::plain(name, ty));
            }
            let id = it.b.get(local, range);
            Value { id, repr: Repr::Dynamic, ty: Type::Unknown }
        });
        if !open {
            self.check_excess(syntax, &members, &wanted);
        }
        Value { ty: Type::Object(Rc::new(members)), ..value }
    }

    fn shorthand(&mut self, part: Syntax<'t>, name: &str) -> Value {
        let range = part.range();
        match self.lookup(name) {
            Some(binding) => {
                self.types.used.insert(Name::new(name));
                self.binding_value(binding, range)
            }
            None if name == "undefined" => self.undefined(range),
            None => {
                self.unknown_name(name, range);
                self.nothing(range)
            }
        }
    }

    /// Of the types that an object literal may have, those whose literal properties agree with it.
    fn likely_object(&mut self, syntax: Syntax<'t>, wanted: Vec<Type>) -> Vec<Type> {
        if wanted.len() < 2 {
            return wanted;
        }
        let mut likely = wanted.clone();
        for part in syntax.children().filter(|it| it.kind() == Kind::Property) {
            let (Some(name), Some(value)) =
                (member_name_of(part, self.text), part.children().next())
            else {
                continue;
            };
            let Some(own) = literal(value, self.text).filter(|_| {
                matches!(value.kind(), Kind::StringExpr | Kind::NumberExpr | Kind::BoolExpr)
            }) else {
                continue;
            };
            likely.retain(|it| {
                self.types.member(it, &name).is_some_and(|it| self.types.assignable(&own, &it.ty))
            });
        }
        if likely.is_empty() { wanted } else { likely }
    }

    fn property_type(&mut self, wanted: &[Type], name: &str) -> Option<Type> {
        let types: Vec<Type> = wanted
            .iter()
            .filter_map(|it| self.types.member(it, name))
            .map(|it| if it.optional { it.ty.or_undefined() } else { it.ty })
            .collect();
        (!types.is_empty()).then(|| Type::union(types))
    }

    /// A property that the expected type does not have is likely a mistake.
    fn check_excess(&mut self, syntax: Syntax<'t>, members: &[Member], wanted: &[Type]) {
        let structural =
            |it: &Type| matches!(it, Type::Object(_) | Type::Record(_) | Type::Named(..));
        if wanted.is_empty() || !wanted.iter().all(structural) {
            return;
        }
        if wanted.iter().any(|it| matches!(it, Type::Object(all) if all.is_empty())) {
            return;
        }
        for member in members {
            if wanted.iter().any(|it| self.types.member(it, &member.name).is_some()) {
                continue;
            }
            let part = syntax
                .children()
                .find(|it| member_name_of(*it, self.text).as_ref() == Some(&member.name));
            let range = part.map_or(syntax.range(), Syntax::range);
            let expected = Type::union(wanted.iter().cloned());
            let message = format!("`{}` is not a property of `{expected}`", member.name);
            self.error("excess-property", range, message);
        }
    }

    fn spread_object(
        &mut self,
        part: Syntax<'t>,
        into: crate::ir::LocalId,
        members: &mut Vec<Member>,
    ) {
        let Some(inner) = part.children().next() else { return };
        let range = part.range();
        let value = self.expr(inner, None);
        let all = match value.ty.present() {
            Type::Object(all) => all.to_vec(),
            Type::Named(item, arguments) => {
                let all = self.types.members(&item, &arguments);
                all.into_iter().filter(|it| !it.method).collect()
            }
            it if it.is_lenient() => Vec::new(),
            other => {
                self.error("not-an-object", inner.range(), format!("`{other}` is no object"));
                Vec::new()
            }
        };
        for member in all {
            members.retain(|it| it.name != member.name);
            members.push(member);
        }
        let from = self.dynamic(&value, range);
        let to = self.b.get(into, range);
        let call = self.prelude_call("object_assign", vec![to, from], range);
        self.push(call.id);
    }

    /// Sets a property of the object in a local.
    pub(super) fn set_named(
        &mut self,
        object: crate::ir::LocalId,
        name: &str,
        value: ExprId,
        range: TextRange,
    ) {
        let base = self.b.get(object, range);
        let key = self.b.text(name, range);
        let set = self.b.prim(Prim::PropertySet, vec![base, key, value], Ty::Unit, range);
        self.push(set);
    }

    pub(super) fn this_value(&mut self, range: TextRange) -> Value {
        match self.this.last().cloned().flatten() {
            Some(this) => {
                let ty = self.current(&(THIS, Vec::new()), &this.ty);
                Value { id: self.b.get(this.local, range), repr: Repr::Dynamic, ty }
            }
            None => {
                self.error("this-outside", range, "`this` stands outside of a class");
                self.nothing(range)
            }
        }
    }
}

/// What the elements of an array are where a value of this type is expected: those of a tuple one by one, and those of an array.
fn expected_elements(expected: &Type) -> (Option<Rc<[Type]>>, Option<Type>) {
    let tuple = expected.members().iter().find_map(|it| match it {
        Type::Tuple(parts) => Some(parts.clone()),
        _ => None,
    });
    let elements = expected.members().iter().filter_map(|it| match it {
        Type::Array(element) => Some((**element).clone()),
        _ => None,
    });
    let element = Type::union(elements);
    (tuple, Some(element).filter(|it| *it != Type::Never && !it.is_lenient()))
}

/// The name of a property of an object literal.
pub(super) fn member_name_of(part: Syntax<'_>, text: &str) -> Option<Name> {
    match part.kind() {
        Kind::Property | Kind::Shorthand | Kind::MethodProperty => member_name(part, text),
        _ => None,
    }
}
