//! `oast ioct`: an intermediate file as text.

use oast_engine::base::resolve;
use oast_engine::ir::ioct;
use oast_engine::ir::text_with_lines;

use crate::args::Ioct;
use crate::commands::Context;
use crate::failure::{Exit, Failure};

pub(super) fn run(context: &Context, arguments: &Ioct) -> Result<Exit, Failure> {
    let file = &arguments.file;
    let bytes = context
        .host
        .read(&resolve(&context.directory, file))
        .map_err(|error| Failure::io("cannot read", file, &error))?;
    let ioct = ioct::read(&bytes).map_err(|miss| {
        Failure::failed(format!("`{file}` cannot be shown: {miss}"))
            .hint("`oast build` writes the project's `.ioct` files anew")
    })?;
    context.shell.data(shown(&ioct).as_bytes())?;
    Ok(Exit::Success)
}

fn shown(ioct: &ioct::Ioct) -> String {
    let text = text_with_lines(&ioct.meaning, &ioct.positions);
    format!("source {} ({})\n{text}", ioct.origin.source, ioct.origin.dialect)
}
