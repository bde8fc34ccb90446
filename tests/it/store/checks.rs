//! What front ends made of packages is not made again: not in another checkout, and not where only outputs are lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::command_line::place::Place;
use crate::store::builds::copy_sources;

/// A place with the program `Hello`, which has some modules.
fn hello() -> Place {
    let place = Place::new();
    assert_eq!(place.oast(&["new", "Hello"]).code, Some(0));
    for name in ["One", "Two", "Three", "Four"] {
        place.write(&format!("Hello/Hello/src/{name}.oct"), "public part : Int = 1;\n");
    }
    place
}

/// Builds for Python; how many modules were compiled, and how many were not.
fn build(place: &Place, directory: &str, more: &[&str]) -> (usize, usize) {
    let words = [&["-C", directory, "build", "--target", "python-3"], more].concat();
    let outcome = place.oast(&words);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let number = |what: &str| {
        let before = outcome.stderr.split(what).next().unwrap().trim_end();
        before.rsplit(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{outcome:?}"))
    };
    (number("compiled"), number("reused"))
}

fn outputs(place: &Place, directory: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let root = place.path().join(directory);
    let mut folders = vec![root.join("build")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                files.insert(path.strip_prefix(&root).unwrap().to_owned(), bytes);
            }
        }
    }
    files
}

fn edit(place: &Place, path: &str, from: &str, to: &str) {
    let path = place.path().join(path);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from));
    fs::write(path, text.replace(from, to)).unwrap();
}

fn is_of_a_module(path: &Path) -> bool {
    path.to_str().unwrap().contains("/Hello/")
}

#[test]
fn another_checkout_begins_with_what_the_first_one_found_out() {
    let place = hello();
    let (modules, _) = build(&place, "Hello", &[]);
    assert_eq!(modules, 5);
    let copy = |to: &str| copy_sources(&place.path().join("Hello"), &place.path().join(to));
    copy("again");
    copy("alone");
    assert_eq!(build(&place, "again", &[]), (0, modules));
    assert_eq!(build(&place, "alone", &["--no-store"]), (modules, 0));
    assert_eq!(outputs(&place, "again"), outputs(&place, "Hello"));
    assert_eq!(build(&place, "again", &[]), (0, modules));
    // It goes on from there as if it had done that itself.
    edit(&place, "again/Hello/src/Main.oct", "world", "moon");
    assert_eq!(build(&place, "again", &[]), (1, modules - 1));
    copy("other");
    edit(&place, "other/Hello/src/Main.oct", "world", "sun");
    assert_eq!(build(&place, "other", &[]).0, modules, "a package is known as a whole or not");
}

#[test]
fn outputs_that_are_lost_are_written_again_and_nothing_is_compiled() {
    let place = hello();
    let (modules, _) = build(&place, "Hello", &["--no-store"]);
    // What was edited last is kept beside the rest.
    edit(&place, "Hello/Hello/src/Main.oct", "world", "moon");
    build(&place, "Hello", &["--no-store"]);
    let right = outputs(&place, "Hello");
    let lost: Vec<&PathBuf> = right.keys().filter(|path| is_of_a_module(path)).collect();
    assert!(2 * modules <= lost.len(), "{lost:?}");
    for path in lost {
        for damaged in [None, Some("damaged")] {
            let file = place.path().join("Hello").join(path);
            match damaged {
                None => fs::remove_file(&file).unwrap(),
                Some(text) => fs::write(&file, text).unwrap(),
            }
            assert_eq!(build(&place, "Hello", &["--no-store"]), (0, modules), "{path:?}");
            assert!(outputs(&place, "Hello") == right, "{path:?}");
        }
    }
    fs::remove_dir_all(place.path().join("Hello/build")).unwrap();
    assert_eq!(build(&place, "Hello", &["--no-store"]), (0, modules));
    assert!(outputs(&place, "Hello") == right);
}
