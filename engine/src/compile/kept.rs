//! The modules of a package that are as an earlier build has left them, found in one go: to ask about each by itself is dear where
//! there are many and one was edited.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{ModulePath, Name, below};
use crate::codec;
use crate::compile::checked::checked_module;
use crate::compile::imports::package_order;
use crate::compile::module::{
    Module, modules_of, package_language, packages_in_reach, source_name,
};
use crate::compile::previous::{is_main, source_digest, state};
use crate::compile::unchanged::package_interfaces;
use crate::manifest::package_identity;
use crate::source::{Db, File};
use crate::state::{InputsRow, ModuleHead, ModulePart, RememberedFile, Shard, Surroundings};
use crate::workspace::package_sources;

/// What is remembered of those modules of a package of which something holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptModules {
    shard: Option<Arc<Shard>>,
    /// For each module of the package, by name, where it is in the shard; empty where nothing holds of any.
    kept: Vec<Option<usize>>,
}

impl PartialEq for KeptModules {
    fn eq(&self, other: &KeptModules) -> bool {
        self.checksum() == other.checksum() && self.kept == other.kept
    }
}

impl Eq for KeptModules {}

impl KeptModules {
    /// What is remembered of the module that is at this place among the modules of the package, if it holds.
    pub(crate) fn part(&self, index: usize) -> Option<&ModulePart> {
        let at = (*self.kept.get(index)?)?;
        self.shard.as_ref().map(|shard| shard.part(at))
    }

    fn checksum(&self) -> Option<u64> {
        self.shard.as_ref().map(|shard| shard.checksum())
    }
}

/// What is remembered of the modules of a package, and of which of them that is what front ends would make of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct UntouchedModules {
    kept: KeptModules,
    /// For each module that is kept, whether all are that it reaches by imports within its package.
    untouched: Vec<bool>,
}

impl UntouchedModules {
    /// What is remembered of the module at this place among the modules of the package, if it is untouched.
    pub(crate) fn part(&self, index: usize) -> Option<&ModulePart> {
        self.kept.part(index).filter(|_| self.untouched[index])
    }
}

/// What is remembered of the modules of a package that has some now.
pub(crate) fn own_shard(db: &dyn Db, root: File, package: File) -> Option<Arc<Shard>> {
    let (path, _) = package_sources(db, package).first()?;
    state(db, root).shard(db.host(), &Name::new(path.package()))
}

/// The modules of a package of which there was nothing to say and whose text and place are what they were, if the package has the
/// modules that it had, and means the same by their names: each imports the same of them, and in no circle.
#[salsa::tracked(returns(ref))]
pub(crate) fn kept_modules(db: &dyn Db, root: File, package: File) -> KeptModules {
    let shard = own_shard(db, root, package)
        .filter(|shard| shard.surroundings().modules == modules_fingerprint(db, package));
    let Some(shard) = shard else { return KeptModules::default() };
    let own = &package_identity(db, package).name;
    let inputs = state(db, root).inputs(db.host(), own);
    let mut places = shard.paths().enumerate().peekable();
    let mut place_of = |path: &ModulePath| {
        while places.next_if(|(_, it)| *it < path).is_some() {}
        let (place, _) = places.next_if(|(_, it)| *it == path)?;
        shard.is_readable(place).then_some(place)
    };
    let kept = modules_of(db, root, package).map(|module| {
        let place = place_of(module.path(db))?;
        let head = shard.part(place).head();
        let holds = head.is_clean
            && head.is_main == is_main(db, module)
            && is_called(db, module, &head.origin)
            && has_text(db, module, head, inputs.as_deref());
        holds.then_some(place)
    });
    let kept = kept.collect();
    KeptModules { shard: Some(shard.clone()), kept }
}

/// Whether outputs name the source of a module like this.
fn is_called(db: &dyn Db, module: Module<'_>, origin: &Name) -> bool {
    let (root, source) = (module.root(db), module.source(db));
    match below(source.path(db), root.directory(db)) {
        Some(below) => *below == **origin,
        None => source_name(db, root, source) == *origin,
    }
}

/// Whether a module that is where it was has the text that it had.
fn has_text(
    db: &dyn Db,
    module: Module<'_>,
    head: &ModuleHead,
    inputs: Option<&InputsRow>,
) -> bool {
    let is_same =
        |then: RememberedFile| then.digest == head.source && module.source(db).is_same(db, &then);
    inputs.and_then(|it| it.file_below(&head.origin)).is_some_and(is_same)
        || source_digest(db, module) == head.source
}

/// The modules of a package of which there was nothing to say, where it sees of other packages what it saw, and is in no circle; and
/// which of them are untouched: nothing that they can see has changed. What is remembered of these is what front ends would make of them.
#[salsa::tracked(returns(ref))]
pub(crate) fn untouched_modules(db: &dyn Db, root: File, package: File) -> UntouchedModules {
    let KeptModules { shard, kept } = kept_modules(db, root, package);
    let Some(shard) = shard else { return UntouchedModules::default() };
    if shard.surroundings() != surroundings(db, root, package) {
        return UntouchedModules::default();
    }
    let sources = package_sources(db, package);
    let index: FxHashMap<&ModulePath, usize> =
        sources.iter().map(|(path, _)| path).zip(0..).collect();
    let (mut ordered, mut untouched) = (vec![None; sources.len()], vec![false; sources.len()]);
    for path in package_order(db, root, package).levels.iter().flatten() {
        let module = index[path];
        ordered[module] = kept[module];
        let is_untouched = |path| index.get(path).is_some_and(|it| untouched[*it]);
        untouched[module] = kept[module]
            .is_some_and(|at| shard.part(at).head().own_imports.iter().all(is_untouched));
    }
    UntouchedModules { kept: KeptModules { shard: Some(shard.clone()), kept: ordered }, untouched }
}

/// What is remembered of a module that is kept, and what that holds by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeptHead {
    /// What is remembered of it.
    pub(crate) head: Arc<ModuleHead>,
    /// The modules of its own package that have to show what they showed, each with a fingerprint of that; none where it is untouched.
    pub(crate) sees: Vec<(ModulePath, u128)>,
}

/// What tells of a kept module what front ends would make of it. Nothing is asked of the modules that it imports: where it is untouched,
/// that need not be, however long the chain of imports below it is.
///
/// A firewall: it absorbs which other modules are untouched.
#[salsa::tracked(returns(ref))]
pub(crate) fn kept_head<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<KeptHead> {
    let package = module.package(db);
    let UntouchedModules { kept, untouched } = untouched_modules(db, module.root(db), package);
    // Where nothing is kept, which modules there are need not be asked, and their coming and going concerns nobody.
    let shard = kept.shard.as_ref()?;
    let sources = package_sources(db, package);
    let index = sources.binary_search_by(|(it, _)| it.cmp(module.path(db))).ok()?;
    let head = kept.part(index)?.shared_head().clone();
    let seen = if untouched[index] { &[][..] } else { &head.own_imports };
    let shown = |path: &ModulePath| Some((path.clone(), shard.module(path)?.head().interface));
    let sees = seen.iter().map(shown).collect::<Option<_>>()?;
    Some(KeptHead { head, sees })
}

/// The modules of a package, sorted by path, and what is remembered of those that are untouched: what front ends would make of
/// them is that.
pub(crate) fn untouched_parts(
    db: &dyn Db,
    root: File,
    package: File,
) -> impl Iterator<Item = (Module<'_>, Option<&ModulePart>)> {
    let untouched = untouched_modules(db, root, package);
    modules_of(db, root, package).enumerate().map(|(index, it)| (it, untouched.part(index)))
}

/// The modules of a package, sorted by path, all of which are checked, and what is remembered of those that are untouched, or of which the
/// check has found that they see no change.
pub fn unaffected_parts(
    db: &dyn Db,
    root: File,
    package: File,
) -> impl Iterator<Item = (Module<'_>, Option<&ModulePart>)> {
    let kept = kept_modules(db, root, package);
    untouched_parts(db, root, package).enumerate().map(move |(index, (module, untouched))| {
        (module, untouched.or_else(|| unaffected_part(db, module, kept.part(index))))
    })
}

/// What is `kept` of a module, if it was checked and came out as that.
fn unaffected_part<'db>(
    db: &dyn Db,
    module: Module<'_>,
    kept: Option<&'db ModulePart>,
) -> Option<&'db ModulePart> {
    let checked = checked_module(db, module);
    kept.filter(|part| checked.is_untouched() && checked.is_as(part.head()))
}

/// A module of which the order of its package tells.
#[derive(Debug)]
pub struct OrderedModule<'db> {
    /// The module.
    pub module: Module<'db>,
    /// Whether it is untouched: what front ends would make of it is what was kept, and nobody has to ask.
    pub is_untouched: bool,
    kept: Option<&'db ModulePart>,
}

impl<'db> OrderedModule<'db> {
    /// The module `path` of a package.
    pub fn new(
        db: &'db dyn Db,
        root: File,
        package: File,
        path: &ModulePath,
    ) -> OrderedModule<'db> {
        let sources = package_sources(db, package);
        let index = sources.binary_search_by(|(it, _)| it.cmp(path));
        let index = index.expect("the order is one of the package's modules");
        let module = Module::new(db, root, package, sources[index].1, path);
        let is_untouched = untouched_modules(db, root, package).part(index).is_some();
        OrderedModule { module, is_untouched, kept: kept_modules(db, root, package).part(index) }
    }

    /// Whether nothing that it can see has changed; if it is not untouched, it is checked.
    pub fn is_unaffected(&self, db: &dyn Db) -> bool {
        self.is_untouched || unaffected_part(db, self.module, self.kept).is_some()
    }
}

/// Whether what is remembered of the modules of a package is what the last build has left: not only what an earlier one has, by which
/// queries go.
pub fn are_parts_as_left(db: &dyn Db, root: File, package: File) -> bool {
    let last = own_shard(db, root, package);
    untouched_modules(db, root, package).kept.checksum() == last.map(|shard| shard.checksum())
}

/// Whether a package consists of the modules that are remembered of it, and means the same by their names.
pub(crate) fn are_modules_as_left(db: &dyn Db, root: File, package: File) -> bool {
    let shard = own_shard(db, root, package);
    shard.is_some_and(|shard| shard.surroundings().modules == modules_fingerprint(db, package))
}

fn modules_fingerprint(db: &dyn Db, package: File) -> u128 {
    let paths: Vec<_> = package_sources(db, package).iter().map(|(path, _)| path).collect();
    codec::fingerprint(&(package_language(db, package), paths))
}

/// What the modules of a package can see beside each other.
///
/// A firewall: it absorbs all edits that the package cannot see.
#[salsa::tracked(returns(ref))]
pub fn surroundings(db: &dyn Db, root: File, package: File) -> Surroundings {
    let own = &package_identity(db, package).name;
    let reach = packages_in_reach(db, root, package).iter().filter(|(name, _)| name != own);
    let dependencies =
        reach.map(|(name, file)| (name.clone(), package_interfaces(db, root, *file)));
    let modules = modules_fingerprint(db, package);
    Surroundings { modules, dependencies: dependencies.collect() }
}
