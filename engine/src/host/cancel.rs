//! Telling work that nobody wants it any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A flag shared by whoever may stop some work and the work itself; clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct CancelToken {
    flag: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl CancelToken {
    /// Asks the work to stop. Cannot be taken back.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Whether somebody asked, or the time is over.
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::SeqCst)
            || self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// A token that shares the flag of this one and is cancelled, too, when `limit` has passed from now on.
    #[must_use]
    pub fn limited(&self, limit: Duration) -> CancelToken {
        let deadline = Instant::now() + limit;
        let deadline = self.deadline.map_or(deadline, |earlier| earlier.min(deadline));
        CancelToken { flag: self.flag.clone(), deadline: Some(deadline) }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::CancelToken;

    #[test]
    fn a_limit_cancels_only_what_it_was_set_for() {
        let token = CancelToken::default();
        let over = token.limited(Duration::ZERO);
        assert!(over.is_cancelled() && over.limited(Duration::from_hours(1)).is_cancelled());
        let limited = token.limited(Duration::from_hours(1));
        assert!(!token.is_cancelled() && !limited.is_cancelled());
        token.cancel();
        assert!(limited.is_cancelled());
    }
}
