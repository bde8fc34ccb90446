//! Types.

use crate::lang::oats::grammar::Grammar;
use crate::lang::oats::kind::Kind;
use crate::syntax::Opened;

impl Grammar<'_> {
    /// `: type`, if there is one.
    pub(super) fn annotation(&mut self) {
        if self.at(Kind::Colon) {
            let opened = self.open();
            self.bump();
            self.ty();
            if self.at_word("is") {
                self.unsupported_here("a type predicate is");
                self.bump();
                self.ty();
            }
            self.close(opened, Kind::Annotation);
        }
    }

    /// A type.
    pub(super) fn ty(&mut self) {
        self.nested(Self::union_type);
    }

    fn union_type(&mut self) {
        let start = self.parser.checkpoint();
        let mut members = 1;
        self.eat(Kind::Or);
        self.postfix_type();
        while self.eat(Kind::Or) {
            self.postfix_type();
            members += 1;
        }
        if self.at(Kind::And) {
            self.unsupported_here("an intersection of types is");
            while self.eat(Kind::And) {
                self.postfix_type();
            }
        }
        if 1 < members {
            let opened = self.parser.open_at(start);
            self.close(opened, Kind::UnionType);
        }
    }

    fn postfix_type(&mut self) {
        let start = self.parser.checkpoint();
        let range = self.parser.range();
        if self.at_word("readonly") {
            self.bump();
        }
        self.primary_type();
        while self.at(Kind::LeftBracket) && !self.on_new_line() {
            let opened = self.parser.open_at(start);
            self.bump();
            if !self.at(Kind::RightBracket) {
                self.unsupported(range, "the type of a member is");
                self.ty();
            }
            self.expect(Kind::RightBracket);
            self.close(opened, Kind::ArrayType);
        }
    }

    fn primary_type(&mut self) {
        let opened = self.open();
        match self.peek() {
            Kind::Import => self.import_type(opened),
            Kind::Name if ["keyof", "infer", "unique"].contains(&self.word()) => {
                self.unsupported_word();
                self.bump();
                self.postfix_type();
                self.close(opened, Kind::Error);
            }
            Kind::Name => {
                self.bump();
                if self.eat(Kind::Dot) {
                    self.property_name();
                }
                self.type_arguments();
                self.close(opened, Kind::NameType);
            }
            Kind::New => {
                self.unsupported_here("the type of a constructor is");
                self.bump();
                self.function_type(opened);
            }
            Kind::Void | Kind::Null | Kind::This => {
                self.bump();
                self.close(opened, Kind::NameType);
            }
            Kind::String | Kind::Number | Kind::True | Kind::False => {
                self.bump();
                self.close(opened, Kind::LiteralType);
            }
            Kind::Minus if self.peek_second() == Kind::Number => {
                self.bump();
                self.bump();
                self.close(opened, Kind::LiteralType);
            }
            Kind::Typeof => {
                self.unsupported_here("the type of a value, written with `typeof`, is");
                self.bump();
                self.name();
                self.close(opened, Kind::Error);
            }
            Kind::LeftBracket => self.tuple_type(opened),
            Kind::LeftBrace => {
                self.object_type();
                self.close(opened, Kind::ObjectType);
            }
            Kind::Less => self.function_type(opened),
            Kind::LeftParen if self.is_function_type() => self.function_type(opened),
            Kind::LeftParen => {
                self.bump();
                self.ty();
                self.expect(Kind::RightParen);
                self.close(opened, Kind::ParenType);
            }
            _ => {
                self.expected("a type");
                self.close(opened, Kind::Error);
            }
        }
    }

    fn tuple_type(&mut self, opened: Opened) {
        self.bump();
        while !self.at(Kind::RightBracket) && !self.parser.at_end() {
            self.ty();
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RightBracket);
        self.close(opened, Kind::TupleType);
    }

    fn import_type(&mut self, opened: Opened) {
        self.bump();
        self.expect(Kind::LeftParen);
        self.expect(Kind::String);
        self.expect(Kind::RightParen);
        self.expect(Kind::Dot);
        self.property_name();
        if self.eat(Kind::Dot) {
            self.property_name();
        }
        self.type_arguments();
        self.close(opened, Kind::ImportType);
    }

    /// `<A, B>`, if it is there.
    pub(super) fn type_arguments(&mut self) {
        if !self.at(Kind::Less) {
            return;
        }
        let opened = self.open();
        self.bump();
        while !self.at_greater() && !self.parser.at_end() {
            self.ty();
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect_greater();
        self.close(opened, Kind::TypeArguments);
    }

    fn at_greater(&self) -> bool {
        matches!(self.peek(), Kind::Greater | Kind::GreaterGlued)
    }

    pub(super) fn expect_greater(&mut self) {
        if !self.eat(Kind::GreaterGlued) {
            self.expect(Kind::Greater);
        }
    }

    /// `<A, B extends C>`, if it is there.
    pub(super) fn type_params(&mut self) {
        if !self.at(Kind::Less) {
            return;
        }
        let opened = self.open();
        self.bump();
        while self.at(Kind::Name) {
            let param = self.open();
            self.bump();
            if self.eat(Kind::Extends) {
                self.ty();
            }
            if self.at(Kind::Equals) {
                self.unsupported_here("the default of a type parameter is");
                self.bump();
                self.ty();
            }
            self.close(param, Kind::TypeParam);
            if !self.eat(Kind::Comma) {
                break;
            }
        }
        self.expect_greater();
        self.close(opened, Kind::TypeParams);
    }

    /// Whether the parenthesis that stands here begins the parameters of a function type.
    fn is_function_type(&self) -> bool {
        let mut tokens = self.parser.upcoming().skip(1);
        match (tokens.next(), tokens.next()) {
            (Some(Kind::RightParen | Kind::Ellipsis), _) => true,
            (
                Some(Kind::Name | Kind::This),
                Some(Kind::Colon | Kind::Comma | Kind::Question | Kind::Equals),
            ) => true,
            (Some(Kind::Name), Some(Kind::RightParen)) => tokens.next() == Some(Kind::Arrow),
            _ => false,
        }
    }

    fn function_type(&mut self, opened: Opened) {
        self.type_params();
        self.params();
        self.expect(Kind::Arrow);
        self.ty();
        self.close(opened, Kind::FunctionType);
    }

    /// `{ … }` with the types of members.
    pub(super) fn object_type(&mut self) {
        self.expect(Kind::LeftBrace);
        while !self.at(Kind::RightBrace) && !self.parser.at_end() {
            self.member_type();
            let ends = self.eat(Kind::Semicolon) || self.eat(Kind::Comma);
            let ends = ends || self.at(Kind::RightBrace) || self.on_new_line();
            if !ends {
                self.skip_token("`;` or `}`");
            }
        }
        self.expect(Kind::RightBrace);
    }

    fn member_type(&mut self) {
        let opened = self.open();
        if self.at_word("readonly") && self.peek_second() != Kind::Colon {
            self.bump();
        }
        if self.at(Kind::LeftBracket) {
            self.bump();
            self.name();
            let key = self.open();
            self.expect(Kind::Colon);
            self.ty();
            self.close(key, Kind::TypeParam);
            self.expect(Kind::RightBracket);
            self.annotation();
            return self.close(opened, Kind::IndexMember);
        }
        if self.at(Kind::LeftParen) || self.at(Kind::New) && self.peek_second() == Kind::LeftParen {
            self.unsupported_here("a type with a call signature is");
            self.skip_group();
            return self.close(opened, Kind::Error);
        }
        if self.at(Kind::String) {
            self.bump();
        } else if !self.property_name() {
            if !matches!(self.peek(), Kind::RightBrace | Kind::Semicolon | Kind::Comma) {
                self.bump();
            }
            return self.close(opened, Kind::Error);
        }
        self.eat(Kind::Question);
        if matches!(self.peek(), Kind::LeftParen | Kind::Less) {
            self.type_params();
            self.params();
            self.annotation();
            return self.close(opened, Kind::MethodType);
        }
        if self.at(Kind::Colon) {
            self.annotation();
        } else {
            self.expected("`:` and the type");
        }
        self.close(opened, Kind::FieldType);
    }
}
