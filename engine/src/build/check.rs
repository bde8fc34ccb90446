//! Checking without building.

use crate::build::error::BuildError;
use crate::build::progress::Progress;
use crate::build::request::{BuildRequest, Report};
use crate::build::survey::{self, Surveyed};
use crate::build::walk::{Standing, Visitor, Walk};
use crate::build::workers::Workers;
use crate::compile::Module;
use crate::graph::PackageNode;
use crate::host::CancelToken;
use crate::source::{Db, File};

/// Checks what `request` asks for in the workspace under `root`, on all cores, and writes nothing.
pub(crate) fn check(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let started = db.host().now();
    let path = root.path(db);
    if let (Some(directory), Some(name)) = (path.parent(), path.file_name())
        && let Some((row, _)) = survey::workspace(db.host(), directory, name)
    {
        db.inputs().workspaces.expect_unchanged(db, directory, row);
    }
    let workers = Workers::new(jobs(db, request));
    let mut walk =
        Walk::new((db, root), request, &[], Default::default(), &workers, (progress, cancel));
    let mut reading = Reading::default();
    walk.run(&mut reading, true)?;
    let mut report = walk.report();
    report.skipped = reading.unsound;
    report.elapsed = db.host().now().duration_since(started).unwrap_or_default();
    Ok(report)
}

/// How many things a request may do at once.
pub(crate) fn jobs(db: &dyn Db, request: &BuildRequest) -> usize {
    request.jobs.unwrap_or_else(|| db.host().parallelism()).max(1)
}

/// Counts what could not be built.
#[derive(Default)]
struct Reading {
    unsound: usize,
}

impl Visitor<'_> for Reading {
    fn is_content(&self, surveyed: &Surveyed) -> bool {
        surveyed.known.unchanged
    }

    fn leave(&mut self, _package: &PackageNode, _surveyed: &Surveyed) {}

    fn modules(&mut self, modules: &[(Module<'_>, Standing)]) -> Result<(), BuildError> {
        self.unsound += modules.iter().filter(|(_, it)| *it == Standing::Unsound).count();
        Ok(())
    }
}
