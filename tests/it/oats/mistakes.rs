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
        r#"export function f(): number {
    let x: number = "five";
    return x;
}
"#,
        expect![[r#"
            2:21: error[type-mismatch]: `string` is given where `number` is expected
                2:12: `x` is declared as `number`
        "#]],
    );
}

#[test]
fn arguments() {
    check(
        r#"function f(a: number, b: string): void {}
export function g(): void {
    f("x", "y");
    f(1);
    f(1, "a", 2);
}
"#,
        expect![[r#"
            3:7: error[type-mismatch]: `string` is given where `number` is expected
                1:10: the parameter `a` is `number`
            4:5: error[argument-count]: `f` takes 2 arguments, but 1 are given
                1:10: `f` is declared here
                help: `b: string` is missing
            5:15: error[argument-count]: `f` takes 2 arguments, but 3 are given
                1:10: `f` is declared here
        "#]],
    );
}

#[test]
fn names() {
    check(
        r#"export function f(valeu: number): number {
    return value;
}
export function g(x: Nubmer): void { prinln("a"); }
"#,
        expect![[r#"
            2:12: error[unknown-name]: there is no `value` here
            4:22: error[unknown-type]: there is no type `Nubmer`
            4:38: error[unknown-name]: there is no `prinln` here
        "#]],
    );
}

#[test]
fn members() {
    check(
        r#"type P = { name: string };
export function f(p: P): void {
    println(p.nam);
    const q: P = { name: "a", age: 1 };
    const r: P = {};
    println(q, r);
}
"#,
        expect![[r#"
            3:15: error[unknown-member]: `P` has no member `nam`
            4:31: error[excess-property]: `age` is not a property of `P`
            5:18: error[type-mismatch]: `{}` is given where `P` is expected
                5:14: `r` is declared as `P`
                help: `name` is missing in `{}`
        "#]],
    );
}

#[test]
fn what_may_be_missing() {
    check(
        r#"class A { constructor(public x: number) {} }
export function f(a: A | null, s?: string): number {
    return a.x + s.length;
}
"#,
        expect![[r#"
            3:12: error[possibly-missing]: the object of `.x` may be missing: its type is `A | null`
                help: test it before, or use `?.`
            3:18: error[possibly-missing]: the object of `.length` may be missing: its type is `string | undefined`
                help: test it before, or use `?.`
        "#]],
    );
}

#[test]
fn immutable() {
    check(
        r#"export function f(): void {
    let x = 1;
    x = 2;
    const c = 1;
    c = 2;
    println(x, c);
}
"#,
        expect![[r#"
            3:5: warning[immutable-assignment]: `x` is assigned again, but is no `let mut`
                2:9: `x` is declared here
            5:5: error[constant-assignment]: `c` is a constant and can't be changed
                4:11: `c` is declared here
            5:9: error[type-mismatch]: `2` is given where `1` is expected
                4:11: `c` is declared as `1`
        "#]],
    );
}

#[test]
fn returns() {
    check(
        r#"export function f(n: number): number {
    if (n > 1) { return n; }
}
export function g() { return 1; }
"#,
        expect![[r#"
            1:29: error[missing-return]: not every way through this function returns a `number`
            4:23: error[missing-return-type]: the function `g` returns a value, so its type must be written
                help: write `: type` behind the parameters
            4:30: error[type-mismatch]: `number` is given where `void` is expected
        "#]],
    );
}

#[test]
fn operators() {
    check(
        r#"export function f(a: boolean, b: number, s: string): void {
    println(a * 2, a + b, s - 1, s === b);
}
"#,
        expect![[r#"
            2:13: error[operand]: this operator needs a number, but this is `boolean`
            2:20: error[operand]: `+` can't add `boolean` and `number`
                help: it adds two numbers, or joins a string with anything
            2:27: error[operand]: this operator needs a number, but this is `string`
            2:34: error[never-equal]: `string` and `number` are never equal
                2:34: this is `string`
                2:40: this is `number`
        "#]],
    );
}

#[test]
fn left_out() {
    check(
        r#"export default function f(): void {}
function* g(): void {}
export function h(): void { delete x.y; const r = /a/; class C {} }
var v = 1;
"#,
        expect![[r#"
            1:1: error[unsupported]: `export default` is not supported by the embedded compiler yet
            2:9: error[unsupported]: a generator is not supported by the embedded compiler yet
            3:29: error[unsupported]: `delete` is not supported by the embedded compiler yet
            3:36: error[unknown-name]: there is no `x` here
            3:51: error[unsupported]: a regular expression is not supported by the embedded compiler yet
            3:56: error[unsupported]: a class inside of a function is not supported by the embedded compiler yet
            4:1: error[var]: `var` is not part of Oats: write `let`, or `let mut` for what changes
        "#]],
    );
}

#[test]
fn overloads_and_predicates_are_left_out() {
    check(
        r#"export function f(a: number): number;
export function f(a: string): number;
function isText(v: number | string): v is string { return typeof v === "string"; }
class C { m(a: number): void; m(a: number): void {} }
export function main(): void { println(isText(1), new C()); }
"#,
        expect![[r#"
            1:37: error[unsupported]: an overload, which has no body, is not supported by the embedded compiler yet
            2:17: error[duplicate-declaration]: `f` is declared twice
                1:17: it is declared here before
            2:37: error[unsupported]: an overload, which has no body, is not supported by the embedded compiler yet
            3:38: error[unknown-type]: there is no type `v`
            3:40: error[unsupported]: a type predicate is not supported by the embedded compiler yet
            4:29: error[unsupported]: an overload, which has no body, is not supported by the embedded compiler yet
        "#]],
    );
}

#[test]
fn unions() {
    check(
        r#"export function f(v: number | string): number {
    if (typeof v === "string") { return v; }
    return v.length;
}
"#,
        expect![[r#"
            2:41: error[type-mismatch]: `string` is given where `number` is expected
            3:14: error[unknown-member]: `number` has no member `length`
        "#]],
    );
}

#[test]
fn classes() {
    check(
        r#"class A { private x: number = 1; constructor(public readonly y: string) {} }
class B extends A { constructor() {} m(): number { return 1; } }
interface I { z: number }
class C implements I {}
export function f(a: A): void { a.y = "b"; println(a.x); new A(); println(new B(), new C()); }
"#,
        expect![[r#"
            2:21: error[missing-super]: the constructor of `B` must call `super(…)`
            4:20: error[implements]: `C` does not do what `I` asks for
                help: `z` is missing in `C`
            5:33: error[readonly]: `y` is `readonly` in `A`
            5:54: error[private-member]: `x` is private in `A`
            5:58: error[argument-count]: `A` takes 1 argument, but 0 are given
                1:7: `A` is declared here
                help: `y: string` is missing
        "#]],
    );
}

#[test]
fn recovery() {
    check(
        r#"export function f(): void {
    let x = ;
    println("a" "b");
    if (x { println(1); }
}
export function g(): number { return "x"; }
"#,
        expect![[r#"
            2:13: error[syntax]: expected an expression, found `;`
            3:17: error[syntax]: expected `,` or `)`, found a string
            4:11: error[syntax]: expected `)`, found `{`
            6:38: error[type-mismatch]: `string` is given where `number` is expected
        "#]],
    );
}

#[test]
fn what_is_used_too_early() {
    check(
        r#"const a = b + 1;
const b = 2;
const made = new Late();
class Early extends Late {}
class Late {}
export function f(): number {
    const first = second;
    const second = 1;
    const read = () => third;
    const third = 3;
    for (const x of list) println(x);
    const list = [a, b];
    return first + read() + fourth(made);
    function fourth(e: Early): number { return third + list.length; }
}
export function g(n: number): void {
    switch (n) { case 1: const k = 1; println(k); break; default: println(k); }
}
"#,
        expect![[r#"
            1:11: error[used-before-declaration]: `b` is used before its declaration
                2:7: `b` is declared here
            3:18: error[used-before-declaration]: the class `Late` is used before its declaration
                5:7: `Late` is declared here
            4:13: error[used-before-declaration]: the class `Late` is used before its declaration
                5:7: `Late` is declared here
            7:19: error[used-before-declaration]: `second` is used before its declaration
                8:11: `second` is declared here
            11:21: error[used-before-declaration]: `list` is used before its declaration
                12:11: `list` is declared here
            17:75: error[used-before-declaration]: `k` is used before its declaration
                17:32: `k` is declared here
        "#]],
    );
}

#[test]
fn who_may_use_a_member() {
    check(
        r#"class A {
    private x: number = 1;
    protected y: number = 2;
    private static s: number = 3;
    get z(): number { return this.x + A.s; }
    static make(): A { const a = new A(); a.x = 5; return a; }
}
class B extends A { f(): number { return this.y + this.x; } }
export function f(a: A): void { println(a.x, a.y, A.s, new B().f()); a.z = 3; }
"#,
        expect![[r#"
            8:56: error[private-member]: `x` is private in `A`
            9:43: error[private-member]: `x` is private in `A`
            9:48: error[private-member]: `y` is protected in `A`
            9:51: error[private-member]: `s` is private in `A`
            9:70: error[readonly]: `z` is `readonly` in `A`
        "#]],
    );
}

#[test]
fn abstract_classes() {
    check(
        r#"abstract class A { abstract f(): number; abstract readonly n: string; }
class B extends A { f(): number { return 1; } }
abstract class C extends A {}
export function f(): void { println(new A(), new B(), C); }
"#,
        expect![[r#"
            2:7: error[missing-member]: `B` does not define the abstract `n`
                help: define `n: string`
            4:37: error[abstract-class]: `A` is abstract: only classes that extend it have objects
        "#]],
    );
}

#[test]
fn enums_and_their_members() {
    check(
        r#"enum E { A, B = 5 }
enum T { X = "x" }
type Tagged = { tag: E.A, n: number } | { tag: E.B, s: string };
export function f(t: Tagged, e: E): number {
    if (t.tag === E.A) { return t.s; }
    switch (e) { case E.A: return 1; case E.B: return 2; }
}
export function g(e: E): number { switch (e) { case E.A: return 1; } }
export function h(): void { const x: E.B = E.A; const y: T = "x"; const z: number = E.B; println(x, y, z); }
"#,
        expect![[r#"
            5:35: error[unknown-member]: `{ tag: E.A, n: number }` has no member `s`
            8:24: error[missing-return]: not every way through this function returns a `number`
            9:44: error[type-mismatch]: `E.A` is given where `E.B` is expected
                9:38: `x` is declared as `E.B`
            9:62: error[type-mismatch]: `string` is given where `T` is expected
                9:58: `y` is declared as `T`
        "#]],
    );
}

#[test]
fn maps_and_records() {
    check(
        r#"type Counts = { [word: string]: number };
export function f(c: Counts, m: Map<string, number>): string {
    m.set(1, "a");
    for (const [k, v] of m) { const n: string = v; println(k, n); }
    c["x"] = "y";
    const d: Record<string, string> = { a: 1 };
    const s = new Set([1, 2]);
    s.add("x");
    println(d, s);
    return m.get("a");
}
"#,
        expect![[r#"
            3:11: error[type-mismatch]: `number` is given where `string` is expected
            3:14: error[type-mismatch]: `string` is given where `number` is expected
            4:49: error[type-mismatch]: `number` is given where `string` is expected
                4:40: `n` is declared as `string`
            5:14: error[type-mismatch]: `string` is given where `number` is expected
            6:39: error[type-mismatch]: `{ a: number }` is given where `{ [key: string]: string }` is expected
                6:14: `d` is declared as `{ [key: string]: string }`
                help: `a` is `number`, not `string`
            8:11: error[type-mismatch]: `string` is given where `number` is expected
            10:12: error[type-mismatch]: `number | undefined` is given where `string` is expected
        "#]],
    );
}

#[test]
fn whoever_imports_what_nobody_understands_is_not_blamed() {
    let mut world = World::default();
    let broken = world.check("P/lib", "export class Shape { area(: number { return 1; } }", false);
    assert!(!broken.findings.is_empty() && !broken.interface.complete);
    let user = r#"import { Shape, Color } from "./lib";
import { missing } from "./nowhere";
export class Mine extends Shape { constructor() { super(); } twice(): number { return this.area() * 2; } }
export function number(c: Color): number { switch (c) { case Color.Red: return 1; } }
export const wrong: number = missing("x");
"#;
    let main = r#"import { Mine, number } from "./user";
export function main(): number { return new Mine().area() + number(2) "#;
    assert_eq!(world.check("P/user", user, false).findings, []);
    // What it says wrongly itself, it is told.
    let checked = world.check("P/main", main, false);
    let codes: Vec<_> = checked.findings.iter().map(|it| &*it.code).collect();
    assert_eq!(codes, ["syntax"]);
    assert!(checked.meaning.is_none());
}
