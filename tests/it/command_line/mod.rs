//! The program `oast` as people and scripts use it.

mod adversity;
mod faults;
pub(crate) mod place;
mod projects;
mod scaffold;
mod usage;
