//! Checking without building.

use std::collections::BTreeSet;
use std::time::SystemTime;

use crate::build::error::BuildError;
use crate::build::progress::{Event, Progress};
use crate::build::request::{BuildRequest, Report};
use crate::build::selection::Selection;
use crate::build::workers::Workers;
use crate::compile::{
    intermediate, module_diagnostics, module_imports, modules_of, package_diagnostics,
};
use crate::graph::{package_graph, workspace_diagnostics};
use crate::host::CancelToken;
use crate::source::{Db, Diagnostic, File};

/// Checks what `request` asks for in the workspace under `root`, on all cores, and writes nothing.
pub fn check(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let started = db.host().now();
    let workers = Workers::new(jobs(db, request))?;
    let selection = discovered(db, root, request, &workers, progress);
    let mut soundness = Soundness::new(&selection);
    for level in &selection.levels {
        check_level(db, &selection, level, &workers, progress);
        soundness.add(db, &selection, level);
        if cancel.is_cancelled() {
            return Err(BuildError::Interrupted);
        }
    }
    let mut report = report(db, &selection, started);
    report.skipped = soundness.skipped(&selection);
    Ok(report)
}

/// How many things a request may do at once.
pub(crate) fn jobs(db: &dyn Db, request: &BuildRequest) -> usize {
    request.jobs.unwrap_or_else(|| db.host().parallelism()).max(1)
}

/// Reads all manifests and sources, and finds out what `request` is about.
pub(crate) fn discovered<'db>(
    db: &'db dyn Db,
    root: File,
    request: &BuildRequest,
    workers: &Workers,
    progress: &dyn Progress,
) -> Selection<'db> {
    progress.event(Event::ManifestFound(root.path(db).clone()));
    let graph = package_graph(db, root);
    let manifests: Vec<File> = graph.packages.iter().map(|node| node.manifest).collect();
    for manifest in manifests.iter().filter(|manifest| **manifest != root) {
        progress.event(Event::ManifestFound(manifest.path(db).clone()));
    }
    let name = |index: usize| graph.packages[index].name.to_string();
    let shown = graph.order().map(|node| {
        let dependencies = node.dependencies.iter().map(|edge| name(edge.to)).collect();
        (node.name.to_string(), dependencies)
    });
    progress.event(Event::PackageGraph(shown.collect()));
    workers.each(db, &manifests, |db, manifest| {
        for module in modules_of(db, root, *manifest) {
            module_imports(db, module);
        }
    });
    let selection = Selection::new(db, root, request);
    progress.event(Event::CheckStarted { modules: selection.len() });
    selection
}

/// Brings the modules of a level, all of whose imports are done, through the front end.
pub(crate) fn check_level(
    db: &dyn Db,
    selection: &Selection<'_>,
    level: &[usize],
    workers: &Workers,
    progress: &dyn Progress,
) {
    workers.each(db, level, |db, index| {
        module_diagnostics(db, selection.module(db, *index));
    });
    progress.event(Event::Checked { modules: level.len() });
}

/// Which modules can be built: they have a meaning, and so has all that they import.
#[derive(Debug)]
pub(crate) struct Soundness(Vec<bool>);

impl Soundness {
    /// Nothing is known yet.
    pub(crate) fn new(selection: &Selection<'_>) -> Soundness {
        Soundness(vec![false; selection.bound()])
    }

    /// Adds the modules of the next level.
    pub(crate) fn add(&mut self, db: &dyn Db, selection: &Selection<'_>, level: &[usize]) {
        for index in level {
            let has_meaning = intermediate(db, selection.module(db, *index)).is_some();
            let sound = has_meaning && selection.imports(*index).iter().all(|it| self.0[*it]);
            self.0[*index] = sound;
        }
    }

    /// Whether the module with this index can be built.
    pub(crate) fn holds(&self, index: usize) -> bool {
        self.0[index]
    }

    /// The packages in which some module cannot be built.
    pub(crate) fn broken_packages<'db>(&self, selection: &Selection<'db>) -> BTreeSet<&'db str> {
        let selected = selection.levels.iter().flatten();
        let broken = selected.filter(|index| !self.0[**index]);
        broken.map(|index| selection.path(*index).package()).collect()
    }

    /// How many of the selected modules cannot be built.
    pub(crate) fn skipped(&self, selection: &Selection<'_>) -> usize {
        let selected = selection.levels.iter().flatten();
        selected.filter(|index| !self.0[**index]).count()
    }
}

/// What there is to say of what was selected; counts of what was made are for the caller to add.
pub(crate) fn report(db: &dyn Db, selection: &Selection<'_>, started: SystemTime) -> Report {
    let mut diagnostics: Vec<Diagnostic> = workspace_diagnostics(db, selection.root);
    for package in &selection.packages {
        diagnostics.extend_from_slice(package_diagnostics(db, selection.root, package.manifest));
    }
    Report {
        diagnostics,
        packages: selection.packages.len(),
        modules: selection.len(),
        elapsed: db.host().now().duration_since(started).unwrap_or_default(),
        ..Report::default()
    }
}
