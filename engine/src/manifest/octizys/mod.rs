//! Octizys: `project.toml` for the project, `<Name>Package.toml` for each package.

mod dependency;
mod names;
mod package;
mod project;

pub(super) use crate::manifest::octizys::names::{is_identifier, kind_of};
pub(super) use crate::manifest::octizys::package::package;
pub(super) use crate::manifest::octizys::project::project;
