//! `oast new`: a project in a new directory.

use oast_engine::base::relative_to;

use crate::args::New;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::project::Project;
use crate::scaffold;

pub(super) fn run(context: &Context, arguments: &New) -> Result<Exit, Failure> {
    let New { name, kind } = arguments;
    scaffold::check_name(kind.dialect.into(), name)?;
    let at = context.directory.join(name);
    if context.host.stat(&at).is_ok() {
        return Err(Failure::usage(format!("`{at}` exists already and is left as it is"))
            .hint("`oast init`, run in a directory, makes a project there"));
    }
    let what = if kind.lib { "library" } else { "program" };
    if let Some(manifest) = Project::around(context) {
        scaffold::write(&*context.host, &scaffold::package(&at, name, kind.lib))?;
        context.shell.say(&format!("made the {what} `{name}` in `{name}`"));
        tell_member(context, name, &at, &manifest);
    } else {
        scaffold::write(&*context.host, &scaffold::project(&at, name, kind.lib))?;
        context.shell.say(&format!("made the {what} `{name}` in `{name}`"));
        let (next, does) =
            if kind.lib { ("check", "checks it") } else { ("run", "builds and runs it") };
        context.shell.hint(&format!("`oast {next}` in `{name}` {does}"));
    }
    Ok(Exit::Success)
}

/// Shows the line that makes the package at `at` a member of the project.
pub(super) fn tell_member(
    context: &Context,
    name: &str,
    at: &camino::Utf8Path,
    manifest: &camino::Utf8Path,
) {
    let path = manifest.parent().map_or(at.to_owned(), |root| relative_to(at, root));
    let shown = relative_to(manifest, &context.directory);
    context.shell.hint(&format!(
        "to make it a member of the project, add this line to `[packages]` in `{shown}`:\n\n    {}",
        scaffold::member(name, path.as_str())
    ));
}
