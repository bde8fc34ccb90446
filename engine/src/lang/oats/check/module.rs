//! A module: its imports, its declarations, what it exports, where its program starts.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Finding, ModulePath, Name, Severity, TextRange, nearest};
use crate::ir::{
    ENTRY, Expr, ExprId, Interface, ItemKind, ItemRef, Literal, Module, Positions, Prim, Scheme,
    Ty, TypeDef, TypeKind, ValueExport,
};
use crate::lang::oats::builder::{Builder, Repr, Step};
use crate::lang::oats::check::stmt::change_of;
use crate::lang::oats::check::{
    Binding, Change, Checker, Flow, Frame, Meaning, assigned_names, representations,
};
use crate::lang::oats::decl::{
    DeclarationKind, EnumValue, Syntax, TypeName, Types, Written, is_async,
};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Parameter, Shown, Signature, Type, write_signature, write_variables};
use crate::lang::oats::{grammar, import_of};
use crate::lang::{CheckedModule, Environment, ExportedValue, ModuleContext};

/// A declared value that is exported, as other modules see it.
type Exports = BTreeMap<Name, ValueExport>;

/// What `text` means.
pub(crate) fn check(
    text: &str,
    context: &ModuleContext,
    env: &dyn Environment,
    is_prelude: bool,
) -> CheckedModule {
    let (tree, syntax_findings) = grammar::parse(text);
    let root = tree.root();
    let mut checker = Checker {
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
        hoisted: Vec::new(),
        probing: false,
    };
    let imports = checker.imports(root);
    let mut exports = Exports::new();
    checker.items_of(root, &mut exports);
    if context.is_main {
        checker.entry(root);
    }
    checker.unused_imports(&imports);
    let type_defs = checker.type_defs(root, &mut exports);
    let complete = syntax_findings.is_empty();
    let mut findings = syntax_findings;
    findings.append(&mut checker.findings);
    findings.append(&mut checker.types.findings);
    findings.sort_by(|left, right| (left.range, &left.code).cmp(&(right.range, &right.code)));
    findings.dedup();
    let sound = findings.iter().all(|it| it.severity != Severity::Error) && imports.complete;
    let (types, refs) = checker.b.tables();
    let entry = checker.items.iter().position(|it| it.name == ENTRY).map(|it| it as u32);
    let interface = Interface {
        module: context.path.clone(),
        complete,
        values: exports.into_iter().map(|(name, export)| (name, Arc::new(export))).collect(),
        types: type_defs.iter().map(|it| (it.name.clone(), Arc::new(it.clone()))).collect(),
    };
    let module =
        Module { path: context.path.clone(), types, refs, type_defs, items: checker.items, entry };
    let line_starts = std::iter::once(0)
        .chain(text.bytes().enumerate().filter(|it| it.1 == b'\n').map(|it| it.0 as u32 + 1))
        .collect();
    let positions = Positions { line_starts, items: checker.positions };
    CheckedModule { interface, meaning: sound.then_some((module, positions)), findings }
}

/// The imported names, with where they stand, and whether all could be found.
struct Imported {
    names: Vec<(Name, TextRange)>,
    complete: bool,
}

impl<'t> Checker<'t, '_> {
    fn imports(&mut self, root: Syntax<'t>) -> Imported {
        let mut imported = Imported { names: Vec::new(), complete: true };
        for item in root.children().filter(|it| it.kind() == Kind::ImportItem) {
            let decl = import_of(self.text, item, &self.types.path);
            let module = decl.and_then(|it| self.types.env.resolve(&it));
            for part in item.children().filter(|it| it.kind() == Kind::ImportName) {
                let words: Vec<_> =
                    part.tokens().filter(|it| it.kind == Kind::Name || it.kind.is_word()).collect();
                let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
                let (name, local) = (self.slice(first.range), self.slice(last.range));
                imported.names.push((Name::new(local), last.range));
                let known = match &module {
                    Some(module) => self.import_name(module, name, local, first.range),
                    None => false,
                };
                if !known {
                    imported.complete = false;
                    let id = self.fresh_id();
                    let (meaning, ty, change) =
                        (Meaning::Nothing, Type::Unknown, Change::Forbidden);
                    let range = TextRange::default();
                    self.declare(local, Binding { id, meaning, ty, range, change });
                    self.types.names.insert(Name::new(local), TypeName::Nothing);
                }
            }
        }
        imported
    }

    fn import_name(
        &mut self,
        module: &ModulePath,
        name: &str,
        local: &str,
        range: TextRange,
    ) -> bool {
        let env = self.types.env;
        let item = ItemRef { module: module.clone(), name: Name::new(name) };
        let id = self.fresh_id();
        if let Some(def) = env.exported_type(module, name) {
            if !matches!(def.kind, TypeKind::Declared(_)) {
                let message = format!("the type `{name}` of `{module}` has no counterpart in Oats");
                self.error("foreign-type", range, message);
                return false;
            }
            self.types.names.insert(Name::new(local), TypeName::Imported(item.clone()));
            let item = Rc::new(item);
            let (meaning, ty) = match self.types.declaration(&item).map(|it| it.kind.clone()) {
                Some(DeclarationKind::Class) => (Meaning::Class(item.clone()), Type::Class(item)),
                Some(DeclarationKind::Enum(_)) => (Meaning::Enum(item.clone()), Type::Enum(item)),
                _ => return true,
            };
            let (range, change) = (TextRange::default(), Change::Forbidden);
            self.declare(local, Binding { id, meaning, ty, range, change });
            return true;
        }
        let Some(ExportedValue::Value(export)) = env.value(module, name) else {
            return self.not_exported(module, name, range);
        };
        let Some((meaning, ty)) = self.foreign_value(item, &export) else {
            let message = format!("the type of `{name}` of `{module}` has no counterpart in Oats");
            self.error("foreign-type", range, message);
            return false;
        };
        let (range, change) = (TextRange::default(), Change::Forbidden);
        self.declare(local, Binding { id, meaning, ty, range, change });
        true
    }

    fn not_exported(&mut self, module: &ModulePath, name: &str, range: TextRange) -> bool {
        let Some(interface) = self.types.env.interface(module) else { return false };
        let message = format!("`{module}` exports no `{name}`");
        let finding = Finding::error("unknown-export", range, message);
        let types = interface.types.values().filter(|it| it.public).map(|it| it.name.as_str());
        let values = interface.values.keys().map(Name::as_str).filter(|it| !it.starts_with('$'));
        let names: Vec<&str> = values.chain(types).collect();
        let finding = match nearest(name, names) {
            Some(similar) => finding.fix(format!("write `{similar}`"), range, similar),
            None => finding,
        };
        if interface.complete {
            self.report(finding);
        }
        false
    }

    /// What an exported function or constant of another module is here.
    fn foreign_value(&mut self, item: ItemRef, export: &ValueExport) -> Option<(Meaning, Type)> {
        if let Some(declared) = &export.declared {
            if declared.starts_with("function") {
                let signature = self.foreign_signature(declared)?;
                let reprs =
                    representations(&signature, matches!(signature.result, Type::Promise(_)));
                let meaning = Meaning::Function(item, Rc::new(reprs));
                return Some((meaning, Type::Function(Rc::new(signature))));
            }
            let (tree, _) = grammar::parse_declared(declared);
            let syntax = tree.root().children().next()?;
            let written =
                syntax.child(Kind::Declarator)?.child(Kind::Annotation)?.children().next()?;
            let ty = self.types.ty(written, Written { text: declared, foreign: true });
            let meaning = if declared.starts_with("let") {
                Meaning::Variable(item)
            } else {
                Meaning::Constant(item, Repr::of_variable(&ty))
            };
            return Some((meaning, ty));
        }
        let of = |ty: &Ty| {
            Some(match ty {
                Ty::Unit => (Repr::Unit, Type::Void),
                Ty::Bool => (Repr::Bool, Type::Boolean),
                Ty::Int => (Repr::Int, Type::Number),
                Ty::Float => (Repr::Float, Type::Number),
                Ty::Text => (Repr::Text, Type::String),
                _ => return None,
            })
        };
        match (&export.scheme.ty, export.arity) {
            (ty, None) => {
                let (repr, ty) = of(ty)?;
                Some((Meaning::Constant(item, repr), ty))
            }
            (Ty::Function(params, result), Some(arity)) if params.len() == arity as usize => {
                let params = params.iter().map(of).collect::<Option<Vec<_>>>()?;
                let (repr, result) = of(result)?;
                let (reprs, types): (Vec<Repr>, Vec<Type>) = params.into_iter().unzip();
                let parameter = |(n, ty)| Parameter {
                    name: Name::from(format!("p{n}")),
                    ty,
                    optional: false,
                    rest: false,
                };
                let params = types.into_iter().enumerate().map(parameter).collect();
                let signature = Signature { variables: Vec::new(), params, result };
                let meaning = Meaning::Function(item, Rc::new((reprs, repr)));
                Some((meaning, Type::Function(Rc::new(signature))))
            }
            _ => None,
        }
    }

    /// The signature of a function of another module, as its interface writes it.
    pub(super) fn foreign_signature(&mut self, declared: &str) -> Option<Signature> {
        let (tree, _) = grammar::parse_declared(declared);
        let syntax = tree.root().children().next()?;
        let outer = std::mem::take(&mut self.types.variables);
        let signature = self.types.signature(syntax, Written { text: declared, foreign: true });
        self.types.variables = outer;
        Some(signature)
    }

    fn unused_imports(&mut self, imported: &Imported) {
        for (name, range) in &imported.names {
            if !self.types.used.contains(name) && imported.complete {
                let message = format!("`{name}` is imported, but not used");
                self.report(Finding::warning("unused-import", *range, message));
            }
        }
    }

    fn items_of(&mut self, root: Syntax<'t>, exports: &mut Exports) {
        let mut seen: FxHashMap<&str, TextRange> = FxHashMap::default();
        let items: Vec<Syntax<'t>> =
            root.children().filter(|it| it.kind() != Kind::ImportItem).collect();
        for item in &items {
            if let Some(range) = declared_name(*item, self.text) {
                let name = self.slice(range);
                if let Some(before) = seen.insert(name, range) {
                    let message = format!("`{name}` is declared twice");
                    let finding = Finding::error("duplicate-declaration", range, message);
                    self.report(finding.also(before, "it is declared here before"));
                }
                self.declare_type(*item, name, range);
            }
        }
        let functions: Vec<Syntax<'t>> =
            items.iter().copied().filter(|it| it.kind() == Kind::FunctionItem).collect();
        for item in &functions {
            self.declare_function(*item, declared_name(*item, self.text));
        }
        let mut arrows = Vec::new();
        for item in items.iter().filter(|it| it.kind() == Kind::VarItem) {
            for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
                let value = declarator.child(Kind::Initializer).and_then(|it| it.children().next());
                let arrow = value.filter(|it| {
                    it.kind() == Kind::ArrowExpr
                        && it.child(Kind::Annotation).is_some()
                        && declarator.child(Kind::Annotation).is_none()
                        && change_of(*item, self.text) != Change::Free
                });
                if let (Some(arrow), Some(token)) = (arrow, declarator.token(Kind::Name)) {
                    self.declare_function(arrow, Some(token.range));
                    arrows.push((arrow, token.range, is_exported(*item)));
                }
            }
        }
        let is_arrow: FxHashSet<TextRange> = arrows.iter().map(|it| it.1).collect();
        for item in &items {
            match item.kind() {
                Kind::VarItem => self.module_variables(*item, &is_arrow, exports),
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
        for item in items {
            let name = declared_name(item, self.text);
            match (item.kind(), name) {
                (Kind::FunctionItem, Some(name)) => {
                    self.function_item(item, name, is_exported(item), exports);
                }
                (Kind::ClassItem, Some(range)) => {
                    let name = self.slice(range);
                    self.class(item, name, range, is_exported(item));
                }
                (Kind::DeclareItem, Some(range)) => self.declared_function(range),
                _ => (),
            }
        }
        for (arrow, name, public) in arrows {
            self.function_item(arrow, name, public, exports);
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

    fn function_item(
        &mut self,
        syntax: Syntax<'t>,
        range: TextRange,
        public: bool,
        exports: &mut Exports,
    ) {
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
            exports.insert(Name::new(name), function_export(reprs, Some(Name::from(declared))));
        }
    }

    fn module_variables(
        &mut self,
        item: Syntax<'t>,
        arrows: &FxHashSet<TextRange>,
        exports: &mut Exports,
    ) {
        let public = is_exported(item);
        let change = change_of(item, self.text);
        for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
            let Some(token) = declarator.token(Kind::Name) else {
                self.unsupported(declarator.range(), "a pattern at the top of a module is");
                continue;
            };
            let (name, range) = (self.slice(token.range), token.range);
            if arrows.contains(&range) {
                continue;
            }
            let variable = change == Change::Free
                || (change == Change::Discouraged && self.assigned.contains(name));
            let written = self.annotation(declarator);
            let initial = declarator.child(Kind::Initializer).and_then(|it| it.children().next());
            if initial.is_none() && !variable {
                self.error("missing-value", range, "a constant needs a value");
            }
            let (root, mut ty) = self.constant_body(initial, written, range, variable);
            if change != Change::Forbidden {
                ty = ty.widened();
            }
            self.add_item(name, range, public, ItemKind::Constant, Vec::new(), root);
            let own = self.types.own_item(name);
            let repr = Repr::of_variable(&ty);
            let meaning =
                if variable { Meaning::Variable(own) } else { Meaning::Constant(own, repr) };
            let id = self.fresh_id();
            if public {
                let word = if variable { "let" } else { "const" };
                let declared = format!("{word} {name}: {}", Shown { ty: &ty, qualified: true });
                let cell = Ty::Array(Box::new(Ty::Dynamic));
                let scheme = Scheme { params: 0, ty: if variable { cell } else { repr.ty() } };
                let declared = Some(Name::from(declared));
                exports.insert(Name::new(name), ValueExport { scheme, arity: None, declared });
            }
            self.declare(name, Binding { id, meaning, ty, range, change });
        }
    }

    /// The body of a constant with this first value; that of a variable is an array with the value.
    pub(super) fn constant_body(
        &mut self,
        initial: Option<Syntax<'t>>,
        written: Option<(Type, TextRange)>,
        range: TextRange,
        variable: bool,
    ) -> (ExprId, Type) {
        self.flow = Flow::default();
        self.frames.push(Frame {
            result: None,
            repr: Repr::Dynamic,
            is_async: false,
            returned: Vec::new(),
            around: Vec::new(),
            loops: 0,
        });
        let mut found = Type::Any;
        let root = self.block_of(range, |it| {
            let value = match (initial, written) {
                (Some(initial), Some((ty, at))) => {
                    let place = (at, format!("it is declared as `{ty}`"));
                    let value = it.expr_as(initial, &ty, Some(place));
                    super::Value { ty, ..value }
                }
                (Some(initial), None) => it.expr(initial, None),
                (None, written) => {
                    let ty = written.map_or(Type::Any, |it| it.0);
                    super::Value { ty, ..it.undefined(range) }
                }
            };
            found = value.ty.clone();
            if !variable {
                return Some(it.convert(&value, Repr::of_variable(&value.ty), range));
            }
            let id = it.dynamic(&value, range);
            let ty = Ty::Array(Box::new(Ty::Dynamic));
            Some(it.b.add(Expr::Array(vec![id]), ty, range))
        });
        self.frames.pop();
        (root, found)
    }

    /// The types that the module defines, as other modules see them; the functions that classes need are exported too.
    fn type_defs(&mut self, root: Syntax<'t>, exports: &mut Exports) -> Vec<TypeDef> {
        let mut defs = Vec::new();
        for item in root.children() {
            let Some(range) = declared_name(item, self.text) else { continue };
            let name = Name::new(self.slice(range));
            if !self.types.own.contains_key(&name)
                || defs.iter().any(|it: &TypeDef| it.name == name)
            {
                continue;
            }
            let reference = self.own_ref(name.as_str());
            let Some(declaration) = self.types.declaration(&reference) else { continue };
            let public = is_exported(item);
            let text = declaration_text(&declaration);
            let (params, kind) =
                (declaration.variables.len() as u32, TypeKind::Declared(Name::from(text)));
            defs.push(TypeDef { name: name.clone(), public, params, kind });
            if declaration.kind == DeclarationKind::Class && public {
                self.class_exports(&reference, exports);
            }
        }
        defs
    }

    fn class_exports(&mut self, class: &Rc<ItemRef>, exports: &mut Exports) {
        let Some(signature) = self.constructor_of(class) else { return };
        let reprs = representations(&signature, false).0;
        let name = &class.name;
        let constant =
            |ty| ValueExport { scheme: Scheme { params: 0, ty }, arity: None, declared: None };
        exports.insert(name.clone(), constant(Ty::Dynamic));
        let init = std::iter::once(Repr::Dynamic).chain(reprs.iter().copied()).collect();
        exports
            .insert(format!("$new_{name}").into(), function_export(&(reprs, Repr::Dynamic), None));
        exports.insert(format!("$init_{name}").into(), function_export(&(init, Repr::Unit), None));
        let Some(declaration) = self.types.declaration(class) else { return };
        for member in &declaration.statics {
            let item = Name::from(format!("$static_{name}_{}", member.name));
            let export = match &member.ty {
                Type::Function(signature) if member.method => {
                    let is_async = matches!(signature.result, Type::Promise(_));
                    function_export(&representations(signature, is_async), None)
                }
                _ => constant(Ty::Array(Box::new(Ty::Dynamic))),
            };
            exports.insert(item, export);
        }
    }

    /// The item that a program starts with: calls `main` and makes its result the exit status.
    fn entry(&mut self, root: Syntax<'t>) {
        let Some(main) = exported_main(root, self.text) else {
            let range = TextRange::default();
            let finding =
                Finding::error("missing-main", range, "No exported `main` function found");
            return self.report(finding.help("write `export function main(): void { … }`"));
        };
        let range = declared_name(main, self.text).unwrap_or_default();
        let Some(binding) = self.lookup("main") else { return };
        let (Meaning::Function(item, reprs), Type::Function(signature)) =
            (&binding.meaning, &binding.ty)
        else {
            return;
        };
        if !signature.params.is_empty() {
            return self.error("main-parameters", range, "`main` takes no parameters");
        }
        let result = match &signature.result {
            Type::Promise(inner) => (**inner).clone(),
            other => other.clone(),
        };
        if !matches!(
            result,
            Type::Void | Type::Number | Type::Unknown | Type::Undefined | Type::Never
        ) {
            let message = format!("`main` returns a number or nothing, not `{result}`");
            return self.error("main-result", range, message);
        }
        let callee = self.b.item(item.clone());
        let call = Expr::Call { callee, arguments: Vec::new() };
        let mut id = self.b.add(call, reprs.1.ty(), range);
        if matches!(signature.result, Type::Promise(_)) {
            id = self.prelude_call("promise_await", vec![id], range).id;
            id = self.b.convert(
                id,
                Repr::Dynamic,
                if result == Type::Number { Repr::Float } else { Repr::Unit },
                range,
            );
        } else if result != Type::Number {
            id = self.b.convert(id, reprs.1, Repr::Unit, range);
        }
        if result == Type::Number {
            id = self.exit_status(id, range);
        }
        self.add_item(ENTRY, range, false, ItemKind::Function, Vec::new(), id);
    }

    /// Ends the program with status 1 where a number is not 0.
    fn exit_status(&mut self, number: ExprId, range: TextRange) -> ExprId {
        let local = self.b.local("", Repr::Float);
        let status = self.b.get(local, range);
        let zero = self.b.float(0.0, range);
        let condition = self.b.prim(Prim::FloatEqual, vec![status, zero], Ty::Bool, range);
        let then = self.b.literal(Literal::Unit, range);
        let one = self.b.literal(Literal::Int(1), range);
        let otherwise = self.b.prim(Prim::Exit, vec![one], Ty::Unit, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range);
        self.b.block(vec![Step::Let(local, number)], Some(id), range)
    }
}

fn function_export(reprs: &(Vec<Repr>, Repr), declared: Option<Name>) -> ValueExport {
    let params: Vec<Ty> = reprs.0.iter().map(|it| it.ty()).collect();
    let arity = Some(params.len() as u32);
    let ty = Ty::function(params, reprs.1.ty());
    ValueExport { scheme: Scheme { params: 0, ty }, arity, declared }
}

/// The function with which a program begins.
pub(in crate::lang::oats) fn exported_main<'t>(root: Syntax<'t>, text: &str) -> Option<Syntax<'t>> {
    root.children().find(|it| {
        it.kind() == Kind::FunctionItem
            && is_exported(*it)
            && declared_name(*it, text).is_some_and(|it| &text[it.span()] == "main")
    })
}

fn is_exported(item: Syntax<'_>) -> bool {
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

/// A declared type as other modules read it.
fn declaration_text(declaration: &crate::lang::oats::decl::Declaration) -> String {
    let mut text = String::new();
    let written = write_declaration(&mut text, declaration);
    written.expect("a string takes all that is written");
    text
}

fn write_declaration(
    out: &mut String,
    declaration: &crate::lang::oats::decl::Declaration,
) -> std::fmt::Result {
    use std::fmt::Write as _;
    let name = &declaration.item.name;
    let shown = |ty| Shown { ty, qualified: true };
    match &declaration.kind {
        DeclarationKind::Alias(ty) => {
            write!(out, "type {name}")?;
            write_variables(out, &declaration.variables, true)?;
            return write!(out, " = {};", shown(ty));
        }
        DeclarationKind::Enum(values) => {
            write!(out, "enum {name} {{")?;
            for (member, value) in values {
                match value {
                    EnumValue::Number(value) => write!(out, " {member} = {value},")?,
                    EnumValue::Text(text) => write!(out, " {member} = {text:?},")?,
                }
            }
            return out.write_str(" }");
        }
        DeclarationKind::Class => write!(out, "class {name}")?,
        DeclarationKind::Interface => write!(out, "interface {name}")?,
    }
    write_variables(out, &declaration.variables, true)?;
    for (n, parent) in declaration.parents.iter().enumerate() {
        write!(out, "{}{}", if n == 0 { " extends " } else { ", " }, shown(parent))?;
    }
    out.write_str(" {")?;
    if let Some(params) = &declaration.constructor {
        let signature =
            Signature { variables: Vec::new(), params: params.clone(), result: Type::Void };
        out.write_str(" constructor")?;
        let mut whole = String::new();
        write_signature(&mut whole, &signature, "", true)?;
        write!(out, "{};", whole.strip_suffix("void").unwrap_or(&whole))?;
    }
    let all = declaration
        .members
        .iter()
        .map(|it| (it, ""))
        .chain(declaration.statics.iter().map(|it| (it, "static ")));
    for (member, word) in all {
        let private = if member.private { "private " } else { "" };
        let readonly = if member.readonly { "readonly " } else { "" };
        let mark = if member.optional { "?" } else { "" };
        write!(out, " {private}{word}{readonly}{}{mark}", member.name)?;
        match &member.ty {
            Type::Function(signature) if member.method => {
                write_signature(out, signature, ": ", true)?;
            }
            ty => write!(out, ": {}", shown(ty))?,
        }
        out.write_str(";")?;
    }
    out.write_str(" }")
}
