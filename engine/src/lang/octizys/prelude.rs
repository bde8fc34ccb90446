//! What every module may use without an import.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::base::{ModulePath, Name};
use crate::ir::{Constructor, Interface, ItemRef, Module, Positions, Prim, Ty, TypeDef, TypeKind};
use crate::lang::PreludeModule;

/// The module that holds what every module may use. No package can have its name.
pub(crate) const PRELUDE: &str = "octizys/Prelude";

/// How a function of the prelude is made of operations of the common representation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recipe {
    /// The operation itself.
    Is(Prim),
    /// The negation of the operation.
    Not(Prim),
}

/// A function of the prelude: its name, what it does, its parameters and its result.
pub(crate) type Builtin = (&'static str, Recipe, &'static [Ty], Ty);

use Recipe::{Is, Not};

const INTS: &[Ty] = &[Ty::Int, Ty::Int];
const BOOLS: &[Ty] = &[Ty::Bool, Ty::Bool];
const TEXTS: &[Ty] = &[Ty::Text, Ty::Text];

/// The functions of the prelude, sorted by name.
pub(crate) const BUILTINS: &[Builtin] = &[
    ("add", Is(Prim::IntAdd), INTS, Ty::Int),
    ("and", Is(Prim::BoolAnd), BOOLS, Ty::Bool),
    ("boolToText", Is(Prim::BoolToText), &[Ty::Bool], Ty::Text),
    ("div", Is(Prim::IntDivide), INTS, Ty::Int),
    ("eq", Is(Prim::IntEqual), INTS, Ty::Bool),
    ("ge", Not(Prim::IntLess), INTS, Ty::Bool),
    ("gt", Not(Prim::IntLessEqual), INTS, Ty::Bool),
    ("intToText", Is(Prim::IntToText), &[Ty::Int], Ty::Text),
    ("le", Is(Prim::IntLessEqual), INTS, Ty::Bool),
    ("lt", Is(Prim::IntLess), INTS, Ty::Bool),
    ("minus", Is(Prim::IntSubtract), INTS, Ty::Int),
    ("mod", Is(Prim::IntRemainder), INTS, Ty::Int),
    ("mul", Is(Prim::IntMultiply), INTS, Ty::Int),
    ("ne", Not(Prim::IntEqual), INTS, Ty::Bool),
    ("neg", Is(Prim::IntNegate), &[Ty::Int], Ty::Int),
    ("not", Is(Prim::BoolNot), &[Ty::Bool], Ty::Bool),
    ("or", Is(Prim::BoolOr), BOOLS, Ty::Bool),
    ("textAppend", Is(Prim::TextAppend), TEXTS, Ty::Text),
    ("textEq", Is(Prim::TextEqual), TEXTS, Ty::Bool),
    ("textLength", Is(Prim::TextLength), &[Ty::Text], Ty::Int),
];

/// The types of the prelude that modules may name: `List` and `Maybe`. (`Unit` is a type of the common representation.)
pub(crate) static TYPES: LazyLock<Vec<std::sync::Arc<TypeDef>>> = LazyLock::new(|| {
    let list = Ty::Named(prelude_item("List"), vec![Ty::Param(0)]);
    let constructor = |name, fields| Constructor { name: Name::const_new(name), fields };
    let of_one = |name, constructors| {
        let kind = TypeKind::Variant(constructors);
        std::sync::Arc::new(TypeDef { name: Name::const_new(name), public: true, params: 1, kind })
    };
    vec![
        of_one(
            "List",
            vec![constructor("Nil", vec![]), constructor("Cons", vec![Ty::Param(0), list])],
        ),
        of_one(
            "Maybe",
            vec![constructor("Nothing", vec![]), constructor("Just", vec![Ty::Param(0)])],
        ),
    ]
});

/// An item of the prelude.
pub(crate) fn prelude_item(name: &str) -> ItemRef {
    static PATH: LazyLock<ModulePath> = LazyLock::new(|| ModulePath::new(PRELUDE));
    ItemRef { module: PATH.clone(), name: Name::new(name) }
}

/// The prelude as a module: its types. Its functions are operations of the common representation.
pub(crate) static MODULE: LazyLock<PreludeModule> = LazyLock::new(|| {
    let path = ModulePath::new(PRELUDE);
    let module = Module {
        path: path.clone(),
        types: Vec::new(),
        refs: Vec::new(),
        type_defs: TYPES.iter().map(|def| (**def).clone()).collect(),
        items: Vec::new(),
        entry: None,
    };
    let interface = Interface {
        module: path,
        complete: true,
        values: BTreeMap::new(),
        types: TYPES.iter().map(|def| (def.name.clone(), def.clone())).collect(),
    };
    PreludeModule { interface, module, positions: Positions::default() }
});
