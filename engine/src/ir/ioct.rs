//! The `.ioct` file: one module in the common representation.
//!
//! Four records (see [`crate::codec`]), one after the other: where the module comes from, what it shows to others, what it
//! means, and where its parts stand in the source. Each has a checksum of its own, so that what moves in the source changes
//! the last record's bytes and no others'.

use serde::{Deserialize, Serialize};

use crate::base::Name;
use crate::codec::{self, Kind, Miss};
use crate::ir::{Interface, Module, Positions};

const ORIGIN: Kind = Kind { magic: *b"IOCT", format: 1 };
const INTERFACE: Kind = Kind { magic: *b"IOCi", format: 1 };
const MEANING: Kind = Kind { magic: *b"IOCm", format: 1 };
const POSITIONS: Kind = Kind { magic: *b"IOCp", format: 1 };

/// What a module was made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The source file, relative to the workspace, components joined by `/`.
    pub source: Name,
    /// The dialect that it is written in.
    pub dialect: Name,
}

/// What an `.ioct` file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ioct {
    /// What the module was made of.
    pub origin: Origin,
    /// What it shows to others.
    pub interface: Interface,
    /// What it means.
    pub meaning: Module,
    /// Where its parts stand in the source; one for each item and expression of `meaning`.
    pub positions: Positions,
}

/// The bytes of an `.ioct` file.
pub fn write(
    origin: &Origin,
    interface: &Interface,
    meaning: &Module,
    positions: &Positions,
) -> Vec<u8> {
    let mut file = codec::encode(ORIGIN, origin);
    codec::append(&mut file, INTERFACE, interface);
    codec::append(&mut file, MEANING, meaning);
    codec::append(&mut file, POSITIONS, positions);
    file
}

/// The bytes of an `.ioct` file, from records that were encoded already: the same as [`write()`] makes of the values.
pub fn join(origin: &Origin, interface: &[u8], meaning: &[u8], positions: &[u8]) -> Vec<u8> {
    [&codec::encode(ORIGIN, origin), interface, meaning, positions].concat()
}

/// What an `.ioct` file holds.
pub fn read(file: &[u8]) -> Result<Ioct, Miss> {
    let (origin, rest) = codec::decode_first(ORIGIN, file)?;
    let (interface, rest) = codec::decode_first(INTERFACE, rest)?;
    let (meaning, rest) = codec::decode_first(MEANING, rest)?;
    let positions = codec::decode(POSITIONS, rest)?;
    let ioct = Ioct { origin, interface, meaning, positions };
    if ioct.belongs_together() { Ok(ioct) } else { Err(Miss::Damaged) }
}

/// The records of the meaning and of the positions in the bytes of an `.ioct` file.
pub fn records(file: &[u8]) -> Result<[&[u8]; 2], Miss> {
    let (_, rest) = codec::split_first(ORIGIN, file)?;
    let (_, rest) = codec::split_first(INTERFACE, rest)?;
    let (meaning, rest) = codec::split_first(MEANING, rest)?;
    let (positions, _) = codec::split_first(POSITIONS, rest)?;
    Ok([meaning, positions])
}

impl Ioct {
    /// Whether everything has a position: the records of two versions of a module may be well-formed each, but not together.
    fn belongs_together(&self) -> bool {
        let items = &self.meaning.items;
        self.interface.module == self.meaning.path
            && items.len() == self.positions.items.len()
            && items
                .iter()
                .zip(&self.positions.items)
                .all(|(item, at)| item.body.exprs.len() == at.exprs.len())
    }
}

/// The record of an interface: equal bytes exactly for equal interfaces.
pub fn encode_interface(interface: &Interface) -> Vec<u8> {
    codec::encode(INTERFACE, interface)
}

/// The interface of a record.
pub fn decode_interface(record: &[u8]) -> Result<Interface, Miss> {
    codec::decode(INTERFACE, record)
}

/// The record of a module's meaning: equal bytes exactly for equal modules.
pub fn encode_meaning(meaning: &Module) -> Vec<u8> {
    codec::encode(MEANING, meaning)
}

/// The meaning of a record.
pub fn decode_meaning(record: &[u8]) -> Result<Module, Miss> {
    codec::decode(MEANING, record)
}

/// The record of a module's positions: equal bytes exactly for equal positions.
pub fn encode_positions(positions: &Positions) -> Vec<u8> {
    codec::encode(POSITIONS, positions)
}

/// The positions of a record.
pub fn decode_positions(record: &[u8]) -> Result<Positions, Miss> {
    codec::decode(POSITIONS, record)
}
