//! Doing remembered actions again, to find those that are not reproducible.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Digest, DigestWriter};
use crate::host::{CancelToken, Command, Inherited};
use crate::store::Store;
use crate::store::action::{ActionResult, Recipe};
use crate::store::blob::parse_digest;
use crate::store::database::digest;
use crate::store::error::StoreError;

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

/// How an action came out the second time.
enum Again {
    Same,
    Different(String),
    Skipped(String),
}

impl Store<'_> {
    /// Does up to `sample` remembered actions again, chosen at random, and compares what they make. `program` yields where the tool of a recipe
    /// is, if there is still the same.
    ///
    /// Each is done in an empty directory with nothing but its inputs, so one that reads what it does not declare is found too.
    pub fn verify(
        &self,
        sample: usize,
        program: &dyn Fn(&Recipe) -> Option<Utf8PathBuf>,
        cancel: &CancelToken,
    ) -> Result<VerifyReport, StoreError> {
        let mut report = VerifyReport::default();
        let temporaries = self.temporaries_of(&self.enter()?);
        for key in self.sample(sample)? {
            if cancel.is_cancelled() {
                break;
            }
            let Some(result) = self.action(&key)? else { continue };
            let directory = temporaries.join(key.to_string());
            let again = self.again(&result, &directory, program, cancel);
            let removed = self.host.remove_directory(&directory);
            removed.map_err(StoreError::during("remove", &directory))?;
            let rerun = |text| Rerun { key, label: result.label.clone(), text };
            match again? {
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

    /// So many keys, or all: those that follow a random one.
    fn sample(&self, count: usize) -> Result<Vec<Digest>, StoreError> {
        let mut start = DigestWriter::default();
        start.part(self.now().to_le_bytes()).part(self.host.process().0.to_le_bytes());
        let start = start.finish();
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        self.ask(|connection| {
            let sql = "SELECT key FROM actions WHERE recipe IS NOT NULL
                           ORDER BY key < ?, key LIMIT ?";
            let mut statement = connection.prepare(sql)?;
            let rows = statement.query_map((start.as_bytes(), count), |row| digest(row, 0))?;
            rows.collect()
        })
    }

    fn again(
        &self,
        result: &ActionResult,
        directory: &Utf8Path,
        program: &dyn Fn(&Recipe) -> Option<Utf8PathBuf>,
        cancel: &CancelToken,
    ) -> Result<Again, StoreError> {
        let skipped = |why: &str| Ok(Again::Skipped(why.to_owned()));
        let recipe = result.recipe.and_then(|it| self.read(&it));
        let Some(recipe) = recipe.and_then(|bytes| Recipe::from_bytes(&bytes)) else {
            return skipped("how it was done is not known any more");
        };
        let Some(program) = program(&recipe) else {
            return skipped(&format!(
                "`{}` is none of the C tools that are there now, which alone are run again",
                recipe.program
            ));
        };
        for (path, digest) in &recipe.inputs {
            let digest = parse_digest(digest);
            let there = digest.map(|it| self.materialize(&it, &directory.join(path), false));
            if !there.transpose()?.unwrap_or(false) {
                return skipped(&format!("its input `{path}` is not kept any more"));
            }
        }
        for parent in result.outputs.iter().filter_map(|output| output.path.parent()) {
            let parent = directory.join(parent);
            self.host.create_directory(&parent).map_err(StoreError::during("make", &parent))?;
        }
        let Recipe { arguments, environment, .. } = recipe;
        let command = Command {
            program,
            arguments,
            directory: directory.to_owned(),
            environment,
            inherited: Inherited::Needed,
        };
        match self.host.run(&command, cancel) {
            Err(error) => skipped(&format!("it cannot be run: {error}")),
            Ok(output) if output.code != Some(result.exit_code) => {
                Ok(Again::Different("it ends with another status".to_owned()))
            }
            Ok(output) if (&output.stdout, &output.stderr) != (&result.stdout, &result.stderr) => {
                Ok(Again::Different("it says something else".to_owned()))
            }
            Ok(_) => Ok(self.compare(result, directory)),
        }
    }

    fn compare(&self, result: &ActionResult, directory: &Utf8Path) -> Again {
        for output in &result.outputs {
            match self.host.read(&directory.join(&output.path)) {
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
