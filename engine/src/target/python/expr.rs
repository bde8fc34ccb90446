//! Expressions.

use crate::ir::{ExprId, Literal, Prim};
use crate::target::linear::Expr;
use crate::target::python::function::Writer;
use crate::target::python::literal;
use crate::target::python::print::{Code, Level};

impl Writer<'_, '_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> Code {
        match expr {
            Expr::Literal(it) => self.literal(it),
            Expr::Var(var) if self.is_cell(*var) => Code::atom(self.name(*var) + "[0]"),
            Expr::Var(var) => Code::atom(self.name(*var)),
            Expr::Global(item) => self.globals.item_value(*item),
            Expr::Call { callee, arguments } => {
                Code::call(self.globals.item(*callee), self.exprs(arguments))
            }
            Expr::CallLocal { function, arguments } => {
                let variable = self.item.function(*function).variable;
                let name = self.name(variable.expect("a function of an item has a variable"));
                Code::call(name, self.exprs(arguments))
            }
            Expr::Apply { callee, arguments } => {
                let mut all = vec![self.expr(callee)];
                all.extend(self.exprs(arguments));
                Code::call(self.globals.runtime("_apply"), all)
            }
            Expr::ApplyDynamic { callee, arguments, site } => {
                let mut all = vec![self.expr(callee), self.site(*site)];
                all.extend(self.exprs(arguments));
                Code::call(self.globals.runtime("_call"), all)
            }
            Expr::Method { base, name, arguments, site } => {
                let name = Code::atom(literal::text(name));
                let mut all = vec![self.expr(base), name, self.site(*site)];
                all.extend(self.exprs(arguments));
                Code::call(self.globals.runtime("_call_method"), all)
            }
            Expr::Construct { ty, constructor, fields } => {
                let class = self.globals.constructor(*ty, *constructor);
                if fields.is_empty() {
                    return Code::atom(class);
                }
                Code::call(class, self.exprs(fields))
            }
            Expr::Record(fields) => Code::tuple(self.exprs(fields)),
            Expr::Array(elements) => Code::listed("[", self.exprs(elements), "]"),
            Expr::RecordField { base, field } => self.suffixed(base, &format!("[{field}]")),
            Expr::ObjectField { base, ty, field } => {
                if let Some(name) = self.globals.field(*ty, *field) {
                    return self.suffixed(base, &format!(".{name}"));
                }
                let base = self.expr(base);
                let field = Code::atom(field.to_string());
                Code::call(self.globals.runtime("_field"), vec![base, field])
            }
            Expr::VariantField { base, field, .. } => self.suffixed(base, &format!("._{field}")),
            Expr::IsConstructor { value, ty, constructor, fields } => {
                let value = self.expr(value);
                let class = self.globals.constructor(*ty, *constructor);
                is_constructor(value, class, *fields == 0)
            }
            Expr::Prim { prim, operands, site } => self.prim(*prim, operands, *site),
            Expr::And(left, right) => self.joined(left, "and", right, Level::And),
            Expr::Or(left, right) => self.joined(left, "or", right, Level::Or),
            Expr::Not(inner) => {
                let inner = self.expr(inner).at(Level::Not);
                Code::new(format!("not {inner}"), Level::Not)
            }
            Expr::Conditional(all) => self.conditional(&all.0, &all.1, &all.2),
        }
    }

    fn conditional(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Code {
        let condition = self.expr(condition).at(Level::Or);
        let then = self.expr(then).at(Level::Or);
        let otherwise = self.expr(otherwise).at(Level::Conditional);
        Code::new(format!("{then} if {condition} else {otherwise}"), Level::Conditional)
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Vec<Code> {
        exprs.iter().map(|it| self.expr(it)).collect()
    }

    fn suffixed(&mut self, base: &Expr, suffix: &str) -> Code {
        Code::atom(self.expr(base).at(Level::Atom) + suffix)
    }

    /// It makes no difference how `and`s, or `or`s, are joined.
    fn joined(&mut self, left: &Expr, sign: &str, right: &Expr, level: Level) -> Code {
        let left = self.expr(left).at(level);
        let right = self.expr(right).at(level);
        Code::new(format!("{left} {sign} {right}"), level)
    }

    fn literal(&mut self, literal: &Literal) -> Code {
        match literal {
            Literal::Unit => Code::atom("None"),
            Literal::Bool(true) => Code::atom("True"),
            Literal::Bool(false) => Code::atom("False"),
            Literal::Int(value) => signed(value.to_string()),
            Literal::Float(bits) => {
                let text = literal::float(f64::from_bits(*bits));
                for name in ["_inf", "_nan"].into_iter().filter(|it| text.ends_with(it)) {
                    self.globals.runtime(name);
                }
                signed(text)
            }
            Literal::Text(text) => Code::atom(literal::text(text)),
            Literal::Undefined => Code::atom("None"),
            Literal::Null => Code::atom(self.globals.runtime("_null")),
        }
    }

    fn prim(&mut self, prim: Prim, operands: &[Expr], site: ExprId) -> Code {
        let (name, stops) = match form(prim) {
            Form::Infix(sign, level) => {
                let [left, right] = operands else { unreachable!("{prim:?} has two operands") };
                return self.binary(left, sign, right, level);
            }
            Form::Prefix(sign, level) => {
                let operand = self.expr(&operands[0]).at(level);
                return Code::new(format!("{sign}{operand}"), level);
            }
            Form::Wrapping(sign, level) => {
                let [left, right] = operands else { unreachable!("{prim:?} has two operands") };
                let value = self.binary(left, sign, right, level);
                return Code::call(self.globals.runtime("_wrap"), vec![value]);
            }
            Form::Itself => return self.expr(&operands[0]),
            Form::Builtin(name) => (name, false),
            Form::Runtime(name) => (self.globals.runtime(name), false),
            Form::Stopping(name) => (self.globals.runtime(name), true),
            Form::Method(name) => {
                let arguments = self.exprs(&operands[1..]);
                let base = self.expr(&operands[0]).at(Level::Atom);
                return Code::call(format!("{base}.{name}"), arguments);
            }
        };
        let mut arguments = self.exprs(operands);
        if stops {
            arguments.push(self.site(site));
        }
        Code::call(name, arguments)
    }

    pub(super) fn site(&self, site: ExprId) -> Code {
        Code::atom(format!("({}, {})", self.index, site.0))
    }

    /// Python's operators join to the left; comparisons must not be joined at all.
    fn binary(&mut self, left: &Expr, sign: &str, right: &Expr, level: Level) -> Code {
        let tighter = level.tighter();
        let left_level = if level == Level::Comparison { tighter } else { level };
        let left = self.expr(left).at(left_level);
        let right = self.expr(right).at(tighter);
        Code::new(format!("{left} {sign} {right}"), level)
    }
}

/// Whether a value is of the constructor that `class` stands for; one without fields is the only value of its kind.
fn is_constructor(value: Code, class: String, has_no_fields: bool) -> Code {
    if has_no_fields {
        let value = value.at(Level::BitOr);
        return Code::new(format!("{value} is {class}"), Level::Comparison);
    }
    Code::call("isinstance", vec![value, Code::atom(class)])
}

fn signed(number: String) -> Code {
    let level = if number.starts_with('-') { Level::Unary } else { Level::Atom };
    Code::new(number, level)
}

/// How Python writes an operation.
enum Form {
    Infix(&'static str, Level),
    Prefix(&'static str, Level),
    /// An infix operator, then reduced to 64 bits.
    Wrapping(&'static str, Level),
    /// The operand.
    Itself,
    /// A function that Python has.
    Builtin(&'static str),
    /// A method that Python has.
    Method(&'static str),
    /// A function of the run-time support.
    Runtime(&'static str),
    /// A function of the run-time support that can stop the program; the site is its last argument.
    Stopping(&'static str),
}

fn form(prim: Prim) -> Form {
    match prim {
        Prim::IntAdd => Form::Stopping("_add"),
        Prim::IntSubtract => Form::Stopping("_subtract"),
        Prim::IntMultiply => Form::Stopping("_multiply"),
        Prim::IntDivide => Form::Stopping("_divide"),
        Prim::IntRemainder => Form::Stopping("_remainder"),
        Prim::IntNegate => Form::Stopping("_negate"),
        Prim::IntWrappingAdd => Form::Wrapping("+", Level::Sum),
        Prim::IntWrappingSubtract => Form::Wrapping("-", Level::Sum),
        Prim::IntWrappingMultiply => Form::Wrapping("*", Level::Product),
        Prim::IntLess | Prim::FloatLess => Form::Infix("<", Level::Comparison),
        Prim::IntLessEqual | Prim::FloatLessEqual => Form::Infix("<=", Level::Comparison),
        Prim::IntEqual | Prim::FloatEqual | Prim::TextEqual => Form::Infix("==", Level::Comparison),
        Prim::FloatAdd | Prim::TextAppend => Form::Infix("+", Level::Sum),
        Prim::FloatSubtract => Form::Infix("-", Level::Sum),
        Prim::FloatMultiply => Form::Infix("*", Level::Product),
        Prim::FloatDivide => Form::Runtime("_divide_floats"),
        Prim::FloatRemainder => Form::Runtime("_fmod"),
        Prim::FloatNegate => Form::Prefix("-", Level::Unary),
        Prim::IntToFloat => Form::Builtin("float"),
        Prim::FloatToInt => Form::Stopping("_to_int"),
        Prim::BoolNot => Form::Prefix("not ", Level::Not),
        Prim::BoolAnd => Form::Infix("&", Level::BitAnd),
        Prim::BoolOr => Form::Infix("|", Level::BitOr),
        Prim::TextLength | Prim::ArrayLength => Form::Builtin("len"),
        Prim::IntToText | Prim::BoolToText => Form::Builtin("str"),
        Prim::FloatToText => Form::Runtime("_float_to_text"),
        Prim::TextQuote => Form::Runtime("_quote"),
        Prim::Write => Form::Runtime("_write"),
        Prim::ArrayGet => Form::Stopping("_get"),
        Prim::ArraySet => Form::Stopping("_put"),
        Prim::ArrayPush => Form::Method("append"),
        Prim::IntAnd => Form::Infix("&", Level::BitAnd),
        Prim::IntOr => Form::Infix("|", Level::BitOr),
        Prim::IntXor => Form::Runtime("_xor"),
        Prim::FloatToInt32 => Form::Runtime("_to_int32"),
        Prim::FloatFloor => Form::Runtime("_floor"),
        Prim::FloatPower => Form::Runtime("_power"),
        Prim::FloatSquareRoot => Form::Runtime("_square_root"),
        Prim::TextSlice => Form::Runtime("_slice"),
        Prim::TextFind => Form::Runtime("_find"),
        Prim::TextLess => Form::Infix("<", Level::Comparison),
        Prim::TextUpper => Form::Runtime("_upper"),
        Prim::TextLower => Form::Runtime("_lower"),
        Prim::TextToFloat => Form::Runtime("_text_to_float"),
        Prim::Exit => Form::Runtime("_exit"),
        Prim::Sleep => Form::Runtime("_sleep"),
        Prim::FloatToDynamic => Form::Itself,
        Prim::BoolToDynamic => Form::Itself,
        Prim::TextToDynamic => Form::Itself,
        Prim::ArrayToDynamic => Form::Itself,
        Prim::FunctionToDynamic => Form::Itself,
        Prim::DynamicToFloat => Form::Stopping("_as_float"),
        Prim::DynamicToBool => Form::Stopping("_as_bool"),
        Prim::DynamicToText => Form::Stopping("_as_text"),
        Prim::DynamicToArray => Form::Stopping("_as_array"),
        Prim::DynamicType => Form::Runtime("_type_of"),
        Prim::DynamicIsArray => Form::Runtime("_is_array"),
        Prim::DynamicEqual => Form::Runtime("_same"),
        Prim::DynamicTruth => Form::Runtime("_truth"),
        Prim::DynamicShow => Form::Runtime("_show"),
        Prim::DynamicString => Form::Runtime("_string"),
        Prim::ObjectNew => Form::Runtime("_Object"),
        Prim::ClassNew => Form::Runtime("_Class"),
        Prim::InstanceOf => Form::Runtime("_instance_of"),
        Prim::PropertyGet => Form::Stopping("_property"),
        Prim::PropertySet => Form::Stopping("_set_property"),
        Prim::PropertyHas => Form::Runtime("_has_property"),
        Prim::PropertyNames => Form::Runtime("_property_names"),
        Prim::ElementGet => Form::Stopping("_element"),
        Prim::ElementSet => Form::Stopping("_set_element"),
        Prim::ArrayResize => Form::Runtime("_resize"),
        Prim::DynamicHash => Form::Runtime("_hash_of"),
        Prim::TextCode => Form::Runtime("_code"),
        Prim::TextOfCode => Form::Runtime("_of_code"),
    }
}
