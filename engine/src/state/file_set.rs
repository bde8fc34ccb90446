//! Many files at once: whether any of them can have changed.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use crate::base::{Digest, relative_to, resolve};
use crate::host::{FileStamp, Host};

/// How a file or directory looked at some moment, before it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Its stamp; `None` where nothing was there.
    pub stamp: Option<FileStamp>,
    /// The moment, in nanoseconds since 1970.
    pub moment: u64,
}

impl Observation {
    /// How `path` looks now.
    pub fn now(host: &dyn Host, path: &Utf8Path) -> Observation {
        let moment = FileStamp::moment(host.now());
        let stamp = host.stat(path).ok().map(|stat| FileStamp::of(&stat));
        Observation { stamp, moment }
    }

    /// Whether a change after the moment would show in the stamp.
    pub fn is_settled(&self) -> bool {
        self.stamp.is_none_or(|stamp| stamp.is_settled(self.moment))
    }
}

/// Some files and directories, and one fingerprint for the stamps of all.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileSet {
    /// The paths, relative to the workspace, folder by folder: a folder and the names in it, all ended by `\0`, and one more `\0`
    /// after the last name. As one text they are read at once and take little room.
    paths: String,
    len: u32,
    fingerprint: u128,
    /// Files of which a stamp could hide a change, by place, and what is in them; `None` where nobody knows.
    unsettled: Vec<(u32, Option<Digest>)>,
}

/// How files looked a moment ago, by their paths as sets have them: what is in several sets need not be looked at for each.
pub type Seen = FxHashMap<String, Observation>;

/// How the files of a set look beside what they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// They certainly are what they were.
    Same,
    /// They are what they were, which had to be read; the set as it looks now.
    Renewed(FileSet),
    /// They may have changed.
    Changed,
}

impl FileSet {
    /// The set of these files (absolute paths) as they were observed.
    pub fn new<'a>(
        root: &Utf8Path,
        observed: impl IntoIterator<Item = (&'a Utf8Path, Observation)>,
    ) -> FileSet {
        FileSet::with_contents(root, observed, |_| None)
    }

    /// The set of these files as they were observed a moment ago. Those whose stamps could hide a change are read.
    pub fn just_observed<'a>(
        host: &dyn Host,
        root: &Utf8Path,
        observed: impl IntoIterator<Item = (&'a Utf8Path, Observation)>,
    ) -> FileSet {
        FileSet::with_contents(root, observed, |path| Some(Digest::of(host.read(path).ok()?)))
    }

    /// The set of files as they were observed, of which `content` tells what is in them.
    fn with_contents<'a>(
        root: &Utf8Path,
        observed: impl IntoIterator<Item = (&'a Utf8Path, Observation)>,
        content: impl Fn(&Utf8Path) -> Option<Digest>,
    ) -> FileSet {
        let observed = observed.into_iter().map(|(path, observation)| {
            let (folder, name) = split(relative_to(path, root).as_str());
            (folder, name, path, observation)
        });
        let mut observed: Vec<_> = observed.collect();
        observed.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
        let mut set = FileSet::default();
        let mut hasher = XxHash3_128::new();
        let mut last = None;
        for (folder, name, path, observation) in &observed {
            if last != Some(folder) {
                set.paths.extend([if last.is_some() { "\0" } else { "" }, folder, "\0"]);
                last = Some(folder);
            }
            set.paths.extend([name, "\0"]);
            if !observation.is_settled() {
                set.unsettled.push((set.len, content(path)));
            }
            set.len += 1;
            write(&mut hasher, observation.stamp);
        }
        set.fingerprint = hasher.finish_128();
        set
    }

    /// Looks at all files; those whose stamps could hide a change are read.
    pub fn look(&self, host: &dyn Host, root: &Utf8Path) -> Look {
        self.look_at_each(host, root, &Seen::default()).0
    }

    /// As [`FileSet::look`], but what was `seen` is not looked at; beside it how each file looked, in the order of [`FileSet::paths`].
    pub fn look_at_each(
        &self,
        host: &dyn Host,
        root: &Utf8Path,
        seen: &Seen,
    ) -> (Look, Vec<Observation>) {
        let looks = self.observations(host, root, seen);
        (self.compare(host, root, &looks), looks)
    }

    /// Adds to what was `seen` how each file looked.
    pub fn note(&self, looks: &[Observation], seen: &mut Seen) {
        let mut looks = looks.iter();
        self.each_path(|path| {
            if let Some(look) = looks.next() {
                seen.insert(path.to_owned(), *look);
            }
        });
    }

    fn compare(&self, host: &dyn Host, root: &Utf8Path, looks: &[Observation]) -> Look {
        let mut hasher = XxHash3_128::new();
        looks.iter().for_each(|look| write(&mut hasher, look.stamp));
        if hasher.finish_128() != self.fingerprint {
            return Look::Changed;
        }
        if self.unsettled.is_empty() {
            return Look::Same;
        }
        let paths = self.paths(root);
        let is_same = |(place, content): &(u32, Option<Digest>)| {
            let there = paths.get(*place as usize).and_then(|path| host.read(path).ok());
            content.is_some() && there.map(Digest::of) == *content
        };
        if !self.unsettled.iter().all(is_same) {
            return Look::Changed;
        }
        let is_unsettled = |place: u32| looks.get(place as usize).is_none_or(|it| !it.is_settled());
        let unsettled = self.unsettled.iter().filter(|(place, _)| is_unsettled(*place));
        Look::Renewed(FileSet { unsettled: unsettled.copied().collect(), ..self.clone() })
    }

    /// How the files look now, but for those that were `seen`.
    fn observations(&self, host: &dyn Host, root: &Utf8Path, seen: &Seen) -> Vec<Observation> {
        let moment = FileStamp::moment(host.now());
        let mut looks = Vec::with_capacity(self.len());
        let mut stat = host.stats_below(root);
        let mut look = |path: &str| {
            // Where it leads is a matter of its text, not of links on the way.
            let found = if path.starts_with("..") || path.starts_with('/') {
                host.stat(&resolve(root, path))
            } else {
                stat(path)
            };
            Observation { stamp: found.ok().map(|stat| FileStamp::of(&stat)), moment }
        };
        self.each_path(|path| {
            looks.push(seen.get(path).copied().unwrap_or_else(|| look(path)));
        });
        looks
    }

    /// The files, absolute, folder by folder.
    pub fn paths(&self, root: &Utf8Path) -> Vec<Utf8PathBuf> {
        let mut paths = Vec::with_capacity(self.len());
        self.each_path(|path| paths.push(resolve(root, path)));
        paths
    }

    fn each_path(&self, mut each: impl FnMut(&str)) {
        let mut path = String::new();
        for group in self.paths.split("\0\0") {
            let (folder, names) = group.split_once('\0').unwrap_or_default();
            path.clear();
            path.push_str(folder);
            if !folder.is_empty() {
                path.push('/');
            }
            let start = path.len();
            for name in names.split('\0').filter(|name| !name.is_empty()) {
                path.truncate(start);
                path.push_str(name);
                each(&path);
            }
        }
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// A path as a folder and a name in it.
fn split(path: &str) -> (String, String) {
    let (folder, name) = match path.rsplit_once('/') {
        _ if path.is_empty() || path == ".." || path.ends_with("/..") => (path, "."),
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("", path),
    };
    (folder.to_owned(), name.to_owned())
}

fn write(hasher: &mut XxHash3_128, stamp: Option<FileStamp>) {
    hasher.write(&stamp.map_or([0; 32], |stamp| stamp.to_bytes()));
}

#[cfg(test)]
mod tests {
    use camino::{Utf8Path, Utf8PathBuf};

    use super::{FileSet, Observation};

    #[test]
    fn a_set_knows_its_paths_wherever_they_are() {
        let root = Utf8Path::new("/a/w");
        let paths =
            ["/a", "/a/w", "/a/w/f", "/a/w/x/f", "/a/w/x/g", "/a/w/x/y/f", "/a/v/f", "/o/f"];
        let nothing = Observation { stamp: None, moment: 0 };
        let set = FileSet::new(root, paths.iter().map(|path| (Utf8Path::new(path), nothing)));
        let mut found = set.paths(root);
        found.sort();
        let mut expected: Vec<Utf8PathBuf> = paths.iter().map(Utf8PathBuf::from).collect();
        expected.sort();
        assert_eq!(found, expected);
        assert_eq!(set.len(), paths.len());
    }
}
