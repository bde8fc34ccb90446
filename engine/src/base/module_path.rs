//! Names of modules.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The logical name of a module: its package, then its place in it, joined by `/` whatever the dialect (`Demo/Math/Ops`).
/// Most are too long to be kept in place, and each mention of an item holds one: so clones share the text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModulePath(Arc<str>);

impl ModulePath {
    /// The path made of these components; the first is the package.
    pub fn new(path: impl AsRef<str>) -> ModulePath {
        ModulePath(Arc::from(path.as_ref()))
    }

    /// The whole path, components joined by `/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first component: the package.
    pub fn package(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The components, the package first.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
