//! Which modules a request is about, and in which order they are worked on.

use crate::base::ModulePath;
use crate::build::request::BuildRequest;
use crate::compile::{Module, ModuleGraph, module_graph};
use crate::graph::{PackageNode, package_graph};
use crate::source::{Db, File};

/// The packages and modules that a request is about: what it names and all that this depends on.
#[derive(Debug)]
pub(crate) struct Selection<'db> {
    pub(crate) root: File,
    /// The packages, dependencies first. Those in circles are left out.
    pub(crate) packages: Vec<&'db PackageNode>,
    graph: &'db ModuleGraph,
    /// The modules by level, as indices into the graph.
    pub(crate) levels: Vec<Vec<usize>>,
}

impl<'db> Selection<'db> {
    /// What `request` is about in the workspace under `root`.
    pub(crate) fn new(db: &'db dyn Db, root: File, request: &BuildRequest) -> Selection<'db> {
        let packages = package_graph(db, root);
        let named = |node: &PackageNode| {
            if request.packages.is_empty() {
                node.is_member
            } else {
                request.packages.contains(&node.name)
            }
        };
        let roots = packages.packages.iter().enumerate().filter(|(_, node)| named(node));
        let closure = packages.closure(roots.map(|(index, _)| index));
        let is_selected = |name: &str| packages.index_of(name).is_some_and(|index| closure[index]);
        let graph = module_graph(db, root);
        let selected = |level: &Vec<usize>| -> Vec<usize> {
            let own = |index: &&usize| is_selected(graph.modules[**index].0.package());
            level.iter().filter(own).copied().collect()
        };
        let levels = graph.levels.iter().map(selected).filter(|level| !level.is_empty());
        Selection {
            root,
            packages: packages.order().filter(|node| is_selected(&node.name)).collect(),
            graph,
            levels: levels.collect(),
        }
    }

    /// The module with this index, as a handle of any thread knows it.
    pub(crate) fn module<'other>(&self, db: &'other dyn Db, index: usize) -> Module<'other> {
        let (path, package, source) = &self.graph.modules[index];
        Module::new(db, self.root, *package, *source, path)
    }

    /// The path of the module with this index.
    pub(crate) fn path(&self, index: usize) -> &'db ModulePath {
        &self.graph.modules[index].0
    }

    /// `package` and all that it depends on, dependencies first.
    pub(crate) fn closure(&self, db: &'db dyn Db, package: &PackageNode) -> Vec<&'db PackageNode> {
        let graph = package_graph(db, self.root);
        let reached = graph.closure(graph.index_of(&package.name));
        let is_reached =
            |node: &&PackageNode| graph.index_of(&node.name).is_some_and(|index| reached[index]);
        graph.order().filter(is_reached).collect()
    }

    /// The modules, by index, that the module with this index imports.
    pub(crate) fn imports(&self, index: usize) -> &'db [usize] {
        &self.graph.imports[index]
    }

    /// How many modules the workspace has; indices are below.
    pub(crate) fn bound(&self) -> usize {
        self.graph.modules.len()
    }

    /// How many modules are selected, those in circles left out.
    pub(crate) fn len(&self) -> usize {
        self.levels.iter().map(Vec::len).sum()
    }
}
