//! Enums as values: objects with the values of the members by name, and the names by number.

use std::rc::Rc;

use crate::base::{Name, TextRange};
use crate::ir::{ItemKind, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::Checker;
use crate::lang::oats::decl::{DeclarationKind, EnumValue};
use crate::lang::oats::ty::Type;

impl Checker<'_, '_> {
    /// The constant that holds an enum.
    pub(super) fn enum_constant(&mut self, name: &str, range: TextRange, public: bool) {
        let item = self.types.own_item(name);
        let Some(declaration) = self.types.declaration(&item) else { return };
        let DeclarationKind::Enum(values) = &declaration.kind else { return };
        let root = self.block_of(range, |it| {
            let none = it.b.undefined(range);
            let object = it.b.prim(Prim::ObjectNew, vec![none], Ty::Dynamic, range);
            let local = it.b.local("", Repr::Dynamic);
            it.steps.push(Step::Let(local, object));
            for (key, literal) in properties(values) {
                let repr =
                    if matches!(literal, Literal::Text(_)) { Repr::Text } else { Repr::Float };
                let id = it.b.literal(literal, range);
                let id = it.b.convert(id, repr, Repr::Dynamic, range);
                it.set_named(local, &key, id, range);
            }
            Some(it.b.get(local, range))
        });
        self.add_item(name, range, public, ItemKind::Constant, Vec::new(), root);
    }

    /// The types of the properties of an enum as a value.
    pub(super) fn enum_property_type(&mut self, item: &Rc<crate::ir::ItemRef>) -> Type {
        let ty = Type::Named(item.clone(), Rc::new([]));
        if self.is_numeric(&ty) { Type::union([Type::String, ty]) } else { ty }
    }
}

/// The properties of an enum as ECMAScript orders them: those that are indices come first.
fn properties(values: &[(Name, EnumValue)]) -> Vec<(Name, Literal)> {
    let mut indices: Vec<(u32, Name)> = Vec::new();
    let mut others: Vec<(Name, Literal)> = Vec::new();
    for (name, value) in values {
        match value {
            EnumValue::Text(text) => others.push((name.clone(), Literal::Text(text.clone()))),
            EnumValue::Number(number) => {
                others.push((name.clone(), Literal::Float(number.to_bits())));
                let index =
                    if *number >= 0.0 { (*number as i64).cast_unsigned() as u32 } else { 0 };
                if *number == f64::from(index) {
                    indices.retain(|it| it.0 != index);
                    indices.push((index, name.clone()));
                } else {
                    let key = Name::from(format!("{number}"));
                    others.retain(|it| it.0 != key);
                    others.push((key, Literal::Text(name.clone())));
                }
            }
        }
    }
    indices.sort_by_key(|it| it.0);
    let indices = indices.into_iter();
    let indices = indices.map(|(index, name)| (Name::from(index.to_string()), Literal::Text(name)));
    indices.chain(others).collect()
}
