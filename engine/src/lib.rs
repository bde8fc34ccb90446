//! The Oast build engine: sources and manifests in, programs and diagnostics out, and only what changed done again.
//!
//! A [`Session`] is a database over a machine. It finds the workspace that a directory belongs to, checks it, builds it, and
//! remembers every answer; after an edit, only what the edit touches is computed again.
//!
//! ```
//! use std::sync::Arc;
//!
//! use camino::Utf8Path;
//! use oast_engine::Session;
//! use oast_engine::build::{BuildRequest, Event, Progress};
//! use oast_engine::host::{CancelToken, Host, OsHost};
//! use oast_engine::source::Change;
//!
//! /// Prints what a build tells while it goes on.
//! struct Printer;
//!
//! impl Progress for Printer {
//!     fn event(&self, event: Event) {
//!         println!("{event:?}");
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let directory = tempfile::tempdir()?;
//! let home = Utf8Path::from_path(directory.path()).ok_or("a path that is not UTF-8")?;
//! let host = Arc::new(OsHost);
//! host.write(&home.join("project.toml"), b"[packages]\nDemo = { path = \"Demo\" }\n")?;
//! host.write(
//!     &home.join("Demo/DemoPackage.toml"),
//!     b"[package]\nversion = \"0.1.0\"\nmain = \"Main\"\n",
//! )?;
//! let source = home.join("Demo/src/Main.oct");
//! host.write(&source, b"main : Text = \"Hello\";\n")?;
//!
//! let mut session = Session::new(host.clone());
//! let root = session.find_root(home)?;
//!
//! // An example neither takes from the store of whoever runs it nor leaves anything there.
//! let request = BuildRequest { no_store: true, ..BuildRequest::default() };
//! let cancel = CancelToken::default();
//! let report = session.build(root, &request, &Printer, &cancel)?;
//! assert_eq!((report.compiled, report.reused), (1, 0));
//!
//! // The second time there is nothing to do.
//! let report = session.build(root, &request, &Printer, &cancel)?;
//! assert!(report.steps.is_empty());
//!
//! // An edit. Whoever saw it says so; the session looks for itself what is there now.
//! host.write(&source, b"main : Text = 42;\n")?;
//! session.apply(&Change::from_iter([&source]));
//!
//! // Questions can be asked from any thread.
//! let snapshot = session.snapshot();
//! let diagnostics = std::thread::spawn(move || snapshot.diagnostics(root)).join().unwrap()?;
//! assert_eq!(diagnostics[0].message, "expected `Text`, found `Int`");
//! # Ok(())
//! # }
//! ```
//!
//! Modules are listed ground floor first; a module may use only those above it in this list (`tests/it/tidy.rs`).

pub mod base;
pub mod host;

pub mod codec;
pub mod ir;
pub mod syntax;

pub mod lang;

pub mod state;

pub mod source;

pub mod manifest;

pub mod workspace;

pub mod graph;

pub mod compile;

pub mod toolchain;

pub mod target;

pub mod store;

pub mod build;

pub mod session;
#[cfg(feature = "testing")]
pub mod testing;
pub use crate::session::Session;
