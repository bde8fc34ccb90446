//! One step that can be reused: what it reads, what it runs, what it makes.
//!
//! Its key is the digest of an `Action` of the Remote Execution API, so that a remote cache is a transport and not a redesign.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::{Content, Digest, is_plain, resolve};
use crate::build::confined::Confined;
use crate::host::{Command, Inherited, quoted};
use crate::store::message::{self, Pair, Platform};
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

    /// The files that it reads, absolute, in the order in which [`Action::key`] takes what is in them.
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

    /// The files that it makes, where its program puts them, from the directory where it runs and in the order of [`Action::outputs`]: a
    /// program that is not trusted has a directory of its own for them.
    pub(super) fn made(&self) -> impl Iterator<Item = Cow<'_, Utf8Path>> {
        self.outputs.iter().map(|path| match &self.confined {
            Some(confined) => confined.made(path).into(),
            None => path.as_path().into(),
        })
    }

    /// The program that it runs.
    pub fn tool(&self) -> &Tool {
        &self.invocation.tool
    }

    /// What the result depends on, as one digest; `contents` are those of [`Action::inputs`]. Equal keys promise equal
    /// results, on another machine too.
    pub fn key(&self, contents: &[Content]) -> Digest {
        self.messages(contents, &mut |_| ())
    }

    /// The key, of which `take` gets all that it stands for, but for the inputs themselves: the bytes of the [messages](message), each after
    /// those that it names, and of the file of arguments where there is one.
    ///
    /// A message names no absolute path but those that the user gave to a compiler (`CC='cc -L/opt/lib'`). The program is called by its name, and what it is is a property of the platform. The root of the
    /// inputs is the directory where the program runs, or so many levels above it as a path leads upwards; on the way down from there
    /// directories have names that say nothing, since those that they have would tell where the project is.
    pub fn messages(&self, contents: &[Content], take: &mut dyn FnMut(&[u8])) -> Digest {
        let directory = self.working_directory();
        let argument_file = self.argument_file().map(|(path, text)| {
            take(text.as_bytes());
            (path, Content::of(text))
        });
        let listed = argument_file.as_ref().map(|(path, _)| [format!("@{path}")]);
        let arguments = listed.as_ref().map_or(&*self.invocation.arguments, |it| it);
        let command = self.described(&directory, arguments);
        let files = self.files(contents, argument_file.as_ref(), &directory);
        let files = files.iter().map(|(path, content)| (&**path, *content));
        let action = message::Action {
            command_digest: Some(message::put(&command, take)),
            input_root_digest: Some(message::put_tree(files, take)),
            platform: command.platform,
        };
        message::put(&action, take).digest().expect("it was digested just now")
    }

    /// What is in the tree of its inputs, sorted, if it runs in `directory` there: inputs, its file of arguments, and `directory` itself.
    fn files<'a>(
        &'a self,
        contents: &[Content],
        argument_file: Option<&'a (Utf8PathBuf, Content)>,
        directory: &'a Utf8Path,
    ) -> Vec<(Cow<'a, Utf8Path>, Option<Content>)> {
        assert_eq!(contents.len(), self.inputs.len(), "one content for each input");
        let here = Utf8Path::new("/").join(directory);
        let mut files = Vec::with_capacity(contents.len() + 2);
        for (path, content) in self.inputs.iter().zip(contents) {
            files.push((in_tree(&here, path), Some(self.seen(content))));
        }
        files.extend(argument_file.map(|(path, content)| (in_tree(&here, path), Some(*content))));
        if !directory.as_str().is_empty() {
            files.push((Cow::Borrowed(directory), None));
        }
        files.sort();
        files.dedup_by(|(a, _), (b, _)| a.as_str() == b.as_str());
        files
    }

    /// As much of the content of an input as matters. A C compiler reads its inputs; a program that is not trusted may run them.
    fn seen(&self, content: &Content) -> Content {
        let executable = content.executable && self.confined.is_some();
        Content { executable, ..*content }
    }

    /// What it runs, in `directory` of the tree of its inputs and told `arguments`.
    fn described(&self, directory: &Utf8Path, arguments: &[String]) -> message::Command {
        let Invocation { tool, environment, .. } = &self.invocation;
        let pair = |(name, value): &(String, String)| {
            let (name, value) = (name.clone(), value.clone());
            Pair { name, value }
        };
        let mut environment_variables: Vec<Pair> = environment.iter().map(pair).collect();
        environment_variables.sort();
        let mut output_paths: Vec<String> = self.made().map(|path| path.to_string()).collect();
        output_paths.sort();
        output_paths.dedup();
        message::Command {
            arguments: tool.called.iter().chain(arguments).cloned().collect(),
            environment_variables,
            platform: Some(Platform::with_tool(&tool.identity)),
            working_directory: directory.to_string(),
            output_paths,
        }
    }

    /// Where it runs, from the root of a tree with all that it reads and makes. The names are such that nothing else is there.
    fn working_directory(&self) -> Utf8PathBuf {
        let made: Vec<Cow<'_, Utf8Path>> = self.made().collect();
        let paths = self.inputs.iter().map(Utf8PathBuf::as_path).chain(made.iter().map(|it| &**it));
        // Most lead downwards, which their texts tell.
        let above = paths.filter(|path| path.as_str().starts_with(".."));
        let above: Vec<&Utf8Path> = above.filter(|path| path.starts_with("..")).collect();
        let rise = |path: &&Utf8Path| {
            path.components().take_while(|it| *it == Utf8Component::ParentDir).count()
        };
        let levels = above.iter().map(rise).max().unwrap_or_default();
        let mut name = "_".to_owned();
        while above.iter().any(|path| path.components().any(|it| it.as_str() == name)) {
            name.push('_');
        }
        std::iter::repeat_n(name, levels).collect()
    }

    /// What the result depends on, one fact a line, for a person who asks why something was done again.
    pub fn explain(&self, contents: &[Content]) -> String {
        let directory = self.working_directory();
        let command = self.described(&directory, &self.invocation.arguments);
        let mut text = String::new();
        let mut line = |name: &str, parts: &[&str]| {
            let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
            writeln!(text, "{name}: {}", parts.join(" ")).expect("a string takes all text");
        };
        line("action", &[&self.key(contents).to_string()]);
        line("tool", &[&self.invocation.tool.identity.to_string()]);
        line("arguments", &command.arguments.iter().map(String::as_str).collect::<Vec<_>>());
        for Pair { name, value } in &command.environment_variables {
            line("environment", &[name, value]);
        }
        if !command.working_directory.is_empty() {
            line("directory", &[&command.working_directory]);
        }
        command.output_paths.iter().for_each(|path| line("output", &[path]));
        for (path, content) in self.inputs.iter().zip(contents) {
            let blob = message::Digest::new(content).to_string();
            let executable = self.seen(content).executable.then_some("executable");
            let parts = [path.as_str(), &blob].into_iter().chain(executable);
            line("input", &parts.collect::<Vec<_>>());
        }
        text
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
        for argument in arguments {
            for piece in argument.split_inclusive(is_special) {
                let plain = piece.trim_end_matches(is_special);
                text.push_str(plain);
                if plain.len() < piece.len() {
                    text.push('\\');
                    text.push_str(&piece[plain.len()..]);
                }
            }
            text.push('\n');
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

/// Whether a character means something else in a file of arguments, unless there is a backslash before it.
fn is_special(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\\' | '"' | '\'')
}

/// Where in a tree a path leads, from its root `/`, that is seen from `here` in the tree.
fn in_tree<'p>(here: &Utf8Path, path: &'p Utf8Path) -> Cow<'p, Utf8Path> {
    if here.as_str() == "/" && is_plain(path.as_str()) {
        return path.into();
    }
    let mut resolved = resolve(here, path).into_string();
    resolved.remove(0);
    Utf8PathBuf::from(resolved).into()
}
