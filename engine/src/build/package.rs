//! Compiling one package by itself, of which nothing is known but its own files and the metadata of what it depends on.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, Name};
use crate::build::build::{Build, Parts, describe_outcomes};
use crate::build::check::jobs;
use crate::build::error::BuildError;
use crate::build::executor::{ExecutionContext, Executor};
use crate::build::layout::Layout;
use crate::build::output::{OutputError, write_if_changed};
use crate::build::progress::Progress;
use crate::build::record::Record;
use crate::build::request::{BuildRequest, Report};
use crate::build::tools::{Tools, profile};
use crate::build::walk::Walk;
use crate::build::way::Way;
use crate::build::workers::Workers;
use crate::host::{CancelToken, FileDigests, Host};
use crate::manifest::package_identity;
use crate::source::{Db, File};
use crate::target::{Target, package_metadata};
use crate::toolchain::Probe;

/// The extension of the folder beside the output in which a package is compiled; it is removed in the end.
const SCRATCH: &str = "parts";

/// Compiles the package whose manifest is `root` to the object `output` (absolute), and writes its metadata beside: the same name
/// with the extension `oats.meta`. Nothing else is written, and nothing is remembered.
///
/// The database is one that knows dependencies by their metadata (`Session::with_externs`).
pub fn compile_package(
    db: &dyn Db,
    root: File,
    output: &Utf8Path,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let host = db.host();
    let started = host.now();
    let scratch = Scratch { host, path: output.with_extension(SCRATCH) };
    host.create_directory(&scratch.path).map_err(OutputError::during("make", &scratch.path))?;
    let layout = Layout::in_folder(db, root, &scratch.path);
    let files = FileDigests::default();
    let probe = Probe::new(host, &files, &[], cancel);
    let tools = Tools::for_once(&probe, profile(db, root, request))?;
    // No build has left anything in this way, so that the package is looked into whatever there is.
    let ways = [Way { target: Target::C11, digest: Digest::of("one package") }];
    let workers = Workers::new(jobs(db, request));
    let context = ExecutionContext {
        host,
        root: &scratch.path,
        files: &files,
        store: None,
        progress,
        cancel,
        jobs: jobs(db, request),
        keep_going: request.keep_going,
    };
    let nothing = Default::default();
    let walk = Walk::new((db, root), request, &ways, nothing, &workers, (progress, cancel));
    let executor = Executor::new(context, Record::default());
    let build = Build {
        request,
        layout: &layout,
        tools: &tools,
        ways: &ways,
        checks: None,
        known: None,
        runtime: Vec::new(),
        is_unfinished: false,
        parts: Parts::Package,
    };
    let made = executor.run(|executor| build.feed(walk, executor));
    let (outcomes, _) = executor.finish();
    let made = made?;
    if cancel.is_cancelled() {
        return Err(BuildError::Interrupted);
    }
    let mut report = made.report;
    made.emitter.describe(&outcomes, &mut report);
    let whole = outcomes.iter().all(|it| it.status.is_success()) && report.success();
    describe_outcomes(&mut report, outcomes);
    if whole {
        let name = &package_identity(db, root).name;
        host.rename(&layout.library(name), output).map_err(OutputError::during("write", output))?;
        let object = Name::new(output.file_name().unwrap_or_default());
        let metadata = output.with_extension("oats.meta");
        let text = package_metadata(db, root, root, object);
        write_if_changed(host, &metadata, text.as_bytes())?;
    }
    report.elapsed = host.now().duration_since(started).unwrap_or_default();
    Ok(report)
}

/// A folder that is gone when nobody needs it any more.
struct Scratch<'a> {
    host: &'a dyn Host,
    path: Utf8PathBuf,
}

impl Drop for Scratch<'_> {
    fn drop(&mut self) {
        // What was asked for is made; a folder that stays is in nobody's way, and the next run takes it.
        _ = self.host.remove_directory(&self.path);
    }
}
