//! The fixture language of the tests.

mod ir;

pub use crate::testing::ir::ir_module;
