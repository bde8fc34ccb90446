//! The types of a module's definitions: Hindley–Milner with let-polymorphism.
//!
//! Definitions are taken in the order of dependence, those that mention each other together; one whose signature gives its
//! whole type is not waited for. A field's record may become known only later in the same group, so what is asked of fields
//! is settled at the group's end.

mod explain;
mod store;

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::base::{Finding, Name, TextRange};
use crate::ir::{Arm, Expr, ExprId, Literal, LocalId, Pattern, Prim, RefId, Ty, TypeKind};
use crate::lang::octizys::draft::{Annotation, Draft, References, Referent};
use crate::lang::octizys::infer::explain::Reason;
use crate::lang::octizys::infer::store::{BOOL, Clash, FLOAT, INT, Known, TEXT, UNIT, UNKNOWN};
use crate::lang::octizys::lower::Definition;

pub(crate) use crate::lang::octizys::infer::store::{Store, TypeId};

/// The types of a definition's parts.
#[derive(Debug, Default)]
pub(crate) struct Typed {
    /// Of each expression.
    pub(crate) exprs: Vec<TypeId>,
    /// Of each local.
    pub(crate) locals: Vec<TypeId>,
    /// Of the definition.
    pub(crate) scheme: Option<TypeId>,
}

/// What is known of a definition's type.
#[derive(Clone, Copy, Debug)]
enum Scheme<'a> {
    /// The signature gives it, with so many type variables.
    Written(&'a Ty, u32),
    /// It was found out, or is being found out.
    Found(TypeId),
}

/// A field that is asked for of a record that is not known yet.
struct FieldWanted {
    definition: usize,
    expr: ExprId,
    base: TypeId,
    result: TypeId,
}

/// Finds out the types of all definitions of a module.
pub(crate) struct Inference<'a, 't> {
    pub(crate) store: Store,
    pub(crate) findings: Vec<Finding>,
    /// The types of each definition's parts.
    pub(crate) typed: Vec<Typed>,
    definitions: &'a [Definition<'t>],
    drafts: Vec<Draft<'t>>,
    references: &'a References,
    schemes: Vec<Option<Scheme<'a>>>,
    /// The types of the functions and constants that were mentioned so far, for all uses; by reference.
    general: Vec<Option<TypeId>>,
    /// The definition that is looked at.
    current: usize,
    /// The types of its type variables while they are fixed.
    fixed: Vec<TypeId>,
    wanted: Vec<FieldWanted>,
}

impl<'a, 't> Inference<'a, 't> {
    /// The types of the definitions whose drafts are `drafts`; `written` are the types that signatures give in full.
    pub(crate) fn run(
        definitions: &'a [Definition<'t>],
        drafts: Vec<Draft<'t>>,
        written: &'a [Option<Annotation>],
        references: &'a References,
    ) -> Inference<'a, 't> {
        let schemes = written.iter().zip(drafts.iter()).map(|(written, draft)| {
            let written = written.as_ref()?;
            Some(Scheme::Written(&written.ty, draft.own_variables))
        });
        let mut inference = Inference {
            store: Store::new(),
            findings: Vec::new(),
            typed: definitions.iter().map(|_| Typed::default()).collect(),
            definitions,
            schemes: schemes.collect(),
            general: vec![None; references.items.len()],
            drafts,
            references,
            current: 0,
            fixed: Vec::new(),
            wanted: Vec::new(),
        };
        for group in inference.groups() {
            inference.group(&group);
        }
        inference
    }

    /// The definitions whose types these are.
    pub(crate) fn definitions(&self) -> &[Definition<'t>] {
        self.definitions
    }

    /// The drafts of the definitions; fields have their places now.
    pub(crate) fn drafts(&self) -> &[Draft<'t>] {
        &self.drafts
    }

    /// The drafts, for whoever goes on with them.
    pub(crate) fn take_drafts(&mut self) -> Vec<Draft<'t>> {
        std::mem::take(&mut self.drafts)
    }

    /// The definitions in groups that mention each other, what is mentioned first.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut graph: DiGraph<(), (), u32> = DiGraph::new();
        for _ in &self.drafts {
            graph.add_node(());
        }
        for (from, draft) in self.drafts.iter().enumerate() {
            for to in draft.mentions.iter().filter(|to| self.schemes[**to].is_none()) {
                graph.add_edge(NodeIndex::new(from), NodeIndex::new(*to), ());
            }
        }
        // Unlike Tarjan's algorithm, this one does not recurse along chains of definitions.
        let groups = kosaraju_scc(&graph).into_iter();
        groups
            .map(|group| {
                let mut group: Vec<usize> = group.into_iter().map(NodeIndex::index).collect();
                group.sort_unstable();
                group
            })
            .collect()
    }

    fn group(&mut self, group: &[usize]) {
        self.store.level += 1;
        for definition in group {
            if self.schemes[*definition].is_none() {
                let ty = self.store.fresh();
                self.schemes[*definition] = Some(Scheme::Found(ty));
            }
        }
        for definition in group {
            self.definition(*definition);
        }
        self.settle_fields();
        self.store.level -= 1;
        for definition in group {
            if let Some(Scheme::Found(ty)) = self.schemes[*definition] {
                self.store.generalise(ty);
            }
        }
    }

    fn draft(&self) -> &Draft<'t> {
        &self.drafts[self.current]
    }

    fn definition(&mut self, index: usize) {
        self.current = index;
        let draft = self.draft();
        let (exprs, locals) = (draft.exprs.len(), draft.locals.len());
        let (params, root) = (draft.params.clone(), draft.root);
        let variables = draft.type_variables.len() as u32;
        self.typed[index] =
            Typed { exprs: vec![UNKNOWN; exprs], locals: vec![UNKNOWN; locals], scheme: None };
        self.fixed = (0..variables).map(|number| self.store.fixed(number)).collect();
        let found = self.function(&params, root);
        let wanted = match self.schemes[index] {
            Some(Scheme::Written(ty, _)) => self.fix(ty),
            Some(Scheme::Found(ty)) => ty,
            None => unreachable!("the group has given it one"),
        };
        self.typed[index].scheme = Some(wanted);
        self.expect(found, wanted, root, Reason::Signature);
    }

    /// The type of a function with these parameters and this body.
    fn function(&mut self, params: &[LocalId], body: ExprId) -> TypeId {
        let params: Vec<TypeId> = params.iter().map(|param| self.param(*param)).collect();
        let result = self.infer(body);
        self.store.function(&params, result)
    }

    fn param(&mut self, local: LocalId) -> TypeId {
        let Inference { store, fixed, drafts, .. } = self;
        let ty = match &drafts[self.current].locals[local.0 as usize].annotation {
            Some(annotation) => store.import(&annotation.ty, &|number| fixed[number as usize]),
            None => store.fresh(),
        };
        self.typed[self.current].locals[local.0 as usize] = ty;
        ty
    }

    /// A written type, with the type variables that are in scope.
    fn fix(&mut self, ty: &Ty) -> TypeId {
        let fixed = &self.fixed;
        self.store.import(ty, &|number| fixed[number as usize])
    }

    /// The type of a function or constant for one use.
    fn referent(&mut self, id: RefId) -> TypeId {
        let known = self.general[id.0 as usize];
        let general = known.unwrap_or_else(|| {
            let references = self.references;
            match references.value(id) {
                Referent::Own(index) => match self.schemes[*index] {
                    Some(Scheme::Written(ty, variables)) => self.store.general(ty, variables),
                    Some(Scheme::Found(ty)) => ty,
                    None => unreachable!("groups come in the order of dependence"),
                },
                Referent::Imported(export) => {
                    self.store.general(&export.scheme.ty, export.scheme.params)
                }
            }
        });
        self.general[id.0 as usize] = Some(general);
        self.store.instantiate(general)
    }

    /// The type of an expression; writes down those of its parts.
    fn infer(&mut self, id: ExprId) -> TypeId {
        let mut ty = self.infer_parts(id);
        if let Some(annotations) = self.draft().ascriptions.get(&id) {
            for annotation in annotations.clone() {
                let wanted = self.fix(&annotation.ty);
                if !self.expect(ty, wanted, id, Reason::Annotation(annotation.range)) {
                    // From here on it is believed to be what its annotation says.
                    ty = wanted;
                }
            }
        }
        self.typed[self.current].exprs[id.0 as usize] = ty;
        ty
    }

    fn infer_parts(&mut self, id: ExprId) -> TypeId {
        let expr = &mut self.drafts[self.current].exprs[id.0 as usize];
        if let Expr::Field { base, .. } = *expr {
            return self.field(id, base);
        }
        // Who looks at the parts needs the draft, too.
        let expr = std::mem::replace(expr, Expr::Continue(0));
        let ty = self.infer_taken(id, &expr);
        self.drafts[self.current].exprs[id.0 as usize] = expr;
        ty
    }

    fn infer_taken(&mut self, id: ExprId, expr: &Expr) -> TypeId {
        match expr {
            Expr::Literal(literal) => literal_type(literal),
            Expr::Local(local) => {
                let ty = self.local_type(*local);
                self.store.instantiate(ty)
            }
            Expr::Global(referent) => self.referent(*referent),
            Expr::Call { callee, arguments } => {
                let ty = self.referent(*callee);
                self.arguments(ty, id, Some(*callee), arguments)
            }
            Expr::Apply { callee, arguments } => {
                let ty = self.infer(*callee);
                let named = match self.draft().exprs[callee.0 as usize] {
                    Expr::Global(referent) => Some(referent),
                    Expr::Call { callee, .. } => Some(callee),
                    _ => None,
                };
                self.arguments(ty, *callee, named, arguments)
            }
            Expr::Lambda { params, body } => self.function(params, *body),
            Expr::Let { local, value, body } => {
                self.open(*local);
                let ty = self.infer(*value);
                self.bind(*local, ty, *value);
                self.infer(*body)
            }
            Expr::LetRec { bindings, body } => {
                for (local, value) in bindings {
                    self.recursive(*local, *value);
                }
                self.infer(*body)
            }
            Expr::If { condition, then, otherwise } => {
                let found = self.infer(*condition);
                self.expect(found, BOOL, *condition, Reason::Condition(id));
                let ty = self.infer(*then);
                let other = self.infer(*otherwise);
                self.expect(other, ty, *otherwise, Reason::Branch(*then));
                ty
            }
            Expr::Match { scrutinee, arms } => self.matching(*scrutinee, arms),
            Expr::Construct { ty, constructor, fields } => {
                let (params, result) = self.constructor(*ty, *constructor);
                for (index, (field, wanted)) in fields.iter().zip(params).enumerate() {
                    let found = self.infer(*field);
                    self.expect(found, wanted, *field, Reason::Field(*ty, *constructor, index));
                }
                result
            }
            Expr::Record { fields, .. } => {
                let names = self.draft().fields.get(&id).cloned().unwrap_or_default();
                let fields =
                    names.into_iter().zip(fields).map(|(name, field)| (name, self.infer(*field)));
                let fields = fields.collect();
                self.store.record(fields)
            }
            Expr::Prim { prim, operands } => {
                let (params, result) = prim_type(*prim);
                for (index, (operand, wanted)) in operands.iter().zip(params).enumerate() {
                    let found = self.infer(*operand);
                    self.expect(found, *wanted, *operand, Reason::Operand(*prim, index));
                }
                result
            }
            // What stands in for what could not be read.
            _ => {
                self.store.has_unknown = true;
                UNKNOWN
            }
        }
    }

    /// Binds a local to a value in which it may be used.
    fn recursive(&mut self, local: LocalId, value: ExprId) {
        self.open(local);
        let ty = self.store.fresh();
        let inside = self.declared(local).unwrap_or(ty);
        self.typed[self.current].locals[local.0 as usize] = inside;
        let found = self.infer(value);
        self.expect(found, ty, value, Reason::Plain);
        self.bind(local, found, value);
    }

    fn matching(&mut self, scrutinee: ExprId, arms: &[Arm]) -> TypeId {
        let mut matched = self.infer(scrutinee);
        let mut ty = None;
        for arm in arms {
            let ranges = self.drafts[self.current].patterns.get_mut(&arm.body);
            let ranges = ranges.map(std::mem::take).unwrap_or_default();
            if !self.pattern(&arm.pattern, matched, scrutinee, &mut ranges.iter()) {
                // What is matched was told not to fit; the next patterns won't fit for the same reason.
                matched = UNKNOWN;
            }
            self.drafts[self.current].patterns.insert(arm.body, ranges);
            let found = self.infer(arm.body);
            match ty {
                None => ty = Some((found, arm.body)),
                Some((wanted, first)) => {
                    self.expect(found, wanted, arm.body, Reason::Arm(first));
                }
            }
        }
        ty.map_or(UNKNOWN, |(ty, _)| ty)
    }

    /// The type of the field `id` of `base`, which may have to wait until more is known of the record.
    fn field(&mut self, id: ExprId, base: ExprId) -> TypeId {
        let base = self.infer(base);
        let result = self.store.fresh();
        let wanted = FieldWanted { definition: self.current, expr: id, base, result };
        if !self.settle_field(&wanted) {
            self.wanted.push(wanted);
        }
        result
    }

    fn local_type(&self, local: LocalId) -> TypeId {
        self.typed[self.current].locals[local.0 as usize]
    }

    /// The type that a local's definition gives in full, for any choice of its own type variables.
    fn declared(&mut self, local: LocalId) -> Option<TypeId> {
        let draft = &self.draft().locals[local.0 as usize];
        let (annotation, variables) = (draft.annotation.clone()?, draft.variables.clone());
        let fixed = &self.fixed;
        let level = std::mem::replace(&mut self.store.level, store::GENERIC);
        let generic: Vec<TypeId> = variables.clone().map(|_| self.store.fresh()).collect();
        self.store.level = level;
        Some(self.store.import(&annotation.ty, &|number| {
            if variables.contains(&number) {
                generic[(number - variables.start) as usize]
            } else {
                fixed[number as usize]
            }
        }))
    }

    /// Begins the definition of a local by `let`: its own type variables are fixed until [`Inference::bind`].
    fn open(&mut self, local: LocalId) {
        self.store.level += 1;
        for number in self.draft().locals[local.0 as usize].variables.clone() {
            self.fixed[number as usize] = self.store.fixed(number);
        }
    }

    /// Ends the definition of a local by `let`: its type is what its annotation says, or what was found, made general.
    fn bind(&mut self, local: LocalId, found: TypeId, value: ExprId) {
        let draft = &self.draft().locals[local.0 as usize];
        if let Some(annotation) = draft.annotation.clone() {
            let wanted = self.fix(&annotation.ty);
            self.expect(found, wanted, value, Reason::Annotation(annotation.range));
        }
        self.settle_fields_of_level();
        self.store.level -= 1;
        let ty = match self.declared(local) {
            Some(ty) => ty,
            None => {
                self.store.generalise(found);
                found
            }
        };
        self.typed[self.current].locals[local.0 as usize] = ty;
    }

    /// Checks `arguments` against the parameters of `ty`; yields what is left of it.
    fn arguments(
        &mut self,
        mut ty: TypeId,
        callee: ExprId,
        named: Option<RefId>,
        arguments: &[ExprId],
    ) -> TypeId {
        let whole = ty;
        for (index, argument) in arguments.iter().enumerate() {
            let (param, result) = match *self.store.known(ty) {
                Known::Function(param, result) => (param, result),
                Known::Variable(_) => {
                    let (param, result) = (self.store.fresh(), self.store.fresh());
                    let function = self.store.function(&[param], result);
                    self.expect(ty, function, callee, Reason::Plain);
                    (param, result)
                }
                Known::Unknown => (UNKNOWN, UNKNOWN),
                _ => {
                    self.report_not_a_function(whole, callee, index, arguments);
                    (UNKNOWN, UNKNOWN)
                }
            };
            let found = self.infer(*argument);
            self.expect(found, param, *argument, Reason::Argument(index, named));
            ty = result;
        }
        ty
    }

    /// The types of a constructor's fields, and of what it makes, for one use.
    fn constructor(&mut self, ty: RefId, constructor: u32) -> (Vec<TypeId>, TypeId) {
        let references = self.references;
        let def = references.type_def(ty);
        let TypeKind::Variant(constructors) = &def.kind else {
            unreachable!("only variants have constructors")
        };
        let arguments: Vec<TypeId> = (0..def.params).map(|_| self.store.fresh()).collect();
        let fields = constructors[constructor as usize].fields.iter();
        let fields = fields
            .map(|field| self.store.import(field, &|number| arguments[number as usize]))
            .collect();
        let result = self.store.named(references.item(ty), arguments);
        (fields, result)
    }

    /// Gives types to the names in a pattern; whether the pattern fits what is matched, apart from its parts.
    fn pattern(
        &mut self,
        pattern: &Pattern,
        matched: TypeId,
        scrutinee: ExprId,
        ranges: &mut std::slice::Iter<'_, TextRange>,
    ) -> bool {
        let range = ranges.next().copied();
        let (found, fields) = match pattern {
            Pattern::Wildcard | Pattern::Record(_) => return true,
            Pattern::Bind(local) => {
                self.typed[self.current].locals[local.0 as usize] = matched;
                return true;
            }
            Pattern::Literal(literal) => (literal_type(literal), None),
            Pattern::Constructor { ty, constructor, fields } => {
                let (params, result) = self.constructor(*ty, *constructor);
                (result, Some((fields, params)))
            }
        };
        let fits = self.store.unify(matched, found);
        if let Err(clash) = fits {
            let range = range.unwrap_or_else(|| self.draft().range(scrutinee));
            let place = (range, scrutinee);
            let finding = explain::pattern_mismatch(self, clash, found, matched, place);
            self.findings.push(finding);
        }
        let (fields, params) = fields.unwrap_or((const { &Vec::new() }, Vec::new()));
        for (field, param) in fields.iter().zip(params) {
            self.pattern(field, param, scrutinee, ranges);
        }
        fits.is_ok()
    }

    /// Finds the field, if it is known by now of what type it is asked.
    fn settle_field(&mut self, wanted: &FieldWanted) -> bool {
        let draft = &self.drafts[wanted.definition];
        let name = draft.fields[&wanted.expr][0].clone();
        let range = draft.range(wanted.expr);
        match self.store.known(wanted.base) {
            Known::Variable(_) => return false,
            Known::Unknown => _ = self.store.unify(wanted.result, UNKNOWN),
            Known::Record(fields) => {
                let found = fields.iter().enumerate().find(|(_, (field, _))| *field == name);
                let Some((index, (_, ty))) = found else {
                    let names: Vec<Name> = fields.iter().map(|(name, _)| name.clone()).collect();
                    self.report_no_field(&name, &names, range);
                    return true;
                };
                let (index, ty) = (index as u32, *ty);
                let expr = &mut self.drafts[wanted.definition].exprs[wanted.expr.0 as usize];
                if let Expr::Field { field, .. } = expr {
                    *field = index;
                }
                if let Err(clash) = self.store.unify(wanted.result, ty) {
                    let current = std::mem::replace(&mut self.current, wanted.definition);
                    self.report(clash, ty, wanted.result, wanted.expr, Reason::Plain);
                    self.current = current;
                }
            }
            _ => self.report_no_record(wanted, &name, range),
        }
        true
    }

    fn settle_fields_of_level(&mut self) {
        let wanted = std::mem::take(&mut self.wanted);
        for wanted in wanted {
            if !self.settle_field(&wanted) {
                // The field's type must not become more general than the record's, which may still become known.
                if let Known::Variable(level) = *self.store.known(wanted.base) {
                    self.store.limit(wanted.result, level);
                }
                self.wanted.push(wanted);
            }
        }
    }

    /// Settles all fields that were asked for in the group.
    fn settle_fields(&mut self) {
        loop {
            let before = self.wanted.len();
            self.settle_fields_of_level();
            if self.wanted.is_empty() || self.wanted.len() == before {
                break;
            }
        }
        for wanted in std::mem::take(&mut self.wanted) {
            let draft = &self.drafts[wanted.definition];
            let (name, range) = (draft.fields[&wanted.expr][0].clone(), draft.range(wanted.expr));
            self.report_unknown_record(&name, range);
        }
    }

    /// Makes two types the same and yields true, or reports that `at` is of the wrong type.
    fn expect(&mut self, found: TypeId, wanted: TypeId, at: ExprId, reason: Reason) -> bool {
        let result = self.store.unify(found, wanted);
        if let Err(clash) = result {
            self.report(clash, found, wanted, at, reason);
        }
        result.is_ok()
    }

    fn report(&mut self, clash: Clash, found: TypeId, wanted: TypeId, at: ExprId, reason: Reason) {
        let finding = explain::mismatch(self, clash, found, wanted, at, reason);
        self.findings.push(finding);
    }

    fn report_not_a_function(
        &mut self,
        ty: TypeId,
        callee: ExprId,
        taken: usize,
        arguments: &[ExprId],
    ) {
        let range = self.draft().range(callee);
        let extra = self.draft().range(arguments[taken]);
        let shown = explain::Printer::new(self).show(ty);
        let before = self.taken_by(callee);
        let (taken, given) = (taken + before, arguments.len() + before);
        let message = if taken == 0 {
            "what is applied here is no function".to_owned()
        } else {
            let plural = if taken == 1 { "" } else { "s" };
            format!("too many arguments: {given} where {taken} argument{plural} can be taken")
        };
        self.findings.push(
            Finding::error("not-a-function", extra, message)
                .label(if taken == 0 { "applied to this" } else { "this is one too many" })
                .also(range, format!("this is `{shown}`")),
        );
    }

    /// How many arguments the expression `callee`, a function that was called, was given before others follow.
    fn taken_by(&self, callee: ExprId) -> usize {
        let draft = self.draft();
        match &draft.exprs[callee.0 as usize] {
            Expr::Call { arguments, .. } => arguments.len(),
            Expr::Construct { fields, .. } => fields.len(),
            Expr::Prim { prim: Prim::BoolNot, operands }
                if draft.range(operands[0]) == draft.range(callee) =>
            {
                self.taken_by(operands[0])
            }
            Expr::Prim { operands, .. } => operands.len(),
            _ => 0,
        }
    }

    fn report_no_field(&mut self, name: &str, fields: &[Name], range: TextRange) {
        let message = format!("this record has no field `{name}`");
        let range = field_name(name, range);
        let finding = Finding::error("unknown-field", range, message);
        let similar = crate::base::nearest(name, fields.iter().map(Name::as_str));
        self.findings.push(match similar {
            Some(similar) => finding.fix(format!("write `{similar}`"), range, similar),
            None if fields.is_empty() => finding.help("it has no fields at all"),
            None => finding.help(format!("it has `{}`", fields.join("`, `"))),
        });
    }

    fn report_no_record(&mut self, wanted: &FieldWanted, name: &str, range: TextRange) {
        let current = std::mem::replace(&mut self.current, wanted.definition);
        let shown = explain::Printer::new(self).show(wanted.base);
        self.current = current;
        let draft = &self.drafts[wanted.definition];
        let Expr::Field { base, .. } = draft.exprs[wanted.expr.0 as usize] else { return };
        let message = format!("`{shown}` is no record, so it has no field `{name}`");
        self.findings.push(
            Finding::error("not-a-record", field_name(name, range), message)
                .also(draft.range(base), format!("this is `{shown}`")),
        );
    }

    fn report_unknown_record(&mut self, name: &str, range: TextRange) {
        if self.store.has_unknown || self.drafts.iter().any(|draft| draft.unsure) {
            return;
        }
        let message = format!("the type of the record whose `{name}` this is must be known here");
        self.findings.push(
            Finding::error("unknown-record", range, message)
                .help("annotate the parameter that the record comes from with its type"),
        );
    }
}

/// Where the name of a field stands in the expression at `range`, which ends with it.
fn field_name(name: &str, range: TextRange) -> TextRange {
    TextRange { start: range.end - name.len() as u32, end: range.end }
}

fn literal_type(literal: &Literal) -> TypeId {
    match literal {
        Literal::Unit => UNIT,
        Literal::Bool(_) => BOOL,
        Literal::Int(_) => INT,
        Literal::Float(_) => FLOAT,
        Literal::Text(_) => TEXT,
        Literal::Undefined | Literal::Null => unreachable!("this language has no dynamic values"),
    }
}

/// The operand types and the result of the operations that this language uses.
fn prim_type(prim: Prim) -> (&'static [TypeId], TypeId) {
    match prim {
        Prim::IntAdd
        | Prim::IntSubtract
        | Prim::IntMultiply
        | Prim::IntDivide
        | Prim::IntRemainder => (&[INT, INT], INT),
        Prim::IntNegate => (&[INT], INT),
        Prim::IntLess | Prim::IntLessEqual | Prim::IntEqual => (&[INT, INT], BOOL),
        Prim::BoolNot => (&[BOOL], BOOL),
        Prim::BoolAnd | Prim::BoolOr => (&[BOOL, BOOL], BOOL),
        Prim::TextAppend => (&[TEXT, TEXT], TEXT),
        Prim::TextLength => (&[TEXT], INT),
        Prim::TextEqual => (&[TEXT, TEXT], BOOL),
        Prim::IntToText => (&[INT], TEXT),
        Prim::BoolToText => (&[BOOL], TEXT),
        Prim::IntToFloat => (&[INT], FLOAT),
        Prim::FloatToInt => (&[FLOAT], INT),
        other => unreachable!("no name and no conversion means {other:?}"),
    }
}
