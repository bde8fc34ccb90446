//! Bytes inside of a record, written and read as a whole and not one by one.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes that mean something to somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Bytes(pub Vec<u8>);

/// Some of the bytes of a record that was read. They share its memory, which lives as long as one of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Slice {
    record: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl Slice {
    /// All of `bytes`.
    pub fn of(bytes: Bytes) -> Slice {
        Slice { range: 0..bytes.0.len(), record: Arc::new(bytes.0) }
    }

    /// The `part` of `record`, where it is one.
    pub fn within(record: &Arc<Vec<u8>>, part: &[u8]) -> Option<Slice> {
        let start = part.as_ptr().addr().checked_sub(record.as_ptr().addr())?;
        let range = start..start.checked_add(part.len())?;
        record.get(range.clone())?;
        Some(Slice { record: record.clone(), range })
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.record.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.range.len())
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl Serialize for Slice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.bytes())
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        deserializer.deserialize_byte_buf(AsBytes)
    }
}

struct AsBytes;

impl Visitor<'_> for AsBytes {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_owned()))
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }
}
