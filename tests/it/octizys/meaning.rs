//! What modules mean, in the text form of the common representation.

use expect_test::{Expect, expect};
use oast_engine::compile::{intermediate, modules_of, position_record};
use oast_engine::ir::{ioct, text_with_lines};
use oast_engine::testing::World;

use crate::octizys::{file, manifests, world};

/// Checks what the module `A/M` of a world means. (That the verifier accepts it is an assertion of the engine.)
#[track_caller]
fn check_world(world: &World, expect: Expect) {
    world.check_diagnostics();
    let root = world.file("/project.toml");
    let mut modules = modules_of(&world.session, root, world.file("/A/APackage.toml"));
    let module = modules.find(|it| it.path(&world.session).as_str() == "A/M").unwrap();
    let meaning = intermediate(&world.session, module).as_ref().unwrap();
    let positions = position_record(&world.session, module).as_ref().unwrap();
    let meaning = ioct::decode_meaning(meaning).unwrap();
    expect.assert_eq(&text_with_lines(&meaning, &ioct::decode_positions(positions).unwrap()));
}

#[track_caller]
fn check(module: &str, expect: Expect) {
    check_world(&world(module), expect);
}

#[test]
fn functions_constants_and_calls() {
    check(
        "
        public fact : n : Int |- Int =
          if lt n 2 then 1 else mul n (fact (minus n 1));
        seven = add 3 4;
        public partly = add seven;
        public other : Int -> Int -> Int = \\ a, b |- fact (partly (ge a b));
        "
        .replace("fact (partly (ge a b))", "if ge a b then fact a else partly b")
        .as_str(),
        expect![[r#"
            module A/M

            public fn fact(n: Int): Int @1 =
              if n < 2 then 1 else n * fact(n - 1 @2) @2

            let seven: Int @3 =
              3 + 4 @3

            public let partly: (Int) -> Int @4 =
              (fn(%1: Int, %2: Int) -> %1 + %2 @4).(seven)

            public fn other(a: Int, b: Int): Int @5 =
              if not(a < b) then fact(a) else partly.(b)
        "#]],
    );
}

#[test]
fn polymorphism_is_by_type_variables() {
    check(
        "
        compose = \\ f, g, x |- f (g x);
        konst : forall a b . x : a, _ : b |- a = x;
        used = compose (konst 1) not True;
        ",
        expect![[r#"
            module A/M

            public fn compose[a, b, c](f: (a) -> b, g: (c) -> a, x: c): b @1 =
              f.(g.(x))

            public fn konst[a, b](x: a, %1: b): a @2 =
              x

            public let used: Int @3 =
              compose(konst.(1), fn(%1: Bool) -> not(%1), true)
        "#]],
    );
}

#[test]
fn variants_cases_and_literals() {
    check(
        r#"
        data Shape = Circle Int | Rect { w : Int, h : Int } | Nowhere;
        area : shape : Shape |- Int = case shape of {
          Circle 0 |- 0;
          Circle r |- mul 3 (mul r r);
          Rect sides |- mul sides.w sides.h;
          Nowhere |- 0;
        };
        name : t : Text, u : Unit |- Text = case t of { "\u{41}\n" |- "A"; _ |- textAppend t "!" };
        make = Circle;
        unit = Unit;
        "#,
        expect![[r#"
            module A/M

            variant Shape
              Circle(Int)
              Rect({h: Int, w: Int})
              Nowhere()

            public fn area(shape: Shape): Int @2 =
              match shape
              | Shape.Circle(0) -> 0
              | Shape.Circle(r) -> 3 * (r * r @4) @4
              | Shape.Rect(sides) -> sides.w * sides.h @5
              | Shape.Nowhere -> 0

            public fn name(t: Text, u: Unit): Text @8 =
              match t
              | "A\n" -> "A"
              | _ -> t ++ "!"

            public let make: (Int) -> Shape @9 =
              fn(%1: Int) -> Shape.Circle(%1)

            public let unit: Unit @10 =
              ()
        "#]],
    );
}

#[test]
fn records_keep_the_order_in_which_they_are_written() {
    check(
        "
        alias Point = { y : Int, x : Int };
        make : a : Int |- Point = { y = add a 1, x = mul a 2 };
        sum = \\ point |- let both = add point.x point.y; in minus both (norm point);
        norm : p : Point |- Int = p.x;
        ",
        expect![[r#"
            module A/M

            alias Point
              {x: Int, y: Int}

            public fn make(a: Int): {x: Int, y: Int} @2 =
              {y = a + 1 @2, x = a * 2 @2}

            public fn sum(point: {x: Int, y: Int}): Int @3 =
              let both: Int = point.x + point.y @3
              both - norm(point) @3

            public fn norm(p: {x: Int, y: Int}): Int @4 =
              p.x
        "#]],
    );
}

#[test]
fn local_definitions() {
    check(
        "
        f = \\ n |- let
            same = \\ x |- x;
            loop : k : Int |- Int = if eq k 0 then n else loop (minus k 1);
            pair = same loop;
          in pair (same 3);
        ",
        expect![[r#"
            module A/M

            public fn f[a](n: Int): Int @1 =
              let same: (a) -> a = fn(x: a) -> x
              letrec
                loop: (Int) -> Int = fn(k: Int) -> if k == 0 then n else loop.(k - 1 @3)
              let pair: (Int) -> Int = same.(loop)
              pair.(same.(3))
        "#]],
    );
}

#[test]
fn what_is_imported_is_named_in_full() {
    let world = World::new(&format!(
        "{}{}{}",
        manifests(&["A"]),
        file(
            "A/src/Base.oct",
            "public data T a = C a; alias Hidden = T Int; public f : t : Hidden |- Int = 1;"
        ),
        file(
            "A/src/M.oct",
            "
            import A/Base as B;
            import unqualified A/Base (T, C);
            g : T Int = C 1;
            h = case g of { B/C n |- B/f (B/C n) };
            ",
        ),
    ));
    check_world(
        &world,
        expect![[r#"
        module A/M

        public let g: A/Base/T[Int] @3 =
          A/Base/T.0(1)

        public let h: Int @4 =
          match g
          | A/Base/T.0(n) -> A/Base/f(A/Base/T.0(n))
    "#]],
    );
}

#[test]
fn a_module_without_definitions_means_nothing() {
    check(
        "-- empty",
        expect![[r#"
        module A/M
    "#]],
    );
}

#[test]
fn comments_and_layout_are_no_part_of_the_meaning() {
    let of = |module: &str| {
        let world = world(module);
        let package = world.file("/A/APackage.toml");
        let module =
            modules_of(&world.session, world.file("/project.toml"), package).next().unwrap();
        let meaning = intermediate(&world.session, module).clone().unwrap();
        (meaning, position_record(&world.session, module).clone().unwrap())
    };
    let (meaning, positions) = of("f = \\ x |- add x 1; g = f 2;");
    let (same, moved) = of("-- moved\nf =\r\n\t\\ x |- {- here -} (add (x) 1);\n\ng = (f 2);");
    assert_eq!(meaning, same);
    assert_ne!(positions, moved);
}

#[test]
fn a_module_with_an_error_means_nothing() {
    for module in ["a = b;", "a = 1 2;", "a = case 1 of { 1 |- 2; };", "a = ;", "a = 1"] {
        let world = world(module);
        let package = world.file("/A/APackage.toml");
        let module =
            modules_of(&world.session, world.file("/project.toml"), package).next().unwrap();
        assert!(intermediate(&world.session, module).is_none());
    }
}
