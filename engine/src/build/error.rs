//! Why a build could not be done although nothing is wrong with what is built.

use std::io;

use crate::build::output::OutputError;
use crate::toolchain::ToolchainError;

/// The environment failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A program that is needed is not there, or cannot be used.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// A file cannot be written or removed.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// The system gives no threads.
    #[error("cannot start threads: {0}")]
    Threads(io::Error),
    /// Somebody cancelled the work.
    #[error("interrupted")]
    Interrupted,
}
