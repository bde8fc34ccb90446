//! What the store knows of workspaces that live: what they hold, where it is, and how it is shown, by the program itself.
#![cfg(unix)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::store::builds::{World, is_root};

/// A world with the example of two packages, `Greeting` and `Hello`, in the directory `hello`.
fn world() -> World {
    let world = World::new("");
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("examples");
    shell(&world, &format!("cp -R '{}' hello", examples.join("hello").display()));
    shell(&world, "rm -rf hello/build hello/.oast");
    world
}

/// Runs a line of the shell in the directory of the world.
#[track_caller]
fn shell(world: &World, line: &str) {
    let status = Command::new("sh").args(["-euc", line]).current_dir(world.place.path()).status();
    assert!(status.unwrap().success(), "{line}");
}

/// What a build did.
#[track_caller]
fn build(world: &World, directory: &str, more: &[&str]) -> Vec<String> {
    let words = ["-C", directory, "build", "--message-format", "json"];
    let output = world.command(&[&words, more].concat()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let summary: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let steps = summary["steps"].as_array().unwrap().iter();
    steps.map(|step| step["label"].as_str().unwrap().to_owned()).collect()
}

/// Builds for C.
#[track_caller]
fn build_c(world: &World, directory: &str) -> Vec<String> {
    build(world, directory, &["--target", "c-11"])
}

/// Removes from the store all that nothing holds and then what was built: a build runs no program.
#[track_caller]
fn check_held(world: &World, directory: &str) {
    world.store(&["gc", "--quota", "0"]);
    fs::remove_dir_all(world.path(directory).join("build")).unwrap();
    let steps = build_c(world, directory);
    let ran: Vec<&String> = steps.iter().filter(|step| !step.starts_with("write ")).collect();
    assert_eq!(ran, Vec::<&String>::new());
}

fn home(world: &World) -> PathBuf {
    PathBuf::from(world.store(&["path"])["path"].as_str().unwrap())
}

fn query(world: &World, words: &[&str]) -> Vec<Value> {
    let answer = world.store(&[&["query"], words].concat());
    answer.as_array().unwrap().clone()
}

/// What a query says of each build.
fn told<'a>(builds: &'a [Value], field: &str) -> Vec<&'a str> {
    builds.iter().map(|build| build[field].as_str().unwrap()).collect()
}

/// The links below a directory that lead nowhere.
fn broken_links(directory: &Path) -> Vec<PathBuf> {
    let mut broken = Vec::new();
    let mut queue = vec![directory.to_owned()];
    while let Some(directory) = queue.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_symlink() && !entry.path().exists() {
                broken.push(entry.path());
            } else if kind.is_dir() {
                queue.push(entry.path());
            }
        }
    }
    broken
}

#[test]
fn what_the_last_build_used_is_held() {
    let world = world();
    assert!(!build_c(&world, "hello").is_empty());
    check_held(&world, "hello");
    // A build that looks only into what was edited has used the rest, too.
    shell(&world, "sed -i.old s/Hello/Hallo/ hello/*/src/*.oct");
    build_c(&world, "hello");
    check_held(&world, "hello");
    // So has one of another target, or of a part.
    build(&world, "hello", &["--target", "python-3"]);
    build(&world, "hello", &["--target", "c-11", "-p", "Greeting"]);
    check_held(&world, "hello");
}

#[test]
fn what_was_used_before_the_last_build_is_not_held() {
    let world = world();
    build_c(&world, "hello");
    let held = world.store(&["gc", "--quota", "0"])["after"].as_u64().unwrap();
    for word in ["Servus", "Moin"] {
        shell(
            &world,
            &format!("sed -i.old 's/\"Guten Tag\"\\|\"Servus\"/\"{word}\"/' hello/*/src/*.oct"),
        );
        assert!(!build_c(&world, "hello").is_empty());
        let now = world.store(&["gc", "--quota", "0"])["after"].as_u64().unwrap();
        assert!(now < held * 11 / 10, "{held} then, {now} now");
    }
}

#[test]
fn a_workspace_that_was_moved_or_copied_holds_what_it_has() {
    let world = world();
    build_c(&world, "hello");
    shell(&world, "mv hello moved");
    assert_eq!(build_c(&world, "moved"), Vec::<String>::new());
    let sources = query(&world, &["--target", "c-11"]);
    assert!(told(&sources, "source").iter().all(|it| it.contains("/moved/")), "{sources:?}");
    check_held(&world, "moved");
    shell(&world, "cp -Rp moved copied");
    assert_eq!(build_c(&world, "copied"), Vec::<String>::new());
    shell(&world, "rm -rf moved");
    check_held(&world, "copied");
    assert_eq!(world.store(&["status"])["projects"], 1);
    // Somebody who comes back is known again.
    shell(&world, "mv copied away");
    world.store(&["gc"]);
    shell(&world, "mv away copied");
    build_c(&world, "copied");
    check_held(&world, "copied");
}

#[test]
fn a_store_that_knows_nothing_is_told_by_a_build_that_has_nothing_to_do() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    fs::remove_dir_all(home(&world)).unwrap();
    assert_eq!(build(&world, "hello", &["--target", "python-3"]), Vec::<String>::new());
    assert_eq!(told(&query(&world, &[]), "package"), ["Greeting", "Hello"]);
    // As is one whose database was lost.
    fs::remove_dir_all(home(&world)).unwrap();
    world.store(&["status"]);
    build(&world, "hello", &["--target", "python-3", "-p", "Greeting"]);
    assert_eq!(told(&query(&world, &[]), "package"), ["Greeting"]);
    build(&world, "hello", &["--target", "python-3"]);
    assert_eq!(told(&query(&world, &[]), "package"), ["Greeting", "Hello"]);
}

#[test]
fn a_build_without_the_store_is_made_up_for() {
    let world = world();
    build_c(&world, "hello");
    build(&world, "hello", &["--target", "c-11", "--release", "--no-store"]);
    assert_eq!(query(&world, &["Hello"])[0]["options"]["opt-level"], "0");
    build(&world, "hello", &["--target", "c-11", "--release"]);
    assert_eq!(query(&world, &["Hello"])[0]["options"]["opt-level"], "2");
}

#[test]
fn another_profile_is_told_of_what_is_left_as_it_is() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    shell(&world, "sed -i.old s/world/all/ hello/Hello/src/Main.oct");
    let steps = build(&world, "hello", &["--target", "python-3", "--release"]);
    assert_eq!(steps, ["write Hello/Main"]);
    assert_eq!(told(&query(&world, &[]), "profile"), ["release", "release"]);
}

#[test]
fn another_version_and_a_package_that_is_gone_are_told() {
    let world = world();
    build_c(&world, "hello");
    shell(&world, "sed -i.old s/0.1.0/0.1.7/ hello/Greeting/GreetingPackage.toml");
    assert_eq!(build_c(&world, "hello"), Vec::<String>::new());
    assert_eq!(told(&query(&world, &["Greeting"]), "version"), ["0.1.7"]);
    let dependency = &query(&world, &["Hello"])[0]["dependencies"][0];
    assert_eq!(dependency["version"], "0.1.7", "of a package that was not looked into");
    shell(&world, "sed -i.old s/world/all/ hello/Hello/src/Main.oct");
    build_c(&world, "hello");
    check_held(&world, "hello");
    // `Hello` goes, which was a member.
    shell(&world, "sed -i.old '/^Hello/d' hello/project.toml && rm -r hello/Hello");
    build_c(&world, "hello");
    assert_eq!(told(&query(&world, &[]), "package"), ["Greeting"]);
}

#[test]
fn what_is_not_new_to_the_store_does_not_open_it() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    // Whoever opens this replaces it.
    let database = home(&world).join("store.db");
    fs::write(&database, "no database").unwrap();
    for suffix in ["-wal", "-shm"] {
        _ = fs::remove_file(format!("{}{suffix}", database.display()));
    }
    assert_eq!(build(&world, "hello", &["--target", "python-3"]), Vec::<String>::new());
    shell(&world, "sed -i.old s/world/all/ hello/Hello/src/Main.oct");
    assert_eq!(build(&world, "hello", &["--target", "python-3"]), ["write Hello/Main"]);
    assert_eq!(fs::read(&database).unwrap(), b"no database");
    shell(&world, "echo '-- Nothing.' > hello/Hello/src/More.oct");
    build(&world, "hello", &["--target", "python-3"]);
    assert_ne!(fs::read(&database).unwrap(), b"no database", "a module is new");
}

#[test]
fn what_is_new_is_told_where_what_was_told_is_lost() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    let parts = "hello/.oast/packages/told-parts";
    for (module, damage) in [("One", "rm"), ("Two", "truncate -s 20")] {
        shell(&world, &format!("{damage} {parts}"));
        assert_eq!(build(&world, "hello", &["--target", "python-3"]), Vec::<String>::new());
        shell(&world, &format!("echo '-- Nothing.' > hello/Hello/src/{module}.oct"));
        build(&world, "hello", &["--target", "python-3"]);
        let there = query(&world, &[]);
        assert_eq!(told(&there, "package"), ["Greeting", "Hello"]);
        assert!(there[1]["artefacts"].to_string().contains(&format!("{module}.py")), "{there:?}");
    }
}

#[test]
fn a_view_is_made_where_it_is_asked_for() {
    let world = world();
    build_c(&world, "hello");
    let made = world.store(&["view", "trees/new"]);
    assert_eq!(
        made["directory"],
        world.path("trees/new").canonicalize().unwrap().to_str().unwrap()
    );
    shell(&world, "mkdir there");
    world.store(&["view", "there"]);
    assert!(world.path("there/Hello").exists() && !world.path("there/there").exists());
    let inside = world.command(&["-C", "hello", "store", "view"]).output().unwrap();
    assert!(inside.status.success() && home(&world).join("view/Hello").exists(), "{inside:?}");
    let inside = world.command(&["store", "view", "-C", "hello", "tree"]).output().unwrap();
    assert!(inside.status.success() && world.path("hello/tree/Hello").exists(), "{inside:?}");
}

#[test]
fn a_view_has_no_links_that_lead_nowhere() {
    let world = world();
    let view = home(&world).join("view");
    build(&world, "hello", &["--target", "c-11", "--target", "python-3"]);
    world.store(&["view"]);
    let main = view.join("Hello/0.1.0/built/python-3/python-3/Hello/Main.py");
    assert!(main.exists());
    assert_eq!(broken_links(&view), Vec::<PathBuf>::new());
    world.place.oast(&["-C", "hello", "clean"]);
    assert!(!view.join("Hello").exists());
    // What was made again is shown again, also if somebody has removed it by hand and the doctor has found that.
    build(&world, "hello", &["--target", "python-3"]);
    assert!(main.exists());
    shell(&world, "rm -r hello/build");
    world.store(&["doctor"]);
    assert_eq!(broken_links(&view), Vec::<PathBuf>::new());
    assert!(!view.join("Hello").exists());
    build(&world, "hello", &["--target", "python-3"]);
    assert!(main.exists());
    // Where a project is gone, a collection shows it, however little there is to collect; where it is again, its build.
    shell(&world, "mv hello moved");
    world.store(&["gc", "--quota", "1GB"]);
    assert!(!view.join("Hello").exists());
    build(&world, "moved", &["--target", "python-3"]);
    assert!(main.exists());
    shell(&world, "mv moved hello");
    build(&world, "hello", &["--target", "python-3"]);
    assert_eq!(broken_links(&view), Vec::<PathBuf>::new());
    assert!(main.exists());
    assert_eq!(world.store(&["doctor"])["faults"], json!([]));
}

#[test]
fn a_project_that_was_removed_leaves_a_view_with_the_next_build() {
    let world = world();
    shell(&world, "cp -R hello other");
    build(&world, "hello", &[]);
    build(&world, "other", &[]);
    world.store(&["view"]);
    let view = home(&world).join("view");
    shell(&world, "rm -rf other");
    assert_ne!(broken_links(&view), Vec::<PathBuf>::new());
    shell(&world, "printf '\\nanother : Int = 1;\\n' > hello/Hello/src/Another.oct");
    build(&world, "hello", &[]);
    assert_eq!(broken_links(&view), Vec::<PathBuf>::new());
    assert!(view.join("Hello/0.1.0/built/python-3").exists());
}

#[test]
fn programs_can_be_run_from_a_view() {
    let world = world();
    build_c(&world, "hello");
    world.store(&["view", "v"]);
    let program = world.path("v/Hello/0.1.0/built/c-11/c-11/Hello.bin");
    let output = Command::new(program).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("Hello, world!"));
}

#[test]
fn another_checkout_does_not_change_where_a_name_leads() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    world.store(&["view", "v"]);
    let source = |version: &str| {
        let built = world.path("v/Hello").join(version).join("built/python-3");
        let made = built.canonicalize().unwrap();
        made.join("../../../source").canonicalize().unwrap()
    };
    let first = world.path("hello/Hello").canonicalize().unwrap();
    assert_eq!(source("0.1.0"), first);
    let uuid = query(&world, &["Hello"])[0]["uuid"].as_str().unwrap()[..8].to_owned();
    let exactly = format!("0.1.0@{uuid}");
    assert_eq!(source(&exactly), first);
    shell(&world, "cp -R hello again && rm -rf again/build again/.oast");
    build(&world, "again", &["--target", "python-3"]);
    assert_eq!((source("0.1.0"), source(&exactly)), (first.clone(), first.clone()));
    let uuids = query(&world, &["Hello"]);
    let other = told(&uuids, "uuid").into_iter().find(|it| !it.starts_with(&uuid)).unwrap();
    let second = world.path("again/Hello").canonicalize().unwrap();
    assert_eq!(source(&format!("0.1.0@{}", &other[..8])), second);
    // When the first is gone, the name is the other's.
    world.place.oast(&["-C", "hello", "clean"]);
    assert_eq!(source("0.1.0"), second);
}

#[test]
fn a_query_tells_of_what_is_there_and_where_it_is_now() {
    let world = world();
    build(&world, "hello", &["--target", "c-11", "--target", "python-3"]);
    let python = query(&world, &["Hello", "--target", "python-3"]);
    assert_eq!((&python[0]["missing"], &python[0]["options"]), (&json!(0), &json!({})));
    for file in python[0]["artefacts"].as_array().unwrap() {
        assert!(Path::new(file["file"].as_str().unwrap()).exists());
    }
    // By hand: of C there is what the store keeps.
    shell(&world, "rm -r hello/build");
    assert_eq!(query(&world, &["Hello", "--target", "python-3"]), Vec::<Value>::new());
    let c = query(&world, &["Hello", "--target", "c-11"]);
    let files = c[0]["artefacts"].as_array().unwrap();
    let missing = files.iter().filter(|it| it["file"].is_null()).count();
    assert!(0 < missing && missing < files.len() && c[0]["missing"] == missing, "{c:?}");
    let table = world.command(&["store", "query", "Hello"]).output().unwrap();
    let shown = format!("{} of {}", files.len() - missing, files.len());
    assert!(String::from_utf8(table.stdout).unwrap().contains(&shown), "{shown}");
    build(&world, "hello", &["--target", "c-11", "--target", "python-3"]);
    world.place.oast(&["-C", "hello", "clean"]);
    assert_eq!(query(&world, &[]), Vec::<Value>::new());
    build(&world, "hello", &["--target", "python-3"]);
    shell(&world, "mv hello moved");
    assert_eq!(query(&world, &[]), Vec::<Value>::new());
    build(&world, "moved", &["--target", "python-3"]);
    let builds = query(&world, &["Hello"]);
    let moved = world.path("moved").canonicalize().unwrap();
    assert_eq!(told(&builds, "workspace"), [moved.to_str().unwrap()]);
}

#[test]
fn a_query_says_with_which_options() {
    let world = world();
    build_c(&world, "hello");
    build(&world, "hello", &["--target", "c-11", "--release"]);
    let builds = query(&world, &["Hello", "--target", "c-11"]);
    let words =
        |level| json!({"opt-level": level, "debug": "false", "lto": "none", "strip": "false"});
    let options: Vec<&Value> = builds.iter().map(|build| &build["options"]).collect();
    assert_eq!(options, [&words("2"), &words("0")], "the latest first");
    assert_eq!((&builds[0]["last"], &builds[1]["last"]), (&json!(true), &json!(false)));
    // Of what was there before, the store has what it keeps.
    let before = builds[1]["artefacts"].as_array().unwrap();
    let store = home(&world);
    assert!(before.iter().all(|it| Path::new(it["file"].as_str().unwrap()).starts_with(&store)));
    let table = world.command(&["store", "query", "Hello"]).output().unwrap();
    let table = String::from_utf8(table.stdout).unwrap();
    assert!(table.contains("opt-level=2 debug=false lto=none strip=false"), "{table}");
    // That goes with what nobody holds.
    world.store(&["gc", "--quota", "0"]);
    assert_eq!(query(&world, &["Hello", "--target", "c-11"]).len(), 1);
    check_held_release(&world);
}

#[track_caller]
fn check_held_release(world: &World) {
    fs::remove_dir_all(world.path("hello/build")).unwrap();
    let steps = build(world, "hello", &["--target", "c-11", "--release"]);
    assert!(steps.iter().all(|step| step.starts_with("write ")), "{steps:?}");
}

#[test]
fn a_query_says_what_it_cannot_answer() {
    let world = world();
    build(&world, "hello", &["--target", "python-3"]);
    let ask = |words: &[&str]| {
        let output = world.command(&[&["store"], words].concat()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, stdout, stderr) = ask(&["query", "nope"]);
    assert_eq!((code, &*stdout, &*stderr), (Some(0), "", "the store knows no such build\n"));
    let (code, stdout, stderr) = ask(&["query", "nope", "--message-format", "json"]);
    assert_eq!((code, &*stdout, &*stderr), (Some(0), "[]\n", "the store knows no such build\n"));
    let (code, stdout, stderr) = ask(&["query", "--target", "python"]);
    assert_eq!((code, &*stdout), (Some(2), ""));
    assert!(stderr.contains("there is no target named `python`"), "{stderr}");
    // A directory is what it is, and not a part of a name.
    let here = |directory: &str, source: &str| {
        let words = ["-C", directory, "store", "--json", "query", "--source", source];
        let output = world.command(&words).output().unwrap();
        let builds: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
        builds.iter().map(|it| it["package"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(here("hello", "."), ["Greeting", "Hello"]);
    assert_eq!(here("hello", "Greeting"), ["Greeting"]);
    assert_eq!(here("hello", "../hello/Hello"), ["Hello"]);
    shell(&world, "mkdir hell");
    assert_eq!(here(".", "hell"), Vec::<String>::new());
    assert_eq!(here("hello", "hell"), ["Greeting", "Hello"]);
}

#[test]
fn a_store_that_cannot_be_written_says_so() {
    let world = world();
    build_c(&world, "hello");
    let home = home(&world);
    let protect = |mode: &str| shell(&world, &format!("chmod {mode} '{}'", home.display()));
    protect("a-w");
    shell(&world, &format!("chmod a-w '{}'/store.db*", home.display()));
    let is_refused = fs::write(home.join("probe"), "").is_err();
    let output = world.command(&["store", "gc", "--quota", "0"]).output().unwrap();
    protect("u+w");
    shell(&world, &format!("chmod u+w '{}'/store.db*", home.display()));
    assert!(is_refused || is_root(), "who may write everything sees no difference");
    if is_refused {
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains(&format!("the store at `{}` cannot be written", home.display())),
            "{said}"
        );
    }
}
