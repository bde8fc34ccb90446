//! What each command does, one file a command.

pub(crate) mod build;
mod check;
mod clean;
mod completions;
mod init;
mod ioct;
mod link_names;
mod man;
pub(crate) mod new;
pub(crate) mod run;
pub(crate) mod store;

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{EntryKind, Host, OsHost};
use oast_engine::manifest::Dialect;

use crate::args::{Arguments, Command, Global, MessageFormat};
use crate::failure::{Exit, Failure};
use crate::program::Program;
use crate::project::Stopped;
use crate::ui::{Shell, Verbosity};

/// What every command works with.
pub(crate) struct Context {
    /// The machine.
    pub(crate) host: Arc<dyn Host>,
    /// Where the command talks.
    pub(crate) shell: Shell,
    /// Where the command works, absolute, links resolved.
    pub(crate) directory: Utf8PathBuf,
    /// How diagnostics are written.
    pub(crate) format: MessageFormat,
    /// The only package system that counts, if there is one.
    pub(crate) dialect: Option<Dialect>,
    /// As what the command was called.
    pub(crate) program: Program,
}

/// Does what the command line asks for, and tells why if it cannot.
pub(crate) fn run(arguments: &Arguments) -> Exit {
    let dialect = arguments.dialect.map(Into::into);
    let (global, verbosity) = (&arguments.global, verbosity(&arguments.global));
    within(Program::Oast, dialect, global, verbosity, |context| {
        execute(context, &arguments.command)
    })
}

/// Does the work of a command in what it works with, and tells why if it cannot.
pub(crate) fn within(
    program: Program,
    dialect: Option<Dialect>,
    global: &Global,
    verbosity: Verbosity,
    work: impl FnOnce(&Context) -> Result<Exit, Stopped>,
) -> Exit {
    let host: Arc<dyn Host> = Arc::new(OsHost);
    let shell = Shell::new(global.color, verbosity, &*host);
    // The grammar sees this only where both stand on the same side of the command.
    if global.quiet && global.verbose {
        let failure = Failure::usage("`--quiet` and `--verbose` say the opposite of each other");
        return stop(&shell, Stopped::Failed(failure));
    }
    let directory = match working_directory(&*host, global.directory.as_deref()) {
        Ok(directory) => directory,
        Err(failure) => return stop(&shell, Stopped::Failed(failure)),
    };
    let format = global.message_format.unwrap_or(MessageFormat::Human);
    let context = Context { host, shell, directory, format, dialect, program };
    work(&context).unwrap_or_else(|stopped| stop(&context.shell, stopped))
}

fn execute(context: &Context, command: &Command) -> Result<Exit, Stopped> {
    match command {
        Command::New(arguments) => Ok(new::run(context, arguments)?),
        Command::Init(arguments) => Ok(init::run(context, arguments)?),
        Command::Check(arguments) => check::run(context, arguments),
        Command::Build(arguments) => build::run(context, arguments),
        Command::Run(arguments) => run::run(context, arguments),
        Command::Clean(_) => Ok(clean::run(context)?),
        Command::Store(arguments) => Ok(store::run(context, arguments)?),
        Command::Ioct(arguments) => Ok(ioct::run(context, arguments)?),
        Command::LinkNames(arguments) => Ok(link_names::run(context, arguments)?),
        Command::Completions(arguments) => Ok(completions::run(context, arguments)?),
        Command::Man(arguments) => Ok(man::run(context, arguments)?),
    }
}

fn stop(shell: &Shell, stopped: Stopped) -> Exit {
    match stopped {
        Stopped::Interrupted(exit) => {
            shell.say("interrupted");
            exit
        }
        Stopped::Failed(failure) => {
            shell.failure(&failure);
            failure.exit
        }
    }
}

/// How much is said.
pub(crate) fn verbosity(global: &Global) -> Verbosity {
    match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    }
}

fn working_directory(host: &dyn Host, asked: Option<&Utf8Path>) -> Result<Utf8PathBuf, Failure> {
    let asked = asked.unwrap_or(Utf8Path::new("."));
    let refusal = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot work in the directory `{asked}`: {why}"))
    };
    let absolute = camino::absolute_utf8(asked).map_err(|error| refusal(&error))?;
    let directory = host.canonical(&absolute).map_err(|error| refusal(&error))?;
    match host.stat(&directory) {
        Ok(stat) if stat.kind == EntryKind::Directory => Ok(directory),
        Ok(_) => Err(refusal(&"it is a file")),
        Err(error) => Err(refusal(&error)),
    }
}
