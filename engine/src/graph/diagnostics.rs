//! What is wrong with dependencies: first as facts without places, then as diagnostics.

use crate::base::{Finding, Name};
use crate::graph::{PackageEdge, PackageGraph, package_graph};
use crate::manifest::{
    Dependency, DependencySource, Dialect, Spanned, manifest_kind, package, package_identity,
    project,
};
use crate::source::{
    Absence, Db, Diagnostic, DiagnosticLabel, File, Span, package_state, remembered_workspace,
};
use crate::workspace::{
    file_name, member_diagnostics, missing_manifest, no_directory, other_name, same_name,
    several_manifests, source_diagnostics, version_mismatch,
};

/// A mistake in a dependency. `dependency` is an index into the dependencies that the manifest `from` lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// A package depends on itself.
    Itself { from: File, dependency: usize },
    /// No member has the name, but one has a similar one.
    Misspelt { from: File, dependency: usize, near: Name },
    /// No member has the name, and there is no other way to get the package.
    Unavailable { from: File, dependency: usize },
    /// There is no such directory, or none that can be read.
    NoDirectory { from: File, dependency: usize, absence: Absence },
    /// No file in the directory is a package's manifest.
    MissingManifest { from: File, dependency: usize },
    /// More than one is.
    SeveralManifests { from: File, dependency: usize, manifests: Vec<File> },
    /// The directory holds a package of another name.
    OtherName { from: File, dependency: usize, found: File },
    /// The version does not meet the requirement.
    OtherVersion { from: File, dependency: usize, found: File },
    /// Another directory holds a package of the same name.
    SameName { from: File, dependency: usize, found: File, other: File },
    /// Dependencies are given as metadata, and this one is not.
    MissingExtern { from: File, dependency: usize },
    /// The names of two packages differ so little that their outputs would be one file.
    AlikeNames { one: File, other: File },
}

/// All that is wrong with the manifests of a workspace, its members, their dependencies and the names of their files.
pub fn workspace_diagnostics(db: &dyn Db, root: File) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    if remembered_workspace(db, root).is_some() {
        // There were no mistakes, and packages none of whose files has changed have none since.
        for node in &package_graph(db, root).packages {
            if package_state(db, node.manifest).unchanged(db).is_none() {
                diagnostics.extend(source_diagnostics(db, node.manifest));
            }
        }
        return diagnostics;
    }
    if is_project(db, root) {
        diagnostics.extend_from_slice(&project(db, root).diagnostics);
    }
    diagnostics.extend(member_diagnostics(db, root));
    for node in &package_graph(db, root).packages {
        diagnostics.extend_from_slice(&package(db, node.manifest).diagnostics);
        diagnostics.extend(source_diagnostics(db, node.manifest));
    }
    diagnostics.extend(graph_diagnostics(db, root));
    diagnostics
}

/// What is wrong with the dependencies between the packages of a workspace.
pub fn graph_diagnostics(db: &dyn Db, root: File) -> Vec<Diagnostic> {
    let graph = package_graph(db, root);
    let cycles = graph.cycles.iter().map(|cycle| cycle_diagnostic(db, graph, cycle));
    let problems = graph.problems.iter().map(|problem| diagnostic(db, problem));
    problems.chain(cycles).map(in_own_words).collect()
}

fn is_project(db: &dyn Db, manifest: File) -> bool {
    manifest_kind(file_name(db, manifest)).is_some_and(|kind| kind.is_project)
}

fn dependency_at(db: &dyn Db, from: File, index: usize) -> &Dependency {
    if manifest_kind(file_name(db, from)).is_some_and(|kind| kind.is_package) {
        return &package(db, from).value.dependencies[index];
    }
    &project(db, from).value.dependencies[index]
}

fn diagnostic(db: &dyn Db, problem: &Problem) -> Diagnostic {
    let at = |from: &File, index: &usize| dependency_at(db, *from, *index);
    let here = |from: &File| {
        let path = from.path(db);
        move |finding: Finding| Diagnostic::in_file(path, finding)
    };
    match problem {
        Problem::Itself { from, dependency } => {
            let name = &at(from, dependency).name;
            let message = format!("`{}` depends on itself", name.value);
            here(from)(Finding::error("self-dependency", name.range, message))
        }
        Problem::Misspelt { from, dependency, near } => {
            here(from)(misspelt(&at(from, dependency).name, near))
        }
        Problem::Unavailable { from, dependency } => {
            let dialect = manifest_kind(file_name(db, *from)).map(|kind| kind.dialect);
            here(from)(unavailable(dialect, at(from, dependency)))
        }
        Problem::NoDirectory { from, dependency, absence } => {
            let dependency = at(from, dependency);
            here(from)(no_directory(absence, &dependency.name.value, path_of(dependency)))
        }
        Problem::MissingManifest { from, dependency } => {
            let dependency = at(from, dependency);
            let dialect = package_identity(db, *from).dialect;
            let (name, path) = (&dependency.name.value, path_of(dependency));
            here(from)(missing_manifest(dialect, name, path))
        }
        Problem::SeveralManifests { from, dependency, manifests } => {
            let names = manifests.iter().map(|it| file_name(db, *it));
            here(from)(several_manifests(path_of(at(from, dependency)).range, names))
        }
        Problem::OtherName { from, dependency, found } => {
            let own = &package(db, *found).value.name.value;
            here(from)(other_name(&at(from, dependency).name, own))
        }
        Problem::OtherVersion { from, dependency, found } => {
            let dependency = at(from, dependency);
            let wanted = dependency.requirement.as_ref();
            let range = wanted.map_or(dependency.name.range, |it| it.range);
            let requirement = wanted.map(|it| it.value.to_string()).unwrap_or_default();
            version_mismatch(db, here(from), range, &requirement, *found)
        }
        Problem::SameName { from, dependency, found, other } => {
            let range = at(from, dependency).name.range;
            same_name(db, here(from), range, *found, *other)
        }
        Problem::MissingExtern { from, dependency } => {
            let name = &at(from, dependency).name;
            let message = format!("nothing says where the metadata of `{}` is", name.value);
            let finding = Finding::error("missing-extern", name.range, message);
            let help = format!("give it: `--extern-pkg {}=<file>`", name.value);
            here(from)(finding.help(help))
        }
        Problem::AlikeNames { one, other } => alike_names(db, *one, *other),
    }
}

/// Two packages whose object files would have the same name.
fn alike_names(db: &dyn Db, one: File, other: File) -> Diagnostic {
    let name = |file: File| &package(db, file).value.name;
    let (first, second) = (name(one), name(other));
    let message = format!(
        "the packages `{}` and `{}` would have the same object file",
        first.value, second.value
    );
    let finding = Finding::error("duplicate-package", second.range, message);
    let finding = finding.help("in the names of files, `-` is written `_`: rename one");
    let mut diagnostic = Diagnostic::in_file(other.path(db), finding);
    let span = Span { path: one.path(db).clone(), range: first.range };
    diagnostic.labels.push(DiagnosticLabel { span, text: "one".to_owned() });
    diagnostic
}

/// The diagnostic with the sentence in front with which the document of its manifest's dialect tells of such a mistake.
fn in_own_words(mut diagnostic: Diagnostic) -> Diagnostic {
    let kind = manifest_kind(diagnostic.span.path.file_name().unwrap_or_default());
    let Some(sentence) = kind.and_then(|kind| sentence(kind.dialect, &diagnostic.code)) else {
        return diagnostic;
    };
    let ours = std::mem::replace(&mut diagnostic.message, sentence.to_owned());
    if diagnostic.label.is_empty() {
        diagnostic.label = ours;
    } else {
        diagnostic.help.insert(0, ours);
    }
    diagnostic
}

/// The sentences under "Troubleshooting" in the document of Oats.
fn sentence(dialect: Dialect, code: &str) -> Option<&'static str> {
    match (dialect, code) {
        (Dialect::Oats, "dependency-cycle" | "self-dependency") => {
            Some("Circular package dependency detected")
        }
        (Dialect::Oats, "missing-directory") => Some("Dependency path does not exist"),
        (Dialect::Oats, "name-mismatch") => Some("Package name mismatch"),
        _ => None,
    }
}

/// Where a dependency's directory is written; its name where it has none.
fn path_of(dependency: &Dependency) -> &Spanned<Name> {
    match &dependency.source {
        DependencySource::Path(path) => path,
        DependencySource::Default | DependencySource::Git { .. } => &dependency.name,
    }
}

fn misspelt(name: &Spanned<Name>, near: &str) -> Finding {
    let message = format!("`{}` is not a member of this project, but `{near}` is", name.value);
    let finding = Finding::error("unknown-package", name.range, message);
    finding.fix(format!("write `{near}`"), name.range, near)
}

fn unavailable(dialect: Option<Dialect>, dependency: &Dependency) -> Finding {
    let name = &dependency.name;
    let (what, place) = match dialect {
        Some(Dialect::Oats) => ("has no `path`", "write its directory"),
        _ => ("is not a member of this project", "list its directory under `[packages]`"),
    };
    let message = format!(
        "`{}` {what}, and packages from registries and git repositories can't be fetched yet",
        name.value
    );
    let range = match (&dependency.source, &dependency.requirement) {
        (DependencySource::Git { url, .. }, _) => url.range,
        (_, Some(requirement)) => requirement.range,
        (_, None) => name.range,
    };
    Finding::error("unavailable-source", range, message)
        .label("would have to be fetched")
        .help(format!("{place}: `{} = {{ path = \"…\" }}`", name.value))
}

/// One diagnostic for the whole circle, with a label at each dependency that is part of it.
fn cycle_diagnostic(db: &dyn Db, graph: &PackageGraph, cycle: &[usize]) -> Diagnostic {
    let name = |index: usize| &graph.packages[index].name;
    let places = cycle.iter().zip(cycle.iter().cycle().skip(1)).filter_map(|(from, to)| {
        let node = &graph.packages[*from];
        let PackageEdge { dependency, .. } = *node.dependencies.iter().find(|it| it.to == *to)?;
        let range = dependency_at(db, node.manifest, dependency).name.range;
        let span = Span { path: node.manifest.path(db).clone(), range };
        let text = format!("`{}` depends on `{}`", node.name, name(*to));
        Some(DiagnosticLabel { span, text })
    });
    let mut places: Vec<DiagnosticLabel> = places.collect();
    let first = places.remove(0);
    let whole = cycle.iter().chain(cycle.first()).map(|index| format!("`{}`", name(*index)));
    let message =
        format!("packages depend on each other: {}", whole.collect::<Vec<_>>().join(" -> "));
    let finding = Finding::error("dependency-cycle", first.span.range, message);
    let mut diagnostic = Diagnostic::in_file(&first.span.path, finding.label(first.text));
    diagnostic.labels = places;
    diagnostic
}
