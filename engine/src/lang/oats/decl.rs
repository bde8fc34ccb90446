//! Named types: classes, interfaces, enums, aliases, of this module and of others; and what written types mean.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Finding, ModulePath, Name, TextRange, nearest};
use crate::ir::{ItemRef, TypeDef, TypeKind};
use crate::lang::Environment;
use crate::lang::oats::grammar;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Member, Parameter, Signature, Type, Variable};
use crate::lang::oats::written::{is_async, literal, literal_type, names_of, param_name};
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
    /// Whether it is a class of which no object can be made.
    pub(crate) is_abstract: bool,
    pub(crate) variables: Vec<Variable>,
    /// The class that a class extends, the interfaces that an interface extends.
    pub(crate) parents: Vec<Type>,
    /// Its own members.
    pub(crate) members: Vec<Member>,
    pub(crate) statics: Vec<Member>,
    /// The parameters of the constructor of a class that has one.
    pub(crate) constructor: Option<Vec<Parameter>>,
}

impl Declaration {
    /// The value of a member of an enum.
    pub(crate) fn enum_value(&self, name: &str) -> Option<EnumValue> {
        let DeclarationKind::Enum(values) = &self.kind else { return None };
        values.iter().find(|it| it.0 == name).map(|it| it.1.clone())
    }

    /// Whether it is an enum whose values are texts.
    pub(crate) fn is_text_enum(&self) -> bool {
        let DeclarationKind::Enum(values) = &self.kind else { return false };
        matches!(values.first(), Some((_, EnumValue::Text(_))))
    }
}

/// Where a written type stands.
#[derive(Clone, Copy)]
pub(crate) struct Written<'x> {
    pub(crate) text: &'x str,
    /// Whether it is the declaration of another module's item: its names are complete, its mistakes are not reported.
    pub(crate) foreign: bool,
}

/// The number of the type variable `this`.
pub(crate) const THIS_TYPE: u32 = 0;

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
    known: FxHashMap<ItemRef, Option<Rc<Declaration>>>,
    /// The declarations that are being looked at, and how many types were around that may mention what they are part of.
    open: FxHashMap<ItemRef, u32>,
    /// How many such types are around: objects, arrays, tuples, functions.
    around: u32,
    pub(crate) variables: Vec<Variable>,
    next_variable: u32,
    pub(crate) findings: Vec<Finding>,
    /// How many parts of types may still be compared, and looked at to infer type arguments.
    pub(crate) effort: u32,
    pub(crate) inference: u32,
    /// The named types of which one was found to fit the other, in the comparison that goes on.
    pub(crate) proved: Vec<(Type, Type)>,
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
            known: FxHashMap::default(),
            open: FxHashMap::default(),
            around: 0,
            variables: Vec::new(),
            next_variable: 0,
            findings: Vec::new(),
            effort: 0,
            inference: 0,
            proved: Vec::new(),
            used: FxHashSet::default(),
        }
    }

    pub(super) fn report(&mut self, at: Written<'_>, finding: Finding) {
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
        if self.open.contains_key(item) {
            return None;
        }
        self.open.insert(item.clone(), self.around);
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
        let arguments: Vec<Type> = variables.iter().cloned().map(Type::Param).collect();
        let own = Type::Named(Rc::new(item.clone()), arguments.into());
        let name = Name::new("this");
        self.variables.push(Variable { id: THIS_TYPE, name, bound: Some(Rc::new(own)) });
        let mut declaration = Declaration {
            item: Rc::new(item.clone()),
            kind: DeclarationKind::Interface,
            is_abstract: names_of(syntax, at.text).next() == Some("abstract"),
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
                self.inside(|it| it.class_members(&mut declaration, syntax, at));
            }
            Kind::InterfaceItem => {
                let body = syntax.child(Kind::ObjectType)?;
                if body.child(Kind::IndexMember).is_some() {
                    let meant = self.inside(|it| it.object_type(body, at));
                    declaration.kind = DeclarationKind::Alias(meant);
                } else {
                    declaration.members = self.inside(|it| it.object_members(body, at));
                }
            }
            Kind::AliasItem => {
                let body = syntax.children().find(|it| it.kind().is_type())?;
                if body.kind() == Kind::ObjectType && body.child(Kind::IndexMember).is_none() {
                    declaration.members = self.inside(|it| it.object_members(body, at));
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

    /// Reads what may mention the types that it is part of.
    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.around += 1;
        let found = read(self);
        self.around -= 1;
        found
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
        let holds_others = matches!(
            syntax.kind(),
            Kind::ArrayType | Kind::TupleType | Kind::ObjectType | Kind::FunctionType
        );
        self.around += u32::from(holds_others);
        let ty = self.ty_of(syntax, at);
        self.around -= u32::from(holds_others);
        ty
    }

    fn ty_of(&mut self, syntax: Syntax<'_>, at: Written<'_>) -> Type {
        match syntax.kind() {
            Kind::NameType => self.named(syntax, at),
            Kind::ImportType => {
                let module = syntax.token(Kind::String).map_or("", |it| &at.text[it.range.span()]);
                let module = ModulePath::new(module.trim_matches('"'));
                let mut names = names_of(syntax, at.text).skip(1);
                let name = Name::new(names.next().unwrap_or_default());
                let member = names.next();
                let arguments = self.type_arguments(syntax, at);
                let ty = self.apply(ItemRef { module, name }, arguments, syntax.range(), at);
                self.of_enum(ty, member, syntax.range(), at)
            }
            Kind::LiteralType => literal(syntax, at.text).unwrap_or(Type::Unknown),
            Kind::ArrayType => {
                let element = syntax.children().find(|it| it.kind().is_type());
                Type::array(element.map_or(Type::Unknown, |it| self.ty(it, at)))
            }
            Kind::TupleType => Type::Tuple(self.all(syntax, at).into()),
            Kind::ObjectType => self.object_type(syntax, at),
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
            "Record" if arguments.len() == 2 && !self.names.contains_key(name) => {
                let value = arguments.remove(1);
                return self.record(&arguments[0], value, range, at);
            }
            "Promise" if arguments.len() == 1 => {
                return Type::Promise(Rc::new(arguments.remove(0)));
            }
            "ReadonlyMap" => return self.declared("Map", arguments, range, at),
            "ReadonlySet" => return self.declared("Set", arguments, range, at),
            "Array" | "ReadonlyArray" | "Promise" => {
                let message = format!("`{name}` takes one type argument");
                self.report(at, Finding::error("type-arguments", range, message));
                return Type::Unknown;
            }
            _ => {
                let ty = self.declared(name, arguments, range, at);
                return self.of_enum(ty, names_of(syntax, at.text).nth(1), range, at);
            }
        };
        if !arguments.is_empty() {
            let message = format!("`{name}` takes no type arguments");
            self.report(at, Finding::error("type-arguments", range, message));
        }
        builtin
    }

    /// The type of a member of an enum, where one is named.
    fn of_enum(
        &mut self,
        ty: Type,
        member: Option<&str>,
        range: TextRange,
        at: Written<'_>,
    ) -> Type {
        let Some(name) = member.filter(|_| ty != Type::Unknown) else { return ty };
        let own = Type::EnumMember(
            match &ty {
                Type::Named(item, _) => item.clone(),
                _ => return Type::Unknown,
            },
            Name::new(name),
        );
        if self.enum_of(&ty).is_some_and(|it| it.enum_value(name).is_some()) {
            return own;
        }
        let finding = Finding::error("unknown-type", range, format!("`{ty}` has no type `{name}`"));
        self.report(at, finding);
        Type::Unknown
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
        if let Some(around) = self.open.get(&item) {
            // It mentions itself. An alias may do so only inside of another type, or it would never end.
            let own = self.own.get(&item.name).filter(|_| item.module == self.path);
            let is_alias = own.is_some_and(|it| {
                it.kind() == Kind::AliasItem && it.child(Kind::ObjectType).is_none()
            });
            if is_alias && *around == self.around {
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
                let ty = ty.substitute(&|it| argument_of(&declaration.variables, &arguments, it));
                self.unfolded(ty)
            }
            _ => Type::Named(declaration.item.clone(), arguments.into()),
        }
    }

    /// The type that an alias stands for which mentions itself, where a type is one or a union with one.
    pub(crate) fn unfolded(&mut self, ty: Type) -> Type {
        let is_named = |it: &Type| matches!(it, Type::Named(..));
        if !ty.members().iter().any(is_named) {
            return ty;
        }
        let mut changed = false;
        let members: Vec<Type> = ty
            .members()
            .iter()
            .map(|it| {
                let Type::Named(item, arguments) = it else { return it.clone() };
                if self.open.contains_key(&**item) {
                    return it.clone();
                }
                let Some(declaration) = self.declaration(item) else { return it.clone() };
                let DeclarationKind::Alias(meant) = &declaration.kind else { return it.clone() };
                changed = true;
                meant.substitute(&|it| argument_of(&declaration.variables, arguments, it))
            })
            .collect();
        if changed { Type::union(members) } else { ty }
    }

    /// The members of a named type with these arguments, inherited ones included, nearest first.
    pub(crate) fn members(&mut self, item: &ItemRef, arguments: &[Type]) -> Vec<Member> {
        let this = Type::Named(Rc::new(item.clone()), arguments.into());
        let mut all: Vec<Member> = Vec::new();
        let mut queue = vec![(item.clone(), arguments.to_vec())];
        let mut seen = FxHashSet::default();
        while let Some((item, arguments)) = queue.pop() {
            if !seen.insert(item.clone()) {
                continue;
            }
            let Some(declaration) = self.declaration(&item) else { continue };
            let types = |it: &Variable| match it.id {
                THIS_TYPE => Some(this.clone()),
                _ => argument_of(&declaration.variables, &arguments, it),
            };
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
        let (Type::Named(item, _) | Type::EnumMember(item, _)) = ty else { return None };
        self.declaration(item).filter(|it| matches!(it.kind, DeclarationKind::Enum(_)))
    }

    /// The types of all members of an enum.
    pub(crate) fn enum_members(&mut self, ty: &Type) -> Option<Vec<Type>> {
        let declaration = self.enum_of(ty)?;
        let DeclarationKind::Enum(values) = &declaration.kind else { return None };
        let member =
            |it: &(Name, EnumValue)| Type::EnumMember(declaration.item.clone(), it.0.clone());
        Some(values.iter().map(member).collect())
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
