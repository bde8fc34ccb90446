//! What a module shows to others: what it exports, and the types that this mentions.

use std::fmt::{Result, Write as _};
use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::base::Name;
use crate::ir::{ItemRef, Scheme, Ty, TypeDef, TypeKind, ValueExport};
use crate::lang::oats::builder::Repr;
use crate::lang::oats::check::module::{declared_name, is_exported};
use crate::lang::oats::check::{Checker, representations};
use crate::lang::oats::decl::{Declaration, DeclarationKind, EnumValue, Syntax};
use crate::lang::oats::ty::{
    Access, Member, Shown, Signature, Type, Variable, write_signature, write_variables,
};

impl<'t> Checker<'t, '_> {
    /// The types that the module defines, and which of them other modules may see; what classes consist of is exported.
    pub(super) fn type_defs(&mut self, root: Syntax<'t>) -> (Vec<TypeDef>, FxHashSet<Rc<ItemRef>>) {
        let mut defs = Vec::new();
        for item in root.children() {
            let Some(range) = declared_name(item, self.text) else { continue };
            let name = Name::new(self.slice(range));
            if !self.types.own.contains_key(&name)
                || defs.iter().any(|it: &TypeDef| it.name == name)
            {
                continue;
            }
            let reference = self.own_ref(name.as_str());
            let Some(declaration) = self.types.declaration(&reference) else { continue };
            let public = is_exported(item);
            let text = declaration_text(&declaration);
            let (params, kind) =
                (declaration.variables.len() as u32, TypeKind::Declared(Name::from(text)));
            defs.push(TypeDef { name: name.clone(), public, params, kind });
            if public && matches!(declaration.kind, DeclarationKind::Enum(_)) {
                self.exports.insert(name.clone(), constant(Ty::Dynamic));
            }
            if declaration.kind == DeclarationKind::Class && public {
                self.class_exports(&reference);
            }
        }
        let visible = self.visible(root);
        (defs, visible)
    }

    /// The own types that other modules may see: what is exported, and what that mentions.
    fn visible(&mut self, root: Syntax<'t>) -> FxHashSet<Rc<ItemRef>> {
        let mut queue = Vec::new();
        for item in root.children().filter(|it| is_exported(*it)) {
            if let Some(range) = declared_name(item, self.text) {
                queue.push(self.own_ref(self.slice(range)));
            }
        }
        for ty in std::mem::take(&mut self.exported) {
            mentioned(&ty, &mut queue);
        }
        let mut seen = FxHashSet::default();
        while let Some(item) = queue.pop() {
            if item.module != self.types.path || !seen.insert(item.clone()) {
                continue;
            }
            if let Some(declaration) = self.types.declaration(&item) {
                mentioned_by(&declaration, &mut queue);
            }
        }
        seen
    }

    /// Exports what an exported class consists of.
    fn class_exports(&mut self, class: &Rc<ItemRef>) {
        let Some(signature) = self.constructor_of(class) else { return };
        let reprs = representations(&signature, false).0;
        let name = &class.name;
        let exports = &mut self.exports;
        exports.insert(name.clone(), constant(Ty::Dynamic));
        let init = std::iter::once(Repr::Dynamic).chain(reprs.iter().copied()).collect();
        exports
            .insert(format!("$new_{name}").into(), function_export(&(reprs, Repr::Dynamic), None));
        exports.insert(format!("$init_{name}").into(), function_export(&(init, Repr::Unit), None));
        // Static members of a class are those of the classes that extend it, too.
        let mut at = Some(class.clone());
        while let Some(class) = at.filter(|it| it.module == self.types.path) {
            self.static_exports(&class);
            at = self.types.parent(&class);
        }
    }

    fn static_exports(&mut self, class: &Rc<ItemRef>) {
        let Some(declaration) = self.types.declaration(class) else { return };
        for member in declaration.statics.iter().filter(|it| it.access != Access::Private) {
            let item = Name::from(format!("$static_{}_{}", class.name, member.name));
            let export = match &member.ty {
                Type::Function(signature) if member.method => {
                    let is_async = matches!(signature.result, Type::Promise(_));
                    function_export(&representations(signature, is_async), None)
                }
                _ => constant(Ty::Array(Box::new(Ty::Dynamic))),
            };
            self.exports.insert(item, export);
        }
    }
}

fn constant(ty: Ty) -> ValueExport {
    ValueExport { scheme: Scheme { params: 0, ty }, arity: None, declared: None }
}

/// An exported function.
pub(super) fn function_export(reprs: &(Vec<Repr>, Repr), declared: Option<Name>) -> ValueExport {
    let params: Vec<Ty> = reprs.0.iter().map(|it| it.ty()).collect();
    let arity = Some(params.len() as u32);
    let ty = Ty::function(params, reprs.1.ty());
    ValueExport { scheme: Scheme { params: 0, ty }, arity, declared }
}

/// Notes the named types that a type mentions.
fn mentioned(ty: &Type, found: &mut Vec<Rc<ItemRef>>) {
    match ty {
        Type::Array(inner) | Type::Promise(inner) | Type::Record(inner) => mentioned(inner, found),
        Type::Tuple(all) | Type::Union(all) => all.iter().for_each(|it| mentioned(it, found)),
        Type::Object(members) => members.iter().for_each(|it| mentioned(&it.ty, found)),
        Type::Function(signature) => {
            mentioned_bounds(&signature.variables, found);
            signature.params.iter().for_each(|it| mentioned(&it.ty, found));
            mentioned(&signature.result, found);
        }
        Type::Named(item, arguments) => {
            found.push(item.clone());
            arguments.iter().for_each(|it| mentioned(it, found));
        }
        Type::Class(item) | Type::Enum(item) | Type::EnumMember(item, _) => {
            found.push(item.clone());
        }
        _ => (),
    }
}

fn mentioned_bounds(variables: &[Variable], found: &mut Vec<Rc<ItemRef>>) {
    variables.iter().filter_map(|it| it.bound.as_ref()).for_each(|it| mentioned(it, found));
}

/// Notes the named types that a declaration mentions where others can see it.
fn mentioned_by(declaration: &Declaration, found: &mut Vec<Rc<ItemRef>>) {
    mentioned_bounds(&declaration.variables, found);
    if let DeclarationKind::Alias(ty) = &declaration.kind {
        mentioned(ty, found);
    }
    declaration.parents.iter().for_each(|it| mentioned(it, found));
    let members = declaration.members.iter().chain(&declaration.statics);
    for member in members.filter(|it| it.access != Access::Private) {
        mentioned(&member.ty, found);
    }
    for param in declaration.constructor.iter().flatten() {
        mentioned(&param.ty, found);
    }
}

/// A declared type as other modules read it.
fn declaration_text(declaration: &Declaration) -> String {
    let mut text = String::new();
    let written = write_declaration(&mut text, declaration);
    written.expect("a string takes all that is written");
    text
}

fn write_declaration(out: &mut String, declaration: &Declaration) -> Result {
    let name = &declaration.item.name;
    match &declaration.kind {
        DeclarationKind::Alias(ty) => {
            write!(out, "type {name}")?;
            write_variables(out, &declaration.variables, true)?;
            return write!(out, " = {};", Shown { ty, qualified: true });
        }
        DeclarationKind::Enum(values) => {
            write!(out, "enum {name} {{")?;
            for (member, value) in values {
                match value {
                    EnumValue::Number(value) => write!(out, " {member} = {value},")?,
                    EnumValue::Text(text) => write!(out, " {member} = {text:?},")?,
                }
            }
            return out.write_str(" }");
        }
        DeclarationKind::Class if declaration.is_abstract => write!(out, "abstract class {name}")?,
        DeclarationKind::Class => write!(out, "class {name}")?,
        DeclarationKind::Interface => write!(out, "interface {name}")?,
    }
    write_variables(out, &declaration.variables, true)?;
    for (n, ty) in declaration.parents.iter().enumerate() {
        let before = if n == 0 { " extends " } else { ", " };
        write!(out, "{before}{}", Shown { ty, qualified: true })?;
    }
    out.write_str(" {")?;
    if let Some(params) = &declaration.constructor {
        let signature =
            Signature { variables: Vec::new(), params: params.clone(), result: Type::Void };
        out.write_str(" constructor")?;
        let mut whole = String::new();
        write_signature(&mut whole, &signature, "", true)?;
        write!(out, "{};", whole.strip_suffix("void").unwrap_or(&whole))?;
    }
    declaration.members.iter().try_for_each(|it| write_member(out, it, ""))?;
    let mut statics = declaration.statics.iter().filter(|it| it.access != Access::Private);
    statics.try_for_each(|it| write_member(out, it, "static "))?;
    out.write_str(" }")
}

/// Writes a member; of a private one only that it is there.
fn write_member(out: &mut String, member: &Member, word: &str) -> Result {
    let access = match member.access {
        Access::Private => return write!(out, " private {};", member.name),
        Access::Protected => "protected ",
        Access::Public => "",
    };
    let readonly = if member.readonly { "readonly " } else { "" };
    let mark = if member.optional { "?" } else { "" };
    let start = out.len();
    let is_abstract = if member.is_abstract { "abstract " } else { "" };
    write!(out, " {access}{word}{is_abstract}{readonly}{}{mark}", member.name)?;
    if member.accessor {
        let ty = Shown { ty: &member.ty, qualified: true };
        let name = &member.name;
        out.truncate(start);
        write!(out, " {access}{is_abstract}get {name}(): {ty};")?;
        if !member.readonly {
            write!(out, " {access}{is_abstract}set {name}(value: {ty});")?;
        }
        return Ok(());
    }
    match &member.ty {
        Type::Function(signature) if member.method => {
            write_signature(out, signature, ": ", true)?;
        }
        ty => write!(out, ": {}", Shown { ty, qualified: true })?,
    }
    out.write_str(";")
}
