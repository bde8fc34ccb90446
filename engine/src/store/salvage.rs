//! Taking over what a damaged database still says of workspaces: what they hold must not be removed before they are built again.

use rusqlite::types::Value;
use rusqlite::{Connection, Transaction, params_from_iter};

use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::schema::TOLD;

impl Store<'_> {
    /// Takes over what can be read of what `old` was told. Each workspace tells all again with its next build.
    pub(super) fn salvage(&self, old: &Connection) -> Result<(), StoreError> {
        self.change(|transaction| {
            for table in TOLD {
                // A table that cannot be read has nothing to say.
                _ = take_over(old, transaction, table);
            }
            Ok(())
        })?;
        self.forget_broken_builds().map(|_| ())
    }
}

/// Takes over the rows of a table up to the first place where it cannot be read, but for those that are none of it, or refer to others
/// that are not there.
fn take_over(old: &Connection, new: &Transaction<'_>, table: &str) -> rusqlite::Result<()> {
    let mut statement = old.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = statement.column_count();
    let places = vec!["?"; columns].join(", ");
    let mut insert = new.prepare(&format!("INSERT OR IGNORE INTO {table} VALUES ({places})"))?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|column| row.get(column));
        if let Ok(values) = values.collect::<rusqlite::Result<Vec<Value>>>() {
            _ = insert.execute(params_from_iter(values));
        }
    }
    Ok(())
}
