//! Which modules import which.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::ModulePath;
use crate::compile::kept::kept_modules;
use crate::compile::module::{Module, modules_of, package_language, packages_in_reach, source_of};
use crate::compile::previous::Previous;
use crate::graph::order::order;
use crate::graph::package_graph;
use crate::lang::ImportDecl;
use crate::source::{Db, File};
use crate::state::ImportRow;
use crate::workspace::{may_hide, package_sources, source_imports};

/// The imports of a module, as they are written. Where its text is as it was, they are remembered, and it is not read.
#[salsa::tracked(returns(ref))]
pub fn module_imports<'db>(db: &'db dyn Db, module: Module<'db>) -> Arc<[ImportDecl]> {
    if let Some(previous) = Previous::of(db, module)
        && let Some(imports) = previous.imports(db, module)
    {
        let declared = |it: &ImportRow| {
            let ImportRow { module, otherwise, range } = it.clone();
            ImportDecl { module, otherwise, range }
        };
        return imports.iter().map(declared).collect();
    }
    let dialect = package_language(db, module.package(db)).0;
    source_imports(db, module.source(db), dialect, module.path(db).clone()).clone()
}

/// The modules that a module's imports mean, sorted by name, each once; an import that means none, or that is part of a circle, is
/// left out.
///
/// A firewall: it absorbs where imports stand, and modules that come and go without being imported.
#[salsa::tracked(returns(ref))]
pub fn import_targets<'db>(db: &'db dyn Db, module: Module<'db>) -> Vec<Module<'db>> {
    let (root, package) = (module.root(db), module.package(db));
    let order = package_order(db, root, package);
    let own = order.circle_of(module.path(db));
    let imports = module_imports(db, module).iter();
    let mut targets: Vec<Module<'db>> = imports
        .filter_map(|import| module_of_import(db, root, package, import))
        .filter(|target| own.is_none() || order.circle_of(target.path(db)) != own)
        .collect();
    targets.sort_by(|left, right| left.path(db).cmp(right.path(db)));
    targets.dedup();
    targets
}

/// The module that an import of `module` leads to.
pub(crate) fn import_target<'db>(
    db: &'db dyn Db,
    module: Module<'db>,
    import: &ImportDecl,
) -> Option<Module<'db>> {
    let target = module_of_import(db, module.root(db), module.package(db), import)?;
    import_targets(db, module).contains(&target).then_some(target)
}

/// The module that an import means to the modules of `package`, be it in a circle or not.
pub(crate) fn module_of_import<'db>(
    db: &'db dyn Db,
    root: File,
    package: File,
    import: &ImportDecl,
) -> Option<Module<'db>> {
    let all = std::iter::once(&import.module).chain(&import.otherwise);
    all.into_iter().find_map(|path| imported_module(db, root, package, path))
}

/// The module that `path` means to the modules of `package`: of a single component, the entry module of that package.
fn imported_module<'db>(
    db: &'db dyn Db,
    root: File,
    package: File,
    path: &ModulePath,
) -> Option<Module<'db>> {
    let reach = packages_in_reach(db, root, package);
    let index = reach.binary_search_by(|(name, _)| (**name).cmp(path.package())).ok()?;
    let package = reach[index].1;
    let entry = entry_module(db, package, path);
    let path = entry.as_ref().unwrap_or(path);
    let source = source_of(db, root, package, path)?;
    Some(Module::new(db, root, package, source, path))
}

/// Whether an import that leads nowhere may mean a module that can't be seen, since the sources of its package can't be read.
pub(crate) fn may_be_hidden(db: &dyn Db, root: File, package: File, import: &ImportDecl) -> bool {
    let reach = packages_in_reach(db, root, package);
    let mut all = std::iter::once(&import.module).chain(&import.otherwise);
    all.any(|path| {
        let target = reach.binary_search_by(|(name, _)| (**name).cmp(path.package()));
        target.is_ok_and(|index| {
            let entry = entry_module(db, reach[index].1, path);
            may_hide(db, reach[index].1, entry.as_ref().unwrap_or(path).as_str())
        })
    })
}

/// The entry module of `package`, if that is what `path` means.
fn entry_module(db: &dyn Db, package: File, path: &ModulePath) -> Option<ModulePath> {
    if path.as_str() != path.package() {
        return None;
    }
    let main = package_language(db, package).1.as_ref()?;
    Some(ModulePath::new(format!("{path}/{main}")))
}

/// Reads what the order of the modules of a package depends on.
pub fn read_imports(db: &dyn Db, root: File, package: File) {
    let kept = kept_modules(db, root, package);
    for (index, module) in modules_of(db, root, package).enumerate() {
        if kept.part(index).is_none() {
            module_imports(db, module);
        }
    }
}

/// The modules of its own package that the module's imports name, one for each import that names one.
pub fn own_imports(db: &dyn Db, module: Module<'_>) -> Vec<ModulePath> {
    let package = module.package(db);
    let sources = package_sources(db, package);
    let is_there = |path: &ModulePath| sources.binary_search_by(|(it, _)| it.cmp(path)).is_ok();
    let own = |path: &ModulePath| {
        let itself = Some(path.clone()).filter(is_there);
        itself.or_else(|| entry_module(db, package, path).filter(is_there))
    };
    let imports = module_imports(db, module).iter();
    let meant = |import: &ImportDecl| {
        own(&import.module).or_else(|| import.otherwise.as_ref().and_then(own))
    };
    imports.filter_map(meant).collect()
}

/// In which order the modules of a package can be checked.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ModuleOrder {
    /// The modules that are in no circle, by the length of the longest chain of imports below them in their package.
    pub levels: Vec<Vec<ModulePath>>,
    /// The modules that are in circles.
    pub circular: Vec<ModulePath>,
    /// A shortest circle of each group of modules that all reach each other by imports: each imports the next, the last the first.
    pub cycles: Vec<Vec<ModulePath>>,
    /// The group, by index into `cycles`, of each module that is in one.
    groups: FxHashMap<ModulePath, usize>,
}

impl ModuleOrder {
    /// All modules, what they import from their own package first where that is possible.
    pub fn sequence(&self) -> impl Iterator<Item = &ModulePath> {
        self.levels.iter().flatten().chain(&self.circular)
    }

    /// The group of modules importing each other to which the module belongs.
    pub fn circle_of(&self, module: &ModulePath) -> Option<usize> {
        self.groups.get(module).copied()
    }
}

/// The order of the modules of a package.
#[salsa::tracked(returns(ref))]
pub fn package_order(db: &dyn Db, root: File, package: File) -> ModuleOrder {
    let modules: Vec<Module<'_>> = modules_of(db, root, package).collect();
    let index: FxHashMap<&ModulePath, usize> =
        modules.iter().enumerate().map(|(index, module)| (module.path(db), index)).collect();
    let kept = kept_modules(db, root, package);
    let mut edges: Vec<(usize, usize)> = Vec::new();
    for (from, module) in modules.iter().enumerate() {
        let own: Cow<'_, [ModulePath]> = match kept.part(from) {
            Some(part) => part.head().own_imports.as_slice().into(),
            None => own_imports(db, *module).into(),
        };
        edges.extend(own.iter().filter_map(|path| index.get(path)).map(|to| (from, *to)));
    }
    let order = order(modules.len(), &edges);
    let path = |index: &usize| modules[*index].path(db).clone();
    let groups = order.cyclic.iter().enumerate();
    ModuleOrder {
        levels: order.levels.iter().map(|level| level.iter().map(path).collect()).collect(),
        circular: order.cyclic.iter().flatten().map(path).collect(),
        cycles: order.cycles.iter().map(|cycle| cycle.iter().map(path).collect()).collect(),
        groups: groups
            .flat_map(|(group, members)| members.iter().map(move |member| (path(member), group)))
            .collect(),
    }
}

/// All modules of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ModuleGraph {
    /// Each with its package's manifest and its source, by package (dependencies first), then by name.
    pub modules: Vec<(ModulePath, File, File)>,
    /// For each module the modules that it imports, by index, ascending; imports in circles are left out.
    pub imports: Vec<Vec<usize>>,
    /// The modules by the length of the longest chain of imports below them.
    pub levels: Vec<Vec<usize>>,
}

/// The graph of the modules inside and across the packages of a workspace. For those who want to see all of it: a build goes package by
/// package ([`package_order`]), so that it need not know modules of packages in which nothing has changed.
#[salsa::tracked(returns(ref))]
pub fn module_graph(db: &dyn Db, root: File) -> ModuleGraph {
    let packages = package_graph(db, root);
    let mut modules = Vec::new();
    for package in packages.order() {
        modules.extend(modules_of(db, root, package.manifest));
    }
    let index: FxHashMap<Module<'_>, usize> =
        modules.iter().enumerate().map(|(index, module)| (*module, index)).collect();
    let mut edges = Vec::new();
    let mut imports = Vec::with_capacity(modules.len());
    for (from, module) in modules.iter().enumerate() {
        let targets: FxHashSet<usize> = import_targets(db, *module)
            .iter()
            .filter_map(|target| index.get(target).copied())
            .collect();
        let mut targets: Vec<usize> = targets.into_iter().collect();
        targets.sort_unstable();
        edges.extend(targets.iter().map(|to| (from, *to)));
        imports.push(targets);
    }
    let order = order(modules.len(), &edges);
    let modules = modules.iter();
    let modules = modules.map(|it| (it.path(db).clone(), it.package(db), it.source(db))).collect();
    ModuleGraph { modules, imports, levels: order.levels }
}
