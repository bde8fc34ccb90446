//! The statement form.

use crate::base::Name;
use crate::ir::{ExprId, Literal, Prim, RefId, TyId};

/// A variable: its index in [`Item::vars`]. The locals of the body come first, under their own indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// A function: its index in [`Item::functions`]. 0 is the item itself; a lambda has a greater index than what is around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// The name of a loop within its item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label(pub u32);

/// A function or constant in statement form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// All variables of all its functions. Some occur in no statement.
    pub vars: Vec<Var>,
    /// The item itself, then its lambdas. Those that no [`Stmt::Define`] makes are to be left out: their bodies are empty.
    pub functions: Vec<Function>,
}

impl Item {
    /// The variable with this id.
    pub fn var(&self, id: VarId) -> &Var {
        &self.vars[id.0 as usize]
    }

    /// The function with this id.
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }
}

/// A variable. Its scope is the whole function that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Var {
    /// The name in the source, not unique; empty for what the front end or this pass made up.
    pub name: Name,
    /// Whether it holds a cell, which functions share, instead of the value itself.
    pub cell: bool,
}

/// A function: the item itself or one of its lambdas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The function that it stands in; none for the item itself.
    pub parent: Option<FunctionId>,
    /// The variable of the parent that holds its closure; none for the item itself.
    pub variable: Option<VarId>,
    /// Its parameters; never cells.
    pub params: Vec<VarId>,
    /// The variables of functions around it that it or a function in it mentions, in ascending order, without `variable`. They
    /// never change after the closure is made (what does change is a cell), except where `in_loop` holds.
    pub captures: Vec<VarId>,
    /// Whether it or a function in it mentions `variable`.
    pub recursive: bool,
    /// Whether it is made in a loop of its parent: the next round may give the captured variables, and `variable`, other values,
    /// while this closure must keep those of its own round.
    pub in_loop: bool,
    /// What it does; control never reaches its end.
    pub body: Block,
}

/// Statements, one after the other.
pub type Block = Vec<Stmt>;

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stmt {
    /// Gives a plain variable a value.
    Assign(VarId, Expr),
    /// Gives several plain variables their values at once: all expressions are evaluated, in order, before the first variable changes.
    AssignAll(Vec<(VarId, Expr)>),
    /// Makes a new cell with this content and lets the variable hold it.
    NewCell(VarId, Expr),
    /// Changes the content of the variable's cell.
    SetCell(VarId, Expr),
    /// Makes closures that may capture each other, and lets their [`Function::variable`]s hold them.
    Define(Vec<FunctionId>),
    /// Sets a field of an object.
    SetField {
        /// The object.
        base: Expr,
        /// Its type, a class.
        ty: TyId,
        /// Which field.
        field: u32,
        /// Its next value.
        value: Expr,
    },
    /// Evaluates for the effect alone. Here alone stand operations without a result ([`Prim::yields_nothing`]).
    Expr(Expr),
    /// The block of the first branch whose condition holds, or else `otherwise`. Blocks may be empty.
    If {
        /// At least one.
        branches: Vec<Branch>,
        /// Possibly empty.
        otherwise: Block,
    },
    /// The body again and again, while the condition holds if there is one.
    Loop {
        /// Its name.
        label: Label,
        /// Evaluated before each round.
        condition: Option<Expr>,
        /// What is repeated.
        body: Block,
    },
    /// Leaves a loop, or begins its next round.
    Jump {
        /// Which of the two.
        kind: Jump,
        /// The loop.
        label: Label,
        /// Whether that is the innermost loop here; always, where the language has no labels.
        innermost: bool,
    },
    /// Leaves the function with a result.
    Return(Expr),
    /// Throws a dynamic value; the expression of the body says where.
    Throw(Expr, ExprId),
    /// The body; where that throws, the handler, with what was thrown in the variable. No tail call of the function leaves the body.
    Try {
        /// What may throw.
        body: Block,
        /// A plain variable.
        variable: VarId,
        /// What is done then.
        handler: Block,
    },
}

/// A condition and what to do where it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// Evaluated where no branch before was taken.
    pub condition: Expr,
    /// What to do.
    pub block: Block,
}

/// What a jump does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Jump {
    /// Leaves the loop.
    Break,
    /// Begins the next round.
    Continue,
}

/// An expression that needs no statement. `site` names the expression of the body whose line a run-time error shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// A literal.
    Literal(Literal),
    /// The value of a variable; where it holds a cell, the cell's content.
    Var(VarId),
    /// The value of a constant, or a function as a value.
    Global(RefId),
    /// A call of a function with exactly as many arguments as it has parameters.
    Call {
        /// The function.
        callee: RefId,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// A call of a function of this item, with exactly as many arguments as it has parameters.
    CallLocal {
        /// The function; its `variable` holds the closure.
        function: FunctionId,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// The application of a function value to any number of arguments.
    Apply {
        /// The function value.
        callee: Box<Expr>,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// The application of a dynamic value to any number of arguments.
    ApplyDynamic {
        /// The function value.
        callee: Box<Expr>,
        /// Its arguments.
        arguments: Vec<Expr>,
        /// Where it stands.
        site: ExprId,
    },
    /// A call of a method of a dynamic object.
    Method {
        /// The object.
        base: Box<Expr>,
        /// The name of the method.
        name: Name,
        /// Its arguments, without the object.
        arguments: Vec<Expr>,
        /// Where it stands.
        site: ExprId,
    },
    /// A value of a variant type or a new object.
    Construct {
        /// The type.
        ty: RefId,
        /// Which constructor, by index.
        constructor: u32,
        /// Its fields.
        fields: Vec<Expr>,
    },
    /// A structural record: its fields sorted by name. Where the source has another order that matters, they are variables.
    Record(Vec<Expr>),
    /// A new array.
    Array(Vec<Expr>),
    /// A field of a structural record.
    RecordField {
        /// The record.
        base: Box<Expr>,
        /// Which field.
        field: u32,
    },
    /// A field of an object.
    ObjectField {
        /// The object.
        base: Box<Expr>,
        /// Its type, a class.
        ty: TyId,
        /// Which field.
        field: u32,
    },
    /// A field of a value whose constructor is known.
    VariantField {
        /// The value.
        base: Box<Expr>,
        /// Its type.
        ty: RefId,
        /// Its constructor.
        constructor: u32,
        /// Which field.
        field: u32,
    },
    /// Whether a value of a variant type is of a constructor.
    IsConstructor {
        /// The value.
        value: Box<Expr>,
        /// Its type.
        ty: RefId,
        /// The constructor.
        constructor: u32,
        /// How many fields the constructor has.
        fields: u32,
    },
    /// A built-in operation.
    Prim {
        /// Which.
        prim: Prim,
        /// Its operands.
        operands: Vec<Expr>,
        /// Where it stands.
        site: ExprId,
    },
    /// Both; the right one is evaluated only where the left one holds.
    And(Box<Expr>, Box<Expr>),
    /// Either; the right one is evaluated only where the left one does not hold.
    Or(Box<Expr>, Box<Expr>),
    /// Not.
    Not(Box<Expr>),
    /// The second where the first holds, else the third.
    Conditional(Box<(Expr, Expr, Expr)>),
}
