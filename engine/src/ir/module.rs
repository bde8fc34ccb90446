//! A module's meaning, and where in the source it stands.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::{ModulePath, Name, TextRange};
use crate::ir::{Body, ExprId, ItemRef, LocalId, Ty, TyId, TypeDef};

/// The name of the item that a program starts with.
pub const ENTRY: &str = "$entry";

/// The meaning of one module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Module {
    /// Its logical name.
    pub path: ModulePath,
    /// The types that bodies mention, each once.
    pub types: Vec<Ty>,
    /// The functions, constants and named types that bodies mention, its own among them, each once.
    pub refs: Vec<ItemRef>,
    /// The types that it defines, in source order.
    pub type_defs: Vec<TypeDef>,
    /// The functions and constants that it defines, in source order.
    pub items: Vec<Item>,
    /// The index of the item that a program starts with, called [`ENTRY`]: a function without parameters whose result is ignored.
    pub entry: Option<u32>,
}

impl Module {
    /// The type with this index.
    pub fn ty(&self, id: TyId) -> &Ty {
        &self.types[id.0 as usize]
    }
}

/// Whether an item is computed once or at each call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ItemKind {
    /// Called with exactly as many arguments as it has parameters (possibly none).
    Function,
    /// Computed at its first use and kept; has no parameters.
    Constant,
}

/// A function or a constant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name, unique among the module's items. Names that the front end makes up begin with `$`.
    pub name: Name,
    /// Whether other modules may use it.
    pub public: bool,
    /// What it is.
    pub kind: ItemKind,
    /// How many type variables its types mention. Some may be in its body only: a `let` there is general in them, or they don't
    /// matter.
    pub type_params: u32,
    /// The locals of the body that hold the arguments.
    pub params: Vec<LocalId>,
    /// What it computes; the type of the result is that of the body's root.
    pub body: Body,
}

/// Where the parts of a module stand in its source. There are many numbers in it, so each is written as the distance from one
/// nearby, which is mostly a byte.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Positions {
    /// For each line of the source, the offset of its first byte.
    #[serde(with = "distances")]
    pub line_starts: Vec<u32>,
    /// One for each item of the module, in the same order.
    pub items: Vec<ItemPositions>,
}

/// Where an item stands.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ItemPositions {
    /// The name in its definition.
    pub name: TextRange,
    /// One for each expression of the body, by [`ExprId`].
    pub exprs: Vec<TextRange>,
}

/// Ascending numbers as the distance of each from the one before.
mod distances {
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(numbers: &[u32], to: S) -> Result<S::Ok, S::Error> {
        let mut last = 0;
        to.collect_seq(numbers.iter().map(|number| number - std::mem::replace(&mut last, *number)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u32>, D::Error> {
        let mut numbers = Vec::<u32>::deserialize(from)?;
        let mut last: u32 = 0;
        for number in &mut numbers {
            last = last.wrapping_add(*number);
            *number = last;
        }
        Ok(numbers)
    }
}

impl Serialize for ItemPositions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.name, FromName(self)).serialize(to)
    }
}

/// The ranges of an item's expressions: the distance of each from the item's name, and its length.
struct FromName<'a>(&'a ItemPositions);

impl Serialize for FromName<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let ItemPositions { name, exprs } = self.0;
        let written = |it: &TextRange| (it.start.wrapping_sub(name.start), it.end - it.start);
        to.collect_seq(exprs.iter().map(written))
    }
}

impl<'de> Deserialize<'de> for ItemPositions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<ItemPositions, D::Error> {
        let (name, exprs) = <(TextRange, Vec<(u32, u32)>)>::deserialize(from)?;
        let range = |(distance, length): (u32, u32)| {
            let start = name.start.wrapping_add(distance);
            TextRange { start, end: start.wrapping_add(length) }
        };
        Ok(ItemPositions { name, exprs: exprs.into_iter().map(range).collect() })
    }
}

impl Positions {
    /// The line, from 1, on which expression `expr` of item `item` begins.
    pub fn line(&self, item: usize, expr: ExprId) -> u32 {
        let start = self.items[item].exprs[expr.0 as usize].start;
        self.line_starts.partition_point(|line| *line <= start) as u32
    }
}
