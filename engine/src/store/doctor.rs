//! Finding damage and repairing it.

use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::{EntryKind, Host};
use crate::store::database::{self, marked_damage, remove};
use crate::store::error::StoreError;
use crate::store::mend::Depth;
use crate::store::{Store, reserve, views};

/// The directories of a store without which nobody can use it.
const FOLDERS: [&str; 4] = ["locks", "running", "tmp", "receipts"];

/// Those in which there are only files that processes lock.
const LOCKED: [&str; 2] = ["locks", "running"];

/// Files without which a store is used as well, but not with directories in their places.
const FILES: [&str; 3] = [database::MARKER, reserve::FILE, views::FILE];

/// A kind of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// The database was damaged.
    Database,
    /// A blob is not what its name says: truncated, altered, or no file.
    DamagedBlob,
    /// The database knows a blob that is not there.
    MissingBlob,
    /// A blob is there that the database does not know, or of which it knows another size.
    UnknownBlob,
    /// A file is where only blobs should be.
    StrayFile,
    /// What is remembered of an action cannot be believed.
    BrokenAction,
    /// A build of which an artefact is gone.
    BrokenBuild,
    /// A process is said to be building that is gone.
    StaleLease,
    /// A workspace whose directory is gone.
    GoneWorkspace,
    /// A view shows what is not there, or not what is.
    OutdatedView,
    /// The size of all blobs together is not the sum of their sizes.
    WrongTotal,
}

/// Something that was wrong and is not any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ailment {
    /// What kind of damage it was.
    pub kind: Kind,
    /// What was damaged: a file, a digest, a name.
    pub subject: String,
}

impl fmt::Display for Ailment {
    /// What was wrong, and what was done about it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ailment { kind, subject } = self;
        match kind {
            Kind::Database => write!(
                f,
                "the database was damaged: moved aside as `{subject}` and made anew from what is there"
            ),
            Kind::DamagedBlob => {
                write!(f, "the file `{subject}` was not what its name says: removed")
            }
            Kind::MissingBlob => write!(f, "the file `{subject}` was missing: forgotten"),
            Kind::UnknownBlob => write!(f, "the file `{subject}` was not in the database: added"),
            Kind::StrayFile => write!(f, "the file `{subject}` does not belong there: removed"),
            Kind::BrokenAction => {
                write!(f, "the result of the action {subject} cannot be believed: forgotten")
            }
            Kind::BrokenBuild => write!(f, "a file of the build `{subject}` is gone: forgotten"),
            Kind::StaleLease => write!(f, "the build {subject} is not running any more: forgotten"),
            Kind::GoneWorkspace => write!(f, "the workspace `{subject}` is gone: forgotten"),
            Kind::OutdatedView => write!(f, "the view `{subject}` was not up to date: made so"),
            Kind::WrongTotal => {
                write!(f, "the size of all files was noted as {subject}: corrected")
            }
        }
    }
}

/// What was found, and repaired.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct DoctorReport {
    /// What was wrong.
    pub ailments: Vec<Ailment>,
    /// What stands in the place of links of views. It is left alone, since it may be somebody's work.
    pub blocked: Vec<Utf8PathBuf>,
    /// How many blobs were digested.
    pub blobs: usize,
}

/// Examines the store at `home` and repairs all that is wrong with it.
pub fn doctor(host: &dyn Host, home: &Utf8Path) -> Result<DoctorReport, StoreError> {
    let obstacles = clear_the_way(host, home)?;
    let mut report = examine(host, home)?;
    report.ailments.extend(obstacles);
    report.ailments.sort();
    Ok(report)
}

/// Removes directories that stand in the place of files, and what stands in the place of directories.
fn clear_the_way(host: &dyn Host, home: &Utf8Path) -> Result<Vec<Ailment>, StoreError> {
    let mut found = Vec::new();
    let mut clear = |path: Utf8PathBuf, is_in_the_way: fn(EntryKind) -> bool| {
        if host.stat(&path).is_ok_and(|stat| is_in_the_way(stat.kind)) {
            remove(host, &path)?;
            found.push(Ailment { kind: Kind::StrayFile, subject: path.into_string() });
        }
        Ok(())
    };
    FOLDERS.iter().try_for_each(|it| clear(home.join(it), |kind| kind != EntryKind::Directory))?;
    let mut files: Vec<Utf8PathBuf> = FILES.iter().map(|it| home.join(it)).collect();
    for folder in LOCKED.map(|it| home.join(it)) {
        let entries = host.entries(&folder).unwrap_or_default();
        files.extend(entries.into_iter().map(|it| folder.join(it.name)));
    }
    files.into_iter().try_for_each(|it| clear(it, |kind| kind == EntryKind::Directory))?;
    Ok(found)
}

fn examine(host: &dyn Host, home: &Utf8Path) -> Result<DoctorReport, StoreError> {
    let store = Store::open_to_make_room(host, home)?;
    let was_replaced = store.was_replaced;
    let report = match store.is_damaged() {
        Ok(false) => store.examine(),
        Ok(true) => Err(marked_damage(home)),
        Err(error) => Err(error),
    };
    match report {
        // Some damage shows only when the database is written.
        Err(error) if error.is_damage() && !was_replaced => {
            store.mark_damaged();
            drop(store);
            Store::open_to_make_room(host, home)?.examine()
        }
        other => other,
    }
}

impl DoctorReport {
    pub(super) fn add(&mut self, kind: Kind, subject: impl ToString) {
        self.ailments.push(Ailment { kind, subject: subject.to_string() });
    }
}

impl Store<'_> {
    fn is_damaged(&self) -> Result<bool, StoreError> {
        match self.is_whole() {
            Err(error) if error.is_damage() => Ok(true),
            other => other.map(|whole| !whole),
        }
    }

    /// Examines all that there is, and repairs it. Leases of the dead go last, so that who is killed here is found by the next.
    fn examine(&self) -> Result<DoctorReport, StoreError> {
        let mut report = DoctorReport::default();
        if self.was_replaced {
            report.add(Kind::Database, self.home.join("store.db.damaged"));
        }
        let mut dead = Vec::new();
        if !self.is_read_only() {
            self.take_lease()?;
            dead = self.dead_leases()?;
        }
        self.mend(Depth::Contents, &dead, &mut report)?;
        for lease in &dead {
            report.add(Kind::StaleLease, &lease.name);
        }
        self.forget_leases(dead)?;
        Ok(report)
    }
}
