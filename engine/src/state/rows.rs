//! What only front ends need of the modules of a package, as it is encoded: beside the shard, since few builds ask for more than some.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::codec::{self, Bytes, Slice};
use crate::host::Host;
use crate::state::FOLDER;

/// How many rows are read one by one before all are: each costs as much as several thousand bytes.
const PATIENCE: usize = 8;

/// A file of encoded rows, one after the other, read as far as somebody asks.
#[derive(Debug)]
pub(super) struct Rows {
    path: Utf8PathBuf,
    asked: AtomicUsize,
    all: OnceLock<Option<Arc<Vec<u8>>>>,
}

/// Where a row is in its file, and what it is: a file of another time has something else there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    start: u64,
    length: u32,
    checksum: u64,
}

impl Place {
    /// How many bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.length as usize
    }

    fn is_of(&self, row: &[u8]) -> bool {
        row.len() == self.len() && codec::checksum(row) == self.checksum
    }
}

impl Rows {
    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.rows"))
    }

    /// The rows of a package. Reads nothing yet.
    pub(super) fn new(root: &Utf8Path, package: &str) -> Rows {
        let path = Rows::path(root, package);
        Rows { path, asked: AtomicUsize::new(0), all: OnceLock::new() }
    }

    /// The row at a place; `None` where there is something else.
    pub(super) fn row(&self, host: &dyn Host, place: Place) -> Option<Slice> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < PATIENCE && self.all.get().is_none() {
            let row = host.read_part(&self.path, place.start, place.len()).ok()?;
            return place.is_of(&row).then(|| Slice::of(Bytes(row)));
        }
        let all = self.all.get_or_init(|| host.read(&self.path).ok().map(Arc::new)).as_ref()?;
        let start = usize::try_from(place.start).ok()?;
        let row = all.get(start..start.checked_add(place.len())?)?;
        if place.is_of(row) { Slice::within(all, row) } else { None }
    }

    /// Leaves these rows, and no others, for the next build; where each is.
    pub(super) fn save(
        host: &dyn Host,
        root: &Utf8Path,
        package: &str,
        rows: &[Slice],
    ) -> std::io::Result<Vec<Place>> {
        let mut bytes = Vec::with_capacity(rows.iter().map(|row| row.bytes().len()).sum());
        let places = rows.iter().map(|row| {
            let (start, row) = (bytes.len() as u64, row.bytes());
            bytes.extend_from_slice(row);
            let length = u32::try_from(row.len()).expect("a record is far below 4 GiB");
            Place { start, length, checksum: codec::checksum(row) }
        });
        let places = places.collect();
        host.write(&Rows::path(root, package), &bytes)?;
        Ok(places)
    }
}
