//! The target `c-11`: modules are compiled with the C compiler of the machine and run.
#![expect(clippy::disallowed_methods, reason = "the tests run a C compiler and what it makes")]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use expect_test::{Expect, expect};
use oast_engine::base::Name;
use oast_engine::target::c::{C, LINK_FLAGS};
use oast_engine::target::{Backend as _, ModulePositions};
use oast_engine::testing::ir_module;
use tempfile::TempDir;

use crate::generated::{c_sources, files_of, put, shown, succeed};
use crate::python_target;

const FLAGS: &[&str] = &["-std=c11", "-Wall", "-Wextra", "-Werror"];

/// A program, compiled in a directory of its own.
struct Program {
    directory: TempDir,
}

impl Program {
    /// The program of these modules, (path, text); the last has the entry `main`.
    fn new(optimisation: &str, modules: &[(&str, &str)]) -> Program {
        let program = Program { directory: TempDir::new().unwrap() };
        let root = program.directory.path();
        let modules: Vec<_> = modules.iter().map(|(path, text)| ir_module(path, text)).collect();
        let mut files = files_of(&C, &modules, "oct");
        files.extend(C.program_files(&modules.last().unwrap().0.path, &Name::new("main")));
        put(root, &files);
        let mut cc = Command::new("cc");
        cc.current_dir(root).args(FLAGS).arg(optimisation).args(["-I.", "-o", "program"]);
        cc.args(c_sources(&files)).arg(runtime_object(optimisation)).args(LINK_FLAGS);
        succeed(&mut cc);
        program
    }

    fn command(&self) -> Command {
        Command::new(self.directory.path().join("program"))
    }

    /// The program with 200 MB of address space.
    fn limited(&self) -> Command {
        self.script("ulimit -v 200000; ./program")
    }

    /// A shell script beside the program.
    fn script(&self, script: &str) -> Command {
        let mut command = Command::new("sh");
        command.current_dir(self.directory.path()).args(["-c", script]);
        command
    }
}

/// The run-time support, compiled once for all tests.
fn runtime_object(optimisation: &str) -> PathBuf {
    static DIRECTORY: OnceLock<TempDir> = OnceLock::new();
    let root = DIRECTORY.get_or_init(|| {
        let directory = TempDir::new().unwrap();
        put(directory.path(), &C.runtime_files());
        for level in ["-O0", "-O2"] {
            let mut cc = Command::new("cc");
            cc.current_dir(directory.path()).args(FLAGS).args([level, "-pedantic", "-c"]);
            succeed(cc.args(["oast_runtime.c", "-o"]).arg(format!("runtime{level}.o")));
        }
        directory
    });
    root.path().join(format!("runtime{optimisation}.o"))
}

/// Checks what a program shows, whether it is optimised or not, and that it shows the same on Python.
fn check_modules(modules: &[(&str, &str)], expected: Expect) {
    let [plain, optimised] = ["-O0", "-O2"]
        .map(|level| shown(&Program::new(level, modules).command().output().unwrap()));
    assert_eq!(plain, optimised);
    assert_eq!(plain, shown(&python_target::run(modules)), "on Python");
    expected.assert_eq(&plain);
}

/// Checks what a program of one module shows that has helpers to print.
fn check(text: &str, expected: Expect) {
    let text = format!(
        r#"{text} (entry main)
        (private (fun line (text) (Write (TextAppend text "\n"))))
        (private (fun int (n) (line (IntToText n))))
        (private (fun bool (b) (line (BoolToText b))))
        (private (fun float (x) (line (FloatToText x))))"#
    );
    check_modules(&[("P/Main", &text)], expected);
}

#[test]
fn a_small_module_in_c() {
    let (module, _) = ir_module(
        "Demo/Main",
        r#"(fun sum (n acc) (if (IntEqual n 0) acc (sum (IntSubtract n 1) (IntAdd acc n))))
           (private (const greeting (TextAppend "Grüße" Demo/Text/suffix)))
           (fun main () (do (Write greeting) (sum 10 0)))
           (entry main)"#,
    );
    expect![[r##"
        #include "oast_runtime.h"

        extern const oast_positions oastp_Demo_SMain;
        #define AT(item, expr) &oastp_Demo_SMain, item, expr
        extern oast_global oastv_Demo_SText_Isuffix;
        static const struct { int64_t bytes, scalars; char data[8]; } t0 = {7, 5, "Gr\303\274\303\237e"};
        oast_value oastf_Demo_SMain_Isum(oast_value, oast_value);
        OAST_UNUSED static oast_value f1(void);
        oast_value oastf_Demo_SMain_Imain(void);
        static oast_value w0(oast_value self, oast_value a0, oast_value a1) { (void)self; return oastf_Demo_SMain_Isum(a0, a1); }
        static const oast_closure c0 = {.arity = 2, .code = (oast_code)w0};
        extern oast_global oastv_Demo_SMain_Isum;
        oast_global oastv_Demo_SMain_Isum = {.function = &c0};
        OAST_UNUSED static oast_global g1 = {.compute = f1, .name = "greeting", .item = 1, .module = &oastp_Demo_SMain};
        static oast_value w2(oast_value self) { (void)self; return oastf_Demo_SMain_Imain(); }
        static const oast_closure c2 = {.arity = 0, .code = (oast_code)w2};
        extern oast_global oastv_Demo_SMain_Imain;
        oast_global oastv_Demo_SMain_Imain = {.function = &c2};

        oast_value oastf_Demo_SMain_Isum(oast_value n_0, oast_value acc_1) {
            for (;;) {
                if (oast_int_equal(n_0, 0)) {
                    return acc_1;
                }
                {
                    oast_value m0 = oast_int_subtract(n_0, 1, AT(0, 6));
                    oast_value m1 = oast_int_add(acc_1, n_0, AT(0, 9));
                    n_0 = m0;
                    acc_1 = m1;
                }
            }
        }

        static oast_value f1(void) {
            return oast_text_append(OAST_VALUE(&t0), oast_get(&oastv_Demo_SText_Isuffix));
        }

        oast_value oastf_Demo_SMain_Imain(void) {
            oast_write(oast_get(&g1));
            return oastf_Demo_SMain_Isum(10, 0);
        }
    "##]].assert_eq(&C.module_text(&module));
}

#[test]
fn integers() {
    check(
        "(fun main () (do
            (int (IntAdd 2 (IntMultiply 3 4)))
            (int (IntSubtract -9223372036854775807 1))
            (int (IntDivide -7 2)) (int (IntRemainder -7 2)) (int (IntRemainder 7 -2))
            (int (IntRemainder (IntSubtract -9223372036854775807 1) -1))
            (int (IntWrappingAdd 9223372036854775807 1))
            (int (IntWrappingSubtract (IntSubtract -9223372036854775807 1) 1))
            (int (IntWrappingMultiply 4611686018427387904 4))
            (int (IntNegate 5))
            (bool (IntLess 1 2)) (bool (IntLessEqual 3 2)) (bool (IntEqual 2 2))
            (bool (BoolNot true)) (bool (BoolAnd true false)) (bool (BoolOr true false))))",
        expect![[r#"
            14
            -9223372036854775808
            -3
            -1
            1
            0
            -9223372036854775808
            9223372036854775807
            0
            -5
            True
            False
            True
            False
            False
            True
        "#]],
    );
}

#[test]
fn run_time_errors_show_the_line() {
    let show = |body: &str, expected: Expect| {
        let text = format!(
            "(fun one () 1)\n(fun zero () 0)\n(fun main ()\n  (do (Write \"before\\n\")\n    {body}))\n(entry main)"
        );
        let program = Program::new("-O0", &[("P/Main", &text)]);
        expected.assert_eq(&shown(&program.command().output().unwrap()));
    };
    show(
        "(IntAdd 9223372036854775807 (one))",
        expect![[r#"
        before
        P/Main.oct:5: error: integer overflow
        exit status Some(1)
    "#]],
    );
    show(
        "(IntSubtract -9223372036854775807\n (IntAdd (one) (one)))",
        expect![[r#"
        before
        P/Main.oct:5: error: integer overflow
        exit status Some(1)
    "#]],
    );
    show(
        "(IntMultiply\n (IntMultiply 9223372036854775807 (IntAdd (one) (one)))\n 3)",
        expect![[r#"
            before
            P/Main.oct:6: error: integer overflow
            exit status Some(1)
        "#]],
    );
    show(
        "(IntNegate (IntSubtract -9223372036854775807 (one)))",
        expect![[r#"
        before
        P/Main.oct:5: error: integer overflow
        exit status Some(1)
    "#]],
    );
    show(
        "(IntDivide (IntSubtract -9223372036854775807 (one)) -1)",
        expect![[r#"
        before
        P/Main.oct:5: error: integer overflow
        exit status Some(1)
    "#]],
    );
    show(
        "(IntDivide 1 (zero))",
        expect![[r#"
        before
        P/Main.oct:5: error: division by zero
        exit status Some(1)
    "#]],
    );
    show(
        "(IntRemainder 1 (zero))",
        expect![[r#"
        before
        P/Main.oct:5: error: division by zero
        exit status Some(1)
    "#]],
    );
    show(
        "(ArrayGet (array 1 2) 2)",
        expect![[r#"
        before
        P/Main.oct:5: error: index 2 is out of bounds for length 2
        exit status Some(1)
    "#]],
    );
    show(
        "(ArraySet (array) -1 5)",
        expect![[r#"
        before
        P/Main.oct:5: error: index -1 is out of bounds for length 0
        exit status Some(1)
    "#]],
    );
    show(
        "(FloatToInt 2.5)",
        expect![[r#"
        before
        P/Main.oct:5: error: the float has no integer value
        exit status Some(1)
    "#]],
    );
    show(
        "(FloatToInt 1e30)",
        expect![[r#"
        before
        P/Main.oct:5: error: the float has no integer value
        exit status Some(1)
    "#]],
    );
    show(
        "(FloatToInt (FloatDivide 0.0 0.0))",
        expect![[r#"
        before
        P/Main.oct:5: error: the float has no integer value
        exit status Some(1)
    "#]],
    );
}

#[test]
fn the_first_of_two_errors_is_shown() {
    let text = "(fun f (n)\n (IntAdd\n  (IntDivide n 0)\n  (IntMultiply n 9223372036854775807)))\n(fun main () (f 3)) (entry main)";
    check_modules(
        &[("P/Main", text)],
        expect![[r#"
        P/Main.oct:3: error: division by zero
        exit status Some(1)
    "#]],
    );
}

#[test]
fn floats() {
    let numbers = [
        "0.0",
        "-0.0",
        "1.0",
        "-1.5",
        "0.1",
        "100.0",
        "123456789012345680000.0",
        "1e21",
        "1.5e300",
        "0.000001",
        "0.0000001",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "0.30000000000000004",
        "4.35",
        "9007199254740993.0",
        "1e23",
        "-1.25e-9",
    ];
    let lines = numbers.map(|it| format!("(float {it})")).join(" ");
    check(
        &format!(
            "(fun main () (do {lines}
                (float (FloatDivide 1.0 0.0)) (float (FloatDivide -1.0 0.0)) (float (FloatDivide 0.0 0.0))
                (float (FloatAdd 0.1 0.2)) (float (FloatSubtract 0.5 2.0)) (float (FloatMultiply 1.5 3.0))
                (float (FloatRemainder -7.5 2.0)) (float (FloatNegate 2.5)) (float (IntToFloat 3))
                (int (FloatToInt -3.0)) (int (FloatToInt 9007199254740992.0))
                (bool (FloatLess 1.0 2.0)) (bool (FloatEqual (FloatDivide 0.0 0.0) (FloatDivide 0.0 0.0)))
                (bool (FloatEqual 0.0 -0.0)) (bool (FloatLessEqual 2.0 2.0))))"
        ),
        expect![[r#"
            0
            0
            1
            -1.5
            0.1
            100
            123456789012345680000
            1e+21
            1.5e+300
            0.000001
            1e-7
            5e-324
            2.2250738585072014e-308
            1.7976931348623157e+308
            0.30000000000000004
            4.35
            9007199254740992
            1e+23
            -1.25e-9
            Infinity
            -Infinity
            NaN
            0.30000000000000004
            -1.5
            4.5
            -1.5
            -2.5
            3
            -3
            9007199254740992
            True
            False
            True
            True
        "#]],
    );
}

#[test]
fn texts() {
    check(
        r#"(fun main () (do
            (line "Grüße, \"Welt\" ??= \\ 🎉")
            (int (TextLength "Grüße 🎉")) (int (TextLength (TextAppend "é" "日本")))
            (int (TextLength ""))
            (bool (TextEqual (TextAppend "a" "b") "ab")) (bool (TextEqual "a" "b"))
            (line (TextAppend (IntToText -120) (TextAppend "/" (BoolToText false))))
            (int (TextLength "a\0b"))
            (line (match (TextAppend "b" "") ("a" "first") ("b" "second") (_ "other")))))"#,
        expect![[r#"
            Grüße, "Welt" ??= \ 🎉
            7
            3
            0
            True
            False
            -120/False
            3
            second
        "#]],
    );
}

#[test]
fn functions_are_applied_to_fewer_and_to_more() {
    check(
        "(fun add3 (a b c) (IntAdd a (IntAdd (IntMultiply 10 b) (IntMultiply 100 c))))
         (fun six (a b c d e f) (IntAdd (add3 a b c) (IntMultiply 1000 (add3 d e f))))
         (fun adder (a) (fn (b) (IntAdd a b)))
         (fun twice (f x) (f (f x)))
         (fun main () (do
            (int (add3 1 2 3))
            (let f add3 (do
                (int (f 1 2 3))
                (int (apply (apply f 1) 2 3))
                (let g (f 1) (let h (g 2) (do (int (h 3)) (int (h 4)) (int (g 5 6)))))))
            (let s six (do
                (int (s 1 2 3 4 5 6))
                (int (apply (s 1) 2 3 4 5 6))
                (int (apply (s 1 2 3 4 5) 6))
                (int (apply (apply (apply s 1 2) 3 4) 5 6))))
            (let a adder (int (a 1 2)))
            (int (twice (adder 5) 1))
            (int (apply (fn () 7)))
            (let k 1 (let wide (fn (a b c d e) (IntAdd k (IntAdd e a))) (do
                (int (wide 1 2 3 4 5)) (int (apply (wide 1) 2 3 4 5)))))))",
        expect![[r#"
            321
            321
            321
            321
            421
            651
            654321
            654321
            654321
            654321
            3
            11
            7
            7
            7
        "#]],
    );
}

#[test]
fn closures_capture_values_and_share_mutable_locals() {
    check(
        r"(fun counter () (var n 0 (fn (by) (do (set n (IntAdd n by)) n))))
          (fun each (n fs) (if (IntEqual n 0) fs (do (ArrayPush fs (fn () n)) (each (IntSubtract n 1) fs))))
          (fun bump (n) (rec ((self (fn (m) (if (IntLess m n) (self (IntAdd m 1)) m)))) self))
          (fun main () (do
            (let c (counter) (let d (counter) (do (c 1) (c 10) (d 5) (int (c 0)) (int (d 0)))))
            (let fs (each 3 (array)) (do
                (int (apply (ArrayGet fs 0))) (int (apply (ArrayGet fs 1))) (int (apply (ArrayGet fs 2)))))
            (rec ((even (fn (k) (if (IntEqual k 0) true (odd (IntSubtract k 1)))))
                  (odd (fn (k) (if (IntEqual k 0) false (even (IntSubtract k 1))))))
              (do (bool (even 10)) (bool (odd 10))))
            (int (apply (bump 100000) 1))
            (var total 0 (do
                (let add (fn (x) (set total (IntAdd total x))) (do (add 4) (add 38)))
                (int total)))))",
        expect![[r#"
            11
            5
            3
            2
            1
            True
            False
            100000
            42
        "#]],
    );
}

#[test]
fn constants_are_computed_once_and_not_before_they_are_needed() {
    check_modules(
        &[
            (
                "P/Lib",
                "(const a (do (Write \"a \") 20))\n(const unused (IntDivide 1 0))\n(fun inc (n) (IntAdd n 1))",
            ),
            (
                "P/Main",
                r#"(private (const b (do (Write "b ") (IntAdd P/Lib/a P/Lib/a))))
                   (fun main () (do (Write "start ") (Write (IntToText (IntAdd b (apply P/Lib/inc b)))) (Write "\n")))
                   (entry main)"#,
            ),
        ],
        expect![[r#"
            start b a 81
        "#]],
    );
    check_modules(
        &[(
            "P/Main",
            "(const x\n (IntAdd 1 y))\n\n(const y x)\n(fun main () (IntAdd x 1)) (entry main)",
        )],
        expect![[r#"
            P/Main.oct:1: error: the value of `x` depends on itself
            exit status Some(1)
        "#]],
    );
}

#[test]
fn matches() {
    check(
        r#"(fun describe (list)
             (match list
               ((L#0) "none")
               ((L#1 1 _) "one first")
               ((L#1 x (L#0)) when (IntLess 9 x) "a large one")
               ((L#1 x rest) when (let n (IntAdd x 1) (IntEqual n 3)) (describe rest))
               ((L#1 _ (L#1 y _)) (IntToText y))
               (_ "else")))
           (fun swap (pair) (match pair ((record (0 a) (1 true)) (record a false)) ((record (0 a) (1 b)) (record b a))))
           (fun sum (tree) (match tree ((T#0) 0) ((T#1 left value right) (IntAdd (sum left) (IntAdd value (sum right))))))
           (fun size (n) (IntAdd 1 (match n (0 0) (1 10) (-5 50) (n n))))
           (fun main () (do
             (line (describe (new L#0)))
             (line (describe (new L#1 1 (new L#0))))
             (line (describe (new L#1 10 (new L#0))))
             (line (describe (new L#1 2 (new L#1 1 (new L#0)))))
             (line (describe (new L#1 5 (new L#1 6 (new L#0)))))
             (line (describe (new L#1 5 (new L#0))))
             (int (field (swap (record 3 true)) 0))
             (bool (field (swap (record 3 false)) 0))
             (int (sum (new T#1 (new T#1 (new T#0) 1 (new T#0)) 2 (new T#1 (new T#0) 4 (new T#0)))))
             (int (size 0)) (int (size 1)) (int (size -5)) (int (size 7))))"#,
        expect![[r#"
            none
            one first
            a large one
            one first
            6
            else
            3
            False
            7
            1
            11
            51
            8
        "#]],
    );
}

#[test]
fn loops() {
    check(
        "(fun triangle (n) (var i 0 (var sum 0 (do
            (loop (if (IntLess i n) (do (set i (IntAdd i 1)) (set sum (IntAdd sum i))) (break 0)))
            sum))))
         (fun search (n) (var i 0 (do
            (loop (var j 0 (do
                (set i (IntAdd i 1))
                (loop (do
                    (set j (IntAdd j 1))
                    (if (IntEqual (IntMultiply i j) n) (return (IntAdd (IntMultiply 1000 i) j)) unit)
                    (if (IntLess i j) (continue 1) unit)
                    (if (IntLess 50 i) (break 1) unit)))
                )))
            -1)))
         (fun skip () (var i 0 (var n 0 (do
            (loop (do
                (set i (IntAdd i 1))
                (if (IntLess 10 i) (break 0) unit)
                (if (IntEqual (IntRemainder i 2) 0) (continue 0) unit)
                (set n (IntAdd n i))))
            n))))
         (fun down (n) (loop (if (IntLess n 1) (return n) (return (down (IntSubtract n 1))))))
         (fun main () (do (int (triangle 100)) (int (search 42)) (int (search 997)) (int (skip)) (int (down 1000000))))",
        expect![[r#"
            5050
            6007
            -1
            25
            0
        "#]],
    );
}

#[test]
fn objects_and_arrays_are_shared() {
    check(
        "(fun main () (do
            (let point (new Point#0 1 2 3 4) (let same point (do
                (put same 1 (IntAdd (get point 0) 41))
                (int (get point 1)) (int (get point 3)))))
            (let list (array 1 2 3) (let same list (do
                (ArrayPush same 4) (ArraySet list 0 10)
                (int (ArrayLength list)) (int (ArrayGet same 0)) (int (ArrayGet list 3)))))
            (let empty (array) (do
                (var i 0 (loop (if (IntLess i 1000) (do (ArrayPush empty i) (set i (IntAdd i 1))) (break 0))))
                (int (ArrayGet empty 999)) (int (ArrayLength empty))))))",
        expect![[r#"
            42
            4
            4
            10
            4
            999
            1000
        "#]],
    );
}

#[test]
fn evaluation_goes_from_left_to_right() {
    check(
        r#"(fun say (n) (do (Write (IntToText n)) n))
           (fun three (a b c) (IntAdd a (IntAdd b c)))
           (fun main () (do
             (int (three (say 1) (say 2) (say 3)))
             (int (field (record-order (1 0) (say 4) (say 5)) 1))
             (int (IntAdd (say 6) (if (IntLess (say 7) 9) (do (say 8) (say 9)) 0)))
             (var x 1 (int (three x (do (set x 10) x) x)))
             (int (ArrayLength (array (say 1) (say 2) (say 3))))
             (int (IntAdd (say 1) (if (IntLess 0 1) (match (say 2) (2 (say 3)) (_ 0)) 7)))
             (bool (if (IntLess (say 5) 3) (IntLess (say 6) 2) false))))"#,
        expect![[r#"
            1236
            545
            678915
            21
            1233
            1234
            5False
        "#]],
    );
}

#[test]
fn names_need_not_be_ascii() {
    check_modules(
        &[
            ("P/Größe/模块", "(fun größer (größe) (IntAdd größe 1)) (const π_2 6)"),
            (
                "P/Main",
                "(fun main () (Write (IntToText (P/Größe/模块/größer P/Größe/模块/π_2)))) (entry main)",
            ),
        ],
        expect!["7"],
    );
}

#[test]
fn a_loop_that_allocates_stays_small() {
    let program = Program::new(
        "-O2",
        &[(
            "P/Main",
            r#"(fun cycle (n last) (if (IntEqual n 0) last (cycle (IntSubtract n 1) (new P#0 n (new P#0 (fn () n) (IntToText n))))))
               (fun main () (match (cycle 10000000 (new P#0 1 2)) ((P#0 n _) (Write (IntToText n)))))
               (entry main)"#,
        )],
    );
    assert_eq!(shown(&program.limited().output().unwrap()), "1");
}

#[test]
fn the_collector_keeps_what_is_reachable() {
    check(
        "(fun build (n list) (if (IntEqual n 0) list (build (IntSubtract n 1) (new L#1 n list))))
         (fun total (list acc) (match list ((L#0) acc) ((L#1 n rest) (total rest (IntAdd acc n)))))
         (fun churn (n keep) (if (IntEqual n 0) keep
            (churn (IntSubtract n 1) (do (build 1000 (new L#0)) keep))))
         (fun texts (n all) (if (IntEqual n 0) all (do (ArrayPush all (IntToText n)) (texts (IntSubtract n 1) all))))
         (const kept (build 100000 (new L#0)))
         (fun main () (do
            (int (total kept 0))
            (let all (texts 200000 (array)) (do
                (int (total (churn 20000 (build 300000 (new L#0))) 0))
                (int (total kept 0))
                (line (ArrayGet all 0)) (line (ArrayGet all 199999))))))",
        expect![[r#"
            5000050000
            45000150000
            5000050000
            200000
            1
        "#]],
    );
}

#[test]
fn recursion_can_be_deep_and_too_deep() {
    check(
        "(fun build (n) (if (IntEqual n 0) (new L#0) (new L#1 n (build (IntSubtract n 1)))))
         (fun sum (list) (match list ((L#0) 0) ((L#1 n rest) (IntAdd n (sum rest)))))
         (fun main () (int (sum (build 1000000))))",
        expect![[r#"
            500000500000
        "#]],
    );
    let program = Program::new(
        "-O2",
        &[(
            "P/Main",
            r#"(fun forever (n) (IntAdd 1 (forever (IntAdd n 1))))
               (fun main () (do (Write "before\n") (forever 1)))
               (entry main)"#,
        )],
    );
    expect![[r#"
        before
        error: stack overflow: the recursion is too deep
        exit status Some(1)
    "#]]
    .assert_eq(&shown(&program.limited().output().unwrap()));
}

#[test]
fn a_closed_output_ends_the_program_silently() {
    let program = Program::new(
        "-O2",
        &[(
            "P/Main",
            "(fun forever () (do (Write \"line\\n\") (forever))) (fun main () (forever)) (entry main)",
        )],
    );
    let output = program.script("{ ./program; echo $? >&2; } | head -n 1").output().unwrap();
    assert_eq!(shown(&output), "line\n1\n");
}

#[test]
fn moved_lines_change_the_position_table_alone() {
    let text = "(fun f (n) (IntAdd n 1))";
    let (module, positions) = ir_module("P/Main", text);
    let (moved, moved_positions) = ir_module("P/Main", &format!("; a comment\n{text}"));
    assert_eq!(C.module_file(&module), C.module_file(&moved));
    let table = |positions| {
        C.position_table(
            "P",
            &[ModulePositions { module: &module.path, source: "A/Main.oct", positions }],
        )
    };
    assert_ne!(table(&positions), table(&moved_positions));
    assert_eq!(table(&positions).path, Path::new("P.positions.c"));
}
