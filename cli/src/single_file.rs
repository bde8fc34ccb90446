//! A source file of Oats that is built by itself, without a manifest.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use oast_engine::base::{Digest, ModulePath, Name, relative_to};
use oast_engine::build::BuildRequest;
use oast_engine::host::{EntryKind, Host, OverlayHost};
use oast_engine::manifest::{Dialect, is_package_name};
use oast_engine::workspace::front_end;

use crate::commands::Context;
use crate::project::Project;
use crate::scaffold::quoted;

/// A file, as the package of which it is the entry. Its manifest is shown to the engine and never written.
///
/// Its outputs are beside it. All such packages of one directory share its state as the packages of a project would: each is asked for by name, so that a
/// build leaves alone what the others have made, and the outputs go when the directory gets a manifest of its own.
#[derive(Debug)]
pub(crate) struct SingleFile {
    package: Name,
    program: Name,
    manifest: Utf8PathBuf,
    text: Arc<str>,
}

impl SingleFile {
    /// The file at an absolute path.
    pub(crate) fn new(host: &dyn Host, path: &Utf8Path) -> SingleFile {
        let stem = path.file_stem().unwrap_or_default();
        let package = package_name(stem);
        let home = home(host, path);
        let below = |path: Utf8PathBuf| quoted(relative_to(&path, &home).as_str());
        let (entry, target) = (below(path.to_owned()), below(path.with_file_name("target")));
        let text = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nentry = {entry}\n\n\
             [build]\ntarget-dir = {target}\n"
        );
        SingleFile {
            package: Name::new(package),
            program: Name::new(stem),
            manifest: home.join(Dialect::Oats.manifest_name("")),
            text: text.into(),
        }
    }

    /// The project that it is the root package of.
    pub(crate) fn open<'a>(&self, context: &'a Context) -> Project<'a> {
        let host = OverlayHost::new(context.host.clone());
        host.set_buffer(&self.manifest, Some(self.text.clone()));
        Project::open_at(context, Arc::new(host), &self.manifest)
    }

    /// The request that builds it, and calls its program like the file unless the request says otherwise.
    pub(crate) fn asked_for(&self, request: BuildRequest) -> BuildRequest {
        let program_name = request.program_name.or_else(|| Some(self.program.clone()));
        BuildRequest { packages: vec![self.package.clone()], program_name, ..request }
    }
}

/// The directory that holds the file and all files that it reaches by its imports, or one of those that do.
fn home(host: &dyn Host, path: &Utf8Path) -> Utf8PathBuf {
    let language = front_end(Dialect::Oats);
    let root = path.ancestors().last().unwrap_or(path);
    let place = |module: &ModulePath| {
        let names = module.components().skip(1);
        let file = format!("{}.oats", names.collect::<Vec<_>>().join("/"));
        Some(root.join(file)).filter(|it| host.stat(it).is_ok_and(|it| it.kind == EntryKind::File))
    };
    let mut home = path.parent().unwrap_or(path).to_owned();
    let (mut pending, mut seen) = (vec![path.to_owned()], BTreeSet::new());
    while let Some(path) = pending.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        while !path.starts_with(&home) && home.pop() {}
        let Ok(text) = host.read(&path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        else {
            continue;
        };
        let importer = module_of(&path);
        let imports = language.imports(&text, &importer).into_iter();
        let own = imports.filter(|it| it.module.package() == importer.package());
        pending.extend(own.filter_map(|it| place(&it.module).or_else(|| place(&it.otherwise?))));
    }
    home
}

/// The file as a module of a package that is the whole file system, and which nobody can name.
fn module_of(path: &Utf8Path) -> ModulePath {
    let names = path.components().filter_map(|it| match it {
        Utf8Component::Normal(name) => Some(name),
        _ => None,
    });
    let path = std::iter::once(".").chain(names).collect::<Vec<_>>().join("/");
    ModulePath::new(path.strip_suffix(".oats").unwrap_or(&path))
}

/// The name of the package of the file `<stem>.oats`. Two files have never the same, nor objects of the same name, in which `-`
/// would become `_`.
fn package_name(stem: &str) -> String {
    if is_package_name(Dialect::Oats, stem) && !stem.contains('-') {
        return stem.to_owned();
    }
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let digest = Digest::of(stem).to_string();
    format!("{}_{}", stem.chars().map(fits).collect::<String>(), &digest[..8])
}

#[cfg(test)]
mod tests {
    use oast_engine::manifest::{Dialect, is_package_name};

    use super::package_name;

    #[test]
    fn every_file_has_a_package_name_of_its_own() {
        assert_eq!(package_name("main"), "main");
        let mut names = Vec::new();
        for stem in ["a_b", "a-b", "a b", "a.b", "é", "è", "oats", "", "2", "\"\n"] {
            let name = package_name(stem);
            assert!(is_package_name(Dialect::Oats, &name), "{stem}: {name}");
            assert!(!names.contains(&name), "{stem}: {name}");
            names.push(name);
        }
    }
}
