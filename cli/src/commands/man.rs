//! `oast man`: the manual pages, made of the same text as the help.

use clap::ValueEnum as _;
use oast_engine::base::resolve;

use crate::args::Man;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::program::Program;

pub(super) fn run(context: &Context, arguments: &Man) -> Result<Exit, Failure> {
    let Some(directory) = &arguments.pages else {
        context.shell.data(&page(grammar(Program::Oast)).1)?;
        return Ok(Exit::Success);
    };
    let directory = resolve(&context.directory, directory);
    let mut commands: Vec<clap::Command> =
        Program::value_variants().iter().map(|program| grammar(*program)).collect();
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

fn grammar(program: Program) -> clap::Command {
    let mut grammar = program.grammar().disable_help_subcommand(true);
    grammar.build();
    grammar
}

/// The file name and the text of the command's page.
fn page(command: clap::Command) -> (String, Vec<u8>) {
    let source = concat!("oast ", env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command).source(source).manual("Oast");
    let mut text = Vec::new();
    man.render(&mut text).expect("memory can be written to");
    (man.get_filename(), text)
}
