//! The files of a workspace as data, those that cannot be read among them, and the hands that put them onto a machine.
#![expect(clippy::disallowed_methods, reason = "what is on the disk is the subject")]

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::resolve;
use oast_engine::host::{EntryKind, FakeHost, Host};

use crate::law::machine::Kind;

/// Paths and texts. A text may begin with a mark of a [`Bar`].
pub(super) type Files = BTreeMap<String, String>;

/// Why a source cannot be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Bar {
    /// It is no text.
    NoText,
    /// Nobody may read it.
    Locked,
    /// A directory is in its place.
    Folder,
}

const NO_TEXT: &str = "\u{1}no text\n";
const LOCKED: &str = "\u{1}locked\n";
/// In place of the text of a directory that nobody may read.
pub(super) const LOCKED_FOLDER: &str = "\u{1}locked folder\n";

impl Bar {
    /// One of them, or none.
    pub(super) fn of(number: usize) -> Option<Bar> {
        [None, Some(Bar::NoText), Some(Bar::Locked), Some(Bar::Folder)][number % 4]
    }

    /// What the text begins with of a file that is so.
    pub(super) fn mark(self, can_lock: bool) -> &'static str {
        match self {
            Bar::Folder => "",
            Bar::Locked if can_lock => LOCKED,
            Bar::NoText | Bar::Locked => NO_TEXT,
        }
    }
}

/// What becomes of a file.
pub(super) type FileEdit = (Utf8PathBuf, Option<String>);

/// What has to be done so that the files at `root` are those in `new`.
pub(super) fn edits(root: &Utf8Path, old: &Files, new: &Files) -> Vec<FileEdit> {
    let place = |path: &String| resolve(root, path);
    let gone = old.keys().filter(|path| !new.contains_key(*path));
    let gone = gone.map(|path| (place(path), None));
    let changed = new.iter().filter(|(path, text)| old.get(*path) != Some(text));
    let changed = changed.map(|(path, text)| (place(path), Some(text.clone())));
    gone.chain(changed).collect()
}

/// Somebody who does something to the files of a machine.
#[derive(Clone)]
pub(super) struct Hands {
    pub(super) kind: Kind,
    pub(super) host: Arc<dyn Host>,
    pub(super) fake: Option<Arc<FakeHost>>,
}

impl Hands {
    /// Makes these edits.
    pub(super) fn carry_out(&self, edits: &[FileEdit]) {
        for (path, text) in edits {
            match text {
                Some(text) => self.lay(path, text),
                None => self.take_away(path),
            }
        }
    }

    /// Lets a file have this text, and be read or not.
    pub(super) fn lay(&self, path: &Utf8Path, text: &str) {
        if text == LOCKED_FOLDER {
            return self.lock(path, true);
        }
        self.lock(path, false);
        let bytes = content(text);
        // Who may read a file changes without its content.
        if !self.host.read(path).is_ok_and(|it| it == bytes) {
            self.put(path, &bytes);
        }
        self.lock(path, text.starts_with(LOCKED));
    }

    /// Writes a file again as it is.
    pub(super) fn touch(&self, path: &Utf8Path, text: &str) {
        if text != LOCKED_FOLDER {
            self.put(path, &content(text));
        }
    }

    fn take_away(&self, path: &Utf8Path) {
        self.lock(path, false);
        if self.host.stat(path).is_ok_and(|it| it.kind == EntryKind::Directory) {
            return;
        }
        self.host.remove_file(path).unwrap();
        let folders = path.ancestors().skip(1);
        _ = folders
            .take_while(|it| matches!(self.host.remove_empty_directory(it), Ok(true)))
            .count();
    }

    fn lock(&self, path: &Utf8Path, is_locked: bool) {
        if let Some(fake) = &self.fake {
            fake.refuse_reads(path, is_locked.then_some(ErrorKind::PermissionDenied));
        }
    }

    /// Writes a file in place, as an editor may; not what a link in its place leads to.
    pub(super) fn put(&self, path: &Utf8Path, bytes: &[u8]) {
        if self.kind == Kind::Memory {
            return self.host.write(path, bytes).unwrap();
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if self.host.read_link(path).is_ok() {
            fs::remove_file(path).unwrap();
        }
        if fs::metadata(path).is_ok_and(|it| it.permissions().readonly()) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        fs::write(path, bytes).unwrap();
    }

    /// Lets as much time go by as it takes for the next change of a file to show in its stamp.
    pub(super) fn settle(&self) {
        if let Some(fake) = &self.fake {
            fake.advance(Duration::from_millis(30));
        }
    }
}

/// What is in a file of this text.
fn content(text: &str) -> Vec<u8> {
    let text = text.strip_prefix(LOCKED).unwrap_or(text);
    match text.strip_prefix(NO_TEXT) {
        Some(text) => [b"\xFF", text.as_bytes()].concat(),
        None => text.as_bytes().to_vec(),
    }
}
