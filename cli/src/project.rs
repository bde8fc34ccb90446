//! A project as the commands work on it: found, checked, built, cleaned, and told about.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::base::{Name, nearest, relative_to};
use oast_engine::build::{self, BuildError, BuildRequest, Cleaned, Layout, Progress, Report};
use oast_engine::graph::{package_graph, workspace_diagnostics};
use oast_engine::host::{CancelToken, Host};
use oast_engine::manifest::{
    Dialect, TARGETS, manifest_kind, package, package_identity, project_options,
};
use oast_engine::source::render::{Format, Renderer};
use oast_engine::source::{Diagnostic, File, file_at, source_text};
use oast_engine::workspace::{DiscoveryError, find_root, package_sources, workspace};

use crate::args::MessageFormat;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::program::Program;
use crate::ui;

/// A project and the database that answers about it.
pub(crate) struct Project<'a> {
    context: &'a Context,
    /// What it holds in memory goes with the process: to free it piece by piece would take longer.
    session: ManuallyDrop<Session>,
    root: File,
}

impl<'a> Project<'a> {
    /// The project around the directory in which the command works.
    pub(crate) fn open(context: &'a Context) -> Result<Project<'a>, Failure> {
        Project::open_around(context, &context.directory)
            .map_err(|error| discovery_failure(context, &error))
    }

    /// The project around a directory.
    pub(crate) fn open_around(
        context: &'a Context,
        directory: &Utf8Path,
    ) -> Result<Project<'a>, DiscoveryError> {
        let session = ManuallyDrop::new(Session::new(context.host.clone()));
        let root = find_root(&*session, directory, context.dialect)?;
        Ok(Project { context, session, root })
    }

    /// The project whose manifest is at a path, where `host` shows one.
    pub(crate) fn open_at(
        context: &'a Context,
        host: Arc<dyn Host>,
        manifest: &Utf8Path,
    ) -> Project<'a> {
        Project::of(context, Session::new(host), manifest)
    }

    /// The package whose manifest is at a path, and which knows others by their metadata alone: by name, where that is.
    pub(crate) fn open_alone(
        context: &'a Context,
        manifest: &Utf8Path,
        externs: BTreeMap<Name, Utf8PathBuf>,
    ) -> Project<'a> {
        Project::of(context, Session::with_externs(context.host.clone(), externs), manifest)
    }

    fn of(context: &'a Context, session: Session, manifest: &Utf8Path) -> Project<'a> {
        let root = file_at(&session, manifest);
        Project { context, session: ManuallyDrop::new(session), root }
    }

    /// The manifest of the project of a dialect around the directory in which the command works, if there is one.
    pub(crate) fn around(context: &Context, dialect: Dialect) -> Option<Utf8PathBuf> {
        let session = Session::new(context.host.clone());
        let root = find_root(&session, &context.directory, Some(dialect)).ok()?;
        let manifest = root.path(&session);
        let kind = manifest_kind(manifest.file_name()?)?;
        kind.is_project.then(|| manifest.clone())
    }

    /// The package of its manifest, where that describes one.
    pub(crate) fn root_package(&self) -> Option<Name> {
        let manifest = self.root.path(&*self.session);
        let is_package = manifest_kind(manifest.file_name()?)?.is_package;
        is_package.then(|| package_identity(&*self.session, self.root).name.clone())
    }

    /// Whether a file is a module of the package of its manifest.
    pub(crate) fn has_source(&self, path: &Utf8Path) -> bool {
        let sources = package_sources(&*self.session, self.root);
        sources.iter().any(|(_, file)| file.path(&*self.session) == path)
    }

    /// Where its outputs are.
    pub(crate) fn layout(&self) -> Layout {
        Layout::of(&*self.session, self.root)
    }

    /// Tells what is wrong with the manifest of its root package; whether that keeps it from being built.
    pub(crate) fn tell_manifest(&self) -> bool {
        let diagnostics = &package(&*self.session, self.root).diagnostics;
        self.tell_diagnostics(diagnostics);
        diagnostics.iter().any(Diagnostic::is_error)
    }

    /// The dialect of its manifest.
    pub(crate) fn dialect(&self) -> Dialect {
        workspace(&*self.session, self.root).dialect
    }

    /// The target that a program is built for where none is asked for; `None` where the manifest names none that exists.
    pub(crate) fn first_target(&self) -> Option<Name> {
        let manifest = self.root.path(&*self.session);
        let is_project = manifest_kind(manifest.file_name()?)?.is_project;
        let targets = is_project.then(|| &project_options(&*self.session, self.root).targets);
        targets?.first().filter(|target| TARGETS.contains(&target.as_str())).cloned()
    }

    /// Checks what is asked for, and tells what came of it.
    pub(crate) fn check(&self, request: &BuildRequest) -> Result<Report, Stopped> {
        self.refuse_unknown(request)?;
        self.work("check", |progress, cancel| {
            build::check(&*self.session, self.root, request, progress, cancel)
        })
    }

    /// Builds what is asked for, and tells what came of it.
    pub(crate) fn build(&self, request: &BuildRequest) -> Result<Report, Stopped> {
        self.refuse_unknown(request)?;
        self.work("build", |progress, cancel| {
            build::build(&*self.session, self.root, request, progress, cancel)
        })
    }

    /// Compiles the root package to the object `output`, with its metadata beside, and tells what came of it.
    pub(crate) fn compile(&self, output: &Utf8Path) -> Result<Report, Stopped> {
        let request = BuildRequest::default();
        self.work("compile", |progress, cancel| {
            build::compile_package(&*self.session, self.root, output, &request, progress, cancel)
        })
    }

    /// Removes what was built.
    pub(crate) fn clean(&self) -> Result<Cleaned, Failure> {
        build::clean(&*self.session, self.root).map_err(|error| Failure::failed(error.to_string()))
    }

    /// Refuses targets and packages that do not exist, which are mistakes of the command line and not of the project. Where
    /// the manifests have errors themselves, these tell more than that a package was not found.
    fn refuse_unknown(&self, request: &BuildRequest) -> Result<(), Failure> {
        refuse_unknown("target", &request.targets, TARGETS)?;
        if request.packages.is_empty() {
            return Ok(());
        }
        let graph = package_graph(&*self.session, self.root);
        let packages: Vec<&str> = graph.packages.iter().map(|package| &*package.name).collect();
        let refusal = refuse_unknown("package", &request.packages, &packages);
        let errors = || workspace_diagnostics(&*self.session, self.root);
        if refusal.is_err() && errors().iter().any(Diagnostic::is_error) {
            return Ok(());
        }
        refusal
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
                (None, result) => result.map_err(|error| Failure::failed(error.to_string()).into()),
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
        self.tell_diagnostics(&report.diagnostics);
        for failure in &report.failures {
            shell.failure(&Failure::failed(failure.trim_end()));
        }
        if let Some(problems) = ui::problems(report) {
            shell.say(&problems);
        }
        shell.say(&ui::summary(report));
        for artefact in &report.artefacts {
            let path = relative_to(&artefact.path, &self.context.directory);
            shell.detail(&format!("{} for {}: {path}", artefact.package, artefact.target));
        }
    }

    fn tell_diagnostics(&self, diagnostics: &[Diagnostic]) {
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
        if !diagnostics.is_empty() {
            shell.alarm(&renderer.render(format, diagnostics));
        }
    }

    fn text(&self, path: &Utf8Path) -> Option<Arc<str>> {
        let source = source_text(&*self.session, file_at(&*self.session, path));
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

/// Tells why there is no project, and what to do.
pub(crate) fn discovery_failure(context: &Context, error: &DiscoveryError) -> Failure {
    let failure = Failure::usage(error.to_string());
    match (error, context.program) {
        (DiscoveryError::NotFound { start }, Program::Toasty) => {
            let nowhere = format!("No Oats.toml found in `{start}` or in any directory above it");
            Failure::usage(nowhere)
                .hint("`toasty new NAME` makes a package")
                .hint("`toasty build FILE.oats` builds a file that belongs to no package")
        }
        (DiscoveryError::NotFound { .. }, _) => failure
            .hint("`oast new NAME` makes a project, `-C DIR` looks for one in another directory"),
        (DiscoveryError::Ambiguous { names, .. }, _) if 1 < dialects_of(names).len() => {
            let dialects: Vec<&str> = dialects_of(names).iter().map(|it| it.name()).collect();
            failure.hint(format!("`--dialect` says which: {}", quoted(&dialects)))
        }
        (DiscoveryError::Ambiguous { .. }, _) => failure,
    }
}

fn dialects_of(manifests: &[String]) -> BTreeSet<Dialect> {
    manifests.iter().filter_map(|it| Some(manifest_kind(it)?.dialect)).collect()
}

/// Refuses the first of `names` that is none of the `known`. `what` it names is said in the refusal.
pub(crate) fn refuse_unknown(what: &str, names: &[Name], known: &[&str]) -> Result<(), Failure> {
    let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) else {
        return Ok(());
    };
    let hint = match nearest(name, known.iter().copied()) {
        Some(meant) => format!("there is one named `{meant}`"),
        None => format!("the {what}s are {}", quoted(known)),
    };
    Err(Failure::usage(format!("there is no {what} named `{name}`")).hint(hint))
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
