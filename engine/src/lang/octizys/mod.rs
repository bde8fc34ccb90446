//! Octizys: a small, pure, strict functional language with Hindley–Milner types. `docs/octizys.md` describes it.
//!
//! A module goes through these files in this order: `lexer` → `grammar` → `names` and `types` (its top level) → `lower` (a
//! `draft` of each definition) → `infer` → `exhaustive` → `assemble`, with `entry` for the module that a program runs.

mod assemble;
mod draft;
mod entry;
mod exhaustive;
mod foreign;
mod grammar;
mod infer;
mod kind;
mod lexer;
mod lower;
mod names;
mod prelude;
mod types;

use crate::base::{Finding, ModulePath, Severity, TextRange};
use crate::ir::Interface;
use crate::lang::octizys::draft::{Draft, References};
use crate::lang::octizys::infer::Inference;
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lower::{Definition, Lowering};
use crate::lang::octizys::names::{Names, Syntax, Value, import_path};
use crate::lang::octizys::types::OwnTypes;
use crate::lang::{CheckedModule, Environment, FrontEnd, ImportDecl, ModuleContext, PreludeModule};

/// The package name that no package can have: modules of the language itself are in it.
pub const RESERVED_PACKAGE: &str = "octizys";

/// The front end of Octizys.
#[derive(Clone, Copy, Debug)]
pub struct Octizys;

impl FrontEnd for Octizys {
    fn imports(&self, text: &str, _: &ModulePath) -> Vec<ImportDecl> {
        let tree = grammar::parse_imports(text);
        let imports = tree.root().children().filter(|item| item.kind() == Kind::ImportItem);
        imports
            .filter_map(|import| import_path(text, import))
            .map(|(module, range)| ImportDecl { module, otherwise: None, range })
            .collect()
    }

    fn check(&self, text: &str, context: &ModuleContext, env: &dyn Environment) -> CheckedModule {
        check(text, context, env)
    }

    fn definition_range(&self, text: &str, name: &str) -> Option<TextRange> {
        let (tree, _) = grammar::parse(text);
        let items = tree.root().children();
        let named = items.flat_map(|item| {
            let constructors = item.children().filter(|it| it.kind() == Kind::Constructor);
            std::iter::once(item).chain(constructors)
        });
        let mut names = named
            .filter(|item| item.kind() != Kind::ImportItem)
            .filter_map(|item| item.token(Kind::Name));
        names.find(|token| &text[token.range.span()] == name).map(|token| token.range)
    }

    /// Its manifest says so already.
    fn begins_program(&self, _: &str) -> bool {
        true
    }

    fn prelude(&self) -> &'static [PreludeModule] {
        std::slice::from_ref(&prelude::MODULE)
    }
}

fn check(text: &str, context: &ModuleContext, env: &dyn Environment) -> CheckedModule {
    let (tree, syntax_findings) = grammar::parse(text);
    let root = tree.root();
    let scope = Judged::new(root, &syntax_findings);
    let mut names = Names::new(text, context.path.clone(), root, env);
    let mut own_types = OwnTypes::collect(root, &mut names);
    let type_defs = own_types.define(&mut names);
    let definitions = definitions(root, &mut names);
    let mut references = References::new();
    let mut lowering = Lowering::new(&mut names, &mut own_types, &mut references, &definitions);
    let (drafts, written): (Vec<Draft<'_>>, Vec<_>) =
        definitions.iter().map(|it| lowering.definition(it.syntax, scope.of(it))).unzip();
    let mut inference = Inference::run(&definitions, drafts, &written, &references);
    let inferred = std::mem::take(&mut inference.findings);
    names.findings.extend(inferred);
    let has_public = definitions.iter().any(|it| it.public) || own_types.iter().any(|it| it.public);
    if context.is_main && syntax_findings.is_empty() {
        let finding = entry::main_mistake(&definitions, &inference);
        names.findings.extend(finding);
    }
    for draft in inference.drafts() {
        names.findings.extend(exhaustive::findings(draft, &references));
    }
    let complete = syntax_findings.is_empty();
    if complete {
        report_unused(&definitions, inference.drafts(), has_public, &mut names);
    }
    let drafts = inference.take_drafts();
    let assembled = assemble::Assembler::new(&inference, &references, &names, has_public).assemble(
        drafts,
        &type_defs,
        context.is_main,
    );
    if complete {
        names.report_unused_imports();
    }
    names.findings.extend(assembled.findings);
    if scope.syntax_only {
        names.findings.clear();
    }
    let mut findings = syntax_findings;
    findings.append(&mut names.findings);
    findings.sort_by(|left, right| (left.range, &left.code).cmp(&(right.range, &right.code)));
    let sound = findings.iter().all(|it| it.severity != Severity::Error);
    CheckedModule {
        interface: Interface { complete, ..assembled.interface },
        meaning: assembled.meaning.filter(|_| sound && names.imports_complete && !names.unread),
        findings,
    }
}

/// What of a module with syntax errors is judged for more than its syntax: where the parser had to guess, everything else that
/// could be said is a guess as well.
struct Judged<'s> {
    findings: &'s [Finding],
    /// Whether more is broken than definitions, so that nobody knows what their names mean.
    syntax_only: bool,
}

/// How much of a definition was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intact {
    /// All of it.
    Whole,
    /// All in front of its `=`.
    Signature,
    /// Its name.
    Name,
}

impl<'s> Judged<'s> {
    fn new(root: Syntax<'_>, findings: &'s [Finding]) -> Judged<'s> {
        let mut judged = Judged { findings, syntax_only: false };
        let definitions = root.children().filter(|item| item.kind() == Kind::Definition);
        let inside: usize = definitions.map(|item| judged.inside(item.range()).len()).sum();
        judged.syntax_only = inside != findings.len();
        judged
    }

    /// The syntax errors in `range`.
    fn inside(&self, range: TextRange) -> &'s [Finding] {
        let first = self.findings.partition_point(|it| it.range.start < range.start);
        let end = self.findings.partition_point(|it| it.range.start <= range.end);
        &self.findings[first..end.max(first)]
    }

    fn of(&self, definition: &Definition<'_>) -> Intact {
        let Some(first) = self.inside(definition.syntax.range()).first() else {
            return Intact::Whole;
        };
        match definition.syntax.token(Kind::Equals) {
            Some(equals) if equals.range.end <= first.range.start => Intact::Signature,
            _ => Intact::Name,
        }
    }
}

fn definitions<'t>(root: Syntax<'t>, names: &mut Names<'t, '_>) -> Vec<Definition<'t>> {
    let syntax = root.children().filter(|item| item.kind() == Kind::Definition);
    let definitions: Vec<Definition<'t>> =
        syntax.filter_map(|syntax| Definition::new(syntax, names.text)).collect();
    for (index, definition) in definitions.iter().enumerate() {
        names.define_value(definition.name, definition.range, Value::Own(index));
    }
    definitions
}

/// Reports private definitions that no exported one needs. `main` is needed by whoever runs it.
fn report_unused(
    definitions: &[Definition<'_>],
    drafts: &[Draft<'_>],
    has_public: bool,
    names: &mut Names<'_, '_>,
) {
    let is_root = |it: &Definition<'_>| !has_public || it.public || it.name == "main";
    let mut queue: Vec<usize> =
        (0..definitions.len()).filter(|index| is_root(&definitions[*index])).collect();
    let mut needed = vec![false; definitions.len()];
    while let Some(index) = queue.pop() {
        if !std::mem::replace(&mut needed[index], true) {
            queue.extend(&drafts[index].mentions);
        }
    }
    for (definition, _) in definitions.iter().zip(needed).filter(|(_, needed)| !needed) {
        let message = format!("the private `{}` is not used", definition.name);
        names.findings.push(Finding::warning("unused-definition", definition.range, message));
    }
}
