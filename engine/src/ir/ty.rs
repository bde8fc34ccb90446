//! Types.

use serde::{Deserialize, Serialize};

use crate::base::{ModulePath, Name};

/// An item of a module, by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemRef {
    /// The module that defines it.
    pub module: ModulePath,
    /// Its name there.
    pub name: Name,
}

/// A type. Two types are the same exactly when they are equal: aliases are expanded, functions flattened, fields sorted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Ty {
    /// The type with one value.
    Unit,
    /// True or false.
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// An IEEE 754 double.
    Float,
    /// An immutable Unicode text.
    Text,
    /// The n-th type variable of the item it stands in.
    Param(u32),
    /// A function; make it with [`Ty::function`]. It may be applied to fewer arguments than it has (a function of the rest
    /// comes back) or, if its result is a function, to more.
    Function(Vec<Ty>, Box<Ty>),
    /// A type defined by a module, with its arguments.
    Named(ItemRef, Vec<Ty>),
    /// A structural, immutable record; make it with [`Ty::record`].
    Record(Vec<(Name, Ty)>),
    /// A mutable, growing sequence, shared by reference.
    Array(Box<Ty>),
    /// A value that knows at run time what it is: undefined, null, a truth value, float, text, array of dynamic values, function
    /// of dynamic values, or an object with named properties.
    Dynamic,
}

impl Ty {
    /// The type of functions from `params` to `result`. Where both this and the result take parameters, they are one
    /// function type: `a -> (b -> c)` is `(a, b) -> c`.
    pub fn function(mut params: Vec<Ty>, result: Ty) -> Ty {
        match result {
            Ty::Function(more, result) if !params.is_empty() && !more.is_empty() => {
                params.extend(more);
                Ty::Function(params, result)
            }
            result => Ty::Function(params, Box::new(result)),
        }
    }

    /// The record type with these fields, in any order.
    pub fn record(mut fields: Vec<(Name, Ty)>) -> Ty {
        fields.sort();
        Ty::Record(fields)
    }

    /// The named types that it mentions, in the order in which they stand.
    pub fn named(&self) -> Vec<&ItemRef> {
        let mut found = Vec::new();
        self.collect_named(&mut found);
        found
    }

    fn collect_named<'t>(&'t self, found: &mut Vec<&'t ItemRef>) {
        match self {
            Ty::Unit | Ty::Bool | Ty::Int | Ty::Float | Ty::Text | Ty::Param(_) | Ty::Dynamic => (),
            Ty::Function(params, result) => {
                for param in params {
                    param.collect_named(found);
                }
                result.collect_named(found);
            }
            Ty::Named(item, arguments) => {
                found.push(item);
                for argument in arguments {
                    argument.collect_named(found);
                }
            }
            Ty::Record(fields) => fields.iter().for_each(|(_, ty)| ty.collect_named(found)),
            Ty::Array(element) => element.collect_named(found),
        }
    }

    /// The type with each type variable `n` replaced by `arguments[n]`.
    #[must_use]
    pub fn instantiate(&self, arguments: &[Ty]) -> Ty {
        let all = |tys: &[Ty]| tys.iter().map(|ty| ty.instantiate(arguments)).collect();
        match self {
            Ty::Unit | Ty::Bool | Ty::Int | Ty::Float | Ty::Text | Ty::Dynamic => self.clone(),
            Ty::Param(n) => arguments.get(*n as usize).unwrap_or(self).clone(),
            Ty::Function(params, result) => {
                Ty::function(all(params), result.instantiate(arguments))
            }
            Ty::Named(item, tys) => Ty::Named(item.clone(), all(tys)),
            Ty::Record(fields) => Ty::Record(
                fields.iter().map(|(name, ty)| (name.clone(), ty.instantiate(arguments))).collect(),
            ),
            Ty::Array(element) => Ty::Array(Box::new(element.instantiate(arguments))),
        }
    }
}

/// A type that holds for all choices of its variables.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scheme {
    /// How many type variables it has: `Ty::Param(0)` up to this.
    pub params: u32,
    /// The type.
    pub ty: Ty,
}

/// A type that a module defines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TypeDef {
    /// Its name.
    pub name: Name,
    /// Whether other modules may name it.
    pub public: bool,
    /// How many parameters it takes.
    pub params: u32,
    /// What it is.
    pub kind: TypeKind,
}

/// What a defined type is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TypeKind {
    /// Another name for a type; never stands in a [`Ty`].
    Alias(Ty),
    /// One of several constructors.
    Variant(Vec<Constructor>),
    /// A class: named fields, some mutable, shared by reference.
    Class(Vec<Field>),
    /// A declaration in its dialect's own words, for the checker of that dialect alone; never stands in a [`Ty`].
    Declared(Name),
}

/// A constructor of a variant type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Constructor {
    /// Its name.
    pub name: Name,
    /// The types of its fields, over the type's parameters.
    pub fields: Vec<Ty>,
}

/// A field of a class.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its type, over the class's parameters.
    pub ty: Ty,
    /// Whether it can be set after construction.
    pub mutable: bool,
}
