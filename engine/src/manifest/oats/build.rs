//! `[build]`: how a package is built that a build begins with.

use toml::de::DeValue;

use crate::base::{Finding, Name, nearest};
use crate::manifest::document::{Entry, Reader, Table, listed};
use crate::manifest::model::{Lto, Profile, Project, Spanned};
use crate::manifest::value::{own_path, targets};

/// The words for levels of optimisation, with the level of the C compiler that each stands for.
const LEVELS: &[(&str, u8)] = &[("none", 0), ("default", 2), ("aggressive", 3)];

const LTO: &[(&str, Lto)] = &[("none", Lto::None), ("thin", Lto::Thin), ("full", Lto::Full)];

/// Profiles that are there without being written.
const BUILT_IN: &[&str] = &["dev", "release"];

/// Reads the table `[build]`.
pub(super) fn read_build(reader: &mut Reader<'_>, mut table: Table<'_>, project: &mut Project) {
    let directory = table.take_string(reader, "target-dir");
    project.target_directory = directory.and_then(|it| own_path(reader, it));
    let names = table.take("targets").map(|entry| entry.strings(reader));
    project.targets = targets(reader, names.unwrap_or_default());
    let chosen = table.take_string(reader, "profile");
    let profiles = table.take("profiles");
    if let Some(profiles) = profiles.and_then(|it| it.table(reader, "`[build.profiles]`")) {
        for entry in profiles.rest() {
            let name = entry.key.value.clone();
            if let Some(table) = entry.table(reader, format!("`[build.profiles.{name}]`")) {
                project.profiles.insert(name, profile(reader, table));
            }
        }
    }
    table.finish(reader);
    if let Some(chosen) = &chosen
        && !BUILT_IN.contains(&&*chosen.value)
        && !project.profiles.contains_key(&chosen.value)
    {
        reader.report(unknown_profile(chosen, project));
        return;
    }
    project.profile = chosen;
}

fn unknown_profile(chosen: &Spanned<Name>, project: &Project) -> Finding {
    let message = format!("there is no profile `{}`", chosen.value);
    let finding = Finding::error("unknown-profile", chosen.range, message);
    let own = project.profiles.keys().map(|it| &**it);
    let mut known: Vec<&str> = own.chain(BUILT_IN.iter().copied()).collect();
    known.sort_unstable();
    known.dedup();
    match nearest(&chosen.value, known.iter().copied()) {
        Some(near) => {
            let quoted = crate::manifest::document::quoted(near);
            finding.fix(format!("write `{near}`"), chosen.range, quoted)
        }
        None => finding.help(format!("the profiles are {}", listed(&known))),
    }
}

fn profile(reader: &mut Reader<'_>, mut table: Table<'_>) -> Profile {
    let opt_level = table.take("opt-level").and_then(|entry| opt_level(reader, &entry));
    let debug = table.take_boolean(reader, "debug");
    let lto = table.take("lto").and_then(|entry| lto(reader, &entry));
    table.finish(reader);
    Profile { opt_level, debug, lto, strip: None }
}

fn opt_level(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<u8>> {
    if let DeValue::Integer(_) = entry.value {
        let level = entry.integer(reader)?;
        return match u8::try_from(level.value) {
            Ok(value @ 0..=3) => Some(Spanned::new(value, level.range)),
            _ => out_of_range(reader, entry, "optimisation level", "0 to 3, or", LEVELS),
        };
    }
    word(reader, entry, "optimisation level", LEVELS)
}

fn lto(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<Lto>> {
    if let DeValue::Boolean(_) = entry.value {
        let is_on = entry.boolean(reader)?;
        let lto = if is_on.value { Lto::Full } else { Lto::None };
        return Some(Spanned::new(lto, is_on.range));
    }
    word(reader, entry, "mode of link-time optimisation", LTO)
}

fn word<T: Copy>(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    what: &str,
    words: &[(&str, T)],
) -> Option<Spanned<T>> {
    let text = entry.string(reader)?;
    match words.iter().find(|(word, _)| *word == text.value) {
        Some((_, value)) => Some(Spanned::new(*value, text.range)),
        None => out_of_range(reader, entry, what, "one of", words),
    }
}

fn out_of_range<T, U>(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    what: &str,
    how: &str,
    words: &[(&str, T)],
) -> Option<U> {
    let message = format!("there is no {what} {}", reader.text_at(entry.range));
    let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let label = format!("must be {how} {}", listed(&words));
    reader.report(Finding::error("out-of-range", entry.range, message).label(label));
    None
}
