//! The modules of a package: the files in its source directory, or those that its entry reaches.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Finding, ModulePath, Name, TextRange, nearest, resolve};
use crate::host::{Entry, EntryKind};
use crate::manifest::{
    Dialect, is_metadata, is_module_name, metadata_in, package, package_identity,
};
use crate::source::{
    Absence, Db, Diagnostic, File, Unreadable, directory_at, directory_entries, file_at,
};
use crate::workspace::reach::reachable_sources;

/// The modules of a package and their files, sorted by path. They depend on the package's identity, on the names in its source
/// directories and, where a package is what its entry reaches, on what its files import; not on anything else in the files.
pub fn package_sources(db: &dyn Db, manifest: File) -> &[(ModulePath, File)] {
    &source_tree(db, manifest).modules
}

/// The directories, absolute and sorted, whose entries decide which modules a package has.
pub fn source_directories(db: &dyn Db, manifest: File) -> &[Utf8PathBuf] {
    &source_tree(db, manifest).directories
}

/// Whether a module may be where a package's sources can't be read.
pub fn may_hide(db: &dyn Db, manifest: File, module: &str) -> bool {
    let is_below = |it: &ModulePath| {
        module.strip_prefix(it.as_str()).is_some_and(|below| below.starts_with('/'))
    };
    source_tree(db, manifest).hidden.iter().any(is_below)
}

/// What is wrong with a package's source directories, with the names of its source files, and with its main module's.
pub fn source_diagnostics(db: &dyn Db, manifest: File) -> Vec<Diagnostic> {
    let mut diagnostics = source_tree(db, manifest).mistakes.clone();
    diagnostics.extend(missing_main(db, manifest));
    diagnostics
}

/// What was found where the sources of a package are.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct SourceTree {
    /// The modules, sorted by path.
    pub(super) modules: Vec<(ModulePath, File)>,
    /// The directories that were looked into, sorted.
    pub(super) directories: Vec<Utf8PathBuf>,
    /// Paths of modules below which there may be others, in directories that can't be read.
    pub(super) hidden: Vec<ModulePath>,
    /// Files that cannot be modules, and directories that can't be read.
    pub(super) mistakes: Vec<Diagnostic>,
}

impl SourceTree {
    /// Brings everything into its order.
    pub(super) fn sorted(mut self) -> SourceTree {
        self.modules.sort_by(|a, b| a.0.cmp(&b.0));
        self.modules.dedup();
        self.directories.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        self.hidden.sort();
        self.mistakes.sort_by(|a, b| a.span.cmp(&b.span));
        self.mistakes.dedup();
        self
    }

    /// Notes that a directory can't be read, in which modules below `module` would be.
    pub(super) fn hide(&mut self, module: &str, unreadable: &Unreadable) {
        self.hidden.push(ModulePath::new(module));
        self.mistakes.push(unreadable_directory(unreadable));
    }
}

#[salsa::tracked(returns(ref))]
fn source_tree(db: &dyn Db, manifest: File) -> SourceTree {
    if is_metadata(db, manifest) {
        return described_modules(db, manifest);
    }
    match package_identity(db, manifest).dialect {
        Dialect::Octizys => listed_sources(db, manifest),
        Dialect::Oats => reachable_sources(db, manifest),
    }
}

/// The modules of which metadata says something, each in the file of the metadata.
fn described_modules(db: &dyn Db, file: File) -> SourceTree {
    let interfaces =
        metadata_in(db, file).as_ref().map(|it| &it.interfaces[..]).unwrap_or_default();
    let mut modules: Vec<(ModulePath, File)> =
        interfaces.iter().map(|it| (it.module.clone(), file)).collect();
    modules.sort_by(|a, b| a.0.cmp(&b.0));
    SourceTree { modules, ..SourceTree::default() }
}

/// All modules below the source directory of a package.
fn listed_sources(db: &dyn Db, manifest: File) -> SourceTree {
    let identity = package_identity(db, manifest);
    let (dialect, found) = (identity.dialect, SourceTree::default());
    let mut walk = Walk { db, dialect, folders: Vec::new(), found };
    let path = resolve(manifest.directory(db), &*identity.source_directory);
    walk.folders.push(Folder { path, module: identity.name.to_string(), misnomer: None });
    while let Some(folder) = walk.folders.pop() {
        let entries = directory_entries(db, directory_at(db, &folder.path)).as_deref();
        if let Some(unreadable) = entries.err().and_then(Absence::unreadable) {
            walk.found.hide(&folder.module, unreadable);
        }
        for entry in entries.unwrap_or_default().iter().filter(|it| !it.name.starts_with('.')) {
            walk.visit(&folder, entry);
        }
        walk.found.directories.push(folder.path);
    }
    walk.found.sorted()
}

struct Walk<'db> {
    db: &'db dyn Db,
    dialect: Dialect,
    /// Those still to be visited.
    folders: Vec<Folder>,
    found: SourceTree,
}

struct Folder {
    path: Utf8PathBuf,
    /// The path of a module of which it would be the file.
    module: String,
    /// The first name on the way here that no module's path can have.
    misnomer: Option<Name>,
}

impl Walk<'_> {
    fn visit(&mut self, folder: &Folder, entry: &Entry) {
        let path = folder.path.join(&entry.name);
        let is_source = is_source(self.dialect, &path, entry.kind);
        let stem = match entry.kind {
            _ if is_source => path.file_stem().unwrap_or_default(),
            EntryKind::Directory if !leads_back(self.db, &path) => &*entry.name,
            _ => return,
        };
        let misnamed = !is_module_name(self.dialect, stem);
        let misnomer = folder.misnomer.clone().or_else(|| misnamed.then(|| Name::new(stem)));
        let module = format!("{}/{stem}", folder.module);
        match (is_source, misnomer) {
            (false, misnomer) => {
                self.folders.push(Folder { path, module, misnomer });
            }
            (_, Some(name)) => self.found.mistakes.push(misnamed_file(&path, &name)),
            (_, None) => {
                self.found.modules.push((ModulePath::new(module), file_at(self.db, &path)));
            }
        }
    }
}

/// Whether the directory is a link to one of those that it is in: walking it would never end.
fn leads_back(db: &dyn Db, directory: &Utf8Path) -> bool {
    let host = db.host();
    if host.read_link(directory).is_err() {
        return false;
    }
    match (host.canonical(directory), directory.parent().map(|it| host.canonical(it))) {
        (Ok(real), Some(Ok(parent))) => parent.starts_with(real),
        _ => false,
    }
}

/// Whether a source is at `path`. A directory that is called like one is a source that can't be read.
pub(super) fn is_source(dialect: Dialect, path: &Utf8Path, kind: EntryKind) -> bool {
    kind != EntryKind::Other && path.extension() == Some(dialect.source_extension())
}

fn unreadable_directory(Unreadable { path, reason }: &Unreadable) -> Diagnostic {
    let message = format!("this directory can't be read: {reason}");
    let finding = Finding::error("unreadable-directory", TextRange::default(), message);
    let help = "whether modules are in it is not known: look at its permissions";
    Diagnostic::in_file(path, finding.help(help))
}

fn misnamed_file(path: &Utf8PathBuf, name: &str) -> Diagnostic {
    let message = format!("this file is no module: `{name}` cannot be in the name of a module");
    let finding = Finding::error("invalid-module-name", TextRange::default(), message);
    let help = "rename it: a letter, then letters, digits and `_`, and no word of the language";
    Diagnostic::in_file(path, finding.help(help))
}

fn missing_main(db: &dyn Db, manifest: File) -> Option<Diagnostic> {
    let package = &package(db, manifest).value;
    let main = package.main.as_ref()?;
    let wanted = format!("{}/{}", package.name.value, main.value);
    let modules = package_sources(db, manifest);
    let is_there = modules.binary_search_by(|(module, _)| module.as_str().cmp(&wanted)).is_ok();
    if is_there || may_hide(db, manifest, &wanted) {
        return None;
    }
    let message = format!("the package `{}` has no module `{}`", package.name.value, main.value);
    let finding = Finding::error("missing-module", main.range, message);
    let own = modules.iter().filter_map(|(module, _)| module.as_str().split_once('/'));
    let finding = if let Some(near) = nearest(&main.value, own.map(|(_, module)| module)) {
        finding.fix(format!("write `{near}`"), main.range, format!("\"{near}\""))
    } else {
        let directory = &package.source_directory;
        let extension = package.dialect.source_extension();
        finding.help(format!("its file would be `{directory}/{}.{extension}`", main.value))
    };
    Some(Diagnostic::in_file(manifest.path(db), finding))
}
