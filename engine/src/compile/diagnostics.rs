//! What is wrong in modules, with their files.

use rustc_hash::FxHashMap;

use crate::base::{Finding, ModulePath, TextRange, nearest};
use crate::compile::checked::checked_module;
use crate::compile::imports::{
    import_targets, may_be_hidden, module_imports, module_of_import, package_order,
};
use crate::compile::kept::untouched_parts;
use crate::compile::module::{Module, module_by_path, package_language, packages_in_reach};
use crate::compile::unchanged::{decode_diagnostics, unchanged_package};
use crate::graph::{package_graph, workspace_diagnostics};
use crate::lang::ImportDecl;
use crate::manifest::{package_dependencies, package_identity};
use crate::source::{Db, Diagnostic, DiagnosticLabel, File, Span, source_text};
use crate::workspace::{front_end, package_sources};

/// What is wrong in a module: its imports and what its front end found.
#[salsa::tracked(returns(ref))]
pub fn module_diagnostics<'db>(db: &'db dyn Db, module: Module<'db>) -> Vec<Diagnostic> {
    if checked_module(db, module).is_untouched() {
        return Vec::new();
    }
    let source = module.source(db);
    let path = source.path(db);
    // Nearly all imports lead somewhere, and to have found that out once is enough: each question is one more to verify after an edit.
    let targets = import_targets(db, module);
    let is_fine = |import: &ImportDecl| {
        targets.binary_search_by(|target| target.path(db).cmp(&import.module)).is_ok()
    };
    let doubtful = module_imports(db, module).iter().filter(|import| !is_fine(import));
    let mut findings: Vec<Finding> =
        doubtful.filter_map(|import| import_mistake(db, module, import)).collect();
    findings.extend(checked_module(db, module).findings.iter().cloned());
    findings.sort_by_key(|finding| finding.range);
    let item_span = |path: &ModulePath, name: &str| {
        let module = module_by_path(db, module.root(db), path)?;
        definition_span(db, module, name)
    };
    findings.into_iter().map(|it| Diagnostic::new(path, it, item_span)).collect()
}

/// Where a module defines `name`.
pub(crate) fn definition_span(db: &dyn Db, module: Module<'_>, name: &str) -> Option<Span> {
    let source = module.source(db);
    if source == module.package(db) {
        // All that there is of the module is metadata.
        return None;
    }
    let dialect = package_language(db, module.package(db)).0;
    let range = front_end(dialect).definition_range(&source_text(db, source).text, name)?;
    Some(Span { path: source.path(db).clone(), range })
}

/// Why an import leads nowhere.
fn import_mistake(db: &dyn Db, module: Module<'_>, import: &ImportDecl) -> Option<Finding> {
    let (root, package) = (module.root(db), module.package(db));
    if let Some(target) = module_of_import(db, root, package, import) {
        let message = || format!("the module `{}` imports itself", module.path(db));
        return (target == module).then(|| Finding::error("self-import", import.range, message()));
    }
    let wanted = import.module.package();
    let reach = packages_in_reach(db, root, package);
    let Some((_, target)) = reach.iter().find(|(name, _)| name == wanted) else {
        // What is wrong with a dependency is told at its manifest.
        let mut named = package_dependencies(db, package).iter().map(|it| &it.name);
        if named.any(|name| name == wanted) {
            return None;
        }
        return Some(unknown_package(db, module, import));
    };
    if may_be_hidden(db, root, package, import) {
        return None;
    }
    let message = format!("there is no module `{}`", import.module);
    let finding = Finding::error("unknown-module", import.range, message);
    let candidates = package_sources(db, *target).iter().map(|(path, _)| path);
    let candidates = candidates.filter(|path| *path != module.path(db)).map(ModulePath::as_str);
    Some(match nearest(import.module.as_str(), candidates) {
        Some(similar) => finding.fix(format!("write `{similar}`"), import.range, similar),
        None => finding.help(format!("the package `{wanted}` has no file for it")),
    })
}

fn unknown_package(db: &dyn Db, module: Module<'_>, import: &ImportDecl) -> Finding {
    let (root, package) = (module.root(db), module.package(db));
    let (own, wanted) = (&package_identity(db, package).name, import.module.package());
    let graph = package_graph(db, root);
    if graph.index_of(wanted).is_some() {
        let message = format!("the package `{own}` does not depend on `{wanted}`");
        let manifest = package.path(db).file_name().unwrap_or_default();
        return Finding::error("missing-dependency", import.range, message)
            .help(format!("add `{wanted}` to `[dependencies]` in `{manifest}`"));
    }
    let message = format!("there is no package `{wanted}`");
    let finding = Finding::error("unknown-package", import.range, message);
    let reach = packages_in_reach(db, root, package).iter().map(|(name, _)| name.as_str());
    match nearest(wanted, reach) {
        Some(similar) => {
            let start = import.range.start;
            let range = TextRange { start, end: start + wanted.len() as u32 };
            finding.fix(format!("write `{similar}`"), range, similar)
        }
        None => finding,
    }
}

/// Everything that there is to tell about a workspace: its manifests first, then the modules of each package, dependencies first.
pub fn diagnostics(db: &dyn Db, root: File) -> Vec<Diagnostic> {
    let mut diagnostics = workspace_diagnostics(db, root);
    for package in package_graph(db, root).order() {
        diagnostics.extend_from_slice(package_diagnostics(db, root, package.manifest));
    }
    diagnostics
}

/// What is wrong in the modules of a package, in the order of the modules' names.
#[salsa::tracked(returns(ref))]
pub fn package_diagnostics(db: &dyn Db, root: File, package: File) -> Vec<Diagnostic> {
    if let Some(unchanged) = unchanged_package(db, root, package)
        && let Some(warnings) = decode_diagnostics(root.directory(db), &unchanged.diagnostics)
    {
        return warnings;
    }
    let order = package_order(db, root, package);
    let touched = || {
        let modules = untouched_parts(db, root, package).filter(|(_, part)| part.is_none());
        modules.map(|(module, _)| module)
    };
    let by_path: FxHashMap<&ModulePath, Module<'_>> =
        touched().map(|module| (module.path(db), module)).collect();
    for module in order.sequence().filter_map(|path| by_path.get(path)) {
        module_diagnostics(db, *module);
    }
    let cycles = order.cycles.iter();
    let mut diagnostics: Vec<Diagnostic> =
        cycles.filter_map(|cycle| cycle_diagnostic(db, cycle, &|path| by_path[path])).collect();
    for module in touched() {
        diagnostics.extend_from_slice(module_diagnostics(db, module));
    }
    diagnostics
}

/// A circle of imports, with the place of each.
fn cycle_diagnostic<'db>(
    db: &'db dyn Db,
    cycle: &[ModulePath],
    module: &impl Fn(&ModulePath) -> Module<'db>,
) -> Option<Diagnostic> {
    if cycle.len() < 2 {
        // A module that imports itself is reported where it does.
        return None;
    }
    let mut places = cycle.iter().zip(cycle.iter().cycle().skip(1)).filter_map(|(from, to)| {
        let from = module(from);
        let (root, package) = (from.root(db), from.package(db));
        let leads_on = |import: &&ImportDecl| {
            let target = module_of_import(db, root, package, import);
            target.is_some_and(|it| it.path(db) == to)
        };
        let import = module_imports(db, from).iter().find(leads_on)?;
        let span = Span { path: from.source(db).path(db).clone(), range: import.range };
        Some((span, format!("`{}` imports `{to}`", from.path(db))))
    });
    let (span, label) = places.next()?;
    let names: Vec<&str> = cycle.iter().chain(cycle.first()).map(ModulePath::as_str).collect();
    let message = format!("modules import each other in a circle: {}", names.join(" → "));
    let finding = Finding::error("import-cycle", span.range, message)
        .label(label)
        .help("move what several of them need into a module of its own");
    let mut diagnostic = Diagnostic::in_file(&span.path, finding);
    diagnostic.labels = places.map(|(span, text)| DiagnosticLabel { span, text }).collect();
    Some(diagnostic)
}
