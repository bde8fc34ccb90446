//! From expression trees to statements, for targets whose language tells the two apart.
//!
//! [`linearize`] takes an item apart into functions of structured statements whose expressions need no statement and which a
//! printer can write down as they stand. It settles what every such target would have to settle: the order of evaluation,
//! match, the jumps, tail calls to itself (they become loops), closures and what they capture, mutable locals that closures share.

mod choice;
mod expr;
mod form;
mod jump;
mod lower;
mod matching;
mod operand;
mod scope;
mod text;

use std::collections::HashSet;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::ir::{ItemKind, Module, RefId};
use crate::target::linear::lower::Lowerer;

pub use crate::target::linear::form::{
    Block, Branch, Expr, Function, FunctionId, Item, Jump, Label, Stmt, Var, VarId,
};
pub use crate::target::linear::text::ItemText;

/// What the language of the target can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// Whether it evaluates operands from left to right.
    pub ordered_operands: bool,
    /// Whether a jump can concern a loop other than the innermost.
    pub labelled_jumps: bool,
}

/// The items of `module` in statement form, in their order.
pub fn linearize(module: &Module, language: Language) -> Vec<Item> {
    let own_functions = own_functions(module);
    let items = module.items.iter();
    items.map(|item| Lowerer::new(module, item, &own_functions, language).run()).collect()
}

fn own_functions(module: &Module) -> HashSet<RefId, FxBuildHasher> {
    let kinds: FxHashMap<_, _> = module.items.iter().map(|it| (&it.name, it.kind)).collect();
    let refs = module.refs.iter().enumerate().filter(|(_, item)| {
        item.module == module.path && kinds.get(&item.name) == Some(&ItemKind::Function)
    });
    refs.map(|(n, _)| RefId(n as u32)).collect()
}
