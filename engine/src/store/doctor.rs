//! Finding damage and repairing it.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use camino::Utf8Path;
use rayon::prelude::*;

use crate::base::Digest;
use crate::host::{Host, LockKind};
use crate::store::Store;
use crate::store::blob::Placed;
use crate::store::database::{digest, marked_damage};
use crate::store::error::StoreError;
use crate::store::gc::FORGET_PACKAGES;

/// How old a stray file must be to be a leftover and not another process's work.
const LEFTOVER_AGE: Duration = Duration::from_hours(1);

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
    /// How many blobs were digested.
    pub blobs: usize,
}

/// Examines the store at `home` and repairs all that is wrong with it.
pub fn doctor(host: &dyn Host, home: &Utf8Path) -> Result<DoctorReport, StoreError> {
    let store = Store::open(host, home)?;
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
            Store::open(host, home)?.examine()
        }
        other => other,
    }
}

impl DoctorReport {
    fn add(&mut self, kind: Kind, subject: impl ToString) {
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

    /// Examines all that there is, and repairs it.
    fn examine(&self) -> Result<DoctorReport, StoreError> {
        let mut report = DoctorReport::default();
        if self.was_replaced {
            report.add(Kind::Database, self.home.join("store.db.damaged"));
        }
        self.examine_blobs(&mut report)?;
        self.examine_actions(&mut report)?;
        self.examine_builds(&mut report)?;
        self.examine_leases(&mut report)?;
        self.examine_leftovers(&mut report)?;
        for path in self.sweep_workspaces()? {
            report.add(Kind::GoneWorkspace, path);
        }
        self.change(|transaction| transaction.execute_batch(FORGET_PACKAGES))?;
        for view in self.refresh_views(None)? {
            if 0 < view.made + view.removed {
                report.add(Kind::OutdatedView, view.directory);
            }
        }
        report.ailments.sort();
        Ok(report)
    }

    /// Compares the blobs' names with their contents, and with what the database knows.
    fn examine_blobs(&self, report: &mut DoctorReport) -> Result<(), StoreError> {
        // The files before the rows: a blob is put in its place first and then registered.
        let (files, others) = self.blob_files()?;
        for path in others.into_iter().filter(|path| self.is_leftover(path)) {
            self.remove_stray(&path)?;
            report.add(Kind::StrayFile, path);
        }
        report.blobs = files.len();
        let whole = files.par_iter().map(|(digest, path)| {
            let bytes = self.host.read(path).ok().filter(|bytes| Digest::of(bytes) == *digest);
            bytes.map(|bytes| bytes.len() as u64)
        });
        let whole: Vec<Option<u64>> = whole.collect();
        let mut sound = BTreeMap::new();
        for ((digest, path), size) in files.into_iter().zip(whole) {
            match size {
                Some(size) => _ = sound.insert(digest, size),
                None => {
                    self.remove_stray(&path)?;
                    report.add(Kind::DamagedBlob, path);
                }
            }
        }
        let known = self.known_blobs()?;
        let missing: Vec<Digest> = known
            .keys()
            .filter(|digest| !sound.contains_key(digest) && !self.contains(digest))
            .copied()
            .collect();
        let unknown: Vec<Placed> = sound
            .into_iter()
            .filter(|(digest, size)| known.get(digest) != Some(size))
            .map(|(digest, size)| Placed { digest, size })
            .collect();
        for digest in &missing {
            report.add(Kind::MissingBlob, self.blob_path(digest));
        }
        for blob in &unknown {
            report.add(Kind::UnknownBlob, self.blob_path(&blob.digest));
        }
        self.correct(&missing, &unknown, report)
    }

    fn known_blobs(&self) -> Result<BTreeMap<Digest, u64>, StoreError> {
        self.ask(|connection| {
            let mut statement = connection.prepare("SELECT digest, size FROM blobs")?;
            let rows = statement.query_map((), |row| {
                Ok((digest(row, 0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or(u64::MAX)))
            })?;
            rows.collect()
        })
    }

    fn correct(
        &self,
        missing: &[Digest],
        unknown: &[Placed],
        report: &mut DoctorReport,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let wrong = self.change(|transaction| {
            let mut forget = transaction.prepare("DELETE FROM blobs WHERE digest = ?")?;
            for digest in missing {
                forget.execute([digest.as_bytes()])?;
            }
            let sql = "INSERT INTO blobs VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET size = ?2";
            let mut add = transaction.prepare(sql)?;
            for Placed { digest, size } in unknown {
                add.execute((digest.as_bytes(), i64::try_from(*size).unwrap_or(i64::MAX), now))?;
            }
            let sql = "SELECT bytes FROM totals";
            let noted: i64 = transaction.query_row(sql, (), |row| row.get(0)).unwrap_or(-1);
            let sql = "SELECT coalesce(sum(size), 0) FROM blobs";
            let sum: i64 = transaction.query_one(sql, (), |row| row.get(0))?;
            transaction.execute("DELETE FROM totals", ())?;
            transaction.execute("INSERT INTO totals VALUES (?)", [sum])?;
            Ok((noted != sum).then_some(noted))
        })?;
        if let Some(noted) = wrong {
            report.add(Kind::WrongTotal, noted);
        }
        Ok(())
    }

    fn examine_actions(&self, report: &mut DoctorReport) -> Result<(), StoreError> {
        for key in self.broken_actions()? {
            self.forget_action(&key)?;
            report.add(Kind::BrokenAction, key);
        }
        Ok(())
    }

    fn examine_builds(&self, report: &mut DoctorReport) -> Result<(), StoreError> {
        let broken = self.change(|transaction| {
            let sql = "DELETE FROM builds WHERE id IN
                           (SELECT build FROM artefacts WHERE kept
                               AND digest NOT IN (SELECT digest FROM blobs))
                       RETURNING (SELECT name FROM packages WHERE id = package) || ' for ' || target";
            let mut statement = transaction.prepare(sql)?;
            let rows = statement.query_map((), |row| row.get::<_, Option<String>>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        for build in broken {
            report.add(Kind::BrokenBuild, build.unwrap_or_default());
        }
        Ok(())
    }

    fn examine_leases(&self, report: &mut DoctorReport) -> Result<(), StoreError> {
        for name in self.sweep_leases()?.0 {
            report.add(Kind::StaleLease, name);
        }
        let directory = self.home.join("running");
        for entry in self.host.entries(&directory).unwrap_or_default() {
            let path = directory.join(&entry.name);
            let known = self.ask(|connection| {
                let sql = "SELECT count(*) FROM processes WHERE name = ?";
                connection.query_one(sql, [&entry.name], |row| row.get::<_, i64>(0))
            })?;
            let lock = self.host.lock(&path, LockKind::Exclusive);
            if known == 0 && matches!(lock, Ok(Some(_))) {
                self.remove_stray(&path)?;
                report.add(Kind::StaleLease, entry.name);
            }
        }
        Ok(())
    }

    /// Removes what was left of actions that were done again by somebody who was killed.
    fn examine_leftovers(&self, report: &mut DoctorReport) -> Result<(), StoreError> {
        let directory = self.home.join("tmp");
        for entry in self.host.entries(&directory).unwrap_or_default() {
            let path = directory.join(entry.name);
            if self.is_old(&path) {
                self.remove_stray(&path)?;
                report.add(Kind::StrayFile, path);
            }
        }
        Ok(())
    }

    fn is_leftover(&self, path: &Utf8Path) -> bool {
        let is_temporary = path.file_name().is_some_and(|it| it.starts_with(".oast-"));
        !is_temporary || self.is_old(path)
    }

    fn is_old(&self, path: &Utf8Path) -> bool {
        let Ok(stat) = self.host.stat(path) else { return true };
        let age = self.host.now().duration_since(stat.modified);
        age.is_ok_and(|age| LEFTOVER_AGE < age)
    }

    fn remove_stray(&self, path: &Utf8Path) -> Result<(), StoreError> {
        let removed = self.host.remove_file(path).or_else(|_| self.host.remove_directory(path));
        removed.map_err(StoreError::during("remove", path))
    }
}
