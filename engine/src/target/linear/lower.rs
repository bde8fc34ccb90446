//! Statements: where a value goes.

use std::collections::{HashSet, VecDeque};

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::Name;
use crate::ir::{Body, Expr as Ir, ExprId, ItemKind, LocalId, Module, RefId};
use crate::target::linear::jump::LoopFrame;
use crate::target::linear::operand::{Effect, Value};
use crate::target::linear::scope::{FunctionScope, Scopes};
use crate::target::linear::{
    Block, Expr, Function, FunctionId, Item, Jump, Language, Stmt, Var, VarId,
};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dest {
    Return,
    Assign(VarId),
    Discard,
}

/// A pass over one item.
pub(crate) struct Lowerer<'a> {
    pub(crate) module: &'a Module,
    pub(crate) body: &'a Body,
    pub(crate) language: Language,
    pub(crate) scopes: Scopes,
    /// The refs that are functions of this module.
    pub(crate) own_functions: &'a HashSet<RefId, FxBuildHasher>,
    /// What pattern variables stand for while a guard is evaluated.
    pub(crate) inlined: FxHashMap<LocalId, Expr>,
    /// The block being written.
    pub(crate) block: Block,
    /// Whether control reaches the end of the block.
    pub(crate) live: bool,
    /// The loops around the place being written; the first is that of the tail calls.
    pub(crate) loops: Vec<LoopFrame>,
    pub(crate) labels: u32,
    /// How many `Try`s of the current function the place being written stands in.
    tries: u32,
    item: &'a crate::ir::Item,
    vars: Vec<Var>,
    functions: Vec<Function>,
    current: FunctionId,
    /// Functions that a `Define` made, whose bodies are still to be written.
    pending: VecDeque<FunctionId>,
}

impl<'a> Lowerer<'a> {
    pub(crate) fn new(
        module: &'a Module,
        item: &'a crate::ir::Item,
        own_functions: &'a HashSet<RefId, FxBuildHasher>,
        language: Language,
    ) -> Lowerer<'a> {
        let scopes = Scopes::new(&item.params, &item.body);
        let locals = item.body.locals.iter().enumerate().map(|(n, local)| Var {
            name: local.name.clone(),
            cell: local.mutable && scopes.is_captured(LocalId(n as u32)),
        });
        Lowerer {
            module,
            body: &item.body,
            language,
            vars: locals.collect(),
            scopes,
            own_functions,
            inlined: FxHashMap::default(),
            block: Vec::new(),
            live: true,
            loops: Vec::new(),
            labels: 0,
            tries: 0,
            item,
            functions: Vec::new(),
            current: FunctionId(0),
            pending: VecDeque::from([FunctionId(0)]),
        }
    }

    /// The item in statement form.
    pub(crate) fn run(mut self) -> Item {
        let scopes = std::mem::take(&mut self.scopes.functions);
        self.functions = scopes.iter().map(|it| self.heading(it)).collect();
        while let Some(id) = self.pending.pop_front() {
            self.function(id, &scopes[id.0 as usize]);
        }
        Item { vars: self.vars, functions: self.functions }
    }

    fn heading(&mut self, scope: &FunctionScope) -> Function {
        Function {
            parent: scope.parent,
            variable: scope.parent.map(|_| match scope.local {
                Some(local) => VarId(local.0),
                None => self.temporary(),
            }),
            params: scope.params.iter().map(|it| self.param(*it)).collect(),
            captures: scope.captures.iter().map(|it| VarId(it.0)).collect(),
            recursive: scope.recursive,
            in_loop: false,
            body: Vec::new(),
        }
    }

    /// The variable that holds an argument: the local itself, unless that is a cell.
    fn param(&mut self, local: LocalId) -> VarId {
        let var = &self.vars[local.0 as usize];
        if !var.cell {
            return VarId(local.0);
        }
        let name = var.name.clone();
        self.variable(name)
    }

    fn function(&mut self, id: FunctionId, scope: &FunctionScope) {
        self.current = id;
        self.live = true;
        self.push_loop();
        let params = self.functions[id.0 as usize].params.clone();
        for (param, local) in params.into_iter().zip(&scope.params) {
            if self.is_cell(*local) {
                self.emit(Stmt::NewCell(VarId(local.0), Expr::Var(param)));
            }
        }
        self.lower(scope.body, Dest::Return);
        let (again, body) = self.pop_function_loop();
        if again {
            let lambdas = self.functions.iter_mut().filter(|it| it.parent == Some(id));
            lambdas.for_each(|it| it.in_loop = true);
        }
        self.functions[id.0 as usize].body = body;
    }

    /// Writes what computes `id` and puts its value where it belongs.
    pub(crate) fn lower(&mut self, mut id: ExprId, dest: Dest) {
        let body = self.body;
        while self.live {
            if let Some(rest) = self.rest_of(id) {
                id = rest;
                continue;
            }
            match body.expr(id) {
                Ir::If { condition, then, otherwise } if !self.is_boolean(id, dest) => {
                    let condition = self.value(*condition).expr;
                    match self.choose(condition, *then, *otherwise, dest) {
                        Some(rest) => id = rest,
                        None => return,
                    }
                }
                Ir::Match { scrutinee, arms } => match self.match_arms(*scrutinee, arms, dest) {
                    Some(rest) => id = rest,
                    None => return,
                },
                Ir::Return(value) => return self.lower(*value, Dest::Return),
                Ir::Try { body, local, handler } => {
                    return self.attempt(*body, *local, *handler, dest);
                }
                Ir::Call { arguments, .. } | Ir::Apply { arguments, .. }
                    if dest == Dest::Return && self.calls_itself(id) =>
                {
                    return self.restart(arguments);
                }
                _ => {
                    let value = self.value(id);
                    return self.finish(value, dest);
                }
            }
        }
    }

    /// Writes a `Try`.
    fn attempt(&mut self, body: ExprId, local: LocalId, handler: ExprId, dest: Dest) {
        self.tries += 1;
        let (body, body_live, ()) = self.nested(Vec::new(), |it| it.lower(body, dest));
        self.tries -= 1;
        let (variable, start) = if self.is_cell(local) {
            let thrown = self.temporary();
            (thrown, vec![Stmt::NewCell(VarId(local.0), Expr::Var(thrown))])
        } else {
            (VarId(local.0), Vec::new())
        };
        let (handler, live, ()) = self.nested(start, |it| it.lower(handler, dest));
        self.emit(Stmt::Try { body, variable, handler });
        self.live = body_live || live;
    }

    /// Puts a value where it belongs.
    pub(crate) fn finish(&mut self, value: Value, dest: Dest) {
        match dest {
            Dest::Return => {
                self.emit(Stmt::Return(value.expr));
                self.live = false;
            }
            Dest::Assign(var) => self.emit(Stmt::Assign(var, value.expr)),
            Dest::Discard if value.effect > Effect::Reads => self.emit(Stmt::Expr(value.expr)),
            Dest::Discard => (),
        }
    }

    /// Adds a statement, unless control does not get here.
    pub(crate) fn emit(&mut self, stmt: Stmt) {
        if self.live {
            self.block.push(stmt);
        }
    }

    /// The block that `write` writes, whether control reaches its end, and what `write` yields. It begins with `start`.
    pub(crate) fn nested<T>(
        &mut self,
        start: Block,
        write: impl FnOnce(&mut Self) -> T,
    ) -> (Block, bool, T) {
        let outer = std::mem::replace(&mut self.block, start);
        let outer_live = std::mem::replace(&mut self.live, true);
        let result = write(self);
        let block = std::mem::replace(&mut self.block, outer);
        let live = std::mem::replace(&mut self.live, outer_live);
        (block, live, result)
    }

    /// A new variable without a name.
    pub(crate) fn temporary(&mut self) -> VarId {
        self.variable(Name::default())
    }

    fn variable(&mut self, name: Name) -> VarId {
        self.vars.push(Var { name, cell: false });
        VarId(self.vars.len() as u32 - 1)
    }

    /// Whether the local is shared through a cell.
    pub(crate) fn is_cell(&self, local: LocalId) -> bool {
        self.vars[local.0 as usize].cell
    }

    /// Gives a local its first value.
    pub(crate) fn bind(&mut self, local: LocalId, value: ExprId) {
        if !self.scopes.is_read(local) {
            self.lower(value, Dest::Discard);
        } else if self.scopes.function_of(local).is_some() {
            let function = self.scopes.lambda(value);
            self.define(vec![function]);
        } else if self.is_cell(local) {
            let content = self.value(value).expr;
            self.emit(Stmt::NewCell(VarId(local.0), content));
        } else {
            self.lower(value, Dest::Assign(VarId(local.0)));
        }
    }

    /// Gives a mutable local its next value.
    pub(crate) fn assign(&mut self, local: LocalId, value: ExprId) {
        if !self.scopes.is_read(local) {
            self.lower(value, Dest::Discard);
        } else if self.is_cell(local) {
            let content = self.value(value).expr;
            self.emit(Stmt::SetCell(VarId(local.0), content));
        } else {
            self.lower(value, Dest::Assign(VarId(local.0)));
        }
    }

    /// Writes the closures of a recursive binding.
    pub(crate) fn define_all(&mut self, bindings: &[(LocalId, ExprId)]) {
        let functions = bindings.iter().map(|(_, value)| self.scopes.lambda(*value)).collect();
        self.define(functions);
    }

    /// Writes closures.
    pub(crate) fn define(&mut self, functions: Vec<FunctionId>) {
        if self.live {
            for id in &functions {
                self.functions[id.0 as usize].in_loop |= 1 < self.loops.len();
                self.pending.push_back(*id);
            }
            self.emit(Stmt::Define(functions));
        }
    }

    /// The variable that holds a lambda's closure.
    pub(crate) fn closure(&self, id: FunctionId) -> VarId {
        self.functions[id.0 as usize].variable.expect("a lambda has a variable")
    }

    /// How many parameters a function has.
    pub(crate) fn arity(&self, id: FunctionId) -> usize {
        self.functions[id.0 as usize].params.len()
    }

    /// Whether a call calls the function that it stands in, with exactly its arguments.
    pub(crate) fn calls_itself(&self, id: ExprId) -> bool {
        // What a call throws is still to be caught.
        if 0 < self.tries {
            return false;
        }
        match self.body.expr(id) {
            Ir::Call { callee, arguments } => {
                let callee = &self.module.refs[callee.0 as usize];
                self.item.kind == ItemKind::Function
                    && self.current == FunctionId(0)
                    && callee.name == self.item.name
                    && callee.module == self.module.path
                    && arguments.len() == self.arity(self.current)
            }
            Ir::Apply { callee, arguments } => {
                let Ir::Local(local) = self.body.expr(*callee) else { return false };
                self.scopes.function_of(*local) == Some(self.current)
                    && arguments.len() == self.arity(self.current)
            }
            _ => false,
        }
    }

    /// Begins the function again with other arguments.
    fn restart(&mut self, arguments: &[ExprId]) {
        let values = self.values(arguments, true).into_iter().map(|it| it.expr);
        let params = self.functions[self.current.0 as usize].params.iter().copied();
        let moved: Vec<(VarId, Expr)> =
            params.zip(values).filter(|(param, value)| *value != Expr::Var(*param)).collect();
        let entangled = (1..moved.len())
            .any(|n| moved[..n].iter().any(|(param, _)| moved[n].1.mentions(*param)));
        if entangled {
            self.emit(Stmt::AssignAll(moved));
        } else {
            for (param, value) in moved {
                self.emit(Stmt::Assign(param, value));
            }
        }
        self.jump_to(0, Jump::Continue);
    }
}
