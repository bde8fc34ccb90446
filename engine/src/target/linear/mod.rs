//! From expression trees to statements, for targets whose language tells the two apart.
//!
//! [`linearize`] takes an item apart into functions of structured statements whose expressions need no statement and which a
//! printer can write down as they stand. It settles what every such target would have to settle: the order of evaluation,
//! match, the jumps, tail calls to itself (they become loops), closures and what they capture, mutable locals that closures share.

mod form;

pub use crate::target::linear::form::{
    Block, Branch, Expr, Function, FunctionId, Item, Jump, Label, Stmt, Var, VarId,
};

/// What the language of the target can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Whether it evaluates operands from left to right.
    pub ordered_operands: bool,
    /// Whether a jump can concern a loop other than the innermost.
    pub labelled_jumps: bool,
}
