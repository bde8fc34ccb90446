//! The target `python-3`: what its programs print and how they end.
#![expect(clippy::disallowed_methods, reason = "the subject is what `python3` does with the files")]

use std::fmt::Write as _;
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};
use oast_engine::base::ModulePath;
use oast_engine::ir::{Module, Positions};
use oast_engine::target::python::Python;
use oast_engine::target::{Backend, GeneratedFile};
use oast_engine::testing::ir_module;
use tempfile::TempDir;

use crate::generated::{files_of, put};

#[test]
fn a_module_is_readable() {
    let text = r#"
        (data List 2)
        (fun length (list count)
          (match list ((List#0) count) ((List#1 first rest) (length rest (IntAdd count 1)))))
        (fun map (function list)
          (match list
            ((List#0) (new List#0))
            ((List#1 first rest) (new List#1 (apply function first) (map function rest)))))
        (const limit (IntMultiply 4 25))
        (fun clamp (n) (if (IntLess limit n) limit n))
        (fun main () (do
          (Write (IntToText (length (map (fn (n) (clamp (IntAdd n limit))) (new List#1 1 (new List#0))) 0)))
          (Write "\n")))
        (entry main)
    "#;
    let (module, _) = ir_module("Demo/Lists", text);
    expect![[r#"
        """Made by Oast of the module Demo/Lists."""

        from _oast import (
            add as _add,
            apply as _apply,
            constant as _constant,
            multiply as _multiply,
            run as _run,
            singleton as _singleton,
            write as _write,
        )

        __path__ = [__file__[:-3]]
        _module = "Demo/Lists"


        @_singleton
        class List0:
            __slots__ = ()


        class List1:
            __slots__ = __match_args__ = ("_0", "_1")

            def __init__(self, _0, _1):
                self._0 = _0
                self._1 = _1


        _types = {
            "List": (List0, List1),
        }


        def length(list, count):
            while True:
                if list is List0:
                    return count
                rest = list._1
                list = rest
                count = _add(count, 1, (0, 5))


        def map(function, list):
            if list is List0:
                return List0
            first = list._0
            rest = list._1
            return List1(_apply(function, first), map(function, rest))


        @_constant("limit", 2)
        def limit():
            return _multiply(4, 25, (2, 2))


        def clamp(n):
            if limit() < n:
                return limit()
            return n


        def main():
            def function(n):
                return clamp(_add(n, limit(), (4, 2)))
            _write(str(length(map(function, List1(1, List0)), 0)))
            _write("\n")
            return None


        if __name__ == "__main__":
            _run(main)
    "#]]
    .assert_eq(&python_of(&module));
}

fn python_of(module: &Module) -> String {
    let file = Python.module_file(module);
    file.contents
}

#[test]
fn functions_are_applied_to_fewer_and_more_arguments() {
    check(
        r#"
        (fun add (a b c) (IntAdd (IntMultiply a 100) (IntAdd (IntMultiply b 10) c)))
        (fun adder (a) (fn (b) (fn (c) (add a b c))))
        (fun constant () 7)
        (fun main () (do
          (let f (apply add 1) (let g (apply f 2) (Write (IntToText (apply g 3)))))
          (Write (IntToText (apply (apply add 1 2) 3)))
          (Write (IntToText (apply adder 1 2 3)))
          (let f adder (Write (IntToText (apply f 4 5 6))))
          (let f constant (Write (IntToText (apply f))))))
        (entry main)
        "#,
        expect!["1231231234567"],
    );
}

#[test]
fn closures_keep_what_they_capture_and_share_what_changes() {
    check(
        r#"
        (fun main () (do
          (let functions (array)
            (var i 0 (do
              (loop (if (IntEqual i 3) (break 0) (do
                (let n i (rec ((f (fn (k) (if (IntEqual k 0) n (f (IntSubtract k 1)))))) (ArrayPush functions f)))
                (set i (IntAdd i 1)))))
              (Write (IntToText (apply (ArrayGet functions 0) 3)))
              (Write (IntToText (apply (ArrayGet functions 2) 3))))))
          (var count 0
            (let step (fn () (do (set count (IntAdd count 1)) count))
              (do (step) (step) (Write (IntToText count)))))))
        (entry main)
        "#,
        expect!["022"],
    );
}

#[test]
fn constants_are_computed_once() {
    check(
        r#"
        (const noisy (do (Write "computed ") 5))
        (fun main () (Write (IntToText (IntAdd noisy noisy))))
        (entry main)
        "#,
        expect!["computed 10"],
    );
}

#[test]
fn modules_use_each_other() {
    let shapes = r#"
        (data Shape 2)
        (const unit (new Shape#0 1 1))
        (fun square (side) (new Shape#0 side side))
        (fun circle (radius) (new Shape#1 radius))
        (fun empty () (new Empty#0))
        (fun counter () (new Class#0 1))
    "#;
    let main = r#"
        (fun area (shape)
          (match shape ((Demo/A/B/Shape#0 w h) (IntMultiply w h)) ((Demo/A/B/Shape#1 r) r)))
        (fun main () (do
          (Write (IntToText (area (Demo/A/B/square 3))))
          (Write (IntToText (area Demo/A/B/unit)))
          (let f Demo/A/B/circle (Write (IntToText (area (apply f 4)))))
          (match (Demo/A/B/empty) ((Demo/A/B/Empty#0) (Write "empty")))
          (let c (Demo/A/B/counter) (do (put c 0 8) (Write (IntToText (get c 0)))))
          (Write Demo/A/name)))
        (entry main)
    "#;
    let output = Program::new(&[
        ("Demo/A/B", shapes),
        ("Demo/A", "(const name \"A\")"),
        ("Demo/Main", main),
    ])
    .run("Demo/Main");
    assert_eq!(shown(&output), "914empty8A");
}

#[test]
fn packages_may_be_called_like_modules_of_python() {
    for package in ["json", "threading", "sys", "math", "os", "runpy", "class", "_oast", "requests"]
    {
        let library = format!("{package}/library");
        let text = format!(
            "(fun main () (do (Write {library}/name) (IntAdd 9223372036854775807 1))) (entry main)"
        );
        let main = format!("{package}/import");
        let program = Program::new(&[(&library, "(const name \"name\")"), (&main, &text)]);
        let output = program.run(&main);
        let expected = format!("name[{main}.oct:1: error: integer overflow\n]");
        assert_eq!(shown(&output), expected, "{package}");
    }
}

#[test]
fn names_may_be_words_of_python() {
    check(
        r#"
        (fun len (str) (TextLength str))
        (fun _add (self) (len (TextAppend self "!")))
        (fun $start (class) (let None (_add class) (IntAdd None 1)))
        (fun main () (let main "x" (let import ($start main) (Write (IntToText import)))))
        (entry main)
        "#,
        expect!["3"],
    );
}

#[test]
fn integers_have_64_bits() {
    let stops = |expr: &str, message: &str| {
        let text = format!("\n(fun main ()\n  (Write (IntToText\n    {expr})))\n(entry main)");
        let output = Program::new(&[("Demo/Main", &text)]).run("Demo/Main");
        assert_eq!(shown(&output), format!("[Demo/Main.oct:4: error: {message}\n]"), "{expr}");
    };
    stops("(IntAdd 9223372036854775807 1)", "integer overflow");
    stops("(IntSubtract -9223372036854775808 1)", "integer overflow");
    stops("(IntMultiply 4294967296 2147483648)", "integer overflow");
    stops("(IntNegate -9223372036854775808)", "integer overflow");
    stops("(IntDivide -9223372036854775808 -1)", "integer overflow");
    stops("(IntDivide 1 0)", "division by zero");
    stops("(IntRemainder 1 0)", "division by zero");
    stops("(FloatToInt 9223372036854775808.0)", "the float has no integer value");
    stops("(FloatToInt 2.5)", "the float has no integer value");
    stops("(FloatToInt (FloatDivide 0.0 0.0))", "the float has no integer value");
    stops("(ArrayGet (array 1 2) 2)", "index 2 is out of bounds for length 2");
    stops("(ArrayGet (array 1 2) -1)", "index -1 is out of bounds for length 2");
    let values = [
        "(IntDivide -7 2)",
        "(IntRemainder -7 2)",
        "(IntDivide 7 -2)",
        "(IntRemainder 7 -2)",
        "(IntRemainder -9223372036854775808 -1)",
        "(IntWrappingAdd 9223372036854775807 1)",
        "(IntWrappingMultiply 4294967297 4294967297)",
        "(IntWrappingSubtract -9223372036854775808 1)",
        "(FloatToInt -2.0)",
    ];
    check(
        &printing(&values.map(|it| format!("(IntToText {it})"))),
        expect![[r#"
        -3
        -1
        -3
        1
        0
        -9223372036854775808
        8589934593
        9223372036854775807
        -2
    "#]],
    );
}

#[test]
fn floats_are_written_as_ecmascript_does() {
    let values = [
        "1.0",
        "0.1",
        "-0.0",
        "100.0",
        "1e21",
        "123456789012345680000.0",
        "1e-6",
        "1e-7",
        "1.5e-7",
        "5e-324",
        "1.7976931348623157e308",
        "-2.5",
        "(FloatDivide 1.0 0.0)",
        "(FloatDivide -1.0 0.0)",
        "(FloatDivide 0.0 0.0)",
        "(FloatRemainder -7.5 2.0)",
        "(FloatRemainder 1.0 0.0)",
        "(IntToFloat 9007199254740993)",
        "(FloatNegate (FloatAdd 0.1 0.2))",
    ];
    check(
        &printing(&values.map(|it| format!("(FloatToText {it})"))),
        expect![[r#"
        1
        0.1
        0
        100
        1e+21
        123456789012345680000
        0.000001
        1e-7
        1.5e-7
        5e-324
        1.7976931348623157e+308
        -2.5
        Infinity
        -Infinity
        NaN
        -1.5
        NaN
        9007199254740992
        -0.30000000000000004
    "#]],
    );
}

#[test]
fn texts_are_unicode() {
    let program = r#"(fun main () (do (Write "größe ✓\r\n") (Write (IntToText (TextLength "✓😀\0"))))) (entry main)"#;
    let (module, _) = ir_module("Demo/Main", program);
    assert!(python_of(&module).is_ascii() || python_of(&module).contains("größe"));
    let program = Program::new(&[("Demo/Main", program)]);
    for locale in ["C", "POSIX", "C.UTF-8"] {
        let mut command = program.command("Demo/Main");
        let output = command.env("LC_ALL", locale).env("PYTHONIOENCODING", "latin-1").output();
        assert_eq!(shown(&output.unwrap()), "größe ✓r\n3");
    }
}

#[test]
fn deep_recursion_has_room() {
    check(
        r#"
        (data List 2)
        (fun range (n) (if (IntEqual n 0) (new List#0) (new List#1 n (range (IntSubtract n 1)))))
        (fun fold (f list)
          (match list ((List#0) 0) ((List#1 first rest) (apply f first (fold f rest)))))
        (fun main () (Write (IntToText (fold (fn (a b) (IntAdd a b)) (range 150000)))))
        (entry main)
        "#,
        expect!["11250075000"],
    );
}

#[test]
fn recursion_without_end_is_an_error() {
    check(
        r#"
        (fun deep (n) (IntAdd 1 (deep n)))
        (fun main () (do (Write "before") (deep 0)))
        (entry main)
        "#,
        expect![[r"
            before[error: stack overflow: the recursion is too deep
            ]"]],
    );
}

#[test]
fn a_tail_call_to_itself_does_not_grow_the_stack() {
    check(
        r#"
        (fun count (n sum) (if (IntEqual n 0) sum (count (IntSubtract n 1) (IntAdd sum n))))
        (fun main () (Write (IntToText (count 1000000 0))))
        (entry main)
        "#,
        expect!["500000500000"],
    );
}

#[test]
fn a_constant_that_needs_itself_is_an_error() {
    check(
        r#"
        (fun f () (IntAdd class 1))
        (const class
          (f))
        (fun main () (Write (IntToText class)))
        (entry main)
        "#,
        expect![[r"
            [Demo/Main.oct:3: error: the value of `class` depends on itself
            ]"]],
    );
}

#[test]
fn a_long_list_is_not_too_deep_for_python() {
    let list = (0..400).fold("(new List#0)".to_owned(), |it, n| format!("(new List#1 {n} {it})"));
    let sum = (0..400).fold("0".to_owned(), |it, n| format!("(IntAdd {it} (first {n}))"));
    let all = (0..400)
        .fold("true".to_owned(), |it, n| format!("(if {it} (IntLess 0 (first {n})) false)"));
    let program = format!(
        r#"
        (data List 2)
        (fun first (n) (match {list} ((List#1 first _) (IntSubtract first n)) (_ 0)))
        (fun all () {all})
        (fun main () (do (Write (IntToText {sum})) (Write (BoolToText (all)))))
        (entry main)
        "#
    );
    check(&program, expect!["79800False"]);
}

#[test]
fn operands_are_evaluated_from_left_to_right() {
    check(
        r#"
        (fun say (text value) (do (Write text) value))
        (fun object () (do (Write "o") (new Class#0 1)))
        (fun add (a b) (IntAdd a b))
        (fun main () (do
          (say "" (add (say "a" 1) (say "b" 2)))
          (put (object) 0 (say "v" 2))
          (record-order (1 0) (say "2" 0) (say "1" 0))
          (apply (do (Write "f") add) (say "x" 1) (say "y" 2))))
        (entry main)
        "#,
        expect!["abov12fxy"],
    );
}

#[test]
fn a_reader_that_leaves_ends_the_program_silently() {
    let text = r#"(fun main () (loop (Write "much text\n"))) (entry main)"#;
    let program = Program::new(&[("Demo/Main", text)]);
    let mut child =
        program.command("Demo/Main").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), shown(&output).as_str()), (Some(1), "[]"));
}

#[test]
fn an_interrupt_ends_the_program_with_130() {
    let text = r#"(fun main () (loop (Write "much text\n"))) (entry main)"#;
    let program = Program::new(&[("Demo/Main", text)]);
    let interrupt = r#"
import signal, subprocess, sys

ready = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
command = [sys.executable, "-m", "Demo.Main"]
process = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=ready)
process.stdout.read(1)
process.send_signal(signal.SIGINT)
try:
    print(process.wait(60))
finally:
    process.kill()
"#;
    let mut command = Command::new("python3");
    let output = command.args(["-c", interrupt]).current_dir(&program.folder).output().unwrap();
    assert_eq!(shown(&output), "130\n");
}

#[test]
fn an_interrupt_that_comes_while_the_program_starts_ends_it_as_well() {
    let text = r#"(fun main () (loop (Write "much text\n"))) (entry main)"#;
    let program = Program::new(&[("Demo/Main", text)]);
    // As `threading` fails where the interrupt comes while it waits for a lock.
    let interrupted = r#"
import runpy, threading

start = threading.Thread.start

def interrupted(thread):
    start(thread)
    try:
        raise KeyboardInterrupt
    finally:
        raise RuntimeError("release unlocked lock")

threading.Thread.start = interrupted
runpy.run_module("Demo.Main", run_name="__main__")
"#;
    let mut command = Command::new("python3");
    let output = command.args(["-c", interrupted]).current_dir(&program.folder).output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn moved_code_changes_the_position_table_only() {
    let before = "(fun main () (Write (IntToText (IntDivide 1 0)))) (entry main)";
    let after = format!("; a comment\n\n{before}");
    let [before, after] = [before, &after].map(|it| Program::new(&[("Demo/Main", it)]));
    let changed: Vec<&str> = before
        .files
        .iter()
        .zip(&after.files)
        .filter(|(before, after)| before != after)
        .map(|(before, _)| before.path.as_str())
        .collect();
    assert_eq!(changed, ["Demo/__init__.py"]);
    assert_eq!(shown(&after.run("Demo/Main")), "[Demo/Main.oct:3: error: division by zero\n]");
}

#[test]
fn python_has_nothing_to_warn_about_and_leaves_nothing_behind() {
    let text = r#"(fun main () (if (IntEqual 1 1) (Write "\\d é") unit)) (entry main)"#;
    let program = Program::new(&[("Demo/A/Main", text), ("Demo/A", "(const a 1)")]);
    for file in &program.files {
        let mut command = Command::new("python3");
        let code = format!(
            "with open({:?}, encoding='utf-8') as f: compile(f.read(), 'x', 'exec')",
            file.path
        );
        let output = command
            .args(["-W", "error", "-c", &code])
            .current_dir(&program.folder)
            .output()
            .unwrap();
        assert_eq!(shown(&output), "", "{}", file.path);
    }
    let output = program.run("Demo/A/Main");
    assert_eq!(shown(&output), "\\d é");
    assert!(!program.folder.path().join("__pycache__").exists());
}

/// A program that writes each text in a line.
fn printing(texts: &[String]) -> String {
    let mut program = "(fun main () (do".to_owned();
    for text in texts {
        write!(program, " (Write {text}) (Write \"\\n\")").unwrap();
    }
    program + ")) (entry main)"
}

fn check(program: &str, expected: Expect) {
    let output = Program::new(&[("Demo/Main", program)]).run("Demo/Main");
    expected.assert_eq(&shown(&output));
}

/// Standard output, then standard error in brackets where the program ended badly.
fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    match output.status.code() {
        Some(0) => stdout + &stderr,
        Some(1) => format!("{stdout}[{stderr}]"),
        other => format!("{stdout}[{stderr}] {other:?}"),
    }
}

/// Runs the program of these modules, of which the last has the entry.
pub(crate) fn run(modules: &[(&str, &str)]) -> Output {
    let (main, _) = modules.last().unwrap();
    Program::new(modules).run(main)
}

struct Program {
    folder: TempDir,
    files: Vec<GeneratedFile>,
}

impl Program {
    fn new(modules: &[(&str, &str)]) -> Program {
        let modules: Vec<(Module, Positions)> =
            modules.iter().map(|(path, text)| ir_module(path, text)).collect();
        let files = files_of(&Python, &modules, "oct");
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &files);
        Program { folder, files }
    }

    fn command(&self, module: &str) -> Command {
        let mut command = Command::new("python3");
        command.args(["-m", &Python::program(&ModulePath::new(module))]);
        command.current_dir(&self.folder);
        command
    }

    fn run(&self, module: &str) -> Output {
        self.command(module).output().unwrap()
    }
}
