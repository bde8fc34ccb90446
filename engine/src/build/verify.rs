//! Doing what the store remembers again, with the tools of today.

use camino::Utf8PathBuf;

use crate::host::{CancelToken, FileDigests, Host};
use crate::store::{Recipe, Store, StoreError, VerifyReport};
use crate::target::c::system_headers;
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
    let probe = Probe::new(host, &files, &[], cancel);
    let toolchain = probe_c(&probe, Some(&system_headers())).ok();
    let program = |recipe: &Recipe| program_of(toolchain.as_ref()?, &probe, recipe);
    store.verify(sample, &program, cancel)
}

fn program_of(toolchain: &CToolchain, probe: &Probe<'_>, recipe: &Recipe) -> Option<Utf8PathBuf> {
    let named = recipe.arguments.iter().find_map(|it| it.strip_prefix("-fuse-ld="));
    let linked = named.and_then(|name| toolchain.clone().with_linker(probe, name).ok());
    let linker = linked.as_ref().and_then(CToolchain::linker);
    let tools: [Option<&Tool>; 3] = [Some(&toolchain.compiler), Some(&toolchain.archiver), linker];
    let mut tools = tools.into_iter().flatten();
    let same = tools.find(|tool| tool.identity.to_string() == recipe.tool);
    same.map(|tool| tool.program.clone())
}
