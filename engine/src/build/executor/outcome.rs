//! What becomes of an action.

use std::io;

use camino::Utf8PathBuf;

use crate::build::executor::ActionId;
use crate::build::output::OutputError;
use crate::build::record::ActionRecord;

/// How an action came out.
#[derive(Debug)]
pub struct ActionOutcome {
    /// What it does: the action's label.
    pub label: String,
    /// How it came out.
    pub status: Status,
    /// What the next build may believe; nothing unless it succeeded.
    pub record: Option<ActionRecord>,
    pub(super) was_started: bool,
}

/// How an action came out, in a word.
#[derive(Debug)]
pub enum Status {
    /// It ran and made what it promised.
    Executed(Reason),
    /// What it makes was there already.
    Reused,
    /// What it makes was in the store, and was put there.
    Restored,
    /// It did not do what it promised.
    Failed(Failure),
    /// It was not done, or not to the end.
    Skipped(SkipReason),
}

impl Status {
    /// Whether its outputs are there.
    pub fn is_success(&self) -> bool {
        matches!(self, Status::Executed(_) | Status::Reused | Status::Restored)
    }
}

/// Why an action had to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Nobody remembers that it ran before.
    NeverDone,
    /// Something that its result depends on is not what it was.
    KeyChanged,
    /// A file that it made is gone.
    OutputMissing(Utf8PathBuf),
    /// A file that it made was changed by somebody else.
    OutputChanged(Utf8PathBuf),
}

/// Why an action was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// This action failed, on which it depends, perhaps by way of others.
    DependencyFailed(ActionId),
    /// This action failed, and one failure was to be the end.
    StoppedAfter(ActionId),
    /// Somebody cancelled the build.
    Cancelled,
}

/// Why an action failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The program said so.
    #[error("{} ended with {}\n{text}", .command, ending(*.code))]
    Exit {
        /// The command, as a person would type it.
        command: String,
        /// The exit status; `None` when a signal ended it.
        code: Option<i32>,
        /// What it said.
        text: String,
    },
    /// The program could not be started.
    #[error("cannot run `{program}`: {error}")]
    NotStarted {
        /// The program.
        program: Utf8PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The program said that all is well, but a file that it should have made is not there.
    #[error("{command} succeeded, but did not make `{path}`")]
    NotMade {
        /// The command, as a person would type it.
        command: String,
        /// The file.
        path: Utf8PathBuf,
    },
    /// The program said that all is well, but that is not so.
    #[error("{command} succeeded, but {why}\n{text}")]
    Untrue {
        /// The command, as a person would type it.
        command: String,
        /// What is not well: a clause.
        why: String,
        /// What it said.
        text: String,
    },
    /// A file that it reads cannot be read.
    #[error("cannot read `{path}`: {error}")]
    Input {
        /// The file.
        path: Utf8PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file or directory could not be made or removed.
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl Failure {
    /// Whether the machine is to blame and not what was to be done: every other action would fail like this one.
    pub fn is_environment(&self) -> bool {
        match self {
            Failure::NotStarted { .. } | Failure::Output(_) => true,
            Failure::Exit { text, .. } => text.contains("No space left on device"),
            Failure::NotMade { .. } | Failure::Untrue { .. } | Failure::Input { .. } => false,
        }
    }
}

fn ending(code: Option<i32>) -> String {
    code.map_or_else(|| "a signal".to_owned(), |code| format!("exit status {code}"))
}
