//! Progress in lines, for a file, a pipe or a log.

use oast_engine::build::{Event, Progress};

use crate::ui::shell::Shell;
use crate::ui::talk;

/// A line for each step.
#[derive(Debug)]
pub(crate) struct Plain<'a> {
    shell: &'a Shell,
}

impl<'a> Plain<'a> {
    /// Lines on the shell's standard error.
    pub(crate) fn new(shell: &'a Shell) -> Plain<'a> {
        Plain { shell }
    }
}

impl Progress for Plain<'_> {
    fn event(&self, event: Event) {
        talk::tell(self.shell, &event, true);
    }
}
