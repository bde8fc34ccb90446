//! What may happen between two builds.
#![expect(clippy::disallowed_methods, reason = "the store's database is on the disk")]

use std::fs;

use camino::Utf8PathBuf;
use oast_engine::build::Record;
use oast_engine::store::{self, Store};

use crate::law::model::{EDITS, Edit, Random};
use crate::law::tree::Tree;

/// What happens between two builds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Happening {
    /// The sources are edited.
    Edit(Edit),
    /// The sources are what they were so many steps ago.
    Revert(usize),
    /// A source is written again as it is.
    Touch,
    /// An output gets other content.
    AlterOutput,
    DeleteOutput,
    /// An output gets other content while a build runs.
    AlterDuringBuild,
    /// A file of the state gets a wrong byte.
    DamageState,
    /// A file of the state loses its end.
    CutState,
    DeleteState,
    /// All of the state is gone.
    DeleteAllState,
    /// The workspace, and what is beside it, is somewhere else.
    MoveTree,
    /// One package is built alone.
    Partial,
    /// The sources are checked.
    Check,
    /// Other targets, another profile, with or without the store.
    Ask,
    /// Another C compiler.
    Compiler,
    Clean,
    /// A file in the store gets a wrong byte, loses its end, or is gone.
    DamageBlob,
    /// The same, of the files of the store's database.
    DamageDatabase,
    DeleteStore,
    Doctor,
    /// All goes from the store that nothing holds.
    Collect,
    /// A build is killed.
    Kill,
    /// The sources are edited while a build runs.
    EditDuringBuild(Edit),
    /// Two processes build the same tree.
    TwoBuilds,
    /// Another process builds the same files somewhere else, with the same store, at the same time.
    Neighbour,
    /// The clock is set back.
    SetBack,
}

impl Happening {
    /// Something: two thirds are edits.
    pub(super) fn random(random: &mut Random) -> Happening {
        let edit = EDITS[random.below(EDITS.len())];
        let others = [
            Happening::Revert(1 + random.below(3)),
            Happening::Touch,
            Happening::AlterOutput,
            Happening::AlterOutput,
            Happening::DeleteOutput,
            Happening::DeleteOutput,
            Happening::AlterDuringBuild,
            Happening::DamageState,
            Happening::DamageState,
            Happening::CutState,
            Happening::DeleteState,
            Happening::DeleteAllState,
            Happening::MoveTree,
            Happening::Partial,
            Happening::Check,
            Happening::Ask,
            Happening::Ask,
            Happening::Ask,
            Happening::Compiler,
            Happening::Compiler,
            Happening::Clean,
            Happening::DamageBlob,
            Happening::DamageBlob,
            Happening::DamageDatabase,
            Happening::DeleteStore,
            Happening::Doctor,
            Happening::Collect,
            Happening::Kill,
            Happening::Kill,
            Happening::Kill,
            Happening::EditDuringBuild(edit),
            Happening::EditDuringBuild(edit),
            Happening::TwoBuilds,
            Happening::Neighbour,
            Happening::SetBack,
        ];
        match random.below(2) {
            0 => others[random.below(others.len())],
            _ => Happening::Edit(edit),
        }
    }
}

/// Alters (0), cuts (1) or removes (2) a file.
pub(super) fn damage(tree: &Tree, path: &Utf8PathBuf, how: usize, at: usize) {
    let host = &*tree.machine.host;
    let mut bytes = host.read(path).unwrap_or_default();
    let at = at % bytes.len().max(1);
    match how {
        0 => match bytes.get_mut(at) {
            Some(byte) => *byte ^= 1 << (at % 8),
            None => bytes.push(0),
        },
        1 => bytes.truncate(at),
        _ => return host.remove_file(path).unwrap(),
    }
    tree.machine.put(path, &bytes);
}

/// Damages a file of the store's database.
pub(super) fn damage_database(tree: &Tree, which: usize, how: usize, at: usize) {
    let names = ["store.db", "store.db-wal", "store.db-shm"];
    let path = tree.machine.home().join(names[which % names.len()]);
    let Ok(mut bytes) = fs::read(&path) else { return };
    let at = at % bytes.len().max(1);
    match how {
        0 => bytes
            .iter_mut()
            .skip(at)
            .take(1 + which % 16)
            .for_each(|byte| *byte ^= 1 + (at % 255) as u8),
        1 => bytes.truncate(at),
        _ => return fs::remove_file(&path).unwrap(),
    }
    fs::write(&path, bytes).unwrap();
}

pub(super) fn delete_store(tree: &Tree) {
    let home = tree.machine.home();
    tree.machine.host.remove_directory(&home).unwrap();
    if home.exists() {
        fs::remove_dir_all(&home).unwrap();
    }
    fs::create_dir_all(&home).unwrap();
}

/// Lets the doctor look twice; whether the store is well. A store of what looks like a later version is left alone.
pub(super) fn doctor(tree: &Tree) -> Result<bool, String> {
    let (host, home) = (&*tree.machine.host, tree.machine.home());
    match store::doctor(host, &home) {
        Err(store::StoreError::Newer { .. }) => return Ok(false),
        other => other.map_err(|error| format!("doctor: {error}"))?,
    };
    let again = store::doctor(host, &home).map_err(|error| format!("doctor: {error}"))?;
    if again.ailments.is_empty() {
        Ok(true)
    } else {
        Err(format!("the doctor finds more at the second time: {:?}", again.ailments))
    }
}

/// Removes from the store all that nothing holds. A store of what looks like a later version is left alone.
pub(super) fn collect(tree: &Tree) -> Result<(), String> {
    match opened(tree)?.map(|store| store.gc(0)) {
        Some(Err(error)) => Err(format!("collection: {error}")),
        _ => Ok(()),
    }
}

/// Whether the store has all that actions have made of the workspace.
pub(super) fn is_kept(tree: &Tree) -> Result<bool, String> {
    let Some(store) = opened(tree)? else { return Ok(false) };
    let record = Record::load(&*tree.machine.host, &tree.root()).unwrap_or_default();
    let mut is_kept = true;
    for (_, action) in record.actions() {
        let result = store.action(&action.key).map_err(|error| format!("{error}"))?;
        is_kept &= result.is_some_and(|it| it.outputs.iter().all(|it| store.contains(&it.digest)));
    }
    Ok(is_kept)
}

fn opened(tree: &Tree) -> Result<Option<Store<'_>>, String> {
    match Store::open(&*tree.machine.host, &tree.machine.home()) {
        Err(store::StoreError::Newer { .. }) => Ok(None),
        other => other.map(Some).map_err(|error| format!("open: {error}")),
    }
}
