//! One line a diagnostic.

use std::fmt::Write as _;

use crate::source::Diagnostic;
use crate::source::render::{Renderer, severity_word};

pub(super) fn write(renderer: &Renderer<'_>, diagnostic: &Diagnostic, out: &mut String) {
    out.push_str(&renderer.shown(&diagnostic.span.path));
    if let Some(source) = renderer.source(&diagnostic.span.path) {
        let place = source.line_column(source.clamp(diagnostic.span.range).start);
        let _ = write!(out, ":{}:{}", place.line, place.column);
    }
    let (word, code) = (severity_word(diagnostic), &diagnostic.code);
    let _ = writeln!(out, ": {word}[{code}]: {}", diagnostic.message);
}
