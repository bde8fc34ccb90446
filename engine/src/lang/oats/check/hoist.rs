//! What a block declares, before it is declared: variables that are used too early, and functions, which are there from the start.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::{Finding, TextRange};
use crate::ir::{Expr, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::stmt::change_of;
use crate::lang::oats::check::{Binding, Change, Checker, Meaning, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

/// A variable that is in scope, but not declared yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Undeclared {
    /// How many functions are around its declaration.
    depth: usize,
    /// The function that is its first value: nobody can call that before.
    function: Option<TextRange>,
}

/// A variable that a block declares.
#[derive(Clone, Copy)]
struct Later<'t> {
    name: TextRange,
    declarator: Syntax<'t>,
    change: Change,
}

/// The variables of a block by name; of several with one name the first.
type Variables<'t> = FxHashMap<&'t str, Later<'t>>;

impl<'t> Checker<'t, '_> {
    /// The statements of a block, in the scope that is open.
    pub(super) fn statements(&mut self, block: Syntax<'t>) {
        let all: Vec<Syntax<'t>> = block.children().filter(|it| it.kind().is_statement()).collect();
        let variables = self.expect_variables(&all);
        let is_function = |it: &&Syntax<'t>| it.kind() == Kind::FunctionItem;
        let functions: Vec<Syntax<'t>> = all.iter().filter(is_function).copied().collect();
        let mut waiting = self.declare_functions(&functions);
        let names: FxHashSet<&str> = waiting.iter().map(|it| it.name).collect();
        for statement in all.iter().filter(|it| !is_function(it)) {
            // The functions are made where somebody may use one first: then most variables are there.
            if !waiting.is_empty() && mentions(*statement, self.text, &names) {
                self.hoist(&functions, &variables);
                self.define_functions(std::mem::take(&mut waiting));
            }
            self.hoist(&[*statement], &variables);
            self.statement(*statement);
        }
        self.define_functions(waiting);
    }

    /// Brings the names of variables into scope that the statements declare.
    fn expect_variables(&mut self, all: &[Syntax<'t>]) -> Variables<'t> {
        let mut variables = Variables::default();
        for item in all.iter().filter(|it| it.kind() == Kind::VarItem) {
            let change = change_of(*item, self.text);
            for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
                for name in declared_names(declarator) {
                    let later = Later { name, declarator, change };
                    variables.entry(self.slice(name)).or_insert(later);
                }
            }
        }
        let mut names: Vec<_> = variables.iter().map(|it| (it.1.name, *it.0)).collect();
        names.sort_unstable();
        for (range, name) in names {
            if self.scopes.last().is_some_and(|it| !it.contains_key(name)) {
                self.expect_variable(name, range);
            }
        }
        variables
    }

    /// Ends a clause of a `switch`: in the others its variables are in scope, but not declared.
    pub(super) fn leave_clause(&mut self, clause: Syntax<'t>) {
        for item in clause.children().filter(|it| it.kind() == Kind::VarItem) {
            for declarator in item.children().filter(|it| it.kind() == Kind::Declarator) {
                for range in declared_names(declarator) {
                    self.expect_variable(self.slice(range), range);
                }
            }
        }
    }

    /// Brings the name of a variable into scope that is declared later.
    pub(super) fn expect_variable(&mut self, name: &str, range: TextRange) {
        let (id, meaning, ty) = (self.fresh_id(), Meaning::Later, Type::Unknown);
        let change = Change::Free;
        self.declare(name, Binding { id, meaning, ty, range, change });
    }

    /// Makes variables of the block that functions in these statements mention before they are declared.
    fn hoist(&mut self, statements: &[Syntax<'t>], variables: &Variables<'t>) {
        if variables.is_empty() {
            return;
        }
        let mut found: Vec<(&'t str, Later<'t>)> = Vec::new();
        for statement in statements {
            self.captured(*statement, |it, name| {
                let Some(later) = variables.get(name) else { return };
                let binding = it.scopes.last().and_then(|scope| scope.get(name));
                let waits = binding.is_some_and(|it| matches!(it.meaning, Meaning::Later));
                if waits && !found.iter().any(|it| it.0 == name) {
                    found.push((name, *later));
                }
            });
        }
        found.sort_by_key(|it| it.1.name);
        for (name, later) in found {
            self.hoist_variable(name, later);
        }
    }

    fn hoist_variable(&mut self, name: &'t str, later: Later<'t>) {
        let initial = later.declarator.child(Kind::Initializer).and_then(|it| it.children().next());
        let is_name = later.declarator.token(Kind::Name).is_some();
        let ty = match self.annotation(later.declarator) {
            Some((ty, _)) if is_name => ty,
            _ if is_name => initial.map_or(Type::Any, |it| self.probe(it)),
            _ => Type::Unknown,
        };
        let local = self.b.local(name, Repr::Dynamic);
        let unset = self.prelude_call("undeclared", Vec::new(), later.name);
        self.steps.push(Step::Let(local, unset.id));
        let binding = self.declare_local(name, local, Repr::Dynamic, ty, later.name, later.change);
        let function = initial
            .filter(|it| matches!(it.kind(), Kind::ArrowExpr | Kind::FunctionExpr))
            .map(Syntax::range);
        self.undeclared.insert(binding.id, Undeclared { depth: self.frames.len(), function });
    }

    /// The names that functions in a piece of syntax mention.
    fn captured(&self, syntax: Syntax<'t>, mut visit: impl FnMut(&Self, &'t str)) {
        let mut queue = vec![(syntax, false)];
        while let Some((node, inside)) = queue.pop() {
            if inside && matches!(node.kind(), Kind::NameExpr | Kind::Shorthand) {
                visit(self, self.slice(node.range()));
            }
            let inside = inside || is_function(node.kind());
            queue.extend(node.children().map(|it| (it, inside)));
        }
    }

    /// The type of an expression, found without keeping what that becomes.
    fn probe(&mut self, value: Syntax<'t>) -> Type {
        let probing = std::mem::replace(&mut self.probing, true);
        let outer = std::mem::take(&mut self.steps);
        let (exprs, locals) = (self.b.body.exprs.len(), self.b.body.locals.len());
        let flow = self.flow.clone();
        let found = self.types.findings.len();
        let ty = self.expr(value, None).ty.widened();
        self.types.findings.truncate(found);
        self.b.forget_from(exprs, locals);
        self.steps = outer;
        self.flow = flow;
        self.probing = probing;
        ty
    }

    /// The local of a variable that is made before its declaration, once that is reached.
    pub(super) fn declared_now(&mut self, name: &str, range: TextRange) -> Option<(u32, LocalId)> {
        let binding = self.scopes.last()?.get(name)?.clone();
        let Meaning::Local(local, _) = binding.meaning else { return None };
        let known = binding.range == range && self.undeclared.remove(&binding.id).is_some();
        known.then_some((binding.id, local))
    }

    /// Whether a variable is used where it certainly is not declared yet, which is reported.
    pub(super) fn is_too_early(&mut self, binding: &Binding, range: TextRange) -> bool {
        let name = self.slice(binding.range);
        let early = match &binding.meaning {
            Meaning::Later => true,
            Meaning::Local(..) => {
                let depth = self.frames.len();
                self.undeclared.get(&binding.id).is_some_and(|it| it.depth == depth)
            }
            Meaning::Constant(..) | Meaning::Variable(_) | Meaning::Class(_) | Meaning::Enum(_) => {
                self.in_constant == Some(self.frames.len()) && range.start < binding.range.start
            }
            _ => false,
        };
        if early {
            let what = match binding.meaning {
                Meaning::Class(_) => "the class ",
                Meaning::Enum(_) => "the enum ",
                _ => "",
            };
            let message = format!("{what}`{name}` is used before its declaration");
            let finding = Finding::error("used-before-declaration", range, message);
            self.report(finding.also(binding.range, format!("`{name}` is declared here")));
        }
        early
    }

    /// Says where a class or enum of the module is used by a value that comes before it.
    pub(super) fn check_order(&mut self, name: &str, range: TextRange) {
        if let Some(binding) = self.lookup(name) {
            self.is_too_early(&binding, range);
        }
    }

    /// The value of a local; in a function that may be called before the local is declared, that throws then.
    pub(super) fn local_value(
        &mut self,
        binding: &Binding,
        value: Value,
        range: TextRange,
    ) -> Value {
        match self.undeclared.get(&binding.id) {
            Some(it) if !it.is_safe_at(range) => {
                let Meaning::Local(local, _) = binding.meaning else { return value };
                let undeclared = self.prelude_call("undeclared", Vec::new(), range).id;
                let operands = vec![value.id, undeclared];
                let condition = self.b.prim(Prim::DynamicEqual, operands, Ty::Bool, range);
                let name = self.b.text(self.slice(binding.range), range);
                let name = self.b.convert(name, Repr::Text, Repr::Dynamic, range);
                let error = self.prelude_call("too_early", vec![name], range).id;
                let then = self.b.add(Expr::Throw(error), Ty::Dynamic, range);
                let otherwise = self.b.get(local, range);
                let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Dynamic, range);
                Value { id, ..value }
            }
            _ => value,
        }
    }

    /// Throws where a local is assigned before it is declared.
    pub(super) fn check_assigned(&mut self, binding: &Binding, range: TextRange) {
        let Meaning::Local(local, repr) = binding.meaning else { return };
        if self.undeclared.contains_key(&binding.id) {
            let value = Value { id: self.b.get(local, range), repr, ty: Type::Unknown };
            let checked = self.local_value(binding, value, range);
            self.push(checked.id);
        }
    }
}

impl Undeclared {
    /// Whether it is declared by the time that the code at a place is run.
    fn is_safe_at(&self, range: TextRange) -> bool {
        self.function.is_some_and(|it| it.start <= range.start && range.end <= it.end)
    }
}

/// The names that a declarator declares.
fn declared_names(declarator: Syntax<'_>) -> Vec<TextRange> {
    if let Some(token) = declarator.token(Kind::Name) {
        return vec![token.range];
    }
    let mut found = Vec::new();
    let is_pattern =
        |it: &Syntax<'_>| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern);
    let mut queue: Vec<Syntax<'_>> = declarator.children().filter(is_pattern).collect();
    while let Some(pattern) = queue.pop() {
        for element in pattern.children().filter(|it| it.kind() == Kind::PatternElement) {
            match element.children().find(is_pattern) {
                Some(inner) => queue.push(inner),
                None => {
                    let words = element.tokens().filter(|it| it.kind == Kind::Name);
                    found.extend(words.last().map(|it| it.range));
                }
            }
        }
    }
    found
}

fn is_function(kind: Kind) -> bool {
    matches!(kind, Kind::FunctionItem | Kind::FunctionExpr | Kind::ArrowExpr | Kind::MethodProperty)
}

/// Whether one of these names stands in a piece of syntax.
fn mentions(syntax: Syntax<'_>, text: &str, names: &FxHashSet<&str>) -> bool {
    let mut queue = vec![syntax];
    while let Some(node) = queue.pop() {
        if matches!(node.kind(), Kind::NameExpr | Kind::Shorthand)
            && names.contains(&text[node.range().span()])
        {
            return true;
        }
        queue.extend(node.children());
    }
    false
}

/// A function of a block that is declared, but not made yet.
pub(super) struct Waiting<'t> {
    pub(super) name: &'t str,
    pub(super) syntax: Syntax<'t>,
    pub(super) local: LocalId,
    pub(super) signature: crate::lang::oats::ty::Signature,
}
