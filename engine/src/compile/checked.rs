//! What a module means, and what others may see of it.

use std::cell::RefCell;
use std::sync::Arc;

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::codec;
use crate::compile::imports::{import_target, import_targets};
use crate::compile::module::{Module, module_by_path, package_language};
use crate::compile::previous::{
    is_main, kept_interface, kept_record, previous_check, untouched_check,
};
use crate::compile::unchanged::unchanged_interface;
use crate::ir::{Interface, ItemRef, TypeDef, ValueExport, ioct};
use crate::lang::{Environment, ExportedValue, ImportDecl, ImportTarget, ModuleContext};
use crate::source::{Db, File, source_text};
use crate::state::{ModuleHead, Use, UsedPart};
use crate::workspace::{front_end, prelude_interface};

/// A module that went through its front end, in this session or before.
///
/// The meaning and the positions are the records that the `.ioct` file holds: they are small, equal exactly when what they say is
/// equal, and only back ends ever need to look inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSource {
    /// What it exports; as much of it as could be understood.
    pub interface: ShownInterface,
    /// The record of its meaning; `None` where it has errors, or uses what has.
    pub meaning: Option<IoctRecord>,
    /// The record of its positions, where there is a meaning.
    pub positions: Option<IoctRecord>,
    /// What is wrong in it, in source order.
    pub findings: Vec<Finding>,
    /// What its front end asked of other modules, sorted; `None` where an earlier build has kept that and nobody had to look.
    pub uses: Option<Vec<Use>>,
}

/// An interface, equal to others with the same fingerprint. One that was kept is decoded by [`module_interface`].
#[derive(Clone, Debug)]
pub struct ShownInterface {
    /// The fingerprint of the interface.
    pub fingerprint: u128,
    made: Option<Arc<Interface>>,
}

impl ShownInterface {
    fn made(interface: Interface) -> ShownInterface {
        let fingerprint = interface_fingerprint(&interface);
        ShownInterface { fingerprint, made: Some(Arc::new(interface)) }
    }

    /// An interface that an earlier build has kept.
    pub(crate) fn kept(fingerprint: u128) -> ShownInterface {
        ShownInterface { fingerprint, made: None }
    }
}

impl PartialEq for ShownInterface {
    fn eq(&self, other: &ShownInterface) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for ShownInterface {}

/// A record of a module's `.ioct` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IoctRecord {
    /// It was made in this session.
    Made(Arc<[u8]>),
    /// An earlier build has made it and left it in the `.ioct` file; this is its digest.
    Kept(Digest),
}

impl CheckedSource {
    /// Whether an earlier build has kept all that there is to make of the module.
    pub fn is_kept(&self) -> bool {
        let kept = |record: &Option<IoctRecord>| matches!(record, Some(IoctRecord::Kept(_)));
        kept(&self.meaning) && kept(&self.positions)
    }

    /// Whether its source could not be read. Nothing of that is to be believed later: why it was so may not show in how the file looks.
    pub fn is_unreadable(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == "unreadable-source")
    }

    /// Whether nothing that it can see has changed since an earlier build, and there was nothing to say of it.
    pub fn is_untouched(&self) -> bool {
        self.uses.is_none()
    }

    /// Whether what came of it is what a shard tells.
    pub(crate) fn is_as(&self, head: &ModuleHead) -> bool {
        let digest = |record: &Option<IoctRecord>| record.as_ref().map(IoctRecord::digest);
        self.interface.fingerprint == head.interface
            && digest(&self.meaning) == head.meaning
            && digest(&self.positions) == head.positions
    }
}

impl IoctRecord {
    /// The digest of the record.
    pub fn digest(&self) -> Digest {
        match self {
            IoctRecord::Made(record) => Digest::of(record),
            IoctRecord::Kept(digest) => *digest,
        }
    }
}

/// The module after its front end, which need not run if an earlier build has kept what it would make.
#[salsa::tracked(returns(ref))]
pub fn checked_module<'db>(db: &'db dyn Db, module: Module<'db>) -> CheckedSource {
    let kept = untouched_check(db, module).or_else(|| previous_check(db, module));
    kept.unwrap_or_else(|| check(db, module))
}

/// The module after its front end, whatever was kept.
#[salsa::tracked(returns(ref))]
fn checked_anew<'db>(db: &'db dyn Db, module: Module<'db>) -> CheckedSource {
    check(db, module)
}

/// What the front end of a module asked of others. Where an earlier build has kept that, and it was lost meanwhile, it runs again.
pub fn uses_of<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<&'db Vec<Use>> {
    let uses = checked_module(db, module).uses.as_ref();
    uses.or_else(|| checked_anew(db, module).uses.as_ref())
}

fn check(db: &dyn Db, module: Module<'_>) -> CheckedSource {
    let path = module.path(db);
    db.will_check(path);
    let (dialect, _) = package_language(db, module.package(db));
    let context = ModuleContext { path: path.clone(), is_main: is_main(db, module) };
    let env = Imports::of(db, module);
    let source = source_text(db, module.source(db));
    if let Some(problem) = &source.problem {
        return unreadable(path, problem);
    }
    let checked = front_end(*dialect).check(&source.text, &context, &env);
    let uses = env.uses();
    let records = checked.meaning.map(|(meaning, positions)| {
        debug_assert_eq!(verified(&env, &meaning), Vec::<String>::new(), "in {path}");
        let positions = IoctRecord::Made(ioct::encode_positions(&positions).into());
        (IoctRecord::Made(ioct::encode_meaning(&meaning).into()), positions)
    });
    let (meaning, positions) = records.unzip();
    let interface = ShownInterface::made(checked.interface);
    CheckedSource { interface, meaning, positions, findings: checked.findings, uses: Some(uses) }
}

/// A module whose source can't be read: it shows nothing and means nothing.
fn unreadable(path: &ModulePath, problem: &str) -> CheckedSource {
    let message = format!("this file can't be read: {problem}");
    let (values, types) = Default::default();
    let interface = Interface { module: path.clone(), complete: false, values, types };
    CheckedSource {
        interface: ShownInterface::made(interface),
        meaning: None,
        positions: None,
        findings: vec![Finding::error("unreadable-source", TextRange::default(), message)],
        uses: Some(Vec::new()),
    }
}

/// What the verifier has to say of a meaning.
fn verified(env: &Imports<'_>, meaning: &crate::ir::Module) -> Vec<String> {
    let scheme_of = |item: &ItemRef| env.export(item).map(|export| (*export).clone());
    let type_of = |item: &ItemRef| env.mentioned_type(item).map(|def| (*def).clone());
    crate::ir::verify(meaning, &scheme_of, &type_of)
}

/// What the module exports.
///
/// A firewall: it absorbs edits of bodies, of private definitions, of comments.
#[salsa::tracked(returns(ref))]
pub fn module_interface<'db>(db: &'db dyn Db, module: Module<'db>) -> Arc<Interface> {
    let unchanged = unchanged_interface(db, module);
    unchanged.unwrap_or_else(|| {
        let shown = &checked_module(db, module).interface;
        let kept = || kept_interface(db, module, shown.fingerprint);
        let made = shown.made.clone().or_else(kept);
        let anew = || checked_anew(db, module).interface.made.clone();
        made.or_else(anew).expect("what was checked anew was made")
    })
}

/// A fingerprint of an interface.
pub(crate) fn interface_fingerprint(interface: &Interface) -> u128 {
    codec::fingerprint(interface)
}

/// What a module exports under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedItem {
    /// A fingerprint of all that follows.
    pub fingerprint: u128,
    /// The function, constant or constructor.
    pub value: Option<ExportedValue>,
    /// The type, exported itself or mentioned by what is.
    pub ty: Option<Arc<TypeDef>>,
}

/// The item that the module exports as `name`.
///
/// A firewall: it absorbs changes of all other exported items.
#[salsa::tracked(returns(ref))]
pub fn exported_item<'db>(db: &'db dyn Db, module: Module<'db>, name: Name) -> ExportedItem {
    let interface = module_interface(db, module);
    let value = match interface.values.get(&name) {
        Some(export) => Some(ExportedValue::Value(export.clone())),
        None => interface
            .constructor(&name)
            .map(|(def, index)| ExportedValue::Constructor { def: def.clone(), index }),
    };
    let ty = interface.types.get(&name).cloned();
    ExportedItem { fingerprint: codec::fingerprint(&(&value, &ty)), value, ty }
}

/// The type that a module of the workspace, or of what its metadata describes, shows as `name`.
pub fn mentioned_type(
    db: &dyn Db,
    root: File,
    module: &ModulePath,
    name: &Name,
) -> Option<Arc<TypeDef>> {
    let module = module_by_path(db, root, module)?;
    exported_item(db, module, name.clone()).ty.clone()
}

/// The record of the module's meaning: what every target is made of.
///
/// A firewall: it absorbs edits of comments and white space.
#[salsa::tracked(returns(ref))]
pub fn intermediate<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<Arc<[u8]>> {
    record(db, module, |checked| &checked.meaning)
}

/// The record of where the parts of the module stand.
#[salsa::tracked(returns(ref))]
pub fn position_record<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<Arc<[u8]>> {
    record(db, module, |checked| &checked.positions)
}

/// A record of the module: that which was made or kept, or where it was kept but is not there any more, made again.
fn record(
    db: &dyn Db,
    module: Module<'_>,
    which: impl Fn(&CheckedSource) -> &Option<IoctRecord>,
) -> Option<Arc<[u8]>> {
    match which(checked_module(db, module)) {
        None => None,
        Some(IoctRecord::Made(record)) => Some(record.clone()),
        Some(IoctRecord::Kept(digest)) => {
            kept_record(db, module, *digest).or_else(|| match which(checked_anew(db, module)) {
                Some(IoctRecord::Made(record)) => Some(record.clone()),
                _ => None,
            })
        }
    }
}

/// The modules that a module imports, as its front end may ask about them.
struct Imports<'db> {
    db: &'db dyn Db,
    module: Module<'db>,
    targets: &'db [Module<'db>],
    used: RefCell<Vec<Use>>,
}

impl<'db> Imports<'db> {
    fn of(db: &'db dyn Db, module: Module<'db>) -> Imports<'db> {
        Imports { db, module, targets: import_targets(db, module), used: RefCell::default() }
    }

    fn target(&self, path: &ModulePath) -> Option<Module<'db>> {
        self.targets.iter().copied().find(|target| target.path(self.db) == path)
    }

    fn item(&self, module: &ModulePath, name: &str) -> Option<&'db ExportedItem> {
        Some(self.item_of(self.target(module)?, Name::new(name)))
    }

    fn item_of(&self, module: Module<'db>, name: Name) -> &'db ExportedItem {
        let item = exported_item(self.db, module, name.clone());
        self.note(module.path(self.db), UsedPart::Item(name), item.fingerprint);
        item
    }

    fn note(&self, module: &ModulePath, part: UsedPart, answer: u128) {
        self.used.borrow_mut().push(Use { module: module.clone(), part, answer });
    }

    /// What was asked so far, sorted.
    fn uses(&self) -> Vec<Use> {
        let mut uses = self.used.borrow().clone();
        uses.sort_unstable();
        uses.dedup();
        uses
    }

    /// The type of an item of another module or of the prelude.
    fn export(&self, item: &ItemRef) -> Option<Arc<ValueExport>> {
        if let Some(interface) = prelude_interface(&item.module) {
            return interface.values.get(&item.name).cloned();
        }
        match self.value(&item.module, &item.name)? {
            ExportedValue::Value(export) => Some(export),
            ExportedValue::Constructor { .. } => None,
        }
    }
}

impl Environment for Imports<'_> {
    fn import(&self, module: &ModulePath) -> ImportTarget {
        match self.target(module) {
            Some(_) => ImportTarget::Module,
            None => ImportTarget::Nothing,
        }
    }

    fn resolve(&self, import: &ImportDecl) -> Option<ModulePath> {
        let target = import_target(self.db, self.module, import);
        let target = target.map(|it| it.path(self.db).clone());
        let part = UsedPart::Import(import.otherwise.clone());
        self.note(&import.module, part, codec::fingerprint(&target));
        target
    }

    fn value(&self, module: &ModulePath, name: &str) -> Option<ExportedValue> {
        self.item(module, name)?.value.clone()
    }

    fn exported_type(&self, module: &ModulePath, name: &str) -> Option<Arc<TypeDef>> {
        self.item(module, name)?.ty.clone().filter(|def| def.public)
    }

    fn mentioned_type(&self, item: &ItemRef) -> Option<Arc<TypeDef>> {
        if let Some(interface) = prelude_interface(&item.module) {
            return interface.types.get(&item.name).cloned();
        }
        let module = module_by_path(self.db, self.module.root(self.db), &item.module)?;
        self.item_of(module, item.name.clone()).ty.clone()
    }

    fn interface(&self, module: &ModulePath) -> Option<Arc<Interface>> {
        let module = self.target(module)?;
        let interface = module_interface(self.db, module).clone();
        let answer = interface_fingerprint(&interface);
        self.note(module.path(self.db), UsedPart::Interface, answer);
        Some(interface)
    }
}
