//! The Oast build engine: sources and manifests in, programs and diagnostics out, and only what changed done again.
//!
//! Modules are listed ground floor first; a module may use only those above it in this list (`tests/it/tidy.rs`).

pub mod base;
pub mod host;

pub mod codec;
pub mod ir;
pub mod syntax;

pub mod lang;

pub mod source;

pub mod manifest;

pub mod workspace;

pub mod graph;

pub mod compile;

pub mod toolchain;

pub mod target;

pub mod store;

pub mod build;

pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub use crate::session::Session;
