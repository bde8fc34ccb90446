//! Whether locals are defined once and used only where they are in scope, and loops are left only from inside.

use crate::ir::verify::Verifier;
use crate::ir::{Body, Expr, ExprId, Item, LocalId};

/// What is still to be done, the next at the end.
enum Step {
    /// Look at an expression with this many loops around it in its function.
    Visit(ExprId, u32),
    Open(LocalId),
    Close(LocalId),
}

struct Scope<'a> {
    body: &'a Body,
    steps: Vec<Step>,
    defined: Vec<bool>,
    open: Vec<bool>,
}

impl Verifier<'_> {
    pub(super) fn scope(&mut self, item: &Item) {
        let locals = item.body.locals.len();
        let mut scope = Scope {
            body: &item.body,
            steps: vec![Step::Visit(item.body.root, 0)],
            defined: vec![false; locals],
            open: vec![false; locals],
        };
        scope.steps.extend(item.params.iter().map(|it| Step::Open(*it)));
        while let Some(step) = scope.steps.pop() {
            match step {
                Step::Open(local) => self.open(&mut scope, local),
                Step::Close(local) => scope.open[local.0 as usize] = false,
                Step::Visit(id, loops) => self.visit(&mut scope, id, loops),
            }
        }
    }

    fn open(&mut self, scope: &mut Scope<'_>, local: LocalId) {
        let at = local.0 as usize;
        scope.open[at] = true;
        if std::mem::replace(&mut scope.defined[at], true) {
            self.fault(format!("local {at} (`{}`) is defined twice", scope.body.local(local).name));
        }
    }

    fn visit(&mut self, scope: &mut Scope<'_>, id: ExprId, loops: u32) {
        match scope.body.expr(id) {
            Expr::Local(local) => self.in_scope(scope, *local),
            Expr::Assign { local, value } => {
                self.in_scope(scope, *local);
                if !scope.body.local(*local).mutable {
                    let name = &scope.body.local(*local).name;
                    self.fault(format!("`{name}`, which is not mutable, is assigned"));
                }
                scope.steps.push(Step::Visit(*value, loops));
            }
            Expr::Break(level) | Expr::Continue(level) if loops <= *level => {
                self.fault(format!("loop {level} is left inside of {loops} loops"));
            }
            Expr::Loop(body) => scope.steps.push(Step::Visit(*body, loops + 1)),
            Expr::Lambda { params, body } => scope.bind(params, &[], &[*body], 0),
            Expr::Try { body, local, handler } => {
                scope.bind(&[*local], &[*body], &[*handler], loops);
            }
            Expr::Let { local, value, body } => scope.bind(&[*local], &[*value], &[*body], loops),
            Expr::LetRec { bindings, body } => {
                let (locals, lambdas): (Vec<_>, Vec<_>) = bindings.iter().copied().unzip();
                for lambda in &lambdas {
                    if !matches!(scope.body.expr(*lambda), Expr::Lambda { .. }) {
                        self.fault(format!("expression {} of a `LetRec` is no lambda", lambda.0));
                    }
                }
                scope.bind(&locals, &[], &[&lambdas[..], &[*body]].concat(), loops);
            }
            Expr::Match { scrutinee, arms } => {
                for arm in arms.iter().rev() {
                    let mut locals = Vec::new();
                    arm.pattern.locals(&mut locals);
                    let inside: Vec<ExprId> = arm.guard.into_iter().chain([arm.body]).collect();
                    scope.bind(&locals, &[], &inside, loops);
                }
                scope.steps.push(Step::Visit(*scrutinee, loops));
            }
            other => {
                let operands = other.operands();
                scope.steps.extend(operands.into_iter().rev().map(|it| Step::Visit(it, loops)));
            }
        }
    }

    fn in_scope(&mut self, scope: &Scope<'_>, local: LocalId) {
        if !scope.open[local.0 as usize] {
            let name = &scope.body.local(local).name;
            self.fault(format!("local {} (`{name}`) is not in scope", local.0));
        }
    }
}

impl Scope<'_> {
    /// Plans: `before`, then `inside` with `locals` in scope.
    fn bind(&mut self, locals: &[LocalId], before: &[ExprId], inside: &[ExprId], loops: u32) {
        self.steps.extend(locals.iter().map(|it| Step::Close(*it)));
        self.steps.extend(inside.iter().rev().map(|it| Step::Visit(*it, loops)));
        self.steps.extend(locals.iter().rev().map(|it| Step::Open(*it)));
        self.steps.extend(before.iter().rev().map(|it| Step::Visit(*it, loops)));
    }
}
