//! Receipts: how a build knows, without asking the database, that the store knows of its workspace what it was told last.
//!
//! `receipts/<digest of the workspace's path>` holds the digest of what was told last, and the workspace remembers the same. A build
//! compares both. A receipt is removed before anything of what it stands for is forgotten, and all are when the database is not the one
//! any more that gave them: its `identity` is in `receipts/store`.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Digest;
use crate::host::{EntryKind, Host};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::mend::is_temporary;

pub(super) const FOLDER: &str = "receipts";

/// The file that says which database has given the receipts.
const GIVER: &str = "store";

/// What the store at `home` was told last of `workspace`, as far as can be seen from outside.
pub fn receipt(host: &dyn Host, home: &Utf8Path, workspace: &Utf8Path) -> Option<String> {
    String::from_utf8(host.read(&path(home, workspace)).ok()?).ok()
}

fn path(home: &Utf8Path, workspace: &Utf8Path) -> Utf8PathBuf {
    home.join(FOLDER).join(Digest::of(workspace.as_str()).to_string())
}

impl Store<'_> {
    /// Notes that what was told of `workspace` has this digest.
    pub(super) fn give_receipt(
        &self,
        workspace: &Utf8Path,
        told: &Digest,
    ) -> Result<(), StoreError> {
        let path = path(&self.home, workspace);
        let written = self.host.write(&path, told.to_string().as_bytes());
        written.map_err(StoreError::during("write", &path))
    }

    /// To be called before something is forgotten of what was told of `workspace`: its next build tells all again.
    pub(super) fn take_receipt(&self, workspace: &Utf8Path) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let path = path(&self.home, workspace);
        self.host.remove_file(&path).map_err(StoreError::during("remove", &path))
    }

    /// Removes all receipts if the database is not the one that gave them, or has forgotten something of its own accord.
    pub(super) fn examine_receipts(&self) -> Result<(), StoreError> {
        if self.is_read_only() {
            return Ok(());
        }
        let identity: Vec<u8> = self.ask(|connection| {
            connection.query_one("SELECT id FROM identity", (), |row| row.get(0))
        })?;
        let identity = Digest::of(identity).to_string();
        let folder = self.home.join(FOLDER);
        let path = folder.join(GIVER);
        if self.host.read(&path).is_ok_and(|known| known == identity.as_bytes()) {
            return Ok(());
        }
        // Somebody may do the same at this moment, or be killed in the midst of it. What is left then is removed by who comes next.
        if self.host.remove_directory(&folder).is_ok() {
            _ = self.host.append(&path, identity.as_bytes());
        }
        Ok(())
    }

    /// What is among the receipts and is none of a workspace that the store knows. A workspace is known before it has a receipt, and so they
    /// are listed first.
    pub(super) fn stray_receipts(&self) -> Result<Vec<Utf8PathBuf>, StoreError> {
        let folder = self.home.join(FOLDER);
        let entries = self.host.entries(&folder).unwrap_or_default();
        let known = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT path FROM workspaces")?;
            let rows = statement.query_map((), |row| {
                row.get::<_, String>(0).map(|path| Digest::of(path).to_string())
            })?;
            rows.collect::<rusqlite::Result<BTreeSet<String>>>()
        })?;
        let is_stray = |name: &str| name != GIVER && !known.contains(name) && !is_temporary(name);
        let strays = entries.iter().filter(|it| it.kind != EntryKind::File || is_stray(&it.name));
        Ok(strays.map(|entry| folder.join(&entry.name)).collect())
    }
}
