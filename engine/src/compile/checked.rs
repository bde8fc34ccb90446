//! What a module means, and what others may see of it.

use std::sync::Arc;

use crate::base::{Finding, ModulePath, Name};
use crate::compile::imports::import_targets;
use crate::compile::module::{Module, front_end, module_by_path, package_language};
use crate::ir::{Interface, ItemRef, TypeDef, ValueExport, ioct};
use crate::lang::{Environment, ExportedValue, ImportTarget, ModuleContext};
use crate::source::{Db, source_text};

/// A module that went through its front end.
///
/// The meaning and the positions are kept as the records that the `.ioct` file holds: they are small, equal exactly when what they
/// say is equal, and only back ends ever need to look inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedSource {
    /// What it exports; as much of it as could be understood.
    pub interface: Arc<Interface>,
    /// The record of its meaning; `None` where it has errors, or uses what has.
    pub meaning: Option<Arc<[u8]>>,
    /// The record of its positions, where there is a meaning.
    pub positions: Option<Arc<[u8]>>,
    /// What is wrong in it, in source order.
    pub findings: Vec<Finding>,
}

/// The module after its front end.
#[salsa::tracked(returns(ref))]
pub fn checked_module<'db>(db: &'db dyn Db, module: Module<'db>) -> CheckedSource {
    let (path, package) = (module.path(db), module.package(db));
    let (dialect, main) = package_language(db, package);
    let is_main = main.as_ref().is_some_and(|main| path.components().skip(1).eq(main.split('/')));
    let context = ModuleContext { path: path.clone(), is_main };
    let env = Imports::of(db, module);
    let text = &source_text(db, module.source(db)).text;
    let checked = front_end(*dialect).check(text, &context, &env);
    let records = checked.meaning.map(|(meaning, positions)| {
        debug_assert_eq!(verified(&env, &meaning), Vec::<String>::new(), "in {path}");
        let positions = ioct::encode_positions(&positions);
        (Arc::from(ioct::encode_meaning(&meaning)), Arc::from(positions))
    });
    let (meaning, positions) = records.unzip();
    CheckedSource {
        interface: Arc::new(checked.interface),
        meaning,
        positions,
        findings: checked.findings,
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
    checked_module(db, module).interface.clone()
}

/// What a module exports under one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportedItem {
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
    ExportedItem { value, ty: interface.types.get(&name).cloned() }
}

/// The record of the module's meaning: what every target is made of.
///
/// A firewall: it absorbs edits of comments and white space.
#[salsa::tracked(returns(ref))]
pub fn intermediate<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<Arc<[u8]>> {
    checked_module(db, module).meaning.clone()
}

/// The record of where the parts of the module stand.
#[salsa::tracked(returns(ref))]
pub fn position_record<'db>(db: &'db dyn Db, module: Module<'db>) -> Option<Arc<[u8]>> {
    checked_module(db, module).positions.clone()
}

/// The modules that a module imports, as its front end may ask about them.
struct Imports<'db> {
    db: &'db dyn Db,
    module: Module<'db>,
    targets: &'db [Module<'db>],
}

impl<'db> Imports<'db> {
    fn of(db: &'db dyn Db, module: Module<'db>) -> Imports<'db> {
        Imports { db, module, targets: import_targets(db, module) }
    }

    fn target(&self, path: &ModulePath) -> Option<Module<'db>> {
        self.targets.iter().copied().find(|target| target.path(self.db) == path)
    }

    fn item(&self, module: &ModulePath, name: &str) -> Option<&'db ExportedItem> {
        Some(exported_item(self.db, self.target(module)?, Name::new(name)))
    }

    /// What the prelude exports, if that is the module that is meant.
    fn prelude(&self, module: &ModulePath) -> Option<&'static Interface> {
        let dialect = package_language(self.db, self.module.package(self.db)).0;
        let mut interfaces = front_end(dialect).prelude().iter().map(|(interface, _)| interface);
        interfaces.find(|interface| interface.module == *module)
    }

    /// The type of an item of another module or of the prelude.
    fn export(&self, item: &ItemRef) -> Option<Arc<ValueExport>> {
        if let Some(interface) = self.prelude(&item.module) {
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

    fn value(&self, module: &ModulePath, name: &str) -> Option<ExportedValue> {
        self.item(module, name)?.value.clone()
    }

    fn exported_type(&self, module: &ModulePath, name: &str) -> Option<Arc<TypeDef>> {
        self.item(module, name)?.ty.clone().filter(|def| def.public)
    }

    fn mentioned_type(&self, item: &ItemRef) -> Option<Arc<TypeDef>> {
        if let Some(interface) = self.prelude(&item.module) {
            return interface.types.get(&item.name).cloned();
        }
        let module = module_by_path(self.db, self.module.root(self.db), &item.module)?;
        exported_item(self.db, module, item.name.clone()).ty.clone()
    }

    fn interface(&self, module: &ModulePath) -> Option<Arc<Interface>> {
        Some(module_interface(self.db, self.target(module)?).clone())
    }
}
