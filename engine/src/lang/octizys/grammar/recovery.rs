//! What the parser does about mistakes: report the first, keep quiet about what follows from it, and find a place to go on.

use crate::base::{Finding, TextRange};
use crate::lang::octizys::grammar::{MAX_DEPTH, MAX_WIDTH, Parser};
use crate::lang::octizys::kind::Kind;
use crate::syntax::Tree;

/// Reports the items whose trees are deeper than what later has to walk them can bear. The parser alone can't know: what is
/// left of a `.` is below it in the tree, but before it in the text.
pub(super) fn report_deep_items(tree: &Tree<Kind>, findings: &mut Vec<Finding>) {
    for item in tree.root().children() {
        let known = |finding: &Finding| {
            let range = item.range();
            range.start <= finding.range.start && finding.range.end <= range.end
        };
        if let Some(deep) = item.descendant_below(MAX_DEPTH as usize + 2)
            && !findings.iter().any(known)
        {
            findings.push(too_deep(deep.range()));
        }
    }
}

fn too_deep(range: TextRange) -> Finding {
    let message = format!("this is nested more than {MAX_DEPTH} levels deep");
    Finding::error("too-deep", range, message).help("give parts of it a name of their own")
}

/// By how many levels a token opens (or closes) what may hold `;` of its own.
fn nesting(kind: Kind) -> i32 {
    match kind {
        Kind::LeftParen | Kind::LeftBrace | Kind::Let => 1,
        Kind::RightParen | Kind::RightBrace | Kind::In => -1,
        _ => 0,
    }
}

impl<'t> Parser<'t> {
    /// Reads a token of kind `kind`, or reports that it is missing.
    pub(super) fn expect(&mut self, kind: Kind, after: &str) -> bool {
        if self.base.eat(kind) {
            return true;
        }
        self.report_expected(kind.describe(), after);
        false
    }

    /// Reports that `what` should stand here, unless the parser is lost anyway.
    pub(super) fn report_expected(&mut self, what: &str, after: &str) {
        let found = self.base.peek();
        // Where the text has no such token, the lexer has said what is wrong.
        if std::mem::replace(&mut self.quiet, true) || found == Kind::Error {
            return;
        }
        let found = match found {
            Kind::Name => format!("`{}`", &self.text[self.base.range().span()]),
            found => found.describe().to_owned(),
        };
        let message = format!("expected {what} {after}, found {found}");
        let range = if self.base.at_end() || self.at_next_item() {
            self.base.range_behind()
        } else {
            self.base.range()
        };
        let mut finding =
            Finding::error("syntax", range, message).label(format!("expected {what}"));
        if self.at(Kind::Equals) && self.base.peek_second() == Kind::Equals {
            finding = finding.help("there are no operators: write `eq a b`, or `textEq a b`");
        }
        self.base.report(finding);
    }

    /// Reads a `;`. Where it is missing but `goes_on` or a new item begins, reports that and goes on as if it were there.
    pub(super) fn expect_semicolon(&mut self, after: &str, goes_on: bool) -> bool {
        if self.base.eat(Kind::Semicolon) {
            return true;
        }
        if !goes_on && !self.at_item() {
            self.report_expected("`;`", after);
            return false;
        }
        if !self.quiet {
            let behind = self.base.range_behind();
            let message = format!("expected `;` {after}");
            let finding = Finding::error("syntax", behind, message).label("expected `;`");
            self.base.report(finding.fix("insert `;`", behind, ";"));
        }
        true
    }

    /// Whether an item begins here on a line of its own, indented no further than the item that is being read.
    pub(super) fn at_next_item(&self) -> bool {
        self.at_item() && self.begins_line()
    }

    /// Whether the next token is the first on its line, indented no further than the item that is being read.
    fn begins_line(&self) -> bool {
        let start = self.base.range().start as usize;
        let column = self.column_of(start);
        column <= self.column && self.text[start - column..start].trim_start().is_empty()
    }

    /// How many bytes of its line stand before `offset`.
    pub(super) fn column_of(&self, offset: usize) -> usize {
        offset - self.text[..offset].rfind('\n').map_or(0, |at| at + 1)
    }

    /// Passes over tokens, one at least, up to where the next item begins.
    pub(super) fn skip_item(&mut self) {
        let skipped = self.base.open();
        let mut depth = 0;
        while !self.base.at_end() {
            let kind = self.base.peek();
            depth += nesting(kind);
            self.base.bump();
            let ended = kind == Kind::Semicolon && depth <= 0;
            if self.at_next_item() || ended && (self.at_item() || self.begins_line()) {
                break;
            }
        }
        self.base.close(skipped, Kind::Error);
    }

    /// Passes over tokens up to behind the `;` that ends a part of an expression, or to `closer`; whether it ended with a `;`.
    pub(super) fn skip_part(&mut self, closer: Kind) -> bool {
        let skipped = self.base.open();
        let mut depth = 0;
        let mut ended = false;
        while !self.base.at_end() && !self.at_next_item() && !ended {
            let kind = self.base.peek();
            if depth <= 0 && (kind == closer || nesting(kind) < 0) {
                break;
            }
            depth += nesting(kind);
            ended = depth <= 0 && kind == Kind::Semicolon;
            self.base.bump();
        }
        self.base.close(skipped, Kind::Error);
        ended
    }

    pub(super) fn end_item(&mut self, after: &str) {
        if !self.expect_semicolon(after, self.base.at_end()) {
            self.skip_item();
        }
    }

    /// Ends a part of an expression of which there may be several, up to `closer`.
    pub(super) fn end_part(&mut self, after: &str, closer: Kind, goes_on: bool) {
        let mut ended = self.at(Kind::Semicolon);
        if !self.expect_semicolon(after, goes_on) {
            ended = self.skip_part(closer);
        }
        self.quiet = self.quiet && !ended || self.abandoned;
    }

    pub(super) fn report_too_many(&mut self, what: &str, start: u32) {
        let range = TextRange { start, end: self.base.range_behind().end };
        let message = format!("these are more than {MAX_WIDTH} {what}");
        if !std::mem::replace(&mut self.quiet, true) {
            self.base.report(Finding::error("too-deep", range, message));
        }
    }

    /// Runs `parse` one level deeper, or reports that the text is nested too deeply.
    pub(super) fn nested(&mut self, parse: impl FnOnce(&mut Parser<'t>)) {
        if self.depth == MAX_DEPTH {
            return self.abandon();
        }
        self.depth += 1;
        parse(self);
        self.depth -= 1;
    }

    /// Gives up on an item that is nested too deeply.
    pub(super) fn abandon(&mut self) {
        if !std::mem::replace(&mut self.quiet, true) {
            self.base.report(too_deep(self.base.range()));
        }
        if !std::mem::replace(&mut self.abandoned, true) {
            let skipped = self.base.open();
            while !self.base.at_end() && !self.at_next_item() {
                self.base.bump();
            }
            self.base.close(skipped, Kind::Error);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lang::octizys::grammar::parse;

    const PIECES: &[&str] = &[
        "import ", "a", " = ", "(", ")", "{", "}", ";", ",", ":", "|-", "|", "\\ ", "->", ".", "/",
        "_", "1", "\"", "\\q", "--", "{-", "-}", "\n", " ", "let ", " in ", "case ", " of ", "if ",
        " then ", " else ", "forall ", "data ", "alias ", "public ", "é", "\u{feff}", "\u{301}",
        "+", "\r\n",
    ];

    #[test]
    fn trees_lose_nothing_whatever_the_text() {
        let mut state = 1_u64;
        let mut random = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % limit
        };
        for _ in 0..2_000 {
            let text: String = (0..random(60)).map(|_| PIECES[random(PIECES.len())]).collect();
            let (tree, findings) = parse(&text);
            let tokens = tree.tokens();
            let whole: String = (0..tokens.len()).map(|n| &text[tokens.range(n).span()]).collect();
            assert_eq!(whole, text);
            let mut nodes = vec![tree.root()];
            while let Some(node) = nodes.pop() {
                let mut end = node.range().start;
                for child in node.children() {
                    let range = child.range();
                    assert!(end <= range.start && range.end <= node.range().end, "{text:?}");
                    end = range.end;
                    nodes.push(child);
                }
            }
            assert!(findings.is_sorted_by_key(|finding| finding.range));
        }
    }
}
