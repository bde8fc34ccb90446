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

use crate::host::Host;

/// The database as every query sees it.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The machine.
    fn host(&self) -> &dyn Host;

    /// The inputs made so far.
    fn inputs(&self) -> &Inputs;
}

/// Every path that a query ever asked about, whether or not something is there.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    files: file::FileTable,
    directories: directory::DirectoryTable,
}
