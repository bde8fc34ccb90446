//! Packages, what they depend on, and in which order they are built.

mod diagnostics;
pub mod order;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

pub use crate::graph::diagnostics::{graph_diagnostics, workspace_diagnostics};

use crate::base::{Name, resolve};
use crate::graph::diagnostics::Problem;
use crate::graph::order::{Order, order};
use crate::manifest::{
    DependencyKey, Dialect, SourceKey, dialect_of, is_metadata, manifest_kind,
    package_dependencies, package_identity, project_dependencies,
};
use crate::source::{Db, File, RememberedWorkspace, file_at, remembered_workspace};
use crate::state::PackageEntry;
use crate::workspace::{Member, package_manifests, workspace};

/// The packages of a workspace, members and those that they depend on. It says nothing of places in manifests; what is wrong is told
/// by [`graph_diagnostics`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PackageGraph {
    /// The packages, sorted by name; no two have the same name.
    pub packages: Vec<PackageNode>,
    /// The indices of those that are in no circle, by level: a package depends on packages of earlier levels only, or on some that
    /// are in a circle. By name within a level.
    pub levels: Vec<Vec<usize>>,
    /// A shortest circle of each group of packages that all depend on each other, by index: each depends on the next, the last on
    /// the first.
    pub cycles: Vec<Vec<usize>>,
    /// All packages that are in circles, ascending.
    circular: Vec<usize>,
    problems: Vec<Problem>,
}

/// A package in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageNode {
    /// Its name.
    pub name: Name,
    /// Its manifest.
    pub manifest: File,
    /// Where the manifest is.
    pub directory: Utf8PathBuf,
    /// The dialect of the manifest.
    pub dialect: Dialect,
    /// Whether the workspace lists it; else it is there because another depends on it.
    pub is_member: bool,
    /// Whether nothing is known of it but its metadata, which then stands for its manifest.
    pub is_prebuilt: bool,
    /// What it depends on, in the order of its manifest, as far as it was found.
    pub dependencies: Vec<PackageEdge>,
}

/// That a package depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PackageEdge {
    /// The other's index in [`PackageGraph::packages`].
    pub to: usize,
    /// The index of the dependency in the manifest's list.
    pub dependency: usize,
}

impl PackageNode {
    /// A package that is no member, and of which it is not known yet what it depends on.
    fn new(db: &dyn Db, name: Name, manifest: File) -> PackageNode {
        let path = manifest.path(db);
        let dialect = if is_metadata(db, manifest) {
            package_identity(db, manifest).dialect
        } else {
            dialect_of(path.file_name().unwrap_or_default())
        };
        PackageNode {
            name,
            manifest,
            directory: manifest.directory(db).to_owned(),
            dialect,
            is_member: false,
            is_prebuilt: false,
            dependencies: Vec::new(),
        }
    }

    /// The indices of what it depends on, in the order of the names.
    pub(crate) fn sorted_dependencies(&self) -> impl Iterator<Item = usize> {
        let mut sorted: Vec<usize> = self.dependencies.iter().map(|edge| edge.to).collect();
        sorted.sort_unstable();
        sorted.into_iter()
    }
}

impl PackageGraph {
    /// The index of the package of this name.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.packages.binary_search_by(|it| (*it.name).cmp(name)).ok()
    }

    /// The packages that are in no circle, what they depend on first.
    pub fn order(&self) -> impl Iterator<Item = &PackageNode> {
        self.levels.iter().flatten().map(|index| &self.packages[*index])
    }

    /// Whether the package at an index is in a circle, and so in no level.
    pub(crate) fn is_circular(&self, index: usize) -> bool {
        self.circular.binary_search(&index).is_ok()
    }

    /// Which packages, by index, can be reached from those at `roots`, which are among them.
    pub fn closure(&self, roots: impl IntoIterator<Item = usize>) -> Vec<bool> {
        let mut reached = vec![false; self.packages.len()];
        let mut pending: Vec<usize> = roots.into_iter().collect();
        while let Some(index) = pending.pop() {
            if !std::mem::replace(&mut reached[index], true) {
                pending.extend(self.packages[index].dependencies.iter().map(|edge| edge.to));
            }
        }
        reached
    }
}

/// The graph of the packages under a root manifest. A firewall: it reads names, requirements and directories, so that comments in
/// manifests, descriptions and sources stop before it or here.
#[salsa::tracked(returns(ref))]
pub fn package_graph(db: &dyn Db, root: File) -> PackageGraph {
    if let Some(remembered) = remembered_workspace(db, root) {
        return in_order(remembered_packages(db, remembered), Vec::new());
    }
    let mut loading = Loading::new(db, root);
    let mut next = 0;
    while next < loading.packages.len() {
        loading.link(next);
        next += 1;
    }
    loading.compare_names(root);
    let Loading { packages, problems, .. } = loading;
    in_order(packages, problems)
}

/// The packages of a workspace without mistakes whose manifests have not changed.
fn remembered_packages(db: &dyn Db, remembered: &RememberedWorkspace) -> Vec<PackageNode> {
    let node = |(entry, manifest): (&PackageEntry, &File)| {
        let edge = |(to, dependency): &(u32, u32)| PackageEdge {
            to: *to as usize,
            dependency: *dependency as usize,
        };
        PackageNode {
            is_member: entry.is_member,
            dependencies: entry.dependencies.iter().map(edge).collect(),
            ..PackageNode::new(db, entry.name.clone(), *manifest)
        }
    };
    remembered.row.packages.iter().zip(&remembered.manifests).map(node).collect()
}

fn in_order(packages: Vec<PackageNode>, problems: Vec<Problem>) -> PackageGraph {
    let packages = sorted_by_name(packages);
    let edges = packages.iter().enumerate();
    let edges =
        edges.flat_map(|(from, it)| it.dependencies.iter().map(move |edge| (from, edge.to)));
    let Order { levels, cycles, cyclic } = order(packages.len(), &edges.collect::<Vec<_>>());
    let mut circular = cyclic.concat();
    circular.sort_unstable();
    PackageGraph { packages, levels, cycles, circular, problems }
}

fn sorted_by_name(packages: Vec<PackageNode>) -> Vec<PackageNode> {
    let mut places: Vec<usize> = (0..packages.len()).collect();
    places.sort_by(|a, b| packages[*a].name.cmp(&packages[*b].name));
    let mut new_index = vec![0; packages.len()];
    places.iter().enumerate().for_each(|(new, old)| new_index[*old] = new);
    let mut sorted = packages;
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for edge in sorted.iter_mut().flat_map(|it| &mut it.dependencies) {
        edge.to = new_index[edge.to];
    }
    sorted
}

/// The graph while packages are still being found.
struct Loading<'db> {
    db: &'db dyn Db,
    packages: Vec<PackageNode>,
    by_name: FxHashMap<Name, usize>,
    /// What the project says of packages from elsewhere.
    shared: &'db [DependencyKey],
    problems: Vec<Problem>,
}

impl<'db> Loading<'db> {
    fn new(db: &'db dyn Db, root: File) -> Loading<'db> {
        let kind = manifest_kind(root.path(db).file_name().unwrap_or_default());
        let shared: &[DependencyKey] = match kind {
            Some(kind) if kind.is_project => project_dependencies(db, root),
            _ => &[],
        };
        let (packages, by_name) = (Vec::new(), FxHashMap::default());
        let mut loading = Loading { db, packages, by_name, shared, problems: Vec::new() };
        for Member { name, manifest, .. } in &workspace(db, root).members {
            let node = PackageNode::new(db, name.clone(), *manifest);
            loading.add(PackageNode { is_member: true, ..node });
        }
        for (dependency, key) in shared.iter().enumerate() {
            match loading.by_name.get(&key.name) {
                Some(found) => loading.check_version(root, dependency, key, *found),
                None => loading.problems.push(Problem::Unavailable { from: root, dependency }),
            }
        }
        loading
    }

    fn add(&mut self, package: PackageNode) -> usize {
        let index = self.packages.len();
        self.by_name.insert(package.name.clone(), index);
        self.packages.push(package);
        index
    }

    /// Adds the edges of a package, and the packages that they lead to.
    fn link(&mut self, from: usize) {
        let manifest = self.packages[from].manifest;
        for (dependency, key) in package_dependencies(self.db, manifest).iter().enumerate() {
            if key.name == self.packages[from].name {
                self.problems.push(Problem::Itself { from: manifest, dependency });
            } else if let Some(to) = self.find(from, dependency, key) {
                self.check_version(manifest, dependency, key, to);
                self.packages[from].dependencies.push(PackageEdge { to, dependency });
            }
        }
    }

    fn find(&mut self, from: usize, dependency: usize, key: &DependencyKey) -> Option<usize> {
        if let Some(externs) = self.db.inputs().externs() {
            let manifest = self.packages[from].manifest;
            let Some(path) = externs.get(&key.name) else {
                self.problems.push(Problem::MissingExtern { from: manifest, dependency });
                return None;
            };
            return Some(self.find_extern(manifest, dependency, key, path));
        }
        if let SourceKey::Path(path) = &key.source {
            let directory = resolve(&self.packages[from].directory, &**path);
            return self.find_in(self.packages[from].manifest, dependency, key, directory);
        }
        let found = self.by_name.get(&key.name).copied();
        let found = found.filter(|index| self.packages[*index].is_member);
        if found.is_none() && self.shared.iter().all(|it| it.name != key.name) {
            let near = self.near_member(from, key);
            let from = self.packages[from].manifest;
            self.problems.push(match near {
                Some(near) => Problem::Misspelt { from, dependency, near },
                None => Problem::Unavailable { from, dependency },
            });
        }
        found
    }

    /// The package that the metadata at `path` describes.
    fn find_extern(
        &mut self,
        from: File,
        dependency: usize,
        key: &DependencyKey,
        path: &Utf8Path,
    ) -> usize {
        let manifest = file_at(self.db, path);
        let name = package_identity(self.db, manifest).name.clone();
        if name != key.name {
            self.problems.push(Problem::OtherName { from, dependency, found: manifest });
        }
        let known = self.by_name.get(&name).copied();
        known.unwrap_or_else(|| {
            let node = PackageNode::new(self.db, name, manifest);
            self.add(PackageNode { is_prebuilt: true, ..node })
        })
    }

    fn find_in(
        &mut self,
        from: File,
        dependency: usize,
        key: &DependencyKey,
        directory: Utf8PathBuf,
    ) -> Option<usize> {
        let manifests = match package_manifests(self.db, &directory) {
            Ok(manifests) => manifests,
            Err(absence) => {
                let absence = absence.clone();
                self.problems.push(Problem::NoDirectory { from, dependency, absence });
                return None;
            }
        };
        let named = |it: &&File| package_identity(self.db, **it).name == key.name;
        let Some(manifest) = manifests.iter().find(named).or(manifests.first()).copied() else {
            self.problems.push(Problem::MissingManifest { from, dependency });
            return None;
        };
        if manifests.len() > 1 {
            let manifests = manifests.to_vec();
            self.problems.push(Problem::SeveralManifests { from, dependency, manifests });
        } else if !named(&&manifest) {
            self.problems.push(Problem::OtherName { from, dependency, found: manifest });
        }
        let name = package_identity(self.db, manifest).name.clone();
        match self.by_name.get(&name) {
            Some(index) if self.packages[*index].manifest == manifest => Some(*index),
            Some(index) => {
                let other = self.packages[*index].manifest;
                self.problems.push(Problem::SameName { from, dependency, found: manifest, other });
                None
            }
            None => Some(self.add(PackageNode::new(self.db, name, manifest))),
        }
    }

    /// Reports packages whose outputs would have one name, where the layout of the root's dialect makes them alike.
    fn compare_names(&mut self, root: File) {
        let kind = manifest_kind(root.path(self.db).file_name().unwrap_or_default());
        if kind.is_none_or(|kind| kind.dialect != Dialect::Oats) {
            return;
        }
        let mut seen: FxHashMap<String, File> = FxHashMap::default();
        for package in &self.packages {
            let other = package.manifest;
            if let Some(one) = seen.insert(package.name.replace('-', "_"), other) {
                self.problems.push(Problem::AlikeNames { one, other });
            }
        }
    }

    fn check_version(&mut self, from: File, dependency: usize, key: &DependencyKey, to: usize) {
        let found = self.packages[to].manifest;
        let version = &package_identity(self.db, found).version;
        if let (Some(wanted), Some(version)) = (&key.requirement, version)
            && !wanted.matches(version)
        {
            self.problems.push(Problem::OtherVersion { from, dependency, found });
        }
    }

    /// The member whose name was probably meant by the package at `from`.
    fn near_member(&self, from: usize, key: &DependencyKey) -> Option<Name> {
        if matches!(key.source, SourceKey::Git(..)) {
            return None;
        }
        let others = || self.packages.iter().enumerate().filter(|(index, _)| *index != from);
        let members = || others().filter(|(_, it)| it.is_member).map(|(_, it)| &*it.name);
        let plain = |name: &str| name.replace(['-', '_'], "").to_lowercase();
        let alike = members().find(|name| plain(name) == plain(&key.name));
        alike.or_else(|| crate::base::nearest(&key.name, members())).map(Name::new)
    }
}
