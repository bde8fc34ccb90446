//! Taking a step: what happens to a workspace, and what the model then knows of it.

use camino::Utf8Path;

use crate::law::done::Done;
use crate::law::happening::{
    Asking, Building, Happening, Harm, Keeping, Mode, collect, damage, damage_database,
    delete_store, doctor, is_kept,
};
use crate::law::machine::Kind;
use crate::law::model::Edit;
use crate::law::run::{Run, same};
use crate::law::step::Step;

/// How the labels of steps begin in which a program runs.
const RUN: [&str; 4] = ["cc ", "ar ", "merge ", "link "];

impl Run<'_> {
    /// Lets happen what happens at a step, before the build that may come after it.
    pub(super) fn happen(&mut self, step: &Step) -> Result<(), String> {
        let Step { a, b, .. } = *step;
        match step.happening {
            Happening::Edit(edit) => self.edit(edit, a, b),
            Happening::Revert(back) => {
                self.model = self.past[self.past.len().saturating_sub(1 + back)].clone();
                self.tree.write(&self.model.files());
            }
            Happening::Touch => self.tree.touch(a),
            Happening::Output(harm) => self.harm_output(harm, a, b),
            Happening::StandIn(kind) => self.stand_in(kind, step)?,
            Happening::Mode(mode) => self.change_mode(mode, a),
            Happening::State(harm) => self.harm_state(harm, a, b),
            Happening::DeleteAllState => {
                let state = self.tree.root().join(".oast");
                self.tree.machine.host.remove_directory(&state).unwrap();
                self.bound.forgotten();
            }
            Happening::Clean => {
                self.tree.clean(&self.asked);
                self.bound.cleaned();
            }
            Happening::MoveTree => self.tree.relocate(),
            Happening::Asked(asking) => self.ask(asking, a, b),
            Happening::Store(keeping) => self.keep(keeping, step)?,
            Happening::Build(building) => self.build_somehow(building, step)?,
            Happening::SetBack => self.tree.machine.set_back(b),
        }
        self.past.push(self.model.clone());
        Ok(())
    }

    fn edit(&mut self, edit: Edit, a: usize, b: usize) {
        self.model.edit(edit, a, b);
        self.tree.write(&self.model.files());
    }

    fn harm_output(&mut self, harm: Harm, a: usize, b: usize) {
        if let Some(path) = self.tree.some_file(&self.tree.outputs(), a) {
            damage(&self.tree, &path, harm, b);
            self.altered(path.as_str());
        }
    }

    fn change_mode(&mut self, mode: Mode, a: usize) {
        let host = self.tree.machine.host.clone();
        let is_executable = |path: &Utf8Path| host.stat(path).is_ok_and(|it| it.executable);
        let files = self.tree.files_in(&self.tree.outputs()).into_iter();
        let files = files.filter(|it| is_executable(it) == (mode == Mode::NotExecutable));
        let files: Vec<_> = files.collect();
        let Some(path) = files.get(a % files.len().max(1)) else { return };
        self.tree.machine.set_mode(path, mode.bits());
        if mode == Mode::NotExecutable {
            self.altered(path.as_str());
        }
    }

    /// An output was altered: what makes those of its package may be done again.
    pub(super) fn altered(&mut self, path: &str) {
        let packages = self.model.packages();
        let is_part = |name: &&String| {
            path.contains(&format!("/{name}/"))
                || path.contains(&format!("/{name}."))
                || path.contains(&format!("/lib{name}."))
        };
        let package = packages.keys().find(is_part);
        self.bound.altered(path, package.map_or("", |it| it));
    }

    fn harm_state(&mut self, harm: Harm, a: usize, b: usize) {
        if let Some(path) = self.tree.some_file(&self.tree.root().join(".oast"), a) {
            damage(&self.tree, &path, harm, b);
            self.bound.damaged(path.as_str());
        }
    }

    fn ask(&mut self, asking: Asking, a: usize, b: usize) {
        match asking {
            Asking::Other => self.asked.change(self.course, a, b),
            Asking::Compiler(part) if self.course.is_in_memory() || part.is_on_disk() => {
                self.asked.compiler.change(part, a, b);
                self.tree.machine.install(self.asked.compiler);
            }
            Asking::Compiler(_) => (),
            Asking::Environment => self.tree.machine.disturb(a % 3),
        }
        // A process has the variables with which it began.
        self.tree.restart();
    }

    fn keep(&mut self, keeping: Keeping, step: &Step) -> Result<(), String> {
        let Step { a, b, .. } = *step;
        match keeping {
            Keeping::DamageBlob => {
                let cas = self.tree.machine.home().join("cas");
                if let Some(path) = self.tree.some_file(&cas, a) {
                    damage(&self.tree, &path, Harm::of(b), b / 3);
                    self.is_store_well = false;
                }
            }
            Keeping::DamageDatabase => {
                damage_database(&self.tree, a, Harm::of(b), b / 3);
                self.is_store_well = false;
            }
            Keeping::Delete => {
                delete_store(&self.tree);
                self.is_store_well = true;
                self.compiled.clear();
            }
            Keeping::Doctor => {
                self.is_store_well = doctor(&self.tree)?;
                // What was damaged has to be made once more.
                self.compiled.clear();
            }
            Keeping::Collect => self.collect(step)?,
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
        let ran = self.rebuild(&clean)?;
        if is_whole && !ran.is_empty() {
            return Err(format!("what was built is not held: {ran:?}"));
        }
        Ok(())
    }

    /// Removes all outputs and builds again; the steps in which a program ran.
    pub(super) fn rebuild(&mut self, clean: &Done) -> Result<Vec<String>, String> {
        self.tree.machine.host.remove_directory(&self.tree.outputs()).unwrap();
        self.bound.all_altered();
        let again = self.tree.build(&self.asked, false, &[])?;
        self.compare(&again, clean)?;
        self.tree.machine.take_log();
        let is_run = |step: &String| RUN.iter().any(|it| step.starts_with(it));
        Ok(again.steps.into_iter().filter(is_run).collect())
    }

    fn build_somehow(&mut self, building: Building, step: &Step) -> Result<(), String> {
        let Step { a, b, .. } = *step;
        match building {
            Building::Partial => {
                let packages: Vec<String> = self.model.packages().into_keys().collect();
                let package = &*packages[a % packages.len()];
                _ = self.tree.build(&self.asked, step.same_session, &[package]);
            }
            Building::Check => return self.check(),
            Building::Killed => {
                let is_killed = self.tree.build_and_kill(&self.asked, self.moment(a, 120));
                self.tally.kills.add(is_killed);
            }
            Building::Edited(edit) => {
                self.attempted();
                self.model.edit(edit, a, b);
                self.tree.build_while_edited(&self.asked, &self.model.files(), self.moment(a, 200));
            }
            Building::Altered => {
                self.bound.all_altered();
                _ = self.tree.build_while_altered(&self.asked, a, self.moment(b, 60));
            }
            Building::Collected(edit) => return self.collected(edit, step),
            Building::Twice => return self.two_builds(a),
            Building::Neighbour => return self.neighbour(a),
        }
        // Nothing is known of how it ended, and what was compiled it may have told nobody.
        self.attempted();
        self.tree.machine.take_log();
        Ok(())
    }

    /// When something happens to a build: after some time, or after so many effects and looks; many builds have only a few.
    pub(super) fn moment(&self, number: usize, count: usize) -> usize {
        let most = [4, 12, 40, count][number % 4];
        if self.course.kind == Kind::Program { number } else { number / 4 % most }
    }

    fn check(&mut self) -> Result<(), String> {
        let said = self.tree.check(&self.asked)?;
        let clean = self.clean();
        same("what a check says", &said.diagnostics, &clean.diagnostics)?;
        let checked = said.checked.unwrap_or_default();
        let breach = self.bound.check_breach(&self.model, &checked);
        breach.map_or(Ok(()), |it| Err(format!("{it} in a check, which the model does not allow")))
    }

    fn two_builds(&mut self, a: usize) -> Result<(), String> {
        let mut other = self.asked.clone();
        if self.course.is_in_memory() && a.is_multiple_of(2) {
            other.targets = [[true, false], [false, true], [true, true]][a / 2 % 3];
        }
        self.attempted();
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

    fn neighbour(&mut self, a: usize) -> Result<(), String> {
        let asked = self.asked.clone();
        self.attempted();
        let both = self.tree.build_twice([&asked, &asked], Some(&format!("neighbour {}", a % 2)));
        let clean = self.clean();
        for done in both {
            let done = done?;
            same("one of two", &done.diagnostics, &clean.diagnostics)?;
            self.compare(&done, &clean)?;
        }
        self.check_log(&clean)
    }
}
