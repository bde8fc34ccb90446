//! What was in the inputs of a package.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, relative_to, resolve};
use crate::codec::{self, Kind};
use crate::host::{Entry, Host};
use crate::state::FOLDER;
use crate::state::file_set::{FileSet, Observation};

const INPUTS: Kind = Kind { magic: *b"OINP", format: 1 };

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
    content: Content,
}

/// What was there to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A file with this digest.
    File(Digest),
    /// A directory whose entries have this fingerprint.
    Directory(u128),
}

impl Content {
    /// The content of a directory.
    pub fn of_directory(entries: &[Entry]) -> Content {
        Content::Directory(codec::fingerprint(entries))
    }

    /// Whether the same is at `path` now.
    fn is_at(&self, host: &dyn Host, path: &Utf8Path) -> bool {
        match self {
            Content::File(digest) => host.read(path).is_ok_and(|it| Digest::of(it) == *digest),
            Content::Directory(_) => {
                host.entries(path).is_ok_and(|it| Content::of_directory(&it) == *self)
            }
        }
    }
}

impl InputsRow {
    /// The row of these files and directories (absolute paths), as they were observed before they were read.
    pub fn new<'a>(
        root: &Utf8Path,
        inputs: impl IntoIterator<Item = (&'a Utf8Path, Observation, Content)>,
    ) -> InputsRow {
        let input = |(path, observed, content)| {
            let path = relative_to(path, root).into();
            Input { path, observed, content }
        };
        let mut inputs: Vec<Input> = inputs.into_iter().map(input).collect();
        inputs.sort_by(|a, b| a.path.cmp(&b.path));
        InputsRow { inputs }
    }

    /// What was in the file at `path` (absolute) when it looked like that.
    pub fn file(&self, root: &Utf8Path, path: &Utf8Path) -> Option<(Observation, Digest)> {
        let path = relative_to(path, root);
        let at = self.inputs.binary_search_by(|it| it.path.as_str().cmp(path.as_str())).ok()?;
        match &self.inputs[at] {
            Input { observed, content: Content::File(digest), .. } => Some((*observed, *digest)),
            Input { content: Content::Directory(_), .. } => None,
        }
    }

    /// The inputs and their stamps.
    pub fn files(&self, root: &Utf8Path) -> FileSet {
        let paths: Vec<_> = self.inputs.iter().map(|it| resolve(root, &it.path)).collect();
        let observed = self.inputs.iter().map(|it| it.observed);
        FileSet::new(root, paths.iter().map(Utf8PathBuf::as_path).zip(observed))
    }

    /// The row as it looks now, if in every input there is what was there; what looks as it did is not read.
    pub fn look_again(&self, host: &dyn Host, root: &Utf8Path) -> Option<InputsRow> {
        let look = |input: &Input| {
            let path = resolve(root, &input.path);
            let observed = Observation::now(host, &path);
            if input.observed.is_settled() && input.observed.stamp == observed.stamp {
                return Some(input.clone());
            }
            let is_same = input.content.is_at(host, &path);
            is_same.then(|| Input { observed, ..input.clone() })
        };
        let inputs = self.inputs.iter().map(look).collect::<Option<Vec<Input>>>()?;
        Some(InputsRow { inputs })
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
        host.write(&InputsRow::path(root, package), &codec::encode(INPUTS, self))
    }
}
