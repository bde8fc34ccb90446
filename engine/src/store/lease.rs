//! Who is building just now: what they use is not removed.

use camino::Utf8Path;

use crate::host::{FileLock, LockKind};
use crate::store::error::StoreError;
use crate::store::{Store, locked};

/// That this process is building.
#[derive(Debug)]
pub(super) struct Running {
    name: String,
    /// Held as long as it builds. The number of a process tells nothing of whether it lives: it may be another's by now, or of another
    /// machine that shares the directory.
    lock: FileLock,
}

impl Store<'_> {
    /// Says that a build of `workspace` is running from now on, until the store is closed: nothing that is used meanwhile is removed by
    /// [`Store::gc`]. Somebody who is killed says nothing any more.
    pub fn lease(&self, workspace: &Utf8Path) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let (process, machine) = self.host.process();
        let started = self.now();
        let mut running = locked(&self.running);
        if running.is_some() {
            return Ok(());
        }
        let (name, lock) = self.free_name(process, started)?;
        let row = (&name, process, &machine, workspace.as_str(), started);
        self.change(|transaction| {
            transaction.execute("INSERT OR REPLACE INTO processes VALUES (?, ?, ?, ?, ?)", row)
        })?;
        *running = Some(Running { name, lock });
        Ok(())
    }

    /// A name of a lease that nobody has, and its lock.
    fn free_name(&self, process: u32, started: i64) -> Result<(String, FileLock), StoreError> {
        for attempt in 0_u32.. {
            let name = format!("{process}-{started}-{attempt}");
            let path = self.home.join("running").join(&name);
            let lock = self.host.lock(&path, LockKind::Exclusive);
            if let Some(lock) = lock.map_err(StoreError::during("lock", &path))? {
                return Ok((name, lock));
            }
        }
        unreachable!("fewer builds run at once than there are numbers")
    }

    /// Says that the build is over. What it used just before is now as safe as what its workspace holds.
    pub fn end_lease(&self) {
        let Some(Running { name, lock }) = locked(&self.running).take() else { return };
        // A lease of which something is left over is stale, which is found out.
        _ = self.remove_lease(&name);
        drop(lock);
    }

    fn remove_lease(&self, name: &str) -> Result<(), StoreError> {
        let path = self.home.join("running").join(name);
        self.host.remove_file(&path).map_err(StoreError::during("remove", &path))?;
        self.change(|transaction| {
            transaction.execute("DELETE FROM processes WHERE name = ?", [name]).map(|_| ())
        })
    }

    /// Removes the leases of processes that are gone; yields their names, and when the oldest of those that run began.
    pub(super) fn sweep_leases(&self) -> Result<(Vec<String>, Option<i64>), StoreError> {
        let rows = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT name, started FROM processes")?;
            let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<(String, i64)>>>()
        })?;
        let (mut stale, mut oldest) = (Vec::new(), None::<i64>);
        for (name, started) in rows {
            let path = self.home.join("running").join(&name);
            // A lock that can be had is one that nobody holds.
            if matches!(self.host.lock(&path, LockKind::Exclusive), Ok(Some(_))) {
                self.remove_lease(&name)?;
                stale.push(name);
            } else {
                oldest = Some(oldest.map_or(started, |it| it.min(started)));
            }
        }
        Ok((stale, oldest))
    }
}
