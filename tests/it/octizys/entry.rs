//! What a program runs, and what it writes.

use expect_test::expect;
use oast_engine::source::render::Format;
use oast_engine::testing::World;

use crate::octizys::file;

/// A program whose main module has this text.
fn program(module: &str) -> World {
    World::new(&format!(
        "//- /APackage.toml\n[package]\nversion = \"1.0.0\"\nmain = \"Main\"\n{}",
        file("src/Main.oct", module)
    ))
}

#[test]
fn a_program_has_a_main() {
    expect![[r#"
        error[no-main]: this module is what the program runs, but it defines no `main`
         --> src/Main.oct:1:1
          |
        1 | start = 1;
          | ^
          |
          = help: define one: `main : Text = "Hello";`

    "#]]
    .assert_eq(&program("start = 1;").rendered(Format::Human));
    expect![[r#"
        error[no-main]: this module is what the program runs, but it defines no `main`
         --> src/Main.oct:1:1
          |
        1 |
          | ^
          |
          = help: define one: `main : Text = "Hello";`

    "#]]
    .assert_eq(&program("").rendered(Format::Human));
}

#[test]
fn its_main_is_a_value_that_can_be_written() {
    expect![[r#"
        error[main-is-a-function]: `main` must be a value, but it is a function: `Int -> Int`
         --> src/Main.oct:1:1
          |
        1 | main : n : Int |- Int = n;
          | ^^^^

    "#]]
    .assert_eq(&program("main : n : Int |- Int = n;").rendered(Format::Human));
    expect![[r#"
        error[main-is-a-function]: `main` must be a value, but it is a function: `a -> a`
         --> src/Main.oct:1:1
          |
        1 | main = \ n |- n;
          | ^^^^

    "#]]
    .assert_eq(&program("main = \\ n |- n;").rendered(Format::Human));
    expect![[r#"
        error[unprintable-main]: the value of `main` can't be written: a function is part of it
         --> src/Main.oct:1:1
          |
        1 | main = add 1;
          | ^^^^

    "#]]
    .assert_eq(&program("main = add 1;").rendered(Format::Human));
    expect![[r#"
        error[unprintable-main]: the value of `main` can't be written: a function is part of it
         --> src/Main.oct:1:1
          |
        1 | main = Just { f = add };
          | ^^^^

    "#]]
    .assert_eq(&program("main = Just { f = add };").rendered(Format::Human));
}

#[test]
fn all_that_has_a_way_to_be_written_is_fine() {
    for main in [
        "main = 1;",
        "main = \"text\";",
        "main = Unit;",
        "main = Nil;",
        "main = Cons \"line\" Nil;",
        "main = Cons (Just { a = True, b = Cons 1 Nil }) Nil;",
        "data T a = Leaf | Node (T a) a (T a); public main = Node Leaf 1 Leaf;",
        "public other = 1; main = 2;",
    ] {
        program(main).check_diagnostics();
    }
}

#[test]
fn a_type_that_grows_without_end_cannot_be_written() {
    let world = program("data Nest a = Flat a | Deep (Nest (Maybe a)); main = Flat 1;");
    expect![[r#"
        error[unprintable-main]: the value of `main` can't be written: its type is made of too many others
         --> src/Main.oct:1:47
          |
        1 | data Nest a = Flat a | Deep (Nest (Maybe a)); main = Flat 1;
          |                                               ^^^^

    "#]].assert_eq(&world.rendered(Format::Human));
}

#[test]
fn a_main_that_could_not_be_read_is_not_called_missing() {
    program("main = add 1 (;\n--            ^ syntax").check_diagnostics();
}
