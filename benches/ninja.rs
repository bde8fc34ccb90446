//! `ninja` on the C that `oast` has generated.
#![expect(clippy::disallowed_methods, reason = "the subject is processes and the disk")]
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::fs;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};

use crate::{Bench, fake_compiler, has_extension, touch};

/// Where ninja's files are, out of the way of `oast`, which clears up in its own.
const FOLDER: &str = "ninja";

/// Writes a `build.ninja` into the directory of a workspace that was built, and builds all; whether there is a ninja.
pub(crate) fn prepare(bench: &Bench) -> io::Result<bool> {
    if Command::new("ninja").arg("--version").stdout(Stdio::null()).status().is_err() {
        writeln!(io::stdout(), "ninja is not installed")?;
        return Ok(false);
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
    bench.row("ninja: cold", vec![bench.time(&mut command())])?;
    // There is something new in the directory of the workspace.
    bench.settle();
    Ok(true)
}

fn object(bench: &Bench, source: &str) -> String {
    let source = std::path::Path::new(source).strip_prefix(bench.root()).unwrap();
    format!("{FOLDER}/{}.o", source.display())
}

/// The build of all.
pub(crate) fn command() -> Command {
    let mut command = Command::new("ninja");
    command.arg("--quiet");
    command
}

/// Builds after all generated sources were touched.
pub(crate) fn touched(bench: &Bench) -> io::Result<()> {
    let list = bench.list();
    let touch_all = || touch(&list, |path| has_extension(path, "c"));
    let touched = bench.after(touch_all, &mut command());
    bench.row("ninja: every source touched", vec![touched])
}
