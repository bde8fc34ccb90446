//! The beginning and the end of what a program writes, however much it is.

/// How much is kept at each end, in bytes.
const KEPT: usize = 256 * 1024;

/// What was written so far. Takes memory for a few times [`KEPT`], no more.
#[derive(Debug, Default)]
pub(super) struct Capture {
    start: Vec<u8>,
    end: Vec<u8>,
    /// How many bytes stood between the two.
    dropped: u64,
}

impl Capture {
    /// Takes what was written next.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let room = (KEPT - self.start.len()).min(bytes.len());
        let (first, rest) = bytes.split_at(room);
        self.start.extend_from_slice(first);
        self.end.extend_from_slice(rest);
        if self.end.len() > 2 * KEPT {
            self.shorten();
        }
    }

    fn shorten(&mut self) {
        let excess = self.end.len().saturating_sub(KEPT);
        self.end.drain(..excess);
        self.dropped += excess as u64;
    }

    /// What was written: all of it, or the lines at its beginning and its end with a line between them that says how many bytes
    /// are missing.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.shorten();
        if self.dropped == 0 {
            self.start.append(&mut self.end);
            return self.start;
        }
        let line_end = self.start.iter().rposition(|byte| *byte == b'\n');
        let start = &self.start[..line_end.map_or(KEPT, |at| at + 1)];
        let line_start = self.end.iter().position(|byte| *byte == b'\n');
        let end = &self.end[line_start.map_or(0, |at| at + 1)..];
        let dropped = self.dropped + (2 * KEPT - start.len() - end.len()) as u64;
        let gap = if line_end.is_none() { "\n" } else { "" };
        let notice = format!("{gap}[{dropped} bytes are left out here]\n");
        [start, notice.as_bytes(), end].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::{Capture, KEPT};

    fn captured(bytes: &[u8], chunk: usize) -> Vec<u8> {
        let mut capture = Capture::default();
        bytes.chunks(chunk).for_each(|chunk| {
            capture.write(chunk);
            assert!(capture.start.len() + capture.end.len() <= 3 * KEPT + chunk.len());
        });
        capture.finish()
    }

    #[test]
    fn what_fits_is_kept_as_it_is() {
        let bytes: Vec<u8> = (0..2 * KEPT).map(|at| (at % 251) as u8).collect();
        for length in [0, 1, KEPT - 1, KEPT, KEPT + 1, 2 * KEPT] {
            assert!(captured(&bytes[..length], 1000) == bytes[..length], "{length}");
        }
    }

    #[test]
    fn of_more_the_ends_are_kept_whatever_the_chunks_were() {
        let text =
            (0..200_000).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
        let kept = captured(text.as_bytes(), 65_536);
        assert!(kept == captured(text.as_bytes(), 777));
        let kept = String::from_utf8(kept).unwrap();
        let lines: Vec<&str> = kept.lines().collect();
        assert_eq!((lines[0], lines[lines.len() - 1]), ("line 0", "line 199999"));
        let gap = lines.iter().position(|line| line.starts_with('[')).unwrap();
        let number = |line: &str| line["line ".len()..].parse::<usize>().unwrap();
        let missing: usize = (number(lines[gap - 1]) + 1..number(lines[gap + 1]))
            .map(|number| format!("line {number}\n").len())
            .sum();
        assert_eq!(lines[gap], format!("[{missing} bytes are left out here]"));
        assert!(kept.len() < 2 * KEPT + 64);
    }

    #[test]
    fn one_endless_line_is_cut_somewhere() {
        let kept = captured(&vec![b'x'; 10 * KEPT], 4096);
        let notice = format!("\n[{} bytes are left out here]\n", 8 * KEPT);
        assert_eq!(kept.len(), 2 * KEPT + notice.len());
        assert_eq!(&kept[KEPT..KEPT + notice.len()], notice.as_bytes());
    }
}
