//! What is measured: the engine, asked about a whole workspace. All calls of the engine are here.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::base::ModulePath;
use oast_engine::compile::{
    self, Module, import_targets, intermediate, module_graph, modules_of, position_record,
};
use oast_engine::graph::package_graph;
use oast_engine::source::{Change, Db, File, file_at, source_text};
use oast_engine::testing::oats_reference::{self, OatsReference};
use oast_engine::testing::reference::{self, ModuleId, Reference};
use rayon::prelude::*;

use crate::memory_host::MemoryHost;

/// A reference workspace, and the language that it is written in.
#[derive(Clone, Copy)]
pub(crate) enum Sources {
    Octizys(Reference),
    Oats(OatsReference),
}

impl Sources {
    pub(crate) fn size(&self) -> Reference {
        match self {
            Sources::Octizys(size) | Sources::Oats(OatsReference(size)) => *size,
        }
    }

    pub(crate) fn files(&self) -> Vec<(Utf8PathBuf, String)> {
        match self {
            Sources::Octizys(it) => it.files(),
            Sources::Oats(it) => it.files(),
        }
    }

    pub(crate) fn imports(&self, id: ModuleId) -> Vec<ModuleId> {
        match self {
            Sources::Octizys(it) => it.imports(id),
            Sources::Oats(it) => it.imports(id),
        }
    }

    pub(crate) fn body_edit(&self, text: &str) -> String {
        match self {
            Sources::Octizys(_) => reference::body_edit(text),
            Sources::Oats(_) => oats_reference::body_edit(text),
        }
    }

    pub(crate) fn interface_edit(&self, text: &str) -> String {
        match self {
            Sources::Octizys(_) => reference::interface_edit(text),
            Sources::Oats(_) => oats_reference::interface_edit(text),
        }
    }

    fn file(&self, id: ModuleId) -> Utf8PathBuf {
        match self {
            Sources::Octizys(it) => it.file(id),
            Sources::Oats(it) => it.file(id),
        }
    }

    fn manifest(&self) -> &'static str {
        match self {
            Sources::Octizys(_) => "project.toml",
            Sources::Oats(_) => "Oats.toml",
        }
    }
}

/// A session over a reference workspace.
pub(crate) struct Subject {
    session: Session,
    sources: Sources,
}

/// Where the workspace is.
pub(crate) fn root() -> &'static Utf8Path {
    Utf8Path::new("/reference")
}

impl Subject {
    /// A session that was asked nothing yet, and that expects edits in one package.
    pub(crate) fn open(host: Arc<MemoryHost>, sources: Sources, edited: usize) -> Subject {
        let session = Session::new(host);
        let subject = Subject { session, sources };
        let path = subject.path(ModuleId { package: edited, module: 0 });
        let mut folders = path.ancestors();
        let source = folders.find(|it| it.file_name() == Some("src"));
        let source = source.expect("modules are in a folder for them");
        let directory = source.parent().expect("it is in a package's folder");
        subject.session.inputs().expect_edits(directory);
        subject
    }

    /// The file of a module.
    pub(crate) fn path(&self, id: ModuleId) -> Utf8PathBuf {
        root().join(self.sources.file(id))
    }

    fn manifest(&self) -> File {
        file_at(&self.session, &root().join(self.sources.manifest()))
    }

    /// How many bytes of text the modules have.
    pub(crate) fn text_bytes(&self) -> u64 {
        let modules = &module_graph(&self.session, self.manifest()).modules;
        let length = |source| source_text(&self.session, source).text.len() as u64;
        modules.iter().map(|(_, _, source)| length(*source)).sum()
    }

    /// Tells the session that the file was saved.
    pub(crate) fn changed(&mut self, path: &Utf8Path) {
        self.session.apply(&[path].into_iter().collect::<Change>());
    }

    /// Makes the records of all modules in this thread; yields how many bytes they have.
    pub(crate) fn records(&self) -> usize {
        let (db, root) = (&self.session, self.manifest());
        let graph = module_graph(db, root);
        let modules = graph.levels.iter().flatten().map(|index| &graph.modules[*index]);
        modules.map(|module| record(db, root, module)).sum()
    }

    /// Makes the records of all modules in as many threads as there are, level by level.
    pub(crate) fn records_in_parallel(&self) -> usize {
        let root = self.manifest();
        self.read_imports_in_parallel(root);
        let graph = module_graph(&self.session, root);
        let level = |level: &Vec<usize>| {
            level
                .par_iter()
                .map_with(self.session.clone(), |db, index| {
                    record(db, root, &graph.modules[*index])
                })
                .sum::<usize>()
        };
        graph.levels.iter().map(level).sum()
    }

    /// Finds out what each package's modules import.
    fn read_imports_in_parallel(&self, root: File) {
        let packages = &package_graph(&self.session, root).packages;
        packages.par_iter().for_each_with(self.session.clone(), |db, package| {
            modules_of(db, root, package.manifest).for_each(|it| _ = import_targets(db, it));
        });
    }

    /// All that is wrong in the workspace, which is nothing: what an editor asks after each edit.
    pub(crate) fn diagnostics(&self) -> usize {
        compile::diagnostics(&self.session, self.manifest()).len()
    }
}

/// Makes what the `.ioct` file of a module holds; yields how many bytes that are.
fn record(db: &dyn Db, root: File, (path, package, source): &(ModulePath, File, File)) -> usize {
    let module = Module::new(db, root, *package, *source, path);
    let meaning = intermediate(db, module).as_ref().expect("there are no mistakes");
    let positions = position_record(db, module).as_ref().expect("there is a meaning");
    meaning.len() + positions.len()
}
