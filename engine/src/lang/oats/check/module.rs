//! A module: its imports, its declarations, what it exports, where its program starts.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::base::{Finding, Name, Severity, TextRange};
use crate::ir::{ENTRY, Interface, ItemKind, Module, Positions, TypeDef, ValueExport};
use crate::lang::oats::builder::Builder;
use crate::lang::oats::check::interface::function_export;
use crate::lang::oats::check::stmt::change_of;
use crate::lang::oats::check::{
    Binding, Change, Checker, Flow, Meaning, assigned_names, representations,
};
use crate::lang::oats::decl::{Syntax, TypeName, Types};
use crate::lang::oats::grammar;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Type, write_signature};
use crate::lang::oats::written::is_async;
use crate::lang::{CheckedModule, Environment, ModuleContext};

/// A declared value that is exported, as other modules see it.
pub(super) type Exports = BTreeMap<Name, ValueExport>;

/// What `text` means.
pub(crate) fn check(
    text: &str,
    context: &ModuleContext,
    env: &dyn Environment,
    is_prelude: bool,
) -> CheckedModule {
    let (tree, syntax_findings) = grammar::parse(text);
    let root = tree.root();
    let mut checker = Checker::new(root, text, context, env, is_prelude);
    let imports = checker.imports(root);
    if imports.in_the_dark {
        return in_the_dark(&mut checker, syntax_findings);
    }
    checker.items_of(root);
    if context.is_main {
        checker.entry(root);
    }
    checker.unused_imports(&imports);
    let (type_defs, visible) = checker.type_defs(root);
    let complete = syntax_findings.is_empty();
    let findings = checker.all_findings(syntax_findings);
    let sound = findings.iter().all(|it| it.severity != Severity::Error) && imports.complete;
    let shown = |it: &&TypeDef| visible.contains(&checker.types.own_item(&it.name));
    let shown: Vec<TypeDef> = type_defs.iter().filter(shown).cloned().collect();
    let (types, refs) = checker.b.tables();
    let entry = checker.items.iter().position(|it| it.name == ENTRY).map(|it| it as u32);
    let interface = Interface {
        module: context.path.clone(),
        complete,
        values: checker
            .exports
            .into_iter()
            .map(|(name, export)| (name, Arc::new(export)))
            .collect(),
        types: shown.into_iter().map(|it| (it.name.clone(), Arc::new(it))).collect(),
    };
    let module =
        Module { path: context.path.clone(), types, refs, type_defs, items: checker.items, entry };
    let line_ends = text.bytes().enumerate().filter(|it| it.1 == b'\n');
    let line_starts = std::iter::once(0).chain(line_ends.map(|it| it.0 as u32 + 1)).collect();
    let positions = Positions { line_starts, items: checker.positions };
    CheckedModule { interface, meaning: sound.then_some((module, positions)), findings }
}

/// A module that imports what nobody knows: what it means, what is wrong in it and what it exports would be guesses.
fn in_the_dark(checker: &mut Checker<'_, '_>, syntax_findings: Vec<Finding>) -> CheckedModule {
    let (module, values, types) = (checker.types.path.clone(), BTreeMap::new(), BTreeMap::new());
    let interface = Interface { module, complete: false, values, types };
    CheckedModule { interface, meaning: None, findings: checker.all_findings(syntax_findings) }
}

impl<'t, 'e> Checker<'t, 'e> {
    fn new(
        root: Syntax<'t>,
        text: &'t str,
        context: &ModuleContext,
        env: &'e dyn Environment,
        is_prelude: bool,
    ) -> Checker<'t, 'e> {
        Checker {
            types: Types::new(text, context.path.clone(), env),
            b: Builder::new(),
            text,
            is_prelude,
            scopes: vec![FxHashMap::default()],
            flow: Flow::default(),
            frames: Vec::new(),
            this: vec![None],
            steps: Vec::new(),
            assigned: assigned_names(root, text),
            items: Vec::new(),
            positions: Vec::new(),
            findings: Vec::new(),
            next_id: 0,
            undeclared: FxHashMap::default(),
            ahead: FxHashMap::default(),
            in_constant: None,
            detours: 0,
            prelude_functions: FxHashMap::default(),
            exports: Exports::new(),
            exported: Vec::new(),
            class: None,
            exported_classes: Vec::new(),
            probing: false,
        }
    }
}

/// An arrow function with a written result that is a constant of the module: the function, its name, whether it is exported.
type Arrow<'t> = (Syntax<'t>, TextRange, bool);

impl<'t> Checker<'t, '_> {
    /// What was found, in source order, each once.
    fn all_findings(&mut self, syntax_findings: Vec<Finding>) -> Vec<Finding> {
        let mut findings = syntax_findings;
        findings.append(&mut self.findings);
        findings.append(&mut self.types.findings);
        findings.sort_by(|left, right| (left.range, &left.code).cmp(&(right.range, &right.code)));
        findings.dedup();
        findings
    }

    /// Everything is declared before anything is looked at: types, functions, variables.
    fn items_of(&mut self, root: Syntax<'t>) {
        let mut seen: FxHashMap<&'t str, TextRange> = FxHashMap::default();
        let items: Vec<Syntax<'t>> =
            root.children().filter(|it| it.kind() != Kind::ImportItem).collect();
        self.declare_named(&items, &mut seen);
        for item in items.iter().filter(|it| it.kind() == Kind::FunctionItem) {
            self.declare_function(*item, declared_name(*item, self.text));
        }
        let arrows = self.declare_variables(&items, &mut seen);
        for item in &items {
            self.top_statement(*item);
        }
        for item in items {
            self.item(item);
        }
        for (arrow, name, public) in arrows {
            self.function_item(arrow, name, public);
        }
    }

    fn declare_named(&mut self, items: &[Syntax<'t>], seen: &mut FxHashMap<&'t str, TextRange>) {
        for item in items {
            let Some(range) = declared_name(*item, self.text) else { continue };
            let name = self.slice(range);
            self.declared_once(name, range, seen);
            self.declare_type(*item, name, range);
            if item.kind() == Kind::ClassItem && is_exported(*item) {
                let class = self.own_ref(name);
                self.exported_classes.push(class);
            }
        }
    }

    /// Declares the variables of a module; those that are functions as such.
    fn declare_variables(
        &mut self,
        items: &[Syntax<'t>],
        seen: &mut FxHashMap<&'t str, TextRange>,
    ) -> Vec<Arrow<'t>> {
        let mut arrows = Vec::new();
        for item in items.iter().filter(|it| it.kind() == Kind::VarItem) {
            for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
                let name = declarator.token(Kind::Name).map(|it| it.range);
                if let Some(name) = name {
                    self.declared_once(self.slice(name), name, seen);
                }
                let value = declarator.child(Kind::Initializer).and_then(|it| it.children().next());
                let arrow = value.filter(|it| {
                    it.kind() == Kind::ArrowExpr
                        && it.child(Kind::Annotation).is_some()
                        && declarator.child(Kind::Annotation).is_none()
                        && change_of(*item, self.text) != Change::Free
                });
                if let (Some(arrow), Some(name)) = (arrow, name) {
                    self.declare_function(arrow, Some(name));
                    arrows.push((arrow, name, is_exported(*item)));
                } else {
                    self.expect_module_variable(*item, declarator);
                }
            }
        }
        arrows
    }

    /// Looks at variables; that there is nothing but declarations.
    fn top_statement(&mut self, item: Syntax<'t>) {
        match item.kind() {
            Kind::VarItem => {
                for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
                    self.module_variable(item, declarator);
                }
            }
            Kind::FunctionItem
            | Kind::ClassItem
            | Kind::InterfaceItem
            | Kind::AliasItem
            | Kind::EnumItem
            | Kind::DeclareItem
            | Kind::Unsupported
            | Kind::Error
            | Kind::EmptyStmt => (),
            _ => {
                let message = "only declarations stand at the top of a module";
                let finding = Finding::error("statement-outside", item.range(), message);
                self.report(finding.help("put it into `main`"));
            }
        }
    }

    /// Looks at a function, a class or an enum.
    fn item(&mut self, item: Syntax<'t>) {
        let Some(range) = declared_name(item, self.text) else { return };
        let (name, public) = (self.slice(range), is_exported(item));
        match item.kind() {
            Kind::FunctionItem => self.function_item(item, range, public),
            Kind::ClassItem => self.class(item, name, range, public),
            Kind::EnumItem => self.enum_constant(name, range, public),
            Kind::DeclareItem => self.declared_function(range),
            _ => (),
        }
    }

    fn declared_once(
        &mut self,
        name: &'t str,
        range: TextRange,
        seen: &mut FxHashMap<&'t str, TextRange>,
    ) {
        if let Some(before) = seen.insert(name, range) {
            let message = format!("`{name}` is declared twice");
            let finding = Finding::error("duplicate-declaration", range, message);
            self.report(finding.also(before, "it is declared here before"));
        }
    }

    /// `declare function`: only what is built in exists.
    fn declared_function(&mut self, range: TextRange) {
        let name = self.slice(range);
        let known = [
            "print_f64",
            "print_str",
            "print_f64_no_nl",
            "print_str_no_nl",
            "print_newline",
            "print_i32",
            "sleep_ms",
            "println",
        ];
        if !known.contains(&name) {
            self.unsupported(range, &format!("the outer function `{name}` is"));
        }
    }

    fn declare_type(&mut self, item: Syntax<'t>, name: &'t str, range: TextRange) {
        if !matches!(
            item.kind(),
            Kind::ClassItem | Kind::InterfaceItem | Kind::AliasItem | Kind::EnumItem
        ) {
            return;
        }
        self.types.own.insert(Name::new(name), item);
        self.types.names.insert(Name::new(name), TypeName::Own);
        let reference = self.own_ref(name);
        let (meaning, ty) = match item.kind() {
            Kind::ClassItem => (Meaning::Class(reference.clone()), Type::Class(reference)),
            Kind::EnumItem => (Meaning::Enum(reference.clone()), Type::Enum(reference)),
            _ => return,
        };
        let id = self.fresh_id();
        self.declare(name, Binding { id, meaning, ty, range, change: Change::Forbidden });
    }

    fn declare_function(&mut self, syntax: Syntax<'t>, name: Option<TextRange>) {
        let Some(range) = name else { return };
        let name = self.slice(range);
        let signature = self.types.signature(syntax, self.here());
        self.require_types(syntax);
        if syntax.kind() == Kind::FunctionItem {
            self.require_result(syntax, name);
        }
        let reprs = Rc::new(representations(&signature, is_async(syntax, self.text)));
        let meaning = Meaning::Function(self.types.own_item(name), reprs);
        let id = self.fresh_id();
        let ty = Type::Function(Rc::new(signature));
        self.declare(name, Binding { id, meaning, ty, range, change: Change::Forbidden });
    }

    fn function_item(&mut self, syntax: Syntax<'t>, range: TextRange, public: bool) {
        let name = self.slice(range);
        let Some(binding) = self.lookup(name) else { return };
        let (Meaning::Function(_, reprs), Type::Function(signature)) =
            (&binding.meaning, &binding.ty)
        else {
            return;
        };
        let (params, root) = self.function_body(syntax, signature, reprs, None, |_| ());
        self.add_item(name, range, public, ItemKind::Function, params, root);
        if public {
            let mut declared = format!("function {name}");
            write_signature(&mut declared, signature, ": ", true)
                .expect("a string takes all that is written");
            let export = function_export(reprs, Some(Name::from(declared)));
            self.exports.insert(Name::new(name), export);
            self.exported.push(binding.ty.clone());
        }
    }
}

/// The function with which a program begins.
pub(in crate::lang::oats) fn exported_main<'t>(root: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    root.children().find(|it| {
        it.kind() == Kind::FunctionItem
            && is_exported(*it)
            && declared_name(*it, text).is_some_and(|it| &text[it.span()] == "main")
    })
}

pub(super) fn is_exported(item: Syntax<'_>) -> bool {
    item.token(Kind::Export).is_some()
}

/// Where the name of a function, class, enum, interface or alias stands.
pub(super) fn declared_name(item: Syntax<'_>, text: &str) -> Option<TextRange> {
    if matches!(item.kind(), Kind::VarItem | Kind::Unsupported | Kind::Error | Kind::ExprStmt)
        || item.kind().is_expr()
    {
        return None;
    }
    let soft = ["async", "interface", "type", "declare", "abstract"];
    let mut names = item.tokens().filter(|it| it.kind == Kind::Name);
    let mut last = None;
    for token in names.by_ref() {
        last = Some(token.range);
        if !soft.contains(&&text[token.range.span()]) {
            break;
        }
    }
    last
}
