//! What running builds use: a file for each, among the temporaries of its lease, with the keys of the actions whose results it has.
//!
//! The database learns of many uses at once, and of the last ones when the build ends; whoever makes room meanwhile has to know earlier.
//!
//! A key is a line. Of one that a full disk has cut short the next line begins with a part, so the key is what stands at the end of a line.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;

use crate::base::Digest;
use crate::store::blob::parse_digest;
use crate::store::lease::Running;
use crate::store::{Store, locked};

/// How many bytes spell a digest.
const DIGITS: usize = 64;

/// The keys of the actions whose results those use who are at work.
#[derive(Debug, Default)]
pub(super) struct Uses {
    keys: BTreeSet<Digest>,
    /// How much of each file was read.
    lengths: BTreeMap<String, u64>,
}

impl Uses {
    /// Whether somebody uses what came of the action with this key.
    pub(super) fn contains(&self, key: &Digest) -> bool {
        self.keys.contains(key)
    }

    /// All keys.
    pub(super) fn keys(&self) -> impl Iterator<Item = &Digest> {
        self.keys.iter()
    }

    /// Reads what was told since the last time. A file that is as long as it was then is not read again.
    pub(super) fn refresh(&mut self, store: &Store<'_>) {
        for lease in store.host.entries(&store.home.join("running")).unwrap_or_default() {
            let path = store.uses_of(&lease.name);
            let length = store.host.stat(&path).map_or(0, |stat| stat.size);
            if self.lengths.get(&lease.name) != Some(&length)
                && let Ok(told) = store.host.read(&path)
            {
                self.keys.extend(told.split(|byte| *byte == b'\n').filter_map(key));
                self.lengths.insert(lease.name, told.len() as u64);
            }
        }
    }
}

/// The key at the end of a line.
fn key(line: &[u8]) -> Option<Digest> {
    let start = line.len().checked_sub(DIGITS)?;
    parse_digest(std::str::from_utf8(&line[start..]).ok()?)
}

impl Store<'_> {
    /// Says that the build that has the lease of this process, if there is one, uses what came of an action. Who asks only then whether that
    /// is still there can rely on it: see [`Store::gc`].
    pub(super) fn tell_use(&self, key: &Digest) {
        if let Some(Running { name, told: Some(told), .. }) = &mut *locked(&self.running)
            && !told.contains(key)
            // What could not be told may be removed, and is made again.
            && self.host.append(&self.uses_of(name), format!("{key}\n").as_bytes()).is_ok()
        {
            told.insert(*key);
        }
    }

    /// Where the holder of a lease tells what it uses.
    pub(super) fn uses_of(&self, lease: &str) -> Utf8PathBuf {
        self.temporaries_of(lease).join("uses")
    }
}
