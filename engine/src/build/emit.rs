//! Writing what queries say the outputs are, and adding the actions that make the rest.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::base::{ModulePath, Name};
use crate::build::action::Action;
use crate::build::executor::{ActionId, ActionOutcome, Executor, Status};
use crate::build::layout::Layout;
use crate::build::output::{OutputError, Written, put};
use crate::build::request::{Artefact, Report, Run, Step};
use crate::build::tools::Tools;
use crate::compile::{
    Module, are_positions_as_left, intermediate, is_wholly_kept, module_interface,
    package_language, position_record, program_module, source_name,
};
use crate::graph::PackageNode;
use crate::ir::{ENTRY, ioct};
use crate::source::{Db, File};
use crate::state::Observation;
use crate::target::{
    GeneratedFile, Target, module_output, package_metadata, position_output, prelude_output,
};
use crate::toolchain::Invocation;

/// The libraries of the system that the run-time support needs.
pub(crate) const LIBRARIES: &[&str] = &["m", "pthread"];

/// The header that all generated C includes.
const RUNTIME_HEADER: &str = "oast_runtime.h";

/// What was written for a module.
#[derive(Debug, Default)]
pub(crate) struct WrittenModule {
    /// The files, each with the target that it is for; the intermediate is for all.
    files: Vec<(Option<Target>, Utf8PathBuf)>,
    /// How those of them looked that this build has written or compared.
    looks: Vec<(Utf8PathBuf, Observation)>,
    /// Whether one of them is not what it was.
    changed: bool,
    /// Whether there was nothing to compile: what is written was lost.
    is_kept: bool,
    /// The C sources among them, relative to the folder of C.
    c_sources: Vec<Utf8PathBuf>,
}

/// Writes the intermediate of a module that has a meaning, and its files for `targets`.
pub(crate) fn write_module(
    db: &dyn Db,
    module: Module<'_>,
    targets: &[Target],
    layout: &Layout,
) -> Result<WrittenModule, OutputError> {
    let is_kept = is_wholly_kept(db, module);
    let mut written = WrittenModule { is_kept, ..WrittenModule::default() };
    let mut add = |target, path: Utf8PathBuf, bytes: &[u8]| -> Result<(), OutputError> {
        let (how, look) = put(db.host(), &path, bytes)?;
        written.changed |= how == Written::Changed;
        written.looks.push((path.clone(), look));
        written.files.push((target, path));
        Ok(())
    };
    if let Some(file) = ioct_file(db, module) {
        add(None, layout.intermediate(module.path(db)), &file)?;
    }
    for target in targets {
        let folder = layout.target(*target);
        if let Some(file) = module_output(db, module, *target) {
            add(Some(*target), folder.join(&file.path), file.contents.as_bytes())?;
            if *target == Target::C11 {
                written.c_sources.push(file.path.clone());
            }
        }
    }
    Ok(written)
}

/// What was written for a module in an earlier build and is there as it was.
pub(crate) fn kept_module(
    db: &dyn Db,
    module: Module<'_>,
    targets: &[Target],
    layout: &Layout,
) -> WrittenModule {
    let path = module.path(db);
    let mut kept = WrittenModule::default();
    kept.files.push((None, layout.intermediate(path)));
    for target in targets {
        let file = target.backend().module_path(path);
        kept.files.push((Some(*target), layout.target(*target).join(&file)));
        if *target == Target::C11 {
            kept.c_sources.push(file);
        }
    }
    kept
}

/// The bytes of a module's `.ioct` file.
fn ioct_file(db: &dyn Db, module: Module<'_>) -> Option<Vec<u8>> {
    let dialect = package_language(db, module.package(db)).0;
    let origin = ioct::Origin {
        source: source_name(db, module.root(db), module.source(db)),
        dialect: Name::new(dialect.name()),
    };
    let interface = ioct::encode_interface(module_interface(db, module));
    let (meaning, positions) =
        (intermediate(db, module).as_ref()?, position_record(db, module).as_ref()?);
    Some(ioct::join(&origin, &interface, meaning, positions))
}

/// A file that an action makes, or has made in an earlier build, as [`Layout::from_products`] names it.
type Object = (Utf8PathBuf, Option<ActionId>);

/// The outputs of a package, absolute, and the actions that make some of them.
type PackageOutputs = (Vec<Utf8PathBuf>, Vec<ActionId>);

/// A module whose outputs are under way.
#[derive(Debug)]
struct Made {
    path: ModulePath,
    changed: bool,
    is_kept: bool,
    actions: Vec<ActionId>,
}

/// What a build has written so far, and which actions make the rest.
#[derive(Debug)]
pub(crate) struct Emitter<'a> {
    layout: &'a Layout,
    tools: &'a Tools,
    /// All outputs that this build has looked at, absolute.
    pub(crate) outputs: Vec<Utf8PathBuf>,
    /// How outputs looked when their content was right, by the text of the path, which is hashed faster.
    looks: FxHashMap<String, Observation>,
    /// The outputs of each package for each target, under no name those of the run-time support, and what programs said while they made them.
    packages: BTreeMap<(Option<Name>, Target), PackageOutputs>,
    /// The packages of which nothing is missing for a target.
    whole: BTreeSet<(Name, Target)>,
    made: Vec<Made>,
    /// The objects of each package, and under no name those of the run-time support.
    objects: BTreeMap<Option<Name>, Vec<Object>>,
    libraries: BTreeMap<Name, Object>,
    /// What is promised, with the action that makes it, if one does.
    artefacts: Vec<(Artefact, Option<ActionId>)>,
}

impl<'a> Emitter<'a> {
    /// Nothing is written yet.
    pub(crate) fn new(layout: &'a Layout, tools: &'a Tools) -> Emitter<'a> {
        Emitter {
            layout,
            tools,
            outputs: Vec::new(),
            looks: FxHashMap::default(),
            packages: BTreeMap::new(),
            whole: BTreeSet::new(),
            made: Vec::new(),
            objects: BTreeMap::new(),
            libraries: BTreeMap::new(),
            artefacts: Vec::new(),
        }
    }

    /// Writes the run-time support of a target and what belongs to the languages of `packages`. It is the same for every build by this
    /// engine, so what was seen to be as it was is left.
    pub(crate) fn runtime(
        &mut self,
        db: &dyn Db,
        packages: &[&PackageNode],
        target: Target,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let mut files = target.backend().runtime_files();
        for dialect in packages.iter().map(|it| it.dialect).collect::<BTreeSet<_>>() {
            files.extend(prelude_output(dialect, target));
        }
        for file in &files {
            let path = self.layout.target(target).join(&file.path);
            if self.look(&path).is_some() {
                self.leave(target, &file.path, None);
            } else {
                self.write(db, target, file, None)?;
            }
        }
        for file in files.iter().filter(|file| file.path.extension() == Some("c")) {
            self.compile(&file.path, "run-time support", None, executor);
        }
        Ok(())
    }

    /// The objects of the run-time support, as [`Layout::from_products`] names them.
    pub(crate) fn runtime_objects(&self) -> impl Iterator<Item = &Utf8PathBuf> {
        self.objects.get(&None).into_iter().flatten().map(|(path, _)| path)
    }

    /// Writes what generated files of a target include.
    pub(crate) fn headers(&mut self, db: &dyn Db, target: Target) -> Result<(), OutputError> {
        let files = target.backend().runtime_files();
        let mut headers = files.iter().filter(|file| file.path.extension() == Some("h"));
        headers.try_for_each(|file| self.write(db, target, file, None))
    }

    /// Leaves a package as it is: its outputs in `target` are there.
    pub(crate) fn keep(&mut self, package: &Name, target: Target) {
        if target == Target::C11 {
            let library = self.layout.from_products(&self.layout.library(package));
            self.libraries.insert(package.clone(), (library, None));
        }
    }

    /// Adds the actions that a module needs whose files were written.
    pub(crate) fn module(
        &mut self,
        path: &ModulePath,
        written: WrittenModule,
        targets: &[Target],
        executor: &Executor<'_>,
    ) {
        let package = Name::new(path.package());
        let compile = written
            .c_sources
            .iter()
            .filter_map(|source| self.compile(source, path.as_str(), Some(&package), executor));
        let actions = compile.collect();
        self.saw(written.looks);
        for (target, file) in written.files {
            for own in targets.iter().filter(|own| target.is_none_or(|target| target == **own)) {
                self.package_outputs(Some(&package), *own).push(file.clone());
            }
            self.outputs.push(file);
        }
        let WrittenModule { changed, is_kept, .. } = written;
        self.made.push(Made { path: path.clone(), changed, is_kept, actions });
    }

    /// Writes what a package has beside its modules, and adds the actions that put it together. If its outputs are `intact`, what
    /// would be the same is left.
    pub(crate) fn package(
        &mut self,
        db: &dyn Db,
        root: File,
        (package, intact): (&PackageNode, bool),
        target: Target,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let positions = target.backend().position_path(&package.name);
        if intact && are_positions_as_left(db, root, package.manifest) {
            self.leave(target, &positions, Some(&package.name));
        } else {
            let file = position_output(db, root, package.manifest, target);
            self.write(db, target, file, Some(&package.name))?;
        }
        if target == Target::C11 {
            let label = format!("{} (positions)", package.name);
            self.compile(&positions, &label, Some(&package.name), executor);
            if let Some(main) = program_of(db, package).filter(|_| self.layout.merges_objects()) {
                let module = ModulePath::new(format!("{}/{main}", package.name));
                for file in target.backend().program_files(&module, &Name::new(ENTRY)) {
                    self.write(db, target, &file, Some(&package.name))?;
                    let label = format!("{module} (start)");
                    self.compile(&file.path, &label, Some(&package.name), executor);
                }
            }
            self.library(&package.name, executor);
            self.metadata(db, root, package)?;
        }
        if program_of(db, package).is_none() {
            self.whole.insert((package.name.clone(), target));
        }
        Ok(())
    }

    /// Writes what makes a program of `package`, whose libraries and those of all it depends on, `closure`, are made; and adds
    /// the action that links it.
    pub(crate) fn program(
        &mut self,
        db: &dyn Db,
        package: &PackageNode,
        closure: &[&PackageNode],
        target: Target,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let Some(main) = program_of(db, package) else { return Ok(()) };
        let module = ModulePath::new(format!("{}/{main}", package.name));
        match target {
            Target::Python3 => self.promise(package, &module, target, None),
            Target::C11 => {
                let mut objects = Vec::new();
                let files = target.backend().program_files(&module, &Name::new(ENTRY));
                for file in files.iter().filter(|_| !self.layout.merges_objects()) {
                    self.write(db, target, file, Some(&package.name))?;
                    let label = format!("{module} (start)");
                    let object = self.compile_apart(&file.path, &label, executor);
                    self.own(Some(&package.name), target, object.as_ref());
                    objects.extend(object);
                }
                let libraries = closure.iter().rev().filter_map(|it| self.libraries.get(&it.name));
                objects.extend(libraries.cloned());
                objects.extend(self.objects.get(&None).into_iter().flatten().cloned());
                self.link(package, &module, objects, executor);
            }
        }
        self.whole.insert((package.name.clone(), target));
        Ok(())
    }

    /// Writes what importers must know of a package, where the layout has a place for it.
    fn metadata(
        &mut self,
        db: &dyn Db,
        root: File,
        package: &PackageNode,
    ) -> Result<(), OutputError> {
        let Some(path) = self.layout.metadata(&package.name) else { return Ok(()) };
        let library = self.layout.library(&package.name);
        let object = Name::new(library.file_name().unwrap_or_default());
        let text = package_metadata(db, root, package.manifest, object);
        let (_, look) = put(db.host(), &path, text.as_bytes())?;
        self.looks.insert(path.to_string(), look);
        self.package_outputs(Some(&package.name), Target::C11).push(path.clone());
        self.outputs.push(path);
        Ok(())
    }

    fn write(
        &mut self,
        db: &dyn Db,
        target: Target,
        file: &GeneratedFile,
        package: Option<&Name>,
    ) -> Result<(), OutputError> {
        let path = self.layout.target(target).join(&file.path);
        let (_, look) = put(db.host(), &path, file.contents.as_bytes())?;
        self.looks.insert(path.into_string(), look);
        self.leave(target, &file.path, package);
        Ok(())
    }

    /// Notes that a file is there, relative to the target's folder.
    fn leave(&mut self, target: Target, file: &Utf8Path, package: Option<&Name>) {
        let path = self.layout.target(target).join(file);
        self.package_outputs(package, target).push(path.clone());
        self.outputs.push(path);
    }

    fn package_outputs(&mut self, package: Option<&Name>, target: Target) -> &mut Vec<Utf8PathBuf> {
        &mut self.packages.entry((package.cloned(), target)).or_default().0
    }

    /// Notes that an object belongs to a package, or to the run-time support.
    fn own(&mut self, package: Option<&Name>, target: Target, object: Option<&Object>) {
        let Some((path, action)) = object else { return };
        let path = self.layout.products().join(path);
        // How it looked before its action was looked at says nothing any more.
        self.looks.remove(path.as_str());
        let (outputs, actions) = self.packages.entry((package.cloned(), target)).or_default();
        outputs.push(path);
        actions.extend(*action);
    }

    /// Adds the action that compiles `source` to an object of `package`.
    fn compile(
        &mut self,
        source: &Utf8Path,
        label: &str,
        package: Option<&Name>,
        executor: &Executor<'_>,
    ) -> Option<ActionId> {
        let object = self.compile_apart(source, label, executor)?;
        self.own(package, Target::C11, Some(&object));
        let action = object.1;
        self.objects.entry(package.cloned()).or_default().push(object);
        action
    }

    fn compile_apart(
        &mut self,
        source: &Utf8Path,
        label: &str,
        executor: &Executor<'_>,
    ) -> Option<Object> {
        let (c, profile) = self.tools.c.as_ref()?;
        let folder = self.layout.from_products(&self.layout.target(Target::C11));
        let source = folder.join(source);
        let object = source.with_extension("o");
        let invocation = c.compile(profile, &source, &object, &[&folder]);
        let inputs = [source, folder.join(RUNTIME_HEADER)];
        let action = self.action(format!("cc {label}"), invocation, inputs, &object);
        Some((object, Some(executor.add(action, &[]))))
    }

    fn library(&mut self, package: &Name, executor: &Executor<'_>) {
        let Some((c, profile)) = &self.tools.c else { return };
        let objects = self.objects.get(&Some(package.clone())).cloned().unwrap_or_default();
        let library = self.layout.from_products(&self.layout.library(package));
        let paths = || objects.iter().map(|(path, _)| path.as_path());
        let (word, invocation) = if self.layout.merges_objects() {
            ("merge", c.merge(profile, &library, paths()))
        } else {
            ("ar", c.archive(&library, paths()))
        };
        let inputs = paths().map(Utf8Path::to_owned);
        let action = self.action(format!("{word} {package}"), invocation, inputs, &library);
        let added = (library, Some(executor.add(action, &actions_of(&objects))));
        self.own(Some(package), Target::C11, Some(&added));
        self.libraries.insert(package.clone(), added);
    }

    fn link(
        &mut self,
        package: &PackageNode,
        module: &ModulePath,
        objects: Vec<Object>,
        executor: &Executor<'_>,
    ) {
        let Some((c, profile)) = &self.tools.c else { return };
        let program = self.layout.from_products(&self.layout.program(&package.name));
        let paths = || objects.iter().map(|(path, _)| path.as_path());
        let invocation = c.link(profile, &program, paths(), LIBRARIES);
        let inputs = paths().map(Utf8Path::to_owned);
        let action = self.action(format!("link {}", package.name), invocation, inputs, &program);
        let added = executor.add(action, &actions_of(&objects));
        self.own(Some(&package.name), Target::C11, Some(&(program, Some(added))));
        self.promise(package, module, Target::C11, Some(added));
    }

    fn action(
        &mut self,
        label: String,
        invocation: Invocation,
        inputs: impl IntoIterator<Item = Utf8PathBuf>,
        output: &Utf8Path,
    ) -> Action {
        let folder = self.layout.products();
        self.outputs.push(folder.join(output));
        Action::new(label, folder, invocation, inputs, [output.to_owned()])
    }

    fn promise(
        &mut self,
        package: &PackageNode,
        module: &ModulePath,
        target: Target,
        action: Option<ActionId>,
    ) {
        let artefact = program_artefact(self.layout, &package.name, module, target);
        self.artefacts.push((artefact, action));
    }

    /// The outputs of a package for a target, absolute, and the actions that made some of them; `None` where something is missing.
    pub(crate) fn outputs_of(&self, package: &Name, target: Target) -> Option<&PackageOutputs> {
        let is_whole = self.whole.contains(&(package.clone(), target));
        self.packages.get(&(Some(package.clone()), target)).filter(|_| is_whole)
    }

    /// The same of the run-time support.
    pub(crate) fn runtime_outputs(&self, target: Target) -> Option<&PackageOutputs> {
        self.packages.get(&(None, target))
    }

    /// Notes how outputs of earlier builds looked when they were right.
    pub(crate) fn saw(&mut self, looks: impl IntoIterator<Item = (Utf8PathBuf, Observation)>) {
        self.looks.extend(looks.into_iter().map(|(path, look)| (path.into_string(), look)));
    }

    /// How an output that no program makes looked when it was certainly right.
    pub(crate) fn look(&self, path: &Utf8Path) -> Option<Observation> {
        self.looks.get(path.as_str()).copied()
    }

    /// How many modules were written.
    pub(crate) fn modules(&self) -> usize {
        self.made.len()
    }

    /// Adds to a report what was made, now that it is known how the actions came out.
    pub(crate) fn describe(&self, outcomes: &[ActionOutcome], report: &mut Report) {
        let outcome = |action: &ActionId| &outcomes[action.index()].status;
        let executed = |action: &ActionId| matches!(outcome(action), Status::Executed(_));
        for made in &self.made {
            if made.changed {
                report.steps.push(Step { label: format!("write {}", made.path), success: true });
            }
            if !made.actions.iter().all(|action| outcome(action).is_success()) {
                report.skipped += 1;
            } else if made.changed && !made.is_kept || made.actions.iter().any(executed) {
                report.compiled += 1;
            } else {
                report.reused += 1;
            }
        }
        let there = self.artefacts.iter().filter(|(_, action)| {
            action.as_ref().is_none_or(|action| outcome(action).is_success())
        });
        report.artefacts.extend(there.map(|(artefact, _)| artefact.clone()));
    }
}

/// The module whose `main` is run, if programs are made of the package: the workspace lists it, and it has one.
pub(crate) fn program_of<'db>(db: &'db dyn Db, package: &PackageNode) -> Option<&'db Name> {
    program_module(db, package.manifest).as_ref().filter(|_| package.is_member)
}

fn actions_of(objects: &[Object]) -> Vec<ActionId> {
    objects.iter().filter_map(|(_, action)| *action).collect()
}

/// The program of a package whose main module is `module`.
pub(crate) fn program_artefact(
    layout: &Layout,
    package: &Name,
    module: &ModulePath,
    target: Target,
) -> Artefact {
    let folder = layout.target(target);
    let (path, run) = match target {
        Target::C11 => (layout.program(package), Run::Native),
        Target::Python3 => (folder, Run::Python(crate::target::python::Python::program(module))),
    };
    let target = Name::new(target.name());
    Artefact { package: package.clone(), target, path, run: Some(run) }
}
