//! Statements.

use crate::lang::oats::grammar::Grammar;
use crate::lang::oats::kind::Kind;
use crate::syntax::Opened;

impl Grammar<'_> {
    pub(super) fn block(&mut self) {
        let opened = self.open();
        self.expect(Kind::LeftBrace);
        self.statements();
        self.expect(Kind::RightBrace);
        self.close(opened, Kind::Block);
    }

    /// Statements up to a closing brace or, in a `switch`, the next case.
    fn statements(&mut self) {
        while !matches!(self.peek(), Kind::RightBrace | Kind::End | Kind::Case | Kind::Default) {
            let before = self.parser.range();
            self.statement();
            if self.parser.range() == before {
                self.skip_token("a statement");
            }
        }
    }

    /// A statement or a declaration.
    pub(super) fn statement(&mut self) {
        self.nested(Self::statement_here);
    }

    fn statement_here(&mut self) {
        if self.at(Kind::Import) {
            return self.import();
        }
        let opened = self.open();
        if self.at(Kind::Export) {
            return self.export(opened);
        }
        let opened = match self.declaration(opened) {
            Ok(()) => return,
            Err(opened) => opened,
        };
        match self.peek() {
            Kind::LeftBrace => {
                self.expect(Kind::LeftBrace);
                self.statements();
                self.expect(Kind::RightBrace);
                self.close(opened, Kind::Block);
            }
            Kind::Semicolon => {
                self.bump();
                self.close(opened, Kind::EmptyStmt);
            }
            Kind::If => self.conditional(opened),
            Kind::While => {
                self.bump();
                self.condition();
                self.statement();
                self.close(opened, Kind::WhileStmt);
            }
            Kind::Do => {
                self.bump();
                self.statement();
                self.expect(Kind::While);
                self.condition();
                self.eat(Kind::Semicolon);
                self.close(opened, Kind::DoStmt);
            }
            Kind::For => self.repetition(opened),
            Kind::Switch => self.switch(opened),
            Kind::Return => self.leaving(opened, Kind::ReturnStmt),
            Kind::Throw => self.leaving(opened, Kind::ThrowStmt),
            Kind::Break => self.jump(opened, Kind::BreakStmt),
            Kind::Continue => self.jump(opened, Kind::ContinueStmt),
            Kind::Try => self.attempt(opened),
            Kind::With | Kind::Debugger => {
                self.unsupported_word();
                self.bump();
                self.skip_group();
                self.close(opened, Kind::Unsupported);
            }
            Kind::Name if self.peek_second() == Kind::Colon => {
                self.bump();
                self.bump();
                self.statement();
                self.close(opened, Kind::LabeledStmt);
            }
            _ => {
                let before = self.parser.range();
                self.expr();
                if self.parser.range() != before || self.at(Kind::Semicolon) {
                    self.end_statement();
                }
                self.close(opened, Kind::ExprStmt);
            }
        }
    }

    /// `return` or `throw`, with a value on the same line.
    fn leaving(&mut self, opened: Opened, kind: Kind) {
        self.bump();
        if !matches!(self.peek(), Kind::Semicolon | Kind::RightBrace | Kind::End)
            && !self.on_new_line()
        {
            self.expr();
        }
        self.end_statement();
        self.close(opened, kind);
    }

    /// `break` or `continue`, with a label on the same line.
    fn jump(&mut self, opened: Opened, kind: Kind) {
        self.bump();
        if self.at(Kind::Name) && !self.on_new_line() {
            self.bump();
        }
        self.end_statement();
        self.close(opened, kind);
    }

    fn export(&mut self, opened: Opened) {
        let start = self.parser.range();
        self.bump();
        if matches!(self.peek(), Kind::Default | Kind::Star | Kind::LeftBrace) {
            let what = format!("`export {}` is", self.word());
            self.unsupported(start, &what);
            if self.eat(Kind::Default) {
                match self.declaration(opened) {
                    Ok(()) => return,
                    Err(opened) => {
                        self.expr();
                        self.end_statement();
                        return self.close(opened, Kind::Unsupported);
                    }
                }
            }
            while !self.at(Kind::Semicolon) && !self.parser.at_end() && !self.on_new_line() {
                self.bump();
            }
            self.eat(Kind::Semicolon);
            return self.close(opened, Kind::Unsupported);
        }
        if let Err(opened) = self.declaration(opened) {
            self.expected("a declaration");
            self.close(opened, Kind::Error);
        }
    }

    fn condition(&mut self) {
        self.expect(Kind::LeftParen);
        self.expr();
        self.expect(Kind::RightParen);
    }

    fn conditional(&mut self, opened: Opened) {
        self.bump();
        self.condition();
        self.statement();
        if self.eat(Kind::Else) {
            self.statement();
        }
        self.close(opened, Kind::IfStmt);
    }

    fn repetition(&mut self, opened: Opened) {
        self.bump();
        if self.at_word("await") {
            self.unsupported_here("`for await` is");
            self.bump();
        }
        self.expect(Kind::LeftParen);
        let init = self.open();
        match self.peek() {
            Kind::Semicolon => (),
            Kind::Let | Kind::Const | Kind::Var => {
                let item = self.open();
                self.variables();
                self.close(item, Kind::VarItem);
            }
            _ => self.expr(),
        }
        self.close(init, Kind::ForInit);
        let kind = if self.at_word("of") {
            Kind::ForOfStmt
        } else if self.at(Kind::In) {
            Kind::ForInStmt
        } else {
            Kind::ForStmt
        };
        if kind == Kind::ForStmt {
            self.expect(Kind::Semicolon);
            let test = self.open();
            if !self.at(Kind::Semicolon) {
                self.expr();
            }
            self.close(test, Kind::ForTest);
            self.expect(Kind::Semicolon);
            let step = self.open();
            if !self.at(Kind::RightParen) {
                self.expr();
            }
            self.close(step, Kind::ForStep);
        } else {
            self.bump();
            self.expr();
        }
        self.expect(Kind::RightParen);
        self.statement();
        self.close(opened, kind);
    }

    fn switch(&mut self, opened: Opened) {
        self.bump();
        self.condition();
        self.expect(Kind::LeftBrace);
        while matches!(self.peek(), Kind::Case | Kind::Default) {
            let clause = self.open();
            if self.eat(Kind::Case) {
                self.expr();
            } else {
                self.bump();
            }
            self.expect(Kind::Colon);
            self.statements();
            self.close(clause, Kind::CaseClause);
        }
        self.expect(Kind::RightBrace);
        self.close(opened, Kind::SwitchStmt);
    }

    fn attempt(&mut self, opened: Opened) {
        self.bump();
        self.block();
        let mut complete = false;
        if self.at(Kind::Catch) {
            let clause = self.open();
            self.bump();
            if self.eat(Kind::LeftParen) {
                self.name();
                self.annotation();
                self.expect(Kind::RightParen);
            }
            self.block();
            self.close(clause, Kind::CatchClause);
            complete = true;
        }
        if self.at(Kind::Finally) {
            let clause = self.open();
            self.bump();
            self.block();
            self.close(clause, Kind::FinallyClause);
            complete = true;
        }
        if !complete {
            self.expected("`catch` or `finally`");
        }
        self.close(opened, Kind::TryStmt);
    }
}
