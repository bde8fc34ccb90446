//! Something else in the place of an output, and what a build makes of it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::law::done::Done;
use crate::law::run::{Run, same};
use crate::law::step::Step;
use crate::law::tree::Tree;

/// What stands in the place of an output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum StandIn {
    /// A directory in which nothing is.
    Empty,
    /// A directory in which something is.
    Full,
    /// A link that leads nowhere.
    LinkToNothing,
    /// A link to a file with the right content, or with what was there.
    LinkToSame,
    /// A link to a file with other content.
    LinkToOther,
    LinkToFolder,
    /// A file, in the place of a directory of outputs.
    FileForFolder,
}

/// All of them.
pub(super) const STAND_INS: [StandIn; 7] = [
    StandIn::Empty,
    StandIn::Full,
    StandIn::LinkToNothing,
    StandIn::LinkToSame,
    StandIn::LinkToOther,
    StandIn::LinkToFolder,
    StandIn::FileForFolder,
];

impl Run<'_> {
    /// Puts it in the place of some output.
    pub(super) fn stand_in(&mut self, kind: StandIn, step: &Step) -> Result<(), String> {
        let outputs = self.tree.outputs();
        let Some(file) = self.tree.some_file(&outputs, step.a) else { return Ok(()) };
        match kind {
            StandIn::Full => self.obstruct(&file, &file.join("mine"), step),
            StandIn::FileForFolder => {
                let folders: Vec<_> =
                    file.ancestors().skip(1).take_while(|it| it.starts_with(&outputs)).collect();
                let folder = folders[step.b % folders.len()];
                self.obstruct(folder, folder, step)
            }
            StandIn::LinkToSame => self.link_to_same(&file, step),
            _ => {
                let target = self.tree.target(kind, &file);
                self.tree.replace(&file, target.as_deref());
                self.altered(file.as_str());
                self.tally.stand_ins.add(false);
                Ok(())
            }
        }
    }

    /// A link to the right content is as good as the file, and stays.
    fn link_to_same(&mut self, file: &Utf8Path, step: &Step) -> Result<(), String> {
        self.tally.stand_ins.add(false);
        let target = self.tree.target(StandIn::LinkToSame, file);
        let is_executable = self.tree.machine.host.stat(file).is_ok_and(|it| it.executable);
        self.tree.replace(file, target.as_deref());
        self.altered(file.as_str());
        self.build(step.same_session, step.waits)?;
        let clean = self.clean();
        let name = file.strip_prefix(self.tree.root()).unwrap();
        let bytes = target.map(|it| self.tree.elsewhere[&it].clone());
        let is_right =
            clean.outputs.get(name.as_str()).is_some_and(|it| it.holds(bytes.as_deref()));
        let is_link = self.tree.machine.host.read_link(file).is_ok();
        if is_right && !is_executable && !is_link {
            return Err(format!("a link to the right content was replaced: {file}"));
        }
        Ok(())
    }

    /// Lets a file that is somebody's be in the way of what is made at `place`, and takes it away again after a build.
    fn obstruct(&mut self, place: &Utf8Path, mine: &Utf8Path, step: &Step) -> Result<(), String> {
        let host = self.tree.machine.host.clone();
        self.tree.replace(place, None);
        host.remove_directory(place).unwrap();
        self.tree.machine.hands().put(mine, b"mine");
        self.bound.all_altered();
        let done = self.tree.build(&self.asked, step.same_session, &[]);
        self.attempted();
        let obstacle = self.tree.place(&self.asked).without(place.as_str());
        self.check_obstructed(done, place, &obstacle)?;
        if host.read(mine).ok().as_deref() != Some(b"mine") {
            return Err(format!("{mine} was somebody's"));
        }
        if mine == place { host.remove_file(mine) } else { host.remove_directory(place) }.unwrap();
        self.tree.machine.take_log();
        self.build(step.same_session, step.waits)
    }

    /// A build that needs a place where something is in its way fails and names it.
    fn check_obstructed(
        &mut self,
        done: Result<Done, String>,
        place: &Utf8Path,
        obstacle: &str,
    ) -> Result<(), String> {
        let (clean, root) = (self.clean(), self.tree.root());
        let is_needed =
            clean.is_success && clean.outputs.keys().any(|it| root.join(it).starts_with(place));
        let told = match &done {
            Err(message) => Some(message.contains(place.as_str())),
            Ok(done) if done.failures == clean.failures => None,
            Ok(done) => Some(done.failures.iter().any(|it| it.contains(obstacle))),
        };
        self.tally.stand_ins.add(told == Some(true));
        match (told, done) {
            (Some(true), _) => Ok(()),
            (Some(false), done) => Err(format!("not told that {place} is in the way: {done:?}")),
            (None, _) if is_needed => Err(format!("{place} was in nobody's way")),
            (None, Ok(done)) => same("diagnostics", &done.diagnostics, &clean.diagnostics),
            (None, Err(_)) => unreachable!("it was told"),
        }
    }
}

impl Tree {
    /// What a link leads to that is to be in the place of `file`; nothing where that is no link.
    fn target(&mut self, kind: StandIn, file: &Utf8Path) -> Option<Utf8PathBuf> {
        let folder = self.machine.trees().join("elsewhere");
        let number = self.elsewhere.len();
        let bytes = match kind {
            StandIn::LinkToNothing => return Some(folder.join("nowhere")),
            StandIn::LinkToSame => self.machine.host.read(file).unwrap_or_default(),
            StandIn::LinkToOther => b"other".to_vec(),
            StandIn::LinkToFolder => b"inside".to_vec(),
            StandIn::Empty | StandIn::Full | StandIn::FileForFolder => return None,
        };
        let name = if kind == StandIn::LinkToFolder { "folder/x.o" } else { "file" };
        let path = folder.join(number.to_string()).join(name);
        self.machine.hands().put(&path, &bytes);
        self.elsewhere.insert(path.clone(), bytes);
        Some(if kind == StandIn::LinkToFolder { path.parent().unwrap().to_owned() } else { path })
    }

    /// Lets a link to `target`, or else an empty directory, be in the place of a file.
    fn replace(&self, file: &Utf8Path, target: Option<&Utf8Path>) {
        let host = &*self.machine.host;
        if host.read_link(file).is_ok() || host.entries(file).is_err() {
            host.remove_file(file).unwrap();
        }
        match target {
            Some(target) => host.symlink(target, file).unwrap(),
            None => host.create_directory(file).unwrap(),
        }
    }
}
