//! A compiler that is not part of Oast, chosen in the settings.

use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Digest;
use crate::host::Confinement;
use crate::toolchain::probe::{Found, Probe, without_places};
use crate::toolchain::{Role, Tool, ToolchainError};
use crate::workspace::CompilerCommand;

/// How long a compiler may think about which version it is.
const LIMIT: Duration = Duration::from_secs(5);

/// How many lines of what a compiler says of its version count.
const LINES: usize = 16;

/// A compiler that is not part of Oast, of which is known exactly which it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExternalCompiler {
    /// The compiler. Its identity is made of the content of its program, of the files among its first arguments, and of what it
    /// says of its version.
    pub tool: Tool,
    /// What it says of its version, first line; `None` if it does not know `--version`, or thinks about it for too long.
    pub version: Option<String>,
    /// A library to link in place of Oast's own.
    pub runtime: Option<Utf8PathBuf>,
    /// What it must be allowed to read in order to run: its own files, and what the settings name.
    pub read: Vec<Utf8PathBuf>,
}

impl ExternalCompiler {
    /// What it is called.
    pub fn name(&self) -> &str {
        self.tool.program.file_name().unwrap_or(self.tool.program.as_str())
    }
}

/// Finds the compiler that `command` names, and asks it for its version, confined to its own files.
pub fn probe_external(
    probe: &Probe<'_>,
    command: &CompilerCommand,
) -> Result<ExternalCompiler, ToolchainError> {
    let (name, words) = command.words.split_first().expect("a command has a program");
    let Some(program) = probe.host.which(name) else {
        let origin = command.origin.clone();
        return Err(ToolchainError::NoSuchCompiler { origin, program: name.clone() });
    };
    let found = Found { program, words: words.to_vec() };
    let mut read = probe.files_of(&found);
    read.extend(command.read.iter().cloned());
    let (text, identity) = version(probe, &found, &read)?;
    Ok(ExternalCompiler {
        tool: probe.tool(found, Role::External, identity),
        version: text.lines().next().map(str::to_owned),
        runtime: command.runtime.clone(),
        read,
    })
}

/// What the compiler that was found says of its version if it may read only `read`, and its identity.
pub(super) fn version(
    probe: &Probe<'_>,
    found: &Found,
    read: &[Utf8PathBuf],
) -> Result<(String, Digest), ToolchainError> {
    let confinement = Confinement { read: read.to_vec(), ..Confinement::default() };
    probe.version_by(found, || ask(probe, found, &confinement))
}

/// What the compiler says of its version; nothing if it does not know the question.
fn ask(
    probe: &Probe<'_>,
    found: &Found,
    confinement: &Confinement,
) -> Result<String, ToolchainError> {
    let command = found.command(&["--version"]);
    let answer = probe.host.run_confined(&command, confinement, &probe.cancel.limited(LIMIT));
    match answer {
        Ok((output, _)) if output.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            Ok(without_directory(&without_places(&text, &found.program), &found.program))
        }
        Ok(_) => Ok(String::new()),
        Err(_) if probe.cancel.is_cancelled() => Err(ToolchainError::Interrupted),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(String::new()),
        Err(error) => Err(ToolchainError::Unusable { program: found.program.clone(), error }),
    }
}

/// The beginning of a version text without the directory of the program, which would tell machines apart.
fn without_directory(text: &str, program: &Utf8Path) -> String {
    let text = text.lines().take(LINES).collect::<Vec<_>>().join("\n");
    match program.parent() {
        Some(directory) if directory.parent().is_some() => text.replace(directory.as_str(), ""),
        _ => text,
    }
}
