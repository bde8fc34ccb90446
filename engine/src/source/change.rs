//! The only writer of inputs.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use salsa::Setter as _;

use crate::source::Db;
use crate::source::directory::entries_hash;
use crate::source::file::content_hash;
use crate::state::Observation;

/// Paths at which something may have changed: a file was written, created or removed, a directory came or went.
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
    let directories: BTreeSet<&Utf8Path> =
        change.paths.iter().flat_map(|path| path.ancestors()).collect();
    db.inputs().forget_looks();
    let workspaces = change.paths.iter().filter(|path| apply_workspace(db, path)).count();
    let packages = change.paths.iter().filter(|path| apply_package(db, path)).count();
    let files = change.paths.iter().filter(|path| apply_file(db, path)).count();
    let inputs = workspaces + packages + files;
    inputs + directories.into_iter().filter(|path| apply_directory(db, path)).count()
}

fn apply_file(db: &mut dyn Db, path: &Utf8Path) -> bool {
    let Some(file) = db.inputs().files.known(path) else { return false };
    let observation = Observation::now(db.host(), path);
    if file.saw(db, content_hash(db.host().read(path).as_deref().ok())) {
        file.seen(db).renew(observation);
        return false;
    }
    file.seen(db).reset();
    let next = file.revision(db) + 1;
    file.set_revision(db).to(next);
    true
}

fn apply_directory(db: &mut dyn Db, path: &Utf8Path) -> bool {
    let Some(directory) = db.inputs().directories.known(path) else { return false };
    let observation = Observation::now(db.host(), path);
    let entries = entries_hash(db.host().entries(path).ok().as_deref());
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
