//! Finding the manifest that governs a directory.

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::host::EntryKind;
use crate::manifest::{Dialect, ManifestKind, manifest_kind};
use crate::source::{Db, File, directory_at, directory_entries, file_at};

/// Why no manifest governs a directory.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DiscoveryError {
    /// There is none at all.
    #[error("there is no manifest in `{start}` or in any directory above it")]
    NotFound {
        /// Where the search began.
        start: Utf8PathBuf,
    },
    /// There are several, and nothing says which is meant.
    #[error("`{directory}` has several manifests: {}", .names.join(", "))]
    Ambiguous {
        /// Where they are.
        directory: Utf8PathBuf,
        /// Their file names, sorted.
        names: Vec<String>,
    },
}

/// The root manifest of the workspace that the directory `start` belongs to: the nearest project's in `start` or above it, or else
/// the nearest package's, which is a workspace of its own. Only manifests of `dialect` count, if one is given.
pub fn find_root(
    db: &dyn Db,
    start: &Utf8Path,
    dialect: Option<Dialect>,
) -> Result<File, DiscoveryError> {
    let mut package = None;
    for directory in start.ancestors() {
        let manifests = manifests(db, directory, package.as_ref().map(|(_, it)| *it).or(dialect));
        if manifests.iter().any(|(_, kind)| kind.dialect != manifests[0].1.dialect) {
            return Err(ambiguous(directory, manifests.iter()));
        }
        let projects = manifests.iter().filter(|(_, kind)| kind.is_project);
        if let Some((name, _)) = only(directory, projects)? {
            return Ok(file_at(db, &directory.join(name)));
        }
        if package.is_none()
            && let Some((name, kind)) = only(directory, manifests.iter())?
        {
            package = Some((directory.join(name), kind.dialect));
        }
    }
    match package {
        Some((path, _)) => Ok(file_at(db, &path)),
        None => Err(DiscoveryError::NotFound { start: start.to_owned() }),
    }
}

type Named = (String, ManifestKind);

fn manifests(db: &dyn Db, directory: &Utf8Path, dialect: Option<Dialect>) -> Vec<Named> {
    let entries = directory_entries(db, directory_at(db, directory)).as_deref().unwrap_or_default();
    let files = entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let named = files.filter_map(|entry| Some((entry.name.clone(), manifest_kind(&entry.name)?)));
    named.filter(|(_, kind)| dialect.is_none_or(|it| it == kind.dialect)).collect()
}

/// The only one of `manifests`, if there is one.
fn only<'a>(
    directory: &Utf8Path,
    manifests: impl Iterator<Item = &'a Named>,
) -> Result<Option<&'a Named>, DiscoveryError> {
    let manifests: Vec<&Named> = manifests.collect();
    if manifests.len() > 1 {
        return Err(ambiguous(directory, manifests.into_iter()));
    }
    Ok(manifests.first().copied())
}

fn ambiguous<'a>(
    directory: &Utf8Path,
    manifests: impl Iterator<Item = &'a Named>,
) -> DiscoveryError {
    let names = manifests.map(|(name, _)| name.clone()).collect();
    DiscoveryError::Ambiguous { directory: directory.to_owned(), names }
}
