//! What declared types consist of: members of classes and of object types, values of enums.

use std::rc::Rc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::ItemRef;
use crate::lang::oats::decl::{
    Declaration, DeclarationKind, EnumValue, Syntax, TypeName, Types, Written,
};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Member, Parameter, Type};
use crate::lang::oats::written::{
    access_of, accessor_word, constant, literal_type, member_name, modifiers, param_type,
};

/// The member that a parameter of a constructor is, if a word before it makes it one.
fn parameter_property(param: &Parameter, syntax: Syntax<'_>, at: Written<'_>) -> Option<Member> {
    let words = modifiers(syntax, at.text);
    (!words.is_empty()).then(|| Member {
        readonly: words.contains(&"readonly"),
        access: access_of(&words),
        ..Member::plain(param.name.clone(), param_type(param))
    })
}

impl Types<'_, '_> {
    pub(super) fn class_members(
        &mut self,
        declaration: &mut Declaration,
        syntax: Syntax<'_>,
        at: Written<'_>,
    ) {
        let mut assigned: Vec<Member> = Vec::new();
        for member in syntax.children() {
            match member.kind() {
                Kind::Constructor => {
                    let list = member.child(Kind::Params);
                    let params = list.map(|it| self.parameters(it, at)).unwrap_or_default();
                    let written = list.into_iter().flat_map(Syntax::children);
                    let properties = params.iter().zip(written);
                    declaration.members.extend(
                        properties.filter_map(|(param, it)| parameter_property(param, it, at)),
                    );
                    declaration.constructor = Some(params);
                    assigned = self.assigned_members(member, declaration, at);
                }
                Kind::AccessorMember => self.accessor(declaration, member, at),
                Kind::MethodMember | Kind::FieldMember => self.property(declaration, member, at),
                _ => (),
            }
        }
        for member in assigned {
            if !declaration.members.iter().any(|it| it.name == member.name) {
                declaration.members.push(member);
            }
        }
    }

    /// A method or a field.
    fn property(&mut self, declaration: &mut Declaration, syntax: Syntax<'_>, at: Written<'_>) {
        let words = modifiers(syntax, at.text);
        let is = |word: &str| words.contains(&word);
        let method = syntax.kind() == Kind::MethodMember;
        let Some(name) = member_name(syntax, at.text) else { return };
        let ty = if method {
            Type::Function(Rc::new(self.signature(syntax, at)))
        } else {
            self.field_type(syntax, at)
        };
        let optional = syntax.tokens().any(|it| it.kind == Kind::Question);
        let all = if is("static") { &mut declaration.statics } else { &mut declaration.members };
        let (readonly, access, is_abstract) = (is("readonly"), access_of(&words), is("abstract"));
        let plain = Member::plain(name, ty);
        all.push(Member { optional, readonly, access, method, is_abstract, ..plain });
    }

    /// A getter or setter: a property that can be read only if it has a getter, and set if it has a setter.
    fn accessor(&mut self, declaration: &mut Declaration, syntax: Syntax<'_>, at: Written<'_>) {
        let words = modifiers(syntax, at.text);
        let Some(name) = member_name(syntax, at.text) else { return };
        if words.contains(&"static") {
            let message = "a static getter or setter is not supported by the embedded compiler yet";
            return self.report(at, Finding::error("unsupported", syntax.range(), message));
        }
        let signature = self.signature(syntax, at);
        let is_getter = accessor_word(syntax, at.text) == "get";
        let ty = match signature.params.first() {
            Some(param) if !is_getter => param.ty.clone(),
            _ => signature.result,
        };
        if let Some(other) = declaration.members.iter_mut().find(|it| it.name == name) {
            other.readonly = false;
            if is_getter {
                other.ty = ty;
            }
            return;
        }
        let (access, is_abstract) = (access_of(&words), words.contains(&"abstract"));
        let plain = Member::plain(name, ty);
        let member = Member { readonly: is_getter, access, accessor: true, is_abstract, ..plain };
        declaration.members.push(member);
    }

    /// The fields that a constructor makes by assigning one of its parameters or a literal to them.
    fn assigned_members(
        &mut self,
        constructor: Syntax<'_>,
        declaration: &Declaration,
        at: Written<'_>,
    ) -> Vec<Member> {
        let Some(body) = constructor.child(Kind::Block) else { return Vec::new() };
        let mut found: Vec<Member> = Vec::new();
        for stmt in body.children().filter(|it| it.kind() == Kind::ExprStmt) {
            let Some(assign) = stmt.child(Kind::AssignExpr) else { continue };
            let mut sides = assign.children();
            let (Some(target), Some(value)) = (sides.next(), sides.next()) else { continue };
            let is_field = target.kind() == Kind::MemberExpr
                && target.child(Kind::ThisExpr).is_some()
                && assign.token(Kind::Equals).is_some();
            let Some(name) = member_name(target, at.text).filter(|_| is_field) else { continue };
            let ty = match value.kind() {
                Kind::NameExpr => {
                    let wanted = &at.text[value.range().span()];
                    let params = declaration.constructor.as_ref();
                    params.and_then(|all| all.iter().find(|it| it.name == wanted)).map(param_type)
                }
                _ => self.plain_type(value, at),
            };
            if !found.iter().any(|it| it.name == name) {
                found.push(Member::plain(name, ty.unwrap_or(Type::Any)));
            }
        }
        found
    }

    fn field_type(&mut self, member: Syntax<'_>, at: Written<'_>) -> Type {
        if let Some(ty) = member.child(Kind::Annotation).and_then(|it| it.children().next()) {
            return self.ty(ty, at);
        }
        let Some(value) = member.child(Kind::Initializer).and_then(|it| it.children().next())
        else {
            return Type::Any;
        };
        self.plain_type(value, at).unwrap_or_else(|| {
            let name = member_name(member, at.text).unwrap_or_default();
            let message = format!("the field `{name}` needs a type");
            let finding = Finding::error("missing-type", value.range(), message);
            self.report(at, finding.help(format!("write `{name}: type = …`")));
            Type::Unknown
        })
    }

    /// The type of a field's first value, where that is plain from its form.
    fn plain_type(&mut self, value: Syntax<'_>, at: Written<'_>) -> Option<Type> {
        let mut parts = value.children();
        match value.kind() {
            Kind::ParenExpr => self.plain_type(parts.next()?, at),
            Kind::NewExpr => {
                let class = parts.next().filter(|it| it.kind() == Kind::NameExpr)?;
                let name = &at.text[class.range().span()];
                let arguments = self.type_arguments(value, at);
                let ty = self.class_type(name, arguments)?;
                self.used.insert(Name::new(name));
                Some(ty)
            }
            Kind::ArrowExpr | Kind::FunctionExpr => {
                let params = value.child(Kind::Params)?;
                let written = |it: Syntax<'_>| it.child(Kind::Annotation).is_some();
                let complete = written(value) && params.children().all(written);
                complete.then(|| Type::Function(Rc::new(self.signature(value, at))))
            }
            Kind::AsExpr => {
                let ty = parts.nth(1)?;
                Some(self.ty(ty, at))
            }
            Kind::ArrayExpr => {
                let elements: Option<Vec<Type>> = parts.map(|it| self.plain_type(it, at)).collect();
                let elements = elements.filter(|it| !it.is_empty())?;
                Some(Type::array(Type::union(elements)))
            }
            Kind::UpdateExpr | Kind::PostfixExpr => Some(Type::Number),
            Kind::UnaryExpr if value.token(Kind::Bang).is_some() => Some(Type::Boolean),
            _ => literal_type(value),
        }
    }

    /// The type of the objects of a class that is named here.
    fn class_type(&mut self, name: &str, arguments: Vec<Type>) -> Option<Type> {
        let item = match self.names.get(name) {
            Some(TypeName::Own) => self.own_item(name),
            Some(TypeName::Imported(item)) => item.clone(),
            Some(TypeName::Nothing) => return None,
            None if prelude::exports_type(name) && !prelude::is_prelude(&self.path) => {
                ItemRef { module: prelude::path(), name: Name::new(name) }
            }
            None => return None,
        };
        let count = match self.own.get(&item.name).filter(|_| item.module == self.path) {
            Some(own) if own.kind() != Kind::ClassItem => return None,
            Some(own) => own.child(Kind::TypeParams).map_or(0, |it| it.children().count()),
            None => {
                let declaration = self.declaration(&item)?;
                if declaration.kind != DeclarationKind::Class {
                    return None;
                }
                declaration.variables.len()
            }
        };
        (count == arguments.len()).then(|| Type::Named(Rc::new(item), arguments.into()))
    }

    pub(super) fn enum_values(
        &mut self,
        syntax: Syntax<'_>,
        at: Written<'_>,
    ) -> Vec<(Name, EnumValue)> {
        let mut values: Vec<(Name, EnumValue)> = Vec::new();
        for member in syntax.children().filter(|it| it.kind() == Kind::EnumMember) {
            let Some(name) = member_name(member, at.text) else { continue };
            let written = member.child(Kind::Initializer).and_then(|it| it.children().next());
            let value = match written {
                Some(value) => constant(value, at.text, &values).unwrap_or_else(|| {
                    let message = "the value of an enum's member is a number or a string";
                    self.report(at, Finding::error("enum-value", value.range(), message));
                    EnumValue::Number(0.0)
                }),
                None => match values.last() {
                    None => EnumValue::Number(0.0),
                    Some((_, EnumValue::Number(before))) => EnumValue::Number(before + 1.0),
                    Some((_, EnumValue::Text(_))) => {
                        let message =
                            format!("`{name}` needs a value, since the one before it is a string");
                        self.report(at, Finding::error("enum-value", member.range(), message));
                        EnumValue::Number(0.0)
                    }
                },
            };
            values.push((name, value));
        }
        values
    }

    /// An object type; one with an index signature is a record.
    pub(super) fn object_type(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Type {
        let Some(index) = syntax.child(Kind::IndexMember) else {
            return Type::Object(Rc::new(self.object_members(syntax, at)));
        };
        if 1 < syntax.children().count() {
            let message = "an index signature beside other members is not supported by the embedded compiler yet";
            self.report(at, Finding::error("unsupported", index.range(), message));
        }
        let value = index.child(Kind::Annotation).and_then(|it| it.children().next());
        Type::Record(Rc::new(value.map_or(Type::Any, |it| self.ty(it, at))))
    }

    /// `Record<K, V>`: for names that are known an object, else a record.
    pub(super) fn record(
        &mut self,
        key: &Type,
        value: Type,
        range: TextRange,
        at: Written<'_>,
    ) -> Type {
        let names: Option<Vec<Name>> = key
            .members()
            .iter()
            .map(|it| match it {
                Type::StringLiteral(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        match names {
            Some(names) => Type::Object(Rc::new(
                names.into_iter().map(|it| Member::plain(it, value.clone())).collect(),
            )),
            None if key.is_string() || key.is_number() => Type::Record(Rc::new(value)),
            None => {
                let message =
                    format!("a record by `{key}` is not supported by the embedded compiler yet");
                self.report(at, Finding::error("unsupported", range, message));
                Type::Unknown
            }
        }
    }

    pub(super) fn object_members(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for member in syntax.children() {
            let Some(name) = member_name(member, at.text) else { continue };
            let optional = member.tokens().any(|it| it.kind == Kind::Question);
            let readonly = modifiers(member, at.text).contains(&"readonly");
            let method = member.kind() == Kind::MethodType;
            let ty = if method {
                Type::Function(Rc::new(self.signature(member, at)))
            } else if let Some(ty) =
                member.child(Kind::Annotation).and_then(|it| it.children().next())
            {
                self.ty(ty, at)
            } else {
                continue;
            };
            if members.iter().any(|it| it.name == name) {
                let message = format!("`{name}` is there twice");
                self.report(at, Finding::error("duplicate-property", member.range(), message));
                continue;
            }
            members.push(Member { optional, readonly, method, ..Member::plain(name, ty) });
        }
        members
    }
}
