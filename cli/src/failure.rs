//! Why a command could not do what was asked, and how the process ends.

use std::fmt;
use std::io::{self, Write as _};

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Success,
    /// The user's project has errors, or the machine refused something.
    Failed,
    /// The command line asks for something that does not exist.
    Usage,
    /// A signal of this number asked to stop.
    Signal(u8),
    /// With the status of the program that was run.
    #[cfg_attr(unix, expect(dead_code, reason = "on Unix the program replaces this process"))]
    Program(u8),
}

impl Exit {
    /// The status that others see.
    fn status(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Signal(number) => 128 + number,
            Exit::Program(status) => status,
        }
    }

    /// Ends the process. What it holds in memory goes with it: to give it back piece by piece would take longer.
    pub(crate) fn leave(self) -> ! {
        // Nobody can be told that it failed; what has to arrive was flushed where it was written.
        _ = io::stdout().flush();
        #[cfg(unix)]
        signal_hook::low_level::exit(self.status().into());
        #[cfg(not(unix))]
        std::process::exit(self.status().into())
    }
}

/// Why a command could not go on, apart from diagnostics about the user's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How the process ends.
    pub(crate) exit: Exit,
    /// One sentence without a full stop; names stand in backticks.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// The machine refused something, or a file is not what it should be.
    pub(crate) fn failed(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Failed, message: message.into(), hints: Vec::new() }
    }

    /// The command line asks for something that does not exist.
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure { exit: Exit::Usage, ..Failure::failed(message) }
    }

    /// `action` ("cannot write") failed at `path`.
    pub(crate) fn io(action: &str, path: impl fmt::Display, error: &io::Error) -> Failure {
        Failure::failed(format!("{action} `{path}`: {error}"))
    }

    /// With a sentence on what to do.
    #[must_use]
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Failure {
        self.hints.push(text.into());
        self
    }
}
