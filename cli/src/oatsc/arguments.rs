//! What may stand on the command line of `oatsc`, and the help that teaches it.

use camino::Utf8PathBuf;
use clap::Parser;
use oast_engine::manifest::{Dialect, is_package_name};

use crate::args::Global;

/// Compiles Oats
///
/// Of a file, makes a program beside it. Of a package, makes one object and, beside it, the metadata that packages which depend on it
/// need (`.oats.meta`); that is what `toasty` does for each package. Nothing is said unless something is wrong.
#[derive(Debug, Parser)]
#[command(
    name = "oatsc",
    version,
    arg_required_else_help = true,
    override_usage = "oatsc [OPTIONS] <FILE> [-o <OUTPUT>]\n       \
                      oatsc [OPTIONS] --package-root <DIR> [--extern-pkg <NAME=META>]... [-o <OUTPUT>]",
    after_long_help = "\
Examples:
  oatsc main.oats            Make the program `main`
  oatsc main.oats -o hello   Make the program `hello`
  oatsc --package-root app --extern-pkg common=target/common_pkg.oats.meta -o target/app_pkg.o
                             Compile one package

Exit status:
  0    all is well
  1    the sources have errors, or something that was needed failed
  2    the command line asks for something that does not exist
  101  a bug in Oast
  130  interrupted with Ctrl-C

`oatsc` is another name of `oast`."
)]
pub(crate) struct Arguments {
    /// A source file, compiled and linked with the files that it imports
    ///
    /// What the program is made of goes to `target/` beside the file.
    #[arg(
        value_name = "FILE",
        required_unless_present = "package_root",
        conflicts_with_all = ["package_root", "externs"]
    )]
    pub(crate) source: Option<Utf8PathBuf>,

    /// The directory of the package to compile, in which its Oats.toml is
    #[arg(long, value_name = "DIR")]
    pub(crate) package_root: Option<Utf8PathBuf>,

    /// The metadata of a package that it depends on; may be repeated
    #[arg(long = "extern-pkg", value_name = "NAME=META", value_parser = external, requires = "package_root")]
    pub(crate) externs: Vec<External>,

    /// What to make
    ///
    /// The program, `FILE` without its ending by default; or the object, `<name>_pkg.o` in the directory where you are by default.
    #[arg(short, value_name = "OUTPUT")]
    pub(crate) output: Option<Utf8PathBuf>,

    #[command(flatten)]
    pub(crate) global: Global,
}

/// A package that the compiled one depends on, and where its metadata is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct External {
    pub(crate) name: String,
    pub(crate) metadata: Utf8PathBuf,
}

fn external(text: &str) -> Result<External, String> {
    let Some((name, metadata)) = text.split_once('=') else {
        return Err(format!("there is no `=`; write `{text}=PATH/{text}_pkg.oats.meta`"));
    };
    if !is_package_name(Dialect::Oats, name) {
        return Err(format!("`{name}` cannot be the name of a package"));
    }
    if metadata.is_empty() {
        return Err("behind `=` stands the path of the metadata".to_owned());
    }
    Ok(External { name: name.to_owned(), metadata: metadata.into() })
}
