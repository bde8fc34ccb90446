//! Imports: what they bring, what other modules show, and who is to blame.

use expect_test::expect;
use oast_engine::source::render::Format;
use oast_engine::testing::{World, check_diagnostics};

use crate::octizys::{file, manifests};

const SHAPES: &str = "
public data Shape = Circle Int | Square;
public alias Shapes = List Shape;
public unit = Circle 1;
public area : shape : Shape |- Int = case shape of { Circle r |- scale r; Square |- 1; };
scale : r : Int |- Int = mul 3 r;
data Hidden = Secret;
public hidden = Secret;
";

/// A world with the module `A/Shapes`, and the module `B/M` with the text `module`.
fn world(module: &str) -> World {
    let shapes = file("A/src/Shapes.oct", SHAPES);
    World::new(&format!("{}{shapes}{}", manifests(&["A", "B"]), file("B/src/M.oct", module)))
}

#[test]
fn the_ways_to_import() {
    world(
        "
        import A/Shapes;
        import A/Shapes as Some/Shapes;
        import A.Shapes as S;
        import unqualified A/Shapes (area, Shape, Circle, Shapes,);
        a = A/Shapes/area A/Shapes/unit;
        b : Some/Shapes/Shape = Some/Shapes/Circle 1;
        c = case S/unit of { S/Circle r |- r; S/Square |- 0; };
        d : s : Shapes |- Int = area (Circle 1);
        e : Shape = S / unit;
        ",
    )
    .check_diagnostics();
}

#[test]
fn private_names_cannot_be_used_but_their_values_can() {
    world(
        "
        import A/Shapes as S;
        import unqualified A/Shapes (scale, Hidden, Circl, area);
        --                           ^^^^^ unknown-name
        --                                  ^^^^^^ unknown-name
        --                                          ^^^^^ unknown-name
        a = S/scale 1;
        --  ^^^^^^^ unknown-name
        b : S/Hidden = S/hidden;
        --  ^^^^^^^^ unknown-name
        c = S/Secret;
        --  ^^^^^^^^ unknown-name
        d = Cons S/hidden Nil;
        e = scale 1;
        f : Hidden = S/hidden;
        g = case area S/unit of { Circl r |- r; _ |- 1; };
        ",
    )
    .check_diagnostics();
}

#[test]
fn names_of_other_modules_that_do_not_exist() {
    let world = world(
        "
        import A/Shapes as Shapes;
        a = Shapes/aera Shapes/unit;
        b = Shape/area;
        c = A/Shapes/area;
        d = Shapes/nothing;
        e : Shapes/Shap = Shapes/unit;
        f = case Shapes/unit of { Shapes/Circl r |- r; _ |- 1; };
        g = case Shapes/unit of { Shapes/area r |- r; _ |- 1; };
        ",
    );
    expect![[r#"
        error[unknown-name]: `A/Shapes` exports no `aera`
         --> B/src/M.oct:2:5
          |
        2 | a = Shapes/aera Shapes/unit;
          |     ^^^^^^^^^^^
          |
        help: write `area`
          |
        2 - a = Shapes/aera Shapes/unit;
        2 + a = Shapes/area Shapes/unit;
          |

        error[unknown-name]: no import is called `Shape`
         --> B/src/M.oct:3:5
          |
        3 | b = Shape/area;
          |     ^^^^^^^^^^
          |
        help: write `Shapes/area`
          |
        3 | b = Shapes/area;
          |          +

        error[unknown-name]: no import is called `A/Shapes`
         --> B/src/M.oct:4:5
          |
        4 | c = A/Shapes/area;
          |     ^^^^^^^^^^^^^
          |
        help: write `Shapes/area`
          |
        4 - c = A/Shapes/area;
        4 + c = Shapes/area;
          |

        error[unknown-name]: `A/Shapes` exports no `nothing`
         --> B/src/M.oct:5:5
          |
        5 | d = Shapes/nothing;
          |     ^^^^^^^^^^^^^^
          |
          = help: private names can't be used by other modules

        error[unknown-name]: `A/Shapes` exports no `Shap`
         --> B/src/M.oct:6:5
          |
        6 | e : Shapes/Shap = Shapes/unit;
          |     ^^^^^^^^^^^
          |
        help: write `Shape`
          |
        6 | e : Shapes/Shape = Shapes/unit;
          |                +

        error[unknown-name]: `A/Shapes` exports no `Circl`
         --> B/src/M.oct:7:27
          |
        7 | f = case Shapes/unit of { Shapes/Circl r |- r; _ |- 1; };
          |                           ^^^^^^^^^^^^
          |
        help: write `Circle`
          |
        7 | f = case Shapes/unit of { Shapes/Circle r |- r; _ |- 1; };
          |                                       +

        error[not-a-constructor]: `area` is no constructor
         --> B/src/M.oct:8:27
          |
        8 | g = case Shapes/unit of { Shapes/area r |- r; _ |- 1; };
          |                           ^^^^^^^^^^^

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn where_nothing_is_public_everything_is() {
    check_diagnostics(&format!(
        "{}{}{}",
        manifests(&["A", "B"]),
        file("A/src/M.oct", "data T = C; f = C; g = f;"),
        file(
            "B/src/M.oct",
            "import unqualified A/M (T, C, f, g);\na : List T = Cons C (Cons f (Cons g Nil));"
        ),
    ));
}

#[test]
fn aliases_may_be_shared_as_long_as_each_use_means_one_thing() {
    let world = World::new(&format!(
        "{}{}{}{}",
        manifests(&["A", "B"]),
        file("A/src/One.oct", "one = 1; both = 1; data T = T1;"),
        file("A/src/Two.oct", "two = 2; both = 2; data T = T2;"),
        file(
            "B/src/M.oct",
            "
            import A/One as N;
            import A/Two as N;
            fine = add N/one N/two;
            unclear = N/both;
            type : N/T = N/T1;
            ",
        ),
    ));
    expect![[r#"
        error[ambiguous-name]: `N/both` may mean several things
         --> B/src/M.oct:4:11
          |
        1 | import A/One as N;
          |        ----- `A/One` has one
        2 | import A/Two as N;
          |        ----- `A/Two` has one
        3 | fine = add N/one N/two;
        4 | unclear = N/both;
          |           ^^^^^^
          |
          = help: import the modules under different names

        error[ambiguous-name]: `N/T` may mean several things
         --> B/src/M.oct:5:8
          |
        1 | import A/One as N;
          |        ----- `A/One` has one
        2 | import A/Two as N;
          |        ----- `A/Two` has one
        ...
        5 | type : N/T = N/T1;
          |        ^^^
          |
          = help: import the modules under different names

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn a_module_may_be_imported_twice() {
    world(
        "
        import A/Shapes as S;
        import A/Shapes as S;
        --     ^^^^^^^^ unused-import
        import unqualified A/Shapes (area);
        import unqualified A/Shapes (area);
        --                           ^^^^ duplicate-definition
        a = area S/unit;
        ",
    )
    .check_diagnostics();
}

#[test]
fn own_definitions_go_before_imported_ones() {
    world(
        "
        import unqualified A/Shapes (area, Shape, Circle);
        area = 1;
        --<^ shadowing
        data Shape = Circle;
        --   ^^^^^ shadowing
        --           ^^^^^^ shadowing
        a : Shape = Circle;
        b : Int = area;
        ",
    )
    .check_diagnostics();
}

#[test]
fn imports_that_lead_nowhere() {
    let world = World::new(&format!(
        "{}{}{}{}",
        manifests(&["A", "B"]).replace("[dependencies]\nA = \"1\"\n", "[dependencies]\n"),
        file("A/src/M.oct", "x = 1;"),
        file("B/src/Other.oct", "x = 1;"),
        file(
            "B/src/M.oct",
            "
            import B/Othre as O;
            import B/Far/Away;
            import A/M as A;
            import Beta/M;
            import Bb/M;
            import B/M;
            import unqualified B/Gone (x, T, C);
            f : t : T |- Int = case t of { C y |- y; _ |- x; };
            g = A/x;
            h = add O/x unheard;
            ",
        ),
    ));
    expect![[r#"
        error[unknown-module]: there is no module `B/Othre`
         --> B/src/M.oct:1:8
          |
        1 | import B/Othre as O;
          |        ^^^^^^^
          |
        help: write `B/Other`
          |
        1 - import B/Othre as O;
        1 + import B/Other as O;
          |

        error[unknown-module]: there is no module `B/Far/Away`
         --> B/src/M.oct:2:8
          |
        2 | import B/Far/Away;
          |        ^^^^^^^^^^
          |
          = help: the package `B` has no file for it

        error[missing-dependency]: the package `B` does not depend on `A`
         --> B/src/M.oct:3:8
          |
        3 | import A/M as A;
          |        ^^^
          |
          = help: add `A` to `[dependencies]` in `BPackage.toml`

        error[unknown-package]: there is no package `Beta`
         --> B/src/M.oct:4:8
          |
        4 | import Beta/M;
          |        ^^^^^^

        error[unknown-package]: there is no package `Bb`
         --> B/src/M.oct:5:8
          |
        5 | import Bb/M;
          |        ^^^^
          |
        help: write `B`
          |
        5 - import Bb/M;
        5 + import B/M;
          |

        error[self-import]: the module `B/M` imports itself
         --> B/src/M.oct:6:8
          |
        6 | import B/M;
          |        ^^^

        error[unknown-module]: there is no module `B/Gone`
         --> B/src/M.oct:7:20
          |
        7 | import unqualified B/Gone (x, T, C);
          |                    ^^^^^^
          |
          = help: the package `B` has no file for it

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn an_import_without_names_is_told() {
    world(
        "
        import unqualified A/Shapes ();
        --                          ^^ empty-import
        a = 1;
        ",
    )
    .check_diagnostics();
}

#[test]
fn a_broken_module_is_blamed_for_what_is_broken_in_it_alone() {
    check_diagnostics(&format!(
        "{}{}{}{}",
        manifests(&["A", "B"]),
        file(
            "A/src/Broken.oct",
            "
            public f = \\ x |- add x (;
            --                       ^ syntax
            public g : x : Int |- Int = add x (;
            --                                 ^ syntax
            public data T = C Int | D;
            lost
            --  ^ syntax
            ",
        )
        .replace("--  ^ syntax", "--<-- syntax")
        .replace("lost\n--<-- syntax", "lost lost;\n--   ^^^^ syntax"),
        file(
            "A/src/Circular.oct",
            "import A/Circular as C;\n--     ^^^^^^^^^^ self-import\nx = C/x;"
        ),
        file(
            "B/src/M.oct",
            "
            import A/Broken as Broken;
            import unqualified A/Broken (f, g, lost, Lost, T, C, D);
            a : Text = f 1;
            b : Int = f \"x\" 2;
            c = g \"x\";
            --    ^^^ type-mismatch
            d = lost 1;
            e = Broken/found 1;
            t : T = D;
            h = case D of { C n |- n; D |- 1; };
            i : Lost -> Int = \\ l |- l.field;
            j : Int = (Broken/found 2).field;
            ",
        ),
    ));
}

#[test]
fn circles_of_imports_are_shown_whole_and_their_members_are_not_blamed_for_more() {
    let world = World::new(&format!(
        "{}{}{}{}{}",
        manifests(&["A"]),
        file("A/src/One.oct", "import A/Two as Two;\none : Int = Two/two;"),
        file("A/src/Two.oct", "import A/Three as Three;\ntwo = add 1 Three/three;"),
        file("A/src/Three.oct", "import unqualified A/One (one);\nthree = one;"),
        file("A/src/User.oct", "import A/One as One;\nuse = add One/one (textLength One/missing);"),
    ));
    expect![[r#"
        error[import-cycle]: modules import each other in a circle: A/One → A/Two → A/Three → A/One
         --> A/src/One.oct:1:8
          |
        1 | import A/Two as Two;
          |        ^^^^^ `A/One` imports `A/Two`
          |
         ::: A/src/Two.oct:1:8
          |
        1 | import A/Three as Three;
          |        ------- `A/Two` imports `A/Three`
          |
         ::: A/src/Three.oct:1:20
          |
        1 | import unqualified A/One (one);
          |                    ----- `A/Three` imports `A/One`
          |
          = help: move what several of them need into a module of its own

        error[unknown-name]: `A/One` exports no `missing`
         --> A/src/User.oct:2:31
          |
        2 | use = add One/one (textLength One/missing);
          |                               ^^^^^^^^^^^
          |
          = help: private names can't be used by other modules

    "#]]
    .assert_eq(&world.rendered(Format::Human));
}

#[test]
fn a_file_that_no_import_could_name_is_told() {
    let world =
        World::new(&format!("{}//- /A/src/data.oct\n//- /A/src/of/M.oct\n", manifests(&["A"])));
    let codes: Vec<_> = world.diagnostics().into_iter().map(|it| it.code).collect();
    assert_eq!(codes, ["invalid-module-name", "invalid-module-name"]);
}
