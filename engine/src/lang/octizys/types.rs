//! Types as they are written: the module's own definitions, and what type expressions mean.

use std::sync::{Arc, LazyLock};

use crate::base::{Finding, ModulePath, Name, TextRange};
use crate::ir::{Constructor, ItemRef, Ty, TypeDef, TypeKind};
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::names::{Names, Syntax, TypeName, Value, split_path};

/// A `data` or `alias` item.
#[derive(Debug)]
pub(crate) struct OwnType<'t> {
    pub(crate) name: &'t str,
    /// The name by which it differs from all others, even where two are called the same by mistake.
    item: Name,
    pub(crate) range: TextRange,
    pub(crate) public: bool,
    params: Vec<&'t str>,
    syntax: Syntax<'t>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Waiting,
    InProgress,
    Known(Ty),
}

/// The types that a module defines.
#[derive(Debug, Default)]
pub(crate) struct OwnTypes<'t> {
    list: Vec<OwnType<'t>>,
    /// How many aliases are being looked through.
    aliases: u32,
}

/// Type variables in scope: names, and the numbers by which types refer to them.
pub(crate) type TypeVariables<'t> = [(&'t str, u32)];

impl<'t> OwnTypes<'t> {
    /// Binds the names of the module's types and their constructors.
    pub(crate) fn collect(module: Syntax<'t>, names: &mut Names<'t, '_>) -> OwnTypes<'t> {
        let mut list = Vec::new();
        for item in module.children() {
            if !matches!(item.kind(), Kind::DataItem | Kind::AliasItem) {
                continue;
            }
            let Some(name) = item.token(Kind::Name) else { continue };
            let mut params: Vec<&str> = Vec::new();
            for token in item.child(Kind::TypeParams).into_iter().flat_map(Syntax::tokens) {
                let param = names.slice(token.range);
                if params.contains(&param) {
                    names.findings.push(duplicate_variable(param, token.range));
                }
                params.push(param);
            }
            let text = names.slice(name.range);
            let twice = list.iter().any(|it: &OwnType<'_>| it.name == text);
            let own = OwnType {
                name: text,
                item: if twice {
                    Name::from(format!("{text}'{}", list.len()))
                } else {
                    Name::new(text)
                },
                range: name.range,
                public: item.token(Kind::Public).is_some(),
                params,
                syntax: item,
                state: State::Waiting,
            };
            names.define_type(own.name, name.range, list.len());
            list.push(own);
        }
        OwnTypes { list, aliases: 0 }
    }

    /// The module's types.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &OwnType<'t>> {
        self.list.iter()
    }

    /// The definitions of all types, in source order; binds the constructors.
    pub(crate) fn define(&mut self, names: &mut Names<'t, '_>) -> Vec<Arc<TypeDef>> {
        let mut defs = Vec::with_capacity(self.list.len());
        for index in 0..self.list.len() {
            let own = &self.list[index];
            let (syntax, params) = (own.syntax, own.params.len() as u32);
            let variables: Vec<(&str, u32)> = own.params.iter().copied().zip(0..).collect();
            let kind = if syntax.kind() == Kind::AliasItem {
                TypeKind::Alias(self.alias_target(index, names))
            } else {
                TypeKind::Variant(self.constructors(syntax, &variables, names))
            };
            let own = &self.list[index];
            let def = TypeDef { name: own.item.clone(), public: own.public, params, kind };
            let def = Arc::new(def);
            bind_constructors(&def, syntax, names);
            defs.push(def);
        }
        defs
    }

    fn constructors(
        &mut self,
        data: Syntax<'t>,
        variables: &TypeVariables<'t>,
        names: &mut Names<'t, '_>,
    ) -> Vec<Constructor> {
        let mut constructors = Vec::new();
        for syntax in data.children().filter(|it| it.kind() == Kind::Constructor) {
            let Some(name) = syntax.token(Kind::Name) else { continue };
            let fields =
                syntax.children().map(|field| self.resolve(field, variables, names)).collect();
            constructors.push(Constructor { name: Name::new(names.slice(name.range)), fields });
        }
        constructors
    }

    /// The type that an alias stands for, over its parameters.
    fn alias_target(&mut self, index: usize, names: &mut Names<'t, '_>) -> Ty {
        let own = &mut self.list[index];
        match &own.state {
            State::Known(ty) => return ty.clone(),
            State::InProgress => {
                let message = format!("the alias `{}` stands for itself", own.name);
                let finding = Finding::error("cyclic-alias", own.range, message)
                    .help("define a new type with `data`");
                names.findings.push(finding);
                own.state = State::Known(unknown());
                return unknown();
            }
            State::Waiting if self.aliases == MAX_ALIASES => {
                names.findings.push(too_large(own.range));
                own.state = State::Known(unknown());
                return unknown();
            }
            State::Waiting => own.state = State::InProgress,
        }
        self.aliases += 1;
        let variables: Vec<(&str, u32)> = own.params.iter().copied().zip(0..).collect();
        let target = own.syntax.children().find(|it| it.kind() != Kind::TypeParams);
        let ty = target.map_or_else(unknown, |target| self.resolve(target, &variables, names));
        self.aliases -= 1;
        let own = &mut self.list[index];
        if let State::Known(ty) = &own.state {
            return ty.clone();
        }
        own.state = State::Known(ty.clone());
        ty
    }

    /// What the type expression `syntax` means; parts that mean nothing are reported and become
    /// [`unknown`].
    pub(crate) fn resolve(
        &mut self,
        syntax: Syntax<'t>,
        variables: &TypeVariables<'t>,
        names: &mut Names<'t, '_>,
    ) -> Ty {
        match syntax.kind() {
            Kind::FunctionType => {
                let mut tys: Vec<Ty> =
                    syntax.children().map(|it| self.resolve(it, variables, names)).collect();
                let result = tys.pop().unwrap_or_else(unknown);
                Ty::function(tys, result)
            }
            Kind::AppliedType => {
                let mut children = syntax.children();
                let head = children.next();
                let arguments = children.map(|it| self.resolve(it, variables, names)).collect();
                match head {
                    Some(head) if head.kind() == Kind::PathType => {
                        self.named(head, arguments, variables, names)
                    }
                    _ => {
                        let message = "only a named type can be applied to types";
                        names.findings.push(Finding::error(
                            "type-arguments",
                            syntax.range(),
                            message,
                        ));
                        unknown()
                    }
                }
            }
            Kind::PathType => self.named(syntax, Vec::new(), variables, names),
            Kind::RecordType => {
                let mut fields: Vec<(Name, Ty)> = Vec::new();
                for field in syntax.children() {
                    let Some(name) = field.token(Kind::Name) else { continue };
                    let text = names.slice(name.range);
                    let ty = field.children().next();
                    let ty = ty.map_or_else(unknown, |ty| self.resolve(ty, variables, names));
                    if fields.iter().any(|(other, _)| other == text) {
                        names.findings.push(duplicate_field(text, name.range));
                    } else {
                        fields.push((Name::new(text), ty));
                    }
                }
                Ty::record(fields)
            }
            // The parser has reported what stands here.
            _ => unknown(),
        }
    }

    fn named(
        &mut self,
        path: Syntax<'t>,
        arguments: Vec<Ty>,
        variables: &TypeVariables<'t>,
        names: &mut Names<'t, '_>,
    ) -> Ty {
        let (prefix, name, range) = split_path(names.text, path);
        if prefix.is_empty()
            && let Some(ty) = variable_or_built_in(name, variables, names)
        {
            let applied = expect_arguments(name, 0, arguments, range, names);
            return applied.map_or_else(unknown, |_| ty);
        }
        let meaning = if prefix.is_empty() {
            names.type_name(name)
        } else {
            names.qualified_type(&prefix, name, path.range())
        };
        match meaning {
            Some(TypeName::Own(index)) => {
                let own = &self.list[index];
                let (params, is_alias) = (own.params.len(), own.syntax.kind() == Kind::AliasItem);
                let Some(arguments) = expect_arguments(name, params, arguments, range, names)
                else {
                    return unknown();
                };
                if is_alias {
                    instance(&self.alias_target(index, names), &arguments, range, names)
                } else {
                    Ty::Named(names.own_item(&self.list[index].item), arguments)
                }
            }
            Some(TypeName::Other(module, def)) => {
                let params = def.params as usize;
                let Some(arguments) = expect_arguments(name, params, arguments, range, names)
                else {
                    return unknown();
                };
                match &def.kind {
                    TypeKind::Alias(target) => instance(target, &arguments, range, names),
                    TypeKind::Declared(_) => {
                        let message = format!("the type `{name}` has no counterpart here");
                        let finding = Finding::error("foreign-type", range, message);
                        names.findings.push(finding.help("it is of another language"));
                        unknown()
                    }
                    _ => Ty::Named(ItemRef { module, name: def.name.clone() }, arguments),
                }
            }
            None => {
                if prefix.is_empty() && !name.is_empty() {
                    unknown_type(name, range, names);
                }
                unknown()
            }
        }
    }
}

/// The type that a name without a prefix means before all others.
fn variable_or_built_in<'t>(
    name: &'t str,
    variables: &TypeVariables<'t>,
    names: &Names<'t, '_>,
) -> Option<Ty> {
    if let Some((_, number)) = variables.iter().rev().find(|(it, _)| *it == name) {
        return Some(Ty::Param(*number));
    }
    match name {
        "Int" => Some(Ty::Int),
        "Bool" => Some(Ty::Bool),
        "Text" if !names.types.contains_key("Text") => Some(Ty::Text),
        "Unit" if !names.types.contains_key("Unit") => Some(Ty::Unit),
        _ => None,
    }
}

/// Reports a name that no type has; whoever meant a type variable is told how to get one.
fn unknown_type<'t>(name: &'t str, range: TextRange, names: &mut Names<'t, '_>) {
    names.unknown_name(name, range, &[], "type");
    let is_variable = name.chars().next().is_some_and(char::is_lowercase);
    if let Some(finding) = names.findings.last_mut()
        && is_variable
        && finding.range == range
        && finding.fix.is_none()
    {
        finding.help.push(format!(
            "a type variable must be introduced: `data T {name} = …`, or `f : forall {name} . …`"
        ));
    }
}

fn bind_constructors<'t>(def: &Arc<TypeDef>, data: Syntax<'t>, names: &mut Names<'t, '_>) {
    let constructors = data.children().filter(|it| it.kind() == Kind::Constructor);
    let named = constructors.filter_map(|it| it.token(Kind::Name));
    for (index, token) in (0..).zip(named) {
        let meaning =
            Value::Constructor { ty: names.own_item(&def.name), def: Some(def.clone()), index };
        names.define_value(names.slice(token.range), token.range, meaning);
    }
}

fn expect_arguments(
    name: &str,
    wanted: usize,
    arguments: Vec<Ty>,
    range: TextRange,
    names: &mut Names<'_, '_>,
) -> Option<Vec<Ty>> {
    if arguments.len() == wanted {
        return Some(arguments);
    }
    let plural = if wanted == 1 { "" } else { "s" };
    let message =
        format!("`{name}` takes {wanted} type argument{plural}, but {} are given", arguments.len());
    names.findings.push(Finding::error("type-arguments", range, message));
    None
}

/// How many aliases may stand for each other in a row.
const MAX_ALIASES: u32 = 100;

/// How many parts a type may have that an alias stands for, and how deep they may be nested.
const MAX_PARTS: usize = 5_000;
const MAX_DEPTH: usize = 300;

fn too_large(range: TextRange) -> Finding {
    let message = "the type that this alias stands for is too large";
    Finding::error("type-too-large", range, message).help("define a new type with `data`")
}

/// The type that an alias stands for, with `arguments` in place of its parameters.
fn instance(target: &Ty, arguments: &[Ty], range: TextRange, names: &mut Names<'_, '_>) -> Ty {
    let (parts, depth) = measure(target);
    let (more_parts, more_depth) = arguments
        .iter()
        .map(measure)
        .fold((1, 0), |sum, it| (usize::saturating_add(sum.0, it.0), usize::max(sum.1, it.1)));
    if MAX_PARTS < parts.saturating_mul(more_parts) || MAX_DEPTH < depth + more_depth {
        names.findings.push(too_large(range));
        return unknown();
    }
    target.instantiate(arguments)
}

/// How many parts a type has, and how deep they are nested.
fn measure(ty: &Ty) -> (usize, usize) {
    let of = |parts: &mut dyn Iterator<Item = &Ty>| {
        let parts = parts.map(measure);
        parts.fold((1, 1), |sum, it| (sum.0 + it.0, usize::max(sum.1, it.1 + 1)))
    };
    match ty {
        Ty::Function(params, result) => {
            // `a -> b -> c` is nested as `a -> (b -> c)` is.
            let (parts, depth) = of(&mut params.iter().chain([&**result]));
            (parts, depth + params.len())
        }
        Ty::Named(_, arguments) => of(&mut arguments.iter()),
        Ty::Record(fields) => of(&mut fields.iter().map(|(_, ty)| ty)),
        Ty::Array(element) => of(&mut [&**element].into_iter()),
        Ty::Unit | Ty::Bool | Ty::Int | Ty::Float | Ty::Text | Ty::Dynamic | Ty::Param(_) => (1, 1),
    }
}

pub(crate) fn duplicate_variable(name: &str, range: TextRange) -> Finding {
    let message = format!("the type variable `{name}` is introduced twice");
    Finding::error("duplicate-definition", range, message)
}

pub(crate) fn duplicate_field(name: &str, range: TextRange) -> Finding {
    Finding::error("duplicate-field", range, format!("the field `{name}` stands here twice"))
}

/// The type of what could not be understood: it agrees with every other type.
pub(crate) fn unknown() -> Ty {
    static NOWHERE: LazyLock<ModulePath> = LazyLock::new(|| ModulePath::new(""));
    Ty::Named(ItemRef { module: NOWHERE.clone(), name: Name::const_new("?") }, Vec::new())
}

/// Whether the named type is [`unknown`].
pub(crate) fn is_unknown(item: &ItemRef) -> bool {
    item.module.as_str().is_empty()
}
