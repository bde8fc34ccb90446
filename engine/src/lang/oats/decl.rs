//! Named types: classes, interfaces, enums, aliases, of this module and of others; and what written types mean.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Finding, ModulePath, Name, TextRange, nearest};
use crate::ir::{ItemRef, TypeDef, TypeKind};
use crate::lang::Environment;
use crate::lang::oats::grammar;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::lexer::{number, unescaped};
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Member, Parameter, Signature, Type, Variable};
use crate::syntax::Node;

pub(crate) type Syntax<'t> = Node<'t, Kind>;

/// A value of an enum's member.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EnumValue {
    Number(f64),
    Text(Name),
}

/// What a named type is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DeclarationKind {
    Class,
    Interface,
    Enum(Vec<(Name, EnumValue)>),
    Alias(Type),
}

/// A named type.
#[derive(Clone, Debug)]
pub(crate) struct Declaration {
    pub(crate) item: Rc<ItemRef>,
    pub(crate) kind: DeclarationKind,
    pub(crate) variables: Vec<Variable>,
    /// The class that a class extends, the interfaces that an interface extends.
    pub(crate) parents: Vec<Type>,
    /// Its own members.
    pub(crate) members: Vec<Member>,
    pub(crate) statics: Vec<Member>,
    /// The parameters of the constructor of a class that has one.
    pub(crate) constructor: Option<Vec<Parameter>>,
}

/// Where a written type stands.
#[derive(Clone, Copy)]
pub(crate) struct Written<'x> {
    pub(crate) text: &'x str,
    /// Whether it is the declaration of another module's item: its names are complete, its mistakes are not reported.
    pub(crate) foreign: bool,
}

/// What a name means where a type is expected.
#[derive(Clone, Debug)]
pub(crate) enum TypeName {
    Own,
    Imported(ItemRef),
    /// It was to be imported from where it is not, which has been reported.
    Nothing,
}

/// All named types that the module knows.
pub(crate) struct Types<'t, 'e> {
    pub(crate) env: &'e dyn Environment,
    pub(crate) path: ModulePath,
    pub(crate) text: &'t str,
    pub(crate) own: FxHashMap<Name, Syntax<'t>>,
    pub(crate) names: FxHashMap<Name, TypeName>,
    /// The types of fields without an annotation, found from their first values.
    pub(crate) inferred: FxHashMap<TextRange, Type>,
    known: FxHashMap<ItemRef, Option<Rc<Declaration>>>,
    /// The declarations that are being looked at.
    open: FxHashSet<ItemRef>,
    pub(crate) variables: Vec<Variable>,
    next_variable: u32,
    pub(crate) findings: Vec<Finding>,
    /// The imported names that are used.
    pub(crate) used: FxHashSet<Name>,
}

impl<'t, 'e> Types<'t, 'e> {
    pub(crate) fn new(text: &'t str, path: ModulePath, env: &'e dyn Environment) -> Types<'t, 'e> {
        Types {
            env,
            path,
            text,
            own: FxHashMap::default(),
            names: FxHashMap::default(),
            inferred: FxHashMap::default(),
            known: FxHashMap::default(),
            open: FxHashSet::default(),
            variables: Vec::new(),
            next_variable: 0,
            findings: Vec::new(),
            used: FxHashSet::default(),
        }
    }

    fn report(&mut self, at: Written<'_>, finding: Finding) {
        if !at.foreign && !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// The item of a type of this module.
    pub(crate) fn own_item(&self, name: &str) -> ItemRef {
        ItemRef { module: self.path.clone(), name: Name::new(name) }
    }

    /// The named type that an item is.
    pub(crate) fn declaration(&mut self, item: &ItemRef) -> Option<Rc<Declaration>> {
        if let Some(known) = self.known.get(item) {
            return known.clone();
        }
        if !self.open.insert(item.clone()) {
            return None;
        }
        let found = if item.module == self.path {
            let own = self.own.get(&item.name).copied();
            let at = Written { text: self.text, foreign: false };
            let outer = std::mem::take(&mut self.variables);
            let found = own.and_then(|syntax| self.read(item, syntax, at));
            self.variables = outer;
            found
        } else {
            self.definition(item).and_then(|def| self.foreign(item, &def))
        };
        let found = found.map(Rc::new);
        self.open.remove(item);
        self.known.insert(item.clone(), found.clone());
        found
    }

    fn definition(&self, item: &ItemRef) -> Option<std::sync::Arc<TypeDef>> {
        match prelude::interface_of(&item.module) {
            Some(interface) => interface.types.get(&item.name).cloned(),
            None => self.env.mentioned_type(item),
        }
    }

    fn foreign(&mut self, item: &ItemRef, def: &TypeDef) -> Option<Declaration> {
        let TypeKind::Declared(text) = &def.kind else { return None };
        let (tree, _) = grammar::parse_declared(text);
        let outer = std::mem::take(&mut self.variables);
        let syntax = tree.root().children().next()?;
        let found = self.read(item, syntax, Written { text, foreign: true });
        self.variables = outer;
        found
    }

    fn read(&mut self, item: &ItemRef, syntax: Syntax<'_>, at: Written<'_>) -> Option<Declaration> {
        let variables = self.type_params(syntax, at);
        let mut declaration = Declaration {
            item: Rc::new(item.clone()),
            kind: DeclarationKind::Interface,
            variables,
            parents: Vec::new(),
            members: Vec::new(),
            statics: Vec::new(),
            constructor: None,
        };
        if let Some(heritage) = syntax.child(Kind::Heritage) {
            declaration.parents = heritage.children().map(|it| self.ty(it, at)).collect();
        }
        match syntax.kind() {
            Kind::ClassItem => {
                declaration.kind = DeclarationKind::Class;
                self.class_members(&mut declaration, syntax, at);
            }
            Kind::InterfaceItem => {
                let body = syntax.child(Kind::ObjectType)?;
                declaration.members = self.object_members(body, at);
            }
            Kind::AliasItem => {
                let body = syntax.children().find(|it| it.kind().is_type())?;
                if body.kind() == Kind::ObjectType {
                    declaration.members = self.object_members(body, at);
                } else {
                    declaration.kind = DeclarationKind::Alias(self.ty(body, at));
                }
            }
            Kind::EnumItem => {
                declaration.kind = DeclarationKind::Enum(self.enum_values(syntax, at));
            }
            _ => return None,
        }
        Some(declaration)
    }

    /// Brings the type parameters of a declaration or function into scope; whoever does so ends their scope.
    pub(crate) fn type_params(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Variable> {
        let Some(params) = syntax.child(Kind::TypeParams) else { return Vec::new() };
        let start = self.variables.len();
        for param in params.children() {
            let name = param.token(Kind::Name).map_or("", |it| &at.text[it.range.span()]);
            self.next_variable += 1;
            self.variables.push(Variable {
                id: self.next_variable,
                name: Name::new(name),
                bound: None,
            });
        }
        for (n, param) in params.children().enumerate() {
            if let Some(bound) = param.children().next() {
                let bound = self.ty(bound, at);
                self.variables[start + n].bound = Some(Rc::new(bound));
            }
        }
        self.variables[start..].to_vec()
    }

    fn class_members(
        &mut self,
        declaration: &mut Declaration,
        syntax: Syntax<'_>,
        at: Written<'_>,
    ) {
        let mut assigned: Vec<Member> = Vec::new();
        for member in syntax.children() {
            let words = modifiers(member, at.text);
            let is = |word: &str| words.contains(&word);
            match member.kind() {
                Kind::Constructor => {
                    let params = member.child(Kind::Params).map(|it| self.parameters(it, at));
                    let params = params.unwrap_or_default();
                    if let Some(list) = member.child(Kind::Params) {
                        for (param, syntax) in params.iter().zip(list.children()) {
                            let words = modifiers(syntax, at.text);
                            if !words.is_empty() {
                                let ty = param_type(param);
                                declaration.members.push(Member {
                                    readonly: words.contains(&"readonly"),
                                    private: is_private(&words),
                                    ..Member::plain(param.name.clone(), ty)
                                });
                            }
                        }
                    }
                    declaration.constructor = Some(params);
                    assigned = self.assigned_members(member, declaration, at);
                }
                Kind::MethodMember | Kind::FieldMember => {
                    let method = member.kind() == Kind::MethodMember;
                    let Some(name) = member_name(member, at.text) else { continue };
                    let ty = if method {
                        Type::Function(Rc::new(self.signature(member, at)))
                    } else {
                        self.field_type(member, at)
                    };
                    let optional = member.tokens().any(|it| it.kind == Kind::Question);
                    let all = if is("static") {
                        &mut declaration.statics
                    } else {
                        &mut declaration.members
                    };
                    let (readonly, private) = (is("readonly"), is_private(&words));
                    all.push(Member { name, ty, optional, readonly, private, method });
                }
                _ => (),
            }
        }
        for member in assigned {
            if !declaration.members.iter().any(|it| it.name == member.name) {
                declaration.members.push(member);
            }
        }
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
                _ => self.inferred.get(&value.range()).cloned().or_else(|| literal_type(value)),
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
        let known = self.inferred.get(&value.range()).cloned();
        known.or_else(|| literal_type(value)).unwrap_or_else(|| {
            let name = member_name(member, at.text).unwrap_or_default();
            let message = format!("the field `{name}` needs a type");
            let finding = Finding::error("missing-type", value.range(), message);
            self.report(at, finding.help(format!("write `{name}: type = …`")));
            Type::Unknown
        })
    }

    fn enum_values(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<(Name, EnumValue)> {
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

    fn object_members(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Member> {
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
            members.push(Member { name, ty, optional, readonly, private: false, method });
        }
        members
    }

    /// The signature that a function, method or function type is written with. A result that is not written is `void`.
    pub(crate) fn signature(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Signature {
        let depth = self.variables.len();
        let variables = self.type_params(syntax, at);
        let params =
            syntax.child(Kind::Params).map(|it| self.parameters(it, at)).unwrap_or_default();
        let result = match syntax.child(Kind::Annotation).and_then(|it| it.children().next()) {
            Some(ty) => self.ty(ty, at),
            None if syntax.kind() == Kind::FunctionType => {
                let ty = syntax.children().find(|it| it.kind().is_type());
                ty.map_or(Type::Unknown, |it| self.ty(it, at))
            }
            None if is_async(syntax, at.text) => Type::Promise(Rc::new(Type::Void)),
            None => Type::Void,
        };
        self.variables.truncate(depth);
        Signature { variables, params, result }
    }

    /// Parameters as they are written; one without a type is of unknown type here.
    pub(crate) fn parameters(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Parameter> {
        syntax
            .children()
            .filter(|it| it.kind() == Kind::Param)
            .map(|it| self.parameter(it, at))
            .collect()
    }

    fn parameter(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Parameter {
        let initial = syntax.child(Kind::Initializer).and_then(|it| it.children().next());
        let ty = match syntax.child(Kind::Annotation).and_then(|it| it.children().next()) {
            Some(ty) => self.ty(ty, at),
            None => initial.and_then(|it| literal_type(it)).unwrap_or(Type::Unknown),
        };
        Parameter {
            name: Name::new(param_name(syntax, at.text)),
            ty,
            optional: initial.is_some() || syntax.token(Kind::Question).is_some(),
            rest: syntax.token(Kind::Ellipsis).is_some(),
        }
    }

    /// What a written type means.
    pub(crate) fn ty(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Type {
        match syntax.kind() {
            Kind::NameType => self.named(syntax, at),
            Kind::ImportType => {
                let module = syntax.token(Kind::String).map_or("", |it| &at.text[it.range.span()]);
                let module = ModulePath::new(module.trim_matches('"'));
                let name =
                    syntax.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word()).last();
                let name = Name::new(name.map_or("", |it| &at.text[it.range.span()]));
                let arguments = self.type_arguments(syntax, at);
                self.apply(ItemRef { module, name }, arguments, syntax.range(), at)
            }
            Kind::LiteralType => literal(syntax, at.text).unwrap_or(Type::Unknown),
            Kind::ArrayType => {
                let element = syntax.children().find(|it| it.kind().is_type());
                Type::array(element.map_or(Type::Unknown, |it| self.ty(it, at)))
            }
            Kind::TupleType => Type::Tuple(self.all(syntax, at).into()),
            Kind::ObjectType => Type::Object(Rc::new(self.object_members(syntax, at))),
            Kind::FunctionType => Type::Function(Rc::new(self.signature(syntax, at))),
            Kind::UnionType => Type::union(self.all(syntax, at)),
            Kind::ParenType => syntax.children().next().map_or(Type::Unknown, |it| self.ty(it, at)),
            _ => Type::Unknown,
        }
    }

    fn all(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Type> {
        syntax.children().map(|it| self.ty(it, at)).collect()
    }

    pub(crate) fn type_arguments(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Vec<Type> {
        syntax.child(Kind::TypeArguments).map(|it| self.all(it, at)).unwrap_or_default()
    }

    fn named(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Type {
        let token = syntax.tokens().next();
        let name = token.map_or("", |it| &at.text[it.range.span()]);
        let range = token.map_or(syntax.range(), |it| it.range);
        let mut arguments = self.type_arguments(syntax, at);
        if let Some(variable) = self.variables.iter().rev().find(|it| it.name == name) {
            return Type::Param(variable.clone());
        }
        let builtin = match name {
            "number" | "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "f32"
            | "f64" | "isize" | "usize" | "int" => Type::Number,
            "string" => Type::String,
            "boolean" | "bool" => Type::Boolean,
            "void" => Type::Void,
            "null" => Type::Null,
            "undefined" => Type::Undefined,
            "any" => Type::Any,
            "unknown" => Type::Anything,
            "never" => Type::Never,
            "Array" | "ReadonlyArray" if arguments.len() == 1 => {
                return Type::array(arguments.remove(0));
            }
            "Promise" if arguments.len() == 1 => {
                return Type::Promise(Rc::new(arguments.remove(0)));
            }
            "Array" | "ReadonlyArray" | "Promise" => {
                let message = format!("`{name}` takes one type argument");
                self.report(at, Finding::error("type-arguments", range, message));
                return Type::Unknown;
            }
            _ => return self.declared(name, arguments, range, at),
        };
        if !arguments.is_empty() {
            let message = format!("`{name}` takes no type arguments");
            self.report(at, Finding::error("type-arguments", range, message));
        }
        builtin
    }

    fn declared(
        &mut self,
        name: &str,
        arguments: Vec<Type>,
        range: TextRange,
        at: Written<'_>,
    ) -> Type {
        let item = match self.names.get(name).cloned() {
            Some(TypeName::Own) => self.own_item(name),
            Some(TypeName::Imported(item)) => {
                self.used.insert(Name::new(name));
                item
            }
            Some(TypeName::Nothing) => {
                self.used.insert(Name::new(name));
                return Type::Any;
            }
            None if !prelude::is_prelude(&self.path) && prelude::exports_type(name) => {
                ItemRef { module: prelude::path(), name: Name::new(name) }
            }
            None => {
                let message = format!("there is no type `{name}`");
                let finding = Finding::error("unknown-type", range, message);
                let known = ["number", "string", "boolean", "void", "null", "undefined"];
                let names = self.names.keys().map(Name::as_str).chain(known);
                let mut names: Vec<&str> = names.collect();
                names.sort_unstable();
                let finding = match nearest(name, names) {
                    Some(similar) => finding.fix(format!("write `{similar}`"), range, similar),
                    None => finding,
                };
                self.report(at, finding);
                return Type::Unknown;
            }
        };
        self.apply(item, arguments, range, at)
    }

    fn apply(
        &mut self,
        item: ItemRef,
        arguments: Vec<Type>,
        range: TextRange,
        at: Written<'_>,
    ) -> Type {
        if self.open.contains(&item) {
            // It mentions itself. An alias that is no object type would never end.
            let own = self.own.get(&item.name).filter(|_| item.module == self.path);
            let endless = own.is_some_and(|it| {
                it.kind() == Kind::AliasItem && it.child(Kind::ObjectType).is_none()
            });
            if endless {
                let message = format!("the type `{}` is defined by itself", item.name);
                let finding = Finding::error("circular-type", range, message);
                self.report(at, finding.help("put an object type, interface or class between"));
                return Type::Unknown;
            }
            return Type::Named(Rc::new(item), arguments.into());
        }
        let Some(declaration) = self.declaration(&item) else { return Type::Unknown };
        if declaration.variables.len() != arguments.len() {
            let (name, wanted) = (&item.name, declaration.variables.len());
            let plural = if wanted == 1 { "" } else { "s" };
            let message = format!(
                "`{name}` takes {wanted} type argument{plural}, but {} are given",
                arguments.len()
            );
            self.report(at, Finding::error("type-arguments", range, message));
            return Type::Unknown;
        }
        match &declaration.kind {
            DeclarationKind::Alias(ty) => {
                ty.substitute(&|variable| argument_of(&declaration.variables, &arguments, variable))
            }
            _ => Type::Named(declaration.item.clone(), arguments.into()),
        }
    }

    /// The members of a named type with these arguments, inherited ones included, nearest first.
    pub(crate) fn members(&mut self, item: &ItemRef, arguments: &[Type]) -> Vec<Member> {
        let mut all: Vec<Member> = Vec::new();
        let mut queue = vec![(item.clone(), arguments.to_vec())];
        let mut seen = FxHashSet::default();
        while let Some((item, arguments)) = queue.pop() {
            if !seen.insert(item.clone()) {
                continue;
            }
            let Some(declaration) = self.declaration(&item) else { continue };
            let types = |it: &Variable| argument_of(&declaration.variables, &arguments, it);
            for member in &declaration.members {
                if !all.iter().any(|it| it.name == member.name) {
                    all.push(Member { ty: member.ty.substitute(&types), ..member.clone() });
                }
            }
            for parent in &declaration.parents {
                if let Type::Named(item, arguments) = parent.substitute(&types) {
                    queue.push(((*item).clone(), arguments.to_vec()));
                }
            }
        }
        all
    }

    /// The class that a class extends.
    pub(crate) fn parent(&mut self, item: &ItemRef) -> Option<Rc<ItemRef>> {
        match self.declaration(item)?.parents.first()? {
            Type::Named(item, _) => Some(item.clone()),
            _ => None,
        }
    }

    /// Whether a class is another or extends it.
    pub(crate) fn extends(&mut self, item: &ItemRef, other: &ItemRef) -> bool {
        let mut at = Some(Rc::new(item.clone()));
        for _ in 0..1000 {
            match at {
                Some(item) if *item == *other => return true,
                Some(item) => at = self.parent(&item),
                None => return false,
            }
        }
        false
    }

    /// Whether a named type is an enum, and its members.
    pub(crate) fn enum_of(&mut self, ty: &Type) -> Option<Rc<Declaration>> {
        let Type::Named(item, _) = ty else { return None };
        self.declaration(item).filter(|it| matches!(it.kind, DeclarationKind::Enum(_)))
    }
}

/// The type argument that stands for a type variable.
pub(crate) fn argument_of(
    variables: &[Variable],
    arguments: &[Type],
    wanted: &Variable,
) -> Option<Type> {
    let index = variables.iter().position(|it| it == wanted)?;
    arguments.get(index).cloned()
}

/// The words like `public` before a member or parameter.
pub(crate) fn modifiers<'x>(syntax: Syntax<'_>, text: &'x str) -> Vec<&'x str> {
    let mut words = Vec::new();
    let tokens: Vec<_> = syntax.tokens().collect();
    for pair in tokens.windows(2) {
        let word = &text[pair[0].range.span()];
        let known = ["public", "private", "protected", "readonly", "static", "override", "async"];
        let follows = pair[1].kind == Kind::Name
            || pair[1].kind.is_word()
            || matches!(pair[1].kind, Kind::Ellipsis | Kind::String);
        if !known.contains(&word) || !follows {
            break;
        }
        words.push(word);
    }
    if let [only] = &tokens[..]
        && syntax.kind() == Kind::Param
        && syntax.children().any(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern))
    {
        words.push(&text[only.range.span()]);
    }
    words
}

fn is_private(words: &[&str]) -> bool {
    words.contains(&"private") || words.contains(&"protected")
}

/// Whether `async` stands before a function.
pub(crate) fn is_async(syntax: Syntax<'_>, text: &str) -> bool {
    let before =
        syntax.tokens().take_while(|it| it.kind != Kind::Function && it.kind != Kind::Arrow);
    let mut words = before.map(|it| &text[it.range.span()]).take(4);
    let count = syntax.tokens().filter(|it| it.kind == Kind::Name).count();
    match syntax.kind() {
        Kind::MethodMember | Kind::MethodProperty => 1 < count && words.any(|it| it == "async"),
        _ => words.any(|it| it == "async"),
    }
}

/// The name of a member, property or enum member: its last word, or a string.
pub(crate) fn member_name(syntax: Syntax<'_>, text: &str) -> Option<Name> {
    let token = syntax.tokens().filter(|it| {
        it.kind == Kind::Name || it.kind.is_word() || matches!(it.kind, Kind::String | Kind::Number)
    });
    let token = token.last()?;
    let written = &text[token.range.span()];
    Some(match token.kind {
        Kind::String => Name::from(unescaped(inside(written))),
        Kind::Number => Name::from(format!("{}", number(written)?)),
        _ => Name::new(written),
    })
}

/// The name of a parameter; empty where it is a pattern.
pub(crate) fn param_name<'x>(syntax: Syntax<'_>, text: &'x str) -> &'x str {
    if syntax.children().any(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern)) {
        return "";
    }
    syntax
        .tokens()
        .filter(|it| it.kind == Kind::Name)
        .last()
        .map_or("", |it| &text[it.range.span()])
}

fn param_type(param: &Parameter) -> Type {
    param.ty.clone()
}

/// A string without its quotes.
pub(crate) fn inside(written: &str) -> &str {
    let rest = written.get(1..).unwrap_or_default();
    let quote = written.chars().next().unwrap_or('"');
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// The type of one value, as a type or expression that is a literal writes it.
pub(crate) fn literal(syntax: Syntax<'_>, text: &str) -> Option<Type> {
    let mut sign = 1.0;
    for token in syntax.tokens() {
        let written = &text[token.range.span()];
        match token.kind {
            Kind::Minus => sign = -1.0,
            Kind::Number => return Some(Type::NumberLiteral((sign * number(written)?).to_bits())),
            Kind::String => {
                return Some(Type::StringLiteral(Name::from(unescaped(inside(written)))));
            }
            Kind::True => return Some(Type::BooleanLiteral(true)),
            Kind::False => return Some(Type::BooleanLiteral(false)),
            _ => return None,
        }
    }
    None
}

/// The type that a variable with this first value gets, where that is plain from its form.
fn literal_type(value: Syntax<'_>) -> Option<Type> {
    match value.kind() {
        Kind::NumberExpr => Some(Type::Number),
        Kind::StringExpr | Kind::TemplateExpr => Some(Type::String),
        Kind::BoolExpr => Some(Type::Boolean),
        Kind::UnaryExpr if value.token(Kind::Minus).is_some() => {
            value.children().next().and_then(|it| literal_type(it))
        }
        _ => None,
    }
}

/// The value of an enum's member as it is written.
fn constant(value: Syntax<'_>, text: &str, known: &[(Name, EnumValue)]) -> Option<EnumValue> {
    let number = |value: Syntax<'_>| match constant(value, text, known)? {
        EnumValue::Number(value) => Some(value),
        EnumValue::Text(_) => None,
    };
    match value.kind() {
        Kind::NumberExpr | Kind::StringExpr => match literal(value, text)? {
            Type::NumberLiteral(bits) => Some(EnumValue::Number(f64::from_bits(bits))),
            Type::StringLiteral(text) => Some(EnumValue::Text(text)),
            _ => None,
        },
        Kind::NameExpr => {
            let name = &text[value.range().span()];
            known.iter().find(|it| it.0 == name).map(|it| it.1.clone())
        }
        Kind::ParenExpr => constant(value.children().next()?, text, known),
        Kind::UnaryExpr if value.token(Kind::Minus).is_some() => {
            Some(EnumValue::Number(-number(value.children().next()?)?))
        }
        Kind::BinaryExpr => {
            let mut operands = value.children();
            let (left, right) = (number(operands.next()?)?, number(operands.next()?)?);
            let sign = value.tokens().next()?;
            Some(EnumValue::Number(match sign.kind {
                Kind::Plus => left + right,
                Kind::Minus => left - right,
                Kind::Star => left * right,
                Kind::Or => f64::from(left as i32 | right as i32),
                Kind::ShiftLeft => {
                    f64::from((left as i32).wrapping_shl((right as i32).cast_unsigned()))
                }
                _ => return None,
            }))
        }
        _ => None,
    }
}
