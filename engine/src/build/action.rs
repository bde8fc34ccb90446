//! One step that can be reused: what it reads, what it runs, what it makes.
//!
//! The shape is that of the Remote Execution API, so that a remote cache is a transport and not a redesign.

use std::fmt::{self, Write as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, DigestWriter, resolve};
use crate::build::confined::Confined;
use crate::host::{Command, Inherited, quoted};
use crate::toolchain::{Invocation, Tool};

/// How long the arguments may be together before they go into a file. Systems take at least 128 KiB.
const ARGUMENTS_LIMIT: usize = 96 * 1024;

/// A run of a program over known files. Paths of inputs and outputs are relative to the directory where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    /// What it does, shortly: `cc Demo/Main`. Not part of its key.
    pub label: String,
    /// Where it runs, absolute. Not part of its key.
    pub directory: Utf8PathBuf,
    invocation: Invocation,
    inputs: Vec<Utf8PathBuf>,
    outputs: Vec<Utf8PathBuf>,
    confined: Option<Confined>,
}

/// Somebody who reads what an action is. What decides and what explains are two of these over one walk.
trait Reader {
    /// One fact, of the kind `name`, told in `parts`.
    fn fact(&mut self, name: &'static str, parts: &[&str]);

    /// One input file.
    fn file(&mut self, path: &Utf8Path, content: &Digest);
}

impl Action {
    /// An action that makes `outputs` from `inputs` by `invocation`, run in `directory`.
    ///
    /// # Panics
    /// Without outputs or with an absolute input or output: our own bug.
    pub fn new(
        label: impl Into<String>,
        directory: impl Into<Utf8PathBuf>,
        invocation: Invocation,
        inputs: impl IntoIterator<Item = Utf8PathBuf>,
        outputs: impl IntoIterator<Item = Utf8PathBuf>,
    ) -> Action {
        let (label, directory) = (label.into(), directory.into());
        let mut inputs: Vec<Utf8PathBuf> = inputs.into_iter().collect();
        inputs.sort();
        inputs.dedup();
        let outputs: Vec<Utf8PathBuf> = outputs.into_iter().collect();
        assert!(!outputs.is_empty(), "`{label}` makes nothing");
        let absolute = inputs.iter().chain(&outputs).find(|path| path.is_absolute());
        assert_eq!(absolute, None, "`{label}` would depend on where the project is");
        Action { label, directory, invocation, inputs, outputs, confined: None }
    }

    /// The same, run by a program that is not trusted.
    ///
    /// # Panics
    /// Unless there is a form for each output: our own bug.
    #[must_use]
    pub fn confined(mut self, confined: Confined) -> Action {
        assert_eq!(confined.forms.len(), self.outputs.len(), "a form for each output");
        self.confined = Some(confined);
        self
    }

    /// How its program is run, if that is not trusted.
    pub(super) fn confinement(&self) -> Option<&Confined> {
        self.confined.as_ref()
    }

    /// The files that it reads, absolute, in the order in which their digests go into the key.
    pub fn inputs(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.inputs.iter().map(|path| self.place(path))
    }

    /// Where an input is. A file above has one name, however it is reached.
    fn place(&self, path: &Utf8Path) -> Utf8PathBuf {
        if path.starts_with("..") {
            return resolve(&self.directory, path);
        }
        self.directory.join(path)
    }

    /// The files that it makes, absolute, in the order in which they were declared.
    pub fn outputs(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.outputs.iter().map(|path| self.directory.join(path))
    }

    /// The files that it reads, from the directory where it runs.
    pub(super) fn declared_inputs(&self) -> &[Utf8PathBuf] {
        &self.inputs
    }

    /// The files that it makes, from the directory where it runs.
    pub(super) fn declared_outputs(&self) -> &[Utf8PathBuf] {
        &self.outputs
    }

    /// The program that it runs.
    pub fn tool(&self) -> &Tool {
        &self.invocation.tool
    }

    /// What the result depends on, as one digest; `contents` are those of [`Action::inputs`]. Equal keys promise equal
    /// results, on another machine too.
    pub fn key(&self, contents: &[Digest]) -> Digest {
        let mut reader = KeyReader(DigestWriter::default());
        self.tell(contents, &mut reader);
        reader.0.finish()
    }

    /// What the result depends on, one fact a line, for a person who asks why something was done again.
    pub fn explain(&self, contents: &[Digest]) -> String {
        let mut reader = TextReader(String::new());
        self.tell(contents, &mut reader);
        reader.0
    }

    fn tell(&self, contents: &[Digest], reader: &mut impl Reader) {
        assert_eq!(contents.len(), self.inputs.len(), "one digest for each input");
        let Invocation { tool, arguments, environment } = &self.invocation;
        reader.fact("action", &["1"]);
        reader.fact("tool", &[&tool.identity.to_string()]);
        reader.fact("tool arguments", &words(&tool.arguments));
        reader.fact("arguments", &words(arguments));
        for (name, value) in environment {
            reader.fact("environment", &[name, value]);
        }
        for path in &self.outputs {
            reader.fact("output", &[path.as_str()]);
        }
        for (path, content) in self.inputs.iter().zip(contents) {
            reader.file(path, content);
        }
    }

    /// The same action with other places for the outputs that its arguments name, the n-th at `place(n)`; beside it each such place
    /// with the one that it stands for.
    pub(super) fn staged(
        &self,
        place: impl Fn(usize) -> Utf8PathBuf,
    ) -> (Action, Vec<(Utf8PathBuf, Utf8PathBuf)>) {
        let mut staged = self.clone();
        let mut moves = Vec::new();
        for (n, output) in self.outputs.iter().enumerate() {
            let mut named = staged.invocation.arguments.iter_mut();
            if let Some(argument) = named.find(|argument| **argument == *output) {
                let place = place(n);
                *argument = place.to_string();
                staged.outputs[n].clone_from(&place);
                moves.push((place, output.clone()));
            }
        }
        (staged, moves)
    }

    /// The command to run.
    pub fn command(&self) -> Command {
        let Invocation { tool, arguments, environment } = &self.invocation;
        Command {
            program: tool.program.clone(),
            arguments: tool.arguments.iter().chain(arguments).cloned().collect(),
            directory: self.directory.clone(),
            environment: environment.clone(),
            inherited: Inherited::Needed,
        }
    }

    /// The file into which the arguments go because they are too long for a command line, and its content.
    pub(super) fn argument_file(&self) -> Option<(Utf8PathBuf, String)> {
        let arguments = &self.invocation.arguments;
        let length: usize = arguments.iter().map(|argument| argument.len() + 1).sum();
        if length <= ARGUMENTS_LIMIT || !self.invocation.tool.reads_argument_files {
            return None;
        }
        let mut text = String::with_capacity(length);
        for c in arguments.iter().flat_map(|argument| argument.chars().chain(['\n'])) {
            if matches!(c, ' ' | '\t' | '\\' | '"' | '\'') {
                text.push('\\');
            }
            text.push(c);
        }
        Some((Utf8PathBuf::from(format!("{}.args", self.outputs[0])), text))
    }

    /// The command to run when its arguments are in the file `arguments`.
    pub(super) fn command_with(&self, arguments: &Utf8Path) -> Command {
        let mut command = self.command();
        command.arguments.truncate(self.invocation.tool.arguments.len());
        command.arguments.push(format!("@{arguments}"));
        command
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

fn words(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

struct KeyReader(DigestWriter);

impl Reader for KeyReader {
    fn fact(&mut self, name: &'static str, parts: &[&str]) {
        self.0.part(name).part((parts.len() as u64).to_le_bytes());
        for part in parts {
            self.0.part(part);
        }
    }

    fn file(&mut self, path: &Utf8Path, content: &Digest) {
        self.0.part("input").part(path.as_str()).part(content.as_bytes());
    }
}

struct TextReader(String);

impl TextReader {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        writeln!(self.0, "{line}").expect("a string takes all text");
    }
}

impl Reader for TextReader {
    fn fact(&mut self, name: &'static str, parts: &[&str]) {
        let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
        self.line(format_args!("{name}: {}", parts.join(" ")));
    }

    fn file(&mut self, path: &Utf8Path, content: &Digest) {
        self.line(format_args!("input: {path} {content}"));
    }
}
