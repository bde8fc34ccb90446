//! Which compilers there are, and exactly which.
//!
//! Finding out runs programs, so nothing here is a query: a build probes first and hands what it found to the plan.

mod c;
mod external;
mod message;
mod parts;
mod probe;
mod python;

use std::io;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::base::Digest;

use crate::toolchain::probe::Found;

pub use crate::toolchain::c::{CProfile, CToolchain, probe_c};
pub use crate::toolchain::external::{ExternalCompiler, probe_external};
pub use crate::toolchain::message::{Level, Message, MessagePlace, Said, diagnostics, messages};
pub use crate::toolchain::probe::{Probe, ToolVersion};
pub use crate::toolchain::python::{Python, probe_python};

/// A program of which is known exactly which it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tool {
    /// Where it is.
    pub program: Utf8PathBuf,
    /// Arguments that come before all others: `-m32`, or the compiler that a wrapper calls.
    pub arguments: Vec<String>,
    /// Its name and these arguments as a key has them: where a file is whose content belongs to the identity is left out.
    pub called: Vec<String>,
    /// What stands for the program in a key: equal on two machines that have the same program at different places.
    pub identity: Digest,
    /// What it is used as, which decides what belongs to the identity.
    pub role: Role,
    /// Whether it reads arguments from a file that it is given as `@file`.
    pub reads_argument_files: bool,
}

/// What a program is used as.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// It compiles C, and links.
    CCompiler,
    /// It links, and calls the linker of this name for that.
    LinkerCalling(String),
    /// It links.
    Linker,
    /// It makes static libraries.
    Archiver,
    /// It is a compiler that is not part of Oast, and not trusted.
    External,
}

/// Where a tool was, and as much of it as it takes to find out whether it is still the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ToolPlace {
    /// Where it was, absolute.
    pub program: Utf8PathBuf,
    /// Arguments that come before all others.
    pub arguments: Vec<String>,
    /// What it was used as.
    pub role: Role,
    /// What it must be allowed to read in order to run, if it is not trusted: absolute.
    pub read: Vec<Utf8PathBuf>,
}

impl ToolPlace {
    /// The identity of what is there now, for actions that run with `environment` and may include `headers` of the system.
    pub fn identity(
        &self,
        probe: &Probe<'_>,
        environment: &[(String, String)],
        headers: &[&str],
    ) -> Result<Digest, ToolchainError> {
        let found = Found { program: self.program.clone(), words: self.arguments.clone() };
        let environment = c::obeyed(|name| {
            environment.iter().find(|(it, _)| it == name).map(|(_, value)| value.clone())
        });
        let answer = match &self.role {
            Role::CCompiler => c::compiler(probe, &found, Some(headers), &environment)?.1,
            Role::Linker => c::compiler(probe, &found, Some(&[]), &environment)?.1,
            Role::LinkerCalling(linker) => {
                let (_, compiler) = c::compiler(probe, &found, Some(headers), &environment)?;
                c::linker_calling(probe, &found, &compiler, linker, &environment)?
            }
            Role::Archiver => c::archiver(probe, &found)?.0,
            Role::External => external::version(probe, &found, &self.read)?.1,
        };
        Ok(answer)
    }
}

/// A call of a tool that does not depend on where the project is: all paths are relative to where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Invocation {
    /// The tool.
    pub tool: Tool,
    /// Its arguments, after those of the tool itself.
    pub arguments: Vec<String>,
    /// The variables that it depends on.
    pub environment: Vec<(String, String)>,
}

/// Why a tool cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// There is none.
    #[error("no {what} found: looked for {} on PATH; install one ({hint}) or set {variable}", listed(.names))]
    NotFound {
        /// What was looked for, in words.
        what: &'static str,
        /// The names that were tried.
        names: &'static [&'static str],
        /// How people install one.
        hint: &'static str,
        /// The environment variable that names one.
        variable: &'static str,
    },
    /// A program that was asked for by name is not there.
    #[error("there is no program `{program}`")]
    Missing {
        /// Its name.
        program: String,
    },
    /// A variable names a program that is not there.
    #[error("`{variable}` names `{program}`, but there is no such program")]
    NoSuchProgram {
        /// The environment variable.
        variable: &'static str,
        /// What it names.
        program: String,
    },
    /// The settings name a compiler that is not there.
    #[error("`{origin}` names the compiler `{program}`, but there is no such program")]
    NoSuchCompiler {
        /// The file or the environment variable.
        origin: String,
        /// What it names.
        program: String,
    },
    /// A variable is not a command line.
    #[error("`{variable}` is not a command: `{value}`")]
    NoCommand {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// The program could not be started or read.
    #[error("cannot use `{program}`: {error}")]
    Unusable {
        /// The program.
        program: Utf8PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// The program does not even say which version it is.
    #[error("`{command}` failed: {text}")]
    Failed {
        /// The command.
        command: String,
        /// What it said.
        text: String,
    },
    /// The program is too old.
    #[error(
        "`{program}` is Python {found}, but at least {needed} is needed; set PYTHON to a newer one"
    )]
    TooOld {
        /// The program.
        program: Utf8PathBuf,
        /// Its version.
        found: String,
        /// The least version that will do.
        needed: &'static str,
    },
    /// Somebody cancelled the work.
    #[error("interrupted")]
    Interrupted,
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
