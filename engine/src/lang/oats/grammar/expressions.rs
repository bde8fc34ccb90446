//! Expressions.

use crate::lang::oats::grammar::Grammar;
use crate::lang::oats::kind::Kind;
use crate::syntax::{Checkpoint, Opened};

/// How strongly a binary operator binds, how many tokens it has, and whether it joins to the right.
type Operator = (u8, usize, bool);

/// The longest chain of calls and members.
const LONGEST_CHAIN: usize = 200;

impl Grammar<'_> {
    /// An expression, commas included.
    pub(super) fn expr(&mut self) {
        let start = self.parser.checkpoint();
        self.assignment();
        if self.at(Kind::Comma) {
            let opened = self.parser.open_at(start);
            while self.eat(Kind::Comma) {
                self.assignment();
            }
            self.close(opened, Kind::CommaExpr);
        }
    }

    /// An expression without a comma.
    pub(super) fn assignment(&mut self) {
        self.nested(Self::assignment_here);
    }

    fn assignment_here(&mut self) {
        if self.is_arrow_function() {
            return self.arrow_function();
        }
        let start = self.parser.checkpoint();
        self.conditional_expr(start);
        let tokens = self.assignment_operator();
        if 0 < tokens {
            let opened = self.parser.open_at(start);
            for _ in 0..tokens {
                self.bump();
            }
            self.assignment();
            self.close(opened, Kind::AssignExpr);
        }
    }

    /// How many tokens the assignment operator here has; 0 if there is none.
    fn assignment_operator(&self) -> usize {
        match self.peek() {
            Kind::Equals
            | Kind::PlusEquals
            | Kind::MinusEquals
            | Kind::StarEquals
            | Kind::StarStarEquals
            | Kind::SlashEquals
            | Kind::PercentEquals
            | Kind::AndEquals
            | Kind::OrEquals
            | Kind::CaretEquals
            | Kind::ShiftLeftEquals
            | Kind::AndAndEquals
            | Kind::OrOrEquals
            | Kind::QuestionQuestionEquals => 1,
            Kind::GreaterGlued => {
                let tokens: Vec<Kind> = self.parser.upcoming().take(4).collect();
                match tokens[..] {
                    [Kind::GreaterGlued, Kind::GreaterGlued, Kind::Equals, ..] => 3,
                    [Kind::GreaterGlued, Kind::GreaterGlued, Kind::GreaterGlued, Kind::Equals] => 4,
                    _ => 0,
                }
            }
            _ => 0,
        }
    }

    fn is_arrow_function(&self) -> bool {
        let mut tokens = self.parser.upcoming();
        let first = tokens.next();
        if first == Some(Kind::Name) {
            let second = tokens.next();
            if second == Some(Kind::Arrow) {
                return true;
            }
            let is_async = self.word() == "async";
            return is_async
                && match second {
                    Some(Kind::Name) => tokens.next() == Some(Kind::Arrow),
                    Some(Kind::LeftParen) => is_arrow_behind(tokens),
                    _ => false,
                };
        }
        match first {
            Some(Kind::LeftParen) => is_arrow_behind(tokens),
            Some(Kind::Less) => true,
            _ => false,
        }
    }

    fn arrow_function(&mut self) {
        let opened = self.open();
        if self.at_word("async") && self.peek_second() != Kind::Arrow {
            self.bump();
        }
        self.type_params();
        if self.at(Kind::Name) {
            let params = self.open();
            let param = self.open();
            self.bump();
            self.close(param, Kind::Param);
            self.close(params, Kind::Params);
        } else {
            self.params();
            self.annotation();
        }
        self.expect(Kind::Arrow);
        if self.at(Kind::LeftBrace) {
            self.block();
        } else {
            self.assignment();
        }
        self.close(opened, Kind::ArrowExpr);
    }

    fn conditional_expr(&mut self, start: Checkpoint) {
        self.binary(0);
        if self.at(Kind::Question) {
            let opened = self.parser.open_at(start);
            self.bump();
            self.assignment();
            self.expect(Kind::Colon);
            self.assignment();
            self.close(opened, Kind::ConditionalExpr);
        }
    }

    fn binary(&mut self, limit: u8) {
        let start = self.parser.checkpoint();
        self.unary();
        self.binary_rest(start, limit);
        while self.at_word("as") && !self.on_new_line() && limit < 8 {
            let opened = self.parser.open_at(start);
            self.bump();
            if self.at(Kind::Const) {
                self.bump();
            } else {
                self.ty();
            }
            self.close(opened, Kind::AsExpr);
            self.binary_rest(start, limit);
        }
    }

    /// The operators that bind tighter than `limit` and what follows them, for what begins at `start`.
    fn binary_rest(&mut self, start: Checkpoint, limit: u8) {
        while let Some((strength, tokens, to_right)) = self.binary_operator()
            && limit < strength
        {
            let opened = self.parser.open_at(start);
            for _ in 0..tokens {
                self.bump();
            }
            self.nested(|it| it.binary(if to_right { strength - 1 } else { strength }));
            self.close(opened, Kind::BinaryExpr);
        }
    }

    fn binary_operator(&self) -> Option<Operator> {
        Some(match self.peek() {
            Kind::QuestionQuestion => (1, 1, false),
            Kind::OrOr => (2, 1, false),
            Kind::AndAnd => (3, 1, false),
            Kind::Or => (4, 1, false),
            Kind::Caret => (5, 1, false),
            Kind::And => (6, 1, false),
            Kind::EqualEqual | Kind::EqualEqualEqual | Kind::NotEqual | Kind::NotEqualEqual => {
                (7, 1, false)
            }
            Kind::Less | Kind::LessEqual | Kind::Greater | Kind::Instanceof | Kind::In => {
                (8, 1, false)
            }
            Kind::GreaterGlued => {
                let tokens: Vec<Kind> = self.parser.upcoming().take(4).collect();
                match tokens[..] {
                    [_, Kind::Equals, ..] => (8, 2, false),
                    [_, Kind::Greater, ..] => (9, 2, false),
                    [_, Kind::GreaterGlued, Kind::Greater, ..] => (9, 3, false),
                    _ => return None,
                }
            }
            Kind::ShiftLeft => (9, 1, false),
            Kind::Plus | Kind::Minus => (10, 1, false),
            Kind::Star | Kind::Slash | Kind::Percent => (11, 1, false),
            Kind::StarStar => (12, 1, true),
            _ => return None,
        })
    }

    fn unary(&mut self) {
        let opened = match self.peek() {
            Kind::Plus | Kind::Minus | Kind::Bang | Kind::Tilde | Kind::Typeof | Kind::Void => {
                let opened = self.open();
                self.bump();
                self.nested(Self::unary);
                return self.close(opened, Kind::UnaryExpr);
            }
            Kind::PlusPlus | Kind::MinusMinus => {
                let opened = self.open();
                self.bump();
                self.nested(Self::unary);
                return self.close(opened, Kind::UpdateExpr);
            }
            Kind::Delete | Kind::Yield => {
                self.unsupported_word();
                let opened = self.open();
                self.bump();
                self.nested(Self::unary);
                return self.close(opened, Kind::Error);
            }
            Kind::Name if self.word() == "await" && self.begins_operand() => self.open(),
            _ => return self.postfix(),
        };
        self.bump();
        self.nested(Self::unary);
        self.close(opened, Kind::AwaitExpr);
    }

    /// Whether what follows `await` is its operand.
    fn begins_operand(&self) -> bool {
        !matches!(
            self.peek_second(),
            Kind::Equals | Kind::Semicolon | Kind::RightParen | Kind::Comma | Kind::Dot | Kind::End
        )
    }

    fn postfix(&mut self) {
        let start = self.parser.checkpoint();
        self.call_chain(start);
        if matches!(self.peek(), Kind::PlusPlus | Kind::MinusMinus) && !self.on_new_line() {
            let opened = self.parser.open_at(start);
            self.bump();
            self.close(opened, Kind::PostfixExpr);
        }
    }

    fn call_chain(&mut self, start: Checkpoint) {
        if self.at(Kind::New) {
            self.creation();
        } else {
            self.primary();
        }
        let mut length = 0;
        while self.link(start) {
            length += 1;
            if length == LONGEST_CHAIN {
                let range = self.parser.range();
                let message =
                    format!("more than {LONGEST_CHAIN} members or calls follow each other");
                self.mistake("too-deep", range, message);
                return self.skip_group();
            }
        }
    }

    /// One more member, element or call; whether there was one.
    fn link(&mut self, start: Checkpoint) -> bool {
        match self.peek() {
            Kind::Dot => {
                let opened = self.parser.open_at(start);
                self.bump();
                if self.at(Kind::Hash) {
                    self.unsupported_here("a name with `#` is");
                    self.bump();
                }
                self.property_name();
                self.close(opened, Kind::MemberExpr);
            }
            Kind::QuestionDot => {
                let opened = self.parser.open_at(start);
                self.bump();
                match self.peek() {
                    Kind::LeftParen => {
                        self.arguments();
                        self.close(opened, Kind::CallExpr);
                    }
                    Kind::LeftBracket => {
                        self.element();
                        self.close(opened, Kind::IndexExpr);
                    }
                    _ => {
                        self.property_name();
                        self.close(opened, Kind::MemberExpr);
                    }
                }
            }
            Kind::LeftBracket if !self.on_new_line() => {
                let opened = self.parser.open_at(start);
                self.element();
                self.close(opened, Kind::IndexExpr);
            }
            Kind::LeftParen if !self.on_new_line() => {
                let opened = self.parser.open_at(start);
                self.arguments();
                self.close(opened, Kind::CallExpr);
            }
            Kind::Less if self.is_generic_call() => {
                let opened = self.parser.open_at(start);
                self.type_arguments();
                self.arguments();
                self.close(opened, Kind::CallExpr);
            }
            Kind::Bang if !self.on_new_line() => {
                let opened = self.parser.open_at(start);
                self.bump();
                self.close(opened, Kind::NonNullExpr);
            }
            Kind::TemplateWhole | Kind::TemplateHead if !self.on_new_line() => {
                self.unsupported_here("a tagged template is");
                let opened = self.parser.open_at(start);
                self.primary();
                self.close(opened, Kind::Error);
            }
            _ => return false,
        }
        true
    }

    /// Whether `<` begins type arguments that a call follows.
    fn is_generic_call(&self) -> bool {
        let mut depth = 0_usize;
        for (n, kind) in self.parser.upcoming().enumerate().take(64) {
            match kind {
                Kind::Less => depth += 1,
                Kind::Greater | Kind::GreaterGlued => {
                    depth -= 1;
                    if depth == 0 {
                        return self.parser.upcoming().nth(n + 1) == Some(Kind::LeftParen);
                    }
                }
                Kind::Name
                | Kind::Comma
                | Kind::LeftBracket
                | Kind::RightBracket
                | Kind::Or
                | Kind::Null
                | Kind::Void
                | Kind::String => (),
                _ => return false,
            }
        }
        false
    }

    fn element(&mut self) {
        self.expect(Kind::LeftBracket);
        self.expr();
        self.expect(Kind::RightBracket);
    }

    fn arguments(&mut self) {
        let opened = self.open();
        self.expect(Kind::LeftParen);
        self.list_of(Kind::RightParen, Self::assignment);
        self.close(opened, Kind::Arguments);
    }

    /// Parts or spreads, up to the bracket that closes them.
    fn list_of(&mut self, close: Kind, part: fn(&mut Self)) {
        while !self.at(close) && !self.parser.at_end() {
            let before = self.parser.range();
            if self.at(Kind::Ellipsis) {
                let spread = self.open();
                self.bump();
                self.assignment();
                self.close(spread, Kind::Spread);
            } else {
                part(self);
            }
            if self.eat(Kind::Comma) {
                continue;
            }
            if self.at(close) || self.parser.range() == before {
                break;
            }
            if matches!(self.peek(), Kind::Semicolon | Kind::RightBrace | Kind::LeftBrace)
                || self.on_new_line()
            {
                break;
            }
            self.expected(&format!("`,` or {}", close.describe()));
        }
        self.expect(close);
    }

    fn creation(&mut self) {
        let opened = self.open();
        self.bump();
        let start = self.parser.checkpoint();
        self.primary();
        while self.at(Kind::Dot) {
            let member = self.parser.open_at(start);
            self.bump();
            self.property_name();
            self.close(member, Kind::MemberExpr);
        }
        self.type_arguments();
        if self.at(Kind::LeftParen) {
            self.arguments();
        }
        self.close(opened, Kind::NewExpr);
    }

    fn primary(&mut self) {
        let opened = self.open();
        let kind = match self.peek() {
            Kind::Name if self.word() == "async" && self.peek_second() == Kind::Function => {
                self.bump();
                return self.function_expr(opened);
            }
            Kind::Function => return self.function_expr(opened),
            Kind::Name => Kind::NameExpr,
            Kind::Number => Kind::NumberExpr,
            Kind::String => Kind::StringExpr,
            Kind::True | Kind::False => Kind::BoolExpr,
            Kind::Null => Kind::NullExpr,
            Kind::This => Kind::ThisExpr,
            Kind::Super => Kind::SuperExpr,
            Kind::TemplateWhole => Kind::TemplateExpr,
            Kind::TemplateHead => return self.template(opened),
            Kind::LeftParen => {
                self.bump();
                self.expr();
                self.expect(Kind::RightParen);
                return self.close(opened, Kind::ParenExpr);
            }
            Kind::LeftBracket => {
                self.bump();
                self.list_of(Kind::RightBracket, |it| {
                    if it.at(Kind::Comma) {
                        it.expected("an element");
                    } else {
                        it.assignment();
                    }
                });
                return self.close(opened, Kind::ArrayExpr);
            }
            Kind::LeftBrace => {
                self.bump();
                self.list_of(Kind::RightBrace, Self::property);
                return self.close(opened, Kind::ObjectExpr);
            }
            Kind::Class => {
                self.unsupported_here("a class as an expression is");
                self.bump();
                self.skip_group();
                return self.close(opened, Kind::Error);
            }
            Kind::Slash => {
                self.unsupported_here("a regular expression is");
                self.bump();
                self.skip_group();
                return self.close(opened, Kind::Error);
            }
            _ => {
                self.expected("an expression");
                if self.peek().is_word() && !self.begins_statement() {
                    self.bump();
                }
                return self.close(opened, Kind::Error);
            }
        };
        self.bump();
        self.close(opened, kind);
    }

    fn begins_statement(&self) -> bool {
        matches!(
            self.peek(),
            Kind::Let
                | Kind::Const
                | Kind::Var
                | Kind::Return
                | Kind::If
                | Kind::Else
                | Kind::While
                | Kind::Do
                | Kind::For
                | Kind::Switch
                | Kind::Case
                | Kind::Default
                | Kind::Break
                | Kind::Continue
                | Kind::Import
                | Kind::Export
                | Kind::Enum
                | Kind::Try
                | Kind::Catch
                | Kind::Finally
                | Kind::Throw
        )
    }

    fn function_expr(&mut self, opened: Opened) {
        self.bump();
        self.generator();
        if self.at(Kind::Name) {
            self.bump();
        }
        self.function_rest();
        self.close(opened, Kind::FunctionExpr);
    }

    fn template(&mut self, opened: Opened) {
        self.bump();
        loop {
            self.expr();
            if self.eat(Kind::TemplateTail) {
                break;
            }
            if !self.eat(Kind::TemplateMiddle) {
                self.expected("`}`");
                self.skip_group();
                if !self.eat(Kind::TemplateMiddle) {
                    self.eat(Kind::TemplateTail);
                    break;
                }
            }
        }
        self.close(opened, Kind::TemplateExpr);
    }

    fn property(&mut self) {
        let opened = self.open();
        let is_async = self.at_word("async")
            && matches!(self.peek_second(), Kind::Name)
            && self.eat_word("async");
        if ["get", "set"].contains(&self.word()) && self.peek_second() == Kind::Name {
            self.unsupported_here("a getter or setter is");
            self.bump();
        }
        if self.at(Kind::LeftBracket) {
            self.unsupported_here("a computed name of a property is");
            self.bump();
            self.skip_group();
            self.expect(Kind::RightBracket);
        } else if matches!(self.peek(), Kind::String | Kind::Number) {
            self.bump();
        } else if !self.property_name() {
            return self.close(opened, Kind::Error);
        }
        if matches!(self.peek(), Kind::LeftParen | Kind::Less) {
            self.function_rest();
            return self.close(opened, Kind::MethodProperty);
        }
        if is_async || self.at(Kind::Colon) {
            self.expect(Kind::Colon);
            self.assignment();
            return self.close(opened, Kind::Property);
        }
        if self.at(Kind::Equals) {
            self.initializer();
        }
        self.close(opened, Kind::Shorthand);
    }
}

/// Whether the parenthesis that was read last closes before an arrow, perhaps with a type between.
fn is_arrow_behind(mut tokens: impl Iterator<Item = Kind>) -> bool {
    let mut depth = 1_usize;
    for kind in tokens.by_ref() {
        match kind {
            Kind::LeftParen | Kind::LeftBrace | Kind::LeftBracket | Kind::TemplateHead => {
                depth += 1;
            }
            Kind::RightParen | Kind::RightBrace | Kind::RightBracket | Kind::TemplateTail => {
                depth -= 1;
            }
            Kind::Semicolon if depth == 1 => return false,
            _ => (),
        }
        if depth == 0 {
            break;
        }
    }
    match tokens.next() {
        Some(Kind::Arrow) => true,
        Some(Kind::Colon) => arrow_after_type(tokens),
        _ => false,
    }
}

/// Whether an arrow follows a type. That of a conditional expression, `a ? (b) : c => d`, is taken for one too.
fn arrow_after_type(tokens: impl Iterator<Item = Kind>) -> bool {
    let mut depth = 0_usize;
    for kind in tokens.take(200) {
        match kind {
            Kind::Arrow if depth == 0 => return true,
            Kind::LeftParen | Kind::LeftBrace | Kind::LeftBracket | Kind::Less => depth += 1,
            Kind::RightParen
            | Kind::RightBrace
            | Kind::RightBracket
            | Kind::Greater
            | Kind::GreaterGlued => {
                if depth == 0 {
                    return false;
                }
                depth -= 1;
            }
            Kind::Semicolon | Kind::Comma | Kind::Question | Kind::Colon if depth > 0 => (),
            Kind::Name | Kind::Or | Kind::Null | Kind::Void | Kind::String | Kind::Number => (),
            Kind::True | Kind::False | Kind::Dot | Kind::Arrow => (),
            _ => return false,
        }
    }
    false
}
