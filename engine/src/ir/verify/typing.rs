//! Whether every expression has the type that is noted for it.

use crate::ir::verify::instance::{Instance, after_arguments};
use crate::ir::verify::prim::signature;
use crate::ir::verify::{Parts, Verifier, shown};
use crate::ir::{
    Arm, Body, Expr, ExprId, Item, ItemRef, Literal, LocalId, Pattern, Prim, RefId, Ty, TypeDef,
    TypeKind,
};

struct Typing<'a> {
    parts: Parts<'a>,
    /// Of each expression, whether it never has a value. Its type is arbitrary then.
    diverges: Vec<bool>,
    /// Of each expression, the body of the lambda in which it stands; the item's root if in none.
    results: Vec<ExprId>,
    /// Of each local, whether a `Let` or `LetRec` binds it, so that its type may hold for all choices of some variables.
    general: Vec<bool>,
}

impl Typing<'_> {
    /// Whether the expression can stand where a `ty` is expected.
    fn is(&self, id: ExprId, ty: &Ty) -> bool {
        self.diverges[id.0 as usize] || self.parts.ty(id) == ty
    }

    /// Whether a `ty` can be a use of the local, or the value that is bound to it.
    fn is_use_of(&self, local: LocalId, ty: &Ty) -> bool {
        let own = self.parts.local_ty(local);
        let params = largest_param(own).map_or(0, |largest| largest + 1);
        own == ty || (self.general[local.0 as usize] && Instance::new(params).fits(own, ty))
    }
}

impl Verifier<'_> {
    pub(super) fn typing(&mut self, item: &Item) {
        let parts = Parts { module: self.module, body: &item.body };
        let diverges = divergence(&item.body.exprs);
        let results = results(&item.body.exprs, item.body.root);
        let general = general(&item.body);
        let typing = Typing { parts, diverges, results, general };
        for used in item.body.types.iter().chain(item.body.locals.iter().map(|it| &it.ty)) {
            self.ty_params(self.module.ty(*used), item.type_params);
        }
        for n in 0..item.body.exprs.len() {
            let before = self.faults.len();
            self.expr(&typing, ExprId(n as u32));
            for fault in &mut self.faults[before..] {
                *fault = format!("{fault} (expression {n})");
            }
        }
    }

    fn ty_params(&mut self, ty: &Ty, params: u32) {
        if let Some(n) = largest_param(ty).filter(|n| params <= *n) {
            self.fault(format!("type variable {n} of {params} in the type {ty:?}"));
        }
    }

    fn require(&mut self, holds: bool, message: &str) {
        if !holds {
            self.fault(message);
        }
    }

    fn expr(&mut self, typing: &Typing<'_>, id: ExprId) {
        let parts = &typing.parts;
        let ty = parts.ty(id);
        match parts.body.expr(id) {
            Expr::Literal(literal) => {
                self.require(literal.ty() == *ty, "a literal has another type");
            }
            Expr::Local(local) => {
                self.require(typing.is_use_of(*local, ty), "a local has another type");
            }
            Expr::Global(item) => self.global(parts.item(*item), ty),
            Expr::Call { callee, arguments } => self.call(typing, *callee, arguments, ty),
            Expr::Apply { callee, arguments } => self.apply(typing, *callee, arguments, ty),
            Expr::Lambda { params, body } => self.lambda(typing, params, *body, ty),
            Expr::Let { local, value, body } => {
                let bound = typing.is_use_of(*local, parts.ty(*value));
                self.require(bound || typing.diverges[value.0 as usize], "a `Let` of another type");
                self.same(typing, *body, ty);
            }
            Expr::LetRec { bindings, body } => {
                for (local, lambda) in bindings {
                    let bound = typing.is_use_of(*local, parts.ty(*lambda));
                    self.require(bound, "a `LetRec` of another type");
                }
                self.same(typing, *body, ty);
            }
            Expr::Assign { local, value } => {
                let same = typing.is(*value, parts.local_ty(*local));
                self.require(same, "the assigned value has another type");
                self.unit(ty);
            }
            Expr::Sequence(all) => match all.last() {
                Some(last) => self.same(typing, *last, ty),
                None => self.unit(ty),
            },
            Expr::If { condition, then, otherwise } => {
                self.require(typing.is(*condition, &Ty::Bool), "a condition is no `Bool`");
                self.same(typing, *then, ty);
                self.same(typing, *otherwise, ty);
            }
            Expr::Match { scrutinee, arms } => self.matching(typing, *scrutinee, arms, ty),
            Expr::Loop(_) => self.unit(ty),
            Expr::Break(_) | Expr::Continue(_) => (),
            Expr::Throw(value) => {
                self.require(typing.is(*value, &Ty::Dynamic), "what is thrown is not dynamic");
            }
            Expr::Try { body, local, handler } => {
                let dynamic = *parts.local_ty(*local) == Ty::Dynamic;
                self.require(dynamic, "what is caught is not dynamic");
                self.same(typing, *body, ty);
                self.same(typing, *handler, ty);
            }
            Expr::Method { base, arguments, .. } => {
                let dynamic = arguments.iter().chain([base]).all(|it| typing.is(*it, &Ty::Dynamic));
                self.require(dynamic, "an operand of a method call is not dynamic");
                self.require(*ty == Ty::Dynamic, "a method call has another result");
            }
            Expr::Return(value) => {
                let result = typing.results[id.0 as usize];
                let fits =
                    typing.diverges[result.0 as usize] || typing.is(*value, parts.ty(result));
                self.require(
                    fits,
                    "the returned value has another type than the function's result",
                );
            }
            Expr::Construct { ty: item, constructor, fields } => {
                self.construct(typing, parts.item(*item), *constructor, fields, ty);
            }
            Expr::Record { fields, order } => self.record(typing, fields, order, ty),
            Expr::Field { base, field } => {
                if let Some((field, _)) = self.field(typing, *base, *field) {
                    self.require(field == *ty, "a field has another type");
                }
            }
            Expr::SetField { base, field, value } => {
                if let Some((field, mutable)) = self.field(typing, *base, *field) {
                    self.require(mutable, "a field that is set is not mutable");
                    self.require(typing.is(*value, &field), "a field is set to another type");
                }
                self.unit(ty);
            }
            Expr::Array(elements) => match ty {
                Ty::Array(element) => {
                    let same = elements.iter().all(|it| typing.is(*it, element));
                    self.require(same, "an element has another type");
                }
                _ => self.fault("an array has no array type"),
            },
            Expr::Prim { prim, operands } => self.prim(typing, *prim, operands, ty),
        }
    }

    fn same(&mut self, typing: &Typing<'_>, id: ExprId, ty: &Ty) {
        if !typing.is(id, ty) {
            let found = typing.parts.ty(id);
            self.fault(format!("operand {} is {found:?}, not {ty:?}", id.0));
        }
    }

    fn unit(&mut self, ty: &Ty) {
        self.require(*ty == Ty::Unit, "what yields nothing has another type than `Unit`");
    }

    fn global(&mut self, item: &ItemRef, ty: &Ty) {
        match self.value(item) {
            None => self.fault(format!("there is no value {}", shown(item))),
            Some(value) => {
                let fits = Instance::new(value.scheme.params).fits(&value.scheme.ty, ty);
                self.require(fits, &format!("no instance of the type of {}: {ty:?}", shown(item)));
            }
        }
    }

    fn call(&mut self, typing: &Typing<'_>, callee: RefId, arguments: &[ExprId], ty: &Ty) {
        let item = typing.parts.item(callee);
        let Some(value) = self.value(item) else {
            return self.fault(format!("there is no function {}", shown(item)));
        };
        if value.arity != Some(arguments.len() as u32) {
            let (given, arity) = (arguments.len(), value.arity);
            return self
                .fault(format!("{} of arity {arity:?} is called with {given}", shown(item)));
        }
        let result = after_arguments(&value.scheme.ty, arguments.len());
        let (Ty::Function(params, _), Some(result)) = (&value.scheme.ty, result) else {
            return self.fault(format!("the type of {} does not go with its arity", shown(item)));
        };
        let mut instance = Instance::new(value.scheme.params);
        for (param, argument) in params.iter().zip(arguments) {
            let fits = typing.diverges[argument.0 as usize]
                || instance.fits(param, typing.parts.ty(*argument));
            self.require(fits, &format!("an argument of {} has another type", shown(item)));
        }
        self.require(instance.fits(&result, ty), &format!("{} has another result", shown(item)));
    }

    fn apply(&mut self, typing: &Typing<'_>, callee: ExprId, arguments: &[ExprId], ty: &Ty) {
        if typing.diverges[callee.0 as usize] {
            return;
        }
        let function = typing.parts.ty(callee);
        if *function == Ty::Dynamic {
            let dynamic = arguments.iter().all(|it| typing.is(*it, function)) && ty == function;
            return self.require(dynamic, "an application of a dynamic value is not dynamic");
        }
        let (Ty::Function(params, _), Some(result)) =
            (function, after_arguments(function, arguments.len()))
        else {
            return self.fault(format!("{function:?} is applied to {} arguments", arguments.len()));
        };
        let same = params.iter().zip(arguments).all(|(param, it)| typing.is(*it, param));
        self.require(same, "an argument has another type");
        self.require(result == *ty, "an application has another result");
    }

    fn lambda(&mut self, typing: &Typing<'_>, params: &[LocalId], body: ExprId, ty: &Ty) {
        let params: Vec<Ty> = params.iter().map(|it| typing.parts.local_ty(*it).clone()).collect();
        let fits = if typing.diverges[body.0 as usize] {
            after_arguments(ty, params.len()).is_some()
                && matches!(ty, Ty::Function(from, _) if from.starts_with(&params))
        } else {
            Ty::function(params, typing.parts.ty(body).clone()) == *ty
        };
        self.require(fits, "a lambda has another type");
    }

    fn matching(&mut self, typing: &Typing<'_>, scrutinee: ExprId, arms: &[Arm], ty: &Ty) {
        self.require(!arms.is_empty(), "a match has no arms");
        let before = self.faults.len();
        for arm in arms {
            if !typing.diverges[scrutinee.0 as usize] {
                self.pattern(typing, &arm.pattern, typing.parts.ty(scrutinee));
            }
            if let Some(guard) = arm.guard {
                self.require(typing.is(guard, &Ty::Bool), "a guard is no `Bool`");
            }
            self.same(typing, arm.body, ty);
        }
        if self.faults.len() == before && !typing.diverges[scrutinee.0 as usize] {
            let exhaustive = self.is_exhaustive(arms, typing.parts.ty(scrutinee));
            self.require(exhaustive, "the arms of a match do not cover all values");
        }
    }

    fn pattern(&mut self, typing: &Typing<'_>, pattern: &Pattern, ty: &Ty) {
        match pattern {
            Pattern::Wildcard => (),
            Pattern::Bind(local) => {
                let same = typing.parts.local_ty(*local) == ty;
                self.require(same, "a pattern binds a local of another type");
            }
            Pattern::Literal(Literal::Float(_) | Literal::Undefined | Literal::Null) => {
                self.fault("a float or a dynamic value is a pattern");
            }
            Pattern::Literal(literal) => {
                self.require(literal.ty() == *ty, "a literal pattern has another type");
            }
            Pattern::Constructor { ty: item, constructor, fields } => {
                let item = typing.parts.item(*item);
                let Some(tys) = self.constructor(item, *constructor, ty) else { return };
                self.require(tys.len() == fields.len(), "a pattern has another number of fields");
                for (field, ty) in fields.iter().zip(&tys) {
                    self.pattern(typing, field, ty);
                }
            }
            Pattern::Record(fields) => {
                let Ty::Record(tys) = ty else {
                    return self.fault("a record pattern has no record type");
                };
                for (at, field) in fields {
                    match tys.get(*at as usize) {
                        Some((_, ty)) => self.pattern(typing, field, ty),
                        None => self.fault(format!("a record pattern has no field {at}")),
                    }
                }
            }
        }
    }

    fn construct(
        &mut self,
        typing: &Typing<'_>,
        item: &ItemRef,
        constructor: u32,
        fields: &[ExprId],
        ty: &Ty,
    ) {
        let Some(tys) = self.constructor(item, constructor, ty) else { return };
        self.require(tys.len() == fields.len(), "another number of fields");
        let same = fields.iter().zip(&tys).all(|(field, ty)| typing.is(*field, ty));
        self.require(same, &format!("a field of a {} has another type", shown(item)));
    }

    /// The types of the fields of a constructor of the type `ty`, which must be an `item`.
    fn constructor(&mut self, item: &ItemRef, constructor: u32, ty: &Ty) -> Option<Vec<Ty>> {
        let Ty::Named(_, arguments) = ty else {
            self.fault(format!("{ty:?} is not {}", shown(item)));
            return None;
        };
        self.require(matches!(ty, Ty::Named(it, _) if it == item), "a constructor of another type");
        let fields = self.definition(item).and_then(|def| fields_of(&def, constructor));
        if fields.is_none() {
            self.fault(format!("{} has no constructor {constructor}", shown(item)));
        }
        Some(fields?.iter().map(|it| it.instantiate(arguments)).collect())
    }

    fn record(&mut self, typing: &Typing<'_>, fields: &[ExprId], order: &[u32], ty: &Ty) {
        let Ty::Record(tys) = ty else { return self.fault("a record has no record type") };
        let same = fields.len() == tys.len()
            && fields.iter().zip(tys).all(|(field, (_, ty))| typing.is(*field, ty));
        self.require(same, "the fields of a record have other types");
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        let all = sorted.iter().copied().eq(0..fields.len() as u32);
        self.require(all, "the order of a record's fields does not name each once");
    }

    /// The type of a field of a record or an object, and whether it can be set.
    fn field(&mut self, typing: &Typing<'_>, base: ExprId, field: u32) -> Option<(Ty, bool)> {
        if typing.diverges[base.0 as usize] {
            return None;
        }
        let found = match typing.parts.ty(base) {
            Ty::Record(fields) => fields.get(field as usize).map(|(_, ty)| (ty.clone(), false)),
            Ty::Named(item, arguments) => match self.definition(item).map(|it| it.kind) {
                Some(TypeKind::Class(fields)) => fields
                    .get(field as usize)
                    .map(|field| (field.ty.instantiate(arguments), field.mutable)),
                _ => None,
            },
            _ => None,
        };
        if found.is_none() {
            self.fault(format!("{:?} has no field {field}", typing.parts.ty(base)));
        }
        found
    }

    fn prim(&mut self, typing: &Typing<'_>, prim: Prim, operands: &[ExprId], ty: &Ty) {
        let (expected, result) = signature(prim);
        self.require(expected.len() == operands.len(), &format!("{prim:?} has other operands"));
        let mut instance = Instance::new(1);
        for (expected, operand) in expected.iter().zip(operands) {
            let fits = typing.diverges[operand.0 as usize]
                || instance.fits(expected, typing.parts.ty(*operand));
            self.require(fits, &format!("an operand of {prim:?} has another type"));
        }
        self.require(instance.fits(&result, ty), &format!("{prim:?} has another result"));
        if let (Prim::FunctionToDynamic, [function]) = (prim, operands) {
            let function = typing.parts.ty(*function);
            let fits = matches!(function, Ty::Function(params, result)
                if params.iter().chain([&**result]).all(|it| *it == Ty::Dynamic));
            self.require(fits, "a function of other than dynamic values is made dynamic");
        }
    }
}

fn fields_of(def: &TypeDef, constructor: u32) -> Option<Vec<Ty>> {
    match &def.kind {
        TypeKind::Variant(all) => all.get(constructor as usize).map(|it| it.fields.clone()),
        TypeKind::Class(fields) if constructor == 0 => {
            Some(fields.iter().map(|it| it.ty.clone()).collect())
        }
        TypeKind::Class(_) | TypeKind::Alias(_) | TypeKind::Declared(_) => None,
    }
}

fn largest_param(ty: &Ty) -> Option<u32> {
    let largest = |tys: &[Ty]| tys.iter().filter_map(largest_param).max();
    match ty {
        Ty::Unit | Ty::Bool | Ty::Int | Ty::Float | Ty::Text | Ty::Dynamic => None,
        Ty::Param(n) => Some(*n),
        Ty::Function(params, result) => largest(params).max(largest_param(result)),
        Ty::Named(_, arguments) => largest(arguments),
        Ty::Record(fields) => fields.iter().filter_map(|it| largest_param(&it.1)).max(),
        Ty::Array(element) => largest_param(element),
    }
}

/// Of each expression, whether it surely has no value because it leaves a loop or a function.
fn divergence(exprs: &[Expr]) -> Vec<bool> {
    let mut diverges: Vec<bool> = Vec::with_capacity(exprs.len());
    for expr in exprs {
        let is = |id: &ExprId| diverges[id.0 as usize];
        let never = match expr {
            Expr::Break(_) | Expr::Continue(_) | Expr::Return(_) | Expr::Throw(_) => true,
            Expr::Try { body, handler, .. } => is(body) && is(handler),
            Expr::Lambda { .. } | Expr::Loop(_) => false,
            Expr::If { condition, then, otherwise } => is(condition) || (is(then) && is(otherwise)),
            Expr::Match { scrutinee, arms } => {
                is(scrutinee) || (!arms.is_empty() && arms.iter().all(|arm| is(&arm.body)))
            }
            Expr::LetRec { body, .. } => is(body),
            other => other.operands().iter().any(is),
        };
        diverges.push(never);
    }
    diverges
}

/// Of each expression, the body of the innermost lambda that it stands in, or else `root`.
fn results(exprs: &[Expr], root: ExprId) -> Vec<ExprId> {
    let mut results = vec![root; exprs.len()];
    for (n, expr) in exprs.iter().enumerate().rev() {
        let result = match expr {
            Expr::Lambda { body, .. } => *body,
            _ => results[n],
        };
        for operand in expr.operands() {
            results[operand.0 as usize] = result;
        }
    }
    results
}

/// Of each local of a body, whether a `Let` or `LetRec` binds it.
fn general(body: &Body) -> Vec<bool> {
    let mut general = vec![false; body.locals.len()];
    for expr in &body.exprs {
        match expr {
            Expr::Let { local, .. } => general[local.0 as usize] = true,
            Expr::LetRec { bindings, .. } => {
                for (local, _) in bindings {
                    general[local.0 as usize] = true;
                }
            }
            _ => (),
        }
    }
    general
}
