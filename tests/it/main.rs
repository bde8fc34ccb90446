//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod command_line;
mod ioct;
mod manifests;
mod package_graph;
mod rendering;
mod representation;
mod tidy;
mod workspaces;
