//! Lossless syntax trees, whatever the language.
//!
//! A tree is two flat lists: all tokens of the text, white space and comments included, and the nodes in preorder, each
//! knowing how many nodes its subtree has. Nothing is allocated per node, and a text of 2 KB is parsed in a few microseconds.

mod parser;
mod tree;

pub use crate::syntax::parser::{Checkpoint, Opened, Parser};
pub use crate::syntax::tree::{Node, SyntaxKind, Token, Tokens, Tree};
