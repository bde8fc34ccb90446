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
        Prim::IntAnd => (vec![Ty::Int, Ty::Int], Ty::Int),
        Prim::IntOr => (vec![Ty::Int, Ty::Int], Ty::Int),
        Prim::IntXor => (vec![Ty::Int, Ty::Int], Ty::Int),
        Prim::FloatToInt32 => (vec![Ty::Float], Ty::Int),
        Prim::FloatFloor => (vec![Ty::Float], Ty::Float),
        Prim::FloatPower => (vec![Ty::Float, Ty::Float], Ty::Float),
        Prim::FloatSquareRoot => (vec![Ty::Float], Ty::Float),
        Prim::TextSlice => (vec![Ty::Text, Ty::Int, Ty::Int], Ty::Text),
        Prim::TextFind => (vec![Ty::Text, Ty::Text, Ty::Int], Ty::Int),
        Prim::TextLess => (vec![Ty::Text, Ty::Text], Ty::Bool),
        Prim::TextUpper => (vec![Ty::Text], Ty::Text),
        Prim::TextLower => (vec![Ty::Text], Ty::Text),
        Prim::TextToFloat => (vec![Ty::Text], Ty::Float),
        Prim::Exit => (vec![Ty::Int], Ty::Unit),
        Prim::Sleep => (vec![Ty::Float], Ty::Unit),
        Prim::FloatToDynamic => (vec![Ty::Float], Ty::Dynamic),
        Prim::BoolToDynamic => (vec![Ty::Bool], Ty::Dynamic),
        Prim::TextToDynamic => (vec![Ty::Text], Ty::Dynamic),
        Prim::ArrayToDynamic => (vec![Ty::Array(Box::new(Ty::Dynamic))], Ty::Dynamic),
        Prim::FunctionToDynamic => (vec![Ty::Param(0)], Ty::Dynamic),
        Prim::DynamicToFloat => (vec![Ty::Dynamic], Ty::Float),
        Prim::DynamicToBool => (vec![Ty::Dynamic], Ty::Bool),
        Prim::DynamicToText => (vec![Ty::Dynamic], Ty::Text),
        Prim::DynamicToArray => (vec![Ty::Dynamic], Ty::Array(Box::new(Ty::Dynamic))),
        Prim::DynamicType => (vec![Ty::Dynamic], Ty::Text),
        Prim::DynamicIsArray => (vec![Ty::Dynamic], Ty::Bool),
        Prim::DynamicEqual => (vec![Ty::Dynamic, Ty::Dynamic], Ty::Bool),
        Prim::DynamicTruth => (vec![Ty::Dynamic], Ty::Bool),
        Prim::DynamicShow => (vec![Ty::Dynamic], Ty::Text),
        Prim::DynamicString => (vec![Ty::Dynamic], Ty::Text),
        Prim::ObjectNew => (vec![Ty::Dynamic], Ty::Dynamic),
        Prim::ClassNew => (vec![Ty::Text, Ty::Dynamic, Ty::Dynamic], Ty::Dynamic),
        Prim::InstanceOf => (vec![Ty::Dynamic, Ty::Dynamic], Ty::Bool),
        Prim::PropertyGet => (vec![Ty::Dynamic, Ty::Text], Ty::Dynamic),
        Prim::PropertySet => (vec![Ty::Dynamic, Ty::Text, Ty::Dynamic], Ty::Unit),
        Prim::PropertyHas => (vec![Ty::Dynamic, Ty::Text], Ty::Bool),
        Prim::PropertyNames => (vec![Ty::Dynamic], Ty::Array(Box::new(Ty::Dynamic))),
        Prim::ElementGet => (vec![Ty::Dynamic, Ty::Dynamic], Ty::Dynamic),
        Prim::ElementSet => (vec![Ty::Dynamic, Ty::Dynamic, Ty::Dynamic], Ty::Unit),
        Prim::DynamicHash => (vec![Ty::Dynamic], Ty::Int),
        Prim::TextCode => (vec![Ty::Text, Ty::Int], Ty::Int),
        Prim::TextOfCode => (vec![Ty::Int], Ty::Text),
        Prim::ArrayResize => (vec![Ty::Array(Box::new(Ty::Dynamic)), Ty::Int], Ty::Unit),
    }
}
