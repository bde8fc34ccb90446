//! The metadata of a package: a query over its interfaces.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::base::{ModulePath, Name};
use crate::compile::{mentioned_type, module_interface, modules_of, package_language};
use crate::graph::package_graph;
use crate::ir::{Interface, ItemRef, Ty, TypeDef, TypeKind};
use crate::lang::oats::{mentioned_modules, type_signature, value_signature};
use crate::manifest::{Export, Metadata, MetadataHeader, package_identity};
use crate::source::{Db, File};
use crate::workspace::prelude_interface;

/// The text of the metadata of a package, whose object is called `object`.
///
/// It depends on the interfaces of the modules: edits of bodies stop before it.
#[salsa::tracked(returns(ref))]
pub fn package_metadata(db: &dyn Db, root: File, package: File, object: Name) -> String {
    let identity = package_identity(db, package);
    let own: Vec<Arc<Interface>> =
        modules_of(db, root, package).map(|it| module_interface(db, it).clone()).collect();
    let graph = package_graph(db, root);
    let edges = graph.index_of(&identity.name).map(|it| &graph.packages[it].dependencies);
    let edges = edges.into_iter().flatten().map(|edge| graph.packages[edge.to].name.clone());
    let mut dependencies: Vec<Name> = edges.collect();
    dependencies.sort();
    let header = MetadataHeader {
        package: identity.name.clone(),
        version: identity.version.clone(),
        dialect: identity.dialect,
        exports: exports(&own, package_language(db, package).1.as_ref()),
        object_file: object.to_string(),
        dependencies,
        entry: identity.main.clone(),
    };
    let foreign = foreign_types(db, root, &own);
    Metadata::new(header, own.into_iter().chain(foreign).collect()).to_text()
}

/// What importers of the package may name: the exports of its entry, or of all modules where it has none.
fn exports(interfaces: &[Arc<Interface>], entry: Option<&Name>) -> BTreeMap<Name, Export> {
    let mut exports = BTreeMap::new();
    for interface in interfaces {
        let (package, module) = interface.module.as_str().split_once('/').unwrap_or_default();
        let prefix = match entry {
            Some(entry) if entry == module => String::new(),
            Some(_) => continue,
            None => format!("{package}/{module}."),
        };
        let mut add = |name: &Name, (kind, signature): (&str, String)| {
            let export = Export { kind: kind.to_owned(), signature };
            exports.insert(Name::from(format!("{prefix}{name}")), export);
        };
        let visible = |name: &&Name| !name.contains('$');
        for (name, value) in interface.values.iter().filter(|(name, _)| visible(name)) {
            add(name, value_signature(value));
        }
        let public = interface.types.iter().filter(|(name, def)| def.public && visible(name));
        for (name, def) in public {
            add(name, type_signature(def));
        }
    }
    exports
}

/// The types of other packages' modules that these interfaces mention, and those that the types mention in turn.
fn foreign_types(db: &dyn Db, root: File, own: &[Arc<Interface>]) -> Vec<Arc<Interface>> {
    let is_own: BTreeSet<&ModulePath> = own.iter().map(|it| &it.module).collect();
    let mut pending: Vec<ItemRef> = Vec::new();
    for interface in own {
        interface.values.values().for_each(|it| {
            mentioned(&it.scheme.ty, &mut pending);
            declared(it.declared.as_ref(), &mut pending);
        });
        interface.types.values().for_each(|def| mentioned_by(def, &mut pending));
    }
    let mut found: BTreeMap<ModulePath, BTreeMap<Name, Arc<TypeDef>>> = BTreeMap::new();
    while let Some(ItemRef { module, name }) = pending.pop() {
        let known = found.get(&module).is_some_and(|types| types.contains_key(&name));
        if known || is_own.contains(&module) || prelude_interface(&module).is_some() {
            continue;
        }
        if let Some(def) = mentioned_type(db, root, &module, &name) {
            mentioned_by(&def, &mut pending);
            found.entry(module).or_default().insert(name, def);
        }
    }
    let interface = |(module, types)| {
        Arc::new(Interface { module, complete: false, values: BTreeMap::new(), types })
    };
    found.into_iter().map(interface).collect()
}

fn mentioned_by(def: &TypeDef, into: &mut Vec<ItemRef>) {
    match &def.kind {
        TypeKind::Alias(ty) => mentioned(ty, into),
        TypeKind::Variant(constructors) => {
            constructors.iter().flat_map(|it| &it.fields).for_each(|ty| mentioned(ty, into));
        }
        TypeKind::Class(fields) => fields.iter().for_each(|it| mentioned(&it.ty, into)),
        TypeKind::Declared(text) => declared(Some(text), into),
    }
}

fn mentioned(ty: &Ty, into: &mut Vec<ItemRef>) {
    into.extend(ty.named().into_iter().cloned());
}

fn declared(text: Option<&Name>, into: &mut Vec<ItemRef>) {
    let items = text.into_iter().flat_map(|text| mentioned_modules(text));
    into.extend(
        items.map(|(module, name)| ItemRef {
            module: ModulePath::new(module),
            name: Name::new(name),
        }),
    );
}
