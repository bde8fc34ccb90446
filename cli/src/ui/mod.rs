//! How a command talks: data on standard output, talk on standard error.

mod fancy;
mod graph;
mod json;
mod plain;
mod shell;
mod summary;
mod talk;

use std::time::Duration;

use oast_engine::build::Progress;

pub(crate) use crate::ui::json::{Json, summary_object};
pub(crate) use crate::ui::shell::{Shell, Verbosity, is_terminal};
pub(crate) use crate::ui::summary::{problems, summary};

/// Somebody who tells a person what a build does, on a terminal with a bar, elsewhere in lines.
pub(crate) fn progress(shell: &Shell) -> Box<dyn Progress + '_> {
    /// Shorter builds show no bar, which would only flicker.
    const PATIENCE: Duration = Duration::from_millis(200);
    if shell.draws_bars() {
        Box::new(fancy::Fancy::new(shell, PATIENCE))
    } else {
        Box::new(plain::Plain::new(shell))
    }
}
