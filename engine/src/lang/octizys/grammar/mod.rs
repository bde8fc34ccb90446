//! From tokens to the syntax tree: recursive descent that never fails.
//!
//! The grammar is that of `docs/octizys.md`. Layout means nothing to it, until there is a mistake: then the parser keeps quiet
//! and goes on where it most likely knows again what it reads, which is at an item on a line of its own that is indented no
//! further than the one with the mistake, or behind the `;` that ends the broken part.

mod recovery;

use crate::base::Finding;
use crate::lang::octizys::grammar::recovery::report_deep_items;
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lexer;
use crate::syntax::{self, Checkpoint, Tokens, Tree};

/// How deep expressions, types and patterns may be nested. Each definition of a `let` is nested in the one before it.
const MAX_DEPTH: u32 = 500;

/// How many parameters, arguments or fields may stand in a row.
const MAX_WIDTH: usize = 250;

/// The syntax of a module, whatever the text, and the mistakes in it.
pub(crate) fn parse(text: &str) -> (Tree<Kind>, Vec<Finding>) {
    let (tokens, mut findings) = lexer::tokens(text);
    let mut parser = Parser::new(text, tokens);
    parser.items();
    let (tree, mut more) = parser.base.finish(Kind::Module);
    // What is not closed has swallowed what seems to be missing behind it.
    more.retain(|missing| !findings.iter().any(|it| it.range.end == missing.range.start));
    findings.extend(more);
    report_deep_items(&tree, &mut findings);
    findings.sort_by_key(|finding| finding.range);
    (tree, findings)
}

/// The imports of a module alone: everything else is passed over, and so are mistakes.
pub(crate) fn parse_imports(text: &str) -> Tree<Kind> {
    let tokens = lexer::tokens_of_imports(text);
    let mut parser = Parser::new(text, tokens);
    while !parser.base.at_end() {
        if parser.at(Kind::Import) { parser.import() } else { parser.base.bump() }
    }
    parser.base.finish(Kind::Module).0
}

/// A recursive-descent parser; how it gets over mistakes is in `recovery`.
struct Parser<'t> {
    base: syntax::Parser<Kind>,
    text: &'t str,
    depth: u32,
    /// Whether a `:` behind an expression ascribes a type to it: right inside of parentheses.
    ascribable: bool,
    /// Whether a mistake was reported from which the parser has not recovered: what seems wrong now may be right.
    quiet: bool,
    /// Whether nothing more can be made of the item.
    abandoned: bool,
    /// The column in which the item begins.
    column: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str, tokens: Tokens<Kind>) -> Parser<'t> {
        Parser {
            base: syntax::Parser::new(tokens),
            text,
            depth: 0,
            ascribable: false,
            quiet: false,
            abandoned: false,
            column: 0,
        }
    }

    fn at(&self, kind: Kind) -> bool {
        self.base.at(kind)
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
            self.quiet = false;
            self.abandoned = false;
            self.ascribable = false;
            self.column = self.column_of(self.base.range().start as usize);
            if self.at_item() || self.at(Kind::Name) {
                self.item();
            } else {
                self.report_expected("an import or a definition", "here");
                self.skip_item();
            }
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
            Kind::Name => {
                let definition = self.base.open_at(start);
                self.definition();
                self.end_item("after a definition");
                self.base.close(definition, Kind::Definition);
            }
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
                while !self.at_next_item() && self.base.eat(Kind::Name) {
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
                let first = self.base.range().start;
                for count in 0.. {
                    if !self.at_type_atom() {
                        break;
                    }
                    if count == MAX_WIDTH {
                        self.report_too_many("fields", first);
                    }
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

    fn definition(&mut self) {
        self.base.bump();
        if self.base.eat(Kind::Colon) {
            self.signature();
            self.expect(Kind::Equals, "after the type of a definition");
        } else if !self.base.eat(Kind::Equals) {
            self.report_expected("`:` or `=`", "after the name of a definition");
        }
        if self.quiet {
            return;
        }
        let outer = std::mem::replace(&mut self.ascribable, false);
        self.expr();
        self.ascribable = outer;
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

    /// Parameters and the `|-` behind them; whether it is there.
    fn params(&mut self) -> bool {
        let params = self.base.open();
        let start = self.base.range().start;
        for count in 0.. {
            if count == MAX_WIDTH {
                self.report_too_many("parameters", start);
            }
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
        let ended = self.base.eat(Kind::Turnstile);
        if !ended {
            self.report_expected("`,` or `|-`", "after a parameter");
        }
        ended
    }

    fn ty(&mut self) {
        self.nested(|this| {
            let start = this.base.checkpoint();
            this.applied_type();
            if this.at(Kind::Arrow) {
                let function = this.base.open_at(start);
                let first = this.base.range().start;
                for count in 1.. {
                    if !this.base.eat(Kind::Arrow) {
                        break;
                    }
                    if count == MAX_WIDTH {
                        this.report_too_many("parameters", first);
                    }
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
        if self.expect(Kind::Then, "after the condition") {
            self.expr();
        }
        if self.expect(Kind::Else, "after the value for `then`") {
            self.expr();
        }
        self.base.close(opened, Kind::IfExpr);
    }

    fn let_expr(&mut self) {
        let opened = self.base.open();
        let closed = self.let_is_closed();
        let depth = self.depth;
        self.base.bump();
        while self.at(Kind::Name) && !self.abandoned && (closed || self.at_let_definition()) {
            if self.depth == MAX_DEPTH {
                self.abandon();
                break;
            }
            self.depth += 1;
            let definition = self.base.open();
            self.definition();
            self.end_part("after a definition of `let`", Kind::In, self.at(Kind::In));
            self.base.close(definition, Kind::Definition);
        }
        if self.at(Kind::In) && self.depth == depth {
            self.report_expected("a definition", "after `let`");
        }
        if self.expect(Kind::In, "after the definitions of `let`") {
            self.expr();
        }
        self.depth = depth;
        self.base.close(opened, Kind::LetExpr);
    }

    /// Whether a definition of a `let` that has no `in` begins here.
    fn at_let_definition(&self) -> bool {
        self.at_item() && !self.at_next_item()
    }

    /// Whether the `let` that stands here has its `in`.
    fn let_is_closed(&self) -> bool {
        let mut open = 0;
        for kind in self.base.upcoming() {
            match kind {
                Kind::Let => open += 1,
                Kind::In if open == 1 => return true,
                Kind::In => open -= 1,
                Kind::Import | Kind::Data | Kind::Alias | Kind::Public => return false,
                _ => (),
            }
        }
        false
    }

    fn lambda(&mut self) {
        let opened = self.base.open();
        self.base.bump();
        if self.params() {
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
            while self.at_pattern_atom() && !self.at_next_item() && !self.abandoned {
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
        if !self.at(Kind::RightBrace) {
            self.end_part("after a case", Kind::RightBrace, self.at(Kind::Underscore));
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
            let first = self.base.range().start;
            for count in 0.. {
                if !self.at_argument() {
                    break;
                }
                if count == MAX_WIDTH {
                    self.report_too_many("arguments", first);
                }
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

    /// Whether an argument follows. A name before `=` or `:` begins the next definition: a `;` is missing before it. And a `{`
    /// before anything but a field begins the cases of a `case`: an `of` is missing.
    fn at_argument(&self) -> bool {
        match self.base.peek() {
            Kind::Name => match self.base.peek_second() {
                Kind::Equals => self.base.upcoming().nth(2) == Some(Kind::Equals),
                Kind::Colon => self.ascribable && !self.at_next_item(),
                _ => true,
            },
            Kind::LeftBrace => {
                let mut inside = self.base.upcoming().skip(1);
                match inside.next() {
                    Some(Kind::Name) => inside.next() == Some(Kind::Equals),
                    after => after == Some(Kind::RightBrace),
                }
            }
            _ => self.at_atom(),
        }
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
