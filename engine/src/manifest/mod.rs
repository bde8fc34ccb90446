//! From a manifest's text to the package model, which is the same for all dialects. Every value keeps its range.

mod model;

pub use crate::manifest::model::{
    Dependency, DependencySource, Dialect, GitReference, Member, Package, Profile, Project, Spanned,
};
