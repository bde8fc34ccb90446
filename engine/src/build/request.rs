//! What is asked of a build, and what came of it.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Name;
use crate::host::{CancelToken, Command, FileDigests, Host, Inherited};
use crate::manifest::Lto;
use crate::source::Diagnostic;
use crate::toolchain::{Probe, ToolchainError, probe_python};

/// What to build.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct BuildRequest {
    /// The targets by name (`python-3`, `c-11`); those of the project's manifest if empty.
    pub targets: Vec<Name>,
    /// The packages, which are built with what they depend on; all members if empty.
    pub packages: Vec<Name>,
    /// Whether the profile `release` is used in place of `dev`.
    pub release: bool,
    /// The level of optimisation of the C compiler, 0 to 3, in place of the profile's.
    pub optimization: Option<u8>,
    /// How the linker optimises, in place of what the profile says.
    pub lto: Option<Lto>,
    /// What links programs in place of the C compiler: a program, or the name of a linker that the compiler knows (`lld`, `mold`).
    pub linker: Option<String>,
    /// What the program of the root package is called in place of the package's name; a file name.
    pub program_name: Option<Name>,
    /// How many programs run at once; as many as the machine can if `None`.
    pub jobs: Option<usize>,
    /// Whether to go on with what is not affected after something failed.
    pub keep_going: bool,
    /// Whether to do without the user's store.
    pub no_store: bool,
}

/// A file that a build promises to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// The package that it was made of.
    pub package: Name,
    /// The target.
    pub target: Name,
    /// The file to run or the library; for Python the folder that holds the program.
    pub path: Utf8PathBuf,
    /// How it is run, if it is a program.
    pub run: Option<Run>,
}

/// How a program is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// The system runs it.
    Native,
    /// Python runs the module of this dotted name.
    Python(String),
}

impl Artefact {
    /// The command that runs the program in `directory`, `None` if it is none. Finds the interpreter that it needs, if it needs
    /// one. Python finds modules from where it runs, so its programs run in their own folder.
    pub fn command(
        &self,
        directory: &Utf8Path,
        host: &dyn Host,
        cancel: &CancelToken,
    ) -> Result<Option<Command>, ToolchainError> {
        let command = |program: &Utf8Path, arguments, directory: &Utf8Path| Command {
            program: program.to_owned(),
            arguments,
            directory: directory.to_owned(),
            environment: Vec::new(),
            inherited: Inherited::All,
        };
        Ok(match &self.run {
            None => None,
            Some(Run::Native) => Some(command(&self.path, Vec::new(), directory)),
            Some(Run::Python(module)) => {
                let files = FileDigests::default();
                let python = probe_python(&Probe::new(host, &files, &[], cancel))?;
                let mut arguments = python.arguments;
                arguments.extend(["-B", "-m", module].map(str::to_owned));
                Some(command(&python.program, arguments, &self.path))
            }
        })
    }
}

/// A step that was done because nothing could be reused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// What it did: `check Demo/Main`, `cc Demo/Main`, `link Demo`.
    pub label: String,
    /// Whether it did it.
    pub success: bool,
}

/// What came of a check or a build.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Report {
    /// All that is to be told about the user's files, in the order of the files.
    pub diagnostics: Vec<Diagnostic>,
    /// How many packages were asked for, dependencies included.
    pub packages: usize,
    /// How many modules they have.
    pub modules: usize,
    /// How many of these had something made anew: an intermediate, a target's file, an object.
    pub compiled: usize,
    /// How many could be used as they were.
    pub reused: usize,
    /// How many were not built because of errors in them or in what they import.
    pub skipped: usize,
    /// What was done.
    pub steps: Vec<Step>,
    /// Programs that failed while building: what each said.
    pub failures: Vec<String>,
    /// What was promised and is there.
    pub artefacts: Vec<Artefact>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// Whether everything that was asked for is there.
    pub fn success(&self) -> bool {
        self.failures.is_empty() && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}
