//! Building: the front end level by level, and behind it, at the same time, whatever programs have to run.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::Utf8PathBuf;
use rustc_hash::FxHashSet;

use crate::base::{Digest, Name};
use crate::build::ahead::check_ahead;
use crate::build::begin::{begin, lock, prepare, unfinished};
use crate::build::check::jobs;
use crate::build::checks::{self, Checks};
use crate::build::emit::Emitter;
use crate::build::error::BuildError;
use crate::build::executor::{ActionOutcome, ExecutionContext, Executor, Results, Status};
use crate::build::keep::{self, Built, Files, keep};
use crate::build::layout::Layout;
use crate::build::making::Making;
use crate::build::output::OutputError;
use crate::build::progress::Progress;
use crate::build::record::Record;
use crate::build::remember::Ended;
use crate::build::request::{BuildRequest, Report, Step};
use crate::build::shared::SharedStore;
use crate::build::survey::Halfway;
use crate::build::told::{Told, is_told};
use crate::build::tools::{ToolMemory, Tools, linker, profile, profile_name};
use crate::build::untouched::Remembered;
use crate::build::walk::Walk;
use crate::build::way::Way;
use crate::build::workers::Workers;
use crate::compile::{checked_module, modules_of, program_module};
use crate::graph::PackageNode;
use crate::host::{CancelToken, FileDigests, Host};
use crate::manifest::{Dialect, manifest_kind, project_options};
use crate::source::{Db, File};
use crate::state::{Observation, WorkspaceRow, clear_the_way};
use crate::target::Target;
use crate::toolchain::Probe;

/// The target of a workspace whose root says nothing of targets.
const DEFAULT_TARGET: Target = Target::Python3;

/// Builds what `request` asks for in the workspace under `root`: outputs are written where the dialect's layout says, and what is
/// there already is left as it is.
pub(crate) fn build(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let built = build_at_once(db, root, request, progress, cancel);
    match built {
        Err(BuildError::Output(_)) if clear_the_way(db.host(), root.directory(db)) => {
            build_at_once(db, root, request, progress, cancel)
        }
        other => other,
    }
}

fn build_at_once(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let started = db.host().now();
    let layout = Layout::of(db, root).with_program_name(db, root, request.program_name.as_ref());
    prepare(db.host(), &layout)?;
    let _alone = lock(db.host(), &layout.workspace, progress, cancel)?;
    db.inputs().reload_state(&layout.workspace);
    let memory = ToolMemory::load(db.host(), &layout.workspace);
    let files = memory.file_digests();
    let targets = targets(db, root, request);
    let probe = Probe::new(db.host(), &files, memory.versions(), cancel);
    let profile = profile(db, root, request);
    let linker = linker(db.host(), &layout, request, &profile);
    let tools = Tools::find(&probe, &targets, profile, linker.as_deref())?;
    let ways: Vec<Way> = targets.iter().map(|target| Way::new(*target, &tools, &layout)).collect();
    memory.learn(&probe, &files, &layout.workspace)?;
    let threads = jobs(db, request);
    let manifest = root.path(db).file_name().unwrap_or_default();
    let meanwhile = |workspace: &Arc<WorkspaceRow>, halfway: &Halfway<'_>| {
        check_ahead((db, root), &targets, workspace, halfway, cancel)
    };
    let remembered =
        Remembered::look(db.host(), &layout, manifest, request, &ways, threads, &meanwhile);
    let nothing_to_do = |it: &Remembered| {
        let is_done = it.is_untouched() && has_told_store(db.host(), &layout, request, it, &ways);
        is_done.then(|| it.report(&layout, &ways, progress)).flatten()
    };
    if let Some(mut report) = remembered.as_ref().and_then(nothing_to_do) {
        report.elapsed = db.host().now().duration_since(started).unwrap_or_default();
        return Ok(report);
    }
    if let Some(remembered) = remembered.as_ref().filter(|it| !it.is_told) {
        let row = remembered.workspace.clone();
        db.inputs().workspaces.expect_unchanged(db, &layout.workspace, row);
    }
    let workers = Workers::new(threads);
    let prepared = Prepared { root, request, layout: &layout, tools: &tools, ways: &ways, threads };
    let mut report = workers.within(db, |db| {
        build_changed(db, &prepared, remembered, &workers, (progress, cancel))
    })??;
    report.elapsed = db.host().now().duration_since(started).unwrap_or_default();
    Ok(report)
}

/// Whether the store need not be told of a workspace in which nothing has changed.
fn has_told_store(
    host: &dyn Host,
    layout: &Layout,
    request: &BuildRequest,
    remembered: &Remembered,
    ways: &[Way],
) -> bool {
    let (composition, packages) = (remembered.workspace.composition, remembered.packages.keys());
    does_without_store(host, request)
        || is_told((host, &layout.workspace), composition, packages, ways)
}

/// What is known before anything is built.
struct Prepared<'a> {
    root: File,
    request: &'a BuildRequest,
    layout: &'a Layout,
    tools: &'a Tools,
    ways: &'a [Way],
    /// How many things may be done at once.
    threads: usize,
}

/// Builds a workspace in which something may have changed.
fn build_changed(
    db: &dyn Db,
    prepared: &Prepared<'_>,
    remembered: Option<Remembered>,
    workers: &Workers,
    (progress, cancel): (&dyn Progress, &CancelToken),
) -> Result<Report, BuildError> {
    let Prepared { root, request, layout, tools, ways, threads } = *prepared;
    let (is_unfinished, record) = begin(db.host(), layout)?;
    // A package that is left as it is has actions of which the next build must know how they came out.
    let remembered = remembered.filter(|_| record.is_some());
    let record = record.unwrap_or_default();
    let files = record.file_digests(&layout.workspace);
    let store = (!does_without_store(db.host(), request))
        .then(|| SharedStore::new(db.host(), &layout.workspace, progress));
    let context = ExecutionContext {
        host: db.host(),
        root: &layout.workspace,
        files: &files,
        store: store.as_ref().map(|store| store as &dyn Results),
        progress,
        cancel,
        // Without tools there are no programs to run, and no threads to wait for them.
        jobs: if tools.c.is_some() { threads } else { 0 },
        keep_going: request.keep_going,
    };
    let (known, surveyed, runtime) = remembered
        .map(|it| (Some(it.workspace), (it.packages, it.is_told), it.runtime))
        .unwrap_or_default();
    let walk = Walk::new((db, root), request, ways, surveyed, workers, (progress, cancel));
    let executor = Executor::new(context, record);
    let parts = Parts::All;
    let checks = store.as_ref().map(|store| store as &dyn Checks);
    let build =
        Build { request, layout, tools, ways, checks, known, runtime, is_unfinished, parts };
    let made = executor.run(|executor| build.feed(walk, executor));
    let (outcomes, record) = executor.finish();
    build.end(made?, (outcomes, record), &files, store.as_ref(), cancel)
}

/// Whether a build neither uses what the store has nor tells it anything.
fn does_without_store(host: &dyn Host, request: &BuildRequest) -> bool {
    request.no_store || SharedStore::is_switched_off(host)
}

/// The targets that are asked for, or those of the project, or the default.
pub(crate) fn targets(db: &dyn Db, root: File, request: &BuildRequest) -> Vec<Target> {
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

/// How a build is done.
pub(crate) struct Build<'a> {
    pub(crate) request: &'a BuildRequest,
    pub(crate) layout: &'a Layout,
    pub(crate) tools: &'a Tools,
    pub(crate) ways: &'a [Way],
    /// What other checkouts have left of packages that nobody has checked here.
    pub(crate) checks: Option<&'a dyn Checks>,
    /// What is remembered of the workspace as a whole, if it is still so.
    pub(crate) known: Option<Arc<WorkspaceRow>>,
    /// How the run-time support looked as far as it is what it was.
    pub(crate) runtime: Vec<(Utf8PathBuf, Observation)>,
    /// Whether an earlier build did not come to its end.
    pub(crate) is_unfinished: bool,
    pub(crate) parts: Parts,
}

/// What a build makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// Packages, run-time support, programs.
    All,
    /// Packages alone.
    Package,
}

/// What a build has made.
pub(crate) struct Made<'a, 'db> {
    pub(crate) walk: Walk<'a, 'db>,
    pub(crate) emitter: Emitter<'a>,
    pub(crate) report: Report,
    is_whole: bool,
    /// The packages that were looked into and whose outputs were all as they were left.
    pub(crate) intact: FxHashSet<Name>,
}

/// What a build has written down for the next one.
struct Left<'db> {
    record: Record,
    /// The packages that were looked into, and that the next build can leave as they are.
    whole: Vec<&'db PackageNode>,
    /// Of which packages the workspace consists, if that is remembered.
    composition: Option<u128>,
}

impl<'a> Build<'a> {
    pub(crate) fn targets(&self) -> Vec<Target> {
        self.ways.iter().map(|way| way.target).collect()
    }

    /// Checks what has to be checked, and adds the actions of each module as soon as it is known.
    pub(crate) fn feed<'db>(
        &self,
        mut walk: Walk<'a, 'db>,
        executor: &Executor<'_>,
    ) -> Result<Made<'a, 'db>, BuildError> {
        let (db, workers, progress) = (walk.db, walk.workers, walk.progress);
        let mut emitter = Emitter::new(self.layout, self.tools);
        emitter.saw(self.runtime.iter().cloned());
        let packages: Vec<&PackageNode> = walk.packages().collect();
        for target in self.targets() {
            match self.parts {
                Parts::All => emitter.runtime(db, &packages, target, executor)?,
                Parts::Package => emitter.headers(db, target)?,
            }
        }
        let targets = self.targets();
        let mut making = Making {
            db,
            root: walk.root,
            workers,
            progress,
            build: self,
            targets,
            emitter,
            executor,
            intact: FxHashSet::default(),
            unsound: 0,
        };
        let is_whole = walk.run(&mut making, self.request.keep_going)?;
        let Making { mut emitter, intact, unsound, .. } = making;
        if is_whole {
            self.packages(&walk, (&mut emitter, &intact), executor)?;
        }
        let mut report = walk.report();
        let seen = emitter.modules() + unsound;
        report.skipped = unsound;
        report.reused = report.modules.saturating_sub(seen);
        if !is_whole {
            // What was not told of was not looked at; of packages that were left nothing was asked.
            report.skipped += std::mem::take(&mut report.reused);
        }
        Ok(Made { walk, emitter, report, is_whole: is_whole && unsound == 0, intact })
    }

    /// Puts the packages together that were looked into, and the programs of all that have one.
    fn packages(
        &self,
        walk: &Walk<'_, '_>,
        (emitter, intact): (&mut Emitter<'_>, &FxHashSet<Name>),
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        for target in self.targets() {
            for package in walk.packages() {
                if walk.has_entered(&package.name) && walk.is_sound(package) {
                    let package = (package, intact.contains(&package.name));
                    emitter.package(walk.db, walk.root, package, target, executor)?;
                }
            }
            for package in walk.packages().filter(|_| self.parts == Parts::All) {
                if walk.program(package).is_none() {
                    continue;
                }
                let closure = walk.closure(package);
                if closure.iter().all(|it| walk.is_sound(it)) {
                    emitter.program(walk.db, package, &closure, target, executor)?;
                }
            }
        }
        Ok(())
    }

    /// Keeps what front ends made of packages of which nothing was remembered, and of all that were looked into where the store is in
    /// use anyway: also where nothing of a package is new, what it can see may be, and with that its key.
    ///
    /// Yields the packages and the keys.
    fn keep_checks(
        &self,
        store: &SharedStore<'_>,
        made: &Made<'_, '_>,
        whole: &[&PackageNode],
    ) -> Vec<(Name, Digest)> {
        let (db, root) = (made.walk.db, made.walk.root);
        let is_worth_it = |package: &&&PackageNode| {
            let mut modules = modules_of(db, root, package.manifest);
            store.is_open()
                || made.walk.surveyed(&package.name).is_none()
                    && modules.any(|module| !checked_module(db, module).is_kept())
        };
        let packages = whole.iter().filter(is_worth_it);
        let keyed = packages.map(|package| (package.name.clone(), checks::key(db, root, package)));
        let (keyed, state) = (keyed.collect::<Vec<_>>(), db.inputs().state(&self.layout.workspace));
        checks::keep(db.host(), &state, store, &keyed);
        keyed
    }

    /// Tells the store what there is.
    fn keep(
        &self,
        store: &SharedStore<'_>,
        made: &Made<'_, '_>,
        outcomes: &[ActionOutcome],
        (left, told, checked): (&Left<'_>, Option<Told>, &[(Name, Digest)]),
    ) {
        let walk = &made.walk;
        let ways = self.ways.iter().flat_map(|way| walk.packages().map(move |it| (it, way)));
        let builds = ways.filter_map(|(package, way)| self.built(made, outcomes, package, way));
        let there = keep::Made {
            root: walk.root,
            composition: left.composition,
            layout: self.layout,
            tools: self.tools,
            profile: &profile_name(walk.db, walk.root, self.request),
            builds: builds.collect(),
            record: &left.record,
            external: None,
        };
        keep(walk.db, store, &there, told);
        store.hold_checks(checked);
        store.close();
    }

    /// What there is of a package; `None` unless all of it is there.
    fn built<'m>(
        &self,
        made: &'m Made<'_, '_>,
        outcomes: &[ActionOutcome],
        package: &'m PackageNode,
        way: &Way,
    ) -> Option<Built<'m>> {
        let walk = &made.walk;
        let own = made.emitter.outputs_of(&package.name, way.target);
        let statuses = || {
            let actions = own.iter().flat_map(|(_, actions)| actions);
            actions.map(|action| &outcomes[action.index()].status)
        };
        if !statuses().all(Status::is_success) {
            return None;
        }
        let is_entered = walk.has_entered(&package.name);
        let files = if is_entered {
            Files::Made((&own?.0).into())
        } else {
            // Its program may have been linked again all the same.
            Files::Remembered(&walk.surveyed(&package.name)?.outputs(way)?.files)
        };
        let is_new = is_entered && !self.has_same_outputs(made, &package.name, way)
            || statuses().any(|it| !matches!(it, Status::Reused));
        Some(Built { package, target: way.target, is_new, files })
    }

    /// Writes down what was made and how the actions came out, for the next build and for the store, and yields what there is to say.
    fn end(
        &self,
        mut made: Made<'_, '_>,
        (outcomes, record): (Vec<ActionOutcome>, Record),
        files: &FileDigests,
        store: Option<&SharedStore<'_>>,
        cancel: &CancelToken,
    ) -> Result<Report, BuildError> {
        let told = Told::take(made.walk.db.host(), &self.layout.workspace)?;
        let left = self.leave(record, &made, &outcomes, files)?;
        if cancel.is_cancelled() {
            return Err(BuildError::Interrupted);
        }
        if let Some(store) = store {
            let checked = self.keep_checks(store, &made, &left.whole);
            self.keep(store, &made, &outcomes, (&left, told, &checked));
        }
        let mut report = std::mem::take(&mut made.report);
        made.emitter.describe(&outcomes, &mut report);
        describe_outcomes(&mut report, outcomes);
        Ok(report)
    }

    /// Removes what nobody makes any more, and writes down what the next build may know.
    fn leave<'db>(
        &self,
        mut record: Record,
        made: &Made<'_, 'db>,
        outcomes: &[ActionOutcome],
        files: &FileDigests,
    ) -> Result<Left<'db>, OutputError> {
        let walk = &made.walk;
        let (host, root) = (walk.db.host(), &*self.layout.workspace);
        for path in &made.emitter.outputs {
            record.add_written(root, path);
        }
        let is_sweep = made.is_whole && self.request.packages.is_empty();
        let known = self.known.as_ref().filter(|_| !self.is_unfinished && programs_hold(walk));
        let was_swept = known.map(|it| it.swept.clone()).unwrap_or_default();
        self.prune(made, is_sweep, &was_swept, &mut record)?;
        record.save(host, root)?;
        let (layout, ways, emitter) = (self.layout, self.ways, &made.emitter);
        let ended = Ended { walk, layout, ways, emitter, outcomes, files };
        let swept = if is_sweep { self.targets() } else { Vec::new() };
        let swept = swept.iter().map(|target| target.name().to_owned());
        // First: that something is left to sweep is known only as long as the row of its package is the old one.
        let swept = swept.chain(was_swept).collect();
        let composition = ended.remember_workspace(self.known.as_deref(), swept)?;
        let whole = ended.remember_packages()?;
        let path = unfinished(root);
        host.retire(&path).map_err(OutputError::during("remove", &path))?;
        Ok(Left { record, whole, composition })
    }
}

/// Whether those packages are programs that were, as far as a source decides it: the row of the workspace knows only manifests.
fn programs_hold(walk: &Walk<'_, '_>) -> bool {
    let by_source = |package: &&PackageNode| package.dialect != Dialect::Octizys;
    let entered = walk.packages().filter(|it| walk.has_entered(&it.name));
    entered.filter(by_source).all(|package| {
        let before = walk.surveyed(&package.name).map(|it| &it.known.row.summary.main);
        before == Some(program_module(walk.db, package.manifest))
    })
}

/// What the programs that ran add to a report.
pub(crate) fn describe_outcomes(report: &mut Report, outcomes: Vec<ActionOutcome>) {
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
