//! Which packages are built together: discovery upward, members, the sources of each.

mod discovery;
mod glob;
mod language;
mod problem;
mod reach;
mod settings;
mod sources;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

pub use crate::workspace::discovery::{DiscoveryError, find_root};
pub use crate::workspace::language::{front_end, prelude_interface, source_imports};
pub use crate::workspace::problem::member_diagnostics;
pub(crate) use crate::workspace::problem::{
    file_name, missing_manifest, no_directory, other_name, same_name, several_manifests,
    version_mismatch,
};
pub use crate::workspace::settings::{CompilerCommand, Settings, SettingsError};
pub use crate::workspace::sources::{
    may_hide, package_sources, source_diagnostics, source_directories,
};

use crate::base::{Name, resolve};
use crate::host::EntryKind;
use crate::manifest::{Dialect, MemberKey, manifest_kind, package_identity, project_members};
use crate::source::{Absence, Db, Directory, File, directory_at, directory_entries, file_at};
use crate::workspace::problem::Problem;

/// The packages that are built together. It says nothing of places in manifests, so that it stays equal when text moves; what is
/// wrong is told by [`member_diagnostics`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// The manifest at the root: a project's, or that of the only package.
    pub root: File,
    /// Where the root is.
    pub directory: Utf8PathBuf,
    /// The dialect of the root.
    pub dialect: Dialect,
    /// The packages, sorted by name; no two have the same name.
    pub members: Vec<Member>,
    problems: Vec<Problem>,
}

impl Workspace {
    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        let at = self.members.binary_search_by(|member| (*member.name).cmp(name)).ok()?;
        Some(&self.members[at])
    }
}

/// A package of a workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// Its name, as its own manifest says.
    pub name: Name,
    /// Its manifest.
    pub manifest: File,
    /// Where the manifest is.
    pub directory: Utf8PathBuf,
}

/// The workspace under a root manifest.
#[salsa::tracked(returns(ref))]
pub fn workspace(db: &dyn Db, root: File) -> Workspace {
    let path = root.path(db);
    let directory = root.directory(db).to_owned();
    let kind = manifest_kind(path.file_name().unwrap_or_default())
        .expect("the root of a workspace is a manifest");
    let mut members = Members::new(db);
    if kind.is_project {
        for (entry, key) in project_members(db, root).iter().enumerate() {
            members.add_entry(entry, key, &directory);
        }
    }
    if kind.is_package {
        let name = package_identity(db, root).name.clone();
        let member = Member { name, manifest: root, directory: directory.clone() };
        members.found.insert(member.name.clone(), (0, member));
    }
    let problems = members.problems;
    let members = members.found.into_values().map(|(_, member)| member).collect();
    Workspace { root, directory, dialect: kind.dialect, members, problems }
}

/// The manifests of packages in a directory, sorted by name, or why there are none to be seen.
pub fn package_manifests<'db>(
    db: &'db dyn Db,
    directory: &Utf8Path,
) -> Result<&'db [File], &'db Absence> {
    manifests_in(db, directory_at(db, directory)).as_deref()
}

/// The manifests of packages in a directory. A firewall: other files and directories that come and go stop here.
#[salsa::tracked(returns(ref))]
fn manifests_in(db: &dyn Db, directory: Directory) -> Result<Vec<File>, Absence> {
    let entries = directory_entries(db, directory).as_ref().map_err(Absence::clone)?;
    let is_package = |name: &str| manifest_kind(name).is_some_and(|kind| kind.is_package);
    let files = entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let manifests = files.filter(|entry| is_package(&entry.name));
    let directory = directory.path(db);
    Ok(manifests.map(|entry| file_at(db, &directory.join(&entry.name))).collect())
}

struct Members<'db> {
    db: &'db dyn Db,
    /// By name, each with the index of the entry that lists it.
    found: BTreeMap<Name, (usize, Member)>,
    directories: FxHashSet<Utf8PathBuf>,
    problems: Vec<Problem>,
}

impl<'db> Members<'db> {
    fn new(db: &'db dyn Db) -> Members<'db> {
        let (found, directories) = (BTreeMap::new(), FxHashSet::default());
        Members { db, found, directories, problems: Vec::new() }
    }

    fn add_entry(&mut self, entry: usize, key: &MemberKey, root: &Utf8Path) {
        if key.name.is_some() {
            self.add_directory(entry, key, resolve(root, &*key.path));
            return;
        }
        let directories = glob::directories(self.db, root, &key.path);
        let mut packages = 0;
        for directory in directories {
            if package_manifests(self.db, &directory).is_ok_and(|it| !it.is_empty()) {
                packages += 1;
                if !self.directories.contains(&directory) {
                    self.add_directory(entry, key, directory);
                }
            }
        }
        if packages == 0 {
            self.problems.push(Problem::EmptyGlob { entry });
        }
    }

    fn add_directory(&mut self, entry: usize, key: &MemberKey, directory: Utf8PathBuf) {
        let manifests = match package_manifests(self.db, &directory) {
            Err(absence) => {
                let absence = absence.clone();
                return self.problems.push(Problem::NoDirectory { entry, absence });
            }
            Ok([]) => {
                return self.problems.push(Problem::MissingManifest { entry, directory });
            }
            Ok(manifests) => manifests,
        };
        let named = |file: &File| Some(&package_identity(self.db, *file).name) == key.name.as_ref();
        let manifest = manifests.iter().copied().find(named).unwrap_or(manifests[0]);
        if manifests.len() > 1 {
            self.problems.push(Problem::SeveralManifests { entry, manifests: manifests.to_vec() });
        } else if key.name.is_some() && !named(&manifest) {
            self.problems.push(Problem::OtherName { entry, manifest });
        }
        self.add_package(entry, key, manifest, directory);
    }

    fn add_package(
        &mut self,
        entry: usize,
        key: &MemberKey,
        manifest: File,
        directory: Utf8PathBuf,
    ) {
        let identity = package_identity(self.db, manifest);
        if let (Some(wanted), Some(version)) = (&key.version, &identity.version)
            && !wanted.matches(version)
        {
            self.problems.push(Problem::OtherVersion { entry, manifest });
        }
        if let Some((first, member)) = self.found.get(&identity.name) {
            let (first, other) = (*first, member.manifest);
            self.problems.push(if other == manifest {
                Problem::ListedTwice { entry, first }
            } else {
                Problem::SameName { entry, manifest, other }
            });
            return;
        }
        self.directories.insert(directory.clone());
        let name = identity.name.clone();
        self.found.insert(name.clone(), (entry, Member { name, manifest, directory }));
    }
}
