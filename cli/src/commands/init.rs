//! `oast init`: a project in this directory.

use camino::Utf8Path;

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
    scaffold::check_name(name).map_err(|failure| match &arguments.name {
        Some(_) => failure,
        None => failure.hint("`--name NAME` gives another name than the directory's"),
    })?;
    let what = if kind.lib { "library" } else { "program" };
    let done = format!("made the {what} `{name}` in `{at}`");
    match Project::around(context) {
        Some(manifest) if manifest.parent() == Some(at) => {
            Err(Failure::usage(format!("`{at}` is a project already"))
                .hint("`oast new NAME` makes a package in it"))
        }
        Some(manifest) => {
            refuse_second_package(context, at)?;
            scaffold::write(&*context.host, &scaffold::package(at, name, kind.lib))?;
            context.shell.say(&done);
            new::tell_member(context, name, at, &manifest);
            Ok(Exit::Success)
        }
        None => {
            init_project(context, at, name, kind.lib, &done)?;
            Ok(Exit::Success)
        }
    }
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

fn refuse_second_package(context: &Context, at: &Utf8Path) -> Result<(), Failure> {
    let entries = context
        .host
        .entries(at)
        .map_err(|error| Failure::io("cannot read the directory", at, &error))?;
    match entries.iter().find(|entry| entry.name.ends_with("Package.toml")) {
        Some(entry) => {
            Err(Failure::usage(format!("`{at}` is a package already: it has `{}`", entry.name)))
        }
        None => Ok(()),
    }
}
