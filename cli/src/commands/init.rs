//! `oast init`: a project in this directory.

use camino::Utf8Path;
use oast_engine::manifest::manifest_kind;

use crate::args::Init;
use crate::commands::{Context, new};
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::scaffold::{self, Files, IGNORE_FILE};

pub(super) fn run(context: &Context, arguments: &Init) -> Result<Exit, Failure> {
    let Init { name, kind } = arguments;
    let at = &context.directory;
    let name = match name {
        Some(name) => name,
        None => at.file_name().unwrap_or_default(),
    };
    let dialect = new::dialect(context);
    scaffold::check_name(dialect, name).map_err(|failure| match &arguments.name {
        Some(_) => failure,
        None => failure.hint("`--name NAME` gives another name than the directory's"),
    })?;
    refuse_second_manifest(context, at)?;
    let what = if kind.lib { "library" } else { "program" };
    let done = format!("made the {what} `{name}` in `{at}`");
    if let Some(manifest) = Project::around(context, dialect) {
        write(context, scaffold::package(dialect, at, name, kind.lib), &done)?;
        new::tell_member(context, dialect, name, at, &manifest);
    } else {
        write(context, scaffold::project(dialect, at, name, kind.lib), &done)?;
    }
    Ok(Exit::Success)
}

/// A list of ignored files that is there already is the user's own: it stays, and what it lacks is told.
fn write(context: &Context, mut files: Files, done: &str) -> Result<(), Failure> {
    let kept = context.host.stat(&context.directory.join(IGNORE_FILE)).is_ok();
    let count = files.len();
    files.retain(|(path, _)| !kept || *path != context.directory.join(IGNORE_FILE));
    scaffold::write(&*context.host, &files)?;
    context.shell.say(done);
    if files.len() < count {
        let [outputs, state] = scaffold::ignored(new::dialect(context));
        context.shell.hint(&format!(
            "`{IGNORE_FILE}` is left as it is; it should hold `{outputs}` and `{state}`"
        ));
    }
    Ok(())
}

fn refuse_second_manifest(context: &Context, at: &Utf8Path) -> Result<(), Failure> {
    let entries = context
        .host
        .entries(at)
        .map_err(|error| Failure::io("cannot read the directory", at, &error))?;
    for entry in entries {
        let Some(kind) = manifest_kind(&entry.name) else { continue };
        let what = if kind.is_project { "project" } else { "package" };
        let refusal = format!("`{at}` is a {what} already: it has `{}`", entry.name);
        let failure = Failure::usage(refusal);
        return Err(if kind.is_project {
            failure.hint("`oast new NAME` makes a package in it")
        } else {
            failure
        });
    }
    Ok(())
}
