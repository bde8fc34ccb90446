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
