//! What may stand on the command line, and the help that teaches it.

use std::ffi::OsString;
use std::num::NonZeroUsize;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use oast_engine::manifest::Dialect;

use crate::commands::store::StoreArguments;
use crate::program::Program;

/// Builds projects of many packages, incrementally
///
/// A project is a directory with a `project.toml`, which lists its packages, or with an `Oats.toml`. Oast finds it from any directory below,
/// compiles the modules that changed, and leaves everything else as it is.
#[derive(Debug, Parser)]
#[command(
    name = "oast",
    version,
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  oast new Hello            Make a project
  oast -C Hello run         Build it and run its program
  oast check                Look for mistakes, write nothing
  oast build --target c-11  Build for the target c-11
  oast link-names ~/bin     Make the names `toasty` and `oatsc`, for Oats

Exit status:
  0    all is well
  1    the project has errors, or something that the build needed failed
  2    the command line asks for something that does not exist
  101  a bug in Oast
  130  interrupted with Ctrl-C
  `oast run` passes on the status of the program.

Environment:
  NO_COLOR        no colours
  CLICOLOR_FORCE  colours even where the output is no terminal
  CC, AR          the C compiler and the archiver, with arguments if need be
  PYTHON          the Python that runs programs of the target python-3
  OAST_HOME       where the store and your settings are: an absolute path
  OAST_STORE      `off` to do without the store"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,

    /// The package system; without it, whichever has a manifest here
    ///
    /// Where two package systems have manifests in one directory, this says whose are meant. `new` and `init` make a project
    /// of it, of `octizys` if it is left out.
    #[arg(long, value_name = "DIALECT", global = true, help_heading = "Global options")]
    pub(crate) dialect: Option<DialectName>,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<Utf8PathBuf>,

    /// When to use colours
    ///
    /// `auto` uses them on a terminal, unless the environment says otherwise (`NO_COLOR`, `CLICOLOR_FORCE`).
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: clap::ColorChoice,

    /// Say nothing but what is wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,

    /// Tell what is found and done
    ///
    /// Shows the manifests found, the graph of packages in build order, and the command of every step.
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,

    /// How to write diagnostics, `human` by default
    ///
    /// `human` shows the source text, `short` a line for each; both go to standard error. `oatsc` writes `short` by default where
    /// standard error is no terminal.
    ///
    /// `json` writes one JSON object a line to standard output: an object for each diagnostic (`code`, `severity`, `message`,
    /// `spans`, `help`, `fix`), then an object with `"type": "summary"` whose other fields are `command`, `success`, `errors`, `warnings`, `packages`, `modules`, `compiled`,
    /// `reused`, `skipped`, `steps` (each with `label` and `success`), `failures` and `outputs` (what programs said, each
    /// with `label` and `text`), `artefacts` (each with `package`, `target`, `path` and, for a program, `run`: `"native"`
    /// or `{ "python": MODULE }`) and `elapsed` in seconds. A command that cannot begin says why on standard error.
    #[arg(long, value_name = "FORMAT", global = true)]
    pub(crate) message_format: Option<MessageFormat>,
}

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// With the source text
    Human,
    /// A line for each
    Short,
    /// A JSON object for each
    Json,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    New(New),
    Init(Init),
    Check(Check),
    Build(Build),
    Run(Run),
    Clean(Clean),
    Store(StoreArguments),
    Ioct(Ioct),
    LinkNames(LinkNames),
    Completions(Completions),
    Man(Man),
}

/// Make a project in a new directory
///
/// Writes a project of one package that builds and runs at once: `NAME/project.toml`, the package's manifest and its first
/// module. Inside a project, only a package is made, and the line that makes it a member is shown.
///
/// With `--dialect oats`, writes a package of Oats: `NAME/Oats.toml` and `NAME/src/main.oats`.
///
/// A name is a letter, then letters, digits and `_`; that of a package of Oats is made of letters of ASCII, digits, `-` and `_`.
/// Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast new Hello         Make a program in the directory `Hello`
  oast new Shapes --lib  Make a library
  oast -C Hello new Math --lib
                         Make a second package in the project `Hello`
  oast new hello --dialect oats
                         Make a program in Oats")]
pub(crate) struct New {
    /// The name of the project, of its package and of its directory
    pub(crate) name: String,
    #[command(flatten)]
    pub(crate) kind: Kind,
}

/// Make a project in this directory
///
/// Does what `oast new` does, in the directory where you are, whose name is the project's unless `--name` says another.
/// Inside a project, the directory becomes a package, and the line that makes it a member is shown.
///
/// Files that exist are never changed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast init                 Make a program here
  oast init --lib           Make a library here
  oast init --name MyTools  Where the directory's name cannot be the project's")]
pub(crate) struct Init {
    /// The name of the project, in place of the directory's
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) kind: Kind,
}

/// What is made by `new` and `init`.
#[derive(Debug, Args)]
pub(crate) struct Kind {
    /// Make a library in place of a program
    #[arg(long)]
    pub(crate) lib: bool,
}

/// A dialect as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectName {
    /// `project.toml`, `<Name>Package.toml`, sources in `.oct`
    Octizys,
    /// `Oats.toml`, sources in `.oats`
    Oats,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Dialect {
        match name {
            DialectName::Octizys => Dialect::Octizys,
            DialectName::Oats => Dialect::Oats,
        }
    }
}

/// Look for mistakes without building anything
///
/// Reads the manifests and checks every module of the project. Writes nothing, so it works in a directory that cannot be
/// written to.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast check                          Check all packages
  oast check -p Math                  Check one package and what it depends on
  oast check --message-format short   A line for each diagnostic")]
pub(crate) struct Check {
    /// Check this package and what it depends on; may be repeated
    #[arg(short, long = "package", value_name = "PACKAGE")]
    pub(crate) packages: Vec<String>,
}

/// Build the project
///
/// Makes what the targets promise under `build/` (for Oats, `target/`), for the targets that the project lists unless `--target`
/// names others. Only what is affected by a change is made again.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast build                              Build all packages for the project's targets
  oast build --target python-3 --target c-11
                                          Build for two targets
  oast build -p App --release             Build one package, optimised
  oast build --keep-going --message-format json
                                          See all that is wrong, as JSON")]
pub(crate) struct Build {
    /// Build for this target in place of the project's; may be repeated
    #[arg(long = "target", value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// Use the profile `release`
    #[arg(long)]
    pub(crate) release: bool,
    /// Build this package and what it depends on; may be repeated
    #[arg(short, long = "package", value_name = "PACKAGE")]
    pub(crate) packages: Vec<String>,
    #[command(flatten)]
    pub(crate) pace: Pace,
}

/// How hard a build works.
#[derive(Debug, Args)]
pub(crate) struct Pace {
    /// How many programs run at once; as many as the machine can by default
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// After a failure, go on with what it does not affect
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Neither use what the store has nor keep anything there
    #[arg(long)]
    pub(crate) no_store: bool,
}

/// Build a program and run it
///
/// Builds the package and what it depends on for one target (the project's first unless `--target` names another), then
/// runs it in this terminal and this directory (a Python program in its own folder). Without PACKAGE, runs the only program of the
/// project. The exit status is the program's own.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast run                       Run the project's program
  oast run App --target c-11     Run the program of one package, built for c-11
  oast -q run > out.txt          Nothing but what the program writes
  oast run App -- --flag value   Give arguments to the program")]
pub(crate) struct Run {
    /// The package whose program is run
    pub(crate) package: Option<String>,
    /// Build for this target
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,
    /// Use the profile `release`
    #[arg(long)]
    pub(crate) release: bool,
    #[command(flatten)]
    pub(crate) pace: Pace,
    /// Arguments for the program
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}

/// Remove what was built
///
/// Removes the project's `build` directory (`target` for Oats) and what Oast remembers about it. Sources, manifests and the lock file stay.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast clean           Remove what was built
  oast -C Hello clean  In another directory")]
pub(crate) struct Clean {}

/// Print an intermediate file as text
///
/// An `.ioct` file holds a compiled module in a form that no target owns. This prints what it says: where the module comes
/// from, and its definitions with their types. `@` and a number stand for a line of the source.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast ioct build/octizys_0.1.0/ioct/Hello/Main.ioct
  oast ioct Main.ioct | less")]
pub(crate) struct Ioct {
    /// The file
    pub(crate) file: Utf8PathBuf,
}

/// Make the other names of this program
///
/// Oast can be called as `toasty` and as `oatsc`, and then understands the command lines of the tools of Oats. This makes both names in
/// DIR, as links to the program that runs, or as copies where there are no links. What else has one of the names is left as it is,
/// and then nothing is made.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast link-names ~/.local/bin    Make `toasty` and `oatsc` in a directory of `PATH`
  oast link-names ~/.local/bin && toasty --help")]
pub(crate) struct LinkNames {
    /// Where to make them
    #[arg(value_name = "DIR")]
    pub(crate) names: Utf8PathBuf,
}

/// Print the completions of a shell
///
/// Prints a script that teaches the shell to complete the commands and options of `oast`, or of another name of it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast completions bash > ~/.local/share/bash-completion/completions/oast
  oast completions zsh > ~/.zfunc/_oast
  oast completions fish > ~/.config/fish/completions/oast.fish
  oast completions bash --name toasty > ~/.local/share/bash-completion/completions/toasty")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
    /// The name by which the program is called
    #[arg(long, value_name = "NAME", default_value = "oast")]
    pub(crate) name: Program,
}

/// Print or write the manual pages
///
/// Without DIR, prints the page `oast(1)`. With DIR, writes it there with a page for each command, and those of the other names,
/// `toasty(1)` and `oatsc(1)`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast man | man -l -                Read the manual
  oast man ~/.local/share/man/man1   Install the pages")]
pub(crate) struct Man {
    /// Where to write the pages
    #[arg(value_name = "DIR")]
    pub(crate) pages: Option<Utf8PathBuf>,
}

/// What stands on this process's command line by the grammar of `A`; help and complaints about it as the error.
pub(crate) fn parse<A: Parser>() -> Result<A, clap::Error> {
    let words: Vec<OsString> = std::env::args_os().collect();
    // Help is printed while parsing, so its colours must be known before.
    let mut grammar = A::command().color(color_asked_for(&words));
    let matches = grammar.try_get_matches_from_mut(words)?;
    A::from_arg_matches(&matches).map_err(|error| error.format(&mut grammar))
}

fn color_asked_for(words: &[OsString]) -> clap::ColorChoice {
    let words: Vec<&str> =
        words.iter().map_while(|it| it.to_str().filter(|it| *it != "--")).collect();
    let apart = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    apart.chain(joined).find_map(|choice| choice.parse().ok()).unwrap_or_default()
}
