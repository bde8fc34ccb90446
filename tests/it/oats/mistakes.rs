//! Typical mistakes, and what is said about them.

use expect_test::{Expect, expect};

use crate::oats::world::{World, findings};

fn check(text: &str, expected: Expect) {
    let checked = World::default().check("P/main", text, false);
    expected.assert_eq(&findings(text, &checked));
}

#[test]
fn both_types_and_both_places_are_named() {
    check(
        "export function f(): number {\n    let x: number = \"five\";\n    return x;\n}\n",
        expect![[r#"
            2:21: error[type-mismatch]: `string` is given where `number` is expected
                2:12: `x` is declared as `number`
        "#]],
    );
}
