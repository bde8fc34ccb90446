//! `toasty build` and `toasty run`.

use oast_engine::base::{Name, resolve};
use oast_engine::build::{BuildRequest, Report};
use oast_engine::manifest::Dialect;

use crate::commands::{self, Context};
use crate::failure::{Exit, Failure};
use crate::place;
use crate::project::Stopped;
use crate::toasty::arguments::{Build, Level, Options, Run};
use crate::toasty::source::{self, Source};

pub(super) fn build(context: &Context, arguments: &Build) -> Result<Exit, Stopped> {
    Ok(commands::build::exit(&made(context, arguments)?))
}

pub(super) fn run(context: &Context, arguments: &Run) -> Result<Exit, Stopped> {
    let report = made(context, &arguments.build)?;
    if !report.success() {
        return Ok(Exit::Failed);
    }
    let program = commands::run::program(&report, None, Dialect::Oats)?;
    Ok(commands::run::start(context, program, &arguments.arguments)?)
}

/// Builds what is asked for and puts the program where it is to be.
fn made(context: &Context, arguments: &Build) -> Result<Report, Stopped> {
    let Build { options, source } = arguments;
    let Source { project, single } = source::open(context, source.as_deref())?;
    let request = request(options);
    let request = match &single {
        Some(file) => file.asked_for(request),
        None => request,
    };
    if let Some(name) = &request.program_name {
        refuse_folder(name, project.layout().is_compiler_folder(name))?;
    }
    let report = project.build(&request)?;
    if let Some(directory) = options.out_dir.as_ref().filter(|_| report.success()) {
        let directory = resolve(&context.directory, directory);
        let native = report.artefacts.iter().filter(|it| place::is_file(it));
        for program in native {
            let to = directory.join(program.path.file_name().unwrap_or_default());
            place::put(context, &program.path, &to)?;
        }
    }
    Ok(report)
}

fn request(options: &Options) -> BuildRequest {
    BuildRequest {
        release: options.release,
        optimization: options.opt_level.map(Level::of_c),
        lto: options.lto.map(Into::into),
        linker: options.linker.clone(),
        program_name: options.out_name.as_ref().map(Name::new),
        ..BuildRequest::default()
    }
}

fn refuse_folder(name: &Name, is_folder: bool) -> Result<(), Failure> {
    if is_folder {
        return Err(Failure::usage(format!("the program cannot be called `{name}`"))
            .hint("the directory in which it is made has a folder of that name"));
    }
    Ok(())
}
