//! The law of incremental builds: whatever was edited, damaged, moved, killed or done at the same time before, a build makes what a clean
//! one with an empty store makes, says what a clean one says, does no more than a small reference model allows, and has nothing to
//! do when it is asked again. What it made can be had again from the store, whatever was removed from that meanwhile.
//!
//! What is bounded is which steps are done, and the front ends of which modules run, each at most once (`bound`): a module is checked
//! where its text or an answer that it gets from others is not what it was, or where nobody remembers that. An altered output, a lost
//! record or another compiler lets no front end run.
//!
//! A random workspace takes random steps, on a machine in memory, where the clock and the C compiler are ours, and on the real one, with
//! builds in threads of this process and with builds by the real program, which is killed and meets others of its kind. How
//! many steps are taken is in [`COURSES`], and every course says so. `OAST_LAW_SEED` replays one sequence (`7`) or takes others than the first
//! (`100..200`), `OAST_LAW_STEPS` sets how many steps each course takes. A sequence that breaks the law is shortened before it is shown.
//!
//! What happens in memory happens in the same order every time, unless two processes build at once; on the disk, threads take turns as
//! they like, and a sequence that failed may pass when it is replayed. What builds by the real program check is not known, and neither is
//! how often they looked when they are killed: that is a matter of microseconds.

mod bound;
mod collected;
mod compiler;
mod done;
mod facts;
mod files;
mod found;
mod happening;
mod leftovers;
mod machine;
mod many;
mod model;
mod oats;
mod octizys;
mod offsets;
mod process;
mod program;
mod run;
mod stand_in;
mod step;
mod take;
mod tally;
mod tree;

use std::io::{self, Write as _};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use oast_engine::build::on_deep_stack;
use oast_engine::host::{Host as _, OsHost};

use crate::law::compiler::Compiler;
use crate::law::machine::Kind;
use crate::law::model::{Languages, Random};
use crate::law::run::run;
use crate::law::step::Step;
use crate::law::tally::Tally;

/// How many steps a sequence has.
const LENGTH: usize = 10;

const PYTHON: &str = "python-3";
const C: &str = "c-11";
const TARGETS: [&str; 2] = [PYTHON, C];

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
const COURSES: [Course; 8] = [
    course("in memory", Kind::Memory, Languages::Octizys, [true, true], 1_000),
    course("on the disk, Python", Kind::Disk, Languages::Octizys, [true, false], 100),
    course("on the disk, C", Kind::Disk, Languages::Octizys, [false, true], 30),
    course("both languages, in memory", Kind::Memory, Languages::Both, [true, true], 250),
    course("Oats, in memory", Kind::Memory, Languages::Oats, [true, true], 250),
    course("Oats, on the disk, C", Kind::Disk, Languages::Oats, [false, true], 30),
    course("the program, Python", Kind::Program, Languages::Octizys, [true, false], 60),
    course("the program, C", Kind::Program, Languages::Both, [false, true], 20),
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

impl Course {
    fn is_in_memory(&self) -> bool {
        self.kind == Kind::Memory
    }
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
        if course.is_in_memory() {
            self.targets = [[true, false], [false, true], [true, true], [true, true]][a % 4];
        }
        self.release = b.is_multiple_of(2);
        self.store = !(b / 2).is_multiple_of(4);
    }
}

/// Takes the steps; what became of them, or the breach.
fn attempt(course: &Course, seed: u64, steps: &[Step]) -> Result<Tally, String> {
    // As the program does: with less of a stack builds ask nothing ahead.
    let course = || on_deep_stack(|| run(course, seed, steps)).expect("there are threads");
    catch_unwind(AssertUnwindSafe(course)).unwrap_or_else(|_| Err("a panic".to_owned()))
}

/// Leaves out steps as long as the law is broken without them.
fn shortened(course: &Course, seed: u64, mut steps: Vec<Step>) -> (Vec<Step>, String) {
    let mut index = 0;
    while index < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(index);
        if attempt(course, seed, &fewer).is_err() {
            steps = fewer;
        } else {
            index += 1;
        }
    }
    let message = attempt(course, seed, &steps).err();
    let message = message.unwrap_or_else(|| "not every time".to_owned());
    (steps, message)
}

fn number(name: &str) -> Option<u64> {
    OsHost.env(name)?.parse().ok()
}

/// The seeds of so many sequences: those that somebody wants (`7`, `100..200`), or the first.
fn seeds(rounds: u64) -> Range<u64> {
    let Some(wanted) = OsHost.env("OAST_LAW_SEED") else { return 1..1 + rounds };
    let number = |text: &str| text.parse::<u64>().expect("a seed is a number");
    match wanted.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => number(&wanted)..number(&wanted) + 1,
    }
}

fn obey(course: &Course) {
    let steps = number("OAST_LAW_STEPS").map_or(course.steps, |it| it as usize);
    let seeds = seeds((steps / LENGTH) as u64);
    let taken = seeds.clone().count() * LENGTH;
    let (processes, mut tally) = (course.kind == Kind::Program, Tally::default());
    for seed in seeds.clone() {
        let mut random = Random::new(seed ^ 0x0A57);
        let steps: Vec<Step> = (0..LENGTH).map(|_| Step::random(&mut random, processes)).collect();
        match attempt(course, seed, &steps) {
            Ok(more) => tally.add(&more),
            Err(message) => {
                let (steps, short) = shortened(course, seed, steps);
                let name = course.name;
                panic!("OAST_LAW_SEED={seed}, {name}: {message}\n\nin short: {steps:#?}\n{short}");
            }
        }
    }
    // Not swallowed, as what is printed by macros is: whoever reads the log of CI can see it.
    let name = course.name;
    _ = writeln!(io::stderr(), "the law, {name}: {taken} steps, seeds {seeds:?}; {tally}");
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

#[test]
fn incremental_equals_clean_for_the_program_and_python() {
    obey(&COURSES[6]);
}

#[test]
fn incremental_equals_clean_for_the_program_and_c() {
    obey(&COURSES[7]);
}
