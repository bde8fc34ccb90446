//! Room that is kept for making more: on a disk that is completely full nothing can be removed from the store, since a transaction, a
//! lock and the index of the log take some themselves.

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;

/// The file.
pub(super) const FILE: &str = "reserve";

/// How many bytes. To forget a handful of blobs changes about as many pages of a large database as there are rows and keys in indexes.
const SIZE: usize = 1 << 20;

/// How often less is taken where there is no room for all: half of it, and half of that, down to 64 KiB.
const HALVINGS: u32 = 4;

/// Takes the room, if it is not taken, or as much of it as there is.
pub(super) fn take(host: &dyn Host, home: &Utf8Path) {
    let path = path(home);
    if host.stat(&path).is_ok_and(|stat| stat.size == SIZE as u64) {
        return;
    }
    let bytes = incompressible();
    // Where there is no room there is nothing to keep.
    _ = (0..=HALVINGS).find(|halvings| host.write(&path, &bytes[..SIZE >> halvings]).is_ok());
}

/// Bytes that no file system makes smaller: of a linear congruential generator (Knuth's MMIX).
fn incompressible() -> Vec<u8> {
    let mut bytes = vec![0; SIZE];
    let mut number = 1_u64;
    for place in bytes.as_chunks_mut::<8>().0 {
        number = number.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        *place = number.to_le_bytes();
    }
    bytes
}

/// Gives the room up.
pub(super) fn give_up(host: &dyn Host, home: &Utf8Path) {
    // What cannot be given up is of no help; who makes room says what is missing.
    _ = host.remove_file(&path(home));
}

fn path(home: &Utf8Path) -> Utf8PathBuf {
    home.join(FILE)
}
