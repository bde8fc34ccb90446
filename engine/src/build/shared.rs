//! The user's store as a build uses it: opened when it is first needed, and never a reason to fail.

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Content, Digest, Name};
use crate::build::action::Action;
use crate::build::executor::{Order, Results};
use crate::build::progress::{Event, Progress};
use crate::build::record::{ActionRecord, MadeFile};
use crate::build::verify::Origin;
use crate::host::{CancelToken, FileDigests, Host};
use crate::store::{ActionResult, Claim, OutputFile, Settings, Store, StoreError, home};

/// The variable that says, with the value `off`, that builds do without the store.
const SWITCH: &str = "OAST_STORE";

/// The store of a build.
///
/// Where there is no store, or it fails, the listener is told once and the build does everything itself.
pub struct SharedStore<'a> {
    host: &'a dyn Host,
    workspace: Utf8PathBuf,
    progress: &'a dyn Progress,
    store: OnceLock<Option<Store<'a>>>,
    /// Whether it was given up.
    failed: AtomicBool,
}

impl<'a> SharedStore<'a> {
    /// The store for a build of `workspace`. Nothing is opened yet.
    pub fn new(
        host: &'a dyn Host,
        workspace: &Utf8Path,
        progress: &'a dyn Progress,
    ) -> SharedStore<'a> {
        SharedStore {
            host,
            workspace: workspace.to_owned(),
            progress,
            store: OnceLock::new(),
            failed: AtomicBool::new(false),
        }
    }

    /// Whether the user wants builds to do without a store.
    pub(crate) fn is_switched_off(host: &dyn Host) -> bool {
        host.env(SWITCH).is_some_and(|value| value == "off")
    }

    /// Whether something was asked of it already.
    pub(crate) fn is_open(&self) -> bool {
        self.store.get().is_some_and(Option::is_some)
    }

    /// The store, if there is one.
    pub(crate) fn get(&self) -> Option<&Store<'a>> {
        let store = self.store.get_or_init(|| {
            let opened = home(self.host).and_then(|home| Store::open(self.host, &home));
            match opened.and_then(|store| store.lease(&self.workspace).map(|()| store)) {
                Ok(store) => Some(store),
                Err(error) => {
                    self.give_up(&error);
                    None
                }
            }
        });
        store.as_ref().filter(|_| !self.failed.load(Ordering::Relaxed))
    }

    /// Lets the workspace hold what front ends made of packages, if the store is in use.
    pub(crate) fn hold_checks(&self, checks: &[(Name, Digest)]) {
        if let Some(store) = self.is_open().then(|| self.get()).flatten() {
            self.unless_failed(store.hold_checks(&self.workspace, checks));
        }
    }

    fn put_there(
        &self,
        action: &Action,
        key: &Digest,
        result: ActionResult,
        files: &FileDigests,
    ) -> Option<ActionRecord> {
        let store = self.get()?;
        let made = result.outputs.iter().map(|output| output.path.as_path());
        let mut is_whole = made.eq(action.made());
        for (OutputFile { digest, executable, .. }, path) in
            result.outputs.iter().zip(action.outputs())
        {
            if !is_whole {
                break;
            }
            // What cannot be written now is for the program to fail at.
            is_whole = store.materialize(digest, &path, *executable).ok()?;
            if is_whole && files.refresh(self.host, &path).ok()? != *digest {
                return None;
            }
        }
        if !is_whole {
            self.unless_failed(store.forget_action(key))?;
            return None;
        }
        let ActionResult { outputs, stdout, stderr, .. } = result;
        let made = outputs.iter().zip(action.outputs());
        let made = made.map(|(output, path)| MadeFile::at(self.host, &path, output.digest));
        let outputs = made.collect();
        Some(ActionRecord { key: *key, outputs, stdout, stderr })
    }

    /// Says that the build is over, and lets the store shrink if it is larger than the user wants.
    pub(crate) fn close(&self) {
        let Some(store) = self.store.get().and_then(Option::as_ref) else { return };
        if let Some(freed) = self.unless_failed(shrink(self.host, store)).filter(|it| 0 < *it) {
            let text = format!("the store was over its quota: {freed} files were removed from it");
            self.progress.event(Event::Note(text));
        }
    }

    /// The value, or nothing and no store any more.
    pub(crate) fn unless_failed<T>(&self, result: Result<T, StoreError>) -> Option<T> {
        result.map_err(|error| self.give_up(&error)).ok()
    }

    fn give_up(&self, error: &StoreError) {
        if !self.failed.swap(true, Ordering::Relaxed) {
            let text = format!("building without the store: {error}");
            self.progress.event(Event::Note(text));
        }
    }
}

impl Results for SharedStore<'_> {
    fn restore(&self, action: &Action, key: &Digest, files: &FileDigests) -> Option<ActionRecord> {
        let result = self.unless_failed(self.get()?.action(key))??;
        self.put_there(action, key, result, files)
    }

    fn order(
        &self,
        action: &Action,
        key: &Digest,
        files: &FileDigests,
        cancel: &CancelToken,
    ) -> Order {
        // A result whose outputs are gone is forgotten by who finds that out, and claimed again.
        for _ in 0..2 {
            let Some(store) = self.get() else { break };
            let waits = || {
                let text = format!("waiting for another build, which does `{}`", action.label);
                self.progress.event(Event::Note(text));
            };
            match self.unless_failed(store.claim(key, cancel, &waits)) {
                Some(Claim::Run(guard)) => return Order::Run(Some(guard)),
                Some(Claim::Cancelled) => return Order::Cancelled,
                Some(Claim::Done(result)) => {
                    if let Some(record) = self.put_there(action, key, result, files) {
                        return Order::Restored(record);
                    }
                }
                None => (),
            }
        }
        Order::Run(None)
    }

    fn keep(&self, action: &Action, contents: &[Content], record: &ActionRecord) {
        if let Some(store) = self.get() {
            self.unless_failed(put(store, action, contents, record));
        }
    }
}

impl fmt::Debug for SharedStore<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Keeps what an action has made, unless somebody else writes there, too.
fn put(
    store: &Store<'_>,
    action: &Action,
    contents: &[Content],
    record: &ActionRecord,
) -> Result<(), StoreError> {
    // Somebody who makes room may remove what was found there; what is put there anew stays.
    for _ in 0..2 {
        if try_put(store, action, contents, record)? {
            break;
        }
    }
    Ok(())
}

/// Whether there is nothing more to do.
fn try_put(
    store: &Store<'_>,
    action: &Action,
    contents: &[Content],
    record: &ActionRecord,
) -> Result<bool, StoreError> {
    let mut kept = store.batch();
    for (path, content) in action.inputs().zip(contents) {
        if !kept.put_known(&path, &content.digest)? {
            return Ok(true);
        }
    }
    let mut outputs = Vec::with_capacity(record.outputs.len());
    for ((path, made), place) in action.outputs().zip(&record.outputs).zip(action.made()) {
        let MadeFile { digest, executable } = *made;
        if !kept.put_known(&path, &digest)? {
            return Ok(true);
        }
        outputs.push(OutputFile { path: place.into_owned(), digest, executable });
    }
    let mut blobs = Vec::new();
    action.messages(contents, &mut |bytes| blobs.push(bytes.to_vec()));
    for bytes in blobs {
        kept.put_bytes(&bytes)?;
    }
    let result = ActionResult {
        label: action.label.clone(),
        outputs,
        stdout: record.stdout.clone(),
        stderr: record.stderr.clone(),
        exit_code: 0,
        origin: Some(Origin::of(action).to_text()),
    };
    kept.record(&record.key, &result)
}

/// How many files had to be removed.
fn shrink(host: &dyn Host, store: &Store<'_>) -> Result<u64, StoreError> {
    store.end_lease();
    store.flush()?;
    let quota = Settings::load(host, store.home())?.quota;
    if store.size()? <= quota {
        return Ok(0);
    }
    Ok(store.gc(quota)?.blobs)
}
