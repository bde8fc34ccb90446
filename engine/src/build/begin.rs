//! Beginning a build: its folders, its lock, and the sign that it is not at its end.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::error::BuildError;
use crate::build::executor::clear_staging;
use crate::build::layout::Layout;
use crate::build::output::OutputError;
use crate::build::progress::{Event, Progress};
use crate::build::record::Record;
use crate::host::{CancelToken, FileLock, Host, LockKind};
use crate::state::{FOLDER, PackageRow};

/// The file in the folder of the state that a build locks.
const LOCK: &str = "lock";

/// How long a build that waits for another one waits before it looks again.
const POLL: Duration = Duration::from_millis(20);

/// Says that a build changes things from now on, and removes what a killed one left of its staging. Yields whether one was killed, and
/// the record of the last; where it is lost, so are the rows.
pub(crate) fn begin(
    host: &dyn Host,
    layout: &Layout,
) -> Result<(bool, Option<Record>), OutputError> {
    let path = unfinished(&layout.workspace);
    let is_unfinished = host.stat(&path).is_ok();
    host.rewrite(&path, b"").map_err(OutputError::during("write", &path))?;
    clear_staging(host, &layout.workspace)?;
    let record = Record::load(host, &layout.workspace);
    if record.is_none() {
        forget_rows(host, &layout.workspace)?;
    }
    Ok((is_unfinished, record))
}

/// Makes the folders of outputs and of state, so that later nothing new appears in the root.
pub(crate) fn prepare(host: &dyn Host, layout: &Layout) -> Result<(), OutputError> {
    for folder in [&layout.outputs, &layout.workspace.join(FOLDER)] {
        host.create_directory(folder).map_err(OutputError::during("make", folder))?;
    }
    Ok(())
}

/// The file that is there from before a build changes something until it has written down what it did. Where it was left over, there
/// may be outputs of which nobody knows.
pub(crate) fn unfinished(root: &Utf8Path) -> Utf8PathBuf {
    root.join(FOLDER).join("packages").join("unfinished")
}

/// Forgets how packages looked, so that all are looked into.
pub(crate) fn forget_rows(host: &dyn Host, root: &Utf8Path) -> Result<(), OutputError> {
    PackageRow::forget_all(host, root).map_err(OutputError::during("remove rows from", root))
}

/// Waits until no other build of the workspace runs, and keeps others waiting as long as the lock lives.
pub(crate) fn lock(
    host: &dyn Host,
    root: &Utf8Path,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<FileLock, BuildError> {
    let path = root.join(FOLDER).join(LOCK);
    let try_lock = || {
        let locked = host.lock(&path, LockKind::Exclusive);
        locked.map_err(OutputError::during("lock", &path))
    };
    let mut is_told = false;
    loop {
        if let Some(mut lock) = try_lock()? {
            // Somebody who cleans may have removed the file between our opening and our locking it: then a second lock is to be had.
            while let Some(other) = try_lock()? {
                lock = other;
            }
            return Ok(lock);
        }
        if cancel.is_cancelled() {
            return Err(BuildError::Interrupted);
        }
        if !std::mem::replace(&mut is_told, true) {
            let text = "waiting for another build of this workspace";
            progress.event(Event::Note(text.to_owned()));
        }
        std::thread::sleep(POLL);
    }
}
