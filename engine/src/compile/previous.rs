//! What earlier builds have found out, as far as it still holds.

use std::sync::Arc;

use camino::Utf8Path;

use crate::base::{Digest, ModulePath, Name, TextRange};
use crate::codec::{self, Bytes, Kind};
use crate::compile::checked::{CheckedSource, Record, exported_item, interface_fingerprint};
use crate::compile::checked::{checked_module, module_interface};
use crate::compile::imports::{import_target, import_targets};
use crate::compile::module::modules_of;
use crate::compile::module::{
    Module, module_by_path, package_language, packages_in_reach, source_name,
};
use crate::ir::{Interface, ioct};
use crate::lang::ImportDecl;
use crate::manifest::package_identity;
use crate::source::{
    Db, Diagnostic, File, SourceText, Unchanged, package_state, remembered_manifest, source_text,
};
use crate::state::{ModuleRow, Shard, State, Use, UsedPart};
use crate::workspace::package_sources;

const DIAGNOSTICS: Kind = Kind { magic: *b"ODIA", format: 1 };

/// A module's row in its package's shard.
pub(crate) struct Previous {
    shard: Arc<Shard>,
    path: ModulePath,
}

impl Previous {
    /// What is remembered of the module, whether it still holds or not.
    pub(crate) fn of(db: &dyn Db, module: Module<'_>) -> Option<Previous> {
        let path = module.path(db);
        let state = state(db, module.root(db));
        let shard = state.shard(db.host(), &Name::new(path.package()))?;
        shard.module(path)?;
        Some(Previous { shard, path: path.clone() })
    }

    /// The row.
    pub(crate) fn row(&self) -> &ModuleRow {
        self.shard.module(&self.path).expect("it was there")
    }
}

/// What was true of the workspace under `root` when its last build ended.
pub(crate) fn state(db: &dyn Db, root: File) -> Arc<State> {
    db.inputs().state(root.path(db).parent().unwrap_or(Utf8Path::new("/")))
}

/// What is remembered of the modules of a package none of whose files has changed.
pub(crate) fn unchanged_shard(db: &dyn Db, root: File, package: File) -> Option<Arc<Shard>> {
    package_state(db, package).unchanged(db).as_ref()?;
    state(db, root).shard(db.host(), &package_identity(db, package).name)
}

/// The digest of a module's source. A source that looks as it did when its digest was computed is not read.
#[salsa::tracked(returns(copy))]
pub fn source_digest<'db>(db: &'db dyn Db, module: Module<'db>) -> Digest {
    let (state, source) = (state(db, module.root(db)), module.source(db));
    let inputs = state.inputs(db.host(), &Name::new(module.path(db).package()));
    if let Some(inputs) = inputs
        && let Some((observed, digest)) = inputs.file(state.root(), source.path(db))
        && source.still_looks(db, observed)
    {
        return digest;
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
    let row = previous.row();
    if row.source != source_digest(db, module) || row.is_main != is_main(db, module) {
        return None;
    }
    if row.origin != source_name(db, module.root(db), module.source(db)) {
        return None;
    }
    let targets = import_targets(db, module);
    if !targets.iter().map(|it| it.path(db)).eq(&row.targets) {
        return None;
    }
    if !row.uses.iter().all(|used| answer(db, module, used) == Some(used.answer)) {
        return None;
    }
    let interface = ioct::decode_interface(&row.interface.0).ok()?;
    Some(CheckedSource {
        interface: Arc::new(interface),
        meaning: row.meaning.map(Record::Kept),
        positions: row.positions.map(Record::Kept),
        findings: row.findings.clone(),
        uses: row.uses.clone(),
    })
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
    let row = previous.row();
    row.origin == source_name(db, module.root(db), module.source(db))
        && row.meaning == checked.meaning.as_ref().map(Record::digest)
        && row.positions == checked.positions.as_ref().map(Record::digest)
        && row.interface.0 == ioct::encode_interface(&checked.interface)
}

/// Whether the positions that the last build left of the modules of a package are what they are now, all of them and no others.
pub fn are_positions_as_left(db: &dyn Db, root: File, package: File) -> bool {
    let Some(shard) = state(db, root).shard(db.host(), &package_identity(db, package).name) else {
        return false;
    };
    let mut modules = modules_of(db, root, package);
    let as_left = modules.all(|module| {
        shard.module(module.path(db)).is_some_and(|row| {
            let positions = checked_module(db, module).positions.as_ref().map(Record::digest);
            row.positions == positions && row.origin == source_name(db, root, module.source(db))
        })
    });
    as_left && shard.len() == package_sources(db, package).len()
}

/// Whether the module's `main` is what its package's program runs.
pub fn is_main(db: &dyn Db, module: Module<'_>) -> bool {
    let (_, main) = package_language(db, module.package(db));
    let path = module.path(db);
    main.as_ref().is_some_and(|main| path.components().skip(1).eq(main.split('/')))
}

/// The records of the meaning and the positions in the module's `.ioct` file, if it has those of these digests.
pub(crate) fn kept_record(db: &dyn Db, module: Module<'_>, digest: Digest) -> Option<Arc<[u8]>> {
    let previous = Previous::of(db, module)?;
    let root = module.root(db);
    let path = state(db, root).root().join(&previous.row().file);
    let file = db.host().read(&path).ok()?;
    let records = ioct::records(&file).ok()?;
    records.into_iter().find(|record| Digest::of(record) == digest).map(Arc::from)
}

/// What is remembered of a package that need not be looked into: none of its files has changed, and what it depends on shows what it
/// showed then.
#[salsa::tracked(returns(ref))]
pub fn unchanged_package(db: &dyn Db, root: File, package: File) -> Option<Arc<Unchanged>> {
    let unchanged = package_state(db, package).unchanged(db).clone()?;
    let own = &package_identity(db, package).name;
    let reach = packages_in_reach(db, root, package).iter().filter(|(name, _)| name != own);
    let now = reach.map(|(name, file)| (name.clone(), package_interfaces(db, root, *file)));
    unchanged.dependencies.iter().cloned().eq(now).then_some(unchanged)
}

/// One fingerprint for the interfaces of all modules of a package, and for which of them an import of the package itself means.
///
/// A firewall: it absorbs all edits that no other package can see.
#[salsa::tracked(returns(copy))]
pub fn package_interfaces(db: &dyn Db, root: File, package: File) -> u128 {
    if let Some(unchanged) = unchanged_package(db, root, package) {
        return unchanged.interfaces;
    }
    let interfaces = modules_of(db, root, package).map(|module| {
        let interface = &checked_module(db, module).interface;
        (module.path(db), interface_fingerprint(interface))
    });
    let (_, main) = package_language(db, package);
    codec::fingerprint(&(main, interfaces.collect::<Vec<_>>()))
}

/// The interface of a module of a package that need not be looked into.
pub(crate) fn unchanged_interface(db: &dyn Db, module: Module<'_>) -> Option<Arc<Interface>> {
    unchanged_package(db, module.root(db), module.package(db)).as_ref()?;
    let previous = Previous::of(db, module)?;
    ioct::decode_interface(&previous.row().interface.0).ok().map(Arc::new)
}

/// The warnings in the modules of a package as a record that holds wherever the workspace at `root` is.
pub fn encode_diagnostics(root: &Utf8Path, diagnostics: &[Diagnostic]) -> Bytes {
    let relative: Vec<Diagnostic> = diagnostics
        .iter()
        .map(|it| it.clone().at(|path| crate::base::relative_to(path, root)))
        .collect();
    Bytes(codec::encode(DIAGNOSTICS, &relative))
}

/// The warnings of a record, for the workspace at `root`; `None` where the record is damaged.
pub fn decode_diagnostics(root: &Utf8Path, record: &Bytes) -> Option<Vec<Diagnostic>> {
    let relative: Vec<Diagnostic> = codec::decode(DIAGNOSTICS, &record.0).ok()?;
    let absolute = relative.into_iter().map(|it| it.at(|path| crate::base::resolve(root, path)));
    Some(absolute.collect())
}
