//! What runs again after an edit in packages of Oats, alone and beside those of Octizys.

use expect_test::expect;

use crate::known::Known;

/// `app` uses `size` in `main`, `Box` in `boxes` and `twice` by way of `common` in `numbers`; `common` has a module of its own.
const WORLD: &str = r#"
//- /app/Oats.toml
[package]
name = "app"
version = "0.1.0"
[dependencies]
common = { path = "../common" }
//- /app/src/main.oats
import { size } from "common";
import { full } from "./boxes";
import { four } from "./numbers";
export function main(): void { println(size("a") + four(), full()); }
//- /app/src/boxes.oats
import { Box } from "common";
export function full(): string { return new Box("a").text; }
//- /app/src/numbers.oats
import { twice } from "common";
export function four(): number { return twice(2); }
//- /common/Oats.toml
[package]
name = "common"
version = "0.1.0"
entry = "src/lib.oats"
//- /common/src/lib.oats
import { plus } from "./plus";
export class Box { constructor(readonly text: string) {} }
export function size(text: string): number { return helper(text); }
export function twice(n: number): number { return plus(n, n); }
function helper(text: string): number { return text.length; }
//- /common/src/plus.oats
export function plus(a: number, b: number): number { return a + b; }
//- /common/src/other.oats
export function other(): number { return 1; }
"#;

const LIB: &str = "/common/src/lib.oats";

/// `Shop` uses `price` in one module and `name` in another, of `goods`, which uses `rate` of `Tariff/Rates`, whose `limit` the module
/// `other` of `goods` uses.
const MIXED: &str = r#"
//- /project.toml
[packages]
Tariff = { path = "Tariff" }
goods = { path = "goods" }
Shop = { path = "Shop" }
//- /Tariff/TariffPackage.toml
[package]
version = "1.0.0"
//- /Tariff/src/Rates.oct
public rate : n : Int |- Int = twice n;
public limit : Int = 10;
public letter : n : Int |- Text = "a";
twice : n : Int |- Int = mul n 2;
//- /goods/Oats.toml
[package]
name = "goods"
version = "1.0.0"
entry = "src/lib.oats"
[dependencies]
Tariff = { path = "../Tariff" }
//- /goods/src/lib.oats
import { rate } from "Tariff/Rates";
import { most } from "./other";
export function price(n: number): number { return rate(n) + most(); }
export function name(n: number): string { return `good ${n}`; }
//- /goods/src/other.oats
import { limit } from "Tariff/Rates";
export function most(): number { return limit; }
//- /Shop/ShopPackage.toml
[package]
version = "1.0.0"
[dependencies]
goods = "1"
//- /Shop/src/Price.oct
import unqualified goods (price);
public total : Int = price 3;
//- /Shop/src/Name.oct
import goods as Goods;
public label : Text = Goods/name 3;
"#;

fn packages() -> Known {
    Known::new(WORLD, "/app/Oats.toml")
}

fn mixed() -> Known {
    Known::new(MIXED, "/project.toml")
}

#[test]
fn what_nobody_sees_concerns_its_module() {
    let alone = || {
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]]
    };
    packages().edit(LIB, "export class", "// A comment.\nexport class", alone());
    packages().edit(LIB, "return helper(text)", "return helper(text) + 1", alone());
    packages().edit(LIB, "return text.length", "return 2 * text.length", alone());
    packages().edit(LIB, "helper(text: string)", "helper(text: string, n?: number)", alone());
    let mut known = packages();
    let private = "type Pair = { a: number };\nfunction pair(): Pair { return { a: 1 }; }\n";
    known.edit(LIB, "export class", &format!("{private}export class"), alone());
    known.edit(LIB, "{ a: number }", "{ a: number, b?: string }", alone());
}

#[test]
fn the_signature_of_a_function_concerns_those_that_use_it() {
    packages().edit(
        LIB,
        "twice(n: number)",
        "twice(n: number, m?: number)",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface (2)
            exported_item (4)
            module_diagnostics (2)
        "#]],
    );
}

#[test]
fn the_members_of_a_class_concern_those_that_use_it() {
    packages().edit(
        LIB,
        "readonly text: string",
        "readonly text: string, readonly n?: number",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface (2)
            exported_item (4)
            module_diagnostics (2)
        "#]],
    );
}

#[test]
fn a_function_more_concerns_nobody() {
    packages().edit(
        LIB,
        "function helper",
        "export function more(): number { return 1; }\nfunction helper",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (4)
            module_diagnostics
        "#]],
    );
}

#[test]
fn a_function_fewer_concerns_those_that_use_it() {
    let mut known = packages();
    known.edit(
        LIB,
        "export function twice",
        "function twice",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface (2)
            exported_item (4)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    assert_eq!(known.mistakes(), ["unknown-export"]);
}

#[test]
fn a_file_is_a_module_as_long_as_it_is_imported() {
    let mut known = packages();
    assert!(!known.modules().contains(&"common/src/other".to_owned()));
    known.edit("/common/src/other.oats", "return 1", "return", expect![[""]]);
    known.edit("/common/src/other.oats", "return", "return 1", expect![[""]]);
    known.edit(
        "/common/src/plus.oats",
        "export",
        "import { other } from \"./other\";\nexport",
        expect![[r#"
            source_text (2)
            source_imports (2)
            own_imports (2)
            source_tree
            module_graph
            package_order
            kept_modules
            module_imports (2)
            import_targets (3)
            module_source (3)
            checked_module (2)
            exported_item
            module_interface (2)
            kept_head
            intermediate (2)
            position_record (2)
            package_diagnostics
            module_diagnostics (2)
        "#]],
    );
    assert!(known.modules().contains(&"common/src/other".to_owned()));
    known.edit(
        "/common/src/plus.oats",
        "import { other } from \"./other\";\n",
        "",
        expect![[r#"
            source_text
            source_imports
            own_imports
            source_tree
            module_graph
            package_order
            kept_modules
            module_imports
            import_targets (2)
            module_source (2)
            checked_module
            module_interface
            intermediate
            position_record
            package_diagnostics
            module_diagnostics
        "#]],
    );
    assert!(!known.modules().contains(&"common/src/other".to_owned()));
}

#[test]
fn where_imports_stand_concerns_their_module() {
    packages().edit(
        LIB,
        "import",
        "// A comment.\nimport",
        expect![[r#"
        source_text
        source_imports
        own_imports
        module_imports
        package_order
        import_targets
        program_module
        checked_module
        intermediate
        position_record
        module_interface
        module_diagnostics
    "#]],
    );
}

#[test]
fn a_new_file_that_nothing_imports_concerns_nobody() {
    let mut known = packages();
    known.world.edit("//- /common/src/new.oats\nthis is no module\n");
    known.runs(expect![[r#"
        directory_entries
        source_tree
    "#]]);
}

#[test]
fn a_module_beside_comes_before_one_in_a_folder() {
    let mut known = packages();
    let index = "//- /common/src/plus/index.oats\nexport function plus(a: number, b: number): string { return `${a}`; }\n";
    known.world.edit(index);
    known.runs(expect![[r#"
        directory_entries
        source_tree
    "#]]);
    let text = known.world.text("/common/src/plus.oats");
    known.world.remove("/common/src/plus.oats");
    known.runs(expect![[r#"
        directory_entries (2)
        source_tree
        own_imports
        source_imports
        source_text
        module_graph
        package_order
        kept_modules
        module_imports
        import_targets (2)
        module_source (3)
        checked_module (2)
        exported_item
        module_interface (2)
        kept_head
        intermediate (2)
        position_record (2)
        package_diagnostics
        module_diagnostics (2)
    "#]]);
    assert!(known.modules().contains(&"common/src/plus/index".to_owned()));
    assert_eq!(known.mistakes(), ["type-mismatch"]);
    known.world.write("/common/src/plus.oats", &text);
    known.runs(expect![[r#"
        directory_entries
        source_tree
        source_text
        module_graph
        package_order
        kept_modules
        import_targets (2)
        module_source (2)
        checked_module
        intermediate
        position_record
        module_interface
        package_diagnostics
        module_diagnostics
    "#]]);
    assert_eq!(known.mistakes(), Vec::<String>::new());
    assert!(!known.modules().contains(&"common/src/plus/index".to_owned()));
    known.world.remove("/common/src/plus.oats");
    known.world.remove("/common/src/plus");
    assert_eq!(known.mistakes(), ["unknown-module"]);
}

#[test]
fn another_entry_of_a_dependency_is_another_module() {
    let mut known = packages();
    known.world.edit("//- /common/src/second.oats\nimport { size as before } from \"./lib\";\nexport function size(text: string): number { return before(text); }\n");
    assert_eq!(known.mistakes(), Vec::<String>::new());
    known.edit(
        "/common/Oats.toml",
        "src/lib.oats",
        "src/second.oats",
        expect![[r#"
            source_text (2)
            package
            package_identity
            package_graph
            package_dependencies
            source_tree
            own_imports
            source_imports
            module_graph
            package_order
            kept_modules
            package_language
            module_imports (3)
            import_targets (6)
            packages_in_reach
            module_source (3)
            checked_module (6)
            program_module
            intermediate (4)
            kept_head
            position_record (4)
            exported_item (3)
            module_interface (3)
            package_diagnostics (2)
            module_diagnostics (4)
        "#]],
    );
    assert_eq!(known.mistakes(), ["unknown-export", "unknown-export"]);
    known.edit(
        "/common/Oats.toml",
        "src/second.oats",
        "src/lib.oats",
        expect![[r#"
        source_text
        package
        package_identity
        package_graph
        package_dependencies
        source_tree
        module_graph
        package_order
        kept_modules
        package_language
        module_imports (2)
        import_targets (5)
        packages_in_reach
        module_source (2)
        checked_module (5)
        program_module
        intermediate (3)
        position_record (3)
        module_interface (2)
        package_diagnostics (2)
        module_diagnostics (3)
    "#]],
    );
    assert_eq!(known.mistakes(), Vec::<String>::new());
}

#[test]
fn a_circle_by_way_of_a_folder_is_found_and_gone_with_the_file_that_closes_it() {
    let mut known = packages();
    known.world.edit("//- /common/src/plus/index.oats\nimport { twice } from \"../lib\";\nexport function plus(a: number, b: number): number { return twice(a) + b; }\n");
    assert_eq!(known.mistakes(), Vec::<String>::new());
    let text = known.world.text("/common/src/plus.oats");
    known.world.remove("/common/src/plus.oats");
    assert_eq!(known.mistakes(), ["import-cycle"]);
    known.world.write("/common/src/plus.oats", &text);
    assert_eq!(known.mistakes(), Vec::<String>::new());
}

#[test]
fn whether_there_is_a_main_concerns_its_module() {
    let mut known = packages();
    known.edit(
        "/app/src/main.oats",
        "function main",
        "function start",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (3)
            intermediate
            position_record
            module_diagnostics
        "#]],
    );
    known.edit(
        "/app/src/main.oats",
        "function start",
        "function main",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (3)
            intermediate
            position_record
            module_diagnostics
        "#]],
    );
}

#[test]
fn an_edit_in_oats_concerns_octizys_where_it_uses_what_changed() {
    let lib = "/goods/src/lib.oats";
    mixed().edit(
        lib,
        "`good ${n}`",
        "`bad ${n}`",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]],
    );
    mixed().edit(
        lib,
        "name(n: number)",
        "name(n: number, m?: number)",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface
            exported_item (2)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    mixed().edit(
        lib,
        "export function name",
        "export function more(): void {}\nexport function name",
        expect![[r#"
            source_text
            source_imports
            program_module
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (2)
            module_diagnostics
        "#]],
    );
    mixed().edit(
        "/goods/src/other.oats",
        "return limit",
        "return limit + 1",
        expect![[r#"
            source_text
            source_imports
            checked_module
            module_interface
            intermediate
            position_record
            module_diagnostics
        "#]],
    );
}

#[test]
fn an_edit_in_octizys_concerns_oats_where_it_uses_what_changed() {
    let rates = "/Tariff/src/Rates.oct";
    mixed().edit(
        rates,
        "mul n 2",
        "mul n 3",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            module_diagnostics
        "#]],
    );
    mixed().edit(
        rates,
        "letter : n : Int |- Text",
        "letter : n : Text |- Text",
        expect![[r#"
            source_text
            source_imports
            checked_module
            intermediate
            position_record
            module_interface
            exported_item (2)
            module_diagnostics
        "#]],
    );
    let mut known = mixed();
    known.edit(
        rates,
        "limit : Int = 10",
        "limit : Text = \"ten\"",
        expect![[r#"
            source_text
            source_imports
            checked_module (2)
            intermediate (2)
            position_record (2)
            module_interface (2)
            exported_item (2)
            module_diagnostics (2)
            package_diagnostics
        "#]],
    );
    assert_eq!(known.mistakes(), ["type-mismatch"]);
}
