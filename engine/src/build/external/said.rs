//! What a compiler said of a package, in the words of a report.

use std::sync::Arc;

use camino::Utf8Path;

use crate::base::Severity;
use crate::build::executor::{ActionOutcome, Failure, Status};
use crate::build::external::inputs::Inputs;
use crate::build::progress::{Event, Progress};
use crate::build::request::{Report, Step};
use crate::host::Host;
use crate::source::Diagnostic;
use crate::toolchain::{diagnostics, messages};

/// A package whose compiler has ended.
pub(super) struct Compiled<'a> {
    pub(super) host: &'a dyn Host,
    /// Where the compiler ran.
    pub(super) workspace: &'a Utf8Path,
    /// Where the package is.
    pub(super) directory: &'a Utf8Path,
    pub(super) inputs: &'a Inputs,
    /// How many of the inputs are sources.
    pub(super) sources: usize,
}

impl Compiled<'_> {
    /// Adds to a report how the compiler came out and what it said; what points into no source of the package is told as text.
    pub(super) fn describe(
        &self,
        outcome: ActionOutcome,
        report: &mut Report,
        progress: &dyn Progress,
    ) {
        report.packages += 1;
        report.modules += self.sources;
        let ActionOutcome { label, status, record, .. } = outcome;
        match status {
            Status::Executed(_) => report.compiled += self.sources,
            Status::Reused | Status::Restored => report.reused += self.sources,
            Status::Failed(_) | Status::Skipped(_) => report.skipped += self.sources,
        }
        match status {
            Status::Failed(failure) => self.failed(label, failure, report),
            Status::Skipped(_) => (),
            status => {
                let text = record.map(|it| it.text()).unwrap_or_default();
                let (diagnostics, text) = self.made_out(&text, Severity::Warning);
                report.diagnostics.extend(diagnostics);
                if !text.trim().is_empty() {
                    progress.event(Event::StepOutput { label: label.clone(), text });
                }
                if matches!(status, Status::Executed(_)) {
                    report.steps.push(Step { label, success: true });
                }
            }
        }
    }

    fn failed(&self, label: String, failure: Failure, report: &mut Report) {
        let is_exit = matches!(failure, Failure::Exit { .. });
        let mut failure = failure;
        let mut is_told = false;
        if let Failure::Exit { text, .. } | Failure::Untrue { text, .. } = &mut failure {
            let (diagnostics, rest) = self.made_out(text, Severity::Error);
            is_told =
                is_exit && rest.trim().is_empty() && diagnostics.iter().any(Diagnostic::is_error);
            *text = rest;
            report.diagnostics.extend(diagnostics);
        }
        if !is_told {
            report.failures.push(format!("{label}: {failure}"));
        }
        report.steps.push(Step { label, success: false });
    }

    /// Messages as diagnostics. Some compilers name files from where they run, others from the package: what makes out more is right.
    fn made_out(&self, text: &str, unsaid: Severity) -> (Vec<Diagnostic>, String) {
        let text_of = |path: &Utf8Path| -> Option<Arc<str>> {
            let bytes = self.inputs.files.contains(path).then(|| self.host.read(path).ok())??;
            String::from_utf8(bytes).ok().map(Arc::from)
        };
        let from = |root| diagnostics(messages(text.as_bytes(), root), unsaid, text_of);
        let (here, there) = (from(self.workspace), from(self.directory));
        if here.0.len() < there.0.len() { there } else { here }
    }
}
