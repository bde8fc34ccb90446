//! `ninja` on the C that `oast` has generated.
#![expect(clippy::disallowed_methods, reason = "the subject is processes and the disk")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::fs;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use crate::{Bench, fake_compiler, has_extension, touch};

/// From how many modules on not all of them are compiled once more.
const TOO_MANY: usize = 10_001;

/// A `build.ninja` in the directory of a workspace that was built.
pub(crate) struct Ninja {
    sources: Vec<String>,
}

/// Where ninja's files are, out of the way of `oast`, which clears up in its own.
const FOLDER: &str = "ninja";

/// Writes the file and builds all; `None` where there is no ninja.
pub(crate) fn prepare(bench: &Bench) -> io::Result<Option<Ninja>> {
    if Command::new("ninja").arg("--version").stdout(Stdio::null()).status().is_err() {
        writeln!(io::stdout(), "ninja is not installed")?;
        return Ok(None);
    }
    let list = fs::read_to_string(bench.list())?;
    let sources: Vec<String> =
        list.lines().filter(|it| has_extension(it, "c")).map(str::to_owned).collect();
    let header = list.lines().find(|it| has_extension(it, "h")).unwrap();
    let folder = std::path::Path::new(header).parent().unwrap().display();
    let compiler =
        if bench.is_fake() { fake_compiler::command() } else { "cc -std=c11 -O0".to_owned() };
    let mut file = format!(
        "builddir = {FOLDER}\nrule cc\n  command = {compiler} -I{folder} -c $in -o $out\n\
         rule link\n  command = {compiler} -o $out @$out.rsp -lm -pthread\n  rspfile = $out.rsp\n  \
         rspfile_content = $in\n"
    );
    for source in &sources {
        file.extend(["build ", &object(bench, source), ": cc ", source, " | ", header, "\n"]);
    }
    file.extend(["build ", FOLDER, "/program: link"]);
    sources.iter().for_each(|source| file.extend([" ", &object(bench, source)]));
    fs::write(bench.root().join("build.ninja"), file + "\n")?;
    let ninja = Ninja { sources };
    bench.row("ninja: cold", vec![bench.time(&mut Ninja::command())])?;
    // There is something new in the directory of the workspace.
    bench.settle();
    Ok(Some(ninja))
}

fn object(bench: &Bench, source: &str) -> String {
    let source = std::path::Path::new(source).strip_prefix(bench.root()).unwrap();
    format!("{FOLDER}/{}.o", source.display())
}

impl Ninja {
    /// The build of all.
    pub(crate) fn command() -> Command {
        let mut command = Command::new("ninja");
        command.arg("--quiet");
        command
    }

    /// Builds after changes of the generated sources; an interface is nothing that ninja knows of.
    pub(crate) fn edits(&self, bench: &Bench) -> io::Result<()> {
        let is_module = |it: &&String| it.contains("/m") || it.contains("/M");
        let edited = self.sources.iter().find(is_module).unwrap_or(&self.sources[0]);
        let edit = || {
            let mut file = fs::File::options().append(true).open(edited).unwrap();
            file.write_all(b"\n").unwrap();
        };
        let times = bench.times(bench.runs, edit, Ninja::command);
        bench.row("ninja: one source edited", times)?;
        if TOO_MANY <= bench.modules() {
            return Ok(());
        }
        let list = bench.list();
        let touched = bench.times(1, || touch(&list, "c"), Ninja::command);
        bench.row("ninja: every source touched", touched)
    }
}
