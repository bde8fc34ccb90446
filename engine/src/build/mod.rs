//! From queries to files: what to do, in which order, and doing it.

mod progress;
mod request;

pub use crate::build::progress::{Event, Progress, Silent};
pub use crate::build::request::{Artefact, BuildRequest, Report, Step};
