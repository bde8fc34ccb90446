//! The law of incremental builds: whatever was edited, damaged or moved before, a build makes what a clean one makes, says what a
//! clean one says, and has nothing to do when it is asked again.
//!
//! A random workspace takes random steps. `OAST_LAW_SEED` replays one sequence, `OAST_LAW_STEPS` sets how many steps each target
//! takes. A sequence that breaks the law is shortened before it is shown.

mod model;
mod tree;

use std::panic::{AssertUnwindSafe, catch_unwind};

use oast_engine::host::{Host as _, OsHost};

use crate::law::model::{EDITS, Edit, Model, Random};
use crate::law::tree::{Tree, clean_build};

/// How many steps a sequence has.
const LENGTH: usize = 10;

/// How many steps are taken for Python, where no compiler runs, and for C.
const STEPS: [(&str, usize); 2] = [("python-3", 300), ("c-11", 20)];

/// What happens between two builds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Happening {
    /// The sources are edited.
    Edit(Edit),
    /// The sources are what they were so many steps ago.
    Revert(usize),
    /// A source is written again as it is.
    Touch,
    /// An output gets other content.
    AlterOutput,
    DeleteOutput,
    /// A file of the state gets a wrong byte.
    DamageState,
    /// A file of the state loses its end.
    CutState,
    DeleteState,
    /// The workspace is somewhere else.
    MoveTree,
    /// One package is built alone.
    Partial,
    /// The sources are checked.
    Check,
    /// The other profile is asked for.
    Profile,
    Clean,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    happening: Happening,
    a: usize,
    b: usize,
    /// Whether the session that built before goes on, and is told, or a new one begins.
    same_session: bool,
    /// Whether the build stops at the first mistake.
    stops: bool,
    /// Whether a build comes after it, or the next step.
    builds: bool,
}

fn step(random: &mut Random) -> Step {
    let others = [
        Happening::Revert(1 + random.below(3)),
        Happening::Touch,
        Happening::AlterOutput,
        Happening::DeleteOutput,
        Happening::DamageState,
        Happening::CutState,
        Happening::DeleteState,
        Happening::MoveTree,
        Happening::Partial,
        Happening::Check,
        Happening::Profile,
        Happening::Clean,
    ];
    let happening = match random.below(3) {
        0 => others[random.below(others.len())],
        _ => Happening::Edit(EDITS[random.below(EDITS.len())]),
    };
    Step {
        happening,
        a: random.next() as usize,
        b: random.next() as usize,
        same_session: random.below(2) == 0,
        stops: random.below(2) == 0,
        builds: random.below(5) != 0,
    }
}

/// What a build may do, as far as the model says.
#[derive(Debug, PartialEq)]
enum Bound {
    Nothing,
    /// Only what is of this module.
    Module(String),
    Anything,
}

fn bound(happening: Happening, module: Option<String>) -> Bound {
    match happening {
        Happening::Touch | Happening::Check | Happening::Edit(Edit::Nothing) => Bound::Nothing,
        Happening::Edit(Edit::Version | Edit::Description) => Bound::Nothing,
        Happening::Edit(Edit::Body | Edit::Comment | Edit::UnusedInterface | Edit::Warning) => {
            module.map_or(Bound::Anything, Bound::Module)
        }
        _ => Bound::Anything,
    }
}

/// Takes the steps; the first breach of the law, if there is one.
fn run(target: &str, seed: u64, steps: &[Step]) -> Result<(), String> {
    let mut random = Random::new(seed);
    let mut model = Model::new(&mut random);
    let mut tree = Tree::new(target, &model.files());
    let mut past = vec![model.clone()];
    let first = tree.build(true, false, &[])?;
    // Whether all outputs were right when the last build ended, and all that has happened since was bounded.
    let mut was_right = first.is_success;
    for (index, step) in steps.iter().enumerate() {
        let at = |message: String| format!("step {index}, {step:?}: {message}");
        let module = match step.happening {
            Happening::Edit(edit) => model.edit(edit, step.a, step.b),
            Happening::Revert(back) => {
                model = past[past.len().saturating_sub(1 + back)].clone();
                None
            }
            _ => None,
        };
        past.push(model.clone());
        tree.happen(step, &model.files());
        let bound = bound(step.happening, module);
        if !step.builds {
            was_right &= bound == Bound::Nothing;
            continue;
        }
        let done = tree.build(step.same_session, step.stops, &[]).map_err(at)?;
        if was_right && done.is_success {
            let allowed = |label: &String| match &bound {
                Bound::Nothing => false,
                // What a module is part of is put together again.
                Bound::Module(name) => {
                    let package = name.split('/').next().unwrap_or_default();
                    label.split(' ').nth(1) == Some(name)
                        || !label.contains('/') && label.contains(package)
                        || label.starts_with("link ")
                }
                Bound::Anything => true,
            };
            if let Some(label) = done.steps.iter().find(|label| !allowed(label)) {
                return Err(at(format!("{label:?} was done, beyond {bound:?}")));
            }
        }
        was_right = done.is_success;
        let clean = clean_build(target, &model.files(), step.stops, tree.release);
        if done.diagnostics != clean.diagnostics {
            let (ours, theirs) = (&done.diagnostics, &clean.diagnostics);
            return Err(at(format!("diagnostics {ours:#?}\nof a clean build {theirs:#?}")));
        }
        if done.is_success {
            let different = tree::difference(&done.outputs, &clean.outputs);
            if !different.is_empty() {
                return Err(at(format!(
                    "outputs differ from those of a clean build: {different:?}"
                )));
            }
            if done.artefacts != clean.artefacts {
                return Err(at(format!("{:?} is not {:?}", done.artefacts, clean.artefacts)));
            }
        }
        let stamps = tree.stamps();
        let again = tree.build(false, step.stops, &[]).map_err(at)?;
        if done.is_success && (!again.steps.is_empty() || stamps != tree.stamps()) {
            return Err(at(format!("a second build did something: {:?}", again.steps)));
        }
        if again.diagnostics != clean.diagnostics {
            return Err(at(format!("the second build says {:#?}", again.diagnostics)));
        }
    }
    Ok(())
}

fn breach(target: &str, seed: u64, steps: &[Step]) -> Option<String> {
    match catch_unwind(AssertUnwindSafe(|| run(target, seed, steps))) {
        Ok(result) => result.err(),
        Err(_) => Some("a panic".to_owned()),
    }
}

/// Leaves out steps as long as the law is broken without them.
fn shortened(target: &str, seed: u64, mut steps: Vec<Step>) -> (Vec<Step>, String) {
    let mut index = 0;
    while index < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(index);
        if breach(target, seed, &fewer).is_some() {
            steps = fewer;
        } else {
            index += 1;
        }
    }
    let message = breach(target, seed, &steps).unwrap_or_else(|| "not every time".to_owned());
    (steps, message)
}

fn number(name: &str) -> Option<u64> {
    OsHost.env(name)?.parse().ok()
}

fn obey(target: &str, steps: usize) {
    let steps = number("OAST_LAW_STEPS").map_or(steps, |it| it as usize);
    let only = number("OAST_LAW_SEED");
    let rounds = (steps / LENGTH) as u64;
    let seeds = only.map_or(1..=rounds, |seed| seed..=seed);
    for seed in seeds {
        let mut random = Random::new(seed ^ 0x0A57);
        let steps: Vec<Step> = (0..LENGTH).map(|_| step(&mut random)).collect();
        if let Some(message) = breach(target, seed, &steps) {
            let (steps, short) = shortened(target, seed, steps);
            panic!("OAST_LAW_SEED={seed}, {target}: {message}\n\nin short: {steps:#?}\n{short}");
        }
    }
}

#[test]
fn incremental_equals_clean_for_python() {
    obey(STEPS[0].0, STEPS[0].1);
}

#[test]
fn incremental_equals_clean_for_c() {
    obey(STEPS[1].0, STEPS[1].1);
}
