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
            Expr::Apply { callee, arguments } => {
                let callee = self.expr(callee);
                match &arguments[..] {
                    [] => format!("oast_apply({callee}, 0, NULL)"),
                    [_] | [_, _] => {
                        let all = self.exprs(arguments);
                        format!("oast_apply{}({callee}, {all})", arguments.len())
                    }
                    _ => {
                        let all = self.list(arguments);
                        format!("oast_apply({callee}, {}, {all})", arguments.len())
                    }
                }
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

    fn construct(&mut self, tag: u32, fields: &[Expr]) -> String {
        match fields.len() {
            0 => format!("OAST_BARE({tag})"),
            count @ 1..=3 => format!("oast_new{count}({tag}, {})", self.exprs(fields)),
            count => format!("oast_new({tag}, {count}, {})", self.list(fields)),
        }
    }

    fn operation(&mut self, prim: Prim, operands: &[Expr], site: ExprId) -> String {
        let (name, has_site) = operation(prim);
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
    }
}
