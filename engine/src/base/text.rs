//! Places in a text.

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets into one text.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct TextRange {
    /// The first byte.
    pub start: u32,
    /// One past the last byte; never less than `start`.
    pub end: u32,
}

impl TextRange {
    /// The range from `start` up to `end`.
    pub fn new(start: usize, end: usize) -> TextRange {
        debug_assert!(start <= end, "a range from {start} to {end}");
        TextRange { start: start as u32, end: end as u32 }
    }

    /// The smallest range that holds both.
    #[must_use]
    pub fn cover(self, other: TextRange) -> TextRange {
        TextRange { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Whether there is no byte in it.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The range as an index into its text.
    pub fn span(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<std::ops::Range<usize>> for TextRange {
    fn from(range: std::ops::Range<usize>) -> TextRange {
        TextRange::new(range.start, range.end)
    }
}

/// A place as people count it: both numbers start at 1, columns count characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 1.
    pub column: u32,
}

/// Where the lines of a text begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// The index of `text`.
    pub fn new(text: &str) -> LineIndex {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        LineIndex { starts: std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect() }
    }

    /// The line, from 1, of the byte at `offset`.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// The line and column of the byte at `offset` of `text`, the text that the index was made of.
    pub fn line_column(&self, text: &str, offset: u32) -> LineColumn {
        let line = self.line(offset);
        let start = self.starts[line as usize - 1] as usize;
        let before = text.get(start..offset as usize).unwrap_or_default();
        LineColumn { line, column: before.chars().count() as u32 + 1 }
    }

    /// The byte of `text` at a place as people count it, which may be wrong: past the end of a line is its end, past the last line
    /// is the end of the text, and 0 is 1.
    pub fn offset(&self, text: &str, place: LineColumn) -> u32 {
        let line = self.line_range(text, place.line);
        let characters = text[line.span()].char_indices();
        let at = characters.map(|(at, _)| at).nth(place.column.saturating_sub(1) as usize);
        at.map_or(line.end, |at| line.start + at as u32)
    }

    /// The line of `text` with this number, without what ends it; empty at the end of the text if there is no such line.
    pub fn line_range(&self, text: &str, line: u32) -> TextRange {
        let at = line.saturating_sub(1) as usize;
        let start = self.starts.get(at).map_or(text.len(), |start| *start as usize);
        let end = self.starts.get(at + 1).map_or(text.len(), |start| *start as usize);
        let ended = &text[start..end];
        let content = ended.strip_suffix('\n').unwrap_or(ended);
        let content = content.strip_suffix('\r').unwrap_or(content);
        TextRange::new(start, start + content.len())
    }
}

#[cfg(test)]
mod tests {
    use super::{LineColumn, LineIndex};

    #[test]
    fn places_lead_back_to_bytes_however_wrong_they_are() {
        let text = "ab\r\näöü x\n\nend";
        let index = LineIndex::new(text);
        let offset = |line, column| index.offset(text, LineColumn { line, column });
        for (at, _) in text.char_indices().filter(|(_, c)| !"\r\n".contains(*c)) {
            let place = index.line_column(text, at as u32);
            assert_eq!(index.offset(text, place), at as u32, "{place:?}");
        }
        assert_eq!((offset(1, 9), offset(2, 99), offset(3, 2)), (2, 12, 13));
        assert_eq!(
            (offset(0, 0), offset(1, 0), offset(5, 1), offset(u32::MAX, u32::MAX)),
            (0, 0, 17, 17)
        );
        assert_eq!(LineIndex::new("").offset("", LineColumn { line: 3, column: 3 }), 0);
    }
}
