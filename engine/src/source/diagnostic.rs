//! What we tell the user: a value, returned by queries beside their result.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::base::{Finding, Severity, TextRange};

/// A range of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file, absolute.
    pub path: Utf8PathBuf,
    /// The range of its text.
    pub range: TextRange,
}

/// A second place that explains a diagnostic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiagnosticLabel {
    /// The place.
    pub span: Span,
    /// What is to be seen there.
    pub text: String,
}

/// A change of texts that mends a mistake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DiagnosticFix {
    /// What it does, as an order.
    pub title: String,
    /// What to replace, and by what.
    pub edits: Vec<(Span, String)>,
}

/// Something to tell the user.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Kebab-case, stable: what tools match on.
    pub code: std::borrow::Cow<'static, str>,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without a full stop; names stand in backticks.
    pub message: String,
    /// The place that is wrong.
    pub span: Span,
    /// What to say right at the place; may be empty.
    pub label: String,
    /// Other places that explain it, in this file or others.
    pub labels: Vec<DiagnosticLabel>,
    /// What to do about it.
    pub help: Vec<String>,
    /// A change that mends it, where one is known.
    pub fix: Option<DiagnosticFix>,
}

impl Diagnostic {
    /// The finding, made in the text of the file at `path`. Labels at other modules' items are placed by `item_span`; one
    /// whose item is not found is left out.
    pub fn new(
        path: &Utf8PathBuf,
        finding: Finding,
        item_span: impl Fn(&crate::base::ModulePath, &str) -> Option<Span>,
    ) -> Diagnostic {
        use crate::base::Place;
        let here = |range| Span { path: path.clone(), range };
        let labels = finding.labels.into_iter().filter_map(|label| {
            let span = match label.place {
                Place::Here(range) => here(range),
                Place::Item(module, item) => item_span(&module, &item)?,
            };
            Some(DiagnosticLabel { span, text: label.text })
        });
        let labels = labels.collect();
        let fix = finding.fix.map(|fix| DiagnosticFix {
            title: fix.title,
            edits: fix.edits.into_iter().map(|it| (here(it.range), it.replacement)).collect(),
        });
        Diagnostic {
            code: finding.code,
            severity: finding.severity,
            message: finding.message,
            span: here(finding.range),
            label: finding.label,
            labels,
            help: finding.help,
            fix,
        }
    }

    /// The finding, made in the text of the file at `path`, which mentions no other module.
    pub fn in_file(path: &Utf8PathBuf, finding: Finding) -> Diagnostic {
        Diagnostic::new(path, finding, |_, _| None)
    }

    /// The diagnostic with all its paths replaced.
    #[must_use]
    pub fn at(mut self, path: impl Fn(&camino::Utf8Path) -> Utf8PathBuf) -> Diagnostic {
        let labels = self.labels.iter_mut().map(|label| &mut label.span);
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|(span, _)| span);
        for span in std::iter::once(&mut self.span).chain(labels).chain(edits) {
            span.path = path(&span.path);
        }
        self
    }

    /// Whether it is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
