//! SHA-256: what names content on disk and on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "(u128, u128)", into = "(u128, u128)")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// What is in a file, and whether the file may be executed: all of it that somebody could tell who is given a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Content {
    /// The digest of the bytes.
    pub digest: Digest,
    /// How many bytes there are.
    pub size: u64,
    /// Whether the file may be executed.
    pub executable: bool,
}

impl Content {
    /// The content of a file that consists of `bytes` and may not be executed.
    pub fn of(bytes: impl AsRef<[u8]>) -> Content {
        let bytes = bytes.as_ref();
        Content { digest: Digest::of(bytes), size: bytes.len() as u64, executable: false }
    }
}

/// Two numbers, as which a digest is written: that takes a sixteenth of the steps of writing bytes.
impl From<Digest> for (u128, u128) {
    fn from(digest: Digest) -> (u128, u128) {
        let (mut low, mut high) = ([0; 16], [0; 16]);
        low.copy_from_slice(&digest.0[..16]);
        high.copy_from_slice(&digest.0[16..]);
        (u128::from_le_bytes(low), u128::from_le_bytes(high))
    }
}

impl From<(u128, u128)> for Digest {
    fn from((low, high): (u128, u128)) -> Digest {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&low.to_le_bytes());
        bytes[16..].copy_from_slice(&high.to_le_bytes());
        Digest(bytes)
    }
}

impl From<[u8; 32]> for Digest {
    fn from(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Digests a sequence of parts, so that no two different sequences give the same bytes: each part is preceded by its
/// length.
#[derive(Clone, Debug, Default)]
pub struct DigestWriter(Sha256);

impl DigestWriter {
    /// Adds a part.
    pub fn part(&mut self, bytes: impl AsRef<[u8]>) -> &mut DigestWriter {
        let bytes = bytes.as_ref();
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// The digest of all parts so far.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}
