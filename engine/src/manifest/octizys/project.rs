//! `project.toml`.

use toml::de::DeValue;

use crate::base::{Checked, Finding, Name, TextRange};
use crate::manifest::document::{Entry, Reader, Table};
use crate::manifest::model::{Dependency, Dialect, Lto, Member, Profile, Project, Spanned};
use crate::manifest::octizys::dependency::{Keys, dependency};
use crate::manifest::octizys::names::check_package_name;
use crate::manifest::value::{relative_path, targets};

/// The project that `text` describes.
pub(in crate::manifest) fn project(text: &str) -> Checked<Project> {
    let (mut reader, root) = Reader::parse(text);
    let mut root = Table::new(&reader, "a project's manifest", TextRange::default(), &root);
    let mut project = Project::new(Dialect::Octizys);
    if let Some(mut table) = root.take_table(&mut reader, "project") {
        project.name = table.take_string(&mut reader, "name");
        let names = table.take("targets").map(|entry| entry.strings(&mut reader));
        project.targets = targets(&mut reader, names.unwrap_or_default());
        table.finish(&mut reader);
    }
    if let Some(table) = root.take_table(&mut reader, "packages") {
        for entry in table.rest() {
            read_entry(&mut reader, &entry, &mut project);
        }
    }
    if let Some(mut table) = root.take_table(&mut reader, "profile") {
        for name in ["dev", "release"] {
            let profile = table.take_table(&mut reader, name).map(|it| profile(&mut reader, it));
            project.profiles.extend(profile.map(|it| (Name::new(name), it)));
        }
        table.finish(&mut reader);
    }
    root.finish(&mut reader);
    if project.targets.is_empty() {
        project.targets.push(Spanned::new(Name::const_new("python-3"), TextRange::default()));
    }
    Checked { value: project, diagnostics: reader.finish() }
}

fn read_entry(reader: &mut Reader<'_>, entry: &Entry<'_>, project: &mut Project) {
    let DeValue::Table(table) = entry.value else {
        project.dependencies.extend(dependency(reader, entry));
        return;
    };
    let name = &entry.key;
    let mut table = Table::new(reader, format!("`{}`", name.value), entry.range, table);
    let mut keys = Keys::take(reader, &mut table);
    let has_unknown = table.finish(reader);
    if is_pattern(&name.value) {
        read_pattern(reader, name, keys, project);
        return;
    }
    if !keys.check(reader, &name.value, entry.range, has_unknown) {
        return;
    }
    let is_glob = keys.path.as_ref().is_some_and(|path| is_pattern(&path.value));
    if !is_glob && !check_package_name(reader, &name.value, name.range) {
        return;
    }
    if keys.has_path() {
        if let Some(path) = keys.path.take() {
            let name = name.clone();
            project.members.push(Member { name, path, version: keys.version });
        }
        return;
    }
    let (requirement, source) = keys.into_parts();
    project.dependencies.push(Dependency { name: name.clone(), requirement, source });
}

/// Directories written in place of a name: `"libs/*" = {}`.
fn read_pattern(reader: &mut Reader<'_>, name: &Spanned<Name>, keys: Keys, project: &mut Project) {
    if keys.has_path() || keys.has_git() {
        let message =
            format!("`{}` already says in which directories the packages are", name.value);
        reader.report(Finding::error("contradictory-keys", name.range, message));
        return;
    }
    if let Some(path) = relative_path(reader, name.clone()) {
        project.members.push(Member { name: name.clone(), path, version: keys.version });
    }
}

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '/'])
}

fn profile(reader: &mut Reader<'_>, mut table: Table<'_>) -> Profile {
    let opt_level = table.take("opt-level").and_then(|entry| opt_level(reader, &entry));
    let profile = Profile {
        opt_level,
        debug: table.take_boolean(reader, "debug-info"),
        lto: table.take_boolean(reader, "lto").map(lto),
        strip: table.take_boolean(reader, "strip"),
    };
    for key in ["overflow-checks", "panic"] {
        if let Some(entry) = table.take(key) {
            let message = format!("`{key}` says nothing about an Octizys program");
            let finding = Finding::warning("meaningless-key", entry.key.range, message);
            reader.report(finding.help("overflow always stops the program with a message"));
        }
    }
    table.finish(reader);
    profile
}

fn lto(is_on: Spanned<bool>) -> Spanned<Lto> {
    Spanned::new(if is_on.value { Lto::Full } else { Lto::None }, is_on.range)
}

fn opt_level(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<u8>> {
    let level = entry.integer(reader)?;
    if let Ok(value @ 0..=3) = u8::try_from(level.value) {
        return Some(Spanned::new(value, level.range));
    }
    let message = format!("there is no optimisation level {}", reader.text_at(level.range));
    let finding = Finding::error("out-of-range", level.range, message);
    reader.report(finding.label("must be 0, 1, 2 or 3"));
    None
}
