//! From the syntax of a definition to its draft: every name gets its meaning.

mod case;
mod path;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::base::{Finding, Name, TextRange};
use crate::ir::Ty;
use crate::ir::{Expr, ExprId, Literal, LocalId};
use crate::lang::octizys::Intact;
use crate::lang::octizys::draft::{Annotation, Draft, DraftLocal, References};
use crate::lang::octizys::kind::Kind;
use crate::lang::octizys::lexer::unescaped;
use crate::lang::octizys::lower::path::Meaning;
use crate::lang::octizys::names::{EXPECTED_NAMES, Names, Syntax};
use crate::lang::octizys::types::{OwnTypes, duplicate_field, duplicate_variable};

/// What is known of a definition of this module before its body is read.
#[derive(Debug)]
pub(crate) struct Definition<'t> {
    pub(crate) name: &'t str,
    /// Where the name stands.
    pub(crate) range: TextRange,
    pub(crate) public: bool,
    pub(crate) syntax: Syntax<'t>,
    /// How many arguments a call takes; `None` for a constant.
    pub(crate) arity: Option<u32>,
}

impl<'t> Definition<'t> {
    /// The definition that `syntax` is, if it has a name.
    pub(crate) fn new(syntax: Syntax<'t>, text: &'t str) -> Option<Definition<'t>> {
        let name = syntax.token(Kind::Name)?;
        let params = match syntax.child(Kind::Params) {
            Some(params) => Some(params),
            None => body_of(syntax)
                .filter(|body| body.kind() == Kind::LambdaExpr)
                .and_then(|lambda| lambda.child(Kind::Params)),
        };
        Some(Definition {
            name: &text[name.range.span()],
            range: name.range,
            public: syntax.token(Kind::Public).is_some(),
            syntax,
            arity: params.map(|params| params.children().count() as u32),
        })
    }
}

fn is_type(kind: Kind) -> bool {
    matches!(kind, Kind::FunctionType | Kind::AppliedType | Kind::PathType | Kind::RecordType)
}

fn is_expr(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::IfExpr
            | Kind::LetExpr
            | Kind::LambdaExpr
            | Kind::CaseExpr
            | Kind::ApplyExpr
            | Kind::FieldExpr
            | Kind::PathExpr
            | Kind::IntegerExpr
            | Kind::BoolExpr
            | Kind::TextExpr
            | Kind::AscribedExpr
            | Kind::RecordExpr
    )
}

/// The expression of a definition, lambda, field or arm.
fn body_of(syntax: Syntax<'_>) -> Option<Syntax<'_>> {
    syntax.children().find(|child| is_expr(child.kind()))
}

/// Lowers the definitions of one module.
pub(crate) struct Lowering<'a, 't, 'e> {
    pub(crate) names: &'a mut Names<'t, 'e>,
    pub(crate) types: &'a mut OwnTypes<'t>,
    pub(crate) references: &'a mut References,
    pub(crate) definitions: &'a [Definition<'t>],
    /// The meanings of paths that were looked up before, by how they are written.
    meanings: FxHashMap<&'t str, Meaning>,
    pub(super) draft: Draft<'t>,
    /// Locals in scope, innermost last.
    scope: Vec<(&'t str, LocalId)>,
    /// Type variables in scope, innermost last.
    type_scope: Vec<(&'t str, u32)>,
    /// Which locals were mentioned.
    used: Vec<bool>,
}

impl<'a, 't, 'e> Lowering<'a, 't, 'e> {
    /// Ready for the first definition.
    pub(crate) fn new(
        names: &'a mut Names<'t, 'e>,
        types: &'a mut OwnTypes<'t>,
        references: &'a mut References,
        definitions: &'a [Definition<'t>],
    ) -> Lowering<'a, 't, 'e> {
        Lowering {
            names,
            types,
            references,
            definitions,
            meanings: FxHashMap::with_capacity_and_hasher(EXPECTED_NAMES, FxBuildHasher),
            draft: Draft::default(),
            scope: Vec::new(),
            type_scope: Vec::new(),
            used: Vec::new(),
        }
    }

    /// The draft of a definition of the module, and its whole type where its signature gives it.
    pub(crate) fn definition(
        &mut self,
        syntax: Syntax<'t>,
        intact: Intact,
    ) -> (Draft<'t>, Option<Annotation>) {
        self.draft = Draft::with_room_for(syntax.size());
        self.scope.clear();
        self.type_scope.clear();
        self.used.clear();
        self.draft.own_variables = self.introduce_type_variables(syntax).end;
        let (params, root, annotation) = match intact {
            Intact::Whole => self.function_parts(syntax),
            Intact::Signature => self.signature(syntax),
            Intact::Name => (Vec::new(), self.missing(syntax.range()), None),
        };
        self.draft.params = params;
        self.draft.root = root;
        (std::mem::take(&mut self.draft), annotation)
    }

    /// The parts of a definition whose body can't be read.
    fn signature(&mut self, definition: Syntax<'t>) -> (Vec<LocalId>, ExprId, Option<Annotation>) {
        let result = definition.children().find(|child| is_type(child.kind()));
        let result = result.map(|syntax| self.annotation(syntax));
        let params = definition.child(Kind::Params).map(|params| self.params(params));
        let params = params.unwrap_or_default();
        let written = result.and_then(|result| self.written(&params, &result));
        (params, self.missing(definition.range()), written)
    }

    fn introduce_type_variables(&mut self, definition: Syntax<'t>) -> std::ops::Range<u32> {
        let first = self.draft.type_variables.len() as u32;
        let variables = definition.child(Kind::TypeVariables);
        for token in variables.into_iter().flat_map(Syntax::tokens) {
            if token.kind == Kind::Name {
                let name = self.names.slice(token.range);
                let own = first as usize..self.draft.type_variables.len();
                if self.draft.type_variables[own].contains(&name) {
                    self.names.findings.push(duplicate_variable(name, token.range));
                }
                self.type_scope.push((name, self.draft.type_variables.len() as u32));
                self.draft.type_variables.push(name);
            }
        }
        first..self.draft.type_variables.len() as u32
    }

    /// The parameters and the body of a definition, and its type where it is written in full. A definition without
    /// parameters in its signature has those of the lambda that it is, if it is one.
    fn function_parts(
        &mut self,
        definition: Syntax<'t>,
    ) -> (Vec<LocalId>, ExprId, Option<Annotation>) {
        let result = definition.children().find(|child| is_type(child.kind()));
        let result = result.map(|syntax| self.annotation(syntax));
        let scope = self.scope.len();
        let (params, body, written) = match definition.child(Kind::Params) {
            Some(params) => {
                let params = self.params(params);
                let written = result.as_ref().and_then(|result| self.written(&params, result));
                let body = self.body(definition);
                if let Some(result) = result {
                    self.draft.ascriptions.entry(body).or_default().push(result);
                }
                (params, body, written)
            }
            None => match body_of(definition).filter(|body| body.kind() == Kind::LambdaExpr) {
                Some(lambda) => {
                    let params = lambda.child(Kind::Params);
                    let params = params.map(|params| self.params(params)).unwrap_or_default();
                    (params, self.body(lambda), result)
                }
                None => (Vec::new(), self.body(definition), result),
            },
        };
        self.scope.truncate(scope);
        (params, body, written)
    }

    /// The type of a function, if the types of all its parameters are written.
    fn written(&self, params: &[LocalId], result: &Annotation) -> Option<Annotation> {
        let param = |id: &LocalId| {
            let annotation = self.draft.locals[id.0 as usize].annotation.as_ref()?;
            Some(annotation.ty.clone())
        };
        let params = params.iter().map(param).collect::<Option<Vec<Ty>>>()?;
        Some(Annotation { ty: Ty::function(params, result.ty.clone()), range: result.range })
    }

    fn annotation(&mut self, syntax: Syntax<'t>) -> Annotation {
        let ty = self.types.resolve(syntax, &self.type_scope, self.names);
        Annotation { ty, range: syntax.range() }
    }

    fn params(&mut self, params: Syntax<'t>) -> Vec<LocalId> {
        let mut locals = Vec::new();
        for param in params.children() {
            let annotation = param.children().next().map(|syntax| self.annotation(syntax));
            let (name, range) = match param.token(Kind::Name) {
                Some(token) => (self.names.slice(token.range), token.range),
                None => ("", param.range()),
            };
            if let Some(first) = locals.iter().find_map(|id: &LocalId| {
                let local = &self.draft.locals[id.0 as usize];
                (!name.is_empty() && local.name == name).then_some(local.range)
            }) {
                self.report_duplicate(name, first, range);
            }
            locals.push(self.bind(name, range, annotation));
        }
        locals
    }

    fn report_duplicate(&mut self, name: &str, first: TextRange, second: TextRange) {
        let message = format!("`{name}` is bound twice");
        self.names.findings.push(
            Finding::error("duplicate-definition", second, message).also(first, "first bound here"),
        );
    }

    pub(super) fn bind(
        &mut self,
        name: &'t str,
        range: TextRange,
        annotation: Option<Annotation>,
    ) -> LocalId {
        let id = LocalId(self.draft.locals.len() as u32);
        if !name.is_empty() {
            self.names.report_reserved(name, range);
            self.report_shadowing(name, range);
            self.scope.push((name, id));
        }
        self.draft.locals.push(DraftLocal { name, range, annotation, variables: 0..0 });
        self.used.push(false);
        id
    }

    fn report_shadowing(&mut self, name: &str, range: TextRange) {
        if self.names.findings.last().is_some_and(|it| it.range == range) {
            // That the name is bound twice was said.
            return;
        }
        let outer = self.scope.iter().rev().find(|(it, _)| *it == name);
        let first = match outer {
            Some((_, id)) => self.draft.locals[id.0 as usize].range,
            None => match self.names.values.get(name) {
                Some(bound) => bound.range,
                None => return,
            },
        };
        let message = format!("`{name}` shadows another definition");
        self.names.findings.push(
            Finding::warning("shadowing", range, message)
                .also(first, "this one can't be seen here"),
        );
    }

    fn body(&mut self, parent: Syntax<'t>) -> ExprId {
        match body_of(parent) {
            Some(body) => self.expr(body),
            None => self.missing(parent.range()),
        }
    }

    /// What stands in for an expression that could not be read. The module has an error, so nothing is made of it.
    fn missing(&mut self, range: TextRange) -> ExprId {
        self.names.unread = true;
        self.draft.push(Expr::Break(u32::MAX), range)
    }

    fn expr(&mut self, syntax: Syntax<'t>) -> ExprId {
        let range = syntax.range();
        match syntax.kind() {
            Kind::IntegerExpr => {
                let literal = self.integer(range);
                self.draft.push(Expr::Literal(literal), range)
            }
            Kind::BoolExpr => {
                let literal = Literal::Bool(syntax.token(Kind::True).is_some());
                self.draft.push(Expr::Literal(literal), range)
            }
            Kind::TextExpr => {
                let literal = Literal::Text(Name::from(unescaped(self.names.slice(range))));
                self.draft.push(Expr::Literal(literal), range)
            }
            Kind::PathExpr => self.path(syntax, &[]),
            Kind::ApplyExpr => self.application(syntax),
            Kind::IfExpr => self.condition(syntax),
            Kind::LetExpr => self.let_expr(syntax),
            Kind::LambdaExpr => self.lambda(syntax),
            Kind::CaseExpr => self.case(syntax),
            Kind::AscribedExpr => {
                let inner = self.body(syntax);
                let ty = syntax.children().find(|child| is_type(child.kind()));
                if let Some(annotation) = ty.map(|ty| self.annotation(ty)) {
                    self.draft.ascriptions.entry(inner).or_default().push(annotation);
                }
                inner
            }
            Kind::FieldExpr => self.field(syntax),
            _ => self.record(syntax),
        }
    }

    fn integer(&mut self, range: TextRange) -> Literal {
        let mut value: Option<i64> = Some(0);
        for digit in self.names.slice(range).bytes().filter(|it| *it != b'_') {
            let digit = i64::from(digit - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
        }
        if value.is_none() {
            let message = "this number is too large for an `Int`";
            self.names.findings.push(
                Finding::error("number-too-large", range, message)
                    .help(format!("the largest `Int` is {}", i64::MAX)),
            );
        }
        Literal::Int(value.unwrap_or_default())
    }

    fn condition(&mut self, syntax: Syntax<'t>) -> ExprId {
        let mut parts = syntax.children().filter(|child| is_expr(child.kind()));
        let mut part = |this: &mut Self| match parts.next() {
            Some(part) => this.expr(part),
            None => this.missing(syntax.range()),
        };
        let (condition, then, otherwise) = (part(self), part(self), part(self));
        self.draft.push(Expr::If { condition, then, otherwise }, syntax.range())
    }

    fn lambda(&mut self, syntax: Syntax<'t>) -> ExprId {
        let scope = self.scope.len();
        let params = syntax.child(Kind::Params);
        let params = params.map(|params| self.params(params)).unwrap_or_default();
        let body = self.body(syntax);
        self.scope.truncate(scope);
        self.draft.push(Expr::Lambda { params, body }, syntax.range())
    }

    fn let_expr(&mut self, syntax: Syntax<'t>) -> ExprId {
        let scope = self.scope.len();
        let type_scope = self.type_scope.len();
        let definitions = syntax.children().filter(|child| child.kind() == Kind::Definition);
        let bindings: Vec<_> = definitions.filter_map(|it| self.let_definition(it)).collect();
        let mut body = self.body(syntax);
        self.scope.truncate(scope);
        self.type_scope.truncate(type_scope);
        for (local, value, recursive, range) in bindings.into_iter().rev() {
            self.report_unused_local(local);
            let expr = if recursive {
                Expr::LetRec { bindings: vec![(local, value)], body }
            } else {
                Expr::Let { local, value, body }
            };
            body = self.draft.push(expr, range);
        }
        body
    }

    fn report_unused_local(&mut self, local: LocalId) {
        let DraftLocal { name, range, .. } = self.draft.locals[local.0 as usize];
        if !self.used[local.0 as usize] {
            let message = format!("`{name}` is not used");
            self.names.findings.push(Finding::warning("unused-definition", range, message));
        }
    }

    /// The variable that a definition of `let` binds, its value, and whether the value mentions the variable.
    fn let_definition(&mut self, syntax: Syntax<'t>) -> Option<(LocalId, ExprId, bool, TextRange)> {
        let definition = Definition::new(syntax, self.names.text)?;
        let outer_types = self.type_scope.len();
        let variables = self.introduce_type_variables(syntax);
        let local = self.bind(definition.name, definition.range, None);
        let before = self.draft.exprs.len();
        let (params, body, annotation) = self.function_parts(syntax);
        self.type_scope.truncate(outer_types);
        let value = if params.is_empty() {
            body
        } else {
            self.draft.push(Expr::Lambda { params, body }, syntax.range())
        };
        let recursive = std::mem::take(&mut self.used[local.0 as usize]);
        if recursive && !matches!(self.draft.exprs[value.0 as usize], Expr::Lambda { .. }) {
            let at = (before..self.draft.exprs.len())
                .find(|index| self.draft.exprs[*index] == Expr::Local(local))
                .map_or(definition.range, |index| self.draft.ranges[index]);
            let message = format!("the value of `{}` depends on itself", definition.name);
            self.names.findings.push(
                Finding::error("recursive-value", at, message)
                    .also(definition.range, "defined here")
                    .help("only functions can be recursive"),
            );
        }
        let draft = &mut self.draft.locals[local.0 as usize];
        draft.annotation = annotation;
        draft.variables = variables;
        Some((local, value, recursive, syntax.range()))
    }

    fn application(&mut self, syntax: Syntax<'t>) -> ExprId {
        let mut parts = syntax.children().filter(|child| is_expr(child.kind()));
        let Some(head) = parts.next() else { return self.missing(syntax.range()) };
        let arguments: Vec<Syntax<'t>> = parts.collect();
        if head.kind() == Kind::PathExpr {
            return self.path(head, &arguments);
        }
        let callee = self.expr(head);
        self.apply(callee, &arguments, syntax.range())
    }

    pub(super) fn arguments(&mut self, arguments: &[Syntax<'t>]) -> Vec<ExprId> {
        arguments.iter().map(|argument| self.expr(*argument)).collect()
    }

    pub(super) fn apply(
        &mut self,
        callee: ExprId,
        arguments: &[Syntax<'t>],
        range: TextRange,
    ) -> ExprId {
        if arguments.is_empty() {
            return callee;
        }
        let arguments = self.arguments(arguments);
        self.draft.push(Expr::Apply { callee, arguments }, range)
    }

    fn field(&mut self, syntax: Syntax<'t>) -> ExprId {
        let base = self.body(syntax);
        let Some(name) = syntax.token(Kind::Name) else { return self.missing(syntax.range()) };
        let field = Name::new(self.names.slice(name.range));
        let id = self.draft.push(Expr::Field { base, field: u32::MAX }, syntax.range());
        self.draft.fields.insert(id, vec![field]);
        id
    }

    fn record(&mut self, syntax: Syntax<'t>) -> ExprId {
        let mut written: Vec<(Name, ExprId)> = Vec::new();
        for field in syntax.children().filter(|child| child.kind() == Kind::FieldValue) {
            let Some(name) = field.token(Kind::Name) else { continue };
            let value = self.body(field);
            let text = self.names.slice(name.range);
            if written.iter().any(|(other, _)| other == text) {
                self.names.findings.push(duplicate_field(text, name.range));
            } else {
                written.push((Name::new(text), value));
            }
        }
        let mut sorted: Vec<usize> = (0..written.len()).collect();
        sorted.sort_by(|a, b| written[*a].0.cmp(&written[*b].0));
        let mut order = vec![0; sorted.len()];
        for (place, source) in sorted.iter().enumerate() {
            order[*source] = place as u32;
        }
        let fields = sorted.iter().map(|index| written[*index].1).collect();
        let id = self.draft.push(Expr::Record { fields, order }, syntax.range());
        let names = sorted.iter().map(|index| written[*index].0.clone()).collect();
        self.draft.fields.insert(id, names);
        id
    }
}
