//! The two streams of the process, and what may be written to them.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::AutoStream;
use clap::builder::styling::{AnsiColor, Style};
use oast_engine::host::Host;

use crate::failure::Failure;

/// Whether a person reads what is said.
pub(crate) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Only what is wrong.
    Quiet,
    /// What a person wants to know.
    Normal,
    /// What is found and done.
    Verbose,
}

/// Red and bold, for the word `error`.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// Yellow and bold, for the word `warning`.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// Cyan and bold, for the words `hint` and `note`.
pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// Green and bold, for what was done.
pub(crate) const DONE: Style = AnsiColor::Green.on_default().bold();

/// The streams. Text is given to it with escape codes; they are left out where they are not wanted.
#[derive(Debug)]
pub(crate) struct Shell {
    stdout: io::Stdout,
    stderr: io::Stderr,
    colors: anstream::ColorChoice,
    verbosity: Verbosity,
    bars: bool,
}

impl Shell {
    /// The streams of this process.
    pub(crate) fn new(colors: clap::ColorChoice, verbosity: Verbosity, host: &dyn Host) -> Shell {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let colors = match colors {
            clap::ColorChoice::Always => anstream::ColorChoice::Always,
            clap::ColorChoice::Never => anstream::ColorChoice::Never,
            clap::ColorChoice::Auto => AutoStream::choice(&stderr),
        };
        let dumb = host.env("TERM").is_some_and(|terminal| terminal == "dumb");
        let bars = stderr.is_terminal() && !dumb && verbosity != Verbosity::Quiet;
        Shell { stdout, stderr, colors, verbosity, bars }
    }

    /// Whether standard error shows colours.
    pub(crate) fn colors(&self) -> bool {
        self.colors != anstream::ColorChoice::Never
    }

    /// How many columns standard error has, where it is a terminal.
    pub(crate) fn width(&self) -> Option<usize> {
        terminal_size::terminal_size_of(&self.stderr).map(|(width, _)| width.0.into())
    }

    /// Whether a bar can be drawn on standard error.
    pub(crate) fn draws_bars(&self) -> bool {
        self.bars
    }

    /// Whether everything is told.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbosity == Verbosity::Verbose
    }

    /// Writes what was asked for to standard output. A reader who went away is no failure.
    pub(crate) fn data(&self, bytes: &[u8]) -> Result<(), Failure> {
        let mut stdout = self.stdout.lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::failed(format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Tells something wrong, however quiet it is to be.
    pub(crate) fn alarm(&self, text: &str) {
        let mut stderr = AutoStream::new(self.stderr.lock(), self.colors);
        // Where standard error is gone there is nobody to tell.
        _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
    }

    /// Tells something worth knowing.
    pub(crate) fn say(&self, text: &str) {
        if Verbosity::Normal <= self.verbosity {
            self.alarm(text);
        }
    }

    /// Tells something to those who want to know everything.
    pub(crate) fn detail(&self, text: &str) {
        if self.is_verbose() {
            self.alarm(text);
        }
    }

    /// Tells a hint, after what it is about.
    pub(crate) fn hint(&self, text: &str) {
        self.say(&format!("\n{HINT}hint{HINT:#}: {text}"));
    }

    /// Tells why the command could not go on.
    pub(crate) fn failure(&self, failure: &Failure) {
        let hints = failure.hints.iter().map(|hint| format!("\n{HINT}hint{HINT:#}: {hint}"));
        let hints: String = hints.collect();
        let gap = if hints.is_empty() { "" } else { "\n" };
        self.alarm(&format!("{ERROR}error{ERROR:#}: {}{gap}{hints}", failure.message));
    }
}
