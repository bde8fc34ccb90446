//! Finding a program and finding out exactly which it is.

use std::sync::{Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, DigestWriter};
use crate::host::{CancelToken, Command, EntryKind, FileDigests, Host, Inherited, Output};
use crate::toolchain::parts::{Question, ToolParts};
use crate::toolchain::{Role, Tool, ToolchainError};

/// What a program once said of itself. Whoever keeps it spares the next run from asking again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolVersion {
    /// The command without the question: the words of `CC`.
    words: Vec<String>,
    /// The content of every program among the words.
    programs: Vec<Digest>,
    /// What it said.
    text: String,
    /// Whether one of the programs is a script: what it will say is not known from its content.
    is_script: bool,
    /// What it uses beside its programs, if it was asked.
    parts: Option<ToolParts>,
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
        let called = found.words.iter().filter(|word| !word.starts_with('-')).filter_map(|word| {
            self.host.which(word).or_else(|| self.is_file(word).then(|| word.into()))
        });
        let canonical = called.filter_map(|path| self.host.canonical(&path).ok());
        let program = self.host.canonical(&found.program).unwrap_or_else(|_| found.program.clone());
        std::iter::once(program).chain(canonical).collect()
    }

    /// Whether a word is the path of a file, wherever the command runs.
    fn is_file(&self, word: &str) -> bool {
        let path = Utf8Path::new(word);
        path.is_absolute() && self.host.stat(path).is_ok_and(|it| it.kind == EntryKind::File)
    }

    /// The tool that was found and has this identity.
    pub(super) fn tool(&self, found: Found, role: Role, identity: Digest) -> Tool {
        let name = |path: &str| Utf8Path::new(path).file_name().unwrap_or(path).to_owned();
        let own = found.words.iter();
        let own = own.map(|word| if self.is_file(word) { name(word) } else { word.clone() });
        let called = std::iter::once(name(found.program.as_str())).chain(own).collect();
        let Found { program, words: arguments } = found;
        Tool { program, arguments, called, identity, role, reads_argument_files: false }
    }

    /// The same for a command that says its version by `ask`.
    pub(super) fn version_by(
        &self,
        found: &Found,
        ask: impl FnOnce() -> Result<String, ToolchainError>,
    ) -> Result<(String, Digest), ToolchainError> {
        let version = self.known_or_asked(found, ask)?;
        let answer = (version.text.clone(), version.identity().finish());
        self.remember(version);
        Ok(answer)
    }

    /// What a C compiler says of its version, and the digest of all that it consists of: its files, and what it says about `question`.
    pub(super) fn compiler(
        &self,
        found: &Found,
        question: &Question<'_>,
    ) -> Result<(String, Digest), ToolchainError> {
        let mut version = self.known_or_asked(found, || self.ask(found, &["--version"]))?;
        let parts = ToolParts::find(self, found, question, version.parts.take())?;
        let mut identity = version.identity();
        parts.tell(self, &mut identity);
        let answer = (version.text.clone(), identity.finish());
        self.remember(ToolVersion { parts: Some(parts), ..version });
        Ok(answer)
    }

    fn known_or_asked(
        &self,
        found: &Found,
        ask: impl FnOnce() -> Result<String, ToolchainError>,
    ) -> Result<ToolVersion, ToolchainError> {
        let unusable = |error| ToolchainError::Unusable { program: found.program.clone(), error };
        let files = self.files_of(found);
        let digests = files.iter().map(|path| self.files.digest(self.host, path));
        let programs = digests.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
        let mut words = vec![found.program.to_string()];
        words.extend(found.words.iter().cloned());
        let same = |it: &&ToolVersion| it.words == words && it.programs == programs;
        match self.known.iter().find(same) {
            Some(known) if !known.is_script => Ok(known.clone()),
            Some(known) => {
                let text = ask()?;
                let parts = known.parts.clone().filter(|_| text == known.text);
                Ok(ToolVersion { text, parts, ..known.clone() })
            }
            None => {
                let is_script = files.iter().any(|path| self.is_script(path));
                Ok(ToolVersion { words, text: ask()?, programs, is_script, parts: None })
            }
        }
    }

    fn remember(&self, version: ToolVersion) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(version);
    }

    /// What the command prints when it is given `question`.
    pub(super) fn ask(&self, found: &Found, question: &[&str]) -> Result<String, ToolchainError> {
        let output = self.output(found, &found.command(question))?;
        Ok(without_places(&String::from_utf8_lossy(&output.stdout), &found.program))
    }

    /// What comes of `command`, which is of the program that was `found`, if it succeeds.
    pub(super) fn output(
        &self,
        found: &Found,
        command: &Command,
    ) -> Result<Output, ToolchainError> {
        let output = self.host.run(command, self.cancel).map_err(|error| {
            if self.cancel.is_cancelled() {
                return ToolchainError::Interrupted;
            }
            ToolchainError::Unusable { program: found.program.clone(), error }
        })?;
        if !output.success() {
            let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(ToolchainError::Failed { command: command.to_string(), text });
        }
        Ok(output)
    }

    fn is_script(&self, program: &Utf8Path) -> bool {
        self.host.read(program).is_ok_and(|bytes| bytes.starts_with(b"#!"))
    }
}

impl ToolVersion {
    /// The digest of the text and of the programs.
    fn identity(&self) -> DigestWriter {
        let mut digest = DigestWriter::default();
        digest.part(&self.text);
        self.programs.iter().for_each(|program| _ = digest.part(program.as_bytes()));
        digest
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
            inherited: Inherited::Needed,
        }
    }
}
