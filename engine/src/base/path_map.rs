//! Values by path, of which those below a directory are found.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::path::{MAIN_SEPARATOR_STR, is_separator};

use camino::{Utf8Path, Utf8PathBuf};

/// Values by absolute paths without `.`, `..` and empty names, in the order of their texts.
///
/// As keys, the texts of paths are compared and not their components one by one: that took a twentieth of a build after an edit.
#[derive(Clone, Debug)]
pub struct PathMap<T>(BTreeMap<String, T>);

impl<T> PathMap<T> {
    /// The value at `path`.
    pub fn get(&self, path: &Utf8Path) -> Option<&T> {
        self.0.get(key(path))
    }

    /// Puts a value at `path`; yields the one that was there.
    pub fn insert(&mut self, path: &Utf8Path, value: T) -> Option<T> {
        self.0.insert(key(path).to_owned(), value)
    }

    /// Takes away the value at `path`.
    pub fn remove(&mut self, path: &Utf8Path) -> Option<T> {
        self.0.remove(key(path))
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All values, with their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&Utf8Path, &T)> {
        self.0.iter().map(|(path, value)| (path.as_str().into(), value))
    }

    /// The values at `path` and at what it is in.
    pub fn at_or_above<'a>(&'a self, path: &'a Utf8Path) -> impl Iterator<Item = &'a T> {
        path.ancestors().filter_map(|it| self.get(it))
    }

    /// The values at `path` and below it, with their paths.
    pub fn at_or_below(&self, path: &Utf8Path) -> impl Iterator<Item = (&Utf8Path, &T)> {
        let at = self.0.get_key_value(key(path));
        let end = if is_root(path) { "" } else { MAIN_SEPARATOR_STR };
        let first = [key(path), end].concat();
        let from = self.0.range::<str, _>((Bound::Excluded(&*first), Bound::Unbounded));
        let below = from.take_while(move |(it, _)| it.starts_with(&first));
        at.into_iter().chain(below).map(|(path, value)| (path.as_str().into(), value))
    }
}

impl<T: Default> PathMap<T> {
    /// The value at `path`, the default if there was none.
    pub fn or_default(&mut self, path: &Utf8Path) -> &mut T {
        self.0.entry(key(path).to_owned()).or_default()
    }
}

impl<T> Default for PathMap<T> {
    fn default() -> PathMap<T> {
        PathMap(BTreeMap::new())
    }
}

impl<T> FromIterator<(Utf8PathBuf, T)> for PathMap<T> {
    fn from_iter<I: IntoIterator<Item = (Utf8PathBuf, T)>>(values: I) -> PathMap<T> {
        let mut map = PathMap::default();
        values.into_iter().for_each(|(path, value)| _ = map.insert(&path, value));
        map
    }
}

/// Who tells of a directory may have written a separator behind it.
fn key(path: &Utf8Path) -> &str {
    let path = path.as_str();
    if is_root(path.into()) { path } else { path.trim_end_matches(is_separator) }
}

fn is_root(path: &Utf8Path) -> bool {
    path.as_str().len() == 1
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::PathMap;

    fn map(paths: &[&'static str]) -> PathMap<&'static str> {
        paths.iter().map(|path| (Utf8PathBuf::from(path), *path)).collect()
    }

    fn below(map: &PathMap<&'static str>, path: &str) -> Vec<&'static str> {
        map.at_or_below(path.as_ref()).map(|(_, value)| *value).collect()
    }

    #[test]
    fn what_is_below_a_directory_is_found_among_names_that_begin_like_it() {
        let map = map(&["/", "/a", "/a b", "/a-b/c", "/a/b", "/a/b/c", "/a.b", "/ab", "/b"]);
        assert_eq!(below(&map, "/a"), ["/a", "/a/b", "/a/b/c"]);
        assert_eq!(below(&map, "/a/"), ["/a", "/a/b", "/a/b/c"]);
        assert_eq!(below(&map, "/a/b/c"), ["/a/b/c"]);
        assert!(below(&map, "/c").is_empty());
        assert_eq!(below(&map, "/").len(), 9);
    }

    #[test]
    fn what_a_path_is_in_is_found() {
        let map = map(&["/", "/a", "/a/b", "/a/c"]);
        let above: Vec<&str> = map.at_or_above(Utf8Path::new("/a/b/d")).copied().collect();
        assert_eq!(above, ["/a/b", "/a", "/"]);
    }

    #[test]
    fn a_value_is_found_where_it_was_put() {
        let mut map = map(&["/a"]);
        assert_eq!(map.get("/a/".as_ref()), Some(&"/a"));
        *map.or_default("/b".as_ref()) = "b";
        assert_eq!(map.insert("/a".as_ref(), "a"), Some("/a"));
        let all: Vec<(&str, &str)> = map.iter().map(|(path, it)| (path.as_str(), *it)).collect();
        assert_eq!(all, [("/a", "a"), ("/b", "b")]);
        assert_eq!(map.remove("/a".as_ref()), Some("a"));
        assert!(map.get("/a".as_ref()).is_none() && !map.is_empty());
    }
}
