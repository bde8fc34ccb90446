//! The law of incremental builds: whatever was edited, damaged, moved, killed or done at the same time before, a build makes what a clean
//! one with an empty store makes, says what a clean one says, does no more than a small reference model allows, and has nothing to
//! do when it is asked again. What it made can be had again from the store, whatever was removed from that meanwhile.
//!
//! A random workspace takes random steps, on a machine in memory, where the clock and the C compiler are ours, and on the real one. How
//! many steps are taken is in [`COURSES`], and every course says so. `OAST_LAW_SEED` replays one sequence, `OAST_LAW_STEPS` sets how
//! many steps each course takes. A sequence that breaks the law is shortened before it is shown.
//!
//! What happens in memory happens in the same order every time, unless two processes build at once; on the disk, threads take turns as
//! they like, and a sequence that failed may pass when it is replayed.

mod bound;
mod found;
mod happening;
mod machine;
mod many;
mod model;
mod oats;
mod offsets;
mod process;
mod tree;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use oast_engine::base::Digest;
use oast_engine::host::{Host as _, OsHost};

use crate::law::bound::Bound;
use crate::law::happening::{
    Happening, collect, damage, damage_database, delete_store, doctor, is_kept,
};
use crate::law::machine::{Compiler, Kind, Machine};
use crate::law::model::{Languages, Model, Random};
use crate::law::tree::{Done, Files, Tree, clean_build, missing};

/// How many steps a sequence has.
const LENGTH: usize = 10;

const PYTHON: &str = "python-3";
const C: &str = "c-11";
const TARGETS: [&str; 2] = [PYTHON, C];

/// How the labels of steps begin in which a program runs.
const RUN: [&str; 4] = ["cc ", "ar ", "merge ", "link "];

/// Sequences of one kind.
#[derive(Clone, Copy, Debug)]
struct Course {
    name: &'static str,
    kind: Kind,
    languages: Languages,
    /// The targets at first; `Happening::Ask` changes them where there is another.
    targets: [bool; 2],
    /// How many steps are taken, all sequences together.
    steps: usize,
}

/// What is done when nothing else is said, as in CI.
const COURSES: [Course; 6] = [
    course("in memory", Kind::Memory, Languages::Octizys, [true, true], 1_000),
    course("on the disk, Python", Kind::Disk, Languages::Octizys, [true, false], 100),
    course("on the disk, C", Kind::Disk, Languages::Octizys, [false, true], 30),
    course("both languages, in memory", Kind::Memory, Languages::Both, [true, true], 250),
    course("Oats, in memory", Kind::Memory, Languages::Oats, [true, true], 250),
    course("Oats, on the disk, C", Kind::Disk, Languages::Oats, [false, true], 30),
];

const fn course(
    name: &'static str,
    kind: Kind,
    languages: Languages,
    targets: [bool; 2],
    steps: usize,
) -> Course {
    Course { name, kind, languages, targets, steps }
}

/// How builds are asked for.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    /// Which of [`TARGETS`].
    targets: [bool; 2],
    release: bool,
    store: bool,
    /// Whether the build stops at the first mistake.
    stops: bool,
    compiler: Compiler,
}

impl Asked {
    fn targets(&self) -> Vec<&'static str> {
        let asked = TARGETS.into_iter().zip(self.targets);
        asked.filter(|(_, is_asked)| *is_asked).map(|(target, _)| target).collect()
    }

    fn way(&self) -> String {
        format!("{} {:?}", self.release, self.compiler)
    }

    fn change(&mut self, course: &Course, a: usize, b: usize) {
        if course.kind == Kind::Memory {
            self.targets = [[true, false], [false, true], [true, true], [true, true]][a % 4];
        }
        self.release = b.is_multiple_of(2);
        self.store = !(b / 2).is_multiple_of(4);
    }
}

#[derive(Clone, Copy, Debug)]
struct Step {
    happening: Happening,
    a: usize,
    b: usize,
    /// Whether the process that built before goes on, and is told, or a new one begins.
    same_session: bool,
    /// Whether the build stops at the first mistake.
    stops: bool,
    /// Whether a build comes after it, or the next step.
    builds: bool,
    /// How much time goes by before it, and before the builds after it, where that is up to us.
    waits: [usize; 3],
}

fn step(random: &mut Random) -> Step {
    Step {
        happening: Happening::random(random),
        a: random.next() as usize,
        b: random.next() as usize,
        same_session: random.below(2) == 0,
        stops: random.below(2) == 0,
        builds: random.below(5) != 0,
        waits: [random.below(4), random.below(4), random.below(4)],
    }
}

/// A workspace, and all that is known of it.
struct Run<'c> {
    course: &'c Course,
    model: Model,
    past: Vec<Model>,
    tree: Tree,
    asked: Asked,
    bound: Bound,
    /// What was compiled with the store, which remembers that as long as it is well.
    compiled: BTreeSet<Digest>,
    is_store_well: bool,
    /// The last clean build, and of what it was one.
    clean: Option<(Files, Asked, Rc<Done>)>,
}

/// Takes the steps; the first breach of the law, if there is one.
fn run(course: &Course, seed: u64, steps: &[Step]) -> Result<(), String> {
    let model = Model::new(course.languages, &mut Random::new(seed));
    let compiler = Compiler::default();
    let (targets, release) = (course.targets, false);
    let asked = Asked { targets, release, store: true, stops: false, compiler };
    let tree = Tree::new(Machine::new(course.kind, compiler), &model.files());
    let past = vec![model.clone()];
    let (bound, compiled) = (Bound::default(), BTreeSet::new());
    let mut run =
        Run { course, model, past, tree, asked, bound, compiled, is_store_well: true, clean: None };
    run.build(true, [0; 3]).map_err(|message| format!("at first: {message}"))?;
    for (index, step) in steps.iter().enumerate() {
        let at = |message: String| format!("step {index}, {step:?}: {message}");
        run.asked.stops = step.stops;
        run.tree.machine.wait(step.waits[0]);
        run.happen(step).map_err(at)?;
        if step.builds {
            run.build(step.same_session, step.waits).map_err(at)?;
        }
    }
    Ok(())
}

impl Run<'_> {
    fn happen(&mut self, step: &Step) -> Result<(), String> {
        let Step { happening, a, b, .. } = *step;
        let before = self.model.clone();
        match happening {
            Happening::Edit(edit) => self.model.edit(edit, a, b),
            Happening::EditDuringBuild(edit) => self.model.edit(edit, a, b),
            Happening::Revert(back) => {
                self.model = self.past[self.past.len().saturating_sub(1 + back)].clone();
            }
            _ => (),
        }
        self.past.push(self.model.clone());
        let files = self.model.files();
        let root = self.tree.root();
        match happening {
            Happening::Edit(_) | Happening::Revert(_) => self.tree.write(&files),
            Happening::Touch => self.tree.touch(a),
            Happening::AlterOutput | Happening::DeleteOutput => {
                if let Some(path) = self.tree.some_file(&self.tree.outputs(), a) {
                    damage(
                        &self.tree,
                        &path,
                        usize::from(happening == Happening::DeleteOutput) * 2,
                        b,
                    );
                    self.altered(path.as_str());
                }
            }
            Happening::AlterDuringBuild => {
                self.bound.altered("");
                _ = self.tree.build_while_altered(&self.asked, a, b % 60);
                self.interrupted();
            }
            Happening::DamageState | Happening::CutState | Happening::DeleteState => {
                if let Some(path) = self.tree.some_file(&root.join(".oast"), a) {
                    let how = match happening {
                        Happening::DamageState => 0,
                        Happening::CutState => 1,
                        _ => 2,
                    };
                    damage(&self.tree, &path, how, b);
                    if path.ends_with(".oast/record") {
                        self.bound.forgotten();
                    }
                }
            }
            Happening::DeleteAllState => {
                self.tree.machine.host.remove_directory(&root.join(".oast")).unwrap();
                self.bound.forgotten();
            }
            Happening::MoveTree => self.tree.relocate(),
            Happening::Partial => {
                let packages: Vec<String> = self.model.packages().into_keys().collect();
                let package = &*packages[a % packages.len()];
                _ = self.tree.build(&self.asked, step.same_session, &[package]);
                self.interrupted();
            }
            Happening::Check => {
                let said = self.tree.check(&self.asked);
                let clean = self.clean();
                same("what a check says", &said, &clean.diagnostics)?;
            }
            Happening::Ask => self.asked.change(self.course, a, b),
            Happening::Compiler => {
                let compiler = Compiler { version: a % 3, is_broken: b.is_multiple_of(4) };
                self.asked.compiler = compiler;
                self.tree.machine.install(compiler);
            }
            Happening::Clean => {
                self.tree.clean();
                self.bound = Bound::default();
            }
            Happening::DamageBlob => {
                let cas = self.tree.machine.home().join("cas");
                if let Some(path) = self.tree.some_file(&cas, a) {
                    damage(&self.tree, &path, b % 3, b / 3);
                    self.is_store_well = false;
                }
            }
            Happening::DamageDatabase => {
                damage_database(&self.tree, a, b % 3, b / 3);
                self.is_store_well = false;
            }
            Happening::DeleteStore => {
                delete_store(&self.tree);
                (self.is_store_well, self.compiled) = (true, BTreeSet::new());
            }
            Happening::Doctor => {
                self.is_store_well = doctor(&self.tree)?;
                // What was damaged has to be made once more.
                self.compiled.clear();
            }
            Happening::Collect => self.collect(step)?,
            Happening::Kill => {
                self.tree.build_and_kill(&self.asked, a % 120);
                self.interrupted();
            }
            Happening::EditDuringBuild(_) => {
                self.attempted(&before);
                self.tree.build_while_edited(&self.asked, &files, a % 200);
                self.interrupted();
            }
            Happening::TwoBuilds => self.two_builds(a)?,
            Happening::Neighbour => self.neighbour(a)?,
            Happening::SetBack => self.tree.machine.set_back(b),
        }
        Ok(())
    }

    /// An output was altered: what makes those of its package may be done again.
    fn altered(&mut self, path: &str) {
        let packages = self.model.packages();
        let is_part = |name: &&String| {
            path.contains(&format!("/{name}/"))
                || path.contains(&format!("/{name}."))
                || path.contains(&format!("/lib{name}."))
        };
        let package = packages.keys().find(is_part);
        self.bound.altered(package.map_or("", |it| it));
    }

    /// A build of `model` may have made anything or nothing of what was asked for.
    fn attempted(&mut self, model: &Model) {
        self.bound.attempted(model, &self.asked);
    }

    /// A build that nothing is known of has ended, of the sources as they are.
    fn interrupted(&mut self) {
        self.bound.attempted(&self.model, &self.asked);
        // What it had compiled it may have told nobody.
        self.tree.machine.take_log();
    }

    /// What a clean build makes of the sources as they are.
    fn clean(&mut self) -> Rc<Done> {
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

    fn two_builds(&mut self, a: usize) -> Result<(), String> {
        let mut other = self.asked.clone();
        if self.course.kind == Kind::Memory && a.is_multiple_of(2) {
            other.targets = [[true, false], [false, true], [true, true]][a / 2 % 3];
        }
        self.attempted(&self.model.clone());
        self.bound.attempted(&self.model, &other);
        let both = self.tree.build_twice([&self.asked, &other], None);
        let clean = self.clean();
        for done in both {
            let done = done?;
            same("one of two", &done.diagnostics, &clean.diagnostics)?;
            if done.is_success {
                self.check_log(&done)?;
            }
        }
        Ok(())
    }

    /// Builds, and then lets go what nothing holds: what was built is not among it.
    fn collect(&mut self, step: &Step) -> Result<(), String> {
        self.build(step.same_session, step.waits)?;
        let clean = self.clean();
        // What was done without the store, or with another one, need not be in it.
        let is_whole = self.asked.store && self.is_store_well && is_kept(&self.tree)?;
        let result = collect(&self.tree);
        self.compiled.clear();
        if !self.is_store_well || !clean.is_success {
            return Ok(());
        }
        result?;
        self.tree.machine.host.remove_directory(&self.tree.outputs()).unwrap();
        self.bound.altered("");
        let again = self.tree.build(&self.asked, false, &[])?;
        self.compare(&again, &clean)?;
        let is_run = |step: &&String| RUN.iter().any(|it| step.starts_with(it));
        let ran: Vec<&String> = again.steps.iter().filter(is_run).collect();
        if is_whole && !ran.is_empty() {
            return Err(format!("what was built is not held: {ran:?}"));
        }
        self.tree.machine.take_log();
        Ok(())
    }

    fn neighbour(&mut self, a: usize) -> Result<(), String> {
        let asked = self.asked.clone();
        self.attempted(&self.model.clone());
        let both = self.tree.build_twice([&asked, &asked], Some(&format!("neighbour {}", a % 2)));
        let clean = self.clean();
        for done in both {
            let done = done?;
            same("one of two", &done.diagnostics, &clean.diagnostics)?;
            self.compare(&done, &clean)?;
        }
        self.check_log(&clean)
    }

    /// What was compiled with the store is not compiled again.
    fn check_log(&mut self, done: &Done) -> Result<(), String> {
        let log = self.tree.machine.take_log();
        if !self.asked.store || !self.is_store_well || !done.failures.is_empty() {
            return Ok(());
        }
        let again = log.iter().any(|it| !self.compiled.insert(*it));
        if again { Err(format!("something was compiled again: {:?}", done.steps)) } else { Ok(()) }
    }

    /// Outputs, artefacts and failures are those of a clean build.
    fn compare(&self, done: &Done, clean: &Done) -> Result<(), String> {
        let mut wrong = missing(&clean.outputs, &done.outputs);
        if clean.is_success {
            wrong.extend(missing(&done.outputs, &clean.outputs));
        } else if self.asked.stops && !clean.failures.is_empty() {
            // What comes first is up to the threads.
            return Ok(());
        }
        if !wrong.is_empty() {
            return Err(format!("outputs differ from those of a clean build: {wrong:?}"));
        }
        same("artefacts", &done.artefacts, &clean.artefacts)?;
        same("failures", &done.failures, &clean.failures)?;
        // With mistakes elsewhere, a clean build has not come to all that an earlier one has made.
        if clean.is_success { same("what programs said", &done.said, &clean.said) } else { Ok(()) }
    }

    /// Builds, compares with a clean build, and builds again.
    fn build(&mut self, same_session: bool, waits: [usize; 3]) -> Result<(), String> {
        let done = self.tree.build(&self.asked, same_session, &[])?;
        if let Some(label) = self.bound.breach(&self.model, &self.asked, &done.steps) {
            return Err(format!("{label:?} was done, which the model does not allow"));
        }
        self.check_log(&done)?;
        let clean = self.clean();
        same("diagnostics", &done.diagnostics, &clean.diagnostics)?;
        self.compare(&done, &clean)?;
        if done.is_success {
            self.bound.made(&self.model, &self.asked, &done.steps);
        } else {
            self.attempted(&self.model.clone());
        }
        for wait in waits.into_iter().skip(1) {
            self.tree.machine.wait(wait);
            self.build_again(&clean)?;
        }
        Ok(())
    }

    /// Builds once more in a new process: there is nothing to do but what fails.
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
        if clean.is_success {
            same("what programs said, told again", &again.said, &clean.said)?;
            if stamps != self.tree.stamps() {
                return Err("a second build wrote outputs".to_owned());
            }
        }
        self.tree.machine.take_log();
        Ok(())
    }
}

fn same(what: &str, ours: &[String], theirs: &[String]) -> Result<(), String> {
    if ours == theirs {
        return Ok(());
    }
    Err(format!("{what}: {ours:#?}\nof a clean build: {theirs:#?}"))
}

fn breach(course: &Course, seed: u64, steps: &[Step]) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| run(course, seed, steps))) {
        Ok(result) => result.err(),
        Err(_) => Some("a panic".to_owned()),
    }
}

/// Leaves out steps as long as the law is broken without them.
fn shortened(course: &Course, seed: u64, mut steps: Vec<Step>) -> (Vec<Step>, String) {
    let mut index = 0;
    while index < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(index);
        if breach(course, seed, &fewer).is_some() {
            steps = fewer;
        } else {
            index += 1;
        }
    }
    let message = breach(course, seed, &steps).unwrap_or_else(|| "not every time".to_owned());
    (steps, message)
}

fn number(name: &str) -> Option<u64> {
    OsHost.env(name)?.parse().ok()
}

fn obey(course: &Course) {
    let steps = number("OAST_LAW_STEPS").map_or(course.steps, |it| it as usize);
    let only = number("OAST_LAW_SEED");
    let rounds = (steps / LENGTH) as u64;
    let seeds = only.map_or(1..=rounds, |seed| seed..=seed);
    let taken = seeds.clone().count() * LENGTH;
    for seed in seeds.clone() {
        let mut random = Random::new(seed ^ 0x0A57);
        let steps: Vec<Step> = (0..LENGTH).map(|_| step(&mut random)).collect();
        if let Some(message) = breach(course, seed, &steps) {
            let (steps, short) = shortened(course, seed, steps);
            let name = course.name;
            panic!("OAST_LAW_SEED={seed}, {name}: {message}\n\nin short: {steps:#?}\n{short}");
        }
    }
    // Not swallowed, as what is printed by macros is: whoever reads the log of CI can see it.
    _ = writeln!(io::stderr(), "the law, {}: {taken} steps, seeds {seeds:?}", course.name);
}

#[test]
fn incremental_equals_clean_in_memory() {
    obey(&COURSES[0]);
}

#[test]
fn incremental_equals_clean_for_python() {
    obey(&COURSES[1]);
}

#[test]
fn incremental_equals_clean_for_c() {
    obey(&COURSES[2]);
}

#[test]
fn incremental_equals_clean_for_both_languages() {
    obey(&COURSES[3]);
}

#[test]
fn incremental_equals_clean_for_oats() {
    obey(&COURSES[4]);
}

#[test]
fn incremental_equals_clean_for_oats_and_c() {
    obey(&COURSES[5]);
}
