//! `oast link-names`: the other names of this program.

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::resolve;

use crate::args::LinkNames;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::program::Program;

pub(super) fn run(context: &Context, arguments: &LinkNames) -> Result<Exit, Failure> {
    let directory = resolve(&context.directory, &arguments.names);
    let program = this_program()?;
    let names = [Program::Toasty, Program::Oatsc].map(|it| {
        let name = format!("{}{}", it.name(), std::env::consts::EXE_SUFFIX);
        directory.join(name)
    });
    let mut missing = Vec::new();
    for name in &names {
        match what_is_at(context, name, &program)? {
            Place::Free => missing.push(name),
            Place::LinkOfOurs => {
                let removed = context.host.remove_file(name);
                removed.map_err(|error| Failure::io("cannot replace", name, &error))?;
                missing.push(name);
            }
            Place::Done => context.shell.say(&format!("`{name}` is there already")),
        }
    }
    context
        .host
        .create_directory(&directory)
        .map_err(|error| Failure::io("cannot make the directory", &directory, &error))?;
    for name in missing {
        let how = make(context, &program, name)?;
        context.shell.say(&format!("made `{name}`, a {how} `{program}`"));
    }
    Ok(Exit::Success)
}

fn this_program() -> Result<Utf8PathBuf, Failure> {
    let unknown = |why: &dyn std::fmt::Display| {
        Failure::failed(format!("cannot find out where this program is: {why}"))
    };
    let path = std::env::current_exe().map_err(|error| unknown(&error))?;
    Utf8PathBuf::from_path_buf(path)
        .map_err(|path| unknown(&format!("`{}` is not UTF-8", path.display())))
}

/// What is where a name is to be.
enum Place {
    Free,
    /// A link to a program of Oast that is not the one that runs.
    LinkOfOurs,
    Done,
}

fn what_is_at(context: &Context, name: &Utf8Path, program: &Utf8Path) -> Result<Place, Failure> {
    let host = &*context.host;
    let foreign = || {
        let message = format!("`{name}` exists already and is left as it is; nothing was made");
        Failure::failed(message).hint("`oast link-names DIR` makes the names in another directory")
    };
    if let Ok(target) = host.read_link(name) {
        let target = resolve(name.parent().unwrap_or(name), target);
        let is_this = target == program
            || host
                .canonical(&target)
                .is_ok_and(|real| Ok(real) == host.canonical(program).map_err(|_| ()));
        let is_ours = target.file_stem() == Some(Program::Oast.name());
        return match (is_this, is_ours) {
            (true, _) => Ok(Place::Done),
            (false, true) => Ok(Place::LinkOfOurs),
            (false, false) => Err(foreign()),
        };
    }
    if host.stat(name).is_err() {
        return Ok(Place::Free);
    }
    let is_copy = host.read(name).ok().is_some_and(|bytes| host.read(program).ok() == Some(bytes));
    if is_copy { Ok(Place::Done) } else { Err(foreign()) }
}

/// Makes a link, or a copy where that fails; yields what it made.
fn make(context: &Context, program: &Utf8Path, name: &Utf8Path) -> Result<&'static str, Failure> {
    if context.host.symlink(program, name).is_ok() {
        return Ok("link to");
    }
    let copied = context.host.copy(program, name, true);
    copied.map_err(|error| Failure::io("cannot make", name, &error))?;
    Ok("copy of")
}
