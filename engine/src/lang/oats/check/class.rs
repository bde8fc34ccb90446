//! Classes: a constant that holds the class with its methods, a function that makes objects, one that fills them.

use std::rc::Rc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Expr, ExprId, Item, ItemKind, ItemPositions, ItemRef, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::call::constructor_representations;
use crate::lang::oats::check::{Checker, Frame, This, Value, representations};
use crate::lang::oats::decl::{Syntax, THIS_TYPE};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::{Parameter, Signature, Type, Variable};
use crate::lang::oats::written::{accessor_word, member_name, modifiers, param_name};

/// A class of the module.
struct Class<'a, 't> {
    syntax: Syntax<'t>,
    name: &'a str,
    /// Where its name stands.
    range: TextRange,
    item: Rc<ItemRef>,
    /// The type of its objects.
    ty: Type,
    public: bool,
}

impl<'t> Checker<'t, '_> {
    /// The items that a class becomes.
    pub(super) fn class(
        &mut self,
        syntax: Syntax<'t>,
        name: &str,
        name_range: TextRange,
        public: bool,
    ) {
        let item = Rc::new(self.types.own_item(name));
        let Some(declaration) = self.types.declaration(&item) else { return };
        self.class = Some(item.clone());
        self.types.variables.clone_from(&declaration.variables);
        let own: Vec<Type> = declaration.variables.iter().cloned().map(Type::Param).collect();
        let ty = Type::Named(item.clone(), own.into());
        let bound = Some(Rc::new(ty.clone()));
        let variable = Variable { id: THIS_TYPE, name: Name::new("this"), bound };
        self.types.variables.push(variable);
        self.check_heritage(syntax, &item);
        let class = Class { syntax, name, range: name_range, item, ty, public };
        self.class_constant(&class);
        let Some(signature) = self.constructor_of(&class.item) else { return };
        let reprs = constructor_representations(&signature);
        self.initializer(&class, &signature, &reprs.0);
        self.maker(&class, &signature, &reprs.0);
        let inherited = self.has_exported_child(&class.item);
        self.statics(syntax, name, public || inherited);
        self.types.variables.clear();
        self.class = None;
    }

    /// Whether an exported class of the module extends a class, so that others can use its static members.
    fn has_exported_child(&mut self, class: &Rc<ItemRef>) -> bool {
        let exported = std::mem::take(&mut self.exported_classes);
        let found = exported.iter().any(|it| self.types.extends(it, class));
        self.exported_classes = exported;
        found
    }

    fn check_heritage(&mut self, syntax: Syntax<'t>, item: &Rc<ItemRef>) {
        if let Some(heritage) = syntax.child(Kind::Heritage) {
            let parent = self.types.parent(item);
            let is_class = parent.as_ref().is_some_and(|it| {
                self.types
                    .declaration(it)
                    .is_some_and(|it| it.kind == crate::lang::oats::decl::DeclarationKind::Class)
            });
            let later = parent.as_ref().and_then(|it| self.lookup(&it.name)).map(|it| it.range);
            if let Some(at) = later.filter(|it| heritage.range().end < it.start) {
                let name = self.slice(at);
                let message = format!("the class `{name}` is used before its declaration");
                let finding = Finding::error("used-before-declaration", heritage.range(), message);
                self.report(finding.also(at, format!("`{name}` is declared here")));
            }
            let circular = parent.as_ref().is_some_and(|it| self.types.extends(it, item));
            if parent.is_some() && !is_class {
                self.error("not-a-class", heritage.range(), "a class extends a class");
            } else if circular {
                self.error("circular-class", heritage.range(), "the class extends itself");
            }
            if let Some(parent) = parent.filter(|_| !circular) {
                self.check_overrides(item, &parent, heritage.range());
            }
        }
        self.check_complete(item, syntax);
        let Some(list) = syntax.child(Kind::Implements) else { return };
        let own = self.types.declaration(item).map_or(Vec::new(), |it| it.variables.clone());
        let own: Vec<Type> = own.into_iter().map(Type::Param).collect();
        let own = Type::Named(item.clone(), own.into());
        for written in list.children() {
            let ty = self.types.ty(written, self.here());
            if let Some(why) = self.types.mismatch(&own, &ty) {
                let message = format!("`{}` does not do what `{ty}` asks for", item.name);
                let finding = Finding::error("implements", written.range(), message);
                self.report(if why.is_empty() { finding } else { finding.help(why) });
            }
        }
    }

    /// Says which abstract members a class lacks.
    fn check_complete(&mut self, item: &Rc<ItemRef>, syntax: Syntax<'t>) {
        let Some(own) = self.types.declaration(item).filter(|it| !it.is_abstract) else { return };
        let members = self.types.members(&own.item, &[]);
        let Some(missing) = members.iter().find(|it| it.is_abstract) else { return };
        let range = super::module::declared_name(syntax, self.text).unwrap_or_default();
        let message = format!("`{}` does not define the abstract `{}`", item.name, missing.name);
        let finding = Finding::error("missing-member", range, message);
        self.report(finding.help(format!("define `{}: {}`", missing.name, missing.ty)));
    }

    fn check_overrides(&mut self, item: &Rc<ItemRef>, parent: &Rc<ItemRef>, range: TextRange) {
        let Some(own) = self.types.declaration(item) else { return };
        let inherited = self.types.members(parent, &[]);
        for member in &own.members {
            let Some(before) = inherited.iter().find(|it| it.name == member.name) else { continue };
            if let Some(why) = self.types.mismatch(&member.ty, &before.ty) {
                let message = format!(
                    "`{}` is `{}` here, but `{}` in `{}`",
                    member.name, member.ty, before.ty, parent.name
                );
                let finding = Finding::error("override", range, message);
                self.report(if why.is_empty() { finding } else { finding.help(why) });
            }
        }
    }

    pub(super) fn add_item(
        &mut self,
        name: &str,
        name_range: TextRange,
        public: bool,
        kind: ItemKind,
        params: Vec<LocalId>,
        root: ExprId,
    ) {
        let (body, exprs) = self.b.take(root);
        self.items.push(Item { name: Name::new(name), public, kind, type_params: 0, params, body });
        self.positions.push(ItemPositions { name: name_range, exprs });
    }

    fn class_constant(&mut self, class: &Class<'_, 't>) {
        let range = class.range;
        let root = self.block_of(range, |it| {
            let none = it.b.undefined(range);
            let methods = it.b.prim(Prim::ObjectNew, vec![none], Ty::Dynamic, range);
            let all = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(all, methods));
            let is_method =
                |it: &Syntax<'_>| matches!(it.kind(), Kind::MethodMember | Kind::AccessorMember);
            for member in class.syntax.children().filter(is_method) {
                let words = modifiers(member, it.text);
                if words.contains(&"static") || words.contains(&"abstract") {
                    continue;
                }
                let Some(mut name) = member_name(member, it.text) else { continue };
                if member.kind() == Kind::AccessorMember {
                    name = Name::from(format!("{} {name}", accessor_word(member, it.text)));
                }
                let lambda = it.method(member, &name, class);
                let function = it.b.dynamic_function(lambda, member.range());
                it.set_named(all, &name, function, member.range());
            }
            let parent = match it.types.parent(&class.item) {
                Some(parent) => it.class_expr(&parent, range),
                None => it.b.undefined(range),
            };
            let text = it.b.text(class.name, range);
            let methods = it.b.get(all, range);
            Some(it.b.prim(Prim::ClassNew, vec![text, parent, methods], Ty::Dynamic, range))
        });
        self.add_item(class.name, range, class.public, ItemKind::Constant, Vec::new(), root);
    }

    fn method(&mut self, syntax: Syntax<'t>, name: &str, class: &Class<'_, 't>) -> ExprId {
        let range = syntax.range();
        let depth = self.types.variables.len();
        let signature = self.types.signature(syntax, self.here());
        self.types.variables.truncate(depth);
        self.require_types(syntax);
        self.require_result(syntax, name);
        let reprs = (vec![Repr::Dynamic; signature.params.len()], Repr::Dynamic);
        let local = self.b.local("this", Repr::Dynamic);
        let this = This { local, ty: class.ty.clone(), class: class.item.clone() };
        let outer = std::mem::take(&mut self.steps);
        let (params, body) = self.function_body(syntax, &signature, &reprs, Some(this), |_| ());
        self.steps = outer;
        let ty = Ty::Function(vec![Ty::Dynamic; params.len()], Box::new(Ty::Dynamic));
        self.b.add(Expr::Lambda { params, body }, ty, range)
    }

    /// `$init_C`: fills a new object.
    fn initializer(&mut self, class: &Class<'_, 't>, signature: &Signature, reprs: &[Repr]) {
        let local = self.b.local("this", Repr::Dynamic);
        let this = This { local, ty: class.ty.clone(), class: class.item.clone() };
        let own = Signature { result: Type::Void, variables: Vec::new(), ..signature.clone() };
        let reprs = (reprs.to_vec(), Repr::Unit);
        let parent = self.types.parent(&class.item);
        let (params, root) = match class.syntax.child(Kind::Constructor) {
            Some(constructor) => {
                self.require_types(constructor);
                if parent.is_some() && !calls_super(constructor) {
                    let message =
                        format!("the constructor of `{}` must call `super(…)`", class.name);
                    self.error("missing-super", constructor.range(), message);
                }
                self.function_body(constructor, &own, &reprs, Some(this), |it| {
                    if parent.is_none() {
                        it.fields(class.syntax);
                    }
                })
            }
            None => {
                self.default_constructor(class.syntax, class.range, this, &own.params, &reprs.0)
            }
        };
        let item_name = format!("$init_{}", class.name);
        self.add_item(&item_name, class.range, class.public, ItemKind::Function, params, root);
    }

    /// What fills an object of a class without a constructor: its parent's, and its own fields.
    fn default_constructor(
        &mut self,
        class: Syntax<'t>,
        range: TextRange,
        this: This,
        params: &[Parameter],
        reprs: &[Repr],
    ) -> (Vec<LocalId>, ExprId) {
        let (object, parent) = (this.local, self.types.parent(&this.class));
        let locals = self.param_locals(params, reprs);
        self.this.push(Some(this));
        self.frames.push(Frame::new(Some(Type::Void), Repr::Unit, false));
        let root = self.block_of(range, |it| {
            if let Some(parent) = &parent {
                let mut all = vec![it.b.get(object, range)];
                all.extend(locals.iter().map(|param| it.b.get(*param, range)));
                it.init_call(parent, all, range);
            }
            it.fields(class);
            None
        });
        self.frames.pop();
        self.this.pop();
        (std::iter::once(object).chain(locals).collect(), root)
    }

    fn init_call(&mut self, class: &ItemRef, arguments: Vec<ExprId>, range: TextRange) {
        let name = Name::from(format!("$init_{}", class.name));
        let callee = self.b.item(ItemRef { module: class.module.clone(), name });
        let call = self.b.add(Expr::Call { callee, arguments }, Ty::Unit, range);
        self.push(call);
    }

    /// The parameter properties of a class, and the first values of its fields.
    fn fields(&mut self, class: Syntax<'t>) {
        let Some(this) = self.this.last().cloned().flatten() else { return };
        let params = class.child(Kind::Constructor).and_then(|it| it.child(Kind::Params));
        for param in params.into_iter().flat_map(Syntax::children) {
            if modifiers(param, self.text).is_empty() {
                continue;
            }
            let name = param_name(param, self.text);
            let Some(binding) = self.lookup(name) else { continue };
            let super::Meaning::Local(local, repr) = binding.meaning else { continue };
            let range = param.range();
            let id = self.b.get(local, range);
            let id = self.b.convert(id, repr, Repr::Dynamic, range);
            self.set_named(this.local, name, id, range);
        }
        for member in class.children().filter(|it| it.kind() == Kind::FieldMember) {
            let words = modifiers(member, self.text);
            let Some(name) = member_name(member, self.text) else { continue };
            if words.contains(&"static") || words.contains(&"abstract") {
                continue;
            }
            let range = member.range();
            let initial = member.child(Kind::Initializer).and_then(|it| it.children().next());
            let value = match initial {
                Some(initial) => {
                    let ty = self.types.member(&this.ty, &name).map_or(Type::Unknown, |it| it.ty);
                    let place = member
                        .child(Kind::Annotation)
                        .map(|it| (it.range(), format!("the field is declared as `{ty}`")));
                    let value = self.expr_as(initial, &ty, place);
                    self.dynamic(&value, range)
                }
                None => self.b.undefined(range),
            };
            self.set_named(this.local, &name, value, range);
        }
    }

    /// `$new_C`: makes an object and fills it.
    fn maker(&mut self, class: &Class<'_, 't>, signature: &Signature, reprs: &[Repr]) {
        let (range, item) = (class.range, &class.item);
        let locals = self.param_locals(&signature.params, reprs);
        let root = self.block_of(range, |it| {
            let class = it.class_expr(item, range);
            let object = it.b.prim(Prim::ObjectNew, vec![class], Ty::Dynamic, range);
            let made = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(made, object));
            let mut all = vec![it.b.get(made, range)];
            all.extend(locals.iter().map(|param| it.b.get(*param, range)));
            it.init_call(item, all, range);
            Some(it.b.get(made, range))
        });
        let item_name = format!("$new_{}", class.name);
        self.add_item(&item_name, range, class.public, ItemKind::Function, locals, root);
    }

    fn statics(&mut self, class: Syntax<'t>, class_name: &str, public: bool) {
        for member in class.children() {
            if !modifiers(member, self.text).contains(&"static") {
                continue;
            }
            let Some(name) = member_name(member, self.text) else { continue };
            let item = format!("$static_{class_name}_{name}");
            let range = member.range();
            if member.kind() == Kind::MethodMember {
                let depth = self.types.variables.len();
                let signature = self.types.signature(member, self.here());
                self.types.variables.truncate(depth);
                self.require_types(member);
                self.require_result(member, &name);
                let reprs =
                    representations(&signature, matches!(signature.result, Type::Promise(_)));
                let (params, root) = self.function_body(member, &signature, &reprs, None, |_| ());
                self.add_item(&item, range, public, ItemKind::Function, params, root);
            } else {
                let initial = member.child(Kind::Initializer).and_then(|it| it.children().next());
                let written = self.annotation(member);
                let root = self.constant_body(initial, written, range, true).0;
                self.add_item(&item, range, public, ItemKind::Constant, Vec::new(), root);
            }
        }
    }

    /// `super(…)`.
    pub(super) fn super_call(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let this = self.this.last().cloned().flatten();
        let parent = this.as_ref().and_then(|it| self.types.parent(&it.class));
        let (Some(this), Some(parent)) = (this, parent) else {
            self.error(
                "super",
                range,
                "`super(…)` stands in the constructor of a class that extends another",
            );
            self.loose_arguments(syntax);
            return self.nothing(range);
        };
        let Some(mut signature) = self.constructor_of(&parent) else { return self.nothing(range) };
        let reprs = constructor_representations(&signature);
        if let Some(Type::Named(_, arguments)) =
            self.types.declaration(&this.class).and_then(|it| it.parents.first().cloned())
        {
            let variables = signature.variables.clone();
            signature = signature
                .substitute(&|it| crate::lang::oats::decl::argument_of(&variables, &arguments, it));
            signature.variables.clear();
        }
        let arguments = self.arguments(&signature, &reprs.0, "super", None, syntax, None);
        let mut all = vec![self.b.get(this.local, range)];
        all.extend(arguments.ids);
        self.init_call(&parent, all, range);
        let class = self.types.own.get(&this.class.name).copied();
        if let Some(class) = class {
            self.fields(class);
        }
        let id = self.b.literal(crate::ir::Literal::Unit, range);
        Value { id, repr: Repr::Unit, ty: Type::Void }
    }

    /// `super.name`, which only a getter can yield.
    pub(super) fn super_getter(&mut self, name: &Name, range: TextRange) -> Value {
        let this = self.this.last().cloned().flatten();
        let parent = this.as_ref().and_then(|it| self.types.parent(&it.class));
        let (Some(this), Some(parent)) = (this, parent) else {
            self.error("super", range, "`super` stands in a class that extends another");
            return self.nothing(range);
        };
        let ty = self.types.declaration(&this.class).and_then(|it| it.parents.first().cloned());
        let member = self.types.member(&ty.unwrap_or_default(), name).filter(|it| !it.method);
        let Some(member) = member else {
            let message = format!("`{}` has no getter `{name}`", parent.name);
            self.error("unknown-member", range, message);
            return self.nothing(range);
        };
        let class = self.class_expr(&parent, range);
        let text = self.b.text(&format!("get {name}"), range);
        let text = self.b.convert(text, Repr::Text, Repr::Dynamic, range);
        let callee = self.prelude_call("class_method", vec![class, text], range).id;
        let arguments = vec![self.b.get(this.local, range)];
        let id = self.b.add(Expr::Apply { callee, arguments }, Ty::Dynamic, range);
        Value { id, repr: Repr::Dynamic, ty: member.ty }
    }

    /// `super.method(…)`.
    pub(super) fn super_method(
        &mut self,
        name: &Name,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = syntax.range();
        let this = self.this.last().cloned().flatten();
        let parent = this.as_ref().and_then(|it| self.types.parent(&it.class));
        let (Some(this), Some(parent)) = (this, parent) else {
            self.error("super", range, "`super` stands in a class that extends another");
            return self.nothing(range);
        };
        let ty = self.types.declaration(&this.class).and_then(|it| it.parents.first().cloned());
        let member = self.types.member(&ty.unwrap_or_default(), name);
        let Some(Type::Function(signature)) = member.map(|it| it.ty) else {
            self.error(
                "unknown-member",
                range,
                format!("`{}` has no method `{name}`", parent.name),
            );
            self.loose_arguments(syntax);
            return self.nothing(range);
        };
        let reprs = vec![Repr::Dynamic; signature.params.len()];
        self.with_steps(range, |it| {
            let class = it.class_expr(&parent, range);
            let text = it.b.text(name, range);
            let text = it.b.convert(text, Repr::Text, Repr::Dynamic, range);
            let callee = it.prelude_call("class_method", vec![class, text], range).id;
            let local = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(local, callee));
            let arguments = it.arguments(&signature, &reprs, name, None, syntax, expected);
            let callee = it.b.get(local, range);
            let mut all = vec![it.b.get(this.local, range)];
            all.extend(arguments.ids);
            let id = it.b.add(Expr::Apply { callee, arguments: all }, Ty::Dynamic, range);
            Value { id, repr: Repr::Dynamic, ty: arguments.result }
        })
    }
}

fn calls_super(constructor: Syntax<'_>) -> bool {
    let mut queue = vec![constructor];
    while let Some(node) = queue.pop() {
        if node.kind() == Kind::CallExpr && node.child(Kind::SuperExpr).is_some() {
            return true;
        }
        queue.extend(node.children());
    }
    false
}
