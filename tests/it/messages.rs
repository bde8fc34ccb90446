//! What external compilers say, made out as messages and diagnostics.

use std::fmt::Write as _;
use std::sync::Arc;

use camino::Utf8Path;
use expect_test::{Expect, expect};
use oast_engine::base::Severity;
use oast_engine::toolchain::{Level, Said, diagnostics, messages};

fn check(output: impl AsRef<[u8]>, expected: Expect) {
    let mut shown = String::new();
    for said in messages(output.as_ref(), "/p".into()) {
        match said {
            Said::Text(text) => writeln!(shown, "text {text:?}").unwrap(),
            Said::Message(message) => {
                let level = message.level.map_or("unsaid".to_owned(), |it| format!("{it:?}"));
                let code = message.code.map_or(String::new(), |code| format!("[{code}]"));
                let place = message.place.map_or("nowhere".to_owned(), |place| {
                    let column = place.column.map_or(String::new(), |it| format!(":{it}"));
                    format!("{}:{}{column}", place.path, place.line)
                });
                writeln!(shown, "{level}{code} at {place}: {:?}", message.text).unwrap();
            }
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_usual_form_is_understood() {
    check(
        "src/main.oats:3:5: error: no `x`\n\
         src/main.oats:4: warning: odd\n\
         /else/where.oats:1:1: Note: defined here\n\
         ../b/a file.oats:10:2: fatal error: gone\n\
         C:\\p\\m.c:7:8: error C2065: undeclared\n",
        expect![[r#"
            Error at /p/src/main.oats:3:5: "no `x`"
            Warning at /p/src/main.oats:4: "odd"
            Note at /else/where.oats:1:1: "defined here"
            Error at /b/a file.oats:10:2: "gone"
            Error[C2065] at /p/C:\p\m.c:7:8: "undeclared"
        "#]],
    );
}

#[test]
fn without_a_level_a_file_must_look_like_one() {
    check(
        "src/main.oats:3:5 unexpected `}`\n\
         src/main.oats:3:5: unexpected `}`\n\
         src/main.oats:3: unexpected `}`\n\
         12:30:45 compiling\n\
         [12:30:45: compiling\n\
         listening on localhost:80: ready\n\
         see http://example.org:80: documentation\n\
         src/main.oats:3:5\n\
         src/main.oats:0:5: unexpected\n\
         src/main.oats:99999999999:5: unexpected\n",
        expect![[r#"
            unsaid at /p/src/main.oats:3:5: "unexpected `}`"
            unsaid at /p/src/main.oats:3:5: "unexpected `}`"
            unsaid at /p/src/main.oats:3: "unexpected `}`"
            text "12:30:45 compiling\n[12:30:45: compiling\nlistening on localhost:80: ready\nsee http://example.org:80: documentation\nsrc/main.oats:3:5\nsrc/main.oats:0:5: unexpected\nsrc/main.oats:99999999999:5: unexpected\n"
        "#]],
    );
}

#[test]
fn the_form_of_rustc_is_understood() {
    check(
        "error[E0308]: mismatched types\n \
          --> src/main.rs:2:18\n  \
           |\n\
         2 |     let x: i32 = \"a\";\n  \
           |            ---   ^^^ expected `i32`\n\
         \n\
         warning: unused variable: `y`\n\
         --> src/lib.rs:1:1\n\
         \n\
         error: aborting due to 1 previous error\n",
        expect![[r#"
            Error[E0308] at /p/src/main.rs:2:18: "mismatched types"
            text "\n"
            Warning at nowhere: "unused variable: `y`"
            text "--> src/lib.rs:1:1\n\n"
            Error at nowhere: "aborting due to 1 previous error"
        "#]],
    );
}

#[test]
fn what_is_around_messages_stays_text() {
    check(
        "compiling p\n\
         In file included from a.h:3,\n                 from b.h:4:\n\
         a.h:5:6: error: bad\n    5 | int x\n      |      ^\n\
         ld: warning: old object\n\
         1 error generated.\n",
        expect![[r#"
            text "compiling p\nIn file included from a.h:3,\n                 from b.h:4:\n"
            Error at /p/a.h:5:6: "bad"
            Warning at nowhere: "old object"
            text "1 error generated.\n"
        "#]],
    );
}

#[test]
fn terminals_and_encodings_dont_matter() {
    check(
        b"\x1b[1msrc/m.oats:3:5: \x1b[0;1;31merror:\x1b[0m no\x07 \xff`x`\r\n10 %\r90 %\r\
          \x1b]8;;file://x\x1b\\src/m.oats:4:1: warning: odd\x1b]8;;\x07\r\n",
        expect![[r#"
            Error at /p/src/m.oats:3:5: "no �`x`"
            text "10 %\n90 %\n"
            Warning at /p/src/m.oats:4:1: "odd"
        "#]],
    );
}

#[test]
fn garbage_is_text() {
    let halves = [
        "a:1:",
        "error",
        "\x1b[",
        "\x1b]",
        "\r",
        ":::",
        "--> ",
        "1:1: ",
        "\u{7f}",
        "ä:9:9: error[: ",
        "\n",
    ];
    for first in halves {
        for second in halves {
            for third in halves {
                messages(format!("{first}{second}{third}").as_bytes(), "/p".into());
            }
        }
    }
    check(vec![0; 100], expect![""]);
    check(
        [0xff, 0xfe, b'\n', b':', b'1', b':'],
        expect![[r#"
        text "��\n:1:\n"
    "#]],
    );
    let long = "1:".repeat(300_000);
    assert_eq!(messages(long.as_bytes(), "/p".into()), [Said::Text(long + "\n")]);
}

#[test]
fn nothing_that_was_said_is_lost() {
    let output = "first\na.oats:1:2: error: bad\n  |\n  | ^\n\nb.oats:9: note: here\nlast\n";
    let all = messages(output.as_bytes(), "/p".into()).into_iter().map(|said| match said {
        Said::Message(message) => message.written,
        Said::Text(text) => text,
    });
    assert_eq!(all.collect::<String>(), output);
}

/// The diagnostics of `output` about `/p/m.oats` with the text that each points to, and what is left.
fn placed(output: &str, text: &str, unsaid: Severity) -> (Vec<String>, String) {
    let said = messages(output.as_bytes(), "/p".into());
    let text_of = |path: &Utf8Path| (path == "/p/m.oats").then(|| Arc::from(text));
    let (found, rest) = diagnostics(said, unsaid, text_of);
    let shown = found.into_iter().map(|it| {
        let at = &text[it.span.range.span()];
        let mut shown = format!("{} {at:?}: {}", it.code, it.message);
        for label in &it.labels {
            write!(shown, "; {:?}: {}", &text[label.span.range.span()], label.text).unwrap();
        }
        it.help.iter().for_each(|help| write!(shown, "; help: {help}").unwrap());
        shown
    });
    (shown.collect(), rest)
}

#[test]
fn messages_become_diagnostics_at_words() {
    let text = "let öl = ünfug + 1;\r\n  let y = 2;\n";
    let at = |place: &str| placed(&format!("m.oats:{place}: error: bad"), text, Severity::Error).0;
    assert_eq!(at("1:10"), ["compiler-error \"ünfug\": bad"]);
    assert_eq!(at("1:16"), ["compiler-error \"+\": bad"]);
    assert_eq!(at("1:20"), ["compiler-error \"\": bad"]);
    assert_eq!(at("1:999"), ["compiler-error \"\": bad"]);
    assert_eq!(at("2"), ["compiler-error \"let y = 2;\": bad"]);
    assert_eq!(at("3"), ["compiler-error \"\": bad"]);
    assert_eq!(at("77:88"), ["compiler-error \"\": bad"]);
}

#[test]
fn notes_belong_to_what_they_follow_and_the_rest_is_text() {
    let output = "m.oats:1:1: error[E7]: bad\n  | picture\n\
                  m.oats:2:1: note: because of this\n\
                  note: try that\n\
                  m.oats:2:1: warning: odd\n\
                  other.oats:1:1: error: elsewhere\n\
                  note: of the other\n\
                  m.oats:1:1: whatever\n\
                  error: 2 errors\n\
                  done\n";
    let (found, rest) = placed(output, "one\ntwo\n", Severity::Warning);
    assert_eq!(
        found,
        [
            "compiler-error \"one\": bad (E7); \"two\": because of this; help: try that",
            "compiler-warning \"two\": odd",
            "compiler-warning \"one\": whatever",
        ]
    );
    assert_eq!(
        rest,
        "other.oats:1:1: error: elsewhere\nnote: of the other\nerror: 2 errors\ndone\n"
    );
    let (found, _) = placed("m.oats:1:1: whatever\n", "one\n", Severity::Error);
    assert_eq!(found, ["compiler-error \"one\": whatever"]);
}

#[test]
fn levels_are_ordered_by_what_they_mean() {
    let level = |line: &str| match &messages(line.as_bytes(), "/p".into())[..] {
        [Said::Message(message)] => message.level,
        other => panic!("{other:?}"),
    };
    for (word, expected) in [
        ("ERROR", Level::Error),
        ("internal compiler error", Level::Error),
        ("Warning", Level::Warning),
        ("remark", Level::Note),
        ("hint", Level::Note),
    ] {
        assert_eq!(level(&format!("m.oats:1:1: {word}: text")), Some(expected), "{word}");
    }
    assert_eq!(level("m.oats:1:1: errors: 3"), None);
}
