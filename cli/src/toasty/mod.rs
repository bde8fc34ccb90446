//! `toasty`: the build tool of Oats, as its document describes it.

mod arguments;
mod build;
mod source;

use oast_engine::manifest::Dialect;

pub(crate) use crate::toasty::arguments::Arguments;

use crate::commands::{self, new, within};
use crate::failure::Exit;
use crate::program::Program;
use crate::toasty::arguments::Command;

/// Does what the command line asks for, and tells why if it cannot.
pub(crate) fn run(arguments: &Arguments) -> Exit {
    let global = &arguments.global;
    let verbosity = commands::verbosity(global);
    within(Program::Toasty, Some(Dialect::Oats), global, verbosity, |context| {
        match &arguments.command {
            Command::Build(arguments) => build::build(context, arguments),
            Command::Run(arguments) => build::run(context, arguments),
            Command::New(arguments) => Ok(new::make(context, &arguments.name, arguments.lib)?),
        }
    })
}
