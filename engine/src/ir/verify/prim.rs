//! The types of the built-in operations.

use crate::ir::{Prim, Ty};

/// The types of the operands and of the result; `Param(0)` is the element of an array.
pub(super) fn signature(prim: Prim) -> (Vec<Ty>, Ty) {
    let element = || Ty::Param(0);
    let array = || Ty::Array(Box::new(element()));
    match prim {
        Prim::IntAdd
        | Prim::IntSubtract
        | Prim::IntMultiply
        | Prim::IntDivide
        | Prim::IntRemainder
        | Prim::IntWrappingAdd
        | Prim::IntWrappingSubtract
        | Prim::IntWrappingMultiply => (vec![Ty::Int, Ty::Int], Ty::Int),
        Prim::IntNegate => (vec![Ty::Int], Ty::Int),
        Prim::IntLess | Prim::IntLessEqual | Prim::IntEqual => (vec![Ty::Int, Ty::Int], Ty::Bool),
        Prim::FloatAdd
        | Prim::FloatSubtract
        | Prim::FloatMultiply
        | Prim::FloatDivide
        | Prim::FloatRemainder => (vec![Ty::Float, Ty::Float], Ty::Float),
        Prim::FloatNegate => (vec![Ty::Float], Ty::Float),
        Prim::FloatLess | Prim::FloatLessEqual | Prim::FloatEqual => {
            (vec![Ty::Float, Ty::Float], Ty::Bool)
        }
        Prim::IntToFloat => (vec![Ty::Int], Ty::Float),
        Prim::FloatToInt => (vec![Ty::Float], Ty::Int),
        Prim::BoolNot => (vec![Ty::Bool], Ty::Bool),
        Prim::BoolAnd | Prim::BoolOr => (vec![Ty::Bool, Ty::Bool], Ty::Bool),
        Prim::TextAppend => (vec![Ty::Text, Ty::Text], Ty::Text),
        Prim::TextQuote => (vec![Ty::Text], Ty::Text),
        Prim::TextLength => (vec![Ty::Text], Ty::Int),
        Prim::TextEqual => (vec![Ty::Text, Ty::Text], Ty::Bool),
        Prim::IntToText => (vec![Ty::Int], Ty::Text),
        Prim::BoolToText => (vec![Ty::Bool], Ty::Text),
        Prim::FloatToText => (vec![Ty::Float], Ty::Text),
        Prim::Write => (vec![Ty::Text], Ty::Unit),
        Prim::ArrayLength => (vec![array()], Ty::Int),
        Prim::ArrayGet => (vec![array(), Ty::Int], element()),
        Prim::ArraySet => (vec![array(), Ty::Int, element()], Ty::Unit),
        Prim::ArrayPush => (vec![array(), element()], Ty::Unit),
    }
}
