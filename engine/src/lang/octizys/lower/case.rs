//! `case` and its patterns.

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Arm, Expr, ExprId, Literal, Pattern};
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lexer::unescaped;
use crate::lang::octizys::lower::path::Meaning;
use crate::lang::octizys::lower::{Lowering, is_expr};
use crate::lang::octizys::names::{Syntax, split_path};

impl<'t> Lowering<'_, 't, '_> {
    pub(super) fn case(&mut self, syntax: Syntax<'t>) -> ExprId {
        let scrutinee = self.body(syntax);
        let mut arms = Vec::new();
        for arm in syntax.children().filter(|child| child.kind() == Kind::CaseArm) {
            let scope = self.scope.len();
            let pattern = arm.children().find(|child| !is_expr(child.kind()));
            let mut ranges = Vec::new();
            let pattern = match pattern {
                Some(pattern) => self.pattern(pattern, scope, &mut ranges),
                None => Pattern::Wildcard,
            };
            let body = self.body(arm);
            self.draft.patterns.insert(body, ranges);
            self.scope.truncate(scope);
            arms.push(Arm { pattern, guard: None, body });
        }
        self.draft.push(Expr::Match { scrutinee, arms }, syntax.range())
    }

    /// The pattern that `syntax` means; adds the places of it and of its parts to `ranges`, in preorder.
    fn pattern(
        &mut self,
        syntax: Syntax<'t>,
        scope: usize,
        ranges: &mut Vec<TextRange>,
    ) -> Pattern {
        let range = syntax.range();
        ranges.push(range);
        match syntax.kind() {
            Kind::LiteralPattern => {
                Pattern::Literal(match syntax.tokens().next().map(|it| it.kind) {
                    Some(Kind::Integer) => self.integer(range),
                    Some(Kind::Text) => {
                        Literal::Text(Name::from(unescaped(self.names.slice(range))))
                    }
                    token => Literal::Bool(token == Some(Kind::True)),
                })
            }
            Kind::PathPattern => self.path_pattern(syntax, &[], scope, ranges),
            Kind::ConstructorPattern => {
                let mut parts = syntax.children();
                let head = parts.next();
                let fields: Vec<Syntax<'t>> = parts.collect();
                head.map_or(Pattern::Wildcard, |head| {
                    self.path_pattern(head, &fields, scope, ranges)
                })
            }
            _ => Pattern::Wildcard,
        }
    }

    fn path_pattern(
        &mut self,
        path: Syntax<'t>,
        fields: &[Syntax<'t>],
        scope: usize,
        ranges: &mut Vec<TextRange>,
    ) -> Pattern {
        let (prefix, name, name_range) = split_path(self.names.text, path);
        let is_value = !prefix.is_empty() || self.names.is_constructor(name);
        let meaning = if is_value { self.meaning(path) } else { None };
        match meaning {
            Some(Meaning::Unit) => {
                self.expect_fields(name, 0, fields, path.range());
                Pattern::Literal(Literal::Unit)
            }
            Some(Meaning::Constructor(ty, constructor, arity)) => {
                if !self.expect_fields(name, arity, fields, path.range()) {
                    return self.not_understood(fields, scope, ranges);
                }
                let fields = fields.iter().map(|it| self.pattern(*it, scope, ranges)).collect();
                Pattern::Constructor { ty, constructor, fields }
            }
            None if prefix.is_empty() && fields.is_empty() && !self.names.is_listed(name) => {
                if let Some((_, id)) = self.scope[scope..].iter().find(|(it, _)| *it == name) {
                    let first = self.draft.locals[id.0 as usize].range;
                    self.report_duplicate(name, first, name_range);
                }
                Pattern::Bind(self.bind(name, name_range, None))
            }
            other => {
                if other.is_some() {
                    let message = format!("`{name}` is no constructor");
                    let range = path.range();
                    self.names.findings.push(Finding::error("not-a-constructor", range, message));
                } else if prefix.is_empty() && self.names.imports_complete {
                    self.names.unknown_name(name, name_range, &[], "constructor");
                }
                self.not_understood(fields, scope, ranges)
            }
        }
    }

    /// What stands in for a constructor that is not what it should be: the names in its fields are bound all the same.
    fn not_understood(
        &mut self,
        fields: &[Syntax<'t>],
        scope: usize,
        ranges: &mut Vec<TextRange>,
    ) -> Pattern {
        let own = ranges.len();
        for field in fields {
            self.pattern(*field, scope, ranges);
        }
        ranges.truncate(own);
        self.draft.unsure = true;
        self.names.unread = true;
        Pattern::Wildcard
    }

    fn expect_fields(
        &mut self,
        name: &str,
        wanted: usize,
        fields: &[Syntax<'t>],
        range: TextRange,
    ) -> bool {
        if fields.len() == wanted {
            return true;
        }
        let plural = if wanted == 1 { "" } else { "s" };
        let message =
            format!("`{name}` has {wanted} field{plural}, but the pattern has {}", fields.len());
        self.names.findings.push(Finding::error("pattern-arity", range, message));
        false
    }
}
