//! `switch`.

use crate::base::{Finding, TextRange};
use crate::ir::{Expr, ExprId, Literal, LocalId, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::{Around, Checker, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

/// What a `switch` is about.
struct Subject<'t> {
    syntax: Syntax<'t>,
    /// The local that holds it.
    local: LocalId,
    repr: Repr,
    ty: Type,
    /// Its type where none of the cases so far holds.
    rest: Type,
}

/// A test of a case, what is done where it holds, and where it stands.
type Test = (ExprId, ExprId, TextRange);

impl<'t> Checker<'t, '_> {
    /// A `switch`: first the number of the clause is found, then all clauses from there on are done.
    pub(super) fn switch(&mut self, syntax: Syntax<'t>, labels: Vec<&'t str>) {
        let range = syntax.range();
        let Some(subject) = syntax.children().next() else { return };
        let clauses: Vec<Syntax<'t>> =
            syntax.children().filter(|it| it.kind() == Kind::CaseClause).collect();
        let id = self.block_of(range, |it| {
            let value = it.expr(subject, None);
            let ty = value.ty.clone();
            let (local, repr) = it.keep(value, "", subject.range());
            let mut subject = Subject { syntax: subject, local, repr, rest: ty.clone(), ty };
            let chosen = it.b.local("", Repr::Float);
            let none = it.b.float(clauses.len() as f64, range);
            it.steps.push(Step::Let(chosen, none));
            let mut default = clauses.len();
            let mut facts = Vec::new();
            let before = it.flow.clone();
            let mut tests = Vec::new();
            for (n, clause) in clauses.iter().enumerate() {
                if clause.token(Kind::Case).is_none() {
                    default = n;
                    facts.push(None);
                    continue;
                }
                let Some(case) = clause.children().next() else { continue };
                let (test, fact) = it.case_test(&mut subject, case);
                facts.push(Some(fact));
                let number = it.b.float(n as f64, case.range());
                tests.push((test, it.b.set(chosen, number, case.range()), case.range()));
            }
            let number = it.b.float(default as f64, range);
            let otherwise = it.b.set(chosen, number, range);
            let choice = it.first_that_holds(tests, otherwise);
            it.push(choice);
            it.flow = before;
            it.clauses(&clauses, (subject.syntax, subject.rest, facts), chosen, default, labels);
            None
        });
        self.push(id);
    }

    /// Whether the subject equals a case; with the type of the case, and that of the subject if it does.
    fn case_test(&mut self, subject: &mut Subject<'t>, case: Syntax<'t>) -> (ExprId, (Type, Type)) {
        let range = case.range();
        let outer = std::mem::take(&mut self.steps);
        let other = self.expr(case, Some(&subject.ty));
        if !self.comparable(&subject.ty, &other.ty) {
            let message = format!("`{}` is never `{}`", other.ty, subject.ty);
            let finding = Finding::error("never-equal", range, message)
                .also(subject.syntax.range(), format!("this is `{}`", subject.ty));
            self.report(finding);
        }
        let (yes, no) = self.types.by_equality(&subject.rest, &other.ty);
        if other.ty.is_single() {
            subject.rest = no;
        }
        let own = self.b.get(subject.local, range);
        let own = Value { id: own, repr: subject.repr, ty: Type::Unknown };
        let operands = vec![self.dynamic(&own, range), self.dynamic(&other, range)];
        let test = self.b.prim(Prim::DynamicEqual, operands, Ty::Bool, range);
        let steps = std::mem::replace(&mut self.steps, outer);
        (self.b.block(steps, Some(test), range), (other.ty, yes))
    }

    fn first_that_holds(&mut self, tests: Vec<Test>, otherwise: ExprId) -> ExprId {
        tests.into_iter().rev().fold(otherwise, |otherwise, (condition, then, range)| {
            self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, range)
        })
    }

    fn clauses(
        &mut self,
        clauses: &[Syntax<'t>],
        known: (Syntax<'t>, Type, Vec<Option<(Type, Type)>>),
        chosen: LocalId,
        default: usize,
        labels: Vec<&'t str>,
    ) {
        let (subject, rest, facts) = known;
        let Some(whole) = clauses.first().zip(clauses.last()) else { return };
        let range = whole.0.range().cover(whole.1.range());
        let leave = self.frame().loops;
        self.frame().loops += 1;
        self.around().push(Around::Loop {
            labels,
            leave,
            again: None,
            breaks: Vec::new(),
            continues: Vec::new(),
        });
        let start = self.flow.clone();
        let exhausted = rest == Type::Never;
        let mut through = super::Flow { dead: true, ..super::Flow::default() };
        let body = self.block_of(range, |it| {
            for (n, clause) in clauses.iter().enumerate() {
                it.flow = start.clone();
                let entry = facts.get(n).cloned().flatten();
                it.clause_facts(subject, entry, &rest);
                let entered = std::mem::take(&mut it.flow);
                it.flow = super::join(vec![entered, std::mem::take(&mut through)]);
                it.clause(*clause, chosen, n);
                through = it.flow.clone();
            }
            let out = it.b.add(Expr::Break(0), Ty::Unit, range);
            it.push(out);
            None
        });
        let popped = self.around().pop();
        self.frame().loops -= 1;
        let id = self.b.add(Expr::Loop(body), Ty::Unit, range);
        self.push(id);
        let Some(Around::Loop { breaks: mut ends, .. }) = popped else { return };
        ends.push(through);
        if default == clauses.len() && !exhausted {
            ends.push(start);
        }
        self.flow = super::join(ends);
    }

    /// A clause, which is done where it or one before it is chosen.
    fn clause(&mut self, clause: Syntax<'t>, chosen: LocalId, number: usize) {
        let at = clause.range();
        let outer = std::mem::take(&mut self.steps);
        self.statements(clause);
        self.leave_clause(clause);
        let steps = std::mem::replace(&mut self.steps, outer);
        let then = self.b.block(steps, None, at);
        let own = self.b.get(chosen, at);
        let number = self.b.float(number as f64, at);
        let condition = self.b.prim(Prim::FloatLessEqual, vec![own, number], Ty::Bool, at);
        let otherwise = self.b.literal(Literal::Unit, at);
        let id = self.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, at);
        self.push(id);
    }

    /// What is known of the subject where a clause is entered.
    fn clause_facts(&mut self, subject: Syntax<'t>, case: Option<(Type, Type)>, rest: &Type) {
        if let Some(path) = self.path(subject) {
            let ty = case.as_ref().map_or(rest, |it| &it.1).clone();
            self.flow.narrowed.insert(path, ty);
        }
        if subject.kind() != Kind::MemberExpr {
            return;
        }
        let base = subject.children().next();
        let name = crate::lang::oats::written::member_name(subject, self.text);
        let Some((base, name)) = base.zip(name) else { return };
        let (Some(path), Some(ty)) = (self.path(base), self.type_at(base)) else { return };
        let kept = self.types.by_property(&ty, &name, |types, property| {
            property.is_none_or(|it| match &case {
                Some((case, _)) => types.by_equality(&it, case).0 != Type::Never,
                None => it.members().iter().any(|one| types.assignable(one, rest)),
            })
        });
        self.flow.narrowed.insert(path, kept);
    }
}
