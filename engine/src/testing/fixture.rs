//! From one string to files.

use camino::{Utf8Path, Utf8PathBuf};

use crate::testing::annotation::{self, Expected};

/// What a fixture describes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fixture {
    /// Its files, in the order in which they stand.
    pub files: Vec<FixtureFile>,
}

/// A file of a fixture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixtureFile {
    /// Where it is, absolute.
    pub path: Utf8PathBuf,
    /// What it holds, annotations taken out.
    pub text: String,
    /// The diagnostics that its annotations expect.
    pub expected: Vec<Expected>,
}

impl Fixture {
    /// The files of `fixture`.
    ///
    /// # Panics
    ///
    /// If text stands before the first header, a header's path is not absolute, or an annotation is malformed.
    pub fn parse(fixture: &str) -> Fixture {
        let mut files: Vec<(Utf8PathBuf, String)> = Vec::new();
        for line in without_common_indent(fixture).split_inclusive('\n') {
            if let Some(path) = line.strip_prefix("//- ") {
                let path = Utf8PathBuf::from(path.trim());
                assert!(path.is_absolute(), "`//- {path}`: the path must begin with `/`");
                files.push((path, String::new()));
            } else if let Some((_, text)) = files.last_mut() {
                text.push_str(line);
            } else {
                assert!(line.trim().is_empty(), "a fixture begins with `//- /path`, not {line:?}");
            }
        }
        let file = |(path, text): (Utf8PathBuf, String)| {
            let (text, expected) = annotation::extract(&path, &text);
            FixtureFile { path, text, expected }
        };
        Fixture { files: files.into_iter().map(file).collect() }
    }
}

/// The text without its mark `$0`, and the offset at which it stood.
///
/// # Panics
///
/// Unless there is exactly one `$0`.
pub fn cursor(text: &str) -> (String, usize) {
    let (before, after) = text.split_once("$0").expect("the text has a `$0`");
    assert!(!after.contains("$0"), "the text has one `$0` only");
    (format!("{before}{after}"), before.len())
}

/// What a comment begins with in the language of the file at `path`.
pub(super) fn comment_marker(path: &Utf8Path) -> &'static str {
    match path.extension() {
        Some("toml" | "py") => "#",
        Some("oct") => "--",
        _ => "//",
    }
}

fn without_common_indent(text: &str) -> String {
    let indent_of = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let full = text.lines().filter(|line| !line.trim().is_empty());
    let common = full.map(indent_of).min().unwrap_or_default();
    let lines = text.split_inclusive('\n');
    lines.map(|line| line.get(common..).unwrap_or_else(|| line.trim_start_matches(' '))).collect()
}

#[cfg(test)]
mod tests {
    use super::{Fixture, cursor};

    #[test]
    fn files_lose_their_common_indent_and_annotations() {
        let fixture = Fixture::parse(
            "
            //- /a.toml
            key = 1
            #<^ first
              # ^ second
            //- /d/b.oct
              x

            y
            --^> third
            --<0-1 fourth
            ",
        );
        let [a, b] = &fixture.files[..] else { panic!("two files") };
        assert_eq!((a.path.as_str(), a.text.as_str()), ("/a.toml", "key = 1\n"));
        let place =
            |it: &super::Expected| format!("{}:{}-{} {}", it.line, it.start, it.end, it.code);
        let places: Vec<_> = a.expected.iter().map(place).collect();
        assert_eq!(places, ["0:0-3 first", "0:4-5 second"]);
        assert_eq!(b.text, "  x\n\ny\n");
        let places: Vec<_> = b.expected.iter().map(|it| (place(it), it.continues)).collect();
        assert_eq!(places, [("2:0-1 fourth".to_owned(), false), ("2:2-3 third".to_owned(), true)]);
    }

    #[test]
    fn the_cursor_is_taken_out() {
        assert_eq!(cursor("ab$0c"), ("abc".to_owned(), 2));
    }
}
