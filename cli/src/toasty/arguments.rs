//! What may stand on the command line of `toasty`, and the help that teaches it.

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};
use oast_engine::manifest::Lto;

use crate::args::Global;

/// Builds packages of Oats
///
/// A package is a directory with an `Oats.toml`. Toasty finds it in the directory where you are or above it, builds the package with
/// all packages that it depends on, and makes again only what a change concerns.
#[derive(Debug, Parser)]
#[command(
    name = "toasty",
    version,
    arg_required_else_help = true,
    after_long_help = "\
Examples:
  toasty new myapp         Make a package
  toasty -C myapp run      Build it and run its program
  toasty build             Build the package of the directory where you are
  toasty build hello.oats  Build a file that belongs to no package
  toasty --verbose build   Show what is found and done

Exit status:
  0    all is well
  1    the package has errors, or something that the build needed failed
  2    the command line asks for something that does not exist
  101  a bug in Oast
  130  interrupted with Ctrl-C
  `toasty run` passes on the status of the program.

`toasty` is another name of `oast`, which also checks, cleans and looks after what builds have left."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Build(Build),
    Run(Run),
    New(New),
}

/// Build a package or a file
///
/// Builds the package with all that it depends on. What is made goes to `target/` in the package (`target-dir` in the table `[build]`
/// of `Oats.toml` names another directory): an object of each package, and the program if the entry has an
/// `export function main()`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  toasty build                            Build the package of this directory
  toasty build ../other                   Build the package of another directory
  toasty build hello.oats                 Build a file that belongs to no package
  toasty build --release --lto thin       Build for speed
  toasty build --out-dir . --out-name app Put the program here, too, as `app`")]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) options: Options,
    /// What to build: a directory, an Oats.toml, or a source file; the package of this directory by default
    ///
    /// Of a directory, and of a source file, the package is built in which it is. A source file that is in no package is built by
    /// itself, with the files that it imports ("single-file mode"); what is made goes to `target/` beside it.
    #[arg(value_name = "SRC")]
    pub(crate) source: Option<Utf8PathBuf>,
}

/// How to build.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Build in release mode with optimizations
    #[arg(long)]
    pub(crate) release: bool,
    /// Put the program into DIR, too
    ///
    /// What is made is in `target/` in any case. With this, the program is put into DIR as well, which is made if it is not there
    /// and is seen from the directory where you are.
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: Option<Utf8PathBuf>,
    /// Call the program NAME in place of the package's name
    #[arg(long, value_name = "NAME", value_parser = file_name)]
    pub(crate) out_name: Option<String>,
    /// Specify the linker to use
    ///
    /// A program that links like a C compiler (`clang`), or a linker that the C compiler knows (`lld`, `mold`). By default `clang`
    /// where it exists, else the C compiler.
    #[arg(long, value_name = "LINKER")]
    pub(crate) linker: Option<String>,
    /// Optimization level, in place of the profile's
    #[arg(long, value_name = "LEVEL")]
    pub(crate) opt_level: Option<Level>,
    /// Optimization when linking, in place of the profile's
    #[arg(long, value_name = "MODE")]
    pub(crate) lto: Option<LtoMode>,
}

/// A level of optimization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Level {
    /// Compile fast (C level 0)
    None,
    /// What pays nearly always (C level 2)
    Default,
    /// All there is (C level 3)
    Aggressive,
}

impl Level {
    /// The level of the C compiler.
    pub(crate) fn of_c(self) -> u8 {
        match self {
            Level::None => 0,
            Level::Default => 2,
            Level::Aggressive => 3,
        }
    }
}

/// How the linker optimizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LtoMode {
    /// Not at all
    None,
    /// In parts, where the compiler can
    Thin,
    /// As a whole
    Full,
}

impl From<LtoMode> for Lto {
    fn from(mode: LtoMode) -> Lto {
        match mode {
            LtoMode::None => Lto::None,
            LtoMode::Thin => Lto::Thin,
            LtoMode::Full => Lto::Full,
        }
    }
}

/// Build and run
///
/// Builds as `toasty build` does, then runs the program in this terminal and in the directory where you are. The exit status is
/// the program's own.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  toasty run                       Build the package of this directory and run its program
  toasty run hello.oats            Run a file that belongs to no package
  toasty run -- --flag value       Give arguments to the program
  toasty --quiet run > out.txt     Nothing but what the program writes")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) build: Build,
    /// Arguments for the program
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}

/// Create a new package
///
/// Makes the directory NAME with `Oats.toml` and `src/main.oats`, or `src/lib.oats` for a library. The package builds at once.
///
/// A name is made of the letters of ASCII, digits, `-` and `_`. Nothing is ever overwritten.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  toasty new myapp        Make a program in the directory `myapp`
  toasty new mylib --lib  Make a library")]
pub(crate) struct New {
    /// The name of the package and of its directory
    pub(crate) name: String,
    /// Make a library in place of a program
    #[arg(long)]
    pub(crate) lib: bool,
}

/// Refuses what is no plain name of a file, or a name that a package's object could have.
fn file_name(text: &str) -> Result<String, &'static str> {
    match text {
        "" | "." | ".." => Err("it must be the name of a file"),
        _ if text.contains(['/', '\\', '\0']) => {
            Err("it must be a plain file name; `--out-dir` says where the program is put")
        }
        _ if oast_engine::build::Layout::is_of_package(text.into()) => {
            Err("what is made of packages beside programs is called so")
        }
        _ => Ok(text.to_owned()),
    }
}
