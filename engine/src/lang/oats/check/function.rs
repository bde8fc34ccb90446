//! Functions: declared ones, closures, methods.

use std::rc::Rc;

use crate::base::{Finding, TextRange};
use crate::ir::{Expr, ExprId, LocalId, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::hoist::Waiting;
use crate::lang::oats::check::{Around, Change, Checker, Frame, Meaning, This, Value, holds};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Parameter, Signature, Type};
use crate::lang::oats::written::{is_async, param_name};

impl<'t> Checker<'t, '_> {
    /// A function expression, arrow function or method of an object literal, as a function value.
    pub(super) fn closure(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let range = syntax.range();
        let hint = expected.and_then(|it| {
            it.members().iter().find_map(|it| match it {
                Type::Function(signature) => Some(signature.clone()),
                _ => None,
            })
        });
        let (lambda, ty) = self.lambda(syntax, hint.as_deref());
        let id = self.b.dynamic_function(lambda, range);
        Value { id, repr: Repr::Dynamic, ty }
    }

    /// A lambda of dynamic values, and the type of the function.
    pub(super) fn lambda(
        &mut self,
        syntax: Syntax<'t>,
        hint: Option<&Signature>,
    ) -> (ExprId, Type) {
        let range = syntax.range();
        let depth = self.types.variables.len();
        let variables = self.types.type_params(syntax, self.here());
        let params = self.parameters_of(syntax, hint);
        if params.iter().any(|it| it.rest) {
            self.unsupported(range, "a rest parameter of a function that is a value is");
        }
        let written = self.annotation(syntax).map(|it| it.0);
        let async_function = is_async(syntax, self.text);
        let arrow = syntax.kind() == Kind::ArrowExpr;
        let hinted = hint.map(|it| &it.result).filter(|it| tells_result(it));
        let flow = self.flow.clone();
        self.leave_variables();
        self.frames.push(Frame::new(written.clone(), Repr::Dynamic, async_function));
        if !arrow {
            self.this.push(None);
        }
        let locals: Vec<LocalId> =
            params.iter().map(|it| self.b.local(&it.name, Repr::Dynamic)).collect();
        let mut result = Type::Unknown;
        let body = self.block_of(range, |it| {
            it.bind_params(syntax, &params, &locals, &vec![Repr::Dynamic; params.len()]);
            let (id, ty) = it.body(syntax, written.as_ref().or(hinted), range);
            result = ty;
            Some(id)
        });
        if !arrow {
            self.this.pop();
        }
        let frame = self.frames.pop().expect("it was pushed above");
        self.flow = flow;
        self.types.variables.truncate(depth);
        let body = if async_function { self.settled(body, range) } else { body };
        let result = written.unwrap_or_else(|| {
            let ty = self.inferred_result(frame.returned, result, hinted);
            match ty {
                it @ Type::Promise(_) => it,
                other if async_function => Type::Promise(Rc::new(other)),
                other => other,
            }
        });
        let ty = Ty::Function(vec![Ty::Dynamic; params.len()], Box::new(Ty::Dynamic));
        let id = self.b.add(Expr::Lambda { params: locals, body }, ty, range);
        (id, Type::Function(Rc::new(Signature { variables, params, result })))
    }

    /// The type of the result of a function that does not say it: of what it returns, and of what its body is.
    fn inferred_result(&mut self, returned: Vec<Type>, body: Type, hinted: Option<&Type>) -> Type {
        let ty = if returned.is_empty() {
            body
        } else {
            let comes_to_its_end = body != Type::Void && body != Type::Never;
            Type::union(returned.into_iter().chain(comes_to_its_end.then_some(body)))
        };
        match hinted {
            Some(hinted) if self.types.assignable(&ty, hinted) => ty,
            _ => ty.widened(),
        }
    }

    /// Forgets what is known of variables that may change until the function is called.
    fn leave_variables(&mut self) {
        let assigned = self.assigned.clone();
        self.forget_names(&assigned);
        let ids: Vec<u32> =
            assigned.iter().filter_map(|it| self.lookup(it)).map(|it| it.id).collect();
        self.flow.narrowed.retain(|path, _| !ids.contains(&path.0));
        self.flow.dead = false;
    }

    /// Parameters as they are written; those without a type get what is expected.
    fn parameters_of(&mut self, syntax: Syntax<'t>, hint: Option<&Signature>) -> Vec<Parameter> {
        let Some(list) = syntax.child(Kind::Params) else { return Vec::new() };
        let mut params = self.types.parameters(list, self.here());
        for (n, (param, syntax)) in params.iter_mut().zip(list.children()).enumerate() {
            if syntax.child(Kind::Annotation).is_some() || param.ty != Type::Unknown {
                continue;
            }
            match hint {
                Some(hint) => match hint.params.get(n) {
                    Some(given) if given.optional => param.ty = given.ty.or_undefined(),
                    Some(given) => param.ty = given.ty.clone(),
                    None => param.ty = Type::Any,
                },
                None => self.untyped(syntax.range(), &param.name),
            }
        }
        params
    }

    fn untyped(&mut self, range: TextRange, name: &str) {
        let message = format!("the parameter `{name}` needs a type");
        let finding = Finding::error("missing-type", range, message);
        self.report(finding.help(format!("write `{name}: type`")));
    }

    /// Says which parameters of a declared function lack a type.
    pub(super) fn require_types(&mut self, syntax: Syntax<'t>) {
        let Some(list) = syntax.child(Kind::Params) else { return };
        for param in list.children() {
            if param.child(Kind::Annotation).is_none() && param.child(Kind::Initializer).is_none() {
                let name = param_name(param, self.text);
                self.untyped(param.range(), name);
            }
        }
    }

    /// Brings parameters into scope, from the locals that hold the arguments.
    pub(super) fn bind_params(
        &mut self,
        syntax: Syntax<'t>,
        params: &[Parameter],
        locals: &[LocalId],
        reprs: &[Repr],
    ) {
        let Some(list) = syntax.child(Kind::Params) else { return };
        for (n, (param, part)) in params.iter().zip(list.children()).enumerate() {
            let (local, repr, range) = (locals[n], reprs[n], part.range());
            let initial = part.child(Kind::Initializer).and_then(|it| it.children().next());
            let ty = match initial {
                None if param.optional => param.ty.or_undefined(),
                _ => param.ty.clone(),
            };
            let ty = self.types.unfolded(ty);
            let own = Repr::of_variable(&ty);
            let mut value = Value { id: self.b.get(local, range), repr, ty: ty.clone() };
            if let Some(initial) = initial {
                value = self.defaulted(local, initial, &ty, range);
            }
            let pattern = part
                .children()
                .find(|it| matches!(it.kind(), Kind::ArrayPattern | Kind::ObjectPattern));
            if let Some(pattern) = pattern {
                self.destructure(pattern, value, Change::Free);
                continue;
            }
            let name = param_name(part, self.text);
            let (local, own) = if initial.is_none()
                && (own == repr || repr == Repr::Dynamic && own == Repr::Dynamic)
            {
                (local, repr)
            } else {
                let id = self.convert(&value, own, range);
                let inner = self.b.local(name, own);
                self.steps.push(Step::Let(inner, id));
                (inner, own)
            };
            self.declare_local(name, local, own, ty, range, Change::Free);
        }
    }

    /// The argument, or where that is undefined another value.
    pub(super) fn defaulted(
        &mut self,
        local: LocalId,
        initial: Syntax<'t>,
        ty: &Type,
        range: TextRange,
    ) -> Value {
        let given = self.b.get(local, range);
        let undefined = self.b.undefined(range);
        let condition =
            self.b.prim(crate::ir::Prim::DynamicEqual, vec![given, undefined], Ty::Bool, range);
        let value = self.with_steps(range, |it| it.expr_as(initial, ty, None));
        let then = self.dynamic(&value, range);
        let otherwise = self.b.get(local, range);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Dynamic, range);
        Value { id, repr: Repr::Dynamic, ty: ty.clone() }
    }

    /// The body of a function: its value in the function's representation, and the type of what it yields at its end.
    pub(super) fn body(
        &mut self,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
        range: TextRange,
    ) -> (ExprId, Type) {
        let (repr, async_function) = (self.frame().repr, self.frame().is_async);
        let expected = expected.map(|it| unwrapped(it, async_function));
        let Some(block) = syntax.child(Kind::Block) else {
            let Some(expr) = syntax.children().filter(|it| it.kind().is_expr()).last() else {
                return (self.b.default(repr, range), Type::Void);
            };
            let written = self.frame().result.clone();
            let value = self.expr(expr, expected.as_ref());
            if let Some(result) = written.map(|it| unwrapped(&it, async_function))
                && result != Type::Void
            {
                self.mismatch(&value.ty, &result, expr.range(), None);
            }
            let ty = value.ty.clone();
            return (self.finish_value(value, expr.range()), ty);
        };
        self.statements(block);
        let ends = !self.flow.dead;
        let result = self.frame().result.clone().map(|it| unwrapped(&it, async_function));
        if ends
            && let Some(result) = &result
            && !result.includes(|it| it.is_nothing() || it.is_lenient() || *it == Type::Anything)
        {
            let at = syntax.child(Kind::Annotation).map_or(range, Syntax::range);
            let message = format!("not every way through this function returns a `{result}`");
            self.error("missing-return", at, message);
        }
        let id = self.b.default(repr, TextRange { start: range.end, end: range.end });
        let id = if async_function { self.resolved(id, repr, range) } else { id };
        let ty = match ends {
            false => Type::Never,
            true if self.frame().returned.is_empty() => Type::Void,
            true => Type::Undefined,
        };
        (id, ty)
    }

    /// A value that a function returns, in its representation.
    pub(super) fn finish_value(&mut self, value: Value, range: TextRange) -> ExprId {
        let (repr, async_function) = (self.frame().repr, self.frame().is_async);
        if async_function {
            return self.resolved(value.id, value.repr, range);
        }
        self.convert(&value, repr, range)
    }

    fn resolved(&mut self, id: ExprId, repr: Repr, range: TextRange) -> ExprId {
        let id = self.b.convert(id, repr, Repr::Dynamic, range);
        self.prelude_call("promise_resolved", vec![id], range).id
    }

    /// The body of an `async` function: what it throws becomes a rejected promise.
    pub(super) fn settled(&mut self, body: ExprId, range: TextRange) -> ExprId {
        let local = self.b.local("", Repr::Dynamic);
        let thrown = self.b.get(local, range);
        let handler = self.prelude_call("promise_rejected", vec![thrown], range).id;
        self.b.add(Expr::Try { body, local, handler }, Ty::Dynamic, range)
    }

    /// A function that is no closure: its parameters and body, in the body that is being written.
    pub(super) fn function_body(
        &mut self,
        syntax: Syntax<'t>,
        signature: &Signature,
        reprs: &(Vec<Repr>, Repr),
        this: Option<This>,
        before: impl FnOnce(&mut Self),
    ) -> (Vec<LocalId>, ExprId) {
        let range = syntax.range();
        let async_function = is_async(syntax, self.text);
        let depth = self.types.variables.len();
        self.types.variables.extend(signature.variables.iter().cloned());
        self.frames.push(Frame::new(Some(signature.result.clone()), reprs.1, async_function));
        self.flow = super::Flow::default();
        let locals = self.param_locals(&signature.params, &reprs.0);
        let mut all = Vec::new();
        all.extend(this.as_ref().map(|it| it.local));
        all.extend(&locals);
        self.this.push(this);
        let body = self.block_of(range, |it| {
            it.bind_params(syntax, &signature.params, &locals, &reprs.0);
            before(it);
            Some(it.body(syntax, Some(&signature.result), range).0)
        });
        self.this.pop();
        self.frames.pop();
        self.types.variables.truncate(depth);
        let body = if async_function { self.settled(body, range) } else { body };
        (all, body)
    }

    /// The locals of parameters in these representations.
    pub(super) fn param_locals(&mut self, params: &[Parameter], reprs: &[Repr]) -> Vec<LocalId> {
        let params = params.iter().zip(reprs);
        params.map(|(it, repr)| self.b.local(&it.name, *repr)).collect()
    }

    /// Checks what a declared function must say: its result, unless it returns nothing.
    pub(super) fn require_result(&mut self, syntax: Syntax<'t>, name: &str) {
        if syntax.child(Kind::Annotation).is_some() {
            return;
        }
        let Some(block) = syntax.child(Kind::Block) else { return };
        let mut queue = vec![block];
        while let Some(node) = queue.pop() {
            if node.kind() == Kind::ReturnStmt && node.children().next().is_some() {
                let message =
                    format!("the function `{name}` returns a value, so its type must be written");
                let finding = Finding::error("missing-return-type", node.range(), message);
                return self.report(finding.help("write `: type` behind the parameters"));
            }
            let function = matches!(
                node.kind(),
                Kind::FunctionItem | Kind::FunctionExpr | Kind::ArrowExpr | Kind::MethodProperty
            );
            if !function {
                queue.extend(node.children());
            }
        }
    }

    /// Brings functions that are declared in a block into scope.
    pub(super) fn declare_functions(&mut self, functions: &[Syntax<'t>]) -> Vec<Waiting<'t>> {
        let mut declared = Vec::new();
        for syntax in functions {
            let Some(token) = super::module::declared_name(*syntax, self.text) else { continue };
            let name = self.slice(token);
            let depth = self.types.variables.len();
            let signature = self.types.signature(*syntax, self.here());
            self.types.variables.truncate(depth);
            self.require_types(*syntax);
            self.require_result(*syntax, name);
            let ty = Ty::Function(vec![Ty::Dynamic; signature.params.len()], Box::new(Ty::Dynamic));
            let local = self.b.local_of(name, ty);
            let id = self.fresh_id();
            let meaning = Meaning::LocalFunction(local);
            let ty = Type::Function(Rc::new(signature.clone()));
            let change = Change::Forbidden;
            self.declare(name, super::Binding { id, meaning, ty, range: token, change });
            declared.push(Waiting { name, syntax: *syntax, local, signature });
        }
        declared
    }

    /// Makes functions of a block, which may all mention each other.
    pub(super) fn define_functions(&mut self, functions: Vec<Waiting<'t>>) {
        let mut bindings = Vec::new();
        for Waiting { syntax, local, signature, .. } in functions {
            let range = syntax.range();
            let flow = std::mem::take(&mut self.flow);
            let reprs = (vec![Repr::Dynamic; signature.params.len()], Repr::Dynamic);
            let outer = std::mem::take(&mut self.steps);
            let (params, body) = self.function_body(syntax, &signature, &reprs, None, |_| ());
            self.steps = outer;
            self.flow = flow;
            let ty = Ty::Function(vec![Ty::Dynamic; params.len()], Box::new(Ty::Dynamic));
            bindings.push((local, self.b.add(Expr::Lambda { params, body }, ty, range)));
        }
        if !bindings.is_empty() {
            self.steps.push(Step::Rec(bindings));
        }
    }

    /// Whether a piece of syntax holds a function.
    pub(super) fn holds_function(syntax: Syntax<'_>) -> bool {
        let kinds = [Kind::FunctionItem, Kind::FunctionExpr, Kind::ArrowExpr, Kind::MethodProperty];
        holds(syntax, &kinds)
    }

    /// The bodies of `try … finally` and loops around the place.
    pub(super) fn around(&mut self) -> &mut Vec<Around<'t>> {
        &mut self.frame().around
    }
}

/// The type of what an `async` function returns inside.
pub(super) fn unwrapped(ty: &Type, async_function: bool) -> Type {
    match ty {
        Type::Promise(inner) if async_function => (**inner).clone(),
        other => other.clone(),
    }
}

/// Whether the result that is expected of a function tells what its own is.
fn tells_result(expected: &Type) -> bool {
    let is_open = |it: &Type| matches!(it, Type::Param(_) | Type::Void | Type::Anything);
    !expected.is_lenient() && !expected.includes(is_open)
}
