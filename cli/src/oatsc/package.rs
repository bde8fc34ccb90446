//! `oatsc --package-root`: one package, given its directory and the metadata of what it depends on.

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::{Name, resolve};
use oast_engine::host::EntryKind;
use oast_engine::manifest::Dialect;

use crate::commands::Context;
use crate::failure::{Exit, Failure};
use crate::oatsc::arguments::{Arguments, External};
use crate::project::{Project, Stopped};

/// What is to be compiled.
struct Package {
    /// Where its manifest is, absolute.
    root: Utf8PathBuf,
    /// The packages that it may import, each with its metadata.
    externs: Vec<(Name, Utf8PathBuf)>,
    /// Where the object goes.
    output: Utf8PathBuf,
}

/// Compiles the package whose manifest is in the directory `written`.
pub(super) fn compile(
    context: &Context,
    written: &Utf8Path,
    arguments: &Arguments,
) -> Result<Exit, Stopped> {
    let root = directory(context, written)?;
    let manifest = root.join(Dialect::Oats.manifest_name(""));
    if context.host.stat(&manifest).is_err() {
        return Err(Failure::usage(format!("there is no package in `{written}`"))
            .hint("a package is a directory with an `Oats.toml`; `toasty new NAME` makes one")
            .into());
    }
    let externs = externs(context, &arguments.externs)?;
    let project = Project::open_at(context, context.host.clone(), &manifest);
    if project.tell_manifest() {
        return Ok(Exit::Failed);
    }
    let name = project.root_package().unwrap_or_default();
    let output = match &arguments.output {
        Some(output) => resolve(&context.directory, output),
        None => context.directory.join(format!("{}_pkg.o", name.replace('-', "_"))),
    };
    make(context, &Package { root, externs, output })
}

fn make(_context: &Context, package: &Package) -> Result<Exit, Stopped> {
    let Package { root, externs, output } = package;
    let others = externs.iter().map(|(name, metadata)| format!("`{name}` by `{metadata}`"));
    let others: Vec<String> = others.collect();
    let given = if others.is_empty() { "nothing".to_owned() } else { others.join(", ") };
    let message = format!(
        "cannot make `{output}` of `{root}`, given {given}: this version of oatsc compiles single files only"
    );
    Err(Failure::failed(message).hint("`toasty build` builds packages").into())
}

fn directory(context: &Context, written: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let path = resolve(&context.directory, written);
    let refusal = |why: &str| Failure::usage(format!("there is no package in `{written}`: {why}"));
    match context.host.stat(&path) {
        Ok(stat) if stat.kind == EntryKind::Directory => {
            context.host.canonical(&path).map_err(|error| refusal(&error.to_string()))
        }
        Ok(_) => Err(refusal("it is no directory")),
        Err(error) => Err(refusal(&error.to_string())),
    }
}

/// The packages that are given, each once and with metadata that is there.
fn externs(context: &Context, written: &[External]) -> Result<Vec<(Name, Utf8PathBuf)>, Failure> {
    let mut externs: Vec<(Name, Utf8PathBuf)> = Vec::new();
    for External { name, metadata } in written {
        if externs.iter().any(|(known, _)| known.as_str() == name) {
            return Err(Failure::usage(format!("`--extern-pkg {name}` is given twice")));
        }
        let path = resolve(&context.directory, metadata);
        let stat = context.host.stat(&path);
        stat.map_err(|error| Failure::io("cannot read the metadata", metadata, &error))?;
        externs.push((Name::new(name), path));
    }
    Ok(externs)
}
