//! From text to tokens.

use crate::base::{Finding, TextRange};
use crate::lang::octizys::kind::Kind;
use crate::syntax::Tokens;

/// The tokens of `text`, and what is wrong inside of single tokens.
pub(crate) fn tokens(text: &str) -> (Tokens<Kind>, Vec<Finding>) {
    let mut lexer = Lexer { text, at: 0, findings: Vec::new() };
    let mut tokens = Tokens::with_capacity(text.len());
    if text.starts_with(BYTE_ORDER_MARK) {
        lexer.at = BYTE_ORDER_MARK.len_utf8();
        tokens.push(Kind::Whitespace, lexer.at);
    }
    while lexer.at < text.len() {
        let kind = lexer.token();
        tokens.push(kind, lexer.at);
    }
    (tokens, lexer.findings)
}

/// The tokens of `text` up to the `;` behind its last `import`; none where it has none. Most texts go on long after that.
pub(crate) fn tokens_of_imports(text: &str) -> Tokens<Kind> {
    let mut tokens = Tokens::with_capacity(0);
    let Some(last) = text.rfind("import") else { return tokens };
    let mut lexer = Lexer { text, at: 0, findings: Vec::new() };
    while lexer.at < text.len() {
        let kind = lexer.token();
        tokens.push(kind, lexer.at);
        if kind == Kind::Semicolon && last < lexer.at {
            break;
        }
    }
    tokens
}

/// What some editors begin a file with. It means nothing.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a token's first byte tells of it. Most tokens are told by a look at this table.
#[derive(Clone, Copy)]
enum First {
    Space,
    Letter,
    Digit,
    /// The whole token.
    Symbol(Kind),
    Other,
}

static FIRST: [First; 256] = {
    let mut table = [First::Other; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        table[byte as usize] = match byte {
            b' ' | b'\t' | b'\r' | b'\n' => First::Space,
            b'a'..=b'z' | b'A'..=b'Z' => First::Letter,
            b'0'..=b'9' => First::Digit,
            b':' => First::Symbol(Kind::Colon),
            b';' => First::Symbol(Kind::Semicolon),
            b',' => First::Symbol(Kind::Comma),
            b'.' => First::Symbol(Kind::Dot),
            b'=' => First::Symbol(Kind::Equals),
            b'(' => First::Symbol(Kind::LeftParen),
            b')' => First::Symbol(Kind::RightParen),
            b'}' => First::Symbol(Kind::RightBrace),
            b'\\' => First::Symbol(Kind::Backslash),
            b'/' => First::Symbol(Kind::Slash),
            b'_' => First::Symbol(Kind::Underscore),
            _ => First::Other,
        };
        byte += 1;
    }
    table
};

static IS_IN_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'_';
        byte += 1;
    }
    table
};

/// Whether an ASCII byte can stand in a word.
pub(crate) fn is_in_word(byte: u8) -> bool {
    IS_IN_WORD[byte as usize]
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    findings: Vec<Finding>,
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
    }

    /// Moves behind a token that is not empty, and yields its kind.
    fn token(&mut self) -> Kind {
        match FIRST[self.byte(0) as usize] {
            First::Space => {
                self.skip_while(|byte| matches!(FIRST[byte as usize], First::Space));
                Kind::Whitespace
            }
            First::Letter => self.word(),
            First::Digit => {
                self.skip_while(|byte| byte.is_ascii_digit() || byte == b'_');
                Kind::Integer
            }
            First::Symbol(kind) => self.symbol(1, kind),
            First::Other => self.other(),
        }
    }

    /// A token whose first byte does not tell what it is.
    fn other(&mut self) -> Kind {
        match (self.byte(0), self.byte(1)) {
            (b'-', b'-') => {
                self.skip_while(|byte| byte != b'\n');
                Kind::Comment
            }
            (b'{', b'-') => self.block_comment(),
            (b'{', _) => self.symbol(1, Kind::LeftBrace),
            (b'-', b'>') => self.symbol(2, Kind::Arrow),
            (b'|', b'-') => self.symbol(2, Kind::Turnstile),
            (b'|', _) => self.symbol(1, Kind::Bar),
            (b'"', _) => self.text_literal(),
            (byte, _) if !byte.is_ascii() => self.word(),
            _ => self.unknown(),
        }
    }

    fn symbol(&mut self, length: usize, kind: Kind) -> Kind {
        self.at += length;
        kind
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        self.skip_while(is_in_word);
        if !self.byte(0).is_ascii() {
            let rest = &self.text[start..];
            let belongs = |c: char| c.is_alphanumeric() || c == '_';
            if !rest.starts_with(char::is_alphabetic) {
                return self.unknown();
            }
            self.at = start + rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        }
        Kind::of_word(&self.text[start..self.at])
    }

    fn unknown(&mut self) -> Kind {
        let start = self.at;
        let c = self.text[start..].chars().next().expect("a token begins before the end");
        self.at += c.len_utf8();
        let shown = if c == '\'' { c.to_string() } else { c.escape_debug().to_string() };
        let message = format!("unexpected character `{shown}`");
        let range = TextRange::new(start, self.at);
        if let Some(before) = self.findings.last()
            && before.code == "unexpected-character"
            && !self.text[before.range.start as usize..start].contains('\n')
        {
            // One for each line: whoever writes `[` will write `]` too.
            return Kind::Error;
        }
        let finding = Finding::error("unexpected-character", range, message);
        let digit = self.byte(0).is_ascii_digit();
        self.findings.push(match instead_of(c, digit) {
            Some(help) => finding.help(help),
            None => finding,
        });
        Kind::Error
    }

    fn block_comment(&mut self) -> Kind {
        let start = self.at;
        match self.text[start + 2..].find("-}") {
            Some(length) => self.at = start + 2 + length + 2,
            None => {
                self.at = self.text.len();
                let range = TextRange::new(start, start + 2);
                self.findings.push(
                    Finding::error("unclosed-comment", range, "this comment is never closed")
                        .help("close it with `-}`"),
                );
            }
        }
        Kind::Comment
    }

    fn text_literal(&mut self) -> Kind {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip_while(|byte| !matches!(byte, b'"' | b'\\' | b'\n'));
            match self.byte(0) {
                b'"' => {
                    self.at += 1;
                    return Kind::Text;
                }
                b'\\' => self.escape(),
                _ => {
                    let range = TextRange::new(start, self.at);
                    self.findings.push(
                        Finding::error("unclosed-text", range, "this text is never closed").help(
                            "a text ends on the line where it begins; write `\\n` for a line break",
                        ),
                    );
                    return Kind::Text;
                }
            }
        }
    }

    fn escape(&mut self) {
        let length = match escaped(&self.text[self.at..]) {
            Ok((_, length)) => length,
            Err(length) => {
                let range = TextRange::new(self.at, self.at + length);
                let finding = Finding::error("unknown-escape", range, "unknown escape in a text");
                self.findings.push(
                    finding.help(r#"there are `\n`, `\r`, `\t`, `\"`, `\\` and `\u{1F600}`"#),
                );
                length
            }
        };
        self.at += length;
    }
}

/// What to write where `c` would mean something in many other languages.
fn instead_of(c: char, before_digit: bool) -> Option<&'static str> {
    Some(match c {
        '-' if before_digit => "there are no negative numbers to write down: `neg 1` yields one",
        '+' | '-' | '*' | '%' => {
            "there are no operators: write `add a b`, `minus a b`, `mul a b`, `div a b` or `mod a b`"
        }
        '<' | '>' => "there are no operators: write `lt a b`, `le a b`, `gt a b` or `ge a b`",
        '!' | '&' => "there are no operators: write `not a`, `and a b` or `or a b`",
        '\'' => "a text stands in `\"`",
        '[' | ']' => "a list is written `Cons 1 (Cons 2 Nil)`",
        '#' => "a comment begins with `--`",
        _ => return None,
    })
}

/// The character that the escape at the beginning of `text` means, and the escape's length; or, where it means none, the
/// length to pass over.
fn escaped(text: &str) -> Result<(char, usize), usize> {
    let mut chars = text[1..].chars();
    let simple = match chars.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('"') => '"',
        Some('\\') => '\\',
        Some('u') if chars.next() == Some('{') => {
            let digits = &text["\\u{".len()..];
            let length = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
            let value = u32::from_str_radix(&digits[..length], 16).ok().and_then(char::from_u32);
            let total = "\\u{".len() + length;
            return match value {
                Some(c) if digits[length..].starts_with('}') => Ok((c, total + 1)),
                _ => Err(total),
            };
        }
        Some('\n') | None => return Err(1),
        Some(other) => return Err(1 + other.len_utf8()),
    };
    Ok((simple, 2))
}

/// What the text literal `literal`, quotes included, means. Parts that are wrong (and were reported) are left out.
pub(crate) fn unescaped(literal: &str) -> String {
    let inner = literal.strip_prefix('"').unwrap_or(literal);
    let mut rest = inner.strip_suffix('"').filter(|_| closed(literal)).unwrap_or(inner);
    let mut text = String::with_capacity(rest.len());
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let length = match escaped(&rest[at..]) {
            Ok((c, length)) => {
                text.push(c);
                length
            }
            Err(length) => length,
        };
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    text
}

/// Whether the last quote of a literal is its end and not escaped.
fn closed(literal: &str) -> bool {
    let Some(inner) = literal.get(1..literal.len().max(2) - 1) else { return false };
    (inner.len() - inner.trim_end_matches('\\').len()) % 2 == 0
}
