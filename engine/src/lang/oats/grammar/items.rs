//! Imports and declarations.

use crate::lang::oats::grammar::Grammar;
use crate::lang::oats::kind::Kind;
use crate::syntax::Opened;

/// The words that may stand before a member or parameter.
const MODIFIERS: [&str; 8] =
    ["public", "private", "protected", "readonly", "static", "override", "async", "abstract"];

impl Grammar<'_> {
    pub(super) fn module(&mut self) {
        while !self.parser.at_end() {
            let before = self.parser.range().start;
            self.statement();
            if self.parser.range().start == before && !self.parser.at_end() {
                self.skip_token("a declaration");
            }
        }
    }

    pub(super) fn import(&mut self) {
        let opened = self.open();
        let start = self.parser.range();
        self.bump();
        if self.eat(Kind::LeftBrace) {
            while !self.at(Kind::RightBrace) && !self.parser.at_end() {
                let name = self.open();
                if !self.property_name() {
                    self.close(name, Kind::Error);
                    break;
                }
                if self.eat_word("as") {
                    self.name();
                }
                self.close(name, Kind::ImportName);
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.expect(Kind::RightBrace);
            if !self.eat_word("from") {
                self.expected("`from`");
            }
        } else if !self.at(Kind::String) {
            self.unsupported(start, "an import other than `import { … } from \"…\"` is");
            while !self.at(Kind::String) && !self.at(Kind::Semicolon) && !self.on_new_line() {
                if self.parser.at_end() {
                    break;
                }
                self.bump();
            }
        }
        self.expect(Kind::String);
        self.end_statement();
        self.close(opened, Kind::ImportItem);
    }

    /// A declaration that begins with a word that `statement` has seen; `opened` may hold `export` already.
    pub(super) fn declaration(&mut self, opened: Opened) -> Result<(), Opened> {
        match self.peek() {
            Kind::Let | Kind::Const | Kind::Var => {
                if self.at(Kind::Const) && self.peek_second() == Kind::Enum {
                    self.bump();
                    self.enumeration(opened);
                    return Ok(());
                }
                self.variables();
                self.end_statement();
                self.close(opened, Kind::VarItem);
            }
            Kind::Function => self.function(opened),
            Kind::Class => self.class(opened),
            Kind::Enum => self.enumeration(opened),
            Kind::At => {
                while self.eat(Kind::At) {
                    self.name();
                    if self.at(Kind::LeftParen) {
                        self.bump();
                        self.skip_group();
                        self.expect(Kind::RightParen);
                    }
                }
                return self.declaration(opened);
            }
            Kind::Name => return self.soft_declaration(opened),
            _ => return Err(opened),
        }
        Ok(())
    }

    /// A declaration that begins with a word that is a keyword only here.
    fn soft_declaration(&mut self, opened: Opened) -> Result<(), Opened> {
        match (self.word(), self.peek_second()) {
            ("async", Kind::Function) => {
                self.bump();
                self.function(opened);
            }
            ("abstract", Kind::Class) => {
                self.bump();
                self.class(opened);
            }
            ("interface", Kind::Name) => self.interface(opened),
            ("type", Kind::Name) => self.alias(opened),
            ("declare", Kind::Function) => self.declared_function(opened),
            ("namespace" | "module" | "declare", Kind::Name | Kind::Const | Kind::Class) => {
                self.unsupported_declaration(opened);
            }
            _ => return Err(opened),
        }
        Ok(())
    }

    fn interface(&mut self, opened: Opened) {
        self.bump();
        self.name();
        self.type_params();
        self.heritage();
        let body = self.open();
        self.object_type();
        self.close(body, Kind::ObjectType);
        self.close(opened, Kind::InterfaceItem);
    }

    fn alias(&mut self, opened: Opened) {
        self.bump();
        self.name();
        self.type_params();
        self.expect(Kind::Equals);
        self.ty();
        self.end_statement();
        self.close(opened, Kind::AliasItem);
    }

    fn declared_function(&mut self, opened: Opened) {
        self.bump();
        self.bump();
        self.name();
        self.type_params();
        self.params();
        self.annotation();
        self.end_statement();
        self.close(opened, Kind::DeclareItem);
    }

    /// A declaration that is left out, with its block.
    fn unsupported_declaration(&mut self, opened: Opened) {
        self.unsupported_word();
        while !self.at(Kind::LeftBrace) && !self.at(Kind::Semicolon) && !self.parser.at_end() {
            self.bump();
        }
        if self.at(Kind::LeftBrace) {
            self.bump();
            self.skip_braces();
        }
        self.eat(Kind::Semicolon);
        self.close(opened, Kind::Unsupported);
    }

    /// Skips up to the brace that closes the one that was read.
    fn skip_braces(&mut self) {
        while !self.at(Kind::RightBrace) && !self.parser.at_end() {
            let before = self.parser.range();
            self.skip_group();
            if self.parser.range() == before {
                self.bump();
            }
        }
        self.expect(Kind::RightBrace);
    }

    /// `let mut a: T = e, b`, without the end.
    pub(super) fn variables(&mut self) {
        if self.at(Kind::Var) {
            let range = self.parser.range();
            let message = "`var` is not part of Oats: write `let`, or `let mut` for what changes";
            self.mistake("var", range, message.to_owned());
        }
        let is_let = self.at(Kind::Let);
        self.bump();
        if is_let && self.at_word("mut") && self.peek_second() != Kind::Equals {
            self.bump();
        }
        loop {
            let opened = self.open();
            self.binding();
            self.eat(Kind::Bang);
            self.annotation();
            self.initializer();
            self.close(opened, Kind::Declarator);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
    }

    /// A name or a pattern.
    pub(super) fn binding(&mut self) {
        self.nested(Self::binding_here);
    }

    fn binding_here(&mut self) {
        let (open, close, kind) = match self.peek() {
            Kind::LeftBracket => (Kind::LeftBracket, Kind::RightBracket, Kind::ArrayPattern),
            Kind::LeftBrace => (Kind::LeftBrace, Kind::RightBrace, Kind::ObjectPattern),
            _ => {
                self.name();
                return;
            }
        };
        let opened = self.open();
        self.expect(open);
        while !self.at(close) && !self.parser.at_end() {
            let element = self.open();
            if self.at(Kind::Comma) {
                // A hole: nothing is bound.
            } else if self.eat(Kind::Ellipsis) {
                self.name();
            } else if kind == Kind::ObjectPattern {
                self.property_name();
                if self.eat(Kind::Colon) {
                    self.binding();
                }
            } else {
                self.binding();
            }
            self.initializer();
            self.close(element, Kind::PatternElement);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(close);
        self.close(opened, kind);
    }

    /// `= e`, if it is there.
    pub(super) fn initializer(&mut self) {
        if self.at(Kind::Equals) {
            let opened = self.open();
            self.bump();
            self.assignment();
            self.close(opened, Kind::Initializer);
        }
    }

    fn function(&mut self, opened: Opened) {
        self.bump();
        self.generator();
        self.name();
        self.function_rest();
        self.close(opened, Kind::FunctionItem);
    }

    /// The star of a generator.
    pub(super) fn generator(&mut self) {
        if self.at(Kind::Star) {
            self.unsupported_here("a generator is");
            self.bump();
        }
    }

    /// What follows the name of a function: type parameters, parameters, result, body.
    pub(super) fn function_rest(&mut self) {
        self.type_params();
        self.params();
        self.annotation();
        if self.at(Kind::LeftBrace) {
            self.block();
        } else if self.declared {
            self.eat(Kind::Semicolon);
        } else if matches!(self.peek(), Kind::Semicolon | Kind::Function | Kind::Export) {
            let range = self.parser.range_behind();
            self.unsupported(range, "an overload, which has no body, is");
            self.eat(Kind::Semicolon);
        } else {
            self.expected("the function's body in braces");
        }
    }

    /// Parameters in parentheses.
    pub(super) fn params(&mut self) {
        let opened = self.open();
        if !self.expect(Kind::LeftParen) {
            return self.close(opened, Kind::Params);
        }
        while !self.at(Kind::RightParen) && !self.parser.at_end() {
            let before = self.parser.range();
            let param = self.open();
            self.modifiers();
            self.eat(Kind::Ellipsis);
            if self.at(Kind::This) {
                self.unsupported_here("a parameter `this` is");
                self.bump();
            } else {
                self.binding();
            }
            self.eat(Kind::Question);
            self.annotation();
            self.initializer();
            self.close(param, Kind::Param);
            if !self.eat(Kind::Comma) && !self.at(Kind::RightParen) {
                if matches!(self.peek(), Kind::LeftBrace | Kind::Semicolon | Kind::RightBrace)
                    || self.parser.range() == before
                {
                    break;
                }
                self.expected("`,` or `)`");
            }
        }
        self.expect(Kind::RightParen);
        self.close(opened, Kind::Params);
    }

    /// Words like `public` before a member or parameter.
    pub(super) fn modifiers(&mut self) -> bool {
        let mut is_abstract = false;
        while MODIFIERS.contains(&self.word())
            && (self.peek_second().is_word()
                || matches!(
                    self.peek_second(),
                    Kind::Name
                        | Kind::LeftBracket
                        | Kind::LeftBrace
                        | Kind::Ellipsis
                        | Kind::String
                ))
        {
            is_abstract |= self.at_word("abstract");
            self.bump();
        }
        is_abstract
    }

    fn heritage(&mut self) {
        if self.at(Kind::Extends) {
            let opened = self.open();
            self.bump();
            loop {
                self.ty();
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.close(opened, Kind::Heritage);
        }
        if self.at_word("implements") {
            let opened = self.open();
            self.bump();
            loop {
                self.ty();
                if !self.eat(Kind::Comma) {
                    break;
                }
            }
            self.close(opened, Kind::Implements);
        }
    }

    fn class(&mut self, opened: Opened) {
        self.bump();
        self.name();
        self.type_params();
        self.heritage();
        self.expect(Kind::LeftBrace);
        while !self.at(Kind::RightBrace) && !self.parser.at_end() {
            if self.eat(Kind::Semicolon) {
                continue;
            }
            let before = self.parser.range();
            self.member();
            if self.parser.range() == before {
                self.skip_token("a member of the class");
            }
        }
        self.expect(Kind::RightBrace);
        self.close(opened, Kind::ClassItem);
    }

    fn member(&mut self) {
        let opened = self.open();
        let is_abstract = self.modifiers();
        if self.at_word("constructor") && self.peek_second() == Kind::LeftParen {
            self.bump();
            self.params();
            if self.declared {
                self.eat(Kind::Semicolon);
            } else {
                self.block();
            }
            return self.close(opened, Kind::Constructor);
        }
        let is_accessor = ["get", "set"].contains(&self.word())
            && (self.peek_second() == Kind::Name || self.peek_second().is_word());
        if is_accessor {
            self.bump();
        }
        self.generator();
        if self.at(Kind::Hash) {
            self.unsupported_here("a name with `#` is");
            self.bump();
        }
        if self.at(Kind::LeftBracket) {
            self.unsupported_here("a computed name of a member is");
            self.bump();
            self.skip_group();
            self.expect(Kind::RightBracket);
        } else if !self.property_name() {
            return self.close(opened, Kind::Error);
        }
        self.eat(Kind::Question);
        if matches!(self.peek(), Kind::LeftParen | Kind::Less) {
            if is_abstract {
                self.type_params();
                self.params();
                self.annotation();
                self.end_statement();
            } else {
                self.function_rest();
            }
            let kind = if is_accessor { Kind::AccessorMember } else { Kind::MethodMember };
            return self.close(opened, kind);
        }
        self.eat(Kind::Bang);
        self.annotation();
        self.initializer();
        self.end_statement();
        self.close(opened, Kind::FieldMember);
    }

    fn enumeration(&mut self, opened: Opened) {
        self.bump();
        self.name();
        self.expect(Kind::LeftBrace);
        while !self.at(Kind::RightBrace) && !self.parser.at_end() {
            let member = self.open();
            if !self.property_name() {
                self.close(member, Kind::Error);
                break;
            }
            self.initializer();
            self.close(member, Kind::EnumMember);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RightBrace);
        self.close(opened, Kind::EnumItem);
    }
}
