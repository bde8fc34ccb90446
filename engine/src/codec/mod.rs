//! bincode behind one door: what is read back is either exactly what was written, or nothing.
//!
//! A **record** is an encoded value behind a header of 32 bytes that says what it is, which engine wrote it, how long it is
//! and what its checksum is. All of that is verified before the value is decoded. Records may stand one after the other.

mod bytes;
mod header;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use crate::codec::bytes::{Bytes, Slice};

use crate::codec::header::Header;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Four bytes that no other kind begins with.
    pub magic: [u8; 4],
    /// Counted up when the meaning of the bytes changes and the engine's sources do not show it.
    pub format: u32,
}

/// Why a record could not be read. Whatever it is, the value has to be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Miss {
    /// It is of another kind or format.
    #[error("this is not the expected kind of record")]
    Foreign,
    /// Another build of the engine wrote it.
    #[error("another version of the engine wrote this record")]
    OtherEngine,
    /// It is cut off, or something follows it, or bytes changed.
    #[error("the record is damaged")]
    Damaged,
}

/// How much memory a decoded value may ask for, in bytes: a bound on the damage that a checksum's collision can do.
const LIMIT: usize = 1 << 28;

/// What tells this build of the engine from others: of a different one, no record is read.
pub fn engine() -> u64 {
    header::ENGINE
}

/// The encoding: little endian, integers in as few bytes as they need.
fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_limit::<LIMIT>()
}

/// The record of `value`. The same value gives the same bytes in every process of the same build of the engine.
///
/// # Panics
/// Where the type does something that bincode cannot encode (`#[serde(flatten)]`, for example): our own bug.
pub fn encode<T: Serialize + ?Sized>(kind: Kind, value: &T) -> Vec<u8> {
    encode_large(kind, value, 1024)
}

/// As [`encode`], for a value that takes about so many bytes.
pub fn encode_large<T: Serialize + ?Sized>(kind: Kind, value: &T, bytes: usize) -> Vec<u8> {
    let mut record = Vec::with_capacity(bytes);
    append(&mut record, kind, value);
    record
}

/// A fingerprint of `value`: equal for equal values in every process of the same build of the engine, and as good as never equal for
/// others. Not for content that somebody may want to forge.
pub fn fingerprint<T: Serialize + ?Sized>(value: &T) -> u128 {
    twox_hash::XxHash3_128::oneshot(&encode_part(value).0)
}

/// A checksum of bytes that stand by themselves: against damage, not against malice.
pub fn checksum(bytes: &[u8]) -> u64 {
    twox_hash::XxHash3_64::oneshot(bytes)
}

/// `value` as a part of another record, without a header of its own.
pub fn encode_part<T: Serialize + ?Sized>(value: &T) -> Bytes {
    let bytes = bincode::serde::encode_to_vec(value, config());
    Bytes(bytes.expect("a vector takes all bytes, and the types written here are plain"))
}

/// The value of a part of a record that was verified as a whole.
pub fn decode_part<T: DeserializeOwned>(part: &[u8]) -> Result<T, Miss> {
    decode_all(part)
}

fn decode_all<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Miss> {
    match bincode::serde::borrow_decode_from_slice(bytes, config()) {
        Ok((value, consumed)) if consumed == bytes.len() => Ok(value),
        _ => Err(Miss::Damaged),
    }
}

/// Adds the record of `value` to the end of `records`; see [`encode`].
pub fn append<T: Serialize + ?Sized>(records: &mut Vec<u8>, kind: Kind, value: &T) {
    let start = records.len();
    records.extend_from_slice(&[0; Header::LENGTH]);
    bincode::serde::encode_into_writer(value, VecWriter(records), config())
        .expect("a vector takes all bytes, and the types written here are plain");
    let (header, body) = records[start..].split_at_mut(Header::LENGTH);
    header.copy_from_slice(&Header::of(kind, body).to_bytes());
}

/// The value of a record; nothing may follow it.
pub fn decode<T: DeserializeOwned>(kind: Kind, record: &[u8]) -> Result<T, Miss> {
    match decode_first(kind, record)? {
        (value, []) => Ok(value),
        _ => Err(Miss::Damaged),
    }
}

/// As [`decode`], for a value that may refer to parts of the record.
pub fn decode_borrowed<'a, T: Deserialize<'a>>(kind: Kind, record: &'a [u8]) -> Result<T, Miss> {
    match verified(kind, record)? {
        (body, []) => decode_all(body),
        _ => Err(Miss::Damaged),
    }
}

/// The value of the first record, and the records after it.
pub fn decode_first<T: DeserializeOwned>(kind: Kind, records: &[u8]) -> Result<(T, &[u8]), Miss> {
    let (body, rest) = verified(kind, records)?;
    Ok((decode_all(body)?, rest))
}

/// The first record as it is, header included, verified but not decoded; and the records after it.
pub fn split_first(kind: Kind, records: &[u8]) -> Result<(&[u8], &[u8]), Miss> {
    let (body, _) = verified(kind, records)?;
    Ok(records.split_at(Header::LENGTH + body.len()))
}

/// The encoded value of the first record, and the records after it.
fn verified(kind: Kind, records: &[u8]) -> Result<(&[u8], &[u8]), Miss> {
    let (bytes, rest) = records.split_first_chunk().ok_or(Miss::Damaged)?;
    let header = Header::from_bytes(bytes);
    header.check(kind)?;
    let length = usize::try_from(header.length).map_err(|_| Miss::Damaged)?;
    let (body, rest) = rest.split_at_checked(length).ok_or(Miss::Damaged)?;
    if header == Header::of(kind, body) { Ok((body, rest)) } else { Err(Miss::Damaged) }
}

struct VecWriter<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for VecWriter<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Miss, append, decode, decode_first, encode, split_first};

    const KIND: Kind = Kind { magic: *b"TEST", format: 1 };

    type Value = (String, Vec<u64>, Option<Box<(bool, i64)>>, Vec<Vec<String>>);

    fn value() -> Value {
        let words = vec![vec!["one".to_owned(), String::new()], vec![], vec!["zwölf".to_owned()]];
        ("name".to_owned(), vec![0, 250, 251, 70_000, u64::MAX], Some(Box::new((true, -3))), words)
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        assert_eq!(decode::<Value>(KIND, &encode(KIND, &value())), Ok(value()));
    }

    #[test]
    fn every_truncation_is_a_miss() {
        let record = encode(KIND, &value());
        for length in 0..record.len() {
            assert_eq!(decode::<Value>(KIND, &record[..length]), Err(Miss::Damaged), "{length}");
        }
    }

    #[test]
    fn every_change_of_a_byte_is_a_miss() {
        let mut record = encode(KIND, &value());
        for at in 0..record.len() {
            for change in 1..=255 {
                record[at] ^= change;
                assert!(decode::<Value>(KIND, &record).is_err(), "byte {at} ^ {change}");
                record[at] ^= change;
            }
        }
    }

    #[test]
    fn bytes_after_the_record_are_a_miss() {
        let mut record = encode(KIND, &value());
        record.push(0);
        assert_eq!(decode::<Value>(KIND, &record), Err(Miss::Damaged));
    }

    #[test]
    fn a_record_of_another_kind_or_type_is_a_miss() {
        let record = encode(KIND, &value());
        let other = Kind { magic: *b"REST", ..KIND };
        assert_eq!(decode::<Value>(other, &record), Err(Miss::Foreign));
        let newer = Kind { format: 2, ..KIND };
        assert_eq!(decode::<Value>(newer, &record), Err(Miss::Foreign));
        assert_eq!(decode::<(u8, u8)>(KIND, &record), Err(Miss::Damaged), "not all consumed");
        assert_eq!(decode::<[u64; 9]>(KIND, &encode(KIND, &[1_u64])), Err(Miss::Damaged));
    }

    #[test]
    fn a_length_beyond_the_limit_is_a_miss() {
        let record = encode(KIND, &(u64::MAX, 1_u8));
        assert_eq!(decode::<Vec<u64>>(KIND, &record), Err(Miss::Damaged));
    }

    #[test]
    fn records_stand_one_after_the_other() {
        let mut records = encode(KIND, "first");
        append(&mut records, KIND, &2_u32);
        let (first, rest) = decode_first::<String>(KIND, &records).unwrap();
        assert_eq!((first.as_str(), decode::<u32>(KIND, rest)), ("first", Ok(2)));
        assert_eq!(split_first(KIND, &records).unwrap().0, encode(KIND, "first"));
    }
}
