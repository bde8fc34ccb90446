//! Many files at once: whether any of them can have changed.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use crate::base::{relative_to, resolve};
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
    /// The paths, relative to the workspace.
    paths: Vec<String>,
    fingerprint: u128,
    settled: bool,
}

impl FileSet {
    /// The set of these files (absolute paths) as they were observed.
    pub fn new<'a>(
        root: &Utf8Path,
        observed: impl IntoIterator<Item = (&'a Utf8Path, Observation)>,
    ) -> FileSet {
        let mut set = FileSet { settled: true, ..FileSet::default() };
        let mut hasher = XxHash3_128::new();
        for (path, observation) in observed {
            set.paths.push(relative_to(path, root).into());
            set.settled &= observation.is_settled();
            write(&mut hasher, observation.stamp);
        }
        set.fingerprint = hasher.finish_128();
        set
    }

    /// The set of these files as they are now.
    pub fn now<'a>(
        host: &dyn Host,
        root: &Utf8Path,
        paths: impl IntoIterator<Item = &'a Utf8Path>,
    ) -> FileSet {
        let observed = paths.into_iter().map(|path| (path, Observation::now(host, path)));
        FileSet::new(root, observed)
    }

    /// Whether all files certainly are what they were.
    pub fn holds(&self, host: &dyn Host, root: &Utf8Path) -> bool {
        if !self.settled {
            return false;
        }
        let mut hasher = XxHash3_128::new();
        let mut path = root.to_string();
        for relative in &self.paths {
            let stat = if relative.starts_with("..") {
                host.stat(&resolve(root, relative))
            } else {
                path.truncate(root.as_str().len());
                path.push('/');
                path.push_str(relative);
                host.stat(Utf8Path::new(&path))
            };
            write(&mut hasher, stat.ok().map(|stat| FileStamp::of(&stat)));
        }
        hasher.finish_128() == self.fingerprint
    }

    /// How each of the files looks, if all certainly are what they were.
    pub fn look(&self, host: &dyn Host, root: &Utf8Path) -> Option<Vec<(Utf8PathBuf, FileStamp)>> {
        let mut hasher = XxHash3_128::new();
        let mut looks = Vec::with_capacity(self.paths.len());
        for path in self.paths(root) {
            let stamp = host.stat(&path).ok().map(|stat| FileStamp::of(&stat));
            write(&mut hasher, stamp);
            looks.extend(stamp.map(|stamp| (path, stamp)));
        }
        (self.settled && hasher.finish_128() == self.fingerprint).then_some(looks)
    }

    /// The files, absolute.
    pub fn paths(&self, root: &Utf8Path) -> impl Iterator<Item = Utf8PathBuf> {
        self.paths.iter().map(move |path| resolve(root, path))
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.paths.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

fn write(hasher: &mut XxHash3_128, stamp: Option<FileStamp>) {
    hasher.write(&stamp.map_or([0; 32], |stamp| stamp.to_bytes()));
}
