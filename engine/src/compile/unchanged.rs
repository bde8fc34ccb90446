//! Packages that need not be looked into, since nothing in them has changed since the last build.

use std::sync::Arc;

use camino::Utf8Path;
use rustc_hash::FxHashSet;

use crate::codec::{self, Bytes, Kind};
use crate::compile::checked::checked_module;
use crate::compile::kept::untouched_parts;
use crate::compile::module::{Module, package_language, packages_in_reach};
use crate::compile::previous::state;
use crate::graph::package_graph;
use crate::ir::{Interface, ioct};
use crate::manifest::{is_metadata, metadata_in, package_identity};
use crate::source::{Db, Diagnostic, File, package_state};
use crate::state::{ModulePart, PackageSummary, Shard};

const DIAGNOSTICS: Kind = Kind { magic: *b"ODIA", format: 1 };

/// What is remembered of the modules of a package none of whose files has changed, if it is of the same time as that is.
pub(crate) fn unchanged_shard(db: &dyn Db, root: File, package: File) -> Option<Arc<Shard>> {
    let unchanged = package_state(db, package).unchanged(db).as_ref()?;
    let shard = state(db, root).shard(db.host(), &package_identity(db, package).name)?;
    (shard.checksum() == unchanged.shard).then_some(shard)
}

/// What is remembered of a package that need not be looked into: none of its files has changed, and what it depends on shows what it
/// showed then.
#[salsa::tracked(returns(ref))]
pub fn unchanged_package(db: &dyn Db, root: File, package: File) -> Option<Arc<PackageSummary>> {
    if is_metadata(db, package) {
        let metadata = metadata_in(db, package).as_ref().ok();
        let interfaces = codec::fingerprint(&metadata.map(|it| &it.interface_digest));
        let (dependencies, diagnostics) = (Vec::new(), Bytes::default());
        let unchanged =
            PackageSummary { interfaces, shard: 0, dependencies, main: None, diagnostics };
        return Some(Arc::new(unchanged));
    }
    let unchanged = package_state(db, package).unchanged(db).clone()?;
    if unchanged_closures(db, root).contains(&package) {
        return Some(unchanged);
    }
    let own = &package_identity(db, package).name;
    let reach = packages_in_reach(db, root, package).iter().filter(|(name, _)| name != own);
    let now = reach.map(|(name, file)| (name.clone(), package_interfaces(db, root, *file)));
    unchanged.dependencies.iter().cloned().eq(now).then_some(unchanged)
}

/// The packages that are unchanged with all that they depend on. All are looked at in one go, the lowest first: graphs are deep, and to ask about
/// each by itself is dear where there are thousands. From then on, what somebody says of the state of any of them comes too late.
#[salsa::tracked(returns(ref))]
pub fn unchanged_closures(db: &dyn Db, root: File) -> FxHashSet<File> {
    let graph = package_graph(db, root);
    let mut shown: Vec<Option<u128>> = vec![None; graph.packages.len()];
    for index in graph.levels.iter().flatten() {
        let node = &graph.packages[*index];
        if node.is_prebuilt {
            continue;
        }
        let Some(unchanged) = package_state(db, node.manifest).unchanged(db) else { continue };
        let now = node.sorted_dependencies().map(|to| (&graph.packages[to].name, shown[to]));
        let then = unchanged.dependencies.iter().map(|(name, shown)| (name, Some(*shown)));
        if now.eq(then) {
            shown[*index] = Some(unchanged.interfaces);
        }
    }
    let packages = graph.packages.iter().zip(shown).filter(|(_, shown)| shown.is_some());
    packages.map(|(node, _)| node.manifest).collect()
}

/// One fingerprint for the interfaces of all modules of a package, and for which of them an import of the package itself means.
///
/// A firewall: it absorbs all edits that no other package can see.
#[salsa::tracked(returns(copy))]
pub fn package_interfaces(db: &dyn Db, root: File, package: File) -> u128 {
    if let Some(unchanged) = unchanged_package(db, root, package) {
        return unchanged.interfaces;
    }
    let shown = |module, untouched: Option<&ModulePart>| match untouched {
        Some(part) => part.head().interface,
        None => checked_module(db, module).interface.fingerprint,
    };
    let interfaces = untouched_parts(db, root, package)
        .map(|(module, untouched)| (module.path(db), shown(module, untouched)));
    let (_, main) = package_language(db, package);
    codec::fingerprint(&(main, interfaces.collect::<Vec<_>>()))
}

/// The interface of a module of a package that need not be looked into.
pub(crate) fn unchanged_interface(db: &dyn Db, module: Module<'_>) -> Option<Arc<Interface>> {
    let package = module.package(db);
    if is_metadata(db, package) {
        let metadata = metadata_in(db, package).as_ref().ok()?;
        return metadata.interface(module.path(db)).cloned();
    }
    unchanged_package(db, module.root(db), package).as_ref()?;
    let shard = unchanged_shard(db, module.root(db), package)?;
    let row = shard.module(module.path(db))?.row(db.host())?;
    ioct::decode_interface(&row.interface.0).ok().map(Arc::new)
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
