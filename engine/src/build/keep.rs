//! Telling the store which packages a build has made, of what, and where.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, DigestWriter, Name};
use crate::build::layout::Layout;
use crate::build::shared::{SeenAction, SharedStore};
use crate::build::tools::Tools;
use crate::graph::{PackageGraph, PackageNode, package_graph};
use crate::manifest::{Dialect, package_identity};
use crate::source::{Db, File};
use crate::store::{ArtefactFile, BuildRecord, PackageId};
use crate::target::Target;
use crate::toolchain::{CProfile, CToolchain, ExternalCompiler};

/// What a build has made.
#[derive(Debug)]
pub(crate) struct Made<'a> {
    /// The root manifest.
    pub(crate) root: File,
    /// Where outputs are.
    pub(crate) layout: &'a Layout,
    /// The targets.
    pub(crate) targets: &'a [Target],
    /// What made them.
    pub(crate) tools: &'a Tools,
    /// The name of the profile.
    pub(crate) profile: &'a Name,
    /// The libraries and programs of all packages, absolute, with the package that each is of.
    pub(crate) products: BTreeMap<Utf8PathBuf, Name>,
    /// All outputs, absolute.
    pub(crate) outputs: &'a BTreeSet<Utf8PathBuf>,
    /// The packages of which a file was written that no action makes.
    pub(crate) written: BTreeSet<Name>,
    /// What compiled the packages of a dialect in place of the engine.
    pub(crate) external: Option<(Dialect, &'a ExternalCompiler)>,
}

/// Keeps in the store what is new of a build: the packages that it made anything for. Others are there as they were.
pub(crate) fn keep(db: &dyn Db, shared: &SharedStore<'_>, made: &Made<'_>) {
    let seen = shared.take_seen();
    let mut packages = made.written.clone();
    for action in seen.iter().filter(|action| action.is_new) {
        packages.extend(action.outputs.iter().filter_map(|path| made.owner(path)));
    }
    let Some(store) = (!packages.is_empty()).then(|| shared.get()).flatten() else { return };
    let graph = package_graph(db, made.root);
    let ids: Vec<PackageId> = graph.packages.iter().map(|node| package_id(db, node)).collect();
    let actions = made.actions_by_package(graph, &seen);
    let mut builds = Vec::new();
    for target in made.targets {
        for name in &packages {
            let index = graph.index_of(name);
            let whole = index.and_then(|index| {
                let artefacts = made.artefacts(db, name, *target)?;
                let actions = keys_of(&actions, name, *target);
                let node = &graph.packages[index];
                Some(made.build(db, node, &ids, *target, artefacts, actions))
            });
            builds.extend(whole);
        }
    }
    let members = ids.iter().cloned().collect();
    shared.unless_failed(store.record_builds(&made.layout.workspace, &builds, &members));
    let names = packages.iter().map(ToString::to_string).collect();
    shared.unless_failed(store.refresh_views(Some(&names)));
}

/// Which package it is. It comes from where it is: there are no other sources yet.
fn package_id(db: &dyn Db, node: &PackageNode) -> PackageId {
    let identity = package_identity(db, node.manifest);
    PackageId {
        name: node.name.to_string(),
        version: identity.version.as_ref().map(ToString::to_string).unwrap_or_default(),
        source: node.directory.to_string(),
    }
}

/// The libraries and programs that the packages of a workspace can have, absolute, with the package that each is of.
pub(crate) fn products(db: &dyn Db, root: File, layout: &Layout) -> BTreeMap<Utf8PathBuf, Name> {
    let packages = package_graph(db, root).packages.iter().map(|node| &node.name);
    let mut products = BTreeMap::new();
    for name in packages {
        let own = layout.products_of(name).into_iter().chain([layout.program(name)]);
        products.extend(own.map(|path| (path, name.clone())));
    }
    products
}

/// The keys of actions by the package and target of what they make; under no package those of the run-time support.
type Keys = BTreeMap<(Option<Name>, Target), Vec<Digest>>;

impl Made<'_> {
    /// The package of which an output is part, if it is part of one.
    fn owner(&self, path: &Utf8Path) -> Option<Name> {
        if let Some(owner) = self.products.get(path) {
            return Some(owner.clone());
        }
        let below = path.strip_prefix(&self.layout.compiler).ok()?;
        let mut components = below.components().skip(1);
        let first = components.next()?.as_str();
        components.next().map(|_| Name::new(first))
    }

    fn target_of(&self, path: &Utf8Path) -> Option<Target> {
        if self.products.contains_key(path) {
            return Some(Target::C11);
        }
        self.targets.iter().copied().find(|it| path.starts_with(self.layout.target(*it)))
    }

    fn actions_by_package(&self, graph: &PackageGraph, seen: &[SeenAction]) -> Keys {
        let mut keys = Keys::new();
        for action in seen {
            let Some(path) = action.outputs.first() else { continue };
            let Some(target) = self.target_of(path) else { continue };
            // Some of the run-time support lies in a folder of its own, as a package does.
            let owner = self.owner(path).filter(|owner| graph.index_of(owner).is_some());
            keys.entry((owner, target)).or_default().push(action.key);
        }
        keys
    }

    /// What the package consists of for the target; `None` unless all of it is there.
    fn artefacts(&self, db: &dyn Db, package: &Name, target: Target) -> Option<Vec<ArtefactFile>> {
        let (compiler, products) = (&self.layout.compiler, self.layout.products());
        let mut found = Vec::new();
        for folder in [compiler.join("ioct"), self.layout.target(target)] {
            let own = folder.join(package.as_str());
            let from = self.outputs.range(own.clone()..);
            found.extend(from.take_while(|path| path.as_str().starts_with(own.as_str())));
        }
        if target == Target::C11 {
            let own = self.products.iter().filter(|(_, owner)| *owner == package);
            found.extend(own.filter_map(|(path, _)| self.outputs.get(path)));
        }
        found.sort();
        found.dedup();
        found.retain(|path| self.owner(path).as_ref() == Some(package));
        let artefact = |file: &Utf8PathBuf| {
            let path = file.strip_prefix(products).ok()?.to_owned();
            db.host().stat(file).ok()?;
            let is_program = *file == self.layout.program(package);
            let role = if is_program { "program" } else { role(&path) };
            Some(ArtefactFile { role, path })
        };
        let artefacts = found.into_iter().map(artefact).collect::<Option<Vec<_>>>()?;
        (!artefacts.is_empty()).then_some(artefacts)
    }

    /// What compiles packages of a dialect, and its version.
    fn compiler(&self, dialect: Dialect) -> (String, String) {
        match self.external.filter(|(external, _)| *external == dialect) {
            Some((_, it)) => (it.name().to_owned(), it.version.clone().unwrap_or_default()),
            None => (dialect.name().to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    fn build(
        &self,
        db: &dyn Db,
        node: &PackageNode,
        ids: &[PackageId],
        target: Target,
        artefacts: Vec<ArtefactFile>,
        actions: Vec<Digest>,
    ) -> BuildRecord {
        let c = self.tools.c.as_ref().filter(|_| target == Target::C11);
        let (compiler, compiler_version) =
            self.compiler(package_identity(db, node.manifest).dialect);
        BuildRecord {
            package: package_id(db, node),
            dependencies: node.dependencies.iter().map(|edge| ids[edge.to].clone()).collect(),
            target: target.name().to_owned(),
            compiler,
            compiler_version,
            toolchain: c.map(|(c, _)| toolchain(c)).unwrap_or_default(),
            profile: self.profile.to_string(),
            options: options(target, c.map(|(_, profile)| profile)),
            directory: self.layout.products().to_owned(),
            artefacts,
            actions,
        }
    }
}

fn keys_of(keys: &Keys, package: &Name, target: Target) -> Vec<Digest> {
    let own = keys.get(&(Some(package.clone()), target)).into_iter().flatten();
    own.chain(keys.get(&(None, target)).into_iter().flatten()).copied().collect()
}

/// The C compiler as a person knows it.
fn toolchain(c: &CToolchain) -> String {
    let name = c.compiler.program.file_name().unwrap_or_default();
    format!("{name} {}", c.version)
}

/// All options that decide what is made, as one digest.
fn options(target: Target, profile: Option<&CProfile>) -> Digest {
    let mut digest = DigestWriter::default();
    digest.part(target.name());
    if let Some(CProfile { optimization, debug, lto, strip }) = profile {
        digest.part([*optimization, u8::from(*debug), *lto as u8, u8::from(*strip)]);
    }
    digest.finish()
}

fn role(path: &Utf8Path) -> &'static str {
    match path.extension() {
        Some("ioct") => "intermediate",
        Some("o") => "object",
        Some("a") => "library",
        _ => "source",
    }
}
