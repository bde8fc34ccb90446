//! `oast completions`: a script that teaches a shell.

use crate::args::Completions;
use crate::commands::Context;
use crate::failure::{Exit, Failure};

pub(super) fn run(context: &Context, arguments: &Completions) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let program = arguments.name;
    clap_complete::generate(arguments.shell, &mut program.grammar(), program.name(), &mut script);
    context.shell.data(&script)?;
    Ok(Exit::Success)
}
