//! Types as the checker sees them.

use std::fmt;
use std::rc::Rc;

use crate::base::Name;
use crate::ir::ItemRef;

/// A type.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Type {
    /// Agrees with everything: something is wrong, and was reported.
    #[default]
    Unknown,
    /// TypeScript's `any`.
    Any,
    /// TypeScript's `unknown`: anything, of which nothing is known.
    Anything,
    Never,
    Void,
    Null,
    Undefined,
    Number,
    String,
    Boolean,
    /// The type of one number, by its bits.
    NumberLiteral(u64),
    StringLiteral(Name),
    BooleanLiteral(bool),
    Array(Rc<Type>),
    Tuple(Rc<[Type]>),
    Object(Rc<Vec<Member>>),
    /// An object with any number of properties of one type.
    Record(Rc<Type>),
    Function(Rc<Signature>),
    Union(Rc<[Type]>),
    /// A type variable.
    Param(Variable),
    /// A class, interface or enum, with its type arguments.
    Named(Rc<ItemRef>, Rc<[Type]>),
    /// A member of an enum, as the type of that value.
    EnumMember(Rc<ItemRef>, Name),
    /// A class itself, as a value.
    Class(Rc<ItemRef>),
    /// An enum itself, as a value.
    Enum(Rc<ItemRef>),
    Promise(Rc<Type>),
}

/// A type variable: unique in its module.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) id: u32,
    pub(crate) name: Name,
    /// What stands behind `extends`.
    pub(crate) bound: Option<Rc<Type>>,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Variable) -> bool {
        self.id == other.id
    }
}

/// Who may use a member of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Public,
    /// The class and those that extend it.
    Protected,
    /// The class.
    Private,
}

/// A property or method of an object type.
#[expect(clippy::struct_excessive_bools, reason = "they are independent of each other")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Member {
    pub(crate) name: Name,
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    pub(crate) readonly: bool,
    pub(crate) access: Access,
    pub(crate) method: bool,
    /// Whether a class has a getter or setter for it.
    pub(crate) accessor: bool,
    /// Whether a class declares it for those that extend it to define.
    pub(crate) is_abstract: bool,
}

impl Member {
    /// A property that is there and can be set.
    pub(crate) fn plain(name: Name, ty: Type) -> Member {
        Member {
            name,
            ty,
            optional: false,
            readonly: false,
            access: Access::Public,
            method: false,
            accessor: false,
            is_abstract: false,
        }
    }
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signature {
    pub(crate) variables: Vec<Variable>,
    pub(crate) params: Vec<Parameter>,
    pub(crate) result: Type,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameter {
    pub(crate) name: Name,
    /// That of a parameter for the rest of the arguments is an array.
    pub(crate) ty: Type,
    pub(crate) optional: bool,
    pub(crate) rest: bool,
}

impl Signature {
    /// How many arguments there must be.
    pub(crate) fn required(&self) -> usize {
        self.params.iter().rposition(|it| !it.optional && !it.rest).map_or(0, |last| last + 1)
    }

    /// The parameter for the rest of the arguments.
    pub(crate) fn rest(&self) -> Option<&Parameter> {
        self.params.last().filter(|it| it.rest)
    }
}

impl Type {
    /// The type of an array of these.
    pub(crate) fn array(element: Type) -> Type {
        Type::Array(Rc::new(element))
    }

    /// The type of what is one of these. Never of a single one.
    pub(crate) fn union(members: impl IntoIterator<Item = Type>) -> Type {
        let mut all: Vec<Type> = Vec::new();
        for member in members {
            match member {
                Type::Never => (),
                Type::Union(inner) => inner.iter().for_each(|it| add(&mut all, it.clone())),
                other => add(&mut all, other),
            }
        }
        if let Some(broad) = all.iter().find(|it| matches!(it, Type::Unknown | Type::Any)) {
            return broad.clone();
        }
        if all.contains(&Type::Anything) {
            return Type::Anything;
        }
        let literals = [Type::BooleanLiteral(true), Type::BooleanLiteral(false)];
        if literals.iter().all(|it| all.contains(it)) {
            let at = all.iter().position(|it| literals.contains(it)).unwrap_or(0);
            all[at] = Type::Boolean;
            all.retain(|it| !literals.contains(it));
        }
        let broad: Vec<Type> = all.iter().filter(|it| it.widened() == **it).cloned().collect();
        all.retain(|it| broad.contains(it) || !broad.contains(&it.widened()));
        match all.len() {
            0 => Type::Never,
            1 => all.remove(0),
            _ => Type::Union(all.into()),
        }
    }

    /// The types that it is a union of: itself, if it is none.
    pub(crate) fn members(&self) -> &[Type] {
        match self {
            Type::Union(all) => all,
            Type::Never => &[],
            other => std::slice::from_ref(other),
        }
    }

    /// The type that a variable with this first value gets: that of all numbers instead of one, and so on.
    pub(crate) fn widened(&self) -> Type {
        match self {
            Type::NumberLiteral(_) => Type::Number,
            Type::StringLiteral(_) => Type::String,
            Type::BooleanLiteral(_) => Type::Boolean,
            Type::EnumMember(item, _) => Type::Named(item.clone(), Rc::new([])),
            Type::Union(all) => {
                let wide: Vec<Type> = all.iter().map(Type::widened).collect();
                if wide[..] == all[..] { self.clone() } else { Type::union(wide) }
            }
            other => other.clone(),
        }
    }

    /// Whether a member of it passes the test.
    pub(crate) fn includes(&self, test: impl Fn(&Type) -> bool) -> bool {
        self.members().iter().any(test)
    }

    /// Its members that pass the test.
    pub(crate) fn filtered(&self, test: impl Fn(&Type) -> bool) -> Type {
        Type::union(self.members().iter().filter(|it| test(it)).cloned())
    }

    /// Without `null` and `undefined`.
    pub(crate) fn present(&self) -> Type {
        self.filtered(|it| !it.is_nothing())
    }

    /// Whether nothing in it is still to be found.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Type::Unknown => false,
            Type::Array(inner) | Type::Promise(inner) | Type::Record(inner) => inner.is_known(),
            Type::Tuple(all) | Type::Union(all) | Type::Named(_, all) => {
                all.iter().all(Type::is_known)
            }
            _ => true,
        }
    }

    /// Whether it is the type of one value.
    pub(crate) fn is_single(&self) -> bool {
        matches!(
            self,
            Type::Null
                | Type::Undefined
                | Type::NumberLiteral(_)
                | Type::StringLiteral(_)
                | Type::BooleanLiteral(_)
                | Type::EnumMember(..)
        )
    }

    /// Whether it is `null`, `undefined` or `void`.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Type::Null | Type::Undefined | Type::Void)
    }

    /// With `undefined`.
    pub(crate) fn or_undefined(&self) -> Type {
        Type::union([self.clone(), Type::Undefined])
    }

    /// Whether a mistake in it was reported, or nothing is checked.
    pub(crate) fn is_lenient(&self) -> bool {
        matches!(self, Type::Unknown | Type::Any)
    }

    /// Whether all members are of one of the kinds that `test` accepts.
    pub(crate) fn all(&self, test: impl Fn(&Type) -> bool) -> bool {
        self.members().iter().all(|it| it.is_lenient() || test(it))
    }

    /// Whether it is a number, a literal or an enum included.
    pub(crate) fn is_number(&self) -> bool {
        self.all(|it| matches!(it, Type::Number | Type::NumberLiteral(_)))
    }

    /// Whether it is a string.
    pub(crate) fn is_string(&self) -> bool {
        self.all(|it| matches!(it, Type::String | Type::StringLiteral(_)))
    }

    /// Whether it is a truth value.
    pub(crate) fn is_boolean(&self) -> bool {
        self.all(|it| matches!(it, Type::Boolean | Type::BooleanLiteral(_)))
    }

    /// With types for type variables.
    pub(crate) fn substitute(&self, types: &dyn Fn(&Variable) -> Option<Type>) -> Type {
        let all = |tys: &[Type]| tys.iter().map(|it| it.substitute(types)).collect::<Vec<_>>();
        match self {
            Type::Param(variable) => types(variable).unwrap_or_else(|| self.clone()),
            Type::Array(element) => Type::array(element.substitute(types)),
            Type::Record(value) => Type::Record(Rc::new(value.substitute(types))),
            Type::Promise(inner) => Type::Promise(Rc::new(inner.substitute(types))),
            Type::Tuple(parts) => Type::Tuple(all(parts).into()),
            Type::Union(members) => Type::union(all(members)),
            Type::Named(item, arguments) if !arguments.is_empty() => {
                Type::Named(item.clone(), all(arguments).into())
            }
            Type::Object(members) => Type::Object(Rc::new(
                members
                    .iter()
                    .map(|it| Member { ty: it.ty.substitute(types), ..it.clone() })
                    .collect(),
            )),
            Type::Function(signature) => Type::Function(Rc::new(signature.substitute(types))),
            other => other.clone(),
        }
    }
}

impl Signature {
    /// With types for type variables.
    pub(crate) fn substitute(&self, types: &dyn Fn(&Variable) -> Option<Type>) -> Signature {
        let param = |it: &Parameter| Parameter { ty: it.ty.substitute(types), ..it.clone() };
        Signature {
            variables: self.variables.clone(),
            params: self.params.iter().map(param).collect(),
            result: self.result.substitute(types),
        }
    }
}

fn add(all: &mut Vec<Type>, member: Type) {
    if !all.contains(&member) {
        all.push(member);
    }
}

/// How a type is written in a message, or in the declaration of an exported item.
pub(crate) struct Shown<'a> {
    pub(crate) ty: &'a Type,
    /// Whether classes and the like are named with their modules.
    pub(crate) qualified: bool,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown { ty: self, qualified: false }.fmt(f)
    }
}

impl Shown<'_> {
    fn of<'a>(&self, ty: &'a Type) -> Shown<'a> {
        Shown { ty, qualified: self.qualified }
    }

    fn object(&self, f: &mut fmt::Formatter<'_>, members: &[Member]) -> fmt::Result {
        if members.is_empty() {
            return f.write_str("{}");
        }
        f.write_str("{ ")?;
        for (n, member) in members.iter().enumerate() {
            if 0 < n {
                f.write_str(", ")?;
            }
            let readonly = if member.readonly { "readonly " } else { "" };
            let mark = if member.optional { "?" } else { "" };
            write!(f, "{readonly}{}{mark}: {}", quoted(&member.name), self.of(&member.ty))?;
        }
        f.write_str(" }")
    }

    fn union(&self, f: &mut fmt::Formatter<'_>, members: &[Type]) -> fmt::Result {
        for (n, member) in members.iter().enumerate() {
            if 0 < n {
                f.write_str(" | ")?;
            }
            match member {
                Type::Function(_) => write!(f, "({})", self.of(member))?,
                _ => write!(f, "{}", self.of(member))?,
            }
        }
        Ok(())
    }

    fn item(&self, f: &mut fmt::Formatter<'_>, item: &ItemRef) -> fmt::Result {
        if self.qualified {
            write!(f, "import(\"{}\").", item.module)?;
        }
        f.write_str(&item.name)
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ty {
            Type::Unknown | Type::Any => f.write_str("any"),
            Type::Anything => f.write_str("unknown"),
            Type::Never => f.write_str("never"),
            Type::Void => f.write_str("void"),
            Type::Null => f.write_str("null"),
            Type::Undefined => f.write_str("undefined"),
            Type::Number => f.write_str("number"),
            Type::String => f.write_str("string"),
            Type::Boolean => f.write_str("boolean"),
            Type::NumberLiteral(bits) => write!(f, "{}", f64::from_bits(*bits)),
            Type::StringLiteral(text) => write!(f, "{text:?}"),
            Type::BooleanLiteral(value) => write!(f, "{value}"),
            Type::Array(element) if matches!(**element, Type::Union(_) | Type::Function(_)) => {
                write!(f, "({})[]", self.of(element))
            }
            Type::Array(element) => write!(f, "{}[]", self.of(element)),
            Type::Tuple(parts) => list(f, "[", parts, "]", self.qualified),
            Type::Record(value) => write!(f, "{{ [key: string]: {} }}", self.of(value)),
            Type::Object(members) => self.object(f, members),
            Type::Function(signature) => write_signature(f, signature, " => ", self.qualified),
            Type::Union(members) => self.union(f, members),
            Type::Param(variable) => f.write_str(&variable.name),
            Type::Named(item, arguments) => {
                self.item(f, item)?;
                if arguments.is_empty() {
                    Ok(())
                } else {
                    list(f, "<", arguments, ">", self.qualified)
                }
            }
            Type::EnumMember(item, name) => {
                self.item(f, item)?;
                write!(f, ".{name}")
            }
            Type::Class(item) | Type::Enum(item) => write!(f, "typeof {}", item.name),
            Type::Promise(inner) => write!(f, "Promise<{}>", self.of(inner)),
        }
    }
}

/// The name of a property where a type is written.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    if name.chars().all(plain) && !name.is_empty() { name.to_owned() } else { format!("{name:?}") }
}

fn list(
    f: &mut fmt::Formatter<'_>,
    open: &str,
    types: &[Type],
    close: &str,
    qualified: bool,
) -> fmt::Result {
    f.write_str(open)?;
    for (n, ty) in types.iter().enumerate() {
        if 0 < n {
            f.write_str(", ")?;
        }
        write!(f, "{}", Shown { ty, qualified })?;
    }
    f.write_str(close)
}

/// Writes type variables, parameters and the result behind `arrow`.
pub(crate) fn write_signature(
    f: &mut impl fmt::Write,
    signature: &Signature,
    arrow: &str,
    qualified: bool,
) -> fmt::Result {
    write_variables(f, &signature.variables, qualified)?;
    f.write_str("(")?;
    for (n, param) in signature.params.iter().enumerate() {
        if 0 < n {
            f.write_str(", ")?;
        }
        let dots = if param.rest { "..." } else { "" };
        let mark = if param.optional { "?" } else { "" };
        let ty = Shown { ty: &param.ty, qualified };
        write!(f, "{dots}{}{mark}: {ty}", param.name)?;
    }
    write!(f, "){arrow}{}", Shown { ty: &signature.result, qualified })
}

/// Writes type variables in angle brackets, where there are any.
pub(crate) fn write_variables(
    f: &mut impl fmt::Write,
    variables: &[Variable],
    qualified: bool,
) -> fmt::Result {
    for (n, variable) in variables.iter().enumerate() {
        f.write_str(if n == 0 { "<" } else { ", " })?;
        f.write_str(&variable.name)?;
        if let Some(bound) = &variable.bound {
            write!(f, " extends {}", Shown { ty: bound, qualified })?;
        }
    }
    if variables.is_empty() { Ok(()) } else { f.write_str(">") }
}
