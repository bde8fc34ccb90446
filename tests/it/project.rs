//! Projects on the disk.
#![expect(clippy::disallowed_methods, reason = "files are edited as somebody else would")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::host::{Host, OsHost};
use oast_engine::source::File;

/// A directory of sources, and of what builds make of them.
pub(crate) struct Project {
    _directory: tempfile::TempDir,
    pub(crate) root: Utf8PathBuf,
}

impl Project {
    /// The project of these files, in a place whose name is not the easiest.
    pub(crate) fn new(files: &[(impl AsRef<Utf8Path>, impl AsRef<str>)]) -> Project {
        let directory = tempfile::Builder::new().prefix("a möbius strip ").tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
        let project = Project { _directory: directory, root };
        files.iter().for_each(|(path, text)| project.write(path, text.as_ref()));
        project
    }

    /// Puts a file there, and the directories above it.
    pub(crate) fn write(&self, path: impl AsRef<Utf8Path>, text: &str) {
        OsHost.write(&self.root.join(path), text.as_bytes()).unwrap();
    }

    /// Makes every `from` in a file `to`.
    #[track_caller]
    pub(crate) fn edit(&self, path: impl AsRef<Utf8Path>, from: &str, to: &str) {
        let path = path.as_ref();
        let text = fs::read_to_string(self.root.join(path)).unwrap();
        assert!(text.contains(from), "{from:?} is not in {path}");
        self.write(path, &text.replace(from, to));
    }

    /// What another process over `host` begins with that is started in `folder`: a session and the manifest of the workspace.
    pub(crate) fn open(&self, folder: &str, host: Arc<dyn Host>) -> (Session, File) {
        let session = Session::new(host);
        let root = session.find_root(&self.root.join(folder)).unwrap();
        (session, root)
    }

    /// All files below a folder with what they hold, by their paths from the root.
    pub(crate) fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.root.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap() {
                let path = entry.unwrap().path().to_owned();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(&self.root).unwrap().to_string();
                    files.insert(name, fs::read(&path).unwrap());
                }
            }
        }
        files
    }

    /// Waits until stamps of what is there can be told from those of later changes.
    pub(crate) fn settle(&self) {
        let probe = self.root.join(".oast/probe");
        let first = OsHost.write(&probe, b"").and_then(|()| OsHost.stat(&probe)).unwrap();
        while OsHost.now() < first.changed + Duration::from_millis(40) {
            std::thread::yield_now();
        }
    }
}
