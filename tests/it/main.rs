//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod command_line;
mod ioct;
mod rendering;
mod representation;
mod tidy;
