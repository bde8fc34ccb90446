//! Progress and summary for programs.

use std::sync::{Mutex, PoisonError};

use oast_engine::build::{Artefact, Event, Progress, Report, Run};
use serde_json::{Value, json};

use crate::ui::shell::Shell;
use crate::ui::talk;

/// Keeps what programs say for the summary; standard output is only for objects. Those who want to know everything are told
/// on standard error.
#[derive(Debug)]
pub(crate) struct Json<'a> {
    shell: &'a Shell,
    outputs: Mutex<Vec<Output>>,
}

/// What a program said although it succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    label: String,
    text: String,
}

impl<'a> Json<'a> {
    /// Nothing said yet.
    pub(crate) fn new(shell: &'a Shell) -> Json<'a> {
        Json { shell, outputs: Mutex::default() }
    }

    /// What programs said, sorted, so that it does not depend on which was faster.
    pub(crate) fn outputs(&self) -> Vec<Output> {
        let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        outputs.sort_by(|left, right| left.label.cmp(&right.label));
        outputs
    }
}

impl Progress for Json<'_> {
    fn event(&self, event: Event) {
        if let Event::StepOutput { label, text } = event {
            let mut outputs = self.outputs.lock().unwrap_or_else(PoisonError::into_inner);
            outputs.push(Output { label, text });
        } else if self.shell.is_verbose() {
            talk::tell(self.shell, &event, false);
        }
    }
}

/// The last object of a command's output.
pub(crate) fn summary_object(command: &str, report: &Report, outputs: &[Output]) -> Value {
    let errors = report.diagnostics.iter().filter(|it| it.is_error()).count();
    let steps = report.steps.iter().map(|it| json!({ "label": it.label, "success": it.success }));
    let outputs = outputs.iter().map(|it| json!({ "label": it.label, "text": it.text }));
    json!({
        "type": "summary",
        "command": command,
        "success": report.success(),
        "errors": errors,
        "warnings": report.diagnostics.len() - errors,
        "packages": report.packages,
        "modules": report.modules,
        "compiled": report.compiled,
        "reused": report.reused,
        "skipped": report.skipped,
        "steps": steps.collect::<Vec<_>>(),
        "failures": report.failures,
        "outputs": outputs.collect::<Vec<_>>(),
        "artefacts": report.artefacts.iter().map(artefact_object).collect::<Vec<_>>(),
        "elapsed": report.elapsed.as_secs_f64(),
    })
}

fn artefact_object(artefact: &Artefact) -> Value {
    let mut object = json!({
        "package": artefact.package.as_str(),
        "target": artefact.target.as_str(),
        "path": artefact.path.as_str(),
    });
    match &artefact.run {
        Some(Run::Native) => object["run"] = json!("native"),
        Some(Run::Python(module)) => object["run"] = json!({ "python": module }),
        None => (),
    }
    object
}
