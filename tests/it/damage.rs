//! State that somebody damaged, or that was true of other sources: it costs work, and never more than that.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{
    CancelToken, Command, Entry, FileLock, Host, LockKind, OsHost, Output, Stat,
};

/// Into how many places of a file damage is done at most; `law/offsets.rs` takes all, in memory.
const PLACES: usize = 40;

/// After this time the stamp of a file is believed.
const TICK: Duration = Duration::from_millis(25);

const FILES: &[(&str, &str)] = &[
    ("project.toml", "[packages]\nA = { path = \"A\" }\n"),
    ("A/APackage.toml", "[package]\nversion = \"1.0.0\"\nmain = \"M\"\n"),
    ("A/src/M.oct", "import unqualified A/N (n);\npublic main : Int = n 1;\nlonely = 1;\n"),
    ("A/src/N.oct", "public n : x : Int |- Int = add x 1;\n"),
];

struct Project {
    _directory: tempfile::TempDir,
    root: Utf8PathBuf,
}

impl Project {
    fn new() -> Project {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        for (path, text) in FILES {
            OsHost.write(&root.join(path), text.as_bytes()).unwrap();
        }
        Project { _directory: directory, root }
    }

    fn try_build(&self, host: Arc<dyn Host>) -> Result<Report, String> {
        let session = Session::new(host);
        let root = session.find_root(&self.root).unwrap();
        let targets = vec!["python-3".into()];
        let request =
            BuildRequest { targets, no_store: true, jobs: Some(1), ..BuildRequest::default() };
        let report = session.build(root, &request, &Silent, &CancelToken::default());
        report.map_err(|error| error.to_string())
    }

    fn build(&self) -> Report {
        self.try_build(Arc::new(OsHost)).unwrap()
    }

    fn files(&self, folder: &str) -> BTreeMap<Utf8PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap() {
                let path = entry.unwrap().path().to_owned();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).unwrap();
                    files.insert(path, bytes);
                }
            }
        }
        files
    }

    /// Builds, expecting the outputs and the warnings of `right`.
    #[track_caller]
    fn check(&self, right: &(Report, BTreeMap<Utf8PathBuf, Vec<u8>>), what: &str) {
        let report = self.build();
        assert_eq!(report.diagnostics, right.0.diagnostics, "{what}");
        assert!(self.files("build") == right.1, "{what}: an output is wrong");
    }
}

/// Does `damage` to each file of the state, at each of many places; before some of the builds a source has changed, too.
fn damaged(damage: impl Fn(&mut Vec<u8>, usize)) {
    let project = Project::new();
    let source = project.root.join("A/src/N.oct");
    let texts = [FILES[3].1.to_owned(), FILES[3].1.replace('1', "2")];
    let right = [&texts[1], &texts[0]].map(|text| {
        fs::write(&source, text).unwrap();
        (project.build(), project.files("build"))
    });
    let right = |edited: bool| &right[usize::from(!edited)];
    let state = project.files(".oast");
    assert!(4 <= state.len(), "{:?}", state.keys());
    let mut edited = false;
    for (path, whole) in &state {
        let stride = (whole.len() / PLACES).max(1);
        for place in (0..whole.len()).step_by(stride) {
            let mut bytes = fs::read(path).unwrap_or_default();
            damage(&mut bytes, place);
            fs::write(path, bytes).unwrap();
            if place / stride % 4 == 3 {
                edited = !edited;
                fs::write(&source, &texts[usize::from(edited)]).unwrap();
            }
            project.check(right(edited), &format!("{path} at {place}"));
        }
    }
}

#[test]
fn state_that_was_cut() {
    damaged(Vec::truncate);
}

#[test]
fn state_with_a_wrong_byte() {
    damaged(|bytes, place| {
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << (place % 8);
        }
    });
}

/// The real machine, but for one fault.
struct Faulty {
    fault: Fault,
    done: AtomicBool,
    log: Mutex<Vec<Utf8PathBuf>>,
}

enum Fault {
    /// The file gets this text after it was looked at, or after it was read, for the first time.
    Edit { path: Utf8PathBuf, text: String, after_stat: bool },
    /// Nothing can be written below this folder.
    ReadOnly(Utf8PathBuf),
    /// The clock was set back by an hour after everything was written.
    SetBack,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faulty")
    }
}

impl Faulty {
    fn new(fault: Fault) -> Arc<Faulty> {
        Arc::new(Faulty { fault, done: AtomicBool::new(false), log: Mutex::default() })
    }

    fn edit(&self, looked_at: &Utf8Path, by_stat: bool) {
        if let Fault::Edit { path, text, after_stat } = &self.fault
            && path == looked_at
            && *after_stat == by_stat
            && !self.done.swap(true, Ordering::SeqCst)
        {
            fs::write(path, text).unwrap();
        }
    }

    fn refuse(&self, path: &Utf8Path) -> io::Result<()> {
        match &self.fault {
            Fault::ReadOnly(folder) if path.starts_with(folder) => {
                self.log.lock().unwrap().push(path.to_owned());
                Err(io::ErrorKind::ReadOnlyFilesystem.into())
            }
            _ => Ok(()),
        }
    }
}

impl Host for Faulty {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        let bytes = OsHost.read(path);
        self.edit(path, false);
        bytes
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        OsHost.entries(path)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        let stat = OsHost.stat(path);
        self.edit(path, true);
        stat
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.refuse(path)?;
        OsHost.write(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        if !path.is_dir() {
            self.refuse(path)?;
        }
        OsHost.create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.refuse(path)?;
        OsHost.remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.refuse(path)?;
        OsHost.remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.refuse(path)?;
        OsHost.remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.refuse(to)?;
        OsHost.rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.refuse(to)?;
        OsHost.copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        OsHost.set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.refuse(link)?;
        OsHost.symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        OsHost.read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        if !path.exists() {
            self.refuse(path)?;
        }
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
        match self.fault {
            Fault::SetBack => OsHost.now() - Duration::from_hours(1),
            _ => OsHost.now(),
        }
    }
}

/// The outputs that belong to the sources of `project` as they are now.
fn right(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let clean = Project::new();
    for (path, _) in FILES {
        fs::copy(project.root.join(path), clean.root.join(path)).unwrap();
    }
    clean.build();
    relative(&clean)
}

fn relative(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let files = project.files("build").into_iter();
    files.map(|(path, it)| (path.strip_prefix(&project.root).unwrap().to_string(), it)).collect()
}

#[test]
fn a_source_edited_during_a_build_is_seen_by_the_next() {
    for (path, from, to) in [
        ("A/src/N.oct", "add x 1", "add x 2"),
        ("A/src/N.oct", "public", "-- A comment.\npublic"),
        ("A/src/M.oct", "n 1", "n 2"),
        (
            "A/src/M.oct",
            "import unqualified A/N (n);\npublic main : Int = n 1",
            "public main : Int = 7",
        ),
        ("A/APackage.toml", "main = \"M\"\n", ""),
        ("project.toml", "A\" }", "A\" } # A comment."),
    ] {
        for after_stat in [false, true] {
            for earlier in [0, 1, 2] {
                let project = Project::new();
                // What an earlier build remembers is believed, half believed or not there.
                if 0 < earlier {
                    for _ in 0..2 {
                        std::thread::sleep(TICK);
                        project.build();
                    }
                }
                if earlier == 2 {
                    let other = project.root.join("A/src/M.oct");
                    let text = fs::read_to_string(&other).unwrap();
                    fs::write(other, format!("-- Edited before.\n{text}")).unwrap();
                }
                let path = project.root.join(path);
                let before = fs::read_to_string(&path).unwrap();
                let text = before.replace(from, to);
                assert_ne!(before, text);
                let edit = Fault::Edit { path: path.clone(), text, after_stat };
                project.try_build(Faulty::new(edit)).unwrap();
                project.build();
                let what = format!("{path}, {after_stat}, {earlier}");
                assert!(relative(&project) == right(&project), "{what}");
            }
        }
    }
}

#[test]
fn a_tree_that_cannot_be_written() {
    let project = Project::new();
    let host = Faulty::new(Fault::ReadOnly(project.root.clone()));
    let error = project.try_build(host.clone()).unwrap_err();
    let refused = host.log.lock().unwrap()[0].clone();
    assert!(error.contains(refused.as_str()), "{error}");
    let session = Session::new(Faulty::new(Fault::ReadOnly(project.root.clone())));
    let root = session.find_root(&project.root).unwrap();
    let report =
        session.check(root, &BuildRequest::default(), &Silent, &CancelToken::default()).unwrap();
    assert_eq!(report.diagnostics.len(), 1, "{:?}", report.diagnostics);
}

#[test]
fn a_clock_that_was_set_back() {
    let project = Project::new();
    project.try_build(Faulty::new(Fault::SetBack)).unwrap();
    for text in ["public n : x : Int |- Int = add x 2;\n", FILES[3].1] {
        fs::write(project.root.join("A/src/N.oct"), text).unwrap();
        project.try_build(Faulty::new(Fault::SetBack)).unwrap();
        assert!(relative(&project) == right(&project));
    }
}
