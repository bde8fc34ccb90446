//! From queries to files: what to do, in which order, and doing it.

mod action;
mod ahead;
mod begin;
#[expect(clippy::module_inception, reason = "the floor is named for what this file does")]
mod build;
mod check;
mod checks;
mod clean;
mod confined;
mod emit;
mod error;
mod executor;
mod external;
mod keep;
mod layout;
mod making;
mod output;
mod package;
mod progress;
mod record;
mod remember;
mod request;
mod shared;
mod survey;
mod sweep;
mod told;
mod tools;
mod untouched;
mod verify;
mod walk;
mod way;
mod workers;

pub use crate::build::action::Action;
pub use crate::build::clean::{Cleaned, clean};
pub use crate::build::confined::{Confined, Form};
pub use crate::build::error::BuildError;
pub use crate::build::executor::{
    ActionId, ActionOutcome, ExecutionContext, Executor, Failure, Order, Reason, Results,
    SkipReason, Status,
};
pub use crate::build::external::{build, check};
pub use crate::build::layout::Layout;
pub use crate::build::output::{OutputError, Written, prune, write_if_changed};
pub use crate::build::package::compile_package;
pub use crate::build::progress::{Event, Progress, Silent};
pub use crate::build::record::{ActionRecord, MadeFile, Record};
pub use crate::build::request::{Artefact, BuildRequest, Report, Run, Step};
pub use crate::build::shared::SharedStore;
pub use crate::build::verify::verify;
pub use crate::build::workers::on_deep_stack;
