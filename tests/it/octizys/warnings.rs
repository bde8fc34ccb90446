//! Warnings: what is not used, what can't be seen, and when nothing is said.

use expect_test::expect;
use oast_engine::testing::check_diagnostics;

use crate::octizys::{check, check_rendered, file, manifests};

#[test]
fn private_definitions_that_nothing_public_needs() {
    check(
        "
        public used = helper 1;
        helper = \\ n |- add n constant;
        constant = 1;
        lonely = constant;
        --<^^^ unused-definition
        ping = \\ n |- pong n;
        --<^ unused-definition
        pong = \\ n |- ping n;
        --<^ unused-definition
        main = 1;
        data Private = Never;
        alias Other = Private;
        ",
    );
}

#[test]
fn where_everything_is_exported_everything_is_used() {
    check("a = 1; b = 2;");
    check("public data T = C; a = C;\n--                 ^ unused-definition");
}

#[test]
fn locals() {
    check_rendered(
        "
        f = let unused = 1; used = 2; in used;
        ",
        expect![[r#"
            warning[unused-definition]: `unused` is not used
             --> A/src/M.oct:1:9
              |
            1 | f = let unused = 1; used = 2; in used;
              |         ^^^^^^

        "#]],
    );
    check(
        "
        f = \\ unused |- case Just 1 of { Just ignored |- 1; _ |- 2; };
        g = let loop = \\ n |- loop n; in 1;
        --      ^^^^ unused-definition
        ",
    );
}

#[test]
fn imports() {
    check_diagnostics(&format!(
        "{}{}{}",
        manifests(&["A", "B"]),
        file("A/src/M.oct", "x = 1; data T = C; y = C;"),
        file(
            "B/src/M.oct",
            "
            import A/M;
            --     ^^^ unused-import
            import A/M as Used;
            import A/M as Unused;
            --     ^^^ unused-import
            import unqualified A/M (x, y, T, C);
            --                      ^ unused-import
            --                            ^ unused-import
            a = y;
            b = case Used/y of { C |- 1; };
            ",
        ),
    ));
}

#[test]
fn shadowing() {
    check_rendered(
        "
        value = 1;
        f = \\ value |- value;
        ",
        expect![[r#"
            warning[shadowing]: `value` shadows another definition
             --> A/src/M.oct:2:7
              |
            1 | value = 1;
              | ----- this one can't be seen here
            2 | f = \ value |- value;
              |       ^^^^^

        "#]],
    );
    check(
        "
        g = \\ x |- let x = 1; in case x of { x |- x; };
        --             ^ shadowing
        --                                   ^ shadowing
        h = \\ x |- (\\ x |- x) x;
        --            ^ shadowing
        one = (\\ add |- add 1) (\\ n |- n);
        two = let Nil = 1; in Nil;
        ",
    );
}

#[test]
fn nothing_is_called_unused_in_a_module_that_could_not_be_read_whole() {
    check_diagnostics(&format!(
        "{}{}{}",
        manifests(&["A", "B"]),
        file("A/src/M.oct", "x = 1;"),
        file(
            "B/src/M.oct",
            "
            import unqualified A/M (x);
            public a = helper (x;
            --                  ^ syntax
            helper = \\ n |- n;
            ",
        ),
    ));
}
