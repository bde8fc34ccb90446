//! What manifests say, whatever their dialect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::{Name, TextRange};

/// A package system: its manifests, its conventions, its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// `project.toml` and `<Name>Package.toml`, sources in `.oct`.
    Octizys,
    /// `Oats.toml`, sources in `.oats`.
    Oats,
}

/// All dialects.
pub const DIALECTS: &[Dialect] = &[Dialect::Octizys, Dialect::Oats];

impl Dialect {
    /// Its name, as it stands in files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Octizys => "octizys",
            Dialect::Oats => "oats",
        }
    }

    /// The file name of the manifest of the package `name`.
    pub fn manifest_name(self, name: &str) -> String {
        match self {
            Dialect::Octizys => format!("{name}Package.toml"),
            Dialect::Oats => "Oats.toml".to_owned(),
        }
    }

    /// The extension of its source files, without a dot.
    pub fn source_extension(self) -> &'static str {
        match self {
            Dialect::Octizys => "oct",
            Dialect::Oats => "oats",
        }
    }
}

/// The targets that exist, by the names that manifests call them.
pub const TARGETS: &[&str] = &["c-11", "python-3"];

/// What the file name of a manifest says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ManifestKind {
    /// Whose manifest it is.
    pub dialect: Dialect,
    /// Whether it says what a workspace consists of and how it is built.
    pub is_project: bool,
    /// Whether it describes a package.
    pub is_package: bool,
}

/// A value with the range of the manifest in which it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written; for a value that is a default, where it could have been.
    pub range: TextRange,
}

impl<T> Spanned<T> {
    /// The value, written at `range`.
    pub fn new(value: T, range: TextRange) -> Spanned<T> {
        Spanned { value, range }
    }
}

/// What a workspace's root manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Project {
    /// The dialect of the manifest.
    pub dialect: Dialect,
    /// The project's name.
    pub name: Option<Spanned<Name>>,
    /// What a plain build makes: targets by name (`python-3`, `c-11`), as written.
    pub targets: Vec<Spanned<Name>>,
    /// The packages that belong to it.
    pub members: Vec<Member>,
    /// Packages from elsewhere, shared by all members.
    pub dependencies: Vec<Dependency>,
    /// Build profiles by name.
    pub profiles: BTreeMap<Name, Profile>,
    /// The profile that is used where nobody asks for another.
    pub profile: Option<Spanned<Name>>,
    /// Where outputs go, relative to the manifest's own directory; where the dialect puts them if absent.
    pub target_directory: Option<Spanned<Name>>,
}

impl Project {
    /// A project of which the manifest says nothing.
    pub(in crate::manifest) fn new(dialect: Dialect) -> Project {
        Project {
            dialect,
            name: None,
            targets: Vec::new(),
            members: Vec::new(),
            dependencies: Vec::new(),
            profiles: BTreeMap::new(),
            profile: None,
            target_directory: None,
        }
    }
}

/// An entry of a project's list of members.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Member {
    /// The key that it is listed under; for a glob, the glob.
    pub name: Spanned<Name>,
    /// The directory, or a glob that matches directories, relative to the manifest's own.
    pub path: Spanned<Name>,
    /// A constraint that the package's version must meet.
    pub version: Option<Spanned<semver::VersionReq>>,
}

impl Member {
    /// Whether it stands for all packages that its path matches, which then have their own names.
    pub fn is_glob(&self) -> bool {
        self.path.value.contains(['*', '?'])
    }
}

/// What a package's manifest says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Package {
    /// The dialect of the manifest.
    pub dialect: Dialect,
    /// Its name: from the manifest, or from the manifest's file name.
    pub name: Spanned<Name>,
    /// Its version; absent where the manifest says none that can be read.
    pub version: Option<Spanned<semver::Version>>,
    /// What it is for, in a sentence.
    pub description: Option<Spanned<String>>,
    /// The module that stands for the package, relative to it (`Main`, `App/Start`, `src/main`): an import of the package itself
    /// means it, and its `main` is run. In Octizys only a program has one.
    pub main: Option<Spanned<Name>>,
    /// The directory below which all sources are, relative to the manifest's own.
    pub source_directory: Name,
    /// The packages that it uses, in the order of the manifest.
    pub dependencies: Vec<Dependency>,
}

/// A package that another one uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Dependency {
    /// The name by which it is used.
    pub name: Spanned<Name>,
    /// Which versions will do; any if absent.
    pub requirement: Option<Spanned<semver::VersionReq>>,
    /// Where it comes from.
    pub source: DependencySource,
}

/// Where a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DependencySource {
    /// The member of that name, or else a registry.
    Default,
    /// A directory, relative to the manifest's own.
    Path(Spanned<Name>),
    /// A git repository.
    Git {
        /// Its address.
        url: Spanned<Name>,
        /// Which commit.
        reference: GitReference,
    },
}

/// A commit of a git repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GitReference {
    /// Where the default branch stands.
    Head,
    /// Where this branch stands.
    Branch(Spanned<Name>),
    /// A tag.
    Tag(Spanned<Name>),
    /// A commit's digest.
    Revision(Spanned<Name>),
}

/// How the linker optimises across modules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lto {
    /// Not at all.
    #[default]
    None,
    /// In parts that are summarised first, where the compiler can; else as a whole.
    Thin,
    /// As a whole.
    Full,
}

/// Options that trade build time for speed of what is built.
#[derive(Clone, Debug, PartialEq, Eq, Default, Hash)]
pub struct Profile {
    /// How much the C compiler optimises, 0 to 3.
    pub opt_level: Option<Spanned<u8>>,
    /// Whether debug information is made.
    pub debug: Option<Spanned<bool>>,
    /// Whether the linker optimises across modules.
    pub lto: Option<Spanned<Lto>>,
    /// Whether symbols are removed from what is linked.
    pub strip: Option<Spanned<bool>>,
}
