//! Checking and lowering, in one pass over the syntax: each expression yields its type and what it becomes.

#![expect(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "numbers of elements are small; numbers are compared as ECMAScript does"
)]

mod assign;
mod builtin;
mod call;
mod class;
mod condition;
mod entry;
mod enumeration;
mod expr;
mod function;
mod global;
mod hoist;
mod import;
mod interface;
mod loops;
mod member;
mod module;
mod operator;
mod pattern;
mod stmt;
mod switch;
mod value;

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Finding, Name, TextRange, nearest};
use crate::ir::{ExprId, Item, ItemPositions, ItemRef, LocalId};
use crate::lang::oats::builder::{Builder, Repr, Step};
use crate::lang::oats::decl::{Syntax, Types, Written};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Signature, Type};

pub(crate) use crate::lang::oats::check::module::check;
pub(in crate::lang::oats) use crate::lang::oats::check::module::exported_main;
use crate::lang::oats::check::{builtin::PreludeFunction, hoist::Undeclared, module::Exports};

/// What an expression became.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) id: ExprId,
    pub(crate) repr: Repr,
    pub(crate) ty: Type,
}

/// What a name stands for, where a value is expected.
#[derive(Clone, Debug)]
enum Meaning {
    Local(LocalId, Repr),
    /// A function that is declared inside of another: a local that holds its closure.
    LocalFunction(LocalId),
    /// A constant of a module.
    Constant(ItemRef, Repr),
    /// A variable of a module: a constant that holds an array with the value.
    Variable(ItemRef),
    /// A function of a module, with the representations of its parameters and of its result.
    Function(ItemRef, Rc<(Vec<Repr>, Repr)>),
    Class(Rc<ItemRef>),
    Enum(Rc<ItemRef>),
    /// A variable that is declared later.
    Later,
    /// It could not be understood, which was reported.
    Nothing,
}

/// Whether and how what a name stands for can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// A `let mut`, a parameter.
    Free,
    /// A plain `let`.
    Discouraged,
    /// A `const`, a function, a class, an import.
    Forbidden,
}

/// A name in scope.
#[derive(Debug)]
struct Binding {
    id: u32,
    meaning: Meaning,
    ty: Type,
    /// Where it is declared; empty for what is imported or built in.
    range: TextRange,
    change: Change,
}

/// A place whose type can be narrowed: a variable, or a property of a property … of one.
type Path = (u32, Vec<Name>);

/// What `this` has as its path.
const THIS: u32 = 0;

/// What is known at a point of the program.
#[derive(Clone, Debug, Default)]
struct Flow {
    narrowed: FxHashMap<Path, Type>,
    /// Whether control does not get here.
    dead: bool,
}

/// What a condition tells where it holds, or where it does not.
type Facts = Vec<(Path, Type)>;

/// What a `break`, `continue` or `return` may lead to or pass.
#[derive(Debug)]
enum Around<'t> {
    Loop {
        labels: Vec<&'t str>,
        /// The loop of the representation that a `break` leaves, counted from the outermost of the function.
        leave: u32,
        /// The one that a `continue` leaves or begins again, and whether it leaves it; none for a `switch`.
        again: Option<(u32, bool)>,
        breaks: Vec<Flow>,
        continues: Vec<Flow>,
    },
    /// The body of a `try` with `finally`: who leaves it notes where to and leaves a loop around it.
    Finally { leave: u32, code: LocalId, value: LocalId, exits: Vec<Exit> },
}

/// Where to go on after `finally`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    Return,
    Break(usize),
    Continue(usize),
}

/// A function around the place that is looked at.
#[derive(Debug)]
struct Frame<'t> {
    /// What `return` must yield; none where that is found out.
    result: Option<Type>,
    repr: Repr,
    is_async: bool,
    /// The types of what is returned.
    returned: Vec<Type>,
    around: Vec<Around<'t>>,
    /// How many loops of the representation are around.
    loops: u32,
}

impl Frame<'_> {
    /// A function of which nothing was looked at yet.
    fn new(result: Option<Type>, repr: Repr, is_async: bool) -> Self {
        Frame { result, repr, is_async, returned: Vec::new(), around: Vec::new(), loops: 0 }
    }
}

/// `this` and its class.
#[derive(Clone, Debug)]
struct This {
    local: LocalId,
    ty: Type,
    class: Rc<ItemRef>,
}

pub(crate) struct Checker<'t, 'e> {
    types: Types<'t, 'e>,
    b: Builder,
    text: &'t str,
    is_prelude: bool,
    scopes: Vec<FxHashMap<Name, Rc<Binding>>>,
    flow: Flow,
    frames: Vec<Frame<'t>>,
    this: Vec<Option<This>>,
    steps: Vec<Step>,
    /// The names that are assigned anywhere in the module.
    assigned: FxHashSet<&'t str>,
    items: Vec<Item>,
    positions: Vec<ItemPositions>,
    findings: Vec<Finding>,
    next_id: u32,
    /// The variables that are made, but not declared yet, by their bindings.
    undeclared: FxHashMap<u32, Undeclared>,
    /// The variables of the module that are not looked at yet, by name: the declaration and the declarator.
    ahead: FxHashMap<&'t str, (Syntax<'t>, Syntax<'t>)>,
    /// How many functions are around the value of a constant or variable of the module that is looked at.
    in_constant: Option<usize>,
    /// How many items are put aside for another one to be looked at.
    detours: u32,
    /// The functions of the prelude that were asked for.
    prelude_functions: FxHashMap<Name, PreludeFunction>,
    exports: Exports,
    /// The types of exported functions, constants and variables.
    exported: Vec<Type>,
    /// The class that is looked at.
    class: Option<Rc<ItemRef>>,
    exported_classes: Vec<Rc<ItemRef>>,
    /// Whether an expression is looked at only to find its type.
    probing: bool,
}

impl<'t> Checker<'t, '_> {
    fn slice(&self, range: TextRange) -> &'t str {
        &self.text[range.span()]
    }

    fn here(&self) -> Written<'t> {
        Written { text: self.text, foreign: false }
    }

    fn report(&mut self, finding: Finding) {
        if !self.probing {
            self.findings.push(finding);
        }
    }

    fn error(&mut self, code: &'static str, range: TextRange, message: impl Into<String>) {
        self.report(Finding::error(code, range, message));
    }

    /// Says that a construct is left out.
    fn unsupported(&mut self, range: TextRange, what: &str) {
        let message = format!("{what} not supported by the embedded compiler yet");
        self.error("unsupported", range, message);
    }

    fn fresh_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    /// The binding of a name, if it has one.
    fn lookup(&self, name: &str) -> Option<Rc<Binding>> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name)).cloned()
    }

    /// Whether no declaration hides what is built in under this name.
    fn is_builtin(&self, name: &str) -> bool {
        self.lookup(name).is_none()
    }

    fn declare(&mut self, name: &str, binding: Binding) -> Rc<Binding> {
        let binding = Rc::new(binding);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(Name::new(name), binding.clone());
        }
        binding
    }

    /// Declares a local variable.
    fn declare_local(
        &mut self,
        name: &str,
        local: LocalId,
        repr: Repr,
        ty: Type,
        range: TextRange,
        change: Change,
    ) -> Rc<Binding> {
        let id = self.fresh_id();
        let meaning = Meaning::Local(local, repr);
        self.declare(name, Binding { id, meaning, ty, range, change })
    }

    fn unknown_name(&mut self, name: &str, range: TextRange) {
        let finding = Finding::error("unknown-name", range, format!("there is no `{name}` here"));
        let mut known: Vec<&str> =
            self.scopes.iter().flat_map(|scope| scope.keys().map(Name::as_str)).collect();
        known.extend(["println", "console", "Math", "undefined"]);
        known.sort_unstable();
        let finding = match nearest(name, known) {
            Some(similar) => {
                let title = format!("write `{similar}`");
                finding.fix(title, range, similar.to_owned())
            }
            None => finding,
        };
        self.report(finding);
    }

    /// Says that a value does not fit, and where that is demanded.
    fn mismatch(
        &mut self,
        from: &Type,
        to: &Type,
        range: TextRange,
        place: Option<(TextRange, String)>,
    ) -> bool {
        let Some(why) = self.types.mismatch(from, to) else { return false };
        let shown = if from
            .includes(|it| matches!(it, Type::StringLiteral(_) | Type::NumberLiteral(_)))
            && !to.includes(|it| {
                matches!(
                    it,
                    Type::StringLiteral(_) | Type::NumberLiteral(_) | Type::BooleanLiteral(_)
                )
            }) {
            from.widened()
        } else {
            from.clone()
        };
        let message = format!("`{shown}` is given where `{to}` is expected");
        let mut finding =
            Finding::error("type-mismatch", range, message).label(format!("this is `{shown}`"));
        if let Some((at, text)) = place {
            finding = finding.also(at, text);
        }
        if !why.is_empty() {
            finding = finding.help(why);
        }
        self.report(finding);
        true
    }

    /// A nested scope and block: what `write` adds, put together, with its value if it has one.
    fn block_of(
        &mut self,
        range: TextRange,
        write: impl FnOnce(&mut Self) -> Option<ExprId>,
    ) -> ExprId {
        let outer = std::mem::take(&mut self.steps);
        self.scopes.push(FxHashMap::default());
        let result = write(self);
        self.scopes.pop();
        let steps = std::mem::replace(&mut self.steps, outer);
        self.b.block(steps, result, range)
    }

    fn push(&mut self, id: ExprId) {
        self.steps.push(Step::Do(id));
    }

    /// The value, kept in a local if it is not one already, to be used more than once.
    fn keep(&mut self, value: Value, name: &str, range: TextRange) -> (LocalId, Repr) {
        let repr = if value.repr == Repr::Unit { Repr::Dynamic } else { value.repr };
        let id = self.b.convert(value.id, value.repr, repr, range);
        let local = self.b.local(name, repr);
        self.steps.push(Step::Let(local, id));
        (local, repr)
    }

    /// An expression that needs statements before its value, as one expression.
    fn with_steps(&mut self, range: TextRange, write: impl FnOnce(&mut Self) -> Value) -> Value {
        let outer = std::mem::take(&mut self.steps);
        let value = write(self);
        let steps = std::mem::replace(&mut self.steps, outer);
        let id = self.b.block(steps, Some(value.id), range);
        Value { id, ..value }
    }

    fn convert(&mut self, value: &Value, to: Repr, range: TextRange) -> ExprId {
        self.b.convert(value.id, value.repr, to, range)
    }

    fn dynamic(&mut self, value: &Value, range: TextRange) -> ExprId {
        self.convert(value, Repr::Dynamic, range)
    }

    /// A value for what could not be understood.
    fn nothing(&mut self, range: TextRange) -> Value {
        let id = self.b.undefined(range);
        Value { id, repr: Repr::Dynamic, ty: Type::Unknown }
    }

    fn undefined(&mut self, range: TextRange) -> Value {
        let id = self.b.undefined(range);
        Value { id, repr: Repr::Dynamic, ty: Type::Undefined }
    }

    fn frame(&mut self) -> &mut Frame<'t> {
        self.frames.last_mut().expect("code stands in a function or in the value of a constant")
    }

    /// The type that is written for a declarator, parameter or function.
    fn annotation(&mut self, syntax: Syntax<'t>) -> Option<(Type, TextRange)> {
        let ty = syntax.child(Kind::Annotation)?.children().next()?;
        Some((self.types.ty(ty, self.here()), ty.range()))
    }

    // What is known.

    fn current(&self, path: &Path, declared: &Type) -> Type {
        self.flow.narrowed.get(path).unwrap_or(declared).clone()
    }

    fn learn(&mut self, facts: Facts) {
        for (path, ty) in facts {
            self.flow.narrowed.insert(path, ty);
        }
    }

    /// Forgets what is known of a variable and its properties.
    fn forget(&mut self, path: &Path) {
        let (id, names) = path;
        self.flow.narrowed.retain(|known, _| known.0 != *id || !known.1.starts_with(names));
    }

    /// Forgets what is known of variables with one of these names.
    fn forget_names(&mut self, names: &FxHashSet<&'t str>) {
        let ids: FxHashSet<u32> =
            names.iter().filter_map(|it| self.lookup(it)).map(|it| it.id).collect();
        self.flow.narrowed.retain(|known, _| known.1.is_empty() && !ids.contains(&known.0));
    }
}

/// The names that are assigned, or counted up or down, somewhere in a piece of syntax.
fn assigned_names<'t>(syntax: Syntax<'t>, text: &'t str) -> FxHashSet<&'t str> {
    let mut names = FxHashSet::default();
    let mut queue = vec![syntax];
    while let Some(node) = queue.pop() {
        if matches!(node.kind(), Kind::AssignExpr | Kind::UpdateExpr | Kind::PostfixExpr)
            && let Some(target) = node.children().next()
        {
            let mut targets = vec![target];
            while let Some(target) = targets.pop() {
                names.insert(&text[target.range().span()]);
                let is_pattern = matches!(
                    target.kind(),
                    Kind::ArrayExpr
                        | Kind::ObjectExpr
                        | Kind::Property
                        | Kind::Spread
                        | Kind::AssignExpr
                );
                targets.extend(target.children().filter(|_| is_pattern));
            }
        }
        if matches!(node.kind(), Kind::ForOfStmt | Kind::ForInStmt)
            && let Some(init) = node.child(Kind::ForInit)
        {
            names.insert(&text[init.range().span()]);
        }
        queue.extend(node.children());
    }
    names
}

/// Whether a piece of syntax holds a node of one of these kinds, functions in it left out unless they are looked for.
fn holds(syntax: Syntax<'_>, kinds: &[Kind]) -> bool {
    let mut queue: Vec<Syntax<'_>> = syntax.children().collect();
    while let Some(node) = queue.pop() {
        if kinds.contains(&node.kind()) {
            return true;
        }
        let is_function = matches!(
            node.kind(),
            Kind::FunctionItem
                | Kind::FunctionExpr
                | Kind::ArrowExpr
                | Kind::MethodProperty
                | Kind::ClassItem
        );
        if !is_function {
            queue.extend(node.children());
        }
    }
    false
}

/// The representations of a function's parameters and of its result.
fn representations(signature: &Signature, is_async: bool) -> (Vec<Repr>, Repr) {
    let params = signature
        .params
        .iter()
        .map(|it| if it.optional || it.rest { Repr::Dynamic } else { Repr::of_variable(&it.ty) });
    let result = if is_async { Repr::Dynamic } else { Repr::of(&signature.result) };
    (params.collect(), result)
}

/// What is known where several ways meet.
fn join(flows: Vec<Flow>) -> Flow {
    let mut live = flows.into_iter().filter(|it| !it.dead);
    let Some(mut joined) = live.next() else {
        return Flow { dead: true, ..Flow::default() };
    };
    for other in live {
        joined.narrowed.retain(|path, ty| match other.narrowed.get(path) {
            Some(known) => {
                *ty = Type::union([ty.clone(), known.clone()]);
                true
            }
            None => false,
        });
    }
    joined
}
