//! The names by which the program can be called, each with a command line of its own.

use std::ffi::OsStr;
use std::path::Path;

use clap::{CommandFactory as _, ValueEnum};

use crate::args::{self, Arguments};
use crate::failure::Exit;
use crate::{commands, oatsc, toasty};

/// A name of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Program {
    /// All package systems.
    Oast,
    /// The build tool of Oats.
    Toasty,
    /// The compiler of Oats.
    Oatsc,
}

impl Program {
    /// The one that this process was called as; `oast` under any name that is none of these.
    pub(crate) fn called() -> Program {
        let called = std::env::args_os().next().unwrap_or_default();
        let stem = Path::new(&called).file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let named = Program::value_variants().iter().find(|it| it.name() == stem);
        named.copied().unwrap_or(Program::Oast)
    }

    /// The name, without an extension.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Program::Oast => "oast",
            Program::Toasty => "toasty",
            Program::Oatsc => "oatsc",
        }
    }

    /// The grammar of its command line.
    pub(crate) fn grammar(self) -> clap::Command {
        match self {
            Program::Oast => Arguments::command(),
            Program::Toasty => toasty::Arguments::command(),
            Program::Oatsc => oatsc::Arguments::command(),
        }
    }

    /// Does what this process's command line asks for, and tells why if it cannot.
    pub(crate) fn run(self) -> Exit {
        let exit = match self {
            Program::Oast => args::parse().map(|arguments| commands::run(&arguments)),
            Program::Toasty => args::parse().map(|arguments| toasty::run(&arguments)),
            Program::Oatsc => args::parse().map(|arguments| oatsc::run(&arguments)),
        };
        exit.unwrap_or_else(|refusal| refused(&refusal))
    }
}

fn refused(refusal: &clap::Error) -> Exit {
    // Nobody can be told that the help could not be printed.
    _ = refusal.print();
    if refusal.exit_code() == 0 { Exit::Success } else { Exit::Usage }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::Program;

    #[test]
    fn the_grammars_are_sound() {
        for program in Program::value_variants() {
            program.grammar().debug_assert();
        }
    }
}
