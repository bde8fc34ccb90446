//! A project as the commands work on it: found, checked, built, cleaned, and told about.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{self, BuildError, BuildRequest, Cleaned, Progress, Report};
use oast_engine::host::CancelToken;
use oast_engine::source::render::{Format, Renderer};
use oast_engine::source::{File, file_at, source_text};
use oast_engine::workspace::{DiscoveryError, find_root};

use crate::args::MessageFormat;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::ui;

/// A project and the database that answers about it.
pub(crate) struct Project<'a> {
    context: &'a Context,
    session: Session,
    root: File,
}

impl<'a> Project<'a> {
    /// The project around the directory in which the command works.
    pub(crate) fn open(context: &'a Context) -> Result<Project<'a>, Failure> {
        let session = Session::new(context.host.clone());
        match find_root(&session, &context.directory, None) {
            Ok(root) => Ok(Project { context, session, root }),
            Err(error) => Err(discovery_failure(&error)),
        }
    }

    /// The manifest of the project around the directory in which the command works, if there is one.
    pub(crate) fn around(context: &Context) -> Option<Utf8PathBuf> {
        let project = Project::open(context).ok()?;
        Some(project.root.path(&project.session).clone())
    }

    /// Checks what is asked for, and tells what came of it.
    pub(crate) fn check(&self, request: &BuildRequest) -> Result<Report, Stopped> {
        self.work("check", |progress, cancel| {
            build::check(&self.session, self.root, request, progress, cancel)
        })
    }

    /// Builds what is asked for, and tells what came of it.
    pub(crate) fn build(&self, request: &BuildRequest) -> Result<Report, Stopped> {
        self.work("build", |progress, cancel| {
            build::build(&self.session, self.root, request, progress, cancel)
        })
    }

    /// Removes what was built.
    pub(crate) fn clean(&self) -> Result<Cleaned, Failure> {
        build::clean(&self.session, self.root).map_err(|error| build_failure(&error))
    }

    fn work(
        &self,
        name: &str,
        work: impl Fn(&dyn Progress, &CancelToken) -> Result<Report, BuildError>,
    ) -> Result<Report, Stopped> {
        let shell = &self.context.shell;
        let interrupt = Interrupt::listen();
        let run = |progress: &dyn Progress| {
            let result = work(progress, &interrupt.token);
            match (interrupt.exit(), result) {
                (Some(exit), _) => Err(Stopped::Interrupted(exit)),
                (None, result) => result.map_err(|error| Stopped::Failed(build_failure(&error))),
            }
        };
        if self.context.format == MessageFormat::Json {
            let progress = ui::Json::new(shell);
            let report = run(&progress)?;
            let summary = ui::summary_object(name, &report, &progress.outputs());
            self.tell_programs(&report, &summary)?;
            Ok(report)
        } else {
            let report = run(&*ui::progress(shell))?;
            self.tell_people(&report);
            Ok(report)
        }
    }

    fn tell_programs(&self, report: &Report, summary: &serde_json::Value) -> Result<(), Failure> {
        let texts = |path: &Utf8Path| self.text(path);
        let renderer = Renderer::new(&self.context.directory, &texts);
        let mut lines = renderer.render(Format::Json, &report.diagnostics);
        lines.push_str(&summary.to_string());
        lines.push('\n');
        self.context.shell.data(lines.as_bytes())
    }

    fn tell_people(&self, report: &Report) {
        let shell = &self.context.shell;
        let texts = |path: &Utf8Path| self.text(path);
        let mut renderer = Renderer::new(&self.context.directory, &texts).color(shell.colors());
        if let Some(width) = shell.width() {
            renderer = renderer.width(width);
        }
        let format = match self.context.format {
            MessageFormat::Short => Format::Short,
            MessageFormat::Human | MessageFormat::Json => Format::Human,
        };
        if !report.diagnostics.is_empty() {
            shell.alarm(&renderer.render(format, &report.diagnostics));
        }
        for failure in &report.failures {
            shell.failure(&Failure::failed(failure.trim_end()));
        }
        if let Some(problems) = ui::problems(report) {
            shell.say(&problems);
        }
        shell.say(&ui::summary(report));
        for artefact in &report.artefacts {
            let path = oast_engine::base::relative_to(&artefact.path, &self.context.directory);
            shell.detail(&format!("{} for {}: {path}", artefact.package, artefact.target));
        }
    }

    fn text(&self, path: &Utf8Path) -> Option<Arc<str>> {
        let source = source_text(&self.session, file_at(&self.session, path));
        source.problem.is_none().then(|| source.text.clone())
    }
}

/// Why a check or a build did not come to a report.
pub(crate) enum Stopped {
    /// Somebody asked to stop.
    Interrupted(Exit),
    /// It could not go on.
    Failed(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Stopped {
        Stopped::Failed(failure)
    }
}

fn discovery_failure(error: &DiscoveryError) -> Failure {
    Failure::usage(error.to_string())
        .hint("`oast new NAME` makes a project, `-C DIR` looks for one in another directory")
}

fn build_failure(error: &BuildError) -> Failure {
    match error {
        BuildError::UnknownPackage { known, .. } => {
            Failure::usage(error.to_string()).hint(listed("the packages are", known))
        }
        BuildError::UnknownTarget { known, .. } => {
            Failure::usage(error.to_string()).hint(listed("the targets are", known))
        }
        other => Failure::failed(other.to_string()),
    }
}

fn listed(what: &str, names: &[oast_engine::base::Name]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{what} {}", names.join(", "))
}
