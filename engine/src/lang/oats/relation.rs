//! Which types go where: assignability as TypeScript's strict mode has it, and what type arguments a call implies.

use std::rc::Rc;

use crate::base::Name;
use crate::ir::ItemRef;
use crate::lang::oats::decl::{DeclarationKind, EnumValue, THIS_TYPE, Types};
use crate::lang::oats::ty::{Access, Member, Signature, Type, Variable};

/// How deep types are compared; what lies deeper is taken for equal.
const DEEPEST: usize = 40;

/// How many parts of two types are compared; types that grow with every step have no end. What is left is taken for equal.
const MOST_EFFORT: u32 = 5000;

impl Types<'_, '_> {
    /// Whether a value of `from` can be used as a `to`.
    pub(crate) fn assignable(&mut self, from: &Type, to: &Type) -> bool {
        self.mismatch(from, to).is_none()
    }

    /// Why a value of `from` can't be used as a `to`: an explanation, empty where the types say it themselves.
    pub(crate) fn mismatch(&mut self, from: &Type, to: &Type) -> Option<String> {
        self.effort = MOST_EFFORT;
        self.proved.clear();
        self.compare(from, to, &mut Vec::new()).err()
    }

    fn compare(
        &mut self,
        from: &Type,
        to: &Type,
        trail: &mut Vec<(Type, Type)>,
    ) -> Result<(), String> {
        if from == to || from.is_lenient() || to.is_lenient() || self.effort == 0 {
            return Ok(());
        }
        self.effort -= 1;
        let is_named = |it: &Type| it.includes(|it| matches!(it, Type::Named(..)));
        if is_named(from) || is_named(to) {
            let (left, right) = (self.unfolded(from.clone()), self.unfolded(to.clone()));
            if left != *from || right != *to {
                if trail.iter().any(|it| it.0 == *from && it.1 == *to) {
                    return Ok(());
                }
                trail.push((from.clone(), to.clone()));
                let result = self.compare(&left, &right, trail);
                trail.pop();
                return result;
            }
        }
        if DEEPEST < trail.len() || trail.iter().any(|it| it.0 == *from && it.1 == *to) {
            return Ok(());
        }
        if let Some(result) = self.compare_wholes(from, to, trail) {
            return result;
        }
        let named = matches!((from, to), (Type::Named(..), Type::Named(..)));
        if named && self.proved.iter().any(|it| it.0 == *from && it.1 == *to) {
            return Ok(());
        }
        trail.push((from.clone(), to.clone()));
        let result = self.compare_parts(from, to, trail);
        trail.pop();
        if named && result.is_ok() {
            self.proved.push((from.clone(), to.clone()));
        }
        result
    }

    /// The comparison of types where at most one of them has parts that count.
    fn compare_wholes(
        &mut self,
        from: &Type,
        to: &Type,
        trail: &mut Vec<(Type, Type)>,
    ) -> Option<Result<(), String>> {
        Some(match (from, to) {
            // Only `this` is of the type `this`; what is known of it here is its class.
            (Type::Named(..), Type::Param(variable)) if variable.id == THIS_TYPE => {
                let bound = variable.bound.clone().unwrap_or_default();
                self.compare(from, &bound, trail)
            }
            (Type::Never, _)
            | (_, Type::Anything)
            | (Type::Undefined, Type::Void)
            | (Type::NumberLiteral(_), Type::Number)
            | (Type::StringLiteral(_), Type::String)
            | (Type::BooleanLiteral(_), Type::Boolean) => Ok(()),
            (Type::Union(members), _) => {
                members.iter().try_for_each(|it| self.compare(it, to, trail))
            }
            (Type::Boolean, Type::Union(_)) => {
                let both = [Type::BooleanLiteral(true), Type::BooleanLiteral(false)];
                let members = to.members();
                unexplained(
                    members.contains(&Type::Boolean) || both.iter().all(|it| members.contains(it)),
                )
            }
            (_, Type::Union(members)) => {
                let fits = members.iter().any(|it| self.compare(from, it, trail).is_ok());
                unexplained(fits || self.is_enum_of(from, to, trail))
            }
            (Type::Param(variable), _) if variable.bound.is_some() => {
                let bound = variable.bound.clone().unwrap_or_default();
                self.compare(&bound, to, trail)
            }
            _ => return None,
        })
    }

    /// Whether `from` is an enum all of whose members `to`, a union, covers.
    fn is_enum_of(&mut self, from: &Type, to: &Type, trail: &mut Vec<(Type, Type)>) -> bool {
        to.members().iter().any(|it| matches!(it, Type::EnumMember(..)))
            && matches!(from, Type::Named(..))
            && self
                .enum_members(from)
                .is_some_and(|all| all.iter().all(|it| self.compare(it, to, trail).is_ok()))
    }

    fn compare_parts(
        &mut self,
        from: &Type,
        to: &Type,
        trail: &mut Vec<(Type, Type)>,
    ) -> Result<(), String> {
        match (from, to) {
            (Type::Array(from), Type::Array(to)) => self.compare(from, to, trail),
            (Type::Tuple(parts), Type::Array(to)) => {
                parts.iter().try_for_each(|it| self.compare(it, to, trail))
            }
            (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
                from.iter().zip(to.iter()).try_for_each(|(from, to)| self.compare(from, to, trail))
            }
            (Type::Tuple(from), Type::Tuple(to)) => {
                Err(format!("one has {} elements, the other {}", from.len(), to.len()))
            }
            (Type::Promise(from), Type::Promise(to)) | (Type::Record(from), Type::Record(to)) => {
                self.compare(from, to, trail)
            }
            (Type::Object(members), Type::Record(to)) => members.iter().try_for_each(|it| {
                self.compare(&it.ty, to, trail)
                    .map_err(|_| format!("`{}` is `{}`, not `{to}`", it.name, it.ty))
            }),
            (Type::Function(from), Type::Function(to)) => {
                self.compare_signatures(&from.clone(), &to.clone(), trail)
            }
            (Type::Named(item, arguments), Type::Named(other, others)) if item == other => {
                let pairs = arguments.iter().zip(others.iter());
                pairs.into_iter().try_for_each(|(from, to)| self.compare(from, to, trail))
            }
            (Type::EnumMember(item, _), Type::Named(other, _)) if item == other => Ok(()),
            (Type::NumberLiteral(bits), Type::EnumMember(_, name)) => {
                let value = self.enum_of(to).and_then(|it| it.enum_value(name));
                let same = value == Some(EnumValue::Number(f64::from_bits(*bits)));
                unexplained(same)
            }
            (Type::Named(..), Type::EnumMember(..)) => {
                let members = self.enum_members(from);
                unexplained(members.is_some_and(|it| it == [to.clone()]))
            }
            (Type::EnumMember(..), Type::EnumMember(..)) => Err(String::new()),
            (Type::EnumMember(..), _) => self.compare(&from.widened(), to, trail),
            (_, Type::Object(members)) => self.compare_members(from, &members.clone(), trail),
            (_, Type::Named(item, arguments)) => self.compare_named(from, item, arguments, trail),
            (Type::Named(..), Type::Number | Type::String) => {
                let declaration = self.enum_of(from);
                let is_text = *to == Type::String;
                unexplained(declaration.is_some_and(|it| it.is_text_enum() == is_text))
            }
            _ => Err(String::new()),
        }
    }

    fn compare_named(
        &mut self,
        from: &Type,
        item: &Rc<ItemRef>,
        arguments: &Rc<[Type]>,
        trail: &mut Vec<(Type, Type)>,
    ) -> Result<(), String> {
        let Some(declaration) = self.declaration(item) else { return Ok(()) };
        match &declaration.kind {
            DeclarationKind::Enum(values) => {
                let fits = match from {
                    Type::NumberLiteral(bits) => {
                        values.iter().any(|it| it.1 == EnumValue::Number(f64::from_bits(*bits)))
                    }
                    Type::Number => values.iter().all(|it| matches!(it.1, EnumValue::Number(_))),
                    _ => false,
                };
                unexplained(fits)
            }
            DeclarationKind::Class => {
                if let Type::Named(own, _) = from
                    && self.extends(own, item)
                {
                    return Ok(());
                }
                let members = self.members(item, arguments);
                if let Some(private) = members.iter().find(|it| it.access != Access::Public) {
                    return Err(format!("`{}` is private in `{}`", private.name, item.name));
                }
                self.compare_members(from, &members, trail)
            }
            _ => {
                let members = self.members(item, arguments);
                self.compare_members(from, &members, trail)
            }
        }
    }

    fn compare_members(
        &mut self,
        from: &Type,
        wanted: &[Member],
        trail: &mut Vec<(Type, Type)>,
    ) -> Result<(), String> {
        if from.is_nothing() {
            return Err(String::new());
        }
        if !matches!(from, Type::Object(_) | Type::Named(..)) && !wanted.is_empty() {
            let length = matches!(from, Type::Array(_) | Type::Tuple(_) | Type::String);
            let fits =
                length && wanted.iter().all(|it| it.name == "length" && it.ty == Type::Number);
            return unexplained(fits);
        }
        if matches!(from, Type::Named(..)) && self.enum_of(from).is_some() && !wanted.is_empty() {
            return Err(String::new());
        }
        for member in wanted {
            let Some(own) = self.member(from, &member.name) else {
                if member.optional {
                    continue;
                }
                return Err(format!("`{}` is missing in `{from}`", member.name));
            };
            if own.optional && !member.optional && !member.ty.includes(|it| *it == Type::Undefined)
            {
                return Err(format!("`{}` may be missing in `{from}`", member.name));
            }
            if own.access != Access::Public {
                return Err(format!("`{}` is private in `{from}`", member.name));
            }
            let wanted = if member.optional { member.ty.or_undefined() } else { member.ty.clone() };
            self.compare(&own.ty, &wanted, trail).map_err(|why| {
                let types = format!("`{}` is `{}`, not `{}`", member.name, own.ty, member.ty);
                if why.is_empty() { types } else { format!("{types}: {why}") }
            })?;
        }
        Ok(())
    }

    fn compare_signatures(
        &mut self,
        from: &Signature,
        to: &Signature,
        trail: &mut Vec<(Type, Type)>,
    ) -> Result<(), String> {
        // Type variables of a generic function agree with anything here.
        let open = |variables: &[Variable]| {
            let variables = variables.to_vec();
            move |it: &Variable| variables.contains(it).then_some(Type::Any)
        };
        let (from, to) =
            (from.substitute(&open(&from.variables)), to.substitute(&open(&to.variables)));
        if to.rest().is_none() && to.params.len() < from.required() {
            return Err(format!(
                "it takes {} arguments, but gets {}",
                from.required(),
                to.params.len()
            ));
        }
        for (n, param) in from.params.iter().enumerate() {
            if param.rest {
                break;
            }
            let Some(given) = to.params.get(n).filter(|it| !it.rest) else { break };
            let given_ty = if given.optional { given.ty.or_undefined() } else { given.ty.clone() };
            let wanted = if param.optional { param.ty.or_undefined() } else { param.ty.clone() };
            // As for methods in TypeScript, it is enough that one of the two fits the other.
            if self.compare(&given_ty, &wanted, trail).is_err()
                && self.compare(&wanted, &given_ty, trail).is_err()
            {
                return Err(format!(
                    "the parameter `{}` is `{wanted}`, not `{given_ty}`",
                    param.name
                ));
            }
        }
        if to.result == Type::Void {
            return Ok(());
        }
        self.compare(&from.result, &to.result, trail)
            .map_err(|_| format!("its result is `{}`, not `{}`", from.result, to.result))
    }

    /// The member of this name of an object of a type that is no union.
    pub(crate) fn member(&mut self, ty: &Type, name: &str) -> Option<Member> {
        let member = self.declared_member(ty, name)?;
        let ty = self.unfolded(member.ty.clone());
        Some(Member { ty, ..member })
    }

    fn declared_member(&mut self, ty: &Type, name: &str) -> Option<Member> {
        match ty {
            Type::Object(members) => members.iter().find(|it| it.name == name).cloned(),
            Type::Record(value) => Some(Member::plain(Name::new(name), (**value).clone())),
            Type::Named(item, arguments) => {
                let (item, arguments) = (item.clone(), arguments.clone());
                self.members(&item, &arguments).into_iter().find(|it| it.name == name)
            }
            Type::Param(Variable { bound: Some(bound), .. }) => {
                self.declared_member(&bound.clone(), name)
            }
            Type::Array(_) | Type::Tuple(_) | Type::String | Type::StringLiteral(_)
                if name == "length" =>
            {
                let readonly = !matches!(ty, Type::Array(_));
                Some(Member { readonly, ..Member::plain(Name::new("length"), Type::Number) })
            }
            Type::Enum(item) => {
                let value = self.declaration(item)?.enum_value(name);
                let ty = Type::EnumMember(item.clone(), Name::new(name));
                value.map(|_| Member { readonly: true, ..Member::plain(Name::new(name), ty) })
            }
            Type::Class(item) if name != "name" => {
                let mut at = Some(item.clone());
                while let Some(item) = at {
                    let declaration = self.declaration(&item)?;
                    if let Some(found) = declaration.statics.iter().find(|it| it.name == name) {
                        return Some(found.clone());
                    }
                    at = self.parent(&item);
                }
                None
            }
            _ => None,
        }
    }

    /// Notes in `found` what the type variables of `pattern` must stand for, where a value of `ty` is given.
    pub(crate) fn infer(
        &mut self,
        pattern: &Type,
        ty: &Type,
        found: &mut Vec<(Variable, Type)>,
        depth: usize,
    ) {
        if depth == 0 {
            self.inference = MOST_EFFORT;
        }
        if DEEPEST < depth || ty.is_lenient() || self.inference == 0 {
            return;
        }
        self.inference -= 1;
        let ty = &self.unfolded(ty.clone());
        match (pattern, ty) {
            (Type::Param(variable), _) => self.infer_variable(variable, ty, found),
            (
                Type::Array(_) | Type::Tuple(_) | Type::Promise(_) | Type::Named(..),
                Type::Union(members),
            ) => {
                let alike = members.iter().filter(|it| are_alike(pattern, it));
                self.infer_all(alike.map(|it| (pattern, it)), found, depth);
            }
            (Type::Array(pattern), Type::Array(ty))
            | (Type::Promise(pattern), Type::Promise(ty))
            | (Type::Record(pattern), Type::Record(ty)) => {
                self.infer(pattern, ty, found, depth + 1);
            }
            (Type::Record(pattern), Type::Object(members)) => {
                let pairs = members.iter().map(|it| (&**pattern, &it.ty));
                self.infer_all(pairs, found, depth);
            }
            (Type::Array(pattern), Type::Tuple(parts)) => {
                self.infer(pattern, &Type::union(parts.iter().cloned()), found, depth + 1);
            }
            (Type::Tuple(patterns), Type::Tuple(parts)) => {
                self.infer_all(patterns.iter().zip(parts.iter()), found, depth);
            }
            (Type::Named(item, patterns), Type::Named(other, arguments)) if item == other => {
                self.infer_all(patterns.iter().zip(arguments.iter()), found, depth);
            }
            (Type::Object(_) | Type::Named(..), Type::Object(_) | Type::Named(..)) => {
                self.infer_members(pattern, ty, found, depth);
            }
            (Type::Function(pattern), Type::Function(signature)) => {
                let params = pattern.params.iter().zip(&signature.params);
                self.infer_all(params.map(|(one, other)| (&one.ty, &other.ty)), found, depth);
                self.infer(&pattern.result, &signature.result, found, depth + 1);
            }
            (Type::Union(members), _) => self.infer_union(members, ty, found, depth + 1),
            _ => (),
        }
    }

    /// [`Types::infer`] for the parts of two types that `depth` is the depth of.
    fn infer_all<'a>(
        &mut self,
        pairs: impl Iterator<Item = (&'a Type, &'a Type)>,
        found: &mut Vec<(Variable, Type)>,
        depth: usize,
    ) {
        for (pattern, ty) in pairs {
            self.infer(pattern, ty, found, depth + 1);
        }
    }

    /// [`Types::infer`] for the members of two objects.
    fn infer_members(
        &mut self,
        pattern: &Type,
        ty: &Type,
        found: &mut Vec<(Variable, Type)>,
        depth: usize,
    ) {
        let members = match pattern {
            Type::Object(members) => members.to_vec(),
            Type::Named(item, arguments) if !arguments.is_empty() => self.members(item, arguments),
            _ => Vec::new(),
        };
        for member in members {
            if let Some(own) = self.member(ty, &member.name) {
                self.infer(&member.ty, &own.ty, found, depth + 1);
            }
        }
    }

    /// Notes that `variable` must stand for `ty`, beside what it is known to stand for.
    fn infer_variable(
        &mut self,
        variable: &Variable,
        ty: &Type,
        found: &mut Vec<(Variable, Type)>,
    ) {
        let Some((_, known)) = found.iter_mut().find(|it| it.0 == *variable) else {
            return found.push((variable.clone(), ty.clone()));
        };
        if *known == Type::Never || self.assignable(known, ty) {
            *known = ty.clone();
        } else if !self.assignable(ty, known) {
            let wide = known.widened();
            if wide == ty.widened() {
                *known = wide;
            }
        }
    }

    /// [`Types::infer`] for a union: what looks like one of its members tells what is in that; the rest is the variable alone.
    fn infer_union(
        &mut self,
        members: &[Type],
        ty: &Type,
        found: &mut Vec<(Variable, Type)>,
        depth: usize,
    ) {
        let mut rest: Vec<Type> = ty.members().to_vec();
        rest.retain(|it| !members.contains(it));
        for member in members.iter().filter(|it| !matches!(it, Type::Param(_))) {
            let alike: Vec<Type>;
            (alike, rest) = rest.into_iter().partition(|it| are_alike(member, it));
            alike.iter().for_each(|it| self.infer(member, it, found, depth));
        }
        if rest.is_empty() {
            return;
        }
        let rest = Type::union(rest);
        for member in members.iter().filter(|it| matches!(it, Type::Param(_))) {
            self.infer(member, &rest, found, depth);
        }
    }
}

/// The result of a comparison that the types explain themselves.
fn unexplained(fits: bool) -> Result<(), String> {
    if fits { Ok(()) } else { Err(String::new()) }
}

/// Whether two types are of the same kind.
fn are_alike(one: &Type, other: &Type) -> bool {
    match (one, other) {
        (Type::Array(_), Type::Array(_) | Type::Tuple(_))
        | (Type::Tuple(_), Type::Tuple(_))
        | (Type::Promise(_), Type::Promise(_))
        | (Type::Function(_), Type::Function(_))
        | (Type::Object(_), Type::Object(_) | Type::Named(..)) => true,
        (Type::Named(one, _), Type::Named(other, _)) => one == other,
        _ => false,
    }
}

/// The two sides of a type: what it is where a test holds, and where not.
pub(crate) type Sides = (Type, Type);

impl Types<'_, '_> {
    /// What a type is where `typeof` yields `word`, and where it does not.
    pub(crate) fn by_typeof(&mut self, ty: &Type, word: &str) -> Sides {
        let kind = match word {
            "number" => Type::Number,
            "string" => Type::String,
            "boolean" => Type::Boolean,
            "undefined" => Type::Undefined,
            _ => Type::Anything,
        };
        if *ty == Type::Anything && kind != Type::Anything {
            return (kind, Type::Anything);
        }
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for member in ty.members() {
            let own = match member {
                Type::Number | Type::NumberLiteral(_) => "number",
                Type::String | Type::StringLiteral(_) => "string",
                Type::Boolean | Type::BooleanLiteral(_) => "boolean",
                Type::Undefined | Type::Void => "undefined",
                Type::Function(_) | Type::Class(_) => "function",
                Type::Named(..) | Type::EnumMember(..) => match self.enum_of(member) {
                    Some(it) if it.is_text_enum() => "string",
                    Some(_) => "number",
                    None => "object",
                },
                Type::Param(_) | Type::Any | Type::Unknown | Type::Anything => {
                    yes.push(if kind == Type::Anything { member.clone() } else { kind.clone() });
                    no.push(member.clone());
                    continue;
                }
                _ => "object",
            };
            if own == word { yes.push(member.clone()) } else { no.push(member.clone()) }
        }
        (Type::union(yes), Type::union(no))
    }

    /// What a type is where the value equals one of another type, and where not.
    pub(crate) fn by_equality(&mut self, ty: &Type, other: &Type) -> Sides {
        let single = other.is_single();
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for member in self.expanded(ty, other) {
            if matches!(member, Type::Any | Type::Unknown | Type::Anything | Type::Param(_)) {
                yes.push(if single { other.clone() } else { member.clone() });
                no.push(member);
                continue;
            }
            if self.assignable(other, &member) || self.assignable(&member, other) {
                yes.push(if single && !member.is_nothing() {
                    other.clone()
                } else {
                    member.clone()
                });
            }
            if !(single && self.assignable(&member, other)) {
                no.push(member);
            }
        }
        (Type::union(yes), Type::union(no))
    }

    /// The members of a type; an enum counts as all of its own, where one of these is compared.
    fn expanded(&mut self, ty: &Type, other: &Type) -> Vec<Type> {
        let mut all = Vec::new();
        for member in expanded(ty) {
            match other {
                Type::EnumMember(item, _) if matches!(&member, Type::Named(own, _) if own == item) =>
                {
                    all.extend(self.enum_members(&member).unwrap_or_default());
                }
                _ => all.push(member),
            }
        }
        all
    }

    /// What a type is where the value is taken for true, and where for false.
    pub(crate) fn by_truth(&mut self, ty: &Type) -> Sides {
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for member in expanded(ty) {
            match &member {
                it if it.is_nothing() => no.push(member),
                Type::BooleanLiteral(true) => yes.push(member),
                Type::BooleanLiteral(false) => no.push(member),
                Type::NumberLiteral(bits) => {
                    let value = f64::from_bits(*bits);
                    if value == 0.0 { no.push(member) } else { yes.push(member) }
                }
                Type::StringLiteral(text) => {
                    if text.is_empty() {
                        no.push(member);
                    } else {
                        yes.push(member);
                    }
                }
                Type::Array(_)
                | Type::Tuple(_)
                | Type::Object(_)
                | Type::Record(_)
                | Type::Function(_)
                | Type::Class(_)
                | Type::Promise(_) => yes.push(member),
                Type::Named(..) if self.enum_of(&member).is_none() => yes.push(member),
                _ => {
                    yes.push(member.clone());
                    no.push(member);
                }
            }
        }
        (Type::union(yes), Type::union(no))
    }

    /// What a type is where the value is an instance of a class, and where not.
    pub(crate) fn by_class(&mut self, ty: &Type, class: &Rc<ItemRef>) -> Sides {
        let count = self.declaration(class).map_or(0, |it| it.variables.len());
        let whole = Type::Named(class.clone(), vec![Type::Any; count].into());
        let mut yes = Vec::new();
        let mut no = Vec::new();
        for member in ty.members() {
            match member {
                Type::Named(item, _) if self.extends(item, class) => yes.push(member.clone()),
                it if !matches!(it, Type::Any | Type::Unknown | Type::Anything)
                    && !self.assignable(&whole, it) =>
                {
                    no.push(member.clone());
                }
                _ => {
                    yes.push(whole.clone());
                    no.push(member.clone());
                }
            }
        }
        (Type::union(yes), Type::union(no))
    }

    /// What a type is where the property `name` has a type that `keep` accepts.
    pub(crate) fn by_property(
        &mut self,
        ty: &Type,
        name: &str,
        mut keep: impl FnMut(&mut Self, Option<Type>) -> bool,
    ) -> Type {
        let mut kept = Vec::new();
        for member in ty.members() {
            let property = self
                .member(member, name)
                .map(|it| if it.optional { it.ty.or_undefined() } else { it.ty });
            if keep(self, property) {
                kept.push(member.clone());
            }
        }
        Type::union(kept)
    }
}

/// The members of a type; `boolean` counts as two.
fn expanded(ty: &Type) -> Vec<Type> {
    let mut all = Vec::new();
    for member in ty.members() {
        match member {
            Type::Boolean => {
                all.extend([Type::BooleanLiteral(true), Type::BooleanLiteral(false)]);
            }
            other => all.push(other.clone()),
        }
    }
    all
}
