//! Writing what queries say the outputs are, and adding the actions that make the rest.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{ModulePath, Name};
use crate::build::action::Action;
use crate::build::executor::{ActionId, ActionOutcome, Executor, Status};
use crate::build::layout::Layout;
use crate::build::output::{OutputError, Written, write_if_changed};
use crate::build::request::{Artefact, Report, Step};
use crate::build::tools::Tools;
use crate::compile::{Module, checked_module, package_language, source_name};
use crate::graph::PackageNode;
use crate::ir::{ENTRY, ioct};
use crate::manifest::package_identity;
use crate::source::{Db, File};
use crate::target::{GeneratedFile, Target, module_output, position_output, prelude_output};
use crate::toolchain::Invocation;

/// The libraries of the system that the run-time support needs.
const LIBRARIES: &[&str] = &["m", "pthread"];

/// The header that all generated C includes.
const RUNTIME_HEADER: &str = "oast_runtime.h";

/// What was written for a module.
#[derive(Debug, Default)]
pub(crate) struct WrittenModule {
    files: Vec<Utf8PathBuf>,
    /// Whether one of them is not what it was.
    changed: bool,
    /// The C sources among them, relative to the target's folder.
    c_sources: Vec<Utf8PathBuf>,
}

/// Writes the intermediate of a module that has a meaning, and its files for `targets`.
pub(crate) fn write_module(
    db: &dyn Db,
    module: Module<'_>,
    targets: &[Target],
    layout: &Layout,
) -> Result<WrittenModule, OutputError> {
    let mut written = WrittenModule::default();
    let mut put = |path: Utf8PathBuf, bytes: &[u8]| -> Result<(), OutputError> {
        written.changed |= write_if_changed(db.host(), &path, bytes)? == Written::Changed;
        written.files.push(path);
        Ok(())
    };
    if let Some(file) = ioct_file(db, module) {
        put(layout.intermediate(module.path(db)), &file)?;
    }
    for target in targets {
        let folder = layout.target(*target);
        for file in module_output(db, module, *target).iter().flatten() {
            put(folder.join(&file.path), file.contents.as_bytes())?;
            if *target == Target::C11 {
                written.c_sources.push(file.path.clone());
            }
        }
    }
    Ok(written)
}

/// The bytes of a module's `.ioct` file.
fn ioct_file(db: &dyn Db, module: Module<'_>) -> Option<Vec<u8>> {
    let checked = checked_module(db, module);
    let dialect = package_language(db, module.package(db)).0;
    let origin = ioct::Origin {
        source: source_name(db, module.root(db), module.source(db)),
        dialect: Name::new(dialect.name()),
    };
    let interface = ioct::encode_interface(&checked.interface);
    let (meaning, positions) = (checked.meaning.as_ref()?, checked.positions.as_ref()?);
    Some(ioct::join(&origin, &interface, meaning, positions))
}

/// A file that an action makes, relative to the target's folder.
type Object = (Utf8PathBuf, ActionId);

/// A module whose outputs are under way.
#[derive(Debug)]
struct Made {
    path: ModulePath,
    changed: bool,
    actions: Vec<ActionId>,
}

/// What a build has written so far, and which actions make the rest.
#[derive(Debug)]
pub(crate) struct Emitter<'a> {
    layout: &'a Layout,
    tools: &'a Tools,
    /// All outputs, absolute.
    pub(crate) outputs: BTreeSet<Utf8PathBuf>,
    made: Vec<Made>,
    /// The objects of each package, and under no name those of the run-time support.
    objects: BTreeMap<Option<Name>, Vec<Object>>,
    libraries: BTreeMap<Name, Object>,
    /// What is promised, with the action that makes it, if one does.
    artefacts: Vec<(Artefact, Option<ActionId>)>,
    /// Whether nothing that was asked for was left out.
    pub(crate) is_whole: bool,
}

impl<'a> Emitter<'a> {
    /// Nothing is written yet.
    pub(crate) fn new(layout: &'a Layout, tools: &'a Tools) -> Emitter<'a> {
        Emitter {
            layout,
            tools,
            outputs: BTreeSet::new(),
            made: Vec::new(),
            objects: BTreeMap::new(),
            libraries: BTreeMap::new(),
            artefacts: Vec::new(),
            is_whole: false,
        }
    }

    /// Writes the run-time support of a target and what belongs to the languages of `packages`.
    pub(crate) fn runtime(
        &mut self,
        db: &dyn Db,
        packages: &[&PackageNode],
        target: Target,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let mut files = target.backend().runtime_files();
        if let Some(package) = packages.first() {
            files.extend(prelude_output(db, package.manifest, target));
        }
        for file in &files {
            self.write(db, target, file)?;
        }
        for file in files.iter().filter(|file| file.path.extension() == Some("c")) {
            self.compile(target, &file.path, "run-time support", None, executor);
        }
        Ok(())
    }

    /// Adds the actions that a module needs whose files were written.
    pub(crate) fn module(
        &mut self,
        path: &ModulePath,
        written: WrittenModule,
        executor: &Executor<'_>,
    ) {
        let package = Name::new(path.package());
        let compile = written.c_sources.iter().filter_map(|source| {
            self.compile(Target::C11, source, path.as_str(), Some(&package), executor)
        });
        let actions = compile.collect();
        self.outputs.extend(written.files);
        self.made.push(Made { path: path.clone(), changed: written.changed, actions });
    }

    /// Writes what a package has beside its modules, and adds the actions that put it together.
    pub(crate) fn package(
        &mut self,
        db: &dyn Db,
        root: File,
        package: &PackageNode,
        target: Target,
        executor: &Executor<'_>,
    ) -> Result<(), OutputError> {
        let positions = position_output(db, root, package.manifest, target);
        self.write(db, target, positions)?;
        if target == Target::C11 {
            let label = format!("{} (positions)", package.name);
            self.compile(target, &positions.path, &label, Some(&package.name), executor);
            self.library(&package.name, executor);
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
        let Some(main) = &package_identity(db, package.manifest).main else { return Ok(()) };
        let module = ModulePath::new(format!("{}/{main}", package.name));
        let files = target.backend().program_files(&module, &Name::new(ENTRY));
        for file in &files {
            self.write(db, target, file)?;
        }
        let folder = self.layout.target(target);
        match target {
            Target::Python3 => {
                let python = self.tools.python.as_ref().map_or("python3", |it| it.program.as_str());
                let words = ["-B", "-m", &crate::target::python::Python::program(&module)];
                let words = std::iter::once(python).chain(words).map(str::to_owned).collect();
                self.promise(package, target, folder.clone(), Some((words, folder)), None);
            }
            Target::C11 => {
                let mut objects = Vec::new();
                for file in &files {
                    let label = format!("{module} (start)");
                    objects.extend(self.compile_apart(&file.path, &label, executor));
                }
                let libraries = closure.iter().rev().filter_map(|it| self.libraries.get(&it.name));
                objects.extend(libraries.cloned());
                objects.extend(self.objects.get(&None).into_iter().flatten().cloned());
                self.link(package, objects, executor);
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        db: &dyn Db,
        target: Target,
        file: &GeneratedFile,
    ) -> Result<(), OutputError> {
        let path = self.layout.target(target).join(&file.path);
        write_if_changed(db.host(), &path, file.contents.as_bytes())?;
        self.outputs.insert(path);
        Ok(())
    }

    /// Adds the action that compiles `source` to an object of `package`.
    fn compile(
        &mut self,
        target: Target,
        source: &Utf8Path,
        label: &str,
        package: Option<&Name>,
        executor: &Executor<'_>,
    ) -> Option<ActionId> {
        debug_assert_eq!(target, Target::C11, "only C is compiled");
        let object = self.compile_apart(source, label, executor)?;
        let action = object.1;
        self.objects.entry(package.cloned()).or_default().push(object);
        Some(action)
    }

    fn compile_apart(
        &mut self,
        source: &Utf8Path,
        label: &str,
        executor: &Executor<'_>,
    ) -> Option<Object> {
        let (c, profile) = self.tools.c.as_ref()?;
        let object = source.with_extension("o");
        let invocation = c.compile(profile, source, &object, &[Utf8Path::new(".")]);
        let inputs = [source.to_owned(), RUNTIME_HEADER.into()];
        let action = self.action(format!("cc {label}"), invocation, inputs, &object);
        Some((object, executor.add(action, &[])))
    }

    fn library(&mut self, package: &Name, executor: &Executor<'_>) {
        let Some((c, _)) = &self.tools.c else { return };
        let objects = self.objects.get(&Some(package.clone())).cloned().unwrap_or_default();
        let library = Utf8PathBuf::from(format!("lib{package}.a"));
        let paths = || objects.iter().map(|(path, _)| path.as_path());
        let invocation = c.archive(&library, paths());
        let inputs = paths().map(Utf8Path::to_owned);
        let action = self.action(format!("ar {package}"), invocation, inputs, &library);
        let dependencies: Vec<ActionId> = objects.iter().map(|(_, action)| *action).collect();
        let added = executor.add(action, &dependencies);
        self.libraries.insert(package.clone(), (library, added));
    }

    fn link(&mut self, package: &PackageNode, objects: Vec<Object>, executor: &Executor<'_>) {
        let Some((c, profile)) = &self.tools.c else { return };
        let program = Utf8PathBuf::from(format!("{}.bin", package.name));
        let paths = || objects.iter().map(|(path, _)| path.as_path());
        let invocation = c.link(profile, &program, paths(), LIBRARIES);
        let inputs = paths().map(Utf8Path::to_owned);
        let action = self.action(format!("link {}", package.name), invocation, inputs, &program);
        let dependencies: Vec<ActionId> = objects.iter().map(|(_, action)| *action).collect();
        let added = executor.add(action, &dependencies);
        let folder = self.layout.target(Target::C11);
        let path = folder.join(&program);
        let command = (vec![path.to_string()], folder);
        self.promise(package, Target::C11, path, Some(command), Some(added));
    }

    fn action(
        &mut self,
        label: String,
        invocation: Invocation,
        inputs: impl IntoIterator<Item = Utf8PathBuf>,
        output: &Utf8Path,
    ) -> Action {
        let folder = self.layout.target(Target::C11);
        self.outputs.insert(folder.join(output));
        Action::new(label, folder, invocation, inputs, [output.to_owned()])
    }

    fn promise(
        &mut self,
        package: &PackageNode,
        target: Target,
        path: Utf8PathBuf,
        command: Option<(Vec<String>, Utf8PathBuf)>,
        action: Option<ActionId>,
    ) {
        let (package, target) = (package.name.clone(), Name::new(target.name()));
        self.artefacts.push((Artefact { package, target, path, command }, action));
    }

    /// How many modules were written.
    pub(crate) fn modules(&self) -> usize {
        self.made.len()
    }

    /// The packages of which a file of a module was written anew.
    pub(crate) fn written_packages(&self) -> BTreeSet<Name> {
        let changed = self.made.iter().filter(|made| made.changed);
        changed.map(|made| Name::new(made.path.package())).collect()
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
            } else if made.changed || made.actions.iter().any(executed) {
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
