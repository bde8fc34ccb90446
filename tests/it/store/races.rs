//! What is taken from the store while somebody makes room in it, at each moment of that.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::Digest;
use oast_engine::host::{
    CancelToken, Command, Entry, FakeHost, FileLock, Host, LockKind, Output, Stat,
};
use oast_engine::store::Store;

use crate::store::{Home, key, record, tell};

/// How long it is waited for somebody who is perhaps waiting for us.
const MOMENT: Duration = Duration::from_millis(100);

/// Something that is done once.
type Meddling = Box<dyn FnOnce() + Send>;

/// A machine on which somebody else does something before the call of a certain number.
struct Watched {
    machine: Arc<FakeHost>,
    left: AtomicUsize,
    meddling: Mutex<Option<Meddling>>,
}

impl std::fmt::Debug for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watched").finish_non_exhaustive()
    }
}

impl Watched {
    /// Before each call.
    fn machine(&self) -> &FakeHost {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0
            && let Some(meddling) = self.meddling.lock().unwrap().take()
        {
            meddling();
        }
        &self.machine
    }
}

impl Host for Watched {
    fn read(&self, path: &Utf8Path) -> io::Result<Vec<u8>> {
        self.machine().read(path)
    }

    fn entries(&self, path: &Utf8Path) -> io::Result<Vec<Entry>> {
        self.machine().entries(path)
    }

    fn stat(&self, path: &Utf8Path) -> io::Result<Stat> {
        self.machine().stat(path)
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> io::Result<()> {
        self.machine().write(path, bytes)
    }

    fn create_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.machine().create_directory(path)
    }

    fn remove_file(&self, path: &Utf8Path) -> io::Result<()> {
        self.machine().remove_file(path)
    }

    fn remove_directory(&self, path: &Utf8Path) -> io::Result<()> {
        self.machine().remove_directory(path)
    }

    fn remove_empty_directory(&self, path: &Utf8Path) -> io::Result<bool> {
        self.machine().remove_empty_directory(path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.machine().rename(from, to)
    }

    fn copy(&self, from: &Utf8Path, to: &Utf8Path, executable: bool) -> io::Result<()> {
        self.machine().copy(from, to, executable)
    }

    fn set_read_only(&self, path: &Utf8Path) -> io::Result<()> {
        self.machine().set_read_only(path)
    }

    fn symlink(&self, target: &Utf8Path, link: &Utf8Path) -> io::Result<()> {
        self.machine().symlink(target, link)
    }

    fn read_link(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.machine().read_link(path)
    }

    fn lock(&self, path: &Utf8Path, kind: LockKind) -> io::Result<Option<FileLock>> {
        self.machine().lock(path, kind)
    }

    fn canonical(&self, path: &Utf8Path) -> io::Result<Utf8PathBuf> {
        self.machine().canonical(path)
    }

    fn env(&self, name: &str) -> Option<String> {
        self.machine.env(name)
    }

    fn which(&self, name: &str) -> Option<Utf8PathBuf> {
        self.machine.which(name)
    }

    fn run(&self, command: &Command, cancel: &CancelToken) -> io::Result<Output> {
        self.machine.run(command, cancel)
    }

    fn process(&self) -> (u32, String) {
        self.machine.process()
    }

    fn parallelism(&self) -> usize {
        self.machine.parallelism()
    }

    fn now(&self) -> SystemTime {
        self.machine.now()
    }
}

/// How it came out for a build that asked for a result while somebody made room.
#[derive(Debug, PartialEq)]
enum Came {
    /// Nobody asked: the room was made with fewer calls.
    TooLate,
    Found,
    Missed,
}

/// Lets a build, which has begun before, ask for a result at the call of this number that making room makes, and perhaps end.
fn meet(call: usize, ends: bool) -> Came {
    let (home, host) = Home::fake();
    record(&home.open(), "one", b"one");
    host.advance(Duration::from_secs(5));
    host.write("/w/file".into(), b"").unwrap();
    let store = home.open();
    store.lease("/w".into()).unwrap();
    let (go, asked) = mpsc::channel::<()>();
    let (told, heard) = mpsc::channel();
    let meddling = move || {
        go.send(()).unwrap();
        // Whoever waits for our transaction goes on when that has ended.
        _ = heard.recv_timeout(MOMENT);
    };
    let left = AtomicUsize::new(call);
    let watched = Watched { machine: host, left, meddling: Mutex::new(Some(Box::new(meddling))) };
    thread::scope(|scope| {
        let store = &store;
        let builder = scope.spawn(move || {
            let is_asked = asked.recv().is_ok();
            let found = is_asked.then(|| store.action(&key("one")).unwrap());
            if ends && is_asked {
                tell(store, "/w".into(), &[], &["one"]);
                store.end_lease();
            }
            _ = told.send(());
            found
        });
        let other = Store::open(&watched, &home.path()).unwrap();
        other.gc(0).unwrap();
        _ = watched.meddling.lock().unwrap().take();
        let Some(found) = builder.join().unwrap() else { return Came::TooLate };
        for when in ["then", "later"] {
            let is_there = other.action(&key("one")).unwrap();
            let is_whole = is_there.is_some_and(|it| other.contains(&it.outputs[0].digest));
            assert_eq!(is_whole, found.is_some(), "at call {call}, {when}; ends: {ends}");
            // As long as the build runs, or its workspace holds it, it is not removed.
            other.gc(0).unwrap();
        }
        if found.is_some() { Came::Found } else { Came::Missed }
    })
}

#[test]
fn what_a_build_finds_while_room_is_made_stays() {
    for ends in [false, true] {
        let all = (0..1_000).map(|call| meet(call, ends));
        let all: Vec<Came> = all.take_while(|came| *came != Came::TooLate).collect();
        assert!(all.contains(&Came::Found) && all.contains(&Came::Missed), "{ends}: {all:?}");
    }
}

#[test]
fn what_is_removed_while_a_build_looks_for_it_is_not_found() {
    for call in 0.. {
        let (home, machine) = Home::fake();
        record(&home.open(), "one", b"one");
        machine.advance(Duration::from_secs(5));
        let (host, path) = (machine.clone(), home.path());
        let meddling = move || _ = Store::open(&*host, &path).unwrap().gc(0).unwrap();
        let meddling: Mutex<Option<Meddling>> = Mutex::new(Some(Box::new(meddling)));
        let watched = Watched { machine, left: AtomicUsize::new(usize::MAX), meddling };
        let store = Store::open(&watched, &home.path()).unwrap();
        store.lease("/w".into()).unwrap();
        watched.left.store(call, Ordering::SeqCst);
        let found = store.action(&key("one")).unwrap();
        let is_too_late = watched.meddling.lock().unwrap().take().is_some();
        let is_there = store.contains(&Digest::of("one"));
        assert_eq!(found.is_some(), is_there, "at call {call}");
        if is_too_late {
            assert_ne!(call, 0);
            break;
        }
    }
}

#[test]
fn a_use_that_a_full_disk_has_cut_short_hides_no_other() {
    let (home, host) = Home::fake();
    let (store, other) = (home.open(), home.open());
    for name in ["cut", "used"] {
        record(&store, name, name.as_bytes());
    }
    host.advance(Duration::from_secs(5));
    store.lease("/w".into()).unwrap();
    let lease = &host.entries(&home.path().join("running")).unwrap()[0].name;
    let uses = home.path().join("tmp").join(lease).join("uses");
    host.append(&uses, &key("cut").to_string().as_bytes()[..21]).unwrap();
    assert!(store.action(&key("used")).unwrap().is_some());
    other.gc(0).unwrap();
    assert!(other.action(&key("used")).unwrap().is_some());
    assert!(other.action(&key("cut")).unwrap().is_none());
}
