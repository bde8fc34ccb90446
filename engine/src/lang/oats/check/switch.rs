//! `switch`.

use crate::base::Finding;
use crate::ir::{Expr, Literal, Prim, Ty};
use crate::lang::oats::builder::{Repr, Step};
use crate::lang::oats::check::{Around, Checker, Value};
use crate::lang::oats::decl::Syntax;
use crate::lang::oats::kind::Kind;
use crate::lang::oats::ty::Type;

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
            let chosen = it.b.local("", Repr::Float);
            let none = it.b.float(clauses.len() as f64, range);
            it.steps.push(Step::Let(chosen, none));
            let mut default = clauses.len();
            let mut facts = Vec::new();
            let mut rest = ty.clone();
            let before = it.flow.clone();
            let mut tests = Vec::new();
            for (n, clause) in clauses.iter().enumerate() {
                if clause.token(Kind::Case).is_none() {
                    default = n;
                    facts.push(None);
                    continue;
                }
                let Some(case) = clause.children().next() else { continue };
                let outer = std::mem::take(&mut it.steps);
                let other = it.expr(case, Some(&ty));
                let range = case.range();
                if !it.comparable(&ty, &other.ty) {
                    let message = format!("`{}` is never `{ty}`", other.ty);
                    let finding = Finding::error("never-equal", range, message)
                        .also(subject.range(), format!("this is `{ty}`"));
                    it.report(finding);
                }
                let (yes, no) = it.types.by_equality(&rest, &other.ty);
                let single = other.ty.is_single();
                if single {
                    rest = no;
                }
                facts.push(Some((other.ty.clone(), yes)));
                let own = it.b.get(local, range);
                let own = Value { id: own, repr, ty: Type::Unknown };
                let (own, other) = (it.dynamic(&own, range), it.dynamic(&other, range));
                let test = it.b.prim(Prim::DynamicEqual, vec![own, other], Ty::Bool, range);
                let steps = std::mem::replace(&mut it.steps, outer);
                let test = it.b.block(steps, Some(test), range);
                let number = it.b.float(n as f64, range);
                let set = it.b.set(chosen, number, range);
                tests.push((test, set, range));
            }
            let number = it.b.float(default as f64, range);
            let mut choice = it.b.set(chosen, number, range);
            for (condition, then, range) in tests.into_iter().rev() {
                let expr = Expr::If { condition, then, otherwise: choice };
                choice = it.b.add(expr, Ty::Unit, range);
            }
            it.push(choice);
            it.flow = before;
            it.clauses(&clauses, (subject, rest, facts), chosen, default, labels);
            None
        });
        self.push(id);
    }

    fn clauses(
        &mut self,
        clauses: &[Syntax<'t>],
        known: (Syntax<'t>, Type, Vec<Option<(Type, Type)>>),
        chosen: crate::ir::LocalId,
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
                let at = clause.range();
                let outer = std::mem::take(&mut it.steps);
                it.statements(*clause);
                it.leave_clause(*clause);
                let steps = std::mem::replace(&mut it.steps, outer);
                let then = it.b.block(steps, None, at);
                let own = it.b.get(chosen, at);
                let number = it.b.float(n as f64, at);
                let condition = it.b.prim(Prim::FloatLessEqual, vec![own, number], Ty::Bool, at);
                let otherwise = it.b.literal(Literal::Unit, at);
                let id = it.b.add(Expr::If { condition, then, otherwise }, Ty::Unit, at);
                it.push(id);
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
