//! Modules, and how they are found by name.
#![allow(missing_docs, reason = "the methods that salsa generates have none")]

use crate::base::{ModulePath, Name, below, resolve};
use crate::compile::previous::state;
use crate::compile::unchanged::unchanged_shard;
use crate::graph::package_graph;
use crate::manifest::{Dialect, is_metadata, package_identity};
use crate::source::{Db, File, file_at, package_state, source_text};
use crate::workspace::{front_end, package_sources};

/// A module of a package of a workspace.
#[salsa::interned(debug, revisions = usize::MAX)]
pub struct Module<'db> {
    /// The manifest at the root of the workspace.
    #[returns(copy)]
    pub root: File,
    /// The manifest of the package.
    #[returns(copy)]
    pub package: File,
    /// The source.
    #[returns(copy)]
    pub source: File,
    /// The logical name.
    #[returns(ref)]
    pub path: ModulePath,
}

/// What the front end of every module of a package must know of the package: its dialect, and the module that stands for it.
///
/// A firewall: it absorbs edits of the version and of the dependencies.
#[salsa::tracked(returns(ref))]
pub fn package_language(db: &dyn Db, package: File) -> (Dialect, Option<Name>) {
    let identity = package_identity(db, package);
    (identity.dialect, identity.main.clone())
}

/// The module, relative to its package, whose `main` a program runs; `None` where the package makes none.
///
/// A firewall: it absorbs what else is in that module.
#[salsa::tracked(returns(ref))]
pub fn program_module(db: &dyn Db, package: File) -> Option<Name> {
    if is_metadata(db, package) {
        return None;
    }
    if let Some(unchanged) = package_state(db, package).unchanged(db) {
        return unchanged.main.clone();
    }
    let (dialect, main) = package_language(db, package);
    let path = format!("{}/{}", package_identity(db, package).name, main.as_ref()?);
    let source = module_source(db, package, ModulePath::new(path))?;
    let begins = front_end(*dialect).begins_program(&source_text(db, source).text);
    main.clone().filter(|_| begins)
}

/// The modules of a package, sorted by path.
pub fn modules_of(db: &dyn Db, root: File, package: File) -> impl Iterator<Item = Module<'_>> {
    let sources = package_sources(db, package).iter();
    sources.map(move |(path, source)| Module::new(db, root, package, *source, path))
}

/// The module `path` of a package, if it has such a module; found in the list of all.
pub(crate) fn own_module<'db>(
    db: &'db dyn Db,
    root: File,
    package: File,
    path: &ModulePath,
) -> Option<Module<'db>> {
    let sources = package_sources(db, package);
    let index = sources.binary_search_by(|(it, _)| it.cmp(path)).ok()?;
    Some(Module::new(db, root, package, sources[index].1, path))
}

/// The packages whose modules the modules of `package` may import, by name: itself and what it depends on, as far as that is in no
/// circle of dependencies. Sorted by name.
///
/// A firewall: other packages of the workspace may come and go.
#[salsa::tracked(returns(ref))]
pub fn packages_in_reach(db: &dyn Db, root: File, package: File) -> Vec<(Name, File)> {
    let graph = package_graph(db, root);
    let own = &package_identity(db, package).name;
    let mut reach = vec![(own.clone(), package)];
    let node = graph.index_of(own).map(|index| &graph.packages[index]);
    if let Some(node) = node.filter(|node| node.manifest == package) {
        let dependencies = node.dependencies.iter().map(|edge| edge.to);
        let dependencies = dependencies.filter(|index| !graph.is_circular(*index));
        let dependencies = dependencies.map(|index| &graph.packages[index]);
        reach.extend(dependencies.map(|it| (it.name.clone(), it.manifest)));
    }
    reach.sort_by(|(left, _), (right, _)| left.cmp(right));
    reach
}

/// The source of the module `path` of a package, if it has such a module. The directories of a package none of whose files has
/// changed need not be listed for that.
pub(crate) fn source_of(db: &dyn Db, root: File, package: File, path: &ModulePath) -> Option<File> {
    let Some(shard) = unchanged_shard(db, root, package) else {
        return module_source(db, package, path.clone());
    };
    let origin = &shard.module(path)?.head().origin;
    Some(file_at(db, &resolve(state(db, root).root(), &**origin)))
}

/// The source of the module `path` of a package, if it has such a module.
///
/// A firewall: other modules of the package may come and go.
#[salsa::tracked(returns(copy))]
fn module_source(db: &dyn Db, package: File, path: ModulePath) -> Option<File> {
    let sources = package_sources(db, package);
    let index = sources.binary_search_by(|(it, _)| it.cmp(&path)).ok()?;
    Some(sources[index].1)
}

/// The module that `path` means in any package of the workspace.
pub(crate) fn module_by_path<'db>(
    db: &'db dyn Db,
    root: File,
    path: &ModulePath,
) -> Option<Module<'db>> {
    let graph = package_graph(db, root);
    let package = match graph.index_of(path.package()) {
        Some(index) => graph.packages[index].manifest,
        // Metadata describes what it mentions of packages that nobody else describes.
        None => {
            let mut prebuilt = graph.packages.iter().filter(|it| it.is_prebuilt);
            let holder = prebuilt.find(|it| module_source(db, it.manifest, path.clone()).is_some());
            holder?.manifest
        }
    };
    let source = source_of(db, root, package, path)?;
    Some(Module::new(db, root, package, source, path))
}

/// The path of a file as messages of built programs name it: relative to the workspace, with `/`.
pub fn source_name(db: &dyn Db, root: File, source: File) -> Name {
    let path = source.path(db);
    let directory = root.directory(db);
    if let Some(below) = below(path, directory) {
        return Name::new(below);
    }
    let mut up = Vec::new();
    for ancestor in directory.ancestors() {
        if let Ok(rest) = path.strip_prefix(ancestor) {
            up.extend(rest.components().map(|it| it.as_str()));
            break;
        }
        up.push("..");
    }
    Name::from(up.join("/"))
}
