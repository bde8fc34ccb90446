//! Oats: a language with the syntax and the meaning of TypeScript. `docs/oats.md` describes it.
//!
//! A module goes through these files in this order: `lexer` → `grammar` → `decl` (named types, written types) → `check`, which
//! finds the types of expressions (`ty`, `relation`) and lowers them (`builder`) in one pass.

mod builder;
mod check;
mod decl;
mod grammar;
mod kind;
mod lexer;
mod members;
mod prelude;
mod relation;
mod signature;
mod ty;
mod written;

pub use crate::lang::oats::signature::{mentioned_modules, type_signature, value_signature};

use crate::base::{ModulePath, TextRange};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::written::inside;
use crate::lang::{CheckedModule, Environment, FrontEnd, ImportDecl, ModuleContext, PreludeModule};

/// The package name that no package can have: modules of the language itself are in it.
pub const RESERVED_PACKAGE: &str = "oats";

/// The front end of Oats.
#[derive(Clone, Copy, Debug)]
pub struct Oats;

impl FrontEnd for Oats {
    fn imports(&self, text: &str, importer: &ModulePath) -> Vec<ImportDecl> {
        let tree = grammar::parse_imports(text);
        let items = tree.root().children().filter(|it| it.kind() == Kind::ImportItem);
        items.filter_map(|item| import_of(text, item, importer)).collect()
    }

    fn begins_program(&self, text: &str) -> bool {
        let (tree, _) = grammar::parse(text);
        check::exported_main(tree.root(), text).is_some()
    }

    fn check(&self, text: &str, context: &ModuleContext, env: &dyn Environment) -> CheckedModule {
        check::check(text, context, env, false)
    }

    fn definition_range(&self, text: &str, name: &str) -> Option<TextRange> {
        let (tree, _) = grammar::parse(text);
        let items = tree.root().children().filter(|it| it.kind() != Kind::ImportItem);
        let holders = items.flat_map(|item| {
            let variables = item.children().filter(|it| it.kind() == Kind::Declarator);
            std::iter::once(item).chain(variables)
        });
        let mut names = holders.flat_map(|it| it.tokens().filter(|it| it.kind == Kind::Name));
        names.find(|token| &text[token.range.span()] == name).map(|token| token.range)
    }

    fn prelude(&self) -> &'static [PreludeModule] {
        std::slice::from_ref(prelude::module())
    }
}

/// What an import names: a module beside the importer, or a package.
fn import_of(text: &str, item: Syntax<'_>, importer: &ModulePath) -> Option<ImportDecl> {
    let token = item.token(Kind::String)?;
    let written = inside(&text[token.range.span()]);
    let start = token.range.start + 1;
    let range = TextRange { start, end: start + written.len() as u32 };
    if !written.starts_with('.') {
        let module = ModulePath::new(written);
        return Some(ImportDecl { module, otherwise: None, range });
    }
    let mut components: Vec<&str> = importer.components().collect();
    components.pop();
    let written = written.strip_suffix(".oats").unwrap_or(written);
    for component in written.split('/') {
        match component {
            "." | "" => (),
            // Above the package there is nothing.
            ".." if components.len() <= 1 => components.push(".."),
            ".." => {
                components.pop();
            }
            name => components.push(name),
        }
    }
    let path = components.join("/");
    let otherwise = Some(ModulePath::new(format!("{path}/index")));
    Some(ImportDecl { module: ModulePath::new(path), otherwise, range })
}
