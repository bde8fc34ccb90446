//! `oast man`: the manual pages, made of the same text as the help.

use oast_engine::base::resolve;

use crate::args::{self, Man};
use crate::commands::Context;
use crate::failure::{Exit, Failure};

pub(super) fn run(context: &Context, arguments: &Man) -> Result<Exit, Failure> {
    let mut grammar = args::grammar().disable_help_subcommand(true);
    grammar.build();
    let Some(directory) = &arguments.pages else {
        context.shell.data(&page(grammar).1)?;
        return Ok(Exit::Success);
    };
    let directory = resolve(&context.directory, directory);
    let mut commands = vec![grammar];
    let mut next = 0;
    while let Some(command) = commands.get(next) {
        let below: Vec<clap::Command> = command.get_subcommands().cloned().collect();
        commands.extend(below);
        next += 1;
    }
    for (name, page) in commands.into_iter().map(page) {
        let path = directory.join(name);
        let written = context.host.write(&path, &page);
        written.map_err(|error| Failure::io("cannot write", &path, &error))?;
    }
    Ok(Exit::Success)
}

/// The file name and the text of the command's page.
fn page(command: clap::Command) -> (String, Vec<u8>) {
    let source = concat!("oast ", env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command).source(source).manual("Oast");
    let mut text = Vec::new();
    man.render(&mut text).expect("memory can be written to");
    (man.get_filename(), text)
}
