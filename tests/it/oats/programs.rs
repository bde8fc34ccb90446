//! Programs of one module, one for each part of the language. What they show is what node shows, but for printing.

use expect_test::{Expect, expect};

use crate::oats::world::run_main;

/// Checks what the body of `main` shows, after these declarations.
fn check(items: &str, body: &str, expected: Expect) {
    let text = format!("{items}\nexport function main(): void {{\n{body}\n}}\n");
    expected.assert_eq(&run_main(&text));
}

#[test]
fn printing() {
    check(
        "",
        r#"println("a", 1, true, null, undefined); console.log([1, 2, 3]); println(0.1 + 0.2, " ", 1e21, " ", -0);
           println({ x: 1, y: "a" }); print_f64(1.5); print_str("s"); print_str_no_nl("t"); print_newline();"#,
        expect![[""]],
    );
}
