//! `oast new`: a project in a new directory.

use camino::Utf8Path;
use oast_engine::base::relative_to;
use oast_engine::manifest::Dialect;

use crate::args::New;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::program::Program;
use crate::project::Project;
use crate::scaffold;

pub(super) fn run(context: &Context, arguments: &New) -> Result<Exit, Failure> {
    make(context, &arguments.name, arguments.kind.lib)
}

/// Makes the package `name` in a directory of that name, as a project if it is in none.
pub(crate) fn make(context: &Context, name: &str, lib: bool) -> Result<Exit, Failure> {
    let dialect = dialect(context);
    scaffold::check_name(dialect, name)?;
    let at = context.directory.join(name);
    if context.host.stat(&at).is_ok() {
        let failure = Failure::usage(format!("`{at}` exists already and is left as it is"));
        return Err(match context.program {
            Program::Oast => failure.hint("`oast init`, run in a directory, makes a project there"),
            _ => failure,
        });
    }
    let around = Project::around(context, dialect);
    let files = match around {
        Some(_) => scaffold::package(dialect, &at, name, lib),
        None => scaffold::project(dialect, &at, name, lib),
    };
    scaffold::write(&*context.host, &files)?;
    let what = if lib { "library" } else { "program" };
    context.shell.say(&format!("made the {what} `{name}` in `{name}`"));
    match around {
        Some(manifest) => tell_member(context, dialect, name, &at, &manifest),
        None => tell_next(context, name, lib),
    }
    Ok(Exit::Success)
}

/// The package system of what is made.
pub(super) fn dialect(context: &Context) -> Dialect {
    context.dialect.unwrap_or(Dialect::Octizys)
}

/// Shows what can be done with a new project.
fn tell_next(context: &Context, name: &str, lib: bool) {
    let (next, does) = match (lib, context.program) {
        (false, _) => ("run", "builds and runs it"),
        (true, Program::Oast) => ("check", "checks it"),
        (true, _) => ("build", "builds it"),
    };
    context.shell.hint(&format!("`{} {next}` in `{name}` {does}", context.program.name()));
}

/// Shows the line that makes the package at `at` a part of what is around it.
pub(super) fn tell_member(
    context: &Context,
    dialect: Dialect,
    name: &str,
    at: &Utf8Path,
    manifest: &Utf8Path,
) {
    let path = manifest.parent().map_or(at.to_owned(), |root| relative_to(at, root));
    let shown = relative_to(manifest, &context.directory);
    let (purpose, table) = match dialect {
        Dialect::Octizys => ("make it a member of the project", "packages"),
        Dialect::Oats => ("use it in the package around it", "dependencies"),
    };
    context.shell.hint(&format!(
        "to {purpose}, add this line to `[{table}]` in `{shown}`:\n\n    {}",
        scaffold::member(name, path.as_str())
    ));
}
