//! Functions and statements.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::target::c::module::{Uses, closure_code, closure_name, code_name, parameters};
use crate::target::linear::{
    Block, Branch, Expr, Function, FunctionId, Item, Jump, Label, Stmt, VarId,
};

/// Prints one function.
pub(crate) struct FunctionPrinter<'a, 'b> {
    pub(crate) uses: &'a mut Uses<'b>,
    pub(crate) index: usize,
    pub(crate) item: &'a Item,
    id: FunctionId,
    read: BTreeSet<VarId>,
    written: BTreeSet<VarId>,
    /// The loops that are left, or begun again, from within another.
    targets: BTreeSet<(Label, bool)>,
    /// Whether something in the function is caught: what longjmp finds must not be in registers then.
    guarded: bool,
    /// How many bodies of `try` the place being printed stands in, and each loop that stands around it.
    tries: usize,
    loops: Vec<(Label, usize)>,
    out: String,
    depth: usize,
}

impl<'a, 'b> FunctionPrinter<'a, 'b> {
    pub(crate) fn new(
        uses: &'a mut Uses<'b>,
        index: usize,
        item: &'a Item,
        id: FunctionId,
    ) -> FunctionPrinter<'a, 'b> {
        FunctionPrinter {
            uses,
            index,
            item,
            id,
            read: BTreeSet::new(),
            written: BTreeSet::new(),
            targets: BTreeSet::new(),
            guarded: false,
            tries: 0,
            loops: Vec::new(),
            out: String::new(),
            depth: 1,
        }
    }

    /// Prints the function at the end of `into`.
    pub(crate) fn print(mut self, function: &Function, into: &mut String) {
        self.guarded = has_try(&function.body);
        self.block(&function.body);
        let name = code_name(self.uses, self.index, self.id);
        let own = (self.id != FunctionId(0)).then(|| "self".to_owned());
        let params = function.params.iter().map(|it| self.name(*it));
        let params = parameters(own.into_iter().chain(params), self.word());
        let linkage = if name.starts_with("oastf_") { "" } else { "static " };
        let head = format!("\n{linkage}oast_value {name}({params}) {{\n");
        let variables = self.variables(function);
        for part in [&*head, &*variables, &*self.out, "}\n"] {
            into.push_str(part);
        }
    }

    /// The declarations of variables, and what keeps the compiler from complaining of those that nobody reads.
    fn variables(&self, function: &Function) -> String {
        let mut text = String::new();
        let outer = function.captures.iter().enumerate();
        for (n, captured) in outer.filter(|(_, it)| self.read.contains(it)) {
            let name = self.name(*captured);
            let word = self.word();
            line(&mut text, 1, &format!("{word} {name} = OAST_CLOSURE(self)->captures[{n}];"));
        }
        let itself = function.variable.filter(|it| self.read.contains(it));
        if let Some(variable) = itself {
            line(&mut text, 1, &format!("{} {} = self;", self.word(), self.name(variable)));
        }
        let mut idle: Vec<String> = Vec::new();
        if self.id != FunctionId(0)
            && itself.is_none()
            && !function.captures.iter().any(|it| self.read.contains(it))
        {
            idle.push("self".to_owned());
        }
        let params = function.params.iter().filter(|it| !self.read.contains(it));
        idle.extend(params.map(|it| self.name(*it)));
        let own: Vec<VarId> =
            self.written.iter().copied().filter(|it| !function.params.contains(it)).collect();
        if !own.is_empty() {
            let all: Vec<String> = own.iter().map(|it| format!("{} = 0", self.name(*it))).collect();
            line(&mut text, 1, &format!("{} {};", self.word(), all.join(", ")));
        }
        idle.extend(own.iter().filter(|it| !self.read.contains(it)).map(|it| self.name(*it)));
        for name in idle {
            line(&mut text, 1, &format!("(void){name};"));
        }
        text
    }

    fn block(&mut self, block: &Block) {
        for stmt in block {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Assign(var, value) => {
                let (value, target) = (self.expr(value), self.target(*var));
                self.line(&format!("{target} = {value};"));
            }
            Stmt::AssignAll(all) => self.assign_all(all),
            Stmt::NewCell(var, value) => {
                let (value, target) = (self.expr(value), self.target(*var));
                self.line(&format!("{target} = oast_new1(0, {value});"));
            }
            Stmt::SetCell(var, value) => {
                let (value, cell) = (self.expr(value), self.variable(*var));
                self.line(&format!("OAST_CELL({cell}) = {value};"));
            }
            Stmt::Define(functions) => self.define(functions),
            Stmt::SetField { base, field, value, .. } => {
                let (base, value) = (self.expr(base), self.expr(value));
                self.line(&format!("OAST_FIELD({base}, {field}) = {value};"));
            }
            Stmt::Expr(value) => {
                let text = self.expr(value);
                let is_call = matches!(
                    value,
                    Expr::Call { .. }
                        | Expr::CallLocal { .. }
                        | Expr::Apply { .. }
                        | Expr::Prim { .. }
                );
                let discard = if is_call { "" } else { "(void)" };
                self.line(&format!("{discard}{text};"));
            }
            Stmt::If { branches, otherwise } => self.choice(branches, otherwise),
            Stmt::Loop { label, condition, body } => self.repeat(*label, condition.as_ref(), body),
            Stmt::Jump { kind, label, innermost } => self.jump(*kind, *label, *innermost),
            Stmt::Return(value) => {
                let value = self.expr(value);
                if self.tries == 0 {
                    return self.line(&format!("return {value};"));
                }
                self.line(&format!("{{ oast_value result = {value};"));
                self.leave_tries(0);
                self.line("return result; }");
            }
            Stmt::Throw(value, site) => {
                let (value, site) = (self.expr(value), self.uses.site(self.index, *site));
                self.line(&format!("oast_throw({value}, {site});"));
            }
            Stmt::Try { body, variable, handler } => self.guard(body, *variable, handler),
        }
    }

    /// How variables are declared.
    fn word(&self) -> &'static str {
        if self.guarded { "volatile oast_value" } else { "oast_value" }
    }

    fn guard(&mut self, body: &Block, variable: VarId, handler: &Block) {
        let own = format!("h{}", self.tries);
        self.line("{");
        self.depth += 1;
        self.line(&format!("oast_handler {own};"));
        self.line(&format!("{own}.outer = oast_handlers;"));
        self.line(&format!("oast_handlers = &{own};"));
        self.line(&format!("if (setjmp({own}.jump) == 0) {{"));
        self.tries += 1;
        self.indented(body);
        self.tries -= 1;
        self.line(&format!("    oast_handlers = {own}.outer;"));
        self.line("} else {");
        let target = self.target(variable);
        self.line(&format!("    {target} = {own}.thrown;"));
        self.indented(handler);
        self.line("}");
        self.depth -= 1;
        self.line("}");
    }

    /// Forgets the handlers of all bodies of `try` here but the outermost `kept`.
    fn leave_tries(&mut self, kept: usize) {
        if kept < self.tries {
            self.line(&format!("oast_handlers = h{kept}.outer;"));
        }
    }

    fn assign_all(&mut self, all: &[(VarId, Expr)]) {
        self.line("{");
        self.depth += 1;
        for (n, (_, value)) in all.iter().enumerate() {
            let value = self.expr(value);
            self.line(&format!("oast_value m{n} = {value};"));
        }
        for (n, (var, _)) in all.iter().enumerate() {
            let target = self.target(*var);
            self.line(&format!("{target} = m{n};"));
        }
        self.depth -= 1;
        self.line("}");
    }

    /// Makes all the closures before any of them captures another.
    fn define(&mut self, functions: &[FunctionId]) {
        let mut captures = Vec::new();
        for id in functions {
            let function = self.item.function(*id);
            let Some(variable) = function.variable else { continue };
            let target = self.target(variable);
            if function.captures.is_empty() {
                let name = closure_name(self.index, *id);
                self.line(&format!("{target} = OAST_VALUE(&{name});"));
                continue;
            }
            let (arity, count) = (function.params.len(), function.captures.len());
            let code = closure_code(self.uses, self.index, *id, arity);
            self.line(&format!(
                "{target} = OAST_VALUE(oast_closure_new({arity}, (oast_code){code}, {count}));"
            ));
            for (n, captured) in function.captures.iter().enumerate() {
                let captured = self.variable(*captured);
                captures.push(format!("OAST_CLOSURE({target})->captures[{n}] = {captured};"));
            }
            self.read.insert(variable);
        }
        for capture in captures {
            self.line(&capture);
        }
    }

    fn choice(&mut self, branches: &[Branch], otherwise: &Block) {
        for (n, branch) in branches.iter().enumerate() {
            let condition = self.expr(&branch.condition);
            let word = if n == 0 { "if" } else { "} else if" };
            self.line(&format!("{word} ({condition}) {{"));
            self.indented(&branch.block);
        }
        if !otherwise.is_empty() {
            self.line("} else {");
            self.indented(otherwise);
        }
        self.line("}");
    }

    fn repeat(&mut self, label: Label, condition: Option<&Expr>, body: &Block) {
        match condition {
            Some(condition) => {
                let condition = self.expr(condition);
                self.line(&format!("while ({condition}) {{"));
            }
            None => self.line("for (;;) {"),
        }
        self.loops.push((label, self.tries));
        self.indented(body);
        self.loops.pop();
        if self.targets.contains(&(label, true)) {
            self.line(&format!("    next{}:;", label.0));
        }
        self.line("}");
        if self.targets.contains(&(label, false)) {
            self.line(&format!("end{}:;", label.0));
        }
    }

    fn jump(&mut self, kind: Jump, label: Label, innermost: bool) {
        let again = kind == Jump::Continue;
        let around = self.loops.iter().find(|it| it.0 == label).map_or(0, |it| it.1);
        self.leave_tries(around);
        if innermost {
            self.line(if again { "continue;" } else { "break;" });
        } else {
            self.targets.insert((label, again));
            let word = if again { "next" } else { "end" };
            self.line(&format!("goto {word}{};", label.0));
        }
    }

    fn indented(&mut self, block: &Block) {
        self.depth += 1;
        self.block(block);
        self.depth -= 1;
    }

    fn line(&mut self, text: &str) {
        line(&mut self.out, self.depth, text);
    }

    /// The variable, to be assigned to.
    fn target(&mut self, var: VarId) -> String {
        self.written.insert(var);
        self.name(var)
    }

    /// The variable, to be read: its value, or its cell.
    pub(crate) fn variable(&mut self, var: VarId) -> String {
        self.read.insert(var);
        self.name(var)
    }

    /// The variable's name in C. All of them end in their number, as no other name here does.
    fn name(&self, var: VarId) -> String {
        let name = &self.item.var(var).name;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        match name.chars().next() {
            Some(first) if first.is_ascii_alphabetic() && name.chars().all(plain) => {
                format!("{name}_{}", var.0)
            }
            _ => format!("v_{}", var.0),
        }
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    let width = depth * 4;
    writeln!(out, "{:width$}{text}", "").expect("a string takes all that is written");
}

/// Whether something is caught in the block itself.
fn has_try(block: &Block) -> bool {
    block.iter().any(|stmt| match stmt {
        Stmt::Try { .. } => true,
        Stmt::If { branches, otherwise } => {
            branches.iter().any(|it| has_try(&it.block)) || has_try(otherwise)
        }
        Stmt::Loop { body, .. } => has_try(body),
        _ => false,
    })
}
