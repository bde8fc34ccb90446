//! `oast init`: a project in this directory.

use camino::Utf8Path;
use oast_engine::manifest::manifest_kind;

use crate::args::Init;
use crate::commands::{Context, new};
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::scaffold;

pub(super) fn run(context: &Context, arguments: &Init) -> Result<Exit, Failure> {
    let Init { name, kind } = arguments;
    let at = &context.directory;
    let name = match name {
        Some(name) => name,
        None => at.file_name().unwrap_or_default(),
    };
    scaffold::check_name(kind.dialect.into(), name).map_err(|failure| match &arguments.name {
        Some(_) => failure,
        None => failure.hint("`--name NAME` gives another name than the directory's"),
    })?;
    refuse_second_manifest(context, at)?;
    let what = if kind.lib { "library" } else { "program" };
    let done = format!("made the {what} `{name}` in `{at}`");
    if let Some(manifest) = Project::around(context) {
        scaffold::write(&*context.host, &scaffold::package(at, name, kind.lib))?;
        context.shell.say(&done);
        new::tell_member(context, name, at, &manifest);
    } else {
        init_project(context, at, name, kind.lib, &done)?;
    }
    Ok(Exit::Success)
}

/// A list of ignored files that is there already is the user's own: it stays, and what it lacks is told.
fn init_project(
    context: &Context,
    at: &Utf8Path,
    name: &str,
    lib: bool,
    done: &str,
) -> Result<(), Failure> {
    let ignored = at.join(".gitignore");
    let keeps = context.host.stat(&ignored).is_ok();
    let mut files = scaffold::project(at, name, lib);
    files.retain(|(path, _)| !keeps || *path != ignored);
    scaffold::write(&*context.host, &files)?;
    context.shell.say(done);
    if keeps {
        context.shell.hint("`.gitignore` is left as it is; it should hold `/build` and `/.oast`");
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
