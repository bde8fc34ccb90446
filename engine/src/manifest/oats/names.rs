//! What names may look like.

use crate::base::{Finding, Name};
use crate::manifest::document::{Reader, quoted};
use crate::manifest::model::{Dialect, ManifestKind, Spanned};

const MANIFEST: &str = "Oats.toml";

/// What a file of this name is, if it is a manifest of this dialect.
pub(in crate::manifest) fn kind_of(file_name: &str) -> Option<ManifestKind> {
    let kind = ManifestKind { dialect: Dialect::Oats, is_project: true, is_package: true };
    (file_name == MANIFEST).then_some(kind)
}

/// Whether a package can have this name.
pub(in crate::manifest) fn is_package_name(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    !name.is_empty() && name.chars().all(is_fine) && name != crate::lang::oats::RESERVED_PACKAGE
}

/// Whether a component of a module's path can have this name.
pub(in crate::manifest) fn is_module_name(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\'])
}

/// Whether `name` can name a package; reported if not.
pub(super) fn check_package_name(reader: &mut Reader<'_>, name: &Spanned<Name>) -> bool {
    if is_package_name(&name.value) {
        return true;
    }
    let message = format!("`{}` cannot be the name of a package", name.value);
    let finding = Finding::error("invalid-name", name.range, message);
    if name.value == crate::lang::oats::RESERVED_PACKAGE {
        reader.report(finding.label("the language itself is called so"));
        return false;
    }
    let finding = finding.help("a name is made of the letters of ASCII, digits, `-` and `_`");
    let meant = name.value.trim().replace([' ', '.', '/'], "-");
    reader.report(if is_package_name(&meant) {
        finding.fix(format!("write `{meant}`"), name.range, quoted(&meant))
    } else {
        finding
    });
    false
}
