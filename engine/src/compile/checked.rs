//! What a module means, and what others may see of it.

use std::sync::Arc;

use crate::base::{Finding, ModulePath, Name};
use crate::compile::imports::{import_targets, module_of_import};
use crate::compile::module::{Module, front_end, module_by_path, package_language};
use crate::ir::{Interface, ItemRef, TypeDef, ioct};
use crate::lang::{Environment, ExportedValue, ImportDecl, ImportTarget, ModuleContext};
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
    let env = Imports { db, module };
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
    let scheme_of = |item: &ItemRef| env.export(item);
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

/// The exported function, constant or constructor `name` of the module.
///
/// A firewall: it absorbs changes of all other exported items.
#[salsa::tracked(returns(ref))]
pub fn exported_value<'db>(
    db: &'db dyn Db,
    module: Module<'db>,
    name: Name,
) -> Option<ExportedValue> {
    let interface = module_interface(db, module);
    if let Some(export) = interface.values.get(&name) {
        return Some(ExportedValue::Value(Arc::new(export.clone())));
    }
    let (def, index) = interface.constructor(&name)?;
    Some(ExportedValue::Constructor { def: Arc::new(def.clone()), index })
}

/// The type `name` that the module exports, or that its exports mention.
///
/// A firewall: it absorbs changes of all other exported items.
#[salsa::tracked(returns(ref))]
pub fn exported_type<'db>(
    db: &'db dyn Db,
    module: Module<'db>,
    name: Name,
) -> Option<Arc<TypeDef>> {
    module_interface(db, module).types.get(&name).map(|def| Arc::new(def.clone()))
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
}

impl<'db> Imports<'db> {
    fn target(&self, path: &ModulePath) -> Option<Module<'db>> {
        let targets = import_targets(self.db, self.module);
        targets.iter().copied().find(|target| target.path(self.db) == path)
    }

    /// The type of an item of another module or of the prelude.
    fn export(&self, item: &ItemRef) -> Option<crate::ir::ValueExport> {
        let dialect = package_language(self.db, self.module.package(self.db)).0;
        for (interface, _) in front_end(dialect).prelude() {
            if interface.module == item.module {
                return interface.values.get(&item.name).cloned();
            }
        }
        match self.value(&item.module, &item.name)? {
            ExportedValue::Value(export) => Some((*export).clone()),
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
        let (root, package) = (self.module.root(self.db), self.module.package(self.db));
        let module = module_of_import(self.db, root, package, import)?;
        import_targets(self.db, self.module).contains(&module).then(|| module.path(self.db).clone())
    }

    fn value(&self, module: &ModulePath, name: &str) -> Option<ExportedValue> {
        exported_value(self.db, self.target(module)?, Name::new(name)).clone()
    }

    fn exported_type(&self, module: &ModulePath, name: &str) -> Option<Arc<TypeDef>> {
        let def = exported_type(self.db, self.target(module)?, Name::new(name)).as_ref()?;
        def.public.then(|| def.clone())
    }

    fn mentioned_type(&self, item: &ItemRef) -> Option<Arc<TypeDef>> {
        let dialect = package_language(self.db, self.module.package(self.db)).0;
        for (interface, _) in front_end(dialect).prelude() {
            if interface.module == item.module {
                return interface.types.get(&item.name).cloned().map(Arc::new);
            }
        }
        let module = module_by_path(self.db, self.module.root(self.db), &item.module)?;
        exported_type(self.db, module, item.name.clone()).clone()
    }

    fn interface(&self, module: &ModulePath) -> Option<Arc<Interface>> {
        Some(module_interface(self.db, self.target(module)?).clone())
    }
}
