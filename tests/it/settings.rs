//! Settings of Oast itself: who wins, where paths lead, and every mistake at its place.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use oast_engine::base::Checked;
use oast_engine::host::{FakeHost, Host};
use oast_engine::manifest::Dialect;
use oast_engine::source::Diagnostic;
use oast_engine::workspace::{CompilerCommand, Settings, SettingsError};

const WORKSPACE: &str = "/w/.oast/config.toml";
const USER: &str = "/home/config.toml";

fn machine(files: &[(&str, &str)]) -> FakeHost {
    let host = FakeHost::default();
    for (path, text) in files {
        host.write((*path).into(), text.as_bytes()).unwrap();
    }
    host
}

fn load(host: &FakeHost) -> Checked<Settings, Diagnostic> {
    Settings::load(host, "/w".into(), Some("/home".into())).unwrap()
}

/// What is chosen for Oats; no mistake is expected.
fn chosen(host: &FakeHost) -> Option<CompilerCommand> {
    let loaded = load(host);
    assert_eq!(loaded.diagnostics, []);
    loaded.value.compiler(Dialect::Oats).cloned()
}

fn check_mistakes(path: &str, text: &str, expected: Expect) {
    let mut shown = String::new();
    for it in load(&machine(&[(path, text)])).diagnostics {
        assert_eq!(it.span.path, path);
        let at = &text[it.span.range.span()];
        writeln!(shown, "{} at {at:?}: {}", it.code, it.message).unwrap();
        it.help.iter().for_each(|help| writeln!(shown, "  help: {help}").unwrap());
    }
    expected.assert_eq(&shown);
}

#[test]
fn the_nearest_wins_and_is_taken_whole() {
    assert_eq!(chosen(&machine(&[])), None);
    let user = "[compiler.oats]\ncommand = \"user\"\nruntime = \"lib/libuser.a\"\n";
    let workspace = "[compiler.oats]\ncommand = \"ours --strict\"\nread = [\"../sdk\"]\n";
    let host = machine(&[(USER, user)]);
    let it = chosen(&host).unwrap();
    assert_eq!(it.words, ["user"]);
    assert_eq!((it.runtime.unwrap().as_str(), it.origin.as_str()), ("/home/lib/libuser.a", USER));
    host.write(WORKSPACE.into(), workspace.as_bytes()).unwrap();
    let it = chosen(&host).unwrap();
    assert_eq!((it.words, it.runtime), (vec!["ours".to_owned(), "--strict".to_owned()], None));
    assert_eq!((it.read, it.origin.as_str()), (vec!["/sdk".into()], WORKSPACE));
    host.set_env("OAST_COMPILER_OATS", "  ");
    assert_eq!(chosen(&host).unwrap().origin, WORKSPACE);
    host.set_env("OAST_COMPILER_OATS", "mine 'a b'");
    let it = chosen(&host).unwrap();
    assert_eq!((it.words, it.read.len()), (vec!["mine".to_owned(), "a b".to_owned()], 0));
    assert_eq!(it.origin, "OAST_COMPILER_OATS");
    assert_eq!(load(&host).value.compiler(Dialect::Octizys), None);
}

#[test]
fn relative_paths_are_seen_from_whose_settings_they_are() {
    let text =
        "[compiler.oats]\ncommand = [\"./bin/oatsc\", \"tools/x.py\", \"no/file\", \"-I/x/y\"]\n";
    let words = |path: &str, base: &str| {
        let host = machine(&[(path, text)]);
        host.write(format!("{base}/tools/x.py").as_str().into(), b"").unwrap();
        chosen(&host).unwrap().words
    };
    let expected = |base: &str| {
        [&format!("{base}/bin/oatsc"), &format!("{base}/tools/x.py"), "no/file", "-I/x/y"]
            .map(str::to_owned)
    };
    assert_eq!(words(WORKSPACE, "/w"), expected("/w"));
    assert_eq!(words(USER, "/home"), expected("/home"));
    let host = machine(&[]);
    host.set_env("OAST_COMPILER_OATS", "../oatsc");
    assert_eq!(chosen(&host).unwrap().words, ["/oatsc"]);
}

#[test]
fn every_mistake_has_its_place() {
    check_mistakes(
        WORKSPACE,
        "[compiler.oats]\ncomand = \"x\"\n[compiler.oat]\n[compilers]\n[store]\nquota = \"1 GB\"\n",
        expect![[r#"
            unknown-key at "comand": there is no key `comand` in `[compiler.oats]`
            unknown-key at "oat": there is no key `oat` in `[compiler]`
            unknown-key at "compilers": there is no key `compilers` in the settings
            unknown-key at "store": there is no key `store` in the settings
              help: the keys of the settings are `compiler`
        "#]],
    );
    check_mistakes(
        USER,
        "[compiler.oats]\nruntime = \"\"\nread = [1]\n[store]\nquota = \"much\"\n",
        expect![[r#"
            missing-key at "oats": nothing says which compiler `oats` is to have
              help: write `command`, the program and its first arguments: `command = "oatsc"`
            invalid-path at "\"\"": a path cannot be empty
            wrong-type at "1": `read[0]` must be a string
            invalid-size at "\"much\"": `much` is not an amount of bytes
              help: write a number and a unit, such as `10 GB` or `512 MiB`
        "#]],
    );
    check_mistakes(
        USER,
        "compiler = ",
        expect![[r#"
        toml-syntax at "": this is not TOML: string values must be quoted, expected literal string
    "#]],
    );
}

#[test]
fn a_command_has_a_program() {
    for wrong in ["\"\"", "\"  \"", "\"'open\"", "[]", "[\"\", \"x\"]", "7", "[\"x\", 7]"] {
        let host = machine(&[(WORKSPACE, &format!("[compiler.oats]\ncommand = {wrong}\n"))]);
        let loaded = load(&host);
        let codes: Vec<_> = loaded.diagnostics.iter().map(|it| &*it.code).collect();
        assert_eq!(
            codes,
            [if wrong.contains('7') { "wrong-type" } else { "invalid-command" }],
            "{wrong}"
        );
        assert_eq!(loaded.value.compiler(Dialect::Oats), None, "{wrong}");
    }
    for wrong in ["'open", "'' x"] {
        let host = machine(&[]);
        host.set_env("OAST_COMPILER_OATS", wrong);
        let error = Settings::load(&host, "/w".into(), None).unwrap_err();
        let expected =
            SettingsError::NoCommand { variable: "OAST_COMPILER_OATS", value: wrong.into() };
        assert_eq!(error, expected);
    }
}

#[test]
fn what_cannot_be_read_is_a_mistake_at_the_file() {
    let host = machine(&[]);
    host.write(USER.into(), &[0xff]).unwrap();
    let found = load(&host).diagnostics;
    expect!["the settings cannot be read: it is not UTF-8"].assert_eq(&found[0].message);
    assert_eq!((found.len(), found[0].span.path.as_str()), (1, USER));
}
