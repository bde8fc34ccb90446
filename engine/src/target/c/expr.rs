//! Expressions.

use crate::ir::{ExprId, Literal, Prim};
use crate::target::c::function::FunctionPrinter;
use crate::target::c::literal::scalar;
use crate::target::c::module::code_name;
use crate::target::linear::Expr;

impl FunctionPrinter<'_, '_> {
    /// An expression in C, which binds at least as strongly as a unary operator.
    pub(crate) fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(Literal::Text(text)) => self.uses.text(text),
            Expr::Literal(literal) => scalar(literal).unwrap_or_default(),
            Expr::Var(var) if self.item.var(*var).cell => {
                format!("OAST_CELL({})", self.variable(*var))
            }
            Expr::Var(var) => self.variable(*var),
            Expr::Global(item) => self.uses.value(*item),
            Expr::Call { callee, arguments } => {
                let name = self.uses.callee(*callee, arguments.len());
                format!("{name}({})", self.exprs(arguments))
            }
            Expr::CallLocal { function, arguments } => {
                let name = code_name(self.uses, self.index, *function);
                let closure = self.item.function(*function).variable;
                let closure = closure.map(|it| self.variable(it)).unwrap_or_default();
                let arguments = arguments.iter().map(|it| self.expr(it));
                let all: Vec<String> = std::iter::once(closure).chain(arguments).collect();
                format!("{name}({})", all.join(", "))
            }
            Expr::Apply { callee, arguments } => self.application(callee, arguments),
            Expr::ApplyDynamic { callee, arguments, site } => {
                let callee = self.expr(callee);
                let all =
                    if arguments.is_empty() { "NULL".to_owned() } else { self.list(arguments) };
                let site = self.uses.site(self.index, *site);
                format!("oast_call({callee}, {}, {all}, {site})", arguments.len())
            }
            Expr::Method { base, name, arguments, site } => {
                let base = self.expr(base);
                let property = self.uses.property(name);
                let room = std::iter::once("0".to_owned());
                let all: Vec<String> =
                    room.chain(arguments.iter().map(|it| self.expr(it))).collect();
                let site = self.uses.site(self.index, *site);
                let (count, all) = (arguments.len(), all.join(", "));
                format!("oast_method({base}, {property}, {count}, (oast_value[]){{{all}}}, {site})")
            }
            Expr::Construct { constructor, fields, .. } => self.construct(*constructor, fields),
            Expr::Record(fields) => self.construct(0, fields),
            Expr::Array(elements) if elements.is_empty() => "oast_array_new(0, NULL)".to_owned(),
            Expr::Array(elements) => {
                format!("oast_array_new({}, {})", elements.len(), self.list(elements))
            }
            Expr::RecordField { base, field }
            | Expr::ObjectField { base, field, .. }
            | Expr::VariantField { base, field, .. } => {
                format!("OAST_FIELD({}, {field})", self.expr(base))
            }
            Expr::IsConstructor { value, constructor, fields, .. } => {
                let test = if *fields == 0 { "oast_is_bare" } else { "oast_is" };
                format!("{test}({}, {constructor})", self.expr(value))
            }
            Expr::Prim { prim, operands, site } => self.operation(*prim, operands, *site),
            Expr::And(left, right) => format!("({} && {})", self.expr(left), self.expr(right)),
            Expr::Or(left, right) => format!("({} || {})", self.expr(left), self.expr(right)),
            Expr::Not(inner) => format!("!{}", self.expr(inner)),
            Expr::Conditional(all) => {
                let [condition, yes, no] = [&all.0, &all.1, &all.2].map(|it| self.expr(it));
                format!("({condition} ? {yes} : {no})")
            }
        }
    }

    fn application(&mut self, callee: &Expr, arguments: &[Expr]) -> String {
        let callee = self.expr(callee);
        match arguments.len() {
            0 => format!("oast_apply({callee}, 0, NULL)"),
            count @ 1..=2 => format!("oast_apply{count}({callee}, {})", self.exprs(arguments)),
            count => format!("oast_apply({callee}, {count}, {})", self.list(arguments)),
        }
    }

    fn construct(&mut self, tag: u32, fields: &[Expr]) -> String {
        match fields.len() {
            0 => format!("OAST_BARE({tag})"),
            count @ 1..=3 => format!("oast_new{count}({tag}, {})", self.exprs(fields)),
            count => format!("oast_new({tag}, {count}, {})", self.list(fields)),
        }
    }

    fn operation(&mut self, prim: Prim, operands: &[Expr], site: ExprId) -> String {
        let (name, has_site) = operation(prim);
        // A property whose name is known has a place where what was found last is remembered.
        if let (
            Prim::PropertyGet | Prim::PropertySet,
            [base, Expr::Literal(Literal::Text(text)), rest @ ..],
        ) = (prim, operands)
        {
            let mut all = vec![self.expr(base), self.uses.property(text)];
            all.extend(rest.iter().map(|it| self.expr(it)));
            all.push(self.uses.site(self.index, site));
            let verb = if prim == Prim::PropertyGet { "get" } else { "set" };
            return format!("oast_{verb}_property({})", all.join(", "));
        }
        let operands = self.exprs(operands);
        if has_site {
            let site = self.uses.site(self.index, site);
            format!("oast_{name}({operands}, {site})")
        } else {
            format!("oast_{name}({operands})")
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) -> String {
        exprs.iter().map(|it| self.expr(it)).collect::<Vec<_>>().join(", ")
    }

    /// The address of several values in a row.
    fn list(&mut self, exprs: &[Expr]) -> String {
        format!("(const oast_value[]){{{}}}", self.exprs(exprs))
    }
}

/// The name of an operation in the run-time support, and whether it wants to know where it stands.
fn operation(prim: Prim) -> (&'static str, bool) {
    match prim {
        Prim::IntAdd => ("int_add", true),
        Prim::IntSubtract => ("int_subtract", true),
        Prim::IntMultiply => ("int_multiply", true),
        Prim::IntDivide => ("int_divide", true),
        Prim::IntRemainder => ("int_remainder", true),
        Prim::IntNegate => ("int_negate", true),
        Prim::IntWrappingAdd => ("int_wrapping_add", false),
        Prim::IntWrappingSubtract => ("int_wrapping_subtract", false),
        Prim::IntWrappingMultiply => ("int_wrapping_multiply", false),
        Prim::IntLess => ("int_less", false),
        Prim::IntLessEqual => ("int_less_equal", false),
        Prim::IntEqual => ("int_equal", false),
        Prim::FloatAdd => ("float_add", false),
        Prim::FloatSubtract => ("float_subtract", false),
        Prim::FloatMultiply => ("float_multiply", false),
        Prim::FloatDivide => ("float_divide", false),
        Prim::FloatRemainder => ("float_remainder", false),
        Prim::FloatNegate => ("float_negate", false),
        Prim::FloatLess => ("float_less", false),
        Prim::FloatLessEqual => ("float_less_equal", false),
        Prim::FloatEqual => ("float_equal", false),
        Prim::IntToFloat => ("int_to_float", false),
        Prim::FloatToInt => ("float_to_int", true),
        Prim::BoolNot => ("bool_not", false),
        Prim::BoolAnd => ("bool_and", false),
        Prim::BoolOr => ("bool_or", false),
        Prim::TextAppend => ("text_append", false),
        Prim::TextLength => ("text_length", false),
        Prim::TextEqual => ("text_equal", false),
        Prim::TextQuote => ("text_quote", false),
        Prim::IntToText => ("int_to_text", false),
        Prim::BoolToText => ("bool_to_text", false),
        Prim::FloatToText => ("float_to_text", false),
        Prim::Write => ("write", false),
        Prim::ArrayLength => ("array_length", false),
        Prim::ArrayGet => ("array_get", true),
        Prim::ArraySet => ("array_set", true),
        Prim::ArrayPush => ("array_push", false),
        Prim::IntAnd => ("int_and", false),
        Prim::IntOr => ("int_or", false),
        Prim::IntXor => ("int_xor", false),
        Prim::FloatToInt32 => ("float_to_int32", false),
        Prim::FloatFloor => ("float_floor", false),
        Prim::FloatPower => ("float_power", false),
        Prim::FloatSquareRoot => ("float_square_root", false),
        Prim::TextSlice => ("text_slice", false),
        Prim::TextFind => ("text_find", false),
        Prim::TextLess => ("text_less", false),
        Prim::TextUpper => ("text_upper", false),
        Prim::TextLower => ("text_lower", false),
        Prim::TextToFloat => ("text_to_float", false),
        Prim::Exit => ("exit", false),
        Prim::Sleep => ("sleep", false),
        Prim::FloatToDynamic => ("float_to_dynamic", false),
        Prim::BoolToDynamic => ("bool_to_dynamic", false),
        Prim::TextToDynamic => ("text_to_dynamic", false),
        Prim::ArrayToDynamic => ("array_to_dynamic", false),
        Prim::FunctionToDynamic => ("function_to_dynamic", false),
        Prim::DynamicToFloat => ("dynamic_to_float", true),
        Prim::DynamicToBool => ("dynamic_to_bool", true),
        Prim::DynamicToText => ("dynamic_to_text", true),
        Prim::DynamicToArray => ("dynamic_to_array", true),
        Prim::DynamicType => ("dynamic_type", false),
        Prim::DynamicIsArray => ("dynamic_is_array", false),
        Prim::DynamicEqual => ("dynamic_equal", false),
        Prim::DynamicTruth => ("dynamic_truth", false),
        Prim::DynamicShow => ("dynamic_show", false),
        Prim::DynamicString => ("dynamic_string", false),
        Prim::ObjectNew => ("object_new_of", false),
        Prim::ClassNew => ("class_new", false),
        Prim::InstanceOf => ("instance_of", false),
        Prim::PropertyGet => ("property_get", true),
        Prim::PropertySet => ("property_set", true),
        Prim::PropertyHas => ("property_has", false),
        Prim::PropertyNames => ("property_names", false),
        Prim::ElementGet => ("element_get", true),
        Prim::ElementSet => ("element_set", true),
        Prim::ArrayResize => ("array_resize", false),
        Prim::DynamicHash => ("dynamic_hash", false),
        Prim::TextCode => ("text_code", false),
        Prim::TextOfCode => ("text_of_code", false),
    }
}
