//! Telling queries what was seen from outside, and asking them ahead what a build will ask anyway, while other threads look at outputs.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::build::survey::{Halfway, Known};
use crate::build::workers::is_deep;
use crate::compile::{
    OrderedModule, checked_module, module_diagnostics, package_order, read_imports,
    unchanged_closures,
};
use crate::graph::{PackageNode, package_graph, workspace_diagnostics};
use crate::host::CancelToken;
use crate::source::{Db, Diagnostic, File};
use crate::state::WorkspaceRow;
use crate::target::{Target, module_output};

/// Tells queries what is remembered of packages, and how much of it is the same. Of no effect on what was asked before.
pub(crate) fn expect<'a>(
    db: &dyn Db,
    root: File,
    packages: impl Iterator<Item = (&'a PackageNode, &'a Known)>,
) {
    let directory = root.directory(db);
    let state = db.inputs().state(directory);
    let mut listings = Vec::new();
    for (node, known) in packages {
        if let Some(unchanged) = known.for_queries() {
            db.inputs().packages.expect_unchanged(node.manifest, unchanged);
        }
        if let Some(inputs) = &known.inputs {
            state.expect_inputs(node.name.clone(), inputs.clone());
            let same = inputs.same_directories(directory);
            listings.extend(same.map(|(path, then, entries)| (path, then, entries.to_vec())));
        }
    }
    db.inputs().expect_entries(listings.into_iter());
}

/// Brings modules through the front end that have certainly to be, until nobody looks at outputs any more: those of packages that have
/// changed and see none that has, so that no query asks about modules of another package one after the other. Yields whether queries
/// were told what they may expect; nothing is asked where front ends would have too little of a stack.
pub(crate) fn check_ahead(
    (db, root): (&dyn Db, File),
    targets: &[Target],
    workspace: &Arc<WorkspaceRow>,
    halfway: &Halfway<'_>,
    cancel: &CancelToken,
) -> bool {
    if !is_deep() {
        return false;
    }
    db.inputs().workspaces.expect_unchanged(db, root.directory(db), workspace.clone());
    let graph = package_graph(db, root);
    let known: FxHashMap<&Name, &Known> = halfway.packages().collect();
    let packages = || {
        let nodes = graph.order();
        nodes.filter_map(|node| Some((node, *known.get(&node.name)?)))
    };
    expect(db, root, packages());
    workspace_diagnostics(db, root);
    let unchanged = unchanged_closures(db, root);
    for (node, _) in packages().filter(|(node, _)| !unchanged.contains(&node.manifest)) {
        let mut dependencies = node.sorted_dependencies().map(|index| &graph.packages[index]);
        if dependencies.all(|it| unchanged.contains(&it.manifest)) {
            let is_over = || halfway.is_over() || cancel.is_cancelled();
            check_package((db, root, node), targets, &is_over);
        }
    }
    true
}

/// Brings the modules of a package through the front end until it is time to stop, and what is new of them into its text in
/// `targets`, if an earlier build has left something of them. If not, the store may have what they are.
fn check_package(
    (db, root, package): (&dyn Db, File, &PackageNode),
    targets: &[Target],
    is_over: &dyn Fn() -> bool,
) {
    let state = db.inputs().state_under(db, root);
    if is_over() || state.shard(db.host(), &package.name).is_none() {
        return;
    }
    read_imports(db, root, package.manifest);
    let order = package_order(db, root, package.manifest).levels.iter().flatten();
    let ordered = order.map(|path| OrderedModule::new(db, root, package.manifest, path));
    let mut new = Vec::new();
    for module in ordered.filter(|it| !it.is_untouched).map(|it| it.module) {
        if is_over() || module_diagnostics(db, module).iter().any(Diagnostic::is_error) {
            return;
        }
        new.extend(Some(module).filter(|module| !checked_module(db, *module).is_kept()));
    }
    let texts = new.into_iter().flat_map(|module| targets.iter().map(move |it| (module, *it)));
    for (module, target) in texts.take_while(|_| !is_over()) {
        module_output(db, module, target);
    }
}
