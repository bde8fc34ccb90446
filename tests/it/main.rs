//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod actions;
mod executor;
mod ioct;
mod outputs;
mod process;
mod representation;
mod tidy;
mod toolchain;
