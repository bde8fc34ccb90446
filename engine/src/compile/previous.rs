//! What earlier builds have found out, as far as it still holds.

use std::sync::Arc;

use crate::base::{Digest, ModulePath, Name, TextRange};
use crate::codec;
use crate::compile::checked::{
    CheckedSource, IoctRecord, ShownInterface, exported_item, interface_fingerprint,
};
use crate::compile::checked::{checked_module, module_interface};
use crate::compile::diagnostics::module_diagnostics;
use crate::compile::imports::{import_target, import_targets};
use crate::compile::kept::{
    KeptHead, are_modules_as_left, are_parts_as_left, kept_head, own_shard, unaffected_parts,
};
use crate::compile::module::{
    Module, module_by_path, modules_of, own_module, program_module, source_name,
};
use crate::ir::{Interface, ioct};
use crate::lang::ImportDecl;
use crate::manifest::package_identity;
use crate::source::{Db, File, SourceText, package_state, remembered_manifest, source_text};
use crate::state::{ImportRow, ModuleHead, ModulePart, Shard, State, Use, UsedPart};
use crate::workspace::package_sources;

/// A module's part of its package's shard.
pub(crate) struct Previous {
    shard: Arc<Shard>,
    /// Which of its modules.
    index: usize,
}

impl Previous {
    /// What is remembered of the module, whether it still holds or not.
    pub(crate) fn of(db: &dyn Db, module: Module<'_>) -> Option<Previous> {
        let path = module.path(db);
        let state = state(db, module.root(db));
        let shard = state.shard(db.host(), &Name::new(path.package()))?;
        let index = shard.index_of(path)?;
        Some(Previous { shard, index })
    }

    fn part(&self) -> &ModulePart {
        self.shard.part(self.index)
    }

    fn head(&self) -> &ModuleHead {
        self.part().head()
    }

    /// What the module imports, as it is written, if its text is the same.
    pub(crate) fn imports(&self, db: &dyn Db, module: Module<'_>) -> Option<&[ImportRow]> {
        let is_same = self.head().source == source_digest(db, module);
        let row = is_same.then(|| self.part().row(db.host())).flatten()?;
        Some(&row.imports)
    }

    /// Whether the module's text is the same, and whether it is what is run. Where it is, no front end knows.
    fn is_same_source(&self, db: &dyn Db, module: Module<'_>) -> bool {
        let head = self.head();
        head.source == source_digest(db, module) && head.is_main == is_main(db, module)
    }
}

/// What was true of the workspace under `root` when its last build ended.
pub(crate) fn state(db: &dyn Db, root: File) -> Arc<State> {
    db.inputs().state_under(db, root)
}

/// The digest of a module's source. A source that looks as it did when its digest was computed is not read.
#[salsa::tracked(returns(copy))]
pub fn source_digest<'db>(db: &'db dyn Db, module: Module<'db>) -> Digest {
    let (state, source) = (state(db, module.root(db)), module.source(db));
    let inputs = state.inputs(db.host(), &Name::new(module.path(db).package()));
    if let Some(inputs) = inputs
        && let Some(then) = inputs.file(state.root(), source.path(db))
        && source.is_same(db, &then)
    {
        return then.digest;
    }
    text_digest(source_text(db, source))
}

/// The digest of a package's manifest, in the state in which queries have seen it.
pub fn manifest_digest(db: &dyn Db, manifest: File) -> Digest {
    let remembered = remembered_manifest(db, manifest).map(|it| it.digest);
    remembered.unwrap_or_else(|| text_digest(source_text(db, manifest)))
}

/// The digest of what was read, which is never that of a file where nothing could be read.
fn text_digest(source: &SourceText) -> Digest {
    match &source.problem {
        None => Digest::of(source.text.as_bytes()),
        Some(problem) => Digest::of(format!("\0{problem}")),
    }
}

/// What an earlier build made of the module, if it would make the same now: the same text, the same answers to all that its front
/// end asked.
pub(crate) fn previous_check(db: &dyn Db, module: Module<'_>) -> Option<CheckedSource> {
    let previous = Previous::of(db, module)?;
    if !previous.is_same_source(db, module) {
        return None;
    }
    let (head, row) = (previous.head(), previous.part().row(db.host())?);
    let targets = import_targets(db, module);
    if !targets.iter().map(|it| it.path(db)).eq(&row.targets) {
        return None;
    }
    if !row.uses.iter().all(|used| answer(db, module, used) == Some(used.answer)) {
        return None;
    }
    Some(CheckedSource {
        interface: ShownInterface::kept(head.interface),
        meaning: head.meaning.map(IoctRecord::Kept),
        positions: head.positions.map(IoctRecord::Kept),
        findings: row.findings.clone(),
        uses: Some(row.uses.clone()),
    })
}

/// What an earlier build made of the module, if there was nothing to say of it and nothing that it can see has changed since: its text and
/// place, the modules of its package, the interfaces of those that it imports, and those of other packages. The answers need not be compared.
pub(crate) fn untouched_check(db: &dyn Db, module: Module<'_>) -> Option<CheckedSource> {
    let KeptHead { head, sees } = kept_head(db, module).as_ref()?;
    let (root, package) = (module.root(db), module.package(db));
    let shows_the_same = |(path, then): &(ModulePath, u128)| {
        let other = own_module(db, root, package, path);
        other.is_some_and(|other| shown_fingerprint(db, other) == *then)
    };
    sees.iter().all(shows_the_same).then(|| CheckedSource {
        interface: ShownInterface::kept(head.interface),
        meaning: head.meaning.map(IoctRecord::Kept),
        positions: head.positions.map(IoctRecord::Kept),
        findings: Vec::new(),
        uses: None,
    })
}

/// The fingerprint of what a module shows.
///
/// A firewall: it absorbs edits of bodies.
#[salsa::tracked(returns(copy))]
fn shown_fingerprint<'db>(db: &'db dyn Db, module: Module<'db>) -> u128 {
    checked_module(db, module).interface.fingerprint
}

/// Whether what queries have seen of the sources of a package is all of one moment: no source was edited between two looks, and a
/// package that counts as unchanged still was when it was looked into.
pub fn is_of_one_moment(db: &dyn Db, root: File, package: File) -> bool {
    let mut modules = modules_of(db, root, package);
    if package_state(db, package).unchanged(db).is_none() {
        return modules.all(|module| module.source(db).observation(db).is_some());
    }
    let state = state(db, root);
    let inputs = state.inputs(db.host(), &package_identity(db, package).name);
    let is_as_then = |module: Module<'_>| {
        let source = module.source(db);
        let then = inputs.as_ref().and_then(|it| it.file(state.root(), source.path(db)));
        source.observation(db).is_some()
            && then.is_some_and(|then| then.digest == source_digest(db, module))
    };
    modules.all(is_as_then) && are_modules_as_left(db, root, package)
}

/// What is remembered of a module that is what it was: what it was made of is the same, and what was made of it too.
pub fn kept_part(db: &dyn Db, module: Module<'_>) -> Option<ModulePart> {
    let (previous, checked) = (Previous::of(db, module)?, checked_module(db, module));
    let holds = checked.is_kept()
        && checked.is_untouched()
        && !previous.part().is_broken()
        && previous.is_same_source(db, module)
        && is_as_left(db, module)
        && module_diagnostics(db, module).is_empty();
    holds.then(|| previous.part().clone())
}

/// The interface of a module that an earlier build has kept, if it has this fingerprint.
pub(crate) fn kept_interface(
    db: &dyn Db,
    module: Module<'_>,
    fingerprint: u128,
) -> Option<Arc<Interface>> {
    let previous = Previous::of(db, module)?;
    let is_same = previous.head().interface == fingerprint;
    let row = is_same.then(|| previous.part().row(db.host())).flatten()?;
    ioct::decode_interface(&row.interface.0).ok().map(Arc::new)
}

/// The fingerprint of what the front end of `module` would be answered now; `None` where what it asked about is not there any more.
fn answer(db: &dyn Db, module: Module<'_>, used: &Use) -> Option<u128> {
    let other = || module_by_path(db, module.root(db), &used.module);
    Some(match &used.part {
        UsedPart::Item(name) => exported_item(db, other()?, name.clone()).fingerprint,
        UsedPart::Interface => interface_fingerprint(module_interface(db, other()?)),
        UsedPart::Import(otherwise) => {
            let (named, otherwise) = (used.module.clone(), otherwise.clone());
            let import = ImportDecl { module: named, otherwise, range: TextRange::default() };
            let target = import_target(db, module, &import);
            codec::fingerprint(&target.map(|it| it.path(db).clone()))
        }
    })
}

/// Whether the outputs that the last build left of the module are what would be made of it now.
pub fn is_as_left(db: &dyn Db, module: Module<'_>) -> bool {
    let checked = checked_module(db, module);
    let Some(previous) = checked.is_kept().then(|| Previous::of(db, module)).flatten() else {
        return false;
    };
    let head = previous.head();
    head.origin == source_name(db, module.root(db), module.source(db)) && checked.is_as(head)
}

/// Whether the positions that the last build left of the modules of a package are what they are now, all of them and no others.
pub fn are_positions_as_left(db: &dyn Db, root: File, package: File) -> bool {
    let Some(shard) = own_shard(db, root, package) else { return false };
    let are_as_left = are_parts_as_left(db, root, package);
    let mut modules = unaffected_parts(db, root, package);
    let as_left = modules.all(|(module, unaffected)| {
        (are_as_left && unaffected.is_some())
            || shard.module(module.path(db)).is_some_and(|part| {
                let positions =
                    checked_module(db, module).positions.as_ref().map(IoctRecord::digest);
                let origin = source_name(db, root, module.source(db));
                part.head().positions == positions && part.head().origin == origin
            })
    });
    as_left && shard.paths().count() == package_sources(db, package).len()
}

/// Whether the module's `main` is what its package's program runs.
pub fn is_main(db: &dyn Db, module: Module<'_>) -> bool {
    let main = program_module(db, module.package(db));
    let path = module.path(db);
    main.as_ref().is_some_and(|main| path.components().skip(1).eq(main.split('/')))
}

/// The record of the meaning or of the positions of a module that has this digest, as it was kept or from its `.ioct` file: whoever asks
/// about one module of a package mostly asks about many, and those that were kept are in one file.
pub(crate) fn kept_record(db: &dyn Db, module: Module<'_>, digest: Digest) -> Option<Arc<[u8]>> {
    let previous = Previous::of(db, module)?;
    let state = state(db, module.root(db));
    let path = module.path(db);
    let kept = || state.records(db.host(), &Name::new(path.package()))?.find(path, digest);
    kept().or_else(|| {
        let row = previous.part().row(db.host())?;
        let file = db.host().read(&state.root().join(&row.file)).ok()?;
        let records = ioct::records(&file).ok()?;
        records.into_iter().find(|record| Digest::of(record) == digest).map(Arc::from)
    })
}

/// Whether an earlier build has kept all that there is to make of the module, so that what is lost of its outputs can be written again.
pub fn is_wholly_kept(db: &dyn Db, module: Module<'_>) -> bool {
    let checked = checked_module(db, module);
    let mut records = [&checked.meaning, &checked.positions].into_iter();
    records.all(|record| match record {
        Some(IoctRecord::Kept(digest)) => kept_record(db, module, *digest).is_some(),
        _ => false,
    })
}
