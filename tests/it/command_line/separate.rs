//! `oatsc` as the other compiler of a workspace: a process of its own for each package.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "the subject is programs and what they write")]

use std::fs;
use std::process::Command;

use expect_test::expect;

use crate::command_line::place::{Outcome, Place};
use crate::oats_packages::DOCUMENT;

/// The document's project in the folder `own`, compiled by the embedded compiler, and in `other`, by `oatsc`.
fn projects() -> Place {
    let place = Place::new();
    assert_eq!(place.oast(&["link-names", "names"]).code, Some(0));
    for folder in ["own", "other"] {
        DOCUMENT.iter().for_each(|(path, text)| place.write(&format!("{folder}/{path}"), text));
    }
    place
        .write("other/app/.oast/config.toml", "[compiler.oats]\ncommand = \"../../names/oatsc\"\n");
    place
}

fn build(place: &Place, folder: &str) -> Outcome {
    place.oast(&["-C", &format!("{folder}/app"), "--verbose", "build"])
}

/// The packages for which a compiler was started, and whether a program was linked.
fn done(outcome: &Outcome) -> Vec<String> {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let commands = outcome.stderr.lines().filter(|line| line.contains(" --package-root "));
    let packages = commands.map(|line| {
        let name = line.rsplit_once("/staging/").unwrap().1.split_once('/').unwrap().0;
        name.to_owned()
    });
    let mut done: Vec<String> = packages.collect();
    done.sort();
    let is_link = |line: &str| line.contains(" -o app ") && line.contains("app_pkg.o");
    done.extend(outcome.stderr.lines().any(is_link).then(|| "link".to_owned()));
    done
}

fn output(place: &Place, folder: &str) -> String {
    let program = place.path().join(folder).join("app/target/app");
    String::from_utf8(Command::new(program).output().unwrap().stdout).unwrap()
}

fn edit(place: &Place, path: &str, from: &str, to: &str) {
    let text = fs::read_to_string(place.path().join(path)).unwrap();
    assert!(text.contains(from));
    place.write(path, &text.replace(from, to));
}

#[test]
fn it_makes_what_the_embedded_compiler_makes() {
    let place = projects();
    assert_eq!(build(&place, "own").code, Some(0));
    let outcome = build(&place, "other");
    assert_eq!(done(&outcome), ["app", "common", "utils", "link"]);
    assert_eq!(output(&place, "other"), "[Hello, World!]\n");
    assert_eq!(output(&place, "own"), "[Hello, World!]\n");
    for package in ["app", "common", "utils"] {
        let read = |folder: &str| {
            let path = place.path().join(folder).join("app/target");
            fs::read_to_string(path.join(format!("{package}_pkg.oats.meta"))).unwrap()
        };
        assert_eq!(read("own"), read("other"));
    }
    assert!(!outcome.stderr.contains("confined"), "{}", outcome.stderr);
    let command = outcome.stderr.lines().find(|line| line.contains("--package-root ../utils"));
    expect!["run LC_ALL=C NO_COLOR=1 [DIR]/names/oatsc --package-root ../utils --extern-pkg common=target/common_pkg.oats.meta -o target/oats_0.1.0/staging/utils/utils_pkg.o"].assert_eq(command.unwrap());
}

#[test]
fn an_edit_is_compiled_as_far_as_metadata_changes() {
    let place = projects();
    build(&place, "other");
    assert_eq!(done(&build(&place, "other")), Vec::<String>::new());
    edit(&place, "other/common/src/lib.oats", "println(text)", "println(\"<\", text, \">\")");
    assert_eq!(done(&build(&place, "other")), ["common", "link"]);
    assert_eq!(output(&place, "other"), "<[Hello, World!]>\n");
    edit(&place, "other/common/src/lib.oats", "log(text: string)", "log(text: string, n?: number)");
    assert_eq!(done(&build(&place, "other")), ["app", "common", "utils", "link"]);
}

#[test]
fn its_errors_are_shown_at_their_places() {
    let place = projects();
    edit(&place, "other/utils/src/text/wrap.oats", "text}", "txt}");
    let outcome = build(&place, "other");
    assert_eq!(outcome.code, Some(1));
    let lines = outcome.stderr.lines().skip_while(|line| !line.starts_with("error"));
    let shown: Vec<&str> = lines.collect();
    expect![[r#"
        error[compiler-error]: there is no `txt` here (unknown-name)
         --> ../utils/src/text/wrap.oats:2:16
          |
        2 |     return `[${txt}]`;
          |                ^^^
        1 error
        3 packages, 4 modules: 1 compiled, 0 reused, 3 skipped, [TIME]"#]]
    .assert_eq(&shown.join("\n"));
}

#[test]
fn a_moved_tree_has_nothing_to_do_and_a_copy_takes_from_the_store() {
    let place = projects();
    build(&place, "other");
    fs::rename(place.path().join("other"), place.path().join("elsewhere")).unwrap();
    assert_eq!(done(&build(&place, "elsewhere")), Vec::<String>::new());
    for (path, text) in DOCUMENT {
        place.write(&format!("third/{path}"), text);
    }
    place
        .write("third/app/.oast/config.toml", "[compiler.oats]\ncommand = \"../../names/oatsc\"\n");
    assert_eq!(done(&build(&place, "third")), Vec::<String>::new());
    assert_eq!(output(&place, "third"), "[Hello, World!]\n");
    let query = place.oast(&["store", "query", "common"]);
    let rows: Vec<&str> = query.stdout.lines().skip(1).collect();
    assert!(rows.len() == 2 && rows.iter().all(|it| it.contains(" oatsc 0.1.0 [")), "{rows:?}");
}
