//! Which packages of a request are compiled by another compiler.

use crate::base::{Checked, Finding, Name};
use crate::build::error::BuildError;
use crate::build::layout::Layout;
use crate::build::request::BuildRequest;
use crate::graph::{PackageGraph, PackageNode, package_graph};
use crate::manifest::{DIALECTS, Dialect, package};
use crate::source::{Db, Diagnostic, File};
use crate::store::{StoreError, home};
use crate::target::Target;
use crate::workspace::{CompilerCommand, Settings};

/// What another compiler is chosen for.
#[derive(Debug)]
pub(super) struct Choice<'db> {
    /// The compiler.
    pub(super) command: CompilerCommand,
    /// The dialect of the packages that it compiles.
    pub(super) dialect: Dialect,
    /// These packages, dependencies first.
    pub(super) external: Vec<&'db PackageNode>,
    /// The others that the request is about.
    pub(super) embedded: Vec<&'db PackageNode>,
}

impl Choice<'_> {
    /// The part of `request` that the embedded compiler does for `target`.
    pub(super) fn embedded_request(&self, request: &BuildRequest, target: Target) -> BuildRequest {
        BuildRequest {
            targets: vec![Name::new(target.name())],
            packages: self.embedded.iter().map(|package| package.name.clone()).collect(),
            ..request.clone()
        }
    }
}

/// What the settings choose for `request` where `targets` are built, with what is wrong in them. Only C has compilers to choose.
pub(super) fn choose<'db>(
    db: &'db dyn Db,
    root: File,
    request: &BuildRequest,
    targets: &[Target],
) -> Result<Checked<Option<Choice<'db>>, Diagnostic>, BuildError> {
    let layout = Layout::of(db, root);
    let home = match home(db.host()) {
        Ok(home) => Some(home),
        Err(StoreError::NoHome { .. }) => None,
        Err(error) => return Err(BuildError::Home(error)),
    };
    let loaded = Settings::load(db.host(), &layout.workspace, home.as_deref())?;
    let mut diagnostics = loaded.diagnostics;
    let command = |dialect: &Dialect| Some((*dialect, loaded.value.compiler(*dialect)?.clone()));
    let Some((dialect, command)) = DIALECTS.iter().find_map(command) else {
        return Ok(Checked { value: None, diagnostics });
    };
    let graph = package_graph(db, root);
    let is_external = |node: &&PackageNode| node.dialect == dialect;
    let (external, embedded): (Vec<_>, Vec<_>) =
        selected(graph, request).into_iter().partition(is_external);
    if external.is_empty() || !targets.contains(&Target::C11) {
        return Ok(Checked { value: None, diagnostics });
    }
    if layout.metadata("").is_none() {
        let origin = command.origin;
        return Err(BuildError::ForeignRoot { origin, dialect: dialect.name() });
    }
    for node in &embedded {
        let edges = node.dependencies.iter();
        let edges = edges.filter(|edge| is_external(&&graph.packages[edge.to]));
        diagnostics.extend(edges.map(|edge| unreadable(db, node, edge.dependency)));
    }
    Ok(Checked { value: Some(Choice { command, dialect, external, embedded }), diagnostics })
}

/// The packages that a request is about, with all that they depend on, dependencies first.
fn selected<'db>(graph: &'db PackageGraph, request: &BuildRequest) -> Vec<&'db PackageNode> {
    let named = |node: &PackageNode| match &*request.packages {
        [] => node.is_member,
        names => names.contains(&node.name),
    };
    let roots = (0..graph.packages.len()).filter(|index| named(&graph.packages[*index]));
    let closure = graph.closure(roots);
    let order = graph.levels.iter().flatten().filter(|index| closure[**index]);
    order.map(|index| &graph.packages[*index]).collect()
}

/// A package depends on one whose metadata the embedded compiler need not understand.
fn unreadable(db: &dyn Db, node: &PackageNode, dependency: usize) -> Diagnostic {
    let name = &package(db, node.manifest).value.dependencies[dependency].name;
    let message = format!(
        "`{}` is compiled by Oast and `{}` by another compiler, so it can't be depended on",
        node.name, name.value
    );
    let finding = Finding::error("foreign-dependency", name.range, message)
        .help("let the package depend on it that is compiled by the other compiler, too");
    Diagnostic::in_file(node.manifest.path(db), finding)
}
