//! How diagnostics look.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::{Expect, expect};
use oast_engine::base::{Finding, TextRange};
use oast_engine::source::render::{Format, Renderer};
use oast_engine::source::{Diagnostic, DiagnosticLabel, Span};

const A: &str = "first line\nsecond línе x\nthird";
const B: &str = "only line\n";

fn text(path: &Utf8Path) -> Option<Arc<str>> {
    match path.as_str() {
        "/w/p/a" => Some(A.into()),
        "/w/q/b" => Some(B.into()),
        _ => None,
    }
}

fn range_of(text: &str, part: &str) -> TextRange {
    let start = text.find(part).unwrap();
    TextRange::new(start, start + part.len())
}

fn in_a(part: &str) -> Diagnostic {
    let range = range_of(A, part);
    let finding = Finding::error("wrong-part", range, format!("`{part}` is wrong"));
    Diagnostic::in_file(&Utf8PathBuf::from("/w/p/a"), finding)
}

fn everything() -> Diagnostic {
    let at = range_of(A, "línе");
    let finding = Finding::warning("odd-word", at, "`línе` is odd")
        .label("not a word")
        .also(range_of(A, "first"), "unlike this")
        .help("write words that are in the dictionary")
        .fix("write `line`", at, "line");
    let mut diagnostic = Diagnostic::in_file(&Utf8PathBuf::from("/w/p/a"), finding);
    let span = Span { path: "/w/q/b".into(), range: range_of(B, "line") };
    diagnostic.labels.push(DiagnosticLabel { span, text: "nor this".to_owned() });
    diagnostic
}

fn check(format: Format, diagnostics: &[Diagnostic], expect: Expect) {
    let renderer = Renderer::new("/w/p".into(), &text);
    expect.assert_eq(&renderer.render(format, diagnostics));
}

#[test]
fn people_see_source_labels_help_and_fix() {
    check(
        Format::Human,
        &[everything()],
        expect![[r#"
        warning[odd-word]: `línе` is odd
         --> a:2:8
          |
        1 | first line
          | ----- unlike this
        2 | second línе x
          |        ^^^^ not a word
          |
         ::: ../q/b:1:6
          |
        1 | only line
          |      ---- nor this
          |
          = help: write words that are in the dictionary
        help: write `line`
          |
        2 - second línе x
        2 + second line x
          |

    "#]],
    );
}

#[test]
fn short_is_a_line_each() {
    check(
        Format::Short,
        &[everything(), in_a("third")],
        expect![[r#"
        a:2:8: warning[odd-word]: `línе` is odd
        a:3:1: error[wrong-part]: `third` is wrong
    "#]],
    );
}

#[test]
fn json_is_an_object_a_line() {
    check(
        Format::Json,
        &[everything()],
        expect![[r#"
        {"code":"odd-word","severity":"warning","message":"`línе` is odd","spans":[{"path":"a","start":18,"end":24,"start_line":2,"start_column":8,"end_line":2,"end_column":12,"primary":true,"label":"not a word"},{"path":"a","start":0,"end":5,"start_line":1,"start_column":1,"end_line":1,"end_column":6,"primary":false,"label":"unlike this"},{"path":"../q/b","start":5,"end":9,"start_line":1,"start_column":6,"end_line":1,"end_column":10,"primary":false,"label":"nor this"}],"help":["write words that are in the dictionary"],"fix":{"title":"write `line`","edits":[{"path":"a","start":18,"end":24,"replacement":"line"}]}}
    "#]],
    );
}

#[test]
fn the_order_is_by_path_then_range_whatever_it_was() {
    let mut elsewhere = in_a("first");
    elsewhere.span.path = "/w/q/b".into();
    let diagnostics = [elsewhere, in_a("third"), in_a("second"), in_a("first")];
    check(
        Format::Short,
        &diagnostics,
        expect![[r#"
        a:1:1: error[wrong-part]: `first` is wrong
        a:2:1: error[wrong-part]: `second` is wrong
        a:3:1: error[wrong-part]: `third` is wrong
        ../q/b:1:1: error[wrong-part]: `first` is wrong
    "#]],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let mut gone = in_a("first");
    gone.span.path = "/elsewhere/gone".into();
    check(
        Format::Human,
        &[gone.clone()],
        expect![[r#"
        error[wrong-part]: `first` is wrong
        --> /elsewhere/gone

    "#]],
    );
    check(
        Format::Short,
        &[gone.clone()],
        expect![[r#"
        /elsewhere/gone: error[wrong-part]: `first` is wrong
    "#]],
    );
    check(
        Format::Json,
        &[gone],
        expect![[r#"
        {"code":"wrong-part","severity":"error","message":"`first` is wrong","spans":[{"path":"/elsewhere/gone","start":0,"end":5,"primary":true,"label":""}],"help":[],"fix":null}
    "#]],
    );
}

#[test]
fn a_range_beyond_the_text_is_brought_inside() {
    let mut late = in_a("third");
    late.span.range = TextRange::new(4, 4000);
    check(
        Format::Human,
        &[late],
        expect![[r#"
        error[wrong-part]: `third` is wrong
         --> a:1:5
          |
        1 |   first line
          |  _____^
        2 | | second línе x
        3 | | third
          | |_____^

    "#]],
    );
}

#[test]
fn an_empty_range_gets_a_caret() {
    let mut empty = in_a("third");
    empty.span.range = TextRange::new(A.len(), A.len());
    check(
        Format::Human,
        &[empty],
        expect![[r#"
        error[wrong-part]: `third` is wrong
         --> a:3:6
          |
        3 | third
          |      ^

    "#]],
    );
}

#[test]
fn colour_is_there_when_asked_for_only() {
    let plain = Renderer::new("/w/p".into(), &text).render(Format::Human, &[everything()]);
    let colored =
        Renderer::new("/w/p".into(), &text).color(true).render(Format::Human, &[everything()]);
    assert!(!plain.contains('\x1b'));
    assert!(colored.contains("\x1b["));
}

#[test]
fn nothing_to_tell_is_nothing() {
    check(Format::Human, &[], expect![[""]]);
}
