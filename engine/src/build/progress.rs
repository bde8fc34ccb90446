//! What a build says while it runs.

use camino::Utf8PathBuf;

/// Somebody who listens to a build. The engine itself never prints.
pub trait Progress: Send + Sync {
    /// Something happened. Called from several threads; must not block for long.
    fn event(&self, event: Event);
}

/// Nobody.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _event: Event) {}
}

/// Something that happened in a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A manifest was found.
    ManifestFound(Utf8PathBuf),
    /// The graph of packages: each with what it depends on, dependencies first.
    PackageGraph(Vec<(String, Vec<String>)>),
    /// A package has to be looked into: so many modules more go through the front end.
    CheckStarted {
        /// How many.
        modules: usize,
    },
    /// So many modules more were checked.
    Checked {
        /// How many.
        modules: usize,
    },
    /// So many steps are known that have to be done (may grow while the build goes on).
    StepsPlanned {
        /// How many steps were added.
        steps: usize,
    },
    /// A step that runs a program begins.
    StepStarted {
        /// What it does, shortly: `cc Demo/Main`.
        label: String,
        /// The command, as a person would type it.
        command: String,
    },
    /// A step has ended.
    StepFinished {
        /// What it did.
        label: String,
        /// Whether it did it.
        success: bool,
    },
    /// A program said something although it succeeded: a compiler's warnings.
    StepOutput {
        /// What it did.
        label: String,
        /// What it said.
        text: String,
    },
    /// Something worth knowing that is no diagnostic.
    Note(String),
}
