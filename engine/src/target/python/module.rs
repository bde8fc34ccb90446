//! A module: what it imports, its types, its functions and constants.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::ModulePath;
use crate::ir::{
    Expr, Item, ItemKind, ItemRef, Module, Pattern, RefId, Ty, TyId, TypeDef, TypeKind,
};
use crate::target::linear::{Language, linearize};
use crate::target::python::function::Writer;
use crate::target::python::names::{Names, mangled, module_name};
use crate::target::python::print::{Code, Lines, WIDTH};
use crate::target::python::reserved::is_reserved;
use crate::target::python::{RUNTIME, literal};

const LANGUAGE: Language = Language { ordered_operands: true, labelled_jumps: false };

/// The Python module that a module becomes.
pub(super) fn module(module: &Module) -> String {
    let mut globals = Globals::new(module);
    let mut body = Lines::default();
    for def in &module.type_defs {
        globals.type_def(def, &mut body);
    }
    globals.type_table(&mut body);
    let items = linearize(module, LANGUAGE);
    for (n, item) in items.iter().enumerate() {
        body.blank();
        body.blank();
        if module.items[n].kind == ItemKind::Constant {
            let name = literal::text(&module.items[n].name);
            body.line(format!("@{}({name}, {n})", globals.runtime("_constant")));
        }
        let name = mangled(&module.items[n].name);
        Writer::new(&mut globals, n, item).item(&name, &mut body);
    }
    if let Some(entry) = module.entry {
        body.blank();
        body.blank();
        body.line("if __name__ == \"__main__\":");
        let entry = mangled(&module.items[entry as usize].name);
        let run = globals.runtime("_run");
        body.indented(|body| body.line(format!("{run}({entry})")));
    }
    globals.head() + &body.finish()
}

/// What the names of the module stand for.
pub(super) struct Globals<'a> {
    pub(super) module: &'a Module,
    /// All names of the module; those of locals differ from them.
    pub(super) names: Names,
    items: FxHashMap<&'a str, &'a Item>,
    /// The classes of each own type.
    classes: FxHashMap<&'a str, Vec<String>>,
    /// The names under which other modules are imported.
    aliases: FxHashMap<&'a ModulePath, String>,
    /// The names of constructors of other modules' types.
    foreign: FxHashMap<(RefId, u32), String>,
    /// Other modules' items that are surely functions, since they are called.
    functions: FxHashSet<RefId>,
    /// Other modules' items that are surely constants, since they are no functions.
    constants: FxHashSet<RefId>,
    /// What is used of the run-time support.
    runtime: BTreeSet<&'static str>,
}

impl<'a> Globals<'a> {
    fn new(module: &'a Module) -> Globals<'a> {
        let mut globals = Globals {
            module,
            names: Names::default(),
            items: module.items.iter().map(|it| (it.name.as_str(), it)).collect(),
            classes: FxHashMap::default(),
            aliases: FxHashMap::default(),
            foreign: FxHashMap::default(),
            functions: FxHashSet::default(),
            constants: FxHashSet::default(),
            runtime: BTreeSet::new(),
        };
        for item in &module.items {
            globals.names.take(mangled(&item.name));
        }
        for def in &module.type_defs {
            globals.name_classes(def);
        }
        for item in &module.items {
            for (expr, ty) in item.body.exprs.iter().zip(&item.body.types) {
                globals.mention(expr, *ty);
            }
        }
        globals
    }

    /// Chooses names for the classes of an own type: that of the constructor, preceded by the type's where that is taken.
    fn name_classes(&mut self, def: &'a TypeDef) {
        let classes = match &def.kind {
            TypeKind::Alias(_) | TypeKind::Declared(_) => return,
            TypeKind::Class(_) => vec![self.names.fresh(mangled(&def.name))],
            TypeKind::Variant(constructors) => {
                let names = constructors.iter().map(|it| mangled(&it.name));
                names.map(|name| self.class_name(&def.name, name)).collect()
            }
        };
        self.classes.insert(&def.name, classes);
    }

    fn class_name(&mut self, ty: &str, constructor: String) -> String {
        if self.names.try_take(&constructor) {
            constructor
        } else {
            self.names.fresh(format!("{}_{constructor}", mangled(ty)))
        }
    }

    /// Chooses names for what an expression mentions of other modules.
    fn mention(&mut self, expr: &'a Expr, ty: TyId) {
        match expr {
            Expr::Global(item) => {
                self.import(*item);
                if !matches!(self.module.ty(ty), Ty::Function(..) | Ty::Param(_)) {
                    self.constants.insert(*item);
                }
            }
            Expr::Call { callee, .. } => {
                self.import(*callee);
                self.functions.insert(*callee);
            }
            Expr::Construct { ty, constructor, .. } => self.mention_constructor(*ty, *constructor),
            Expr::Match { arms, .. } => {
                for arm in arms {
                    self.mention_pattern(&arm.pattern);
                }
            }
            _ => (),
        }
    }

    fn mention_pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Wildcard | Pattern::Bind(_) | Pattern::Literal(_) => (),
            Pattern::Constructor { ty, constructor, fields } => {
                self.mention_constructor(*ty, *constructor);
                for field in fields {
                    self.mention_pattern(field);
                }
            }
            Pattern::Record(fields) => {
                for (_, field) in fields {
                    self.mention_pattern(field);
                }
            }
        }
    }

    fn mention_constructor(&mut self, ty: RefId, constructor: u32) {
        self.import(ty);
        let item = self.item_ref(ty);
        if item.module != self.module.path && !self.foreign.contains_key(&(ty, constructor)) {
            let name = self.names.fresh(format!("{}_{constructor}", mangled(&item.name)));
            self.foreign.insert((ty, constructor), name);
        }
    }

    fn import(&mut self, item: RefId) {
        let module = &self.item_ref(item).module;
        if *module != self.module.path && !self.aliases.contains_key(module) {
            let last = module.components().last().map(mangled).unwrap_or_default();
            let alias = self.names.fresh(last);
            self.aliases.insert(module, alias);
        }
    }

    pub(super) fn item_ref(&self, id: RefId) -> &'a ItemRef {
        &self.module.refs[id.0 as usize]
    }

    /// A name of the run-time support, which the module then imports. It begins with `_`.
    pub(super) fn runtime(&mut self, name: &'static str) -> &'static str {
        debug_assert!(is_reserved(name), "an item may be called {name}");
        self.runtime.insert(name);
        name
    }

    /// A function or constant itself, by its name.
    pub(super) fn item(&self, id: RefId) -> String {
        let item = self.item_ref(id);
        match self.aliases.get(&item.module) {
            Some(alias) => format!("{alias}.{}", mangled(&item.name)),
            None => mangled(&item.name),
        }
    }

    /// The value of a function or constant.
    pub(super) fn item_value(&mut self, id: RefId) -> Code {
        let item = self.item_ref(id);
        let own = self.items.get(item.name.as_str()).filter(|_| item.module == self.module.path);
        let constant = match own {
            Some(own) => own.kind == ItemKind::Constant,
            None => self.constants.contains(&id),
        };
        if constant {
            Code::call(self.item(id), Vec::new())
        } else if own.is_some() || self.functions.contains(&id) {
            Code::atom(self.item(id))
        } else {
            let name = Code::atom(self.item(id));
            Code::call(self.runtime("_value"), vec![name])
        }
    }

    /// The class of a constructor, or its only object where it has no fields.
    pub(super) fn constructor(&self, ty: RefId, constructor: u32) -> String {
        if let Some(name) = self.foreign.get(&(ty, constructor)) {
            return name.clone();
        }
        let classes = self.classes.get(self.item_ref(ty).name.as_str());
        classes.expect("the type is one of the module's")[constructor as usize].clone()
    }

    /// The name of a field of an object, where the class is one of the module's.
    pub(super) fn field(&self, ty: TyId, field: u32) -> Option<String> {
        let Ty::Named(item, _) = self.module.ty(ty) else { return None };
        let def = self.module.type_defs.iter().find(|it| it.name == item.name)?;
        match &def.kind {
            TypeKind::Class(fields) if item.module == self.module.path => {
                Some(mangled(&fields[field as usize].name))
            }
            _ => None,
        }
    }

    fn type_def(&mut self, def: &TypeDef, lines: &mut Lines) {
        match &def.kind {
            TypeKind::Alias(_) | TypeKind::Declared(_) => (),
            TypeKind::Class(fields) => {
                let fields: Vec<String> = fields.iter().map(|it| mangled(&it.name)).collect();
                let name = self.classes[def.name.as_str()][0].clone();
                self.class(&name, &fields, lines);
            }
            TypeKind::Variant(constructors) => {
                for (n, constructor) in constructors.iter().enumerate() {
                    let name = self.classes[def.name.as_str()][n].clone();
                    let fields = (0..constructor.fields.len()).map(|it| format!("_{it}"));
                    self.class(&name, &fields.collect::<Vec<_>>(), lines);
                }
            }
        }
    }

    /// The constructors of each type, for other modules: these know a constructor's index only.
    fn type_table(&self, lines: &mut Lines) {
        let defs = self.module.type_defs.iter();
        let types: Vec<&TypeDef> =
            defs.filter(|it| self.classes.contains_key(it.name.as_str())).collect();
        if types.is_empty() {
            return;
        }
        lines.blank();
        lines.blank();
        lines.line("_types = {");
        lines.indented(|lines| {
            for def in types {
                let classes = self.classes[def.name.as_str()].iter().map(Code::atom).collect();
                let name = literal::text(&def.name);
                lines.code(&format!("{name}: "), &Code::tuple(classes), ",");
            }
        });
        lines.line("}");
    }

    /// What stands before the types and items, known when these are written.
    fn head(&self) -> String {
        let mut lines = Lines::default();
        lines.line(format!("\"\"\"Made by Oast of the module {}.\"\"\"", self.module.path));
        lines.blank();
        if self.runtime.is_empty() {
            lines.line(format!("import {RUNTIME}"));
        } else {
            let names = self.runtime.iter();
            let names: Vec<Code> =
                names.map(|it| Code::atom(format!("{} as {it}", &it[1..]))).collect();
            let import = Code::listed(format!("from {RUNTIME} import "), names.clone(), "").flat();
            if import.len() <= WIDTH {
                lines.line(import);
            } else {
                lines.code("", &Code::listed(format!("from {RUNTIME} import ("), names, ")"), "");
            }
        }
        self.imports(&mut lines);
        lines.blank();
        lines.line("__path__ = [__file__[:-3]]");
        lines.line(format!("_module = {}", literal::text(self.module.path.as_str())));
        lines.finish()
    }

    fn imports(&self, lines: &mut Lines) {
        let mut aliases: Vec<_> = self.aliases.iter().collect();
        aliases.sort();
        for (module, alias) in aliases {
            lines.line(format!("import {} as {alias}", module_name(module)));
        }
        let mut foreign: Vec<_> = self.foreign.iter().collect();
        foreign.sort_by_key(|(key, _)| **key);
        if !foreign.is_empty() {
            lines.blank();
        }
        for ((ty, constructor), name) in foreign {
            let item = self.item_ref(*ty);
            let (alias, ty) = (&self.aliases[&item.module], literal::text(&item.name));
            lines.line(format!("{name} = {alias}._types[{ty}][{constructor}]"));
        }
    }

    /// A class; where it has no fields, its only object takes its place.
    fn class(&mut self, name: &str, fields: &[String], lines: &mut Lines) {
        lines.blank();
        lines.blank();
        if fields.is_empty() {
            lines.line(format!("@{}", self.runtime("_singleton")));
        }
        lines.line(format!("class {name}:"));
        lines.indented(|lines| {
            if fields.is_empty() {
                return lines.line("__slots__ = ()");
            }
            let quoted = fields.iter().map(|it| Code::atom(literal::text(it))).collect();
            lines.code("__slots__ = __match_args__ = ", &Code::tuple(quoted), "");
            lines.blank();
            let params = std::iter::once("self").chain(fields.iter().map(String::as_str));
            let params = Code::listed("def __init__(", params.map(Code::atom).collect(), ")");
            lines.code("", &params, ":");
            lines.indented(|lines| {
                for field in fields {
                    lines.line(format!("self.{field} = {field}"));
                }
            });
        });
    }
}
