//! How large the store is.

use rusqlite::{Connection, ErrorCode};

use crate::store::Store;
use crate::store::database::is_busy;
use crate::store::error::StoreError;

/// How many pages of the database may be free when somebody has made room: one of so many.
const FREE: i64 = 10;

/// How many bytes there are of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) blobs: u64,
    pub(super) database: u64,
    /// How many bytes of the database are in use.
    used: u64,
}

impl Store<'_> {
    /// How many bytes the store has: its blobs and its database. Beside these are only the log of the database, which has a few megabytes
    /// at most once it was brought in, the reserve, and what is about to be put in place.
    pub fn size(&self) -> Result<u64, StoreError> {
        self.sizes().map(|it| it.blobs + it.database)
    }

    /// The same without what is free in the database: what is left when all is as small as it can be.
    pub(super) fn used_size(&self) -> Result<u64, StoreError> {
        self.sizes().map(|it| it.blobs + it.used)
    }

    pub(super) fn sizes(&self) -> Result<Sizes, StoreError> {
        self.ask(sizes)
    }

    /// Makes the database smaller where much of it is free, unless somebody else is writing or the disk has no room for the new one.
    pub(super) fn compact(&self) -> Result<(), StoreError> {
        self.ask(|connection| {
            let [all, free] = pages(connection)?;
            if free * FREE < all {
                return Ok(());
            }
            match connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);") {
                Err(error) if is_busy(&error) || is_full(&error) => Ok(()),
                other => other,
            }
        })
    }
}

fn sizes(connection: &Connection) -> rusqlite::Result<Sizes> {
    let blobs: i64 = connection.query_one("SELECT bytes FROM totals", (), |row| row.get(0))?;
    let [all, free] = pages(connection)?;
    let page: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    let bytes = |pages: i64| u64::try_from(pages.saturating_mul(page)).unwrap_or_default();
    Ok(Sizes {
        blobs: u64::try_from(blobs).unwrap_or_default(),
        database: bytes(all),
        used: bytes(all - free),
    })
}

/// How many pages the database has, and how many of them are free.
fn pages(connection: &Connection) -> rusqlite::Result<[i64; 2]> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok([number("page_count")?, number("freelist_count")?])
}

fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}
