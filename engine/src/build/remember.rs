//! Writing down what a build has found out, for the next one.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::base::{Name, PathMap, relative_to};
use crate::build::emit::Emitter;
use crate::build::executor::{ActionId, ActionOutcome};
use crate::build::layout::Layout;
use crate::build::output::OutputError;
use crate::build::record::ActionRecord;
use crate::build::walk::{Walk, manifest_name};
use crate::build::way::Way;
use crate::codec::{self, Bytes};
use crate::compile::{
    Module, are_parts_as_left, checked_module, encode_diagnostics, import_targets, intermediate,
    is_main, is_of_one_moment, kept_part, manifest_digest, module_diagnostics, module_imports,
    module_interface, modules_of, own_imports, package_diagnostics, package_order, position_record,
    program_module, source_digest, source_name, surroundings, unaffected_parts, uses_of,
};
use crate::graph::{PackageNode, package_graph, workspace_diagnostics};
use crate::host::FileDigests;
use crate::ir::ioct;
use crate::lang::ImportDecl;
use crate::manifest::package_identity;
use crate::source::{Db, directory_at, directory_entries, remembered_workspace};
use crate::state::{
    FileSet, ImportRow, InputContent, InputsRow, ModuleHead, ModulePart, ModuleRow, Observation,
    OutputRow, PackageEntry, PackageRow, PackageSummary, Records, SavedShard, Shard, WorkspaceRow,
};
use crate::workspace::{package_sources, source_directories};

/// A build that has ended.
pub(crate) struct Ended<'a, 'db> {
    pub(crate) walk: &'a Walk<'a, 'db>,
    pub(crate) layout: &'a Layout,
    pub(crate) ways: &'a [Way],
    pub(crate) emitter: &'a Emitter<'a>,
    pub(crate) outcomes: &'a [ActionOutcome],
    /// The digests of what actions read and made.
    pub(crate) files: &'a FileDigests,
}

impl<'db> Ended<'_, 'db> {
    fn db(&self) -> &'db dyn Db {
        self.walk.db
    }

    fn root(&self) -> &Utf8Path {
        &self.layout.workspace
    }

    /// Writes down what was found out of the packages that were looked into; yields those that can be left as they are. Outputs are in
    /// place by now.
    pub(crate) fn remember_packages(&self) -> Result<Vec<&'db PackageNode>, OutputError> {
        let mut whole = Vec::new();
        let directories = self.db().inputs().listed_directories(self.db());
        for package in self.walk.packages().filter(|it| self.walk.has_entered(&it.name)) {
            let (host, root, name) = (self.db().host(), self.root(), &*package.name);
            let folder = root.join(crate::state::FOLDER).join("packages");
            let failed = || OutputError::during("write what is remembered in", &folder);
            if self.remember(package, &directories).map_err(failed())? {
                whole.push(package);
            } else {
                PackageRow::forget(host, root, name).map_err(failed())?;
            }
        }
        Ok(whole)
    }

    /// Writes down what was found out of a package; whether that is all. An old row is not believed with what is new: it names what it
    /// belongs to.
    fn remember(
        &self,
        package: &PackageNode,
        directories: &PathMap<Observation>,
    ) -> std::io::Result<bool> {
        let (db, host, root, name) = (self.db(), self.db().host(), self.root(), &*package.name);
        if !is_of_one_moment(db, self.walk.root, package.manifest) {
            return Ok(false);
        }
        let shard = self.shard(package).save(host, root, name)?;
        self.keep_records(package)?;
        if shard.modules != package_sources(db, package.manifest).len() {
            return Ok(false);
        }
        let Some(inputs) = self.inputs(package, directories) else { return Ok(false) };
        inputs.save(host, root, name)?;
        let Some(row) = self.row(package, &inputs, shard) else { return Ok(false) };
        row.save(host, root, name)?;
        Ok(true)
    }

    /// Keeps what is new of the modules' meaning, or all of it where nothing is kept.
    fn keep_records(&self, package: &PackageNode) -> std::io::Result<()> {
        let (db, host, root) = (self.db(), self.db().host(), self.root());
        let are_there = Records::are_there(host, root, &package.name);
        let is_new = |module| !checked_module(db, module).is_kept();
        let records = |module: Module<'db>| {
            let meaning = intermediate(db, module).clone()?;
            let positions = position_record(db, module).clone()?;
            Some((module.path(db).clone(), [meaning, positions]))
        };
        let modules = unaffected_parts(db, self.walk.root, package.manifest);
        let new = modules.filter(|(module, part)| !are_there || part.is_none() && is_new(*module));
        let made = new.filter_map(|(module, _)| records(module)).collect();
        let all = package_sources(db, package.manifest).iter().map(|(path, _)| path).collect();
        Records::keep(host, root, (&package.name, &all), made)
    }

    fn shard(&self, package: &PackageNode) -> Shard {
        let (db, root) = (self.db(), self.walk.root);
        let are_as_left = are_parts_as_left(db, root, package.manifest);
        let kept = |part: &&ModulePart| are_as_left && !part.is_broken();
        let modules = unaffected_parts(db, root, package.manifest);
        let parts = modules.filter_map(|(module, unaffected)| {
            let part = unaffected.filter(kept).cloned();
            Some((module.path(db).clone(), part.or_else(|| self.module_part(module))?))
        });
        let surroundings = surroundings(db, root, package.manifest).clone();
        Shard::new(surroundings, parts.collect())
    }

    fn module_part(&self, module: Module<'db>) -> Option<ModulePart> {
        let db = self.db();
        if let Some(kept) = kept_part(db, module) {
            return Some(kept);
        }
        let checked = checked_module(db, module);
        let uses = uses_of(db, module)?.clone();
        let imports = module_imports(db, module).iter();
        let imports = imports.map(|it| {
            let ImportDecl { module, otherwise, range } = it.clone();
            ImportRow { module, otherwise, range }
        });
        let file = self.layout.intermediate(module.path(db));
        let order = package_order(db, module.root(db), module.package(db));
        let head = ModuleHead {
            source: source_digest(db, module),
            origin: source_name(db, self.walk.root, module.source(db)),
            is_main: is_main(db, module),
            own_imports: own_imports(db, module),
            interface: checked.interface.fingerprint,
            meaning: checked.meaning.as_ref().map(crate::compile::IoctRecord::digest),
            positions: checked.positions.as_ref().map(crate::compile::IoctRecord::digest),
            is_clean: checked.meaning.is_some()
                && module_diagnostics(db, module).is_empty()
                && order.circle_of(module.path(db)).is_none(),
        };
        let row = ModuleRow {
            imports: imports.collect(),
            targets: import_targets(db, module).iter().map(|it| it.path(db).clone()).collect(),
            uses,
            interface: Bytes(ioct::encode_interface(module_interface(db, module))),
            findings: checked.findings.clone(),
            file: relative_to(&file, self.root()).into(),
        };
        Some(ModulePart::new(head, row))
    }

    /// The row of a package; `None` where it has errors or was not made in every way that was asked for.
    fn row(
        &self,
        package: &PackageNode,
        inputs: &InputsRow,
        shard: SavedShard,
    ) -> Option<PackageRow> {
        let (db, root) = (self.db(), self.walk.root);
        let diagnostics = package_diagnostics(db, root, package.manifest);
        if !self.walk.is_sound(package)
            || diagnostics.iter().any(crate::source::Diagnostic::is_error)
        {
            return None;
        }
        let dependencies = self.dependencies(package);
        let outputs = self.ways.iter().map(|way| self.output_row(package, way));
        let mut outputs = outputs.collect::<Option<Vec<OutputRow>>>()?;
        // What was made in other ways of the same modules is still there.
        let before = self.walk.surveyed(&package.name);
        let before = before
            .filter(|it| it.known.unchanged && it.known.row.summary.dependencies == dependencies);
        let others = before.into_iter().flat_map(|it| &it.known.row.outputs);
        outputs.extend(others.filter(|it| self.ways.iter().all(|w| w.digest != it.way)).cloned());
        let summary = PackageSummary {
            interfaces: self.walk.interfaces(package),
            shard: shard.checksum,
            dependencies,
            main: program_module(db, package.manifest).clone(),
            diagnostics: encode_diagnostics(self.root(), diagnostics),
        };
        Some(PackageRow {
            manifest: manifest_name(db, self.walk.root, package.manifest).into(),
            inputs: inputs.files(),
            summary: Arc::new(summary),
            contents: inputs.contents(),
            modules: modules_of(db, root, package.manifest).count() as u32,
            outputs,
        })
    }

    /// What a package depends on, sorted by name, and the fingerprints of what that shows.
    fn dependencies(&self, package: &PackageNode) -> Vec<(Name, u128)> {
        let graph = package_graph(self.db(), self.walk.root);
        let nodes = package.sorted_dependencies().map(|index| &graph.packages[index]);
        nodes.map(|node| (node.name.clone(), self.walk.interfaces(node))).collect()
    }

    fn inputs(
        &self,
        package: &PackageNode,
        directories: &PathMap<Observation>,
    ) -> Option<InputsRow> {
        let (db, manifest) = (self.db(), package.manifest);
        let mut inputs: Vec<(&Utf8Path, Observation, InputContent)> = Vec::new();
        for path in source_directories(db, manifest) {
            let entries = directory_entries(db, directory_at(db, path)).as_deref();
            if entries.is_err_and(|absence| absence.unreadable().is_some()) {
                return None;
            }
            let (observation, content) = match directories.get(path) {
                Some(then) if path != self.root() => {
                    (*then, InputContent::Directory(entries.unwrap_or_default().to_vec()))
                }
                _ => self.same_directory(path)?,
            };
            inputs.push((path, observation, content));
        }
        let content = InputContent::File(manifest_digest(db, manifest));
        inputs.push((manifest.path(db), manifest.observation(db)?, content));
        for (module, unaffected) in unaffected_parts(db, self.walk.root, manifest) {
            if unaffected.is_none() && checked_module(db, module).is_unreadable() {
                return None;
            }
            let digest = unaffected.map(|part| part.head().source);
            let digest = digest.unwrap_or_else(|| source_digest(db, module));
            let source = module.source(db);
            inputs.push((source.path(db), source.observation(db)?, InputContent::File(digest)));
        }
        Some(InputsRow::new(self.root(), inputs))
    }

    /// How a directory looks now, if since it was listed nothing has come or gone in it but what the build itself makes.
    fn same_directory(&self, path: &Utf8Path) -> Option<(Observation, InputContent)> {
        let (db, host) = (self.db(), self.db().host());
        let now = Observation::now(host, path);
        let then = directory_entries(db, directory_at(db, path)).as_deref().ok();
        let there = host.entries(path).ok();
        let outputs = self.layout.outputs.strip_prefix(path).ok();
        let outputs = outputs.and_then(|it| it.components().next()).map_or("", |it| it.as_str());
        let is_same = if path == self.root() {
            let own = |entries| without_outputs(entries, outputs);
            there.as_deref().map(own) == then.map(own)
        } else {
            there.as_deref() == then
        };
        is_same.then(|| (now, InputContent::Directory(there.unwrap_or_default())))
    }

    fn output_row(&self, package: &PackageNode, way: &Way) -> Option<OutputRow> {
        let outputs = self.emitter.outputs_of(&package.name, way.target)?;
        let has_read_runtime = !outputs.1.is_empty();
        (!has_read_runtime || self.is_runtime_right(way)).then(|| self.made_in(way, outputs))?
    }

    /// Whether the run-time support, whose headers the packages' actions read, is what was made.
    fn is_runtime_right(&self, way: &Way) -> bool {
        let runtime = self.emitter.runtime_outputs(way.target);
        runtime.is_none_or(|(files, _)| files.iter().all(|it| self.right_look(it).is_some()))
    }

    fn made_in(
        &self,
        way: &Way,
        (files, actions): &(Vec<Utf8PathBuf>, Vec<ActionId>),
    ) -> Option<OutputRow> {
        let outcomes = actions.iter().map(|action| &self.outcomes[action.index()]);
        let mut messages = Vec::new();
        for outcome in outcomes {
            if !outcome.status.is_success() {
                return None;
            }
            let text = outcome.record.as_ref().map(ActionRecord::text).unwrap_or_default();
            if !text.is_empty() {
                messages.push((outcome.label.clone(), text));
            }
        }
        let looks = files.iter().map(|path| Some((path.as_path(), self.right_look(path)?)));
        let looks = looks.collect::<Option<Vec<(&Utf8Path, Observation)>>>()?;
        let files = FileSet::just_observed(self.db().host(), self.root(), looks);
        Some(OutputRow { way: way.digest, files, messages })
    }

    /// How an output looks that is what was made; `None` where somebody else has written meanwhile. An earlier look is as good as one
    /// now if what came after it would show: then the next build sees it.
    fn right_look(&self, path: &Utf8Path) -> Option<Observation> {
        let (seen, digested) = (self.emitter.look(path), self.files.stamp(path));
        if let (Some(look), None) = (seen, digested)
            && look.stamp.is_some()
            && look.is_settled()
        {
            return Some(look);
        }
        let now = Observation::now(self.db().host(), path);
        let is_as_seen = seen.is_none_or(|then| then.stamp == now.stamp);
        let is_as_digested = digested.is_none_or(|then| Some(then) == now.stamp);
        (is_as_seen && is_as_digested).then_some(now)
    }

    /// Writes down what was found out of the workspace as a whole, beside what is `known` of it, or forgets it where its manifests
    /// have mistakes. In the folders of the `swept` targets, and of no others, only outputs of this workspace are left. Yields the
    /// [composition](WorkspaceRow::composition) that is written down.
    pub(crate) fn remember_workspace(
        &self,
        known: Option<&WorkspaceRow>,
        swept: BTreeSet<String>,
    ) -> Result<Option<u128>, OutputError> {
        let (db, root) = (self.db(), self.walk.root);
        let host = db.host();
        let failed = OutputError::during("write what is remembered in", self.root());
        if !workspace_diagnostics(db, root).is_empty() {
            return WorkspaceRow::forget(host, self.root()).map(|()| None).map_err(failed);
        }
        let before = known.or_else(|| remembered_workspace(db, root).map(|it| &*it.row));
        let runtime = self.runtime(before);
        if let Some(known) = known.filter(|it| it.swept == swept && it.runtime == runtime) {
            return Ok(Some(known.composition));
        }
        let row = before.cloned().or_else(|| self.workspace_row());
        let row = row.map(|row| WorkspaceRow { runtime, swept, ..row });
        match &row {
            Some(row) => row.save(host, self.root()),
            None => WorkspaceRow::forget(host, self.root()),
        }
        .map_err(failed)?;
        Ok(row.map(|it| it.composition))
    }

    /// The run-time support that there is, in the ways of this build and in those of which it is known from `before`.
    fn runtime(&self, before: Option<&WorkspaceRow>) -> Vec<OutputRow> {
        let is_other = |it: &&OutputRow| self.ways.iter().all(|way| way.digest != it.way);
        let others = before.iter().flat_map(|it| &it.runtime).filter(is_other).cloned();
        let made = |way: &Way| self.made_in(way, self.emitter.runtime_outputs(way.target)?);
        others.chain(self.ways.iter().filter_map(made)).collect()
    }

    /// The row of the workspace; `None` where its dependencies are not where its manifests say.
    fn workspace_row(&self) -> Option<WorkspaceRow> {
        let (db, root) = (self.db(), self.walk.root);
        let graph = package_graph(db, root);
        if db.inputs().externs().is_some() {
            return None;
        }
        let order: Vec<usize> = graph.levels.iter().flatten().copied().collect();
        let mut place = vec![0; graph.packages.len()];
        order.iter().enumerate().for_each(|(new, old)| place[*old] = new as u32);
        let packages = order.iter().map(|index| {
            let node = &graph.packages[*index];
            let edges = node.dependencies.iter();
            Some(PackageEntry {
                name: node.name.clone(),
                manifest: manifest_name(db, root, node.manifest).into(),
                is_member: node.is_member,
                observed: node.manifest.observation(db)?,
                digest: manifest_digest(db, node.manifest),
                identity: codec::encode_part(package_identity(db, node.manifest)),
                dependencies: edges.map(|it| (place[it.to], it.dependency as u32)).collect(),
            })
        });
        let packages = packages.collect::<Option<Vec<PackageEntry>>>()?;
        Some(WorkspaceRow {
            root: root.path(db).file_name()?.to_owned(),
            composition: WorkspaceRow::composition_of(&packages),
            packages,
            manifests: self.manifests()?,
            runtime: Vec::new(),
            swept: BTreeSet::new(),
        })
    }

    /// The manifests, and the directories that were listed to find them, sources left out. A directory in which only the build itself
    /// has made something meanwhile counts as it looks now.
    fn manifests(&self) -> Option<FileSet> {
        let (db, root) = (self.db(), self.walk.root);
        let graph = package_graph(db, root);
        let packages: FxHashSet<&Utf8Path> =
            graph.packages.iter().map(|it| it.directory.as_path()).collect();
        let mut sources: FxHashSet<&Utf8Path> = FxHashSet::default();
        for node in &graph.packages {
            sources.extend(source_directories(db, node.manifest).iter().map(Utf8PathBuf::as_path));
        }
        let mut observed = vec![(root.path(db).clone(), root.observation(db)?)];
        for node in graph.packages.iter().filter(|node| node.manifest != root) {
            observed.push((node.manifest.path(db).clone(), node.manifest.observation(db)?));
        }
        for (path, _) in db.inputs().listed_directories(db).iter() {
            let is_of_sources = sources.contains(path) && !packages.contains(path);
            let above = self.root() != path && self.root().starts_with(path);
            if !is_of_sources && !above {
                let (now, _) = self.same_directory(path)?;
                observed.push((path.to_owned(), now));
            }
        }
        let observed = observed.iter().map(|(path, it)| (path.as_path(), *it));
        Some(FileSet::new(self.root(), observed))
    }
}

/// The entries of a workspace's root without those that builds make in it, `outputs` and the folder of the state.
fn without_outputs<'e>(
    entries: &'e [crate::host::Entry],
    outputs: &str,
) -> Vec<&'e crate::host::Entry> {
    entries.iter().filter(|it| it.name != crate::state::FOLDER && it.name != outputs).collect()
}
