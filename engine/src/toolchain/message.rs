//! What compilers say, made out as messages at places.
//!
//! Understood are lines as nearly all compilers write them, `path:line:column: error: text`, and what rustc and those after
//! it do: `error[code]: text`, and the place in a line of its own. Whatever else there is stays text, so nothing is lost.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Finding, LineColumn, LineIndex, Severity, TextRange, resolve};
use crate::source::{Diagnostic, DiagnosticLabel, Span};

/// How many bytes a path may have; systems allow no more.
const LONGEST_PATH: usize = 4096;

/// What a compiler calls a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// It made nothing because of it.
    Error,
    /// Likely a mistake.
    Warning,
    /// It belongs to the message before.
    Note,
}

/// Where a message points, as the compiler says: nothing promises that there is such a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MessagePlace {
    /// The file, absolute.
    pub path: Utf8PathBuf,
    /// The line, counted from 1.
    pub line: u32,
    /// The character of the line, counted from 1.
    pub column: Option<u32>,
}

/// Something that a compiler says of the user's sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Message {
    /// What the compiler calls it, if anything.
    pub level: Option<Level>,
    /// The compiler's own name for this kind of message.
    pub code: Option<String>,
    /// Where it points.
    pub place: Option<MessagePlace>,
    /// What it says, in one line.
    pub text: String,
    /// All its lines as they were written, with the pictures under it.
    pub written: String,
}

/// A part of what a compiler says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Said {
    /// What could be made out.
    Message(Message),
    /// Lines that could not.
    Text(String),
}

/// What a compiler that ran in the directory `root` has said, in order. Colours, control characters and bytes that are not UTF-8
/// don't matter.
pub fn messages(output: &[u8], root: &Utf8Path) -> Vec<Said> {
    let text = plain(&String::from_utf8_lossy(output));
    let mut said: Vec<Said> = Vec::new();
    for line in text.lines() {
        match (message(line, root), said.last_mut()) {
            (Some(message), _) => said.push(Said::Message(message)),
            (None, Some(Said::Message(message))) if belongs_to_message(line) => {
                if message.place.is_none() {
                    message.place = place_of_its_own(line, root);
                }
                add_line(&mut message.written, line);
            }
            (None, Some(Said::Text(text))) => add_line(text, line),
            (None, _) => {
                let mut text = String::new();
                add_line(&mut text, line);
                said.push(Said::Text(text));
            }
        }
    }
    said
}

fn add_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Whether the line is drawn under a message: it is indented, or has a number and a bar before it.
fn belongs_to_message(line: &str) -> bool {
    let after_number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with([' ', '\t']) || after_number.trim_start().starts_with('|')
}

/// The message that the line begins, if it does.
fn message(line: &str, root: &Utf8Path) -> Option<Message> {
    let indented = line.starts_with([' ', '\t']);
    let (place, level, text) = match place(line.trim_start(), root) {
        Some((place, rest)) => {
            let (level, text) =
                level(rest).map_or((None, rest), |(level, text)| (Some(level), text));
            (Some(place), level, text)
        }
        // Behind the name of a program, as linkers write it.
        None => {
            let after_name = || {
                let (name, rest) = line.split_once(": ")?;
                (!name.contains(char::is_whitespace)).then_some(rest)
            };
            let (level, text) = level(line).or_else(|| level(after_name()?))?;
            (None, Some(level), text)
        }
    };
    let is_sure = level.is_some() || !indented && place.as_ref().is_some_and(is_source);
    if !is_sure || indented && place.is_none() || text.trim().is_empty() {
        return None;
    }
    let (level, code) = level.map_or((None, None), |it| (Some(it.0), it.1));
    let mut written = String::new();
    add_line(&mut written, line);
    Some(Message { level, code, place, text: text.trim().to_owned(), written })
}

/// Whether the place is that of a source even if nothing else says so; the time of day looks like one, too.
fn is_source(place: &MessagePlace) -> bool {
    place.path.extension().is_some() && !place.path.as_str().contains(char::is_whitespace)
}

/// The place at the beginning of `line` and what follows it: `path:line:column: rest`, `path:line:column rest`,
/// `path:line: rest`.
fn place<'l>(line: &'l str, root: &Utf8Path) -> Option<(MessagePlace, &'l str)> {
    let colons = line.match_indices(':').take_while(|(at, _)| *at <= LONGEST_PATH);
    colons.into_iter().find_map(|(at, _)| {
        let (number, rest) = number(&line[at + 1..])?;
        let (column, rest) = match rest.strip_prefix(':').and_then(self::number) {
            Some((column, rest)) => (Some(column), rest),
            None => (None, rest),
        };
        let ends = rest.starts_with(':') || column.is_some() && rest.starts_with([' ', '\t']);
        let is_over = rest.is_empty() && column.is_some();
        if !ends && !is_over {
            return None;
        }
        let place = MessagePlace { path: path(&line[..at], root)?, line: number, column };
        Some((place, rest.strip_prefix(':').unwrap_or(rest).trim_start()))
    })
}

/// The place in a line such as `  --> src/main.rs:2:5`.
fn place_of_its_own(line: &str, root: &Utf8Path) -> Option<MessagePlace> {
    let rest = line.trim_start().strip_prefix("-->")?;
    let (place, rest) = place(rest.trim(), root)?;
    rest.is_empty().then_some(place)
}

/// The number, at least 1, at the beginning of `text`, and what follows it.
fn number(text: &str) -> Option<(u32, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let number = text[..end].parse().ok().filter(|number| 0 < *number)?;
    Some((number, &text[end..]))
}

/// The path that `text` is, seen from `root`, if it can be one.
fn path(text: &str, root: &Utf8Path) -> Option<Utf8PathBuf> {
    // A number behind it would have been its line, if it were one.
    let last = text.rsplit(':').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
    let is_path =
        text.trim() == text && !is_number && !text.contains("://") && !text.contains('\0');
    is_path.then(|| resolve(root, text))
}

const LEVELS: &[(&str, Level)] = &[
    ("error", Level::Error),
    ("fatal error", Level::Error),
    ("fatal", Level::Error),
    ("internal compiler error", Level::Error),
    ("warning", Level::Warning),
    ("note", Level::Note),
    ("remark", Level::Note),
    ("info", Level::Note),
    ("help", Level::Note),
    ("hint", Level::Note),
];

/// What the message that begins with `text` calls itself, with its code, and what it says: `error: …`, `error[code]: …`,
/// `error code: …`.
fn level(text: &str) -> Option<((Level, Option<String>), &str)> {
    LEVELS.iter().find_map(|(name, level)| {
        let (word, rest) = text.split_at_checked(name.len())?;
        let (before, message) = rest.split_once(':')?;
        if !word.eq_ignore_ascii_case(name) {
            return None;
        }
        let code = match before.strip_prefix('[') {
            Some(code) => code.strip_suffix(']')?,
            None => before.strip_prefix(' ').unwrap_or(before),
        };
        let is_code = code.is_empty()
            || code.bytes().any(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'_')
            || before.starts_with('[');
        if !is_code || before.len() == 1 || code.contains(char::is_whitespace) {
            return None;
        }
        Some(((*level, Some(code.to_owned()).filter(|code| !code.is_empty())), message))
    })
}

/// `text` without colours and other things that only a terminal understands, lines ended by `\n`.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\x1b' => match characters.next() {
                Some('[') => _ = characters.find(|c| ('\x40'..='\x7e').contains(c)),
                // A title or a link, up to a bell or `ESC \`.
                Some(']') => {
                    let end = characters.find(|c| matches!(c, '\x07' | '\x1b'));
                    _ = end.filter(|c| *c == '\x1b').and_then(|_| characters.next());
                }
                _ => (),
            },
            '\r' => {
                if characters.peek() != Some(&'\n') {
                    plain.push('\n');
                }
            }
            '\n' | '\t' => plain.push(c),
            c if c.is_control() => (),
            c => plain.push(c),
        }
    }
    plain
}

/// The messages that point into files as diagnostics, and everything else as text. `text_of` yields the text of a file, `None` if
/// nothing should point into it; a message that has no level is as bad as `unsaid`.
pub fn diagnostics(
    said: Vec<Said>,
    unsaid: Severity,
    mut text_of: impl FnMut(&Utf8Path) -> Option<Arc<str>>,
) -> (Vec<Diagnostic>, String) {
    let (mut diagnostics, mut rest) = (Vec::<Diagnostic>::new(), String::new());
    // Whether the message to which notes belong has become a diagnostic.
    let mut is_open = false;
    for part in said {
        let message = match part {
            Said::Message(message) => message,
            Said::Text(text) => {
                rest.push_str(&text);
                continue;
            }
        };
        let span = message.place.as_ref().and_then(|place| span(place, &mut text_of));
        let last = diagnostics.last_mut().filter(|_| is_open);
        match (message.level, span, last) {
            (Some(Level::Note), Some(span), Some(last)) => {
                last.labels.push(DiagnosticLabel { span, text: message.text });
            }
            (Some(Level::Note), None, Some(last)) => last.help.push(message.text),
            (Some(Level::Error | Level::Warning) | None, Some(span), _) => {
                let finding = finding(&message, unsaid, span.range);
                diagnostics.push(Diagnostic::in_file(&span.path, finding));
                is_open = true;
            }
            (level, ..) => {
                rest.push_str(&message.written);
                is_open &= level == Some(Level::Note);
            }
        }
    }
    (diagnostics, rest)
}

fn finding(message: &Message, unsaid: Severity, range: TextRange) -> Finding {
    let text = match &message.code {
        Some(code) => format!("{} ({code})", message.text),
        None => message.text.clone(),
    };
    match (message.level, unsaid) {
        (Some(Level::Error), _) | (None, Severity::Error) => {
            Finding::error("compiler-error", range, text)
        }
        _ => Finding::warning("compiler-warning", range, text),
    }
}

/// The word at the place, the character if it is in none, the whole line where there is no column.
fn span(
    place: &MessagePlace,
    text_of: &mut impl FnMut(&Utf8Path) -> Option<Arc<str>>,
) -> Option<Span> {
    let text = text_of(&place.path)?;
    let index = LineIndex::new(&text);
    let line = index.line_range(&text, place.line);
    let range = match place.column {
        Some(column) => {
            let start = index.offset(&text, LineColumn { line: place.line, column });
            let rest = &text[TextRange { start, end: line.end }.span()];
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let length = word.max(rest.chars().next().map_or(0, char::len_utf8));
            TextRange { start, end: start + length as u32 }
        }
        None => {
            let content = &text[line.span()];
            let indent = (content.len() - content.trim_start().len()) as u32;
            let end = line.start + content.trim_end().len() as u32;
            TextRange { start: (line.start + indent).min(end), end }
        }
    };
    Some(Span { path: place.path.clone(), range })
}
