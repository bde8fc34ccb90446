//! The program `oast` as people and scripts use it.

mod place;
mod scaffold;
mod usage;
