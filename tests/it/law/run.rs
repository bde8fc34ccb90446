//! A workspace that takes steps, and what must hold after each.

use std::collections::BTreeSet;
use std::rc::Rc;

use oast_engine::base::Digest;
use oast_engine::build::Record;
use oast_engine::state::Shard;

use crate::law::bound::Bound;
use crate::law::compiler::Compiler;
use crate::law::done::{Done, wrong};
use crate::law::files::Files;
use crate::law::machine::Machine;
use crate::law::model::{Model, Random};
use crate::law::step::Step;
use crate::law::tally::Tally;
use crate::law::tree::{Tree, clean_build};
use crate::law::{Asked, Course};

/// A workspace, and all that is known of it.
pub(super) struct Run<'c> {
    pub(super) course: &'c Course,
    pub(super) model: Model,
    pub(super) past: Vec<Model>,
    pub(super) tree: Tree,
    pub(super) asked: Asked,
    pub(super) bound: Bound,
    /// What was compiled with the store, which remembers that as long as it is well.
    pub(super) compiled: BTreeSet<Digest>,
    pub(super) is_store_well: bool,
    pub(super) tally: Tally,
    /// The last clean build, and of what it was one.
    clean: Option<(Files, Asked, Rc<Done>)>,
}

/// Takes the steps; what became of them, or the first breach of the law.
pub(super) fn run(course: &Course, seed: u64, steps: &[Step]) -> Result<Tally, String> {
    let mut run = Run::new(course, seed);
    run.build(true, [0; 3]).map_err(|message| format!("at first: {message}"))?;
    for (index, step) in steps.iter().enumerate() {
        let at = |message: String| format!("step {index}, {step:?}: {message}");
        run.asked.stops = step.stops;
        run.tree.machine.wait(step.waits[0]);
        run.happen(step).map_err(at)?;
        run.tree.check_leftovers().map_err(at)?;
        if step.builds {
            run.build(step.same_session, step.waits).map_err(at)?;
            run.tree.check_leftovers().map_err(at)?;
        }
    }
    Ok(run.tally)
}

impl Run<'_> {
    fn new(course: &Course, seed: u64) -> Run<'_> {
        let mut model = Model::new(course.languages, &mut Random::new(seed));
        model.can_lock = course.is_in_memory();
        let compiler = Compiler::default();
        let (targets, release) = (course.targets, false);
        let asked = Asked { targets, release, store: true, stops: false, compiler };
        let tree = Tree::new(Machine::new(course.kind, compiler), &model.files());
        Run {
            course,
            past: vec![model.clone()],
            model,
            tree,
            asked,
            bound: Bound::default(),
            compiled: BTreeSet::new(),
            is_store_well: true,
            tally: Tally::default(),
            clean: None,
        }
    }

    /// A build of the sources as they are may have made anything or nothing of what was asked for.
    pub(super) fn attempted(&mut self) {
        self.bound.attempted(&self.model, &self.asked);
    }

    /// What a clean build makes of the sources as they are.
    pub(super) fn clean(&mut self) -> Rc<Done> {
        let (files, asked) = (self.model.files(), self.asked.clone());
        if let Some((known, how, done)) = &self.clean
            && (known, how) == (&files, &asked)
        {
            return done.clone();
        }
        let done = Rc::new(clean_build(self.course.kind, asked.compiler, &files, &asked));
        self.clean = Some((files, asked, done.clone()));
        done
    }

    /// What was compiled with the store is not compiled again.
    pub(super) fn check_log(&mut self, done: &Done) -> Result<(), String> {
        let log = self.tree.machine.take_log();
        if !self.asked.store || !self.is_store_well || !done.failures.is_empty() {
            return Ok(());
        }
        let again = log.iter().any(|it| !self.compiled.insert(*it));
        if again { Err(format!("something was compiled again: {:?}", done.steps)) } else { Ok(()) }
    }

    /// Outputs, artefacts and failures are those of a clean build.
    pub(super) fn compare(&self, done: &Done, clean: &Done) -> Result<(), String> {
        let mut wrong = wrong(&done.outputs, &clean.outputs);
        if clean.is_success {
            let more = done.outputs.keys().filter(|it| !clean.outputs.contains_key(*it));
            wrong.extend(more.cloned());
        } else if self.asked.stops && !clean.failures.is_empty() {
            // What comes first is up to the threads.
            return Ok(());
        }
        if !wrong.is_empty() {
            return Err(format!("outputs differ from those of a clean build: {wrong:?}"));
        }
        same("artefacts", &done.artefacts, &clean.artefacts)?;
        same("failures", &done.failures, &clean.failures)?;
        if done.status != clean.status {
            return Err(format!(
                "exit status {:?}, of a clean build {:?}",
                done.status, clean.status
            ));
        }
        // With mistakes elsewhere, a clean build has not come to all that an earlier one has made.
        if clean.is_success { same("what programs said", &done.said, &clean.said) } else { Ok(()) }
    }

    /// A build of the sources as they are has ended.
    fn remembered(&mut self, is_new_process: bool) {
        let (host, root) = (&*self.tree.machine.host, self.tree.root());
        let has_shard = |package: &str| Shard::load(host, &root, package).is_some();
        self.bound.remembered(&self.model, is_new_process, has_shard);
    }

    /// Builds, compares with a clean build, and builds again.
    pub(super) fn build(&mut self, same_session: bool, waits: [usize; 3]) -> Result<(), String> {
        let done = self.tree.build(&self.asked, same_session, &[])?;
        if let Some(breach) = self.bound.breach(&self.model, &self.asked, &done) {
            return Err(format!("{breach}, which the model does not allow"));
        }
        self.check_log(&done)?;
        let clean = self.clean();
        same("diagnostics", &done.diagnostics, &clean.diagnostics)?;
        self.compare(&done, &clean)?;
        self.tally.barred.add(clean.diagnostics.iter().any(|it| it.contains("unreadable-")));
        if done.is_success {
            let host = &*self.tree.machine.host;
            let is_recorded = Record::load(host, &self.tree.root()).is_some();
            self.bound.made(&self.model, &self.asked, is_recorded);
        } else {
            self.attempted();
        }
        self.remembered(!same_session);
        for wait in waits.into_iter().skip(1) {
            self.tree.machine.wait(wait);
            self.build_again(&clean)?;
        }
        Ok(())
    }

    /// Builds once more in a new process: there is nothing to do but what fails, and no front end runs.
    fn build_again(&mut self, clean: &Done) -> Result<(), String> {
        let stamps = self.tree.stamps();
        let again = self.tree.build(&self.asked, false, &[])?;
        same("diagnostics of a second build", &again.diagnostics, &clean.diagnostics)?;
        let fails =
            |step: &&String| clean.failures.iter().any(|it| it.starts_with(&format!("{step}: ")));
        let stops = self.asked.stops && !clean.failures.is_empty();
        let done: Vec<&String> = again.steps.iter().filter(|step| !fails(step)).collect();
        if !stops && !done.is_empty() {
            return Err(format!("a second build did something: {done:?}"));
        }
        let checked = again.checked.unwrap_or_default();
        if let Some(breach) = self.bound.check_breach(&self.model, &checked) {
            return Err(format!("a second build did something: {breach}"));
        }
        self.remembered(true);
        if clean.is_success {
            if again.compiled != 0 {
                return Err(format!("a second build compiled {} modules", again.compiled));
            }
            same("what programs said, told again", &again.said, &clean.said)?;
            if stamps != self.tree.stamps() {
                return Err("a second build wrote outputs".to_owned());
            }
        }
        self.tree.machine.take_log();
        Ok(())
    }
}

/// Compares what a build says with what a clean one says.
pub(super) fn same(what: &str, ours: &[String], theirs: &[String]) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what}: {ours:#?}\nof a clean build: {theirs:#?}"))
}
