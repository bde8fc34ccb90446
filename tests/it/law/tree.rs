//! A workspace on a machine, and what builds make of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Event, Progress, Report};
use oast_engine::host::{CancelToken, Host};
use oast_engine::source::Change;

use crate::law::machine::{Compiler, Kind, Machine, files_below, put};
use crate::law::process::Process;
use crate::law::{Asked, C};

pub(super) type Files = BTreeMap<String, String>;

/// What came of a build.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) is_success: bool,
    pub(super) steps: Vec<String>,
    /// As text, places left out.
    pub(super) diagnostics: Vec<String>,
    pub(super) artefacts: Vec<String>,
    pub(super) failures: Vec<String>,
    /// What programs said that did what they should, sorted.
    pub(super) said: Vec<String>,
    /// What was made for the targets that were asked for, and the intermediates.
    pub(super) outputs: BTreeMap<String, Vec<u8>>,
}

/// A workspace on a machine.
pub(super) struct Tree {
    pub(super) machine: Machine,
    /// The folder of the workspace, and of packages that lie beside it.
    base: Utf8PathBuf,
    files: Files,
    session: Session,
    pub(super) process: Arc<Process>,
    moves: usize,
}

impl Tree {
    pub(super) fn new(machine: Machine, files: &Files) -> Tree {
        let base = machine.trees().join("0");
        let process = machine.process();
        let session = Session::new(process.clone());
        let mut tree = Tree { machine, base, files: Files::new(), session, process, moves: 0 };
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
        carry_out(self.machine.kind, &*self.machine.host, &edits);
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
        let (kind, host, mine) = (self.machine.kind, self.machine.host.clone(), edits.clone());
        let fake = self.machine.fake();
        self.process.meet_at(count, true, move || {
            Machine::settle(fake.as_deref());
            carry_out(kind, &*host, &mine);
            Machine::settle(fake.as_deref());
        });
        _ = self.build(asked, true, &[]);
        if !self.process.end() {
            carry_out(self.machine.kind, &*self.machine.host, &edits);
        }
        self.tell(&edits);
    }

    /// Builds in a new process that is killed at its effect of this number, if there are so many; whether it was.
    pub(super) fn build_and_kill(&mut self, asked: &Asked, effect: usize) -> bool {
        self.restart();
        self.process.kill_at(effect);
        _ = self.build(asked, true, &[]);
        let is_killed = self.process.end();
        self.restart();
        is_killed
    }

    /// Builds, and lets somebody alter an output when the process has done so many things; whether it does.
    pub(super) fn build_while_altered(
        &mut self,
        asked: &Asked,
        which: usize,
        count: usize,
    ) -> bool {
        let (kind, host, folder) = (self.machine.kind, self.machine.host.clone(), self.outputs());
        let fake = self.machine.fake();
        self.process.meet_at(count, false, move || {
            Machine::settle(fake.as_deref());
            let files = files_below(&*host, &folder);
            if let Some(path) = files.get(which % files.len().max(1)) {
                let mut bytes = host.read(path).unwrap();
                bytes.push(b'!');
                put(kind, &*host, path, &bytes);
            }
            Machine::settle(fake.as_deref());
        });
        _ = self.build(asked, true, &[]);
        self.process.end()
    }

    /// Writes the file of this number again as it is.
    pub(super) fn touch(&mut self, which: usize) {
        let (path, text) = self.files.iter().nth(which % self.files.len()).unwrap();
        let path = oast_engine::base::resolve(&self.root(), path);
        self.machine.put(&path, text.as_bytes());
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
    }

    /// The file of this number in a folder, of the workspace or of the store.
    pub(super) fn some_file(&self, folder: &Utf8Path, index: usize) -> Option<Utf8PathBuf> {
        let files = files_below(&*self.machine.host, folder);
        (!files.is_empty()).then(|| files[index % files.len()].clone())
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
        build(&self.machine, &self.session, &self.base, asked, packages)
    }

    /// What a check says.
    pub(super) fn check(&self, asked: &Asked) -> Vec<String> {
        let root = self.session.find_root(&self.root()).unwrap();
        let cancel = CancelToken::default();
        let report = self.session.check(
            root,
            &request(&self.machine, asked, &[]),
            &Heard::default(),
            &cancel,
        );
        done(&self.machine, &self.base, asked, &report.unwrap(), Heard::default()).diagnostics
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
                carry_out(self.machine.kind, &*self.machine.host, &edits);
                base
            }
        };
        self.restart();
        let (machine, process) = (&self.machine, self.machine.process());
        let (mine, others) = (&self.session, &other);
        let both = thread::scope(|scope| {
            let second =
                scope.spawn(move || build(machine, &Session::new(process), others, asked[1], &[]));
            let first = build(machine, mine, &self.base, asked[0], &[]);
            [first, second.join().unwrap()]
        });
        if beside.is_some() {
            self.machine.host.remove_directory(&other).unwrap();
        }
        both
    }

    pub(super) fn clean(&self) {
        let root = self.session.find_root(&self.root()).unwrap();
        oast_engine::build::clean(&self.session, root).unwrap();
    }

    /// When each output was last changed.
    pub(super) fn stamps(&self) -> BTreeMap<Utf8PathBuf, oast_engine::host::FileStamp> {
        let host = &*self.machine.host;
        let files = files_below(host, &self.outputs()).into_iter();
        let stamp = |it: &Utf8PathBuf| oast_engine::host::FileStamp::of(&host.stat(it).unwrap());
        files.map(|it| (it.clone(), stamp(&it))).collect()
    }
}

/// Where the outputs of the workspace at `root` are.
fn outputs(host: &dyn Host, root: &Utf8Path) -> Utf8PathBuf {
    root.join(if host.stat(&root.join("project.toml")).is_ok() { "build" } else { "target" })
}

fn request(machine: &Machine, asked: &Asked, packages: &[&str]) -> BuildRequest {
    BuildRequest {
        targets: asked.targets().iter().map(|it| (*it).into()).collect(),
        packages: packages.iter().map(|it| (*it).into()).collect(),
        release: asked.release,
        // In memory all happens in the same order every time.
        jobs: Some(if machine.kind == Kind::Memory { 1 } else { 2 }),
        keep_going: !asked.stops,
        no_store: !asked.store,
        ..BuildRequest::default()
    }
}

fn build(
    machine: &Machine,
    session: &Session,
    base: &Utf8Path,
    asked: &Asked,
    packages: &[&str],
) -> Result<Done, String> {
    let root = session.find_root(&base.join("tree")).map_err(|it| it.to_string())?;
    let request = request(machine, asked, packages);
    let heard = Heard::default();
    let report = session.build(root, &request, &heard, &CancelToken::default());
    let report = report.map_err(|it| it.to_string())?;
    Ok(done(machine, base, asked, &report, heard))
}

/// Writes down what programs say.
#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn event(&self, event: Event) {
        if let Event::StepOutput { label, text } = event {
            self.0.lock().unwrap().push(format!("{label}: {text}"));
        }
    }
}

fn done(machine: &Machine, base: &Utf8Path, asked: &Asked, report: &Report, heard: Heard) -> Done {
    let place = machine.place().as_str();
    let text = |it: String| it.replace(base.as_str(), "[BASE]").replace(place, "[PLACE]");
    let root = base.join("tree");
    let is_asked = |path: &Utf8PathBuf| {
        let mut folders = path.strip_prefix(&root).unwrap().components().skip(2);
        // What lies beside the folders are programs and objects.
        let folder = folders.next().map_or(C, |it| it.as_str());
        folder == "ioct" || asked.targets().contains(&folder)
    };
    let files =
        files_below(&*machine.host, &outputs(&*machine.host, &root)).into_iter().filter(is_asked);
    let outputs = files.map(|path| {
        let bytes = machine.host.read(&path).unwrap();
        (path.strip_prefix(&root).unwrap().to_string(), bytes)
    });
    let sorted = |mut texts: Vec<String>| {
        texts.sort();
        texts
    };
    Done {
        is_success: report.success(),
        steps: report.steps.iter().map(|it| it.label.clone()).collect(),
        diagnostics: report.diagnostics.iter().map(|it| text(format!("{it:?}"))).collect(),
        artefacts: sorted(report.artefacts.iter().map(|it| text(format!("{it:?}"))).collect()),
        failures: sorted(report.failures.iter().map(|it| text(it.clone())).collect()),
        said: sorted(heard.0.into_inner().unwrap().into_iter().map(text).collect()),
        outputs: outputs.collect(),
    }
}

/// What a build makes of these files where nothing was before, with a store in which there is nothing.
pub(super) fn clean_build(kind: Kind, compiler: Compiler, files: &Files, asked: &Asked) -> Done {
    let mut tree = Tree::new(Machine::new(kind, compiler), files);
    tree.build(asked, true, &[]).unwrap()
}

/// What becomes of a file.
type FileEdit = (Utf8PathBuf, Option<String>);

/// What has to be done so that the files at `root` are those in `new`.
fn edits(root: &Utf8Path, old: &Files, new: &Files) -> Vec<FileEdit> {
    let place = |path: &String| oast_engine::base::resolve(root, path);
    let gone = old.keys().filter(|path| !new.contains_key(*path));
    let gone = gone.map(|path| (place(path), None));
    let changed = new.iter().filter(|(path, text)| old.get(*path) != Some(text));
    let changed = changed.map(|(path, text)| (place(path), Some(text.clone())));
    gone.chain(changed).collect()
}

fn carry_out(kind: Kind, host: &dyn Host, edits: &[FileEdit]) {
    for (path, text) in edits {
        if let Some(text) = text {
            put(kind, host, path, text.as_bytes());
            continue;
        }
        host.remove_file(path).unwrap();
        let folders = path.ancestors().skip(1);
        _ = folders.take_while(|it| matches!(host.remove_empty_directory(it), Ok(true))).count();
    }
}

/// The names of the files of `one` that are not the same in the other.
pub(super) fn missing(
    one: &BTreeMap<String, Vec<u8>>,
    other: &BTreeMap<String, Vec<u8>>,
) -> Vec<String> {
    one.keys().filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}
