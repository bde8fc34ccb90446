//! `oast build`: makes what the targets promise.

use oast_engine::base::Name;
use oast_engine::build::{BuildRequest, Report};

use crate::args::Build;
use crate::commands::Context;
use crate::failure::Exit;
use crate::project::{Project, Stopped};

pub(super) fn run(context: &Context, arguments: &Build) -> Result<Exit, Stopped> {
    let request = BuildRequest {
        targets: names(&arguments.targets),
        packages: names(&arguments.packages),
        release: arguments.release,
        jobs: arguments.pace.jobs.map(Into::into),
        keep_going: arguments.pace.keep_going,
        no_store: arguments.pace.no_store,
        ..BuildRequest::default()
    };
    let report = Project::open(context)?.build(&request)?;
    Ok(exit(&report))
}

/// The engine's names for what stands on the command line.
pub(super) fn names(words: &[String]) -> Vec<Name> {
    words.iter().map(Name::new).collect()
}

/// How the process ends after the report.
pub(crate) fn exit(report: &Report) -> Exit {
    if report.success() { Exit::Success } else { Exit::Failed }
}
