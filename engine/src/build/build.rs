//! Building: the front end level by level, and behind it, at the same time, whatever programs have to run.

use std::collections::BTreeSet;

use camino::Utf8Path;

use crate::base::Name;
use crate::build::check::{Soundness, check_level, discovered, jobs, report};
use crate::build::emit::{Emitter, write_module};
use crate::build::error::BuildError;
use crate::build::executor::{ActionOutcome, ExecutionContext, Executor, Results, Status};
use crate::build::keep::{Made, keep};
use crate::build::layout::Layout;
use crate::build::output::{OutputError, prune};
use crate::build::progress::Progress;
use crate::build::record::Record;
use crate::build::request::{BuildRequest, Report, Step};
use crate::build::selection::Selection;
use crate::build::shared::SharedStore;
use crate::build::tools::{Tools, profile};
use crate::build::workers::Workers;
use crate::compile::module_diagnostics;
use crate::graph::workspace_diagnostics;
use crate::host::CancelToken;
use crate::manifest::{manifest_kind, project_options};
use crate::source::{Db, Diagnostic, File};
use crate::target::Target;
use crate::toolchain::{Probe, ToolVersion};

/// The target of a workspace whose root says nothing of targets.
const DEFAULT_TARGET: Target = Target::Python3;

/// Builds what `request` asks for in the workspace under `root`: outputs are written where the dialect's layout says, and what is
/// there already is left as it is.
pub fn build(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let started = db.host().now();
    let workers = Workers::new(jobs(db, request))?;
    let selection = discovered(db, root, request, &workers, progress);
    let layout = Layout::of(db, root);
    let record = Record::load(db.host(), &layout.workspace);
    let files = record.file_digests(&layout.workspace);
    let targets = targets(db, root, request);
    let probe = Probe::new(db.host(), &files, record.tool_versions(), cancel);
    let tools = Tools::find(&probe, &targets, profile(db, root, request.release))?;
    let store = (!request.no_store && !SharedStore::is_switched_off(db.host()))
        .then(|| SharedStore::new(db.host(), &layout.workspace, progress));
    let context = ExecutionContext {
        host: db.host(),
        root: &layout.workspace,
        files: &files,
        store: store.as_ref().map(|store| store as &dyn Results),
        progress,
        cancel,
        jobs: jobs(db, request),
        keep_going: request.keep_going,
    };
    let build =
        Build { db, request, progress, cancel, workers, selection, layout: &layout, targets };
    let executor = Executor::new(context, record);
    let emitter = executor.run(|executor| build.feed(executor, &tools))?;
    let (outcomes, record) = executor.finish();
    build.leave(record, &emitter, probe.versions())?;
    if cancel.is_cancelled() {
        return Err(BuildError::Interrupted);
    }
    if let Some(store) = &store {
        build.keep(store, &tools, &emitter);
    }
    let mut report = report(db, &build.selection, started);
    report.skipped = report.modules - emitter.modules();
    emitter.describe(&outcomes, &mut report);
    describe_outcomes(&mut report, outcomes);
    report.elapsed = db.host().now().duration_since(started).unwrap_or_default();
    Ok(report)
}

/// The targets that are asked for, or those of the project, or the default.
fn targets(db: &dyn Db, root: File, request: &BuildRequest) -> Vec<Target> {
    let is_project =
        root.path(db).file_name().and_then(manifest_kind).is_some_and(|it| it.is_project);
    let named = |names: &[Name]| -> BTreeSet<Target> {
        names.iter().filter_map(|name| Target::named(name)).collect()
    };
    let mut targets = named(&request.targets);
    if targets.is_empty() && is_project {
        targets = named(&project_options(db, root).targets);
    }
    if targets.is_empty() {
        targets.insert(DEFAULT_TARGET);
    }
    targets.into_iter().collect()
}

/// A build that is going on.
struct Build<'a, 'db> {
    db: &'db dyn Db,
    request: &'a BuildRequest,
    progress: &'a dyn Progress,
    cancel: &'a CancelToken,
    workers: Workers,
    selection: Selection<'db>,
    layout: &'a Layout,
    targets: Vec<Target>,
}

impl Build<'_, '_> {
    /// Checks all modules and adds the actions of each as soon as it is known; yields what was written.
    fn feed<'a>(
        &'a self,
        executor: &Executor<'_>,
        tools: &'a Tools,
    ) -> Result<Emitter<'a>, BuildError> {
        let db = self.db;
        let mut emitter = Emitter::new(self.layout, tools);
        let mut soundness = Soundness::new(&self.selection);
        let manifests = workspace_diagnostics(db, self.selection.root);
        let mut going = self.request.keep_going || !manifests.iter().any(Diagnostic::is_error);
        if going {
            for target in &self.targets {
                emitter.runtime(db, &self.selection.packages, *target, executor)?;
            }
        }
        for level in &self.selection.levels {
            check_level(db, &self.selection, level, &self.workers, self.progress);
            soundness.add(db, &self.selection, level);
            going &= self.request.keep_going || !self.has_errors(level);
            if self.cancel.is_cancelled() {
                return Ok(emitter);
            }
            if going {
                self.emit_level(level, &soundness, &mut emitter, executor)?;
            }
        }
        if going {
            self.emit_packages(&soundness, &mut emitter, executor)?;
            emitter.is_whole = soundness.skipped(&self.selection) == 0;
        }
        Ok(emitter)
    }

    /// Writes the modules of a level that can be built, and adds their actions.
    fn emit_level(
        &self,
        level: &[usize],
        soundness: &Soundness,
        emitter: &mut Emitter<'_>,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let (selection, targets, layout) = (&self.selection, &self.targets, self.layout);
        let sound: Vec<usize> =
            level.iter().copied().filter(|index| soundness.holds(*index)).collect();
        let written = self.workers.each(self.db, &sound, |db, index| {
            write_module(db, selection.module(db, *index), targets, layout)
        });
        for (index, written) in sound.iter().zip(written) {
            emitter.module(selection.path(*index), written?, executor);
        }
        Ok(())
    }

    /// Puts the packages together, and the programs of those that have one.
    fn emit_packages(
        &self,
        soundness: &Soundness,
        emitter: &mut Emitter<'_>,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let broken: BTreeSet<&str> = soundness.broken_packages(&self.selection);
        let packages = &self.selection.packages;
        let whole = || packages.iter().filter(|package| !broken.contains(&*package.name));
        for target in &self.targets {
            for package in whole() {
                emitter.package(self.db, self.selection.root, package, *target, executor)?;
            }
            for package in whole() {
                let closure = self.selection.closure(self.db, package);
                if closure.iter().all(|it| !broken.contains(&*it.name)) {
                    emitter.program(self.db, package, &closure, *target, executor)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps in the store what is new.
    fn keep(&self, store: &SharedStore<'_>, tools: &Tools, emitter: &Emitter<'_>) {
        let made = Made {
            root: self.selection.root,
            layout: self.layout,
            targets: &self.targets,
            tools,
            release: self.request.release,
            outputs: &emitter.outputs,
            written: emitter.written_packages(),
        };
        keep(self.db, store, &made);
        store.close();
    }

    fn has_errors(&self, level: &[usize]) -> bool {
        level.iter().any(|index| {
            let diagnostics = module_diagnostics(self.db, self.selection.module(self.db, *index));
            diagnostics.iter().any(Diagnostic::is_error)
        })
    }

    /// Removes what nobody makes any more (which only a build of everything without errors knows), and leaves the record for the next build.
    fn leave(
        &self,
        mut record: Record,
        emitter: &Emitter<'_>,
        versions: Vec<ToolVersion>,
    ) -> Result<(), OutputError> {
        let (host, root) = (self.db.host(), &*self.layout.workspace);
        for path in &emitter.outputs {
            record.add_written(root, path);
        }
        if emitter.is_whole && self.request.packages.is_empty() {
            let folders = self.targets.iter().map(|target| self.layout.target(*target));
            for folder in folders.chain([self.layout.compiler.join("ioct")]) {
                let is_ours = |path: &Utf8Path| record.is_ours(root, path);
                for path in prune(host, &folder, &emitter.outputs, &is_ours)? {
                    record.forget(root, &path);
                }
            }
        }
        record.learn_tools(versions);
        record.save(host, root)
    }
}

/// What the programs that ran add to a report.
fn describe_outcomes(report: &mut Report, outcomes: Vec<ActionOutcome>) {
    for outcome in outcomes {
        let success = outcome.status.is_success();
        match outcome.status {
            Status::Executed(_) => report.steps.push(Step { label: outcome.label, success }),
            Status::Failed(failure) => {
                report.failures.push(format!("{}: {failure}", outcome.label));
                report.steps.push(Step { label: outcome.label, success });
            }
            Status::Reused | Status::Restored | Status::Skipped(_) => (),
        }
    }
}
