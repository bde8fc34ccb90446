//! What was in the inputs of a package.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, relative_to, resolve};
use crate::codec::{self, Kind};
use crate::host::{Entry, Host};
use crate::state::FOLDER;
use crate::state::file_set::{FileSet, Observation};

const INPUTS: Kind = Kind { magic: *b"OINP", format: 2 };

/// The manifest of a package, its sources and their directories, each with what was in it. It is read when the stamps of a row
/// don't hold, and tells whether what is in the files is the same.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InputsRow {
    /// By path.
    inputs: Vec<Input>,
}

/// A file or directory that a package was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    /// Relative to the workspace.
    path: String,
    observed: Observation,
    content: InputContent,
    /// Whether it certainly is the same still: somebody has looked since this was read.
    #[serde(skip)]
    is_same: bool,
}

impl Input {
    /// The directory in which it is, or that it is, relative to the workspace.
    fn directory(&self) -> &str {
        match &self.content {
            InputContent::Directory(_) => &self.path,
            InputContent::File(_) => self.path.rsplit_once('/').map_or("", |(folder, _)| folder),
        }
    }
}

/// What is remembered of a file that a package was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedFile {
    /// How it looked before it was read.
    pub observed: Observation,
    /// What was in it.
    pub digest: Digest,
    /// Whether it certainly is the same still: [`InputsRow::look_again`] was asked, and it looked like that or was read.
    pub is_same: bool,
}

/// What was there to be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputContent {
    /// A file with this digest.
    File(Digest),
    /// A directory with these entries.
    Directory(Vec<Entry>),
}

impl InputContent {
    /// Whether the same is at `path` now.
    fn is_at(&self, host: &dyn Host, path: &Utf8Path) -> bool {
        match self {
            InputContent::File(digest) => host.read(path).is_ok_and(|it| Digest::of(it) == *digest),
            InputContent::Directory(entries) => host.entries(path).is_ok_and(|it| it == *entries),
        }
    }
}

impl InputsRow {
    /// The row of these files and directories (absolute paths), as they were observed before they were read.
    pub fn new<'a>(
        root: &Utf8Path,
        inputs: impl IntoIterator<Item = (&'a Utf8Path, Observation, InputContent)>,
    ) -> InputsRow {
        let input = |(path, observed, content)| {
            let path = relative_to(path, root).into();
            Input { path, observed, content, is_same: false }
        };
        let mut inputs: Vec<Input> = inputs.into_iter().map(input).collect();
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        InputsRow { inputs }
    }

    /// What is remembered of the file at `path` (absolute).
    pub fn file(&self, root: &Utf8Path, path: &Utf8Path) -> Option<RememberedFile> {
        self.file_below(relative_to(path, root).as_str())
    }

    /// What is remembered of the file at `path`, relative to the workspace.
    pub fn file_below(&self, path: &str) -> Option<RememberedFile> {
        let at = self.inputs.binary_search_by(|it| it.path.as_str().cmp(path)).ok()?;
        let Input { observed, content, is_same, .. } = &self.inputs[at];
        match content {
            InputContent::File(digest) => {
                Some(RememberedFile { observed: *observed, digest: *digest, is_same: *is_same })
            }
            InputContent::Directory(_) => None,
        }
    }

    /// The directories (absolute) that certainly are the same still, how each looked before it was listed, and what was in it.
    pub fn same_directories(
        &self,
        root: &Utf8Path,
    ) -> impl Iterator<Item = (Utf8PathBuf, Observation, &[Entry])> {
        self.inputs.iter().filter(|it| it.is_same).filter_map(move |input| match &input.content {
            InputContent::Directory(entries) => {
                Some((resolve(root, &input.path), input.observed, &entries[..]))
            }
            InputContent::File(_) => None,
        })
    }

    /// The directories (absolute) in which the inputs are, and those that are inputs, each at least once.
    pub fn directories(&self, root: &Utf8Path) -> Vec<Utf8PathBuf> {
        let mut directories: Vec<&str> = self.inputs.iter().map(Input::directory).collect();
        directories.dedup();
        directories.iter().map(|it| resolve(root, it)).collect()
    }

    /// Forgets that those inputs are the same which a change at `path` (absolute) may concern: itself, the directories above it, and
    /// what is below it.
    pub fn doubt(&mut self, root: &Utf8Path, path: &Utf8Path) {
        if root.starts_with(path) {
            self.inputs.iter_mut().for_each(|it| it.is_same = false);
            return;
        }
        let path = relative_to(path, root);
        for around in path.ancestors() {
            let at = self.inputs.binary_search_by(|it| it.path.as_str().cmp(around.as_str()));
            if let Ok(at) = at {
                self.inputs[at].is_same = false;
            }
        }
        let below = format!("{path}/");
        let first = self.inputs.partition_point(|it| it.path < below);
        let all = self.inputs[first..].iter_mut().take_while(|it| it.path.starts_with(&below));
        all.for_each(|it| it.is_same = false);
    }

    /// A checksum of what was there to be read, however it looked.
    pub fn contents(&self) -> u64 {
        let contents: Vec<_> = self.inputs.iter().map(|it| (&it.path, &it.content)).collect();
        codec::checksum(&codec::encode_part(&contents).0)
    }

    /// The inputs and their stamps.
    pub fn files(&self) -> FileSet {
        FileSet::of_relative(self.inputs.iter().map(|it| (it.path.as_str(), it.observed)))
    }

    /// Compares every input with how it looks now, of which `looks` tells for absolute paths; what does not look as it did is read,
    /// until something else than was remembered is there. Yields whether everything is the same; then the row is as if it had been
    /// made now.
    pub fn look_again(
        &mut self,
        host: &dyn Host,
        root: &Utf8Path,
        looks: impl Fn(&Utf8Path) -> Observation,
    ) -> bool {
        let mut unlike = Vec::new();
        for input in &mut self.inputs {
            let path = resolve(root, &input.path);
            let now = looks(&path);
            input.is_same = input.observed.is_settled() && input.observed.stamp == now.stamp;
            if !input.is_same {
                unlike.push((input, path, now));
            }
        }
        unlike.into_iter().all(|(input, path, now)| {
            input.is_same = input.content.is_at(host, &path);
            if input.is_same {
                input.observed = now;
            }
            input.is_same
        })
    }

    fn path(root: &Utf8Path, package: &str) -> Utf8PathBuf {
        root.join(format!("{FOLDER}/packages/{package}.inputs"))
    }

    /// The row of a package; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path, package: &str) -> Option<InputsRow> {
        let bytes = host.read(&InputsRow::path(root, package)).ok()?;
        codec::decode(INPUTS, &bytes).ok()
    }

    /// Leaves the row for the next build.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path, package: &str) -> std::io::Result<()> {
        host.rewrite(&InputsRow::path(root, package), &codec::encode(INPUTS, self))
    }
}
