//! Where programs write what they make, before it is put where it belongs.
//!
//! A compiler outlives the build that started it when that is killed. What it still writes must not be what the next build is
//! making; so no run of a program writes to a place that another run knows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::UNIX_EPOCH;

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::action::Action;
use crate::build::output::OutputError;
use crate::host::{Host, Output};
use crate::state;

/// The places for what one executor's programs write.
#[derive(Debug)]
pub(super) struct Staging {
    folder: Utf8PathBuf,
    /// When the executor began, in nanoseconds: no two have the same while a program of one lives.
    began: u128,
    runs: AtomicUsize,
}

/// An action that writes elsewhere, and for each output that it writes so its place there, absolute, and where it belongs, as the
/// action says it.
pub(super) struct Staged {
    pub(super) action: Action,
    moves: Vec<(Utf8PathBuf, Utf8PathBuf)>,
}

impl Staging {
    pub(super) fn new(host: &dyn Host, root: &Utf8Path) -> Staging {
        let began = host.now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Staging { folder: Staging::folder(root), began, runs: AtomicUsize::new(0) }
    }

    /// The folder in the workspace at `root` where all that is staged lies.
    pub(super) fn folder(root: &Utf8Path) -> Utf8PathBuf {
        root.join(state::FOLDER).join(super::STAGING)
    }

    /// The action with places of its own for what it makes, as far as its arguments say where that is.
    pub(super) fn stage(&self, host: &dyn Host, action: &Action) -> Result<Staged, OutputError> {
        host.create_directory(&self.folder).map_err(OutputError::during("make", &self.folder))?;
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let place = |n: usize| self.folder.join(format!("{}-{run}-{n}", self.began));
        let (action, moves) = action.staged(place);
        Ok(Staged { action, moves })
    }
}

impl Staged {
    /// Puts what was made where it belongs; what was not made is for others to miss.
    pub(super) fn settle(&self, host: &dyn Host) -> Result<(), OutputError> {
        for (staged, path) in self.places() {
            if host.stat(&staged).is_ok() {
                host.rename(&staged, &path).map_err(OutputError::during("write", &path))?;
            }
        }
        Ok(())
    }

    /// Removes what was made.
    pub(super) fn discard(&self, host: &dyn Host) {
        for (staged, _) in self.places() {
            // What stays is in nobody's way: the next build begins with an empty folder.
            _ = host.remove_file(&staged);
        }
    }

    /// What the program said, with the places that outputs have in the end.
    pub(super) fn said(&self, output: Output) -> Output {
        let settled = |bytes: Vec<u8>| {
            if self.moves.is_empty() || bytes.is_empty() {
                return bytes;
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let moved = self
                .moves
                .iter()
                .fold(text, |text, (staged, path)| text.replace(staged.as_str(), path.as_str()));
            moved.into_bytes()
        };
        let Output { code, stdout, stderr } = output;
        Output { code, stdout: settled(stdout), stderr: settled(stderr) }
    }

    fn places(&self) -> impl Iterator<Item = (Utf8PathBuf, Utf8PathBuf)> {
        let place = |path: &Utf8PathBuf| crate::base::resolve(&self.action.directory, path);
        self.moves.iter().map(move |(staged, path)| (place(staged), place(path)))
    }
}
