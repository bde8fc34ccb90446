//! What the names of a module mean at its top level: its own definitions, its imports, the prelude.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::{Finding, ModulePath, Name, TextRange, nearest};
use crate::ir::{ItemRef, TypeDef, ValueExport};
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lexer::is_in_word;
use crate::lang::octizys::prelude::{self, Builtin};
use crate::lang::{Environment, ExportedValue, ImportDecl, ImportTarget, module_path};
use crate::syntax::Node;

pub(crate) type Syntax<'t> = Node<'t, Kind>;

/// How many names tables have room for at first: as many as an ordinary module has.
pub(crate) const EXPECTED_NAMES: usize = 28;

/// What a name means where a value is expected.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// A definition of this module, by index.
    Own(usize),
    /// A constructor of a type.
    Constructor {
        /// The type.
        ty: ItemRef,
        /// Its definition; `None` for `Unit`, which is built in.
        def: Option<Arc<TypeDef>>,
        /// Which constructor.
        index: u32,
    },
    /// A function or constant of another module.
    Imported(ItemRef, Arc<ValueExport>),
    /// A function of the prelude.
    Builtin(&'static Builtin),
}

/// What a name means where a type is expected.
#[derive(Clone, Debug)]
pub(crate) enum TypeName {
    /// A type of this module, by index.
    Own(usize),
    /// A type of another module.
    Other(ModulePath, Arc<TypeDef>),
}

/// An import of this module.
#[derive(Debug)]
pub(crate) struct Import<'t> {
    pub(crate) module: ModulePath,
    /// The path as it is written.
    pub(crate) range: TextRange,
    pub(crate) target: ImportTarget,
    /// The prefix by which it is used; `None` where single names were imported.
    pub(crate) alias: Option<String>,
    pub(crate) names: Vec<ImportedName<'t>>,
    pub(crate) used: bool,
}

/// A name in the list of an import.
#[derive(Debug)]
pub(crate) struct ImportedName<'t> {
    pub(crate) name: &'t str,
    pub(crate) range: TextRange,
    pub(crate) used: bool,
}

/// A name at the top level, and where it comes from.
#[derive(Clone, Debug)]
pub(crate) struct Bound<T> {
    pub(crate) meaning: T,
    /// Which import brought it, and which of its names; `None` for the module's own.
    import: Option<(usize, usize)>,
    pub(crate) range: TextRange,
}

/// The names of a module's top level.
pub(crate) struct Names<'t, 'e> {
    pub(crate) text: &'t str,
    pub(crate) env: &'e dyn Environment,
    pub(crate) path: ModulePath,
    pub(crate) imports: Vec<Import<'t>>,
    pub(crate) values: FxHashMap<&'t str, Bound<Value>>,
    pub(crate) types: FxHashMap<&'t str, Bound<TypeName>>,
    pub(crate) findings: Vec<Finding>,
    /// False once a name was not found that a broken import might have brought.
    pub(crate) imports_complete: bool,
    /// Whether part of a definition could not be understood, be it reported here or in another module.
    pub(crate) unread: bool,
}

impl<'t, 'e> Names<'t, 'e> {
    /// The names that `module`'s imports bring.
    pub(crate) fn new(
        text: &'t str,
        path: ModulePath,
        module: Syntax<'t>,
        env: &'e dyn Environment,
    ) -> Names<'t, 'e> {
        let mut names = Names {
            text,
            env,
            path,
            imports: Vec::new(),
            values: FxHashMap::with_capacity_and_hasher(EXPECTED_NAMES, FxBuildHasher),
            types: FxHashMap::default(),
            findings: Vec::new(),
            imports_complete: true,
            unread: false,
        };
        for item in module.children().filter(|item| item.kind() == Kind::ImportItem) {
            names.import(item);
        }
        names
    }

    /// The text of a range of the source.
    pub(crate) fn slice(&self, range: TextRange) -> &'t str {
        &self.text[range.span()]
    }

    /// An item of this module.
    pub(crate) fn own_item(&self, name: &str) -> ItemRef {
        ItemRef { module: self.path.clone(), name: Name::new(name) }
    }

    fn import(&mut self, item: Syntax<'t>) {
        let Some((written, range)) = import_path(self.text, item) else { return };
        let module = self.meant_module(&written, range);
        let target = self.env.import(&module);
        self.imports_complete &= target == ImportTarget::Module;
        let alias = match item.child(Kind::ImportAlias) {
            Some(alias) => Some(path_text(self.text, alias)),
            None if item.child(Kind::ImportNames).is_some() => None,
            None => Some(written.as_str().to_owned()),
        };
        let listed = item.child(Kind::ImportNames);
        let tokens = listed.into_iter().flat_map(Node::tokens);
        let names = tokens.filter(|token| token.kind == Kind::Name).map(|token| ImportedName {
            name: &self.text[token.range.span()],
            range: token.range,
            used: false,
        });
        let mut names: Vec<ImportedName<'t>> = names.collect();
        if let Some(listed) = listed
            && names.is_empty()
        {
            let message = "an unqualified import names what it imports";
            self.findings.push(Finding::error("empty-import", listed.range(), message));
        }
        let index = self.imports.len();
        for (place, listed) in names.iter_mut().enumerate() {
            // Whoever lists what does not exist has enough to do; that it is not used goes without saying.
            listed.used = !self.import_name(&module, target.clone(), listed, (index, place));
        }
        self.imports.push(Import { module, range, target, alias, names, used: false });
    }

    /// The module that an import means: of a package alone, the one that stands for it.
    fn meant_module(&self, written: &ModulePath, range: TextRange) -> ModulePath {
        if written.components().nth(1).is_some() {
            return written.clone();
        }
        let import = ImportDecl { module: written.clone(), otherwise: None, range };
        self.env.resolve(&import).unwrap_or(import.module)
    }

    /// Binds a listed name; whether it means something new.
    fn import_name(
        &mut self,
        module: &ModulePath,
        target: ImportTarget,
        listed: &ImportedName<'t>,
        place: (usize, usize),
    ) -> bool {
        if target != ImportTarget::Module {
            return false;
        }
        let (name, range, import) = (listed.name, listed.range, Some(place));
        let value = self.env.value(module, name);
        let ty = self.env.exported_type(module, name);
        if value.is_none() && ty.is_none() {
            let finding = self.not_exported(module, name, range);
            self.unread |= finding.is_none();
            self.findings.extend(finding);
            return false;
        }
        let mut new = true;
        if let Some(value) = value {
            let meaning = imported(module, name, value);
            if let Some(before) = self.values.insert(name, Bound { meaning, import, range }) {
                new = false;
                self.report_twice(name, before.range, range);
            }
        }
        if let Some(def) = ty {
            let meaning = TypeName::Other(module.clone(), def);
            if let Some(before) = self.types.insert(name, Bound { meaning, import, range }) {
                new = false;
                self.report_twice(name, before.range, range);
            }
        }
        new
    }

    fn report_twice(&mut self, name: &str, first: TextRange, second: TextRange) {
        let mut earlier = self.imports.iter_mut().flat_map(|import| &mut import.names);
        if let Some(listed) = earlier.find(|listed| listed.range == first) {
            listed.used = true;
        }
        if self.findings.last().is_some_and(|it| it.range == second) {
            // As a value and as a type, but once is enough.
            return;
        }
        let message = format!("`{name}` is imported twice");
        self.findings.push(
            Finding::error("duplicate-definition", second, message)
                .also(first, "first imported here"),
        );
    }

    /// Binds a value that the module itself defines.
    pub(crate) fn define_value(&mut self, name: &'t str, range: TextRange, meaning: Value) {
        self.report_reserved(name, range);
        let bound = Bound { meaning, import: None, range };
        let before = self.values.insert(name, bound).map(|it| (it.import, it.range));
        self.report_redefinition(name, range, before);
    }

    /// Binds a type that the module itself defines.
    pub(crate) fn define_type(&mut self, name: &'t str, range: TextRange, index: usize) {
        self.report_reserved(name, range);
        let bound = Bound { meaning: TypeName::Own(index), import: None, range };
        let before = self.types.insert(name, bound).map(|it| (it.import, it.range));
        self.report_redefinition(name, range, before);
    }

    /// Reports that `name` is bound at `range`, if it is a name of the language itself.
    pub(crate) fn report_reserved(&mut self, name: &str, range: TextRange) {
        if matches!(name, "Int" | "Bool") {
            let message =
                format!("`{name}` is a type of the language, nothing else can be called so");
            self.findings.push(Finding::error("reserved-name", range, message));
        }
    }

    fn report_redefinition(
        &mut self,
        name: &str,
        range: TextRange,
        before: Option<(Option<(usize, usize)>, TextRange)>,
    ) {
        let finding = match before {
            None => return,
            Some((None, first)) => {
                let message = format!("`{name}` is defined twice in this module");
                Finding::error("duplicate-definition", range, message)
                    .also(first, "first defined here")
            }
            Some((Some((import, place)), first)) => {
                self.imports[import].names[place].used = true;
                let message = format!("the definition of `{name}` shadows an imported name");
                Finding::warning("shadowing", range, message).also(first, "imported here")
            }
        };
        self.findings.push(finding);
    }

    /// What the unqualified name `name` means as a value.
    pub(crate) fn value(&mut self, name: &str) -> Option<Value> {
        if let Some(bound) = self.values.get(name) {
            if let Some((import, place)) = bound.import {
                self.imports[import].names[place].used = true;
            }
            return Some(bound.meaning.clone());
        }
        PRELUDE_VALUES.get(name).cloned()
    }

    /// Whether the unqualified name `name` means a constructor.
    pub(crate) fn is_constructor(&self, name: &str) -> bool {
        let own = self.values.get(name).map(|bound| &bound.meaning);
        matches!(own.or_else(|| PRELUDE_VALUES.get(name)), Some(Value::Constructor { .. }))
    }

    /// What the unqualified name `name` means as a type.
    pub(crate) fn type_name(&mut self, name: &str) -> Option<TypeName> {
        if let Some(bound) = self.types.get(name) {
            if let Some((import, place)) = bound.import {
                self.imports[import].names[place].used = true;
            }
            return Some(bound.meaning.clone());
        }
        let def = prelude::TYPES.iter().find(|def| def.name == name)?;
        Some(TypeName::Other(ModulePath::new(prelude::PRELUDE), def.clone()))
    }

    /// What `prefix/name` means as a value; reports where it means nothing, or several things.
    pub(crate) fn qualified_value(
        &mut self,
        prefix: &str,
        name: &str,
        range: TextRange,
    ) -> Option<Value> {
        self.qualified(prefix, name, range, "value", |env, module, name| {
            env.value(module, name).map(|value| imported(module, name, value))
        })
    }

    /// What `prefix/name` means as a type; reports where it means nothing, or several things.
    pub(crate) fn qualified_type(
        &mut self,
        prefix: &str,
        name: &str,
        range: TextRange,
    ) -> Option<TypeName> {
        self.qualified(prefix, name, range, "type", |env, module, name| {
            let def = env.exported_type(module, name)?;
            Some(TypeName::Other(module.clone(), def))
        })
    }

    fn qualified<T>(
        &mut self,
        prefix: &str,
        name: &str,
        range: TextRange,
        what: &str,
        find: impl Fn(&dyn Environment, &ModulePath, &str) -> Option<T>,
    ) -> Option<T> {
        let mut meant = Vec::new();
        let mut found = Vec::new();
        for index in 0..self.imports.len() {
            let import = &self.imports[index];
            let again = || meant.iter().any(|it: &usize| self.imports[*it].module == import.module);
            if import.alias.as_deref() != Some(prefix) || again() {
                continue;
            }
            meant.push(index);
            if import.target == ImportTarget::Module
                && let Some(it) = find(self.env, &import.module, name)
            {
                found.push((index, it));
            }
        }
        for index in &meant {
            self.imports[*index].used = true;
        }
        if 1 < found.len() {
            let mut finding = Finding::error(
                "ambiguous-name",
                range,
                format!("`{prefix}/{name}` may mean several things"),
            );
            for (index, _) in &found {
                let import = &self.imports[*index];
                finding = finding.also(import.range, format!("`{}` has one", import.module));
            }
            self.findings.push(finding.help("import the modules under different names"));
            return None;
        }
        if let Some((_, it)) = found.pop() {
            return Some(it);
        }
        let finding = match meant[..] {
            [] => Some(self.unknown_prefix(prefix, name, range, what)),
            _ if meant.iter().any(|it| self.imports[*it].target != ImportTarget::Module) => None,
            [first, ..] => {
                let module = self.imports[first].module.clone();
                self.not_exported(&module, name, range)
            }
        };
        self.findings.extend(finding);
        None
    }

    fn unknown_prefix(&self, prefix: &str, name: &str, range: TextRange, what: &str) -> Finding {
        let message = format!("no import is called `{prefix}`");
        let finding = Finding::error("unknown-name", range, message);
        let aliases = self.imports.iter().filter_map(|import| import.alias.as_deref());
        if let Some(alias) = nearest(prefix, aliases) {
            let path = format!("{alias}/{name}");
            return finding.fix(format!("write `{path}`"), range, path);
        }
        let module = ModulePath::new(prefix);
        if self.env.import(&module) == ImportTarget::Module {
            return finding
                .help(format!("to use a {what} of `{prefix}`, write `import {prefix};`"));
        }
        finding.help(
            "names of other modules are written with the module, or with its alias after `as`",
        )
    }

    /// That `module` exports no `name`; `None` where this may be due to mistakes in that module.
    fn not_exported(&self, module: &ModulePath, name: &str, range: TextRange) -> Option<Finding> {
        let interface = self.env.interface(module)?;
        if !interface.complete {
            return None;
        }
        let message = format!("`{module}` exports no `{name}`");
        let finding = Finding::error("unknown-name", range, message);
        let constructors = interface.types.values().filter(|def| def.public).flat_map(|def| {
            let constructors = match &def.kind {
                crate::ir::TypeKind::Variant(constructors) => constructors.as_slice(),
                _ => &[],
            };
            constructors.iter().map(|it| it.name.as_str())
        });
        let types = interface.types.values().filter(|def| def.public).map(|def| def.name.as_str());
        let values = interface.values.keys().map(Name::as_str);
        let Some(similar) = nearest(name, values.chain(types).chain(constructors)) else {
            return Some(finding.help("private names can't be used by other modules"));
        };
        let start = range.end - name.len() as u32;
        let last = TextRange { start, end: range.end };
        Some(finding.fix(format!("write `{similar}`"), last, similar))
    }

    /// Whether an import says that it brings `name`. Whether it does is another question, which was answered there.
    pub(crate) fn is_listed(&self, name: &str) -> bool {
        self.imports.iter().any(|import| import.names.iter().any(|listed| listed.name == name))
    }

    /// That nothing is called `name`. Each name is reported once, and none that was reported at its import.
    pub(crate) fn unknown_name(
        &mut self,
        name: &'t str,
        range: TextRange,
        locals: &[&str],
        what: &str,
    ) {
        let message = format!("unknown {what} `{name}`");
        if self.is_listed(name) {
            self.unread = true;
            return;
        }
        if self.findings.iter().any(|it| it.code == "unknown-name" && it.message == message) {
            return;
        }
        let finding = Finding::error("unknown-name", range, message);
        let values = self.values.iter().filter(|(_, bound)| {
            what != "constructor" || matches!(bound.meaning, Value::Constructor { .. })
        });
        let mut candidates: Vec<&str> = match what {
            "type" => self
                .types
                .keys()
                .copied()
                .chain(["Int", "Bool", "Text", "Unit", "List", "Maybe"])
                .collect(),
            "constructor" => values
                .map(|(name, _)| *name)
                .chain(["Nil", "Cons", "Nothing", "Just", "Unit"])
                .collect(),
            _ => {
                let builtins = prelude::BUILTINS.iter().map(|it| it.0);
                let locals = locals.iter().copied();
                values.map(|(name, _)| *name).chain(locals).chain(builtins).collect()
            }
        };
        candidates.sort_unstable();
        self.findings.push(match nearest(name, candidates) {
            Some(similar) => finding.fix(format!("write `{similar}`"), range, similar),
            None => finding,
        });
    }

    /// Reports imports, and names in imports, that nothing uses.
    pub(crate) fn report_unused_imports(&mut self) {
        for import in &self.imports {
            if import.target != ImportTarget::Module {
                continue;
            }
            match &import.alias {
                Some(_) if !import.used => {
                    let message = format!("the import of `{}` is not used", import.module);
                    self.findings.push(Finding::warning("unused-import", import.range, message));
                }
                Some(_) => (),
                None => {
                    for listed in import.names.iter().filter(|listed| !listed.used) {
                        let message = format!("the imported `{}` is not used", listed.name);
                        self.findings.push(Finding::warning(
                            "unused-import",
                            listed.range,
                            message,
                        ));
                    }
                }
            }
        }
    }
}

fn imported(module: &ModulePath, name: &str, value: ExportedValue) -> Value {
    match value {
        ExportedValue::Value(export) => {
            let item = ItemRef { module: module.clone(), name: Name::new(name) };
            Value::Imported(item, export)
        }
        ExportedValue::Constructor { def, index } => {
            let ty = ItemRef { module: module.clone(), name: def.name.clone() };
            Value::Constructor { ty, def: Some(def), index }
        }
    }
}

/// What the names of the prelude mean as values.
static PRELUDE_VALUES: LazyLock<FxHashMap<&str, Value>> = LazyLock::new(|| {
    let unit = Value::Constructor { ty: prelude::prelude_item("Unit"), def: None, index: 0 };
    let mut values = FxHashMap::from_iter([("Unit", unit)]);
    values.extend(prelude::BUILTINS.iter().map(|builtin| (builtin.0, Value::Builtin(builtin))));
    for def in prelude::TYPES.iter() {
        let crate::ir::TypeKind::Variant(constructors) = &def.kind else { continue };
        for (index, constructor) in (0..).zip(constructors) {
            let ty = prelude::prelude_item(&def.name);
            let value = Value::Constructor { ty, def: Some(def.clone()), index };
            values.insert(&*constructor.name, value);
        }
    }
    values
});

/// The module that an import names, and where.
pub(crate) fn import_path(text: &str, import: Syntax<'_>) -> Option<(ModulePath, TextRange)> {
    let path = import.child(Kind::ImportPath)?;
    let range = path.range();
    let written = &text[range.span()];
    let module = match plainly_split(written) {
        Some(_) => ModulePath::new(written),
        None => ModulePath::new(path_text(text, path)),
    };
    (!module.as_str().is_empty()).then_some((module, range))
}

/// The names of a path, joined by `/`.
fn path_text(text: &str, path: Syntax<'_>) -> String {
    let names = path.tokens().filter(|token| token.kind == Kind::Name);
    module_path(names.map(|token| &text[token.range.span()])).as_str().to_owned()
}

/// A path in an expression, type or pattern: what stands before the last name (empty where nothing does), and that name.
pub(crate) fn split_path<'t>(
    text: &'t str,
    path: Syntax<'t>,
) -> (Cow<'t, str>, &'t str, TextRange) {
    let range = path.range();
    if let Some((prefix, name)) = plainly_split(&text[range.span()]) {
        let start = range.end - name.len() as u32;
        return (Cow::Borrowed(prefix), name, TextRange { start, end: range.end });
    }
    let mut names = path.tokens().filter(|token| token.kind == Kind::Name);
    let Some(mut last) = names.next() else { return (Cow::Borrowed(""), "", range) };
    let mut prefix = Cow::Borrowed("");
    for next in names {
        if prefix.is_empty() {
            prefix = Cow::Borrowed(&text[last.range.span()]);
        } else {
            let longer = prefix.to_mut();
            longer.push('/');
            longer.push_str(&text[last.range.span()]);
        }
        last = next;
    }
    (prefix, &text[last.range.span()], last.range)
}

/// The two parts of a path that is written as nearly all are: complete, without spaces or comments, in ASCII.
fn plainly_split(path: &str) -> Option<(&str, &str)> {
    if !path.bytes().all(|byte| byte == b'/' || is_in_word(byte)) {
        return None;
    }
    let (prefix, name) = match path.bytes().rposition(|byte| byte == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => ("", path),
    };
    let is_complete = !name.is_empty() && !path.starts_with('/');
    is_complete.then_some((prefix, name))
}
