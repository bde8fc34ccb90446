//! What was true when the last build ended: how actions came out, and which files it wrote.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::{Digest, below};
use crate::build::output::{OutputError, is_own_name, write_if_changed};
use crate::codec::{self, Kind};
use crate::host::{FileDigests, Host, KnownFile};

const KIND: Kind = Kind { magic: *b"OREC", format: 4 };

/// How an action came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRecord {
    /// Its key.
    pub key: Digest,
    /// Its outputs, in the order in which it declares them.
    pub outputs: Vec<MadeFile>,
    /// What the program wrote to standard output.
    pub stdout: Vec<u8>,
    /// What the program wrote to standard error: warnings.
    pub stderr: Vec<u8>,
}

/// What an action has made of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFile {
    /// The digest of the content.
    pub digest: Digest,
    /// Whether the file could be executed.
    pub executable: bool,
}

impl MadeFile {
    /// The file at `path`, which has just been made and has this content.
    pub(super) fn at(host: &dyn Host, path: &Utf8Path, digest: Digest) -> MadeFile {
        let executable = host.stat(path).is_ok_and(|stat| stat.executable);
        MadeFile { digest, executable }
    }
}

impl ActionRecord {
    /// What the program said, for a person.
    pub fn text(&self) -> String {
        said(&self.stdout, &self.stderr)
    }
}

/// What a build leaves for the next one. Paths below the workspace are relative to it, so that it may be moved.
///
/// Nothing here is believed unseen: a key decides whether an action's record is about the same action, digests whether the
/// outputs are still those of then.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// The actions, each under its first output. Paths are kept as text, which compares faster.
    actions: BTreeMap<String, ActionRecord>,
    files: BTreeMap<String, KnownFile>,
    written: BTreeSet<String>,
}

impl Record {
    /// Where the record of the workspace at `root` is.
    pub fn path(root: &Utf8Path) -> Utf8PathBuf {
        root.join(".oast/record")
    }

    /// The record of the last build of the workspace at `root`; `None` if it is missing, damaged or foreign.
    pub fn load(host: &dyn Host, root: &Utf8Path) -> Option<Record> {
        let bytes = host.read(&Record::path(root)).ok()?;
        codec::decode(KIND, &bytes).ok()
    }

    /// Leaves the record for the next build. To be called when all outputs are written.
    pub fn save(&self, host: &dyn Host, root: &Utf8Path) -> Result<(), OutputError> {
        write_if_changed(host, &Record::path(root), &codec::encode(KIND, self)).map(|_| ())
    }

    /// The digests for a run that begins with this record.
    pub fn file_digests(&self, root: &Utf8Path) -> FileDigests {
        FileDigests::new(self.files.iter().map(|(path, known)| (root.join(path), *known)))
    }

    /// How the action came out whose first output is `output`, relative to the workspace.
    pub fn action(&self, output: &Utf8Path) -> Option<&ActionRecord> {
        self.actions.get(output.as_str())
    }

    /// How all actions came out, each with its first output, relative to the workspace.
    pub fn actions(&self) -> impl Iterator<Item = (&str, &ActionRecord)> {
        self.actions.iter().map(|(path, action)| (&**path, action))
    }

    /// Notes how an action came out (`None`: not at all, or not so that it can be believed).
    pub fn set_action(&mut self, output: Utf8PathBuf, outcome: Option<ActionRecord>) {
        match outcome {
            Some(outcome) => _ = self.actions.insert(output.into_string(), outcome),
            None => _ = self.actions.remove(output.as_str()),
        }
    }

    /// Notes all that `digests` learned in the run.
    pub fn learn_files(&mut self, root: &Utf8Path, digests: &FileDigests) {
        let seen = digests.seen_files().into_iter();
        self.files.extend(seen.map(|(path, known)| (text(root, &path), known)));
    }

    /// Whether a build wrote the file at `path` (absolute).
    pub fn is_ours(&self, root: &Utf8Path, path: &Utf8Path) -> bool {
        let path = text(root, path);
        self.written.contains(&path) || self.actions.contains_key(&path)
    }

    /// Notes that this build wrote, or found already written, the file at `path` (absolute). Of most files their names tell that.
    pub fn add_written(&mut self, root: &Utf8Path, path: &Utf8Path) {
        if !is_own_name(path) {
            self.written.insert(text(root, path));
        }
    }

    /// Forgets a file (absolute) that is not there any more, and the action that made it.
    pub fn forget(&mut self, root: &Utf8Path, path: &Utf8Path) {
        let path = text(root, path);
        self.files.remove(&path);
        self.written.remove(&path);
        self.actions.remove(&path);
    }
}

fn text(root: &Utf8Path, path: &Utf8Path) -> String {
    relative(root, path).into_string()
}

/// `path` from `root` if it is below, as it is if not.
pub(super) fn relative(root: &Utf8Path, path: &Utf8Path) -> Utf8PathBuf {
    below(path, root).map_or_else(|| path.to_owned(), Utf8PathBuf::from)
}

/// What a program wrote, for a person.
pub(super) fn said(stdout: &[u8], stderr: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(stdout).into_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text + &String::from_utf8_lossy(stderr)
}
