//! What a build looks into: how many files it reads is what makes it fast, and nothing else shows it.
#![expect(clippy::disallowed_methods, reason = "files are edited as somebody else would")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::build::{BuildRequest, Report, Silent, on_deep_stack};
use oast_engine::host::{CancelToken, Host, OsHost};
use oast_engine::testing::reference::{ModuleId, Reference, body_edit, interface_edit};

use crate::project::Project;
use crate::watched::{Look, Watched, Watcher};

const SIZE: Reference = Reference { packages: 4, modules_per_package: 12, seed: 0 };

/// The paths that were looked at.
#[derive(Debug, Default)]
struct Seen(Mutex<Vec<(Look, Utf8PathBuf)>>);

impl Watcher for Seen {
    fn looked(&self, how: Look, path: &Utf8Path) {
        if how != Look::Stat {
            self.0.lock().unwrap().push((how, path.to_owned()));
        }
    }
}

/// What a build has looked into, relative to the workspace and sorted.
struct Looked {
    report: Report,
    /// Files other than those of the state.
    read: Vec<String>,
    /// Directories of packages.
    listed: Vec<String>,
}

/// A reference workspace that was built, and settled since.
fn project() -> Project {
    let project = Project::new(&SIZE.files());
    project.settle();
    build(&project);
    project.settle();
    build(&project);
    project
}

fn source(package: usize, module: usize) -> Utf8PathBuf {
    SIZE.file(ModuleId { package, module })
}

fn edit(project: &Project, path: &Utf8Path, edit: impl Fn(&str) -> String) {
    let text = fs::read_to_string(project.root.join(path)).unwrap();
    project.write(path, &edit(&text));
}

/// Builds as another process would.
fn build(project: &Project) -> Looked {
    let host = Arc::new(Watched(Seen::default()));
    let report = build_before(project, host.clone());
    let seen = host.0.0.lock().unwrap();
    let below = |wanted: Look, counts: &dyn Fn(&Utf8Path) -> bool| {
        let paths = seen.iter().filter(|(how, _)| *how == wanted);
        let below = paths.filter_map(|(_, path)| path.strip_prefix(&project.root).ok());
        let mut below: Vec<String> =
            below.filter(|it| counts(it)).map(|path| path.as_str().replace('\\', "/")).collect();
        below.sort();
        below
    };
    let read = below(Look::Read, &|path| !path.starts_with(".oast"));
    let listed = below(Look::Entries, &|path| path.as_str().starts_with("Package"));
    Looked { report, read, listed }
}

/// Builds with two threads on a machine behind a watcher, and on a stack that is as deep as that of the program.
fn build_before(project: &Project, host: Arc<dyn Host>) -> Report {
    let (no_store, jobs) = (true, Some(2));
    let request = BuildRequest { no_store, jobs, ..BuildRequest::default() };
    let build = || {
        let (session, manifest) = project.open("", host);
        session.build(manifest, &request, &Silent, &CancelToken::default()).unwrap()
    };
    let report = on_deep_stack(build).unwrap();
    assert!(report.success());
    report
}

#[test]
fn where_nothing_has_changed_nothing_is_read() {
    let project = project();
    let looked = build(&project);
    assert_eq!(looked.report.reused, 48);
    assert_eq!(looked.read, ["project.toml"]);
    assert!(looked.listed.is_empty(), "{:?}", looked.listed);
}

/// How often the file system was asked about each path.
#[derive(Debug, Default)]
struct Asked(Mutex<BTreeMap<Utf8PathBuf, usize>>);

impl Watcher for Asked {
    fn looked(&self, how: Look, path: &Utf8Path) {
        if how == Look::Stat {
            *self.0.lock().unwrap().entry(path.to_owned()).or_default() += 1;
        }
    }
}

#[test]
fn the_file_system_is_asked_once_about_each_input_and_output() {
    let size = Reference { packages: 2, modules_per_package: 3, seed: 0 };
    let project = Project::new(&size.files());
    let targets = vec!["python-3".into(), "c-11".into()];
    let request = BuildRequest { targets, no_store: true, ..BuildRequest::default() };
    let build = |host| {
        project.settle();
        let (session, manifest) = project.open("", host);
        session.build(manifest, &request, &Silent, &CancelToken::default()).unwrap()
    };
    for _ in 0..2 {
        build(Arc::new(OsHost));
    }
    let host = Arc::new(Watched(Asked::default()));
    assert_eq!(build(host.clone()).reused, 6);
    let asked = host.0.0.lock().unwrap();
    let (mut files, root) = (0, &project.root);
    let own = [root.clone(), root.join(".oast"), root.join("build")];
    let outputs = project.files("build").into_keys();
    let inputs = size.files().into_iter().map(|(path, _)| path.into_string());
    // Which is read, since it says what is to be made.
    let inputs = inputs.filter(|path| path != "project.toml");
    for path in inputs.chain(outputs).map(|path| project.root.join(path)) {
        assert_eq!(asked.get(&path), Some(&1), "{path}");
        files += 1;
    }
    assert!(40 < files, "{files}");
    // Of directories, too, but for those that are made where they are not there.
    let others = asked.iter().filter(|(path, _)| !path.ends_with("project.toml"));
    let more = others.filter(|(path, times)| 1 < **times && !own.contains(path));
    assert_eq!(more.collect::<Vec<_>>(), []);
}

#[test]
fn after_an_edit_what_was_edited_is_read() {
    let project = project();
    let source = source(3, 5);
    for _ in 0..3 {
        project.settle();
        edit(&project, &source, body_edit);
        project.settle();
        let looked = build(&project);
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

/// Lets threads look at outputs only when a source was read twice: to see that it is another, and for the front end.
#[derive(Debug)]
struct Patient {
    source: Utf8PathBuf,
    outputs: Utf8PathBuf,
    read: Mutex<usize>,
    was_read: Condvar,
    /// Whether one of them has waited in vain.
    in_vain: AtomicBool,
}

impl Watcher for Patient {
    fn looked(&self, how: Look, path: &Utf8Path) {
        let may_wait = thread::current().name() != Some("main") && !self.in_vain();
        let mut read = self.read.lock().unwrap();
        if how == Look::Read && path == self.source {
            *read += 1;
            self.was_read.notify_all();
        } else if how == Look::Stat && may_wait && path.starts_with(&self.outputs) {
            let wait = self.was_read.wait_timeout_while(read, PATIENCE, |read| *read < 2);
            self.in_vain.fetch_or(wait.unwrap().1.timed_out(), Ordering::Relaxed);
        }
    }
}

impl Patient {
    fn in_vain(&self) -> bool {
        self.in_vain.load(Ordering::Relaxed)
    }
}

/// So long that nobody waits in vain on a slow machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn what_was_edited_is_checked_while_others_look_at_outputs() {
    let project = project();
    let source = source(3, 5);
    edit(&project, &source, body_edit);
    project.settle();
    let patient = Patient {
        source: project.root.join(&source),
        outputs: project.root.join("build"),
        read: Mutex::default(),
        was_read: Condvar::new(),
        in_vain: AtomicBool::new(false),
    };
    let host = Arc::new(Watched(patient));
    let report = build_before(&project, host.clone());
    assert_eq!((report.compiled, report.reused), (1, 47));
    assert!(!host.0.in_vain());
}

#[test]
fn users_of_what_has_changed_are_read_and_no_others() {
    let project = project();
    let source = source(0, 0);
    edit(&project, &source, interface_edit);
    project.settle();
    let looked = build(&project);
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
    let project = project();
    let now = SystemTime::now();
    let sources = SIZE.files().into_iter().map(|(path, _)| path);
    let sources: Vec<_> = sources.filter(|path| path.extension() == Some("oct")).collect();
    for path in &sources {
        let file = fs::File::options().append(true).open(project.root.join(path)).unwrap();
        file.set_modified(now).unwrap();
    }
    project.settle();
    let looked = build(&project);
    let mut expected: Vec<String> = sources.iter().map(ToString::to_string).collect();
    expected.push("project.toml".to_owned());
    expected.sort();
    assert_eq!(looked.read, expected);
    assert_eq!(looked.report.reused, 48);
    assert_eq!(build(&project).read, ["project.toml"]);
}
