//! Saying what is wrong with types: both of them are named, and both places shown.

use crate::base::{Finding, TextRange};
use crate::ir::{ExprId, Prim, RefId, TypeKind};
use crate::lang::octizys::draft::Referent;
use crate::lang::octizys::infer::store::{Clash, Known};
use crate::lang::octizys::infer::{Inference, Scheme, TypeId};
use crate::lang::octizys::prelude::{BUILTINS, PRELUDE, Recipe};

/// Why something must be of a certain type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reason {
    /// Nothing more is known.
    Plain,
    /// The definition's signature says so.
    Signature,
    /// An annotation says so.
    Annotation(TextRange),
    /// It is the condition of this `if`.
    Condition(ExprId),
    /// It is the other branch of an `if`.
    Branch(ExprId),
    /// It is the value of a later case.
    Arm(ExprId),
    /// It is the n-th argument of a function, if that has a name.
    Argument(usize, Option<RefId>),
    /// It is the n-th operand of a function of the prelude.
    Operand(Prim, usize),
    /// It is the n-th field of a constructor.
    Field(RefId, u32, usize),
}

/// That `at` is of type `found` where `wanted` is needed.
pub(crate) fn mismatch(
    inference: &Inference<'_, '_>,
    clash: Clash,
    found: TypeId,
    wanted: TypeId,
    at: ExprId,
    reason: Reason,
) -> Finding {
    let draft = &inference.drafts[inference.current];
    let lacking = match inference.store.known(wanted) {
        Known::Function(..) => 0,
        _ => inference.store.params(found),
    };
    let mut printer = Printer::new(inference);
    printer.qualify_if_alike(found, wanted);
    let fixed = [found, wanted].into_iter().find(|ty| inference.store.is_fixed(*ty));
    let fixed = fixed.map(|ty| printer.show(ty));
    let (found, wanted) = (printer.show(found), printer.show(wanted));
    let range = match (reason, draft.params.first()) {
        // Where a whole function is of the wrong type, not only what it yields is meant.
        (Reason::Signature, Some(param)) => {
            draft.locals[param.0 as usize].range.cover(draft.range(at))
        }
        _ => draft.range(at),
    };
    let mut finding = clashing(clash, &found, &wanted, range);
    if clash == Clash::Recursive && matches!(reason, Reason::Signature) {
        return finding.help("a function that uses itself at another type must declare its own");
    }
    if clash != Clash::Different {
        return finding;
    }
    if 0 < lacking {
        let plural = if lacking == 1 { "" } else { "s" };
        finding = finding.help(format!("this is a function that lacks {lacking} argument{plural}"));
    }
    if let Some(variable) = fixed {
        finding = finding.help(format!("`{variable}` stands for any type that a caller chooses"));
    }
    because(inference, finding, reason, &wanted)
}

/// Adds why the type `wanted` is needed.
fn because(
    inference: &Inference<'_, '_>,
    finding: Finding,
    reason: Reason,
    wanted: &str,
) -> Finding {
    let draft = &inference.drafts[inference.current];
    match reason {
        Reason::Plain => finding,
        Reason::Signature => {
            let definition = &inference.definitions[inference.current];
            let written = matches!(inference.schemes[inference.current], Some(Scheme::Written(..)));
            let verb = if written { "is declared as" } else { "is used as" };
            finding.also(definition.range, format!("`{}` {verb} `{wanted}`", definition.name))
        }
        Reason::Annotation(range) => finding.also(range, format!("annotated as `{wanted}`")),
        Reason::Condition(condition) => {
            let start = draft.range(condition).start;
            let keyword = TextRange { start, end: start + 2 };
            finding.also(keyword, "the condition of this `if` must be a `Bool`")
        }
        Reason::Branch(other) => {
            finding.also(draft.range(other), format!("the other branch is `{wanted}`"))
        }
        Reason::Arm(other) => {
            finding.also(draft.range(other), format!("the first case is `{wanted}`"))
        }
        Reason::Argument(index, Some(callee)) => {
            argument(inference, finding, index, callee, wanted)
        }
        Reason::Argument(index, None) => {
            finding.help(format!("argument {} must be `{wanted}`", index + 1))
        }
        Reason::Operand(prim, index) => operand(finding, prim, index, wanted),
        Reason::Field(ty, constructor, index) => {
            field(inference, finding, ty, constructor, index, wanted)
        }
    }
}

/// That a pattern at `place` for `found` can't match a part of what stands at the expression there, which is `matched`.
pub(crate) fn pattern_mismatch(
    inference: &Inference<'_, '_>,
    clash: Clash,
    found: TypeId,
    matched: TypeId,
    (range, scrutinee): (TextRange, ExprId),
) -> Finding {
    let mut printer = Printer::new(inference);
    printer.qualify_if_alike(found, matched);
    let (found, matched) = (printer.show(found), printer.show(matched));
    let finding = clashing(clash, &found, &matched, range);
    if clash != Clash::Different {
        return finding;
    }
    let whole = printer.show(inference.typed[inference.current].exprs[scrutinee.0 as usize]);
    let scrutinee = inference.drafts[inference.current].range(scrutinee);
    finding
        .label(format!("this pattern is for `{found}`"))
        .also(scrutinee, format!("what is matched is `{whole}`"))
}

fn clashing(clash: Clash, found: &str, wanted: &str, range: TextRange) -> Finding {
    match clash {
        Clash::Different => {
            let message = format!("expected `{wanted}`, found `{found}`");
            Finding::error("type-mismatch", range, message).label(format!("this is `{found}`"))
        }
        Clash::Recursive => {
            let message = format!("recursive types are forbidden: `{found}` would be `{wanted}`");
            Finding::error("recursive-type", range, message)
                .label("this would have to contain itself")
        }
        Clash::TooLarge => Finding::error("type-too-large", range, "the type of this is too large")
            .help("define a new type with `data` for parts of it"),
    }
}

fn argument(
    inference: &Inference<'_, '_>,
    finding: Finding,
    index: usize,
    callee: RefId,
    wanted: &str,
) -> Finding {
    let item = inference.references.item(callee);
    let what = format!("argument {} of `{}` must be `{wanted}`", index + 1, item.name);
    match inference.references.value(callee) {
        Referent::Own(definition) => finding.also(inference.definitions[*definition].range, what),
        Referent::Imported(_) => finding.also_item(item.module.clone(), item.name.clone(), what),
    }
}

fn operand(finding: Finding, prim: Prim, index: usize, wanted: &str) -> Finding {
    let named = BUILTINS.iter().find(|(_, recipe, ..)| {
        let (Recipe::Is(it) | Recipe::Not(it)) = recipe;
        *it == prim
    });
    match named {
        // Several names stand for the same operation, so none is named unless it is the only one.
        Some((name, Recipe::Is(_), ..))
            if !matches!(prim, Prim::IntLess | Prim::IntLessEqual | Prim::IntEqual) =>
        {
            finding.help(format!("argument {} of `{name}` must be `{wanted}`", index + 1))
        }
        _ => finding.help(format!("argument {} must be `{wanted}`", index + 1)),
    }
}

fn field(
    inference: &Inference<'_, '_>,
    finding: Finding,
    ty: RefId,
    constructor: u32,
    index: usize,
    wanted: &str,
) -> Finding {
    let TypeKind::Variant(constructors) = &inference.references.type_def(ty).kind else {
        return finding;
    };
    let name = &constructors[constructor as usize].name;
    let what = format!("argument {} of `{name}` must be `{wanted}`", index + 1);
    let item = inference.references.item(ty);
    if item.module.as_str() == PRELUDE {
        return finding.help(what);
    }
    finding.also_item(item.module.clone(), name.clone(), what)
}

/// Writes types as a programmer would; variables without a name become `a`, `b`, ….
pub(crate) struct Printer<'i> {
    inference: &'i Inference<'i, 'i>,
    variables: Vec<TypeId>,
    qualified: bool,
}

impl<'i> Printer<'i> {
    /// A printer that has named no variable yet.
    pub(crate) fn new<'a, 't>(inference: &'i Inference<'a, 't>) -> Printer<'i>
    where
        'a: 'i,
        't: 'i,
    {
        Printer { inference, variables: Vec::new(), qualified: false }
    }

    /// Writes the modules of types from now on if the two would otherwise look the same.
    fn qualify_if_alike(&mut self, left: TypeId, right: TypeId) {
        self.qualified = self.show(left) == self.show(right);
        self.variables.clear();
    }

    /// The type as text.
    pub(crate) fn show(&mut self, ty: TypeId) -> String {
        let mut out = String::new();
        self.write(ty, Context::Whole, &mut out);
        out
    }

    fn write(&mut self, ty: TypeId, context: Context, out: &mut String) {
        if MAX_SHOWN < out.len() {
            if !out.ends_with('…') {
                out.push('…');
            }
            return;
        }
        let id = self.inference.store.find(ty);
        match self.inference.store.known(id).clone() {
            Known::Unknown | Known::Link(_) => out.push('_'),
            Known::Unit => out.push_str("Unit"),
            Known::Bool => out.push_str("Bool"),
            Known::Int => out.push_str("Int"),
            Known::Float => out.push_str("Float"),
            Known::Text => out.push_str("Text"),
            Known::Dynamic => out.push_str("a dynamic value"),
            Known::Variable(_) => out.push_str(&self.variable(id)),
            Known::Fixed(number, _) => {
                let draft = &self.inference.drafts[self.inference.current];
                out.push_str(draft.type_variables.get(number as usize).unwrap_or(&"_"));
            }
            Known::Function(param, result) => {
                parenthesised(context != Context::Whole, out, |out| {
                    self.write(param, Context::Parameter, out);
                    out.push_str(" -> ");
                    self.write(result, Context::Whole, out);
                });
            }
            Known::Named(name, arguments) => {
                let item = self.inference.store.name(name).clone();
                let nested = context == Context::Argument && !arguments.is_empty();
                parenthesised(nested, out, |out| {
                    if self.qualified {
                        out.push_str(item.module.as_str());
                        out.push('/');
                    }
                    out.push_str(&item.name);
                    for argument in &arguments {
                        out.push(' ');
                        self.write(*argument, Context::Argument, out);
                    }
                });
            }
            Known::Array(element) => parenthesised(context == Context::Argument, out, |out| {
                out.push_str("Array ");
                self.write(element, Context::Argument, out);
            }),
            Known::Record(fields) => {
                out.push_str("{ ");
                for (index, (name, ty)) in fields.iter().enumerate() {
                    if 0 < index {
                        out.push_str(", ");
                    }
                    out.push_str(name);
                    out.push_str(" : ");
                    self.write(*ty, Context::Whole, out);
                }
                out.push_str(" }");
            }
        }
    }

    fn variable(&mut self, id: TypeId) -> String {
        let known = self.variables.iter().position(|it| *it == id);
        let index = known.unwrap_or_else(|| {
            self.variables.push(id);
            self.variables.len() - 1
        });
        let written = &self.inference.drafts[self.inference.current].type_variables;
        let mut free = (0..).map(letters).filter(|name| !written.contains(&name.as_str()));
        free.nth(index).unwrap_or_default()
    }
}

/// How many bytes of a type are shown, about.
const MAX_SHOWN: usize = 300;

/// The n-th name for a type variable: `a`, `b`, …, `z`, `a1`, ….
fn letters(n: usize) -> String {
    let letter = char::from(b'a' + (n % 26) as u8);
    if n < 26 { letter.to_string() } else { format!("{letter}{}", n / 26) }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Whole,
    Parameter,
    Argument,
}

fn parenthesised(needed: bool, out: &mut String, inside: impl FnOnce(&mut String)) {
    if needed {
        out.push('(');
    }
    inside(out);
    if needed {
        out.push(')');
    }
}

impl Inference<'_, '_> {
    /// The type of a definition, for a message.
    pub(crate) fn shown(&self, definition: usize) -> String {
        let ty = match (&self.schemes[definition], self.typed[definition].scheme) {
            (_, Some(ty)) => ty,
            (Some(Scheme::Found(ty)), None) => *ty,
            _ => return "_".to_owned(),
        };
        Printer::new(self).show(ty)
    }
}
