//! The program `oast` as people and scripts use it.

mod adversity;
mod faults;
mod hermetic;
mod names;
mod oatsc;
pub(crate) mod place;
mod places;
mod projects;
mod scaffold;
mod separate;
mod toasty;
mod usage;
