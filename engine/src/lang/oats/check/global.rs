//! Constants and variables of a module.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, ItemKind, Scheme, Ty, ValueExport};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::module::is_exported;
use crate::lang::oats::check::stmt::change_of;
use crate::lang::oats::check::{Binding, Change, Checker, Flow, Frame, Meaning};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Shown, Type};

/// How many values of the module may be looked at because each is used before its declaration by the one before.
const DEEPEST_DETOUR: u32 = 20;

impl<'t> Checker<'t, '_> {
    /// Brings a constant or variable of the module into scope, for functions that mention it before it is declared.
    pub(super) fn expect_module_variable(&mut self, item: Syntax<'t>, declarator: Syntax<'t>) {
        let Some(token) = declarator.token(Kind::Name) else { return };
        let (name, range) = (self.slice(token.range), token.range);
        self.ahead.insert(name, (item, declarator));
        match self.annotation(declarator) {
            Some((ty, _)) => self.declare_module_variable(item, range, ty),
            None => self.expect_variable(name, range),
        }
    }

    fn declare_module_variable(&mut self, item: Syntax<'t>, range: TextRange, ty: Type) {
        let name = self.slice(range);
        let change = change_of(item, self.text);
        let own = self.types.own_item(name);
        let meaning = if self.is_variable(item, name) {
            Meaning::Variable(own)
        } else {
            Meaning::Constant(own, Repr::of_variable(&ty))
        };
        let id = self.fresh_id();
        self.declare(name, Binding { id, meaning, ty, range, change });
    }

    /// Whether what a declaration of the module declares is assigned again.
    fn is_variable(&self, item: Syntax<'t>, name: &str) -> bool {
        let change = change_of(item, self.text);
        change == Change::Free || change == Change::Discouraged && self.assigned.contains(name)
    }

    /// The binding of a variable of the module whose type is needed, which is looked at first if it was not yet.
    pub(super) fn looked_at(&mut self, binding: Rc<Binding>) -> Rc<Binding> {
        let name = self.slice(binding.range);
        let is_later = matches!(binding.meaning, Meaning::Later);
        if !is_later || self.in_constant == Some(self.frames.len()) {
            return binding;
        }
        let Some((item, declarator)) = self.ahead.get(name).copied() else { return binding };
        let own = declarator.token(Kind::Name).is_some_and(|it| it.range == binding.range);
        if !own || DEEPEST_DETOUR < self.detours {
            return binding;
        }
        self.detour(|it| it.module_variable(item, declarator));
        self.lookup(name).unwrap_or(binding)
    }

    /// Looks at another item of the module, then goes on where it was.
    fn detour(&mut self, look: impl FnOnce(&mut Self)) {
        let body = self.b.suspend();
        let inner = self.scopes.split_off(1);
        let frames = std::mem::take(&mut self.frames);
        let steps = std::mem::take(&mut self.steps);
        let flow = std::mem::take(&mut self.flow);
        let this = std::mem::replace(&mut self.this, vec![None]);
        let variables = std::mem::take(&mut self.types.variables);
        let probing = std::mem::replace(&mut self.probing, false);
        let in_constant = self.in_constant.take();
        self.detours += 1;
        look(self);
        self.detours -= 1;
        self.in_constant = in_constant;
        self.probing = probing;
        self.types.variables = variables;
        self.this = this;
        self.flow = flow;
        self.steps = steps;
        self.frames = frames;
        self.scopes.extend(inner);
        self.b.resume(body);
    }

    pub(super) fn module_variable(&mut self, item: Syntax<'t>, declarator: Syntax<'t>) {
        let Some(token) = declarator.token(Kind::Name) else {
            return self.unsupported(declarator.range(), "a pattern at the top of a module is");
        };
        let (name, range) = (self.slice(token.range), token.range);
        let waits = self.ahead.get(name).is_some_and(|it| it.1.range() == declarator.range());
        if !waits {
            return;
        }
        self.ahead.remove(name);
        let public = is_exported(item);
        let variable = self.is_variable(item, name);
        let written = self.annotation(declarator);
        let annotated = written.is_some();
        let initial = declarator.child(Kind::Initializer).and_then(|it| it.children().next());
        if initial.is_none() && !variable {
            self.error("missing-value", range, "a constant needs a value");
        }
        let (root, mut ty) = self.constant_body(initial, written, range, variable);
        if change_of(item, self.text) != Change::Forbidden {
            ty = ty.widened();
        }
        self.add_item(name, range, public, ItemKind::Constant, Vec::new(), root);
        if public {
            let word = if variable { "let" } else { "const" };
            let declared = format!("{word} {name}: {}", Shown { ty: &ty, qualified: true });
            let cell = Ty::Array(Box::new(Ty::Dynamic));
            let repr = Repr::of_variable(&ty);
            let scheme = Scheme { params: 0, ty: if variable { cell } else { repr.ty() } };
            let declared = Some(Name::from(declared));
            self.exports.insert(Name::new(name), ValueExport { scheme, arity: None, declared });
            self.exported.push(ty.clone());
        }
        if !annotated {
            self.declare_module_variable(item, range, ty);
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
        self.frames.push(Frame::new(None, Repr::Dynamic, false));
        let outer = self.in_constant.replace(self.frames.len());
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
        self.in_constant = outer;
        self.frames.pop();
        (root, found)
    }
}
