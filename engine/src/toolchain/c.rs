//! The C compiler and the archiver.

use camino::Utf8Path;

use crate::base::{Digest, DigestWriter};
use crate::manifest::Lto;
use crate::toolchain::parts::Question;
use crate::toolchain::probe::{Found, Probe, Wanted};
use crate::toolchain::{Invocation, Role, Tool, ToolchainError};

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

/// The variables of the user that a C compiler is called with, and so belong to its input: macOS has no other way to say which of several
/// systems is compiled for. All else that a compiler is to know is said in `CC`.
const OBEYED: &[&str] = &["DEVELOPER_DIR", "SDKROOT", "MACOSX_DEPLOYMENT_TARGET"];

/// The programs that a compiler calls.
const CALLED: &[&str] = &["cc1", "as", "collect2", "ld"];

/// How C is compiled.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct CProfile {
    /// The number after `-O`.
    pub optimization: u8,
    /// Whether objects carry debug information.
    pub debug: bool,
    /// How the linker optimises across objects.
    pub lto: Lto,
    /// Whether symbols are removed from programs.
    pub strip: bool,
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
    linker: Linker,
}

/// What links programs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Linker {
    /// The compiler, with the linker that it has chosen.
    Compiler,
    /// The compiler, which is this tool together with the linker of this name.
    Named(String, Tool),
    /// Another compiler.
    Other(Tool),
}

/// Linkers that a compiler calls when it is told their name.
const LINKERS: &[&str] = &["bfd", "gold", "lld", "mold"];

/// Finds the C compiler (`CC`, else `cc`, `gcc`, `clang`) and the archiver (`AR`, else `ar`, `llvm-ar`). What is to be compiled includes
/// `headers` of the system: what they are, and the programs that the compiler calls, belongs to which compiler it is. Who keeps nothing of
/// what it makes need not know that, and says `None`.
pub fn probe_c(probe: &Probe<'_>, headers: Option<&[&str]>) -> Result<CToolchain, ToolchainError> {
    let found = probe.find(&COMPILER)?;
    let environment = obeyed(|name| probe.host.env(name));
    let (text, identity) = compiler(probe, &found, headers, &environment)?;
    let tool = probe.tool(found, Role::CCompiler, identity);
    let compiler = Tool { reads_argument_files: true, ..tool };
    let found = probe.find(&ARCHIVER)?;
    let (identity, archiver_is_deterministic) = archiver(probe, &found)?;
    let tool = probe.tool(found, Role::Archiver, identity);
    // Those that are modern in one way are in the other.
    let archiver = Tool { reads_argument_files: archiver_is_deterministic, ..tool };
    let version = text.lines().next().unwrap_or_default().to_owned();
    let linker = Linker::Compiler;
    Ok(CToolchain { compiler, version, archiver, archiver_is_deterministic, environment, linker })
}

/// What a C compiler says of its version, and its identity if what it compiles includes `headers`.
pub(super) fn compiler(
    probe: &Probe<'_>,
    found: &Found,
    headers: Option<&[&str]>,
    environment: &[(String, String)],
) -> Result<(String, Digest), ToolchainError> {
    match headers {
        Some(headers) => {
            probe.compiler(found, &Question { programs: CALLED, headers, environment })
        }
        None => probe.version(found),
    }
}

/// The identity of a compiler, whose own is `compiler`, together with the linker that it calls by this name.
pub(super) fn linker_calling(
    probe: &Probe<'_>,
    found: &Found,
    compiler: &Digest,
    linker: &str,
    environment: &[(String, String)],
) -> Result<Digest, ToolchainError> {
    let words = found.words.iter().cloned().chain([named(linker)]).collect();
    let programs = &[&*format!("ld.{linker}")];
    let question = Question { programs, headers: &[], environment };
    let found = Found { program: found.program.clone(), words };
    let (_, called) = probe.compiler(&found, &question)?;
    let mut identity = DigestWriter::default();
    identity.part(compiler.as_bytes()).part(called.as_bytes());
    Ok(identity.finish())
}

/// The identity of an archiver, and whether it can leave out times and owners when told.
pub(super) fn archiver(probe: &Probe<'_>, found: &Found) -> Result<(Digest, bool), ToolchainError> {
    match probe.version(found) {
        Ok((text, identity)) => Ok((identity, text.contains("GNU") || text.contains("LLVM"))),
        // The archivers of BSD and macOS do not say their version.
        Err(ToolchainError::Failed { .. }) => {
            let program = found.program.clone();
            let digest = probe.files.digest(probe.host, &found.program);
            let file = digest.map_err(|error| ToolchainError::Unusable { program, error })?;
            let mut identity = DigestWriter::default();
            identity.part("no version").part(file.as_bytes());
            Ok((identity.finish(), false))
        }
        Err(error) => Err(error),
    }
}

/// The values of what a C compiler obeys of the user's variables.
pub(super) fn obeyed(value: impl Fn(&str) -> Option<String>) -> Vec<(String, String)> {
    OBEYED.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect()
}

impl CToolchain {
    /// The same, but programs are linked by `linker`: a compiler, or the name of a linker that the compiler is to call.
    pub fn with_linker(
        mut self,
        probe: &Probe<'_>,
        linker: &str,
    ) -> Result<CToolchain, ToolchainError> {
        let environment = &self.environment;
        self.linker = if LINKERS.contains(&linker) {
            let Tool { program, arguments: words, identity, .. } = self.compiler.clone();
            let found = Found { program, words };
            let identity = linker_calling(probe, &found, &identity, linker, environment)?;
            let role = Role::LinkerCalling(linker.to_owned());
            Linker::Named(linker.to_owned(), Tool { identity, role, ..self.compiler.clone() })
        } else {
            let found = probe.find_named(linker)?;
            let (_, identity) = compiler(probe, &found, Some(&[]), environment)?;
            let tool = probe.tool(found, Role::Linker, identity);
            Linker::Other(Tool { reads_argument_files: true, ..tool })
        };
        Ok(self)
    }

    /// What links programs, if it is not just the compiler.
    pub fn linker(&self) -> Option<&Tool> {
        match &self.linker {
            Linker::Named(_, tool) | Linker::Other(tool) => Some(tool),
            Linker::Compiler => None,
        }
    }

    fn is_clang(&self) -> bool {
        self.version.contains("clang")
    }

    /// The options that turn link-time optimisation on while `output` is made.
    fn lto(&self, profile: &CProfile, output: &Utf8Path) -> Vec<String> {
        match profile.lto {
            Lto::None => Vec::new(),
            Lto::Thin if self.is_clang() => vec!["-flto=thin".to_owned()],
            Lto::Full if self.is_clang() => vec!["-flto".to_owned()],
            // GCC gives sections random names, from this in place of the time.
            Lto::Thin | Lto::Full => {
                vec!["-flto".to_owned(), format!("-frandom-seed={output}")]
            }
        }
    }

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
        arguments.extend(self.lto(profile, object));
        arguments.extend(include.iter().map(|directory| format!("-I{directory}")));
        arguments.extend(["-c", source.as_str(), "-o", object.as_str()].map(str::to_owned));
        self.call_compiler(profile, arguments)
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

    /// Merges `objects` in this order into one object.
    pub fn merge<'a>(
        &self,
        profile: &CProfile,
        merged: &Utf8Path,
        objects: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> Invocation {
        let mut arguments = vec!["-r".to_owned(), "-nostdlib".to_owned()];
        arguments.extend(self.lto(profile, merged));
        if profile.lto != Lto::None && !self.is_clang() {
            arguments.push("-flinker-output=rel".to_owned());
        }
        arguments.extend(["-o".to_owned(), merged.to_string()]);
        arguments.extend(objects.into_iter().map(ToString::to_string));
        self.call_compiler(profile, arguments)
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
        if profile.lto != Lto::None {
            arguments.extend(self.lto(profile, program));
            arguments.push(format!("-O{}", profile.optimization));
        }
        if profile.strip {
            arguments.push("-s".to_owned());
        }
        if let Linker::Named(name, _) = &self.linker {
            arguments.push(named(name));
        }
        arguments.extend(["-o".to_owned(), program.to_string()]);
        arguments.extend(inputs.into_iter().map(ToString::to_string));
        arguments.extend(libraries.iter().map(|library| format!("-l{library}")));
        let invocation = self.call_compiler(profile, arguments);
        match self.linker() {
            Some(linker) => Invocation { tool: linker.clone(), ..invocation },
            None => invocation,
        }
    }

    fn call_compiler(&self, profile: &CProfile, arguments: Vec<String>) -> Invocation {
        let mut environment = self.environment.clone();
        environment.push(plain_messages());
        if profile.debug || profile.lto != Lto::None {
            // Debug information and what is optimised later name the working directory by this variable: the same in every checkout.
            environment.push(variable("PWD", "/proc/self/cwd"));
        }
        Invocation { tool: self.compiler.clone(), arguments, environment }
    }
}

/// The option that tells a compiler which linker to call.
fn named(linker: &str) -> String {
    format!("-fuse-ld={linker}")
}

/// Messages are kept and shown again: they must not depend on whose terminal came first.
fn plain_messages() -> (String, String) {
    variable("LC_ALL", "C")
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
