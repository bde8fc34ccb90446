//! Calls and `new`.

use std::rc::Rc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Expr, ExprId, ItemRef, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::member::{builtin_owner, is_chain};
use crate::lang::oats::check::{Checker, Meaning, Value, representations};
use crate::lang::oats::decl::{DeclarationKind, Syntax};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Parameter, Signature, Type, Variable};
use crate::lang::oats::written::member_name;

/// The arguments of a call, each in the representation of its parameter, and what the result is.
pub(super) struct Arguments {
    pub(super) ids: Vec<ExprId>,
    pub(super) result: Type,
}

/// What the type variables of a call stand for.
struct Implied<'s> {
    signature: &'s Signature,
    found: Vec<(Variable, Type)>,
    /// What they stand for where no argument tells.
    hints: Vec<(Variable, Type)>,
    /// Whether it is written, and arguments tell nothing.
    explicit: bool,
}

impl Implied<'_> {
    /// The type with what the variables stand for; `rest` stands for those of which nothing is known.
    fn applied(&self, ty: &Type, rest: Type) -> Type {
        substituted(ty, &self.signature.variables, &self.found, &self.hints, rest)
    }
}

impl<'t> Checker<'t, '_> {
    pub(super) fn call(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let Some(callee) = syntax.children().next() else { return self.nothing(range) };
        match callee.kind() {
            Kind::SuperExpr => return self.super_call(syntax),
            Kind::NameExpr => {
                let name = self.slice(callee.range());
                match self.lookup(name) {
                    None => {
                        if let Some(value) = self.builtin_call(name, syntax) {
                            return value;
                        }
                    }
                    Some(binding) => {
                        if let Some(value) = self.known_call(&binding, name, syntax, expected) {
                            return value;
                        }
                    }
                }
            }
            Kind::MemberExpr => {
                if let Some(value) = self.method_call(callee, syntax, expected) {
                    return value;
                }
            }
            _ => (),
        }
        let function = self.expr(callee, None);
        let optional = syntax.token(Kind::QuestionDot).is_some() || is_chain(callee);
        self.when_present(function, optional, callee.range(), range, |it, function| {
            it.apply(function, callee, syntax, expected)
        })
    }

    /// A call of a function that is known by name.
    fn known_call(
        &mut self,
        binding: &super::Binding,
        name: &str,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Option<Value> {
        let range = syntax.range();
        let place = (!binding.range.is_empty()).then_some(binding.range);
        let Type::Function(signature) = &binding.ty else {
            if matches!(binding.meaning, Meaning::Class(_)) {
                self.error("class-call", range, format!("the class `{name}` is made with `new`"));
                self.loose_arguments(syntax);
                return Some(self.nothing(range));
            }
            return None;
        };
        match &binding.meaning {
            Meaning::Function(item, reprs) => {
                self.types.used.insert(Name::new(name));
                let (item, reprs) = (item.clone(), reprs.clone());
                Some(self.direct_call(item, signature, &reprs, name, place, syntax, expected))
            }
            Meaning::LocalFunction(local) => {
                let reprs = vec![Repr::Dynamic; signature.params.len()];
                let local = *local;
                let value = self.with_steps(range, |it| {
                    let arguments = it.arguments(signature, &reprs, name, place, syntax, expected);
                    let callee = it.b.get(local, range);
                    let apply = Expr::Apply { callee, arguments: arguments.ids };
                    let id = it.b.add(apply, Ty::Dynamic, range);
                    Value { id, repr: Repr::Dynamic, ty: arguments.result }
                });
                Some(value)
            }
            _ => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "all of them describe the one call")]
    fn direct_call(
        &mut self,
        item: ItemRef,
        signature: &Signature,
        reprs: &(Vec<Repr>, Repr),
        name: &str,
        place: Option<TextRange>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = syntax.range();
        self.with_steps(range, |it| {
            let arguments = it.arguments(signature, &reprs.0, name, place, syntax, expected);
            let callee = it.b.item(item);
            let call = Expr::Call { callee, arguments: arguments.ids };
            let id = it.b.add(call, reprs.1.ty(), range);
            Value { id, repr: reprs.1, ty: arguments.result }
        })
    }

    /// The application of a function value.
    fn apply(
        &mut self,
        function: Value,
        callee: Syntax<'t>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = syntax.range();
        let Some(signature) = self.signature_of(&function.ty, callee.range()) else {
            let ids = self.loose_arguments(syntax);
            let callee = self.dynamic(&function, callee.range());
            let id = self.b.add(Expr::Apply { callee, arguments: ids }, Ty::Dynamic, range);
            return Value { id, repr: Repr::Dynamic, ty: Type::Any };
        };
        let reprs = vec![Repr::Dynamic; signature.params.len()];
        let name = self.slice(callee.range());
        self.with_steps(range, |it| {
            let function = it.dynamic(&function, callee.range());
            let local = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(local, function));
            let arguments = it.arguments(&signature, &reprs, name, None, syntax, expected);
            let callee = it.b.get(local, range);
            let id = it.b.add(Expr::Apply { callee, arguments: arguments.ids }, Ty::Dynamic, range);
            Value { id, repr: Repr::Dynamic, ty: arguments.result }
        })
    }

    /// The signature of a type that can be called; none for one that is not checked, or after a report.
    fn signature_of(&mut self, ty: &Type, range: TextRange) -> Option<Rc<Signature>> {
        match ty {
            Type::Function(signature) => Some(signature.clone()),
            it if it.is_lenient() => None,
            Type::Union(members) if members.iter().all(|it| matches!(it, Type::Function(_))) => {
                match &members[0] {
                    Type::Function(signature) => Some(signature.clone()),
                    _ => None,
                }
            }
            other => {
                let missing = other.includes(Type::is_nothing);
                let message = if missing {
                    format!("the function may be missing: its type is `{other}`")
                } else {
                    format!("`{other}` can't be called")
                };
                self.error("not-callable", range, message);
                None
            }
        }
    }

    /// Arguments for what is not checked.
    pub(super) fn loose_arguments(&mut self, syntax: Syntax<'t>) -> Vec<ExprId> {
        let Some(list) = syntax.child(Kind::Arguments) else { return Vec::new() };
        let mut ids = Vec::new();
        for part in list.children().filter(|it| it.kind().is_expr()) {
            let value = self.expr(part, None);
            ids.push(self.dynamic(&value, part.range()));
        }
        ids
    }

    /// The arguments of a call of a function with this signature, checked.
    pub(super) fn arguments(
        &mut self,
        signature: &Signature,
        reprs: &[Repr],
        name: &str,
        place: Option<TextRange>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Arguments {
        let range = syntax.range();
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        self.check_count(signature, &parts, name, place, range);
        let mut implied = self.implied(signature, syntax, expected);
        let values = self.argument_values(&parts, &mut implied);
        self.check_bounds(signature, &implied.found, range);
        // A type variable stands for all numbers rather than for one, unless the parameter says otherwise.
        for (variable, ty) in &mut implied.found {
            if variable.bound.is_none() {
                *ty = ty.widened();
            }
        }
        let mut ids = Vec::new();
        for (n, param) in signature.params.iter().enumerate() {
            let repr = reprs.get(n).copied().unwrap_or(Repr::Dynamic);
            let ty = implied.applied(&param.ty, Type::Anything);
            if param.rest {
                ids.push(self.rest(&parts, &values, n, &ty, place, range));
                break;
            }
            let wanted = if param.optional { ty.or_undefined() } else { ty };
            match values.get(n).cloned().flatten() {
                Some(value) => {
                    let at = parts[n].range();
                    let why = place
                        .map(|it| (it, format!("the parameter `{}` is `{wanted}`", param.name)));
                    self.mismatch(&value.ty, &wanted, at, why);
                    ids.push(self.convert(&value, repr, at));
                }
                None => {
                    let missing = self.b.undefined(range);
                    ids.push(self.b.convert(missing, Repr::Dynamic, repr, range));
                }
            }
        }
        Arguments { ids, result: implied.applied(&signature.result, Type::Anything) }
    }

    /// What is known of the type variables of a call before its arguments are.
    fn implied<'s>(
        &mut self,
        signature: &'s Signature,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Implied<'s> {
        let mut found = self.written_arguments(signature, syntax);
        if found.is_empty()
            && !signature.variables.is_empty()
            && let Some(expected) = expected
        {
            self.types.infer(&signature.result, expected, &mut found, 0);
            found.retain(|it| !matches!(it.1, Type::Never | Type::Anything));
        }
        let hints = found.clone();
        let explicit = !found.is_empty() && syntax.child(Kind::TypeArguments).is_some();
        if !explicit {
            found.clear();
        }
        Implied { signature, found, hints, explicit }
    }

    /// The values of arguments, those of no parameter left out. Functions wait for what the others tell of the type variables.
    fn argument_values(
        &mut self,
        parts: &[Syntax<'t>],
        implied: &mut Implied<'_>,
    ) -> Vec<Option<Value>> {
        let signature = implied.signature;
        let mut values: Vec<Option<Value>> = vec![None; parts.len()];
        for late in [false, true] {
            for (n, part) in parts.iter().enumerate() {
                let is_function = matches!(part.kind(), Kind::ArrowExpr | Kind::FunctionExpr);
                if is_function != late && !signature.variables.is_empty() || values[n].is_some() {
                    continue;
                }
                let Some((param, element)) = parameter_at(signature, n) else { continue };
                let wanted = if element { element_of(&param.ty) } else { param.ty.clone() };
                let value = self.argument(*part, &implied.applied(&wanted, Type::Unknown));
                if !implied.explicit {
                    self.types.infer(&wanted, &value.ty, &mut implied.found, 0);
                }
                values[n] = Some(value);
            }
        }
        values
    }

    fn argument(&mut self, part: Syntax<'t>, wanted: &Type) -> Value {
        if part.kind() == Kind::Spread {
            return match part.children().next() {
                Some(inner) => {
                    let value = self.expr(inner, Some(&Type::array(wanted.clone())));
                    let ty = self.element_type(&value.ty, inner.range());
                    Value { ty, ..value }
                }
                None => self.nothing(part.range()),
            };
        }
        self.expr(part, Some(wanted))
    }

    /// The array of the arguments for a rest parameter.
    fn rest(
        &mut self,
        parts: &[Syntax<'t>],
        values: &[Option<Value>],
        from: usize,
        ty: &Type,
        place: Option<TextRange>,
        range: TextRange,
    ) -> ExprId {
        let element = element_of(ty);
        let array = Ty::Array(Box::new(Ty::Dynamic));
        let empty = self.b.add(Expr::Array(Vec::new()), array.clone(), range);
        let local = self.b.local_of("", array);
        self.steps.push(Step::Let(local, empty));
        for (part, value) in parts.iter().zip(values).skip(from) {
            let Some(value) = value else { continue };
            let why = place.map(|it| (it, format!("each of the rest is `{element}`")));
            self.mismatch(&value.ty, &element, part.range(), why);
            let id = self.dynamic(value, part.range());
            let into = self.b.get(local, range);
            self.append(into, id, part.kind() == Kind::Spread, range);
        }
        let id = self.b.get(local, range);
        self.b.prim(Prim::ArrayToDynamic, vec![id], Ty::Dynamic, range)
    }

    fn check_count(
        &mut self,
        signature: &Signature,
        parts: &[Syntax<'t>],
        name: &str,
        place: Option<TextRange>,
        range: TextRange,
    ) {
        let rest_from = signature.params.iter().position(|it| it.rest);
        let spread = parts.iter().position(|it| it.kind() == Kind::Spread);
        if let Some(spread) = spread {
            if rest_from.is_none_or(|it| spread < it) {
                let at = parts[spread].range();
                self.error("spread", at, "only the arguments for a rest parameter can be spread");
            }
            return;
        }
        let (required, most) = (signature.required(), signature.params.len());
        let given = parts.len();
        if required <= given && (given <= most || rest_from.is_some()) {
            return;
        }
        let count = if rest_from.is_some() {
            format!("at least {required}")
        } else if required == most {
            format!("{most}")
        } else {
            format!("{required} to {most}")
        };
        let plural = if count == "1" { "argument" } else { "arguments" };
        let at = parts.get(most).map_or(range, |it| it.range());
        let shown = if name.contains('\n') || name.is_empty() { "this" } else { name };
        let message = format!("`{shown}` takes {count} {plural}, but {given} are given");
        let mut finding = Finding::error("argument-count", at, message);
        if let Some(missing) = signature.params.get(given).filter(|_| given < required) {
            finding = finding.help(format!("`{}: {}` is missing", missing.name, missing.ty));
        }
        if let Some(place) = place {
            finding = finding.also(place, format!("`{shown}` is declared here"));
        }
        self.report(finding);
    }

    /// Type arguments that are written.
    fn written_arguments(
        &mut self,
        signature: &Signature,
        syntax: Syntax<'t>,
    ) -> Vec<(Variable, Type)> {
        let written = self.types.type_arguments(syntax, self.here());
        if let Some(list) = syntax.child(Kind::TypeArguments)
            && written.len() != signature.variables.len()
        {
            let (wanted, given) = (signature.variables.len(), written.len());
            let message =
                format!("this function has {wanted} type parameters, but {given} are given");
            self.error("type-arguments", list.range(), message);
            return Vec::new();
        }
        signature.variables.iter().cloned().zip(written).collect()
    }

    fn check_bounds(
        &mut self,
        signature: &Signature,
        found: &[(Variable, Type)],
        range: TextRange,
    ) {
        for (variable, ty) in found {
            if let Some(bound) =
                variable.bound.as_ref().filter(|_| signature.variables.contains(variable))
            {
                let bound = substituted(bound, &signature.variables, found, &[], Type::Unknown);
                let why = (range, format!("`{}` extends `{bound}`", variable.name));
                self.mismatch(ty, &bound, range, Some(why));
            }
        }
    }

    /// A call of a method, of what a property holds, or of a function of the prelude that is a method.
    fn method_call(
        &mut self,
        callee: Syntax<'t>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Option<Value> {
        let range = syntax.range();
        let (base, name) = callee.children().next().zip(member_name(callee, self.text))?;
        if base.kind() == Kind::SuperExpr {
            return Some(self.super_method(&name, syntax, expected));
        }
        if base.kind() == Kind::NameExpr {
            let owner = self.slice(base.range());
            match self.lookup(owner).map(|it| it.meaning.clone()) {
                None => {
                    if let Some(value) = self.builtin_method(owner, &name, syntax, expected) {
                        return Some(value);
                    }
                }
                Some(Meaning::Class(class)) => {
                    self.check_order(owner, base.range());
                    self.types.used.insert(Name::new(owner));
                    return Some(self.static_call(&class, &name, callee, syntax, expected));
                }
                Some(_) => (),
            }
        }
        let object = self.expr(base, None);
        let optional = callee.token(Kind::QuestionDot).is_some() || is_chain(base);
        Some(self.when_present(object, optional, base.range(), range, |it, object| {
            it.method_of_value(object, &name, base, callee, syntax, expected)
        }))
    }

    fn method_of_value(
        &mut self,
        object: Value,
        name: &Name,
        base: Syntax<'t>,
        callee: Syntax<'t>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = syntax.range();
        if let Some(value) = self.prelude_method(&object, name, base, syntax, expected) {
            return value;
        }
        let call_optional = syntax.token(Kind::QuestionDot).is_some();
        if object.ty.is_lenient() {
            let id = self.dynamic(&object, base.range());
            let arguments = self.loose_arguments(syntax);
            let expr = Expr::Method { base: id, name: name.clone(), arguments };
            let id = self.b.add(expr, Ty::Dynamic, range);
            return Value { id, repr: Repr::Dynamic, ty: Type::Any };
        }
        let Some(member) = self.member_of(&object.ty, name, callee, base.range()) else {
            self.loose_arguments(syntax);
            return self.nothing(range);
        };
        let mut ty = if member.optional { member.ty.or_undefined() } else { member.ty };
        if let Some(known) = self.narrowed(callee) {
            ty = known;
        }
        if call_optional && ty.includes(Type::is_nothing) {
            let value = self.property(&object, name, callee, base.range());
            return self.when_present(
                Value { ty, ..value },
                true,
                callee.range(),
                range,
                |it, value| it.apply(value, callee, syntax, expected),
            );
        }
        let Some(signature) = self.signature_of(&ty, callee.range()) else {
            self.loose_arguments(syntax);
            return self.nothing(range);
        };
        let reprs = vec![Repr::Dynamic; signature.params.len()];
        let name = name.clone();
        self.with_steps(range, |it| {
            let id = it.dynamic(&object, base.range());
            let local = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(local, id));
            let arguments = it.arguments(&signature, &reprs, &name, None, syntax, expected);
            let base = it.b.get(local, range);
            let expr = Expr::Method { base, name, arguments: arguments.ids };
            let id = it.b.add(expr, Ty::Dynamic, range);
            Value { id, repr: Repr::Dynamic, ty: arguments.result }
        })
    }

    /// A call of a method of an array, string, number or truth value: a function of the prelude.
    fn prelude_method(
        &mut self,
        object: &Value,
        name: &Name,
        base: Syntax<'t>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Option<Value> {
        let members = object.ty.members();
        let owner = builtin_owner(members.first()?)?;
        if !members.iter().all(|it| builtin_owner(it) == Some(owner)) {
            return None;
        }
        let range = syntax.range();
        if owner == "array" && name == "push" {
            return Some(self.push_call(object, base, syntax));
        }
        let function = format!("{owner}_{name}");
        // Where a method means something else with fewer arguments, that is another function.
        let count = syntax.child(Kind::Arguments).map_or(0, |it| it.children().count());
        let special = self.prelude_signature(&format!("{function}_{count}"));
        let (item, signature, reprs) = special.or_else(|| self.prelude_signature(&function))?;
        let own = receiver(&object.ty, owner);
        // The first parameter is the object.
        let mut found = Vec::new();
        let first = signature.params.first()?.ty.clone();
        self.types.infer(&first, &own, &mut found, 0);
        let wanted = substituted(&first, &signature.variables, &found, &[], Type::Unknown);
        if !self.types.assignable(&own, &wanted) {
            return None;
        }
        let known =
            |it: &Variable| found.iter().find(|known| known.0 == *it).map(|it| it.1.clone());
        let mut rest = signature.substitute(&known);
        rest.params.remove(0);
        rest.variables.retain(|it| !found.iter().any(|known| known.0 == *it));
        Some(self.with_steps(range, |it| {
            let id = it.convert(object, reprs.0[0], base.range());
            let local = it.b.local("", reprs.0[0]);
            it.steps.push(Step::Let(local, id));
            let arguments = it.arguments(&rest, &reprs.0[1..], name, None, syntax, expected);
            let first = it.b.get(local, range);
            let ids = std::iter::once(first).chain(arguments.ids).collect();
            let callee = it.b.item(item);
            let id = it.b.add(Expr::Call { callee, arguments: ids }, reprs.1.ty(), range);
            Value { id, repr: reprs.1, ty: arguments.result }
        }))
    }

    /// `a.push(x, y)`.
    fn push_call(&mut self, object: &Value, base: Syntax<'t>, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let element = element_of(&object.ty);
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        self.with_steps(range, |it| {
            let array = it.array_of(object, base.range());
            let local = it.b.local_of("", Ty::Array(Box::new(Ty::Dynamic)));
            it.steps.push(Step::Let(local, array));
            for part in parts {
                let value = it.argument(part, &element);
                it.mismatch(&value.ty, &element, part.range(), None);
                let id = it.dynamic(&value, part.range());
                let into = it.b.get(local, range);
                it.append(into, id, part.kind() == Kind::Spread, range);
            }
            let array = it.b.get(local, range);
            let id = it.b.prim(Prim::ArrayLength, vec![array], Ty::Int, range);
            let id = it.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
            Value { id, repr: Repr::Float, ty: Type::Number }
        })
    }

    fn static_call(
        &mut self,
        class: &Rc<ItemRef>,
        name: &Name,
        callee: Syntax<'t>,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = syntax.range();
        let Some((item, member)) = self.static_member(class, name) else {
            let message = format!("the class `{}` has no static member `{name}`", class.name);
            self.error("unknown-member", callee.range(), message);
            self.loose_arguments(syntax);
            return self.nothing(range);
        };
        self.check_access(&member, &Type::Class(class.clone()), callee.range());
        match &member.ty {
            Type::Function(signature) if member.method => {
                let is_async = matches!(signature.result, Type::Promise(_));
                let reprs = representations(signature, is_async);
                self.direct_call(item, signature, &reprs, name, None, syntax, expected)
            }
            _ => {
                let function = self.expr(callee, None);
                self.apply(function, callee, syntax, expected)
            }
        }
    }

    /// `new C(…)`.
    pub(super) fn creation(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let Some(callee) = syntax.children().next() else { return self.nothing(range) };
        let name = self.slice(callee.range());
        let class = match self.class_named(callee) {
            Some(class) => class,
            None if callee.kind() == Kind::NameExpr
                && self.is_builtin(name)
                && prelude::exports_type(name)
                && !self.is_prelude =>
            {
                Rc::new(ItemRef { module: prelude::path(), name: Name::new(name) })
            }
            None => {
                if callee.kind() == Kind::NameExpr && self.is_builtin(name) {
                    if ["Promise", "WeakMap", "WeakSet", "Array", "Date", "RegExp"].contains(&name)
                    {
                        self.unsupported(range, &format!("`new {name}` is"));
                    } else {
                        self.unknown_name(name, callee.range());
                    }
                } else {
                    let value = self.expr(callee, None);
                    if !value.ty.is_lenient() {
                        self.error("not-a-class", callee.range(), format!("`{name}` is no class"));
                    }
                }
                self.loose_arguments(syntax);
                return self.nothing(range);
            }
        };
        self.types.used.insert(Name::new(name));
        if self.types.declaration(&class).is_some_and(|it| it.is_abstract) {
            let message = format!("`{name}` is abstract: only classes that extend it have objects");
            self.error("abstract-class", range, message);
        }
        let Some(signature) = self.constructor_of(&class) else { return self.nothing(range) };
        let reprs = constructor_representations(&signature);
        let item = ItemRef {
            module: class.module.clone(),
            name: Name::from(format!("$new_{}", class.name)),
        };
        let place = self.lookup(name).map(|it| it.range).filter(|it| !it.is_empty());
        self.direct_call(item, &signature, &reprs, name, place, syntax, expected)
    }

    /// The constructor of a class as a function, its own or an inherited one.
    pub(super) fn constructor_of(&mut self, class: &Rc<ItemRef>) -> Option<Signature> {
        let own = self.types.declaration(class)?;
        if own.kind != DeclarationKind::Class {
            return None;
        }
        let arguments: Vec<Type> = own.variables.iter().map(|it| Type::Param(it.clone())).collect();
        let result = Type::Named(class.clone(), arguments.into());
        let mut at = own.clone();
        for _ in 0..1000 {
            if let Some(params) = &at.constructor {
                return Some(Signature {
                    variables: own.variables.clone(),
                    params: params.clone(),
                    result,
                });
            }
            let Some(Type::Named(parent, _)) = at.parents.first() else { break };
            at = self.types.declaration(&parent.clone())?;
        }
        Some(Signature { variables: own.variables.clone(), params: Vec::new(), result })
    }
}

/// The representations of a constructor's parameters, and of the object.
pub(super) fn constructor_representations(signature: &Signature) -> (Vec<Repr>, Repr) {
    (representations(signature, false).0, Repr::Dynamic)
}

/// The parameter that takes the n-th argument, and whether that is one of its elements.
fn parameter_at(signature: &Signature, n: usize) -> Option<(&Parameter, bool)> {
    match signature.params.get(n) {
        Some(param) => Some((param, param.rest)),
        None => signature.rest().map(|it| (it, true)),
    }
}

/// The type of the elements of an array type.
pub(super) fn element_of(ty: &Type) -> Type {
    Type::union(ty.members().iter().map(|it| match it {
        Type::Array(element) => (**element).clone(),
        Type::Tuple(parts) => Type::union(parts.iter().cloned()),
        _ => Type::Unknown,
    }))
}

/// The type as what a function of the prelude for `owner` takes: tuples and unions of arrays are arrays there.
fn receiver(ty: &Type, owner: &str) -> Type {
    match ty {
        Type::Union(all) if owner == "array" => {
            Type::array(Type::union(all.iter().map(element_of)))
        }
        Type::Tuple(parts) => Type::array(Type::union(parts.iter().cloned())),
        other => other.clone(),
    }
}

/// A type with what is known of type variables; `rest` stands for the others.
fn substituted(
    ty: &Type,
    variables: &[Variable],
    found: &[(Variable, Type)],
    hints: &[(Variable, Type)],
    rest: Type,
) -> Type {
    ty.substitute(&|it| {
        let known = found.iter().chain(hints).find(|known| known.0 == *it);
        match known {
            Some((_, ty)) => Some(ty.clone()),
            None => variables.contains(it).then(|| rest.clone()),
        }
    })
}
