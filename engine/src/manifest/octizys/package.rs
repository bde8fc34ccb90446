//! `<Name>Package.toml`.

use crate::base::{Checked, Finding, Name, TextRange};
use crate::manifest::document::{Reader, Table, quoted};
use crate::manifest::model::{Dialect, Package, Spanned};
use crate::manifest::octizys::dependency::dependency;
use crate::manifest::octizys::names::{check_package_name, module_path, package_name};
use crate::manifest::value::version;

/// The package that `text`, the text of the manifest called `file_name`, describes.
pub(in crate::manifest) fn package(file_name: &str, text: &str) -> Checked<Package> {
    let (mut reader, root) = Reader::parse(text);
    let mut root = Table::new(&reader, "a package's manifest", TextRange::default(), &root);
    let own = package_name(file_name).unwrap_or_default();
    let mut package = Package {
        dialect: Dialect::Octizys,
        name: Spanned::new(Name::new(own), TextRange::default()),
        version: None,
        description: None,
        main: None,
        source_directory: Name::const_new("src"),
        dependencies: Vec::new(),
    };
    if let Some(entry) = root.take("package") {
        if let Some(table) = entry.table(&mut reader, "`[package]`") {
            read_package(&mut reader, table, entry.key.range, &mut package);
        }
    } else {
        reader.report(missing_package());
    }
    if let Some(table) = root.take_table(&mut reader, "dependencies") {
        let entries = table.rest();
        package.dependencies =
            entries.iter().filter_map(|it| dependency(&mut reader, it)).collect();
    }
    root.finish(&mut reader);
    Checked { value: package, diagnostics: reader.finish() }
}

fn read_package(
    reader: &mut Reader<'_>,
    mut table: Table<'_>,
    key: TextRange,
    package: &mut Package,
) {
    package.name.range = key;
    if let Some(name) = table.take_string(reader, "name") {
        check_name(reader, &name, &package.name.value);
        package.name.range = name.range;
    } else {
        check_package_name(reader, &package.name.value, key);
    }
    match table.take("version") {
        Some(entry) => {
            package.version = entry.string(reader).and_then(|text| version(reader, &text));
        }
        None => reader.report(missing_version(reader, key, table.range)),
    }
    let description = table.take_string(reader, "description");
    package.description = description.map(|it| Spanned::new(it.value.into(), it.range));
    package.main = table.take_string(reader, "main").and_then(|text| module_path(reader, text));
    table.finish(reader);
}

/// The file's name decides: with another name in the manifest nobody would find the package.
fn check_name(reader: &mut Reader<'_>, name: &Spanned<Name>, own: &str) {
    if name.value == own {
        check_package_name(reader, &name.value, name.range);
        return;
    }
    let message =
        format!("the package is called `{}`, its manifest `{own}Package.toml`", name.value);
    let finding = Finding::error("name-mismatch", name.range, message)
        .label(format!("must be `{own}`"))
        .help(format!("or rename the file to `{}Package.toml`", name.value));
    reader.report(finding.fix(format!("write `{own}`"), name.range, quoted(own)));
}

fn missing_package() -> Finding {
    let start = TextRange::default();
    Finding::error("missing-key", start, "a package's manifest begins with `[package]`").fix(
        "add it",
        start,
        "[package]\nversion = \"0.1.0\"\n\n",
    )
}

fn missing_version(reader: &Reader<'_>, key: TextRange, table: TextRange) -> Finding {
    let finding = Finding::error("missing-key", key, "the package has no `version`");
    if reader.text_at(table).starts_with('[') {
        let end = TextRange { start: table.end, end: table.end };
        return finding.fix("add one", end, "\nversion = \"0.1.0\"");
    }
    finding
}
