//! Putting a program where a person wants it, beside where builds make it.

use camino::Utf8Path;
use oast_engine::build::{Artefact, Run};

use crate::commands::Context;
use crate::failure::Failure;

/// Whether the artefact is a program in one file.
pub(crate) fn is_file(artefact: &Artefact) -> bool {
    artefact.run == Some(Run::Native)
}

/// Puts the program `from` at `to`, at once, unless it is there already.
pub(crate) fn put(context: &Context, from: &Utf8Path, to: &Utf8Path) -> Result<(), Failure> {
    let host = &*context.host;
    let failed = |error| Failure::io("cannot write", to, &error);
    let directory = to.parent().unwrap_or(to);
    host.create_directory(directory).map_err(failed)?;
    let is_there = host.stat(to).is_ok_and(|it| it.executable)
        && host.read(to).is_ok_and(|there| host.read(from).is_ok_and(|made| made == there));
    if is_there {
        return Ok(());
    }
    let (process, _) = host.process();
    let name = to.file_name().unwrap_or_default();
    let new = directory.join(format!(".oast-{process}-{name}"));
    host.remove_file(&new).map_err(failed)?;
    host.copy(from, &new, true).map_err(failed)?;
    host.rename(&new, to).map_err(|error| {
        // What is left over is of no use; that the program is missing matters more.
        _ = host.remove_file(&new);
        failed(error)
    })?;
    context.shell.detail(&format!("put `{to}`"));
    Ok(())
}
