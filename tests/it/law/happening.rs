//! What may happen between two builds.
#![expect(clippy::disallowed_methods, reason = "the store's database is on the disk")]

use std::fs;

use camino::Utf8Path;
use oast_engine::build::Record;
use oast_engine::store::{self, Store};

use crate::law::compiler::{PARTS, Part};
use crate::law::model::{EDITS, Edit, Random};
use crate::law::stand_in::{STAND_INS, StandIn};
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
    /// Something happens to an output.
    Output(Harm),
    /// Something else is in the place of an output.
    StandIn(StandIn),
    /// An output gets another mode.
    Mode(Mode),
    /// Something happens to a file of the state.
    State(Harm),
    /// All of the state is gone.
    DeleteAllState,
    Clean,
    /// The workspace, and what is beside it, is somewhere else.
    MoveTree,
    /// Builds are asked for in another way.
    Asked(Asking),
    /// Something happens to the store.
    Store(Keeping),
    /// Something is built or checked, whatever comes of it.
    Build(Building),
    /// The clock is set back.
    SetBack,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Harm {
    /// It gets a wrong byte.
    Alter,
    /// It loses its end.
    Cut,
    Delete,
}

/// What may be other about how builds are asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Asking {
    /// Other targets, another profile, with or without the store.
    Other,
    /// Something of the C compiler is another one.
    Compiler(Part),
    /// Variables that no build declares have other values.
    Environment,
}

/// What becomes of the mode of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mode {
    /// What could be executed cannot any more.
    NotExecutable,
    /// What could not be executed can.
    Executable,
    ReadOnly,
}

impl Mode {
    pub(super) fn bits(self) -> u32 {
        match self {
            Mode::NotExecutable => 0o644,
            Mode::Executable => 0o755,
            Mode::ReadOnly => 0o444,
        }
    }
}

/// What happens to the store.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Keeping {
    /// A file in it gets a wrong byte, loses its end, or is gone.
    DamageBlob,
    /// The same, of the files of its database.
    DamageDatabase,
    Delete,
    Doctor,
    /// All goes that nothing holds.
    Collect,
}

/// What is built or checked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Building {
    /// One package is built alone.
    Partial,
    /// The sources are checked.
    Check,
    /// A build is killed.
    Killed,
    /// The sources are edited while a build runs.
    Edited(Edit),
    /// An output gets other content while a build runs.
    Altered,
    /// The store is collected while a build runs.
    Collected(Edit),
    /// Two processes build the same tree.
    Twice,
    /// Another process builds the same files somewhere else, with the same store, at the same time.
    Neighbour,
}

impl Harm {
    /// One of them.
    pub(super) fn of(number: usize) -> Harm {
        [Harm::Alter, Harm::Cut, Harm::Delete][number % 3]
    }
}

/// What happens to outputs, to the state and to the store, each as often as it is here.
const OUTPUT: [Harm; 4] = [Harm::Alter, Harm::Alter, Harm::Delete, Harm::Delete];
const STATE: [Harm; 4] = [Harm::Alter, Harm::Alter, Harm::Cut, Harm::Delete];
const STORE: [Keeping; 6] = [
    Keeping::DamageBlob,
    Keeping::DamageBlob,
    Keeping::DamageDatabase,
    Keeping::Delete,
    Keeping::Doctor,
    Keeping::Collect,
];

impl Happening {
    /// Something: with builds that are `processes`, half has to do with these; half of the rest are edits.
    pub(super) fn random(random: &mut Random, processes: bool) -> Happening {
        let edit = EDITS[random.below(EDITS.len())];
        let part = PARTS[random.below(PARTS.len())];
        let mode = [Mode::Executable, Mode::ReadOnly][random.below(2)];
        let (other, program) = (Asking::Other, Asking::Compiler(Part::Program));
        let part = Asking::Compiler(part);
        let asked = [other, other, other, program, part, part, Asking::Environment];
        let (edited, collected) = (Building::Edited(edit), Building::Collected(edit));
        let stand_in = Happening::StandIn(STAND_INS[random.below(STAND_INS.len())]);
        let mut others = vec![Happening::Revert(1 + random.below(3)), Happening::Touch];
        others.extend(OUTPUT.map(Happening::Output));
        others.extend(STATE.map(Happening::State));
        others.extend([Happening::DeleteAllState, Happening::Clean, Happening::MoveTree]);
        others.extend(asked.map(Happening::Asked));
        others.extend([Mode::NotExecutable, mode].map(Happening::Mode));
        others.extend(STORE.map(Happening::Store));
        others.extend([Building::Partial, Building::Check].map(Happening::Build));
        others.extend([Building::Killed; 3].map(Happening::Build));
        others.extend([edited, edited, Building::Altered].map(Happening::Build));
        others.extend([Building::Twice, Building::Neighbour].map(Happening::Build));
        others.extend([collected, collected].map(Happening::Build));
        others.extend([stand_in, stand_in, stand_in, Happening::SetBack]);
        let builds = [Building::Killed, Building::Killed, Building::Twice, Building::Neighbour];
        match random.below(if processes { 4 } else { 2 }) {
            2 | 3 => Happening::Build(builds[random.below(builds.len())]),
            0 => others[random.below(others.len())],
            _ => Happening::Edit(edit),
        }
    }
}

/// Does something to a file, at about this place.
pub(super) fn damage(tree: &Tree, path: &Utf8Path, harm: Harm, at: usize) {
    let host = &*tree.machine.host;
    let mut bytes = host.read(path).unwrap_or_default();
    let at = at % bytes.len().max(1);
    match harm {
        Harm::Alter => match bytes.get_mut(at) {
            Some(byte) => *byte ^= 1 << (at % 8),
            None => bytes.push(0),
        },
        Harm::Cut => bytes.truncate(at),
        Harm::Delete => return host.remove_file(path).unwrap(),
    }
    tree.machine.hands().put(path, &bytes);
}

/// Damages a file of the store's database.
pub(super) fn damage_database(tree: &Tree, which: usize, harm: Harm, at: usize) {
    let names = ["store.db", "store.db-wal", "store.db-shm"];
    let path = tree.machine.home().join(names[which % names.len()]);
    let Ok(mut bytes) = fs::read(&path) else { return };
    let at = at % bytes.len().max(1);
    match harm {
        Harm::Alter => bytes
            .iter_mut()
            .skip(at)
            .take(1 + which % 16)
            .for_each(|byte| *byte ^= 1 + (at % 255) as u8),
        Harm::Cut => bytes.truncate(at),
        Harm::Delete => return fs::remove_file(&path).unwrap(),
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
