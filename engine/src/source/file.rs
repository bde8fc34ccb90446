//! Files as inputs. A path that was ever asked about is an input whether or not it exists, so that its appearance is seen.
#![allow(missing_docs, reason = "the methods that salsa generates for an input have none")]

use std::hash::BuildHasher as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::{LineIndex, PathMap};
use crate::source::Db;
use crate::source::seen::Seen;
use crate::state::{Observation, RememberedFile};

/// A file: a path, and a revision that moves when its content does.
#[salsa::input(debug)]
pub struct File {
    /// Where it is, absolute.
    #[returns(ref)]
    pub path: Utf8PathBuf,
    /// Moves when the content has changed. Only [`crate::source::apply`] sets it.
    #[returns(copy)]
    pub revision: u32,
    /// The content that queries saw last.
    #[returns(ref)]
    pub seen: Seen,
}

/// Path, as its text, to [`File`].
#[derive(Clone, Debug, Default)]
pub(crate) struct FileTable {
    files: Arc<Mutex<FxHashMap<Box<str>, File>>>,
    /// Those where a query could read nothing once.
    unread: Arc<Mutex<PathMap<File>>>,
}

impl FileTable {
    fn get(&self, db: &dyn Db, path: &Utf8Path) -> File {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = files.get(path.as_str()) {
            return *found;
        }
        let durability = db.inputs().durability(path);
        let file =
            File::builder(path.to_owned(), 0, Seen::default()).durability(durability).new(db);
        files.insert(path.as_str().into(), file);
        file
    }

    /// The file at `path`, if a query ever asked about it.
    pub(crate) fn known(&self, path: &Utf8Path) -> Option<File> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).get(path.as_str()).copied()
    }

    fn note_failure(&self, db: &dyn Db, file: File) {
        let mut unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        unread.insert(file.path(db), file);
    }

    /// The files at `path` and below it where a query could read nothing once.
    pub(super) fn unread_below(&self, path: &Utf8Path) -> Vec<File> {
        let unread = self.unread.lock().unwrap_or_else(PoisonError::into_inner);
        unread.at_or_below(path).map(|(_, it)| *it).collect()
    }
}

const NOT_READ: u64 = 0;

impl File {
    /// The directory in which it is, by its path alone.
    pub fn directory(self, db: &dyn Db) -> &Utf8Path {
        let path = self.path(db);
        path.parent().unwrap_or(path)
    }

    /// Whether queries saw what has the hash `content` (see [`content_hash`]) when they last looked.
    pub(crate) fn saw(self, db: &dyn Db, content: u64) -> bool {
        self.seen(db).content() == content
    }
}

/// The input for the file at `path`.
pub fn file_at(db: &dyn Db, path: &Utf8Path) -> File {
    db.inputs().files.get(db, path)
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SourceText {
    /// The text; empty where it cannot be read.
    pub text: Arc<str>,
    /// Why it cannot be read: the file is missing, not readable, or not UTF-8.
    pub problem: Option<String>,
}

impl SourceText {
    /// The line index of the text.
    pub fn line_index(&self) -> LineIndex {
        LineIndex::new(&self.text)
    }
}

impl File {
    /// How the file looked before a query read it last; `None` where none has, or where it was edited between two looks.
    pub fn observation(self, db: &dyn Db) -> Option<Observation> {
        self.seen(db).observation()
    }

    /// Whether the file certainly is what it was `then`, so that it need not be read. Counts as a look of a query, which depends on the
    /// file's revision.
    pub fn is_same(self, db: &dyn Db, then: &RememberedFile) -> bool {
        let still_looks = || {
            let now = Observation::now(db.host(), self.path(db));
            then.observed.is_settled() && then.observed.stamp == now.stamp
        };
        let same = self.revision(db) == 0 && (then.is_same || still_looks());
        if same {
            self.note_unread(db, then.observed);
        }
        same
    }

    /// Notes that what a query knows of the file was read from it when it looked like `then`, and that it still looks so.
    pub(crate) fn note_unread(self, db: &dyn Db, then: Observation) {
        self.seen(db).note(NOT_READ, then);
    }
}

/// The text of the file.
#[salsa::tracked(returns(ref))]
pub fn source_text(db: &dyn Db, file: File) -> SourceText {
    let _changes_with = file.revision(db);
    let path = file.path(db);
    let observation = Observation::now(db.host(), path);
    let bytes = db.host().read(path);
    file.seen(db).note(content_hash(&bytes), observation);
    match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => SourceText { text: text.into(), problem: None },
        Ok(Err(error)) => {
            let at = error.utf8_error().valid_up_to();
            SourceText { text: Arc::default(), problem: Some(format!("not UTF-8 at byte {at}")) }
        }
        Err(error) => {
            db.inputs().files.note_failure(db, file);
            SourceText { text: Arc::default(), problem: Some(error.to_string()) }
        }
    }
}

/// A hash of what was read at a path, or of why nothing could be, never [`NOT_READ`].
pub(super) fn content_hash(read: &io::Result<Vec<u8>>) -> u64 {
    FxBuildHasher.hash_one(read.as_ref().map_err(ToString::to_string)).max(NOT_READ + 1)
}
