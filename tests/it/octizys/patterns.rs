//! Patterns: whether the cases of a `case` cover everything, and whether each can be reached.

use expect_test::expect;

use crate::octizys::{check, check_rendered};

#[test]
fn what_is_not_covered_is_shown() {
    check_rendered(
        r#"
        data Shape = Circle Int | Rect Int Int | Point;
        shape : s : Shape |- Int = case s of { Circle _ |- 1; Point |- 0; };
        deep : l : List (Maybe Bool) |- Int = case l of {
          Nil |- 0;
          Cons (Just True) _ |- 1;
          Cons Nothing (Cons _ _) |- 2;
        };
        number = case 1 of { 0 |- 1; 1 |- 2; };
        text = case "a" of { "a" |- 1; };
        truth = case True of { True |- 1; };
        record = case { a = 1 } of { };
        "#,
        expect![[r#"
            error[missing-case]: the cases don't cover `Rect _ _`
             --> A/src/M.oct:2:28
              |
            2 | shape : s : Shape |- Int = case s of { Circle _ |- 1; Point |- 0; };
              |                            ^^^^
              |
              = help: add a case `Rect _ _ |- …;`, or `_ |- …;` for all that is left

            error[missing-case]: the cases don't cover `Cons (Just False) _`
             --> A/src/M.oct:3:39
              |
            3 | deep : l : List (Maybe Bool) |- Int = case l of {
              |                                       ^^^^
              |
              = help: add a case `Cons (Just False) _ |- …;`, or `_ |- …;` for all that is left

            error[missing-case]: the cases don't cover `_`
             --> A/src/M.oct:8:10
              |
            8 | number = case 1 of { 0 |- 1; 1 |- 2; };
              |          ^^^^
              |
              = help: add a case `_ |- …;` for all that is left

            error[missing-case]: the cases don't cover `_`
             --> A/src/M.oct:9:8
              |
            9 | text = case "a" of { "a" |- 1; };
              |        ^^^^
              |
              = help: add a case `_ |- …;` for all that is left

            error[missing-case]: the cases don't cover `False`
              --> A/src/M.oct:10:9
               |
            10 | truth = case True of { True |- 1; };
               |         ^^^^
               |
               = help: add a case `False |- …;`, or `_ |- …;` for all that is left

            error[missing-case]: the cases don't cover `_`
              --> A/src/M.oct:11:10
               |
            11 | record = case { a = 1 } of { };
               |          ^^^^
               |
               = help: add a case `_ |- …;` for all that is left

        "#]],
    );
}

#[test]
fn what_can_never_be_reached_is_told_at_its_pattern() {
    check_rendered(
        r#"
        again = case 1 of { 0 |- 1; other |- other; 0 |- 2; };
        "#,
        expect![[r#"
            warning[unreachable-case]: this case can never be reached
             --> A/src/M.oct:1:45
              |
            1 | again = case 1 of { 0 |- 1; other |- other; 0 |- 2; };
              |                                             ^
              |
              = help: the cases above it cover all that its pattern matches

        "#]],
    );
    check(
        r#"
        data Pair a b = Pair a b;
        covered = case Pair True (Just 1) of {
          Pair _ Nothing |- 1;
          Pair True (Just 1) |- 2;
          Pair True (Just _) |- 3;
          Pair False (Just _) |- 4;
          Pair False Nothing |- 5;
        --<2-20 unreachable-case
          _ |- 6;
        --^ unreachable-case
        };
        texts = case "a" of { "a" |- 1; "b" |- 2; "a" |- 3; _ |- 4; };
        --                                        ^^^ unreachable-case
        escaped = case "A" of { "A" |- 1; "\u{41}" |- 2; _ |- 3; };
        --                                ^^^^^^^^ unreachable-case
        numbers = case 10 of { 1_0 |- 1; 10 |- 2; _ |- 3; };
        --                               ^^ unreachable-case
        unit = case Unit of { Unit |- 1; _ |- 2; };
        --                               ^ unreachable-case
        "#,
    );
}

#[test]
fn cases_that_cover_everything_say_nothing() {
    check(
        r#"
        data Tree a = Leaf | Node (Tree a) a (Tree a);
        rotate : forall a . tree : Tree a |- Tree a = case tree of {
          Node (Node a x b) y c |- Node a x (Node b y c);
          Node Leaf _ Leaf |- tree;
          Node Leaf x (Node a y b) |- Node (Node Leaf x a) y b;
          Leaf |- Leaf;
        };
        unit : u : Unit |- Int = case u of { Unit |- 1; };
        record : r : { a : Int } |- Int = case r of { it |- it.a; };
        function = case add of { f |- f 1 2; };
        "#,
    );
}

#[test]
fn constructors_have_their_fields_and_are_constructors() {
    check(
        r#"
        data Shape = Circle Int | Rect Int Int;
        value = 1;
        few : s : Shape |- Int = case s of { Circle |- 1; Rect w _ |- w; };
        --                                   ^^^^^^ pattern-arity
        many : s : Shape |- Int = case s of { Circle a b |- add a b; Rect w _ |- w; };
        --                                    ^^^^^^ pattern-arity
        function = case value of { value x |- x; _ |- 1; };
        --                         ^^^^^ unknown-name
        unit = case Unit of { Unit x |- 1; };
        --                    ^^^^ pattern-arity
        "#,
    );
}

#[test]
fn where_a_constructor_is_misspelt_nothing_is_said_of_what_is_covered() {
    check(
        "
        data Shape = Circle Int | Rect Int Int;
        area : s : Shape |- Int = case s of { Cirlce r |- r; Rect w h |- mul w h; };
        --                                    ^^^^^^ unknown-name
        ",
    );
}

#[test]
fn names_in_patterns_are_bound_in_their_case_alone() {
    check(
        "
        f : m : Maybe Int |- Int = case m of { Just x |- x; Nothing |- x; };
        --                                                             ^ unknown-name
        ",
    );
}

#[test]
fn a_huge_case_is_not_searched_forever() {
    let mut module = "data D = A | B | C | E;\n".to_owned();
    module += &format!("data T = T {};\n", "D ".repeat(30));
    module += "f : t : T |- Int = case t of {\n";
    for n in 0..30 {
        let column = |m| match m {
            _ if m == n => "A",
            _ if m == (n * 7 + 3) % 30 => "B",
            _ => "_",
        };
        module += &format!("T {} |- {n};\n", (0..30).map(column).collect::<Vec<_>>().join(" "));
    }
    check(&format!("{module}T {} |- 30; }};\n", "_ ".repeat(30)));
    check(&format!("{module}other |- 30; }};\n"));
    let last = "};\n".to_owned();
    check_rendered(
        &(module + &last),
        expect![[r#"
        error[missing-case]: the cases don't cover `T C C C B A C C C B A B C C _ A B C _ _ A B A _ _ _ B A _ _ _`
         --> A/src/M.oct:3:20
          |
        3 | f : t : T |- Int = case t of {
          |                    ^^^^
          |
          = help: add a case `T C C C B A C C C B A B C C _ A B C _ _ A B A _ _ _ B A _ _ _ |- …;`, or `_ |- …;` for all that is left

    "#]],
    );
}
