//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod actions;
mod c_target;
mod command_line;
mod examples;
mod executor;
mod ioct;
mod linear;
mod manifests;
mod oats;
mod outputs;
mod package_graph;
mod process;
mod rendering;
mod representation;
mod tidy;
mod toolchain;
mod workspaces;
