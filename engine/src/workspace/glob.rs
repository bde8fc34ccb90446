//! Directories that match a pattern.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::resolve;
use crate::host::EntryKind;
use crate::source::{Db, directory_at, directory_entries};

/// The directories below `root` that `pattern` matches, sorted. `*` stands for any characters of one name, `?` for one, `**` for any
/// number of directories; none of them for hidden directories or `build`. A directory that is written out need not exist.
pub(super) fn directories(db: &dyn Db, root: &Utf8Path, pattern: &str) -> Vec<Utf8PathBuf> {
    let mut matched = vec![root.to_owned()];
    for component in Utf8Path::new(pattern).components() {
        let wanted = component.as_str();
        matched = match component {
            Utf8Component::Normal("**") => {
                matched.iter().flat_map(|it| all_below(db, it)).collect()
            }
            Utf8Component::Normal(_) if wanted.contains(['*', '?']) => {
                let children = matched.iter().flat_map(|it| children(db, it));
                children.filter(|it| matches(it.file_name().unwrap_or_default(), wanted)).collect()
            }
            _ => matched.iter().map(|it| resolve(it, wanted)).collect(),
        };
    }
    matched.sort();
    matched.dedup();
    matched
}

fn children(db: &dyn Db, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let entries = directory_entries(db, directory_at(db, directory)).as_deref().unwrap_or_default();
    let visible = entries.iter().filter(|it| {
        it.kind == EntryKind::Directory && !it.name.starts_with('.') && it.name != "build"
    });
    visible.map(|it| directory.join(&it.name)).collect()
}

/// `directory` and all directories below it.
fn all_below(db: &dyn Db, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut found = vec![directory.to_owned()];
    let mut next = 0;
    while next < found.len() {
        let below = children(db, &found[next]);
        found.extend(below);
        next += 1;
    }
    found
}

/// Whether `name` matches `pattern`, in which `*` stands for any characters and `?` for one.
fn matches(name: &str, pattern: &str) -> bool {
    let (name, pattern): (Vec<char>, Vec<char>) =
        (name.chars().collect(), pattern.chars().collect());
    let (mut at, mut wanted) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < name.len() {
        match pattern.get(wanted) {
            Some('*') => {
                star = Some((at, wanted));
                wanted += 1;
            }
            Some(c) if *c == '?' || *c == name[at] => (at, wanted) = (at + 1, wanted + 1),
            _ => {
                let Some((from, position)) = star else { return false };
                star = Some((from + 1, position));
                (at, wanted) = (from + 1, position + 1);
            }
        }
    }
    pattern[wanted..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_characters() {
        for (name, pattern) in [("abc", "*"), ("abc", "a*c"), ("aXbXc", "a*b*c"), ("abc", "a?c")] {
            assert!(matches(name, pattern), "{name} {pattern}");
        }
        for (name, pattern) in [("abc", "a*d"), ("ab", "a?c"), ("abc", "ab"), ("", "?")] {
            assert!(!matches(name, pattern), "{name} {pattern}");
        }
    }
}
