//! What runs again after an edit of an Oats module.

use expect_test::{Expect, expect};

use crate::known::Known;

/// `main` imports `lib`, which has private things too.
const WORLD: &str = r#"
//- /app/Oats.toml
[package]
name = "app"
version = "0.1.0"
entry = "src/main.oats"
//- /app/src/main.oats
import { Box, size } from "./lib";
export function main(): void { println(size(new Box("a"))); }
//- /app/src/lib.oats
type Hidden = { text: string };
function helper(hidden: Hidden): number { return hidden.text.length; }
class Base { private hidden: Hidden = { text: "b" }; protected first: number = 1; }
export class Box extends Base { constructor(readonly text: string) { super(); } }
export function size(box: Box): number { return helper({ text: box.text }); }
"#;

/// What runs again where `old` in the module `lib` becomes `new`.
#[track_caller]
fn check_edit(old: &str, new: &str, expect: Expect) {
    Known::new(WORLD, "/app/Oats.toml").edit("/app/src/lib.oats", old, new, expect);
}

#[test]
fn private_things_concern_their_module() {
    let alone = || {
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]]
    };
    check_edit("text: string };", "text: string, more?: number };", alone());
    check_edit("hidden.text.length", "hidden.text.length + 1", alone());
    check_edit(
        "function helper(hidden: Hidden): number",
        "function helper(hidden: Hidden, n?: number): number",
        alone(),
    );
    check_edit("type Hidden", "// A comment.\ntype Hidden", alone());
    check_edit(
        "private hidden: Hidden = { text: \"b\" }",
        "private hidden: Hidden[] = []",
        alone(),
    );
}

#[test]
fn what_an_exported_class_inherits_concerns_its_users() {
    check_edit(
        "protected first: number",
        "protected first: unknown",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (4)
            module_diagnostics (2)
        "#]],
    );
}
