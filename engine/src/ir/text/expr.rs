//! The text form of expressions.

use std::collections::BTreeMap;

use crate::base::Name;
use crate::ir::text::ty::{item_name, ty};
use crate::ir::{
    Arm, Expr, ExprId, Item, Literal, LocalId, Module, Pattern, Positions, Prim, RefId, Ty,
    TypeKind,
};

/// How wide a line may be before its parts are written below each other.
const WIDTH: usize = 90;

/// An expression that is written already.
struct Written {
    lines: Vec<String>,
    /// Whether it can be an operand without parentheses.
    closed: bool,
    /// Whether it begins with definitions, which are in scope up to its end.
    defines: bool,
}

/// Writes the body of one item.
pub(super) struct Writer<'a> {
    module: &'a Module,
    item: &'a Item,
    /// The name of each local, unique in the item.
    locals: Vec<String>,
    /// Of each expression, the line in the source.
    lines: Option<Box<dyn Fn(ExprId) -> u32 + 'a>>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        module: &'a Module,
        index: usize,
        positions: Option<&'a Positions>,
    ) -> Writer<'a> {
        let item = &module.items[index];
        let locals = unique_names(item.body.locals.iter().map(|it| &it.name));
        let lines = positions
            .map(|it| Box::new(move |id| it.line(index, id)) as Box<dyn Fn(ExprId) -> u32>);
        Writer { module, item, locals, lines }
    }

    /// The lines of the body. Operands come first in the arena, so no recursion is needed, however deep the body is.
    pub(super) fn body(&self) -> Vec<String> {
        let mut done: Vec<Option<Written>> = Vec::new();
        for n in 0..self.item.body.exprs.len() {
            let written = self.expr(ExprId(n as u32), &mut done);
            done.push(Some(written));
        }
        done.swap_remove(self.item.body.root.0 as usize).map(|it| it.lines).unwrap_or_default()
    }

    /// Locals with their types.
    pub(super) fn typed(&self, locals: &[LocalId]) -> Vec<String> {
        locals.iter().map(|it| self.binding(*it)).collect()
    }

    fn binding(&self, local: LocalId) -> String {
        let it = self.item.body.local(local);
        let mutable = if it.mutable { "mutable " } else { "" };
        format!("{mutable}{}: {}", self.name(local), ty(self.module, self.module.ty(it.ty)))
    }

    fn name(&self, local: LocalId) -> &str {
        &self.locals[local.0 as usize]
    }

    fn ref_name(&self, id: RefId) -> String {
        item_name(self.module, &self.module.refs[id.0 as usize])
    }

    /// What stands after an expression that can stop the program.
    fn mark(&self, id: ExprId) -> String {
        self.lines.as_ref().map(|line| format!(" @{}", line(id))).unwrap_or_default()
    }

    fn expr(&self, id: ExprId, done: &mut [Option<Written>]) -> Written {
        let mut take = |id: ExprId| done[id.0 as usize].take().unwrap_or_else(Written::lost);
        let mut all = |ids: &[ExprId]| ids.iter().map(|it| take(*it)).collect::<Vec<_>>();
        match self.item.body.expr(id) {
            Expr::Literal(it) => Written::closed(literal(it)),
            Expr::Local(local) => Written::closed(self.name(*local).to_owned()),
            Expr::Global(item) => Written::closed(self.ref_name(*item)),
            Expr::Call { callee, arguments } => {
                listed(&format!("{}(", self.ref_name(*callee)), all(arguments), ")")
            }
            Expr::Apply { callee, arguments } => {
                let callee = take(*callee);
                let arguments = arguments.iter().map(|it| take(*it)).collect();
                applied(callee, ".(", arguments, ")")
            }
            Expr::Lambda { params, body } => {
                let head = format!("fn({}) ->", self.typed(params).join(", "));
                Written::open(below(head, take(*body).lines))
            }
            Expr::Let { local, value, body } => {
                let head = format!("let {} =", self.binding(*local));
                let mut lines = below(head, take(*value).lines);
                lines.extend(take(*body).lines);
                Written::defining(lines)
            }
            Expr::LetRec { bindings, body } => {
                let mut lines = vec!["letrec".to_owned()];
                for (local, lambda) in bindings {
                    let head = format!("  {} =", self.binding(*local));
                    lines.extend(below(head, indented(take(*lambda).lines)));
                }
                lines.extend(take(*body).lines);
                Written::defining(lines)
            }
            Expr::Assign { local, value } => {
                Written::open(below(format!("{} :=", self.name(*local)), take(*value).lines))
            }
            Expr::Sequence(parts) => sequence(all(parts)),
            Expr::If { condition, then, otherwise } => {
                conditional(take(*condition), take(*then), take(*otherwise))
            }
            Expr::Match { scrutinee, arms } => {
                let mut lines = below("match".to_owned(), take(*scrutinee).lines);
                for arm in arms {
                    let guard = arm.guard.map(&mut take);
                    lines.extend(self.arm(arm, guard, take(arm.body)));
                }
                Written::open(lines)
            }
            Expr::Loop(body) => {
                let mut lines = vec!["loop".to_owned()];
                lines.extend(indented(take(*body).lines));
                Written::open(lines)
            }
            Expr::Break(level) => Written::closed(format!("break {level}")),
            Expr::Continue(level) => Written::closed(format!("continue {level}")),
            Expr::Return(value) => Written::open(below("return".to_owned(), take(*value).lines)),
            Expr::Method { base, name, arguments } => {
                let base = take(*base);
                let arguments = arguments.iter().map(|it| take(*it)).collect();
                applied(base, &format!(".{name}("), arguments, &format!("){}", self.mark(id)))
            }
            Expr::Throw(value) => {
                Written::open(below(format!("throw{}", self.mark(id)), take(*value).lines))
            }
            Expr::Try { body, local, handler } => {
                let mut lines = below("try".to_owned(), take(*body).lines);
                let head = format!("catch {} ->", self.binding(*local));
                lines.extend(below(head, take(*handler).lines));
                Written::open(lines)
            }
            Expr::Construct { ty, constructor, fields } => {
                let name = self.constructor(*ty, *constructor);
                if fields.is_empty() {
                    return Written::closed(name);
                }
                listed(&format!("{name}("), all(fields), ")")
            }
            Expr::Record { fields, order } => {
                record(&self.field_names(self.item.body.ty(id).0), all(fields), order)
            }
            Expr::Field { base, field } => {
                let name = self.field_name(*base, *field);
                take(*base).followed(&format!(".{name}"))
            }
            Expr::SetField { base, field, value } => {
                let name = self.field_name(*base, *field);
                let mut lines = take(*base).operand();
                let head = lines.pop().unwrap_or_default();
                lines.extend(below(format!("{head}.{name} :="), take(*value).lines));
                Written::open(lines)
            }
            Expr::Array(elements) => listed("[", all(elements), "]"),
            Expr::Prim { prim, operands } => self.prim(id, *prim, all(operands)),
        }
    }

    fn arm(&self, arm: &Arm, guard: Option<Written>, body: Written) -> Vec<String> {
        let mut head = format!("| {}", self.pattern(&arm.pattern));
        if let Some(guard) = guard {
            head = format!("{head} if {}", guard.operand().join(" "));
        }
        below(format!("{head} ->"), body.lines)
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Wildcard => "_".to_owned(),
            Pattern::Bind(local) => self.name(*local).to_owned(),
            Pattern::Literal(it) => literal(it),
            Pattern::Constructor { ty, constructor, fields } => {
                let name = self.constructor(*ty, *constructor);
                let fields: Vec<String> = fields.iter().map(|it| self.pattern(it)).collect();
                if fields.is_empty() { name } else { format!("{name}({})", fields.join(", ")) }
            }
            Pattern::Record(fields) => {
                let field = |(at, it): &(u32, Pattern)| format!("{at} = {}", self.pattern(it));
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// A constructor's name where the module defines the type, else its index.
    fn constructor(&self, id: RefId, constructor: u32) -> String {
        let item = &self.module.refs[id.0 as usize];
        let own = self.module.type_defs.iter().find(|it| it.name == item.name);
        match own.filter(|_| item.module == self.module.path).map(|it| &it.kind) {
            Some(TypeKind::Variant(all)) => {
                format!("{}.{}", item.name, all[constructor as usize].name)
            }
            Some(_) => format!("new {}", item.name),
            None => format!("{}.{constructor}", self.ref_name(id)),
        }
    }

    /// The names of the fields of a type, as far as the module knows them.
    fn field_names(&self, ty: u32) -> Vec<Name> {
        match &self.module.types[ty as usize] {
            Ty::Record(fields) => fields.iter().map(|it| it.0.clone()).collect(),
            Ty::Named(item, _) if item.module == self.module.path => {
                match self.module.type_defs.iter().find(|it| it.name == item.name) {
                    Some(def) => match &def.kind {
                        TypeKind::Class(fields) => {
                            fields.iter().map(|it| it.name.clone()).collect()
                        }
                        _ => Vec::new(),
                    },
                    None => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    fn field_name(&self, base: ExprId, field: u32) -> String {
        let names = self.field_names(self.item.body.ty(base).0);
        names.get(field as usize).map_or_else(|| field.to_string(), Name::to_string)
    }

    fn prim(&self, id: ExprId, prim: Prim, operands: Vec<Written>) -> Written {
        let mark = if prim.stops() { self.mark(id) } else { String::new() };
        let name = match notation(prim) {
            Notation::Infix(sign) if operands.iter().all(|it| it.lines.len() == 1) => {
                let parts: Vec<String> = operands.into_iter().flat_map(Written::operand).collect();
                return Written::open(vec![parts.join(&format!(" {sign} ")) + &mark]);
            }
            Notation::Infix(sign) => format!("({sign})"),
            Notation::Call(name) => name.to_owned(),
        };
        listed(&format!("{name}("), operands, &format!("){mark}"))
    }
}

impl Written {
    fn closed(line: String) -> Written {
        Written { lines: vec![line], closed: true, defines: false }
    }

    fn open(lines: Vec<String>) -> Written {
        Written { lines, closed: false, defines: false }
    }

    fn defining(lines: Vec<String>) -> Written {
        Written { lines, closed: false, defines: true }
    }

    /// What stands for an expression that was used before: the module is not well-formed.
    fn lost() -> Written {
        Written::closed("<used twice>".to_owned())
    }

    /// The lines where an operand is expected.
    fn operand(self) -> Vec<String> {
        match &self.lines[..] {
            _ if self.closed => self.lines,
            [line] => vec![format!("({line})")],
            _ => self.part(),
        }
    }

    /// The lines where it is clear what comes before and after, unless it has several lines.
    fn part(self) -> Vec<String> {
        if self.closed || self.lines.len() == 1 {
            return self.lines;
        }
        let mut lines = vec!["(".to_owned()];
        lines.extend(indented(self.lines));
        lines.push(")".to_owned());
        lines
    }

    fn followed(self, suffix: &str) -> Written {
        let mut lines = self.operand();
        if let Some(last) = lines.last_mut() {
            *last += suffix;
        }
        Written { lines, closed: true, defines: false }
    }

    fn after(self, prefix: &str) -> Written {
        let mut lines = self.part();
        if let Some(first) = lines.first_mut() {
            first.insert_str(0, prefix);
        }
        Written { lines, closed: false, defines: false }
    }
}

fn indented(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| format!("  {line}")).collect()
}

/// `head` and what belongs to it: on the same line if it is one and there is room, else below.
fn below(head: String, lines: Vec<String>) -> Vec<String> {
    match &lines[..] {
        [line] if head.len() + line.trim_start().len() < WIDTH => {
            vec![format!("{head} {}", line.trim_start())]
        }
        _ => std::iter::once(head).chain(indented(lines)).collect(),
    }
}

/// Parts between brackets, on one line if there is room.
fn listed(open: &str, parts: Vec<Written>, close: &str) -> Written {
    let width: usize = parts.iter().flat_map(|it| &it.lines).map(|it| it.len() + 2).sum();
    if parts.iter().all(|it| it.lines.len() == 1) && open.len() + width < WIDTH {
        let parts: Vec<String> = parts.into_iter().flat_map(|it| it.lines).collect();
        return Written::closed(format!("{open}{}{close}", parts.join(", ")));
    }
    let mut lines = vec![open.to_owned()];
    for part in parts {
        lines.extend(indented(part.followed_by_comma()));
    }
    lines.push(close.to_owned());
    Written { lines, closed: true, defines: false }
}

impl Written {
    fn followed_by_comma(self) -> Vec<String> {
        let mut lines = self.part();
        if let Some(last) = lines.last_mut() {
            last.push(',');
        }
        lines
    }
}

fn sequence(mut parts: Vec<Written>) -> Written {
    let Some(last) = parts.pop() else { return Written::closed("()".to_owned()) };
    let definitions_end = |it: Written| if it.defines { it.part() } else { it.lines };
    let mut lines: Vec<String> = parts.into_iter().flat_map(definitions_end).collect();
    lines.extend(last.lines);
    Written { lines, closed: false, defines: last.defines }
}

fn conditional(condition: Written, then: Written, otherwise: Written) -> Written {
    let one = [&condition, &then, &otherwise].iter().all(|it| it.lines.len() == 1);
    if one {
        let line =
            format!("if {} then {} else {}", condition.lines[0], then.lines[0], otherwise.lines[0]);
        if line.len() < WIDTH {
            return Written::open(vec![line]);
        }
    }
    let mut lines = below("if".to_owned(), condition.lines);
    lines.extend(below("then".to_owned(), then.lines));
    lines.extend(below("else".to_owned(), otherwise.lines));
    Written::open(lines)
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Unit => "()".to_owned(),
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Float(bits) => format!("{:?}", f64::from_bits(*bits)),
        Literal::Text(text) => format!("{text:?}"),
        Literal::Undefined => "undefined".to_owned(),
        Literal::Null => "null".to_owned(),
    }
}

/// The names, with a number after those that an earlier one has already.
fn unique_names<'a>(names: impl Iterator<Item = &'a Name>) -> Vec<String> {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    names
        .map(|name| {
            let count = seen.entry(name).or_default();
            *count += 1;
            match (name.as_str(), *count) {
                ("", count) => format!("%{count}"),
                (name, 1) => name.to_owned(),
                (name, count) => format!("{name}%{count}"),
            }
        })
        .collect()
}

/// Arguments in brackets behind what they are given to; `open` stands between.
fn applied(to: Written, open: &str, arguments: Vec<Written>, close: &str) -> Written {
    let mut lines = to.operand();
    let head = lines.pop().unwrap_or_default() + open;
    let mut applied = listed(&head, arguments, close);
    applied.lines.splice(0..0, lines);
    applied
}

/// A record with fields of these names, written in the order in which they are evaluated.
fn record(names: &[Name], fields: Vec<Written>, order: &[u32]) -> Written {
    let mut fields: Vec<Option<Written>> = fields.into_iter().map(Some).collect();
    let ordered = order.iter().filter_map(|at| {
        let field = fields.get_mut(*at as usize)?.take()?;
        Some(field.after(&format!("{} = ", names.get(*at as usize)?)))
    });
    listed("{", ordered.collect(), "}")
}

enum Notation {
    Infix(&'static str),
    Call(&'static str),
}

/// Operators of floats end with a point, of integers modulo 2⁶⁴ with a percent sign.
fn notation(prim: Prim) -> Notation {
    match prim {
        Prim::IntAdd => Notation::Infix("+"),
        Prim::IntSubtract => Notation::Infix("-"),
        Prim::IntMultiply => Notation::Infix("*"),
        Prim::IntDivide => Notation::Infix("/"),
        Prim::IntRemainder => Notation::Infix("%"),
        Prim::IntNegate => Notation::Call("negate"),
        Prim::IntWrappingAdd => Notation::Infix("+%"),
        Prim::IntWrappingSubtract => Notation::Infix("-%"),
        Prim::IntWrappingMultiply => Notation::Infix("*%"),
        Prim::IntLess => Notation::Infix("<"),
        Prim::IntLessEqual => Notation::Infix("<="),
        Prim::IntEqual => Notation::Infix("=="),
        Prim::FloatAdd => Notation::Infix("+."),
        Prim::FloatSubtract => Notation::Infix("-."),
        Prim::FloatMultiply => Notation::Infix("*."),
        Prim::FloatDivide => Notation::Infix("/."),
        Prim::FloatRemainder => Notation::Infix("%."),
        Prim::FloatNegate => Notation::Call("float.negate"),
        Prim::FloatLess => Notation::Infix("<."),
        Prim::FloatLessEqual => Notation::Infix("<=."),
        Prim::FloatEqual => Notation::Infix("==."),
        Prim::IntToFloat => Notation::Call("int.to_float"),
        Prim::FloatToInt => Notation::Call("float.to_int"),
        Prim::BoolNot => Notation::Call("not"),
        Prim::BoolAnd => Notation::Infix("and"),
        Prim::BoolOr => Notation::Infix("or"),
        Prim::TextAppend => Notation::Infix("++"),
        Prim::TextLength => Notation::Call("text.length"),
        Prim::TextQuote => Notation::Call("text.quote"),
        Prim::TextEqual => Notation::Call("text.equal"),
        Prim::IntToText => Notation::Call("int.to_text"),
        Prim::BoolToText => Notation::Call("bool.to_text"),
        Prim::FloatToText => Notation::Call("float.to_text"),
        Prim::Write => Notation::Call("write"),
        Prim::ArrayLength => Notation::Call("array.length"),
        Prim::ArrayGet => Notation::Call("array.get"),
        Prim::ArraySet => Notation::Call("array.set"),
        Prim::ArrayPush => Notation::Call("array.push"),
        Prim::IntAnd => Notation::Call("int.and"),
        Prim::IntOr => Notation::Call("int.or"),
        Prim::IntXor => Notation::Call("int.xor"),
        Prim::FloatToInt32 => Notation::Call("float.to_int32"),
        Prim::FloatFloor => Notation::Call("float.floor"),
        Prim::FloatPower => Notation::Call("float.power"),
        Prim::FloatSquareRoot => Notation::Call("float.square_root"),
        Prim::TextSlice => Notation::Call("text.slice"),
        Prim::TextFind => Notation::Call("text.find"),
        Prim::TextLess => Notation::Call("text.less"),
        Prim::TextUpper => Notation::Call("text.upper"),
        Prim::TextLower => Notation::Call("text.lower"),
        Prim::TextToFloat => Notation::Call("text.to_float"),
        Prim::Exit => Notation::Call("exit"),
        Prim::Sleep => Notation::Call("sleep"),
        Prim::FloatToDynamic => Notation::Call("dynamic"),
        Prim::BoolToDynamic => Notation::Call("dynamic"),
        Prim::TextToDynamic => Notation::Call("dynamic"),
        Prim::ArrayToDynamic => Notation::Call("dynamic"),
        Prim::FunctionToDynamic => Notation::Call("dynamic"),
        Prim::DynamicToFloat => Notation::Call("as_float"),
        Prim::DynamicToBool => Notation::Call("as_bool"),
        Prim::DynamicToText => Notation::Call("as_text"),
        Prim::DynamicToArray => Notation::Call("as_array"),
        Prim::DynamicType => Notation::Call("type_of"),
        Prim::DynamicIsArray => Notation::Call("is_array"),
        Prim::DynamicEqual => Notation::Call("same"),
        Prim::DynamicTruth => Notation::Call("truth"),
        Prim::DynamicShow => Notation::Call("show"),
        Prim::DynamicString => Notation::Call("string"),
        Prim::ObjectNew => Notation::Call("object"),
        Prim::ClassNew => Notation::Call("class"),
        Prim::InstanceOf => Notation::Call("instance_of"),
        Prim::PropertyGet => Notation::Call("property"),
        Prim::PropertySet => Notation::Call("set_property"),
        Prim::PropertyHas => Notation::Call("has_property"),
        Prim::PropertyNames => Notation::Call("property_names"),
        Prim::ElementGet => Notation::Call("element"),
        Prim::ElementSet => Notation::Call("set_element"),
        Prim::ArrayResize => Notation::Call("array.resize"),
        Prim::DynamicHash => Notation::Call("hash"),
        Prim::TextCode => Notation::Call("text.code"),
        Prim::TextOfCode => Notation::Call("text.of_code"),
    }
}
