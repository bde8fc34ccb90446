//! What a build looks into: how many files it reads is what makes it fast, and nothing else shows it.
#![expect(clippy::disallowed_methods, reason = "files are edited as somebody else would")]

use std::fs;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{
    CancelToken, Command, Entry, FileLock, Host, LockKind, OsHost, Output, Stat,
};
use oast_engine::testing::reference::{ModuleId, Reference, body_edit, interface_edit};

const SIZE: Reference = Reference { packages: 4, modules_per_package: 12, seed: 0 };

/// The real machine, with a list of the files that were read.
#[derive(Debug, Default)]
struct Watched {
    read: Mutex<Vec<Utf8PathBuf>>,
    listed: Mutex<Vec<Utf8PathBuf>>,
}

impl Host for Watched {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.read.lock().unwrap().push(path.to_owned());
        OsHost.read(path)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        self.listed.lock().unwrap().push(path.to_owned());
        OsHost.entries(path)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        OsHost.stat(path)
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        OsHost.write(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        OsHost.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        OsHost.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        OsHost.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        OsHost.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        OsHost.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        OsHost.lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        OsHost.canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        OsHost.env(name)
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        OsHost.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        OsHost.run(command, cancel)
    }

    fn process(&self) -> (u32, String) {
        OsHost.process()
    }

    fn parallelism(&self) -> usize {
        OsHost.parallelism()
    }

    fn now(&self) -> SystemTime {
        OsHost.now()
    }
}

struct Project {
    directory: tempfile::TempDir,
}

/// What a build has looked into, relative to the workspace and sorted.
struct Looked {
    report: Report,
    /// Files other than those of the state.
    read: Vec<String>,
    /// Directories of packages.
    listed: Vec<String>,
}

impl Project {
    /// A reference workspace that was built, and settled since.
    fn new() -> Project {
        let project = Project { directory: tempfile::tempdir().unwrap() };
        for (path, text) in SIZE.files() {
            OsHost.write(&project.root().join(path), text.as_bytes()).unwrap();
        }
        project.settle();
        project.build();
        project.settle();
        project.build();
        project
    }

    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).unwrap()
    }

    /// Waits until stamps of what is there can be told from those of later changes.
    fn settle(&self) {
        let probe = self.root().join(".oast/probe");
        let first = OsHost.write(&probe, b"").and_then(|()| OsHost.stat(&probe)).unwrap();
        while OsHost.now() < first.changed + std::time::Duration::from_millis(40) {
            std::thread::yield_now();
        }
    }

    fn source(package: usize, module: usize) -> Utf8PathBuf {
        SIZE.file(ModuleId { package, module })
    }

    fn edit(&self, path: &Utf8Path, edit: impl Fn(&str) -> String) {
        let path = self.root().join(path);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, edit(&text)).unwrap();
    }

    /// Builds as another process would.
    fn build(&self) -> Looked {
        let host = Arc::new(Watched::default());
        let session = Session::new(host.clone());
        let manifest = session.find_root(self.root()).unwrap();
        let request = BuildRequest { no_store: true, ..BuildRequest::default() };
        let report = session.build(manifest, &request, &Silent, &CancelToken::default()).unwrap();
        assert!(report.success());
        let relative = |paths: &Mutex<Vec<Utf8PathBuf>>| {
            let paths = paths.lock().unwrap();
            let below = paths.iter().filter_map(|path| path.strip_prefix(self.root()).ok());
            let mut below: Vec<String> =
                below.map(|path| path.as_str().replace('\\', "/")).collect();
            below.sort();
            below
        };
        let mut read = relative(&host.read);
        read.retain(|path| !path.starts_with(".oast"));
        let mut listed = relative(&host.listed);
        listed.retain(|path| path.starts_with("Package"));
        Looked { report, read, listed }
    }
}

#[test]
fn where_nothing_has_changed_nothing_is_read() {
    let project = Project::new();
    let looked = project.build();
    assert_eq!(looked.report.reused, 48);
    assert_eq!(looked.read, ["project.toml"]);
    assert!(looked.listed.is_empty(), "{:?}", looked.listed);
}

#[test]
fn after_an_edit_what_was_edited_is_read() {
    let project = Project::new();
    let source = Project::source(3, 5);
    for _ in 0..3 {
        project.settle();
        project.edit(&source, body_edit);
        project.settle();
        let looked = project.build();
        assert_eq!((looked.report.compiled, looked.report.reused), (1, 47));
        // Beside the module, its outputs and the run-time support nothing but its package's manifest is read, and the module that
        // tells whether the package is a program.
        let is_support = |path: &str| path.ends_with("_oast.py") || path.ends_with("Prelude.py");
        let is_own = |path: &str| {
            let names = ["Module05", "Package.toml", "Main.oct"];
            names.iter().any(|name| path.contains(name))
        };
        let is_known = |path: &String| {
            let package = path.contains("Package003/") && is_own(path);
            path == "project.toml" || is_support(path) || package
        };
        assert!(looked.read.iter().all(is_known), "{:?}", looked.read);
        let own = |path: &String| path.starts_with("Package003");
        assert!(looked.listed.iter().all(own), "{:?}", looked.listed);
    }
}

#[test]
fn users_of_what_has_changed_are_read_and_no_others() {
    let project = Project::new();
    let source = Project::source(0, 0);
    project.edit(&source, interface_edit);
    project.settle();
    let looked = project.build();
    let edited = ModuleId { package: 0, module: 0 };
    let modules = (0..SIZE.packages).flat_map(|package| {
        let modules = 0..SIZE.modules_per_package;
        modules.map(move |module| ModuleId { package, module })
    });
    let importers = modules.filter(|it| *it == edited || SIZE.imports(*it).contains(&edited));
    let importers: Vec<String> = importers.map(|it| SIZE.file(it).into_string()).collect();
    let mut read = looked.read;
    read.retain(|path| Utf8Path::new(path).extension() == Some("oct"));
    read.dedup();
    assert!(read.contains(&importers[0]));
    assert!(read.iter().all(|path| importers.contains(path)), "{read:?}");
    // Not all that import the module use what was edited.
    assert!(1 < read.len() && read.len() < importers.len(), "{read:?}");
}

#[test]
fn what_was_touched_is_read_once() {
    let project = Project::new();
    let now = SystemTime::now();
    let sources = SIZE.files().into_iter().map(|(path, _)| path);
    let sources: Vec<_> = sources.filter(|path| path.extension() == Some("oct")).collect();
    for path in &sources {
        let file = fs::File::options().append(true).open(project.root().join(path)).unwrap();
        file.set_modified(now).unwrap();
    }
    project.settle();
    let looked = project.build();
    let mut expected: Vec<String> = sources.iter().map(ToString::to_string).collect();
    expected.push("project.toml".to_owned());
    expected.sort();
    assert_eq!(looked.read, expected);
    assert_eq!(looked.report.reused, 48);
    assert_eq!(project.build().read, ["project.toml"]);
}
