//! What manifests say, without the places where they say it.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

use crate::base::Name;
use crate::codec;
use crate::manifest::model::{
    Dependency, DependencySource, Dialect, GitReference, Profile, Spanned,
};
use crate::manifest::{package, project};
use crate::source::{Db, File, remembered_manifest};

/// What others need to know of a package.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PackageIdentity {
    /// The dialect of the manifest.
    pub dialect: Dialect,
    /// Its name.
    pub name: Name,
    /// Its version, where the manifest says one that can be read.
    pub version: Option<Version>,
    /// The module that stands for the package, relative to it; see [`crate::manifest::Package::main`].
    pub main: Option<Name>,
    /// The directory of the sources, relative to the manifest's own.
    pub source_directory: Name,
}

/// A dependency without its ranges. Its index is that of the dependency in the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DependencyKey {
    /// The name by which it is used.
    pub name: Name,
    /// Which versions will do; any if absent.
    pub requirement: Option<VersionReq>,
    /// Where it comes from.
    pub source: SourceKey,
}

/// Where a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SourceKey {
    /// The member of that name, or else a registry.
    Default,
    /// A directory, relative to the manifest's own.
    Path(Name),
    /// A git repository, with the branch, tag or commit in words (`tag v1`).
    Git(Name, Option<Name>),
}

/// An entry of a project's list of members without its ranges. Its index is that of the entry in the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MemberKey {
    /// The name that the package must have; absent where a glob stands for several.
    pub name: Option<Name>,
    /// The directory, or a glob that matches directories, relative to the manifest's own.
    pub path: Name,
    /// A constraint that the package's version must meet.
    pub version: Option<VersionReq>,
}

/// What a project says of builds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectOptions {
    /// The project's name.
    pub name: Option<Name>,
    /// What a plain build makes: targets by name, at least one.
    pub targets: Vec<Name>,
    /// Build profiles by name; ranges in them are all empty.
    pub profiles: BTreeMap<Name, Profile>,
    /// The profile that is used where nobody asks for another.
    pub profile: Option<Name>,
    /// Where outputs go, relative to the manifest's own directory; where the dialect puts them if absent.
    pub target_directory: Option<Name>,
}

/// The identity of a package. A firewall: comments, the description and changes of the dependencies stop here.
#[salsa::tracked(returns(ref))]
pub fn package_identity(db: &dyn Db, file: File) -> PackageIdentity {
    let remembered = remembered_manifest(db, file).map(|it| codec::decode_part(&it.identity.0));
    if let Some(Ok(identity)) = remembered {
        return identity;
    }
    let package = &package(db, file).value;
    PackageIdentity {
        dialect: package.dialect,
        name: package.name.value.clone(),
        version: package.version.as_ref().map(|it| it.value.clone()),
        main: package.main.as_ref().map(|it| it.value.clone()),
        source_directory: package.source_directory.clone(),
    }
}

/// The dependencies of a package. A firewall: comments and changes of anything else stop here.
#[salsa::tracked(returns(ref))]
pub fn package_dependencies(db: &dyn Db, file: File) -> Vec<DependencyKey> {
    package(db, file).value.dependencies.iter().map(dependency_key).collect()
}

/// The members that a project lists. A firewall: comments and changes of anything else stop here.
#[salsa::tracked(returns(ref))]
pub fn project_members(db: &dyn Db, file: File) -> Vec<MemberKey> {
    let members = project(db, file).value.members.iter();
    let key = |member: &crate::manifest::Member| MemberKey {
        name: (!member.is_glob() && !member.name.value.contains('/'))
            .then(|| member.name.value.clone()),
        path: member.path.value.clone(),
        version: member.version.as_ref().map(|it| it.value.clone()),
    };
    members.map(key).collect()
}

/// The packages from elsewhere that a project lists. A firewall: comments and changes of anything else stop here.
#[salsa::tracked(returns(ref))]
pub fn project_dependencies(db: &dyn Db, file: File) -> Vec<DependencyKey> {
    project(db, file).value.dependencies.iter().map(dependency_key).collect()
}

/// What a project says of builds. A firewall: comments and changes of anything else stop here.
#[salsa::tracked(returns(ref))]
pub fn project_options(db: &dyn Db, file: File) -> ProjectOptions {
    let project = &project(db, file).value;
    let profiles = project.profiles.iter();
    ProjectOptions {
        name: project.name.as_ref().map(|it| it.value.clone()),
        targets: project.targets.iter().map(|it| it.value.clone()).collect(),
        profiles: profiles.map(|(name, it)| (name.clone(), without_ranges(it))).collect(),
        profile: project.profile.as_ref().map(|it| it.value.clone()),
        target_directory: project.target_directory.as_ref().map(|it| it.value.clone()),
    }
}

fn dependency_key(dependency: &Dependency) -> DependencyKey {
    let source = match &dependency.source {
        DependencySource::Default => SourceKey::Default,
        DependencySource::Path(path) => SourceKey::Path(path.value.clone()),
        DependencySource::Git { url, reference } => {
            SourceKey::Git(url.value.clone(), reference_in_words(reference))
        }
    };
    DependencyKey {
        name: dependency.name.value.clone(),
        requirement: dependency.requirement.as_ref().map(|it| it.value.clone()),
        source,
    }
}

fn reference_in_words(reference: &GitReference) -> Option<Name> {
    match reference {
        GitReference::Head => None,
        GitReference::Branch(name) => Some(Name::new(format!("branch {}", name.value))),
        GitReference::Tag(name) => Some(Name::new(format!("tag {}", name.value))),
        GitReference::Revision(name) => Some(Name::new(format!("commit {}", name.value))),
    }
}

fn without_ranges(profile: &Profile) -> Profile {
    fn bare<T: Copy>(value: Option<&Spanned<T>>) -> Option<Spanned<T>> {
        value.map(|it| Spanned::new(it.value, crate::base::TextRange::default()))
    }
    Profile {
        opt_level: bare(profile.opt_level.as_ref()),
        debug: bare(profile.debug.as_ref()),
        lto: bare(profile.lto.as_ref()),
        strip: bare(profile.strip.as_ref()),
    }
}
