//! Types: what is inferred, and how a person is told that two of them don't agree.

use expect_test::expect;
use oast_engine::source::render::Format;
use oast_engine::testing::{World, check_diagnostics};

use crate::octizys::{check, check_rendered, file, manifests};

#[test]
fn arguments_of_the_wrong_type() {
    check_rendered(
        r#"
        data Shape = Circle Int | Rect Int Int;
        greet : name : Text, times : Int |- Text = textAppend name (intToText times);
        swapped = greet 1 "x";
        circle = Circle "big";
        sum = add 1 "2";
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:3:17
              |
            2 | greet : name : Text, times : Int |- Text = textAppend name (intToText times);
              | ----- argument 1 of `greet` must be `Text`
            3 | swapped = greet 1 "x";
              |                 ^ this is `Int`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:3:19
              |
            2 | greet : name : Text, times : Int |- Text = textAppend name (intToText times);
              | ----- argument 2 of `greet` must be `Int`
            3 | swapped = greet 1 "x";
              |                   ^^^ this is `Text`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:4:17
              |
            1 | data Shape = Circle Int | Rect Int Int;
              |              ------ argument 1 of `Circle` must be `Int`
            ...
            4 | circle = Circle "big";
              |                 ^^^^^ this is `Text`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:5:13
              |
            5 | sum = add 1 "2";
              |             ^^^ this is `Text`
              |
              = help: argument 2 of `add` must be `Int`

        "#]],
    );
}

#[test]
fn too_many_arguments() {
    check_rendered(
        r#"
        double : x : Int |- Int = add x x;
        own = double 1 2;
        builtin = ge 1 2 3;
        constructor = Just 1 2;
        number = 1 2;
        "#,
        expect![[r#"
            error[not-a-function]: too many arguments: 2 where 1 argument can be taken
             --> A/src/M.oct:2:16
              |
            2 | own = double 1 2;
              |       -------- ^ this is one too many
              |       |
              |       this is `Int`

            error[not-a-function]: too many arguments: 3 where 2 arguments can be taken
             --> A/src/M.oct:3:18
              |
            3 | builtin = ge 1 2 3;
              |           ------ ^ this is one too many
              |           |
              |           this is `Bool`

            error[not-a-function]: too many arguments: 2 where 1 argument can be taken
             --> A/src/M.oct:4:22
              |
            4 | constructor = Just 1 2;
              |               ------ ^ this is one too many
              |               |
              |               this is `Maybe Int`

            error[not-a-function]: what is applied here is no function
             --> A/src/M.oct:5:12
              |
            5 | number = 1 2;
              |          - ^ applied to this
              |          |
              |          this is `Int`

        "#]],
    );
}

#[test]
fn too_few_arguments() {
    check_rendered(
        r#"
        join : a : Text, b : Text |- Text = textAppend a b;
        main : Text = join "a";
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Text`, found `Text -> Text`
             --> A/src/M.oct:2:15
              |
            2 | main : Text = join "a";
              | ----          ^^^^^^^^ this is `Text -> Text`
              | |
              | `main` is declared as `Text`
              |
              = help: this is a function that lacks 1 argument

        "#]],
    );
}

#[test]
fn branches_and_cases_that_disagree() {
    check_rendered(
        r#"
        condition = if 1 then 2 else 3;
        branches = if True then 2 else "two";
        cases = case Just 1 of { Just x |- x; Nothing |- "none"; };
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Bool`, found `Int`
             --> A/src/M.oct:1:16
              |
            1 | condition = if 1 then 2 else 3;
              |             -- ^ this is `Int`
              |             |
              |             the condition of this `if` must be a `Bool`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:2:32
              |
            2 | branches = if True then 2 else "two";
              |                         -      ^^^^^ this is `Text`
              |                         |
              |                         the other branch is `Int`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:3:50
              |
            3 | cases = case Just 1 of { Just x |- x; Nothing |- "none"; };
              |                                    -             ^^^^^^ this is `Text`
              |                                    |
              |                                    the first case is `Int`

        "#]],
    );
}

#[test]
fn patterns_that_do_not_fit() {
    check_rendered(
        r#"
        literal = case "a" of { 1 |- 1; _ |- 2; };
        constructor = case 1 of { Nil |- 1; _ |- 2; };
        inside = case Cons 1 Nil of { Cons "a" _ |- 1; _ |- 2; };
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:1:25
              |
            1 | literal = case "a" of { 1 |- 1; _ |- 2; };
              |                ---      ^ this pattern is for `Int`
              |                |
              |                what is matched is `Text`

            error[type-mismatch]: expected `Int`, found `List a`
             --> A/src/M.oct:2:27
              |
            2 | constructor = case 1 of { Nil |- 1; _ |- 2; };
              |                    -      ^^^ this pattern is for `List a`
              |                    |
              |                    what is matched is `Int`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:3:36
              |
            3 | inside = case Cons 1 Nil of { Cons "a" _ |- 1; _ |- 2; };
              |               ----------           ^^^ this pattern is for `Text`
              |               |
              |               what is matched is `List Int`

        "#]],
    );
}

#[test]
fn bodies_that_are_not_what_is_declared() {
    check_rendered(
        r#"
        constant : Int = "x";
        function : x : Int |- Text = add x 1;
        lambda : Int -> Int = \ x, y |- add x y;
        ascribed = textLength (1 : Text);
        local = let f : x : Int |- Int = "x"; in f 1;
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:1:18
              |
            1 | constant : Int = "x";
              | --------         ^^^ this is `Text`
              | |
              | `constant` is declared as `Int`

            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:2:30
              |
            2 | function : x : Int |- Text = add x 1;
              |                       ----   ^^^^^^^ this is `Int`
              |                       |
              |                       annotated as `Text`

            error[type-mismatch]: expected `Int -> Int`, found `Int -> Int -> Int`
             --> A/src/M.oct:3:25
              |
            3 | lambda : Int -> Int = \ x, y |- add x y;
              | ------                  ^^^^^^^^^^^^^^^ this is `Int -> Int -> Int`
              | |
              | `lambda` is declared as `Int -> Int`

            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:4:24
              |
            4 | ascribed = textLength (1 : Text);
              |                        ^   ---- annotated as `Text`
              |                        |
              |                        this is `Int`

            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:5:34
              |
            5 | local = let f : x : Int |- Int = "x"; in f 1;
              |                            ---   ^^^ this is `Text`
              |                            |
              |                            annotated as `Int`

        "#]],
    );
}

#[test]
fn a_type_variable_is_the_choice_of_the_caller() {
    check_rendered(
        r#"
        f : forall a . x : a |- Int = add x 1;
        g : forall a b . x : a, y : b |- a = y;
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Int`, found `a`
             --> A/src/M.oct:1:35
              |
            1 | f : forall a . x : a |- Int = add x 1;
              |                                   ^ this is `a`
              |
              = help: `a` stands for any type that a caller chooses
              = help: argument 1 of `add` must be `Int`

            error[type-mismatch]: expected `a`, found `b`
             --> A/src/M.oct:2:38
              |
            2 | g : forall a b . x : a, y : b |- a = y;
              |                                  -   ^ this is `b`
              |                                  |
              |                                  annotated as `a`
              |
              = help: `b` stands for any type that a caller chooses

        "#]],
    );
}

#[test]
fn types_that_contain_themselves() {
    check_rendered(
        r#"
        omega = \ x |- x x;
        alias L = Maybe L;
        alias A = B;
        alias B = { a : A };
        "#,
        expect![[r#"
            error[recursive-type]: recursive types are forbidden: `a -> b` would be `a`
             --> A/src/M.oct:1:18
              |
            1 | omega = \ x |- x x;
              |                  ^ this would have to contain itself

            error[cyclic-alias]: the alias `L` stands for itself
             --> A/src/M.oct:2:7
              |
            2 | alias L = Maybe L;
              |       ^
              |
              = help: define a new type with `data`

            error[cyclic-alias]: the alias `A` stands for itself
             --> A/src/M.oct:3:7
              |
            3 | alias A = B;
              |       ^
              |
              = help: define a new type with `data`

        "#]],
    );
}

#[test]
fn a_recursive_function_has_one_type() {
    check_rendered(
        r#"
        f = \ n |- textAppend (f 1) (f "x");
        "#,
        expect![[r#"
            error[type-mismatch]: expected `Int`, found `Text`
             --> A/src/M.oct:1:32
              |
            1 | f = \ n |- textAppend (f 1) (f "x");
              | -                              ^^^ this is `Text`
              | |
              | argument 1 of `f` must be `Int`

        "#]],
    );
}

#[test]
fn fields() {
    check_rendered(
        r#"
        alias Point = { x : Int, y : Int };
        misspelt : p : Point |- Int = p.xx;
        missing : p : Point |- Int = p.height;
        number = (1).x;
        empty = {}.x;
        unknown = \ p |- p.x;
        wider : Point = { x = 1, y = 2, z = 3 };
        mistyped : p : Point |- Text = p.x;
        "#,
        expect![[r#"
            error[unknown-field]: this record has no field `xx`
             --> A/src/M.oct:2:33
              |
            2 | misspelt : p : Point |- Int = p.xx;
              |                                 ^^
              |
            help: write `x`
              |
            2 - misspelt : p : Point |- Int = p.xx;
            2 + misspelt : p : Point |- Int = p.x;
              |

            error[unknown-field]: this record has no field `height`
             --> A/src/M.oct:3:32
              |
            3 | missing : p : Point |- Int = p.height;
              |                                ^^^^^^
              |
              = help: it has `x`, `y`

            error[not-a-record]: `Int` is no record, so it has no field `x`
             --> A/src/M.oct:4:14
              |
            4 | number = (1).x;
              |           -  ^
              |           |
              |           this is `Int`

            error[unknown-field]: this record has no field `x`
             --> A/src/M.oct:5:12
              |
            5 | empty = {}.x;
              |            ^
              |
              = help: it has no fields at all

            error[unknown-record]: the type of the record whose `x` this is must be known here
             --> A/src/M.oct:6:18
              |
            6 | unknown = \ p |- p.x;
              |                  ^^^
              |
              = help: annotate the parameter that the record comes from with its type

            error[type-mismatch]: expected `{ x : Int, y : Int }`, found `{ x : Int, y : Int, z : Int }`
             --> A/src/M.oct:7:17
              |
            7 | wider : Point = { x = 1, y = 2, z = 3 };
              | -----           ^^^^^^^^^^^^^^^^^^^^^^^ this is `{ x : Int, y : Int, z : Int }`
              | |
              | `wider` is declared as `{ x : Int, y : Int }`

            error[type-mismatch]: expected `Text`, found `Int`
             --> A/src/M.oct:8:32
              |
            8 | mistyped : p : Point |- Text = p.x;
              |                         ----   ^^^ this is `Int`
              |                         |
              |                         annotated as `Text`

        "#]],
    );
}

#[test]
fn the_record_of_a_field_may_become_known_later() {
    check(
        "
        alias Point = { x : Int, y : Int };
        direct = { a = { b = 1 } }.a.b;
        later = \\ p |- let x = p.x; in add x (norm p);
        norm : p : Point |- Int = add p.x p.y;
        through = let get = \\ p |- add p.x (norm p); in get { x = 1, y = 2 };
        mutual : p : Point |- Int = if eq p.x 0 then 1 else back p;
        back = \\ p |- add p.y (mutual p);
        ",
    );
}

#[test]
fn kinds_of_types() {
    check_rendered(
        "
        a : List = Nil;
        b : Int Int = 3;
        c : Maybe Int Int = Nothing;
        d : (Int -> Int) Int = 3;
        e : forall f . f Int = 3;
        ",
        expect![[r#"
            error[type-arguments]: `List` takes 1 type argument, but 0 are given
             --> A/src/M.oct:1:5
              |
            1 | a : List = Nil;
              |     ^^^^

            error[type-arguments]: `Int` takes 0 type arguments, but 1 are given
             --> A/src/M.oct:2:5
              |
            2 | b : Int Int = 3;
              |     ^^^

            error[type-arguments]: `Maybe` takes 1 type argument, but 2 are given
             --> A/src/M.oct:3:5
              |
            3 | c : Maybe Int Int = Nothing;
              |     ^^^^^

            error[type-arguments]: only a named type can be applied to types
             --> A/src/M.oct:4:5
              |
            4 | d : (Int -> Int) Int = 3;
              |     ^^^^^^^^^^^^^^^^

            error[type-arguments]: `f` takes 0 type arguments, but 1 are given
             --> A/src/M.oct:5:16
              |
            5 | e : forall f . f Int = 3;
              |                ^

        "#]],
    );
}

#[test]
fn let_definitions_are_as_general_as_they_can_be() {
    check(
        r#"
        data Pair a b = Pair a b;
        both = let same = \ x |- x; in Pair (same 1) (same "one");
        outer = \ x |- let konst = \ y |- x; in Pair (konst 1) (konst "one");
        recursive = let last = \ list |- case list of {
            Cons x Nil |- Just x; Cons _ rest |- last rest; Nil |- Nothing; };
          in Pair (last (Cons 1 Nil)) (last (Cons "a" Nil));
        chosen = let pair : forall t . x : t |- Pair t t = Pair x x; in Pair (pair 1) (pair "a");
        "#,
    );
    check(
        r#"
        data Pair a b = Pair a b;
        f = \ id |- Pair (id 1) (id "one");
        --                          ^^^^^ type-mismatch
        g = \ x |- let y = x; in Pair (add y 1) (textAppend y "a");
        --                                                  ^ type-mismatch
        "#,
    );
}

#[test]
fn polymorphic_recursion_needs_and_heeds_a_signature() {
    check(
        "
        data Nest a = Flat a | Deep (Nest (Maybe a));
        depth : forall a . nest : Nest a |- Int = case nest of {
          Flat _ |- 0;
          Deep inner |- add 1 (depth inner);
        };
        ",
    );
    check_rendered(
        "
        data Nest a = Flat a | Deep (Nest (Maybe a));
        depth = \\ nest |- case nest of { Flat _ |- 0; Deep inner |- depth inner; };
        ",
        expect![[r#"
            error[recursive-type]: recursive types are forbidden: `Nest a -> Int` would be `Nest (Maybe a) -> Int`
             --> A/src/M.oct:2:11
              |
            2 | depth = \ nest |- case nest of { Flat _ |- 0; Deep inner |- depth inner; };
              |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this would have to contain itself
              |
              = help: a function that uses itself at another type must declare its own

        "#]],
    );
}

#[test]
fn definitions_are_mutually_recursive_whatever_their_order() {
    check(
        "
        even = \\ n |- if eq n 0 then True else odd (minus n 1);
        odd = \\ n |- if eq n 0 then False else even (minus n 1);
        use : Bool = even start;
        start = 10;
        ",
    );
}

#[test]
fn types_of_the_same_name_are_told_apart() {
    let world = World::new(&format!(
        "{}{}{}{}",
        manifests(&["A", "B"]),
        file("A/src/Color.oct", "data Color = Red; red = Red;"),
        file("A/src/Light.oct", "data Color = Green; isGreen : c : Color |- Bool = True;"),
        file(
            "B/src/M.oct",
            "
            import A/Color as C;
            import A/Light as L;
            wrong = L/isGreen C/red;
            ",
        ),
    ));
    expect![[r#"
        error[type-mismatch]: expected `A/Light/Color`, found `A/Color/Color`
         --> B/src/M.oct:3:19
          |
        3 | wrong = L/isGreen C/red;
          |                   ^^^^^ this is `A/Color/Color`
          |
         ::: A/src/Light.oct:1:21
          |
        1 | data Color = Green; isGreen : c : Color |- Bool = True;
          |                     ------- argument 1 of `isGreen` must be `A/Light/Color`

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn the_definition_in_another_module_is_shown() {
    let world = World::new(&format!(
        "{}{}{}",
        manifests(&["A", "B"]),
        file(
            "A/src/Text.oct",
            "-- Texts.\npublic twice : text : Text |- Text = textAppend text text;"
        ),
        file("B/src/M.oct", "import A/Text as T;\nwrong = T/twice 1;"),
    ));
    expect![[r#"
        error[type-mismatch]: expected `Text`, found `Int`
         --> B/src/M.oct:2:17
          |
        2 | wrong = T/twice 1;
          |                 ^ this is `Int`
          |
         ::: A/src/Text.oct:2:8
          |
        2 | public twice : text : Text |- Text = textAppend text text;
          |        ----- argument 1 of `twice` must be `Text`

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn variables_in_messages_are_not_those_of_the_program() {
    check_rendered(
        "
        f : forall a . x : a |- Int = case x of { Just y |- 1; Nothing |- 2; };
        ",
        expect![[r#"
            error[type-mismatch]: expected `a`, found `Maybe b`
             --> A/src/M.oct:1:43
              |
            1 | f : forall a . x : a |- Int = case x of { Just y |- 1; Nothing |- 2; };
              |                                    -      ^^^^^^ this pattern is for `Maybe b`
              |                                    |
              |                                    what is matched is `a`

        "#]],
    );
}

#[test]
fn one_mistake_does_not_spoil_what_uses_the_definition() {
    check_diagnostics(&format!(
        "{}{}{}",
        manifests(&["A", "B"]),
        file(
            "A/src/M.oct",
            r#"
            public declared : x : Int |- Int = textLength x;
            --                                            ^ type-mismatch
            public inferred = \ x |- missing x;
            --                       ^^^^^^^ unknown-name
            public user = textAppend (inferred "x") (intToText (declared 1));
            "#,
        ),
        file(
            "B/src/M.oct",
            r#"
            import unqualified A/M (declared, inferred, user);
            a : Text = user;
            b = declared "x";
            --           ^^^ type-mismatch
            c : Int = inferred 1;
            "#,
        ),
    ));
}
