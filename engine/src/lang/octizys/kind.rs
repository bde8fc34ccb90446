//! The kinds of tokens and nodes.

use crate::syntax::SyntaxKind;

/// A kind of token or node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub(crate) enum Kind {
    // Tokens.
    Whitespace,
    Comment,
    Name,
    Integer,
    Text,
    If,
    Then,
    Else,
    Let,
    In,
    Case,
    Of,
    True,
    False,
    Forall,
    Import,
    As,
    Unqualified,
    Data,
    Alias,
    Public,
    Colon,
    Semicolon,
    Comma,
    Dot,
    Equals,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    Backslash,
    Arrow,
    Turnstile,
    Bar,
    Slash,
    Underscore,
    // Nodes: a module and its items.
    Module,
    ImportItem,
    ImportPath,
    ImportAlias,
    ImportNames,
    Definition,
    DataItem,
    Constructor,
    AliasItem,
    TypeParams,
    // A definition's signature.
    TypeVariables,
    Params,
    Param,
    // Types.
    FunctionType,
    AppliedType,
    PathType,
    RecordType,
    FieldType,
    // Expressions.
    IfExpr,
    LetExpr,
    LambdaExpr,
    CaseExpr,
    CaseArm,
    ApplyExpr,
    FieldExpr,
    PathExpr,
    IntegerExpr,
    BoolExpr,
    TextExpr,
    AscribedExpr,
    RecordExpr,
    FieldValue,
    // Patterns.
    WildcardPattern,
    PathPattern,
    ConstructorPattern,
    LiteralPattern,
    // What is left.
    Error,
    End,
}

impl SyntaxKind for Kind {
    const ERROR: Kind = Kind::Error;
    const END: Kind = Kind::End;

    fn is_trivia(self) -> bool {
        matches!(self, Kind::Whitespace | Kind::Comment)
    }
}

impl Kind {
    /// The kind of the word `word`: a keyword or a name.
    pub(crate) fn of_word(word: &str) -> Kind {
        // Bytes are compared one by one, which settles most names at the first.
        match word.as_bytes() {
            b"if" => Kind::If,
            b"then" => Kind::Then,
            b"else" => Kind::Else,
            b"let" => Kind::Let,
            b"in" => Kind::In,
            b"case" => Kind::Case,
            b"of" => Kind::Of,
            b"True" => Kind::True,
            b"False" => Kind::False,
            b"forall" => Kind::Forall,
            b"import" => Kind::Import,
            b"as" => Kind::As,
            b"unqualified" => Kind::Unqualified,
            b"data" => Kind::Data,
            b"alias" => Kind::Alias,
            b"public" => Kind::Public,
            _ => Kind::Name,
        }
    }

    /// How a token of this kind is called in a message.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Kind::Name => "a name",
            Kind::Integer => "a number",
            Kind::Text => "a text",
            Kind::If => "`if`",
            Kind::Then => "`then`",
            Kind::Else => "`else`",
            Kind::Let => "`let`",
            Kind::In => "`in`",
            Kind::Case => "`case`",
            Kind::Of => "`of`",
            Kind::True => "`True`",
            Kind::False => "`False`",
            Kind::Forall => "`forall`",
            Kind::Import => "`import`",
            Kind::As => "`as`",
            Kind::Unqualified => "`unqualified`",
            Kind::Data => "`data`",
            Kind::Alias => "`alias`",
            Kind::Public => "`public`",
            Kind::Colon => "`:`",
            Kind::Semicolon => "`;`",
            Kind::Comma => "`,`",
            Kind::Dot => "`.`",
            Kind::Equals => "`=`",
            Kind::LeftParen => "`(`",
            Kind::RightParen => "`)`",
            Kind::LeftBrace => "`{`",
            Kind::RightBrace => "`}`",
            Kind::Backslash => "`\\`",
            Kind::Arrow => "`->`",
            Kind::Turnstile => "`|-`",
            Kind::Bar => "`|`",
            Kind::Slash => "`/`",
            Kind::Underscore => "`_`",
            Kind::End => "the end of the file",
            _ => "this",
        }
    }
}
