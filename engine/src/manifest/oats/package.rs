//! `Oats.toml`.

use toml::de::DeValue;

use crate::base::{Checked, Finding, Name, TextRange};
use crate::manifest::document::{Entry, Reader, Table, quoted};
use crate::manifest::model::{Dependency, DependencySource, Dialect, Package, Project, Spanned};
use crate::manifest::oats::build::read_build;
use crate::manifest::oats::names::check_package_name;
use crate::manifest::value::{caret_requirement, own_path, relative_path, targets, version};

/// The module with which a package begins where its manifest says none.
const DEFAULT_ENTRY: &str = "src/main";

/// What Oats is compiled to where nobody asks for anything else.
const DEFAULT_TARGET: &str = "c-11";

const EXTENSION: &str = ".oats";

/// The package that `text` describes, with all that is wrong in it.
pub(in crate::manifest) fn package(text: &str) -> Checked<Package> {
    let (package, _, diagnostics) = manifest(text);
    Checked { value: package, diagnostics }
}

/// What `text` says of builds that begin with its package. What is wrong in it is told of the package.
pub(in crate::manifest) fn project(text: &str) -> Checked<Project> {
    let (_, project, _) = manifest(text);
    Checked { value: project, diagnostics: Vec::new() }
}

fn manifest(text: &str) -> (Package, Project, Vec<Finding>) {
    let (mut reader, root) = Reader::parse(text);
    let mut root = Table::new(&reader, "the manifest", TextRange::default(), &root);
    let mut package = Package {
        dialect: Dialect::Oats,
        name: Spanned::new(Name::default(), TextRange::default()),
        version: None,
        description: None,
        main: Some(Spanned::new(Name::const_new(DEFAULT_ENTRY), TextRange::default())),
        source_directory: Name::const_new("."),
        dependencies: Vec::new(),
    };
    let mut project = Project::new(Dialect::Oats);
    match root.take("package") {
        Some(entry) => {
            if let Some(table) = entry.table(&mut reader, "`[package]`") {
                read_package(&mut reader, table, entry.key.range, &mut package);
            }
        }
        None => reader.report(missing_package()),
    }
    if let Some(table) = root.take_table(&mut reader, "dependencies") {
        let entries = table.rest();
        package.dependencies =
            entries.iter().filter_map(|it| dependency(&mut reader, it)).collect();
    }
    if let Some(table) = root.take_table(&mut reader, "build") {
        read_build(&mut reader, table, &mut project);
    }
    root.finish(&mut reader);
    if project.targets.is_empty() {
        let default = Spanned::new(Name::const_new(DEFAULT_TARGET), TextRange::default());
        project.targets = targets(&mut reader, vec![default]);
    }
    (package, project, reader.finish())
}

fn read_package(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    key: TextRange,
    package: &mut Package,
) {
    package.name.range = key;
    match table.take("name") {
        Some(entry) => {
            if let Some(name) = entry.string(reader) {
                check_package_name(reader, &name);
                package.name = name;
            }
        }
        None => reader.report(missing(reader, key, table.range, "name", "my-package")),
    }
    match table.take("version") {
        Some(entry) => {
            package.version = entry.string(reader).and_then(|text| version(reader, &text));
        }
        None => reader.report(missing(reader, key, table.range, "version", "0.1.0")),
    }
    let description = table.take_string(reader, "description");
    package.description = description.map(|it| Spanned::new(it.value.into(), it.range));
    table.take_string(reader, "license");
    if let Some(authors) = table.take("authors") {
        authors.strings(reader);
    }
    package.main = match table.take_string(reader, "entry") {
        Some(text) => entry_module(reader, text),
        None => Some(Spanned::new(Name::const_new(DEFAULT_ENTRY), package.name.range)),
    };
    table.finish(reader);
}

/// The module in the file that `text` names; reported if it names none in the package.
fn entry_module(reader: &mut Reader<'_>, text: Spanned<Name>) -> Option<Spanned<Name>> {
    let path = own_path(reader, text)?;
    if let Some(module) = path.value.strip_suffix(EXTENSION)
        && !module.is_empty()
        && !module.ends_with('/')
    {
        return Some(Spanned::new(Name::new(module), path.range));
    }
    let message = format!("`{}` is not a source file of Oats", path.value);
    let finding = Finding::error("invalid-entry", path.range, message);
    let meant = format!("{}{EXTENSION}", path.value);
    reader.report(if path.value.contains('.') || path.value.ends_with('/') {
        finding.help("the entry is a file whose name ends in `.oats`, as `src/main.oats`")
    } else {
        finding.fix(format!("write `{meant}`"), path.range, quoted(&meant))
    });
    None
}

/// The dependency that `entry` describes; absent where it names no package.
fn dependency(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Dependency> {
    let name = entry.key.clone();
    let named = check_package_name(reader, &name);
    let (requirement, source) = match entry.value {
        DeValue::String(_) => {
            let text = entry.string(reader)?;
            (caret_requirement(reader, &text), DependencySource::Default)
        }
        DeValue::Table(table) => {
            let mut table = Table::new(reader, format!("`{}`", name.value), entry.range, table);
            let requirement = table.take_string(reader, "version");
            let requirement = requirement.and_then(|it| caret_requirement(reader, &it));
            let written = table.take("path");
            let is_silent = written.is_none() && requirement.is_none();
            let path = written.and_then(|it| it.string(reader));
            let path = path.and_then(|it| relative_path(reader, it));
            let has_unknown = table.finish(reader);
            if is_silent && !has_unknown {
                reader.report(sourceless(&name.value, entry.range));
            }
            if is_silent {
                return None;
            }
            (requirement, path.map_or(DependencySource::Default, DependencySource::Path))
        }
        _ => entry.wrong_type(reader, "a version requirement or a table")?,
    };
    named.then_some(Dependency { name, requirement, source })
}

fn sourceless(name: &str, range: TextRange) -> Finding {
    let message = format!("nothing says where the package `{name}` comes from");
    Finding::error("missing-key", range, message)
        .help(format!("write `{name} = {{ path = \"../{name}\" }}`"))
}

fn missing_package() -> Finding {
    let start = TextRange::default();
    Finding::error("missing-key", start, "a package's manifest begins with `[package]`").fix(
        "add it",
        start,
        "[package]\nname = \"my-package\"\nversion = \"0.1.0\"\n\n",
    )
}

fn missing(
    reader: &Reader<'_>,
    key: TextRange,
    table: TextRange,
    what: &str,
    example: &str,
) -> Finding {
    let finding = Finding::error("missing-key", key, format!("the package has no `{what}`"));
    if reader.text_at(table).starts_with('[') {
        let end = TextRange { start: table.end, end: table.end };
        return finding.fix("add one", end, format!("\n{what} = \"{example}\""));
    }
    finding
}
