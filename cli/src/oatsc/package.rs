//! `oatsc --package-root`: one package, given its directory and the metadata of what it depends on.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::{Name, resolve};
use oast_engine::host::EntryKind;
use oast_engine::manifest::Dialect;

use crate::commands::{Context, build};
use crate::failure::{Exit, Failure};
use crate::oatsc::arguments::{Arguments, External};
use crate::project::{Project, Stopped};

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
    let project = Project::open_alone(context, &manifest, externs);
    if project.tell_manifest() {
        return Ok(Exit::Failed);
    }
    let name = project.root_package().unwrap_or_default();
    let output = match &arguments.output {
        Some(output) => resolve(&context.directory, output),
        None => context.directory.join(format!("{}_pkg.o", name.replace('-', "_"))),
    };
    Ok(build::exit(&project.compile(&output)?))
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
fn externs(
    context: &Context,
    written: &[External],
) -> Result<BTreeMap<Name, Utf8PathBuf>, Failure> {
    let mut externs = BTreeMap::new();
    for External { name, metadata } in written {
        if externs.contains_key(name.as_str()) {
            return Err(Failure::usage(format!("`--extern-pkg {name}` is given twice")));
        }
        let path = resolve(&context.directory, metadata);
        let stat = context.host.stat(&path);
        stat.map_err(|error| Failure::io("cannot read the metadata", metadata, &error))?;
        externs.insert(Name::new(name), path);
    }
    Ok(externs)
}
