//! What is too large or too deep is told; nothing is too large for the engine itself. Tests run on stacks of 2 MB.

use expect_test::expect;

use crate::octizys::{check, check_rendered, codes};

/// What `line` says of each number, one after the other.
fn lines(numbers: std::ops::Range<usize>, line: impl Fn(usize) -> String) -> String {
    numbers.map(line).collect::<Vec<String>>().concat()
}

fn nested(count: usize, open: &str, inside: &str, close: &str) -> String {
    format!("f = \\ x |- x;\na = {}{inside}{};\n", open.repeat(count), close.repeat(count))
}

#[test]
fn nesting_has_a_limit_that_no_stack_knows() {
    let kinds = [
        ("(", "1", ")"),
        ("add 1 (", "1", ")"),
        ("Cons 1 (", "Nil", ")"),
        ("if True then 1 else ", "1", ""),
        ("if ", "True", " then True else False"),
        ("\\ x |- ", "1", ""),
        ("let y = 1; in ", "1", ""),
        ("let y = ", "1", "; in y"),
        ("case 1 of { _ |- ", "1", "; }"),
        ("case ", "1", " of { x |- x; }"),
        ("{ x = ", "1", " }"),
        ("(", "1", " : Int)"),
        ("(\\ x |- x) (", "1", ")"),
        ("f (", "1", ")"),
        ("", "f", ".x"),
        ("((", "f", ".x).x)"),
    ];
    for (open, inside, close) in kinds {
        for count in [100, 249, 497, 10_000] {
            let found = codes(&nested(count, open, inside, close));
            let deep = found.iter().any(|it| it == "too-deep");
            assert!(deep == (497 < count) || count == 497 || close == ".x).x)", "{count} × {open}");
        }
    }
}

#[test]
fn a_list_of_five_hundred_elements_can_be_written_down_and_one_of_five_thousand_not() {
    check(&nested(490, "Cons 1 (", "Nil", ")").replace("f = \\ x |- x;\n", ""));
    assert_eq!(codes(&nested(5_000, "Cons 1 (", "Nil", ")")), ["too-deep"]);
}

#[test]
fn types_and_patterns_have_the_same_limit() {
    for count in [100, 5_000] {
        let parens = |open: &str, close: &str| (open.repeat(count), close.repeat(count));
        let (open, close) = parens("(", ")");
        let (maybe, end) = parens("Maybe (", ")");
        let (just, shut) = parens("Just (", ")");
        let module = format!(
            "a : {open}Int{close} = 1;\nb : {maybe}Int{end} = Nothing;\nc = case Nothing of {{ {just}_{shut} |- 1; _ |- 2; }};\nalias T = {maybe}Int{end};\ndata D = D ({maybe}Int{end});\n"
        );
        let expected: &[&str] = if count == 100 { &[] } else { &["too-deep"] };
        assert_eq!(codes(&module), expected);
    }
}

#[test]
fn a_let_with_two_thousand_definitions() {
    let definitions: String = lines(1..2_000, |n| format!("x{n} = add x{} 1; ", n - 1));
    assert_eq!(codes(&format!("a = let x0 = 1; {definitions} in x1999;")), ["too-deep"]);
    let definitions: String = lines(1..400, |n| format!("x{n} = add x{} 1; ", n - 1));
    check(&format!("a = let x0 = 1; {definitions} in x399;"));
}

#[test]
fn modules_may_be_long() {
    let chain: String = lines(1..3_000, |n| format!("x{n} = x{};\n", n - 1));
    check(&format!("{chain}x0 = 1;\n"));
    let circle: String = lines(0..3_000, |n| format!("f{n} = \\ x |- f{} x;\n", (n + 1) % 3_000));
    check(&circle);
    let constructors: Vec<String> = (0..1_000).map(|n| format!("C{n} Int")).collect();
    let cases: String = lines(0..1_000, |n| format!("C{n} x |- x; "));
    check(&format!(
        "data D = {};\nf : d : D |- Int = case d of {{ {cases} }};",
        constructors.join(" | ")
    ));
}

#[test]
fn rows_have_a_limit() {
    let row = |count: usize, what: &str, by: &str| vec![what; count].join(by);
    check(&format!("f = \\ {} |- 1;", row(200, "_", ",")));
    assert_eq!(codes(&format!("f = \\ {} |- 1;", row(5_000, "_", ","))), ["too-deep"]);
    assert_eq!(codes(&format!("f = f {};", row(5_000, "1", " "))), ["too-deep"]);
    assert_eq!(codes(&format!("data T = C {};", row(5_000, "Int", " "))), ["too-deep"]);
    assert_eq!(codes(&format!("f : {} = f;", row(20_000, "Int", " -> "))), ["too-deep"]);
}

#[test]
fn numbers_have_a_limit() {
    check_rendered(
        "
        largest = 9_223_372_036_854_775_807;
        larger = 9223372036854775808;
        zeros = 00000000000000000000000000001;
        pattern = case 1 of { 99999999999999999999 |- 1; _ |- 2; };
        ",
        expect![[r#"
            error[number-too-large]: this number is too large for an `Int`
             --> A/src/M.oct:2:10
              |
            2 | larger = 9223372036854775808;
              |          ^^^^^^^^^^^^^^^^^^^
              |
              = help: the largest `Int` is 9223372036854775807

            error[number-too-large]: this number is too large for an `Int`
             --> A/src/M.oct:4:23
              |
            4 | pattern = case 1 of { 99999999999999999999 |- 1; _ |- 2; };
              |                       ^^^^^^^^^^^^^^^^^^^^
              |
              = help: the largest `Int` is 9223372036854775807

        "#]],
    );
}

#[test]
fn types_that_explode_are_told() {
    let doubled: String = lines(1..60, |n| format!("x{n} = P x{} x{};\n", n - 1, n - 1));
    let found = codes(&format!("data P a b = P a b;\nx0 = 1;\n{doubled}"));
    assert_eq!(found, ["type-too-large"]);
    let applied = format!("{}1{}", "dup (".repeat(60), ")".repeat(60));
    let found = codes(&format!("data P a b = P a b;\ndup = \\ x |- P x x;\na = {applied};"));
    assert_eq!(found, ["type-too-large"]);
    let aliases: String =
        lines(1..60, |n| format!("alias A{n} a = P (A{} a) (A{} a);\n", n - 1, n - 1));
    let found = codes(&format!("data P a b = P a b;\nalias A0 a = a;\n{aliases}"));
    assert_eq!(found, ["type-too-large"]);
    let deeper: String = lines(1..3_000, |n| format!("x{n} = Just x{};\n", n - 1));
    assert_eq!(codes(&format!("x0 = 1;\n{deeper}")), ["type-too-large"]);
    let records: String = lines(1..3_000, |n| format!("x{n} = {{ a = x{} }};\n", n - 1));
    assert_eq!(codes(&format!("x0 = 1;\n{records}")), ["type-too-large"]);
    let functions: String = lines(1..3_000, |n| format!("x{n} = \\ _ |- x{};\n", n - 1));
    assert_eq!(codes(&format!("x0 = 1;\n{functions}")), ["type-too-large"]);
    let chain: String = lines(1..3_000, |n| format!("alias A{} = A{n};\n", n - 1));
    assert_eq!(codes(&format!("{chain}alias A2999 = Int;\nx : A0 = 1;")), ["type-too-large"]);
}
