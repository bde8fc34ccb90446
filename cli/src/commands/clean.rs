//! `oast clean`: removes what was built.

use oast_engine::base::relative_to;

use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::project::Project;

pub(super) fn run(context: &Context) -> Result<Exit, Failure> {
    let cleaned = Project::open(context)?.clean()?;
    for path in &cleaned.removed {
        context.shell.say(&format!("removed `{}`", relative_to(path, &context.directory)));
    }
    if cleaned.removed.is_empty() {
        context.shell.say("nothing to remove");
    }
    Ok(Exit::Success)
}
