//! Doing remembered actions again, to find those that are not reproducible.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::{Digest, DigestWriter, resolve};
use crate::host::{CancelToken, Output};
use crate::store::Store;
use crate::store::action::ActionResult;
use crate::store::database::digest;
use crate::store::error::StoreError;
use crate::store::message::{self, Action, Command, Directory};

/// An action that was done again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rerun {
    /// Its key.
    pub key: Digest,
    /// What it does.
    pub label: String,
    /// What was different, or why it could not be done again.
    pub text: String,
}

/// What came of doing actions again.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct VerifyReport {
    /// How many came out as they had.
    pub same: usize,
    /// Those that came out differently. They are forgotten.
    pub different: Vec<Rerun>,
    /// Those that could not be done again.
    pub skipped: Vec<Rerun>,
}

/// An action that can be done again: its inputs are in place, and so are the directories of its outputs.
#[derive(Debug)]
pub struct Prepared {
    /// What is to be run.
    pub command: Command,
    /// What its result says of how it was run.
    pub origin: String,
    /// Where it is to run, absolute.
    pub directory: Utf8PathBuf,
    /// Its inputs, absolute. Nothing else is there.
    pub inputs: Vec<Utf8PathBuf>,
}

impl Prepared {
    /// Where it is to put its outputs, absolute.
    pub fn outputs(&self) -> impl Iterator<Item = Utf8PathBuf> {
        self.command.output_paths.iter().map(|path| resolve(&self.directory, path))
    }
}

/// How an action came out the second time.
enum Again {
    Same,
    Different(String),
    Skipped(String),
}

impl Store<'_> {
    /// Does remembered actions again, chosen at random, until `sample` of them could be done, and compares what they make. `run` does one,
    /// and yields what its program said, or why it cannot be done.
    ///
    /// Each is done in an empty directory with nothing but its inputs, so one that reads what it does not declare is found too. What it is
    /// stands in the messages of its key alone: whatever gets these could do it as well.
    pub fn verify(
        &self,
        sample: usize,
        run: &dyn Fn(&Prepared) -> Result<Output, String>,
        cancel: &CancelToken,
    ) -> Result<VerifyReport, StoreError> {
        let mut report = VerifyReport::default();
        let temporaries = self.temporaries_of(&self.enter()?);
        for key in self.shuffled()? {
            if report.same + report.different.len() == sample {
                break;
            }
            let Some(result) = self.action(&key)? else { continue };
            let root = temporaries.join(key.to_string());
            let again = self.again(&key, &result, &root, run);
            self.host.remove_directory(&root).map_err(StoreError::during("remove", &root))?;
            let again = again?;
            if cancel.is_cancelled() {
                break;
            }
            let rerun = |text| Rerun { key, label: result.label.clone(), text };
            match again {
                Again::Same => report.same += 1,
                Again::Skipped(why) => report.skipped.push(rerun(why)),
                Again::Different(what) => {
                    self.forget_action(&key)?;
                    report.different.push(rerun(what));
                }
            }
        }
        Ok(report)
    }

    /// The keys of all actions that may be done again, from a random one on.
    fn shuffled(&self) -> Result<Vec<Digest>, StoreError> {
        let mut start = DigestWriter::default();
        start.part(self.now().to_le_bytes()).part(self.host.process().0.to_le_bytes());
        let start = start.finish();
        self.ask(|connection| {
            let sql = "SELECT key FROM actions WHERE origin IS NOT NULL
                           ORDER BY key < ?, key";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map([start.as_bytes()], |row| digest(row, 0))?;
            rows.collect()
        })
    }

    fn again(
        &self,
        key: &Digest,
        result: &ActionResult,
        root: &Utf8Path,
        run: &dyn Fn(&Prepared) -> Result<Output, String>,
    ) -> Result<Again, StoreError> {
        let prepared = match self.prepare(key, result, root)? {
            Ok(prepared) => prepared,
            Err(why) => return Ok(Again::Skipped(why)),
        };
        Ok(match run(&prepared) {
            Err(why) => Again::Skipped(why),
            Ok(output) if output.code != Some(result.exit_code) => {
                Again::Different("it ends with another status".to_owned())
            }
            Ok(output) if (&output.stdout, &output.stderr) != (&result.stdout, &result.stderr) => {
                Again::Different("it says something else".to_owned())
            }
            Ok(_) => self.compare(result, &prepared.directory),
        })
    }

    /// The action, ready to be done below `root`, or why it cannot be done.
    fn prepare(
        &self,
        key: &Digest,
        result: &ActionResult,
        root: &Utf8Path,
    ) -> Result<Result<Prepared, String>, StoreError> {
        let unknown = || Ok(Err("how it was done is not known any more".to_owned()));
        let Some(action) = self.read(key).and_then(|bytes| message::read::<Action>(&bytes)) else {
            return unknown();
        };
        let command = self.message::<Command>(action.command_digest.as_ref());
        let (Some(command), Some(inputs)) = (command, action.input_root_digest) else {
            return unknown();
        };
        let Ok(inputs) = self.lay_out(&inputs, root)? else {
            return Ok(Err("an input is not kept any more".to_owned()));
        };
        let directory = resolve(root, &command.working_directory);
        let origin = result.origin.clone().unwrap_or_default();
        let prepared = Prepared { command, origin, directory, inputs };
        let parents = prepared.outputs().filter_map(|path| Some(path.parent()?.to_owned()));
        for parent in parents.collect::<BTreeSet<_>>() {
            self.host.create_directory(&parent).map_err(StoreError::during("make", &parent))?;
        }
        Ok(Ok(prepared))
    }

    fn message<M: prost::Message + Default>(&self, digest: Option<&message::Digest>) -> Option<M> {
        message::read(&self.read(&digest?.digest()?)?)
    }

    /// Puts the files of a tree below `root`; yields them, or what is not there, from `root`.
    fn lay_out(
        &self,
        tree: &message::Digest,
        root: &Utf8Path,
    ) -> Result<Result<Vec<Utf8PathBuf>, Utf8PathBuf>, StoreError> {
        let mut files = Vec::new();
        let mut pending = vec![(Utf8PathBuf::new(), Some(tree.clone()))];
        while let Some((path, digest)) = pending.pop() {
            let Some(directory) = self.message::<Directory>(digest.as_ref()) else {
                return Ok(Err(path));
            };
            let place = root.join(&path);
            self.host.create_directory(&place).map_err(StoreError::during("make", &place))?;
            for node in directory.files {
                let below = path.join(&node.name);
                let digest = node.digest.and_then(|it| it.digest()).filter(|_| is_name(&node.name));
                let there =
                    digest.map(|it| self.materialize(&it, &root.join(&below), node.is_executable));
                if !there.transpose()?.unwrap_or(false) {
                    return Ok(Err(below));
                }
                files.push(root.join(below));
            }
            for node in directory.directories {
                let below = path.join(&node.name);
                if !is_name(&node.name) {
                    return Ok(Err(below));
                }
                pending.push((below, node.digest));
            }
        }
        Ok(Ok(files))
    }

    fn compare(&self, result: &ActionResult, directory: &Utf8Path) -> Again {
        for output in &result.outputs {
            match self.host.read(&resolve(directory, &output.path)) {
                Err(_) => return Again::Different(format!("it does not make `{}`", output.path)),
                Ok(bytes) if Digest::of(&bytes) != output.digest => {
                    return Again::Different(format!("it makes another `{}`", output.path));
                }
                Ok(_) => (),
            }
        }
        Again::Same
    }
}

/// Whether something of this name is in the directory that says so.
fn is_name(name: &str) -> bool {
    let mut components = Utf8Path::new(name).components();
    matches!((components.next(), components.next()), (Some(Utf8Component::Normal(it)), None) if it == name)
}
