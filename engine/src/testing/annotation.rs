//! Diagnostics written as comments below the lines that they are about.

use std::fmt::Write as _;

use camino::Utf8Path;

use crate::source::Diagnostic;
use crate::testing::fixture::comment_marker;

/// A diagnostic as an annotation can say it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expected {
    /// The line on which it begins, from 0.
    pub line: usize,
    /// The first character on that line, from 0.
    pub start: usize,
    /// One past the last character on that line; more than `start`.
    pub end: usize,
    /// Whether it goes on in the following lines.
    pub continues: bool,
    /// Its code.
    pub code: String,
}

impl Expected {
    /// What an annotation in `text`, the text of the diagnostic's file, would say.
    pub fn of(diagnostic: &Diagnostic, text: &str) -> Expected {
        let range = diagnostic.span.range.span();
        let before = &text[..text.floor_char_boundary(range.start)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count();
        let start = before[line_start..].chars().count();
        let covered = &text[before.len()..text.floor_char_boundary(range.end)];
        let (first, rest) = covered.split_once('\n').unwrap_or((covered, ""));
        let end = start + first.chars().count().max(1);
        let code = diagnostic.code.to_string();
        Expected { line, start, end, continues: !rest.is_empty(), code }
    }

    /// The comment that says so, where the comment's marker leaves room for it.
    fn comment(&self, marker: &str) -> String {
        let carets = "^".repeat(self.end - self.start);
        let (more, code) = (if self.continues { ">" } else { "" }, &self.code);
        if marker.len() <= self.start {
            return format!("{marker:<width$}{carets}{more} {code}", width = self.start);
        }
        match self.end.checked_sub(marker.len() + 1) {
            Some(carets) if self.start == 0 => {
                format!("{marker}<{}{more} {code}", "^".repeat(carets))
            }
            _ => format!("{marker}<{}-{}{more} {code}", self.start, self.end),
        }
    }
}

/// The text without its annotations, and what they expect.
pub(super) fn extract(path: &Utf8Path, annotated: &str) -> (String, Vec<Expected>) {
    let marker = comment_marker(path);
    let (mut text, mut expected) = (String::new(), Vec::new());
    let mut lines = 0_usize;
    for line in annotated.split_inclusive('\n') {
        if let Some(annotation) = parse(line, marker) {
            expected.push(Expected { line: lines.saturating_sub(1), ..annotation });
        } else {
            text.push_str(line);
            lines += 1;
        }
    }
    expected.sort();
    (text, expected)
}

/// The annotation that `line` holds, its own line not known yet.
fn parse(line: &str, marker: &str) -> Option<Expected> {
    let after_marker = line.trim_start().strip_prefix(marker)?;
    let sign = after_marker.trim_start();
    let column = |rest: &str| line[..line.len() - rest.len()].chars().count();
    let (start, end, rest) = match sign.strip_prefix('<') {
        Some(range) if range.starts_with(|c: char| c.is_ascii_digit()) => numbers(range)?,
        Some(carets) => {
            let rest = carets.trim_start_matches('^');
            (0, column(rest), rest)
        }
        None if sign.starts_with('^') => {
            let rest = sign.trim_start_matches('^');
            (column(sign), column(rest), rest)
        }
        None => return None,
    };
    let (continues, code) = match rest.strip_prefix('>') {
        Some(code) => (true, code.trim()),
        None => (false, rest.trim()),
    };
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    assert!(!code.is_empty() && code.chars().all(kebab), "no code of a diagnostic in {line:?}");
    Some(Expected { line: 0, start, end, continues, code: code.to_owned() })
}

/// The two columns that `text` begins with, and what follows them.
fn numbers(text: &str) -> Option<(usize, usize, &str)> {
    let (start, rest) = text.split_once('-')?;
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    Some((start.parse().ok()?, rest[..digits].parse().ok()?, &rest[digits..]))
}

/// The text with `expected` written below its lines.
pub(super) fn insert(path: &Utf8Path, text: &str, expected: &[Expected]) -> String {
    let marker = comment_marker(path);
    let mut out = String::new();
    let lines = text.split_inclusive('\n').chain(text.is_empty().then_some(""));
    for (number, line) in lines.enumerate() {
        let _ = writeln!(out, "{}", line.trim_end_matches('\n'));
        for expected in expected.iter().filter(|it| it.line == number) {
            let _ = writeln!(out, "{}", expected.comment(marker));
        }
    }
    for expected in expected.iter().filter(|it| it.line >= text.lines().count().max(1)) {
        let _ = writeln!(out, "{}", expected.comment(marker));
    }
    out
}
