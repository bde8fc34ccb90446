//! Exported items as a person reads them: `(number, number) -> number`.

use crate::ir::{Ty, TypeDef, TypeKind, ValueExport};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::grammar;
use crate::lang::oats::kind::Kind;

/// What an exported value is (`function`, `constant`, `variable`), and its type in the words of Oats.
pub fn value_signature(export: &ValueExport) -> (&'static str, String) {
    let Some(declared) = &export.declared else {
        let kind = if export.arity.is_some() { "function" } else { "constant" };
        return (kind, plain(&export.scheme.ty));
    };
    let (tree, _) = grammar::parse_declared(declared);
    let item = tree.root().children().next();
    let kind = match item.map(Syntax::kind) {
        Some(Kind::FunctionItem) => "function",
        _ if declared.starts_with("let") => "variable",
        _ => "constant",
    };
    let signature = item.and_then(|item| match kind {
        "function" => Some(function(item, declared)),
        _ => annotated(item.child(Kind::Declarator)?, declared),
    });
    (kind, unqualified(&signature.unwrap_or_else(|| declared.to_string())))
}

/// What an exported type is (`class`, `interface`, `enum`, `type`), and its definition in the words of Oats or, of a type of
/// another language, in few.
pub fn type_signature(def: &TypeDef) -> (&'static str, String) {
    match &def.kind {
        TypeKind::Declared(declared) => {
            let kinds = ["class", "interface", "enum", "type"];
            let plain = declared.strip_prefix("abstract ").unwrap_or(declared);
            let kind = kinds.into_iter().find(|kind| plain.starts_with(kind));
            (kind.unwrap_or("type"), unqualified(declared))
        }
        TypeKind::Alias(ty) => ("type", plain(ty)),
        TypeKind::Variant(constructors) => {
            let names = constructors.iter().map(|it| {
                let fields: Vec<String> = it.fields.iter().map(plain).collect();
                if fields.is_empty() {
                    it.name.to_string()
                } else {
                    format!("{}({})", it.name, fields.join(", "))
                }
            });
            ("enum", names.collect::<Vec<_>>().join(" | "))
        }
        TypeKind::Class(fields) => {
            let fields = fields.iter().map(|it| format!("{}: {}", it.name, plain(&it.ty)));
            ("class", format!("{{ {} }}", fields.collect::<Vec<_>>().join("; ")))
        }
    }
}

/// The modules that a declaration in an interface mentions, as they are written there.
pub fn mentioned_modules(declared: &str) -> impl Iterator<Item = (&str, &str)> {
    declared.split(QUALIFIER).skip(1).filter_map(|rest| {
        let (module, rest) = rest.split_once("\").")?;
        let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '$'));
        Some((module, &rest[..end.unwrap_or(rest.len())]))
    })
}

/// What comes before the name of a module in front of one of its types.
const QUALIFIER: &str = "import(\"";

fn unqualified(declared: &str) -> String {
    let mut parts = declared.split(QUALIFIER);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once("\").").map_or(part, |(_, rest)| rest))
}

/// `<T>(T[], number?) -> T`.
fn function(item: Syntax<'_>, text: &str) -> String {
    let written = |it: Syntax<'_>| &text[it.range().span()];
    let variables = item.child(Kind::TypeParams).map(written).unwrap_or_default();
    let params = item.child(Kind::Params);
    let params = params.into_iter().flat_map(|it| it.children().collect::<Vec<_>>());
    let params = params.filter(|it| it.kind() == Kind::Param).map(|param| {
        let dots = param.token(Kind::Ellipsis).map_or("", |_| "...");
        let mark = param.token(Kind::Question).map_or("", |_| "?");
        format!("{dots}{}{mark}", annotated(param, text).unwrap_or_else(|| "unknown".to_owned()))
    });
    let params: Vec<String> = params.collect();
    let result = annotated(item, text).unwrap_or_else(|| "void".to_owned());
    format!("{}({}) -> {}", variables.trim(), params.join(", "), result)
}

fn annotated(syntax: Syntax<'_>, text: &str) -> Option<String> {
    let ty = syntax.child(Kind::Annotation)?.children().next()?;
    Some(text[ty.range().span()].trim().to_owned())
}

/// A type of the common representation in the words of Oats.
fn plain(ty: &Ty) -> String {
    let all = |types: &[Ty]| types.iter().map(plain).collect::<Vec<_>>().join(", ");
    match ty {
        Ty::Unit => "void".to_owned(),
        Ty::Bool => "boolean".to_owned(),
        Ty::Int | Ty::Float => "number".to_owned(),
        Ty::Text => "string".to_owned(),
        Ty::Param(index) => format!("T{index}"),
        Ty::Function(params, result) => format!("({}) -> {}", all(params), plain(result)),
        Ty::Named(item, arguments) if arguments.is_empty() => item.name.to_string(),
        Ty::Named(item, arguments) => format!("{}<{}>", item.name, all(arguments)),
        Ty::Record(fields) => {
            let fields = fields.iter().map(|(name, ty)| format!("{name}: {}", plain(ty)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Ty::Array(element) => format!("{}[]", plain(element)),
        Ty::Dynamic => "any".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{mentioned_modules, value_signature};
    use crate::ir::{Scheme, Ty, ValueExport};

    fn shown(declared: &str) -> String {
        let scheme = Scheme { params: 0, ty: Ty::Unit };
        let (kind, text) =
            value_signature(&ValueExport { scheme, arity: None, declared: Some(declared.into()) });
        format!("{kind} {text}")
    }

    #[test]
    fn signatures_are_written_as_the_document_writes_them() {
        assert_eq!(
            shown("function add(a: number, b: number): number"),
            "function (number, number) -> number"
        );
        assert_eq!(
            shown("function first<T>(all: T[], ...more: T[]): T | undefined"),
            "function <T>(T[], ...T[]) -> T | undefined"
        );
        assert_eq!(
            shown("function log(to: import(\"a/src/lib\").Logger, text?: string): void"),
            "function (Logger, string?) -> void"
        );
        assert_eq!(shown("const LIMIT: number"), "constant number");
        assert_eq!(shown("let count: number"), "variable number");
    }

    #[test]
    fn mentioned_types_are_found() {
        let declared = "class A extends import(\"b/src/lib\").B { c: import(\"d\").C_1<number>; }";
        let found: Vec<_> = mentioned_modules(declared).collect();
        assert_eq!(found, [("b/src/lib", "B"), ("d", "C_1")]);
    }
}
