//! A module as a text that people and tests read. It says all that the module means, and nothing of how it is stored.

mod expr;
mod ty;

use std::fmt;

use crate::ir::text::expr::Writer;
use crate::ir::text::ty::{params, ty};
use crate::ir::{Item, ItemKind, Module, Positions, TypeDef, TypeKind};

/// The text form of a module.
pub fn text(module: &Module) -> String {
    render(module, None)
}

/// The text form of a module in which `@` and the line in the source stand after the names of items and after everything
/// that can stop the program.
pub fn text_with_lines(module: &Module, positions: &Positions) -> String {
    render(module, Some(positions))
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text(self))
    }
}

fn render(module: &Module, positions: Option<&Positions>) -> String {
    let mut lines = vec![format!("module {}", module.path)];
    for def in &module.type_defs {
        lines.push(String::new());
        lines.extend(type_def(module, def));
    }
    for (n, item) in module.items.iter().enumerate() {
        lines.push(String::new());
        lines.push(format!("{} =", head(module, n, item, positions)));
        let body = Writer::new(module, n, positions).body();
        lines.extend(body.into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n") + "\n"
}

fn public(public: bool) -> &'static str {
    if public { "public " } else { "" }
}

fn head(module: &Module, n: usize, item: &Item, positions: Option<&Positions>) -> String {
    let writer = Writer::new(module, n, positions);
    let entry = if module.entry == Some(n as u32) { "entry " } else { "" };
    let line = positions.map(|it| format!(" @{}", line_of(it, n))).unwrap_or_default();
    let result = module.ty(item.body.ty(item.body.root));
    let types = params(item.type_params);
    let (kind, arguments) = match item.kind {
        ItemKind::Constant => ("let", String::new()),
        ItemKind::Function => ("fn", format!("({})", writer.typed(&item.params).join(", "))),
    };
    let result = ty(module, result);
    format!("{}{entry}{kind} {}{types}{arguments}: {result}{line}", public(item.public), item.name)
}

/// The line of an item's name.
fn line_of(positions: &Positions, item: usize) -> usize {
    let start = positions.items[item].name.start;
    positions.line_starts.partition_point(|line| *line <= start)
}

fn type_def(module: &Module, def: &TypeDef) -> Vec<String> {
    let kind = match def.kind {
        TypeKind::Alias(_) => "alias",
        TypeKind::Variant(_) => "variant",
        TypeKind::Class(_) => "class",
        TypeKind::Declared(_) => "declared",
    };
    let mut lines =
        vec![format!("{}{kind} {}{}", public(def.public), def.name, params(def.params))];
    match &def.kind {
        TypeKind::Alias(aliased) => lines.push(format!("  {}", ty(module, aliased))),
        TypeKind::Declared(text) => lines.push(format!("  {text}")),
        TypeKind::Variant(constructors) => lines.extend(constructors.iter().map(|it| {
            let fields: Vec<String> = it.fields.iter().map(|field| ty(module, field)).collect();
            format!("  {}({})", it.name, fields.join(", "))
        })),
        TypeKind::Class(fields) => lines.extend(fields.iter().map(|it| {
            let mutable = if it.mutable { "mutable " } else { "" };
            format!("  {mutable}{}: {}", it.name, ty(module, &it.ty))
        })),
    }
    lines
}
