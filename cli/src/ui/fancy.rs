//! Progress as a bar, for a terminal.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use oast_engine::build::{Event, Progress};

use crate::ui::shell::Shell;
use crate::ui::talk;

/// How often the bar is drawn where nothing happens.
const REDRAW: Duration = Duration::from_millis(100);

/// A bar below the talk, with the steps that are being done.
#[derive(Debug)]
pub(crate) struct Fancy<'a> {
    shell: &'a Shell,
    bar: ProgressBar,
    appears: Instant,
    running: Mutex<Vec<String>>,
}

impl<'a> Fancy<'a> {
    /// A bar that appears when the build takes longer than `patience`.
    pub(crate) fn new(shell: &'a Shell, patience: Duration) -> Fancy<'a> {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        bar.set_style(style(shell.colors()));
        Fancy { shell, bar, appears: Instant::now() + patience, running: Mutex::default() }
    }

    fn appear(&self) {
        if self.bar.is_hidden() && self.appears <= Instant::now() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            // What changes right after a drawing would else be shown only with the next change.
            self.bar.enable_steady_tick(REDRAW);
        }
    }

    fn show_running(&self, change: impl FnOnce(&mut Vec<String>)) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut running);
        self.bar.set_message(running.join(", "));
    }
}

impl Progress for Fancy<'_> {
    fn event(&self, event: Event) {
        self.appear();
        if talk::words(&event, self.shell.is_verbose(), false).is_some() {
            self.bar.suspend(|| talk::tell(self.shell, &event, false));
        }
        match event {
            Event::CheckStarted { modules } => self.bar.inc_length(modules as u64),
            Event::Checked { modules } => self.bar.inc(modules as u64),
            Event::StepsPlanned { steps } => self.bar.inc_length(steps as u64),
            Event::StepStarted { label, .. } => self.show_running(|it| it.push(label)),
            Event::StepFinished { label, .. } => {
                self.show_running(|it| {
                    if let Some(at) = it.iter().position(|known| *known == label) {
                        it.remove(at);
                    }
                });
                self.bar.inc(1);
            }
            _ => (),
        }
    }
}

impl Drop for Fancy<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(colors: bool) -> ProgressStyle {
    let template = if colors {
        "[{bar:24.green}] {pos}/{len} {wide_msg}"
    } else {
        "[{bar:24}] {pos}/{len} {wide_msg}"
    };
    ProgressStyle::with_template(template).expect("the template is sound").progress_chars("=> ")
}
