//! Builds that are killed, and builds that meet in one tree.
#![expect(clippy::disallowed_methods, reason = "the subject is a program and what it writes")]

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::command_line::place::Place;

/// How often a build is killed.
const ROUNDS: u64 = 100;

/// A workspace; `number` is in its sources.
fn write(place: &Place, number: u64) {
    let files = [
        ("project.toml".to_owned(), "[packages]\nA = { path = \"A\" }\nB = { path = \"B\" }\n"),
        ("A/APackage.toml".to_owned(), "[package]\nversion = \"1.0.0\"\n"),
        (
            "B/BPackage.toml".to_owned(),
            "[package]\nversion = \"1.0.0\"\nmain = \"M\"\n[dependencies]\nA = \"1\"\n",
        ),
    ];
    let put = |path: &str, text: &str| {
        let path = place.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return;
        }
        fs::write(path, text).unwrap();
    };
    files.iter().for_each(|(path, text)| put(path, text));
    for module in 0..6 {
        let text = format!("public f : x : Int |- Int = add x {};\n", number / (module + 1));
        put(&format!("A/src/N{module}.oct"), &text);
    }
    put("B/src/M.oct", "import unqualified A/N1 (f);\npublic main : Int = f 1;\nlonely = 1;\n");
}

fn start(place: &Place, target: &str) -> Child {
    let mut command = place.command(&["build", "--target", target]);
    command.env("OAST_STORE", "off").stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// The outputs; what a killed process was about to put in place is none.
fn outputs(place: &Place) -> BTreeMap<String, String> {
    let files = place.files().into_iter();
    files.filter(|(path, _)| path.starts_with("build/") && !path.contains("/.oast-")).collect()
}

fn clean(number: u64, target: &str) -> BTreeMap<String, String> {
    let place = Place::new();
    write(&place, number);
    assert!(start(&place, target).wait().unwrap().success());
    outputs(&place)
}

#[test]
fn a_build_after_one_that_was_killed() {
    let place = Place::new();
    for round in 0..ROUNDS {
        write(&place, round);
        let mut child = start(&place, "python-3");
        // A build takes some milliseconds; most of them are hit.
        thread::sleep(Duration::from_micros(round * 7919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        if round % 10 == 9 {
            assert!(start(&place, "python-3").wait().unwrap().success());
            assert_eq!(outputs(&place), clean(round, "python-3"), "round {round}");
        }
    }
}

#[test]
fn builds_of_one_tree_wait_for_each_other() {
    let place = Place::new();
    for (round, target) in ["c-11", "python-3", "python-3", "python-3"].into_iter().enumerate() {
        let round = round as u64 + 1;
        write(&place, round * 10);
        let children: Vec<Child> = (0..3).map(|_| start(&place, target)).collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{said}");
            assert!(said.contains("warning[unused-definition]"), "each says all: {said}");
        }
        let (mut found, expected) = (outputs(&place), clean(round * 10, target));
        found.retain(|path, _| path.contains(target) || path.contains("/ioct/"));
        assert_eq!(found, expected);
    }
}

#[test]
fn a_build_that_waits_says_so_and_a_check_does_not_wait() {
    let place = Place::new();
    write(&place, 1);
    assert!(start(&place, "python-3").wait().unwrap().success());
    let lock = fs::File::options().write(true).open(place.path().join(".oast/lock")).unwrap();
    lock.lock().unwrap();
    let checked = place.oast(&["check"]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let mut waiting = start(&place, "python-3");
    let mut said = Vec::new();
    let mut stderr = waiting.stderr.take().unwrap();
    while !String::from_utf8_lossy(&said).contains("waiting for another build") {
        let mut bytes = [0; 256];
        let length = std::io::Read::read(&mut stderr, &mut bytes).unwrap();
        assert_ne!(length, 0, "it ended: {}", String::from_utf8_lossy(&said));
        said.extend_from_slice(&bytes[..length]);
    }
    lock.unlock().unwrap();
    drop(lock);
    std::io::Read::read_to_end(&mut stderr, &mut said).unwrap();
    assert!(waiting.wait().unwrap().success());
}
