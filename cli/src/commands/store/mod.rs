//! `oast store`: looks into the store and looks after it.

mod arguments;
mod shown;

use camino::Utf8Path;
use oast_engine::base::resolve;
use oast_engine::build::verify;
use oast_engine::host::EntryKind;
use oast_engine::manifest::TARGETS;
use oast_engine::store::{self, Filter, Settings, Store, StoreError};
use serde_json::{Value, json};

pub(crate) use crate::commands::store::arguments::Store as StoreArguments;

use crate::args::MessageFormat;
use crate::commands::Context;
use crate::commands::store::arguments::{Command, Gc, Query, Verify, View};
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::project::refuse_unknown;

/// What came of a command: for programs, for people, and how the process ends.
struct Answer {
    object: Value,
    text: String,
    exit: Exit,
}

pub(super) fn run(context: &Context, arguments: &StoreArguments) -> Result<Exit, Failure> {
    let answer = answer(context, &arguments.command)?;
    let is_json = arguments.json || context.format == MessageFormat::Json;
    let text = if is_json { format!("{}\n", answer.object) } else { answer.text };
    context.shell.data(text.as_bytes())?;
    Ok(answer.exit)
}

fn answer(context: &Context, command: &Command) -> Result<Answer, Failure> {
    let host = &*context.host;
    let home = store::home(host)?;
    match command {
        Command::Path => return Ok(told(json!({ "path": home.as_str() }), format!("{home}\n"))),
        Command::Doctor => {
            let report = store::doctor(host, &home)?;
            return Ok(told(shown::doctor_object(&report), shown::doctor(&report)));
        }
        _ => (),
    }
    let store = match command {
        Command::Gc(_) => Store::open_to_make_room(host, &home)?,
        _ => Store::open(host, &home)?,
    };
    match command {
        Command::Status => status(context, &store),
        Command::Query(arguments) => query(context, &store, arguments),
        Command::View(arguments) => view(context, &store, arguments),
        Command::Gc(arguments) => gc(context, &store, arguments),
        Command::Verify(arguments) => verify_sample(context, &store, arguments),
        Command::Path | Command::Doctor => unreachable!("these are done"),
    }
}

fn told(object: Value, text: String) -> Answer {
    Answer { object, text, exit: Exit::Success }
}

fn status(context: &Context, store: &Store<'_>) -> Result<Answer, Failure> {
    let quota = Settings::load(&*context.host, store.home())?.quota;
    let statistics = store.statistics()?;
    Ok(told(
        shown::status_object(store, &statistics, quota),
        shown::status(store, &statistics, quota),
    ))
}

fn query(context: &Context, store: &Store<'_>, arguments: &Query) -> Result<Answer, Failure> {
    let Query { package, version, target, source } = arguments;
    refuse_unknown("target", target.as_slice(), TARGETS)?;
    let mut filter = Filter {
        package: package.clone(),
        version: version.clone(),
        target: target.as_ref().map(ToString::to_string),
        ..Filter::default()
    };
    if let Some(source) = source {
        let path = context.host.canonical(&resolve(&context.directory, source));
        match path.ok().filter(|path| is_directory(context, path)) {
            Some(directory) => filter.below = Some(directory),
            None => filter.source = Some(source.clone()),
        }
    }
    let builds = store.query(&filter)?;
    if builds.is_empty() {
        context.shell.say("the store knows no such build");
        return Ok(told(json!([]), String::new()));
    }
    Ok(told(shown::build_objects(&builds), shown::builds(&builds)))
}

fn is_directory(context: &Context, path: &Utf8Path) -> bool {
    context.host.stat(path).is_ok_and(|stat| stat.kind == EntryKind::Directory)
}

fn view(context: &Context, store: &Store<'_>, arguments: &View) -> Result<Answer, Failure> {
    let asked = arguments.tree.as_ref().map(|it| resolve(&context.directory, it));
    let directory = asked.unwrap_or_else(|| store.home().join("view"));
    refuse_to_change(store)?;
    let report = store.view(&directory)?;
    Ok(told(shown::view_object(&report), shown::view(&report)))
}

fn gc(context: &Context, store: &Store<'_>, arguments: &Gc) -> Result<Answer, Failure> {
    let quota = match arguments.quota {
        Some(quota) => quota,
        None => Settings::load(&*context.host, store.home())?.quota,
    };
    refuse_to_change(store)?;
    let report = store.gc(quota)?;
    Ok(told(shown::gc_object(&report), shown::gc(&report, quota)))
}

fn verify_sample(
    context: &Context,
    store: &Store<'_>,
    arguments: &Verify,
) -> Result<Answer, Failure> {
    refuse_to_change(store)?;
    let interrupt = Interrupt::listen();
    let report = verify(&*context.host, store, arguments.sample, &interrupt.token)?;
    let mut answer = told(shown::verify_object(&report), shown::verify(&report));
    if !report.different.is_empty() {
        answer.exit = Exit::Failed;
    }
    if let Some(exit) = interrupt.exit() {
        answer.exit = exit;
    }
    Ok(answer)
}

/// Refuses to change a store that can only be read.
fn refuse_to_change(store: &Store<'_>) -> Result<(), Failure> {
    if store.may_change() {
        return Ok(());
    }
    Err(Failure::failed(format!("the store at `{}` cannot be written", store.home())))
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let failure = Failure::failed(error.to_string());
        match error {
            StoreError::NoHome { .. } => failure.hint("`OAST_HOME=DIR` says where the store is"),
            StoreError::Newer { .. } => {
                failure.hint("`OAST_HOME=DIR` says where another store is, for this version")
            }
            StoreError::DamagedAndInUse { .. } => {
                failure.hint("try again when no build is running")
            }
            _ => failure,
        }
    }
}
