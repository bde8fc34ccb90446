//! Whatever happens to the files, nothing wrong comes out, and the doctor gets the store well again.

use std::fs;

use camino::Utf8Path;
use oast_engine::host::OsHost;
use oast_engine::store::{ActionResult, Kind, Store, StoreError, doctor};

use crate::store::{Home, Random, build, key, package, record, tell};

/// How many places of a file are damaged in a test; more with the environment variable `OAST_TEST_ROUNDS`.
fn rounds() -> usize {
    std::env::var("OAST_TEST_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(25)
}

const NAMES: [&str; 3] = ["one", "two", "three"];

/// A store with some of everything, closed, and what it knows of [`NAMES`].
fn furnished() -> (Home, Vec<ActionResult>) {
    let home = Home::new();
    let store = home.open();
    let results = NAMES.map(|name| record(&store, name, name.as_bytes()));
    let package = package("Json", "/somewhere");
    let blob = store.blob_path(&results[0].outputs[0].digest);
    tell(&store, home.root(), &[build(&package, &blob, Some(b"one"))], &NAMES);
    drop(store);
    // Everything is in the database, and nothing in its log.
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    drop(database);
    (home, results.to_vec())
}

/// Opens the damaged store: it says what it knew, or nothing. Then the doctor repairs it, and finds nothing the second time.
fn check(home: &Home, results: &[ActionResult], what: &str) {
    match Store::open(&OsHost, &home.path()) {
        Ok(store) => {
            for (name, result) in NAMES.iter().zip(results) {
                // An error is an answer, too: the build does without.
                if let Ok(Some(found)) = store.action(&key(name)) {
                    assert_eq!(found, *result, "{what}");
                }
            }
        }
        Err(StoreError::Newer { .. }) => return,
        Err(error) => panic!("{what}: {error}"),
    }
    doctor(&OsHost, &home.path()).unwrap_or_else(|error| panic!("{what}: {error}"));
    let again = doctor(&OsHost, &home.path()).unwrap();
    assert_eq!(again.ailments, [], "{what}");
    let store = home.open();
    for name in NAMES {
        record(&store, name, b"new");
        assert!(store.action(&key(name)).unwrap().is_some(), "{what}: it can be used");
    }
}

/// Every so manieth offset of a file is damaged in a test of all of them; every single one with 1.
fn stride() -> usize {
    std::env::var("OAST_TEST_STRIDE").ok().and_then(|it| it.parse().ok()).unwrap_or(53)
}

/// A small store: its database has pages of 512 bytes.
fn small() -> (Home, Vec<ActionResult>) {
    let (home, results) = furnished();
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    let compact = "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;";
    database.execute_batch(compact).unwrap();
    database.query_row("PRAGMA journal_mode = WAL", (), |_| Ok(())).unwrap();
    drop(database);
    (home, results)
}

/// Cuts the file `name` of a copy of `original` at each offset, and alters it there.
fn damage_everywhere(original: &Home, results: &[ActionResult], name: &str) -> usize {
    let bytes = fs::read(original.path().join(name)).unwrap();
    let home = Home::new();
    let mut count = 0;
    for offset in (0..bytes.len()).step_by(stride()) {
        let mut altered = bytes.clone();
        altered[offset] ^= 1 + (offset % 255) as u8;
        for damaged in [&bytes[..offset], &altered] {
            copy_all(&original.path(), &home.path());
            _ = fs::remove_file(home.path().join("store.db-shm"));
            fs::write(home.path().join(name), damaged).unwrap();
            check(&home, results, &format!("{name} at {offset}, of {} bytes", damaged.len()));
            count += 1;
        }
    }
    count
}

#[test]
fn a_small_database_damaged_anywhere() {
    let (original, results) = small();
    assert_ne!(damage_everywhere(&original, &results, "store.db"), 0);
}

#[test]
fn a_small_log_damaged_anywhere() {
    let (original, results) = small();
    let living = original.open();
    record(&living, "four", b"four");
    assert_ne!(damage_everywhere(&original, &results, "store.db-wal"), 0);
}

fn damaged_copies(bytes: &[u8]) -> impl Iterator<Item = (String, Vec<u8>)> {
    let mut random = Random(0x00da_3a6e);
    let length = bytes.len();
    let cuts: Vec<usize> = (0..rounds()).map(|_| random.below(length)).collect();
    let cuts = cuts.into_iter().map(|end| (format!("cut at {end}"), bytes[..end].to_vec()));
    let changes = (0..rounds()).map(move |_| {
        let (mut changed, at) = (bytes.to_vec(), random.below(length));
        let end = (at + 1 + random.below(8)).min(length);
        changed[at..end].iter_mut().for_each(|byte| *byte ^= 1 + random.below(255) as u8);
        (format!("changed at {at}..{end}"), changed)
    });
    cuts.chain(changes)
}

fn copy_all(from: &Utf8Path, to: &Utf8Path) {
    _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in from.read_dir_utf8().unwrap() {
        let path = entry.unwrap().into_path();
        let copy = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_all(&path, &copy);
        } else {
            fs::copy(&path, &copy).unwrap();
        }
    }
}

#[test]
fn a_damaged_database_says_nothing_wrong_and_is_repaired() {
    let (original, results) = furnished();
    let bytes = fs::read(original.path().join("store.db")).unwrap();
    let home = Home::new();
    for (what, damaged) in damaged_copies(&bytes) {
        copy_all(&original.path(), &home.path());
        fs::write(home.path().join("store.db"), damaged).unwrap();
        check(&home, &results, &what);
    }
}

#[test]
fn a_damaged_log_of_the_database_says_nothing_wrong() {
    let (original, results) = furnished();
    // As a process leaves it that was killed: a log that nobody has brought into the database.
    let living = original.open();
    record(&living, "four", b"four");
    let log = fs::read(original.path().join("store.db-wal")).unwrap();
    assert_ne!(log.len(), 0);
    let home = Home::new();
    for (what, damaged) in damaged_copies(&log).step_by(2) {
        copy_all(&original.path(), &home.path());
        fs::remove_file(home.path().join("store.db-shm")).unwrap();
        fs::write(home.path().join("store.db-wal"), damaged).unwrap();
        check(&home, &results, &what);
    }
}

#[test]
fn what_is_no_database_is_moved_aside_and_the_blobs_stay() {
    let (home, results) = furnished();
    fs::write(home.path().join("store.db"), "nonsense").unwrap();
    let store = home.open();
    assert_eq!(store.statistics().unwrap().blobs, 3);
    assert!(store.read(&results[0].outputs[0].digest).is_some());
    assert_eq!(fs::read(home.path().join("store.db.damaged")).unwrap(), b"nonsense");
}

#[test]
fn results_are_saved_from_a_database_that_is_damaged_elsewhere() {
    let (home, results) = furnished();
    fs::write(home.path().join("damaged"), "").unwrap();
    let store = home.open();
    for (name, result) in NAMES.iter().zip(&results) {
        assert_eq!(store.action(&key(name)).unwrap().as_ref(), Some(result));
    }
}

#[test]
fn a_damaged_database_that_others_use_is_left_alone() {
    let (home, _) = furnished();
    let living = home.open();
    fs::write(home.path().join("damaged"), "").unwrap();
    let error = Store::open(&OsHost, &home.path()).unwrap_err();
    assert!(matches!(error, StoreError::DamagedAndInUse { .. }), "{error}");
    drop(living);
    home.open();
}

#[test]
fn a_store_of_a_later_version_is_left_alone() {
    let (home, _) = furnished();
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    database.pragma_update(None, "user_version", 1_000).unwrap();
    drop(database);
    let before = fs::read(home.path().join("store.db")).unwrap();
    let error = Store::open(&OsHost, &home.path()).unwrap_err();
    assert!(error.to_string().contains("later version"), "{error}");
    assert_eq!(fs::read(home.path().join("store.db")).unwrap(), before);
}

#[test]
fn a_store_of_an_earlier_version_is_emptied_and_used() {
    let (home, results) = furnished();
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 1; DROP TABLE builds;").unwrap();
    drop(database);
    let store = home.open();
    assert!(store.action(&key("one")).unwrap().is_none());
    record(&store, "one", b"one");
    assert_eq!(store.action(&key("one")).unwrap().as_ref(), Some(&results[0]));
}

#[test]
fn a_result_that_was_tampered_with_is_forgotten() {
    let (home, _) = furnished();
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    database.execute("UPDATE actions SET stderr = x'00'", ()).unwrap();
    drop(database);
    assert!(home.open().action(&key("one")).unwrap().is_none());
    let report = doctor(&OsHost, &home.path()).unwrap();
    let kinds: Vec<Kind> = report.ailments.iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::BrokenAction, Kind::BrokenAction], "the third was forgotten above");
}

#[test]
fn the_doctor_finds_all_kinds_of_damage_and_then_none() {
    let (home, results) = furnished();
    let store = home.open();
    let blob = |n: usize| store.blob_path(&results[n].outputs[0].digest);
    make_writable(&blob(0));
    fs::write(blob(0), "one and more").unwrap();
    fs::remove_file(blob(1)).unwrap();
    fs::write(home.path().join("cas/stray"), "").unwrap();
    fs::write(blob(2).with_file_name("stray"), "").unwrap();
    let unknown = oast_engine::base::Digest::of("unknown");
    fs::create_dir_all(store.blob_path(&unknown).parent().unwrap()).unwrap();
    fs::write(store.blob_path(&unknown), "unknown").unwrap();
    fs::create_dir_all(home.path().join("running")).unwrap();
    fs::write(home.path().join("running/1-2-3"), "").unwrap();
    drop(store);
    let report = doctor(&OsHost, &home.path()).unwrap();
    let kinds: Vec<Kind> = report.ailments.iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::DamagedBlob,
            Kind::MissingBlob,
            Kind::MissingBlob,
            Kind::UnknownBlob,
            Kind::StrayFile,
            Kind::BrokenAction,
            Kind::BrokenAction,
            Kind::BrokenBuild,
            Kind::StaleLease,
        ],
        "{report:#?}"
    );
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    assert!(home.open().action(&key("three")).unwrap().is_some(), "what was sound is there");
}

fn make_writable(path: &Utf8Path) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "it is about to be damaged")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
}
