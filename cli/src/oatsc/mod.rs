//! `oatsc`: the compiler of Oats, for one file or for one package.

mod arguments;
mod package;

use camino::Utf8Path;
use oast_engine::base::resolve;
use oast_engine::build::BuildRequest;
use oast_engine::host::EntryKind;
use oast_engine::manifest::Dialect;

pub(crate) use crate::oatsc::arguments::Arguments;

use crate::args::{Global, MessageFormat};
use crate::commands::{Context, build, run as programs, within};
use crate::failure::{Exit, Failure};
use crate::place;
use crate::program::Program;
use crate::project::Stopped;
use crate::single_file::SingleFile;
use crate::ui::{Verbosity, is_terminal};

/// Does what the command line asks for, and tells why if it cannot.
pub(crate) fn run(arguments: &Arguments) -> Exit {
    let Global { directory, color, quiet, verbose, message_format } = &arguments.global;
    let default = if is_terminal() { MessageFormat::Human } else { MessageFormat::Short };
    let global = Global {
        directory: directory.clone(),
        color: *color,
        quiet: *quiet,
        verbose: *verbose,
        message_format: Some(message_format.unwrap_or(default)),
    };
    // A compiler says what is wrong, and nothing else.
    let verbosity = if *verbose { Verbosity::Verbose } else { Verbosity::Quiet };
    within(Program::Oatsc, Some(Dialect::Oats), &global, verbosity, |context| {
        match (&arguments.source, &arguments.package_root) {
            (Some(file), _) => compile_file(context, file, arguments.output.as_deref()),
            (None, Some(root)) => package::compile(context, root, arguments),
            (None, None) => unreachable!("the grammar asks for one of them"),
        }
    })
}

/// Makes the program of a file, beside the file unless `output` says where.
fn compile_file(
    context: &Context,
    written: &Utf8Path,
    output: Option<&Utf8Path>,
) -> Result<Exit, Stopped> {
    let path = resolve(&context.directory, written);
    let refusal = |why: &str| Failure::usage(format!("cannot compile `{written}`: {why}"));
    let stat = context.host.stat(&path).map_err(|error| refusal(&error.to_string()))?;
    if stat.kind != EntryKind::File {
        return Err(refusal("it is no file")
            .hint("`--package-root DIR` compiles a package")
            .into());
    }
    if path.extension() != Some(Dialect::Oats.source_extension()) {
        return Err(refusal("the names of source files end in `.oats`").into());
    }
    let file = SingleFile::new(&*context.host, &path);
    let report = file.open(context).build(&file.asked_for(BuildRequest::default()))?;
    if !report.success() {
        return Ok(build::exit(&report));
    }
    let program = programs::program(&report, None, Dialect::Oats)?;
    let beside = path.with_extension(std::env::consts::EXE_EXTENSION);
    let to = output.map_or(beside, |output| resolve(&context.directory, output));
    place::put(context, &program.path, &to)?;
    Ok(Exit::Success)
}
