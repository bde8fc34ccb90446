//! Several modules.

use expect_test::expect;

use crate::oats::world::run;

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
