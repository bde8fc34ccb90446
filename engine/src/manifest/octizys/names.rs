//! What names may look like.

use crate::base::{Finding, Name, TextRange};
use crate::manifest::document::Reader;
use crate::manifest::model::{Dialect, ManifestKind, Spanned};

/// Words of the language, which therefore cannot name a package or a module.
const RESERVED: &[&str] = &[
    "Bool",
    "False",
    "Int",
    "True",
    "alias",
    "as",
    "case",
    "data",
    "else",
    "forall",
    "if",
    "import",
    "in",
    "let",
    "of",
    "public",
    "then",
    "unqualified",
];

const PROJECT: &str = "project.toml";
const PACKAGE_SUFFIX: &str = "Package.toml";

/// What a file of this name is, if it is a manifest of this dialect.
pub(in crate::manifest) fn kind_of(file_name: &str) -> Option<ManifestKind> {
    let is_project = file_name == PROJECT;
    let is_package = package_name(file_name).is_some();
    let kind = ManifestKind { dialect: Dialect::Octizys, is_project, is_package };
    (is_project || is_package).then_some(kind)
}

/// The name of the package whose manifest has this file name.
pub(super) fn package_name(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(PACKAGE_SUFFIX).filter(|name| !name.is_empty())
}

/// Whether a package or a component of a module's path can have this name.
pub(in crate::manifest) fn is_identifier(name: &str) -> bool {
    name.starts_with(char::is_alphabetic)
        && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !RESERVED.contains(&name)
}

/// Whether `name`, written at `range`, can name a package; reported if not.
pub(super) fn check_package_name(reader: &mut Reader<'_>, name: &str, range: TextRange) -> bool {
    if is_identifier(name) {
        return true;
    }
    let message = format!("`{name}` cannot be the name of a package");
    let finding = Finding::error("invalid-name", range, message);
    reader.report(if RESERVED.contains(&name) {
        finding.label("this is a word of the language")
    } else {
        finding.help("a name is a letter, then letters, digits and `_`")
    });
    false
}

/// The path of a module as seen from its package; reported if `text` is none.
pub(super) fn module_path(reader: &mut Reader<'_>, text: Spanned<Name>) -> Option<Spanned<Name>> {
    if text.value.split('/').all(is_identifier) {
        return Some(text);
    }
    let message = format!("`{}` is not the path of a module", text.value);
    let finding = Finding::error("invalid-module-path", text.range, message)
        .help("a module is written as in an import, without the package: `Main`, `App/Start`");
    reader.report(match meant_module(&text.value) {
        Some(module) => {
            let replacement = crate::manifest::document::quoted(&module);
            finding.fix(format!("write `{module}`"), text.range, replacement)
        }
        None => finding,
    });
    None
}

/// The module that someone who wrote a file's path, or dots, meant.
fn meant_module(text: &str) -> Option<String> {
    let slashes = text.replace('\\', "/");
    let path = slashes.trim_start_matches("./").trim_start_matches("src/");
    let module = path.trim_end_matches(".oct").replace('.', "/");
    module.split('/').all(is_identifier).then_some(module)
}
