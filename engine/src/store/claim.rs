//! Of several processes that want the same action done, one does it and the others wait for its result.

use std::thread;
use std::time::{Duration, Instant};

use crate::base::Digest;
use crate::host::{CancelToken, FileLock, LockKind};
use crate::store::Store;
use crate::store::action::ActionResult;
use crate::store::error::StoreError;

/// How often somebody who waits looks again, at first and at most.
const POLL: [Duration; 2] = [Duration::from_millis(2), Duration::from_millis(50)];

/// How long somebody waits until that is worth a word.
const LONG: Duration = Duration::from_secs(2);

/// What somebody has to do who wants an action done.
#[derive(Debug)]
pub enum Claim {
    /// Do it. Others wait until the guard is dropped; the result must have been recorded before.
    Run(RunGuard),
    /// Take this. Somebody else did it meanwhile, or before.
    Done(ActionResult),
    /// Nothing: the waiting was cancelled.
    Cancelled,
}

/// The right to do an action alone.
#[derive(Debug)]
pub struct RunGuard {
    _lock: Option<FileLock>,
}

impl Store<'_> {
    /// Claims the action with this key. Waits as long as another process, or another thread, does it; should that one end without a result,
    /// however it ends, the next one may. Whoever holds a guard must not claim: two could wait for each other.
    ///
    /// Whoever has to wait for long is told so, once, by `waits`.
    ///
    /// One of 4,096 files is locked, by the first digits of the key. So none ever has to be removed, which cannot be done without a
    /// race; that two different actions meet at a file is rare and costs waiting only.
    pub fn claim(
        &self,
        key: &Digest,
        cancel: &CancelToken,
        waits: &dyn Fn(),
    ) -> Result<Claim, StoreError> {
        let name = &key.to_string()[..3];
        let path = self.home.join("locks").join(name);
        let (begun, mut is_told, mut pause) = (Instant::now(), false, POLL[0]);
        loop {
            if LONG < begun.elapsed() && !std::mem::replace(&mut is_told, true) {
                waits();
            }
            if let Some(result) = self.action(key)? {
                return Ok(Claim::Done(result));
            }
            match self.host.lock(&path, LockKind::Exclusive) {
                Ok(Some(lock)) => {
                    // It may have been done between the look and the lock.
                    return Ok(match self.action(key)? {
                        Some(result) => Claim::Done(result),
                        None => Claim::Run(RunGuard { _lock: Some(lock) }),
                    });
                }
                Ok(None) if cancel.is_cancelled() => return Ok(Claim::Cancelled),
                Ok(None) => thread::sleep(pause),
                // Without locks, two may do the same thing at once. That is a waste, no more.
                Err(_) => return Ok(Claim::Run(RunGuard { _lock: None })),
            }
            pause = (pause * 2).min(POLL[1]);
        }
    }
}
