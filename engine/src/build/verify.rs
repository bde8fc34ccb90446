//! Doing what the store remembers again, with the tools that were used, where they still are.

use std::cell::RefCell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::resolve;
use crate::build::action::Action;
use crate::build::confined::without_places;
use crate::host::{
    CancelToken, Command, Confinement, EntryKind, FileDigests, Host, Inherited, Output, quoted,
};
use crate::store::message::{self, Pair};
use crate::store::{Prepared, Store, StoreError, VerifyReport};
use crate::target::c::system_headers;
use crate::toolchain::{Probe, ToolPlace};

/// Does up to `sample` actions that the store remembers again, and compares what they make: see [`Store::verify`]. Those are skipped whose
/// tools are gone, or are others by now.
pub fn verify(
    host: &dyn Host,
    store: &Store<'_>,
    sample: usize,
    cancel: &CancelToken,
) -> Result<VerifyReport, StoreError> {
    let files = FileDigests::default();
    let probe = Probe::new(host, &files, &[], cancel);
    let again = Again { probe, known: RefCell::default() };
    store.verify(sample, &|prepared| again.run(prepared), cancel)
}

/// Where the tool of an action was and how it was run: what it takes to do it again beside its messages.
#[derive(Serialize, Deserialize)]
pub(super) struct Origin {
    tool: ToolPlace,
    /// What it worked on, from where it ran, if it is not trusted.
    sources: Option<Utf8PathBuf>,
}

impl Origin {
    pub(super) fn of(action: &Action) -> Origin {
        let (tool, confined) = (action.tool(), action.confinement());
        let tool = ToolPlace {
            program: tool.program.clone(),
            arguments: tool.arguments.clone(),
            role: tool.role.clone(),
            read: confined.map(|it| it.own.clone()).unwrap_or_default(),
        };
        Origin { tool, sources: confined.map(|it| it.sources.clone()) }
    }

    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("texts can be written as JSON")
    }
}

/// Where a tool was, and the variables that it runs with.
type Use = (ToolPlace, Vec<(String, String)>);

struct Again<'a> {
    probe: Probe<'a>,
    /// The identities of the tools that were looked at, or why there is none.
    known: RefCell<BTreeMap<Use, Result<String, String>>>,
}

impl Again<'_> {
    /// Does what is prepared, as it was done before; yields what the program said.
    fn run(&self, prepared: &Prepared) -> Result<Output, String> {
        let command = &prepared.command;
        let origin = serde_json::from_str::<Origin>(&prepared.origin);
        let unknown = |_| "how it was run is not known any more".to_owned();
        let Origin { tool, sources } = origin.map_err(unknown)?;
        let pair = |Pair { name, value }: &Pair| (name.clone(), value.clone());
        let environment: Vec<_> = command.environment_variables.iter().map(pair).collect();
        self.check(&tool, &environment, command)?;
        let told = command.arguments.iter().skip(1 + tool.arguments.len());
        let command = Command {
            program: tool.program.clone(),
            arguments: tool.arguments.iter().chain(told).cloned().collect(),
            directory: prepared.directory.clone(),
            environment,
            inherited: Inherited::Needed,
        };
        let (host, cancel) = (self.probe.host, self.probe.cancel);
        let output = match sources {
            None => host.run(&command, cancel),
            Some(sources) => {
                let confinement = confinement(prepared, &sources, &tool);
                let output = host.run_confined(&command, &confinement, cancel);
                output.map(|(output, _)| without_places(&prepared.directory, &sources, output))
            }
        };
        output.map_err(|error| format!("it cannot be run: {error}"))
    }

    /// Why the tool that was used cannot be used again, if so.
    fn check(
        &self,
        tool: &ToolPlace,
        environment: &[(String, String)],
        command: &message::Command,
    ) -> Result<(), String> {
        let place = (tool.clone(), environment.to_vec());
        let found = self.known.borrow().get(&place).cloned();
        let found = found.unwrap_or_else(|| {
            let found = self.find(tool, environment);
            self.known.borrow_mut().insert(place, found.clone());
            found
        })?;
        let needed = command.platform.as_ref().and_then(|it| it.tool());
        if needed != Some(&*found) {
            let words = tool.arguments.iter().map(|word| format!(" {}", quoted(word)));
            let command: String =
                std::iter::once(quoted(tool.program.as_str())).chain(words).collect();
            return Err(format!("`{command}` is not what it was"));
        }
        Ok(())
    }

    /// The identity of what is by now where a tool was.
    fn find(&self, tool: &ToolPlace, environment: &[(String, String)]) -> Result<String, String> {
        let is_there =
            self.probe.host.stat(&tool.program).is_ok_and(|it| it.kind == EntryKind::File);
        if !is_there {
            return Err(format!("`{}` is gone", tool.program));
        }
        let identity = tool.identity(&self.probe, environment, &system_headers());
        identity.map(|it| it.to_string()).map_err(|error| error.to_string())
    }
}

/// What a program may touch that is not trusted: what it could touch before, where it is now.
fn confinement(prepared: &Prepared, sources: &Utf8Path, tool: &ToolPlace) -> Confinement {
    let sources = resolve(&prepared.directory, sources);
    let beside = prepared.inputs.iter().filter(|path| !path.starts_with(&sources));
    let read = std::iter::once(&sources).chain(beside).chain(&tool.read).cloned();
    let parents = prepared.outputs().filter_map(|path| Some(path.parent()?.to_owned()));
    let mut write: Vec<Utf8PathBuf> = parents.collect();
    write.dedup();
    Confinement { read: read.collect(), list: vec![sources.clone()], write }
}
