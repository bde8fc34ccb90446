//! The words for what happens in a build.

use oast_engine::build::Event;

use crate::ui::graph;
use crate::ui::shell::{DONE, ERROR, HINT, Shell, WARNING};

/// What to say about the event, if anything. `lines` is whether a plain line tells that a step begins.
pub(crate) fn words(event: &Event, verbose: bool, lines: bool) -> Option<String> {
    match event {
        Event::StepStarted { command, .. } if verbose => {
            Some(format!("{DONE}run{DONE:#} {command}"))
        }
        Event::StepStarted { label, .. } if lines => Some(label.clone()),
        Event::StepFinished { label, success: false } if verbose => {
            Some(format!("{ERROR}failed{ERROR:#}: {label}"))
        }
        Event::StepOutput { label, text } => {
            Some(format!("{WARNING}from{WARNING:#} {label}:\n{}", text.trim_end()))
        }
        Event::Note(text) => Some(format!("{HINT}note{HINT:#}: {text}")),
        Event::ManifestFound(path) if verbose => Some(format!("{DONE}manifest{DONE:#} {path}")),
        Event::PackageGraph(packages) if verbose => Some(graph::drawn(packages)),
        Event::CheckStarted { modules } if verbose => {
            Some(format!("{DONE}check{DONE:#} {modules} modules"))
        }
        _ => None,
    }
}

/// Tells the words for the event.
pub(crate) fn tell(shell: &Shell, event: &Event, lines: bool) {
    if let Some(words) = words(event, shell.is_verbose(), lines) {
        shell.say(&words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbose_talk_shows_the_graph_in_build_order_and_the_commands() {
        let graph = Event::PackageGraph(vec![
            ("Math".to_owned(), vec![]),
            ("App".to_owned(), vec!["Math".to_owned()]),
        ]);
        let step = Event::StepStarted { label: "cc App/Main".into(), command: "cc -c x.c".into() };
        let text = words(&graph, true, true).unwrap();
        assert!(text.ends_with("App (root)\n └─> Math\nBuild order: [Math, App]"), "{text}");
        assert_eq!(words(&graph, false, true), None);
        assert!(words(&step, true, true).unwrap().ends_with(" cc -c x.c"));
        assert_eq!(words(&step, false, true).unwrap(), "cc App/Main");
        assert_eq!(words(&step, false, false), None);
    }
}
