//! What random sequences have found, each by itself, and what a machine does that is full.

use oast_engine::base::ModulePath;
use oast_engine::state::Shard;

use crate::law::Asked;
use crate::law::compiler::Compiler;
use crate::law::files::Files;
use crate::law::machine::{Kind, Machine};
use crate::law::offsets::{LARGER, asked, files, wide};
use crate::law::run::same;
use crate::law::tree::{Tree, clean_build};

/// A workspace of which the rows are believed.
fn settled(files: &Files, asked: &Asked) -> Tree {
    let mut tree = Tree::new(Machine::new(Kind::Memory, asked.compiler), files);
    for _ in 0..2 {
        tree.machine.wait(2);
        tree.build(asked, false, &[]).unwrap();
    }
    tree.machine.wait(2);
    tree
}

fn with(files: &Files, path: &str, from: &str, to: &str) -> Files {
    let mut edited = files.clone();
    let text = edited.get_mut(path).unwrap();
    assert!(text.contains(from), "{text}");
    *text = text.replace(from, to);
    edited
}

/// Alters each output at each moment of a build that follows an edit.
fn alter_outputs(targets: [bool; 2], first: usize, stride: usize) {
    let asked = asked(targets);
    let before = files(LARGER);
    let after = with(&before, "A/src/N.oct", "add x 1", "add x 2");
    let clean = clean_build(Kind::Memory, asked.compiler, &after, &asked);
    for count in first.. {
        let mut is_altered = false;
        for which in (count % stride..clean.outputs.len()).step_by(stride) {
            let mut tree = settled(&before, &asked);
            tree.write(&after);
            is_altered = tree.build_while_altered(&asked, which, count);
            for _ in 0..2 {
                tree.machine.wait(2);
                let done = tree.build(&asked, false, &[]).unwrap();
                assert!(done.outputs == clean.outputs, "output {which} after {count} effects");
            }
        }
        if !is_altered {
            assert!(first + 5 < count, "{count} effects");
            break;
        }
    }
}

#[test]
fn an_output_altered_while_a_build_runs_is_not_believed() {
    alter_outputs([true, false], 0, 1);
    alter_outputs([false, true], 0, 3);
}

#[test]
fn what_a_lost_record_costs_is_paid_at_once() {
    let mut texts = files(LARGER);
    let project = "[packages]\nA = { path = \"A\" }\nB = { path = \"B\" }\n";
    texts.insert("project.toml".to_owned(), project.to_owned());
    let manifest = "[package]\nversion = \"1.0.0\"\nmain = \"M\"\n";
    texts.insert("B/BPackage.toml".to_owned(), manifest.to_owned());
    texts.insert("B/src/M.oct".to_owned(), "public main : Int = 1;\n".to_owned());
    let asked = Asked { store: false, ..asked([true, true]) };
    let mut tree = settled(&texts, &asked);
    tree.machine.host.remove_file(&tree.root().join(".oast/record")).unwrap();
    tree.write(&with(&texts, "B/BPackage.toml", "1.0.0", "1.0.1"));
    let steps = tree.build(&asked, false, &[]).unwrap().steps;
    assert_ne!(steps, Vec::<String>::new());
    tree.machine.wait(2);
    assert_eq!(tree.build(&asked, false, &[]).unwrap().steps, Vec::<String>::new());
}

#[test]
fn a_program_that_is_none_any_more_goes_without_a_record_too() {
    let asked = asked([false, true]);
    let before = files(LARGER);
    let mut tree = settled(&before, &asked);
    tree.machine.host.remove_file(&tree.root().join(".oast/record")).unwrap();
    tree.write(&with(&before, "A/APackage.toml", "main = \"M4\"\n", ""));
    let done = tree.build(&asked, false, &[]).unwrap();
    assert!(!done.outputs.keys().any(|it| it.contains(".bin")), "{:?}", done.outputs.keys());
}

#[test]
fn a_program_that_its_source_makes_none_goes_without_what_was_remembered() {
    let asked = asked([false, true]);
    let mut before = files(LARGER);
    let project = "[packages]\nA = { path = \"A\" }\nb = { path = \"b\" }\n";
    before.insert("project.toml".to_owned(), project.to_owned());
    let manifest = "[package]\nname = \"b\"\nversion = \"1.0.0\"\n";
    before.insert("b/Oats.toml".to_owned(), manifest.to_owned());
    let main = "export function main(): void { println(1); }\n";
    before.insert("b/src/main.oats".to_owned(), main.to_owned());
    let mut tree = settled(&before, &asked);
    tree.machine.host.remove_directory(&tree.root().join(".oast")).unwrap();
    tree.build(&asked, false, &[]).unwrap();
    tree.write(&with(&before, "b/src/main.oats", "function main", "function start"));
    // Of a part of the workspace it is not the time to clear up.
    tree.build(&asked, false, &["b"]).unwrap();
    let done = tree.build(&asked, false, &[]).unwrap();
    let of_program = |it: &&String| it.contains("/b.") && !it.contains("/b.positions.");
    assert_eq!(done.outputs.keys().find(of_program), None);
}

#[test]
fn a_disk_that_is_full_from_any_moment_on() {
    for targets in [[true, false], [false, true]] {
        let asked = asked(targets);
        let before = files(LARGER);
        let after = with(&before, "A/src/N.oct", "add x 1", "add x 2");
        let clean = clean_build(Kind::Memory, asked.compiler, &after, &asked);
        let (mut failed, mut count) = (0, 0);
        loop {
            let mut tree = settled(&before, &asked);
            tree.write(&after);
            tree.restart();
            tree.process.fill_at(count);
            let done = tree.build(&asked, true, &[]);
            let was_full = tree.process.end();
            match &done {
                Err(message) => {
                    failed += 1;
                    assert!(message.contains("cannot ") && message.contains('`'), "{message}");
                }
                // The store is done without, and a program says itself what it could not write.
                Ok(done) if done.failures.is_empty() => {
                    assert!(done.outputs == clean.outputs, "full after {count} effects");
                }
                Ok(_) => failed += 1,
            }
            tree.machine.wait(2);
            let done = tree.build(&asked, false, &[]).unwrap();
            same("diagnostics", &done.diagnostics, &clean.diagnostics).unwrap();
            assert!(done.outputs == clean.outputs, "space again after {count} effects");
            if !was_full {
                break;
            }
            count += 1;
        }
        assert!(4 < failed, "{failed} of {count}");
    }
}

#[test]
fn a_clock_set_back_hides_nothing() {
    let asked = asked([true, true]);
    let texts =
        [1, 2, 3].map(|n| with(&files(LARGER), "A/src/N.oct", "add x 1", &format!("add x {n}")));
    let clean =
        texts.each_ref().map(|it| clean_build(Kind::Memory, Compiler::default(), it, &asked));
    for back in [1_000, 25_000_000, 5_000_000_000, 59_000_000_000] {
        let mut tree = settled(&texts[0], &asked);
        for round in 1..7 {
            tree.machine.set_back(back);
            tree.write(&texts[round % 3]);
            for _ in 0..2 {
                let done = tree.build(&asked, false, &[]).unwrap();
                assert!(done.outputs == clean[round % 3].outputs, "{back} ns, round {round}");
                tree.machine.wait(round);
            }
        }
    }
}

#[test]
fn a_build_that_is_killed_after_it_began_with_the_store_is_not_believed() {
    let asked = asked([true, false]);
    let before = files(LARGER);
    let after = with(&before, "A/src/N.oct", "add x 1", "add x 2");
    let clean = clean_build(Kind::Memory, asked.compiler, &after, &asked);
    for count in 0.. {
        // The first build lets the store know the sources that come back.
        let mut tree = settled(&after, &asked);
        tree.write(&before);
        for _ in 0..2 {
            tree.build(&asked, false, &[]).unwrap();
            tree.machine.wait(2);
        }
        let shard = tree.root().join(".oast/packages/A.shard");
        tree.machine.host.remove_file(&shard).unwrap();
        tree.write(&after);
        let is_killed = tree.build_and_kill(&asked, count);
        tree.machine.wait(2);
        let done = tree.build(&asked, false, &[]).unwrap();
        assert!(done.outputs == clean.outputs, "after {count} effects");
        if !is_killed {
            assert!(5 < count, "{count} effects");
            break;
        }
    }
}

#[test]
fn where_a_package_is_no_front_end_knows() {
    let asked = asked([true, true]);
    let before = files(LARGER);
    let project = |path: &str| format!("[packages]\nA = {{ path = \"{path}\" }}\n");
    let moved = before.iter().map(|(path, text)| match path.strip_prefix("A/") {
        Some(path) => (format!("moved/A/{path}"), text.clone()),
        None => (path.clone(), project("moved/A")),
    });
    let after: Files = moved.collect();
    let clean = clean_build(Kind::Memory, asked.compiler, &after, &asked);
    let mut tree = settled(&before, &asked);
    tree.write(&after);
    let done = tree.build(&asked, false, &[]).unwrap();
    assert_eq!(done.checked, Some(vec![]));
    assert!(done.outputs == clean.outputs);
    assert_eq!(tree.build(&asked, false, &[]).unwrap().checked, Some(vec![]));
}

#[test]
fn what_a_process_knows_whose_shard_is_lost_the_next_one_knows_too() {
    let asked = asked([true, false]);
    let edited = |n: usize| with(&files(LARGER), "A/src/N.oct", "add x 1", &format!("add x {n}"));
    let texts = with(&files(LARGER), "A/src/M4.oct", "lonely = 1;\n", "");
    let mut tree = settled(&texts, &asked);
    for n in [2, 3] {
        let texts = with(&edited(n), "A/src/M4.oct", "lonely = 1;\n", "");
        tree.write(&texts);
        let done = tree.build(&asked, n == 3, &[]).unwrap();
        assert!(done.checked.unwrap().contains(&"A/N".to_owned()));
        tree.machine.wait(2);
        if n == 2 {
            let shard = tree.root().join(".oast/packages/A.shard");
            tree.machine.host.remove_file(&shard).unwrap();
        }
    }
    assert_eq!(tree.build(&asked, false, &[]).unwrap().checked, Some(vec![]));
}

/// A package B that uses what A shows, of this type, for its program.
fn using(ty: &str, main: &str) -> Files {
    let mut texts = files(&LARGER[..1]);
    let project = "[packages]\nA = { path = \"A\" }\nB = { path = \"B\" }\n";
    let manifest = "[package]\nversion = \"1.0.0\"\n";
    let user = format!("{manifest}main = \"M\"\n\n[dependencies]\nA = \"*\"\n");
    let n = format!("public n : {ty} |- Int = add x 1;\n");
    let m = format!("import unqualified A/N (n);\npublic main : Int = {main};\n");
    texts.extend(
        [
            ("project.toml", project),
            ("A/APackage.toml", manifest),
            ("B/BPackage.toml", &user),
            ("A/src/N.oct", &n),
            ("B/src/M.oct", &m),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned())),
    );
    texts
}

/// Builds, and compares with a clean build.
#[track_caller]
fn check_build(tree: &mut Tree, texts: &Files, asked: &Asked, what: &str) {
    let done = tree.build(asked, false, &[]).unwrap();
    let clean = clean_build(Kind::Memory, asked.compiler, texts, asked);
    same(what, &done.diagnostics, &clean.diagnostics).unwrap();
    assert!(!clean.is_success || done.outputs == clean.outputs, "{what}");
}

#[test]
fn a_shard_of_another_time_is_not_believed() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let one = using("x : Int", "n 1");
    let two = using("x : Int, y : Int", "n 1 2");
    let mut tree = settled(&one, &asked);
    let (host, shard) = (tree.machine.host.clone(), tree.root().join(".oast/packages/A.shard"));
    let old = host.read(&shard).unwrap();
    tree.write(&two);
    for _ in 0..2 {
        tree.build(&asked, false, &[]).unwrap();
        tree.machine.wait(2);
    }
    let new = host.read(&shard).unwrap();
    host.write(&shard, &old).unwrap();
    let three = using("x : Int, y : Int", "n 1 3");
    tree.write(&three);
    check_build(&mut tree, &three, &asked, "what A showed");
    // And one of the sources that come: what lies there is none of what it speaks of.
    let mut tree = settled(&one, &asked);
    tree.machine.host.write(&tree.root().join(".oast/packages/A.shard"), &new).unwrap();
    tree.write(&two);
    check_build(&mut tree, &two, &asked, "what A consists of");
}

#[test]
fn a_row_is_not_believed_with_what_a_killed_build_left_beside_it() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let before = using("x : Int", "n 1");
    let after = using("x : Int, y : Int", "n 1");
    for count in 0.. {
        let mut tree = settled(&before, &asked);
        tree.write(&after);
        let is_killed = tree.build_and_kill(&asked, count);
        for _ in 0..2 {
            tree.machine.wait(2);
            check_build(&mut tree, &after, &asked, &format!("after {count} effects"));
        }
        tree.write(&before);
        check_build(&mut tree, &before, &asked, &format!("back after {count} effects"));
        if !is_killed {
            assert!(5 < count, "{count} effects");
            break;
        }
    }
}

#[test]
fn edits_at_the_ends_of_a_long_chain_of_packages() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let long = 4_000;
    let mut texts = Files::new();
    let members = (0..long).map(|n| format!("P{n} = {{ path = \"P{n}\" }}\n"));
    let project = std::iter::once("[packages]\n".to_owned()).chain(members);
    texts.insert("project.toml".to_owned(), project.collect());
    for n in 0..long {
        let (below, uses) = match n {
            0 => (String::new(), "public m : Int = 1;\n".to_owned()),
            _ => (
                format!("\n[dependencies]\nP{} = \"*\"\n", n - 1),
                format!("import P{}/M as Below;\npublic m : Int = 1;\n", n - 1),
            ),
        };
        let manifest = format!("[package]\nversion = \"1.0.0\"\n{below}");
        texts.insert(format!("P{n}/P{n}Package.toml"), manifest);
        texts.insert(format!("P{n}/src/M.oct"), uses);
    }
    let mut tree = settled(&texts, &asked);
    let last = format!("P{}/src/M.oct", long - 1);
    tree.write(&with(&texts, &last, "Int = 1", "Int = 2"));
    let done = tree.build(&asked, false, &[]).unwrap();
    assert_eq!(done.steps, [format!("write P{}/M", long - 1)]);
    tree.machine.wait(2);
    tree.write(&with(&texts, "P0/src/M.oct", "Int = 1", "Int = 2"));
    let done = tree.build(&asked, false, &[]).unwrap();
    assert_eq!(done.steps, ["write P0/M".to_owned(), format!("write P{}/M", long - 1)]);
}

#[test]
fn a_killed_build_leaves_no_shard_whose_rows_are_gone() {
    let asked = Asked { store: false, ..asked([true, false]) };
    let before = wide();
    let mut after = before.clone();
    // Many rows are new, and the first is longer: all others come to stand elsewhere.
    for (_, text) in after.iter_mut().filter(|(path, _)| !path.ends_with("/N.oct")) {
        *text = text.replace("= 1;", "= 2;").replace("lonely0", "very_lonely");
    }
    for (_, text) in after.iter_mut().filter(|(path, _)| path.contains("User")) {
        text.push_str("lonely = 1;\n");
    }
    let check_rows = |tree: &Tree, what: &str| {
        let (host, root) = (&*tree.machine.host, tree.root());
        let Some(shard) = Shard::load(host, &root, "A") else { return };
        let lost = shard.paths().filter(|it| shard.module(it).unwrap().row(host).is_none());
        assert_eq!(lost.collect::<Vec<_>>(), Vec::<&ModulePath>::new(), "{what}");
    };
    for count in 0.. {
        let mut tree = settled(&before, &asked);
        tree.write(&after);
        let is_killed = tree.build_and_kill(&asked, count);
        check_rows(&tree, &format!("killed after {count} effects"));
        tree.write(&before);
        check_build(&mut tree, &before, &asked, &format!("after {count} effects"));
        check_rows(&tree, &format!("after {count} effects"));
        if !is_killed {
            assert!(5 < count, "{count} effects");
            break;
        }
    }
}
