//! Whoever is killed, wherever, the next who takes a lease puts right what was left, and the doctor finds nothing.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::{Content, Digest};
use oast_engine::build::Action;
use oast_engine::host::{CancelToken, Command, Host as _, Inherited, OsHost};
use oast_engine::store::{ActionResult, BuildRecord, Kind, OutputFile, Prepared, Store, doctor};
use oast_engine::toolchain::{Invocation, Role, Tool};

use crate::store::mortal::{Killed, Mortal};
use crate::store::{Home, build, key, package, record, tell};

/// What a process does, and notes of it when it is done.
type Work = dyn Fn(&Store<'_>, &Utf8Path, &mut Vec<Digest>);

/// Lets a process do `work` in the store and die at its call of number `call`; whether it came to its end before.
fn die(home: &Home, call: usize, work: &Work, done: &mut Vec<Digest>) -> bool {
    let host = Mortal::dies_at(call);
    let mut store = None;
    let result = catch_unwind(AssertUnwindSafe(|| {
        work(store.insert(Store::open(&host, &home.path()).unwrap()), home.root(), done);
        drop(store.take());
    }));
    let Err(cause) = result else { return true };
    if !cause.is::<Killed>() {
        resume_unwind(cause);
    }
    // As it is now, with locks that nobody holds: what the store still does to the database when it is dropped, it does to another one.
    let (grave, left) = (home.root().join("grave"), home.root().join("left"));
    fs::rename(home.path(), &grave).unwrap();
    copy_tree(&grave, &left);
    drop(store);
    fs::rename(left, home.path()).unwrap();
    fs::remove_dir_all(grave).unwrap();
    false
}

fn copy_tree(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy_tree(path, &copy);
        } else if kind.is_symlink() {
            OsHost.symlink(&path.read_link_utf8().unwrap(), &copy).unwrap();
        } else if entry.file_name() != "store.db-shm" {
            fs::copy(path, &copy).unwrap();
        }
    }
}

/// An ordinary build that does nothing of note.
fn recover(store: &Store<'_>, root: &Utf8Path, _: &mut Vec<Digest>) {
    store.lease(root).unwrap();
}

/// Kills who does `work` at each call that it makes, and then lets one recover; in every other case first some that are killed in
/// that. `prepare` makes the store as it is before. Of the keys that were noted as done, or by `prepare`, all are remembered.
fn kill_everywhere(prepare: &Work, work: &Work) {
    let mut deaths = 0;
    for case in 0.. {
        let (call, recoveries_die) = (case / 2, case % 2 == 1);
        let (home, mut done) = (Home::new(), Vec::new());
        prepare(&home.open(), home.root(), &mut done);
        if die(&home, call, work, &mut done) {
            break;
        }
        // One after the other, each with what the one before has left.
        let mut next = if recoveries_die { call % 11 } else { usize::MAX };
        while !die(&home, next, &recover, &mut Vec::new()) {
            next += 11;
            deaths += 1;
        }
        check(&home, &done, &format!("case {case}, killed at {call}"));
        deaths += 1;
    }
    assert!(20 < deaths, "{deaths}");
}

/// The doctor finds nothing in the store, and what is `done` is remembered.
fn check(home: &Home, done: &[Digest], what: &str) {
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert_eq!(report.ailments, [], "{what}");
    let store = home.open();
    for key in done {
        let result = store.action(key).unwrap();
        let result = result.unwrap_or_else(|| panic!("{what}: {key} is lost"));
        assert!(result.outputs.iter().all(|it| store.read(&it.digest).is_some()), "{what}: {key}");
    }
    drop(store);
    let left = |name| OsHost.entries(&home.path().join(name)).unwrap_or_default();
    assert_eq!((left("running"), left("tmp")), (vec![], vec![]), "{what}");
}

fn record_all(store: &Store<'_>, names: &[&str], done: &mut Vec<Digest>) {
    for name in names {
        record(store, name, name.repeat(100).as_bytes());
        done.push(key(name));
    }
}

/// The build of a package of which one file says `name`.
fn json(root: &Utf8Path, name: &str) -> BuildRecord {
    let (made, bytes) = (root.join("out/made.o"), name.repeat(100).into_bytes());
    OsHost.write(&made, &bytes).unwrap();
    build(&package("Json", root.as_str()), &made, Some(&bytes))
}

/// What a build does, which makes what `names` say.
fn build_all(store: &Store<'_>, root: &Utf8Path, names: &[&str], done: &mut Vec<Digest>) {
    store.lease(root).unwrap();
    record_all(store, names, done);
    tell(store, root, &[json(root, names[0])], names);
    store.refresh_views(None).unwrap();
    store.end_lease();
}

fn with_view(store: &Store<'_>, root: &Utf8Path, done: &mut Vec<Digest>) {
    build_all(store, root, &["one", "two"], done);
    store.view(&store.home().join("view")).unwrap();
}

#[test]
fn who_builds_is_killed_anywhere() {
    kill_everywhere(&with_view, &|store, root, done| {
        build_all(store, root, &["three", "two", "four"], done);
    });
}

#[test]
fn who_builds_first_of_all_is_killed_anywhere() {
    kill_everywhere(&|_, _, _| (), &|store, root, done| build_all(store, root, &["one"], done));
}

#[test]
fn who_makes_a_view_is_killed_anywhere() {
    let prepare: &Work = &|store, root, done| build_all(store, root, &["one", "two"], done);
    kill_everywhere(prepare, &|store, _, _| _ = store.view(&store.home().join("view")).unwrap());
}

#[test]
fn who_makes_room_is_killed_anywhere() {
    // What the workspace holds stays; what it held before goes, with the build in the view.
    let prepare: &Work = &|store, root, done| {
        with_view(store, root, &mut Vec::new());
        let gone = package("Gone", "/gone");
        let (file, bytes) = (root.join("out/gone.o"), b"one".repeat(100));
        OsHost.write(&file, &bytes).unwrap();
        let both = [json(root, "one"), build(&gone, &file, Some(&bytes))];
        tell(store, root, &both, &["one", "two"]);
        build_all(store, root, &["three", "four"], done);
    };
    kill_everywhere(prepare, &|store, _, _| {
        assert!(0 < store.gc(0).unwrap().blobs);
    });
}

/// What copies `in` to `out`.
fn copying() -> Action {
    let tool = Tool {
        program: "cp".into(),
        arguments: Vec::new(),
        called: vec!["cp".to_owned()],
        identity: Digest::of("cp"),
        role: Role::Linker,
        reads_argument_files: false,
    };
    let arguments = ["in", "out"].map(str::to_owned).into();
    let invocation = Invocation { tool, arguments, environment: Vec::new() };
    Action::new("copy", "/", invocation, ["in".into()], ["out".into()])
}

#[test]
fn who_verifies_is_killed_anywhere() {
    let prepare: &Work = &|store, _, done| {
        let digest = store.put_bytes(b"to be copied").unwrap();
        let key = copying().messages(&[Content::of("to be copied")], &mut |bytes| {
            store.put_bytes(bytes).unwrap();
        });
        let result = ActionResult {
            outputs: vec![OutputFile { path: "out".into(), digest, executable: false }],
            origin: Some("by hand".to_owned()),
            ..ActionResult::default()
        };
        assert!(store.record_action(&key, &result).unwrap());
        done.push(key);
    };
    kill_everywhere(prepare, &|store, _, _| {
        let cancel = CancelToken::default();
        let run = |prepared: &Prepared| {
            assert_eq!(prepared.origin, "by hand");
            let (program, arguments) = prepared.command.arguments.split_first().unwrap();
            let command = Command {
                program: OsHost.which(program).unwrap(),
                arguments: arguments.to_vec(),
                directory: prepared.directory.clone(),
                environment: Vec::new(),
                inherited: Inherited::Needed,
            };
            OsHost.run(&command, &cancel).map_err(|error| error.to_string())
        };
        let report = store.verify(1, &run, &cancel).unwrap();
        assert_eq!(report.same, 1, "{report:?}");
    });
}

/// What somebody leaves who was killed: files that nobody registered, and some that are gone.
fn leave_a_mess(store: &Store<'_>, root: &Utf8Path, done: &mut Vec<Digest>) {
    with_view(store, root, done);
    store.lease(root).unwrap();
    let unknown = store.blob_path(&Digest::of("unknown"));
    OsHost.write(&unknown, b"unknown").unwrap();
    let [_, lost] = ["one", "two"].map(|name| store.blob_path(&Digest::of(name.repeat(100))));
    OsHost.remove_file(&lost).unwrap();
    OsHost.remove_directory(&store.home().join("view/Json")).unwrap();
    done.retain(|it| *it != key("two"));
    let running = OsHost.entries(&store.home().join("running")).unwrap();
    OsHost.write(&store.home().join("tmp").join(&running[0].name).join("0"), b"half").unwrap();
    OsHost.write(&store.home().join("running/dead"), b"").unwrap();
}

#[test]
fn who_recovers_is_killed_anywhere() {
    kill_everywhere(&leave_a_mess, &recover);
}

#[test]
fn the_doctor_is_killed_anywhere() {
    for call in 0.. {
        let (home, mut done) = (Home::new(), Vec::new());
        leave_a_mess(&home.open(), home.root(), &mut done);
        let host = Mortal::dies_at(call);
        let survives = catch_unwind(AssertUnwindSafe(|| {
            assert_ne!(doctor(&host, &home.path()).unwrap().ailments, []);
        }));
        recover(&home.open(), home.root(), &mut Vec::new());
        check(&home, &done, &format!("killed at {call}"));
        match survives {
            Ok(()) => break,
            Err(cause) if cause.is::<Killed>() => assert!(call < 1_000),
            Err(cause) => resume_unwind(cause),
        }
    }
}

#[test]
fn the_doctor_tells_what_the_killed_left() {
    let home = Home::new();
    let mut done = Vec::new();
    with_view(&home.open(), home.root(), &mut done);
    // At each call: what is left differs.
    let mut seen = std::collections::BTreeSet::new();
    for call in 0.. {
        let names = [format!("{call}a"), format!("{call}b")];
        let work: &Work = &move |store, root, done| {
            build_all(store, root, &names.each_ref().map(|it| &**it), done);
        };
        let survived = die(&home, call, work, &mut done);
        let report = doctor(&OsHost, &home.path()).unwrap();
        seen.extend(report.ailments.iter().map(|it| it.kind));
        assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
        if survived {
            assert_eq!(report.ailments, []);
            break;
        }
    }
    let expected = [Kind::UnknownBlob, Kind::StrayFile, Kind::StaleLease, Kind::OutdatedView];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    check(&home, &done, "in the end");
}

#[test]
fn who_is_alive_is_left_alone() {
    let home = Home::new();
    let (living, other) = (home.open(), home.open());
    living.lease("/w".into()).unwrap();
    record(&living, "one", b"one");
    let tmp = home.path().join("tmp");
    let own: Vec<Utf8PathBuf> =
        OsHost.entries(&tmp).unwrap().into_iter().map(|it| tmp.join(it.name)).collect();
    assert_eq!(own.len(), 1);
    OsHost.write(&own[0].join("half"), b"half").unwrap();
    OsHost.write(&home.path().join("running/dead"), b"").unwrap();
    OsHost.write(&home.path().join("tmp/dead/0"), b"").unwrap();
    other.lease("/v".into()).unwrap();
    assert!(OsHost.stat(&home.path().join("running/dead")).is_err());
    assert!(OsHost.stat(&home.path().join("tmp/dead")).is_err());
    assert_eq!(OsHost.read(&own[0].join("half")).unwrap(), b"half");
    assert_eq!(other.statistics().unwrap().processes, 2);
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    assert_eq!(other.statistics().unwrap().processes, 2);
}
