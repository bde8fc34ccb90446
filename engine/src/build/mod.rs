//! From queries to files: what to do, in which order, and doing it.

mod action;
mod executor;
mod output;
mod progress;
mod record;
mod request;

pub use crate::build::action::Action;
pub use crate::build::executor::{
    ActionId, ActionOutcome, ExecutionContext, Executor, Failure, Reason, SkipReason, Status,
};
pub use crate::build::output::{OutputError, Written, prune, write_if_changed};
pub use crate::build::progress::{Event, Progress, Silent};
pub use crate::build::record::{ActionRecord, Record};
pub use crate::build::request::{Artefact, BuildRequest, Report, Step};
