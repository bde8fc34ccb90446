//! A view of the database as it is now, for another thread.

use std::fmt;
use std::panic::AssertUnwindSafe;

use crate::compile;
use crate::session::Session;
use crate::source::{Db, Diagnostic, File};

/// The database was told of a change while a question was being answered. Ask again on a new snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the sources have changed meanwhile")]
pub struct Cancelled;

/// A handle that answers questions about the state at which it was taken, from any thread.
///
/// While it lives, [`Session::apply`] waits for it; a question that is being answered then ends with [`Cancelled`].
pub struct Snapshot(Session);

impl Snapshot {
    pub(super) fn new(session: &Session) -> Snapshot {
        Snapshot(session.clone())
    }

    /// What `question` answers. Any query may be asked of the database that it is given.
    pub fn ask<T>(&self, question: impl FnOnce(&dyn Db) -> T) -> Result<T, Cancelled> {
        let asked = AssertUnwindSafe(|| question(&self.0));
        salsa::Cancelled::catch(asked).map_err(|_| Cancelled)
    }

    /// Everything that there is to tell about the workspace under a root manifest.
    pub fn diagnostics(&self, root: File) -> Result<Vec<Diagnostic>, Cancelled> {
        self.ask(|db| compile::diagnostics(db, root))
    }
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot").finish_non_exhaustive()
    }
}
