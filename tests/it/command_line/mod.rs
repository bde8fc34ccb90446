//! The program `oast` as people and scripts use it.

mod place;
mod projects;
mod scaffold;
mod usage;
