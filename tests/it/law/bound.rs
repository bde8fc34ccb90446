//! How much a build may do: a small reference model, which knows what every step depends on.

use std::collections::{BTreeMap, BTreeSet};

use crate::law::model::{Model, ModuleFacts};
use crate::law::{Asked, PYTHON, TARGETS};

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

/// What is on the disk, as far as the model knows: for each target, the states of the sources of which its outputs may be. Where one
/// is missing, anything may be.
#[derive(Debug, Default)]
pub(super) struct Bound {
    made: BTreeMap<&'static str, Vec<Snapshot>>,
    /// The packages some of whose outputs were altered.
    altered: BTreeSet<String>,
    /// Whether it may be forgotten how actions came out.
    is_forgotten: bool,
}

impl Bound {
    /// A build has ended that made everything that was asked for, and that took these steps. One that had nothing to do has not looked
    /// at what is remembered of actions.
    pub(super) fn made(&mut self, model: &Model, asked: &Asked, steps: &[String]) {
        for target in asked.targets() {
            self.made.insert(target, vec![snapshot(model, asked)]);
        }
        if asked.targets().len() == TARGETS.len() {
            self.altered.clear();
            self.is_forgotten &= steps.is_empty();
        }
    }

    /// A build may have made some of what was asked for.
    pub(super) fn attempted(&mut self, model: &Model, asked: &Asked) {
        for target in asked.targets() {
            let now = snapshot(model, asked);
            self.made.entry(target).and_modify(|it| it.push(now));
        }
    }

    /// Somebody did something to an output of this package; with an empty name, of all.
    pub(super) fn altered(&mut self, package: &str) {
        self.altered.insert(package.to_owned());
    }

    /// Somebody did something to what is remembered of actions.
    pub(super) fn forgotten(&mut self) {
        self.is_forgotten = true;
    }

    /// The first of these steps that is beyond what a build may do.
    pub(super) fn breach<'s>(
        &self,
        model: &Model,
        asked: &Asked,
        steps: &'s [String],
    ) -> Option<&'s String> {
        let targets = asked.targets();
        let known = targets.iter().map(|target| self.made.get(target)).collect::<Option<Vec<_>>>();
        let _all_known = known?;
        let now = snapshot(model, asked);
        let others: Vec<&Snapshot> = self.made.values().flatten().collect();
        let c = self.made.iter().filter(|(target, _)| **target != PYTHON);
        let way = self.is_forgotten || c.flat_map(|(_, it)| it).any(|it| it.way != now.way);
        let differs = |path: &str, fact: fn(&ModuleFacts) -> &String| {
            let fact_of = |it: &Snapshot| it.modules.get(path).map(|it| fact(it).clone());
            others.iter().any(|it| fact_of(it) != fact_of(&now))
        };
        let allowed = |step: &str| {
            let (what, subject) = step.split_once(' ').unwrap_or((step, ""));
            let (path, part) = subject.split_once(" (").unwrap_or((subject, ""));
            let package = path.split('/').next().unwrap_or_default();
            if self.altered.contains(package) || self.altered.contains("") {
                return true;
            }
            let in_package = |it: &Snapshot| {
                let own = it.modules.iter().filter(|(it, _)| it.split('/').next() == Some(package));
                own.map(|(path, fact)| (path.clone(), fact.clone())).collect::<Vec<_>>()
            };
            let package_differs = || {
                others.iter().any(|it| {
                    in_package(it) != in_package(&now)
                        || it.packages.get(package) != now.packages.get(package)
                })
            };
            match (what, part) {
                ("write", _) => differs(path, |it| &it.positions),
                ("cc", "") if path == "run-time support" => {
                    way || others.iter().any(|it| it.languages != now.languages)
                }
                ("cc", "") => way || differs(path, |it| &it.meaning),
                ("cc" | "ar" | "merge", _) => way || package_differs(),
                // Of whatever it consists.
                ("link", _) => way || others.iter().any(|it| **it != now),
                _ => false,
            }
        };
        steps.iter().find(|step| !allowed(step))
    }
}

fn snapshot(model: &Model, asked: &Asked) -> Snapshot {
    let (modules, packages, languages) = (model.facts(), model.packages(), model.languages());
    Snapshot { modules, packages, languages, way: asked.way() }
}
