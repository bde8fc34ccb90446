//! What the store was told of a workspace, so that a build knows without asking it what is new to it.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, Name};
use crate::build::output::OutputError;
use crate::build::way::Way;
use crate::codec::{self, Kind};
use crate::host::Host;
use crate::store::{home, receipt};

const TOLD: Kind = Kind { magic: *b"OTLD", format: 3 };
const PARTS: Kind = Kind { magic: *b"OTPA", format: 1 };

/// A package and a target, by name.
pub(crate) type Which = (String, String);

/// What the store was told last of a workspace. It is removed before anything is written that the next build believes, so that after a
/// build that was killed, or did without the store, all is told again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    /// The targets for which the store was told of all packages, and of which.
    pub(crate) whole: BTreeMap<String, Whole>,
    /// The digest of the keys of all actions.
    pub(crate) keys: Digest,
    /// The digest of all that was told. The store remembers it, too.
    digest: Digest,
    /// The store that could not be told. A build that has nothing to do does not try again.
    refused_by: Option<Utf8PathBuf>,
}

/// All packages of a workspace, as the store was told of them for a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Whole {
    /// Which they are ([`crate::state::WorkspaceRow::composition`]).
    pub(crate) composition: u128,
    /// A fingerprint of how they were made.
    pub(crate) ways: u128,
}

/// The builds of packages that the store was told of. They stand in a file of their own, which few builds read: most make nothing
/// that is new to the store, and see that without.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Parts(pub(crate) BTreeMap<Which, Part>);

/// A build of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// A fingerprint of which package it is, by what it was made and how.
    pub(crate) about: u128,
    /// What was made.
    pub(crate) files: Digest,
}

impl Told {
    fn path(root: &Utf8Path) -> Utf8PathBuf {
        root.join(crate::state::FOLDER).join("packages").join("told")
    }

    /// That these `parts` were told, and that `keys` are the keys of all actions.
    pub(crate) fn new(parts: &Parts, keys: Digest, whole: BTreeMap<String, Whole>) -> Told {
        Told { whole, keys, digest: parts.digest(&keys), refused_by: None }
    }

    /// The same, but the store at `home` was not to be told.
    pub(crate) fn refused_by(self, home: Utf8PathBuf) -> Told {
        Told { refused_by: Some(home), ..self }
    }

    fn load(host: &dyn Host, root: &Utf8Path) -> Option<Told> {
        codec::decode(TOLD, &host.read(&Told::path(root)).ok()?).ok()
    }

    /// What was told last; nobody else will believe it any more.
    pub(crate) fn take(host: &dyn Host, root: &Utf8Path) -> Result<Option<Told>, OutputError> {
        let (told, path) = (Told::load(host, root), Told::path(root));
        host.retire(&path).map_err(OutputError::during("remove", &path))?;
        Ok(told)
    }

    /// Leaves it for the next build. What cannot be written is told again, and not worth a failure.
    pub(crate) fn save(&self, host: &dyn Host, root: &Utf8Path) {
        _ = host.rewrite(&Told::path(root), &codec::encode(TOLD, self));
    }

    /// Whether the store at `home` knows just this of the workspace at `root`.
    pub(crate) fn is_known(&self, host: &dyn Host, home: &Utf8Path, root: &Utf8Path) -> bool {
        self.refused_by.is_none()
            && receipt(host, home, root).is_some_and(|it| it == self.digest.to_string())
    }

    /// The builds that were told of; `None` where the file with them is not the one that belongs to this.
    pub(crate) fn parts(&self, host: &dyn Host, root: &Utf8Path) -> Option<Parts> {
        let bytes = host.read(&Parts::path(root)).ok()?;
        let parts: Parts = codec::decode(PARTS, &bytes).ok()?;
        (parts.digest(&self.keys) == self.digest).then_some(parts)
    }

    /// What stands for all that was told.
    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

impl Parts {
    fn path(root: &Utf8Path) -> Utf8PathBuf {
        root.join(crate::state::FOLDER).join("packages").join("told-parts")
    }

    fn digest(&self, keys: &Digest) -> Digest {
        Digest::of(&codec::encode_part(&(keys, self)).0)
    }

    /// Leaves them for the next build. To be done before what belongs to them is left.
    pub(crate) fn save(&self, host: &dyn Host, root: &Utf8Path) {
        _ = host.rewrite(&Parts::path(root), &codec::encode(PARTS, self));
    }

    /// Those of the packages of these names.
    pub(crate) fn of(mut self, packages: &BTreeSet<&str>) -> Parts {
        self.0.retain(|(package, _), _| packages.contains(&**package));
        self
    }

    /// The packages and targets that were told of.
    pub(crate) fn present(&self) -> BTreeSet<Which> {
        self.0.keys().cloned().collect()
    }
}

/// Whether the store need not be told of a workspace of this `composition` in which nothing has changed, as far as these `packages` are
/// concerned. Nothing is opened.
pub(crate) fn is_told<'a>(
    (host, root): (&dyn Host, &Utf8Path),
    composition: u128,
    packages: impl Iterator<Item = &'a Name>,
    ways: &[Way],
) -> bool {
    // Where there is no place for a store, there is nobody to be told.
    let Ok(home) = home(host) else { return true };
    let Some(told) = Told::load(host, root) else { return false };
    if told.refused_by.as_ref() == Some(&home) {
        return true;
    }
    let targets: Vec<&str> = ways.iter().map(|way| way.target.name()).collect();
    let is_whole = |target: &&str| {
        told.whole.get(*target).is_some_and(|whole| whole.composition == composition)
    };
    let are_parts = |parts: Parts| {
        let mut builds = packages.flat_map(|it| targets.iter().map(move |target| (it, target)));
        builds.all(|(it, target)| parts.0.contains_key(&(it.to_string(), (*target).to_owned())))
    };
    told.is_known(host, &home, root)
        && (targets.iter().all(is_whole) || told.parts(host, root).is_some_and(are_parts))
}
