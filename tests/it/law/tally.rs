//! What became of steps: a step that did nothing tests nothing, and whoever reads the log can see how many did.

use std::fmt;

/// How often something was to happen, and how often it did.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Count {
    wanted: usize,
    happened: usize,
}

impl Count {
    /// Once more, and whether it happened.
    pub(super) fn add(&mut self, has_happened: bool) {
        self.wanted += 1;
        self.happened += usize::from(has_happened);
    }

    fn add_all(&mut self, other: Count) {
        self.wanted += other.wanted;
        self.happened += other.happened;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.happened, self.wanted)
    }
}

/// What became of the steps of sequences.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Builds that were killed before they ended.
    pub(super) kills: Count,
    /// Builds in whose midst the store was collected.
    pub(super) collections: Count,
    /// Things in the place of an output, and those that a build said were in its way.
    pub(super) stand_ins: Count,
    /// Builds, and those of sources that could not all be read.
    pub(super) barred: Count,
}

impl Tally {
    /// Adds those of other sequences.
    pub(super) fn add(&mut self, other: &Tally) {
        self.kills.add_all(other.kills);
        self.collections.add_all(other.collections);
        self.stand_ins.add_all(other.stand_ins);
        self.barred.add_all(other.barred);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { kills, collections, stand_ins, barred } = self;
        write!(
            f,
            "{kills} builds were killed before they ended, {collections} met a collection, "
        )?;
        write!(f, "{barred} found sources that cannot be read; ")?;
        write!(f, "{stand_ins} things in the place of outputs were in the way")
    }
}
