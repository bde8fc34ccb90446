//! Where outputs are: the layout that each dialect's document promises.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{ModulePath, Name, relative_to, resolve};
use crate::manifest::{Dialect, manifest_kind, package_identity, project_options};
use crate::source::{Db, File};
use crate::target::Target;

/// The places of a workspace's outputs. The dialect of the root manifest decides, whatever the dialects of the packages.
///
/// Octizys (section 3.3 of its document): all below `build/octizys_<version>/`: `ioct/**.ioct`, and a folder for each target
/// beside. Oats ("Build Output"): `target/<package>_pkg.o` and the program `target/<package>`; what they are made of below
/// `target/oats_<version>/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The root of the workspace.
    pub workspace: Utf8PathBuf,
    /// The folder of everything that builds make.
    pub outputs: Utf8PathBuf,
    /// The folder of what this compiler makes.
    pub compiler: Utf8PathBuf,
    dialect: Dialect,
    /// The package whose program has another name than it, and that name.
    renamed: Option<(Name, Name)>,
}

impl Layout {
    /// The layout of the workspace under a root manifest.
    pub fn of(db: &dyn Db, root: File) -> Layout {
        let path = root.path(db);
        let workspace = root.directory(db).to_owned();
        let kind = manifest_kind(path.file_name().unwrap_or_default());
        let kind = kind.expect("the root of a workspace is a manifest");
        let chosen = kind.is_project.then(|| project_options(db, root).target_directory.as_ref());
        let folder = chosen.flatten().map_or(default_folder(kind.dialect), |it| &**it);
        let outputs = resolve(&workspace, folder);
        let version = env!("CARGO_PKG_VERSION");
        let compiler = outputs.join(format!("{}_{version}", kind.dialect.name()));
        Layout { workspace, outputs, compiler, dialect: kind.dialect, renamed: None }
    }

    /// The layout of a package that is made in a `folder` of its own, state and all.
    pub(crate) fn in_folder(db: &dyn Db, root: File, folder: &Utf8Path) -> Layout {
        let layout = Layout::of(db, root);
        let name = layout.compiler.file_name().unwrap_or_default();
        let (compiler, outputs) = (folder.join(name), folder.to_owned());
        Layout { workspace: folder.to_owned(), outputs, compiler, ..layout }
    }

    /// The same, but for the program of the root package, which is called `name`.
    #[must_use]
    pub fn with_program_name(mut self, db: &dyn Db, root: File, name: Option<&Name>) -> Layout {
        self.renamed = name.map(|name| (package_identity(db, root).name.clone(), name.clone()));
        self
    }

    /// The intermediate of a module.
    pub fn intermediate(&self, module: &ModulePath) -> Utf8PathBuf {
        self.compiler.join(format!("ioct/{module}.ioct"))
    }

    /// The folder of a target's outputs.
    pub fn target(&self, target: Target) -> Utf8PathBuf {
        self.compiler.join(target.name())
    }

    /// The objects of a package in one file.
    pub fn library(&self, package: &str) -> Utf8PathBuf {
        match self.dialect {
            Dialect::Octizys => self.target(Target::C11).join(format!("lib{package}.a")),
            Dialect::Oats => self.outputs.join(format!("{}_pkg.o", package.replace('-', "_"))),
        }
    }

    /// What an importer must know of a package, beside [`Layout::library`], where the dialect promises such a file.
    pub fn metadata(&self, package: &str) -> Option<Utf8PathBuf> {
        match self.dialect {
            Dialect::Octizys => None,
            Dialect::Oats => Some(self.library(package).with_extension(METADATA)),
        }
    }

    /// What is made of a package beside its program.
    pub fn products_of(&self, package: &str) -> Vec<Utf8PathBuf> {
        std::iter::once(self.library(package)).chain(self.metadata(package)).collect()
    }

    /// Whether a product is called like one of [`Layout::products_of`] some package.
    pub fn is_of_package(product: &Utf8Path) -> bool {
        let stem = product.as_str().strip_suffix(METADATA).or(product.as_str().strip_suffix("o"));
        stem.is_some_and(|it| it.ends_with("_pkg."))
    }

    /// Whether the objects of a package are merged into one object; else they are put into an archive.
    pub fn merges_objects(&self) -> bool {
        self.dialect == Dialect::Oats
    }

    /// The program of a package, compiled to C.
    pub fn program(&self, package: &str) -> Utf8PathBuf {
        let renamed = self.renamed.as_ref().filter(|(renamed, _)| renamed == package);
        let name = renamed.map_or(package, |(_, name)| name);
        match self.dialect {
            Dialect::Octizys => self.target(Target::C11).join(format!("{name}.bin")),
            Dialect::Oats => self.outputs.join(name),
        }
    }

    /// The program that the dialect prefers for linking, where it exists.
    pub fn preferred_linker(&self) -> Option<&'static str> {
        match self.dialect {
            Dialect::Octizys => None,
            Dialect::Oats => Some("clang"),
        }
    }

    /// What the program of a package is called if not like the package.
    pub fn program_name(&self) -> Option<&Name> {
        self.renamed.as_ref().map(|(_, name)| name)
    }

    /// The folder that holds whatever is made for a person, and in which the programs run that make it.
    pub fn products(&self) -> &Utf8Path {
        match self.dialect {
            Dialect::Octizys => &self.compiler,
            Dialect::Oats => &self.outputs,
        }
    }

    /// A product, absolute, as programs see it that run in [`Layout::products`].
    pub fn from_products(&self, path: &Utf8Path) -> Utf8PathBuf {
        relative_to(path, self.products())
    }

    /// Whether a folder of this name, below the folder of outputs, is what some version of this compiler made.
    pub fn is_compiler_folder(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.dialect.name()).and_then(|it| it.strip_prefix('_'));
        rest.is_some_and(|version| semver::Version::parse(version).is_ok())
    }
}

/// The extension of metadata.
const METADATA: &str = "oats.meta";

fn default_folder(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Octizys => "build",
        Dialect::Oats => "target",
    }
}
