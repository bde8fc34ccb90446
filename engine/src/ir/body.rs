//! Expressions.

use serde::{Deserialize, Serialize};

use crate::base::Name;
use crate::ir::Ty;

/// An expression of a body: its index in [`Body::exprs`]. Operands have smaller ids than what they are operands of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub struct ExprId(pub u32);

/// A local variable of a body: its index in [`Body::locals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LocalId(pub u32);

/// A type: its index in the module's `types`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TyId(pub u32);

/// An item or named type: its index in the module's `refs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefId(pub u32);

/// What an item computes. Evaluation is strict, from left to right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// All expressions, operands first.
    pub exprs: Vec<Expr>,
    /// The type of each expression.
    pub types: Vec<TyId>,
    /// The variables: parameters, `let`s, what patterns bind.
    pub locals: Vec<Local>,
    /// The expression whose value is the result.
    pub root: ExprId,
}

impl Body {
    /// The expression with this id.
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// The type of the expression with this id.
    pub fn ty(&self, id: ExprId) -> TyId {
        self.types[id.0 as usize]
    }

    /// The local with this id.
    pub fn local(&self, id: LocalId) -> &Local {
        &self.locals[id.0 as usize]
    }
}

/// A local variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Local {
    /// The name in the source, not unique; empty where the front end made it up.
    pub name: Name,
    /// Its type. That of a local bound by `Let` or `LetRec` may hold for all choices of some of its type variables; a use has
    /// one such choice.
    pub ty: TyId,
    /// Whether it is the target of an `Assign`. A lambda that mentions a mutable local shares it.
    pub mutable: bool,
}

/// A value written in the program.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Literal {
    /// The only value of `Unit`.
    Unit,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// The bits of a double.
    Float(u64),
    /// A text.
    Text(Name),
    /// The dynamic value that stands for what is not there.
    Undefined,
    /// The dynamic value that says that there is nothing.
    Null,
}

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expr {
    /// A literal.
    Literal(Literal),
    /// The value of a local.
    Local(LocalId),
    /// The value of a constant, or a function as a value.
    Global(RefId),
    /// A call of a function with exactly as many arguments as it has parameters.
    Call {
        /// The function.
        callee: RefId,
        /// Its arguments.
        arguments: Vec<ExprId>,
    },
    /// The application of a function value to at least one argument, fewer or more than it takes allowed; or to none where its
    /// type takes none. A dynamic value may be applied to any number: what it takes and does not get is undefined, what it gets
    /// and does not take is dropped. That stops where the value is no function.
    Apply {
        /// The function value.
        callee: ExprId,
        /// Its arguments.
        arguments: Vec<ExprId>,
    },
    /// A function value.
    Lambda {
        /// Its parameters.
        params: Vec<LocalId>,
        /// Its result.
        body: ExprId,
    },
    /// `value`, then `body` with `local` bound to it.
    Let {
        /// The variable.
        local: LocalId,
        /// Its first value.
        value: ExprId,
        /// Where it is in scope.
        body: ExprId,
    },
    /// Functions that may mention each other, then `body` with all of them in scope.
    LetRec {
        /// The variables and the lambdas that they stand for.
        bindings: Vec<(LocalId, ExprId)>,
        /// Where they are in scope.
        body: ExprId,
    },
    /// Gives a mutable local another value; its own value is unit.
    Assign {
        /// The variable.
        local: LocalId,
        /// Its next value.
        value: ExprId,
    },
    /// All in order; the value is that of the last (unit if there is none).
    Sequence(Vec<ExprId>),
    /// One of two.
    If {
        /// A `Bool`.
        condition: ExprId,
        /// Its value where the condition is true.
        then: ExprId,
        /// Its value where the condition is false.
        otherwise: ExprId,
    },
    /// The first arm whose pattern matches. The arms are exhaustive.
    Match {
        /// What is matched.
        scrutinee: ExprId,
        /// The arms, at least one.
        arms: Vec<Arm>,
    },
    /// The body again and again, until a `Break`; its value is unit.
    Loop(ExprId),
    /// Leaves the n-th loop around it, the innermost being 0. Its type is arbitrary: it has no value.
    Break(u32),
    /// Begins the next round of the n-th loop around it, the innermost being 0. It has no value.
    Continue(u32),
    /// Leaves the innermost lambda, or else the item, with a result. It has no value.
    Return(ExprId),
    /// A value of a variant type, or a new object of a class (`constructor` is 0).
    Construct {
        /// The type.
        ty: RefId,
        /// Which constructor, by index.
        constructor: u32,
        /// Its fields, in the order of the definition.
        fields: Vec<ExprId>,
    },
    /// A structural record: its fields in the order of its type. They are evaluated in the order of `order`.
    Record {
        /// The fields, sorted by name.
        fields: Vec<ExprId>,
        /// The indices of the fields in the order of the source.
        order: Vec<u32>,
    },
    /// A field of a structural record or of an object, by its index in the type or class.
    Field {
        /// The record or object.
        base: ExprId,
        /// Which field.
        field: u32,
    },
    /// Sets a mutable field of an object; its own value is unit.
    SetField {
        /// The object.
        base: ExprId,
        /// Which field.
        field: u32,
        /// Its next value.
        value: ExprId,
    },
    /// A new array.
    Array(Vec<ExprId>),
    /// The call of a method of a dynamic object, or of a function that is its property. Stops where it has neither.
    Method {
        /// The object.
        base: ExprId,
        /// The name of the method.
        name: Name,
        /// Its arguments, as many as one likes.
        arguments: Vec<ExprId>,
    },
    /// Leaves everything up to the innermost `Try`, in this function or in one that called it; the program, with a message, where
    /// there is none. It has no value.
    Throw(ExprId),
    /// The value of `body` or, where that throws a dynamic value, of `handler` with `local` bound to what was thrown.
    Try {
        /// What may throw.
        body: ExprId,
        /// The variable.
        local: LocalId,
        /// What is done then.
        handler: ExprId,
    },
    /// An operation that every target has built in.
    Prim {
        /// Which.
        prim: Prim,
        /// Its operands.
        operands: Vec<ExprId>,
    },
}

/// An arm of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arm {
    /// What the value must look like.
    pub pattern: Pattern,
    /// A condition over what the pattern binds.
    pub guard: Option<ExprId>,
    /// The value of the match.
    pub body: ExprId,
}

/// What a value may look like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Pattern {
    /// Anything.
    Wildcard,
    /// Anything, bound to a local.
    Bind(LocalId),
    /// What is equal to the literal (not a float).
    Literal(Literal),
    /// A constructor of a variant type, with patterns for its fields.
    Constructor {
        /// The type.
        ty: RefId,
        /// Which constructor, by index.
        constructor: u32,
        /// One for each field.
        fields: Vec<Pattern>,
    },
    /// Fields of a structural record, by index.
    Record(Vec<(u32, Pattern)>),
}

impl Literal {
    /// Its type.
    pub fn ty(&self) -> Ty {
        match self {
            Literal::Unit => Ty::Unit,
            Literal::Bool(_) => Ty::Bool,
            Literal::Int(_) => Ty::Int,
            Literal::Float(_) => Ty::Float,
            Literal::Text(_) => Ty::Text,
            Literal::Undefined | Literal::Null => Ty::Dynamic,
        }
    }
}

impl Prim {
    /// Whether it can stop the program.
    pub fn stops(self) -> bool {
        matches!(
            self,
            Prim::IntAdd
                | Prim::IntSubtract
                | Prim::IntMultiply
                | Prim::IntDivide
                | Prim::IntRemainder
                | Prim::IntNegate
                | Prim::FloatToInt
                | Prim::ArrayGet
                | Prim::ArraySet
                | Prim::DynamicToFloat
                | Prim::DynamicToBool
                | Prim::DynamicToText
                | Prim::DynamicToArray
                | Prim::PropertyGet
                | Prim::PropertySet
                | Prim::ElementGet
                | Prim::ElementSet
        )
    }

    /// Whether it is done for its effect alone.
    pub fn yields_nothing(self) -> bool {
        matches!(
            self,
            Prim::Write
                | Prim::ArraySet
                | Prim::ArrayPush
                | Prim::Exit
                | Prim::Sleep
                | Prim::PropertySet
                | Prim::ElementSet
                | Prim::ArrayResize
        )
    }
}

/// Operations that every target has built in.
///
/// "Stops" means: the program ends with exit status 1 and a message on standard error that names the source file and line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Prim {
    /// Sum of integers; stops on overflow.
    IntAdd,
    /// Difference of integers; stops on overflow.
    IntSubtract,
    /// Product of integers; stops on overflow.
    IntMultiply,
    /// Quotient of integers, toward zero; stops on zero and on overflow.
    IntDivide,
    /// Remainder of that division, with the sign of the dividend; stops on zero. Of the least integer by −1 it is 0.
    IntRemainder,
    /// Negated integer; stops on overflow.
    IntNegate,
    /// Sum modulo 2⁶⁴.
    IntWrappingAdd,
    /// Difference modulo 2⁶⁴.
    IntWrappingSubtract,
    /// Product modulo 2⁶⁴.
    IntWrappingMultiply,
    /// Comparison of integers.
    IntLess,
    /// Comparison of integers.
    IntLessEqual,
    /// Comparison of integers.
    IntEqual,
    /// Sum of floats.
    FloatAdd,
    /// Difference of floats.
    FloatSubtract,
    /// Product of floats.
    FloatMultiply,
    /// Quotient of floats, IEEE 754: no error on zero.
    FloatDivide,
    /// Remainder as C's `fmod`.
    FloatRemainder,
    /// Negated float.
    FloatNegate,
    /// Comparison of floats; false where one is not a number.
    FloatLess,
    /// Comparison of floats; false where one is not a number.
    FloatLessEqual,
    /// Comparison of floats; false where one is not a number.
    FloatEqual,
    /// The nearest float.
    IntToFloat,
    /// The integer that the float is; stops where it is none of 64 bits.
    FloatToInt,
    /// Negation.
    BoolNot,
    /// Both; evaluates both operands (short circuit is an `If`).
    BoolAnd,
    /// Either; evaluates both operands.
    BoolOr,
    /// The two texts, one after the other.
    TextAppend,
    /// The number of Unicode scalar values.
    TextLength,
    /// Equality, scalar value by scalar value.
    TextEqual,
    /// The text in quotes, as a literal: `"`, `\\`, line feed, carriage return and tab are escaped.
    TextQuote,
    /// Decimal digits, with `-` where negative.
    IntToText,
    /// `True` or `False`.
    BoolToText,
    /// The shortest decimal that reads back as the same double, in the form of ECMAScript's `Number::toString`.
    FloatToText,
    /// Writes a text to standard output as it is.
    Write,
    /// The number of elements.
    ArrayLength,
    /// The element at an index from 0; stops outside.
    ArrayGet,
    /// Sets the element at an index from 0; stops outside.
    ArraySet,
    /// Appends an element.
    ArrayPush,
    /// Conjunction of integers, bit by bit.
    IntAnd,
    /// Disjunction of integers, bit by bit.
    IntOr,
    /// Exclusive disjunction of integers, bit by bit.
    IntXor,
    /// The integer toward zero modulo 2³², as a signed 32-bit number; 0 where there is none.
    FloatToInt32,
    /// The greatest integral float that is not greater.
    FloatFloor,
    /// The first float to the power of the second, as ECMAScript defines it.
    FloatPower,
    /// The square root; not a number where negative.
    FloatSquareRoot,
    /// The scalar values from the first index up to the second; both are cut to the length.
    TextSlice,
    /// The index of the first occurrence of the second text at or behind an index; −1 if there is none.
    TextFind,
    /// Whether the first comes before the second, scalar value by scalar value.
    TextLess,
    /// The text with the letters A to Z for a to z.
    TextUpper,
    /// The text with the letters a to z for A to Z.
    TextLower,
    /// The number that a text without outer white space denotes in ECMAScript; 0 for none, else not a number.
    TextToFloat,
    /// Ends the program with an exit status, 0 to 255, after what was written is flushed.
    Exit,
    /// Waits for this many milliseconds.
    Sleep,
    /// A float as a dynamic value.
    FloatToDynamic,
    /// A truth value as a dynamic value.
    BoolToDynamic,
    /// A text as a dynamic value.
    TextToDynamic,
    /// An array of dynamic values as a dynamic value, shared.
    ArrayToDynamic,
    /// A function of dynamic values (its parameters and its result) as a dynamic value.
    FunctionToDynamic,
    /// The float that the value is; stops where it is none.
    DynamicToFloat,
    /// The truth value that the value is; stops where it is none.
    DynamicToBool,
    /// The text that the value is; stops where it is none.
    DynamicToText,
    /// The array that the value is; stops where it is none.
    DynamicToArray,
    /// The word that ECMAScript's `typeof` has for the value.
    DynamicType,
    /// Whether the value is an array.
    DynamicIsArray,
    /// ECMAScript's `===`: numbers and texts by value, what is shared by identity.
    DynamicEqual,
    /// Whether ECMAScript takes the value for true.
    DynamicTruth,
    /// The value as people read it: a text as it is, an array as `[1, 2]`, an object as `{ a: 1 }`.
    DynamicShow,
    /// The value as ECMAScript's `String` converts it.
    DynamicString,
    /// A new dynamic object without properties, an instance of a class or, where that is undefined, of none.
    ObjectNew,
    /// A new class: its name, the class it extends or undefined, an object with its methods. Each takes the instance first.
    ClassNew,
    /// Whether the first is an instance of the second, a class, or of one that extends it.
    InstanceOf,
    /// The property of this name; undefined if there is none. Stops where the base is null or undefined.
    PropertyGet,
    /// Sets the property of this name. Stops where the base is no object.
    PropertySet,
    /// Whether the value has a property or method of this name.
    PropertyHas,
    /// The names of an object's own properties in the order in which they were set; of an array or text, the indices.
    PropertyNames,
    /// The element of an array or text at a number, or a property by its name; undefined if there is none. Stops where the base
    /// is null or undefined.
    ElementGet,
    /// Sets an element of an array, which grows with undefined ones up to it, or a property. Stops elsewhere.
    ElementSet,
    /// Cuts an array to a length, or fills it up with undefined ones.
    ArrayResize,
    /// A number from 0 below 2³¹, the same for values that are equal and while the program runs; 0 and −0 count as equal, and so
    /// do all that are not numbers.
    DynamicHash,
    /// The scalar value at an index; −1 outside.
    TextCode,
    /// The text of one scalar value; U+FFFD where there is none.
    TextOfCode,
}
