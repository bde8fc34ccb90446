//! `oast store`: looks into the store and looks after it.

mod arguments;
mod shown;

use oast_engine::base::resolve;
use oast_engine::build::verify;
use oast_engine::store::{self, Filter, Settings, Store, StoreError};
use serde_json::{Value, json};

pub(crate) use crate::commands::store::arguments::Store as StoreArguments;

use crate::commands::Context;
use crate::commands::store::arguments::{Command, Gc, Query, Verify, View};
use crate::failure::{Exit, Failure};
use crate::interrupt::Interrupt;

/// What came of a command: for programs, for people, and how the process ends.
struct Answer {
    object: Value,
    text: String,
    exit: Exit,
}

pub(super) fn run(context: &Context, arguments: &StoreArguments) -> Result<Exit, Failure> {
    let answer = answer(context, &arguments.command).map_err(|error| failure(&error))?;
    let text = if arguments.json { format!("{}\n", answer.object) } else { answer.text };
    context.shell.data(text.as_bytes())?;
    Ok(answer.exit)
}

fn answer(context: &Context, command: &Command) -> Result<Answer, StoreError> {
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
    let store = Store::open(host, &home)?;
    match command {
        Command::Status => status(context, &store),
        Command::Query(arguments) => query(&store, arguments),
        Command::View(arguments) => view(context, &store, arguments),
        Command::Gc(arguments) => gc(context, &store, arguments),
        Command::Verify(arguments) => verify_sample(context, &store, arguments),
        Command::Path | Command::Doctor => unreachable!("these are done"),
    }
}

fn told(object: Value, text: String) -> Answer {
    Answer { object, text, exit: Exit::Success }
}

fn status(context: &Context, store: &Store<'_>) -> Result<Answer, StoreError> {
    let quota = Settings::load(&*context.host, store.home())?.quota;
    let statistics = store.statistics()?;
    Ok(told(
        shown::status_object(store, &statistics, quota),
        shown::status(store, &statistics, quota),
    ))
}

fn query(store: &Store<'_>, arguments: &Query) -> Result<Answer, StoreError> {
    let Query { package, version, target, source } = arguments;
    let filter = Filter {
        package: package.clone(),
        version: version.clone(),
        target: target.clone(),
        source: source.clone(),
    };
    let builds = store.query(&filter)?;
    let text = if builds.is_empty() {
        "the store knows no such build\n".to_owned()
    } else {
        shown::builds(&builds)
    };
    Ok(told(shown::build_objects(&builds), text))
}

fn view(context: &Context, store: &Store<'_>, arguments: &View) -> Result<Answer, StoreError> {
    let asked = arguments.directory.as_ref().map(|it| resolve(&context.directory, it));
    let directory = asked.unwrap_or_else(|| store.home().join("view"));
    let report = store.view(&directory)?;
    let text = format!(
        "{directory}: {} links, {} new, {} removed\n",
        report.links, report.made, report.removed
    );
    let object = json!({
        "directory": directory.as_str(),
        "links": report.links,
        "made": report.made,
        "removed": report.removed,
    });
    Ok(told(object, text))
}

fn gc(context: &Context, store: &Store<'_>, arguments: &Gc) -> Result<Answer, StoreError> {
    let quota = match arguments.quota {
        Some(quota) => quota,
        None => Settings::load(&*context.host, store.home())?.quota,
    };
    let report = store.gc(quota)?;
    Ok(told(shown::gc_object(&report), shown::gc(&report, quota)))
}

fn verify_sample(
    context: &Context,
    store: &Store<'_>,
    arguments: &Verify,
) -> Result<Answer, StoreError> {
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

fn failure(error: &StoreError) -> Failure {
    let failure = Failure::failed(error.to_string());
    match error {
        StoreError::NoHome { .. } => failure.hint("`OAST_HOME=DIR` says where the store is"),
        StoreError::Newer { .. } => {
            failure.hint("`OAST_HOME=DIR` says where another store is, for this version")
        }
        StoreError::DamagedAndInUse { .. } => failure.hint("try again when no build is running"),
        _ => failure,
    }
}
