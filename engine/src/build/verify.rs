//! Doing what the store remembers again, with the tools of today.

use camino::Utf8PathBuf;

use crate::host::{CancelToken, FileDigests, Host};
use crate::store::{Recipe, Store, StoreError, VerifyReport};
use crate::toolchain::{CToolchain, Probe, Tool, probe_c};

/// Does up to `sample` actions that the store remembers again, and compares what they make: see [`Store::verify`]. Those of other tools than there
/// are now are skipped.
pub fn verify(
    host: &dyn Host,
    store: &Store<'_>,
    sample: usize,
    cancel: &CancelToken,
) -> Result<VerifyReport, StoreError> {
    let files = FileDigests::default();
    let toolchain = probe_c(&Probe::new(host, &files, &[], cancel)).ok();
    let program = |recipe: &Recipe| program_of(toolchain.as_ref()?, recipe);
    store.verify(sample, &program, cancel)
}

fn program_of(toolchain: &CToolchain, recipe: &Recipe) -> Option<Utf8PathBuf> {
    let tools: [&Tool; 2] = [&toolchain.compiler, &toolchain.archiver];
    let same = tools.into_iter().find(|tool| tool.identity.to_string() == recipe.tool);
    same.map(|tool| tool.program.clone())
}
