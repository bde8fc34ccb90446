//! What queries saw at a path when they last looked there.

use std::sync::{Mutex, PoisonError};

use crate::state::Observation;

/// What was seen at a path. No query may read it: only whoever applies changes, and whoever writes down after a build what it was
/// made of.
#[derive(Debug, Default)]
pub struct Seen(Mutex<Look>);

#[derive(Clone, Copy, Debug, Default)]
struct Look {
    content: u64,
    observation: Option<Observation>,
    /// Whether a later look at the same revision has found something else.
    is_torn: bool,
}

impl Seen {
    /// Notes that `content` (a hash) was read there after it looked like `observation`.
    ///
    /// The first look at a revision stays the one that counts: what was concluded from it may be remembered. If a later one finds
    /// something else, somebody has edited meanwhile, and no content is known that all conclusions are about.
    pub(crate) fn note(&self, content: u64, observation: Observation) {
        let mut look = self.look();
        match look.observation {
            None => {
                *look = Look { content, observation: Some(observation), is_torn: false };
            }
            Some(first) if first.stamp == observation.stamp => look.content = content,
            Some(_) => (look.content, look.is_torn) = (0, true),
        }
    }

    /// Notes that what was seen is still there, now that it looks like `observation`.
    pub(crate) fn renew(&self, observation: Observation) {
        self.look().observation = Some(observation);
    }

    /// Forgets what was seen: the next look is the first of a new revision.
    pub(crate) fn reset(&self) {
        *self.look() = Look::default();
    }

    /// The hash of the content that was seen; 0 where nobody has looked.
    pub(crate) fn content(&self) -> u64 {
        self.look().content
    }

    /// How the file looked before it was read; `None` where nobody has read it, or where somebody has edited it between two looks.
    pub(crate) fn observation(&self) -> Option<Observation> {
        let look = self.look();
        look.observation.filter(|_| !look.is_torn)
    }

    fn look(&self) -> std::sync::MutexGuard<'_, Look> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
