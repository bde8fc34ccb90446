//! What `SRC` means: a package, or a file by itself.

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::resolve;
use oast_engine::host::EntryKind;
use oast_engine::manifest::{Dialect, ManifestKind, manifest_kind};
use oast_engine::workspace::DiscoveryError;

use crate::commands::Context;
use crate::failure::Failure;
use crate::project::{Project, discovery_failure};
use crate::single_file::SingleFile;

/// The notice that a file is built by itself.
const NOTICE: &str = "No Oats.toml found, using single-file mode";

/// What is built.
pub(super) struct Source<'a> {
    /// The project whose root package it is.
    pub(super) project: Project<'a>,
    /// The file, if it is built by itself.
    pub(super) single: Option<SingleFile>,
}

/// What `written` means, seen from the directory in which the command works.
pub(super) fn open<'a>(
    context: &'a Context,
    written: Option<&Utf8Path>,
) -> Result<Source<'a>, Failure> {
    let Some(written) = written else { return Ok(package(Project::open(context)?)) };
    let path = resolve(&context.directory, written);
    let refusal = |why: &str| Failure::usage(format!("cannot build `{written}`: {why}"));
    let stat = context.host.stat(&path).map_err(|error| refusal(&error.to_string()))?;
    match (stat.kind, path.file_name().and_then(manifest_kind)) {
        (EntryKind::Directory, _) => {
            let directory = real(context, &path)?;
            let project = Project::open_around(context, &directory);
            project.map(package).map_err(|error| discovery_failure(context, &error))
        }
        (EntryKind::File, Some(ManifestKind { dialect: Dialect::Oats, .. })) => {
            let manifest = real_place(context, &path)?;
            Ok(package(Project::open_at(context, context.host.clone(), &manifest)))
        }
        (EntryKind::File, _) if path.extension() == Some(Dialect::Oats.source_extension()) => {
            file(context, &real_place(context, &path)?)
        }
        _ => Err(refusal("it is no directory, no `Oats.toml` and no source file of Oats")
            .hint("the names of source files end in `.oats`")),
    }
}

fn package(project: Project<'_>) -> Source<'_> {
    Source { project, single: None }
}

/// The package that the file is in, or the file by itself.
fn file<'a>(context: &'a Context, path: &Utf8Path) -> Result<Source<'a>, Failure> {
    let directory = path.parent().unwrap_or(path);
    match Project::open_around(context, directory) {
        Ok(project) => {
            if !project.has_source(path) {
                let name = project.root_package().unwrap_or_default();
                context.shell.say(&format!(
                    "`{}` is not imported by the package `{name}`, which is built without it",
                    path.file_name().unwrap_or_default()
                ));
            }
            Ok(package(project))
        }
        Err(DiscoveryError::NotFound { .. }) => {
            context.shell.say(NOTICE);
            let single = SingleFile::new(&*context.host, path);
            Ok(Source { project: single.open(context), single: Some(single) })
        }
        Err(error) => Err(discovery_failure(context, &error)),
    }
}

/// The path with links resolved.
fn real(context: &Context, path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    context.host.canonical(path).map_err(|error| Failure::io("cannot read", path, &error))
}

/// The path with links resolved but for a last one: a file is of the directory in which it is shown.
fn real_place(context: &Context, path: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let directory = real(context, path.parent().unwrap_or(path))?;
    Ok(directory.join(path.file_name().unwrap_or_default()))
}
