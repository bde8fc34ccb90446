//! From tokens to the syntax tree: recursive descent that never fails.
//!
//! The grammar is that of `docs/octizys.md`. After a mistake the parser goes on at the next place where it knows again what it
//! reads: a `;` that ends an item, or a token that begins one.

use crate::base::Finding;
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lexer;
use crate::syntax::{self, Checkpoint, Tree};

/// How deep expressions, types and patterns may be nested.
const MAX_DEPTH: u32 = 500;

/// The syntax of a module, whatever the text, and the mistakes in it.
pub(crate) fn parse(text: &str) -> (Tree<Kind>, Vec<Finding>) {
    let (tokens, mut findings) = lexer::tokens(text);
    let mut parser = Parser { base: syntax::Parser::new(tokens), depth: 0, ascribable: false };
    parser.items();
    let (tree, more) = parser.base.finish(Kind::Module);
    findings.extend(more);
    findings.sort_by_key(|finding| finding.range);
    (tree, findings)
}

/// The imports of a module alone: everything else is passed over, and so are mistakes.
pub(crate) fn parse_imports(text: &str) -> Tree<Kind> {
    let tokens = lexer::tokens_of_imports(text);
    let mut parser = Parser { base: syntax::Parser::new(tokens), depth: 0, ascribable: false };
    while !parser.base.at_end() {
        if parser.at(Kind::Import) { parser.import() } else { parser.base.bump() }
    }
    parser.base.finish(Kind::Module).0
}

struct Parser {
    base: syntax::Parser<Kind>,
    depth: u32,
    /// Whether a `:` behind an expression ascribes a type to it: right inside of parentheses.
    ascribable: bool,
}

impl Parser {
    fn at(&self, kind: Kind) -> bool {
        self.base.at(kind)
    }

    /// Reads a token of kind `kind`, or reports that it is missing.
    fn expect(&mut self, kind: Kind, after: &str) -> bool {
        if self.base.eat(kind) {
            return true;
        }
        self.report_expected(kind.describe(), after);
        false
    }

    /// Reports that `what` should stand here.
    fn report_expected(&mut self, what: &str, after: &str) {
        let found = self.base.peek();
        if found == Kind::Error {
            // The lexer has said what is wrong here.
            return;
        }
        let range = if found == Kind::End { self.base.range_behind() } else { self.base.range() };
        let message = format!("expected {what} {after}, found {}", found.describe());
        self.base
            .report(Finding::error("syntax", range, message).label(format!("expected {what}")));
    }

    /// Reads a `;`, or reports that it is missing right behind what was read last.
    fn expect_semicolon(&mut self, after: &str) -> bool {
        if self.base.eat(Kind::Semicolon) {
            return true;
        }
        if self.at(Kind::Error) {
            return false;
        }
        let behind = self.base.range_behind();
        let message = format!("expected `;` {after}");
        self.base.report(Finding::error("syntax", behind, message).label("expected `;`").fix(
            "insert `;`",
            behind,
            ";",
        ));
        // What follows begins something new: go on as if the `;` were there.
        self.at_item() || matches!(self.base.peek(), Kind::In | Kind::RightBrace | Kind::End)
    }

    /// Whether an item or a `let` definition begins here.
    fn at_item(&self) -> bool {
        match self.base.peek() {
            Kind::Import | Kind::Data | Kind::Alias | Kind::Public => true,
            Kind::Name => matches!(self.base.peek_second(), Kind::Equals | Kind::Colon),
            _ => false,
        }
    }

    /// Items up to the end of the text.
    fn items(&mut self) {
        while !self.base.at_end() {
            if self.at_item() {
                self.item();
            } else {
                self.report_expected("an import or a definition", "here");
                self.skip_item();
            }
        }
    }

    /// Passes over tokens up to where the next item begins.
    fn skip_item(&mut self) {
        let skipped = self.base.open();
        while !self.base.at_end() {
            if self.base.eat(Kind::Semicolon) {
                break;
            }
            self.base.bump();
            if matches!(self.base.peek(), Kind::Import | Kind::Data | Kind::Alias | Kind::Public) {
                break;
            }
        }
        self.base.close(skipped, Kind::Error);
    }

    fn end_item(&mut self, after: &str) {
        if !self.expect_semicolon(after) {
            self.skip_item();
        }
    }

    fn item(&mut self) {
        if self.at(Kind::Import) {
            return self.import();
        }
        let start = self.base.checkpoint();
        self.base.eat(Kind::Public);
        match self.base.peek() {
            Kind::Data => self.data(start),
            Kind::Alias => self.alias(start),
            Kind::Name => self.definition(start, "after a definition"),
            _ => {
                self.report_expected("a definition", "after `public`");
                self.skip_item();
            }
        }
    }

    fn import(&mut self) {
        let import = self.base.open();
        self.base.bump();
        let unqualified = self.base.eat(Kind::Unqualified);
        self.path(Kind::ImportPath, "after `import`");
        if unqualified {
            let names = self.base.open();
            if self.expect(Kind::LeftParen, "after the module") {
                while self.base.eat(Kind::Name) {
                    if !self.base.eat(Kind::Comma) {
                        break;
                    }
                }
                self.expect(Kind::RightParen, "after the imported names");
            }
            self.base.close(names, Kind::ImportNames);
        } else if self.base.eat(Kind::As) {
            self.path(Kind::ImportAlias, "after `as`");
        }
        self.end_item("after an import");
        self.base.close(import, Kind::ImportItem);
    }

    /// A path of names joined by `/`; in an import also by `.`.
    fn path(&mut self, kind: Kind, after: &str) {
        let path = self.base.open();
        if self.expect(Kind::Name, after) {
            let dots =
                kind != Kind::PathExpr && kind != Kind::PathType && kind != Kind::PathPattern;
            while self.at(Kind::Slash) || (dots && self.at(Kind::Dot)) {
                self.base.bump();
                if !self.expect(Kind::Name, "after `/`") {
                    break;
                }
            }
        }
        self.base.close(path, kind);
    }

    fn data(&mut self, start: Checkpoint) {
        let data = self.base.open_at(start);
        self.base.bump();
        self.expect(Kind::Name, "after `data`");
        self.type_params();
        if self.expect(Kind::Equals, "after the type's parameters") {
            self.base.eat(Kind::Bar);
            loop {
                let constructor = self.base.open();
                self.expect(Kind::Name, "for a constructor");
                while self.at_type_atom() {
                    self.type_atom();
                }
                self.base.close(constructor, Kind::Constructor);
                if !self.base.eat(Kind::Bar) {
                    break;
                }
            }
        }
        self.end_item("after a data type");
        self.base.close(data, Kind::DataItem);
    }

    fn alias(&mut self, start: Checkpoint) {
        let alias = self.base.open_at(start);
        self.base.bump();
        self.expect(Kind::Name, "after `alias`");
        self.type_params();
        if self.expect(Kind::Equals, "after the alias's parameters") {
            self.ty();
        }
        self.end_item("after a type alias");
        self.base.close(alias, Kind::AliasItem);
    }

    fn type_params(&mut self) {
        let params = self.base.open();
        while self.base.eat(Kind::Name) {}
        self.base.close(params, Kind::TypeParams);
    }

    fn definition(&mut self, start: Checkpoint, after: &str) {
        let definition = self.base.open_at(start);
        self.base.bump();
        if self.base.eat(Kind::Colon) {
            self.signature();
        }
        if self.expect(Kind::Equals, "in a definition") {
            let outer = std::mem::replace(&mut self.ascribable, false);
            self.expr();
            self.ascribable = outer;
        }
        if !self.expect_semicolon(after) {
            self.skip_item();
        }
        self.base.close(definition, Kind::Definition);
    }

    fn signature(&mut self) {
        if self.at(Kind::Forall) {
            let variables = self.base.open();
            self.base.bump();
            self.expect(Kind::Name, "after `forall`");
            while self.base.eat(Kind::Name) {}
            self.expect(Kind::Dot, "after the type variables");
            self.base.close(variables, Kind::TypeVariables);
        }
        if self.params_follow() {
            self.params();
            self.expect(Kind::Turnstile, "after the parameters");
        }
        self.ty();
    }

    /// Whether a `|-` stands before the `=` that ends the signature, outside of brackets.
    fn params_follow(&self) -> bool {
        let mut depth = 0;
        for kind in self.base.upcoming() {
            match kind {
                Kind::LeftParen | Kind::LeftBrace => depth += 1,
                Kind::RightParen | Kind::RightBrace => depth -= 1,
                Kind::Turnstile if depth <= 0 => return true,
                Kind::Equals if depth <= 0 => return false,
                Kind::Semicolon => return false,
                _ => (),
            }
        }
        false
    }

    fn params(&mut self) {
        let params = self.base.open();
        loop {
            let param = self.base.open();
            if !self.base.eat(Kind::Underscore) {
                self.expect(Kind::Name, "for a parameter");
            }
            if self.base.eat(Kind::Colon) {
                self.ty();
            }
            self.base.close(param, Kind::Param);
            if !self.base.eat(Kind::Comma) {
                break;
            }
        }
        self.base.close(params, Kind::Params);
    }

    /// Runs `parse` one level deeper, or reports that the text is nested too deeply.
    fn nested(&mut self, parse: impl FnOnce(&mut Parser)) {
        if self.depth == MAX_DEPTH {
            let range = self.base.range();
            let message = format!("this is nested more than {MAX_DEPTH} levels deep");
            self.base.report(Finding::error("too-deep", range, message));
            let skipped = self.base.open();
            while !matches!(self.base.peek(), Kind::Semicolon | Kind::End) {
                self.base.bump();
            }
            return self.base.close(skipped, Kind::Error);
        }
        self.depth += 1;
        parse(self);
        self.depth -= 1;
    }

    fn ty(&mut self) {
        self.nested(|this| {
            let start = this.base.checkpoint();
            this.applied_type();
            if this.at(Kind::Arrow) {
                let function = this.base.open_at(start);
                while this.base.eat(Kind::Arrow) {
                    this.applied_type();
                }
                this.base.close(function, Kind::FunctionType);
            }
        });
    }

    fn applied_type(&mut self) {
        let start = self.base.checkpoint();
        if !self.at_type_atom() {
            return self.report_expected("a type", "here");
        }
        self.type_atom();
        if self.at_type_atom() {
            let applied = self.base.open_at(start);
            while self.at_type_atom() {
                self.type_atom();
            }
            self.base.close(applied, Kind::AppliedType);
        }
    }

    fn at_type_atom(&self) -> bool {
        matches!(self.base.peek(), Kind::Name | Kind::LeftParen | Kind::LeftBrace)
    }

    fn type_atom(&mut self) {
        match self.base.peek() {
            Kind::Name => self.path(Kind::PathType, "for a type"),
            Kind::LeftParen => {
                self.base.bump();
                self.ty();
                self.expect(Kind::RightParen, "after a type");
            }
            _ => self.record_type(),
        }
    }

    fn record_type(&mut self) {
        let record = self.base.open();
        self.base.bump();
        while self.at(Kind::Name) {
            let field = self.base.open();
            self.base.bump();
            if self.expect(Kind::Colon, "after a field's name") {
                self.ty();
            }
            self.base.close(field, Kind::FieldType);
            if !self.base.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RightBrace, "after the fields");
        self.base.close(record, Kind::RecordType);
    }

    fn expr(&mut self) {
        self.nested(|this| match this.base.peek() {
            Kind::If => this.if_expr(),
            Kind::Let => this.let_expr(),
            Kind::Backslash => this.lambda(),
            Kind::Case => this.case(),
            _ => this.application(),
        });
    }

    fn if_expr(&mut self) {
        let opened = self.base.open();
        self.base.bump();
        self.expr();
        self.expect(Kind::Then, "after the condition");
        self.expr();
        if self.expect(Kind::Else, "after the value for `then`") {
            self.expr();
        }
        self.base.close(opened, Kind::IfExpr);
    }

    fn let_expr(&mut self) {
        let opened = self.base.open();
        self.base.bump();
        while self.at(Kind::Name) {
            let start = self.base.checkpoint();
            self.definition(start, "after a definition of `let`");
        }
        if self.expect(Kind::In, "after the definitions of `let`") {
            self.expr();
        }
        self.base.close(opened, Kind::LetExpr);
    }

    fn lambda(&mut self) {
        let opened = self.base.open();
        self.base.bump();
        self.params();
        if self.expect(Kind::Turnstile, "after the parameters") {
            self.expr();
        }
        self.base.close(opened, Kind::LambdaExpr);
    }

    fn case(&mut self) {
        let opened = self.base.open();
        self.base.bump();
        self.expr();
        self.expect(Kind::Of, "after what is matched");
        if self.expect(Kind::LeftBrace, "after `of`") {
            let outer = std::mem::replace(&mut self.ascribable, false);
            while self.at_pattern_atom() {
                self.arm();
            }
            self.ascribable = outer;
            self.expect(Kind::RightBrace, "after the cases");
        }
        self.base.close(opened, Kind::CaseExpr);
    }

    fn arm(&mut self) {
        let arm = self.base.open();
        self.pattern();
        if self.expect(Kind::Turnstile, "after a pattern") {
            self.expr();
        }
        if !self.at(Kind::RightBrace) && !self.expect_semicolon("after a case") {
            while !matches!(self.base.peek(), Kind::Semicolon | Kind::RightBrace | Kind::End) {
                self.base.bump();
            }
            self.base.eat(Kind::Semicolon);
        }
        self.base.close(arm, Kind::CaseArm);
    }

    fn application(&mut self) {
        let start = self.base.checkpoint();
        if !self.at_atom() {
            return self.report_expected("an expression", "here");
        }
        self.postfix();
        if self.at_argument() {
            let applied = self.base.open_at(start);
            while self.at_argument() {
                self.postfix();
            }
            self.base.close(applied, Kind::ApplyExpr);
        }
    }

    fn at_atom(&self) -> bool {
        matches!(
            self.base.peek(),
            Kind::Name
                | Kind::Integer
                | Kind::Text
                | Kind::True
                | Kind::False
                | Kind::LeftParen
                | Kind::LeftBrace
        )
    }

    /// Whether an argument follows. A name before `=` or `:` begins the next definition: a `;` is missing before it.
    fn at_argument(&self) -> bool {
        let begins_definition = self.at(Kind::Name)
            && match self.base.peek_second() {
                Kind::Equals => true,
                Kind::Colon => !self.ascribable,
                _ => false,
            };
        self.at_atom() && !begins_definition
    }

    fn postfix(&mut self) {
        let start = self.base.checkpoint();
        self.atom();
        while self.at(Kind::Dot) {
            let field = self.base.open_at(start);
            self.base.bump();
            self.expect(Kind::Name, "after `.`");
            self.base.close(field, Kind::FieldExpr);
        }
    }

    fn atom(&mut self) {
        match self.base.peek() {
            Kind::Name => self.path(Kind::PathExpr, "for a value"),
            Kind::Integer => self.single(Kind::IntegerExpr),
            Kind::Text => self.single(Kind::TextExpr),
            Kind::True | Kind::False => self.single(Kind::BoolExpr),
            Kind::LeftParen => self.parenthesised(),
            _ => self.record(),
        }
    }

    fn single(&mut self, kind: Kind) {
        let opened = self.base.open();
        self.base.bump();
        self.base.close(opened, kind);
    }

    fn parenthesised(&mut self) {
        let start = self.base.checkpoint();
        self.base.bump();
        let outer = std::mem::replace(&mut self.ascribable, true);
        self.expr();
        self.ascribable = outer;
        if self.at(Kind::Colon) {
            let ascribed = self.base.open_at(start);
            self.base.bump();
            self.ty();
            self.expect(Kind::RightParen, "after the type");
            self.base.close(ascribed, Kind::AscribedExpr);
        } else {
            self.expect(Kind::RightParen, "after the expression");
        }
    }

    fn record(&mut self) {
        let record = self.base.open();
        self.base.bump();
        let outer = std::mem::replace(&mut self.ascribable, false);
        while self.at(Kind::Name) {
            let field = self.base.open();
            self.base.bump();
            if self.expect(Kind::Equals, "after a field's name") {
                self.expr();
            }
            self.base.close(field, Kind::FieldValue);
            if !self.base.eat(Kind::Comma) {
                break;
            }
        }
        self.ascribable = outer;
        self.expect(Kind::RightBrace, "after the fields");
        self.base.close(record, Kind::RecordExpr);
    }

    fn at_pattern_atom(&self) -> bool {
        matches!(
            self.base.peek(),
            Kind::Name
                | Kind::Underscore
                | Kind::Integer
                | Kind::Text
                | Kind::True
                | Kind::False
                | Kind::LeftParen
        )
    }

    fn pattern(&mut self) {
        self.nested(|this| {
            let start = this.base.checkpoint();
            if !this.at_pattern_atom() {
                return this.report_expected("a pattern", "here");
            }
            let named = this.at(Kind::Name);
            this.pattern_atom();
            if named && this.at_pattern_atom() {
                let constructor = this.base.open_at(start);
                while this.at_pattern_atom() {
                    this.pattern_atom();
                }
                this.base.close(constructor, Kind::ConstructorPattern);
            }
        });
    }

    fn pattern_atom(&mut self) {
        match self.base.peek() {
            Kind::Name => self.path(Kind::PathPattern, "for a pattern"),
            Kind::Underscore => self.single(Kind::WildcardPattern),
            Kind::LeftParen => {
                self.base.bump();
                self.pattern();
                self.expect(Kind::RightParen, "after a pattern");
            }
            _ => self.single(Kind::LiteralPattern),
        }
    }
}
