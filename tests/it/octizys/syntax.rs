//! Syntax: what is accepted, and one error for each mistake.

use std::fmt::Write as _;

use expect_test::expect;
use oast_engine::base::ModulePath;
use oast_engine::lang::octizys::Octizys;
use oast_engine::lang::{FrontEnd as _, ModuleContext, NoModules};
use oast_engine::testing::{Random, check_diagnostics};

use crate::octizys::{check, check_rendered, file, manifests};

#[test]
fn all_of_the_grammar_is_accepted() {
    check(
        r#"
        {- a comment - with a hyphen -- and no end of line -}
        public data Shape = | Circle Int | Rect { width : Int, height : Int };
        public data Empty a b = Empty;
        public alias Both a = { left : a, right : a, };
        public area : shape : Shape |- Int = case shape of {
          Circle radius |- mul 3 (mul radius radius);
          Rect sides |- mul sides.width sides.height
        };
        public swap : forall a . both : Both a |- Both a = { left = both.right, right = both.left, };
        public curried : Int -> (Int -> Int) -> Int = \ x, f : Int -> Int |- f x;
        public partly : first, second : Int, _ : Bool |- Int = if eq second 0_0 then first else 1_000;
        public nested = case Just (Cons "a\n\u{1F600}" Nil) of {
          Just (Cons "a" _) |- 1; Just Nil |- 2; Just _ |- 3; Nothing |- 4;
        };
        public locals = let
            even : n : Int |- Bool = if eq n 0 then True else not (even (minus n 1));
            same : forall t . it : t |- t = it;
          in (same even : Int -> Bool) (same 4);
        public größe = 3; -- names are Unicode letters, digits and `_`
        public empty = {};
        "#,
    );
}

#[test]
fn texts_without_any_definition_are_modules() {
    check("");
    check("-- nothing but a comment, and no line break");
    check("\u{feff}a = 1;");
    check("{--}");
}

#[test]
fn lines_may_end_as_on_windows() {
    check("a = 1; -- one\r\nb = \"x\";\r\n\r\nc : Int =\r\n  add a 1;\r\n");
    check_rendered(
        "a = 1;\r\nb = textLength a;\r\n",
        expect![[r#"
            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:2:16
              |
            2 | b = textLength a;␍
              |                ^ this is `Int`
              |
              = help: argument 1 of `textLength` must be `Text`

        "#]],
    );
}

#[test]
fn each_mistake_is_one_error_and_nothing_follows_from_it() {
    check(
        r#"
        parenthesis = add 1 (mul 2 3;
        --                          ^ syntax
        fine = 4;
        another = add 1 2);
        --               ^ syntax
        garbage between items
        --      ^^^^^^^ syntax
        missing_in = let x = 1; x;
        --                      ^ syntax
        missing_then = if lt 1 2 10 else 3;
        --                          ^^^^ syntax
        missing_else = if lt 1 2 then 3;
        --                             ^ syntax
        missing_of = case fine { 1 |- 2; _ |- 3; };
        --                     ^ syntax
        missing_turnstile = \ x add x 1;
        --                      ^^^ syntax
        missing_comma : x : Int y : Int |- Int = 3;
        --                        ^ syntax
        missing_semicolon = 3
        --                   ^ syntax
        between_cases = case fine of { 1 |- 2 _ |- 3 };
        --                                   ^ syntax
        unfinished = case fine of { 1 |- 2; _ |- 3;
        --                                         ^ syntax
        in_let = let x = 1 y = 2; in add x y;
        --                ^ syntax
        last_of_let = let x = 1 in x;
        --                     ^ syntax
        no_equals 3;
        --        ^ syntax
        comparison = if fine == 4 then 1 else 2;
        --                   ^ syntax
        no_field = fine.;
        --              ^ syntax
        no_value = ;
        --         ^ syntax
        no_body : Int;
        --           ^ syntax
        no_definitions = let in 3;
        --                   ^^ syntax
        "#,
    );
}

#[test]
fn items_that_are_broken_end_where_the_next_begins() {
    let module = file(
        "A/src/M.oct",
        r#"
        data Shape = Circle Int | | Square;
        --                        ^ syntax
        data = Nothing;
        --   ^ syntax
        alias Numbers List Int;
        --                    ^ syntax
        public 3;
        --     ^ syntax
        public import A/B;
        --     ^^^^^^ syntax
        import;
        --    ^ syntax
        import unqualified A/B;
        --                    ^ syntax
        import unqualified A/B (x;
        --                       ^ syntax
        import A/B as;
        --           ^ syntax
        "#,
    );
    let other = file("A/src/B.oct", "x = 1;");
    check_diagnostics(&format!("{}{module}{other}", manifests(&["A"])));
}

#[test]
fn what_is_no_token_is_told_by_the_lexer_alone() {
    check_rendered(
        r#"
        negative = -5;
        sum = 1 + 2;
        list = [1, 2];
        letter = 'c';
        open = "abc
        next = "a\qb\u{110000}";
        hidden = 1;
        {- never closed
        "#,
        expect![[r#"
            error[unexpected-character]: unexpected character `-`
             --> A/src/M.oct:1:12
              |
            1 | negative = -5;
              |            ^
              |
              = help: there are no negative numbers to write down: `neg 1` yields one

            error[unexpected-character]: unexpected character `+`
             --> A/src/M.oct:2:9
              |
            2 | sum = 1 + 2;
              |         ^
              |
              = help: there are no operators: write `add a b`, `minus a b`, `mul a b`, `div a b` or `mod a b`

            error[unexpected-character]: unexpected character `[`
             --> A/src/M.oct:3:8
              |
            3 | list = [1, 2];
              |        ^
              |
              = help: a list is written `Cons 1 (Cons 2 Nil)`

            error[unexpected-character]: unexpected character `'`
             --> A/src/M.oct:4:10
              |
            4 | letter = 'c';
              |          ^
              |
              = help: a text stands in `"`

            error[unclosed-text]: this text is never closed
             --> A/src/M.oct:5:8
              |
            5 | open = "abc
              |        ^^^^
              |
              = help: a text ends on the line where it begins; write `\n` for a line break

            error[unknown-escape]: unknown escape in a text
             --> A/src/M.oct:6:10
              |
            6 | next = "a\qb\u{110000}";
              |          ^^
              |
              = help: there are `\n`, `\r`, `\t`, `\"`, `\\` and `\u{1F600}`

            error[unknown-escape]: unknown escape in a text
             --> A/src/M.oct:6:13
              |
            6 | next = "a\qb\u{110000}";
              |             ^^^^^^^^^
              |
              = help: there are `\n`, `\r`, `\t`, `\"`, `\\` and `\u{1F600}`

            error[unclosed-comment]: this comment is never closed
             --> A/src/M.oct:8:1
              |
            8 | {- never closed
              | ^^
              |
              = help: close it with `-}`

        "#]],
    );
}

#[test]
fn a_missing_semicolon_can_be_inserted() {
    check_rendered(
        "
        first = 1
        second = 2;
        ",
        expect![[r#"
            error[syntax]: expected `;` after a definition
             --> A/src/M.oct:1:10
              |
            1 | first = 1
              |          ^ expected `;`
              |
            help: insert `;`
              |
            1 | first = 1;
              |          +

        "#]],
    );
}

#[test]
fn the_end_of_the_file_is_a_place_too() {
    check_rendered(
        "first = case 1 of { 2 |- (add 1",
        expect![[r#"
            error[syntax]: expected `)` after the expression, found the end of the file
             --> A/src/M.oct:1:32
              |
            1 | first = case 1 of { 2 |- (add 1
              |                                ^ expected `)`

        "#]],
    );
    check_rendered(
        "first = \"",
        expect![[r#"
        error[unclosed-text]: this text is never closed
         --> A/src/M.oct:1:9
          |
        1 | first = "
          |         ^
          |
          = help: a text ends on the line where it begins; write `\n` for a line break

    "#]],
    );
    check_rendered(
        "import",
        expect![[r#"
        error[syntax]: expected a name after `import`, found the end of the file
         --> A/src/M.oct:1:7
          |
        1 | import
          |       ^ expected a name

    "#]],
    );
}

#[test]
fn what_is_nested_too_deeply_is_one_error() {
    check_rendered(
        &format!("a = {}1{};\nb = a;\n", "(".repeat(600), ")".repeat(600)),
        expect![[r#"
            error[too-deep]: this is nested more than 500 levels deep
             --> A/src/M.oct:1:505
              |
            1 | ...((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((...
              |                                                          ^
              |
              = help: give parts of it a name of their own

        "#]],
    );
}

const SEEDS: &[&str] = &[
    r#"
import unqualified P/Q (x, y);
import P/R as R/S;
public data Shape a = Circle Int | Rect { width : Int, height : a } | Both (Shape a) (Shape a);
alias Named a = { name : Text, value : a };
public area : forall a . shape : Shape a |- Int = case shape of {
  Circle r |- mul 3 (mul r r); -- about
  Rect sides |- sides.width;
  Both (Circle 1) _ |- 1;
  Both left right |- add (area left) (area right);
};
"#,
    r#"
main : List Text = let
    show : n : Int |- Text = if lt n 0 then "minus\n\u{41}" else intToText n;
    twice = \ f, x |- f (f x);
  in Cons (show 1_000) (Cons (twice (textAppend "é") "x") Nil);
{- block -} konst : forall a b . x : a, y : b |- a = (x : a);
record = { a = 1, b = { c = True } }.b.c;
"#,
];

const PIECES: &[&str] = &[
    "(", ")", "{", "}", ";", ",", ":", "=", "|-", "|", "\\", "->", ".", "/", "_", "\"", "\\u{",
    "--", "{-", "-}", "\n", " ", "let", "in", "case", "of", "if", "then", "else", "forall", "data",
    "alias", "public", "import", "x", "Int", "1", "é", "🙂", "\u{301}", "-", "\0", "a = ", "a : ",
    "{ x = ", "Cons ",
];

#[test]
fn whatever_the_text_nothing_panics_and_findings_lie_in_it() {
    let mut random = Random(7);
    let context = ModuleContext { path: ModulePath::new("A/M"), is_main: true };
    for round in 0..3_000 {
        let text = mutated(SEEDS[round % SEEDS.len()], &mut random);
        Octizys.imports(&text, &context.path);
        let checked = Octizys.check(&text, &context, &NoModules);
        for finding in &checked.findings {
            let range = finding.range.span();
            assert!(text.get(range).is_some(), "{finding:?} is not in {text:?}");
        }
        if checked.findings.is_empty() && !text.contains("import") {
            assert!(checked.meaning.is_some(), "nothing is wrong, but nothing is meant: {text}");
        }
    }
}

fn mutated(seed: &str, random: &mut Random) -> String {
    let mut text: Vec<char> = seed.chars().collect();
    for _ in 0..=random.below(6) {
        let at = random.below(text.len());
        match random.below(4) {
            0 => _ = text.drain(at..(at + 1 + random.below(8)).min(text.len())),
            1 => _ = text.splice(at..at, PIECES[random.below(PIECES.len())].chars()),
            2 => text.truncate(at),
            _ => {
                let end = (at + random.below(60)).min(text.len());
                let copy = text[at..end].to_vec();
                let to = random.below(text.len());
                _ = text.splice(to..to, copy);
            }
        }
        text.push('\n');
    }
    text.into_iter().collect()
}

#[test]
fn a_wall_of_garbage_takes_no_time_to_speak_of() {
    for piece in PIECES {
        let mut text = String::new();
        for _ in 0..20_000 {
            let _ = write!(text, "{piece} ");
        }
        let context = ModuleContext { path: ModulePath::new("A/M"), is_main: false };
        Octizys.check(&text, &context, &NoModules);
    }
}
