//! Where an executor finds results that others have made, and leaves its own.

use crate::base::{Content, Digest};
use crate::build::action::Action;
use crate::build::record::ActionRecord;
use crate::host::{CancelToken, FileDigests};
use crate::store::RunGuard;

/// Results of actions that are shared with other builds. It never fails: what it cannot do is done by running programs.
pub trait Results: Sync {
    /// Puts the outputs of the action with this key where they belong, if somebody has made them before.
    fn restore(&self, action: &Action, key: &Digest, files: &FileDigests) -> Option<ActionRecord>;

    /// What is to be done about an action that has to be done: another process may be at it, and then this waits.
    fn order(
        &self,
        action: &Action,
        key: &Digest,
        files: &FileDigests,
        cancel: &CancelToken,
    ) -> Order;

    /// Remembers what came of an action that was run over inputs with these contents.
    fn keep(&self, action: &Action, contents: &[Content], record: &ActionRecord);
}

/// What is to be done about an action.
#[derive(Debug)]
pub enum Order {
    /// Its program has to run. Others wait for that until the guard is dropped.
    Run(Option<RunGuard>),
    /// Nothing: its outputs are there.
    Restored(ActionRecord),
    /// Nothing: the build was cancelled.
    Cancelled,
}
