//! Diagnostics as text: for people, for one line each, for programs.

mod human;
mod json;
mod short;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{LineColumn, LineIndex, TextRange, relative_to};
use crate::source::Diagnostic;

/// How diagnostics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Format {
    /// The source with carets below the place that is wrong, as rustc draws it.
    #[default]
    Human,
    /// `path:line:column: error[code]: message`, a line each.
    Short,
    /// A JSON object on a line each:
    ///
    /// - `code`, `severity` (`error` or `warning`), `message`;
    /// - `spans`: the place that is wrong (`primary` is true), then those that explain it, each with `path`, the byte range
    ///   `start`..`end`, `start_line`, `start_column`, `end_line`, `end_column` (from 1, columns in characters; absent where the
    ///   file cannot be read), `primary` and `label`;
    /// - `help`: sentences on what to do;
    /// - `fix`: null, or `title` and `edits`, each with `path`, `start`, `end` and `replacement`.
    Json,
}

/// Where the text of the file at a path comes from; `None` where it cannot be read.
pub type Texts<'a> = &'a dyn Fn(&Utf8Path) -> Option<Arc<str>>;

/// Writes diagnostics.
pub struct Renderer<'a> {
    base: &'a Utf8Path,
    texts: Texts<'a>,
    color: bool,
    width: usize,
    sources: RefCell<BTreeMap<Utf8PathBuf, Option<Arc<Source>>>>,
}

impl<'a> Renderer<'a> {
    /// A renderer without colour that shows paths as seen from the directory `base`.
    pub fn new(base: &'a Utf8Path, texts: Texts<'a>) -> Renderer<'a> {
        Renderer { base, texts, color: false, width: 120, sources: RefCell::default() }
    }

    /// With ANSI colours in the human format, or without.
    #[must_use]
    pub fn color(mut self, color: bool) -> Renderer<'a> {
        self.color = color;
        self
    }

    /// With lines of the human format cut at so many columns.
    #[must_use]
    pub fn width(mut self, width: usize) -> Renderer<'a> {
        self.width = width;
        self
    }

    /// The diagnostics in the order of [`sorted`]; ends with a newline unless there are none.
    pub fn render(&self, format: Format, diagnostics: &[Diagnostic]) -> String {
        let write = match format {
            Format::Human => human::write,
            Format::Short => short::write,
            Format::Json => json::write,
        };
        let mut out = String::new();
        for diagnostic in sorted(diagnostics) {
            write(self, diagnostic, &mut out);
        }
        out
    }

    fn shown(&self, path: &Utf8Path) -> String {
        relative_to(path, self.base).into_string()
    }

    fn source(&self, path: &Utf8Path) -> Option<Arc<Source>> {
        let mut sources = self.sources.borrow_mut();
        let read = || (self.texts)(path).map(|text| Arc::new(Source::new(text)));
        sources.entry(path.to_owned()).or_insert_with(read).clone()
    }
}

impl fmt::Debug for Renderer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renderer").field("base", &self.base).finish_non_exhaustive()
    }
}

/// The diagnostics by path, then range, then code and message.
pub fn sorted(diagnostics: &[Diagnostic]) -> Vec<&Diagnostic> {
    let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
    sorted.sort_by_key(|it| (&it.span, &it.code, &it.message));
    sorted
}

/// A text with its lines.
struct Source {
    text: Arc<str>,
    lines: LineIndex,
}

impl Source {
    fn new(text: Arc<str>) -> Source {
        Source { lines: LineIndex::new(&text), text }
    }

    /// The range, brought inside the text: what is shown may be newer than what was diagnosed.
    fn clamp(&self, range: TextRange) -> Range<usize> {
        let floor = |at: u32| self.text.floor_char_boundary(at as usize);
        floor(range.start)..floor(range.end)
    }

    fn line_column(&self, offset: usize) -> LineColumn {
        self.lines.line_column(&self.text, offset as u32)
    }

    /// The whole lines that `range` touches, and the number of the first of them, from 1.
    fn lines_around(&self, range: Range<usize>) -> (Range<usize>, usize) {
        let start = self.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[range.end..].find('\n').map_or(self.text.len(), |at| range.end + at);
        (start..end, self.lines.line(start as u32) as usize)
    }
}

/// The word for how bad it is.
fn severity_word(diagnostic: &Diagnostic) -> &'static str {
    if diagnostic.is_error() { "error" } else { "warning" }
}
