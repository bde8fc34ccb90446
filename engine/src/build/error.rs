//! Why a build could not be done although nothing is wrong with what is built.

use std::io;

use crate::build::output::OutputError;
use crate::store::StoreError;
use crate::toolchain::ToolchainError;
use crate::workspace::SettingsError;

/// The environment failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program that is needed is not there, or cannot be used.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// A file cannot be written or removed.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A variable that chooses a compiler cannot be understood.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The place of the user's settings and of the store cannot be understood.
    #[error(transparent)]
    Home(StoreError),
    /// Another compiler is chosen for packages of a workspace whose root is of another dialect.
    #[error(
        "`{origin}` chooses another compiler for {dialect}, and this workspace has packages of {dialect}, but its root is of \
         another dialect; that is not possible yet"
    )]
    ForeignRoot {
        /// Who chooses it: the file or the variable.
        origin: String,
        /// The dialect.
        dialect: &'static str,
    },
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
    /// Somebody cancelled the work.
    #[error("interrupted")]
    Interrupted,
}
