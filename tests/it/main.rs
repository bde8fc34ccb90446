//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod manifests;
mod package_graph;
mod rendering;
mod tidy;
mod workspaces;
