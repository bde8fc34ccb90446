//! Who is at work just now: what they use is not removed, and what they leave who are killed is put right by the next.
//!
//! Whoever changes files of the store first makes a file in `running/`, its **lease**, and holds it locked. The number of a process
//! tells nothing of whether it lives: it may be another's by now, or of another machine that shares the directory. A lock does. A
//! build has a row in the table `processes`, too, which says since when nothing may be removed that is used, and tells what it uses (`uses`).
//!
//! A lease that nobody holds is of somebody who was killed. Whoever takes a lease and finds such a one compares files, rows and views
//! ([`Store::mend`]), and removes it only then: where that cannot be done, the next tries again. A recovery that is itself killed leaves a
//! lease of its own.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Digest;
use crate::host::{FileLock, LockKind};
use crate::store::doctor::DoctorReport;
use crate::store::error::StoreError;
use crate::store::mend::Depth;
use crate::store::{Store, locked};

/// What tells leases of one process from each other, so that no name is ever used again: somebody may be about to remove it.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// That this process is at work.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) name: String,
    /// Of a build, which has a row, too: the keys of the actions that it has told to use.
    pub(super) told: Option<BTreeSet<Digest>>,
    lock: FileLock,
}

/// The lease of somebody who is gone.
#[derive(Debug)]
pub(super) struct Dead {
    pub(super) name: String,
    /// Held so that only one process puts right what was left. There is none where a row has no file.
    _lock: Option<FileLock>,
}

impl Store<'_> {
    /// Says that a build of `workspace` is running from now on, until [`Store::end_lease`] or until the store is closed: nothing that is
    /// used meanwhile is removed by [`Store::gc`]. Somebody who is killed says nothing any more; what such a one has left
    /// half done is put right here.
    pub fn lease(&self, workspace: &Utf8Path) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let name = self.enter()?;
        let (process, machine) = self.host.process();
        let row = (name, process, machine, workspace.as_str(), self.now());
        self.change(|transaction| {
            let sql = "INSERT OR IGNORE INTO processes VALUES (?, ?, ?, ?, ?)";
            transaction.execute(sql, row).map(|_| ())
        })?;
        if let Some(running) = &mut *locked(&self.running) {
            running.told.get_or_insert_default();
        }
        Ok(())
    }

    /// Says that the build is over. What it used just before is now as safe as what its workspace holds.
    pub fn end_lease(&self) {
        if let Some(Running { name, told, .. }) = &mut *locked(&self.running)
            && told.take().is_some()
        {
            // What cannot be noted is as old as it looks.
            _ = self.flush_at_last();
            // What is left over of it is found as soon as its file is gone.
            _ = self.forget_row(name);
            _ = self.host.remove_file(&self.uses_of(name));
        }
    }

    /// To be called before files are changed: takes a lease if this process has none yet, and then puts right what others have left
    /// that were killed. Yields the lease's name.
    pub(super) fn enter(&self) -> Result<String, StoreError> {
        if let Some(Running { name, .. }) = &*locked(&self.running) {
            return Ok(name.clone());
        }
        let name = self.take_lease()?;
        self.recover()?;
        Ok(name)
    }

    /// Takes a lease, if this process has none; its name.
    pub(super) fn take_lease(&self) -> Result<String, StoreError> {
        let mut running = locked(&self.running);
        if let Some(Running { name, .. }) = &*running {
            return Ok(name.clone());
        }
        let (process, started) = (self.host.process().0, self.now());
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("{process}-{started}-{count}");
            let path = self.lease_path(&name);
            // Another machine may have the same name; and who looks for the dead may see the file before it is locked, lock it, and
            // remove it.
            let lock = self.host.lock(&path, LockKind::Exclusive);
            let lock = lock.map_err(StoreError::during("lock", &path))?;
            if let Some(lock) = lock.filter(|_| self.host.stat(&path).is_ok()) {
                *running = Some(Running { name: name.clone(), told: None, lock });
                return Ok(name);
            }
        }
    }

    /// Ends the lease, if there is one. Its file goes last.
    pub(super) fn leave(&self) {
        self.end_lease();
        let Some(Running { name, lock, .. }) = locked(&self.running).take() else { return };
        // What is left over is a dead process's, as soon as the lock is gone.
        _ = self.remove_files(&name);
        drop(lock);
    }

    fn remove_files(&self, name: &str) -> Result<(), StoreError> {
        let (temporaries, path) = (self.temporaries_of(name), self.lease_path(name));
        let removed = self.host.remove_directory(&temporaries);
        removed.map_err(StoreError::during("remove", &temporaries))?;
        self.host.remove_file(&path).map_err(StoreError::during("remove", &path))
    }

    fn forget_row(&self, name: &str) -> Result<(), StoreError> {
        self.change(|transaction| {
            transaction.execute("DELETE FROM processes WHERE name = ?", [name]).map(|_| ())
        })
    }

    fn lease_path(&self, name: &str) -> Utf8PathBuf {
        self.home.join("running").join(name)
    }

    /// The directory for what the holder of a lease is about to put in place.
    pub(super) fn temporaries_of(&self, lease: &str) -> Utf8PathBuf {
        self.home.join("tmp").join(lease)
    }

    /// The leases that nobody holds.
    pub(super) fn dead_leases(&self) -> Result<Vec<Dead>, StoreError> {
        let mut dead = Vec::new();
        let own = locked(&self.running).as_ref().map(|running| running.name.clone());
        let mut entries = self.host.entries(&self.home.join("running")).unwrap_or_default();
        entries.retain(|entry| own.as_ref() != Some(&entry.name));
        for entry in entries {
            if let Some(lock) = self.unheld(&entry.name) {
                dead.push(Dead { name: entry.name, _lock: Some(lock) });
            }
        }
        let rows = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT name FROM processes")?;
            let rows = statement.query_map((), |row| row.get(0))?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })?;
        // A build makes the file before the row, and removes it after the row.
        let has_file = |name: &String| {
            let stat = self.host.stat(&self.lease_path(name));
            stat.map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
        };
        let without = rows.into_iter().filter(|name| !has_file(name));
        dead.extend(without.map(|name| Dead { name, _lock: None }));
        Ok(dead)
    }

    /// The lock of the lease's file, if that is there and nobody holds it.
    fn unheld(&self, name: &str) -> Option<FileLock> {
        let path = self.lease_path(name);
        self.host.stat(&path).ok()?;
        let lock = self.host.lock(&path, LockKind::Exclusive).ok()??;
        // Its holder may have removed it in between.
        self.host.stat(&path).ok().map(|_| lock)
    }

    /// Whether somebody holds this lease.
    pub(super) fn is_held(&self, name: &str) -> bool {
        self.host.stat(&self.lease_path(name)).is_ok() && self.unheld(name).is_none()
    }

    /// Whether somebody else holds a lease that is none of the `dead`.
    pub(super) fn has_company(&self, dead: &[Dead]) -> bool {
        let own = locked(&self.running).as_ref().map(|running| running.name.clone());
        let is_ours = |name: &str| {
            own.as_deref() == Some(name) || dead.iter().any(|lease| lease.name == name)
        };
        let leases = self.host.entries(&self.home.join("running")).unwrap_or_default();
        leases.iter().any(|lease| !is_ours(&lease.name) && self.is_held(&lease.name))
    }

    /// Puts right what processes have left that were killed, if there are any.
    pub(super) fn recover(&self) -> Result<(), StoreError> {
        let dead = self.dead_leases()?;
        if dead.is_empty() {
            return Ok(());
        }
        let mended = self.mend(Depth::Names, &dead, &mut DoctorReport::default());
        match mended.and_then(|()| self.forget_leases(dead)) {
            // What is left over is never believed, so the store can be used all the same. The next process will try again.
            Err(StoreError::Io { .. }) => Ok(()),
            other => other,
        }
    }

    /// Removes leases of the dead, after what they left was put right.
    pub(super) fn forget_leases(&self, dead: Vec<Dead>) -> Result<(), StoreError> {
        dead.into_iter().try_for_each(|lease| {
            self.forget_row(&lease.name)?;
            self.remove_files(&lease.name)
        })
    }
}
