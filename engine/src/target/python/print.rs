//! Lines of Python, with room in mind.

/// How wide a line may be before the arguments in it are written below each other.
pub(super) const WIDTH: usize = 99;

/// How tightly an expression holds together, loosest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Conditional,
    Or,
    And,
    Not,
    Comparison,
    BitOr,
    BitAnd,
    Sum,
    Product,
    Unary,
    Atom,
}

impl Level {
    /// The level of operands that need parentheses where they are of this level.
    pub(super) fn tighter(self) -> Level {
        match self {
            Level::Conditional => Level::Or,
            Level::Or => Level::And,
            Level::And => Level::Not,
            Level::Not => Level::Comparison,
            Level::Comparison => Level::BitOr,
            Level::BitOr => Level::BitAnd,
            Level::BitAnd => Level::Sum,
            Level::Sum => Level::Product,
            Level::Product => Level::Unary,
            Level::Unary | Level::Atom => Level::Atom,
        }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Code {
    flat: String,
    level: Level,
    /// What stands before, between and after its brackets, for what is too long for a line.
    parts: Option<(String, Vec<Code>, String)>,
}

impl Code {
    /// A name, a literal, or whatever else needs no parentheses.
    pub(super) fn atom(text: impl Into<String>) -> Code {
        Code::new(text, Level::Atom)
    }

    pub(super) fn new(text: impl Into<String>, level: Level) -> Code {
        Code { flat: text.into(), level, parts: None }
    }

    /// `open`, the parts separated by commas, `close`.
    pub(super) fn listed(open: impl Into<String>, parts: Vec<Code>, close: &str) -> Code {
        let open = open.into();
        let inside: Vec<&str> = parts.iter().map(|it| it.flat.as_str()).collect();
        let flat = format!("{open}{}{close}", inside.join(", "));
        let parts = (!parts.is_empty()).then(|| (open, parts, close.to_owned()));
        Code { flat, level: Level::Atom, parts }
    }

    pub(super) fn call(function: impl Into<String>, arguments: Vec<Code>) -> Code {
        Code::listed(function.into() + "(", arguments, ")")
    }

    pub(super) fn tuple(parts: Vec<Code>) -> Code {
        let close = if parts.len() == 1 { ",)" } else { ")" };
        Code::listed("(", parts, close)
    }

    /// The expression on one line, in parentheses where it is looser than `level`.
    pub(super) fn at(&self, level: Level) -> String {
        if self.level < level { format!("({})", self.flat) } else { self.flat.clone() }
    }

    /// The expression on one line.
    pub(super) fn flat(self) -> String {
        self.flat
    }
}

/// The lines of a file.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
    depth: usize,
}

impl Lines {
    /// Adds a line.
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        self.text.extend(std::iter::repeat_n("    ", self.depth));
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// Adds an empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds `before`, `code` and `after`: on one line if there is room or no other way.
    pub(super) fn code(&mut self, before: &str, code: &Code, after: &str) {
        let width = 4 * self.depth + before.len() + code.flat.chars().count() + after.len();
        match &code.parts {
            Some((open, parts, close)) if WIDTH < width => {
                self.line(format!("{before}{open}"));
                self.indented(|lines| {
                    for part in parts {
                        lines.code("", part, ",");
                    }
                });
                self.line(format!("{}{after}", close.trim_start_matches(',')));
            }
            _ => self.line(format!("{before}{}{after}", code.flat)),
        }
    }

    /// Adds what `write` adds, one step further to the right.
    pub(super) fn indented(&mut self, write: impl FnOnce(&mut Lines)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }

    /// All lines.
    pub(super) fn finish(self) -> String {
        self.text
    }
}
