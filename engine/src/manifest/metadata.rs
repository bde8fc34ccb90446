//! `<name>_pkg.oats.meta`: what importers must know of a package, so that they can be compiled without its sources.
//!
//! It is the JSON of "Package Metadata Format" in the document of Oats, with what a checker needs beside: the interfaces of the
//! package's modules, and of other packages' modules what these mention. So it says all that there is to know, whatever it is put
//! beside.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::{Digest, Finding, ModulePath, Name, TextRange};
use crate::ir::Interface;
use crate::manifest::model::{Dialect, Package, Spanned};
use crate::source::{Db, Diagnostic, File, source_text};

/// The version of the format, which changes with every change that older readers would misunderstand.
const FORMAT: u32 = 1;

const SUFFIX: &str = ".oats.meta";

/// The metadata of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    format: u32,
    /// The package.
    pub package: Name,
    /// Its version, where it has one.
    pub version: Option<semver::Version>,
    /// The dialect of its sources.
    pub dialect: Dialect,
    /// What an import of the package may name; where no module stands for the package, each name with its module before it.
    pub exports: BTreeMap<Name, Export>,
    /// The file name of its object, which lies beside.
    pub object_file: String,
    /// What it depends on itself, sorted.
    pub dependencies: Vec<Name>,
    /// The module that stands for the package, relative to it.
    pub entry: Option<Name>,
    /// The digest of all that follows: equal where importers need not be compiled again.
    pub interface_digest: String,
    /// What its modules export, sorted by module, and what these mention of modules of other packages.
    pub interfaces: Vec<Arc<Interface>>,
}

/// An export as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What it is: `function`, `constant`, `class`, `interface`, `enum`, `type`.
    pub kind: String,
    /// Its type: `(number, number) -> number`, for a type its definition.
    pub signature: String,
}

/// What metadata says beside the interfaces.
#[derive(Clone, Debug)]
pub struct MetadataHeader {
    /// See [`Metadata::package`].
    pub package: Name,
    /// See [`Metadata::version`].
    pub version: Option<semver::Version>,
    /// See [`Metadata::dialect`].
    pub dialect: Dialect,
    /// See [`Metadata::exports`].
    pub exports: BTreeMap<Name, Export>,
    /// See [`Metadata::object_file`].
    pub object_file: String,
    /// See [`Metadata::dependencies`].
    pub dependencies: Vec<Name>,
    /// See [`Metadata::entry`].
    pub entry: Option<Name>,
}

impl Metadata {
    /// The metadata that says this.
    pub fn new(header: MetadataHeader, interfaces: Vec<Arc<Interface>>) -> Metadata {
        let MetadataHeader { package, version, dialect, exports, object_file, dependencies, entry } =
            header;
        Metadata {
            format: FORMAT,
            package,
            version,
            dialect,
            exports,
            object_file,
            dependencies,
            entry,
            interface_digest: digest(&interfaces),
            interfaces,
        }
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let text = serde_json::to_string_pretty(self);
        text.expect("all keys are strings and all numbers finite") + "\n"
    }

    /// What `text` says; else why it is no metadata that can be used.
    pub fn parse(text: &str) -> Result<Metadata, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version.format != FORMAT {
            return Err(format!("its format is {}, not {FORMAT}", version.format));
        }
        let metadata: Metadata = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if metadata.interface_digest != digest(&metadata.interfaces) {
            return Err("it is damaged: its digest is another".to_owned());
        }
        Ok(metadata)
    }

    /// What a module exports, or what of it is mentioned.
    pub fn interface(&self, module: &ModulePath) -> Option<&Arc<Interface>> {
        self.interfaces.iter().find(|it| it.module == *module)
    }

    /// What a manifest would say of the package.
    fn to_package(&self) -> Package {
        let spanned = |name: &Name| Spanned::new(name.clone(), TextRange::default());
        Package {
            dialect: self.dialect,
            name: spanned(&self.package),
            version: self.version.clone().map(|it| Spanned::new(it, TextRange::default())),
            description: None,
            main: self.entry.as_ref().map(spanned),
            source_directory: Name::const_new("."),
            dependencies: Vec::new(),
        }
    }
}

fn digest(interfaces: &[Arc<Interface>]) -> String {
    let text = serde_json::to_string(interfaces);
    Digest::of(text.expect("all keys are strings and all numbers finite")).to_string()
}

/// Whether a file, by its name, holds metadata; then it stands for the manifest of the package that it describes.
pub fn is_metadata(db: &dyn Db, file: File) -> bool {
    file.path(db).as_str().ends_with(SUFFIX)
}

/// What a file of metadata says; the diagnostic where it can't be used.
#[salsa::tracked(returns(ref))]
pub fn metadata_in(db: &dyn Db, file: File) -> Result<Arc<Metadata>, Box<Diagnostic>> {
    let source = source_text(db, file);
    let parsed = match &source.problem {
        Some(problem) => Err(problem.clone()),
        None => Metadata::parse(&source.text),
    };
    parsed.map(Arc::new).map_err(|why| {
        let message = format!("this is no metadata of a package that can be used: {why}");
        let finding = Finding::error("invalid-metadata", TextRange::default(), message)
            .help("compile the package again with this version of Oast");
        Box::new(Diagnostic::in_file(file.path(db), finding))
    })
}

/// The package that metadata is about, with what is wrong with the file.
pub(super) fn described_package(db: &dyn Db, file: File) -> (Package, Vec<Diagnostic>) {
    match metadata_in(db, file) {
        Ok(metadata) => (metadata.to_package(), Vec::new()),
        Err(diagnostic) => {
            let stem = file.path(db).file_name().unwrap_or_default().trim_end_matches(SUFFIX);
            let nothing = MetadataHeader {
                package: Name::new(stem.trim_end_matches("_pkg")),
                version: None,
                dialect: Dialect::Oats,
                exports: BTreeMap::new(),
                object_file: String::new(),
                dependencies: Vec::new(),
                entry: None,
            };
            (Metadata::new(nothing, Vec::new()).to_package(), vec![(**diagnostic).clone()])
        }
    }
}
