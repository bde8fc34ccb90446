//! Many files at once: whether any of them can have changed.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::{memchr_iter, memmem};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use crate::base::{Digest, below, relative_to, resolve};
use crate::host::{FileStamp, Host, StatsBelow};

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

    /// The set of these files (paths relative to the workspace) as they were observed.
    pub(super) fn of_relative<'a>(
        observed: impl IntoIterator<Item = (&'a str, Observation)>,
    ) -> FileSet {
        let placed = observed.into_iter().map(|(path, observation)| {
            let (folder, name) = split(path);
            ((folder.into(), name.into()), (), observation)
        });
        FileSet::placed(placed.collect(), |()| None)
    }

    /// The set of files as they were observed, of which `content` tells what is in them.
    fn with_contents<'a>(
        root: &Utf8Path,
        observed: impl IntoIterator<Item = (&'a Utf8Path, Observation)>,
        content: impl Fn(&Utf8Path) -> Option<Digest>,
    ) -> FileSet {
        let placed = observed.into_iter();
        let placed = placed.map(|(path, observation)| (place(path, root), path, observation));
        FileSet::placed(placed.collect(), content)
    }

    fn placed<P: Copy>(
        mut observed: Vec<(Place<'_>, P, Observation)>,
        content: impl Fn(P) -> Option<Digest>,
    ) -> FileSet {
        observed.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        let mut set = FileSet::default();
        let mut last = None;
        for ((folder, name), path, observation) in &observed {
            if last != Some(folder) {
                set.paths.extend([if last.is_some() { "\0" } else { "" }, folder, "\0"]);
                last = Some(folder);
            }
            set.paths.extend([name, "\0"]);
            if !observation.is_settled() {
                set.unsettled.push((set.len, content(*path)));
            }
            set.len += 1;
        }
        set.fingerprint = fingerprint(observed.iter().map(|(.., observation)| observation));
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

    /// How the set looks, after somebody has looked at each file, in the order of [`FileSet::paths`].
    pub(crate) fn compare(&self, host: &dyn Host, root: &Utf8Path, looks: &[Observation]) -> Look {
        if fingerprint(looks.iter()) != self.fingerprint {
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
        let (mut looks, mut eye) = (Vec::with_capacity(self.len()), Eye::new(host, root));
        self.each_path(|path| {
            looks.push(seen.get(path).copied().unwrap_or_else(|| eye.look(path)));
        });
        looks
    }

    /// The folders, each with the names in it as one text, which says all that there is to say: an [`Eye`] looks at them.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &str> {
        let ends = memmem::find_iter(self.paths.as_bytes(), "\0\0").map(|end| end + 1);
        let ends = ends.chain(Some(self.paths.len()).filter(|_| !self.is_empty()));
        ends.scan(0, |start, end| {
            let folder = &self.paths[*start..end];
            *start = end + 1;
            Some(folder)
        })
    }

    /// The files, absolute, folder by folder.
    pub fn paths(&self, root: &Utf8Path) -> Vec<Utf8PathBuf> {
        let mut paths = Vec::with_capacity(self.len());
        self.each_absolute(root, |path| paths.push(path.into()));
        paths
    }

    fn each_absolute(&self, root: &Utf8Path, mut each: impl FnMut(&str)) {
        let mut absolute = format!("{root}/");
        let (start, is_root) = (absolute.len(), root.as_str().ends_with('/'));
        self.each_path(|path| {
            if is_root || is_odd(path) {
                return each(resolve(root, path).as_str());
            }
            absolute.truncate(start);
            absolute.push_str(path);
            each(&absolute);
        });
    }

    fn each_path(&self, mut each: impl FnMut(&str)) {
        self.folders().for_each(|folder| each_path_in(folder, &mut each));
    }

    /// Whether these are the files (absolute paths), each once.
    pub fn are<'a>(&self, root: &Utf8Path, paths: impl Iterator<Item = &'a Utf8Path>) -> bool {
        let mut rest: FxHashSet<&str> = paths.map(Utf8Path::as_str).collect();
        let mut are_all = true;
        self.each_absolute(root, |path| are_all &= rest.remove(path));
        are_all && rest.is_empty()
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

/// Looks at files by their paths relative to the workspace.
pub(crate) struct Eye<'a> {
    host: &'a dyn Host,
    root: &'a Utf8Path,
    stat: StatsBelow<'a>,
    moment: u64,
}

impl<'a> Eye<'a> {
    /// It opens the directory of the workspace once; what it sees, it sees from now on.
    pub(crate) fn new(host: &'a dyn Host, root: &'a Utf8Path) -> Eye<'a> {
        let moment = FileStamp::moment(host.now());
        Eye { host, root, stat: host.stats_below(root), moment }
    }

    /// How the files of one of [`FileSet::folders`] look now.
    pub(crate) fn look_in(&mut self, folder: &str) -> Vec<Observation> {
        let mut looks = Vec::with_capacity(memchr_iter(b'\0', folder.as_bytes()).count());
        each_path_in(folder, |path| looks.push(self.look(path)));
        looks
    }

    fn look(&mut self, path: &str) -> Observation {
        // Where it leads is a matter of its text, not of links on the way.
        let found = if is_odd(path) {
            self.host.stat(&resolve(self.root, path))
        } else {
            (self.stat)(path)
        };
        let stamp = found.ok().map(|stat| FileStamp::of(&stat));
        Observation { stamp, moment: self.moment }
    }
}

/// The paths of the files of one of [`FileSet::folders`].
fn each_path_in(folder: &str, mut each: impl FnMut(&str)) {
    let mut ends = memchr_iter(b'\0', folder.as_bytes());
    let start = ends.next().unwrap_or(folder.len());
    let mut path = folder[..start].to_owned();
    if !path.is_empty() {
        path.push('/');
    }
    let (length, mut last) = (path.len(), start);
    for end in ends {
        path.truncate(length);
        path.push_str(&folder[last + 1..end]);
        last = end;
        each(&path);
    }
}

/// A folder, relative to the workspace, and a name in it.
type Place<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Where an absolute path leads.
fn place<'a>(path: &'a Utf8Path, root: &Utf8Path) -> Place<'a> {
    if let Some(below) = below(path, root) {
        let (folder, name) = split(below);
        return (folder.into(), name.into());
    }
    let relative = relative_to(path, root);
    let (folder, name) = split(relative.as_str());
    (folder.to_owned().into(), name.to_owned().into())
}

/// Whether a path of a set may be other than the way down from the workspace, which its first character tells.
fn is_odd(path: &str) -> bool {
    path.starts_with('.') || path.starts_with('/')
}

/// A path as a folder and a name in it.
fn split(path: &str) -> (&str, &str) {
    match path.rsplit_once('/') {
        _ if path.is_empty() || path == ".." || path.ends_with("/..") => (path, "."),
        Some(("", name)) => ("/", name),
        Some(parts) => parts,
        None => ("", path),
    }
}

/// One fingerprint for all stamps.
fn fingerprint<'a>(looks: impl ExactSizeIterator<Item = &'a Observation>) -> u128 {
    let mut stamps = Vec::with_capacity(looks.len() * 32);
    for look in looks {
        stamps.extend_from_slice(&look.stamp.map_or([0; 32], |stamp| stamp.to_bytes()));
    }
    XxHash3_128::oneshot(&stamps)
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

    #[test]
    fn a_set_tells_whether_it_is_of_certain_files() {
        let root = Utf8Path::new("/a/w");
        let paths = ["/a", "/a/w", "/a/w/f", "/a/w/x/f", "/a/v/f", "/o/f"].map(Utf8Path::new);
        let nothing = Observation { stamp: None, moment: 0 };
        let set = FileSet::new(root, paths.iter().map(|path| (*path, nothing)));
        assert!(set.are(root, paths.into_iter().rev()));
        assert!(!set.are(root, paths.into_iter().skip(1)));
        assert!(!set.are(root, paths.into_iter().chain(["/a/w/g".into()])));
        assert!(!set.are(root, ["/a/w/g".into()].into_iter().chain(paths.into_iter().skip(1))));
    }
}
