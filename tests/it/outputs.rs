//! Files that the engine writes itself, and what it removes.
#![expect(clippy::disallowed_methods, reason = "the subject is the real machine")]

use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::build::{Record, Written, prune, write_if_changed};
use oast_engine::host::{FakeHost, Host, OsHost};

#[test]
fn an_equal_file_is_not_touched() {
    let host = FakeHost::default();
    let path = Utf8Path::new("/w/build/Main.py");
    assert_eq!(write_if_changed(&host, path, b"1").unwrap(), Written::Changed);
    let before = host.stat(path).unwrap();
    host.advance(Duration::from_secs(1));
    assert_eq!(write_if_changed(&host, path, b"1").unwrap(), Written::Unchanged);
    assert_eq!(host.stat(path).unwrap(), before);
    assert_eq!(write_if_changed(&host, path, b"2").unwrap(), Written::Changed);
    assert_eq!(host.read(path).unwrap(), b"2");
}

#[test]
fn a_full_disk_names_the_file() {
    let host = FakeHost::default();
    host.refuse_writes("/w", Some(io::ErrorKind::StorageFull));
    let error = write_if_changed(&host, Utf8Path::new("/w/Main.py"), b"1").unwrap_err();
    assert_eq!(error.to_string(), "cannot write `/w/Main.py`: no storage space");
}

#[test]
fn what_nobody_makes_any_more_goes_and_what_a_person_put_there_stays() {
    let host = FakeHost::default();
    host.advance(Duration::from_hours(3));
    let root = Utf8Path::new("/w/build/Demo");
    let there = [
        "Main.py",
        "Gone.py",
        "Sub/Gone.c",
        "Sub/Deep/Gone.o",
        "Sub/program",
        "notes.txt",
        "Other/notes.txt",
        "Other/Gone.ioct",
        "__pycache__/Main.cpython-311.pyc",
        "__pycache__/Gone.cpython-311.pyc",
        ".oast-new.tmp",
    ];
    for path in there {
        host.write(&root.join(path), b"").unwrap();
    }
    host.write("/w/build/Neighbour/Main.py".into(), b"").unwrap();
    let keep = BTreeSet::from([root.join("Main.py")]);
    let mut record = Record::default();
    record.add_written("/w".into(), &root.join("Sub/program"));
    let removed =
        prune(&host, root, &|path| keep.contains(path), &|path| record.is_ours("/w".into(), path))
            .unwrap();
    let removed: BTreeSet<&Utf8Path> =
        removed.iter().map(|path| path.strip_prefix(root).unwrap()).collect();
    let expected = [
        "Gone.py",
        "Other/Gone.ioct",
        "Sub/Deep/Gone.o",
        "Sub/Gone.c",
        "Sub/program",
        "__pycache__/Gone.cpython-311.pyc",
    ];
    assert_eq!(removed, expected.iter().map(Utf8Path::new).collect());
    assert!(host.stat("/w/build/Neighbour/Main.py".into()).is_ok());
    host.advance(Duration::from_hours(2));
    let removed = prune(&host, root, &|path| keep.contains(path), &|_| false).unwrap();
    assert_eq!(removed, [root.join(".oast-new.tmp")]);
}

#[test]
fn a_directory_that_is_not_there_is_pruned_already() {
    let host = FakeHost::default();
    assert!(prune(&host, "/w/build".into(), &|_| false, &|_| true).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn emptied_directories_go_and_links_are_not_followed() {
    let temporary = tempfile::tempdir().unwrap();
    let base = Utf8PathBuf::from_path_buf(temporary.path().to_owned()).unwrap();
    let (root, outside) = (base.join("build"), base.join("outside"));
    OsHost.write(&root.join("a/b/Gone.py"), b"").unwrap();
    OsHost.write(&root.join("c/Main.py"), b"").unwrap();
    OsHost.write(&outside.join("Mine.py"), b"").unwrap();
    std::fs::create_dir(root.join("empty")).unwrap();
    std::os::unix::fs::symlink(&outside, root.join("link")).unwrap();
    std::os::unix::fs::symlink(&root, root.join("c/loop")).unwrap();
    let keep = BTreeSet::from([root.join("c/Main.py")]);
    let removed = prune(&OsHost, &root, &|path| keep.contains(path), &|_| false).unwrap();
    assert_eq!(removed, [root.join("a/b/Gone.py")]);
    assert!(!root.join("a").exists());
    assert!(root.join("empty").exists(), "a person may have made it");
    assert!(outside.join("Mine.py").exists());
}

#[test]
fn a_damaged_record_is_none() {
    let host = FakeHost::default();
    let root = Utf8Path::new("/w");
    let mut record = Record::default();
    record.add_written(root, Utf8Path::new("/w/build/Main.py"));
    record.save(&host, root).unwrap();
    assert_eq!(Record::load(&host, root), Some(record));
    let good = host.read(&Record::path(root)).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        host.write(&Record::path(root), &bad).unwrap();
        assert_eq!(Record::load(&host, root), None, "byte {at}");
        host.write(&Record::path(root), &good[..at]).unwrap();
        assert_eq!(Record::load(&host, root), None, "cut at {at}");
    }
}
