//! What a program does: it computes `main` and writes its value.
//!
//! A text is written raw, a list of texts a line each, `Unit` not at all, anything else as a programmer would write it. The
//! writing is synthesised here, in the common representation, so that all targets write the same.

use std::sync::Arc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{
    Arm, Body, ENTRY, Expr, ExprId, Item, ItemKind, ItemRef, Literal, Local, LocalId, Module,
    Pattern, Prim, RefId, Ty, TyId, TypeDef, TypeKind,
};
use crate::lang::octizys::assemble::TypeTable;
use crate::lang::octizys::infer::Inference;
use crate::lang::octizys::lower::Definition;
use crate::lang::octizys::names::Names;
use crate::lang::octizys::prelude::{self, PRELUDE};

/// How many types a `main` may be made of.
const MAX_WRITERS: usize = 100;

/// What is wrong with the `main` of a program.
pub(crate) fn main_mistake(
    definitions: &[Definition<'_>],
    inference: &Inference<'_, '_>,
) -> Option<Finding> {
    let found = definitions.iter().enumerate().find(|(_, it)| it.name == "main");
    let Some((index, main)) = found else {
        let message = "this module is what the program runs, but it defines no `main`";
        return Some(
            Finding::error("no-main", TextRange::default(), message)
                .help("define one: `main : Text = \"Hello\";`"),
        );
    };
    main.arity?;
    let message =
        format!("`main` must be a value, but it is a function: `{}`", inference.shown(index));
    Some(Finding::error("main-is-a-function", main.range, message))
}

/// Adds the start of the program to a module.
pub(crate) struct Entry<'m> {
    module: &'m mut Module,
    types: &'m mut TypeTable,
    names: &'m Names<'m, 'm>,
    type_defs: &'m [Arc<TypeDef>],
    /// The types that have a writer, or will have: `$write<n>` for the n-th.
    writers: Vec<Ty>,
    main: TextRange,
    pub(crate) findings: Vec<Finding>,
}

impl<'m> Entry<'m> {
    pub(crate) fn new<'t, 'e>(
        module: &'m mut Module,
        types: &'m mut TypeTable,
        names: &'m Names<'t, 'e>,
        type_defs: &'m [Arc<TypeDef>],
    ) -> Entry<'m>
    where
        't: 'm,
        'e: 'm,
    {
        let main = names.values.get("main").map_or_else(TextRange::default, |it| it.range);
        Entry { module, types, names, type_defs, writers: Vec::new(), main, findings: Vec::new() }
    }

    /// Adds the entry and what it needs; yields the place that stands for all of it.
    pub(crate) fn add(&mut self) -> TextRange {
        let main = self.module.items.iter().find(|item| item.name == "main");
        let Some(main) = main.filter(|item| item.kind == ItemKind::Constant) else {
            return self.main;
        };
        // Where the type of `main` leaves something open, nothing of that type is there: any choice will do.
        let open = vec![Ty::Unit; main.type_params as usize];
        let ty = self.types.get(main.body.ty(main.body.root)).instantiate(&open);
        let mut code = Code::default();
        let main = self.reference("main");
        let value = self.push(&mut code, Expr::Global(main), &ty);
        let mut steps = Vec::new();
        if ty == list_of_text() {
            let callee = self.reference("$lines");
            steps.push(self.push(
                &mut code,
                Expr::Call { callee, arguments: vec![value] },
                &Ty::Unit,
            ));
        } else if ty == Ty::Text {
            steps.push(self.write(&mut code, value));
        } else if ty == Ty::Unit {
            steps.push(value);
        } else {
            steps.push(self.show(&mut code, value, &ty, false));
        }
        if !matches!(ty, Ty::Unit) && ty != list_of_text() {
            steps.push(self.write_literal(&mut code, "\n"));
        }
        self.module.entry = Some(self.module.items.len() as u32);
        self.add_function(ENTRY, code, steps, 0);
        if ty == list_of_text() {
            self.add_lines();
        }
        let mut written = 0;
        while written < self.writers.len() {
            self.add_writer(written);
            written += 1;
        }
        self.main
    }

    /// Adds a function whose first `params` locals are its parameters, and which does `steps`.
    fn add_function(&mut self, name: &str, mut code: Code, steps: Vec<ExprId>, params: u32) {
        let root = self.push(&mut code, Expr::Sequence(steps), &Ty::Unit);
        let Code { exprs, types, locals } = code;
        self.module.items.push(Item {
            name: Name::new(name),
            public: false,
            kind: ItemKind::Function,
            type_params: 0,
            params: (0..params).map(LocalId).collect(),
            body: Body { exprs, types, locals, root },
        });
    }

    /// `$lines`: writes each text of a list, with a line break behind it.
    fn add_lines(&mut self) {
        let mut code = Code::default();
        let list = self.local(&mut code, &list_of_text());
        let (first, rest) =
            (self.local(&mut code, &Ty::Text), self.local(&mut code, &list_of_text()));
        let scrutinee = self.push(&mut code, Expr::Local(list), &list_of_text());
        let empty = self.push(&mut code, Expr::Literal(Literal::Unit), &Ty::Unit);
        let text = self.push(&mut code, Expr::Local(first), &Ty::Text);
        let line = self.write(&mut code, text);
        let end = self.write_literal(&mut code, "\n");
        let argument = self.push(&mut code, Expr::Local(rest), &list_of_text());
        let callee = self.reference("$lines");
        let again =
            self.push(&mut code, Expr::Call { callee, arguments: vec![argument] }, &Ty::Unit);
        let body = self.push(&mut code, Expr::Sequence(vec![line, end, again]), &Ty::Unit);
        let ty = self.entry_for(prelude::prelude_item("List"));
        let fields = vec![Pattern::Bind(first), Pattern::Bind(rest)];
        let nil = Pattern::Constructor { ty, constructor: 0, fields: Vec::new() };
        let cons = Pattern::Constructor { ty, constructor: 1, fields };
        let arms = vec![
            Arm { pattern: nil, guard: None, body: empty },
            Arm { pattern: cons, guard: None, body },
        ];
        let root = self.push(&mut code, Expr::Match { scrutinee, arms }, &Ty::Unit);
        self.add_function("$lines", code, vec![root], 1);
    }

    /// What writes `value`; constructors with fields stand in parentheses where `nested`.
    fn show(&mut self, code: &mut Code, value: ExprId, ty: &Ty, nested: bool) -> ExprId {
        let to_text = |prim| Expr::Prim { prim, operands: vec![value] };
        match ty {
            Ty::Int => {
                let text = self.push(code, to_text(Prim::IntToText), &Ty::Text);
                self.write(code, text)
            }
            Ty::Bool => {
                let text = self.push(code, to_text(Prim::BoolToText), &Ty::Text);
                self.write(code, text)
            }
            Ty::Text => {
                let text = self.push(code, to_text(Prim::TextQuote), &Ty::Text);
                self.write(code, text)
            }
            _ => {
                let nested = Expr::Literal(Literal::Bool(nested));
                let nested = self.push(code, nested, &Ty::Bool);
                let callee = self.writer(ty);
                self.push(code, Expr::Call { callee, arguments: vec![value, nested] }, &Ty::Unit)
            }
        }
    }

    /// The function that writes values of type `ty`.
    fn writer(&mut self, ty: &Ty) -> RefId {
        let known = self.writers.iter().position(|it| it == ty);
        let index = known.unwrap_or_else(|| {
            self.writers.push(ty.clone());
            self.writers.len() - 1
        });
        self.reference(&format!("$write{index}"))
    }

    fn add_writer(&mut self, index: usize) {
        let ty = self.writers[index].clone();
        let mut code = Code::default();
        let value = self.local(&mut code, &ty);
        let nested = self.local(&mut code, &Ty::Bool);
        let def = match &ty {
            Ty::Named(item, _) => self.type_def(item),
            _ => None,
        };
        let steps = match (&ty, def) {
            _ if MAX_WRITERS < self.writers.len() => self.unprintable(&ty),
            (Ty::Named(item, arguments), Some(def)) => {
                vec![self.write_variant(&mut code, (value, nested), &ty, item, arguments, &def)]
            }
            (Ty::Record(fields), _) => self.write_record(&mut code, value, &ty, fields),
            (Ty::Unit, _) => vec![self.write_literal(&mut code, "Unit")],
            _ => self.unprintable(&ty),
        };
        self.add_function(&format!("$write{index}"), code, steps, 2);
    }

    fn unprintable(&mut self, ty: &Ty) -> Vec<ExprId> {
        let why = match ty {
            Ty::Function(..) => "a function is part of it",
            _ if MAX_WRITERS < self.writers.len() => "its type is made of too many others",
            _ => "it has a part of a type that is not known here",
        };
        if self.findings.is_empty() {
            let message = format!("the value of `main` can't be written: {why}");
            self.findings.push(Finding::error("unprintable-main", self.main, message));
        }
        Vec::new()
    }

    fn write_variant(
        &mut self,
        code: &mut Code,
        (value, nested): (LocalId, LocalId),
        ty: &Ty,
        item: &ItemRef,
        arguments: &[Ty],
        def: &TypeDef,
    ) -> ExprId {
        let TypeKind::Variant(constructors) = &def.kind else {
            self.unprintable(ty);
            return self.write_literal(code, "");
        };
        let reference = self.entry_for(item.clone());
        let scrutinee = self.push(code, Expr::Local(value), ty);
        let mut arms = Vec::new();
        for (index, constructor) in (0..).zip(constructors) {
            let mut steps = Vec::new();
            let mut fields = Vec::new();
            if !constructor.fields.is_empty() {
                steps.push(self.write_if(code, nested, "("));
            }
            steps.push(self.write_literal(code, &constructor.name));
            for field in &constructor.fields {
                let ty = field.instantiate(arguments);
                let local = self.local(code, &ty);
                fields.push(Pattern::Bind(local));
                steps.push(self.write_literal(code, " "));
                let value = self.push(code, Expr::Local(local), &ty);
                steps.push(self.show(code, value, &ty, true));
            }
            if !constructor.fields.is_empty() {
                steps.push(self.write_if(code, nested, ")"));
            }
            let body = self.push(code, Expr::Sequence(steps), &Ty::Unit);
            let pattern = Pattern::Constructor { ty: reference, constructor: index, fields };
            arms.push(Arm { pattern, guard: None, body });
        }
        self.push(code, Expr::Match { scrutinee, arms }, &Ty::Unit)
    }

    fn write_record(
        &mut self,
        code: &mut Code,
        value: LocalId,
        ty: &Ty,
        fields: &[(Name, Ty)],
    ) -> Vec<ExprId> {
        let mut steps = Vec::new();
        for (index, (name, field_ty)) in (0..).zip(fields) {
            let before = if index == 0 { "{ " } else { ", " };
            steps.push(self.write_literal(code, &format!("{before}{name} = ")));
            let base = self.push(code, Expr::Local(value), ty);
            let field = self.push(code, Expr::Field { base, field: index }, field_ty);
            steps.push(self.show(code, field, field_ty, false));
        }
        steps.push(self.write_literal(code, if fields.is_empty() { "{}" } else { " }" }));
        steps
    }

    fn write_if(&mut self, code: &mut Code, condition: LocalId, text: &str) -> ExprId {
        let condition = self.push(code, Expr::Local(condition), &Ty::Bool);
        let then = self.write_literal(code, text);
        let otherwise = self.push(code, Expr::Literal(Literal::Unit), &Ty::Unit);
        self.push(code, Expr::If { condition, then, otherwise }, &Ty::Unit)
    }

    fn write_literal(&mut self, code: &mut Code, text: &str) -> ExprId {
        let literal = Expr::Literal(Literal::Text(Name::new(text)));
        let text = self.push(code, literal, &Ty::Text);
        self.write(code, text)
    }

    fn write(&mut self, code: &mut Code, text: ExprId) -> ExprId {
        self.push(code, Expr::Prim { prim: Prim::Write, operands: vec![text] }, &Ty::Unit)
    }

    fn push(&mut self, code: &mut Code, expr: Expr, ty: &Ty) -> ExprId {
        code.exprs.push(expr);
        code.types.push(self.types.entry(ty.clone()));
        ExprId(code.exprs.len() as u32 - 1)
    }

    fn local(&mut self, code: &mut Code, ty: &Ty) -> LocalId {
        let ty = self.types.entry(ty.clone());
        code.locals.push(Local { name: Name::default(), ty, mutable: false });
        LocalId(code.locals.len() as u32 - 1)
    }

    /// The reference to an item of this module.
    fn reference(&mut self, name: &str) -> RefId {
        self.entry_for(ItemRef { module: self.module.path.clone(), name: Name::new(name) })
    }

    fn entry_for(&mut self, item: ItemRef) -> RefId {
        let known = self.module.refs.iter().position(|it| *it == item);
        RefId(known.unwrap_or_else(|| {
            self.module.refs.push(item);
            self.module.refs.len() - 1
        }) as u32)
    }

    fn type_def(&self, item: &ItemRef) -> Option<Arc<TypeDef>> {
        if item.module.as_str() == PRELUDE {
            return prelude::TYPES.iter().find(|def| def.name == item.name).cloned();
        }
        if item.module == self.module.path {
            return self.type_defs.iter().find(|def| def.name == item.name).cloned();
        }
        self.names.env.mentioned_type(item)
    }
}

fn list_of_text() -> Ty {
    Ty::Named(prelude::prelude_item("List"), vec![Ty::Text])
}

/// A body that is being made.
#[derive(Default)]
struct Code {
    exprs: Vec<Expr>,
    types: Vec<TyId>,
    locals: Vec<Local>,
}
