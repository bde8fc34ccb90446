//! Plain values that everything else is made of. No queries, no I/O.

mod digest;
mod finding;
mod module_path;
mod path;
mod path_map;
mod size;
mod text;

pub use compact_str::CompactString as Name;

pub use crate::base::digest::{Content, Digest, DigestWriter};
pub use crate::base::finding::{Edit, Finding, Fix, Label, Place, Severity};
pub use crate::base::module_path::ModulePath;
pub use crate::base::path::{below, is_plain, relative_to, resolve};
pub use crate::base::path_map::PathMap;
pub use crate::base::size::parse_size;
pub use crate::base::text::{LineColumn, LineIndex, TextRange};

/// A value that always exists, with what was wrong on the way to it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Checked<T, D = Finding> {
    /// What could be made of the text, complete or not.
    pub value: T,
    /// The user's mistakes met on the way, in source order.
    pub diagnostics: Vec<D>,
}

/// The one of `candidates` that is spelled most like `name`, if any is close enough to be a likely typing mistake.
///
/// The distance is Levenshtein's with transpositions (optimal string alignment); up to a third of the name's characters
/// may differ, but never all of them.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = name.chars().count();
    let limit = length.div_ceil(3).min(length.saturating_sub(1));
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (edit_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

fn edit_distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut cost = (last[j] + usize::from(l != r)).min(last[j + 1] + 1).min(row[j] + 1);
            if 0 < i && 0 < j && *l == right[j - 1] && left[i - 1] == *r {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_a_typing_mistake_away() {
        let keys = ["name", "version", "description", "main"];
        assert_eq!(nearest("verison", keys), Some("version"));
        assert_eq!(nearest("Name", keys), Some("name"));
        assert_eq!(nearest("colour", keys), None);
    }
}
