//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod c_target;
mod ioct;
mod linear;
mod python_target;
mod representation;
mod tidy;
