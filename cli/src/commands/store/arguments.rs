//! What may stand after `oast store`.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand};
use oast_engine::base::Name;

/// Look into the store, and look after it
///
/// The store keeps what builds made, for all projects of a user: what was compiled once is not compiled again, in another
/// checkout either. It is in `OAST_HOME`, or else where the system keeps the data of programs (`~/.local/share/oast`).
///
/// Nothing in it is needed: without it, or when something in it is damaged, a build takes longer. `OAST_STORE=off` or `oast build
/// --no-store` does without it.
///
/// It stays below 10 GB by itself; another size can be written into its file `config.toml`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast store status                      How full it is
  oast store query Json --target c-11    Where `Json` is compiled for c-11, and by what
  oast store view                        Make a tree of names that lead to what was built
  oast store doctor                      Find damage and repair it

Settings (`config.toml` in the store):
  [store]
  quota = \"25 GB\"")]
pub(crate) struct Store {
    /// Write JSON to standard output, as `--message-format json` does
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print where the store is
    Path,
    /// Tell how full the store is
    Status,
    Query(Query),
    View(View),
    Gc(Gc),
    /// Find damage and repair it
    ///
    /// Compares every file with its name, the files with the database, and both with what is remembered of builds. What is
    /// damaged is removed and made again by the next build that needs it.
    Doctor,
    Verify(Verify),
}

/// Tell what is compiled for which target, by what, and where
///
/// Without arguments, tells of all packages that the store knows. What is neither in the store nor where a build left it any more is
/// not told; where a part of a build is missing, it is told how much is there. Where a project was built with other options before,
/// the build before is told as far as the store still keeps it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast store query                       All packages
  oast store query Json                  All builds of `Json`
  oast store query Json --version 1.2.0 --target c-11
  oast store query --source .            What comes from this directory
  oast store query Json --json           With every file that was made")]
pub(crate) struct Query {
    /// The package
    pub(crate) package: Option<String>,
    /// Only this version
    #[arg(long)]
    pub(crate) version: Option<String>,
    /// Only builds for this target
    #[arg(long)]
    pub(crate) target: Option<Name>,
    /// Only packages from this directory or below it; what is no directory is looked for in their sources
    #[arg(long)]
    pub(crate) source: Option<String>,
}

/// Make a tree of links to what was built
///
/// In the tree, `<Name>/<version>/built/<target>` leads to the latest build, and `<Name>/<UUID>/source` to the directory of a
/// local package. It is kept up to date by builds, and nothing is stored twice: programs, and what is not in the store itself, are
/// shown where a build left them. What you put in the place of a link is left alone, and told.
///
/// Where packages of one name and version come from several sources, `<version>` is the one that the store has known for longest.
/// Each of them is always to be found at `<version>@<digits>`, too, the first digits of its UUID.
#[derive(Debug, Args)]
pub(crate) struct View {
    /// Where to make it; `view` in the store by default
    #[arg(value_name = "DIR")]
    pub(crate) tree: Option<Utf8PathBuf>,
}

/// Remove what was not used for longest
///
/// Builds do this by themselves when the store is larger than its quota. What a running build uses, or the last build of a project that is
/// still there, is never removed; `oast clean` lets go of it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  oast store gc               Down to the quota
  oast store gc --quota 2GB   Down to 2 GB
  oast store gc --quota 0     All that nobody holds")]
pub(crate) struct Gc {
    /// How large the store may be, in place of what the settings say
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) quota: Option<u64>,
}

/// Do remembered steps again and compare what they make
///
/// A step is done by the program that did it, in an empty directory with its inputs, and confined if it was. One that makes or says
/// something else the second time is not reproducible, or depends on something that Oast does not know. Such a step is named, forgotten,
/// and the exit status is 1. What cannot be done again is told as skipped, with the reason, and others are done in its place: its program is
/// gone or is not what it was, or an input was removed.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// How many steps to do again, chosen at random
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) sample: usize,
}

fn size(text: &str) -> Result<u64, &'static str> {
    oast_engine::store::parse_size(text).ok_or("a size is a number and a unit, such as 10GB")
}
