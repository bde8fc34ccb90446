//! Builds in which the packages of a dialect are compiled by a program that is not part of Oast.
//!
//! Only its own packages are different: one action each, from all files of the package and the metadata of what it depends on to an
//! object and metadata. All else is built as ever, before, so that those packages can be linked with what these become.

mod choice;
mod compile;
mod inputs;
mod said;

use crate::base::{Checked, Name};
use crate::build::build::targets;
use crate::build::error::BuildError;
use crate::build::external::choice::{Choice, choose};
use crate::build::external::compile::compile;
use crate::build::progress::{Event, Progress};
use crate::build::request::{BuildRequest, Report};
use crate::graph::workspace_diagnostics;
use crate::host::CancelToken;
use crate::source::{Db, File};
use crate::target::Target;

/// Builds what `request` asks for in the workspace under `root`: outputs are written where the dialect's layout says, and what is
/// there already is left as it is.
pub fn build(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let embedded =
        |request: &BuildRequest| crate::build::build::build(db, root, request, progress, cancel);
    reported(db, root, request, |report, targets, choice| {
        if !report.success() {
            return Ok(());
        }
        let Some(choice) = choice else {
            add(report, embedded(request)?);
            return Ok(());
        };
        let others = targets.iter().filter(|target| **target != Target::C11);
        let others: Vec<Name> = others.map(|target| Name::new(target.name())).collect();
        if !others.is_empty() {
            let built = embedded(&BuildRequest { targets: others, ..request.clone() })?;
            // The same packages: they are counted below.
            add(report, Report { packages: 0, modules: 0, compiled: 0, reused: 0, ..built });
        }
        if !choice.embedded.is_empty() {
            add(report, embedded(&choice.embedded_request(request, Target::C11))?);
        }
        if report.success() || request.keep_going {
            add(report, compile((db, root), request, &choice, progress, cancel)?);
        }
        Ok(())
    })
}

/// Checks what `request` asks for in the workspace under `root`, on all cores, and writes nothing. Packages that the embedded
/// compiler does not build are not looked into, which is told.
pub fn check(
    db: &dyn Db,
    root: File,
    request: &BuildRequest,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let embedded =
        |request: &BuildRequest| crate::build::check::check(db, root, request, progress, cancel);
    reported(db, root, request, |report, targets, choice| {
        let Some(choice) = choice.filter(|_| *targets == [Target::C11]) else {
            add(report, embedded(request)?);
            return Ok(());
        };
        progress.event(Event::Note(unchecked(&choice)));
        if choice.embedded.is_empty() {
            let diagnostics = workspace_diagnostics(db, root);
            add(report, Report { diagnostics, ..Report::default() });
        } else {
            add(report, embedded(&choice.embedded_request(request, Target::C11))?);
        }
        report.packages += choice.external.len();
        Ok(())
    })
}

/// The report of what `run` adds to what there is to say of the settings, given the targets and who was chosen to compile for them.
fn reported<'db>(
    db: &'db dyn Db,
    root: File,
    request: &BuildRequest,
    run: impl FnOnce(&mut Report, &[Target], Option<Choice<'db>>) -> Result<(), BuildError>,
) -> Result<Report, BuildError> {
    let started = db.host().now();
    let targets = targets(db, root, request);
    let Checked { value: choice, diagnostics } = choose(db, root, request, &targets)?;
    let mut report = Report { diagnostics, ..Report::default() };
    run(&mut report, &targets, choice)?;
    report.elapsed = db.host().now().duration_since(started).unwrap_or_default();
    Ok(report)
}

fn unchecked(choice: &Choice<'_>) -> String {
    let packages = match &*choice.external {
        [package] => format!("`{}` is", package.name),
        packages => format!("{} packages are", packages.len()),
    };
    let origin = &choice.command.origin;
    format!(
        "{packages} not checked: `{origin}` chooses another compiler, which only a build can ask"
    )
}

/// Adds what came of a part of a build to what came of the others.
fn add(report: &mut Report, part: Report) {
    let Report { diagnostics, packages, modules, compiled, reused, skipped, .. } = part;
    for diagnostic in diagnostics {
        // What there is to say of manifests, every part says.
        if !report.diagnostics.contains(&diagnostic) {
            report.diagnostics.push(diagnostic);
        }
    }
    report.packages += packages;
    report.modules += modules;
    report.compiled += compiled;
    report.reused += reused;
    report.skipped += skipped;
    report.steps.extend(part.steps);
    report.failures.extend(part.failures);
    report.artefacts.extend(part.artefacts);
}
