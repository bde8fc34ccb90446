//! Views: what they show, and that they are kept so.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::{Host, OsHost};
use oast_engine::store::{Filter, Kind, Store, doctor};

use super::{Home, build, key, package, record, tell};

#[test]
fn a_view_shows_what_there_is_and_nothing_else() {
    let home = Home::new();
    let (workspace, view) = (home.root().join("w"), home.path().join("view"));
    let store = home.open();
    let (json, http) = (package("Json", workspace.as_str()), package("Http", "/gone"));
    let (one, two) = (workspace.join("one.c"), workspace.join("two.c"));
    OsHost.write(&one, b"one").unwrap();
    OsHost.write(&two, b"two").unwrap();
    store.put_file(&one).unwrap();
    store.put_file(&two).unwrap();
    store.view(&view).unwrap();
    let both = [build(&json, &one, Some(b"one")), build(&http, &two, Some(b"two"))];
    tell(&store, &workspace, &both, &[]);
    store.refresh_views(None).unwrap();
    assert!(OsHost.stat(&view.join("Http/1.0.0/built/c-11/two.c")).is_ok());
    // `Http` leaves the workspace.
    tell(&store, &workspace, &both[..1], &[]);
    store.refresh_views(None).unwrap();
    let built = view.join("Json/1.0.0/built/c-11");
    assert_eq!(OsHost.read(&built.join("one.c")).unwrap(), b"one");
    let source = view.join("Json").join(json.uuid().to_string()).join("source");
    assert_eq!(OsHost.read(&source.join("two.c")).unwrap(), b"two", "local packages are linked");
    assert!(OsHost.entries(&view.join("Http")).is_err());
    assert_eq!(store.gc(1).unwrap().blobs, 1, "nobody holds it any more");
    assert_eq!(OsHost.read(&built.join("one.c")).unwrap(), b"one");
    let again = store.view(&view).unwrap();
    assert_eq!((again.links, again.made, again.removed), (4, 0, 0));
    // A link that leads nowhere is found by the doctor, and a person's file is left alone.
    OsHost.write(&view.join("note"), b"mine").unwrap();
    OsHost.remove_file(&built).unwrap();
    OsHost.symlink("nowhere".into(), &built).unwrap();
    drop(store);
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments.len(), 1);
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    assert_eq!(OsHost.read(&view.join("note")).unwrap(), b"mine");
}

#[test]
fn a_directory_with_something_in_it_does_not_become_a_view() {
    let home = Home::new();
    let directory = home.root().join("mine");
    OsHost.write(&directory.join("file"), b"").unwrap();
    let error = home.open().view(&directory).unwrap_err();
    assert!(error.to_string().contains("neither empty nor a view"), "{error}");
}

/// The links below a directory that lead nowhere.
fn broken_links(directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut broken = Vec::new();
    for entry in directory.read_dir_utf8().unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            broken.extend(broken_links(entry.path()));
        } else if !entry.path().exists() {
            broken.push(entry.path().to_owned());
        }
    }
    broken
}

/// A workspace with a file `one` that an action made and the store keeps, and `two`, which the store only knows.
fn furnish(store: &Store<'_>, workspace: &Utf8Path) {
    let json = package("Json", workspace.as_str());
    let (one, two) = (workspace.join("out/one"), workspace.join("out/two"));
    OsHost.write(&one, b"one").unwrap();
    OsHost.write(&two, b"two").unwrap();
    record(store, "one", b"one");
    let mut build = build(&json, &one, Some(b"one"));
    build.artefacts.extend(self::build(&json, &two, None).artefacts);
    tell(store, workspace, &[build], &["one"]);
}

#[test]
fn a_view_leads_where_it_should_wherever_it_is_reached_from() {
    let home = Home::new();
    fs::create_dir_all(home.root().join("far/away/from/here")).unwrap();
    let near = home.root().join("near");
    OsHost.symlink("far/away/from/here".into(), &near).unwrap();
    let store = Store::open(&OsHost, &near).unwrap();
    furnish(&store, &home.root().join("w"));
    for view in [near.join("view"), near.join("another")] {
        assert_eq!(store.view(&view).unwrap().links, 5);
        assert_eq!(broken_links(&view), [""; 0]);
    }
    // Somewhere else, the store shows the same.
    drop(store);
    let moved = home.root().join("moved");
    fs::rename(home.root().join("far/away/from/here"), &moved).unwrap();
    doctor(&OsHost, &moved).unwrap();
    assert_eq!(broken_links(&moved.join("view")), [""; 0]);
    assert_eq!(doctor(&OsHost, &moved).unwrap().ailments, []);
}

#[test]
fn what_two_workspaces_have_built_alike_is_shown_as_the_last_has_built_it() {
    let home = Home::new();
    let (store, view) = (home.open(), home.path().join("view"));
    let json = package("Json", "/shared");
    for (workspace, name) in [("w", "one.c"), ("v", "two.c")] {
        let file = home.root().join(workspace).join(name);
        OsHost.write(&file, b"made").unwrap();
        tell(&store, &home.root().join(workspace), &[build(&json, &file, None)], &[]);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    store.view(&view).unwrap();
    let names = OsHost.entries(&view.join("Json/1.0.0/built/c-11")).unwrap();
    assert_eq!(names.into_iter().map(|it| it.name).collect::<Vec<_>>(), ["two.c"]);
    // Where that is not there any more, the other is.
    fs::remove_dir_all(home.root().join("v")).unwrap();
    store.view(&view).unwrap();
    let names = OsHost.entries(&view.join("Json/1.0.0/built/c-11")).unwrap();
    assert_eq!(names.into_iter().map(|it| it.name).collect::<Vec<_>>(), ["one.c"]);
}

#[test]
fn what_stands_in_the_place_of_a_link_is_left_alone_and_told() {
    let home = Home::new();
    let (store, view) = (home.open(), home.path().join("view"));
    furnish(&store, &home.root().join("w"));
    store.view(&view).unwrap();
    let built = view.join("Json/1.0.0/built/c-11").canonicalize_utf8().unwrap();
    let file = built.join("two");
    fs::remove_file(&file).unwrap();
    fs::write(&file, "mine").unwrap();
    let report = store.view(&view).unwrap();
    assert_eq!((report.links, report.made, report.blocked.len()), (4, 0, 1));
    drop(store);
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert_eq!((report.ailments, report.blocked.len()), (Vec::new(), 1));
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    // In the place of a directory, too.
    fs::remove_file(&file).unwrap();
    fs::remove_dir_all(view.join("Json/1.0.0")).unwrap();
    fs::write(view.join("Json/1.0.0"), "mine").unwrap();
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert_eq!((report.ailments.len(), report.blocked.len()), (1, 1), "{report:?}");
    fs::remove_file(view.join("Json/1.0.0")).unwrap();
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments.len(), 1);
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert_eq!((report.ailments, report.blocked), (Vec::new(), Vec::new()));
}

#[test]
fn views_are_kept_when_the_database_is_lost() {
    let home = Home::new();
    let workspace = home.root().join("w");
    let views = [home.path().join("view"), home.root().join("another")];
    furnish(&home.open(), &workspace);
    views.iter().for_each(|view| _ = home.open().view(view).unwrap());
    for suffix in ["", "-wal", "-shm"] {
        fs::remove_file(home.path().join(format!("store.db{suffix}"))).unwrap();
    }
    let store = home.open();
    store.refresh_views(None).unwrap();
    for view in &views {
        assert!(!view.join("Json").exists(), "nothing is known of it any more");
    }
    furnish(&store, &workspace);
    store.refresh_views(None).unwrap();
    for view in &views {
        assert_eq!(fs::read(view.join("Json/1.0.0/built/c-11/two")).unwrap(), b"two");
    }
    drop(store);
    // A list that cannot be read is removed.
    fs::write(home.path().join("views.json"), "[").unwrap();
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments[0].kind, Kind::StrayFile);
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    // A view that is gone is forgotten.
    let store = home.open();
    store.view(&views[1]).unwrap();
    assert_eq!(store.refresh_views(None).unwrap().len(), 2);
    fs::remove_dir_all(&views[1]).unwrap();
    assert_eq!(store.refresh_views(None).unwrap().len(), 1);
    assert_eq!(fs::read(home.path().join("views.json")).unwrap(), b"[]");
}

#[test]
fn what_a_workspace_holds_is_saved_from_a_damaged_database() {
    let home = Home::new();
    furnish(&home.open(), &home.root().join("w"));
    record(&home.open(), "other", b"other");
    fs::write(home.path().join("damaged"), "").unwrap();
    let store = home.open();
    assert_eq!(store.query(&Filter::default()).unwrap().len(), 1);
    assert_eq!(store.gc(0).unwrap().blobs, 1);
    assert!(store.action(&key("one")).unwrap().is_some());
    assert!(store.action(&key("other")).unwrap().is_none());
}
