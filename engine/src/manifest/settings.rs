//! `config.toml`: what somebody wants of Oast itself, of whatever dialect the packages are.

use std::collections::BTreeMap;

use toml::de::DeValue;

use crate::base::{Checked, Finding, Name, TextRange, parse_size};
use crate::manifest::document::{Entry, Reader, Table};
use crate::manifest::model::{Dialect, Spanned};

/// The dialects that can be compiled by a program that is not part of Oast.
const EXTERNAL: &[Dialect] = &[Dialect::Oats];

/// Whose settings a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettingsScope {
    /// A user's, for all that they build.
    User,
    /// A workspace's.
    Workspace,
}

/// What a file of settings says.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SettingsFile {
    /// How many bytes the store may take (`[store] quota`).
    pub quota: Option<u64>,
    /// By dialect, the compiler to use in place of Oast's own (`[compiler.<dialect>]`).
    pub compilers: BTreeMap<Dialect, CompilerTable>,
}

/// A table `[compiler.<dialect>]`. Paths are as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerTable {
    /// The program and the arguments that come before all others; at least the program.
    pub command: Spanned<Vec<String>>,
    /// A library to link in place of Oast's own.
    pub runtime: Option<Spanned<Name>>,
    /// What else the compiler may read: files, and directories with all that is in them.
    pub read: Vec<Spanned<Name>>,
}

/// The settings in `text`, without those that are wrong.
pub fn settings(text: &str, scope: SettingsScope) -> Checked<SettingsFile> {
    let (mut reader, root) = Reader::parse(text);
    let mut root = Table::new(&reader, "the settings", TextRange::default(), &root);
    let mut file = SettingsFile::default();
    if scope == SettingsScope::User
        && let Some(mut table) = root.take_table(&mut reader, "store")
    {
        file.quota = table.take("quota").and_then(|entry| size(&mut reader, &entry));
        table.finish(&mut reader);
    }
    if let Some(mut table) = root.take_table(&mut reader, "compiler") {
        for dialect in EXTERNAL {
            let Some(entry) = table.take(dialect.name()) else { continue };
            let compiler = compiler(&mut reader, &entry, dialect.name());
            file.compilers.extend(compiler.map(|it| (*dialect, it)));
        }
        table.finish(&mut reader);
    }
    root.finish(&mut reader);
    Checked { value: file, diagnostics: reader.finish() }
}

fn size(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u64> {
    let text = entry.string(reader)?;
    let size = parse_size(&text.value);
    if size.is_none() {
        let message = format!("`{}` is not an amount of bytes", text.value);
        let help = "write a number and a unit, such as `10 GB` or `512 MiB`";
        reader.report(Finding::error("invalid-size", text.range, message).help(help));
    }
    size
}

fn compiler(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    dialect: &'static str,
) -> Option<CompilerTable> {
    let mut table = entry.table(reader, format!("`[compiler.{dialect}]`"))?;
    let written = table.take("command");
    let command = written.as_ref().and_then(|entry| command(reader, entry));
    let runtime = table.take_string(reader, "runtime").and_then(|it| path(reader, it));
    let read = table.take("read").map(|entry| entry.strings(reader)).unwrap_or_default();
    let read = read.into_iter().filter_map(|it| path(reader, it)).collect();
    let has_unknown = table.finish(reader);
    if written.is_none() && !has_unknown {
        let message = format!("nothing says which compiler `{dialect}` is to have");
        let help = "write `command`, the program and its first arguments: `command = \"oatsc\"`";
        reader.report(Finding::error("missing-key", entry.key.range, message).help(help));
    }
    Some(CompilerTable { command: command?, runtime, read })
}

/// The words of a command, written as in a shell or as an array.
fn command(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Spanned<Vec<String>>> {
    let words = match entry.value {
        DeValue::String(text) => shlex::split(text),
        DeValue::Array(array) => {
            let words = entry.strings(reader);
            if words.len() < array.len() {
                return None;
            }
            Some(words.into_iter().map(|word| word.value.into()).collect())
        }
        _ => return entry.wrong_type(reader, "a string or an array of strings"),
    };
    let words: Option<Vec<String>> =
        words.filter(|words| words.first().is_some_and(|it| !it.is_empty()));
    if words.is_none() {
        let finding = Finding::error("invalid-command", entry.range, "this is not a command");
        let help = "write a program with its arguments as in a shell, or as an array: `[\"oatsc\", \"-v\"]`";
        reader.report(finding.help(help));
    }
    Some(Spanned::new(words?, entry.range))
}

fn path(reader: &mut Reader<'_>, path: Spanned<Name>) -> Option<Spanned<Name>> {
    if path.value.is_empty() {
        reader.report(Finding::error("invalid-path", path.range, "a path cannot be empty"));
        return None;
    }
    Some(path)
}
