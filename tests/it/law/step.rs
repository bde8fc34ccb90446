//! What happens at a step, and what is drawn beside it.

use crate::law::happening::Happening;
use crate::law::model::Random;

#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub(super) happening: Happening,
    pub(super) a: usize,
    pub(super) b: usize,
    /// Whether the process that built before goes on, and is told, or a new one begins.
    pub(super) same_session: bool,
    /// Whether the build stops at the first mistake.
    pub(super) stops: bool,
    /// Whether a build comes after it, or the next step.
    pub(super) builds: bool,
    /// How much time goes by before it, and before the builds after it, where that is up to us.
    pub(super) waits: [usize; 3],
}

impl Step {
    /// Any step; `processes` says whether builds are processes of their own.
    pub(super) fn random(random: &mut Random, processes: bool) -> Step {
        Step {
            happening: Happening::random(random, processes),
            a: random.next() as usize,
            b: random.next() as usize,
            same_session: random.below(2) == 0,
            stops: random.below(2) == 0,
            builds: random.below(5) != 0,
            waits: [random.below(4), random.below(4), random.below(4)],
        }
    }
}
