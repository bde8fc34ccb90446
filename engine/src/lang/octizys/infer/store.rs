//! Types while they are being found out: a union–find store with levels, after Didier Rémy, "Extension of ML type system
//! with a sorted equational theory on types" (1992).

use crate::base::Name;
use crate::ir::{ItemRef, Ty};
use crate::lang::octizys::types::is_unknown;

/// A type in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(u32);

impl TypeId {
    /// Its number, less than [`Store::len`].
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The level of variables that stand for any type, at each use another.
pub(crate) const GENERIC: u32 = u32::MAX;

/// What a type is known to be.
#[derive(Clone, Debug)]
pub(crate) enum Known {
    /// Nothing is known; the level says in which definition it was made.
    Variable(u32),
    /// The same as another.
    Link(TypeId),
    /// A type variable that the programmer named (by number), fixed inside of a definition at this level.
    Fixed(u32, u32),
    /// Agrees with everything: something is wrong, and was reported.
    Unknown,
    Unit,
    Bool,
    Int,
    Float,
    Text,
    Dynamic,
    Function(TypeId, TypeId),
    Named(u32, Box<[TypeId]>),
    Record(Box<[(Name, TypeId)]>),
    Array(TypeId),
}

/// Why two types are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// They differ somewhere.
    Different,
    /// One would have to contain itself.
    Recursive,
    /// Nobody could read it, and to go through it would take too long.
    TooLarge,
}

/// How many parts a type may have where it is found out that a variable is this type, and how deep they may be nested.
const MAX_PARTS: u32 = 5_000;
const MAX_DEPTH: u32 = 300;

pub(crate) const UNKNOWN: TypeId = TypeId(0);
pub(crate) const UNIT: TypeId = TypeId(1);
pub(crate) const BOOL: TypeId = TypeId(2);
pub(crate) const INT: TypeId = TypeId(3);
pub(crate) const FLOAT: TypeId = TypeId(4);
pub(crate) const TEXT: TypeId = TypeId(5);

/// How many parts a type without variables has, and how deep they are nested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Extent {
    parts: u32,
    depth: u32,
}

impl Extent {
    /// That of a type that may have variables.
    const OPEN: Extent = Extent { parts: 0, depth: 0 };

    /// That of a type that is made of such.
    fn around(parts: impl IntoIterator<Item = Extent>) -> Extent {
        let mut whole = Extent { parts: 1, depth: 1 };
        for part in parts {
            if part == Extent::OPEN {
                return Extent::OPEN;
            }
            whole.parts = whole.parts.saturating_add(part.parts);
            whole.depth = whole.depth.max(part.depth.saturating_add(1));
        }
        whole
    }
}

/// All types of a module while they are being found out.
#[derive(Debug)]
pub(crate) struct Store {
    types: Vec<Known>,
    /// How large the types are that have no variables and nothing unknown in them. Such types never change: whoever looks for
    /// variables passes them over.
    closed: Vec<Extent>,
    named: Vec<ItemRef>,
    /// How many definitions of `let` are around what is looked at.
    pub(crate) level: u32,
    /// Whether something was met so far of which no type is known, which may be why others are not.
    pub(crate) has_unknown: bool,
}

impl Store {
    pub(crate) fn new() -> Store {
        use Known::{Bool, Float, Int, Text, Unit, Unknown};
        let mut types = Vec::with_capacity(256);
        types.extend([Unknown, Unit, Bool, Int, Float, Text]);
        let mut closed = Vec::with_capacity(256);
        let one = Extent { parts: 1, depth: 1 };
        closed.extend([Extent::OPEN, one, one, one, one, one]);
        Store { types, closed, named: Vec::new(), level: 1, has_unknown: false }
    }

    /// How many types there are.
    pub(crate) fn len(&self) -> usize {
        self.types.len()
    }

    fn add(&mut self, known: Known) -> TypeId {
        let extent = |id: &TypeId| self.closed[id.0 as usize];
        self.closed.push(match &known {
            Known::Function(param, result) => Extent::around([param, result].map(extent)),
            Known::Named(_, arguments) => Extent::around(arguments.iter().map(extent)),
            Known::Record(fields) => Extent::around(fields.iter().map(|(_, ty)| extent(ty))),
            Known::Array(element) => Extent::around([extent(element)]),
            _ => Extent::OPEN,
        });
        self.types.push(known);
        TypeId(self.types.len() as u32 - 1)
    }

    /// A type of which nothing is known yet.
    pub(crate) fn fresh(&mut self) -> TypeId {
        self.add(Known::Variable(self.level))
    }

    /// A type variable that the programmer named.
    pub(crate) fn fixed(&mut self, number: u32) -> TypeId {
        self.add(Known::Fixed(number, self.level))
    }

    pub(crate) fn function(&mut self, params: &[TypeId], result: TypeId) -> TypeId {
        params.iter().rev().fold(result, |result, param| self.add(Known::Function(*param, result)))
    }

    pub(crate) fn record(&mut self, fields: Vec<(Name, TypeId)>) -> TypeId {
        self.add(Known::Record(fields.into()))
    }

    pub(crate) fn named(&mut self, item: &ItemRef, arguments: Vec<TypeId>) -> TypeId {
        let known = self.named.iter().position(|it| it == item);
        let index = known.unwrap_or_else(|| {
            self.named.push(item.clone());
            self.named.len() - 1
        });
        self.add(Known::Named(index as u32, arguments.into()))
    }

    /// The name of a named type.
    pub(crate) fn name(&self, index: u32) -> &ItemRef {
        &self.named[index as usize]
    }

    /// The representative of a type.
    pub(crate) fn find(&self, mut id: TypeId) -> TypeId {
        while let Known::Link(next) = self.types[id.0 as usize] {
            id = next;
        }
        id
    }

    /// What is known of a type; never a link.
    pub(crate) fn known(&self, id: TypeId) -> &Known {
        &self.types[self.find(id).0 as usize]
    }

    /// Whether a type is a type variable that the programmer named.
    pub(crate) fn is_fixed(&self, id: TypeId) -> bool {
        matches!(self.known(id), Known::Fixed(..))
    }

    /// How many arguments a function of this type takes; 0 if it is no function.
    pub(crate) fn params(&self, mut id: TypeId) -> usize {
        let mut params = 0;
        while let Known::Function(_, result) = *self.known(id) {
            params += 1;
            id = result;
        }
        params
    }

    /// Whether the type is known to have no variables.
    pub(crate) fn is_closed(&self, id: TypeId) -> bool {
        self.closed[id.0 as usize] != Extent::OPEN
    }

    /// The type `ty`, with `Ty::Param(n)` standing for what `param` yields.
    pub(crate) fn import(&mut self, ty: &Ty, param: &dyn Fn(u32) -> TypeId) -> TypeId {
        match ty {
            Ty::Unit => UNIT,
            Ty::Bool => BOOL,
            Ty::Int => INT,
            Ty::Float => FLOAT,
            Ty::Text => TEXT,
            Ty::Dynamic => self.add(Known::Dynamic),
            Ty::Param(n) => param(*n),
            Ty::Function(params, result) => {
                let result = self.import(result, param);
                params.iter().rev().fold(result, |result, it| {
                    let it = self.import(it, param);
                    self.add(Known::Function(it, result))
                })
            }
            Ty::Named(item, _) if is_unknown(item) => {
                self.has_unknown = true;
                UNKNOWN
            }
            Ty::Named(item, arguments) => {
                let arguments = arguments.iter().map(|it| self.import(it, param)).collect();
                self.named(item, arguments)
            }
            Ty::Record(fields) => {
                let fields = fields.iter().map(|(name, it)| (name.clone(), self.import(it, param)));
                let fields = fields.collect();
                self.record(fields)
            }
            Ty::Array(element) => {
                let element = self.import(element, param);
                self.add(Known::Array(element))
            }
        }
    }

    /// The type `ty` with its `params` parameters standing for any type.
    pub(crate) fn general(&mut self, ty: &Ty, params: u32) -> TypeId {
        let first = self.types.len() as u32;
        for _ in 0..params {
            self.add(Known::Variable(GENERIC));
        }
        self.import(ty, &|number| TypeId(first + number))
    }

    /// Makes the two types the same.
    pub(crate) fn unify(&mut self, left: TypeId, right: TypeId) -> Result<(), Clash> {
        let (left, right) = (self.find(left), self.find(right));
        if left == right {
            return Ok(());
        }
        let (l, r) = (&self.types[left.0 as usize], &self.types[right.0 as usize]);
        match (l, r) {
            (Known::Unknown, _) | (_, Known::Unknown) => Ok(()),
            (Known::Variable(level), _) => self.assign(left, *level, right),
            (_, Known::Variable(level)) => self.assign(right, *level, left),
            (Known::Function(..) | Known::Named(..) | Known::Record(_) | Known::Array(_), _) => {
                self.unify_parts(left, right)
            }
            (Known::Fixed(l, _), Known::Fixed(r, _)) if l == r => Ok(()),
            (Known::Unit, Known::Unit)
            | (Known::Bool, Known::Bool)
            | (Known::Int, Known::Int)
            | (Known::Float, Known::Float)
            | (Known::Text, Known::Text)
            | (Known::Dynamic, Known::Dynamic) => Ok(()),
            _ => Err(Clash::Different),
        }
    }

    fn unify_parts(&mut self, left: TypeId, right: TypeId) -> Result<(), Clash> {
        let alike = match (&self.types[left.0 as usize], &self.types[right.0 as usize]) {
            (Known::Function(..), Known::Function(..)) | (Known::Array(_), Known::Array(_)) => true,
            (Known::Named(l, _), Known::Named(r, _)) => l == r,
            (Known::Record(ls), Known::Record(rs)) => {
                ls.len() == rs.len() && ls.iter().zip(rs).all(|(l, r)| l.0 == r.0)
            }
            _ => false,
        };
        if !alike {
            return Err(Clash::Different);
        }
        let mut part = 0;
        while let (Some(l), Some(r)) = (self.part(left, part), self.part(right, part)) {
            self.unify(l, r)?;
            part += 1;
        }
        Ok(())
    }

    fn assign(&mut self, variable: TypeId, level: u32, to: TypeId) -> Result<(), Clash> {
        self.lower(to, variable, level, (&mut 0, 0))?;
        self.types[variable.0 as usize] = Known::Link(to);
        Ok(())
    }

    /// Makes sure that `id` does not contain `variable`, and that all its variables live as long as `level`.
    fn lower(
        &mut self,
        id: TypeId,
        variable: TypeId,
        level: u32,
        (parts, depth): (&mut u32, u32),
    ) -> Result<(), Clash> {
        let id = self.find(id);
        if id == variable {
            return Err(Clash::Recursive);
        }
        let closed = self.closed[id.0 as usize];
        *parts = parts.saturating_add(closed.parts.max(1));
        if MAX_PARTS < *parts || MAX_DEPTH < depth + closed.depth {
            return Err(Clash::TooLarge);
        }
        if closed != Extent::OPEN {
            return Ok(());
        }
        match &mut self.types[id.0 as usize] {
            Known::Variable(other) => *other = (*other).min(level),
            Known::Fixed(_, own) if level < *own => return Err(Clash::Different),
            _ => {
                let mut part = 0;
                while let Some(it) = self.part(id, part) {
                    self.lower(it, variable, level, (parts, depth + 1))?;
                    part += 1;
                }
            }
        }
        Ok(())
    }

    /// Makes sure that all variables of `id` live as long as `level`.
    pub(crate) fn limit(&mut self, id: TypeId, level: u32) {
        let id = self.find(id);
        if self.is_closed(id) {
            return;
        }
        if let Known::Variable(own) = &mut self.types[id.0 as usize] {
            *own = (*own).min(level);
            return;
        }
        let mut part = 0;
        while let Some(it) = self.part(id, part) {
            self.limit(it, level);
            part += 1;
        }
    }

    /// The n-th type that a type is made of.
    fn part(&self, id: TypeId, n: usize) -> Option<TypeId> {
        match &self.types[id.0 as usize] {
            Known::Function(param, result) => [*param, *result].get(n).copied(),
            Known::Named(_, arguments) => arguments.get(n).copied(),
            Known::Record(fields) => fields.get(n).map(|(_, ty)| *ty),
            Known::Array(element) => (n == 0).then_some(*element),
            _ => None,
        }
    }

    /// Makes every variable of `id` that was made inside of the current level stand for any type.
    pub(crate) fn generalise(&mut self, id: TypeId) {
        let id = self.find(id);
        if self.is_closed(id) {
            return;
        }
        match &mut self.types[id.0 as usize] {
            Known::Variable(level) if self.level < *level => *level = GENERIC,
            Known::Fixed(_, level) if self.level < *level => {
                self.types[id.0 as usize] = Known::Variable(GENERIC);
            }
            _ => {
                let mut part = 0;
                while let Some(it) = self.part(id, part) {
                    self.generalise(it);
                    part += 1;
                }
            }
        }
    }

    /// The type for one use: every variable that stands for any type is replaced by a fresh one.
    pub(crate) fn instantiate(&mut self, id: TypeId) -> TypeId {
        self.copy(id, &mut Vec::new())
    }

    fn copy(&mut self, id: TypeId, fresh: &mut Vec<(TypeId, TypeId)>) -> TypeId {
        let id = self.find(id);
        if self.is_closed(id) {
            return id;
        }
        match self.types[id.0 as usize].clone() {
            Known::Variable(GENERIC) => {
                if let Some((_, copy)) = fresh.iter().find(|(from, _)| *from == id) {
                    return *copy;
                }
                let copy = self.fresh();
                fresh.push((id, copy));
                copy
            }
            Known::Function(param, result) => {
                let (p, r) = (self.copy(param, fresh), self.copy(result, fresh));
                if (p, r) == (param, result) { id } else { self.add(Known::Function(p, r)) }
            }
            Known::Named(name, arguments) if !arguments.is_empty() => {
                let copies: Box<[TypeId]> =
                    arguments.iter().map(|it| self.copy(*it, fresh)).collect();
                if copies == arguments { id } else { self.add(Known::Named(name, copies)) }
            }
            Known::Record(fields) => {
                let copies = fields.iter().map(|(name, it)| (name.clone(), self.copy(*it, fresh)));
                let copies = copies.collect();
                self.add(Known::Record(copies))
            }
            Known::Array(element) => {
                let element = self.copy(element, fresh);
                self.add(Known::Array(element))
            }
            _ => id,
        }
    }

    /// How many parameters a function takes one after the other.
    fn arity(&self, mut id: TypeId) -> usize {
        let mut arity = 0;
        while let Known::Function(_, result) = *self.known(id) {
            (id, arity) = (result, arity + 1);
        }
        arity
    }

    /// The type as a value of the common representation; variables become parameters by `number`. `None` where part of it is
    /// unknown.
    pub(crate) fn export(
        &self,
        id: TypeId,
        number: &mut dyn FnMut(TypeId, Option<u32>) -> u32,
    ) -> Option<Ty> {
        let id = self.find(id);
        Some(match &self.types[id.0 as usize] {
            Known::Unknown => return None,
            Known::Variable(_) => Ty::Param(number(id, None)),
            Known::Fixed(variable, _) => Ty::Param(number(id, Some(*variable))),
            Known::Unit => Ty::Unit,
            Known::Bool => Ty::Bool,
            Known::Int => Ty::Int,
            Known::Float => Ty::Float,
            Known::Text => Ty::Text,
            Known::Dynamic => Ty::Dynamic,
            Known::Function(..) => {
                let mut params = Vec::with_capacity(self.arity(id));
                let mut rest = id;
                while let Known::Function(param, result) = self.known(rest) {
                    params.push(self.export(*param, number)?);
                    rest = *result;
                }
                Ty::Function(params, Box::new(self.export(rest, number)?))
            }
            Known::Named(name, arguments) => {
                let mut exported = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    exported.push(self.export(*argument, number)?);
                }
                Ty::Named(self.name(*name).clone(), exported)
            }
            Known::Record(fields) => Ty::Record(
                fields
                    .iter()
                    .map(|(name, it)| Some((name.clone(), self.export(*it, number)?)))
                    .collect::<Option<_>>()?,
            ),
            Known::Array(element) => Ty::Array(Box::new(self.export(*element, number)?)),
            Known::Link(_) => unreachable!("representatives are no links"),
        })
    }
}
