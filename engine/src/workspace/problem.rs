//! What is wrong with a project's list of members: first as facts without places, then as diagnostics.

use camino::Utf8PathBuf;

use crate::base::{Finding, TextRange};
use crate::manifest::{self, Dialect, package, project};
use crate::source::{Absence, Db, Diagnostic, DiagnosticLabel, File, Span};
use crate::workspace::workspace;

/// A mistake, with indices in place of ranges. `entry` is an index into the members that the project's manifest lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// There is no such directory, or none that can be read.
    NoDirectory { entry: usize, absence: Absence },
    /// No file in the directory is a package's manifest.
    MissingManifest { entry: usize, directory: Utf8PathBuf },
    /// More than one is.
    SeveralManifests { entry: usize, manifests: Vec<File> },
    /// The directory holds a package of another name.
    OtherName { entry: usize, manifest: File },
    /// The package's version does not meet the entry's constraint.
    OtherVersion { entry: usize, manifest: File },
    /// Another entry has led to the same package before.
    ListedTwice { entry: usize, first: usize },
    /// Another directory holds a package of the same name.
    SameName { entry: usize, manifest: File, other: File },
    /// No package matches the glob.
    EmptyGlob { entry: usize },
}

/// What is wrong with the members that the root manifest lists.
pub fn member_diagnostics(db: &dyn Db, root: File) -> Vec<Diagnostic> {
    workspace(db, root).problems.iter().map(|it| diagnostic(db, root, it)).collect()
}

fn diagnostic(db: &dyn Db, root: File, problem: &Problem) -> Diagnostic {
    let member = |entry: &usize| &project(db, root).value.members[*entry];
    let here = |finding| Diagnostic::in_file(root.path(db), finding);
    match problem {
        Problem::NoDirectory { entry, absence } => {
            let member = member(entry);
            here(no_directory(absence, &member.name.value, &member.path))
        }
        Problem::MissingManifest { entry, .. } => {
            let member = member(entry);
            here(missing_manifest(Dialect::Octizys, &member.name.value, &member.path))
        }
        Problem::SeveralManifests { entry, manifests } => {
            let range = member(entry).path.range;
            here(several_manifests(range, manifests.iter().map(|it| file_name(db, *it))))
        }
        Problem::OtherName { entry, manifest } => {
            let member = member(entry);
            let own = &package(db, *manifest).value.name.value;
            here(other_name(&member.name, own))
        }
        Problem::OtherVersion { entry, manifest } => {
            let member = member(entry);
            let wanted = member.version.as_ref();
            let range = wanted.map_or(member.name.range, |it| it.range);
            let requirement = wanted.map(|it| it.value.to_string()).unwrap_or_default();
            version_mismatch(db, here, range, &requirement, *manifest)
        }
        Problem::ListedTwice { entry, first } => {
            let message = format!("`{}` is listed twice", member(entry).path.value);
            let finding = Finding::error("duplicate-member", member(entry).path.range, message);
            here(finding.also(member(first).path.range, "first listed here"))
        }
        Problem::SameName { entry, manifest, other } => {
            let path = &member(entry).path;
            same_name(db, here, path.range, *manifest, *other)
        }
        Problem::EmptyGlob { entry } => {
            let path = &member(entry).path;
            let message = format!("no package matches `{}`", path.value);
            here(Finding::warning("empty-glob", path.range, message))
        }
    }
}

/// A package `name` is said to be in a directory that does not exist, or cannot be read.
pub(crate) fn no_directory(
    absence: &Absence,
    name: &str,
    path: &manifest::Spanned<crate::base::Name>,
) -> Finding {
    let finding = match absence {
        Absence::Missing => {
            let message = format!("there is no directory `{}`", path.value);
            Finding::error("missing-directory", path.range, message)
        }
        Absence::Unreadable(it) => {
            let message = format!("the directory `{}` can't be read: {}", path.value, it.reason);
            Finding::error("unreadable-directory", path.range, message)
        }
    };
    finding.label(format!("the package `{name}` should be here"))
}

/// A package `name` is said to be in a directory in which no package is.
pub(crate) fn missing_manifest(
    dialect: Dialect,
    name: &str,
    path: &manifest::Spanned<crate::base::Name>,
) -> Finding {
    let message = format!("there is no package in `{}`", path.value);
    Finding::error("missing-manifest", path.range, message).help(format!(
        "its manifest would be `{}/{}`",
        path.value,
        dialect.manifest_name(name)
    ))
}

/// A directory, written at `range`, holds several manifests.
pub(crate) fn several_manifests<'a>(
    range: TextRange,
    names: impl Iterator<Item = &'a str>,
) -> Finding {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let message = format!("there are several packages in one directory: {}", names.join(", "));
    Finding::error("several-manifests", range, message).help("give each package its own directory")
}

/// The package in the directory of `name` calls itself `own`.
pub(crate) fn other_name(name: &manifest::Spanned<crate::base::Name>, own: &str) -> Finding {
    let message = format!("the package in this directory is called `{own}`, not `{}`", name.value);
    Finding::error("name-mismatch", name.range, message).fix(
        format!("write `{own}`"),
        name.range,
        own,
    )
}

/// The version of the package does not meet the requirement written at `range`.
pub(crate) fn version_mismatch(
    db: &dyn Db,
    here: impl Fn(Finding) -> Diagnostic,
    range: TextRange,
    requirement: &str,
    found: File,
) -> Diagnostic {
    let package = &package(db, found).value;
    let version = package.version.as_ref().map(|it| it.value.to_string()).unwrap_or_default();
    let name = &package.name.value;
    let message =
        format!("`{name}` has the version {version}, which does not meet `{requirement}`");
    let mut diagnostic = here(Finding::error("version-mismatch", range, message));
    if let Some(version) = &package.version {
        let span = Span { path: found.path(db).clone(), range: version.range };
        let text = "this is its version".to_owned();
        diagnostic.labels.push(DiagnosticLabel { span, text });
    }
    diagnostic
}

/// Two packages have one name.
pub(crate) fn same_name(
    db: &dyn Db,
    here: impl Fn(Finding) -> Diagnostic,
    range: TextRange,
    found: File,
    other: File,
) -> Diagnostic {
    let name = &package(db, found).value.name.value;
    let message = format!("two packages are called `{name}`");
    let mut diagnostic = here(Finding::error("duplicate-package", range, message));
    for (file, text) in [(other, "one"), (found, "the other")] {
        let range = package(db, file).value.name.range;
        let span = Span { path: file.path(db).clone(), range };
        diagnostic.labels.push(DiagnosticLabel { span, text: text.to_owned() });
    }
    diagnostic
}

/// The last component of a file's path.
pub(crate) fn file_name(db: &dyn Db, file: File) -> &str {
    file.path(db).file_name().unwrap_or_default()
}
