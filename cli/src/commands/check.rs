//! `oast check`: looks for mistakes and writes nothing.

use oast_engine::build::BuildRequest;

use crate::args::Check;
use crate::commands::{Context, build};
use crate::failure::Exit;
use crate::project::{Project, Stopped};

pub(super) fn run(context: &Context, arguments: &Check) -> Result<Exit, Stopped> {
    let request =
        BuildRequest { packages: build::names(&arguments.packages), ..BuildRequest::default() };
    let report = Project::open(context)?.check(&request)?;
    Ok(build::exit(&report))
}
