//! Going through the packages of a request, dependencies first, and looking only into those in which something can have changed.

use camino::Utf8PathBuf;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{ModulePath, Name, relative_to};
use crate::build::ahead::expect;
use crate::build::emit::program_of;
use crate::build::error::BuildError;
use crate::build::progress::{Event, Progress};
use crate::build::request::{BuildRequest, Report};
use crate::build::survey::{self, Place, Surveyed, Wanted};
use crate::build::way::Way;
use crate::build::workers::Workers;
use crate::compile::{
    Module, OrderedModule, checked_module, import_targets, module_diagnostics, package_diagnostics,
    package_interfaces, package_order, read_imports, unchanged_closures,
};
use crate::graph::{PackageNode, package_graph, workspace_diagnostics};
use crate::host::CancelToken;
use crate::source::{Db, Diagnostic, File};
use crate::state::Seen;
use crate::workspace::package_sources;

/// A walk through the packages that a request is about: those that it names and all that these depend on.
pub(crate) struct Walk<'a, 'db> {
    pub(crate) db: &'db dyn Db,
    pub(crate) root: File,
    pub(crate) workers: &'a Workers,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) cancel: &'a CancelToken,
    /// The packages by level; those in circles are left out.
    pub(crate) levels: Vec<Vec<&'db PackageNode>>,
    surveyed: FxHashMap<Name, Surveyed>,
    /// The fingerprints of what those packages show that were left, by their manifests.
    shown: FxHashMap<File, u128>,
    /// Modules that cannot be built: they have no meaning, or what they import has none.
    unsound: FxHashSet<ModulePath>,
    /// The packages that were looked into.
    entered: FxHashSet<Name>,
    modules: usize,
}

/// What is done with the modules of packages that are looked into.
pub(crate) trait Visitor<'db> {
    /// Whether a package that is unchanged need not be looked into as far as the visitor is concerned.
    fn is_content(&self, surveyed: &Surveyed) -> bool;

    /// A package will be looked into, which looked like this from outside.
    fn enter(&mut self, _package: &'db PackageNode, _surveyed: Option<&Surveyed>) {}

    /// A package is left as it is.
    fn leave(&mut self, package: &'db PackageNode, surveyed: &Surveyed);

    /// These modules, all of whose imports were visited, are checked.
    fn modules(&mut self, modules: &[(Module<'db>, Standing)]) -> Result<(), BuildError>;
}

/// What is to be done with a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It cannot be built.
    Unsound,
    /// It can be built.
    Sound,
    /// It can be built, and all that front ends would make of it is what an earlier build has kept.
    Unaffected,
}

impl<'a, 'db> Walk<'a, 'db> {
    /// A walk through what `request` is about in the workspace under `root`; `ways` are those in which outputs are wanted. Behind them
    /// stands how some packages were seen to look, and whether queries were told.
    pub(crate) fn new(
        (db, root): (&'db dyn Db, File),
        request: &BuildRequest,
        ways: &[Way],
        (mut surveyed, is_told): (FxHashMap<Name, Surveyed>, bool),
        workers: &'a Workers,
        (progress, cancel): (&'a dyn Progress, &'a CancelToken),
    ) -> Walk<'a, 'db> {
        let graph = package_graph(db, root);
        show(db, root, progress);
        let named = |node: &PackageNode| match &*request.packages {
            [] => node.is_member,
            names => names.contains(&node.name),
        };
        let roots = graph.packages.iter().enumerate().filter(|(_, node)| named(node));
        let closure = graph.closure(roots.map(|(index, _)| index));
        let level = |level: &Vec<usize>| {
            let selected = level
                .iter()
                .filter(|index| closure[**index] && !graph.packages[**index].is_prebuilt);
            selected.map(|index| &graph.packages[*index]).collect()
        };
        let levels: Vec<Vec<&PackageNode>> = graph.levels.iter().map(level).collect();
        let directory = root.directory(db);
        let others = levels.iter().flatten().filter(|node| !surveyed.contains_key(&node.name));
        let others: Vec<(&Name, Utf8PathBuf)> =
            others.map(|node| (&node.name, manifest_name(db, root, node.manifest))).collect();
        let wanted: Vec<Wanted<'_>> =
            others.iter().map(|(name, manifest)| (*name, manifest.as_str())).collect();
        let seen = Seen::default();
        let place = Place { host: db.host(), root: directory, seen: &seen, renew: false };
        let threads = workers.count();
        surveyed.extend(survey::packages(place, &wanted, ways, threads, &mut |_| ()));
        if !is_told || !others.is_empty() {
            let known = |node: &&'db PackageNode| Some((*node, &surveyed.get(&node.name)?.known));
            expect(db, root, levels.iter().flatten().filter_map(known));
        }
        Walk {
            db,
            root,
            workers,
            progress,
            cancel,
            levels,
            surveyed,
            shown: FxHashMap::default(),
            unsound: FxHashSet::default(),
            entered: FxHashSet::default(),
            modules: 0,
        }
    }

    /// The packages, dependencies first.
    pub(crate) fn packages(&self) -> impl Iterator<Item = &'db PackageNode> {
        self.levels.iter().flatten().copied()
    }

    /// How a package looked from outside.
    pub(crate) fn surveyed(&self, package: &Name) -> Option<&Surveyed> {
        self.surveyed.get(package)
    }

    /// How those packages looked that were not looked into.
    pub(crate) fn left(&self) -> impl Iterator<Item = &Surveyed> {
        let left = self.packages().filter(|package| !self.has_entered(&package.name));
        left.filter_map(|package| self.surveyed.get(&package.name))
    }

    /// `package` and all that it depends on, dependencies first.
    pub(crate) fn closure(&self, package: &PackageNode) -> Vec<&'db PackageNode> {
        let graph = package_graph(self.db, self.root);
        let reached = graph.closure(graph.index_of(&package.name));
        let order = graph.levels.iter().flatten().filter(|index| reached[**index]);
        order.map(|index| &graph.packages[*index]).collect()
    }

    /// Whether a package was looked into.
    pub(crate) fn has_entered(&self, package: &Name) -> bool {
        self.entered.contains(package)
    }

    /// Whether every module of a package can be built.
    pub(crate) fn is_sound(&self, package: &PackageNode) -> bool {
        let sources = || package_sources(self.db, package.manifest).iter();
        self.unsound.is_empty()
            || !self.has_entered(&package.name)
            || sources().all(|(it, _)| !self.unsound.contains(it))
    }

    /// Goes through all packages. Once a module has errors, nothing more is told to the visitor unless `keep_going`, but the rest is
    /// still checked. Yields whether everything was told.
    pub(crate) fn run(
        &mut self,
        visitor: &mut impl Visitor<'db>,
        keep_going: bool,
    ) -> Result<bool, BuildError> {
        let mut going = keep_going
            || !workspace_diagnostics(self.db, self.root).iter().any(Diagnostic::is_error);
        let levels = self.levels.clone();
        let mut asked = 0;
        for (index, level) in levels.iter().enumerate() {
            let mut entered = Vec::new();
            for package in level.iter().copied() {
                match self.surveyed.get(&package.name) {
                    Some(it) if visitor.is_content(it) && self.shows_the_same(package, it) => {
                        self.modules += it.known.row.modules as usize;
                        self.shown.insert(package.manifest, it.known.row.summary.interfaces);
                        if going {
                            visitor.leave(package, it);
                        }
                    }
                    surveyed => {
                        visitor.enter(package, surveyed);
                        entered.push(package);
                    }
                }
            }
            if !entered.is_empty() {
                self.ask_interfaces(&levels[asked..index]);
                asked = index;
                self.enter(&entered, visitor, keep_going, &mut going)?;
            }
        }
        Ok(going)
    }

    /// Asks what packages of some levels show, the lowest first, where something in them or below has changed: each asks those that it depends
    /// on, and one that nobody has asked before would make that a recursion as deep as the graph.
    fn ask_interfaces(&self, levels: &[Vec<&'db PackageNode>]) {
        let unchanged = unchanged_closures(self.db, self.root);
        for package in levels.iter().flatten().filter(|it| !unchanged.contains(&it.manifest)) {
            package_interfaces(self.db, self.root, package.manifest);
        }
    }

    /// Whether what a package depends on shows what it showed when the package was looked into.
    fn shows_the_same(&self, package: &PackageNode, surveyed: &Surveyed) -> bool {
        let graph = package_graph(self.db, self.root);
        let now = package.sorted_dependencies().map(|index| &graph.packages[index]);
        let now = now.map(|node| (&node.name, self.interfaces(node)));
        surveyed.known.row.summary.dependencies.iter().map(|(name, it)| (name, *it)).eq(now)
    }

    /// The fingerprint of what a package of an earlier level shows.
    pub(crate) fn interfaces(&self, package: &PackageNode) -> u128 {
        match self.shown.get(&package.manifest) {
            Some(shown) => *shown,
            None => package_interfaces(self.db, self.root, package.manifest),
        }
    }

    /// The module whose `main` is run, if programs are made of a package.
    pub(crate) fn program(&self, package: &PackageNode) -> Option<&Name> {
        match self.surveyed.get(&package.name) {
            Some(it) if !self.has_entered(&package.name) => {
                it.known.row.summary.main.as_ref().filter(|_| package.is_member)
            }
            _ => program_of(self.db, package),
        }
    }

    /// Looks into packages of one level.
    fn enter(
        &mut self,
        packages: &[&'db PackageNode],
        visitor: &mut impl Visitor<'db>,
        keep_going: bool,
        going: &mut bool,
    ) -> Result<(), BuildError> {
        self.entered.extend(packages.iter().map(|package| package.name.clone()));
        let (db, root) = (self.db, self.root);
        let manifests: Vec<File> = packages.iter().map(|package| package.manifest).collect();
        let orders: Vec<&crate::compile::ModuleOrder> = {
            self.workers.each(db, &manifests, |db, manifest| {
                read_imports(db, root, *manifest);
            });
            manifests.iter().map(|manifest| package_order(db, root, *manifest)).collect()
        };
        for (order, package) in orders.iter().zip(packages) {
            self.unsound.extend(order.circular.iter().cloned());
            let modules: usize = order.levels.iter().map(Vec::len).sum();
            self.modules += modules + order.circular.len();
            self.progress.event(Event::CheckStarted { modules });
            debug_assert_eq!(
                modules + order.circular.len(),
                package_sources(db, package.manifest).len()
            );
        }
        let depth = orders.iter().map(|order| order.levels.len()).max().unwrap_or_default();
        for level in 0..depth {
            if self.cancel.is_cancelled() {
                return Err(BuildError::Interrupted);
            }
            let paths = orders.iter().zip(packages).flat_map(|(order, package)| {
                let level = order.levels.get(level).into_iter().flatten();
                level.map(|path| (package.manifest, path))
            });
            let modules: Vec<OrderedModule<'db>> = paths
                .map(|(manifest, path)| OrderedModule::new(db, root, manifest, path))
                .collect();
            let has_errors = self.check(&modules);
            *going &= keep_going || !has_errors;
            let standing = modules.into_iter().map(|it| (it.module, self.mark(&it)));
            let standing: Vec<(Module<'db>, Standing)> = standing.collect();
            if *going {
                visitor.modules(&standing)?;
            }
        }
        Ok(())
    }

    /// Brings modules, all of whose imports are done, through the front end, but for those that are untouched, of which there is
    /// nothing to say; yields whether one has errors.
    fn check(&self, modules: &[OrderedModule<'db>]) -> bool {
        let touched = modules.iter().filter(|it| !it.is_untouched).map(|it| it.module);
        let keys: Vec<(File, File, ModulePath)> = touched
            .map(|it| (it.package(self.db), it.source(self.db), it.path(self.db).clone()))
            .collect();
        let root = self.root;
        let errors = self.workers.each(self.db, &keys, |db, (package, source, path)| {
            let module = Module::new(db, root, *package, *source, path);
            module_diagnostics(db, module).iter().any(Diagnostic::is_error)
        });
        self.progress.event(Event::Checked { modules: modules.len() });
        errors.contains(&true)
    }

    /// Whether the module can be built, which is written down.
    fn mark(&mut self, ordered: &OrderedModule<'db>) -> Standing {
        let (db, module) = (self.db, ordered.module);
        let unaffected = ordered.is_unaffected(db);
        let sound = (unaffected || checked_module(db, module).meaning.is_some())
            && (self.unsound.is_empty()
                || import_targets(db, module).iter().all(|it| !self.unsound.contains(it.path(db))));
        match sound {
            true if unaffected => Standing::Unaffected,
            true => Standing::Sound,
            false => {
                self.unsound.insert(module.path(db).clone());
                Standing::Unsound
            }
        }
    }

    /// What there is to say of all packages of the walk; counts of what was made are for the caller to add.
    pub(crate) fn report(&self) -> Report {
        let directory = self.root.directory(self.db);
        let mut diagnostics: Vec<Diagnostic> = workspace_diagnostics(self.db, self.root);
        for package in self.packages() {
            let remembered = match self.surveyed.get(&package.name) {
                Some(it) if !self.has_entered(&package.name) => {
                    crate::compile::decode_diagnostics(directory, &it.known.row.summary.diagnostics)
                }
                _ => None,
            };
            diagnostics.extend(remembered.unwrap_or_else(|| {
                package_diagnostics(self.db, self.root, package.manifest).clone()
            }));
        }
        let (packages, modules) = (self.packages().count(), self.modules);
        Report { diagnostics, packages, modules, ..Report::default() }
    }
}

/// A manifest as it is called in the state of a workspace.
pub(crate) fn manifest_name(db: &dyn Db, root: File, manifest: File) -> Utf8PathBuf {
    relative_to(manifest.path(db), root.directory(db))
}

/// Tells which manifests there are and how packages depend on each other.
fn show(db: &dyn Db, root: File, progress: &dyn Progress) {
    let graph = package_graph(db, root);
    progress.event(Event::ManifestFound(root.path(db).clone()));
    for package in graph.packages.iter().filter(|package| package.manifest != root) {
        progress.event(Event::ManifestFound(package.manifest.path(db).clone()));
    }
    let name = |index: usize| graph.packages[index].name.to_string();
    let shown = graph.order().map(|package| {
        let dependencies = package.dependencies.iter().map(|edge| name(edge.to)).collect();
        (package.name.to_string(), dependencies)
    });
    progress.event(Event::PackageGraph(shown.collect()));
}
