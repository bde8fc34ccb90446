//! Asking queries on all cores. Queries themselves never do: it hangs, or reports circles where there are none.

use std::cell::Cell;
use std::io;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::build::error::BuildError;
use crate::source::Db;

/// What a thread needs of stack: front ends recurse as deep as a user's expressions are nested.
const STACK: usize = 16 << 20;

/// How long somebody works alone, all questions together, before others are started: what a small edit takes, and little beside what
/// is worth their work.
const PATIENCE: Duration = Duration::from_millis(5);

/// How long somebody works alone on each occasion when others are there already, and sleep.
const WAKING: Duration = Duration::from_micros(300);

/// How many items a thread takes at once.
const CHUNK: usize = 16;

thread_local! {
    /// Whether the thread has a stack of [`STACK`] bytes.
    static IS_DEEP: Cell<bool> = const { Cell::new(false) };
}

/// What comes of `work` in a thread with as much stack as front ends need, which is waited for. Builds and checks that are asked
/// for there need other threads only for large work, and small ones are done sooner.
///
/// # Errors
/// Where the system gives no thread.
pub fn on_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let work = || {
        IS_DEEP.set(true);
        work()
    };
    thread::scope(|scope| {
        let named = thread::Builder::new().name("main".to_owned()).stack_size(STACK);
        let thread = named.spawn_scoped(scope, work)?;
        Ok(thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// Whether this thread has as much stack as front ends need.
pub(crate) fn is_deep() -> bool {
    IS_DEEP.get()
}

/// Threads that ask a database, started when they are needed.
#[derive(Debug)]
pub(crate) struct Workers {
    count: usize,
    pool: OnceLock<rayon::ThreadPool>,
    /// How long somebody has worked alone before there was a pool, in nanoseconds.
    alone: AtomicU64,
}

impl Workers {
    /// So many threads.
    pub(crate) fn new(count: usize) -> Workers {
        Workers { count, pool: OnceLock::new(), alone: AtomicU64::new(0) }
    }

    /// How many threads there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// How long to work alone on an occasion.
    fn patience(&self) -> Duration {
        match self.pool.get() {
            Some(_) => WAKING,
            None => {
                let alone = Duration::from_nanos(self.alone.load(Ordering::Relaxed));
                PATIENCE.saturating_sub(alone)
            }
        }
    }

    fn pool(&self) -> Result<&rayon::ThreadPool, BuildError> {
        if let Some(pool) = self.pool.get() {
            return Ok(pool);
        }
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.count).stack_size(STACK);
        let named = pool.thread_name(|index| format!("query-{index}"));
        let pool = named.start_handler(|_| IS_DEEP.set(true)).build();
        let pool = pool.map_err(|error| BuildError::Threads(io::Error::other(error)))?;
        Ok(self.pool.get_or_init(|| pool))
    }

    /// What comes of `work` when a thread does it that may ask queries itself: it need not wait for another at each question.
    pub(crate) fn within<T: Send>(
        &self,
        db: &dyn Db,
        work: impl FnOnce(&dyn Db) -> T + Send,
    ) -> Result<T, BuildError> {
        if is_deep() {
            return Ok(work(db));
        }
        let handle = Handle(db.fork());
        Ok(self.pool()?.install(move || handle.with(work)))
    }

    /// What `ask` says of each item, in the order of the items. Called [`Workers::within`], it asks there and then as long as the
    /// patience lasts, at least once, since one item is done no sooner by somebody else; and all where the system gives no threads:
    /// that is slow, not broken.
    pub(crate) fn each<I: Sync, T: Send>(
        &self,
        db: &dyn Db,
        items: &[I],
        ask: impl Fn(&dyn Db, &I) -> T + Sync + Send,
    ) -> Vec<T> {
        use rayon::prelude::*;

        let (begun, patience) = (Instant::now(), self.patience());
        let mut answers = Vec::with_capacity(items.len());
        let is_patient = |done| done == 0 || begun.elapsed() < patience;
        while is_deep() && answers.len() < items.len() && is_patient(answers.len()) {
            answers.push(ask(db, &items[answers.len()]));
        }
        if self.pool.get().is_none() {
            let alone = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.alone.fetch_add(alone, Ordering::Relaxed);
        }
        let rest = &items[answers.len()..];
        if rest.is_empty() {
            return answers;
        }
        let Ok(pool) = self.pool() else {
            answers.extend(rest.iter().map(|item| ask(db, item)));
            return answers;
        };
        let handle = Handle(db.fork());
        answers.extend(pool.install(move || {
            let chunks = rest.par_chunks(CHUNK);
            let answers = chunks.map_with(handle, |handle, chunk| {
                chunk.iter().map(|item| ask(&*handle.0, item)).collect::<Vec<T>>()
            });
            answers.flatten_iter().collect::<Vec<T>>()
        }));
        answers
    }
}

/// A handle that can be passed on to another thread.
struct Handle(Box<dyn Db + Send>);

impl Handle {
    fn with<T>(self, work: impl FnOnce(&dyn Db) -> T) -> T {
        work(&*self.0)
    }
}

impl Clone for Handle {
    fn clone(&self) -> Handle {
        Handle(self.0.fork())
    }
}
