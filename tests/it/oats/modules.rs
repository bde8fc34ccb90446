//! Several modules.

use expect_test::expect;
use oast_engine::base::Name;
use oast_engine::ir::Interface;

use crate::oats::world::{World, run};

#[test]
fn functions_classes_and_constants_cross_modules() {
    let shapes = r#"
        export class Shape { constructor(public name: string) {} area(): number { return 0; } }
        export enum Color { Red, Green = 5 }
        export const LIMIT = 3;
        export let mut count: number = 0;
        export function bump(): number { count += 1; return count; }
        export type Pair = { a: number, b: string };
        export function pair(a: number, b: string = "x"): Pair { return { a, b }; }
        export function first<T>(all: T[]): T | undefined { return all[0]; }
    "#;
    let main = r#"
        import { Shape, Color, LIMIT, count, bump, pair, first } from "./lib/shapes";
        class Square extends Shape {
            constructor(public side: number) { super("square"); }
            area(): number { return this.side * this.side; }
        }
        export function main(): void {
            const s: Shape = new Square(4);
            println(s.name, " ", s.area(), " ", Color.Green, " ", LIMIT);
            bump(); bump();
            println(count, " ", pair(1).b, " ", first([7, 8]));
        }
    "#;
    let expected = expect![[r#"
        square 16 5 3
        2 x 7
    "#]];
    expected.assert_eq(&run(&[("P/lib/shapes", shapes), ("P/main", main)]));
}

#[test]
fn what_only_a_parent_declares_crosses_modules() {
    let base = r#"
        type Secret = { code: number };
        class Base {
            static made: number = 0;
            private secret: Secret = { code: 7 };
            protected level: number = 1;
            constructor() { Base.made += 1; }
            static reset(): void { Base.made = 0; }
            code(): number { return this.secret.code; }
        }
        export class Open extends Base {}
        export async function later(): Promise<number> { return 3; }
    "#;
    let main = r#"
        import { Open, later } from "./base";
        class Own extends Open { up(): number { this.level += 1; return this.level; } }
        export async function main(): Promise<void> {
            println(new Own().up(), new Open().code(), Open.made);
            Open.reset();
            println(Own.made, await later());
        }
    "#;
    let expected = expect![[r#"
        272
        03
    "#]];
    expected.assert_eq(&run(&[("P/base", base), ("P/main", main)]));
}

/// The interface of a module.
fn interface(text: &str) -> Interface {
    World::default().check("P/lib", text, false).interface
}

#[test]
fn an_interface_holds_what_is_exported_and_what_that_mentions() {
    let text = r#"
        type Hidden = { n: number };
        interface Named { name: string }
        enum Mode { On, Off }
        class Base { protected mode: Mode = Mode.On; private hidden: Hidden = { n: 1 }; }
        class Unused {}
        function helper(h: Hidden): number { return h.n; }
        const table: Hidden = { n: 2 };
        export class Thing extends Base { constructor(public named: Named) { super(); } }
        export function size(t: Thing): number { return helper(table); }
    "#;
    let interface = interface(text);
    let types: Vec<&str> = interface.types.keys().map(Name::as_str).collect();
    assert_eq!(types, ["Base", "Mode", "Named", "Thing"]);
    let values: Vec<&str> = interface.values.keys().map(Name::as_str).collect();
    assert_eq!(values, ["$init_Thing", "$new_Thing", "Thing", "size"]);
}

#[test]
fn what_is_private_is_not_in_the_interface() {
    let before = r#"
        type Hidden = { n: number };
        class Box { private content: Hidden = { n: 1 }; private static made: number = 0; }
        function helper(h: Hidden): number { return h.n; }
        export function size(): number { return helper({ n: 1 }); }
        export class Shown extends Box { private secret: number = 1; }
    "#;
    let after = r#"
        // A comment, and other private things.
        type Hidden = { n: number, m: string };
        class Box { private content: Hidden = { n: 1, m: "" }; private static made: string = ""; }
        enum More { A }
        const table: More = More.A;
        function helper(h: Hidden): number { return h.n + h.m.length + table; }
        export function size(): number { const inner = helper({ n: 1, m: "" }); return inner; }
        export class Shown extends Box { private secret: string = "1"; }
    "#;
    assert_eq!(interface(before), interface(after));
    let public = after.replace("private content", "content");
    assert_ne!(interface(before), interface(&public));
}
