//! From a manifest's text to the package model, which is the same for all dialects. Every value keeps its range.
//!
//! A dialect is a folder of pure functions from text; here are the queries, which choose the dialect by the file's name. The
//! queries that end in a value without ranges ([`package_identity`], [`package_dependencies`], [`project_members`], …) are
//! firewalls: what reads only them does not notice a comment.

mod document;
mod firewall;
mod metadata;
mod model;
mod oats;
mod octizys;
mod settings;
mod value;

pub use crate::manifest::firewall::{
    DependencyKey, MemberKey, PackageIdentity, ProjectOptions, SourceKey, package_dependencies,
    package_identity, project_dependencies, project_members, project_options,
};
pub use crate::manifest::metadata::{Export, Metadata, MetadataHeader, is_metadata, metadata_in};
pub use crate::manifest::model::{
    DIALECTS, Dependency, DependencySource, Dialect, GitReference, Lto, ManifestKind, Member,
    Package, Profile, Project, Spanned, TARGETS,
};
pub use crate::manifest::settings::{CompilerTable, SettingsFile, SettingsScope, settings};

use crate::base::{Checked, Finding, TextRange};
use crate::source::{Db, Diagnostic, File, source_text};

/// What a file of this name is, if it is a manifest of any dialect.
pub fn manifest_kind(file_name: &str) -> Option<ManifestKind> {
    octizys::kind_of(file_name).or_else(|| oats::kind_of(file_name))
}

/// Whether a package can have this name.
pub fn is_package_name(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Octizys => octizys::is_identifier(name),
        Dialect::Oats => oats::is_package_name(name),
    }
}

/// Whether a component of a module's path can have this name.
pub fn is_module_name(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Octizys => octizys::is_identifier(name),
        Dialect::Oats => oats::is_module_name(name),
    }
}

/// The package that a manifest or metadata describes, complete or not, with all that is wrong in the file.
///
/// # Panics
///
/// If the file is neither by its name.
#[salsa::tracked(returns(ref))]
pub fn package(db: &dyn Db, file: File) -> Checked<Package, Diagnostic> {
    if is_metadata(db, file) {
        let (value, diagnostics) = metadata::described_package(db, file);
        return Checked { value, diagnostics };
    }
    read(db, file, |name, text| match dialect_of(name) {
        Dialect::Octizys => octizys::package(name, text),
        Dialect::Oats => oats::package(text),
    })
}

/// The project that a manifest describes, complete or not, with all that is wrong in the manifest.
///
/// # Panics
///
/// If the file is no manifest of a project by its name.
#[salsa::tracked(returns(ref))]
pub fn project(db: &dyn Db, file: File) -> Checked<Project, Diagnostic> {
    read(db, file, |name, text| match dialect_of(name) {
        Dialect::Octizys => octizys::project(text),
        Dialect::Oats => oats::project(text),
    })
}

/// The dialect of a manifest of this name.
///
/// # Panics
///
/// If no manifest has such a name.
pub(crate) fn dialect_of(file_name: &str) -> Dialect {
    manifest_kind(file_name).expect("only manifests are read as manifests").dialect
}

fn read<T>(
    db: &dyn Db,
    file: File,
    parse: impl Fn(&str, &str) -> Checked<T>,
) -> Checked<T, Diagnostic> {
    let (path, source) = (file.path(db), source_text(db, file));
    let parsed = parse(path.file_name().unwrap_or_default(), &source.text);
    let findings = match &source.problem {
        Some(problem) => {
            let message = format!("the manifest cannot be read: {problem}");
            vec![Finding::error("unreadable-file", TextRange::default(), message)]
        }
        None => parsed.diagnostics,
    };
    let diagnostics = findings.into_iter().map(|it| Diagnostic::in_file(path, it)).collect();
    Checked { value: parsed.value, diagnostics }
}
