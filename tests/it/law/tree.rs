//! A workspace on the disk to which things happen, and what builds make of it.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Report, Silent};
use oast_engine::host::{CancelToken, Host as _, OsHost};
use oast_engine::source::Change;

use crate::law::{Happening, Step};

type Files = BTreeMap<String, String>;

/// What came of a build.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) is_success: bool,
    pub(super) steps: Vec<String>,
    /// As text, the place of the workspace left out.
    pub(super) diagnostics: Vec<String>,
    pub(super) artefacts: Vec<String>,
    pub(super) outputs: BTreeMap<String, Vec<u8>>,
}

/// A workspace on the disk.
pub(super) struct Tree {
    place: tempfile::TempDir,
    root: Utf8PathBuf,
    target: String,
    pub(super) release: bool,
    files: Files,
    session: Session,
    moves: usize,
}

impl Tree {
    pub(super) fn new(target: &str, files: &Files) -> Tree {
        let place = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(place.path().join("tree")).unwrap();
        let session = Session::new(Arc::new(OsHost));
        let (target, release) = (target.to_owned(), false);
        let mut tree =
            Tree { place, root, target, release, files: Files::new(), session, moves: 0 };
        tree.write(files);
        tree
    }

    /// Puts the files there and tells the session.
    fn write(&mut self, files: &Files) {
        let mut change = Change::default();
        for path in self.files.keys().filter(|path| !files.contains_key(*path)) {
            let path = self.root.join(path);
            fs::remove_file(&path).unwrap();
            for folder in path.ancestors().skip(1).take_while(|it| *it != self.root) {
                if fs::remove_dir(folder).is_ok() {
                    change.add(folder);
                }
            }
            change.add(path);
        }
        for (path, text) in files.iter().filter(|(path, text)| self.files.get(*path) != Some(text))
        {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            change.add(path);
        }
        self.files = files.clone();
        self.session.apply(&change);
    }

    pub(super) fn happen(&mut self, step: &Step, files: &Files) {
        match step.happening {
            Happening::Edit(_) | Happening::Revert(_) => self.write(files),
            Happening::Touch => {
                let (path, text) = files.iter().nth(step.a % files.len()).unwrap();
                let path = self.root.join(path);
                fs::write(&path, text).unwrap();
                self.session.apply(&Change::from_iter([path]));
            }
            Happening::AlterOutput => {
                if let Some(path) = self.some_file("build", step.a) {
                    let mut bytes = fs::read(&path).unwrap();
                    let length = bytes.len().max(1);
                    bytes.resize(length, 0);
                    bytes[step.b % length] ^= 1;
                    fs::write(path, bytes).unwrap();
                }
            }
            Happening::DeleteOutput => {
                self.some_file("build", step.a).map(fs::remove_file).transpose().unwrap();
            }
            Happening::DamageState | Happening::CutState => {
                if let Some(path) = self.some_file(".oast", step.a) {
                    let mut bytes = fs::read(&path).unwrap();
                    let at = step.b % bytes.len().max(1);
                    if step.happening == Happening::CutState {
                        bytes.truncate(at);
                    } else if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << (step.a % 8);
                    }
                    fs::write(path, bytes).unwrap();
                }
            }
            Happening::DeleteState => {
                self.some_file(".oast", step.a).map(fs::remove_file).transpose().unwrap();
            }
            Happening::MoveTree => {
                self.moves += 1;
                let name = format!("tree {}", self.moves);
                let root = Utf8PathBuf::from_path_buf(self.place.path().join(name)).unwrap();
                fs::rename(&self.root, &root).unwrap();
                self.root = root;
                self.session = Session::new(Arc::new(OsHost));
            }
            Happening::Partial => {
                let packages = files.keys().filter_map(|it| it.strip_suffix("Package.toml"));
                let packages: Vec<&str> = packages.filter_map(|it| it.rsplit('/').next()).collect();
                let package = packages[step.a % packages.len()];
                _ = self.build(step.same_session, step.stops, &[package]);
            }
            Happening::Check => {
                let root = self.session.find_root(&self.root).unwrap();
                let (request, cancel) = (self.request(step.stops, &[]), CancelToken::default());
                self.session.check(root, &request, &Silent, &cancel).unwrap();
            }
            Happening::Profile => self.release = !self.release,
            Happening::Clean => {
                let root = self.session.find_root(&self.root).unwrap();
                oast_engine::build::clean(&self.session, root).unwrap();
            }
        }
    }

    fn some_file(&self, folder: &str, index: usize) -> Option<Utf8PathBuf> {
        let files = files_below(&self.root.join(folder));
        (!files.is_empty()).then(|| files[index % files.len()].clone())
    }

    fn request(&self, stops: bool, packages: &[&str]) -> BuildRequest {
        BuildRequest {
            targets: vec![(*self.target).into()],
            packages: packages.iter().map(|it| (*it).into()).collect(),
            release: self.release,
            jobs: Some(2),
            keep_going: !stops,
            no_store: true,
            ..BuildRequest::default()
        }
    }

    /// Builds in the session that lives, or in a new one which then does.
    pub(super) fn build(
        &mut self,
        same_session: bool,
        stops: bool,
        packages: &[&str],
    ) -> Result<Done, String> {
        if !same_session {
            self.session = Session::new(Arc::new(OsHost));
        }
        let root = self.session.find_root(&self.root).map_err(|it| it.to_string())?;
        let request = self.request(stops, packages);
        let report = self.session.build(root, &request, &Silent, &CancelToken::default());
        let report = report.map_err(|it| it.to_string())?;
        match report.failures.first() {
            Some(failure) => Err(failure.clone()),
            None => Ok(self.done(&report)),
        }
    }

    fn done(&self, report: &Report) -> Done {
        let text = |it: String| it.replace(self.root.as_str(), "[ROOT]");
        let outputs = files_below(&self.root.join("build")).into_iter().map(|path| {
            let bytes = fs::read(&path).unwrap();
            (path.strip_prefix(&self.root).unwrap().to_string(), bytes)
        });
        let mut artefacts: Vec<String> =
            report.artefacts.iter().map(|it| text(format!("{it:?}"))).collect();
        artefacts.sort();
        Done {
            is_success: report.success(),
            steps: report.steps.iter().map(|it| it.label.clone()).collect(),
            diagnostics: report.diagnostics.iter().map(|it| text(format!("{it:?}"))).collect(),
            artefacts,
            outputs: outputs.collect(),
        }
    }

    /// When each output was last changed.
    pub(super) fn stamps(&self) -> BTreeMap<Utf8PathBuf, (i64, i64, u64)> {
        let stamp = |path: Utf8PathBuf| {
            let metadata = fs::metadata(&path).unwrap();
            (path, (metadata.mtime(), metadata.mtime_nsec(), metadata.ino()))
        };
        files_below(&self.root.join("build")).into_iter().map(stamp).collect()
    }
}

/// What a build makes of these files where nothing was before.
pub(super) fn clean_build(target: &str, files: &Files, stops: bool, release: bool) -> Done {
    let mut tree = Tree::new(target, files);
    tree.release = release;
    tree.build(true, stops, &[]).unwrap()
}

/// The names of the files that are not the same in both.
pub(super) fn difference(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    let names = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name)));
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

/// All files below a folder, sorted.
pub(super) fn files_below(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut files = Vec::new();
    for entry in OsHost.entries(folder).unwrap_or_default() {
        let path = folder.join(entry.name);
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
