//! The store: what is put there comes out again, or not at all.
#![expect(clippy::disallowed_methods, reason = "the subject is what is on the disk")]

mod builds;
mod checks;
mod claims;
mod damage;
mod files;
mod holds;
mod mortal;
mod races;
mod recovery;
mod upkeep;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::base::Digest;
use oast_engine::host::{FakeHost, Host, OsHost};
use oast_engine::store::{
    ActionResult, ArtefactFile, BuildRecord, OutputFile, PackageId, Store, Telling,
};
use tempfile::TempDir;

/// A store in a directory of its own. Blobs may be in the memory of a fake machine; the database is on the disk always.
struct Home {
    directory: TempDir,
    host: Arc<dyn Host>,
}

impl Home {
    /// On the real machine.
    fn new() -> Home {
        Home::on(Arc::new(OsHost))
    }

    fn on(host: Arc<dyn Host>) -> Home {
        // In memory where that can be had: what is damaged on purpose need not survive anything else.
        let directory = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        Home { directory: directory.unwrap(), host }
    }

    /// On a fake machine, whose clock moves only when it is told.
    fn fake() -> (Home, Arc<FakeHost>) {
        let host = Arc::new(FakeHost::default());
        let home = Home::on(host.clone());
        std::fs::create_dir_all(home.path()).unwrap();
        (home, host)
    }

    /// The directory around the store.
    fn root(&self) -> &Utf8Path {
        Utf8Path::from_path(self.directory.path()).unwrap()
    }

    fn path(&self) -> Utf8PathBuf {
        self.root().join("home")
    }

    fn open(&self) -> Store<'_> {
        Store::open(&*self.host, &self.path()).unwrap()
    }
}

fn key(name: &str) -> Digest {
    Digest::of(name)
}

/// Keeps `bytes` as what the action `name` made.
fn record(store: &Store<'_>, name: &str, bytes: &[u8]) -> ActionResult {
    let digest = store.put_bytes(bytes).unwrap();
    let output = OutputFile { path: format!("{name}.o").into(), digest, executable: false };
    let result = ActionResult {
        label: format!("cc {name}"),
        outputs: vec![output],
        stderr: format!("{name}: a warning").into_bytes(),
        ..ActionResult::default()
    };
    store.record_action(&key(name), &result).unwrap();
    result
}

fn package(name: &str, source: &str) -> PackageId {
    PackageId { name: name.to_owned(), version: "1.0.0".to_owned(), source: source.to_owned() }
}

/// What a build of `package` leaves: the file at `artefact`, which an action made if `made` says what is in it.
fn build(package: &PackageId, artefact: &Utf8Path, made: Option<&[u8]>) -> BuildRecord {
    let path = artefact.file_name().unwrap().into();
    BuildRecord {
        package: package.clone(),
        dependencies: Vec::new(),
        target: "c-11".to_owned(),
        compiler: "octizys".to_owned(),
        compiler_version: "0.1.0".to_owned(),
        toolchain: String::new(),
        profile: "dev".to_owned(),
        options: vec![("opt-level".to_owned(), "0".to_owned())],
        directory: artefact.parent().unwrap().to_owned(),
        artefacts: vec![ArtefactFile { role: "object", path, digest: made.map(Digest::of) }],
    }
}

/// Tells the store that `workspace` consists of these builds and of the actions of these names.
fn tell(store: &Store<'_>, workspace: &Utf8Path, builds: &[BuildRecord], actions: &[&str]) {
    let which = |build: &BuildRecord| (build.package.name.clone(), build.target.clone());
    let present = builds.iter().map(which).collect();
    let keys = BTreeMap::from([("out".to_owned(), actions.iter().map(|it| key(it)).collect())]);
    let digest = Digest::of(format!("{builds:?} {actions:?}"));
    let telling = Telling { workspace, builds, present: &present, keys: &keys, digest: &digest };
    store.tell(&telling).unwrap();
}
