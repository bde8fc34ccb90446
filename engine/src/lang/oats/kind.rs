//! The kinds of tokens and nodes.

use crate::syntax::SyntaxKind;

/// Defines the kinds, with the word or sign of those tokens that have only one.
macro_rules! kinds {
    (
        words { $($word:ident = $spelling:literal,)* }
        signs { $($sign:ident = $text:literal,)* }
        others { $($other:ident,)* }
    ) => {
        /// A kind of token or node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Kind { $($word,)* $($sign,)* $($other,)* }

        impl Kind {
            /// The kind of the word `word`: a keyword or a name.
            pub(crate) fn of_word(word: &str) -> Kind {
                match word {
                    $($spelling => Kind::$word,)*
                    _ => Kind::Name,
                }
            }

            /// The word or sign, where all tokens of this kind have the same.
            pub(crate) fn spelling(self) -> Option<&'static str> {
                match self {
                    $(Kind::$word => Some($spelling),)*
                    $(Kind::$sign => Some($text),)*
                    _ => None,
                }
            }

            /// Whether it is a keyword.
            pub(crate) fn is_word(self) -> bool {
                matches!(self, $(Kind::$word)|*)
            }
        }
    };
}

kinds! {
    words {
        Let = "let", Const = "const", Var = "var", Function = "function", Return = "return",
        If = "if", Else = "else", While = "while", Do = "do", For = "for", In = "in",
        Switch = "switch", Case = "case", Default = "default", Break = "break",
        Continue = "continue", Class = "class", Extends = "extends", New = "new", This = "this",
        Super = "super", Import = "import", Export = "export", Enum = "enum", Typeof = "typeof",
        Try = "try", Catch = "catch", Finally = "finally", Throw = "throw", True = "true",
        False = "false", Null = "null", Void = "void", Instanceof = "instanceof",
        Delete = "delete", With = "with", Yield = "yield", Debugger = "debugger",
    }
    signs {
        LeftBrace = "{", RightBrace = "}", LeftParen = "(", RightParen = ")", LeftBracket = "[",
        RightBracket = "]", Semicolon = ";", Comma = ",", Dot = ".", Ellipsis = "...",
        Question = "?", QuestionDot = "?.", QuestionQuestion = "??", Colon = ":", Arrow = "=>",
        Equals = "=", EqualEqual = "==", EqualEqualEqual = "===", NotEqual = "!=",
        NotEqualEqual = "!==", Less = "<", LessEqual = "<=", ShiftLeft = "<<", Greater = ">",
        GreaterGlued = "> ", Plus = "+", Minus = "-", Star = "*", StarStar = "**", Slash = "/",
        Percent = "%", PlusPlus = "++", MinusMinus = "--", Bang = "!", Tilde = "~", And = "&",
        AndAnd = "&&", Or = "|", OrOr = "||", Caret = "^", PlusEquals = "+=", MinusEquals = "-=",
        StarEquals = "*=", StarStarEquals = "**=", SlashEquals = "/=", PercentEquals = "%=",
        AndEquals = "&=", OrEquals = "|=", CaretEquals = "^=", ShiftLeftEquals = "<<=",
        AndAndEquals = "&&=", OrOrEquals = "||=", QuestionQuestionEquals = "??=", At = "@",
        Hash = "#",
    }
    others {
        Whitespace, Comment, Name, Number, String, TemplateWhole, TemplateHead, TemplateMiddle,
        TemplateTail,
        // A module and its items.
        Module, ImportItem, ImportName, FunctionItem, DeclareItem, ClassItem, EnumItem, EnumMember,
        InterfaceItem, AliasItem, VarItem, Declarator, Unsupported,
        // Their parts.
        TypeParams, TypeParam, Params, Param, Annotation, Initializer, Heritage, Implements,
        Constructor, MethodMember, AccessorMember, FieldMember, ArrayPattern, ObjectPattern, PatternElement,
        // Types.
        NameType, ImportType, LiteralType, ArrayType, TupleType, ObjectType, FieldType,
        MethodType, IndexMember, FunctionType, UnionType, ParenType, TypeArguments,
        // Statements.
        Block, ExprStmt, IfStmt, WhileStmt, DoStmt, ForStmt, ForInit, ForTest, ForStep, ForOfStmt,
        ForInStmt, SwitchStmt, CaseClause, ReturnStmt, BreakStmt, ContinueStmt, LabeledStmt,
        TryStmt, CatchClause, FinallyClause, ThrowStmt, EmptyStmt,
        // Expressions.
        NameExpr, NumberExpr, StringExpr, TemplateExpr, BoolExpr, NullExpr, ThisExpr, SuperExpr,
        ArrayExpr, ObjectExpr, Property, Shorthand, Spread, MethodProperty, FunctionExpr,
        ArrowExpr, NewExpr, CallExpr, Arguments, MemberExpr, IndexExpr, NonNullExpr, UnaryExpr,
        UpdateExpr, PostfixExpr, BinaryExpr, ConditionalExpr, AssignExpr, AwaitExpr, CommaExpr,
        ParenExpr, AsExpr,
        // What is left.
        Error, End,
    }
}

impl SyntaxKind for Kind {
    const ERROR: Kind = Kind::Error;
    const END: Kind = Kind::End;

    fn is_trivia(self) -> bool {
        matches!(self, Kind::Whitespace | Kind::Comment)
    }
}

impl Kind {
    /// How a token of this kind is called in a message.
    pub(crate) fn describe(self) -> String {
        match self {
            Kind::Name => "a name".to_owned(),
            Kind::Number => "a number".to_owned(),
            Kind::String => "a string".to_owned(),
            Kind::TemplateWhole | Kind::TemplateHead => "a template".to_owned(),
            Kind::TemplateMiddle | Kind::TemplateTail => "the rest of a template".to_owned(),
            Kind::End => "the end of the file".to_owned(),
            Kind::GreaterGlued => "`>`".to_owned(),
            _ => self.spelling().map_or_else(|| "this".to_owned(), |it| format!("`{it}`")),
        }
    }

    /// Whether a node of this kind is a type.
    pub(crate) fn is_type(self) -> bool {
        (Kind::NameType as u8..=Kind::ParenType as u8).contains(&(self as u8))
            && !matches!(self, Kind::FieldType | Kind::MethodType | Kind::IndexMember)
    }

    /// Whether a node of this kind is an expression.
    pub(crate) fn is_expr(self) -> bool {
        (Kind::NameExpr as u8..=Kind::AsExpr as u8).contains(&(self as u8))
            && !matches!(
                self,
                Kind::Property
                    | Kind::Shorthand
                    | Kind::Spread
                    | Kind::MethodProperty
                    | Kind::Arguments
            )
    }

    /// Whether a node of this kind is a statement or a declaration.
    pub(crate) fn is_statement(self) -> bool {
        (Kind::Block as u8..=Kind::EmptyStmt as u8).contains(&(self as u8))
            && !matches!(
                self,
                Kind::ForInit
                    | Kind::ForTest
                    | Kind::ForStep
                    | Kind::CaseClause
                    | Kind::CatchClause
                    | Kind::FinallyClause
            )
            || (Kind::FunctionItem as u8..=Kind::VarItem as u8).contains(&(self as u8))
                && self != Kind::EnumMember
    }
}
