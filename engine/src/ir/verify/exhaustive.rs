//! Whether the arms of a match cover all values.

use crate::ir::verify::Verifier;
use crate::ir::{Arm, Literal, Pattern, Ty, TypeKind};

/// Patterns for a sequence of values, one for each.
type Row<'p> = Vec<&'p Pattern>;

impl Verifier<'_> {
    /// Whether every value of type `ty` matches an arm without a guard. The patterns must be of that type.
    pub(super) fn is_exhaustive(&self, arms: &[Arm], ty: &Ty) -> bool {
        let rows = arms.iter().filter(|it| it.guard.is_none()).map(|it| vec![&it.pattern]);
        self.all_match(rows.collect(), vec![ty.clone()])
    }

    /// Whether every sequence of values of types `tys` matches one of the rows. The last column is looked at first.
    fn all_match(&self, rows: Vec<Row<'_>>, mut tys: Vec<Ty>) -> bool {
        if rows.iter().any(|row| row.iter().all(|it| matches_all(it))) {
            return true;
        }
        let Some(ty) = tys.pop() else { return !rows.is_empty() };
        let heads: Vec<&Pattern> = rows.iter().filter_map(|row| row.last().copied()).collect();
        if heads.iter().any(|it| matches!(it, Pattern::Constructor { .. })) {
            return self.all_constructors_match(&rows, &tys, &ty);
        }
        if let (Ty::Record(fields), true) =
            (&ty, heads.iter().any(|it| matches!(it, Pattern::Record(_))))
        {
            let rows = rows.iter().map(|row| with_fields(row, fields.len())).collect();
            tys.extend(fields.iter().map(|it| it.1.clone()));
            return self.all_match(rows, tys);
        }
        let of = |literal: Literal| {
            let matching = rows.iter().filter(|row| is_matched(row, Some(&literal)));
            self.all_match(matching.map(|row| rest(row)).collect(), tys.clone())
        };
        match ty {
            Ty::Unit => of(Literal::Unit),
            Ty::Bool => of(Literal::Bool(false)) && of(Literal::Bool(true)),
            _ => {
                let others = rows.iter().filter(|row| is_matched(row, None));
                self.all_match(others.map(|row| rest(row)).collect(), tys.clone())
            }
        }
    }

    fn all_constructors_match(&self, rows: &[Row<'_>], tys: &[Ty], ty: &Ty) -> bool {
        let Ty::Named(item, arguments) = ty else { return false };
        let kind = self.definition(item).map(|it| it.kind);
        let Some(TypeKind::Variant(constructors)) = kind else { return false };
        constructors.iter().enumerate().all(|(n, constructor)| {
            let count = constructor.fields.len();
            let rows = rows.iter().filter_map(|row| with_arguments(row, n as u32, count));
            let fields = constructor.fields.iter().map(|it| it.instantiate(arguments));
            let tys = tys.iter().cloned().chain(fields).collect();
            self.all_match(rows.collect(), tys)
        })
    }
}

fn matches_all(pattern: &Pattern) -> bool {
    matches!(pattern, Pattern::Wildcard | Pattern::Bind(_))
}

fn rest<'p>(row: &Row<'p>) -> Row<'p> {
    row[..row.len() - 1].to_vec()
}

/// Whether the last pattern matches a literal; `None` stands for one that no pattern mentions.
fn is_matched(row: &Row<'_>, literal: Option<&Literal>) -> bool {
    match row.last() {
        Some(Pattern::Wildcard | Pattern::Bind(_)) => true,
        Some(Pattern::Literal(own)) => literal == Some(own),
        _ => false,
    }
}

/// The row for values of a constructor with `count` fields, its last pattern replaced by those of the fields.
fn with_arguments<'p>(row: &Row<'p>, constructor: u32, count: usize) -> Option<Row<'p>> {
    let mut replaced = rest(row);
    match row.last()? {
        Pattern::Constructor { constructor: own, fields, .. } if *own == constructor => {
            replaced.extend(fields);
        }
        Pattern::Wildcard | Pattern::Bind(_) => {
            replaced.extend(std::iter::repeat_n(&Pattern::Wildcard, count));
        }
        _ => return None,
    }
    Some(replaced)
}

/// The row with its last pattern replaced by those of the fields of a record.
fn with_fields<'p>(row: &Row<'p>, count: usize) -> Row<'p> {
    let mut replaced = rest(row);
    let start = replaced.len();
    replaced.extend(std::iter::repeat_n(&Pattern::Wildcard, count));
    if let Some(Pattern::Record(fields)) = row.last() {
        for (at, pattern) in fields {
            replaced[start + *at as usize] = pattern;
        }
    }
    replaced
}
