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
        expect![[r#"
            a1truenullundefined
            [1, 2, 3]
            0.30000000000000004 1e+21 0
            { x: 1, y: "a" }
            1.5
            s
            t
        "#]],
    );
}

#[test]
fn arithmetic() {
    check(
        r#""#,
        r#"println(7 / 2, " ", 7 % 3, " ", -7 % 3, " ", 2 ** 10, " ", 1 / 0, " ", 5 & 3, " ", 5 | 3, " ", 5 ^ 3, " ", ~5, " ", 1 << 4, " ", -16 >> 2, " ", -1 >>> 28);"#,
        expect![[r#"
            3.5 1 -1 1024 Infinity 1 7 6 -6 16 -4 15
        "#]],
    );
}

#[test]
fn comparisons() {
    check(
        r#""#,
        r#"let s: string = "a"; println(1 < 2, 2 <= 2, 3 > 4, 4 >= 4, "a" < "b", "b" >= "c", 1 === 1, s !== "b");"#,
        expect![[r#"
            truetruefalsetruetruefalsetruetrue
        "#]],
    );
}

#[test]
fn strings() {
    check(
        r#""#,
        r#"const s = "Hello"; println(s.length, s[1], s + " " + 5, `${s}, ${1 + 1}!`, s.toUpperCase(), s.slice(1, 3), s.indexOf("l"), "a,b".split(","), " x ".trim(), "5".padStart(3, "0"));"#,
        expect![[r#"
            5eHello 5Hello, 2!HELLOel2["a", "b"]x005
        "#]],
    );
}

#[test]
fn conversions() {
    check(
        r#""#,
        r#"println(+"12" + 1, " ", Number("x"), " ", String(5) + "a", " ", (3.14159).toFixed(2), " ", parseInt("42px"), " ", parseFloat("1.5e3x"));"#,
        expect![[r#"
            13 NaN 5a 3.14 42 1500
        "#]],
    );
}

#[test]
fn variables() {
    check(
        r#""#,
        r#"let mut i: number = 0; i = i + 1; i += 5; i++; ++i; i--; const c = i * 2; let x = 5; println(i, " ", c, " ", x); let y = "a"; println(y);"#,
        expect![[r#"
            7 14 5
            a
        "#]],
    );
}

#[test]
fn shadowing() {
    check(
        r#""#,
        r#"let x = 5; println(x); let x = "hello"; println(x); { let x = true; println(x); } println(x);"#,
        expect![[r#"
            5
            hello
            true
            hello
        "#]],
    );
}

#[test]
fn if_else() {
    check(
        r#"function sign(n: number): string { if (n > 0) return "+"; else if (n < 0) { return "-"; } else return "0"; }"#,
        r#"println(sign(1), sign(-1), sign(0));"#,
        expect![[r#"
            +-0
        "#]],
    );
}

#[test]
fn loops() {
    check(
        r#""#,
        r#"let mut s = 0; for (let mut i = 0; i < 5; i++) { if (i === 1) continue; if (i === 4) break; s += i; } println(s);
 let mut n = 3; while (n > 0) { println(n); n--; } do { n++; } while (n < 2); println(n);
 for (const c of "ab") println(c); for (const v of [1, 2]) println(v); for (const k in { a: 1, b: 2 }) println(k); for (const k in [7, 8]) println(k);"#,
        expect![[r#"
            5
            3
            2
            1
            2
            a
            b
            1
            2
            a
            b
            0
            1
        "#]],
    );
}

#[test]
fn labels() {
    check(
        r#""#,
        r#"outer: for (let mut i = 0; i < 3; i++) { for (let mut j = 0; j < 3; j++) { if (j === 1) continue outer; if (i === 2) break outer; println(i, j); } }"#,
        expect![[r#"
            00
            10
        "#]],
    );
}

#[test]
fn switches() {
    check(
        r#"function f(n: number): string { switch (n) { case 1: return "one"; case 2: case 3: return "few"; default: return "many"; } }"#,
        r#"println(f(1), f(2), f(3), f(9)); let mut t = ""; const b: string = "b"; switch (b) { case "a": t += "a"; case "b": t += "b"; case "c": t += "c"; break; default: t += "d"; } println(t);"#,
        expect![[r#"
            onefewfewmany
            bc
        "#]],
    );
}

#[test]
fn arrays() {
    check(
        r#""#,
        r#"let mut a: number[] = [1, 2, 3]; a.push(4); a[6] = 7; println(a.length, " ", a[0], " ", a, " ", a[100]); println(a.pop(), " ", a.length);
 println([3, 1, 2].sort(), [1, 2, 3].map(x => x * 2), [1, 2, 3, 4].filter(x => x % 2 === 0), [1, 2, 3].reduce((s, x) => s + x, 0), [1, 2].concat([3]), [1, 2, 3].slice(1), ["a", "b"].join("-"), [1, 2].includes(2), [1, 2, 3].reverse());"#,
        expect![[r#"
            7 1 [1, 2, 3, 4, undefined, undefined, 7] undefined
            7 6
            [1, 2, 3][2, 4, 6][2, 4]6[1, 2, 3][2, 3]a-btrue[3, 2, 1]
        "#]],
    );
}

#[test]
fn tuples() {
    check(
        r#""#,
        r#"const t: [string, number] = ["a", 1]; println(t[0], t[1]); const [name, n] = t; println(name, n);"#,
        expect![[r#"
            a1
            a1
        "#]],
    );
}

#[test]
fn objects() {
    check(
        r#"type P = { x: number, y: number, z?: number };"#,
        r#"const p: P = { x: 1, y: 2 }; p.x = 5; println(p.x + p.y, " ", p.z, " ", p); const y = 3; const q = { ...p, y, z: 9 }; println(q); const { x, z } = q; println(x, z);"#,
        expect![[r#"
            7 undefined { x: 5, y: 2 }
            { x: 5, y: 3, z: 9 }
            59
        "#]],
    );
}

#[test]
fn classes() {
    check(
        r#"class Counter { count: number = 0; private step: number; constructor(step: number = 1) { this.step = step; } add(): Counter { this.count += this.step; return this; } get_count(): number { return this.count; } static made: number = 3; static make(): Counter { return new Counter(10); } }
class Point { constructor(public x: number, public y: number) {} }"#,
        r#"const c = new Counter(2); c.add().add(); println(c.count, " ", c.get_count(), " ", Counter.made, " ", Counter.make().add().count); Counter.made = 4; println(Counter.made); println(new Point(1, 2)); println(c instanceof Counter);"#,
        expect![[r#"
            4 4 3 10
            4
            Point { x: 1, y: 2 }
            true
        "#]],
    );
}

#[test]
fn inheritance() {
    check(
        r#"class Animal { constructor(public name: string) {} speak(): string { return this.name + " makes a sound"; } twice(): string { return this.speak() + "!" + this.speak(); } }
class Dog extends Animal { tricks: string[] = []; constructor(name: string) { super(name); } speak(): string { return super.speak() + ": woof"; } }
class Puppy extends Dog { age: number = 1; }"#,
        r#"const d: Animal = new Dog("Rex"); println(d.speak()); println(d.twice()); const p = new Puppy("Bo"); println(p.speak(), p.age, p.tricks.length); println(p instanceof Animal, " ", d instanceof Puppy);"#,
        expect![[r#"
            Rex makes a sound: woof
            Rex makes a sound: woof!Rex makes a sound: woof
            Bo makes a sound: woof10
            true false
        "#]],
    );
}

#[test]
fn interfaces() {
    check(
        r#"interface Shape { area(): number; name?: string } class Square implements Shape { constructor(private side: number) {} area(): number { return this.side * this.side; } }"#,
        r#"const all: Shape[] = [new Square(3), { area: () => 5, name: "five" }]; for (const s of all) println(s.area(), " ", s.name ?? "none");"#,
        expect![[r#"
            9 none
            5 five
        "#]],
    );
}

#[test]
fn enums() {
    check(
        r#"enum Color { Red, Green = 5, Blue } enum Word { A = "a", B = "b" }"#,
        r#"const c: Color = Color.Blue; println(Color.Red, Color.Green, c, Word.B); if (c === Color.Blue) println("blue"); println(c + 1);"#,
        expect![[r#"
            056b
            blue
            7
        "#]],
    );
}

#[test]
fn unions() {
    check(
        r#"function show(v: number | string | null | boolean[]): string { if (v === null) return "null"; if (typeof v === "number") return "n" + (v + 1); if (typeof v === "string") return v.toUpperCase(); return "a" + v.length; }"#,
        r#"println(show(1), show("x"), show(null), show([true])); let mut u: number | string = 5; println(u + 1); u = "five"; println(u.length);"#,
        expect![[r#"
            n2Xnulla1
            6
            4
        "#]],
    );
}

#[test]
fn discriminated() {
    check(
        r#"type S = { kind: "circle", r: number } | { kind: "square", side: number }; function area(s: S): number { switch (s.kind) { case "circle": return s.r * 3; case "square": return s.side * s.side; } } function is(s: S): string { if (s.kind === "circle") return "c" + s.r; return "s" + s.side; }"#,
        r#"println(area({ kind: "circle", r: 2 }), " ", area({ kind: "square", side: 3 }), is({ kind: "square", side: 4 }));"#,
        expect![[r#"
            6 9s4
        "#]],
    );
}

#[test]
fn truthiness() {
    check(
        r#"function name(s: string | undefined): string { if (s) return s; return "nobody"; } function len(s?: string): number { return s ? s.length : -1; }"#,
        r#"println(name("x"), name(undefined), name(""), len(), len("abc")); println(0 || "a", " ", "" && 1, " ", null ?? 5, " ", !0);"#,
        expect![[r#"
            xnobodynobody-13
            a  5 true
        "#]],
    );
}

#[test]
fn generics() {
    check(
        r#"function first<T>(all: T[]): T | undefined { return all[0]; } function pair<A, B>(a: A, b: B): [A, B] { return [a, b]; } class Box<T> { constructor(public value: T) {} map<U>(f: (v: T) => U): Box<U> { return new Box(f(this.value)); } }"#,
        r#"const f = first([1, 2]); if (f !== undefined) println(f + 1); println(pair("a", 1)); println(new Box(2).map(x => "v" + x).value); println(first<string>([]));"#,
        expect![[r#"
            2
            ["a", 1]
            v2
            undefined
        "#]],
    );
}

#[test]
fn closures() {
    check(
        r#"function counter(): () => number { let mut n = 0; return () => { n++; return n; }; } function apply(f: (x: number) => number, v: number): number { return f(v); } let add = (a: number, b: number): number => a + b;"#,
        r#"const c = counter(); c(); c(); println(c(), " ", apply(x => x * 3, 4), " ", add(1, 2)); const fs: (() => number)[] = []; for (let mut i = 0; i < 3; i++) fs.push(() => i); println(fs.map(f => f())); const g = add; println(g(3, 4)); println([1, 2].map(counter2 => counter2 + 1));"#,
        expect![[r#"
            3 12 3
            [0, 1, 2]
            7
            [2, 3]
        "#]],
    );
}

#[test]
fn nested_functions() {
    check(
        r#""#,
        r#"const base = 10; println(fact(5), " ", even(4)); function fact(n: number): number { return n <= 1 ? 1 : n * fact(n - 1); } function even(n: number): boolean { return n === 0 ? true : odd(n - 1); } function odd(n: number): boolean { return n === 0 ? false : even(n - 1); } function plus(x: number): number { return x + base; } println(plus(1));"#,
        expect![[r#"
            120 true
            11
        "#]],
    );
}

#[test]
fn parameters() {
    check(
        r#"function f(a: number, b: number = a * 2, c?: string, ...rest: number[]): string { return `${a} ${b} ${c ?? "-"} ${rest.length}`; }"#,
        r#"println(f(1)); println(f(1, 5)); println(f(1, undefined, "c")); println(f(1, 2, "c", 4, 5, ...[6, 7]));"#,
        expect![[r#"
            1 2 - 0
            1 5 - 0
            1 2 c 0
            1 2 c 4
        "#]],
    );
}

#[test]
fn exceptions() {
    check(
        r#"function risky(n: number): number { if (n > 2) throw new Error("too big: " + n); return n; }
function order(n: number): string { let mut log = ""; try { log += "t"; if (n === 1) return log + "r"; if (n === 2) throw "x"; log += "e"; } catch (e) { log += "c" + e; } finally { log += "f"; println("finally ", log); } return log; }
function nested(): number { for (let mut i = 0; i < 5; i++) { try { if (i === 1) continue; if (i === 3) break; println("i", i); } finally { println("f", i); } } return 7; }"#,
        r#"try { println(risky(1)); println(risky(5)); } catch (e) { if (e instanceof Error) println(e.message); } println(order(0), order(1), order(2)); println(nested()); try { try { throw 1; } finally { println("inner"); } } catch (e) { println("outer", e); }"#,
        expect![[r#"
            1
            too big: 5
            finally tef
            finally tf
            finally tcxf
            teftrtcxf
            i0
            f0
            f1
            i2
            f2
            f3
            7
            inner
            outer1
        "#]],
    );
}

#[test]
fn optional_chaining() {
    check(
        r#"type N = { next?: N, v: number, f?: () => number };"#,
        r#"const n: N = { v: 1, next: { v: 2 } }; println(n.next?.v, " ", n.next?.next?.v, " ", n.next?.next?.v ?? 0, " ", n.f?.(), " ", n.next?.next?.next?.v); const a: number[] | undefined = undefined; println(a?.[0]);"#,
        expect![[r#"
            2 undefined 0 undefined undefined
            undefined
        "#]],
    );
}

#[test]
fn asynchronous() {
    check(
        r#"async function one(): Promise<number> { println("one"); return 1; } async function fail(): Promise<number> { throw new Error("no"); } async function all(): Promise<void> { const a = await one(); const b = await Promise.resolve(2); println(a + b); try { await fail(); } catch (e) { println("caught"); } }"#,
        r#"println("start"); all(); println("end");"#,
        expect![[r#"
            start
            one
            3
            caught
            end
        "#]],
    );
}

#[test]
fn assignments() {
    check(
        r#"const box = { n: 1, s: "a" }; let mut total: number = 0; function bump(by: number): void { total += by; }"#,
        r#"let mut a = 1; let mut b = 2; a = b = 5; println(a, b); a *= 2; a -= 1; a /= 3; a **= 2; a %= 5; println(a); box.n += 4; box.s += "b"; println(box.n, box.s); let mut x: number | null = null; x ??= 7; x ||= 8; println(x); bump(2); bump(3); println(total); const arr = [1, 2]; arr[0] += 10; arr[1]++; println(arr);"#,
        expect![[r#"
            55
            4
            5ab
            7
            5
            [11, 3]
        "#]],
    );
}

#[test]
fn destructuring() {
    check(
        r#"function sum({ a, b = 2 }: { a: number, b?: number }): number { return a + b; }"#,
        r#"const [x, , y = 9, ...z] = [1, 2, 3, 4, 5]; println(x, y, z); const { p, q: r } = { p: 1, q: { s: 2 } }; println(p, r.s); println(sum({ a: 1 })); for (const [k, v] of [["a", 1], ["b", 2]] as [string, number][]) println(k, v);"#,
        expect![[r#"
            13[4, 5]
            12
            3
            a1
            b2
        "#]],
    );
}

#[test]
fn math() {
    check(
        r#""#,
        r#"println(Math.floor(-1.5), " ", Math.ceil(1.2), " ", Math.round(2.5), " ", Math.max(1, 5, 3), " ", Math.min(2, 1), " ", Math.abs(-3), " ", Math.sqrt(16), " ", Math.pow(2, 3), " ", Math.trunc(-4.7), " ", Math.PI);"#,
        expect![[r#"
            -2 2 3 5 1 3 4 8 -4 3.141592653589793
        "#]],
    );
}

#[test]
fn typeofs() {
    check(
        r#""#,
        r#"println(typeof 1, " ", typeof "a", " ", typeof true, " ", typeof undefined, " ", typeof null, " ", typeof [1], " ", typeof (() => 1));"#,
        expect![[r#"
            number string boolean undefined object object function
        "#]],
    );
}

#[test]
fn linked_list() {
    check(
        r#"class Node { next: Node | null = null; constructor(public value: number) {} }"#,
        r#"let mut head: Node | null = null; for (let mut i = 0; i < 3; i++) { const n = new Node(i); n.next = head; head = n; } let mut at = head; while (at !== null) { println(at.value); at = at.next; }"#,
        expect![[r#"
            2
            1
            0
        "#]],
    );
}

#[test]
fn many_objects() {
    check(
        r#"class Cell { constructor(public n: number, public next: Cell | null) {} }"#,
        r#"let mut list: Cell | null = null; for (let mut i = 0; i < 20000; i++) { list = new Cell(i, i % 100 === 0 ? null : list); } let mut sum = 0; while (list) { sum += list.n; list = list.next; } println(sum);"#,
        expect![[r#"
            1994950
        "#]],
    );
}

#[test]
fn narrowing_in_class() {
    check(
        r#"class A { name: string | null = null; greet(): string { if (this.name === null) { return "?"; } return "hi " + this.name.toUpperCase(); } }"#,
        r#"const a = new A(); println(a.greet()); a.name = "bo"; println(a.greet()); println("x" in { x: 1 }, "y" in { x: 1 });"#,
        expect![[r#"
            ?
            hi BO
            truefalse
        "#]],
    );
}

#[test]
fn recursion_types() {
    check(
        r#"type Tree = { value: number, left: Tree | null, right: Tree | null }; function sum(t: Tree | null): number { return t ? t.value + sum(t.left) + sum(t.right) : 0; } const leaf = (value: number): Tree => ({ value, left: null, right: null });"#,
        r#"println(sum({ value: 1, left: leaf(2), right: leaf(3) }));"#,
        expect![[r#"
            6
        "#]],
    );
}

#[test]
fn semicolons() {
    check(
        r#""#,
        r#"const a = 1
 println(a)
 const b = a
 println(b)"#,
        expect![[r#"
            1
            1
        "#]],
    );
}

#[test]
fn the_exit_status_is_that_of_main() {
    let shown = run_main("export function main(): number { println(\"x\"); return 3; }");
    assert_eq!(shown, "x\nexit status Some(1)\n");
    assert_eq!(run_main("export function main(): number { return 0; }"), "");
}

#[test]
fn what_nobody_catches_ends_the_program() {
    let text =
        "export function main(): void {\n    println(\"a\");\n    throw new Error(\"oh\");\n}\n";
    let expected = expect![[r#"
        a
        P/main.oats:3: error: uncaught: oh
        exit status Some(1)
    "#]];
    expected.assert_eq(&run_main(text));
}

#[test]
fn what_a_cast_hides_is_found_at_run_time() {
    let text = "export function main(): void {\n    const x: unknown = \"a\";\n    println((x as number) * 2);\n}\n";
    let expected = expect![[r#"
        P/main.oats:3: error: the value is a string, not a number
        exit status Some(1)
    "#]];
    expected.assert_eq(&run_main(text));
}

#[test]
fn a_rejection_that_nobody_awaits_ends_the_program() {
    let text = r#"async function fails(n: number): Promise<number> {
    if (n > 1) throw new Error(`number ${n}`);
    return n;
}
export async function main(): Promise<void> {
    const kept = fails(2);
    fails(3);
    try {
        await kept;
    } catch {
        println("caught");
    }
    println("end");
}
"#;
    let expected = expect![[r#"
        caught
        end
        P/main.oats:5: error: uncaught: number 3
        exit status Some(1)
    "#]];
    expected.assert_eq(&run_main(text));
}

#[test]
fn what_is_not_declared_yet_throws() {
    let text = "export function main(): void {\n    function f(): number {\n        return x;\n    }\n    println(f());\n    const x = 1;\n    println(x);\n}\n";
    let expected = expect![[r#"
        P/main.oats:3: error: uncaught: Cannot access 'x' before initialization
        exit status Some(1)
    "#]];
    expected.assert_eq(&run_main(text));
}

#[test]
fn what_is_compared_with_itself() {
    check(
        "",
        r#"const m = new Map<unknown, string>([[NaN, "nan"], [undefined, "none"]]);
           m.set(-0, "zero"); println(m.get(NaN), m.get(0), m.get(undefined), m.size);
           const s = new Set<number[]>(); const a = [1]; s.add(a).add(a).add([1]); println(s.size, s);"#,
        expect![[r#"
            nanzeronone3
            2Set { [1], [1] }
        "#]],
    );
}
