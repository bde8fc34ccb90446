//! Operators.

use crate::base::{Finding, TextRange};
use crate::ir::{Expr, ExprId, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::{Checker, Value};
use crate::lang::oats::decl::{DeclarationKind, EnumValue, Syntax};
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

/// A binary operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Power,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    ShiftRightUnsigned,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    Instanceof,
    In,
    Both,
    Either,
    Coalesce,
}

impl Operator {
    /// The operator that these tokens spell.
    pub(super) fn of(tokens: &[Kind]) -> Option<Operator> {
        Some(match tokens {
            [Kind::Plus | Kind::PlusEquals] => Operator::Add,
            [Kind::Minus | Kind::MinusEquals] => Operator::Subtract,
            [Kind::Star | Kind::StarEquals] => Operator::Multiply,
            [Kind::Slash | Kind::SlashEquals] => Operator::Divide,
            [Kind::Percent | Kind::PercentEquals] => Operator::Remainder,
            [Kind::StarStar | Kind::StarStarEquals] => Operator::Power,
            [Kind::And | Kind::AndEquals] => Operator::And,
            [Kind::Or | Kind::OrEquals] => Operator::Or,
            [Kind::Caret | Kind::CaretEquals] => Operator::Xor,
            [Kind::ShiftLeft | Kind::ShiftLeftEquals] => Operator::ShiftLeft,
            [_, Kind::Equals] => Operator::GreaterEqual,
            [_, Kind::Greater] | [_, _, Kind::Equals] => Operator::ShiftRight,
            [_, _, Kind::Greater] | [_, _, _, Kind::Equals] => Operator::ShiftRightUnsigned,
            [Kind::Less] => Operator::Less,
            [Kind::LessEqual] => Operator::LessEqual,
            [Kind::Greater] => Operator::Greater,
            [Kind::EqualEqual | Kind::EqualEqualEqual] => Operator::Equal,
            [Kind::NotEqual | Kind::NotEqualEqual] => Operator::NotEqual,
            [Kind::Instanceof] => Operator::Instanceof,
            [Kind::In] => Operator::In,
            [Kind::AndAnd | Kind::AndAndEquals] => Operator::Both,
            [Kind::OrOr | Kind::OrOrEquals] => Operator::Either,
            [Kind::QuestionQuestion | Kind::QuestionQuestionEquals] => Operator::Coalesce,
            _ => return None,
        })
    }
}

/// The operands of a comparison or computation, with where they stand.
type Operands<'v> = [(&'v Value, TextRange); 2];

impl<'t> Checker<'t, '_> {
    /// A chain of binary operators; long ones do not nest.
    pub(super) fn binary(&mut self, syntax: Syntax<'t>, expected: Option<&Type>) -> Value {
        let mut chain = Vec::new();
        let mut at = syntax;
        let first = loop {
            let tokens: Vec<Kind> = at.tokens().map(|it| it.kind).collect();
            let mut operands = at.children();
            let (Some(left), Some(right), Some(operator)) =
                (operands.next(), operands.next(), Operator::of(&tokens))
            else {
                break at;
            };
            chain.push((at, operator, left, right));
            let lazy = matches!(operator, Operator::Both | Operator::Either | Operator::Coalesce);
            if left.kind() != Kind::BinaryExpr || lazy {
                break left;
            }
            at = left;
        };
        let Some((_, innermost, _, _)) = chain.last().copied() else {
            return self.nothing(syntax.range());
        };
        let mut left = match innermost {
            Operator::Both | Operator::Either => {
                let (node, operator, left, right) = chain.pop().expect("it is not empty");
                self.lazy(node, operator, left, right, expected)
            }
            _ => self.expr(first, None),
        };
        let mut left_range = first.range();
        while let Some((node, operator, before, right)) = chain.pop() {
            left = match operator {
                Operator::Coalesce => {
                    self.coalesce(left, before.range(), right, expected, node.range())
                }
                Operator::Instanceof => self.instance_test(left, right, node.range()),
                _ => {
                    let value = self.expr(right, None);
                    let operands = [(&left, left_range), (&value, right.range())];
                    self.operation(operator, operands, node.range())
                }
            };
            left_range = node.range();
        }
        left
    }

    /// `a && b` and `a || b` as values.
    fn lazy(
        &mut self,
        node: Syntax<'t>,
        operator: Operator,
        left: Syntax<'t>,
        right: Syntax<'t>,
        expected: Option<&Type>,
    ) -> Value {
        let range = node.range();
        let and = operator == Operator::Both;
        self.with_steps(range, |it| {
            // What the left side tells is found by looking at it as a condition, without what it becomes.
            let (holds, fails) = it.only_facts(left);
            let value = it.expr(left, expected);
            let is_bool = value.repr == Repr::Bool;
            let (yes, no) = it.types.by_truth(&value.ty);
            let (local, repr) = it.keep(value, "", left.range());
            let get = it.b.get(local, range);
            let kept = Value { id: get, repr, ty: Type::Unknown };
            let condition = it.truth(&kept, range);
            let before = it.flow.clone();
            let other = it.branch(right, expected, if and { holds } else { fails });
            it.flow = before;
            let id = if is_bool {
                it.b.literal(Literal::Bool(!and), range)
            } else {
                it.b.get(local, range)
            };
            let own = Value { id, repr, ty: if and { no } else { yes } };
            if and {
                it.choice(condition, other, own, range)
            } else {
                it.choice(condition, own, other, range)
            }
        })
    }

    /// What is known where an expression holds and where not; nothing is kept of what it becomes.
    fn only_facts(&mut self, syntax: Syntax<'t>) -> (super::Facts, super::Facts) {
        let kinds = [Kind::ArrowExpr, Kind::FunctionExpr, Kind::AssignExpr, Kind::CallExpr];
        if kinds.contains(&syntax.kind()) || super::holds(syntax, &kinds) {
            return (Vec::new(), Vec::new());
        }
        let (exprs, locals) = (self.b.body.exprs.len(), self.b.body.locals.len());
        let (flow, findings) = (self.flow.clone(), self.findings.len());
        let outer = std::mem::take(&mut self.steps);
        let (_, holds, fails) = self.condition(syntax);
        self.steps = outer;
        self.flow = flow;
        self.findings.truncate(findings);
        self.b.forget_from(exprs, locals);
        (holds, fails)
    }

    /// `a ?? b`.
    fn coalesce(
        &mut self,
        left: Value,
        left_range: TextRange,
        right: Syntax<'t>,
        expected: Option<&Type>,
        range: TextRange,
    ) -> Value {
        self.with_steps(range, |it| {
            let ty = left.ty.present();
            let (local, repr) = it.keep(left, "", left_range);
            let absent = it.is_nothing(local, repr, range);
            let before = it.flow.clone();
            let other = it.branch(right, expected, Vec::new());
            let after = std::mem::replace(&mut it.flow, before.clone());
            it.flow = super::join(vec![before, after]);
            let id = it.b.get(local, range);
            let own = Value { id, repr, ty };
            it.choice(absent, other, own, range)
        })
    }

    /// Whether a local is null or undefined.
    pub(super) fn is_nothing(
        &mut self,
        local: crate::ir::LocalId,
        repr: Repr,
        range: TextRange,
    ) -> ExprId {
        if repr != Repr::Dynamic {
            return self.b.literal(Literal::Bool(false), range);
        }
        let same = |it: &mut Self, literal: Literal| {
            let value = it.b.get(local, range);
            let literal = it.b.literal(literal, range);
            it.b.prim(Prim::DynamicEqual, vec![value, literal], Ty::Bool, range)
        };
        let condition = same(self, Literal::Undefined);
        let otherwise = same(self, Literal::Null);
        let then = self.b.literal(Literal::Bool(true), range);
        self.b.add(Expr::If { condition, then, otherwise }, Ty::Bool, range)
    }

    fn instance_test(&mut self, left: Value, right: Syntax<'t>, range: TextRange) -> Value {
        let Some(class) = self.class_named(right) else {
            let message = "behind `instanceof` stands the name of a class";
            self.error("instanceof", right.range(), message);
            return self.nothing(range);
        };
        self.types.used.insert(class.name.clone());
        let value = self.dynamic(&left, range);
        let class = self.class_expr(&class, range);
        let id = self.b.prim(Prim::InstanceOf, vec![value, class], Ty::Bool, range);
        Value { id, repr: Repr::Bool, ty: Type::Boolean }
    }

    /// Whether a type is a number in TypeScript's arithmetic: an enum of numbers is.
    pub(super) fn is_numeric(&mut self, ty: &Type) -> bool {
        ty.members().iter().all(|it| {
            it.is_lenient()
                || matches!(it, Type::Number | Type::NumberLiteral(_))
                || self.types.enum_of(it).is_some_and(|it| match &it.kind {
                    DeclarationKind::Enum(values) => {
                        !values.iter().any(|it| matches!(it.1, EnumValue::Text(_)))
                    }
                    _ => false,
                })
        })
    }

    /// The number that an operand is.
    pub(super) fn number(&mut self, value: &Value, range: TextRange, what: &str) -> ExprId {
        if !self.is_numeric(&value.ty) {
            let message = format!("{what} needs a number, but this is `{}`", value.ty.widened());
            let mut finding = Finding::error("operand", range, message);
            if value.ty.includes(Type::is_nothing) && self.is_numeric(&value.ty.present()) {
                finding = finding.help("test that it is there before");
            }
            self.report(finding);
        }
        self.convert(value, Repr::Float, range)
    }

    /// A binary operation whose operands are both evaluated.
    pub(super) fn operation(
        &mut self,
        operator: Operator,
        operands: Operands<'_>,
        range: TextRange,
    ) -> Value {
        let [(left, left_range), (right, right_range)] = operands;
        let prim = match operator {
            Operator::Add => return self.sum(operands, range),
            Operator::Equal | Operator::NotEqual => {
                return self.equality(operator == Operator::Equal, operands, range);
            }
            Operator::Less | Operator::LessEqual | Operator::Greater | Operator::GreaterEqual => {
                return self.order(operator, operands, range);
            }
            Operator::In => return self.has_property(operands, range),
            Operator::Subtract => Prim::FloatSubtract,
            Operator::Multiply => Prim::FloatMultiply,
            Operator::Divide => Prim::FloatDivide,
            Operator::Remainder => Prim::FloatRemainder,
            Operator::Power => Prim::FloatPower,
            _ => return self.bits(operator, operands, range),
        };
        let left = self.number(left, left_range, "this operator");
        let right = self.number(right, right_range, "this operator");
        let id = self.b.prim(prim, vec![left, right], Ty::Float, range);
        Value { id, repr: Repr::Float, ty: Type::Number }
    }

    fn sum(&mut self, operands: Operands<'_>, range: TextRange) -> Value {
        let [(left, left_range), (right, right_range)] = operands;
        let (l, r) = (&left.ty, &right.ty);
        let texts = |it: &Type| !it.is_lenient() && *it != Type::Never && it.is_string();
        let is_text_enum = |it: &mut Self, ty: &Type| {
            !it.is_numeric(ty) && ty.members().iter().all(|one| it.types.enum_of(one).is_some())
        };
        if texts(l) || texts(r) || is_text_enum(self, l) || is_text_enum(self, r) {
            let left = self.string_of(left, left_range);
            let right = self.string_of(right, right_range);
            let id = self.b.prim(Prim::TextAppend, vec![left, right], Ty::Text, range);
            return Value { id, repr: Repr::Text, ty: Type::String };
        }
        if (l.is_lenient() || r.is_lenient())
            && !(l.is_number() && r.is_number() && !(l.is_lenient() && r.is_lenient()))
        {
            let (left, right) = (self.dynamic(left, left_range), self.dynamic(right, right_range));
            let call = self.prelude_call("any_sum", vec![left, right], range);
            return Value { ty: Type::Any, ..call };
        }
        if !(self.is_numeric(l) && self.is_numeric(r)) {
            let message = format!("`+` can't add `{}` and `{}`", l.widened(), r.widened());
            let finding = Finding::error("operand", range, message)
                .help("it adds two numbers, or joins a string with anything");
            self.report(finding);
            return Value { ty: Type::Unknown, ..self.nothing(range) };
        }
        let left = self.convert(left, Repr::Float, left_range);
        let right = self.convert(right, Repr::Float, right_range);
        let id = self.b.prim(Prim::FloatAdd, vec![left, right], Ty::Float, range);
        Value { id, repr: Repr::Float, ty: Type::Number }
    }

    fn equality(&mut self, equal: bool, operands: Operands<'_>, range: TextRange) -> Value {
        let [(left, left_range), (right, right_range)] = operands;
        let nothing = left.ty.is_nothing() || right.ty.is_nothing();
        let related =
            nothing || self.comparable(&left.ty, &right.ty) || self.comparable(&right.ty, &left.ty);
        if !related {
            let (l, r) = (&left.ty, &right.ty);
            let message = format!("`{l}` and `{r}` are never equal");
            let finding = Finding::error("never-equal", range, message)
                .also(left_range, format!("this is `{l}`"))
                .also(right_range, format!("this is `{r}`"));
            self.report(finding);
        }
        let prim = match (left.repr, right.repr) {
            (Repr::Float, Repr::Float) => Prim::FloatEqual,
            (Repr::Text, Repr::Text) => Prim::TextEqual,
            _ => Prim::DynamicEqual,
        };
        let (left, right) = if prim == Prim::DynamicEqual {
            (self.dynamic(left, left_range), self.dynamic(right, right_range))
        } else {
            (left.id, right.id)
        };
        let mut id = self.b.prim(prim, vec![left, right], Ty::Bool, range);
        if !equal {
            id = self.b.prim(Prim::BoolNot, vec![id], Ty::Bool, range);
        }
        Value { id, repr: Repr::Bool, ty: Type::Boolean }
    }

    /// Whether some value can be of both types.
    pub(super) fn comparable(&mut self, left: &Type, right: &Type) -> bool {
        let (l, r) = (left.widened(), right.widened());
        if left.includes(|it| matches!(it, Type::Param(_)))
            || right.includes(|it| matches!(it, Type::Param(_)))
        {
            return true;
        }
        let both_literal = l != *left && r != *right;
        l.members().iter().any(|one| {
            r.members().iter().any(|other| {
                one.is_nothing() && other.is_nothing()
                    || self.types.assignable(one, other)
                    || self.types.assignable(other, one)
            })
        }) && (!both_literal || {
            left.members().iter().any(|one| {
                right.members().iter().any(|other| {
                    self.types.assignable(one, other) || self.types.assignable(other, one)
                })
            })
        })
    }

    fn order(&mut self, operator: Operator, operands: Operands<'_>, range: TextRange) -> Value {
        let [(left, left_range), (right, right_range)] = operands;
        let texts = left.ty.is_string() && right.ty.is_string() && !left.ty.is_lenient();
        let (repr, less, less_equal) = if texts {
            (Repr::Text, Prim::TextLess, None)
        } else {
            (Repr::Float, Prim::FloatLess, Some(Prim::FloatLessEqual))
        };
        let (l, r) = if texts {
            (self.convert(left, repr, left_range), self.convert(right, repr, right_range))
        } else {
            let l = self.number(left, left_range, "this comparison");
            (l, self.number(right, right_range, "this comparison"))
        };
        let swapped = matches!(operator, Operator::Greater | Operator::GreaterEqual);
        let or_equal = matches!(operator, Operator::LessEqual | Operator::GreaterEqual);
        if !(swapped || texts && or_equal) {
            let prim = if or_equal { less_equal.unwrap_or(less) } else { less };
            let id = self.b.prim(prim, vec![l, r], Ty::Bool, range);
            return Value { id, repr: Repr::Bool, ty: Type::Boolean };
        }
        // The operands are evaluated in their own order, then compared the other way round.
        self.with_steps(range, |it| {
            let (first, second) = (it.b.local("", repr), it.b.local("", repr));
            it.steps.push(Step::Let(first, l));
            it.steps.push(Step::Let(second, r));
            let (first, second) = (it.b.get(first, range), it.b.get(second, range));
            let swap = swapped != (texts && or_equal);
            let operands = if swap { vec![second, first] } else { vec![first, second] };
            let prim = if or_equal { less_equal.unwrap_or(less) } else { less };
            let mut id = it.b.prim(prim, operands, Ty::Bool, range);
            if texts && or_equal {
                id = it.b.prim(Prim::BoolNot, vec![id], Ty::Bool, range);
            }
            Value { id, repr: Repr::Bool, ty: Type::Boolean }
        })
    }

    fn has_property(&mut self, operands: Operands<'_>, range: TextRange) -> Value {
        let [(name, name_range), (object, object_range)] = operands;
        if !name.ty.is_string() {
            let message = format!("before `in` stands a string, but this is `{}`", name.ty);
            self.error("operand", name_range, message);
        }
        let name = self.convert(name, Repr::Text, name_range);
        // The name comes first in the source.
        self.with_steps(range, |it| {
            let local = it.b.local("", Repr::Text);
            it.steps.push(Step::Let(local, name));
            let object = it.dynamic(object, object_range);
            let name = it.b.get(local, range);
            let id = it.b.prim(Prim::PropertyHas, vec![object, name], Ty::Bool, range);
            Value { id, repr: Repr::Bool, ty: Type::Boolean }
        })
    }

    fn bits(&mut self, operator: Operator, operands: Operands<'_>, range: TextRange) -> Value {
        let [(left, left_range), (right, right_range)] = operands;
        let what = "this operator";
        let (l, r) = (self.number(left, left_range, what), self.number(right, right_range, what));
        let name = match operator {
            Operator::ShiftLeft => "shift_left",
            Operator::ShiftRight => "shift_right",
            Operator::ShiftRightUnsigned => "shift_right_unsigned",
            _ => {
                let prim = match operator {
                    Operator::And => Prim::IntAnd,
                    Operator::Or => Prim::IntOr,
                    _ => Prim::IntXor,
                };
                let l = self.b.prim(Prim::FloatToInt32, vec![l], Ty::Int, range);
                let r = self.b.prim(Prim::FloatToInt32, vec![r], Ty::Int, range);
                let id = self.b.prim(prim, vec![l, r], Ty::Int, range);
                let id = self.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
                return Value { id, repr: Repr::Float, ty: Type::Number };
            }
        };
        let l = self.b.convert(l, Repr::Float, Repr::Dynamic, range);
        let r = self.b.convert(r, Repr::Float, Repr::Dynamic, range);
        let call = self.prelude_call(name, vec![l, r], range);
        Value { ty: Type::Number, ..call }
    }

    pub(super) fn unary(&mut self, syntax: Syntax<'t>) -> Value {
        let range = syntax.range();
        let sign = syntax.tokens().next().map(|it| it.kind);
        let Some(inner) = syntax.children().next() else { return self.nothing(range) };
        match sign {
            Some(Kind::Bang) => {
                let (id, _, _) = self.condition(inner);
                let id = self.b.prim(Prim::BoolNot, vec![id], Ty::Bool, range);
                Value { id, repr: Repr::Bool, ty: Type::Boolean }
            }
            Some(Kind::Minus) if inner.kind() == Kind::NumberExpr => {
                self.literal(syntax_literal(syntax)).negated(self, range)
            }
            Some(Kind::Minus) => {
                let value = self.expr(inner, None);
                let id = self.number(&value, inner.range(), "`-`");
                let id = self.b.prim(Prim::FloatNegate, vec![id], Ty::Float, range);
                Value { id, repr: Repr::Float, ty: Type::Number }
            }
            Some(Kind::Plus) => {
                let value = self.expr(inner, None);
                self.as_number(&value, range)
            }
            Some(Kind::Tilde) => {
                let value = self.expr(inner, None);
                let id = self.number(&value, inner.range(), "`~`");
                let id = self.b.prim(Prim::FloatToInt32, vec![id], Ty::Int, range);
                let ones = self.b.literal(Literal::Int(-1), range);
                let id = self.b.prim(Prim::IntXor, vec![id, ones], Ty::Int, range);
                let id = self.b.prim(Prim::IntToFloat, vec![id], Ty::Float, range);
                Value { id, repr: Repr::Float, ty: Type::Number }
            }
            Some(Kind::Typeof) => {
                let value = self.expr(inner, None);
                let id = self.dynamic(&value, range);
                let id = self.b.prim(Prim::DynamicType, vec![id], Ty::Text, range);
                Value { id, repr: Repr::Text, ty: Type::String }
            }
            _ => {
                let value = self.expr(inner, None);
                let undefined = self.b.undefined(range);
                let id = self.b.add(Expr::Sequence(vec![value.id, undefined]), Ty::Dynamic, range);
                Value { id, repr: Repr::Dynamic, ty: Type::Undefined }
            }
        }
    }

    /// The value as ECMAScript's `Number` converts it.
    pub(super) fn as_number(&mut self, value: &Value, range: TextRange) -> Value {
        let id = match value.repr {
            Repr::Float => value.id,
            Repr::Text => self.b.prim(Prim::TextToFloat, vec![value.id], Ty::Float, range),
            _ => {
                let id = self.dynamic(value, range);
                let call = self.prelude_call("any_number", vec![id], range);
                self.convert(&call, Repr::Float, range)
            }
        };
        Value { id, repr: Repr::Float, ty: Type::Number }
    }
}

/// The number behind a sign.
fn syntax_literal(syntax: Syntax<'_>) -> Syntax<'_> {
    syntax.children().next().unwrap_or(syntax)
}

impl Value {
    /// The negated literal.
    fn negated(self, checker: &mut Checker<'_, '_>, range: TextRange) -> Value {
        let Type::NumberLiteral(bits) = self.ty else { return self };
        let value = -f64::from_bits(bits);
        // The positive literal stands right before; it becomes the negative one.
        let literal = Expr::Literal(Literal::Float(value.to_bits()));
        checker.b.body.exprs[self.id.0 as usize] = literal;
        checker.b.ranges[self.id.0 as usize] = range;
        // As types, 0 and −0 are the same.
        Value { ty: Type::NumberLiteral((value + 0.0).to_bits()), ..self }
    }
}
