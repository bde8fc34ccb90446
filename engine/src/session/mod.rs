//! The concrete database, the only type that implements [`Db`].

mod snapshot;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{ModulePath, Name};
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
    log: Arc<Log>,
}

/// Which queries ran, whose answers were looked at again, and which front ends ran.
#[derive(Default)]
struct Log {
    /// Whether anybody wants to know. Asked at each query, by all threads, so it must cost nothing.
    is_on: AtomicBool,
    ran: Mutex<Vec<salsa::DatabaseKeyIndex>>,
    validated: Mutex<Vec<salsa::DatabaseKeyIndex>>,
    checked: Mutex<Vec<ModulePath>>,
}

impl Log {
    fn ran(&self) -> MutexGuard<'_, Vec<salsa::DatabaseKeyIndex>> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn validated(&self) -> MutexGuard<'_, Vec<salsa::DatabaseKeyIndex>> {
        self.validated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checked(&self) -> MutexGuard<'_, Vec<ModulePath>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// An empty database over `host`.
    pub fn new(host: Arc<dyn Host>) -> Session {
        let log = Arc::<Log>::default();
        let sink = log.clone();
        let storage = salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
            if !sink.is_on.load(Ordering::Relaxed) {
                return;
            }
            match event.kind {
                salsa::EventKind::WillExecute { database_key } => sink.ran().push(database_key),
                salsa::EventKind::DidValidateMemoizedValue { database_key } => {
                    sink.validated().push(database_key);
                }
                _ => (),
            }
        })));
        Session { storage, host, inputs: Inputs::default(), log }
    }

    /// An empty database over `host` in which packages see nothing of each other but metadata: a dependency is described by
    /// the file (absolute) that `externs` has for its name, whatever manifests say of where it is.
    pub fn with_externs(host: Arc<dyn Host>, externs: BTreeMap<Name, Utf8PathBuf>) -> Session {
        let session = Session::new(host);
        session.inputs.set_externs(externs);
        session
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
        self.log.ran().clear();
        self.log.validated().clear();
        self.log.checked().clear();
        self.log.is_on.store(true, Ordering::Relaxed);
    }

    /// The names of the queries that ran since [`Session::start_log`], in order. Ends the log.
    pub fn take_log(&self) -> Vec<String> {
        self.log.is_on.store(false, Ordering::Relaxed);
        self.names(std::mem::take(&mut *self.log.ran()))
    }

    /// The names of the queries whose answers had to be looked at again since [`Session::start_log`], and held, in order. Ends the log.
    pub fn take_validated(&self) -> Vec<String> {
        self.log.is_on.store(false, Ordering::Relaxed);
        self.names(std::mem::take(&mut *self.log.validated()))
    }

    fn names(&self, keys: Vec<salsa::DatabaseKeyIndex>) -> Vec<String> {
        let db: &dyn salsa::Database = self;
        let keys = keys.into_iter();
        keys.map(|key| db.ingredient_debug_name(key.ingredient_index()).into_owned()).collect()
    }

    /// The modules whose front ends ran since [`Session::start_log`], each as often as it did. Ends the log.
    pub fn take_checked(&self) -> Vec<ModulePath> {
        self.log.is_on.store(false, Ordering::Relaxed);
        std::mem::take(&mut *self.log.checked())
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

    fn will_check(&self, module: &ModulePath) {
        if self.log.is_on.load(Ordering::Relaxed) {
            self.log.checked().push(module.clone());
        }
    }
}
