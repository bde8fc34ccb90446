//! How much a build may do: a small reference model, which knows what every step, and every run of a front end, depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::law::done::Done;
use crate::law::facts::{ModuleFacts, Seen};
use crate::law::model::Model;
use crate::law::{Asked, C, PYTHON};

/// What outputs may have been made of.
#[derive(Clone, Debug, PartialEq)]
struct Snapshot {
    modules: BTreeMap<String, ModuleFacts>,
    packages: BTreeMap<String, String>,
    /// What the run-time support is for.
    languages: BTreeSet<bool>,
    /// How it was compiled.
    way: String,
}

/// The outputs of a target, or the intermediates, which every build makes.
#[derive(Debug, Default)]
struct Group {
    /// The states of the sources of which they may have been made; where it is `None`, anything may be.
    made: Option<Vec<Rc<Snapshot>>>,
    /// The packages some of whose outputs were altered; an empty name stands for all.
    altered: BTreeSet<String>,
}

/// The group of the intermediates.
const INTERMEDIATES: &str = "ioct";

/// What is on the disk, as far as the model knows.
#[derive(Debug, Default)]
pub(super) struct Bound {
    groups: BTreeMap<&'static str, Group>,
    /// For each package, what its modules may have been when it was last remembered what their front ends made. Nothing may be
    /// remembered of a package that is not among them.
    remembered: BTreeMap<String, Vec<Seen>>,
    /// The packages whose records of modules were damaged: what is lost of their intermediates has to be made anew.
    worn: BTreeSet<String>,
    /// The packages of whose modules some rows beside the shard were damaged: what is in them is known only to who asks.
    frayed: BTreeSet<String>,
    /// The packages of whose inputs nothing may be remembered; an empty name stands for all. A process that knows them from before cannot
    /// tell when they were as it knows them, so it leaves the others nothing.
    unsettled: BTreeSet<String>,
    /// Whether it may be forgotten how actions came out.
    is_forgotten: bool,
}

impl Bound {
    /// A build has ended that made everything that was asked for, and has left a record of actions, or not.
    pub(super) fn made(&mut self, model: &Model, asked: &Asked, is_recorded: bool) {
        let now = snapshot(model, asked);
        for group in groups(asked) {
            let made = Some(vec![now.clone()]);
            self.groups.insert(group, Group { made, altered: BTreeSet::new() });
        }
        // Only the actions of a target that is asked for are recorded where the record was lost.
        self.is_forgotten &= !(is_recorded && asked.targets().contains(&C));
    }

    /// A build may have made some of what was asked for.
    pub(super) fn attempted(&mut self, model: &Model, asked: &Asked) {
        let now = snapshot(model, asked);
        for group in groups(asked) {
            if let Some(made) = &mut self.groups.entry(group).or_default().made {
                made.push(now.clone());
            }
        }
        for (package, seen) in model.seen() {
            if let Some(states) = self.remembered.get_mut(&package) {
                states.push(seen);
            }
        }
    }

    /// A build has ended, and so all is remembered that front ends have made, but of packages that have no shard: it was lost, and nobody
    /// has looked into them since. Packages that depend on each other in a circle are not looked into.
    pub(super) fn remembered(
        &mut self,
        model: &Model,
        is_new_process: bool,
        has_shard: impl Fn(&str) -> bool,
    ) {
        if is_new_process {
            self.unsettled.clear();
        }
        let now = model.seen();
        self.remembered.retain(|package, _| now.contains_key(package));
        for (package, seen) in now {
            if self.is_unsettled(&package) || !has_shard(&package) {
                self.remembered.remove(&package);
            } else if !model.is_circular(&package) {
                self.remembered.insert(package, vec![seen]);
            }
        }
    }

    fn is_unsettled(&self, package: &str) -> bool {
        self.unsettled.contains(package) || self.unsettled.contains("")
    }

    /// Somebody did something to the output at `path`, of this package; with an empty name, of all.
    pub(super) fn altered(&mut self, path: &str, package: &str) {
        let group = if path.contains("/ioct/") {
            INTERMEDIATES
        } else if path.contains("/python-3/") {
            PYTHON
        } else {
            C
        };
        self.groups.entry(group).or_default().altered.insert(package.to_owned());
    }

    /// Somebody may have done something to any output.
    pub(super) fn all_altered(&mut self) {
        for group in [INTERMEDIATES, PYTHON, C] {
            self.groups.entry(group).or_default().altered.insert(String::new());
        }
    }

    /// Somebody did something to a file of the state.
    pub(super) fn damaged(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or_default();
        match name.rsplit_once('.') {
            Some((package, "shard")) => _ = self.remembered.remove(package),
            Some((package, "rows")) => _ = self.frayed.insert(package.to_owned()),
            Some((package, "inputs")) => _ = self.unsettled.insert(package.to_owned()),
            Some((package, "records" | "recent")) => _ = self.worn.insert(package.to_owned()),
            _ if name == "record" => self.is_forgotten = true,
            _ => (),
        }
    }

    /// All of the state is gone.
    pub(super) fn forgotten(&mut self) {
        self.is_forgotten = true;
        self.remembered.clear();
        self.worn.clear();
        self.frayed.clear();
        self.unsettled.insert(String::new());
    }

    /// All outputs and all of the state are gone.
    pub(super) fn cleaned(&mut self) {
        *self = Bound::default();
        self.forgotten();
    }

    /// The first thing that was done beyond what a build may do.
    pub(super) fn breach(&self, model: &Model, asked: &Asked, done: &Done) -> Option<String> {
        let step = self.step_breach(model, asked, &done.steps);
        step.or_else(|| self.check_breach(model, done.checked.as_deref()?))
    }

    fn step_breach(&self, model: &Model, asked: &Asked, steps: &[String]) -> Option<String> {
        let groups: Vec<(&str, &Group)> = groups(asked)
            .map(|name| Some((name, self.groups.get(name)?)))
            .collect::<Option<_>>()?;
        let made = groups.iter().map(|(_, it)| it.made.as_ref()).collect::<Option<Vec<_>>>()?;
        let before: Vec<&Snapshot> = made.into_iter().flatten().map(|it| &**it).collect();
        let altered = |group: &str, package: &str| {
            let altered = groups.iter().filter(|(name, _)| group.is_empty() || *name == group);
            altered.clone().any(|(_, it)| it.altered.contains(package) || it.altered.contains(""))
        };
        let now = &*snapshot(model, asked);
        let step = Allowed { before, now, is_forgotten: self.is_forgotten };
        let is_allowed = |label: &&String| {
            let (what, package) = (label.split(' ').next(), package_of(label));
            let group = if what == Some("write") { "" } else { C };
            altered(group, package) || step.is_allowed(label)
        };
        steps.iter().find(|label| !is_allowed(label)).map(|label| format!("{label:?} was done"))
    }

    /// The first of these modules, whose front ends ran, of which that was not necessary.
    pub(super) fn check_breach(&self, model: &Model, checked: &[String]) -> Option<String> {
        let now = model.seen();
        let mut once = BTreeSet::new();
        let is_allowed = |path: &String| {
            let package = path.split('/').next().unwrap_or_default();
            let lost = self.groups.get(INTERMEDIATES).is_some_and(|it| {
                it.made.is_none() || it.altered.contains(package) || it.altered.contains("")
            });
            let fact = |seen: &Seen| seen.get(path).cloned();
            let now = now.get(package).and_then(fact);
            let differs = |states: &Vec<Seen>| states.iter().any(|it| fact(it) != now);
            // Of what cannot be read nothing is remembered.
            model.is_barred(path)
                || lost && self.worn.contains(package)
                || self.frayed.contains(package)
                || self.remembered.get(package).is_none_or(differs)
        };
        let found = checked.iter().find(|path| !once.insert(*path) || !is_allowed(path));
        found.map(|path| format!("the front end of {path:?} ran"))
    }
}

/// What decides whether steps are allowed.
struct Allowed<'a> {
    before: Vec<&'a Snapshot>,
    now: &'a Snapshot,
    is_forgotten: bool,
}

impl Allowed<'_> {
    fn is_allowed(&self, label: &str) -> bool {
        let (what, subject) = label.split_once(' ').unwrap_or((label, ""));
        let (path, part) = subject.split_once(" (").unwrap_or((subject, ""));
        let way = || self.is_forgotten || self.before.iter().any(|it| it.way != self.now.way);
        let any = |differs: &dyn Fn(&Snapshot) -> bool| self.before.iter().any(|it| differs(it));
        match (what, part) {
            ("write", _) => self.differs(path, |it| &it.positions),
            ("cc", "") if path == "run-time support" => {
                way() || any(&|it| it.languages != self.now.languages)
            }
            ("cc", "") => way() || self.differs(path, |it| &it.meaning),
            ("cc" | "ar" | "merge", _) => way() || self.package_differs(package_of(label)),
            // Of whatever it consists.
            ("link", _) => way() || any(&|it| it != self.now),
            _ => false,
        }
    }

    fn differs(&self, path: &str, fact: fn(&ModuleFacts) -> &String) -> bool {
        let fact_of = |it: &Snapshot| it.modules.get(path).map(|it| fact(it).clone());
        self.before.iter().any(|it| fact_of(it) != fact_of(self.now))
    }

    fn package_differs(&self, package: &str) -> bool {
        let in_package = |it: &Snapshot| {
            let own = it.modules.iter().filter(|(it, _)| it.split('/').next() == Some(package));
            own.map(|(path, fact)| (path.clone(), fact.clone())).collect::<Vec<_>>()
        };
        self.before.iter().any(|it| {
            in_package(it) != in_package(self.now)
                || it.packages.get(package) != self.now.packages.get(package)
        })
    }
}

/// The package that a step is about.
fn package_of(label: &str) -> &str {
    let subject = label.split_once(' ').map_or("", |(_, subject)| subject);
    let path = subject.split_once(" (").map_or(subject, |(path, _)| path);
    path.split('/').next().unwrap_or_default()
}

/// The outputs that a build looks at.
fn groups(asked: &Asked) -> impl Iterator<Item = &'static str> {
    asked.targets().into_iter().chain([INTERMEDIATES])
}

fn snapshot(model: &Model, asked: &Asked) -> Rc<Snapshot> {
    let (modules, packages, languages) = (model.facts(), model.packages(), model.languages());
    Rc::new(Snapshot { modules, packages, languages, way: asked.way() })
}
