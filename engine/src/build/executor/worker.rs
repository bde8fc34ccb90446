//! What a worker does with one action, knowing nothing of the others.

use std::io;
use std::sync::atomic::Ordering;

use camino::Utf8PathBuf;

use crate::base::{Content, Digest};
use crate::build::action::Action;
use crate::build::confined::{Confined, unconfined, without_places};
use crate::build::executor::graph::{Job, Step};
use crate::build::executor::{Executor, Failure, Order, Reason, record_name};
use crate::build::output::{OutputError, clear};
use crate::build::progress::Event;
use crate::build::record::{ActionRecord, MadeFile, said};
use crate::host::{Command, Enforcement, EntryKind, Output};

impl Executor<'_> {
    pub(super) fn perform(&self, action: &Action, job: Job) -> Step {
        let step = match job {
            Job::Examine => self.examine(action),
            Job::Execute(key) => self.execute(action, key),
        };
        step.unwrap_or_else(Step::Failed)
    }

    /// Compares what the action would do with what the record says that it did.
    fn examine(&self, action: &Action) -> Result<Step, Failure> {
        let key = action.key(&self.contents(action)?);
        let step = self.compare(action, key);
        match (&step, self.context.store) {
            (Step::Fresh(record), _) => self.tell_output(action, record),
            (_, Some(store)) => {
                if let Some(record) = store.restore(action, &key, self.context.files) {
                    return Ok(self.restored(action, record));
                }
            }
            (_, None) => (),
        }
        if matches!(step, Step::Stale(..)) {
            self.tell(Event::StepsPlanned { steps: 1 });
        }
        Ok(step)
    }

    /// Compares with what the record says.
    fn compare(&self, action: &Action, key: Digest) -> Step {
        let reason = match self.record.action(&record_name(self.context.root, action)) {
            None => Some(Reason::NeverDone),
            Some(record) if record.key != key => Some(Reason::KeyChanged),
            Some(record) => match self.changed_output(action, record) {
                None => return Step::Fresh(record.clone()),
                reason => reason,
            },
        };
        Step::Stale(key, reason.unwrap_or(Reason::NeverDone))
    }

    fn contents(&self, action: &Action) -> Result<Vec<Content>, Failure> {
        let content = |path: Utf8PathBuf| {
            let content = self.context.files.content(self.context.host, &path);
            content.map_err(|error| Failure::Input { path, error })
        };
        action.inputs().map(content).collect()
    }

    fn changed_output(&self, action: &Action, record: &ActionRecord) -> Option<Reason> {
        action.outputs().zip(&record.outputs).find_map(|(path, expected)| {
            let host = self.context.host;
            let stat = host.stat(&path).ok().filter(|stat| stat.kind == EntryKind::File);
            let found = stat.and_then(|stat| {
                let digest = self.context.files.digest(host, &path).ok()?;
                Some((digest, stat.executable))
            });
            match found {
                None => Some(Reason::OutputMissing(path)),
                Some((digest, _)) if digest != expected.digest => Some(Reason::OutputChanged(path)),
                Some((_, executable)) if expected.executable && !executable => {
                    Some(Reason::OutputChanged(path))
                }
                Some(_) => None,
            }
        })
    }

    /// Notes that the outputs of the action came from the store.
    fn restored(&self, action: &Action, record: ActionRecord) -> Step {
        self.tell_output(action, &record);
        Step::Restored(record)
    }

    /// Runs the program in a place without old outputs, so that what is there afterwards is what it made.
    fn execute(&self, action: &Action, key: Digest) -> Result<Step, Failure> {
        let label = action.label.clone();
        let _guard = match self.context.store {
            None => None,
            Some(store) => {
                match store.order(action, &key, self.context.files, self.context.cancel) {
                    Order::Run(guard) => guard,
                    Order::Cancelled => return Ok(Step::Interrupted),
                    Order::Restored(record) => {
                        self.tell(Event::StepFinished { label, success: true });
                        return Ok(self.restored(action, record));
                    }
                }
            }
        };
        self.make_room(action)?;
        let command = action.command();
        let shown = command.to_string();
        self.tell(Event::StepStarted { label: label.clone(), command: shown.clone() });
        let step = self.run_program(action, key, command, shown);
        if let Some(confined) = action.confinement() {
            // What stays is in nobody's way, and gone before the next run.
            _ = self.context.host.remove_directory(&confined.staging(action));
        }
        if !matches!(step, Ok(Step::Made(_))) {
            self.remove_outputs(action);
        }
        let success = matches!(step, Ok(Step::Made(_)));
        self.tell(Event::StepFinished { label: label.clone(), success });
        step
    }

    fn run_program(
        &self,
        action: &Action,
        key: Digest,
        command: Command,
        shown: String,
    ) -> Result<Step, Failure> {
        let output = match self.run_command(action, &command)? {
            Ok(output) => output,
            Err(_) if self.context.cancel.is_cancelled() => return Ok(Step::Interrupted),
            Err(error) => {
                return Err(Failure::NotStarted { program: action.tool().program.clone(), error });
            }
        };
        if !output.success() {
            let text = said(&output.stdout, &output.stderr);
            return Err(Failure::Exit { command: shown, code: output.code, text });
        }
        if let Some(confined) = action.confinement() {
            self.accept(action, confined, &output, &shown)?;
        }
        let made = |path: Utf8PathBuf| match self.context.files.refresh(self.context.host, &path) {
            Ok(digest) => Ok(MadeFile::at(self.context.host, &path, digest)),
            Err(_) => Err(Failure::NotMade { command: shown.clone(), path }),
        };
        let outputs = action.outputs().map(made).collect::<Result<Vec<_>, _>>()?;
        let Output { stdout, stderr, .. } = output;
        let record = ActionRecord { key, outputs, stdout, stderr };
        self.tell_output(action, &record);
        // The digests were of files that somebody has written since: who knows which of both the program has read.
        let untouched =
            |path: Utf8PathBuf| self.context.files.is_untouched(self.context.host, &path);
        let record = action.inputs().all(untouched).then_some(record);
        if let (Some(store), Some(record)) = (self.context.store, &record) {
            store.keep(action, &self.contents(action)?, record);
        }
        Ok(Step::Made(record))
    }

    fn run_command(
        &self,
        action: &Action,
        command: &Command,
    ) -> Result<io::Result<Output>, OutputError> {
        let host = self.context.host;
        if let Some(confined) = action.confinement() {
            return self.run_confined(action, confined, command);
        }
        let staged = self.staging.stage(host, action)?;
        let result = self.run_staged(&staged.action)?;
        match &result {
            Ok(output) if output.success() => staged.settle(host)?,
            _ => staged.discard(host),
        }
        Ok(result.map(|output| staged.said(output)))
    }

    /// Runs a program that writes where its arguments say.
    fn run_staged(&self, action: &Action) -> Result<io::Result<Output>, OutputError> {
        let host = self.context.host;
        let Some((name, text)) = action.argument_file() else {
            return Ok(host.run(&action.command(), self.context.cancel));
        };
        let path = action.directory.join(&name);
        host.write(&path, text.as_bytes()).map_err(OutputError::during("write", &path))?;
        let result = host.run(&action.command_with(&name), self.context.cancel);
        host.remove_file(&path).map_err(OutputError::during("remove", &path))?;
        Ok(result)
    }

    /// Runs a program that is not trusted: what it makes lies in a directory of its own.
    fn run_confined(
        &self,
        action: &Action,
        confined: &Confined,
        command: &Command,
    ) -> Result<io::Result<Output>, OutputError> {
        let (host, staging) = (self.context.host, confined.staging(action));
        host.remove_directory(&staging).map_err(OutputError::during("remove", &staging))?;
        host.create_directory(&staging).map_err(OutputError::during("make", &staging))?;
        let confinement = confined.confinement(action);
        let result = host.run_confined(command, &confinement, self.context.cancel);
        Ok(result.map(|(output, enforcement)| {
            if enforcement != Enforcement::Full
                && !self.told_unconfined.swap(true, Ordering::Relaxed)
            {
                self.tell(Event::Note(unconfined(&command.program, enforcement)));
            }
            without_places(&action.directory, &confined.sources, output)
        }))
    }

    /// Puts what a program that is not trusted has made where it belongs, if that is what it has to be.
    fn accept(
        &self,
        action: &Action,
        confined: &Confined,
        output: &Output,
        shown: &str,
    ) -> Result<(), Failure> {
        let host = self.context.host;
        if let Some(why) = confined.mistake(host, action, output) {
            let text = said(&output.stdout, &output.stderr);
            return Err(Failure::Untrue { command: shown.to_owned(), why, text });
        }
        for (staged, path) in confined.staged(action).zip(action.outputs()) {
            host.rename(&staged, &path).map_err(OutputError::during("write", &path))?;
        }
        Ok(())
    }

    fn make_room(&self, action: &Action) -> Result<(), OutputError> {
        let host = self.context.host;
        for path in action.outputs() {
            clear(host, &path)?;
            if let Some(parent) = path.parent() {
                host.create_directory(parent).map_err(OutputError::during("make", parent))?;
            }
        }
        Ok(())
    }

    fn remove_outputs(&self, action: &Action) {
        for path in action.outputs() {
            // What cannot be removed is not believed either: no record speaks of it any more.
            _ = self.context.host.remove_file(&path);
            self.context.files.forget(&path);
        }
    }

    fn tell_output(&self, action: &Action, record: &ActionRecord) {
        // What is said of the user's files is for those to make out who know which these are.
        let text = record.text();
        if action.confinement().is_none() && !text.is_empty() {
            self.tell(Event::StepOutput { label: action.label.clone(), text });
        }
    }

    fn tell(&self, event: Event) {
        self.context.progress.event(event);
    }
}
