//! TOML read by hand, so that one pass finds every mistake and each has its place.

use toml::de::{DeTable, DeValue};

use crate::base::{Finding, Name, TextRange, nearest};
use crate::manifest::model::Spanned;

/// What was wrong so far, and the text that ranges point into.
#[derive(Debug)]
pub(crate) struct Reader<'t> {
    text: &'t str,
    findings: Vec<Finding>,
    /// Where the text is not TOML.
    broken: Vec<TextRange>,
}

impl<'t> Reader<'t> {
    /// A reader of `text`, with the table that could be made of it; what is not TOML is reported.
    pub(crate) fn parse(text: &'t str) -> (Reader<'t>, DeTable<'t>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let root = root.into_inner();
        let mut reader = Reader { text, findings: Vec::new(), broken: Vec::new() };
        for error in errors {
            let range = error.span().map_or(TextRange::default(), TextRange::from);
            if error.message() == "duplicate key" {
                reader.findings.push(duplicate_key(text, &root, range));
            } else {
                reader.broken.push(range);
                reader.findings.push(syntax_error(range, error.message()));
            }
        }
        (reader, root)
    }

    /// Adds a finding.
    pub(crate) fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// What stands at `range`.
    pub(crate) fn text_at(&self, range: TextRange) -> &'t str {
        &self.text[range.span()]
    }

    /// Whether what stands there was guessed at, because it is not TOML.
    fn is_guess(&self, entry: &Entry<'_>) -> bool {
        let whole = match entry.value {
            DeValue::Table(_) | DeValue::Array(_) => entry.key.range,
            _ => entry.key.range.cover(entry.range),
        };
        self.broken.iter().any(|it| it.start <= whole.end && whole.start <= it.end)
    }

    /// All that was reported, in source order. Where the text is not TOML, what seems to be missing is left out, for it may stand in
    /// a part that could not be read, and so are keys that make no sense where they are, for their table's header may.
    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut findings = self.findings;
        let doubtful =
            |it: &Finding| it.code == "missing-key" || it.code == "unknown-key" && it.fix.is_none();
        findings.retain(|it| self.broken.is_empty() || !doubtful(it));
        findings.sort_by_key(|finding| finding.range);
        findings
    }
}

fn syntax_error(range: TextRange, message: &str) -> Finding {
    let finding = Finding::error("toml-syntax", range, format!("this is not TOML: {message}"));
    if message.contains("escape") {
        return finding.help("paths are written with `/`; a `\\` itself is written `\\\\`");
    }
    finding
}

fn duplicate_key(text: &str, root: &DeTable<'_>, range: TextRange) -> Finding {
    let key = &text[range.span()];
    let message = format!("`{key}` is written twice");
    let finding = Finding::error("duplicate-key", range, message).label("written again here");
    match first_written(text, root, range) {
        Some(first) => finding.also(first, "first written here"),
        None => finding,
    }
}

/// Where the key at `range` was written before: for a table the earlier equal header, else the last equal key before it.
fn first_written(text: &str, root: &DeTable<'_>, range: TextRange) -> Option<TextRange> {
    let line_start = text[..range.span().start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default().trim();
    if line.starts_with('[') {
        let header = line.split('#').next().unwrap_or_default().trim_end();
        let earlier = text[..line_start].split_inclusive('\n').scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start + line.len() - line.trim_start().len(), line.trim_start()))
        });
        let (start, _) = earlier.into_iter().find(|(_, line)| line.starts_with(header))?;
        return Some(TextRange::new(start, start + header.len()));
    }
    let key = text[range.span()].trim_matches(['"', '\'']);
    let mut found = None;
    let mut tables = vec![root];
    while let Some(table) = tables.pop() {
        for (written, value) in table {
            let at = TextRange::from(written.span());
            if &**written.get_ref() == key && at.end <= range.start {
                found = found.max(Some(at));
            }
            tables.extend(value.get_ref().as_table());
        }
    }
    found
}

/// A table being read: each key that is known is taken out, what is left is unknown.
#[derive(Debug)]
pub(crate) struct Table<'t> {
    /// How messages call it: `` `[package]` ``.
    name: String,
    /// Its header, or the braces that it is written in.
    pub(crate) range: TextRange,
    /// In source order.
    entries: Vec<Entry<'t>>,
    known: Vec<&'static str>,
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct Entry<'t> {
    /// The key.
    pub(crate) key: Spanned<Name>,
    /// Where the value stands.
    pub(crate) range: TextRange,
    /// The value.
    pub(crate) value: &'t DeValue<'t>,
}

impl<'t> Table<'t> {
    /// The entries of `table`, which messages call `name` and which stands at `range`, without those that are not TOML.
    pub(crate) fn new(
        reader: &Reader<'_>,
        name: impl Into<String>,
        range: TextRange,
        table: &'t DeTable<'t>,
    ) -> Table<'t> {
        let entries = table.iter().map(|(key, value)| Entry {
            key: Spanned::new(Name::new(key.get_ref()), key.span().into()),
            range: value.span().into(),
            value: value.get_ref(),
        });
        let mut entries: Vec<_> = entries.filter(|entry| !reader.is_guess(entry)).collect();
        entries.sort_by_key(|entry| entry.key.range);
        Table { name: name.into(), range, entries, known: Vec::new() }
    }

    /// The entry under `key`, if there is one.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        let at = self.entries.iter().position(|entry| entry.key.value == key)?;
        Some(self.entries.remove(at))
    }

    /// The table under `key`, if there is one.
    pub(crate) fn take_table(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Table<'t>> {
        self.take(key)?.table(reader, format!("`[{key}]`"))
    }

    /// The string under `key`, if there is one.
    pub(crate) fn take_string(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Spanned<Name>> {
        self.take(key)?.string(reader)
    }

    /// The boolean under `key`, if there is one.
    pub(crate) fn take_boolean(
        &mut self,
        reader: &mut Reader<'_>,
        key: &'static str,
    ) -> Option<Spanned<bool>> {
        self.take(key)?.boolean(reader)
    }

    /// The entries not taken, in source order.
    pub(crate) fn rest(self) -> Vec<Entry<'t>> {
        self.entries
    }

    /// Reports every entry that was not taken; whether there was one.
    pub(crate) fn finish(self, reader: &mut Reader<'_>) -> bool {
        let has_unknown = !self.entries.is_empty();
        for entry in self.entries {
            let (key, range) = (&entry.key.value, entry.key.range);
            let message = format!("there is no key `{key}` in {}", self.name);
            let mut known = self.known.clone();
            known.sort_unstable();
            let finding = Finding::error("unknown-key", range, message).label("not known here");
            reader.report(match nearest(key, known.iter().copied()) {
                Some(near) => finding.fix(format!("write `{near}`"), range, near),
                None => finding.help(format!("the keys of {} are {}", self.name, listed(&known))),
            });
        }
        has_unknown
    }
}

impl<'t> Entry<'t> {
    /// The value as a string; reported if it is none.
    pub(crate) fn string(&self, reader: &mut Reader<'_>) -> Option<Spanned<Name>> {
        match self.value {
            DeValue::String(text) => Some(Spanned::new(Name::new(text), self.range)),
            _ => self.wrong_type(reader, "a string"),
        }
    }

    /// The value as a boolean; reported if it is none.
    pub(crate) fn boolean(&self, reader: &mut Reader<'_>) -> Option<Spanned<bool>> {
        match self.value {
            DeValue::Boolean(value) => Some(Spanned::new(*value, self.range)),
            _ => self.wrong_type(reader, "`true` or `false`"),
        }
    }

    /// The value as an integer of 64 bits, the outermost one where it is larger; reported if it is none.
    pub(crate) fn integer(&self, reader: &mut Reader<'_>) -> Option<Spanned<i64>> {
        match self.value {
            DeValue::Integer(value) => {
                let parsed = i64::from_str_radix(value.as_str(), value.radix());
                Some(Spanned::new(parsed.unwrap_or(i64::MAX), self.range))
            }
            _ => self.wrong_type(reader, "an integer"),
        }
    }

    /// The value as a table that messages call `name`; reported if it is none.
    pub(crate) fn table(
        &self,
        reader: &mut Reader<'_>,
        name: impl Into<String>,
    ) -> Option<Table<'t>> {
        match self.value {
            DeValue::Table(table) => Some(Table::new(reader, name, self.range, table)),
            _ => self.wrong_type(reader, "a table"),
        }
    }

    /// The strings in an array; what is no array of strings is reported.
    pub(crate) fn strings(&self, reader: &mut Reader<'_>) -> Vec<Spanned<Name>> {
        let DeValue::Array(array) = self.value else {
            self.wrong_type::<()>(reader, "an array of strings");
            return Vec::new();
        };
        let elements = array.iter().enumerate().map(|(index, value)| Entry {
            key: Spanned::new(Name::new(format!("{}[{index}]", self.key.value)), self.key.range),
            range: value.span().into(),
            value: value.get_ref(),
        });
        elements.filter_map(|element| element.string(reader)).collect()
    }

    /// Reports that the value is not `wanted`.
    pub(crate) fn wrong_type<T>(&self, reader: &mut Reader<'_>, wanted: &str) -> Option<T> {
        let message = format!("`{}` must be {wanted}", self.key.value);
        let found = kind(self.value);
        let finding =
            Finding::error("wrong-type", self.range, message).label(format!("this is {found}"));
        let written = reader.text_at(self.range);
        reader.report(match (wanted, self.value) {
            (
                "a string",
                DeValue::Integer(_)
                | DeValue::Float(_)
                | DeValue::Boolean(_)
                | DeValue::Datetime(_),
            ) => finding.fix("put it in quotes", self.range, format!("\"{written}\"")),
            ("an integer", DeValue::String(text)) if text.parse::<i64>().is_ok() => {
                finding.fix("remove the quotes", self.range, &**text)
            }
            ("`true` or `false`", DeValue::String(text)) if text.parse::<bool>().is_ok() => {
                finding.fix("remove the quotes", self.range, &**text)
            }
            ("an array of strings", DeValue::String(_)) => {
                finding.fix("put it in brackets", self.range, format!("[{written}]"))
            }
            _ => finding,
        });
        None
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// The names in backticks, joined by commas.
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The text as TOML writes a string.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
