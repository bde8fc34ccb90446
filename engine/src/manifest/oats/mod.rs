//! Oats: `Oats.toml` for each package, which is the root of a workspace of its own with all that it depends on.

mod build;
mod names;
mod package;

pub(super) use crate::manifest::oats::names::{is_module_name, is_package_name, kind_of};
pub(super) use crate::manifest::oats::package::{package, project};
