//! The concrete database, the only type that implements [`Db`].

mod snapshot;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;

use crate::build::{self, BuildError, BuildRequest, Progress, Report};
use crate::host::{CancelToken, Host};
use crate::source::{Change, Db, File, Inputs, apply};
use crate::workspace::{DiscoveryError, find_root};

pub use crate::session::snapshot::{Cancelled, Snapshot};

/// A database over a machine: it answers queries and remembers the answers for as long as it lives.
///
/// [`Session::apply`] tells it of changes; [`Session::snapshot`] answers questions from other threads.
#[salsa::db]
#[derive(Clone)]
pub struct Session {
    storage: salsa::Storage<Self>,
    host: Arc<dyn Host>,
    inputs: Inputs,
    log: Arc<Mutex<Option<Vec<salsa::DatabaseKeyIndex>>>>,
}

impl Session {
    /// An empty database over `host`.
    pub fn new(host: Arc<dyn Host>) -> Session {
        let log = Arc::<Mutex<Option<Vec<salsa::DatabaseKeyIndex>>>>::default();
        let sink = log.clone();
        let storage = salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
            if let salsa::EventKind::WillExecute { database_key } = event.kind
                && let Some(log) = &mut *sink.lock().unwrap_or_else(PoisonError::into_inner)
            {
                log.push(database_key);
            }
        })));
        Session { storage, host, inputs: Inputs::default(), log }
    }

    /// Tells the database at which paths something may have changed; yields how many inputs really did.
    pub fn apply(&mut self, change: &Change) -> usize {
        apply(self, change)
    }

    /// The root manifest of the workspace that the directory `start` (absolute) belongs to.
    pub fn find_root(&self, start: &Utf8Path) -> Result<File, DiscoveryError> {
        find_root(self, start, None)
    }

    /// A handle for another thread, or for questions that an edit may cut short.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(self)
    }

    /// Checks what `request` asks for in the workspace under `root`, on all cores. Writes nothing.
    pub fn check(
        &self,
        root: File,
        request: &BuildRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Report, BuildError> {
        build::check(self, root, request, progress, cancel)
    }

    /// Builds what `request` asks for in the workspace under `root`. What is there already, from this session or an earlier one, is
    /// not made again.
    pub fn build(
        &self,
        root: File,
        request: &BuildRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Report, BuildError> {
        build::build(self, root, request, progress, cancel)
    }

    /// Forgets which queries ran so far and begins to write down those that run from now on.
    pub fn start_log(&self) {
        *self.log.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    }

    /// The names of the queries that ran since [`Session::start_log`], in order. Ends the log.
    pub fn take_log(&self) -> Vec<String> {
        let db: &dyn salsa::Database = self;
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner).take();
        log.unwrap_or_default()
            .into_iter()
            .map(|key| db.ingredient_debug_name(key.ingredient_index()).into_owned())
            .collect()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

#[salsa::db]
impl salsa::Database for Session {}

#[salsa::db]
impl Db for Session {
    fn host(&self) -> &dyn Host {
        &*self.host
    }

    fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    fn fork(&self) -> Box<dyn Db + Send> {
        Box::new(self.clone())
    }
}
