//! The source, with carets below the place that is wrong.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Patch, Renderer as Drawing, Snippet,
};
use camino::{Utf8Path, Utf8PathBuf};

use crate::base::TextRange;
use crate::source::render::Renderer;
use crate::source::{Diagnostic, DiagnosticFix};

pub(super) fn write(renderer: &Renderer<'_>, diagnostic: &Diagnostic, out: &mut String) {
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(&*diagnostic.message).id(&*diagnostic.code);
    let places = marks_by_file(diagnostic);
    let snippets = places.into_iter().map(|(path, marks)| snippet(renderer, path, &marks));
    let help = diagnostic.help.iter().map(|help| Level::HELP.message(&**help).into());
    let mut report = vec![Group::with_title(title).elements(snippets.chain(help))];
    if let Some(fix) = &diagnostic.fix {
        report.push(suggestion(renderer, fix));
    }
    let drawing = if renderer.color { Drawing::styled() } else { Drawing::plain() };
    out.push_str(&drawing.term_width(renderer.width).render(&report));
    out.push_str("\n\n");
}

/// A range to underline, and what to say there.
struct Mark<'a> {
    kind: AnnotationKind,
    range: TextRange,
    label: &'a str,
}

/// What is to be marked in each file: the file that is wrong first, the others in the order of the labels.
fn marks_by_file(diagnostic: &Diagnostic) -> Vec<(&Utf8PathBuf, Vec<Mark<'_>>)> {
    let kind = AnnotationKind::Primary;
    let primary = Mark { kind, range: diagnostic.span.range, label: &diagnostic.label };
    let mut files = vec![(&diagnostic.span.path, vec![primary])];
    for label in &diagnostic.labels {
        let kind = AnnotationKind::Context;
        let mark = Mark { kind, range: label.span.range, label: &label.text };
        match files.iter_mut().find(|(path, _)| *path == &label.span.path) {
            Some((_, marks)) => marks.push(mark),
            None => files.push((&label.span.path, vec![mark])),
        }
    }
    files
}

/// Only the lines between the first and the last mark are handed over: drawing scans all that it gets.
fn snippet<'a>(renderer: &Renderer<'_>, path: &Utf8Path, marks: &[Mark<'a>]) -> Element<'a> {
    let shown = renderer.shown(path);
    let Some(source) = renderer.source(path) else { return Origin::path(shown).into() };
    let ranges: Vec<_> = marks.iter().map(|mark| source.clamp(mark.range)).collect();
    let start = ranges.iter().map(|it| it.start).min().unwrap_or_default();
    let end = ranges.iter().map(|it| it.end).max().unwrap_or_default();
    let (window, first_line) = source.lines_around(start..end);
    let annotations = marks.iter().zip(ranges).map(|(mark, range)| -> Annotation<'a> {
        let label = (!mark.label.is_empty()).then_some(mark.label);
        mark.kind.span(range.start - window.start..range.end - window.start).label(label)
    });
    let annotations: Vec<_> = annotations.collect();
    Snippet::source(source.text[window].to_owned())
        .line_start(first_line)
        .path(shown)
        .annotations(annotations)
        .into()
}

fn suggestion<'a>(renderer: &Renderer<'_>, fix: &'a DiagnosticFix) -> Group<'a> {
    let mut group = Group::with_title(Level::HELP.secondary_title(&*fix.title));
    for path in files_of(fix) {
        let Some(source) = renderer.source(path) else { continue };
        let edits = fix.edits.iter().filter(|(span, _)| &span.path == path);
        let edits: Vec<_> = edits.map(|(span, text)| (source.clamp(span.range), text)).collect();
        let start = edits.iter().map(|(range, _)| range.start).min().unwrap_or_default();
        let end = edits.iter().map(|(range, _)| range.end).max().unwrap_or_default();
        let (window, first_line) = source.lines_around(start..end);
        let patches = edits.into_iter().map(|(range, text)| {
            Patch::new(range.start - window.start..range.end - window.start, &**text)
        });
        let patches: Vec<_> = patches.collect();
        let snippet = Snippet::source(source.text[window].to_owned()).line_start(first_line);
        group = group.element(snippet.path(renderer.shown(path)).patches(patches));
    }
    group
}

fn files_of(fix: &DiagnosticFix) -> Vec<&Utf8PathBuf> {
    let mut paths: Vec<_> = fix.edits.iter().map(|(span, _)| &span.path).collect();
    paths.dedup();
    paths
}
