//! Whatever happens to the files, nothing wrong comes out, and the doctor gets the store well again.
//!
//! The database of a small store, and its log, are cut at every offset and altered by one byte at every offset. Each time the store is
//! opened, which repairs what must be repaired for that, and asked what it remembers. Whether the doctor then repairs all the rest, and
//! the store can be used afterwards, is tried at every 53rd offset (`OAST_TEST_STRIDE=1` tries all), and at random places of a store with
//! pages of the usual size. `config.toml` is cut at every offset, and every byte of it is replaced by every other. Blobs are
//! damaged at every offset in `files.rs`, and by builds in `law/offsets.rs`. What locks leases, or only is there, is never read.

use std::fs;
use std::ops::Range;

use camino::Utf8Path;
use oast_engine::host::{FakeHost, Host as _, OsHost};
use oast_engine::store::{ActionResult, Kind, Settings, Store, StoreError, doctor};
use oast_engine::testing::Random;

use crate::store::{Home, build, key, package, record, tell};

/// How many places of a file are damaged in a test; more with the environment variable `OAST_TEST_ROUNDS`.
fn rounds() -> usize {
    std::env::var("OAST_TEST_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(25)
}

const NAMES: [&str; 3] = ["one", "two", "three"];

/// What is known of after them, and in the log only.
const IN_THE_LOG: &str = "four";

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

/// Asks the damaged store. Then the doctor repairs it, and finds nothing the second time, and it can be used.
fn check(home: &Home, results: &[ActionResult], what: &str) {
    if !ask(home, results, what) {
        return;
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

/// A small store: its database has pages of 512 bytes, and none that is free.
fn small() -> (Home, Vec<ActionResult>) {
    let (home, results) = furnished();
    let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    let compact = "PRAGMA journal_mode = DELETE; PRAGMA page_size = 512; VACUUM;";
    database.execute_batch(compact).unwrap();
    database.query_row("PRAGMA journal_mode = WAL", (), |_| Ok(())).unwrap();
    drop(database);
    (home, results)
}

/// A small store of which the file `name` of the database is damaged again and again.
struct Patient {
    home: Home,
    results: Vec<ActionResult>,
    name: &'static str,
    /// The files of the database when nothing is wrong with them, but for the shared memory.
    sound: Vec<(&'static str, Vec<u8>)>,
}

impl Patient {
    /// With everything in the database and no log, or with something in the log, too, as a process leaves it that was killed.
    fn new(name: &'static str) -> Patient {
        let (home, mut results) = small();
        let living = (name == "store.db-wal").then(|| home.open());
        results.extend(living.iter().map(|store| record(store, IN_THE_LOG, b"four")));
        let files = ["store.db", "store.db-wal"].into_iter();
        let sound = files.filter_map(|it| Some((it, fs::read(home.path().join(it)).ok()?)));
        let sound = sound.collect();
        drop(living);
        Patient { home, results, name, sound }
    }

    fn length(&self) -> usize {
        self.sound.iter().find(|(name, _)| *name == self.name).unwrap().1.len()
    }

    /// Damages the file as `how` says at an offset. What is told of it.
    fn damage(&self, how: How, offset: usize) -> String {
        let path = self.home.path();
        for left in ["store.db-wal", "store.db-shm", "damaged"] {
            _ = fs::remove_file(path.join(left));
        }
        for (name, bytes) in &self.sound {
            let mut altered;
            let mut bytes = &bytes[..];
            if *name == self.name && how == How::Cut {
                bytes = &bytes[..offset];
            } else if *name == self.name {
                altered = bytes.to_vec();
                altered[offset] ^= 1 + (offset % 255) as u8;
                bytes = &altered;
            }
            fs::write(path.join(name), bytes).unwrap();
        }
        format!("{} {how:?} at {offset}", self.name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Cut,
    Altered,
}

/// Damages the file at each of the offsets, and asks the store.
fn ask_at(name: &'static str, how: How, offsets: impl Fn(usize) -> Range<usize>) {
    let patient = Patient::new(name);
    let offsets = offsets(patient.length());
    assert!(1_000 < offsets.len(), "{name} {offsets:?}");
    for offset in offsets {
        let what = patient.damage(how, offset);
        ask(&patient.home, &patient.results, &what);
    }
}

/// Opens the damaged store and asks it as a build does: it says what it knew, or nothing. Whether it can be opened; what looks like a
/// later version's is left alone.
fn ask(home: &Home, results: &[ActionResult], what: &str) -> bool {
    match Store::open(&OsHost, &home.path()) {
        Ok(store) => {
            for (name, result) in NAMES.iter().chain([&IN_THE_LOG]).zip(results) {
                // An error is an answer, too: the build does without.
                if let Ok(Some(found)) = store.action(&key(name)) {
                    assert_eq!(found, *result, "{what}");
                }
            }
            true
        }
        Err(StoreError::Newer { .. }) => false,
        Err(error) => panic!("{what}: {error}"),
    }
}

// In parts, for as many processors.

#[test]
fn a_database_cut_at_every_offset_of_its_first_half() {
    ask_at("store.db", How::Cut, |length| 0..length / 2);
}

#[test]
fn a_database_cut_at_every_offset_of_its_second_half() {
    ask_at("store.db", How::Cut, |length| length / 2..length);
}

#[test]
fn a_database_altered_at_every_offset() {
    ask_at("store.db", How::Altered, |length| 0..length);
}

#[test]
fn a_log_cut_or_altered_at_every_offset() {
    ask_at("store.db-wal", How::Cut, |length| 0..length);
    ask_at("store.db-wal", How::Altered, |length| 0..length);
}

/// At every so manieth offset the doctor is called: a prime number, so that no field of every page is left out.
fn stride() -> usize {
    std::env::var("OAST_TEST_STRIDE").ok().and_then(|it| it.parse().ok()).unwrap_or(53)
}

/// Damages the file at every so manieth offset, cut and altered at different ones, and lets the doctor repair it.
fn repair_at_many(name: &'static str, how: How) {
    let patient = Patient::new(name);
    let blobs = patient.home.root().join("blobs");
    copy_all(&patient.home.path().join("cas"), &blobs);
    let first = if how == How::Cut { 0 } else { stride() / 2 };
    for offset in (first..patient.length()).step_by(stride()) {
        let what = patient.damage(how, offset);
        check(&patient.home, &patient.results, &what);
        // It was used, too.
        copy_all(&blobs, &patient.home.path().join("cas"));
    }
}

#[test]
fn a_database_cut_in_many_places_is_repaired() {
    repair_at_many("store.db", How::Cut);
}

#[test]
fn a_database_altered_in_many_places_is_repaired() {
    repair_at_many("store.db", How::Altered);
}

#[test]
fn a_log_damaged_in_many_places_is_repaired() {
    repair_at_many("store.db-wal", How::Cut);
    repair_at_many("store.db-wal", How::Altered);
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
fn settings_cut_or_altered_anywhere_are_understood_or_refused() {
    let text = b"# Mine.\n[store]\nquota = \"1.5 GB\"\n\n[compiler.oats]\ncommand = [\"oatsc\"]\n";
    let (host, home) = (FakeHost::default(), Utf8Path::new("/store"));
    let (mut understood, mut refused) = (0, 0);
    let mut load = |bytes: &[u8]| {
        host.write(&home.join("config.toml"), bytes).unwrap();
        match Settings::load(&host, home) {
            Ok(_) => understood += 1,
            Err(error @ StoreError::Settings { .. }) => {
                assert!(error.to_string().contains("/store/config.toml"), "{error}");
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    };
    load(text);
    for offset in 0..text.len() {
        load(&text[..offset]);
        for byte in (0..=255).filter(|byte| *byte != text[offset]) {
            let mut altered = text.to_vec();
            altered[offset] = byte;
            load(&altered);
        }
    }
    assert_eq!(understood + refused, 1 + 256 * text.len());
    assert!(1_000 < understood && 1_000 < refused, "{understood}, {refused}");
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
    record(&living, IN_THE_LOG, b"four");
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
fn a_database_that_says_that_it_may_not_be_written_is_replaced() {
    let (home, results) = furnished();
    let path = home.path().join("store.db");
    let mut bytes = fs::read(&path).unwrap();
    // The version of the format that is needed to write it.
    bytes[18] = 17;
    fs::write(&path, bytes).unwrap();
    check(&home, &results, "version 17");
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
    fs::create_dir(home.path().join("cas/zz")).unwrap();
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
            Kind::StrayFile,
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

#[test]
fn a_file_in_the_place_of_all_blobs_is_removed() {
    let (home, _) = furnished();
    let blobs = home.path().join("cas");
    fs::remove_dir_all(&blobs).unwrap();
    fs::write(&blobs, "").unwrap();
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert!(report.ailments.iter().any(|it| it.kind == Kind::StrayFile), "{report:#?}");
    assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, []);
    record(&home.open(), "one", b"one");
}

#[test]
fn what_stands_in_the_place_of_something_else_is_removed_by_the_doctor() {
    for name in ["locks", "running", "tmp", "receipts"] {
        let (home, results) = furnished();
        fs::remove_dir_all(home.path().join(name)).unwrap_or_default();
        fs::write(home.path().join(name), "").unwrap();
        let report = doctor(&OsHost, &home.path()).unwrap();
        assert_eq!(report.ailments[0].kind, Kind::StrayFile, "{name}: {report:#?}");
        check(&home, &results, name);
    }
    for suffix in ["", "-wal", "-shm"] {
        let (home, results) = furnished();
        let path = home.path().join(format!("store.db{suffix}"));
        fs::remove_file(&path).unwrap_or_default();
        fs::create_dir_all(path.join("within")).unwrap();
        let report = doctor(&OsHost, &home.path()).unwrap();
        assert_eq!(report.ailments[0].kind, Kind::Database, "{suffix}: {report:#?}");
        check(&home, &results, suffix);
    }
    for name in ["damaged", "reserve", "views.json", "locks/gc", "running/0"] {
        let (home, results) = furnished();
        fs::remove_file(home.path().join(name)).unwrap_or_default();
        fs::create_dir_all(home.path().join(name).join("within")).unwrap();
        let report = doctor(&OsHost, &home.path()).unwrap();
        assert!(report.ailments.iter().any(|it| it.kind == Kind::StrayFile), "{name}: {report:?}");
        assert_eq!(doctor(&OsHost, &home.path()).unwrap().ailments, [], "{name}");
        check(&home, &results, name);
    }
}

#[test]
fn a_table_an_index_or_a_trigger_that_is_missing_is_found_by_the_doctor() {
    for missing in ["TABLE holds", "INDEX blob_uses", "TRIGGER blob_added"] {
        let (home, results) = furnished();
        let database = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
        database.execute_batch(&format!("DROP {missing}")).unwrap();
        drop(database);
        let report = doctor(&OsHost, &home.path()).unwrap();
        assert_eq!(report.ailments[0].kind, Kind::Database, "{missing}: {report:#?}");
        check(&home, &results, missing);
    }
}

#[test]
fn receipts_of_nobody_are_removed_by_the_doctor() {
    let (home, _) = furnished();
    let receipts = home.path().join("receipts");
    let all = || OsHost.entries(&receipts).unwrap();
    let before = all();
    assert_eq!(before.len(), 2);
    fs::write(receipts.join(key("a workspace that nobody knows").to_string()), "told").unwrap();
    fs::write(receipts.join("note"), "").unwrap();
    fs::create_dir(receipts.join("folder")).unwrap();
    let report = doctor(&OsHost, &home.path()).unwrap();
    assert!(report.ailments.iter().all(|it| it.kind == Kind::StrayFile), "{report:#?}");
    assert_eq!((report.ailments.len(), all()), (3, before));
}

#[test]
fn a_database_that_was_moved_aside_goes_when_room_is_made() {
    let (home, _) = furnished();
    fs::write(home.path().join("damaged"), "").unwrap();
    let store = home.open();
    let aside = home.path().join("store.db.damaged");
    store.gc(store.size().unwrap()).unwrap();
    assert!(aside.exists());
    store.gc(0).unwrap();
    assert!(!aside.exists());
}

fn make_writable(path: &Utf8Path) {
    let mut permissions = fs::metadata(path).unwrap().permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "it is about to be damaged")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions).unwrap();
}
