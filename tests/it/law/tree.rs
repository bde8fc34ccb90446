//! A workspace on a machine, and what builds make of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::source::Change;

use crate::law::compiler::Compiler;
use crate::law::done::{Done, Place, outputs};
use crate::law::files::{FileEdit, Files, Hands, edits};
use crate::law::leftovers::Leftovers;
use crate::law::machine::{Kind, Machine, files_below};
use crate::law::process::Process;
use crate::law::{Asked, program};

/// A workspace on a machine.
pub(super) struct Tree {
    pub(super) machine: Machine,
    /// The folder of the workspace, and of packages that lie beside it.
    base: Utf8PathBuf,
    files: Files,
    session: Session,
    pub(super) process: Arc<Process>,
    moves: usize,
    pub(super) leftovers: Leftovers,
    /// What links in the places of outputs lead to: whoever writes there gets it back as it is here.
    pub(super) elsewhere: BTreeMap<Utf8PathBuf, Vec<u8>>,
}

impl Tree {
    pub(super) fn new(machine: Machine, files: &Files) -> Tree {
        let base = machine.trees().join("0");
        let process = machine.process();
        let session = Session::new(process.clone());
        let (files_there, leftovers) = (Files::new(), Leftovers::default());
        let mut tree = Tree {
            machine,
            base,
            files: files_there,
            session,
            process,
            moves: 0,
            leftovers,
            elsewhere: BTreeMap::new(),
        };
        tree.write(files);
        tree
    }

    pub(super) fn root(&self) -> Utf8PathBuf {
        self.base.join("tree")
    }

    /// Where outputs are.
    pub(super) fn outputs(&self) -> Utf8PathBuf {
        outputs(&*self.machine.host, &self.root())
    }

    /// Puts the files there and tells the session.
    pub(super) fn write(&mut self, files: &Files) {
        let edits = edits(&self.root(), &self.files, files);
        self.files = files.clone();
        self.machine.hands().carry_out(&edits);
        self.tell(&edits);
    }

    fn tell(&mut self, edits: &[FileEdit]) {
        let mut change = Change::default();
        for (path, _) in edits {
            // Folders come and go with what is in them.
            for folder in path.ancestors().take_while(|it| it.starts_with(&self.base)) {
                change.add(folder);
            }
        }
        self.session.apply(&change);
    }

    /// Builds, and lets somebody put `files` in place when the process has looked and done so many times.
    pub(super) fn build_while_edited(&mut self, asked: &Asked, files: &Files, count: usize) {
        let edits = edits(&self.root(), &self.files, files);
        self.files = files.clone();
        let (hands, mine) = (self.machine.hands(), edits.clone());
        if hands.kind == Kind::Program {
            let running = program::start(&self.place(asked), &[]);
            thread::sleep(some_time(count));
            hands.carry_out(&edits);
            _ = running.done(&self.place(asked));
            return;
        }
        self.process.meet_at(count, true, move || {
            hands.settle();
            hands.carry_out(&mine);
            hands.settle();
        });
        _ = self.build(asked, true, &[]);
        if !self.process.end() {
            self.machine.hands().carry_out(&edits);
        }
        self.tell(&edits);
    }

    /// Builds in a new process that is killed at its effect of this number, if there are so many, or after some time; whether it was.
    pub(super) fn build_and_kill(&mut self, asked: &Asked, effect: usize) -> bool {
        if self.machine.kind == Kind::Program {
            let running = program::start(&self.place(asked), &[]);
            let is_killed = running.kill_after(some_time(effect));
            self.expect_leftovers();
            return is_killed;
        }
        self.restart();
        self.process.kill_at(effect);
        _ = self.build(asked, true, &[]);
        let is_killed = self.process.end();
        self.restart();
        self.expect_leftovers();
        is_killed
    }

    /// Builds, and lets somebody alter an output when the process has done so many things; whether it does.
    pub(super) fn build_while_altered(
        &mut self,
        asked: &Asked,
        which: usize,
        count: usize,
    ) -> bool {
        let (hands, folder) = (self.machine.hands(), self.outputs());
        if hands.kind == Kind::Program {
            let running = program::start(&self.place(asked), &[]);
            thread::sleep(some_time(count));
            alter_some(&hands, &folder, which);
            return running.done(&self.place(asked)).is_ok();
        }
        self.process.meet_at(count, false, move || {
            hands.settle();
            alter_some(&hands, &folder, which);
            hands.settle();
        });
        _ = self.build(asked, true, &[]);
        self.process.end()
    }

    /// Writes the file of this number again as it is.
    pub(super) fn touch(&mut self, which: usize) {
        let (path, text) = self.files.iter().nth(which % self.files.len()).unwrap();
        let path = oast_engine::base::resolve(&self.root(), path);
        self.machine.hands().touch(&path, text);
        self.tell(&[(path, None)]);
    }

    /// Ends the process; the next one knows what is on the disk.
    pub(super) fn restart(&mut self) {
        self.process = self.machine.process();
        self.session = Session::new(self.process.clone());
    }

    /// Moves everything to another place.
    pub(super) fn relocate(&mut self) {
        self.moves += 1;
        let base = self.machine.trees().join(format!("moved {}", self.moves));
        self.machine.host.rename(&self.base, &base).unwrap();
        self.base = base;
        self.restart();
        self.expect_leftovers();
    }

    /// The file of this number in a folder, of the workspace or of the store.
    pub(super) fn some_file(&self, folder: &Utf8Path, index: usize) -> Option<Utf8PathBuf> {
        let files = self.files_in(folder);
        (!files.is_empty()).then(|| files[index % files.len()].clone())
    }

    /// All files in a folder, of the workspace or of the store.
    pub(super) fn files_in(&self, folder: &Utf8Path) -> Vec<Utf8PathBuf> {
        files_below(&*self.machine.host, folder)
    }

    /// Builds in the process that lives, or in a new one which then does.
    pub(super) fn build(
        &mut self,
        asked: &Asked,
        same_session: bool,
        packages: &[&str],
    ) -> Result<Done, String> {
        if !same_session {
            self.restart();
        }
        build(&self.place(asked), &self.session, packages)
    }

    /// Checks.
    pub(super) fn check(&self, asked: &Asked) -> Result<Done, String> {
        let place = self.place(asked);
        match self.machine.kind {
            Kind::Program => program::check(&place),
            Kind::Memory | Kind::Disk => place.check(&self.session),
        }
    }

    pub(super) fn place<'a>(&'a self, asked: &'a Asked) -> Place<'a> {
        Place { machine: &self.machine, base: &self.base, asked }
    }

    /// Two processes build at once: this tree and, with the same files, the one at `beside`, or this one too.
    pub(super) fn build_twice(
        &mut self,
        asked: [&Asked; 2],
        beside: Option<&str>,
    ) -> [Result<Done, String>; 2] {
        let other = match beside {
            None => self.base.clone(),
            Some(name) => {
                let base = self.machine.trees().join(name);
                let edits = edits(&base.join("tree"), &Files::new(), &self.files);
                self.machine.hands().carry_out(&edits);
                base
            }
        };
        self.restart();
        let (mine, process) = (self.place(asked[0]), self.machine.process());
        let others = Place { machine: &self.machine, base: &other, asked: asked[1] };
        let both = thread::scope(|scope| {
            let second = scope.spawn(move || build(&others, &Session::new(process), &[]));
            let first = build(&mine, &self.session, &[]);
            [first, second.join().unwrap()]
        });
        if beside.is_some() {
            self.machine.host.remove_directory(&other).unwrap();
        }
        both
    }

    /// Removes what was built.
    pub(super) fn clean(&self, asked: &Asked) {
        if self.machine.kind == Kind::Program {
            return program::clean(&self.place(asked));
        }
        let root = self.session.find_root(&self.root()).unwrap();
        oast_engine::build::clean(&self.session, root).unwrap();
    }

    /// When each output was last changed.
    pub(super) fn stamps(&self) -> BTreeMap<Utf8PathBuf, oast_engine::host::FileStamp> {
        let host = &*self.machine.host;
        let files = files_below(host, &self.outputs()).into_iter();
        let stamp = |it: Utf8PathBuf| {
            let stat = host.stat(&it).ok()?;
            Some((it, oast_engine::host::FileStamp::of(&stat)))
        };
        files.filter_map(stamp).collect()
    }
}

/// Builds in the process of the session, or in one of its own.
fn build(place: &Place<'_>, session: &Session, packages: &[&str]) -> Result<Done, String> {
    match place.machine.kind {
        Kind::Program => program::start(place, packages).done(place),
        Kind::Memory | Kind::Disk => place.build(session, packages),
    }
}

/// What a build makes of these files where nothing was before, with a store in which there is nothing.
pub(super) fn clean_build(kind: Kind, compiler: Compiler, files: &Files, asked: &Asked) -> Done {
    let mut tree = Tree::new(Machine::new(kind, compiler), files);
    tree.build(asked, true, &[]).unwrap()
}

/// Some time in which a build can be: most are over in some milliseconds, some take a second.
pub(super) fn some_time(number: usize) -> Duration {
    let longest = [5_000, 20_000, 80_000, 800_000][number % 4];
    Duration::from_micros((number as u64).wrapping_mul(7_919) % longest)
}

/// Alters the file of this number in a folder, if it can be read.
fn alter_some(hands: &Hands, folder: &Utf8Path, which: usize) {
    let files = files_below(&*hands.host, folder);
    let Some(path) = files.get(which % files.len().max(1)) else { return };
    let Ok(mut bytes) = hands.host.read(path) else { return };
    bytes.push(b'!');
    hands.put(path, &bytes);
}
