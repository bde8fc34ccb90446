//! Paths compared and joined by their text alone, without asking the file system.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use memchr::memchr_iter;

/// The place that `relative` means, seen from the absolute `directory`, with `.` and `..` resolved. Links are not followed,
/// so that the answer depends on the two texts only.
pub fn resolve(directory: &Utf8Path, relative: impl AsRef<Utf8Path>) -> Utf8PathBuf {
    let relative = relative.as_ref();
    let (mut above, mut below) = (directory.as_str(), relative.as_str());
    if above.strip_prefix('/').is_some_and(is_plain) {
        while let (Some(rest), Some((parent, _))) =
            (below.strip_prefix("../"), above.rsplit_once('/'))
        {
            (above, below) = (parent, rest);
        }
        if is_plain(below) {
            return [above, "/", below].concat().into();
        }
    }
    let mut resolved = Utf8PathBuf::new();
    for component in directory.join(relative).components() {
        match component {
            Utf8Component::CurDir => (),
            Utf8Component::ParentDir => _ = resolved.pop(),
            other => resolved.push(other),
        }
    }
    resolved
}

/// The way from the directory `base` down to a path below it, if that shows in their texts: nearly always.
pub fn below<'a>(path: &'a Utf8Path, base: &Utf8Path) -> Option<&'a str> {
    let base = base.as_str().strip_suffix('/').unwrap_or(base.as_str());
    let below = path.as_str().strip_prefix(base)?.strip_prefix('/')?;
    is_plain(below).then_some(below)
}

/// Whether a path consists of names alone, so that its text is all there is to it.
pub fn is_plain(path: &str) -> bool {
    // Builds ask of every file, several times: so no more is looked at than what comes after each `/`.
    let path = path.as_bytes();
    is_name_first(path) && memchr_iter(b'/', path).all(|slash| is_name_first(&path[slash + 1..]))
}

/// Whether what comes first is a name.
fn is_name_first(path: &[u8]) -> bool {
    !matches!(path, [] | [b'/', ..] | [b'.'] | [b'.', b'/', ..] | b".." | [b'.', b'.', b'/', ..])
}

/// The path as seen from the directory `base`: relative where both share more than the root, else as it is.
pub fn relative_to(path: &Utf8Path, base: &Utf8Path) -> Utf8PathBuf {
    if let Some(below) = below(path, base) {
        return below.into();
    }
    let shared = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    if shared < 2 && shared < base.components().count() {
        return path.to_owned();
    }
    let up = base.components().skip(shared).map(|_| Utf8Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::{below, is_plain, relative_to, resolve};

    #[test]
    fn a_plain_path_has_names_only() {
        for path in ["a", "a/b", ".a", "..a/...", "a./b..", "ä/…"] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }

    #[test]
    fn what_is_below_shows_in_the_texts() {
        assert_eq!(below("/a/b/c".as_ref(), "/a".as_ref()), Some("b/c"));
        assert_eq!(below("/a/b".as_ref(), "/".as_ref()), Some("a/b"));
        for (path, base) in [("/a", "/a"), ("/", "/"), ("/ab/c", "/a"), ("/a/../b", "/a")] {
            assert_eq!(below(path.as_ref(), base.as_ref()), None, "{path}");
        }
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(resolve("/a/b".as_ref(), "../c/./d"), "/a/c/d");
        assert_eq!(resolve("/a/b".as_ref(), "../../c/d"), "/c/d");
        assert_eq!(resolve("/a".as_ref(), "../../c"), "/c");
        assert_eq!(resolve("/a/b".as_ref(), "../c/../d"), "/a/d");
        assert_eq!(resolve("/a/b".as_ref(), "..c"), "/a/b/..c");
        assert_eq!(resolve("/a".as_ref(), "../../.."), "/");
        assert_eq!(resolve("/a".as_ref(), "/b"), "/b");
    }

    #[test]
    fn a_path_is_shown_from_where_one_stands() {
        assert_eq!(relative_to("/w/a/f".as_ref(), "/w/a".as_ref()), "f");
        assert_eq!(relative_to("/w/b/f".as_ref(), "/w/a".as_ref()), "../b/f");
        assert_eq!(relative_to("/other/f".as_ref(), "/w/a".as_ref()), "/other/f");
        assert_eq!(relative_to("/f".as_ref(), "/".as_ref()), "f");
    }
}
