//! A mistake found in one text, before it is known in which file the text stands.
//!
//! Pure floors (`lang`, `version`) yield findings; `source` adds the file and makes a diagnostic of it.

use serde::{Deserialize, Serialize};

use crate::base::{ModulePath, Name, TextRange};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// Nothing can be made of what it stands in.
    Error,
    /// Likely a mistake; the build goes on.
    Warning,
}

/// Where a label points.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// A range of the text in which the finding was made.
    Here(TextRange),
    /// The definition of an item of another module. Its range is looked up when the diagnostic is shown, so that a module's
    /// findings don't change when another module's text moves.
    Item(ModulePath, Name),
}

/// A second place that explains a finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label {
    /// The place.
    pub place: Place,
    /// What is to be seen there.
    pub text: String,
}

/// A replacement in the text of the finding.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub range: TextRange,
    /// What stands there afterwards.
    pub replacement: String,
}

/// A change of the text that mends the mistake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, as an order: "rename it to `version`".
    pub title: String,
    /// The replacements, in order and apart from each other.
    pub edits: Vec<Edit>,
}

/// Something to tell about one text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// Kebab-case, stable: what tools match on.
    pub code: std::borrow::Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop; names stand in backticks.
    pub message: String,
    /// The place that is wrong.
    pub range: TextRange,
    /// What to say right at the place; may be empty.
    pub label: String,
    /// Other places that explain it.
    pub labels: Vec<Label>,
    /// What to do about it.
    pub help: Vec<String>,
    /// A change that mends it, where one is known.
    pub fix: Option<Fix>,
}

impl Finding {
    /// An error at `range`.
    pub fn error(code: &'static str, range: TextRange, message: impl Into<String>) -> Finding {
        Finding {
            code: code.into(),
            severity: Severity::Error,
            message: message.into(),
            range,
            label: String::new(),
            labels: Vec::new(),
            help: Vec::new(),
            fix: None,
        }
    }

    /// A warning at `range`.
    pub fn warning(code: &'static str, range: TextRange, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(code, range, message) }
    }

    /// With `text` at the place itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Finding {
        self.label = text.into();
        self
    }

    /// With a second place in the same text.
    #[must_use]
    pub fn also(mut self, range: TextRange, text: impl Into<String>) -> Finding {
        self.labels.push(Label { place: Place::Here(range), text: text.into() });
        self
    }

    /// With the definition of another module's item.
    #[must_use]
    pub fn also_item(mut self, module: ModulePath, item: Name, text: impl Into<String>) -> Finding {
        self.labels.push(Label { place: Place::Item(module, item), text: text.into() });
        self
    }

    /// With a sentence on what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Finding {
        self.help.push(text.into());
        self
    }

    /// With a fix of one replacement.
    #[must_use]
    pub fn fix(
        mut self,
        title: impl Into<String>,
        range: TextRange,
        replacement: impl Into<String>,
    ) -> Finding {
        let edits = vec![Edit { range, replacement: replacement.into() }];
        self.fix = Some(Fix { title: title.into(), edits });
        self
    }
}
