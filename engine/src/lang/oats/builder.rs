//! Puts bodies of the common representation together while they are checked.

use rustc_hash::FxHashMap;

use crate::base::{Name, TextRange};
use crate::ir::{Body, Expr, ExprId, ItemRef, Literal, Local, LocalId, Prim, RefId, Ty, TyId};
use crate::lang::oats::ty::Type;

/// How a value is represented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Repr {
    Unit,
    Bool,
    /// A number of another language, which has integers.
    Int,
    Float,
    Text,
    Dynamic,
}

impl Repr {
    /// How values of a type are represented: what can be of one kind only has its own form.
    pub(crate) fn of(ty: &Type) -> Repr {
        match ty {
            Type::Void => Repr::Unit,
            Type::Never | Type::Unknown | Type::Any => Repr::Dynamic,
            it if it.is_number() => Repr::Float,
            it if it.is_string() => Repr::Text,
            it if it.is_boolean() => Repr::Bool,
            _ => Repr::Dynamic,
        }
    }

    /// How a variable of a type is represented.
    pub(crate) fn of_variable(ty: &Type) -> Repr {
        match Repr::of(ty) {
            Repr::Unit => Repr::Dynamic,
            other => other,
        }
    }

    /// The type in the common representation.
    pub(crate) fn ty(self) -> Ty {
        match self {
            Repr::Unit => Ty::Unit,
            Repr::Bool => Ty::Bool,
            Repr::Int => Ty::Int,
            Repr::Float => Ty::Float,
            Repr::Text => Ty::Text,
            Repr::Dynamic => Ty::Dynamic,
        }
    }
}

/// A statement of a block before the block is put together.
#[derive(Debug)]
pub(crate) enum Step {
    Do(ExprId),
    Let(LocalId, ExprId),
    Rec(Vec<(LocalId, ExprId)>),
}

/// The body that is being written, and what all bodies of the module share.
#[derive(Debug)]
pub(crate) struct Builder {
    pub(crate) body: Body,
    pub(crate) ranges: Vec<TextRange>,
    types: Vec<Ty>,
    type_index: FxHashMap<Ty, TyId>,
    refs: Vec<ItemRef>,
    ref_index: FxHashMap<ItemRef, RefId>,
}

impl Builder {
    pub(crate) fn new() -> Builder {
        Builder {
            body: empty(),
            ranges: Vec::new(),
            types: Vec::new(),
            type_index: FxHashMap::default(),
            refs: Vec::new(),
            ref_index: FxHashMap::default(),
        }
    }

    /// Ends the body that is being written with this root.
    pub(crate) fn take(&mut self, root: ExprId) -> (Body, Vec<TextRange>) {
        let mut body = std::mem::replace(&mut self.body, empty());
        body.root = root;
        (body, std::mem::take(&mut self.ranges))
    }

    /// Drops what was added since the body had this many expressions and locals.
    pub(crate) fn forget_from(&mut self, exprs: usize, locals: usize) {
        self.body.exprs.truncate(exprs);
        self.body.types.truncate(exprs);
        self.ranges.truncate(exprs);
        self.body.locals.truncate(locals);
    }

    /// Puts the body that is being written aside, for another one to be written.
    pub(crate) fn suspend(&mut self) -> (Body, Vec<TextRange>) {
        (std::mem::replace(&mut self.body, empty()), std::mem::take(&mut self.ranges))
    }

    /// Goes on with a body that was put aside.
    pub(crate) fn resume(&mut self, (body, ranges): (Body, Vec<TextRange>)) {
        self.body = body;
        self.ranges = ranges;
    }

    /// The types and references of all bodies.
    pub(crate) fn tables(&mut self) -> (Vec<Ty>, Vec<ItemRef>) {
        (std::mem::take(&mut self.types), std::mem::take(&mut self.refs))
    }

    pub(crate) fn ty(&mut self, ty: Ty) -> TyId {
        if let Some(id) = self.type_index.get(&ty) {
            return *id;
        }
        let id = TyId(self.types.len() as u32);
        self.types.push(ty.clone());
        self.type_index.insert(ty, id);
        id
    }

    pub(crate) fn item(&mut self, item: ItemRef) -> RefId {
        if let Some(id) = self.ref_index.get(&item) {
            return *id;
        }
        let id = RefId(self.refs.len() as u32);
        self.refs.push(item.clone());
        self.ref_index.insert(item, id);
        id
    }

    pub(crate) fn add(&mut self, expr: Expr, ty: Ty, range: TextRange) -> ExprId {
        let ty = self.ty(ty);
        self.body.exprs.push(expr);
        self.body.types.push(ty);
        self.ranges.push(range);
        ExprId(self.body.exprs.len() as u32 - 1)
    }

    pub(crate) fn local(&mut self, name: &str, repr: Repr) -> LocalId {
        self.local_of(name, repr.ty())
    }

    pub(crate) fn local_of(&mut self, name: &str, ty: Ty) -> LocalId {
        let ty = self.ty(ty);
        self.body.locals.push(Local { name: Name::new(name), ty, mutable: false });
        LocalId(self.body.locals.len() as u32 - 1)
    }

    pub(crate) fn literal(&mut self, literal: Literal, range: TextRange) -> ExprId {
        let ty = literal.ty();
        self.add(Expr::Literal(literal), ty, range)
    }

    pub(crate) fn float(&mut self, value: f64, range: TextRange) -> ExprId {
        self.literal(Literal::Float(value.to_bits()), range)
    }

    pub(crate) fn text(&mut self, text: &str, range: TextRange) -> ExprId {
        self.literal(Literal::Text(Name::new(text)), range)
    }

    pub(crate) fn undefined(&mut self, range: TextRange) -> ExprId {
        self.literal(Literal::Undefined, range)
    }

    /// Some value of a representation.
    pub(crate) fn default(&mut self, repr: Repr, range: TextRange) -> ExprId {
        let literal = match repr {
            Repr::Unit => Literal::Unit,
            Repr::Bool => Literal::Bool(false),
            Repr::Int => Literal::Int(0),
            Repr::Float => Literal::Float(0),
            Repr::Text => Literal::Text(Name::default()),
            Repr::Dynamic => Literal::Undefined,
        };
        self.literal(literal, range)
    }

    /// The value of a local.
    pub(crate) fn get(&mut self, local: LocalId, range: TextRange) -> ExprId {
        let ty = self.body.locals[local.0 as usize].ty;
        self.body.exprs.push(Expr::Local(local));
        self.body.types.push(ty);
        self.ranges.push(range);
        ExprId(self.body.exprs.len() as u32 - 1)
    }

    /// Gives a local another value, which makes it mutable.
    pub(crate) fn set(&mut self, local: LocalId, value: ExprId, range: TextRange) -> ExprId {
        self.body.locals[local.0 as usize].mutable = true;
        self.add(Expr::Assign { local, value }, Ty::Unit, range)
    }

    pub(crate) fn prim(
        &mut self,
        prim: Prim,
        operands: Vec<ExprId>,
        ty: Ty,
        range: TextRange,
    ) -> ExprId {
        self.add(Expr::Prim { prim, operands }, ty, range)
    }

    /// A function value of dynamic values, as a dynamic value.
    pub(crate) fn dynamic_function(&mut self, function: ExprId, range: TextRange) -> ExprId {
        self.prim(Prim::FunctionToDynamic, vec![function], Ty::Dynamic, range)
    }

    /// The same value in another representation.
    pub(crate) fn convert(&mut self, id: ExprId, from: Repr, to: Repr, range: TextRange) -> ExprId {
        let prim = match (from, to) {
            _ if from == to => return id,
            (Repr::Unit, Repr::Dynamic) => {
                let undefined = self.undefined(range);
                return self.add(Expr::Sequence(vec![id, undefined]), Ty::Dynamic, range);
            }
            (_, Repr::Unit) => {
                let unit = self.literal(Literal::Unit, range);
                return self.add(Expr::Sequence(vec![id, unit]), Ty::Unit, range);
            }
            (Repr::Int, Repr::Float) => Prim::IntToFloat,
            (Repr::Float, Repr::Int) => Prim::FloatToInt,
            (Repr::Int, _) => {
                let float = self.convert(id, from, Repr::Float, range);
                return self.convert(float, Repr::Float, to, range);
            }
            (_, Repr::Int) => {
                let float = self.convert(id, from, Repr::Float, range);
                return self.convert(float, Repr::Float, to, range);
            }
            (Repr::Float, Repr::Dynamic) => Prim::FloatToDynamic,
            (Repr::Bool, Repr::Dynamic) => Prim::BoolToDynamic,
            (Repr::Text, Repr::Dynamic) => Prim::TextToDynamic,
            (Repr::Dynamic, Repr::Float) => Prim::DynamicToFloat,
            (Repr::Dynamic, Repr::Bool) => Prim::DynamicToBool,
            (Repr::Dynamic, Repr::Text) => Prim::DynamicToText,
            _ => {
                let dynamic = self.convert(id, from, Repr::Dynamic, range);
                return self.convert(dynamic, Repr::Dynamic, to, range);
            }
        };
        self.prim(prim, vec![id], to.ty(), range)
    }

    /// The steps in order, then the result; unit where there is none.
    pub(crate) fn block(
        &mut self,
        steps: Vec<Step>,
        result: Option<ExprId>,
        range: TextRange,
    ) -> ExprId {
        let mut result = match result {
            Some(result) => result,
            None => self.literal(Literal::Unit, range),
        };
        let mut group = Vec::new();
        for step in steps.into_iter().rev() {
            let step = match step {
                Step::Do(id) => {
                    group.push(id);
                    continue;
                }
                other => other,
            };
            result = self.sequence(&mut group, result, range);
            let ty = self.body.types[result.0 as usize];
            let expr = match step {
                Step::Let(local, value) => Expr::Let { local, value, body: result },
                Step::Rec(bindings) => Expr::LetRec { bindings, body: result },
                Step::Do(_) => unreachable!("handled above"),
            };
            self.body.exprs.push(expr);
            self.body.types.push(ty);
            self.ranges.push(range);
            result = ExprId(self.body.exprs.len() as u32 - 1);
        }
        self.sequence(&mut group, result, range)
    }

    /// What was collected from back to front, then the result.
    fn sequence(&mut self, group: &mut Vec<ExprId>, result: ExprId, range: TextRange) -> ExprId {
        if group.is_empty() {
            return result;
        }
        let mut all: Vec<ExprId> = group.drain(..).rev().collect();
        all.push(result);
        let ty = self.body.types[result.0 as usize];
        self.body.exprs.push(Expr::Sequence(all));
        self.body.types.push(ty);
        self.ranges.push(range);
        ExprId(self.body.exprs.len() as u32 - 1)
    }
}

fn empty() -> Body {
    Body { exprs: Vec::new(), types: Vec::new(), locals: Vec::new(), root: ExprId(0) }
}
