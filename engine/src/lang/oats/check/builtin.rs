//! What is built in: printing, conversions, `Math` and the like, and the functions of the prelude.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{Expr, ExprId, ItemRef, Literal, Prim, Ty};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::call::element_of;
use crate::lang::oats::check::{Checker, Meaning, Value, representations};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::prelude;
use crate::lang::oats::ty::{Parameter, Signature, Type};

/// A function of the prelude: its item, its signature, the representations of its parameters and of its result.
pub(super) type PreludeFunction = (ItemRef, Rc<Signature>, Rc<(Vec<Repr>, Repr)>);

impl<'t> Checker<'t, '_> {
    /// A call of what is built in under a plain name.
    pub(super) fn builtin_call(&mut self, name: &str, syntax: Syntax<'t>) -> Option<Value> {
        let range = syntax.range();
        if self.is_prelude && name.starts_with('$') {
            return Some(self.intrinsic(&name[1..], syntax));
        }
        Some(match name {
            "println" => self.print(syntax, true),
            "print_str" | "print_f64" | "print_i32" => self.print_one(name, true, syntax),
            "print_str_no_nl" | "print_f64_no_nl" => self.print_one(name, false, syntax),
            "print_newline" => self.print(syntax, true),
            "String" | "Number" | "Boolean" => {
                let Some(value) = self.only_argument(name, None, syntax) else {
                    return Some(self.nothing(range));
                };
                match name {
                    "String" => {
                        let id = self.string_of(&value, range);
                        Value { id, repr: Repr::Text, ty: Type::String }
                    }
                    "Number" => self.as_number(&value, range),
                    _ => {
                        let id = self.truth(&value, range);
                        Value { id, repr: Repr::Bool, ty: Type::Boolean }
                    }
                }
            }
            "sleep_ms" => {
                let Some(value) = self.only_argument(name, Some(&Type::Number), syntax) else {
                    return Some(self.nothing(range));
                };
                let id = self.convert(&value, Repr::Float, range);
                let id = self.b.prim(Prim::Sleep, vec![id], Ty::Unit, range);
                Value { id, repr: Repr::Unit, ty: Type::Void }
            }
            "parseFloat" | "parseInt" | "isNaN" | "isFinite" => {
                return self.prelude_by_name(&format!("global_{name}"), syntax);
            }
            _ => return None,
        })
    }

    /// A call of `console.log`, `Math.floor` and the like.
    pub(super) fn builtin_method(
        &mut self,
        owner: &str,
        name: &str,
        syntax: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Option<Value> {
        let range = syntax.range();
        match (owner, name) {
            ("console", "log" | "error" | "info" | "warn" | "debug") => {
                if name == "error" || name == "warn" {
                    self.unsupported(range, &format!("`console.{name}` is"));
                }
                Some(self.print(syntax, true))
            }
            ("Promise", "resolve") => Some(self.promise(syntax, expected, false)),
            ("Promise", "reject") => Some(self.promise(syntax, expected, true)),
            ("Array", "isArray") => {
                let value = self.only_argument("Array.isArray", None, syntax)?;
                let id = self.dynamic(&value, range);
                let id = self.b.prim(Prim::DynamicIsArray, vec![id], Ty::Bool, range);
                Some(Value { id, repr: Repr::Bool, ty: Type::Boolean })
            }
            ("Array", "from") => Some(self.array_from(syntax)),
            ("Object", "keys" | "values" | "entries") => self.object_parts(name, syntax),
            ("Math" | "Number" | "String", _) => {
                let function = format!("{}_{name}", owner.to_lowercase());
                let found = self.prelude_by_name(&format!("static_{function}"), syntax);
                if found.is_none() {
                    self.unsupported(range, &format!("`{owner}.{name}` is"));
                    self.loose_arguments(syntax);
                    return Some(self.nothing(range));
                }
                found
            }
            ("console" | "Promise" | "Array" | "Object" | "JSON", _) => {
                self.unsupported(range, &format!("`{owner}.{name}` is"));
                self.loose_arguments(syntax);
                Some(self.nothing(range))
            }
            _ => None,
        }
    }

    /// `Object.keys(value)`, `Object.values(value)`, `Object.entries(value)`.
    fn object_parts(&mut self, name: &str, syntax: Syntax<'t>) -> Option<Value> {
        let range = syntax.range();
        let value = self.only_argument(&format!("Object.{name}"), None, syntax)?;
        if name == "keys" {
            let id = self.dynamic(&value, range);
            let array = Ty::Array(Box::new(Ty::Dynamic));
            let id = self.b.prim(Prim::PropertyNames, vec![id], array, range);
            let id = self.b.prim(Prim::ArrayToDynamic, vec![id], Ty::Dynamic, range);
            return Some(Value { id, repr: Repr::Dynamic, ty: Type::array(Type::String) });
        }
        let element = self.property_union(&value.ty);
        let id = self.dynamic(&value, range);
        let call = self.prelude_call(&format!("object_{name}"), vec![id], range);
        let element = match name {
            "values" => element,
            _ => Type::Tuple(vec![Type::String, element].into()),
        };
        Some(Value { ty: Type::array(element), ..call })
    }

    /// `Array.from(all)`, `Array.from({ length: 3 }, f)`.
    fn array_from(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        let Some(first) = parts.first() else { return self.nothing(range) };
        let value = self.expr(*first, None);
        let id = self.dynamic(&value, range);
        let (array, element) = if matches!(value.ty, Type::Object(_)) {
            let length = Name::new("length");
            self.member_of(&value.ty, &length, *first, first.range());
            let length = self.get_named(id, "length", range);
            (self.prelude_call("array_of_length", vec![length], range), Type::Undefined)
        } else {
            let element = self.element_type(&value.ty, first.range());
            (self.prelude_call("array_from", vec![id], range), element)
        };
        let Some(function) = parts.get(1) else {
            return Value { ty: Type::array(element), ..array };
        };
        self.with_steps(range, |it| {
            let (local, _) = it.keep(array, "", range);
            let param = |name: &str, ty| Parameter {
                name: Name::new(name),
                ty,
                optional: false,
                rest: false,
            };
            let params = vec![param("value", element), param("index", Type::Number)];
            let wanted = Signature { variables: Vec::new(), params, result: Type::Anything };
            let wanted = Type::Function(Rc::new(wanted));
            let f = it.expr_as(*function, &wanted, None);
            let result = match &f.ty {
                Type::Function(signature) => signature.result.clone(),
                _ => Type::Any,
            };
            let f = it.dynamic(&f, function.range());
            let array = it.b.get(local, range);
            let call = it.prelude_call("array_map", vec![array, f], range);
            Value { ty: Type::array(result), ..call }
        })
    }

    /// The type of what the properties of an object hold.
    fn property_union(&mut self, ty: &Type) -> Type {
        let mut all = Vec::new();
        for one in ty.members() {
            match one {
                Type::Array(_) | Type::Tuple(_) => all.push(element_of(one)),
                Type::Record(value) => all.push((**value).clone()),
                Type::Enum(item) => all.push(self.enum_property_type(item)),
                Type::Object(members) => all.extend(members.iter().map(|it| it.ty.clone())),
                Type::Named(item, arguments) => {
                    let members = self.types.members(&item.clone(), &arguments.clone());
                    let members = members.into_iter().filter(|it| !it.method);
                    all.extend(members.map(|it| it.ty));
                }
                _ => return Type::Any,
            }
        }
        Type::union(all)
    }

    fn promise(&mut self, syntax: Syntax<'t>, expected: Option<&Type>, rejected: bool) -> Value {
        let range = syntax.range();
        let wanted = match expected {
            Some(Type::Promise(inner)) => Some((**inner).clone()),
            _ => None,
        };
        let part = syntax.child(Kind::Arguments).and_then(|it| it.children().next());
        let value = match part {
            Some(part) => self.expr(part, wanted.as_ref()),
            None => Value { ty: Type::Void, ..self.undefined(range) },
        };
        let id = self.dynamic(&value, range);
        let name = if rejected { "promise_rejected" } else { "promise_resolved" };
        let call = self.prelude_call(name, vec![id], range);
        let inner = match (rejected, wanted) {
            (true, wanted) => wanted.unwrap_or(Type::Never),
            (_, Some(wanted)) if self.types.assignable(&value.ty, &wanted) => wanted,
            (_, _) => match value.ty.widened() {
                Type::Promise(inner) => (*inner).clone(),
                other => other,
            },
        };
        Value { ty: Type::Promise(Rc::new(inner)), ..call }
    }

    /// The argument of a function that takes one.
    fn only_argument(
        &mut self,
        name: &str,
        ty: Option<&Type>,
        syntax: Syntax<'t>,
    ) -> Option<Value> {
        let list = syntax.child(Kind::Arguments)?;
        let parts: Vec<Syntax<'t>> = list.children().collect();
        let [part] = parts[..] else {
            let message = format!("`{name}` takes 1 argument, but {} are given", parts.len());
            self.error("argument-count", syntax.range(), message);
            self.loose_arguments(syntax);
            return None;
        };
        Some(match ty {
            Some(ty) => self.expr_as(part, ty, None),
            None => self.expr(part, None),
        })
    }

    fn print_one(&mut self, name: &str, line: bool, syntax: Syntax<'t>) -> Value {
        let ty = if name.starts_with("print_str") { Type::String } else { Type::Number };
        let range = syntax.range();
        let Some(value) = self.only_argument(name, Some(&ty), syntax) else {
            return self.nothing(range);
        };
        let text = self.shown(&value, range);
        let end = if line { "\n" } else { "" };
        self.write(vec![text], end, range)
    }

    /// Prints the arguments one after another.
    fn print(&mut self, syntax: Syntax<'t>, line: bool) -> Value {
        let range = syntax.range();
        let end = if line { "\n" } else { "" };
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        let mut texts = Vec::new();
        for part in parts {
            if part.kind() == Kind::Spread {
                self.unsupported(part.range(), "a spread argument of a printing function is");
                continue;
            }
            let value = self.expr(part, None);
            texts.push(self.shown(&value, part.range()));
        }
        self.write(texts, end, range)
    }

    fn write(&mut self, texts: Vec<ExprId>, end: &str, range: TextRange) -> Value {
        let mut all = texts.into_iter();
        let mut id = all.next();
        let end = (!end.is_empty()).then(|| self.b.text(end, range));
        for text in all.chain(end) {
            id = Some(match id {
                Some(before) => self.b.prim(Prim::TextAppend, vec![before, text], Ty::Text, range),
                None => text,
            });
        }
        let id = match id {
            Some(id) => self.b.prim(Prim::Write, vec![id], Ty::Unit, range),
            None => self.b.literal(Literal::Unit, range),
        };
        Value { id, repr: Repr::Unit, ty: Type::Void }
    }

    /// The value as it is printed.
    fn shown(&mut self, value: &Value, range: TextRange) -> ExprId {
        match value.repr {
            Repr::Text => value.id,
            Repr::Float => self.b.prim(Prim::FloatToText, vec![value.id], Ty::Text, range),
            _ => {
                let id = self.dynamic(value, range);
                self.b.prim(Prim::DynamicShow, vec![id], Ty::Text, range)
            }
        }
    }

    // The prelude.

    /// A function of the prelude: its item and representations.
    pub(super) fn prelude_function(&mut self, name: &str) -> (ItemRef, Rc<(Vec<Repr>, Repr)>) {
        match self.prelude_signature(name) {
            Some((item, _, reprs)) => (item, reprs),
            None => unreachable!("the prelude has no `{name}`"),
        }
    }

    pub(super) fn prelude_signature(&mut self, name: &str) -> Option<PreludeFunction> {
        if self.is_prelude {
            let binding = self.scopes.first()?.get(name)?.clone();
            let (Meaning::Function(item, reprs), Type::Function(signature)) =
                (&binding.meaning, &binding.ty)
            else {
                return None;
            };
            return Some((item.clone(), signature.clone(), reprs.clone()));
        }
        if let Some(known) = self.prelude_functions.get(name) {
            return Some(known.clone());
        }
        let export = prelude::value(name)?;
        let item = ItemRef { module: prelude::path(), name: Name::new(name) };
        let signature = self.foreign_signature(export.declared.as_ref()?)?;
        let is_async = matches!(signature.result, Type::Promise(_));
        let reprs = representations(&signature, is_async);
        let found = (item, Rc::new(signature), Rc::new(reprs));
        self.prelude_functions.insert(Name::new(name), found.clone());
        Some(found)
    }

    /// A call of a function of the prelude as it is written in the program.
    fn prelude_by_name(&mut self, name: &str, syntax: Syntax<'t>) -> Option<Value> {
        let range = syntax.range();
        let (item, signature, reprs) = self.prelude_signature(name)?;
        let shown = name.rsplit('_').next().unwrap_or(name);
        Some(self.with_steps(range, |it| {
            let arguments = it.arguments(&signature, &reprs.0, shown, None, syntax, None);
            let callee = it.b.item(item);
            let call = Expr::Call { callee, arguments: arguments.ids };
            let id = it.b.add(call, reprs.1.ty(), range);
            Value { id, repr: reprs.1, ty: arguments.result }
        }))
    }

    fn resize_call(&mut self, syntax: Syntax<'t>, array: &Ty) -> Value {
        let range = syntax.range();
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        let [target, length] = parts[..] else { return self.nothing(range) };
        let value = self.expr(target, None);
        let id = self.dynamic(&value, range);
        let id = self.b.prim(Prim::DynamicToArray, vec![id], array.clone(), range);
        let length_value = self.expr(length, None);
        let length = self.convert(&length_value, Repr::Int, range);
        let id = self.b.prim(Prim::ArrayResize, vec![id, length], Ty::Unit, range);
        Value { id, repr: Repr::Unit, ty: Type::Void }
    }

    /// An operation of the common representation, which only the prelude can name.
    fn intrinsic(&mut self, name: &str, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let (prim, params, result): (Prim, &[Repr], Ty) = match name {
            "text_slice" => (Prim::TextSlice, &[Repr::Text, Repr::Int, Repr::Int], Ty::Text),
            "text_find" => (Prim::TextFind, &[Repr::Text, Repr::Text, Repr::Int], Ty::Int),
            "text_upper" => (Prim::TextUpper, &[Repr::Text], Ty::Text),
            "text_lower" => (Prim::TextLower, &[Repr::Text], Ty::Text),
            "text_to_float" => (Prim::TextToFloat, &[Repr::Text], Ty::Float),
            "resize" => {
                let array = Ty::Array(Box::new(Ty::Dynamic));
                return self.resize_call(syntax, &array);
            }
            "text_code" => (Prim::TextCode, &[Repr::Text, Repr::Int], Ty::Int),
            "text_of_code" => (Prim::TextOfCode, &[Repr::Int], Ty::Text),
            "show" => (Prim::DynamicShow, &[Repr::Dynamic], Ty::Text),
            "hash" => (Prim::DynamicHash, &[Repr::Dynamic], Ty::Int),
            "floor" => (Prim::FloatFloor, &[Repr::Float], Ty::Float),
            "square_root" => (Prim::FloatSquareRoot, &[Repr::Float], Ty::Float),
            "to_int32" => (Prim::FloatToInt32, &[Repr::Float], Ty::Int),
            "names" => (Prim::PropertyNames, &[Repr::Dynamic], Ty::Array(Box::new(Ty::Dynamic))),
            "get" => (Prim::ElementGet, &[Repr::Dynamic, Repr::Dynamic], Ty::Dynamic),
            "set" => (Prim::ElementSet, &[Repr::Dynamic, Repr::Dynamic, Repr::Dynamic], Ty::Unit),
            _ => {
                self.unknown_name(name, range);
                return self.nothing(range);
            }
        };
        let list = syntax.child(Kind::Arguments);
        let parts: Vec<Syntax<'t>> = list.map(|it| it.children().collect()).unwrap_or_default();
        let mut operands = Vec::new();
        for (part, repr) in parts.into_iter().zip(params) {
            let value = self.expr(part, None);
            operands.push(self.convert(&value, *repr, part.range()));
        }
        let id = self.b.prim(prim, operands, result.clone(), range);
        match result {
            Ty::Int => {
                let id = self.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
                Value { id, repr: Repr::Float, ty: Type::Number }
            }
            Ty::Float => Value { id, repr: Repr::Float, ty: Type::Number },
            Ty::Text => Value { id, repr: Repr::Text, ty: Type::String },
            Ty::Unit => Value { id, repr: Repr::Unit, ty: Type::Void },
            Ty::Array(_) => {
                let id = self.b.prim(Prim::ArrayToDynamic, vec![id], Ty::Dynamic, range);
                Value { id, repr: Repr::Dynamic, ty: Type::array(Type::String) }
            }
            _ => Value { id, repr: Repr::Dynamic, ty: Type::Any },
        }
    }
}
