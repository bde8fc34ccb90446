//! The store of a user: what was built once, in any workspace, kept so that nobody builds it again.
//!
//! A directory ([`home`]) with
//!
//! - `cas/ab/<sha256>`: **blobs**, files named by the SHA-256 of their content, read-only, written in `tmp/` and renamed: what actions
//!   read, what they made, and what they are ([`message`]);
//! - `store.db`: an SQLite database of what the blobs are: **actions** by key with their results; **packages**, their
//!   **builds** and the artefacts of these; who is using what, and when each was used last;
//! - `locks/`, `running/`: files that processes lock, since a lock ends with its process, however that ends;
//! - `tmp/<lease>/`: what the process with this lease is about to put in place;
//! - `receipts/`: what workspaces have told, as digests, so that they need not open the database to know that it knows it;
//! - `reserve`: a megabyte of room, given up to make more where a disk is full;
//! - `config.toml`: what the user wants of it ([`Settings`]);
//! - `view/`: the same as a tree of names, if asked for ([`Store::view`]); `views.json`: where there are others.
//!
//! **Nothing in here is believed.** A blob is digested when it is taken out, a result carries a seal over all that it says. What does not
//! fit is a miss, which costs doing a thing again. So nothing is forced onto the disk either: what a power failure
//! takes away is a miss, too.
//!
//! **A process may be killed at any moment.** The next one that changes anything finds its lease, which nobody holds any more, and
//! makes files, rows and views agree again.
//!
//! **Only results of actions are kept**, and what front ends made of whole packages. Files that the engine makes of that are made faster
//! than copied; the database knows where a build left them.
//!
//! **Blobs are copied in and out, never linked.** A hard link would let an edit of an output, in place, change the blob, and
//! with it the same output everywhere; and `chmod` or `touch` of one would be seen in all. A copy shares its blocks where the file
//! system can do so (btrfs, XFS, APFS), and costs little where it cannot: objects are small.
//!
//! The database is opened by its path, by SQLite; that is the only file of this floor that does not go through the
//! [`Host`].

mod action;
mod blob;
mod claim;
mod database;
mod doctor;
mod error;
mod gc;
mod home;
mod lease;
mod mend;
pub mod message;
mod package;
mod query;
mod receipt;
mod removal;
mod reserve;
mod salvage;
mod schema;
mod settings;
mod size;
mod uses;
mod verify;
mod view;
mod views;

use std::fmt;
use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use rusqlite::Connection;

use crate::base::Digest;
use crate::host::{FileLock, Host};
use crate::store::lease::Running;

pub use crate::base::parse_size;
pub use crate::store::action::{ActionResult, Batch, OutputFile};
pub use crate::store::claim::{Claim, RunGuard};
pub use crate::store::doctor::{Ailment, DoctorReport, Kind, doctor};
pub use crate::store::error::StoreError;
pub use crate::store::gc::GcReport;
pub use crate::store::home::home;
pub use crate::store::package::{ArtefactFile, BuildRecord, PackageId, Telling};
pub use crate::store::query::{ArtefactRow, BuildRow, Filter, Statistics};
pub use crate::store::receipt::receipt;
pub use crate::store::settings::{DEFAULT_QUOTA, Settings};
pub use crate::store::verify::{Prepared, Rerun, VerifyReport};
pub use crate::store::view::ViewReport;

/// What may be done with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Full,
    /// Only reading: somebody else's store, or a read-only file system. What should be kept is silently not kept.
    ReadOnly,
}

/// An open store. All methods may be called from several threads at once, and several processes may have the same store open.
pub struct Store<'h> {
    host: &'h dyn Host,
    home: Utf8PathBuf,
    access: Access,
    /// Whether opening it meant to replace a damaged database.
    was_replaced: bool,
    connections: Mutex<Vec<Connection>>,
    /// The keys of actions that were used and are not noted in the database yet.
    used: Mutex<Vec<Digest>>,
    running: Mutex<Option<Running>>,
    temporaries: AtomicU32,
    /// Shared with all who have the store open: who wants to replace the database needs it alone. Last, to be dropped after the connections.
    _presence: Option<FileLock>,
}

impl<'h> Store<'h> {
    /// Opens the store at `home`, which is made as needed. A damaged database is moved aside and made anew, with as much of the old
    /// one as can be read, unless another process is using it.
    pub fn open(host: &'h dyn Host, home: &Utf8Path) -> Result<Store<'h>, StoreError> {
        let store = database::open(host, home)?;
        // What cannot be examined is found out by who needs it.
        _ = store.examine_receipts();
        Ok(store)
    }

    /// As [`Store::open`], for who makes room in it: where the disk is full, there is some to begin with. It is reserved again when the store
    /// is closed.
    pub fn open_to_make_room(host: &'h dyn Host, home: &Utf8Path) -> Result<Store<'h>, StoreError> {
        reserve::give_up(host, home);
        Store::open(host, home)
    }

    /// Where the store is.
    pub fn home(&self) -> &Utf8Path {
        &self.home
    }

    /// What may be done with it.
    pub fn access(&self) -> Access {
        self.access
    }

    /// Whether it may be changed.
    pub fn may_change(&self) -> bool {
        !self.is_read_only()
    }

    fn is_read_only(&self) -> bool {
        self.access == Access::ReadOnly
    }

    /// The time of day as the database has it: milliseconds since 1970.
    fn now(&self) -> i64 {
        milliseconds(self.host.now())
    }
}

impl fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store")
            .field("home", &self.home)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}

impl Drop for Store<'_> {
    fn drop(&mut self) {
        self.end_lease();
        // What cannot be noted makes something look older than it is, no more.
        _ = self.flush();
        // What was forgotten meanwhile is found by who opens the store next.
        _ = self.examine_receipts();
        if locked(&self.running).is_some() {
            reserve::take(self.host, &self.home);
        }
        self.leave();
    }
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
