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

const TOLD: Kind = Kind { magic: *b"OTLD", format: 2 };

/// A package and a target, by name.
pub(crate) type Which = (String, String);

/// What the store was told last of a workspace. It is removed before anything is written that the next build believes, so that after a
/// build that was killed, or did without the store, all is told again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    parts: BTreeMap<Which, Part>,
    keys: Digest,
    /// The digest of all that. The store remembers it, too.
    digest: Digest,
    /// The store that could not be told. A build that has nothing to do does not try again.
    refused_by: Option<Utf8PathBuf>,
}

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
    pub(crate) fn new(parts: BTreeMap<Which, Part>, keys: Digest) -> Told {
        let digest = Digest::of(&codec::encode_part(&(&keys, &parts)).0);
        Told { parts, keys, digest, refused_by: None }
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

    /// What was told of a package and target.
    pub(crate) fn part(&self, which: &Which) -> Option<&Part> {
        self.parts.get(which)
    }

    /// What was told of the packages of these names.
    pub(crate) fn parts_of(&self, packages: &BTreeSet<&str>) -> BTreeMap<Which, Part> {
        let own = self.parts.iter().filter(|((package, _), _)| packages.contains(&**package));
        own.map(|(which, part)| (which.clone(), *part)).collect()
    }

    /// The packages and targets that were told of.
    pub(crate) fn present(&self) -> BTreeSet<Which> {
        self.parts.keys().cloned().collect()
    }

    /// What stands for all that was told.
    pub(crate) fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// Whether the store need not be told of a workspace in which nothing has changed. Nothing is opened.
pub(crate) fn is_told<'a>(
    host: &dyn Host,
    root: &Utf8Path,
    packages: impl Iterator<Item = &'a Name>,
    ways: &[Way],
) -> bool {
    // Where there is no place for a store, there is nobody to be told.
    let Ok(home) = home(host) else { return true };
    let Some(told) = Told::load(host, root) else { return false };
    if told.refused_by.as_ref() == Some(&home) {
        return true;
    }
    let targets: Vec<String> = ways.iter().map(|way| way.target.name().to_owned()).collect();
    told.is_known(host, &home, root)
        && packages.into_iter().all(|package| {
            let mut targets = targets.iter();
            targets.all(|target| told.part(&(package.to_string(), target.clone())).is_some())
        })
}
