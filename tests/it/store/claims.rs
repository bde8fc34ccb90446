//! Many want the same thing done; one does it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Duration;

use oast_engine::host::{CancelToken, OsHost};
use oast_engine::store::{Claim, Store};

use crate::store::{Home, key, record};

#[test]
fn of_many_who_want_an_action_done_one_does_it() {
    const WORKERS: usize = 6;
    const ACTIONS: usize = 24;
    let home = Home::new();
    let runs: Vec<AtomicUsize> = (0..ACTIONS).map(|_| AtomicUsize::new(0)).collect();
    let start = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (home, runs, start) = (home.path(), &runs, &start);
            scope.spawn(move || {
                start.wait();
                // Each has the store open for itself, as a process has; all make it at the same time.
                let store = Store::open(&OsHost, &home).unwrap();
                for step in 0..ACTIONS {
                    let action = (step + worker) % ACTIONS;
                    let name = action.to_string();
                    match store.claim(&key(&name), &CancelToken::default(), &|| ()).unwrap() {
                        Claim::Run(_guard) => {
                            runs[action].fetch_add(1, Ordering::SeqCst);
                            thread::sleep(Duration::from_millis(2));
                            record(&store, &name, name.as_bytes());
                        }
                        Claim::Done(result) => assert_eq!(result.label, format!("cc {name}")),
                        Claim::Cancelled => panic!("nobody cancelled"),
                    }
                }
            });
        }
    });
    let runs: Vec<usize> = runs.iter().map(|it| it.load(Ordering::SeqCst)).collect();
    assert_eq!(runs, [1; ACTIONS]);
    assert_eq!(home.open().statistics().unwrap().actions, ACTIONS as u64);
}

#[test]
fn who_ends_without_a_result_frees_the_action_for_the_next() {
    let home = Home::new();
    let (first, second) = (home.open(), home.open());
    let cancel = CancelToken::default();
    let Claim::Run(guard) = first.claim(&key("a"), &cancel, &|| ()).unwrap() else {
        panic!("it is free")
    };
    thread::scope(|scope| {
        let waiting = scope.spawn(|| second.claim(&key("a"), &cancel, &|| ()).unwrap());
        thread::sleep(Duration::from_millis(20));
        assert!(!waiting.is_finished());
        drop(guard);
        assert!(matches!(waiting.join().unwrap(), Claim::Run(_)));
    });
}

#[test]
fn who_waits_for_long_is_told_so_once() {
    let home = Home::new();
    let (first, second) = (home.open(), home.open());
    let cancel = CancelToken::default();
    let Claim::Run(guard) = first.claim(&key("a"), &cancel, &|| ()).unwrap() else {
        panic!("it is free")
    };
    let held = Mutex::new(vec![guard]);
    let waits = || assert!(held.lock().unwrap().pop().is_some());
    assert!(matches!(second.claim(&key("a"), &cancel, &waits).unwrap(), Claim::Run(_)));
    assert!(held.lock().unwrap().is_empty());
}

#[test]
fn waiting_can_be_cancelled() {
    let home = Home::new();
    let (first, second) = (home.open(), home.open());
    let cancel = CancelToken::default();
    let _claim = first.claim(&key("a"), &CancelToken::default(), &|| ()).unwrap();
    cancel.cancel();
    assert!(matches!(second.claim(&key("a"), &cancel, &|| ()).unwrap(), Claim::Cancelled));
}

#[test]
fn readers_do_not_wait_for_a_writer() {
    let home = Home::new();
    let store = home.open();
    record(&store, "a", b"object");
    let writer = rusqlite::Connection::open(home.path().join("store.db")).unwrap();
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE actions SET used = 0;").unwrap();
    // A reader that waited would do so for half a minute, and then fail.
    assert!(home.open().action(&key("a")).unwrap().is_some());
    writer.execute_batch("ROLLBACK").unwrap();
}
