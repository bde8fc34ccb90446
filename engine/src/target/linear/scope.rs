//! Which function owns which variable, and who mentions it.

use std::collections::BTreeSet;

use crate::ir::{Body, Expr, ExprId, LocalId, Pattern};
use crate::target::linear::FunctionId;

/// What is known of a body's variables and lambdas before any statement is made.
#[derive(Debug)]
pub(crate) struct Scopes {
    /// The lambdas; the item itself comes first.
    pub(crate) functions: Vec<FunctionScope>,
    lambdas: Vec<Option<FunctionId>>,
    locals: Vec<LocalScope>,
}

/// A function's surroundings.
#[derive(Debug)]
pub(crate) struct FunctionScope {
    pub(crate) parent: Option<FunctionId>,
    pub(crate) params: Vec<LocalId>,
    /// What it computes.
    pub(crate) body: ExprId,
    /// The immutable local that stands for it, if there is one.
    pub(crate) local: Option<LocalId>,
    pub(crate) recursive: bool,
    pub(crate) captures: BTreeSet<LocalId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct LocalScope {
    owner: Option<FunctionId>,
    function: Option<FunctionId>,
    read: bool,
    captured: bool,
}

impl Scopes {
    /// The scopes of `body`, the body of an item with these parameters.
    pub(crate) fn new(params: &[LocalId], body: &Body) -> Scopes {
        let mut scopes = Scopes {
            functions: Vec::new(),
            lambdas: vec![None; body.exprs.len()],
            locals: vec![LocalScope::default(); body.locals.len()],
        };
        let item = scopes.enter(None, params, body.root);
        let mut mentions = Vec::new();
        let mut stack = vec![(body.root, item)];
        let mut operands = Vec::new();
        while let Some((id, function)) = stack.pop() {
            let inner = scopes.visit(body, id, function, &mut mentions);
            children(body.expr(id), &mut operands);
            stack.extend(operands.drain(..).rev().map(|it| (it, inner)));
        }
        for (local, function) in mentions {
            scopes.capture(local, function);
        }
        scopes
    }

    /// The function that a lambda became.
    pub(crate) fn lambda(&self, id: ExprId) -> FunctionId {
        self.lambdas[id.0 as usize].expect("every lambda below the root was visited")
    }

    /// The function that an immutable local always stands for.
    pub(crate) fn function_of(&self, local: LocalId) -> Option<FunctionId> {
        self.locals[local.0 as usize].function
    }

    /// Whether anything reads the local.
    pub(crate) fn is_read(&self, local: LocalId) -> bool {
        self.locals[local.0 as usize].read
    }

    /// Whether a function other than its owner mentions the local.
    pub(crate) fn is_captured(&self, local: LocalId) -> bool {
        self.locals[local.0 as usize].captured
    }

    fn enter(
        &mut self,
        parent: Option<FunctionId>,
        params: &[LocalId],
        body: ExprId,
    ) -> FunctionId {
        let id = FunctionId(self.functions.len() as u32);
        for param in params {
            self.own(*param, id);
        }
        self.functions.push(FunctionScope {
            parent,
            params: params.to_vec(),
            body,
            local: None,
            recursive: false,
            captures: BTreeSet::new(),
        });
        id
    }

    fn own(&mut self, local: LocalId, function: FunctionId) {
        self.locals[local.0 as usize].owner = Some(function);
    }

    /// Notes what an expression binds and mentions; yields the function in which its operands stand.
    fn visit(
        &mut self,
        body: &Body,
        id: ExprId,
        function: FunctionId,
        mentions: &mut Vec<(LocalId, FunctionId)>,
    ) -> FunctionId {
        match body.expr(id) {
            Expr::Local(local) => {
                self.locals[local.0 as usize].read = true;
                mentions.push((*local, function));
            }
            Expr::Assign { local, .. } => mentions.push((*local, function)),
            Expr::Lambda { params, body: result } => {
                // A binding around it has entered it already, so that it knows its name.
                if let Some(known) = self.lambdas[id.0 as usize] {
                    return known;
                }
                let inner = self.enter(Some(function), params, *result);
                self.lambdas[id.0 as usize] = Some(inner);
                return inner;
            }
            Expr::Let { local, value, .. } => {
                self.own(*local, function);
                if !body.local(*local).mutable {
                    self.name_lambda(body, *local, *value, function);
                }
            }
            Expr::Try { local, .. } => self.own(*local, function),
            Expr::LetRec { bindings, .. } => {
                for (local, value) in bindings {
                    self.own(*local, function);
                    self.name_lambda(body, *local, *value, function);
                }
            }
            Expr::Match { arms, .. } => {
                for arm in arms {
                    self.own_all(&arm.pattern, function);
                }
            }
            _ => (),
        }
        function
    }

    fn name_lambda(&mut self, body: &Body, local: LocalId, value: ExprId, function: FunctionId) {
        let Expr::Lambda { params, body: result } = body.expr(value) else { return };
        let inner = self.enter(Some(function), params, *result);
        self.lambdas[value.0 as usize] = Some(inner);
        self.functions[inner.0 as usize].local = Some(local);
        self.locals[local.0 as usize].function = Some(inner);
    }

    fn own_all(&mut self, pattern: &Pattern, function: FunctionId) {
        match pattern {
            Pattern::Wildcard | Pattern::Literal(_) => (),
            Pattern::Bind(local) => self.own(*local, function),
            Pattern::Constructor { fields, .. } => {
                for field in fields {
                    self.own_all(field, function);
                }
            }
            Pattern::Record(fields) => {
                for (_, field) in fields {
                    self.own_all(field, function);
                }
            }
        }
    }

    /// Lets every function from the one that mentions `local` out to the owner's child capture it.
    fn capture(&mut self, local: LocalId, from: FunctionId) {
        let owner = self.locals[local.0 as usize].owner;
        let mut at = Some(from);
        while let Some(function) = at.filter(|_| at != owner) {
            let scope = &mut self.functions[function.0 as usize];
            if scope.local == Some(local) {
                scope.recursive = true;
            } else {
                self.locals[local.0 as usize].captured = true;
                scope.captures.insert(local);
            }
            at = scope.parent;
        }
    }
}

/// The direct operands of an expression, in source order.
fn children(expr: &Expr, into: &mut Vec<ExprId>) {
    match expr {
        Expr::Literal(_) | Expr::Local(_) | Expr::Global(_) => (),
        Expr::Break(_) | Expr::Continue(_) => (),
        Expr::Call { arguments: all, .. }
        | Expr::Sequence(all)
        | Expr::Construct { fields: all, .. }
        | Expr::Record { fields: all, .. }
        | Expr::Array(all)
        | Expr::Prim { operands: all, .. } => into.extend(all),
        Expr::Try { body, handler, .. } => into.extend([*body, *handler]),
        Expr::Apply { callee, arguments } | Expr::Method { base: callee, arguments, .. } => {
            into.push(*callee);
            into.extend(arguments);
        }
        Expr::Lambda { body: one, .. }
        | Expr::Loop(one)
        | Expr::Return(one)
        | Expr::Throw(one)
        | Expr::Assign { value: one, .. }
        | Expr::Field { base: one, .. } => into.push(*one),
        Expr::Let { value, body, .. } => into.extend([*value, *body]),
        Expr::LetRec { bindings, body } => {
            into.extend(bindings.iter().map(|(_, value)| *value));
            into.push(*body);
        }
        Expr::If { condition, then, otherwise } => into.extend([*condition, *then, *otherwise]),
        Expr::Match { scrutinee, arms } => {
            into.push(*scrutinee);
            for arm in arms {
                into.extend(arm.guard);
                into.push(arm.body);
            }
        }
        Expr::SetField { base, value, .. } => into.extend([*base, *value]),
    }
}
