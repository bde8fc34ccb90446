//! Functions and statements.

use crate::ir::Literal;
use crate::target::linear::{Block, Branch, Expr, Function, FunctionId, Item, Jump, Stmt, VarId};
use crate::target::python::module::Globals;
use crate::target::python::names::{Names, mangled};
use crate::target::python::print::{Code, Level, Lines};
use crate::target::python::shallow::{Extra, is_deep};

/// Writes one item.
pub(super) struct Writer<'w, 'a> {
    pub(super) globals: &'w mut Globals<'a>,
    /// Its index in the module.
    pub(super) index: usize,
    pub(super) item: &'w Item,
    /// The names in use: the module's, then the item's locals.
    names: Names,
    /// The name of each variable that was met, then those of the variables that only Python needs.
    locals: Vec<Option<String>>,
    /// How many variables without a name of their own were met.
    nameless: u32,
}

impl<'w, 'a> Writer<'w, 'a> {
    pub(super) fn new(
        globals: &'w mut Globals<'a>,
        index: usize,
        item: &'w Item,
    ) -> Writer<'w, 'a> {
        let names = globals.names.clone();
        Writer { globals, index, item, names, locals: vec![None; item.vars.len()], nameless: 0 }
    }

    /// Writes the function or the constant, which is called `name`.
    pub(super) fn item(&mut self, name: &str, lines: &mut Lines) {
        self.function(name, self.item.function(FunctionId(0)), lines);
    }

    fn function(&mut self, name: &str, function: &Function, lines: &mut Lines) {
        let params = function.params.iter().map(|it| Code::atom(self.name(*it))).collect();
        lines.code("", &Code::call(format!("def {name}"), params), ":");
        lines.indented(|lines| self.block(&function.body, lines));
    }

    /// The name of a variable.
    pub(super) fn name(&mut self, id: VarId) -> String {
        let at = id.0 as usize;
        if let Some(name) = &self.locals[at] {
            return name.clone();
        }
        let wish = match self.item.vars.get(at) {
            Some(var) if !var.name.is_empty() => mangled(&var.name),
            _ if self.item.functions.iter().any(|it| it.variable == Some(id)) => {
                "function".to_owned()
            }
            _ => {
                self.nameless += 1;
                format!("_{}", self.nameless)
            }
        };
        let name = self.names.fresh(wish);
        self.locals[at] = Some(name.clone());
        name
    }

    /// A variable that the statement form does not have.
    pub(super) fn extra_variable(&mut self) -> VarId {
        self.locals.push(None);
        VarId(self.locals.len() as u32 - 1)
    }

    /// Whether the variable holds a cell.
    pub(super) fn is_cell(&self, id: VarId) -> bool {
        self.item.vars.get(id.0 as usize).is_some_and(|it| it.cell)
    }

    pub(super) fn block(&mut self, block: &Block, lines: &mut Lines) {
        if block.is_empty() {
            lines.line("pass");
        }
        for stmt in block {
            self.stmt(stmt, lines);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, lines: &mut Lines) {
        match stmt {
            Stmt::Assign(var, value) => {
                let value = self.shallow_expr(value, lines);
                let name = self.name(*var);
                lines.code(&format!("{name} = "), &value, "");
            }
            Stmt::AssignAll(all) => {
                let values = self.shallow_exprs(all.iter().map(|it| &it.1), lines);
                let names: Vec<String> = all.iter().map(|it| self.name(it.0)).collect();
                let values = Code::listed("", values, "").flat();
                lines.line(format!("{} = {values}", names.join(", ")));
            }
            Stmt::NewCell(var, value) => {
                let value = self.shallow_expr(value, lines);
                let name = self.name(*var);
                lines.code(&format!("{name} = "), &Code::listed("[", vec![value], "]"), "");
            }
            Stmt::SetCell(var, value) => {
                let value = self.shallow_expr(value, lines);
                let name = self.name(*var);
                lines.code(&format!("{name}[0] = "), &value, "");
            }
            Stmt::Define(functions) => self.define(functions, lines),
            Stmt::SetField { base, ty, field, value } => {
                let name = self.globals.field(*ty, *field);
                self.set_field(base, name, *field, value, lines);
            }
            Stmt::Expr(value) => {
                let value = self.shallow_expr(value, lines);
                lines.code("", &value, "");
            }
            Stmt::If { branches, otherwise } => self.branches(branches, otherwise, lines),
            Stmt::Loop { condition, body, .. } => self.repeat(condition.as_ref(), body, lines),
            Stmt::Jump { kind: Jump::Break, .. } => lines.line("break"),
            Stmt::Jump { kind: Jump::Continue, .. } => lines.line("continue"),
            Stmt::Throw(value, site) => {
                let value = self.shallow_expr(value, lines);
                let site = self.site(*site);
                let thrown = Code::call(self.globals.runtime("_thrown"), vec![value, site]);
                lines.code("raise ", &thrown, "");
            }
            Stmt::Try { body, variable, handler } => {
                let name = self.name(*variable);
                let caught = self.names.fresh("caught".to_owned());
                lines.line("try:");
                lines.indented(|lines| self.block(body, lines));
                lines.line(format!("except {} as {caught}:", self.globals.runtime("_Thrown")));
                lines.indented(|lines| {
                    lines.line(format!("{name} = {caught}.value"));
                    self.block(handler, lines);
                });
            }
            Stmt::Return(Expr::Literal(Literal::Unit)) => lines.line("return None"),
            Stmt::Return(value) => {
                let value = self.shallow_expr(value, lines);
                lines.code("return ", &value, "");
            }
        }
    }

    /// Python evaluates the value before the base; the statement form means the other order.
    fn set_field(
        &mut self,
        base: &Expr,
        name: Option<String>,
        field: u32,
        value: &Expr,
        lines: &mut Lines,
    ) {
        let Some(name) = name else {
            let mut arguments = self.shallow_exprs([base, value], lines);
            arguments.insert(1, Code::atom(field.to_string()));
            let set_field = self.globals.runtime("_set_field");
            return lines.code("", &Code::call(set_field, arguments), "");
        };
        let stays = matches!(base, Expr::Var(var) if !self.is_cell(*var));
        let base = if stays || !(base.acts() || value.acts()) {
            self.shallow_expr(base, lines).at(Level::Atom)
        } else {
            let variable = self.extra_variable();
            self.stmt(&Stmt::Assign(variable, base.clone()), lines);
            self.name(variable)
        };
        let value = self.shallow_expr(value, lines);
        lines.code(&format!("{base}.{name} = "), &value, "");
    }

    /// What is made in a loop is made by a function of its own, which keeps what it captures.
    fn define(&mut self, functions: &[FunctionId], lines: &mut Lines) {
        let item = self.item;
        let all: Vec<&Function> = functions.iter().map(|it| item.function(*it)).collect();
        let variables: Vec<VarId> = all.iter().filter_map(|it| it.variable).collect();
        let names: Vec<String> = variables.iter().map(|it| self.name(*it)).collect();
        let mut captures: Vec<VarId> = all.iter().flat_map(|it| it.captures.clone()).collect();
        captures.retain(|it| !variables.contains(it));
        captures.sort_unstable();
        captures.dedup();
        let apart = all.iter().any(|it| it.in_loop)
            && (!captures.is_empty() || 1 < all.len() || all.iter().any(|it| it.recursive));
        if !apart {
            for (name, function) in names.iter().zip(all) {
                self.function(name, function, lines);
            }
            return;
        }
        let maker = self.names.fresh(format!("make_{}", names[0].trim_start_matches('_')));
        let captures: Vec<String> = captures.into_iter().map(|it| self.name(it)).collect();
        let captures = captures.join(", ");
        let names_listed = names.join(", ");
        lines.line(format!("def {maker}({captures}):"));
        lines.indented(|lines| {
            for (name, function) in names.iter().zip(all) {
                self.function(name, function, lines);
            }
            lines.line(format!("return {names_listed}"));
        });
        lines.line(format!("{names_listed} = {maker}({captures})"));
    }

    fn branches(&mut self, branches: &[Branch], otherwise: &Block, lines: &mut Lines) {
        for (n, branch) in branches.iter().enumerate() {
            if 0 < n && is_deep(&branch.condition) {
                lines.line("else:");
                return lines.indented(|lines| self.branches(&branches[n..], otherwise, lines));
            }
            let condition = self.shallow_expr(&branch.condition, lines);
            lines.code(if n == 0 { "if " } else { "elif " }, &condition, ":");
            lines.indented(|lines| self.block(&branch.block, lines));
        }
        if !otherwise.is_empty() {
            lines.line("else:");
            lines.indented(|lines| self.block(otherwise, lines));
        }
    }

    fn repeat(&mut self, condition: Option<&Expr>, body: &Block, lines: &mut Lines) {
        match condition {
            Some(condition) if is_deep(condition) => {
                lines.line("while True:");
                lines.indented(|lines| {
                    let condition = self.shallow_expr(&condition.clone().negated(), lines);
                    lines.code("if ", &condition, ":");
                    lines.indented(|lines| lines.line("break"));
                    self.block(body, lines);
                });
            }
            Some(condition) => {
                let condition = self.expr(condition);
                lines.code("while ", &condition, ":");
                lines.indented(|lines| self.block(body, lines));
            }
            None => {
                lines.line("while True:");
                lines.indented(|lines| self.block(body, lines));
            }
        }
    }

    /// The expression, after statements that compute what Python could not read in one piece.
    fn shallow_expr(&mut self, expr: &Expr, lines: &mut Lines) -> Code {
        if !is_deep(expr) {
            return self.expr(expr);
        }
        let mut extra = Extra::default();
        let expr = extra.shallow(expr.clone(), &mut || self.extra_variable());
        self.block_of(extra, lines);
        self.expr(&expr)
    }

    fn shallow_exprs<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        lines: &mut Lines,
    ) -> Vec<Code> {
        let exprs: Vec<Expr> = exprs.into_iter().cloned().collect();
        if !exprs.iter().any(is_deep) {
            return exprs.iter().map(|it| self.expr(it)).collect();
        }
        let mut extra = Extra::default();
        let exprs = extra.shallow_all(exprs, &mut || self.extra_variable());
        self.block_of(extra, lines);
        exprs.iter().map(|it| self.expr(it)).collect()
    }

    fn block_of(&mut self, extra: Extra, lines: &mut Lines) {
        for stmt in extra.statements {
            self.stmt(&stmt, lines);
        }
    }
}
