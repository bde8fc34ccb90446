//! Finding a program and finding out exactly which it is.

use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, DigestWriter};
use crate::host::{CancelToken, Command, EntryKind, FileDigests, Host};
use crate::toolchain::{Tool, ToolchainError};

/// What a program once said of itself. Whoever keeps it spares the next run from asking again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolVersion {
    /// The command without the question: the words of `CC`.
    words: Vec<String>,
    /// The content of every program among the words.
    programs: Vec<Digest>,
    /// What it said.
    text: String,
}

/// What a probe works with.
#[derive(Debug)]
pub struct Probe<'a> {
    /// The machine.
    pub host: &'a dyn Host,
    /// The digests of the programs' files.
    pub files: &'a FileDigests,
    /// Who may stop it.
    pub cancel: &'a CancelToken,
    known: Vec<ToolVersion>,
    asked: Mutex<Vec<ToolVersion>>,
}

/// A tool to look for.
pub(super) struct Wanted {
    pub(super) what: &'static str,
    pub(super) names: &'static [&'static str],
    pub(super) hint: &'static str,
    pub(super) variable: &'static str,
}

/// A command that exists: the program and the words after it.
pub(super) struct Found {
    pub(super) program: Utf8PathBuf,
    pub(super) words: Vec<String>,
}

impl<'a> Probe<'a> {
    /// A probe that believes what programs `known` by their content have said before.
    pub fn new(
        host: &'a dyn Host,
        files: &'a FileDigests,
        known: &[ToolVersion],
        cancel: &'a CancelToken,
    ) -> Probe<'a> {
        Probe { host, files, cancel, known: known.to_vec(), asked: Mutex::default() }
    }

    /// What the programs that were looked at said of themselves, to be handed to the next run.
    pub fn versions(&self) -> Vec<ToolVersion> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn find(&self, wanted: &Wanted) -> Result<Found, ToolchainError> {
        let variable = wanted.variable;
        if let Some(value) = self.host.env(variable).filter(|value| !value.trim().is_empty()) {
            let mut words = shlex::split(&value).unwrap_or_default().into_iter();
            let Some(name) = words.next() else {
                return Err(ToolchainError::NoCommand { variable, value });
            };
            let Some(program) = self.host.which(&name) else {
                return Err(ToolchainError::NoSuchProgram { variable, program: name });
            };
            return Ok(Found { program, words: words.collect() });
        }
        let found = wanted.names.iter().find_map(|name| self.host.which(name));
        let Wanted { what, names, hint, variable } = *wanted;
        let missing = ToolchainError::NotFound { what, names, hint, variable };
        found.map(|program| Found { program, words: Vec::new() }).ok_or(missing)
    }

    /// The program called `name` by a user.
    pub(super) fn find_named(&self, name: &str) -> Result<Found, ToolchainError> {
        let program = self.host.which(name);
        let program =
            program.ok_or_else(|| ToolchainError::Missing { program: name.to_owned() })?;
        Ok(Found { program, words: Vec::new() })
    }

    /// What the command says of its version, and the digest of the files that it consists of.
    pub(super) fn version(&self, found: &Found) -> Result<(String, Digest), ToolchainError> {
        self.version_by(found, || self.ask(found, &["--version"]))
    }

    /// The files that the command consists of: the program, and what its words name. A wrapper such as `ccache gcc` is as new as
    /// what it calls, an interpreter as what it interprets.
    pub(super) fn files_of(&self, found: &Found) -> Vec<Utf8PathBuf> {
        let is_file = |path: &Utf8PathBuf| {
            path.is_absolute() && self.host.stat(path).is_ok_and(|it| it.kind == EntryKind::File)
        };
        let called = found.words.iter().filter(|word| !word.starts_with('-')).filter_map(|word| {
            self.host.which(word).or_else(|| Some(Utf8PathBuf::from(word)).filter(is_file))
        });
        let canonical = called.filter_map(|path| self.host.canonical(&path).ok());
        let program = self.host.canonical(&found.program).unwrap_or_else(|_| found.program.clone());
        std::iter::once(program).chain(canonical).collect()
    }

    /// The same for a command that says its version by `ask`.
    pub(super) fn version_by(
        &self,
        found: &Found,
        ask: impl FnOnce() -> Result<String, ToolchainError>,
    ) -> Result<(String, Digest), ToolchainError> {
        let unusable = |error| ToolchainError::Unusable { program: found.program.clone(), error };
        let programs = self.files_of(found);
        let digests = programs.iter().map(|path| self.files.digest(self.host, path));
        let contents = digests.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
        let mut words = vec![found.program.to_string()];
        words.extend(found.words.iter().cloned());
        let same = |it: &&ToolVersion| it.words == words && it.programs == contents;
        let known = self.known.iter().find(same).cloned();
        let was_known = known.is_some();
        let version = match known {
            Some(known) => known,
            None => ToolVersion { words, text: ask()?, programs: contents },
        };
        let mut digest = DigestWriter::default();
        digest.part(&version.text);
        for program in &version.programs {
            digest.part(program.as_bytes());
        }
        let text = version.text.clone();
        // What a script will say is not known from its content.
        if was_known || !programs.iter().any(|path| self.is_script(path)) {
            self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(version);
        }
        Ok((text, digest.finish()))
    }

    /// What the command prints when it is given `question`.
    pub(super) fn ask(&self, found: &Found, question: &[&str]) -> Result<String, ToolchainError> {
        let command = found.command(question);
        let output = self.host.run(&command, self.cancel).map_err(|error| {
            if self.cancel.is_cancelled() {
                return ToolchainError::Interrupted;
            }
            ToolchainError::Unusable { program: found.program.clone(), error }
        })?;
        if !output.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ToolchainError::Failed { command: command.to_string(), text });
        }
        Ok(without_places(&String::from_utf8_lossy(&output.stdout), &found.program))
    }

    fn is_script(&self, program: &Utf8Path) -> bool {
        self.host.read(program).is_ok_and(|bytes| bytes.starts_with(b"#!"))
    }
}

/// A version text without what depends on where the program is or how it was called.
pub(super) fn without_places(text: &str, program: &Utf8Path) -> String {
    let name = program.file_name().unwrap_or_default();
    let text = text.strip_prefix(name).map_or(text, str::trim_start);
    let lines = text.lines().filter(|line| !line.starts_with("InstalledDir:"));
    lines.map(str::trim_end).collect::<Vec<_>>().join("\n")
}

impl Found {
    /// The command with `question` after its words.
    pub(super) fn command(&self, question: &[&str]) -> Command {
        let words = self.words.iter().cloned();
        Command {
            program: self.program.clone(),
            arguments: words.chain(question.iter().map(ToString::to_string)).collect(),
            directory: Utf8PathBuf::from("/"),
            environment: vec![("LC_ALL".to_owned(), "C".to_owned())],
        }
    }

    pub(super) fn tool(self, identity: Digest, reads_argument_files: bool) -> Tool {
        let Found { program, words } = self;
        Tool { program, arguments: words, identity, reads_argument_files }
    }
}
