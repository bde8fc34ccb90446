//! One binary for all the tests.
#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

mod actions;
mod builds;
mod c_target;
mod command_line;
mod confinement;
mod damage;
mod diagnostic_codes;
mod examples;
mod executor;
mod external;
mod generated;
mod ioct;
mod known;
mod law;
mod linear;
mod looks;
mod manifests;
mod messages;
mod oats;
mod oats_packages;
mod octizys;
mod outputs;
mod package_graph;
mod process;
mod project;
mod python_target;
mod rendering;
mod representation;
mod reruns;
mod settings;
mod store;
mod tidy;
mod toolchain;
mod unchanged;
mod unreadable;
mod untouched;
mod watched;
mod workspaces;
