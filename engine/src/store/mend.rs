//! Making files, rows and views agree again: what the doctor does, and who finds that others were killed.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rusqlite::Transaction;

use crate::base::Digest;
use crate::host::EntryKind;
use crate::store::database::{digest, remove};
use crate::store::doctor::{DoctorReport, Kind};
use crate::store::error::StoreError;
use crate::store::gc::FORGET_PACKAGES;
use crate::store::lease::Dead;
use crate::store::{Store, receipt};

/// How closely the store is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// Which files there are and what the database knows: all that can be wrong when a process was killed.
    Names,
    /// What is in the files and in the rows, too.
    Contents,
}

/// The blobs that are there. How long they are is known where they were read.
type Present = BTreeMap<Digest, Option<u64>>;

impl Store<'_> {
    /// Compares files, rows and views, corrects what does not fit, and adds it to `report`. Temporary files of all but those who hold a
    /// lease are removed; `dead` are leases of others that this process has locked.
    ///
    /// Others may be at work meanwhile. A blob that they have put in its place may be registered before they do so themselves, which
    /// changes nothing. None is forgotten that is there: the files are listed before the rows, and looked at once more within the
    /// transaction, since blobs are registered and removed in transactions only.
    pub(super) fn mend(
        &self,
        depth: Depth,
        dead: &[Dead],
        report: &mut DoctorReport,
    ) -> Result<(), StoreError> {
        self.mend_blobs(depth, report)?;
        let mut broken = self.unfounded_actions()?;
        if depth == Depth::Contents {
            broken.extend(self.unsealed_actions()?);
        }
        for key in broken {
            self.forget_action(&key)?;
            report.add(Kind::BrokenAction, key);
        }
        for build in self.forget_broken_builds()? {
            report.add(Kind::BrokenBuild, build);
        }
        self.clear_temporaries(dead, report)?;
        self.clear_unfinished(dead, report)?;
        if depth == Depth::Contents {
            for path in self.sweep_workspaces()? {
                report.add(Kind::GoneWorkspace, path);
            }
            for path in self.stray_receipts()? {
                self.remove_stray(&path)?;
                report.add(Kind::StrayFile, path);
            }
            if let Some(path) = self.turn().mend()? {
                report.add(Kind::StrayFile, path);
            }
        }
        self.change(|transaction| transaction.execute_batch(FORGET_PACKAGES))?;
        for view in self.refresh_views(None)? {
            if 0 < view.made + view.removed {
                report.add(Kind::OutdatedView, view.directory);
            }
            report.blocked.extend(view.blocked);
        }
        Ok(())
    }

    /// Compares the blobs with what the database knows of them.
    fn mend_blobs(&self, depth: Depth, report: &mut DoctorReport) -> Result<(), StoreError> {
        let (files, others) = self.blob_files()?;
        let present = match depth {
            Depth::Names => files.into_iter().map(|(digest, _)| (digest, None)).collect(),
            Depth::Contents => {
                for path in others {
                    self.remove_stray(&path)?;
                    report.add(Kind::StrayFile, path);
                }
                self.examine_contents(files, report)?
            }
        };
        let known = self.known_blobs()?;
        let missing = known.keys().filter(|digest| !present.contains_key(digest)).copied();
        let missing: Vec<Digest> = missing.collect();
        let differs = |(digest, size): (&Digest, &Option<u64>)| {
            let known = known.get(digest);
            let is_known = if size.is_some() { known == size.as_ref() } else { known.is_some() };
            (!is_known).then_some(*digest)
        };
        let unknown: Vec<Digest> = present.iter().filter_map(differs).collect();
        self.correct(&missing, &unknown, report)
    }

    /// Digests the blobs, and removes those that are not what their names say.
    fn examine_contents(
        &self,
        files: Vec<(Digest, Utf8PathBuf)>,
        report: &mut DoctorReport,
    ) -> Result<Present, StoreError> {
        report.blobs = files.len();
        let sizes = files.par_iter().map(|(digest, path)| {
            let bytes = self.host.read(path).ok().filter(|bytes| Digest::of(bytes) == *digest);
            bytes.map(|bytes| bytes.len() as u64)
        });
        let sizes: Vec<Option<u64>> = sizes.collect();
        let mut sound = Present::new();
        for ((digest, path), size) in files.into_iter().zip(sizes) {
            // One that is gone meanwhile is not damaged.
            if size.is_some() {
                sound.insert(digest, size);
            } else if self.host.stat(&path).is_ok() {
                self.remove_stray(&path)?;
                report.add(Kind::DamagedBlob, path);
            }
        }
        Ok(sound)
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

    /// Forgets the blobs that are `missing`, if they still are, and registers the `unknown` ones.
    fn correct(
        &self,
        missing: &[Digest],
        unknown: &[Digest],
        report: &mut DoctorReport,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let (forgotten, added, wrong) = self.change(|transaction| {
            let mut forget = transaction.prepare("DELETE FROM blobs WHERE digest = ?")?;
            let mut forgotten = Vec::new();
            for digest in missing.iter().filter(|it| !self.contains(it)) {
                if forget.execute([digest.as_bytes()])? == 1 {
                    forgotten.push(*digest);
                }
            }
            let sql = "INSERT INTO blobs VALUES (?1, ?2, ?3)
                       ON CONFLICT DO UPDATE SET size = ?2";
            let mut add = transaction.prepare(sql)?;
            let mut added = Vec::new();
            for digest in unknown {
                let Some(size) = self.size_of(digest) else { continue };
                let size = i64::try_from(size).unwrap_or(i64::MAX);
                add.execute((digest.as_bytes(), size, now))?;
                added.push(*digest);
            }
            Ok((forgotten, added, correct_total(transaction)?))
        })?;
        for digest in &forgotten {
            report.add(Kind::MissingBlob, self.blob_path(digest));
        }
        for digest in &added {
            report.add(Kind::UnknownBlob, self.blob_path(digest));
        }
        if let Some(noted) = wrong {
            report.add(Kind::WrongTotal, noted);
        }
        Ok(())
    }

    /// Forgets the builds of which a kept artefact is unknown; what they were.
    pub(super) fn forget_broken_builds(&self) -> Result<Vec<String>, StoreError> {
        self.change(|transaction| {
            let sql = "DELETE FROM builds WHERE id IN
                           (SELECT build FROM artefacts WHERE kept
                               AND digest NOT IN (SELECT digest FROM blobs))
                       RETURNING (SELECT name FROM packages WHERE id = package) || ' for ' || target";
            let mut statement = transaction.prepare(sql)?;
            let rows = statement.query_map((), |row| row.get::<_, Option<String>>(0))?;
            rows.map(|row| row.map(Option::unwrap_or_default)).collect()
        })
    }

    /// Removes the temporary files of those who hold no lease.
    fn clear_temporaries(
        &self,
        dead: &[Dead],
        report: &mut DoctorReport,
    ) -> Result<(), StoreError> {
        let dead: BTreeSet<&str> = dead.iter().map(|lease| &*lease.name).collect();
        let directory = self.home.join("tmp");
        for entry in self.host.entries(&directory).unwrap_or_default() {
            if !dead.contains(&*entry.name) && self.is_held(&entry.name) {
                continue;
            }
            let path = directory.join(&entry.name);
            let removed = match entry.kind {
                EntryKind::Directory => self.host.remove_directory(&path),
                _ => self.host.remove_file(&path),
            };
            removed.map_err(StoreError::during("remove", &path))?;
            report.add(Kind::StrayFile, path);
        }
        Ok(())
    }

    /// Removes what was about to be put in place directly in the store or among the receipts, if nobody else is at work.
    fn clear_unfinished(&self, dead: &[Dead], report: &mut DoctorReport) -> Result<(), StoreError> {
        if self.has_company(dead) {
            return Ok(());
        }
        for folder in [self.home.clone(), self.home.join(receipt::FOLDER)] {
            let mut entries = self.host.entries(&folder).unwrap_or_default();
            entries.retain(|it| it.kind == EntryKind::File && is_temporary(&it.name));
            for entry in entries {
                let path = folder.join(entry.name);
                self.remove_stray(&path)?;
                report.add(Kind::StrayFile, path);
            }
        }
        Ok(())
    }

    fn remove_stray(&self, path: &Utf8Path) -> Result<(), StoreError> {
        remove(self.host, path)
    }
}

/// Whether a file is called like one that a host is about to put in place.
pub(super) fn is_temporary(name: &str) -> bool {
    name.starts_with(".oast-")
}

/// Notes the sum of all sizes; what was noted, if it was another.
fn correct_total(transaction: &Transaction<'_>) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT bytes FROM totals";
    let noted: i64 = transaction.query_row(sql, (), |row| row.get(0)).unwrap_or(-1);
    let sql = "SELECT coalesce(sum(size), 0) FROM blobs";
    let sum: i64 = transaction.query_one(sql, (), |row| row.get(0))?;
    transaction.execute("DELETE FROM totals", ())?;
    transaction.execute("INSERT INTO totals VALUES (?)", [sum])?;
    Ok((noted != sum).then_some(noted))
}
