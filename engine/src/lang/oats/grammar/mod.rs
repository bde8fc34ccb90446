//! From tokens to the syntax tree: recursive descent that goes on after mistakes.

mod expressions;
mod items;
mod statements;
mod types;

use crate::base::{Finding, TextRange};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::lexer;
use crate::syntax::{Opened, Parser, SyntaxKind, Tree};

/// How many constructs may stand in each other.
const DEEPEST: u32 = 100;

/// The syntax of a text, and what is wrong with it.
pub(crate) fn parse(text: &str) -> (Tree<Kind>, Vec<Finding>) {
    let mut grammar = Grammar::new(text);
    grammar.module();
    grammar.finish()
}

/// The syntax of a declaration as an interface writes it: functions have no bodies.
pub(crate) fn parse_declared(text: &str) -> (Tree<Kind>, Vec<Finding>) {
    let mut grammar = Grammar { declared: true, ..Grammar::new(text) };
    grammar.module();
    grammar.finish()
}

/// The syntax of a text up to the end of its imports. What is behind the last word that can begin one is not looked at.
pub(crate) fn parse_imports(text: &str) -> Tree<Kind> {
    let mut grammar = Grammar::new(&text[..end_of_imports(text)]);
    while !grammar.parser.at_end() {
        if grammar.at(Kind::Import) {
            grammar.import();
        } else {
            grammar.bump();
        }
    }
    grammar.finish().0
}

/// An offset behind which no import ends: where the text ends in quotes that the last mention of `import` may be followed by.
fn end_of_imports(text: &str) -> usize {
    let Some(last) = text.rfind("import") else { return 0 };
    let end = text[last..].find(['"', '\'']).and_then(|opened| {
        let opened = last + opened;
        let quote = char::from(text.as_bytes()[opened]);
        let closed = text[opened + 1..].find([quote, '\\'])?;
        let end = opened + 1 + closed;
        text[end..].starts_with(quote).then_some(end + 1)
    });
    end.unwrap_or(text.len())
}

/// A parser of Oats.
pub(super) struct Grammar<'t> {
    text: &'t str,
    parser: Parser<Kind>,
    lexical: Vec<Finding>,
    depth: u32,
    /// Whether functions have no bodies.
    declared: bool,
    /// Where the last mistake was reported: one at a place is enough.
    last_mistake: Option<u32>,
}

impl<'t> Grammar<'t> {
    fn new(text: &'t str) -> Grammar<'t> {
        let (tokens, lexical) = lexer::tokens(text);
        Grammar {
            text,
            parser: Parser::new(tokens),
            lexical,
            depth: 0,
            declared: false,
            last_mistake: None,
        }
    }

    fn finish(self) -> (Tree<Kind>, Vec<Finding>) {
        let (tree, findings) = self.parser.finish(Kind::Module);
        let mut all = self.lexical;
        all.extend(findings);
        all.sort_by_key(|it| it.range);
        (tree, all)
    }

    fn at(&self, kind: Kind) -> bool {
        self.parser.at(kind)
    }

    fn peek(&self) -> Kind {
        self.parser.peek()
    }

    fn peek_second(&self) -> Kind {
        self.parser.peek_second()
    }

    fn bump(&mut self) {
        self.parser.bump();
    }

    fn eat(&mut self, kind: Kind) -> bool {
        self.parser.eat(kind)
    }

    fn open(&mut self) -> Opened {
        self.parser.open()
    }

    fn close(&mut self, opened: Opened, kind: Kind) {
        self.parser.close(opened, kind);
    }

    /// The text of the next token.
    fn word(&self) -> &'t str {
        &self.text[self.parser.range().span()]
    }

    /// Whether the next token is a name with this spelling: a word that is a keyword in some places only.
    fn at_word(&self, word: &str) -> bool {
        self.at(Kind::Name) && self.word() == word
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let here = self.at_word(word);
        if here {
            self.bump();
        }
        here
    }

    /// Whether the next token stands on a line of its own or a later one.
    fn on_new_line(&self) -> bool {
        let between = self.parser.range_behind().end as usize..self.parser.range().start as usize;
        self.text.get(between).is_some_and(|it| it.contains('\n'))
    }

    fn expect(&mut self, kind: Kind) -> bool {
        let here = self.eat(kind);
        if !here {
            self.expected(&kind.describe());
        }
        here
    }

    /// Reports that something else should stand here.
    fn expected(&mut self, what: &str) {
        let found = self.peek().describe();
        let range = if self.parser.at_end() || self.on_new_line() {
            self.parser.range_behind()
        } else {
            self.parser.range()
        };
        self.mistake("syntax", range, format!("expected {what}, found {found}"));
    }

    fn mistake(&mut self, code: &'static str, range: TextRange, message: String) {
        let place = self.parser.range().start;
        if self.last_mistake != Some(place) {
            self.last_mistake = Some(place);
            self.parser.report(Finding::error(code, range, message));
        }
    }

    /// A name; keywords will do where a name can be nothing else.
    fn name(&mut self) -> bool {
        self.expect(Kind::Name)
    }

    /// A name of a property: any word.
    fn property_name(&mut self) -> bool {
        if self.at(Kind::Name) || self.peek().is_word() {
            self.bump();
            return true;
        }
        self.expected("a name");
        false
    }

    /// The end of a statement: a semicolon, or what lets one be left out.
    fn end_statement(&mut self) {
        if self.eat(Kind::Semicolon)
            || self.at(Kind::RightBrace)
            || self.parser.at_end()
            || self.on_new_line()
        {
            return;
        }
        self.expected("`;`");
    }

    /// Goes one level deeper, unless that is too deep; then nothing but a mistake is left of what stands here.
    fn nested(&mut self, parse: impl FnOnce(&mut Self)) {
        if self.depth == DEEPEST {
            let range = self.parser.range();
            let message = format!("more than {DEEPEST} constructs stand in each other here");
            if self.last_mistake.is_none_or(|it| it < u32::MAX) {
                self.parser.report(Finding::error("too-deep", range, message));
                self.last_mistake = Some(u32::MAX);
            }
            self.skip_group();
            return;
        }
        self.depth += 1;
        parse(self);
        self.depth -= 1;
    }

    /// Skips a token, or all up to the bracket that closes it.
    fn skip_group(&mut self) {
        let opened = self.open();
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                Kind::LeftBrace | Kind::LeftParen | Kind::LeftBracket | Kind::TemplateHead => {
                    depth += 1;
                }
                Kind::RightBrace | Kind::RightParen | Kind::RightBracket | Kind::TemplateTail => {
                    if depth == 0 {
                        break;
                    }
                    depth -= 1;
                }
                Kind::Semicolon | Kind::Comma if depth == 0 => break,
                Kind::End => break,
                _ => (),
            }
            self.bump();
        }
        self.close(opened, Kind::ERROR);
    }

    /// Skips a token that fits nowhere.
    fn skip_token(&mut self, what: &str) {
        self.expected(what);
        let opened = self.open();
        self.bump();
        self.close(opened, Kind::ERROR);
    }

    /// Reads a construct that is left out of the language, and says so.
    /// Says that what begins here is left out.
    fn unsupported_here(&mut self, what: &str) {
        self.unsupported(self.parser.range(), what);
    }

    /// Says that what begins with this word is left out.
    fn unsupported_word(&mut self) {
        let what = format!("`{}` is", self.word());
        self.unsupported_here(&what);
    }

    fn unsupported(&mut self, range: TextRange, what: &str) {
        let message = format!("{what} not supported by the embedded compiler yet");
        self.parser.report(Finding::error("unsupported", range, message));
    }
}

#[cfg(test)]
mod tests {
    use super::end_of_imports;

    #[test]
    fn nothing_of_an_import_is_cut_off() {
        let behind = |text: &'static str| &text[..end_of_imports(text)];
        assert_eq!(behind("const a = 1;"), "");
        assert_eq!(behind("import { a } from \"it's\"; f(\"b\");"), "import { a } from \"it's\"");
        assert_eq!(
            behind("import { a } from 'a';\nimport {\n b } from './b'; x"),
            "import { a } from 'a';\nimport {\n b } from './b'"
        );
        let escaped = "import { a } from \"a\\\"b\"; x";
        assert_eq!(behind(escaped), escaped);
        let open = "import { a } from \"a";
        assert_eq!(behind(open), open);
    }
}
