//! What takes the place of a C compiler and an archiver where neither is what is measured: outputs depend on the inputs' content, and
//! on nothing else.
#![expect(clippy::disallowed_methods, reason = "a compiler reads and writes files")]

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, Write as _};
use std::path::Path;

/// The argument that makes this program the fake compiler.
pub(crate) const FLAG: &str = "--fake-compiler";

/// How it is called.
pub(crate) fn command() -> String {
    let own = std::env::current_exe().expect("this program is somewhere");
    format!("{} {FLAG}", own.display())
}

/// Does what the arguments ask of a compiler (`-o OUTPUT`) or an archiver (`qcsD OUTPUT`).
pub(crate) fn run(arguments: &[String]) -> io::Result<()> {
    if arguments.iter().any(|it| it == "--version") {
        return writeln!(io::stdout(), "a copying program, no GNU");
    }
    let mut words = Vec::new();
    for argument in arguments {
        match argument.strip_prefix('@') {
            Some(file) => words.extend(fs::read_to_string(file)?.split_whitespace().map(plain)),
            None => words.push(argument.clone()),
        }
    }
    let is_before_output = |word: &String| word == "-o" || word.starts_with("qcs");
    let at = words.iter().position(is_before_output).map(|at| at + 1);
    let output = at.filter(|at| *at < words.len()).map(|at| words.remove(at));
    let output = output.ok_or_else(|| io::Error::other("there is no output"))?;
    let mut hasher = DefaultHasher::new();
    for input in words.iter().filter(|word| Path::new(word).is_file()) {
        fs::read(input)?.hash(&mut hasher);
    }
    fs::write(output, format!("{:016x}", hasher.finish()))
}

fn plain(word: &str) -> String {
    word.trim_matches('"').to_owned()
}
