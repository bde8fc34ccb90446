//! Files in, files out.

use std::io;

use expect_test::expect;
use oast_engine::base::Digest;
use oast_engine::host::{FakeHost, Host as _, OsHost};
use oast_engine::store::{Settings, StoreError, home};

use crate::store::Home;

#[test]
fn what_comes_out_is_what_went_in() {
    let home = Home::new();
    let store = home.open();
    let (source, copy) = (home.root().join("source"), home.root().join("deep/er/copy"));
    let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    OsHost.write(&source, &bytes).unwrap();
    let digest = store.put_file(&source).unwrap();
    assert_eq!(digest, Digest::of(&bytes));
    OsHost.write(&copy, b"something else").unwrap();
    assert!(store.materialize(&digest, &copy, true).unwrap());
    assert_eq!(OsHost.read(&copy).unwrap(), bytes);
    assert!(OsHost.stat(&copy).unwrap().executable);
    assert!(store.materialize(&digest, &copy, false).unwrap());
    assert!(!OsHost.stat(&copy).unwrap().executable);
    assert_eq!(OsHost.entries(copy.parent().unwrap()).unwrap().len(), 1, "nothing is left over");
}

#[test]
fn what_is_not_there_is_a_miss() {
    let home = Home::new();
    let (store, path) = (home.open(), home.root().join("copy"));
    OsHost.write(&path, b"old").unwrap();
    assert!(!store.materialize(&Digest::of("unknown"), &path, false).unwrap());
    assert_eq!(OsHost.read(&path).unwrap(), b"old");
    assert!(store.action(&Digest::of("unknown")).unwrap().is_none());
}

#[test]
fn an_edit_of_a_copy_in_place_does_not_reach_the_store() {
    let home = Home::new();
    let (store, copy) = (home.open(), home.root().join("copy"));
    let digest = store.put_bytes(b"made by a compiler").unwrap();
    store.materialize(&digest, &copy, false).unwrap();
    // Not through the host, which would write another file in its place.
    std::fs::write(&copy, b"edited by a person").unwrap();
    assert_eq!(store.read(&digest).unwrap(), b"made by a compiler");
    assert!(std::fs::metadata(store.blob_path(&digest)).unwrap().permissions().readonly());
}

#[test]
fn a_blob_that_was_cut_or_changed_is_never_given_out() {
    let home = Home::new();
    let (store, copy) = (home.open(), home.root().join("copy"));
    let bytes = b"the bytes of an object, all of which count".to_vec();
    let digest = store.put_bytes(&bytes).unwrap();
    let blob = store.blob_path(&digest);
    let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let changed = (0..bytes.len()).map(|at| {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        changed
    });
    for damaged in cut.chain(changed) {
        OsHost.write(&blob, &damaged).unwrap();
        assert!(!store.materialize(&digest, &copy, false).unwrap(), "{damaged:?}");
        assert!(OsHost.stat(&copy).is_err());
        assert_eq!(store.put_bytes(&bytes).unwrap(), digest);
        assert!(store.materialize(&digest, &copy, false).unwrap(), "put again, it is there again");
        OsHost.remove_file(&copy).unwrap();
    }
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let (home, host) = Home::fake();
    let store = home.open();
    host.refuse_writes(home.path().join("cas").as_str(), Some(io::ErrorKind::StorageFull));
    let error = store.put_bytes(b"too much").unwrap_err();
    assert!(
        matches!(&error, StoreError::Io { what: "write", path, .. }
        if path.starts_with(home.path().join("cas"))),
        "{error}"
    );
    assert_eq!(store.statistics().unwrap().blobs, 0);
    host.refuse_writes(home.path().join("cas").as_str(), None);
    let digest = store.put_bytes(b"enough").unwrap();
    host.refuse_writes("/w", Some(io::ErrorKind::StorageFull));
    let error = store.materialize(&digest, "/w/out".into(), false).unwrap_err();
    assert!(error.to_string().contains("`/w"), "{error}");
}

#[test]
fn the_environment_says_where_the_store_is() {
    let host = FakeHost::default();
    let error = home(&host).unwrap_err();
    assert!(error.to_string().contains("`OAST_HOME`"), "{error}");
    host.set_env("HOME", "/home/me");
    assert!(home(&host).unwrap().starts_with("/home/me"));
    if cfg!(target_os = "linux") {
        host.set_env("XDG_DATA_HOME", "/data");
        assert_eq!(home(&host).unwrap(), "/data/oast");
    }
    host.set_env("OAST_HOME", "/store");
    assert_eq!(home(&host).unwrap(), "/store");
    host.set_env("OAST_HOME", "not/absolute");
    let error = home(&host).unwrap_err().to_string();
    expect!["`OAST_HOME` must be an absolute path, and `not/absolute` is none"].assert_eq(&error);
    host.set_env("OAST_HOME", "");
    assert!(home(&host).unwrap().is_absolute(), "as if it were not set");
}

#[test]
fn the_settings_say_how_large_it_may_be() {
    let (home, host) = (home_directory(), FakeHost::default());
    let load = || Settings::load(&host, home.into());
    assert_eq!(load().unwrap(), Settings::default());
    let write = |text: &str| host.write("/store/config.toml".into(), text.as_bytes()).unwrap();
    write("[store]\nquota = \"1.5 GB\"\n");
    assert_eq!(load().unwrap().quota, 1_500_000_000);
    write("[compiler.oats]\ncommand = \"oatsc\"\n");
    assert_eq!(load().unwrap(), Settings::default());
    for wrong in ["[store]\nquota = \"much\"\n", "[store]\nquotta = \"1 GB\"\n", "store"] {
        write(wrong);
        let error = load().unwrap_err().to_string();
        assert!(error.contains("/store/config.toml"), "{error}");
    }
    write("[store]\n\nquota = \"much\"\n");
    expect!["cannot understand `/store/config.toml`: line 3: `much` is not an amount of bytes; write a number and a unit, such as `10 GB` or `512 MiB`"].assert_eq(&load().unwrap_err().to_string());
}

fn home_directory() -> &'static str {
    "/store"
}
