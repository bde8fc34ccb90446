//! What is removed and what is not, and what the store says of itself.

use std::time::Duration;

use camino::Utf8PathBuf;
use expect_test::expect;
use oast_engine::host::{Host as _, OsHost};
use oast_engine::store::{ActionResult, Filter, Store, doctor};

use crate::store::{Home, build, key, package, record, tell};

/// The names of the actions that are still known.
fn known<'a>(store: &Store<'_>, names: &[&'a str]) -> Vec<&'a str> {
    let is_known = |name: &&str| store.action(&key(name)).unwrap().is_some();
    names.iter().copied().filter(is_known).collect()
}

/// How long the outputs are of which a few are more than all else in a store.
const LONG: u64 = 1_000_000;

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let (home, host) = Home::fake();
    let store = home.open();
    for name in ["a", "b", "c", "d"] {
        record(&store, name, name.repeat(LONG as usize).as_bytes());
        host.advance(Duration::from_secs(1));
    }
    store.action(&key("a")).unwrap();
    host.advance(Duration::from_secs(1));
    store.flush().unwrap();
    let before = store.size().unwrap();
    let quota = before - LONG * 3 / 2;
    let report = store.gc(quota).unwrap();
    assert_eq!((report.before, report.blobs), (before, 2));
    assert_eq!(report.after, before - 2 * LONG);
    assert_eq!(known(&store, &["a", "b", "c", "d"]), ["a", "d"]);
    assert!(!store.contains(&oast_engine::base::Digest::of("b".repeat(LONG as usize))));
    assert_eq!(store.gc(quota).unwrap().blobs, 0);
}

#[test]
fn nothing_is_removed_below_the_quota() {
    let (home, _) = Home::fake();
    let store = home.open();
    record(&store, "a", b"bytes");
    assert_eq!(store.gc(store.size().unwrap()).unwrap().blobs, 0);
    assert_eq!(store.gc(store.size().unwrap() - 1).unwrap().blobs, 1);
}

#[test]
fn what_programs_have_said_counts_and_its_room_is_given_back() {
    let (home, host) = Home::fake();
    let store = home.open();
    let small = store.size().unwrap();
    let same = record(&store, "first", b"the output of all");
    for number in 0..20 {
        host.advance(Duration::from_secs(1));
        let result = ActionResult { stderr: vec![b'w'; LONG as usize], ..same.clone() };
        store.record_action(&key(&number.to_string()), &result).unwrap();
    }
    // The output of all is that of the last one, too.
    tell(&store, "/w".into(), &[], &["19"]);
    host.write("/w/file".into(), b"").unwrap();
    assert!(20 * LONG < store.size().unwrap());
    let quota = 5 * LONG;
    let report = store.gc(quota).unwrap();
    assert_eq!(report.blobs, 0, "{report:?}");
    assert!(report.after < quota && 3 * LONG < report.after, "{report:?}");
    assert_eq!(known(&store, &["first", "0", "15", "16", "19"]), ["16", "19"]);
    assert_eq!(store.gc(0).unwrap().after, store.size().unwrap());
    assert_eq!(known(&store, &["18", "19"]), ["19"], "the workspace holds it");
    assert!(store.size().unwrap() < small + 2 * LONG, "{}", store.size().unwrap());
    let file = std::fs::metadata(home.path().join("store.db")).unwrap().len();
    assert!(file < small + 2 * LONG, "{file}");
}

#[test]
fn what_a_running_build_uses_stays() {
    let (home, host) = Home::fake();
    let (store, other) = (home.open(), home.open());
    record(&store, "old", b"old");
    record(&store, "used", b"used");
    host.advance(Duration::from_secs(5));
    store.lease("/w".into()).unwrap();
    assert_eq!(known(&store, &["used"]), ["used"]);
    host.set_back(Duration::from_secs(3));
    record(&store, "new", b"new");
    assert_eq!(other.statistics().unwrap().processes, 1);
    assert_eq!(other.gc(0).unwrap().held, 2);
    assert_eq!(known(&store, &["old", "used", "new"]), ["used", "new"]);
    drop(store);
    assert_eq!(other.statistics().unwrap().processes, 0);
    assert_eq!(other.gc(0).unwrap().held, 0);
    assert_eq!(other.statistics().unwrap().blobs, 0);
}

#[test]
fn what_is_removed_between_being_found_and_being_recorded_is_noticed() {
    let (home, host) = Home::fake();
    let (store, other) = (home.open(), home.open());
    let old = record(&store, "old", b"found");
    let file = camino::Utf8Path::new("/w/input");
    host.write(file, b"found").unwrap();
    host.advance(Duration::from_secs(5));
    store.lease("/w".into()).unwrap();
    let digest = old.outputs[0].digest;
    let mut batch = store.batch();
    assert!(batch.put_known(file, &digest).unwrap());
    batch.put_bytes(b"new").unwrap();
    assert_eq!(other.gc(0).unwrap().blobs, 1);
    assert!(!batch.record(&key("new"), &old).unwrap());
    assert!(store.action(&key("new")).unwrap().is_none());
    assert_eq!(doctor(&*home.host, &home.path()).unwrap().ailments, []);
    // Put there anew, it stays, and so does what was there.
    let mut batch = store.batch();
    assert!(batch.put_known(file, &digest).unwrap());
    assert_eq!(other.gc(0).unwrap().blobs, 0);
    assert!(batch.record(&key("new"), &old).unwrap());
    assert_eq!(store.action(&key("new")).unwrap(), Some(old));
    assert_eq!(doctor(&*home.host, &home.path()).unwrap().ailments, []);
}

#[test]
fn what_a_workspace_holds_stays_as_long_as_it_is_there() {
    let (home, host) = Home::fake();
    let store = home.open();
    let json = package("Json", "/w/Json");
    record(&store, "a", b"the first build");
    record(&store, "b", b"the second build");
    host.write("/w/out/made.c".into(), b"source").unwrap();
    let keep = |actions: &[&str]| {
        tell(&store, "/w".into(), &[build(&json, "/w/out/made.c".into(), None)], actions);
    };
    keep(&["a"]);
    keep(&["b"]);
    host.advance(Duration::from_secs(1));
    store.gc(0).unwrap();
    assert_eq!(known(&store, &["a", "b"]), ["b"], "only the last build is held");
    assert_eq!(store.query(&Filter::default()).unwrap().len(), 1);
    host.remove_directory("/w".into()).unwrap();
    let report = store.gc(0).unwrap();
    assert_eq!(report.gone, [Utf8PathBuf::from("/w")]);
    assert_eq!(store.statistics().unwrap().blobs, 0);
    assert_eq!(store.query(&Filter::default()).unwrap(), []);
    assert_eq!(store.statistics().unwrap().packages, 0);
}

#[test]
fn a_package_that_left_the_workspace_is_not_held() {
    let (home, host) = Home::fake();
    let store = home.open();
    let (json, http) = (package("Json", "/w/Json"), package("Http", "/w/Http"));
    host.write("/w/json.c".into(), b"json").unwrap();
    host.write("/w/http.c".into(), b"http").unwrap();
    store.put_file("/w/json.c".into()).unwrap();
    store.put_file("/w/http.c".into()).unwrap();
    let json_build = build(&json, "/w/json.c".into(), Some(b"json"));
    let http_build = build(&http, "/w/http.c".into(), Some(b"http"));
    tell(&store, "/w".into(), &[json_build.clone(), http_build], &[]);
    host.advance(Duration::from_secs(1));
    assert_eq!(store.gc(0).unwrap().blobs, 0);
    tell(&store, "/w".into(), &[json_build], &[]);
    host.advance(Duration::from_secs(1));
    assert_eq!(store.gc(0).unwrap().blobs, 1);
    let left = store.query(&Filter::default()).unwrap();
    assert_eq!(left.iter().map(|it| &*it.package).collect::<Vec<_>>(), ["Json"]);
}

#[test]
fn packages_of_the_same_name_and_version_are_told_apart() {
    let home = Home::new();
    let store = home.open();
    let sources = ["https://one.example/json", "https://two.example/json"];
    let packages = sources.map(|source| package("Json", source));
    for (package, text) in packages.iter().zip(["one", "two"]) {
        let workspace = home.root().join(text);
        OsHost.write(&workspace.join("made.c"), text.as_bytes()).unwrap();
        store.put_bytes(text.as_bytes()).unwrap();
        let mut made = build(package, &workspace.join("made.c"), Some(text.as_bytes()));
        made.dependencies = vec![self::package("Text", "https://one.example/text")];
        tell(&store, &workspace, &[made], &[]);
    }
    assert_ne!(packages[0].uuid(), packages[1].uuid());
    let found = store.query(&Filter { package: Some("Json".into()), ..Filter::default() }).unwrap();
    assert_eq!(found.iter().map(|it| &*it.source).collect::<Vec<_>>(), sources);
    assert_ne!(found[0].artefacts[0].digest, found[1].artefacts[0].digest);
    assert_eq!(found[0].dependencies[0].name, "Text");
    let two = Filter { source: Some("two.example".into()), ..Filter::default() };
    assert_eq!(store.query(&two).unwrap().len(), 1);
    let view = home.path().join("view");
    store.view(&view).unwrap();
    let uuids = packages.map(|it| it.uuid().to_string());
    for (uuid, text) in uuids.iter().zip(["one", "two"]) {
        let built = view.join(format!("Json/1.0.0@{}/built/c-11", &uuid[..8]));
        let target = OsHost.read_link(&built).unwrap();
        assert!(target.starts_with(format!("../../{uuid}/build/c-11")), "{target}");
        assert_eq!(OsHost.read(&built.join("made.c")).unwrap(), text.as_bytes());
    }
    // The name alone is that of the one which came first, as long as that is there.
    let plain = view.join("Json/1.0.0/built/c-11/made.c");
    assert_eq!(OsHost.read(&plain).unwrap(), b"one");
    OsHost.remove_directory(&home.root().join("one")).unwrap();
    store.view(&view).unwrap();
    assert_eq!(OsHost.read(&plain).unwrap(), b"two");
}

#[test]
fn a_uuid_is_the_same_everywhere() {
    expect!["03e6d004-6f07-5d72-b388-6e8b5e00c161"]
        .assert_eq(&package("Json", "https://example.org/json").uuid().to_string());
}

#[test]
fn what_is_only_in_a_workspace_is_known_as_long_as_that_is_there() {
    let home = Home::new();
    let workspace = home.root().join("w");
    let (file, view) = (workspace.join("out/made.py"), home.path().join("view"));
    let store = home.open();
    let json = package("Json", workspace.as_str());
    OsHost.write(&file, b"made").unwrap();
    tell(&store, &workspace, &[build(&json, &file, None)], &[]);
    assert_eq!(store.statistics().unwrap().blobs, 0, "it was not copied");
    assert_eq!(store.query(&Filter::default()).unwrap()[0].artefacts[0].file, Some(file));
    store.view(&view).unwrap();
    assert_eq!(OsHost.read(&view.join("Json/1.0.0/built/c-11/made.py")).unwrap(), b"made");
    drop(store);
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    OsHost.remove_directory(&workspace).unwrap();
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments.len(), 2, "workspace and view");
    assert_eq!(home.open().query(&Filter::default()).unwrap(), []);
    assert!(OsHost.entries(&view.join("Json")).is_err());
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
}
