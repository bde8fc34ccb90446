//! Where queries begin: files and directories as inputs, and what we can say about a place in them.

mod change;
mod diagnostic;
mod directory;
mod file;
pub mod render;

pub use crate::source::change::{Change, apply};
pub use crate::source::diagnostic::{Diagnostic, DiagnosticFix, DiagnosticLabel, Span};
pub use crate::source::directory::{Directory, directory_at, directory_entries};
pub use crate::source::file::{File, SourceText, file_at, source_text};

use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use salsa::Durability;

use crate::host::Host;

/// The database as every query sees it.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The machine.
    fn host(&self) -> &dyn Host;

    /// The inputs made so far.
    fn inputs(&self) -> &Inputs;

    /// A handle to the same database for another thread. It must be dropped before the database can change.
    fn fork(&self) -> Box<dyn Db + Send>;
}

/// Every path that a query ever asked about, whether or not something is there.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: file::FileTable,
    directories: directory::DirectoryTable,
    edited: Arc<RwLock<Vec<Utf8PathBuf>>>,
}

impl Inputs {
    /// Says that files below `directory` are likely to be edited. Those that were asked about before are not affected.
    ///
    /// An edit makes the database look again at whatever was computed from files of at most the edited file's durability. That is
    /// medium for manifests wherever they are, since all packages depend on all of them; low for other files below such a
    /// directory; and high for the rest.
    pub fn expect_edits(&self, directory: impl Into<Utf8PathBuf>) {
        self.edited.write().unwrap_or_else(PoisonError::into_inner).push(directory.into());
    }

    fn durability(&self, path: &Utf8Path) -> Durability {
        let edited = self.edited.read().unwrap_or_else(PoisonError::into_inner);
        if path.extension() == Some("toml") {
            Durability::MEDIUM
        } else if edited.iter().any(|directory| path.starts_with(directory)) {
            Durability::LOW
        } else {
            Durability::HIGH
        }
    }
}
