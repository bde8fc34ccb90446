//! `oast run`: builds a program and becomes it.

use std::ffi::OsString;
use std::io;
use std::process;

use camino::Utf8Path;
use oast_engine::base::Name;
use oast_engine::build::{Artefact, BuildRequest, Report};

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
    };
    let report = project.build(&request)?;
    if !report.success() {
        return Ok(Exit::Failed);
    }
    let (command, directory) = program(&report, arguments.package.as_deref())?;
    context.shell.detail(&format!("run {}", command.join(" ")));
    Ok(become_program(command, directory, &arguments.arguments)?)
}

/// The command of the only program, or of that of `package`, and the directory where it works.
fn program<'a>(
    report: &'a Report,
    package: Option<&str>,
) -> Result<(&'a [String], &'a Utf8Path), Failure> {
    let asked = |artefact: &&Artefact| package.is_none_or(|asked| artefact.package == asked);
    let programs = report.artefacts.iter().filter(asked).filter_map(|artefact| {
        let (command, directory) = artefact.command.as_ref()?;
        Some((&artefact.package, command, directory))
    });
    let programs: Vec<_> = programs.collect();
    match (&*programs, package) {
        ([(_, command, directory)], _) => Ok((command, directory)),
        ([], Some(package)) => Err(no_program(&format!("the package `{package}` is no program"))),
        ([], None) => Err(no_program("the project has no program")),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|it| format!("`{}`", it.0)).collect();
            let names = names.join(", ");
            Err(Failure::usage(format!("the project has several programs: {names}"))
                .hint(format!("`oast run {}` runs one of them", several[0].0)))
        }
    }
}

fn no_program(message: &str) -> Failure {
    Failure::usage(message)
        .hint("a program's manifest names the module that is run: `main = \"Main\"` in `[package]`")
}

/// Puts the program in the place of this process, so that it has the terminal, its signals and its exit status to itself.
#[cfg(unix)]
fn become_program(
    command: &[String],
    directory: &Utf8Path,
    arguments: &[OsString],
) -> Result<Exit, Failure> {
    use std::os::unix::process::CommandExt as _;

    let error = process_of(command, directory, arguments).exec();
    Err(cannot_run(command, &error))
}

/// Runs the program to its end in this terminal.
#[cfg(not(unix))]
fn become_program(
    command: &[String],
    directory: &Utf8Path,
    arguments: &[OsString],
) -> Result<Exit, Failure> {
    let status = process_of(command, directory, arguments)
        .status()
        .map_err(|error| cannot_run(command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(Exit::Program(code.unwrap_or(1)))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program takes over the terminal, not the engine"
)]
fn process_of(
    command: &[String],
    directory: &Utf8Path,
    arguments: &[OsString],
) -> process::Command {
    let (program, words) = command.split_first().expect("a command begins with its program");
    let mut process = process::Command::new(program);
    process.args(words).args(arguments).current_dir(directory);
    process
}

fn cannot_run(command: &[String], error: &io::Error) -> Failure {
    Failure::io("cannot run", command.join(" "), error)
}
