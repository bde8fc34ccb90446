//! What all languages mean: the common representation, from which every target is made.
//!
//! The representation is typed, small and an expression tree: no dialect's syntax and no target's statements. **Positions
//! are kept apart from meaning**: an expression is known by its index in its item's arena ([`ExprId`]), and [`Positions`]
//! maps these to ranges of the source. Moving a function changes the map and nothing else.

mod body;
mod interface;
pub mod ioct;
mod mention;
mod module;
mod text;
mod ty;
mod verify;

pub use crate::ir::body::{
    Arm, Body, Expr, ExprId, Literal, Local, LocalId, Pattern, Prim, RefId, TyId,
};
pub use crate::ir::interface::{Interface, ValueExport};
pub use crate::ir::module::{ENTRY, Item, ItemKind, ItemPositions, Module, Positions};
pub use crate::ir::text::{text, text_with_lines};
pub use crate::ir::ty::{Constructor, Field, ItemRef, Scheme, Ty, TypeDef, TypeKind};
pub use crate::ir::verify::verify;
