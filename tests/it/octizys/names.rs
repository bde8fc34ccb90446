//! What names mean, and what is told where they mean nothing or too much.

use expect_test::expect;

use crate::octizys::{check, check_rendered};

#[test]
fn a_name_that_means_nothing_is_told_once_with_the_nearest() {
    check_rendered(
        "
        data Shape = Circle Int;
        area : shape : Shap |- Int = case shape of { Circel r |- mul r r; };
        twice = \\ value |- ad valeu value;
        other = ad 1 2;
        plain = nowhere;
        ",
        expect![[r#"
            error[unknown-name]: unknown type `Shap`
             --> A/src/M.oct:2:16
              |
            2 | area : shape : Shap |- Int = case shape of { Circel r |- mul r r; };
              |                ^^^^
              |
            help: write `Shape`
              |
            2 | area : shape : Shape |- Int = case shape of { Circel r |- mul r r; };
              |                    +

            error[unknown-name]: unknown constructor `Circel`
             --> A/src/M.oct:2:46
              |
            2 | area : shape : Shap |- Int = case shape of { Circel r |- mul r r; };
              |                                              ^^^^^^
              |
            help: write `Circle`
              |
            2 - area : shape : Shap |- Int = case shape of { Circel r |- mul r r; };
            2 + area : shape : Shap |- Int = case shape of { Circle r |- mul r r; };
              |

            error[unknown-name]: unknown name `ad`
             --> A/src/M.oct:3:20
              |
            3 | twice = \ value |- ad valeu value;
              |                    ^^
              |
            help: write `add`
              |
            3 | twice = \ value |- add valeu value;
              |                      +

            error[unknown-name]: unknown name `valeu`
             --> A/src/M.oct:3:23
              |
            3 | twice = \ value |- ad valeu value;
              |                       ^^^^^
              |
            help: write `value`
              |
            3 - twice = \ value |- ad valeu value;
            3 + twice = \ value |- ad value value;
              |

            error[unknown-name]: unknown name `nowhere`
             --> A/src/M.oct:5:9
              |
            5 | plain = nowhere;
              |         ^^^^^^^
              |
            help: write `other`
              |
            5 - plain = nowhere;
            5 + plain = other;
              |

        "#]],
    );
}

#[test]
fn type_variables_are_introduced() {
    check_rendered(
        "
        f : x : a |- a = x;
        data Box = Box a;
        alias Pair a a = { left : a };
        g : forall a a . x : a |- a = x;
        ",
        expect![[r#"
            error[unknown-name]: unknown type `a`
             --> A/src/M.oct:2:16
              |
            2 | data Box = Box a;
              |                ^
              |
              = help: a type variable must be introduced: `data T a = …`, or `f : forall a . …`

            error[duplicate-definition]: the type variable `a` is introduced twice
             --> A/src/M.oct:3:14
              |
            3 | alias Pair a a = { left : a };
              |              ^

            error[duplicate-definition]: the type variable `a` is introduced twice
             --> A/src/M.oct:4:14
              |
            4 | g : forall a a . x : a |- a = x;
              |              ^

        "#]],
    );
}

#[test]
fn nothing_is_defined_twice() {
    check(
        "
        data Shape = Circle | Square;
        data Shape = Round | Circle;
        --   ^^^^^ duplicate-definition
        --                   ^^^^^^ duplicate-definition
        alias Shape = Int;
        --    ^^^^^ duplicate-definition
        value = 1;
        value = 2;
        --<^^ duplicate-definition
        Circle = 3;
        --<^^^ duplicate-definition
        f = \\ x, x |- x;
        --       ^ duplicate-definition
        g = case Just value of { Just x |- x; Nothing |- 1; };
        h = case Cons 1 Nil of { Cons x x |- 1; Nil |- 1; };
        --                              ^ duplicate-definition
        record = { a = 1, a = 2 };
        --                ^ duplicate-field
        typed : { a : Int, a : Int } = { a = 1 };
        --                 ^ duplicate-field
        ",
    );
}

#[test]
fn the_second_of_two_points_at_the_first() {
    check_rendered(
        "
        value = 1;
        value = 2;
        ",
        expect![[r#"
            error[duplicate-definition]: `value` is defined twice in this module
             --> A/src/M.oct:2:1
              |
            1 | value = 1;
              | ----- first defined here
            2 | value = 2;
              | ^^^^^

        "#]],
    );
}

#[test]
fn a_let_may_redefine_what_it_has_defined() {
    check(
        "
        f = let x = 1; x = add x 1; in x;
        --             ^ shadowing
        --                     ^ recursive-value
        --      ^ unused-definition
        ",
    );
}

#[test]
fn the_words_of_the_language_cannot_be_redefined_and_the_prelude_can() {
    check(
        "
        data Int = Int;
        --   ^^^ reserved-name
        --         ^^^ reserved-name
        alias Bool = Int;
        --    ^^^^ reserved-name
        f : Int |- Int = 3;
        --  ^^^ reserved-name
        data Text = Text Int;
        data List a = Nil | More a;
        add : x : Int, y : Int |- Int = minus x (neg y);
        text : Text = Text 3;
        list : List Int = More (add 1 2);
        ",
    );
}

#[test]
fn values_types_and_fields_are_kept_apart() {
    check(
        "
        data point = point { point : Int };
        alias value = point;
        value : value = point { point = 1 };
        ",
    );
}

#[test]
fn names_are_unicode_letters() {
    check(
        "
        größe = 1;
        数 = größe;
        x_1 = 数;
        e\u{301} = 1;
        --<-- unexpected-character
        "
        .replace("--<--", "--<1-2")
        .as_str(),
    );
}
