//! From text to tokens.

use crate::base::{Finding, TextRange};
use crate::lang::oats::kind::Kind;
use crate::syntax::Tokens;

/// The tokens of `text`, and what is wrong inside of single tokens.
pub(crate) fn tokens(text: &str) -> (Tokens<Kind>, Vec<Finding>) {
    let mut lexer = Lexer { text, at: 0, braces: Vec::new(), findings: Vec::new() };
    let mut tokens = Tokens::with_capacity(text.len());
    while lexer.at < text.len() {
        let kind = lexer.token();
        tokens.push(kind, lexer.at);
    }
    (tokens, lexer.findings)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    /// For each `{` that is open, whether it is the `${` of a template.
    braces: Vec<bool>,
    findings: Vec<Finding>,
}

/// The signs, longest first among those that begin alike.
const SIGNS: &[(&str, Kind)] = &[
    ("...", Kind::Ellipsis),
    ("===", Kind::EqualEqualEqual),
    ("!==", Kind::NotEqualEqual),
    ("**=", Kind::StarStarEquals),
    ("<<=", Kind::ShiftLeftEquals),
    ("&&=", Kind::AndAndEquals),
    ("||=", Kind::OrOrEquals),
    ("??=", Kind::QuestionQuestionEquals),
    ("=>", Kind::Arrow),
    ("==", Kind::EqualEqual),
    ("!=", Kind::NotEqual),
    ("<=", Kind::LessEqual),
    ("<<", Kind::ShiftLeft),
    ("++", Kind::PlusPlus),
    ("--", Kind::MinusMinus),
    ("**", Kind::StarStar),
    ("&&", Kind::AndAnd),
    ("||", Kind::OrOr),
    ("??", Kind::QuestionQuestion),
    ("+=", Kind::PlusEquals),
    ("-=", Kind::MinusEquals),
    ("*=", Kind::StarEquals),
    ("/=", Kind::SlashEquals),
    ("%=", Kind::PercentEquals),
    ("&=", Kind::AndEquals),
    ("|=", Kind::OrEquals),
    ("^=", Kind::CaretEquals),
    ("(", Kind::LeftParen),
    (")", Kind::RightParen),
    ("[", Kind::LeftBracket),
    ("]", Kind::RightBracket),
    (";", Kind::Semicolon),
    (",", Kind::Comma),
    (".", Kind::Dot),
    ("?", Kind::Question),
    (":", Kind::Colon),
    ("=", Kind::Equals),
    ("<", Kind::Less),
    ("+", Kind::Plus),
    ("-", Kind::Minus),
    ("*", Kind::Star),
    ("/", Kind::Slash),
    ("%", Kind::Percent),
    ("!", Kind::Bang),
    ("~", Kind::Tilde),
    ("&", Kind::And),
    ("|", Kind::Or),
    ("^", Kind::Caret),
    ("@", Kind::At),
    ("#", Kind::Hash),
];

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        while self.at < self.text.len() && belongs(self.byte(0)) {
            self.at += 1;
        }
    }

    /// Moves behind a token that is not empty, and yields its kind.
    fn token(&mut self) -> Kind {
        match (self.byte(0), self.byte(1)) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {
                self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
                Kind::Whitespace
            }
            (b'/', b'/') => {
                self.skip_while(|byte| byte != b'\n');
                Kind::Comment
            }
            (b'/', b'*') => self.block_comment(),
            (b'{', _) => self.brace(false),
            (b'}', _) => match self.braces.pop() {
                Some(true) => self.template(Kind::TemplateMiddle, Kind::TemplateTail),
                _ => self.sign(1, Kind::RightBrace),
            },
            (b'`', _) => self.template(Kind::TemplateHead, Kind::TemplateWhole),
            (quote @ (b'"' | b'\''), _) => self.string(quote),
            (b'0'..=b'9', _) | (b'.', b'0'..=b'9') => self.number(),
            (b'?', b'.') if !self.byte(2).is_ascii_digit() => self.sign(2, Kind::QuestionDot),
            (b'>', b'>' | b'=') => self.sign(1, Kind::GreaterGlued),
            (b'>', _) => self.sign(1, Kind::Greater),
            (byte, _) if byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$' => {
                let start = self.at;
                self.skip_while(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'$');
                Kind::of_word(&self.text[start..self.at])
            }
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let begins = |sign: &str| sign.as_bytes()[0] == rest[0];
                let fits = |sign: &str| begins(sign) && rest.starts_with(sign.as_bytes());
                match SIGNS.iter().find(|(sign, _)| fits(sign)) {
                    Some((sign, kind)) => self.sign(sign.len(), *kind),
                    None => self.unknown(),
                }
            }
        }
    }

    fn sign(&mut self, length: usize, kind: Kind) -> Kind {
        self.at += length;
        kind
    }

    fn brace(&mut self, of_template: bool) -> Kind {
        self.braces.push(of_template);
        self.sign(1, Kind::LeftBrace)
    }

    fn mistake(&mut self, code: &'static str, start: usize, end: usize, message: String) {
        self.findings.push(Finding::error(code, TextRange::new(start, end), message));
    }

    fn unknown(&mut self) -> Kind {
        let start = self.at;
        let c = self.text[start..].chars().next().expect("a token begins before the end");
        self.at += c.len_utf8();
        if c == '\u{feff}' && start == 0 {
            return Kind::Whitespace;
        }
        let message = format!("unexpected character `{}`", c.escape_debug());
        self.mistake("unexpected-character", start, self.at, message);
        Kind::Error
    }

    fn block_comment(&mut self) -> Kind {
        let start = self.at;
        match self.text[start + 2..].find("*/") {
            Some(length) => self.at = start + 2 + length + 2,
            None => {
                self.at = self.text.len();
                let message = "this comment is never closed".to_owned();
                self.mistake("unclosed-comment", start, start + 2, message);
            }
        }
        Kind::Comment
    }

    fn string(&mut self, quote: u8) -> Kind {
        let start = self.at;
        self.at += 1;
        loop {
            match self.byte(0) {
                byte if byte == quote && self.at < self.text.len() => {
                    self.at += 1;
                    return Kind::String;
                }
                b'\\' if self.at + 1 < self.text.len() => {
                    self.at += 1;
                    self.skip_char();
                }
                b'\n' => break,
                _ if self.at < self.text.len() => self.skip_char(),
                _ => break,
            }
        }
        let message = "this string is never closed".to_owned();
        self.mistake("unclosed-string", start, self.at, message);
        Kind::String
    }

    fn skip_char(&mut self) {
        let c = self.text[self.at..].chars().next();
        self.at += c.map_or(0, char::len_utf8);
    }

    /// The part of a template up to `${`, which makes it a `head`, or to its end, which makes it a `tail`.
    fn template(&mut self, head: Kind, tail: Kind) -> Kind {
        let start = self.at;
        self.at += 1;
        while self.at < self.text.len() {
            match (self.byte(0), self.byte(1)) {
                (b'`', _) => return self.sign(1, tail),
                (b'$', b'{') => {
                    self.braces.push(true);
                    return self.sign(2, head);
                }
                (b'\\', _) => {
                    self.at += 1;
                    self.skip_char();
                }
                _ => self.skip_char(),
            }
        }
        let message = "this template is never closed".to_owned();
        self.mistake("unclosed-template", start, start + 1, message);
        tail
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        if self.byte(0) == b'0' && matches!(self.byte(1) | 32, b'x' | b'o' | b'b') {
            self.at += 2;
            self.skip_while(|it| it.is_ascii_alphanumeric() || it == b'_');
        } else {
            self.digits();
            if self.byte(0) == b'.' && self.byte(1) != b'.' {
                self.at += 1;
                self.digits();
            }
            let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
            if self.byte(0) | 32 == b'e' && self.byte(1 + sign).is_ascii_digit() {
                self.at += 1 + sign;
                self.digits();
            }
            self.skip_while(|it| it.is_ascii_alphanumeric() || it == b'_');
        }
        if number(&self.text[start..self.at]).is_none() {
            let message = format!("`{}` is no number", &self.text[start..self.at]);
            self.mistake("invalid-number", start, self.at, message);
        }
        Kind::Number
    }

    fn digits(&mut self) {
        self.skip_while(|it| it.is_ascii_digit() || it == b'_');
    }
}

/// The value of a number as it is written.
pub(crate) fn number(text: &str) -> Option<f64> {
    let digits = text.replace('_', "");
    let base = match digits.get(..2).unwrap_or_default() {
        "0x" | "0X" => 16,
        "0o" | "0O" => 8,
        "0b" | "0B" => 2,
        _ if digits.ends_with('_')
            || digits.contains(|c: char| !".eE+-".contains(c) && !c.is_ascii_digit()) =>
        {
            return None;
        }
        _ => return digits.parse().ok(),
    };
    let digits = &digits[2..];
    if digits.is_empty() {
        return None;
    }
    digits
        .chars()
        .try_fold(0.0, |value, c| Some(value * f64::from(base) + f64::from(c.to_digit(base)?)))
}

/// The text between the delimiters of a string or of a part of a template, escapes replaced.
pub(crate) fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\r' && rest.peek() == Some(&'\n') {
            continue;
        }
        if c != '\\' {
            result.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => result.push('\n'),
            Some('t') => result.push('\t'),
            Some('r') => result.push('\r'),
            Some('b') => result.push('\u{8}'),
            Some('f') => result.push('\u{c}'),
            Some('v') => result.push('\u{b}'),
            Some('0') => result.push('\0'),
            Some('x') => result.extend(code(&mut rest, 2)),
            Some('u') if rest.peek() == Some(&'{') => {
                rest.next();
                let digits: String = rest.by_ref().take_while(|c| *c != '}').collect();
                result.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            Some('u') => result.extend(code(&mut rest, 4)),
            Some('\n') | None => (),
            Some(other) => result.push(other),
        }
    }
    result
}

/// The character whose code stands in so many hexadecimal digits; the replacement character where there is none.
fn code(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + rest.next_if(char::is_ascii_hexdigit)?.to_digit(16)?;
    }
    Some(char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER))
}
