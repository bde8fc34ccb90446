//! The rules of the house that rustc does not check.
#![expect(clippy::disallowed_methods, reason = "the subject is the files of this repository")]

use std::fs;
use std::path::{Path, PathBuf};

/// Ground floor first. A module may use its own floor and the floors below.
const FLOORS: &[&str] = &[
    "base",
    "host",
    "codec",
    "ir",
    "syntax",
    "lang",
    "state",
    "source",
    "manifest",
    "workspace",
    "graph",
    "compile",
    "toolchain",
    "target",
    "store",
    "build",
    "session",
    "testing",
];

/// Floors whose folders hold siblings that never meet, with what all of them may use.
const APART: &[(&str, &[&str])] = &[
    ("lang", &["mod"]),
    ("manifest", &["mod", "model", "document", "value"]),
    ("target", &["mod", "linear"]),
];

const MAX_LINES: usize = 800;

#[test]
fn floors_are_not_crossed_upwards() {
    let mut faults = Vec::new();
    for path in engine_sources() {
        let Some(floor) = floor_of(&path) else { continue };
        for (place, used) in crate_uses(&path) {
            match FLOORS.iter().position(|it| *it == used[0]) {
                Some(target) if target <= floor => (),
                Some(_) => faults.push(format!("{place}: {} uses {}", FLOORS[floor], used[0])),
                None => faults.push(format!("{place}: name the floor: `crate::<floor>::…`")),
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn siblings_never_meet() {
    let mut faults = Vec::new();
    for (floor, shared) in APART {
        let root = engine().join(floor);
        let siblings = sibling_names(&root);
        for path in engine_sources().into_iter().filter(|it| it.starts_with(&root)) {
            let own = first_component(path.strip_prefix(&root).unwrap());
            if shared.contains(&own.as_str()) {
                continue;
            }
            for (place, used) in crate_uses(&path).into_iter().filter(|(_, used)| used[0] == *floor)
            {
                let other = &used[1];
                if siblings.contains(other) && *other != own && !shared.contains(&other.as_str()) {
                    faults.push(format!("{place}: {floor}/{own} uses {floor}/{other}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn files_are_short_and_say_what_they_are() {
    for path in repository_sources() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no `//!` line", path.display());
        assert!(text.lines().count() <= MAX_LINES, "{} is too long", path.display());
    }
}

#[test]
fn every_module_has_a_floor() {
    for name in sibling_names(&engine()) {
        assert!(name == "lib" || FLOORS.contains(&&*name), "`{name}` is on no floor");
    }
}

#[test]
fn the_crate_root_lists_the_floors_in_order() {
    let root = fs::read_to_string(engine().join("lib.rs")).unwrap();
    let listed: Vec<&str> =
        root.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert_eq!(listed, FLOORS);
}

/// The places in a file where a path begins with `crate::`, with the two components after it.
fn crate_uses(path: &Path) -> Vec<(String, [String; 2])> {
    let mut uses = Vec::new();
    for (n, line) in fs::read_to_string(path).unwrap().lines().enumerate() {
        let code = line.split("//").next().unwrap();
        let place = format!("{}:{}", path.display(), n + 1);
        assert!(
            !code.contains("super::super"),
            "{place}: write `crate::` in full, not `super::super`"
        );
        for (at, _) in code.match_indices("crate::") {
            let mut names = code[at + "crate::".len()..].split("::").map(identifier);
            uses.push((
                place.clone(),
                [names.next().unwrap_or_default(), names.next().unwrap_or_default()],
            ));
        }
    }
    uses
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn floor_of(path: &Path) -> Option<usize> {
    let name = first_component(path.strip_prefix(engine()).unwrap());
    FLOORS.iter().position(|it| *it == name)
}

fn first_component(path: &Path) -> String {
    let first = path.components().next().unwrap();
    Path::new(first.as_os_str()).file_stem().unwrap().to_str().unwrap().to_owned()
}

fn sibling_names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| first_component(Path::new(&entry.unwrap().file_name()))).collect()
}

fn engine() -> PathBuf {
    repository().join("engine/src")
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn engine_sources() -> Vec<PathBuf> {
    rust_files(&engine())
}

fn repository_sources() -> Vec<PathBuf> {
    ["engine", "cli", "tests", "benches"]
        .iter()
        .flat_map(|it| rust_files(&repository().join(it)))
        .collect()
}

fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut queue = vec![root.to_owned()];
    while let Some(directory) = queue.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name().is_some_and(|it| it != "target") {
                queue.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
