//! `oast run`: builds a program and becomes it.

use std::ffi::OsString;
use std::io;
use std::process;

use oast_engine::base::Name;
use oast_engine::build::{Artefact, BuildRequest, Report};
use oast_engine::host::{CancelToken, Command};
use oast_engine::manifest::Dialect;

use crate::args::Run;
use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::project::{Project, Stopped};

pub(super) fn run(context: &Context, arguments: &Run) -> Result<Exit, Stopped> {
    let project = Project::open(context)?;
    let target = arguments.target.as_ref().map(Name::new).or_else(|| project.first_target());
    let request = BuildRequest {
        targets: target.into_iter().collect(),
        packages: arguments.package.iter().map(Name::new).collect(),
        release: arguments.release,
        jobs: arguments.pace.jobs.map(Into::into),
        keep_going: arguments.pace.keep_going,
        no_store: arguments.pace.no_store,
        ..BuildRequest::default()
    };
    let report = project.build(&request)?;
    if !report.success() {
        return Ok(Exit::Failed);
    }
    let package = arguments.package.as_deref();
    let artefact = program(&report, package, project.dialect())?;
    Ok(start(context, artefact, &arguments.arguments)?)
}

/// Becomes a program that was built, in the directory where the command works.
pub(crate) fn start(
    context: &Context,
    artefact: &Artefact,
    arguments: &[OsString],
) -> Result<Exit, Failure> {
    let cancel = CancelToken::default();
    let command = artefact.command(&context.directory, &*context.host, &cancel);
    let command = command.map_err(|error| Failure::failed(error.to_string()))?;
    let command = command.expect("only programs are started");
    context.shell.detail(&format!("run {command}"));
    become_program(&command, arguments)
}

/// The only program, or that of `package`.
pub(crate) fn program<'a>(
    report: &'a Report,
    package: Option<&str>,
    dialect: Dialect,
) -> Result<&'a Artefact, Failure> {
    let no_program = |message: &str| Failure::usage(message).hint(how_to_begin(dialect));
    let asked = |artefact: &&Artefact| package.is_none_or(|asked| artefact.package == asked);
    let programs = report.artefacts.iter().filter(|artefact| artefact.run.is_some());
    let programs: Vec<&Artefact> = programs.filter(asked).collect();
    match (&*programs, package) {
        ([artefact], _) => Ok(artefact),
        ([], Some(package)) => Err(no_program(&format!("the package `{package}` is no program"))),
        ([], None) => Err(no_program("the project has no program")),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|it| format!("`{}`", it.package)).collect();
            let names = names.join(", ");
            Err(Failure::usage(format!("the project has several programs: {names}"))
                .hint(format!("`oast run {}` runs one of them", several[0].package)))
        }
    }
}

/// What makes a package a program.
fn how_to_begin(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Octizys => {
            "a program's manifest names the module that is run: `main = \"Main\"` in `[package]`"
        }
        Dialect::Oats => "in a program, the entry has an `export function main()`",
    }
}

/// Puts the program in the place of this process, so that it has the terminal, its signals and its exit status to itself.
#[cfg(unix)]
fn become_program(command: &Command, arguments: &[OsString]) -> Result<Exit, Failure> {
    use std::os::unix::process::CommandExt as _;

    let error = process_of(command, arguments).exec();
    Err(cannot_run(command, &error))
}

/// Runs the program to its end in this terminal.
#[cfg(not(unix))]
fn become_program(command: &Command, arguments: &[OsString]) -> Result<Exit, Failure> {
    let status =
        process_of(command, arguments).status().map_err(|error| cannot_run(command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Exit::Program(code.unwrap_or(1)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program takes over the terminal, not the engine"
)]
fn process_of(command: &Command, arguments: &[OsString]) -> process::Command {
    let mut process = process::Command::new(&command.program);
    process.args(&command.arguments).args(arguments).current_dir(&command.directory);
    process
}

fn cannot_run(command: &Command, error: &io::Error) -> Failure {
    Failure::io("cannot run", command.program.as_str(), error)
}
