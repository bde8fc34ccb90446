//! Doing actions: each after those it depends on, as many at once as allowed, and only those whose result is not there.
//!
//! The executor knows commands and files. What they mean, and that there are packages, is known by those who add actions.

mod graph;
mod outcome;
mod results;
mod staging;
mod worker;

use std::sync::atomic::AtomicBool;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::action::Action;
use crate::build::executor::graph::Graph;
use crate::build::executor::staging::Staging;
use crate::build::output::OutputError;
use crate::build::progress::Progress;
use crate::build::record::{Record, relative};
use crate::host::{CancelToken, FileDigests, Host};

pub use crate::build::executor::graph::ActionId;
pub use crate::build::executor::outcome::{ActionOutcome, Failure, Reason, SkipReason, Status};
pub use crate::build::executor::results::{Order, Results};

/// What an executor works with.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a listener has nothing to show")]
pub struct ExecutionContext<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// The workspace, absolute: records are kept relative to it.
    pub root: &'a Utf8Path,
    /// The digests of files in this run.
    pub files: &'a FileDigests,
    /// Results that are shared with other builds; `None` does without.
    pub store: Option<&'a dyn Results>,
    /// Who is told.
    pub progress: &'a dyn Progress,
    /// Who may stop it.
    pub cancel: &'a CancelToken,
    /// How many programs run at once. With 0, they run one after the other when all have been added.
    pub jobs: usize,
    /// Whether to go on with what is not affected after something failed.
    pub keep_going: bool,
}

/// A run over a graph of actions that may still grow while it goes on.
///
/// A file that no action makes is there when the first action that reads it is added, and stays as it is until the end.
pub struct Executor<'a> {
    context: ExecutionContext<'a>,
    record: Record,
    graph: Mutex<Graph>,
    changed: Condvar,
    /// Whether somebody was told that programs are not confined.
    told_unconfined: AtomicBool,
    staging: Staging,
}

impl std::fmt::Debug for Executor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Executor").field("root", &self.context.root).finish_non_exhaustive()
    }
}

/// The folder below that of the state where programs write.
pub(crate) const STAGING: &str = "staged";

/// Removes what programs of builds that were killed have left in the workspace at `root`, in which no build runs.
pub(crate) fn clear_staging(host: &dyn Host, root: &Utf8Path) -> Result<(), OutputError> {
    let folder = Staging::folder(root);
    if host.stat(&folder).is_err() {
        return Ok(());
    }
    host.remove_directory(&folder).map_err(OutputError::during("remove", &folder))
}

impl<'a> Executor<'a> {
    /// An executor that reuses what `record` says of earlier runs.
    pub fn new(context: ExecutionContext<'a>, record: Record) -> Executor<'a> {
        let graph = Mutex::new(Graph::new(context.keep_going));
        let staging = Staging::new(context.host, context.root);
        Executor {
            context,
            record,
            graph,
            changed: Condvar::new(),
            told_unconfined: AtomicBool::new(false),
            staging,
        }
    }

    /// Adds an action that begins when `dependencies`, added before, have succeeded. May be called from any thread, also
    /// while the executor runs.
    ///
    /// # Panics
    /// If another action makes one of the same files: our own bug.
    pub fn add(&self, action: Action, dependencies: &[ActionId]) -> ActionId {
        let id = self.graph().add(action, dependencies);
        self.changed.notify_one();
        id
    }

    /// Does all actions, those that were added and those that `feed` adds while they are being done; yields what `feed`
    /// yields. Returns when everything is done, or when what was running has ended after a failure or a cancellation.
    pub fn run<T>(&self, feed: impl FnOnce(&Executor<'a>) -> T) -> T {
        thread::scope(|scope| {
            let spawn = |n| {
                let named = thread::Builder::new().name(format!("step-{n}"));
                named.spawn_scoped(scope, || self.work())
            };
            let workers = (0..self.context.jobs).map(spawn).take_while(Result::is_ok).count();
            let result = {
                let _sealed = Seal(self);
                feed(self)
            };
            if workers == 0 {
                // Nobody wanted threads, or the machine gives none: that is slow, not broken.
                self.work();
            }
            result
        })
    }

    /// How the actions came out, in the order in which they were added, and what the next build may know.
    pub fn finish(self) -> (Vec<ActionOutcome>, Record) {
        let Executor { context, mut record, graph, .. } = self;
        let graph = graph.into_inner().unwrap_or_else(PoisonError::into_inner);
        let outcomes = graph.into_outcomes();
        for (action, outcome) in &outcomes {
            // Of an action that did not get its turn, what was true before is still as true as it was.
            if !matches!(outcome.status, Status::Skipped(_)) || outcome.was_started {
                let name = record_name(context.root, action);
                record.set_action(name, outcome.record.clone());
            }
            if outcome.status.is_success() {
                action.outputs().for_each(|path| record.add_written(context.root, &path));
            }
        }
        record.learn_files(context.root, context.files);
        (outcomes.into_iter().map(|(_, outcome)| outcome).collect(), record)
    }

    /// What every worker thread does: one job after the other until there will be none any more.
    fn work(&self) {
        let _alarm = Alarm(self);
        let mut graph = self.graph();
        loop {
            if self.context.cancel.is_cancelled() {
                graph.stop(SkipReason::Cancelled);
            }
            if let Some((id, action, job)) = graph.take() {
                drop(graph);
                let step = self.perform(&action, job);
                graph = self.graph();
                graph.advance(id, step);
                self.changed.notify_all();
            } else if graph.is_over() {
                self.changed.notify_all();
                return;
            } else {
                graph = self.changed.wait(graph).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn graph(&self) -> MutexGuard<'_, Graph> {
        self.graph.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The name under which a record keeps an action: its first output, from the workspace.
fn record_name(root: &Utf8Path, action: &Action) -> Utf8PathBuf {
    let first = action.outputs().next().expect("an action makes something");
    relative(root, &first)
}

/// Tells the workers, when dropped, that nothing will be added any more.
struct Seal<'e, 'a>(&'e Executor<'a>);

impl Drop for Seal<'_, '_> {
    fn drop(&mut self) {
        let mut graph = self.0.graph();
        graph.seal();
        if thread::panicking() {
            graph.stop(SkipReason::Cancelled);
        }
        self.0.changed.notify_all();
    }
}

/// Lets the others end when a worker panics; they would wait for its action for ever.
struct Alarm<'e, 'a>(&'e Executor<'a>);

impl Drop for Alarm<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.graph().stop(SkipReason::Cancelled);
            self.0.changed.notify_all();
        }
    }
}
