//! The only writer of inputs.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;
use salsa::Setter as _;

use crate::source::directory::{Directory, entries_at, entries_hash};
use crate::source::file::content_hash;
use crate::source::{Db, File};
use crate::state::Observation;

/// Paths at which something may have changed: a file was written, created or removed, a directory came or went, may be read or may not.
/// Of a directory also the directories below it are looked at, and the files that could not be read; other files have to be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    paths: BTreeSet<Utf8PathBuf>,
}

impl Change {
    /// Adds a path.
    pub fn add(&mut self, path: impl Into<Utf8PathBuf>) -> &mut Change {
        self.paths.insert(path.into());
        self
    }
}

impl<P: Into<Utf8PathBuf>> FromIterator<P> for Change {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Change {
        Change { paths: paths.into_iter().map(Into::into).collect() }
    }
}

/// Tells the database what may have changed, and how many inputs really did. The same content saved again moves nothing.
///
/// Inputs keep the durability that they were made with (see [`Inputs::expect_edits`](crate::source::Inputs::expect_edits)): to lose
/// durability counts as a change, and would make all that was ever computed from the file run again.
pub fn apply(db: &mut dyn Db, change: &Change) -> usize {
    change.paths.iter().for_each(|path| db.inputs().forget_looks(path));
    let workspaces = change.paths.iter().filter(|path| apply_workspace(db, path)).count();
    let packages = change.paths.iter().filter(|path| apply_package(db, path)).count();
    let files = files_at(db, change).into_iter().filter(|file| apply_file(db, *file)).count();
    let inputs = workspaces + packages + files;
    inputs + directories_at(db, change).into_iter().filter(|it| apply_directory(db, *it)).count()
}

/// The files that a change may concern, of those that queries have asked about.
fn files_at(db: &dyn Db, change: &Change) -> FxHashSet<File> {
    let files = &db.inputs().files;
    let at = |path: &Utf8PathBuf| files.unread_below(path).into_iter().chain(files.known(path));
    change.paths.iter().flat_map(at).collect()
}

/// The directories that a change may concern, of those that queries have asked about.
fn directories_at(db: &dyn Db, change: &Change) -> FxHashSet<Directory> {
    let directories = &db.inputs().directories;
    let above: BTreeSet<&Utf8Path> = change.paths.iter().flat_map(|it| it.ancestors()).collect();
    let above = above.into_iter().filter_map(|path| directories.known(path));
    above.chain(change.paths.iter().flat_map(|path| directories.known_below(path))).collect()
}

fn apply_file(db: &mut dyn Db, file: File) -> bool {
    let path = file.path(db);
    let observation = Observation::now(db.host(), path);
    if file.saw(db, content_hash(&db.host().read(path))) {
        file.seen(db).renew(observation);
        return false;
    }
    file.seen(db).reset();
    let next = file.revision(db) + 1;
    file.set_revision(db).to(next);
    true
}

fn apply_directory(db: &mut dyn Db, directory: Directory) -> bool {
    let path = directory.path(db);
    let observation = Observation::now(db.host(), path);
    let entries = entries_hash(&entries_at(db, path));
    if directory.seen(db).content() == entries {
        directory.seen(db).renew(observation);
        return false;
    }
    directory.seen(db).reset();
    let next = directory.revision(db) + 1;
    directory.set_revision(db).to(next);
    true
}

/// Of workspaces nothing is remembered any more after a change that may concern more than the text of a source.
fn apply_workspace(db: &mut dyn Db, path: &Utf8Path) -> bool {
    let is_manifest = path.extension() == Some("toml");
    if !is_manifest && db.inputs().files.known(path).is_some() {
        return false;
    }
    let mut states = db.inputs().workspaces.remembered(db);
    states.retain(|state| is_manifest || !state.had_source(db, path));
    for state in &states {
        state.set_remembered(db).to(None);
    }
    !states.is_empty()
}

/// Packages that were not looked into, because nothing in them had changed, are looked into from now on.
fn apply_package(db: &mut dyn Db, path: &Utf8Path) -> bool {
    let states = db.inputs().packages.holding(db, path);
    for state in &states {
        state.set_unchanged(db).to(None);
    }
    !states.is_empty()
}
