//! The actions of a run and what state each is in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use rustc_hash::FxHashSet;

use crate::base::Digest;
use crate::build::action::Action;
use crate::build::executor::outcome::{ActionOutcome, Failure, Reason, SkipReason, Status};
use crate::build::record::ActionRecord;

/// An action of one executor; counted from 0 in the order in which actions were added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ActionId(u32);

impl ActionId {
    /// Where the action stands among the outcomes.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What state an action is in. It goes down this list and may leave any state but the last for the last.
enum State {
    /// So many of its dependencies have not succeeded yet.
    Waiting(usize),
    /// All inputs are there. Whether its result is there too is not known.
    Ready,
    /// A worker looks whether its result is there.
    Examined,
    /// Its result is not there.
    Queued(Digest, Reason),
    /// A worker runs its program.
    Running(Reason),
    /// Nothing more will happen to it.
    Over(Status, Option<ActionRecord>),
}

/// Something for a worker to do.
pub(super) enum Job {
    /// Find out whether the result of the action is there.
    Examine,
    /// Run its program, which makes the result with this key.
    Execute(Digest),
}

/// What came of a job.
pub(super) enum Step {
    /// The action has to run.
    Stale(Digest, Reason),
    /// The result was there.
    Fresh(ActionRecord),
    /// The result was in the store, and was put where it belongs.
    Restored(ActionRecord),
    /// The program ran well. Without a record its inputs were changed meanwhile, and the next run does it again.
    Made(Option<ActionRecord>),
    /// It did not work.
    Failed(Failure),
    /// The program was killed because the build was cancelled.
    Interrupted,
}

/// Which of several goes first: what stands on the longest chain of others, since the end of the build waits for it;
/// then what was added first.
type Rank = (u32, Reverse<ActionId>);

struct Node {
    action: Arc<Action>,
    depth: u32,
    dependents: Vec<ActionId>,
    state: State,
    was_started: bool,
}

/// All actions of a run. [`Graph::set`] alone changes a state, and keeps the queues and the counter in step.
pub(super) struct Graph {
    nodes: Vec<Node>,
    outputs: FxHashSet<Utf8PathBuf>,
    ready: BinaryHeap<Rank>,
    queued: BinaryHeap<Rank>,
    unfinished: usize,
    keep_going: bool,
    sealed: bool,
    stopped: Option<SkipReason>,
}

impl Graph {
    pub(super) fn new(keep_going: bool) -> Graph {
        Graph {
            nodes: Vec::new(),
            outputs: FxHashSet::default(),
            ready: BinaryHeap::new(),
            queued: BinaryHeap::new(),
            unfinished: 0,
            keep_going,
            sealed: false,
            stopped: None,
        }
    }

    pub(super) fn add(&mut self, action: Action, dependencies: &[ActionId]) -> ActionId {
        let id = ActionId(u32::try_from(self.nodes.len()).expect("fewer actions than files"));
        for output in action.outputs() {
            assert!(!self.outputs.contains(&output), "two actions make `{output}`");
            self.outputs.insert(output);
        }
        let depth = dependencies.iter().map(|it| self.node(*it).depth + 1).max().unwrap_or(0);
        let mut blockers = 0;
        let (mut lost, mut skipped) = (None, None);
        for dependency in dependencies {
            match &self.node(*dependency).state {
                State::Over(status, _) if status.is_success() => (),
                State::Over(Status::Skipped(SkipReason::DependencyFailed(root)), _) => {
                    lost = lost.or(Some(SkipReason::DependencyFailed(*root)));
                }
                State::Over(Status::Failed(_), _) => {
                    lost = lost.or(Some(SkipReason::DependencyFailed(*dependency)));
                }
                State::Over(Status::Skipped(reason), _) => skipped = skipped.or(Some(*reason)),
                _ => {
                    blockers += 1;
                    self.nodes[dependency.index()].dependents.push(id);
                }
            }
        }
        let state = State::Waiting(blockers);
        let (action, dependents) = (Arc::new(action), Vec::new());
        self.nodes.push(Node { action, depth, dependents, state, was_started: false });
        self.unfinished += 1;
        // Whether the failure came before or after is a matter of luck.
        if let Some(reason) = lost.or(self.stopped).or(skipped) {
            self.set(id, State::Over(Status::Skipped(reason), None));
        } else if blockers == 0 {
            self.set(id, State::Ready);
        }
        id
    }

    /// Nothing will be added any more.
    pub(super) fn seal(&mut self) {
        self.sealed = true;
    }

    /// The next job. Whether results are there is found out first: it is cheap, and then it is known how much there is
    /// to do.
    pub(super) fn take(&mut self) -> Option<(ActionId, Arc<Action>, Job)> {
        if let Some((_, Reverse(id))) = self.ready.pop() {
            self.set(id, State::Examined);
            return Some((id, self.node(id).action.clone(), Job::Examine));
        }
        let (_, Reverse(id)) = self.queued.pop()?;
        let State::Queued(key, reason) = &self.node(id).state else {
            unreachable!("the queue holds queued actions");
        };
        let (key, reason) = (*key, reason.clone());
        self.set(id, State::Running(reason));
        Some((id, self.node(id).action.clone(), Job::Execute(key)))
    }

    /// Whether there is no job now and never will be.
    pub(super) fn is_over(&self) -> bool {
        self.stopped.is_some() || (self.sealed && self.unfinished == 0)
    }

    /// Notes what came of the job that was taken for the action.
    pub(super) fn advance(&mut self, id: ActionId, step: Step) {
        match step {
            Step::Stale(..) if let Some(reason) = self.stopped => {
                self.set(id, State::Over(Status::Skipped(reason), None));
            }
            Step::Stale(key, reason) => self.set(id, State::Queued(key, reason)),
            Step::Fresh(record) => self.succeed(id, Status::Reused, Some(record)),
            Step::Restored(record) => self.succeed(id, Status::Restored, Some(record)),
            Step::Made(record) => {
                let State::Running(reason) = &self.node(id).state else {
                    unreachable!("only what runs makes something");
                };
                let status = Status::Executed(reason.clone());
                self.succeed(id, status, record);
            }
            Step::Failed(failure) => {
                let last = !self.keep_going || failure.is_environment();
                self.set(id, State::Over(Status::Failed(failure), None));
                self.skip_dependents(id);
                if last {
                    self.stop(SkipReason::StoppedAfter(id));
                }
            }
            Step::Interrupted => {
                self.set(id, State::Over(Status::Skipped(SkipReason::Cancelled), None));
                self.stop(SkipReason::Cancelled);
            }
        }
    }

    /// Lets nothing begin any more, now or later.
    pub(super) fn stop(&mut self, reason: SkipReason) {
        if self.stopped.is_some() {
            return;
        }
        self.stopped = Some(reason);
        for index in 0..self.nodes.len() {
            let state = &self.nodes[index].state;
            if matches!(state, State::Waiting(_) | State::Ready | State::Queued(..)) {
                self.set(ActionId(index as u32), State::Over(Status::Skipped(reason), None));
            }
        }
        self.ready.clear();
        self.queued.clear();
    }

    /// The actions with how they came out. What a panic left behind counts as cancelled.
    pub(super) fn into_outcomes(self) -> Vec<(Arc<Action>, ActionOutcome)> {
        let outcome = |node: Node| {
            let (status, record) = match node.state {
                State::Over(status, record) => (status, record),
                _ => (Status::Skipped(SkipReason::Cancelled), None),
            };
            let (label, was_started) = (node.action.label.clone(), node.was_started);
            (node.action, ActionOutcome { label, status, record, was_started })
        };
        self.nodes.into_iter().map(outcome).collect()
    }

    fn succeed(&mut self, id: ActionId, status: Status, record: Option<ActionRecord>) {
        self.set(id, State::Over(status, record));
        for dependent in std::mem::take(&mut self.nodes[id.index()].dependents) {
            match self.node(dependent).state {
                State::Waiting(1) => self.set(dependent, State::Ready),
                State::Waiting(blockers) => self.set(dependent, State::Waiting(blockers - 1)),
                // Skipped already.
                _ => (),
            }
        }
    }

    fn skip_dependents(&mut self, root: ActionId) {
        let reason = SkipReason::DependencyFailed(root);
        let mut lost = std::mem::take(&mut self.nodes[root.index()].dependents);
        while let Some(id) = lost.pop() {
            if matches!(self.node(id).state, State::Waiting(_)) {
                self.set(id, State::Over(Status::Skipped(reason), None));
                lost.append(&mut self.nodes[id.index()].dependents);
            }
        }
    }

    fn set(&mut self, id: ActionId, state: State) {
        let node = &mut self.nodes[id.index()];
        let rank = (node.depth, Reverse(id));
        match &state {
            State::Ready => self.ready.push(rank),
            State::Queued(..) => self.queued.push(rank),
            State::Running(_) => node.was_started = true,
            State::Over(..) => self.unfinished -= 1,
            State::Waiting(_) | State::Examined => (),
        }
        node.state = state;
    }

    fn node(&self, id: ActionId) -> &Node {
        &self.nodes[id.index()]
    }
}
