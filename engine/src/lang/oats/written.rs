//! What is plain from a piece of syntax alone.

use crate::base::Name;
use crate::lang::oats::decl::{EnumValue, Syntax};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::lexer::{number, unescaped};
use crate::lang::oats::ty::{Access, Parameter, Type};

/// The words like `public` before a member or parameter.
pub(crate) fn modifiers<'x>(syntax: Syntax<'_>, text: &'x str) -> Vec<&'x str> {
    let mut words = Vec::new();
    let tokens: Vec<_> = syntax.tokens().collect();
    for pair in tokens.windows(2) {
        let word = &text[pair[0].range.span()];
        let known = [
            "public",
            "private",
            "protected",
            "readonly",
            "static",
            "override",
            "async",
            "abstract",
        ];
        let follows = pair[1].kind == Kind::Name
            || pair[1].kind.is_word()
            || matches!(pair[1].kind, Kind::Ellipsis | Kind::String);
        if !known.contains(&word) || !follows {
            break;
        }
        words.push(word);
    }
    if let [only] = &tokens[..]
        && syntax.kind() == Kind::Param
        && syntax.children().any(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern))
    {
        words.push(&text[only.range.span()]);
    }
    words
}

pub(crate) fn access_of(words: &[&str]) -> Access {
    if words.contains(&"private") {
        Access::Private
    } else if words.contains(&"protected") {
        Access::Protected
    } else {
        Access::Public
    }
}

/// The word that says what an accessor does: `get` or `set`.
pub(crate) fn accessor_word<'x>(syntax: Syntax<'_>, text: &'x str) -> &'x str {
    let skipped = modifiers(syntax, text).len();
    names_of(syntax, text).nth(skipped).unwrap_or_default()
}

/// Whether `async` stands before a function.
pub(crate) fn is_async(syntax: Syntax<'_>, text: &str) -> bool {
    let before =
        syntax.tokens().take_while(|it| it.kind != Kind::Function && it.kind != Kind::Arrow);
    let mut words = before.map(|it| &text[it.range.span()]).take(4);
    let count = syntax.tokens().filter(|it| it.kind == Kind::Name).count();
    match syntax.kind() {
        Kind::MethodMember | Kind::AccessorMember | Kind::MethodProperty => {
            1 < count && words.any(|it| it == "async")
        }
        _ => words.any(|it| it == "async"),
    }
}

/// The name of a member, property or enum member: its last word, or a string.
pub(crate) fn member_name(syntax: Syntax<'_>, text: &str) -> Option<Name> {
    let token = syntax.tokens().filter(|it| {
        it.kind == Kind::Name || it.kind.is_word() || matches!(it.kind, Kind::String | Kind::Number)
    });
    let token = token.last()?;
    let written = &text[token.range.span()];
    Some(match token.kind {
        Kind::String => Name::from(unescaped(inside(written))),
        Kind::Number => Name::from(format!("{}", number(written)?)),
        _ => Name::new(written),
    })
}

/// The names and words of which a piece of syntax itself consists.
pub(crate) fn names_of<'x>(syntax: Syntax<'_>, text: &'x str) -> impl Iterator<Item = &'x str> {
    let names = syntax.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word());
    names.map(|it| &text[it.range.span()])
}

/// The name of a parameter; empty where it is a pattern.
pub(crate) fn param_name<'x>(syntax: Syntax<'_>, text: &'x str) -> &'x str {
    if syntax.children().any(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern)) {
        return "";
    }
    syntax
        .tokens()
        .filter(|it| it.kind == Kind::Name)
        .last()
        .map_or("", |it| &text[it.range.span()])
}

pub(crate) fn param_type(param: &Parameter) -> Type {
    param.ty.clone()
}

/// A string without its quotes.
pub(crate) fn inside(written: &str) -> &str {
    let rest = written.get(1..).unwrap_or_default();
    let quote = written.chars().next().unwrap_or('"');
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// The type of one value, as a type or expression that is a literal writes it.
pub(crate) fn literal(syntax: Syntax<'_>, text: &str) -> Option<Type> {
    let mut sign = 1.0;
    for token in syntax.tokens() {
        let written = &text[token.range.span()];
        match token.kind {
            Kind::Minus => sign = -1.0,
            Kind::Number => return Some(Type::NumberLiteral((sign * number(written)?).to_bits())),
            Kind::String => {
                return Some(Type::StringLiteral(Name::from(unescaped(inside(written)))));
            }
            Kind::True => return Some(Type::BooleanLiteral(true)),
            Kind::False => return Some(Type::BooleanLiteral(false)),
            _ => return None,
        }
    }
    None
}

/// The type that a variable with this first value gets, where that is plain from its form.
pub(crate) fn literal_type(value: Syntax<'_>) -> Option<Type> {
    match value.kind() {
        Kind::NumberExpr => Some(Type::Number),
        Kind::StringExpr | Kind::TemplateExpr => Some(Type::String),
        Kind::BoolExpr => Some(Type::Boolean),
        Kind::UnaryExpr if value.token(Kind::Minus).is_some() => {
            value.children().next().and_then(|it| literal_type(it))
        }
        _ => None,
    }
}

/// The value of an enum's member as it is written.
pub(crate) fn constant(
    value: Syntax<'_>,
    text: &str,
    known: &[(Name, EnumValue)],
) -> Option<EnumValue> {
    let number = |value: Syntax<'_>| match constant(value, text, known)? {
        EnumValue::Number(value) => Some(value),
        EnumValue::Text(_) => None,
    };
    match value.kind() {
        Kind::NumberExpr | Kind::StringExpr => match literal(value, text)? {
            Type::NumberLiteral(bits) => Some(EnumValue::Number(f64::from_bits(bits))),
            Type::StringLiteral(text) => Some(EnumValue::Text(text)),
            _ => None,
        },
        Kind::NameExpr => {
            let name = &text[value.range().span()];
            known.iter().find(|it| it.0 == name).map(|it| it.1.clone())
        }
        Kind::ParenExpr => constant(value.children().next()?, text, known),
        Kind::UnaryExpr if value.token(Kind::Minus).is_some() => {
            Some(EnumValue::Number(-number(value.children().next()?)?))
        }
        Kind::BinaryExpr => {
            let mut operands = value.children();
            let (left, right) = (number(operands.next()?)?, number(operands.next()?)?);
            let sign = value.tokens().next()?;
            Some(EnumValue::Number(match sign.kind {
                Kind::Plus => left + right,
                Kind::Minus => left - right,
                Kind::Star => left * right,
                Kind::Or => f64::from(left as i32 | right as i32),
                Kind::ShiftLeft => {
                    f64::from((left as i32).wrapping_shl((right as i32).cast_unsigned()))
                }
                _ => return None,
            }))
        }
        _ => None,
    }
}
