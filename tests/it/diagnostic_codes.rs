//! `docs/diagnostics.md` lists the codes of all diagnostics, and nothing else.
#![expect(clippy::disallowed_methods, reason = "the subject is the files of this repository")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let (used, documented) = (used_codes(), documented_codes());
    let missing: Vec<_> = used.difference(&documented).collect();
    let outdated: Vec<_> = documented.difference(&used).collect();
    assert!(missing.is_empty(), "not in docs/diagnostics.md: {missing:?}");
    assert!(outdated.is_empty(), "in docs/diagnostics.md, but nowhere in the engine: {outdated:?}");
}

#[test]
fn warnings_are_marked_as_such() {
    for (severity, marked) in [("warning", true), ("error", false)] {
        for code in codes_after(&format!("Finding::{severity}(")) {
            let page = page();
            let line = page.lines().find(|line| line.starts_with(&format!("| `{code}`"))).unwrap();
            assert_eq!(
                line.contains("**w**"),
                marked,
                "`{code}` is of severity {severity}: {line}"
            );
        }
    }
}

fn used_codes() -> BTreeSet<String> {
    let mut codes = codes_after("Finding::error(");
    for call in ["Finding::warning(", "self.error(", "self.mistake("] {
        codes.extend(codes_after(call));
    }
    assert!(60 < codes.len(), "the codes are not found where they used to be: {codes:?}");
    codes
}

/// The string literals that stand right behind `call` anywhere in the engine. A code is always written there, literally.
fn codes_after(call: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for path in rust_files(&repository().join("engine/src")) {
        let text = fs::read_to_string(&path).unwrap();
        for (at, _) in text.match_indices(call) {
            let argument = text[at + call.len()..].trim_start();
            match argument.strip_prefix('"').and_then(|it| it.split_once('"')) {
                Some((code, _)) => _ = codes.insert(code.to_owned()),
                None => assert!(
                    argument.starts_with("code"),
                    "{}: the code is no literal: {call}{}",
                    path.display(),
                    argument.lines().next().unwrap_or_default()
                ),
            }
        }
    }
    codes
}

fn documented_codes() -> BTreeSet<String> {
    let page = page();
    let codes = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let codes: Vec<String> = codes.map(str::to_owned).collect();
    let unique: BTreeSet<String> = codes.iter().cloned().collect();
    assert_eq!(unique.len(), codes.len(), "a code is listed twice");
    unique
}

fn page() -> String {
    fs::read_to_string(repository().join("docs/diagnostics.md")).unwrap()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}
