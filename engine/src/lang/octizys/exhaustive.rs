//! Whether the cases of a `case` cover everything, and whether each can be reached.
//!
//! Luc Maranget, "Warnings for pattern matching" (Journal of Functional Programming 17, 2007): a row of patterns is useful
//! behind a matrix of rows if it matches a value that none of them matches.

use std::sync::Arc;

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Arm, Expr, Literal, Pattern, RefId, TypeDef, TypeKind};
use crate::lang::octizys::draft::{Draft, References};

/// How many patterns are looked at for one `case`; only huge ones need more.
const MAX_STEPS: usize = 2_000_000;

/// What is missing in, or superfluous among, the cases of a draft.
pub(crate) fn findings(draft: &Draft<'_>, references: &References) -> Vec<Finding> {
    let mut findings = Vec::new();
    if draft.unsure {
        return findings;
    }
    for (index, expr) in draft.exprs.iter().enumerate() {
        if let Expr::Match { arms, .. } = expr {
            check(draft, index, arms, references, &mut findings);
        }
    }
    findings
}

fn check(
    draft: &Draft<'_>,
    index: usize,
    arms: &[Arm],
    references: &References,
    findings: &mut Vec<Finding>,
) {
    let mut search = Search { references, steps: 0 };
    let mut rows: Vec<Vec<&Pattern>> = Vec::new();
    for arm in arms {
        let row = vec![&arm.pattern];
        let reachable = search.witness(&rows, &row).is_some();
        if !reachable && search.steps <= MAX_STEPS {
            let places = draft.patterns.get(&arm.body).and_then(|ranges| ranges.first());
            let range = places.map_or(draft.range(arm.body), |pattern| *pattern);
            findings.push(
                Finding::warning("unreachable-case", range, "this case can never be reached")
                    .help("the cases above it cover all that its pattern matches"),
            );
        }
        rows.push(row);
    }
    let start = draft.ranges[index].start;
    let keyword = TextRange { start, end: start + "case".len() as u32 };
    let missing = search.witness(&rows, &[&Pattern::Wildcard]);
    if MAX_STEPS < search.steps {
        if !rows.into_iter().any(|row| matches_all(references, row)) {
            let message = "these cases are too many to find out whether they cover everything";
            findings.push(Finding::error("missing-case", keyword, message).help(CATCH_ALL));
        }
    } else if let Some(missing) = missing {
        let missing = missing[0].show(false);
        let finding =
            Finding::error("missing-case", keyword, format!("the cases don't cover `{missing}`"));
        findings.push(finding.help(match &*missing {
            "_" => CATCH_ALL.to_owned(),
            _ => format!("add a case `{missing} |- …;`, or `_ |- …;` for all that is left"),
        }));
    }
}

const CATCH_ALL: &str = "add a case `_ |- …;` for all that is left";

/// Whether a row alone matches everything.
fn matches_all(references: &References, row: Vec<&Pattern>) -> bool {
    Search { references, steps: 0 }.witness(&[row], &[&Pattern::Wildcard]).is_none()
}

/// A value, as far as it matters, that a row matches and others don't.
#[derive(Clone, Debug)]
enum Witness {
    Anything,
    Literal(Literal),
    Constructor(Name, Vec<Witness>),
}

impl Witness {
    fn show(&self, nested: bool) -> String {
        match self {
            Witness::Anything => "_".to_owned(),
            Witness::Literal(Literal::Bool(true)) => "True".to_owned(),
            Witness::Literal(Literal::Bool(false)) => "False".to_owned(),
            Witness::Literal(Literal::Int(value)) => value.to_string(),
            Witness::Literal(Literal::Text(text)) => format!("{text:?}"),
            Witness::Literal(
                Literal::Unit | Literal::Float(_) | Literal::Undefined | Literal::Null,
            ) => "Unit".to_owned(),
            Witness::Constructor(name, fields) => {
                let mut shown = name.to_string();
                for field in fields {
                    shown.push(' ');
                    shown.push_str(&field.show(true));
                }
                if nested && !fields.is_empty() { format!("({shown})") } else { shown }
            }
        }
    }
}

/// What a pattern asks for at its top.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Head {
    Literal(Literal),
    Constructor(RefId, u32, usize),
}

struct Search<'r> {
    references: &'r References,
    steps: usize,
}

impl Search<'_> {
    /// Values that `row` matches and none of `rows` does: one for each column.
    fn witness(&mut self, rows: &[Vec<&Pattern>], row: &[&Pattern]) -> Option<Vec<Witness>> {
        self.steps += 1 + rows.len() * row.len();
        let nothing_left = || rows.iter().any(|row| row.iter().all(|it| head(it).is_none()));
        if MAX_STEPS < self.steps || nothing_left() {
            return None;
        }
        let Some((first, rest)) = row.split_first() else { return Some(Vec::new()) };
        match head(first) {
            Some(head) => self.with_head(rows, row, &head),
            None => {
                let heads = Search::heads(rows);
                match self.missing_head(&heads) {
                    // Some head never occurs: only rows that begin with anything can match it.
                    Some(missing) => {
                        let rows: Vec<Vec<&Pattern>> = rows
                            .iter()
                            .filter(|row| crate::lang::octizys::exhaustive::head(row[0]).is_none())
                            .map(|row| row[1..].to_vec())
                            .collect();
                        let mut witness = self.witness(&rows, rest)?;
                        witness.insert(0, missing);
                        Some(witness)
                    }
                    None => heads.iter().find_map(|head| self.with_head(rows, row, head)),
                }
            }
        }
    }

    /// A witness that begins with `head`.
    fn with_head(
        &mut self,
        rows: &[Vec<&Pattern>],
        row: &[&Pattern],
        head: &Head,
    ) -> Option<Vec<Witness>> {
        let rows: Vec<Vec<&Pattern>> =
            rows.iter().filter_map(|row| specialised(row, head)).collect();
        let row = specialised(row, head)?;
        let mut witness = self.witness(&rows, &row)?;
        let first = match head {
            Head::Literal(literal) => Witness::Literal(literal.clone()),
            Head::Constructor(ty, constructor, arity) => {
                let rest = witness.split_off(*arity);
                let fields = std::mem::replace(&mut witness, rest);
                Witness::Constructor(self.constructor_name(*ty, *constructor), fields)
            }
        };
        witness.insert(0, first);
        Some(witness)
    }

    fn heads(rows: &[Vec<&Pattern>]) -> Vec<Head> {
        let mut heads = Vec::new();
        for head in rows.iter().filter_map(|row| head(row[0])) {
            if !heads.contains(&head) {
                heads.push(head);
            }
        }
        heads
    }

    /// A value whose head is not among `heads`, if there is one.
    fn missing_head(&self, heads: &[Head]) -> Option<Witness> {
        match heads.first() {
            None => Some(Witness::Anything),
            Some(Head::Literal(Literal::Unit)) => None,
            Some(Head::Literal(Literal::Bool(_))) => {
                let missing = [true, false].map(Literal::Bool).into_iter();
                let mut missing = missing.filter(|it| !heads.contains(&Head::Literal(it.clone())));
                missing.next().map(Witness::Literal)
            }
            Some(Head::Literal(_)) => Some(Witness::Anything),
            Some(Head::Constructor(ty, ..)) => {
                let def = self.type_def(*ty);
                let TypeKind::Variant(constructors) = &def.kind else { return None };
                let present = |index: usize| {
                    heads.iter().any(
                        |head| matches!(head, Head::Constructor(_, it, _) if *it as usize == index),
                    )
                };
                let (_, missing) =
                    constructors.iter().enumerate().find(|(index, _)| !present(*index))?;
                let fields = missing.fields.iter().map(|_| Witness::Anything).collect();
                Some(Witness::Constructor(missing.name.clone(), fields))
            }
        }
    }

    fn type_def(&self, ty: RefId) -> &Arc<TypeDef> {
        self.references.type_def(ty)
    }

    fn constructor_name(&self, ty: RefId, constructor: u32) -> Name {
        match &self.type_def(ty).kind {
            TypeKind::Variant(constructors) => constructors[constructor as usize].name.clone(),
            _ => unreachable!("only variants have constructors"),
        }
    }
}

fn head(pattern: &Pattern) -> Option<Head> {
    match pattern {
        Pattern::Wildcard | Pattern::Bind(_) | Pattern::Record(_) => None,
        Pattern::Literal(literal) => Some(Head::Literal(literal.clone())),
        Pattern::Constructor { ty, constructor, fields } => {
            Some(Head::Constructor(*ty, *constructor, fields.len()))
        }
    }
}

/// What a row asks of the fields of a value with `head` and of the other columns; `None` where it doesn't match `head`.
fn specialised<'p>(row: &[&'p Pattern], wanted: &Head) -> Option<Vec<&'p Pattern>> {
    let arity = match wanted {
        Head::Constructor(_, _, arity) => *arity,
        Head::Literal(_) => 0,
    };
    let mut specialised = match row[0] {
        Pattern::Constructor { fields, .. } if head(row[0]).as_ref() == Some(wanted) => {
            fields.iter().collect()
        }
        Pattern::Literal(_) if head(row[0]).as_ref() == Some(wanted) => Vec::new(),
        Pattern::Constructor { .. } | Pattern::Literal(_) => return None,
        _ => vec![&Pattern::Wildcard; arity],
    };
    specialised.extend(&row[1..]);
    Some(specialised)
}
