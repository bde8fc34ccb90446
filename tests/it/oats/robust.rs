//! Whatever the text is, nothing panics.

use crate::oats::world::World;

const PIECES: &[&str] = &[
    "let ",
    "mut ",
    "x",
    " = ",
    "1",
    ";",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "=>",
    "function ",
    "class ",
    "`a${",
    "}`",
    "\"",
    "'",
    "?.",
    "??",
    "?",
    ":",
    ",",
    "...",
    "if",
    "else",
    "for",
    " of ",
    " in ",
    "while",
    "return ",
    "import ",
    "from ",
    "export ",
    "new ",
    "this",
    "super",
    ".",
    "<",
    ">",
    "|",
    "&&",
    "||",
    "!",
    "typeof ",
    "await ",
    "async ",
    "switch",
    "case ",
    "default",
    "break",
    "continue",
    "try",
    "catch",
    "finally",
    "throw ",
    "enum ",
    "interface ",
    "type ",
    "number",
    "string",
    "null",
    "undefined",
    "\n",
    " ",
    "/*",
    "//",
    "é",
    "@",
    "#",
    "++",
    "--",
    "+=",
    "extends ",
    "constructor",
    "static ",
    "public ",
    "as ",
    "const ",
    "void",
    "println",
    "x.y",
    "f(x)",
];

/// A sequence of numbers that look random, the same ones every time.
fn random(seed: &mut u64) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    (*seed >> 16) as usize
}

#[test]
fn garbage_is_only_reported() {
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..1500 {
        let length = random(&mut seed) % 60;
        let text: String = (0..length).map(|_| PIECES[random(&mut seed) % PIECES.len()]).collect();
        World::default().check("P/main", &text, true);
        let inside = format!("export function main(): void {{ {text} }}");
        World::default().check("P/main", &inside, true);
    }
}

#[test]
fn damaged_programs_are_only_reported() {
    let program = include_str!("../../../engine/src/lang/oats/prelude.oats");
    let program = &program[..program.find("export function array_find<").unwrap()];
    let mut seed = 0x1234_5678_9ABC_DEF1;
    for _ in 0..150 {
        let mut text = program.to_owned();
        for _ in 0..3 {
            let at = random(&mut seed) % text.len();
            let end = (at + random(&mut seed) % 9).min(text.len());
            text.replace_range(at..end, PIECES[random(&mut seed) % PIECES.len()]);
            text.retain(|c| c.is_ascii());
        }
        World::default().check("P/main", &text, false);
    }
}

#[test]
fn deep_nesting_is_only_reported() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("!", ""),
        ("x => ", ""),
        ("if (x) ", ";"),
        ("`${", "}`"),
    ] {
        for depth in [90, 100, 5000] {
            let text = format!("const x = {}1{};", open.repeat(depth), close.repeat(depth));
            World::default().check("P/main", &text, false);
            let text =
                format!("function f(): void {{ {}1{} }}", open.repeat(depth), close.repeat(depth));
            World::default().check("P/main", &text, false);
        }
    }
    let chain = format!("const x = 1{};", " + 1".repeat(5000));
    World::default().check("P/main", &chain, false);
    let calls = format!("const x = a{};", ".b()".repeat(5000));
    World::default().check("P/main", &calls, false);
}
