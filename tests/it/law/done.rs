//! What came of a build, as far as it can be compared with what comes of another one elsewhere.

use std::collections::BTreeMap;
use std::sync::Mutex;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::Session;
use oast_engine::build::{BuildRequest, Event, Progress, Report};
use oast_engine::host::{CancelToken, Host};

use crate::law::machine::{Kind, Machine, files_below};
use crate::law::{Asked, C};

/// What came of a build.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) is_success: bool,
    /// The exit status of the program, if it was one.
    pub(super) status: Option<i32>,
    /// How many modules had something made anew.
    pub(super) compiled: usize,
    pub(super) steps: Vec<String>,
    /// The modules whose front ends ran, if that is known.
    pub(super) checked: Option<Vec<String>>,
    /// As text, places left out.
    pub(super) diagnostics: Vec<String>,
    pub(super) artefacts: Vec<String>,
    pub(super) failures: Vec<String>,
    /// What programs said that did what they should, sorted.
    pub(super) said: Vec<String>,
    /// What was made for the targets that were asked for, and the intermediates.
    pub(super) outputs: Outputs,
}

/// What is at a path, relative to the workspace.
pub(super) type Outputs = BTreeMap<String, Made>;

/// A file that was made.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Made {
    bytes: Vec<u8>,
    executable: bool,
}

impl Made {
    /// Whether this is in it.
    pub(super) fn holds(&self, bytes: Option<&[u8]>) -> bool {
        Some(&*self.bytes) == bytes
    }
}

/// Where something was built, and how.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) machine: &'a Machine,
    pub(super) base: &'a Utf8Path,
    pub(super) asked: &'a Asked,
}

impl Place<'_> {
    /// A text that would be the same elsewhere.
    pub(super) fn without(&self, text: &str) -> String {
        let place = self.machine.place().as_str();
        text.replace(self.base.as_str(), "[BASE]").replace(place, "[PLACE]")
    }

    /// Texts that would be the same elsewhere, sorted.
    pub(super) fn sorted(&self, texts: impl Iterator<Item = String>) -> Vec<String> {
        let mut texts: Vec<String> = texts.map(|it| self.without(&it)).collect();
        texts.sort();
        texts
    }

    /// What is there of the targets that were asked for, and the intermediates.
    pub(super) fn outputs(&self) -> Outputs {
        let (host, root) = (&*self.machine.host, self.base.join("tree"));
        let is_asked = |path: &Utf8PathBuf| {
            let mut folders = path.strip_prefix(&root).unwrap().components().skip(2);
            // What lies beside the folders are programs and objects.
            let folder = folders.next().map_or(C, |it| it.as_str());
            folder == "ioct" || self.asked.targets().contains(&folder)
        };
        let files = files_below(host, &outputs(host, &root)).into_iter().filter(is_asked);
        let outputs = files.map(|path| {
            // A link may lead nowhere.
            let bytes = host.read(&path).unwrap_or_default();
            let executable = host.stat(&path).is_ok_and(|it| it.executable);
            (path.strip_prefix(&root).unwrap().to_string(), Made { bytes, executable })
        });
        outputs.collect()
    }

    /// Builds in this process, the packages or all if none is named.
    pub(super) fn build(&self, session: &Session, packages: &[&str]) -> Result<Done, String> {
        session.start_log();
        let root = session.find_root(&self.base.join("tree")).map_err(|it| it.to_string())?;
        let heard = Heard::default();
        let request = self.request(packages);
        let report = session.build(root, &request, &heard, &CancelToken::default());
        Ok(self.done(session, &report.map_err(|it| it.to_string())?, heard))
    }

    /// Checks in this process.
    pub(super) fn check(&self, session: &Session) -> Result<Done, String> {
        session.start_log();
        let root = session.find_root(&self.base.join("tree")).map_err(|it| it.to_string())?;
        let heard = Heard::default();
        let report = session.check(root, &self.request(&[]), &heard, &CancelToken::default());
        Ok(self.done(session, &report.map_err(|it| it.to_string())?, heard))
    }

    fn request(&self, packages: &[&str]) -> BuildRequest {
        BuildRequest {
            targets: self.asked.targets().iter().map(|it| (*it).into()).collect(),
            packages: packages.iter().map(|it| (*it).into()).collect(),
            release: self.asked.release,
            // In memory all happens in the same order every time.
            jobs: Some(if self.machine.kind == Kind::Memory { 1 } else { 2 }),
            keep_going: !self.asked.stops,
            no_store: !self.asked.store,
            ..BuildRequest::default()
        }
    }

    fn done(&self, session: &Session, report: &Report, heard: Heard) -> Done {
        let diagnostics = report.diagnostics.iter().map(|it| self.without(&format!("{it:?}")));
        let checked = session.take_checked();
        Done {
            is_success: report.success(),
            status: None,
            compiled: report.compiled,
            steps: report.steps.iter().map(|it| it.label.clone()).collect(),
            checked: Some(checked.iter().map(|it| it.as_str().to_owned()).collect()),
            diagnostics: diagnostics.collect(),
            artefacts: self.sorted(report.artefacts.iter().map(|it| format!("{it:?}"))),
            failures: self.sorted(report.failures.iter().cloned()),
            said: self.sorted(heard.0.into_inner().unwrap().into_iter()),
            outputs: self.outputs(),
        }
    }
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

/// Where the outputs of the workspace at `root` are.
pub(super) fn outputs(host: &dyn Host, root: &Utf8Path) -> Utf8PathBuf {
    root.join(if host.stat(&root.join("project.toml")).is_ok() { "build" } else { "target" })
}

/// The outputs of a clean build that are not there, or not as they should be. What can be executed for no reason is somebody's business.
pub(super) fn wrong(ours: &Outputs, clean: &Outputs) -> Vec<String> {
    let is_right = |(name, made): &(&String, &Made)| {
        ours.get(*name)
            .is_some_and(|it| it.bytes == made.bytes && (it.executable || !made.executable))
    };
    clean.iter().filter(|it| !is_right(it)).map(|(name, _)| name.clone()).collect()
}
