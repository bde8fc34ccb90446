//! The C compiler and the archiver.

use camino::Utf8Path;

use crate::base::DigestWriter;
use crate::host::Host;
use crate::toolchain::probe::{Probe, Wanted};
use crate::toolchain::{Invocation, Tool, ToolchainError};

const COMPILER: Wanted = Wanted {
    what: "C compiler",
    names: &["cc", "gcc", "clang"],
    hint: "`apt install gcc`, `dnf install gcc`, `xcode-select --install`",
    variable: "CC",
};

const ARCHIVER: Wanted = Wanted {
    what: "archiver",
    names: &["ar", "llvm-ar"],
    hint: "`apt install binutils`, `dnf install binutils`, `xcode-select --install`",
    variable: "AR",
};

/// Variables of the user that change what a C compiler does, and so belong to its input.
const OBEYED: &[&str] = &[
    "CPATH",
    "C_INCLUDE_PATH",
    "LIBRARY_PATH",
    "COMPILER_PATH",
    "GCC_EXEC_PREFIX",
    "SOURCE_DATE_EPOCH",
    "SDKROOT",
    "MACOSX_DEPLOYMENT_TARGET",
];

/// How C is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct CProfile {
    /// The number after `-O`.
    pub optimization: u8,
    /// Whether objects carry debug information.
    pub debug: bool,
    /// More options for the compiler: what the generated code asks for.
    pub options: Vec<String>,
}

impl CProfile {
    /// To be compiled fast.
    pub fn dev() -> CProfile {
        CProfile::default()
    }

    /// To run fast.
    pub fn release() -> CProfile {
        CProfile { optimization: 2, ..CProfile::default() }
    }
}

/// A C compiler that also links, and an archiver.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CToolchain {
    /// The compiler.
    pub compiler: Tool,
    /// What the compiler says of its version, first line.
    pub version: String,
    /// The archiver.
    pub archiver: Tool,
    archiver_is_deterministic: bool,
    /// What the user set of [`OBEYED`].
    environment: Vec<(String, String)>,
}

/// Finds the C compiler (`CC`, else `cc`, `gcc`, `clang`) and the archiver (`AR`, else `ar`, `llvm-ar`).
pub fn probe_c(probe: &Probe<'_>) -> Result<CToolchain, ToolchainError> {
    let found = probe.find(&COMPILER)?;
    let (text, identity) = probe.version(&found)?;
    let compiler = found.tool(identity, true);
    let (archiver, archiver_is_deterministic) = probe_archiver(probe)?;
    let version = text.lines().next().unwrap_or_default().to_owned();
    let environment = obeyed(probe.host);
    Ok(CToolchain { compiler, version, archiver, archiver_is_deterministic, environment })
}

/// The archiver, and whether it can leave out times and owners when told.
fn probe_archiver(probe: &Probe<'_>) -> Result<(Tool, bool), ToolchainError> {
    let found = probe.find(&ARCHIVER)?;
    match probe.version(&found) {
        Ok((text, identity)) => {
            let modern = text.contains("GNU") || text.contains("LLVM");
            Ok((found.tool(identity, modern), modern))
        }
        // The archivers of BSD and macOS do not say their version.
        Err(ToolchainError::Failed { .. }) => {
            let program = found.program.clone();
            let digest = probe.files.digest(probe.host, &found.program);
            let file = digest.map_err(|error| ToolchainError::Unusable { program, error })?;
            let mut identity = DigestWriter::default();
            identity.part("no version").part(file.as_bytes());
            Ok((found.tool(identity.finish(), false), false))
        }
        Err(error) => Err(error),
    }
}

fn obeyed(host: &dyn Host) -> Vec<(String, String)> {
    OBEYED.iter().filter_map(|name| Some(((*name).to_owned(), host.env(name)?))).collect()
}

impl CToolchain {
    /// Compiles `source` to `object`; headers are looked for in the directories `include`.
    pub fn compile(
        &self,
        profile: &CProfile,
        source: &Utf8Path,
        object: &Utf8Path,
        include: &[&Utf8Path],
    ) -> Invocation {
        let mut arguments = vec!["-std=c11".to_owned(), format!("-O{}", profile.optimization)];
        if profile.debug {
            arguments.push("-g".to_owned());
        }
        arguments.extend(profile.options.iter().cloned());
        arguments.extend(include.iter().map(|directory| format!("-I{directory}")));
        arguments.extend(["-c", source.as_str(), "-o", object.as_str()].map(str::to_owned));
        let mut invocation = self.call_compiler(arguments);
        if profile.debug {
            // Debug information names the working directory by this variable: the same in every checkout.
            invocation.environment.push(variable("PWD", "/proc/self/cwd"));
        }
        invocation
    }

    /// Puts `objects` in this order into a new static library `archive`, which must not exist.
    pub fn archive<'a>(
        &self,
        archive: &Utf8Path,
        objects: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> Invocation {
        // Append without looking for members of the same name: modules of two folders may share one.
        let how = if self.archiver_is_deterministic { "qcsD" } else { "qcs" };
        let mut arguments = vec![how.to_owned(), archive.to_string()];
        arguments.extend(objects.into_iter().map(ToString::to_string));
        let mut environment = vec![plain_messages()];
        if !self.archiver_is_deterministic {
            environment.push(variable("ZERO_AR_DATE", "1"));
        }
        Invocation { tool: self.archiver.clone(), arguments, environment }
    }

    /// Links `inputs` (objects, and archives after what uses them) and the system's `libraries` to a program.
    pub fn link<'a>(
        &self,
        profile: &CProfile,
        program: &Utf8Path,
        inputs: impl IntoIterator<Item = &'a Utf8Path>,
        libraries: &[&str],
    ) -> Invocation {
        let mut arguments = Vec::new();
        if profile.debug {
            arguments.push("-g".to_owned());
        }
        arguments.extend(["-o".to_owned(), program.to_string()]);
        arguments.extend(inputs.into_iter().map(ToString::to_string));
        arguments.extend(libraries.iter().map(|library| format!("-l{library}")));
        self.call_compiler(arguments)
    }

    fn call_compiler(&self, arguments: Vec<String>) -> Invocation {
        let mut environment = self.environment.clone();
        environment.push(plain_messages());
        Invocation { tool: self.compiler.clone(), arguments, environment }
    }
}

/// Messages are kept and shown again: they must not depend on whose terminal came first.
fn plain_messages() -> (String, String) {
    variable("LC_ALL", "C")
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
