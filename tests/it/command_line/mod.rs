//! The program `oast` as people and scripts use it.

pub(crate) mod place;
mod scaffold;
mod usage;
