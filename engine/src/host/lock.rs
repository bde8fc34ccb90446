//! Locks between processes.

use std::fmt;

/// Who else may hold a lock at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockKind {
    /// Others who share it.
    Shared,
    /// Nobody.
    Exclusive,
}

/// A lock on a file, held until this is dropped or the process ends. It binds only those who lock too.
#[derive(Debug)]
pub struct FileLock(
    #[expect(dead_code, reason = "what counts is when it is dropped")] Box<dyn Held>,
);

trait Held: fmt::Debug + Send + Sync {}

impl<T: fmt::Debug + Send + Sync> Held for T {}

impl FileLock {
    /// A lock that is held as long as `held` is not dropped.
    pub fn new(held: impl fmt::Debug + Send + Sync + 'static) -> FileLock {
        FileLock(Box::new(held))
    }
}
