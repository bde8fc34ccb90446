//! One JSON object a diagnostic, as described at [`Format::Json`](crate::source::render::Format::Json).

use serde::Serialize;

use crate::source::render::{Renderer, severity_word};
use crate::source::{Diagnostic, DiagnosticFix, Span};

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    spans: Vec<LabelledSpan<'a>>,
    help: &'a [String],
    fix: Option<Fix<'a>>,
}

#[derive(Serialize)]
struct LabelledSpan<'a> {
    path: String,
    start: u32,
    end: u32,
    #[serde(flatten)]
    place: Option<Place>,
    primary: bool,
    label: &'a str,
}

#[derive(Serialize)]
struct Place {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
struct Fix<'a> {
    title: &'a str,
    edits: Vec<Edit<'a>>,
}

#[derive(Serialize)]
struct Edit<'a> {
    path: String,
    start: u32,
    end: u32,
    replacement: &'a str,
}

pub(super) fn write(renderer: &Renderer<'_>, diagnostic: &Diagnostic, out: &mut String) {
    let primary = labelled_span(renderer, &diagnostic.span, true, &diagnostic.label);
    let others = diagnostic.labels.iter();
    let others = others.map(|it| labelled_span(renderer, &it.span, false, &it.text));
    let object = Object {
        code: &diagnostic.code,
        severity: severity_word(diagnostic),
        message: &diagnostic.message,
        spans: std::iter::once(primary).chain(others).collect(),
        help: &diagnostic.help,
        fix: diagnostic.fix.as_ref().map(|it| fix(renderer, it)),
    };
    out.push_str(&serde_json::to_string(&object).expect("strings and numbers can be encoded"));
    out.push('\n');
}

fn labelled_span<'a>(
    renderer: &Renderer<'_>,
    span: &Span,
    primary: bool,
    label: &'a str,
) -> LabelledSpan<'a> {
    let place = renderer.source(&span.path).map(|source| {
        let range = source.clamp(span.range);
        let (start, end) = (source.line_column(range.start), source.line_column(range.end));
        Place {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    });
    let (path, range) = (renderer.shown(&span.path), span.range);
    LabelledSpan { path, start: range.start, end: range.end, place, primary, label }
}

fn fix<'a>(renderer: &Renderer<'_>, fix: &'a DiagnosticFix) -> Fix<'a> {
    let edit = |(span, replacement): &'a (Span, String)| Edit {
        path: renderer.shown(&span.path),
        start: span.range.start,
        end: span.range.end,
        replacement,
    };
    Fix { title: &fix.title, edits: fix.edits.iter().map(edit).collect() }
}
