//! Asking queries on all cores. Queries themselves never do: it hangs, or reports circles where there are none.

use crate::build::error::BuildError;
use crate::source::Db;

/// What a thread needs of stack: front ends recurse as deep as a user's expressions are nested.
const STACK: usize = 16 << 20;

/// How many items a thread takes at once.
const CHUNK: usize = 16;

/// Threads that ask a database.
#[derive(Debug)]
pub(crate) struct Workers(rayon::ThreadPool);

impl Workers {
    /// So many threads.
    pub(crate) fn new(count: usize) -> Result<Workers, BuildError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(count).stack_size(STACK);
        let named = pool.thread_name(|index| format!("query-{index}"));
        match named.build() {
            Ok(pool) => Ok(Workers(pool)),
            Err(error) => Err(BuildError::Threads(std::io::Error::other(error))),
        }
    }

    /// How many threads there are.
    pub(crate) fn count(&self) -> usize {
        self.0.current_num_threads()
    }

    /// What comes of `work` when one of the threads does it: it need not wait for a thread to wake up at each question.
    pub(crate) fn within<T: Send>(&self, db: &dyn Db, work: impl FnOnce(&dyn Db) -> T + Send) -> T {
        let handle = Handle(db.fork());
        self.0.install(move || handle.with(work))
    }

    /// What `ask` says of each item, in the order of the items. Called by one of the threads, it asks about few items there and then.
    pub(crate) fn each<I: Sync, T: Send>(
        &self,
        db: &dyn Db,
        items: &[I],
        ask: impl Fn(&dyn Db, &I) -> T + Sync + Send,
    ) -> Vec<T> {
        use rayon::prelude::*;

        if items.len() <= CHUNK && self.0.current_thread_index().is_some() {
            return items.iter().map(|item| ask(db, item)).collect();
        }
        let handle = Handle(db.fork());
        self.0.install(move || {
            let chunks = items.par_chunks(CHUNK);
            let answers = chunks.map_with(handle, |handle, chunk| {
                chunk.iter().map(|item| ask(&*handle.0, item)).collect::<Vec<T>>()
            });
            answers.flatten_iter().collect()
        })
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
