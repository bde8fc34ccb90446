//! What stands before an encoded value.

use crate::codec::{self, Kind, Miss};

/// The engine that wrote a record: a hash of its sources, so that any change which may change an encoding changes it.
pub(super) const ENGINE: u64 = parse(env!("OAST_ENGINE_ID"));

/// The first bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    kind: Kind,
    engine: u64,
    /// How many bytes follow the header.
    pub(super) length: u64,
    /// Against damage, not against malice: XXH3 of the bytes that follow.
    checksum: u64,
}

impl Header {
    pub(super) const LENGTH: usize = 32;

    /// The header of `body`.
    pub(super) fn of(kind: Kind, body: &[u8]) -> Header {
        let checksum = codec::checksum(body);
        Header { kind, engine: ENGINE, length: body.len() as u64, checksum }
    }

    pub(super) fn to_bytes(self) -> [u8; Header::LENGTH] {
        let mut bytes = [0; Header::LENGTH];
        bytes[..4].copy_from_slice(&self.kind.magic);
        bytes[4..8].copy_from_slice(&self.kind.format.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.engine.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.length.to_le_bytes());
        bytes[24..].copy_from_slice(&self.checksum.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; Header::LENGTH]) -> Header {
        Header {
            kind: Kind { magic: part(bytes, 0), format: u32::from_le_bytes(part(bytes, 4)) },
            engine: u64::from_le_bytes(part(bytes, 8)),
            length: u64::from_le_bytes(part(bytes, 16)),
            checksum: u64::from_le_bytes(part(bytes, 24)),
        }
    }

    /// Whether a record of `kind` by this engine follows.
    pub(super) fn check(&self, kind: Kind) -> Result<(), Miss> {
        if self.kind != kind {
            Err(Miss::Foreign)
        } else if self.engine != ENGINE {
            Err(Miss::OtherEngine)
        } else {
            Ok(())
        }
    }
}

fn part<const N: usize>(bytes: &[u8; Header::LENGTH], start: usize) -> [u8; N] {
    std::array::from_fn(|at| bytes[start + at])
}

/// The number that `text` spells in decimal.
const fn parse(text: &str) -> u64 {
    match u64::from_str_radix(text, 10) {
        Ok(number) => number,
        Err(_) => panic!("the build script writes a number"),
    }
}
