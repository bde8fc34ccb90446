//! The statement form of the back ends.
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use expect_test::{Expect, expect};
use oast_engine::base::{ModulePath, Name};
use oast_engine::ir::{Body, Expr, ExprId, Item, ItemKind, Local, LocalId, Module, Ty, TyId};
use oast_engine::target::Backend;
use oast_engine::target::c::C;
use oast_engine::target::linear::{ItemText, Language, linearize};
use oast_engine::testing::ir_module;

const ORDERED: Language = Language { ordered_operands: true, labelled_jumps: false };
const UNORDERED: Language = Language { ordered_operands: false, labelled_jumps: true };

fn check(language: Language, text: &str, expected: Expect) {
    let (module, _) = ir_module("Demo/Main", text);
    let items = linearize(&module, language);
    let texts = items.iter().map(|item| ItemText { module: &module, item }.to_string());
    expected.assert_eq(&texts.collect::<String>());
}

#[test]
fn a_tail_call_to_itself_is_a_loop() {
    check(
        ORDERED,
        "(fun sum (n acc) (if (IntEqual n 0) acc (sum (IntSubtract n 1) (IntAdd acc n))))",
        expect![[r#"
            function 0(n%0, acc%1)
              loop L0
                if IntEqual(n%0, 0)
                  return acc%1
                n%0, acc%1 = IntSubtract(n%0, 1), IntAdd(acc%1, n%0)
        "#]],
    );
}

#[test]
fn operands_are_saved_only_from_what_follows() {
    let text = r#"(fun f (x y)
        (IntAdd (f x 1) (do (Write "a") (IntAdd (IntMultiply x x) (IntMultiply y y)))))"#;
    check(
        ORDERED,
        text,
        expect![[r#"
        function 0(x%0, y%1)
          %2 = f(x%0, 1)
          Write("a")
          return IntAdd(%2, IntAdd(IntMultiply(x%0, x%0), IntMultiply(y%1, y%1)))
    "#]],
    );
    check(
        UNORDERED,
        text,
        expect![[r#"
        function 0(x%0, y%1)
          %3 = f(x%0, 1)
          Write("a")
          %2 = IntMultiply(x%0, x%0)
          return IntAdd(%3, IntAdd(%2, IntMultiply(y%1, y%1)))
    "#]],
    );
}

#[test]
fn arms_are_tested_in_order_and_the_last_is_not() {
    check(
        ORDERED,
        r#"(fun f (list)
            (match list
                ((L#0) 0)
                ((L#1 x (L#0)) when (IntLess x 9) x)
                ((L#1 x rest) when (let y (f rest) (IntLess y x)) 2)
                ((L#1 x rest) (IntAdd x (f rest)))))
          (fun g (text)
            (Write (match text ("a" "one") ("b" "two") (other other))))"#,
        expect![[r#"
            function 0(list%0)
              if list%0 is L#0
                return 0
              if ((list%0 is L#1 and list%0.1 is L#0) and IntLess(list%0.0, 9))
                x%1 = list%0.0
                return x%1
              %7 = false
              if list%0 is L#1
                y%4 = f(list%0.1)
                %7 = IntLess(y%4, list%0.0)
              if %7
                x%2 = list%0.0
                rest%3 = list%0.1
                return 2
              x%5 = list%0.0
              rest%6 = list%0.1
              return IntAdd(x%5, f(rest%6))
            function 0(text%0)
              if TextEqual(text%0, "a")
                %2 = "one"
              elif TextEqual(text%0, "b")
                %2 = "two"
              else
                other%1 = text%0
                %2 = other%1
              Write(%2)
              return ()
        "#]],
    );
}

#[test]
fn choices_are_expressions_where_they_can_be() {
    check(
        ORDERED,
        r#"(fun f (a b) (g (if a b false) (if a 1 2) (if a false true) (if a (if b 1 2) (do (Write "") 3))))
          (fun g (a b c d) (if a (IntLess b c) false))
          (fun h (a) (if a (h false) false))"#,
        expect![[r#"
            function 0(a%0, b%1)
              if a%0
                if b%1
                  %2 = 1
                else
                  %2 = 2
              else
                Write("")
                %2 = 3
              return g((a%0 and b%1), (1 if a%0 else 2), not a%0, %2)
            function 0(a%0, b%1, c%2, d%3)
              return (a%0 and IntLess(b%1, c%2))
            function 0(a%0)
              loop L0
                if a%0
                  a%0 = false
                  continue L0
                return false
        "#]],
    );
}

#[test]
fn closures_know_what_they_capture() {
    check(
        ORDERED,
        r"(fun f (n)
            (var total 0
              (rec ((even (fn (k) (if (IntEqual k 0) true (odd (IntSubtract k 1)))))
                    (odd (fn (k) (if (IntEqual k n) false (even (IntSubtract k 1)))))
                    (down (fn (k) (if (IntEqual k 0) 0 (down (IntSubtract k 1))))))
                (do (set total (down 3)) (fn (x) (do (set total (IntAdd total x)) (even total)))))))
          (fun each (n make) (if (IntEqual n 0) make (each (IntSubtract n 1) (fn () n))))",
        expect![[r#"
            function 0(n%0)
              total%1! = cell 0
              even%2 = function 1, odd%3 = function 2, down%4 = function 3
              total%1! := function 3(3)
              %9 = function 4
              return %9
            function 1(k%5) captures odd%3
              return (IntEqual(k%5, 0) or function 2(IntSubtract(k%5, 1)))
            function 2(k%6) captures n%0, even%2
              if IntEqual(k%6, n%0)
                return false
              return function 1(IntSubtract(k%6, 1))
            function 3(k%7) recursive
              loop L3
                if IntEqual(k%7, 0)
                  return 0
                k%7 = IntSubtract(k%7, 1)
            function 4(x%8) captures total%1!, even%2
              total%1! := IntAdd(total%1!, x%8)
              return function 1(total%1!)
            function 0(n%0, make%1)
              loop L0
                if IntEqual(n%0, 0)
                  return make%1
                %2 = function 1
                n%0 = IntSubtract(n%0, 1)
                make%1 = %2
            function 1() captures n%0 in loop
              return n%0
        "#]],
    );
}

#[test]
fn jumps_over_a_loop_go_step_by_step_where_there_are_no_labels() {
    let text = r"(fun f (n)
        (var i 0
          (do
            (loop
              (if (IntLess i n)
                (do (set i (IntAdd i 1))
                    (loop (if (IntLess i 5) (if (IntEqual i 3) (break 1) (continue 1)) (break 0))))
                (break 0)))
            i)))
        (fun g (n) (loop (if (IntLess n 0) (return n) (return (g (IntSubtract n 1))))))";
    check(
        ORDERED,
        text,
        expect![[r#"
        function 0(n%0)
          i%1 = 0
          while L1 IntLess(i%1, n%0)
            i%1 = IntAdd(i%1, 1)
            %2 = 0
            loop L2
              if IntLess(i%1, 5)
                if IntEqual(i%1, 3)
                  %2 = 1
                  break L2
                %2 = 2
                break L2
              break L2
            if IntEqual(%2, 1)
              break L1
            if IntEqual(%2, 2)
              continue L1
          return i%1
        function 0(n%0)
          loop L0
            loop L1
              if IntLess(n%0, 0)
                return n%0
              n%0 = IntSubtract(n%0, 1)
              %1 = 1
              break L1
    "#]],
    );
    check(
        UNORDERED,
        text,
        expect![[r#"
        function 0(n%0)
          i%1 = 0
          while L1 IntLess(i%1, n%0)
            i%1 = IntAdd(i%1, 1)
            loop L2
              if IntLess(i%1, 5)
                if IntEqual(i%1, 3)
                  break L1
                continue L1
              break L2
          return i%1
        function 0(n%0)
          loop L0
            loop L1
              if IntLess(n%0, 0)
                return n%0
              n%0 = IntSubtract(n%0, 1)
              continue L0
    "#]],
    );
}

/// A module of one function, `f(x)`: `links` times what `link` makes of the expression so far, around `x`.
fn chain(links: u32, link: impl Fn(&mut Body, ExprId) -> Expr) -> Module {
    let ty = TyId(0);
    let local = || Local { name: Name::new("x"), ty, mutable: false };
    let mut body =
        Body { exprs: Vec::new(), types: Vec::new(), locals: vec![local()], root: ExprId(0) };
    body.exprs.push(Expr::Local(LocalId(0)));
    for _ in 0..links {
        let last = ExprId(body.exprs.len() as u32 - 1);
        body.locals.push(local());
        let expr = link(&mut body, last);
        body.exprs.push(expr);
    }
    body.types = vec![ty; body.exprs.len()];
    body.root = ExprId(body.exprs.len() as u32 - 1);
    let item = Item {
        name: Name::new("f"),
        public: true,
        kind: ItemKind::Function,
        type_params: 0,
        params: vec![LocalId(0)],
        body,
    };
    Module {
        path: ModulePath::new("P/Main"),
        types: vec![Ty::Int],
        refs: Vec::new(),
        type_defs: Vec::new(),
        items: vec![item],
        entry: None,
    }
}

#[test]
fn long_chains_stay_flat() {
    const LINKS: u32 = 50_000;
    let read = |body: &mut Body, local| {
        body.exprs.push(Expr::Local(LocalId(local)));
        ExprId(body.exprs.len() as u32 - 1)
    };
    let lets = chain(LINKS, |body, last| {
        let local = body.locals.len() as u32 - 1;
        let value = read(body, 0);
        let seen = read(body, local);
        body.exprs.push(Expr::Sequence(vec![seen, last]));
        Expr::Let { local: LocalId(local), value, body: ExprId(body.exprs.len() as u32 - 1) }
    });
    let choices = chain(LINKS, |body, otherwise| {
        let (condition, then) = (read(body, 0), read(body, 0));
        Expr::If { condition, then, otherwise }
    });
    let values = chain(LINKS, |body, otherwise| {
        let (condition, then) = (read(body, 0), read(body, 0));
        let choice = Expr::If { condition, then, otherwise };
        let local = LocalId(body.locals.len() as u32 - 1);
        if local.0 < LINKS {
            return choice;
        }
        body.exprs.push(choice);
        let value = ExprId(body.exprs.len() as u32 - 1);
        Expr::Let { local, value, body: read(body, local.0) }
    });
    for module in [lets, choices, values] {
        for language in [ORDERED, UNORDERED] {
            let item = linearize(&module, language).remove(0);
            let text = ItemText { module: &module, item: &item }.to_string();
            let deepest = text.lines().map(|it| it.len() - it.trim_start().len()).max();
            assert!(deepest <= Some(4), "{deepest:?}");
        }
        assert!(!C.module_text(&module).is_empty());
    }
}
