//! One action for each package, then the programs.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{ModulePath, Name};
use crate::build::action::Action;
use crate::build::begin::{forget_rows, lock, prepare};
use crate::build::build::describe_outcomes;
use crate::build::check::jobs;
use crate::build::confined::{Confined, Described, Form};
use crate::build::emit::{Emitter, LIBRARIES, program_artefact};
use crate::build::error::BuildError;
use crate::build::executor::{ActionId, ActionOutcome, ExecutionContext, Executor, Results};
use crate::build::external::choice::Choice;
use crate::build::external::inputs::{Inputs, inputs};
use crate::build::external::said::Compiled;
use crate::build::keep::{self, Built, Files};
use crate::build::layout::Layout;
use crate::build::output::OutputError;
use crate::build::progress::Progress;
use crate::build::record::Record;
use crate::build::request::{Artefact, BuildRequest, Report};
use crate::build::shared::SharedStore;
use crate::build::sweep::made_beside;
use crate::build::told::Told;
use crate::build::tools::{ToolMemory, Tools, linker, profile, profile_name};
use crate::graph::{PackageNode, package_graph, workspace_diagnostics};
use crate::host::{CancelToken, Host};
use crate::manifest::package_identity;
use crate::source::{Db, File};
use crate::target::Target;
use crate::toolchain::{ExternalCompiler, Invocation, Probe, probe_external};

/// The folder, beside those of targets, in which compilers put what they make.
const STAGING: &str = "staging";

/// The export with which a program begins.
const MAIN: &str = "main";

/// Has the packages of a choice compiled, when all others are, and links programs of them.
pub(super) fn compile(
    (db, root): (&dyn Db, File),
    request: &BuildRequest,
    choice: &Choice<'_>,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Report, BuildError> {
    let host = db.host();
    let mut report = Report { diagnostics: workspace_diagnostics(db, root), ..Report::default() };
    if !report.success() {
        return Ok(report);
    }
    let layout = Layout::of(db, root).with_program_name(db, root, request.program_name.as_ref());
    prepare(host, &layout)?;
    let _alone = lock(host, &layout.workspace, progress, cancel)?;
    let (tools, compiler) = find((db, root), request, choice, &layout, cancel)?;
    let found = choice.external.iter().map(|package| found(db, &layout, package));
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let (layout, tools, compiler) = (&layout, &tools, &compiler);
    let build = Build { db, root, request, layout, tools, choice, compiler, found };
    build.run(&mut report, progress, cancel)?;
    Ok(report)
}

/// The C compiler, which links, and the one that is chosen.
fn find(
    (db, root): (&dyn Db, File),
    request: &BuildRequest,
    choice: &Choice<'_>,
    layout: &Layout,
    cancel: &CancelToken,
) -> Result<(Tools, ExternalCompiler), BuildError> {
    let host = db.host();
    let memory = ToolMemory::load(host, &layout.workspace);
    let files = memory.file_digests();
    let probe = Probe::new(host, &files, memory.versions(), cancel);
    let profile = profile(db, root, request);
    let linker = linker(host, layout, request, &profile);
    let tools = Tools::find(&probe, &[Target::C11], profile, linker.as_deref())?;
    let compiler = probe_external(&probe, &choice.command)?;
    memory.learn(&probe, &files, &layout.workspace)?;
    Ok((tools, compiler))
}

/// The files of a package. Outputs of the workspace and of the package, had it been built by itself, are none of it.
fn found(db: &dyn Db, layout: &Layout, package: &PackageNode) -> Result<Inputs, OutputError> {
    let own = Layout::of(db, package.manifest).outputs;
    inputs(db.host(), &package.directory, &[layout.outputs.clone(), own])
}

struct Build<'a> {
    db: &'a dyn Db,
    root: File,
    request: &'a BuildRequest,
    layout: &'a Layout,
    tools: &'a Tools,
    choice: &'a Choice<'a>,
    compiler: &'a ExternalCompiler,
    /// What may be read of each of the packages.
    found: Vec<Inputs>,
}

/// What has been added before programs are linked.
struct Added {
    /// How many of the actions make the run-time support; the packages follow in their order.
    runtime: usize,
    /// The files that are linked with packages, from the folder of products.
    support: Vec<Utf8PathBuf>,
    /// Whether all of it is there.
    is_whole: bool,
}

impl Build<'_> {
    fn host(&self) -> &dyn Host {
        self.db.host()
    }

    fn metadata(&self, package: &str) -> Utf8PathBuf {
        self.layout.metadata(package).expect("it is chosen only where the layout has metadata")
    }

    /// A place as programs see it that run in the workspace, wherever both are.
    fn relative(&self, path: &Utf8Path) -> Utf8PathBuf {
        from(path, &self.layout.workspace)
    }

    /// Does what is to be done, adds to the report what came of it, and writes down what the next build may know.
    fn run(
        &self,
        report: &mut Report,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(), BuildError> {
        let (host, root) = (self.host(), &*self.layout.workspace);
        let record = Record::load(host, root);
        if record.is_none() {
            // Rows are believed together with the record that is written now.
            forget_rows(host, root)?;
        }
        let record = record.unwrap_or_default();
        let files = record.file_digests(root);
        let store = (!self.request.no_store && !SharedStore::is_switched_off(host))
            .then(|| SharedStore::new(host, root, progress));
        let context = ExecutionContext {
            host,
            root,
            files: &files,
            store: store.as_ref().map(|store| store as &dyn Results),
            progress,
            cancel,
            jobs: jobs(self.db, self.request),
            keep_going: self.request.keep_going,
        };
        let (record, added) = self.compile_packages(context, record, report)?;
        let programs = if added.is_whole { self.programs() } else { Vec::new() };
        let mut record = self.link_programs(context, record, &added, &programs, report);
        if added.is_whole && self.request.packages.is_empty() {
            self.prune(&programs, &mut record)?;
        }
        let told = Told::take(host, root)?;
        record.save(host, root)?;
        if cancel.is_cancelled() {
            return Err(BuildError::Interrupted);
        }
        if let Some(store) = &store {
            self.keep(store, &added, &programs, (&record, told));
        }
        Ok(())
    }

    fn compile_packages(
        &self,
        context: ExecutionContext<'_>,
        record: Record,
        report: &mut Report,
    ) -> Result<(Record, Added), OutputError> {
        let executor = Executor::new(context, record);
        let added = executor.run(|executor| self.add_packages(executor));
        let (mut outcomes, record) = executor.finish();
        let mut added = added?;
        added.is_whole = outcomes.iter().all(|outcome| outcome.status.is_success());
        let packages = outcomes.split_off(added.runtime);
        describe_outcomes(report, outcomes);
        self.describe(packages, report, context.progress);
        Ok((record, added))
    }

    fn link_programs(
        &self,
        context: ExecutionContext<'_>,
        record: Record,
        added: &Added,
        programs: &[&PackageNode],
        report: &mut Report,
    ) -> Record {
        let executor = Executor::new(context, record);
        let links: Vec<ActionId> = executor.run(|executor| {
            let links = programs.iter().map(|package| self.link(package, added));
            links.map(|action| executor.add(action, &[])).collect()
        });
        let (outcomes, record) = executor.finish();
        for (package, link) in programs.iter().zip(links) {
            if outcomes[link.index()].status.is_success() {
                report.artefacts.push(self.artefact(package));
            }
        }
        describe_outcomes(report, outcomes);
        record
    }

    fn add_packages(&self, executor: &Executor<'_>) -> Result<Added, OutputError> {
        let mut emitter = Emitter::new(self.layout, self.tools);
        if self.compiler.runtime.is_none() {
            let packages = self.choice.embedded.iter().chain(&self.choice.external);
            let packages: Vec<&PackageNode> = packages.copied().collect();
            emitter.runtime(self.db, &packages, Target::C11, executor)?;
        }
        let own = self.compiler.runtime.iter().map(|it| from(it, self.layout.products()));
        let objects: Vec<&Utf8PathBuf> = emitter.runtime_objects().collect();
        let added = Added {
            runtime: objects.len(),
            support: objects.into_iter().cloned().chain(own).collect(),
            is_whole: false,
        };
        let mut ids: BTreeMap<&Name, ActionId> = BTreeMap::new();
        for (package, inputs) in self.choice.external.iter().zip(&self.found) {
            let action = self.action(package, inputs);
            let before = self.dependencies(package).filter_map(|it| ids.get(&it.name).copied());
            let before: Vec<ActionId> = before.collect();
            ids.insert(&package.name, executor.add(action, &before));
        }
        Ok(added)
    }

    fn dependencies(&self, package: &PackageNode) -> impl Iterator<Item = &PackageNode> {
        let graph = package_graph(self.db, self.root);
        package.dependencies.iter().map(|edge| &graph.packages[edge.to])
    }

    /// Compiles a package. The command is the one that the document of Oats prints.
    fn action(&self, package: &PackageNode, inputs: &Inputs) -> Action {
        let name = &package.name;
        let (object, metadata) = (self.layout.library(name), self.metadata(name));
        let staging = self.relative(&self.layout.compiler.join(STAGING).join(&**name));
        let home = match self.relative(&package.directory) {
            home if home.as_str().is_empty() => Utf8PathBuf::from("."),
            home => home,
        };
        let mut arguments = vec!["--package-root".to_owned(), home.to_string()];
        let mut read = inputs.granted.clone();
        let mut files: Vec<Utf8PathBuf> =
            inputs.files.iter().map(|path| self.relative(path)).collect();
        let mut dependencies: Vec<&Name> = self.dependencies(package).map(|it| &it.name).collect();
        dependencies.sort();
        dependencies.dedup();
        for dependency in dependencies {
            let path = self.metadata(dependency);
            let shown = self.relative(&path);
            arguments.extend(["--extern-pkg".to_owned(), format!("{dependency}={shown}")]);
            files.push(shown);
            read.push(path);
        }
        let output = staging.join(object.file_name().unwrap_or_default());
        arguments.extend(["-o".to_owned(), output.into_string()]);
        let tool = self.compiler.tool.clone();
        let invocation = Invocation { tool, arguments, environment: plain_messages() };
        let outputs = [&object, &metadata].map(|path| self.relative(path));
        let label = format!("{} {name}", self.compiler.name());
        Action::new(label, &self.layout.workspace, invocation, files, outputs).confined(Confined {
            staging,
            sources: home,
            read,
            own: self.compiler.read.clone(),
            forms: vec![Form::Object, Form::Metadata(name.clone())],
        })
    }

    fn describe(&self, outcomes: Vec<ActionOutcome>, report: &mut Report, progress: &dyn Progress) {
        let extension = self.choice.dialect.source_extension();
        let packages = self.choice.external.iter().zip(&self.found);
        for ((package, inputs), outcome) in packages.zip(outcomes) {
            let sources = inputs.files.iter().filter(|it| it.extension() == Some(extension));
            let compiled = Compiled {
                host: self.host(),
                workspace: &self.layout.workspace,
                directory: &package.directory,
                inputs,
                sources: sources.count(),
            };
            compiled.describe(outcome, report, progress);
        }
    }

    /// The packages of which programs are made: members whose metadata, which is there, has what a program begins with.
    fn programs(&self) -> Vec<&PackageNode> {
        let begins = |package: &&PackageNode| {
            let bytes = self.host().read(&self.metadata(&package.name)).unwrap_or_default();
            Described::parse(&bytes).is_ok_and(|it| it.exports(MAIN))
        };
        let members = self.choice.external.iter().copied().filter(|package| package.is_member);
        members.filter(begins).collect()
    }

    /// Links the program of a package from its objects, those of all it depends on, and the run-time support.
    fn link(&self, package: &PackageNode, added: &Added) -> Action {
        let (c, profile) = self.tools.c.as_ref().expect("they were found for C");
        let graph = package_graph(self.db, self.root);
        let reached = graph.closure(graph.index_of(&package.name));
        let closure: Vec<&PackageNode> = graph
            .order()
            .filter(|node| graph.index_of(&node.name).is_some_and(|index| reached[index]))
            .collect();
        let objects = closure.iter().rev();
        let objects = objects.map(|it| self.layout.from_products(&self.layout.library(&it.name)));
        let inputs: Vec<Utf8PathBuf> = objects.chain(added.support.iter().cloned()).collect();
        let program = self.layout.from_products(&self.layout.program(&package.name));
        let paths = inputs.iter().map(Utf8PathBuf::as_path);
        let invocation = c.link(profile, &program, paths, LIBRARIES);
        let label = format!("link {}", package.name);
        Action::new(label, self.layout.products(), invocation, inputs, [program])
    }

    fn artefact(&self, package: &PackageNode) -> Artefact {
        let main = package_identity(self.db, package.manifest).main.clone().unwrap_or_default();
        let module = ModulePath::new(format!("{}/{main}", package.name));
        program_artefact(self.layout, &package.name, &module, Target::C11)
    }

    /// Removes what was made of packages that are gone, and programs of what is none any more. Programs that were given another
    /// name are the user's business.
    fn prune(&self, programs: &[&PackageNode], record: &mut Record) -> Result<(), OutputError> {
        let packages = &package_graph(self.db, self.root).packages;
        let products: BTreeSet<Utf8PathBuf> =
            packages.iter().flat_map(|it| self.layout.products_of(&it.name)).collect();
        let is_program = |path: &Utf8Path, of: &PackageNode| path == self.layout.program(&of.name);
        for path in made_beside(self.host(), self.layout, record)? {
            let is_stale = if Layout::is_of_package(&path) {
                !products.contains(&path)
            } else {
                packages.iter().any(|it| is_program(&path, it))
                    && !programs.iter().any(|it| is_program(&path, it))
            };
            if is_stale {
                self.host().remove_file(&path).map_err(OutputError::during("remove", &path))?;
                record.forget(&self.layout.workspace, &path);
            }
        }
        Ok(())
    }

    /// Tells the store what there is.
    fn keep(
        &self,
        store: &SharedStore<'_>,
        added: &Added,
        programs: &[&PackageNode],
        (record, told): (&Record, Option<Told>),
    ) {
        let files = |name: &Name| {
            let is_linked = programs.iter().any(|it| it.name == *name);
            let program = Some(self.layout.program(name)).filter(|_| is_linked);
            let program = program.filter(|path| self.host().stat(path).is_ok());
            let all = self.layout.products_of(name).into_iter().chain(program);
            all.collect::<Vec<Utf8PathBuf>>()
        };
        let builds = self.choice.external.iter().filter(|_| added.is_whole).map(|package| Built {
            package,
            target: Target::C11,
            is_new: true,
            files: Files::Made(files(&package.name).into()),
        });
        let made = keep::Made {
            root: self.root,
            // These are never all packages in one way.
            composition: None,
            layout: self.layout,
            tools: self.tools,
            profile: &profile_name(self.db, self.root, self.request),
            builds: builds.collect(),
            record,
            external: Some((self.choice.dialect, self.compiler)),
        };
        keep::keep(self.db, store, &made, told);
        store.close();
    }
}

/// Messages are kept and shown again: they must not depend on whose terminal came first.
fn plain_messages() -> Vec<(String, String)> {
    [("LC_ALL", "C"), ("NO_COLOR", "1")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()
}

/// The path as seen from the directory `base`, relative wherever both are.
fn from(path: &Utf8Path, base: &Utf8Path) -> Utf8PathBuf {
    let shared = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    let up = base.components().skip(shared).map(|_| camino::Utf8Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}
