//! The statement form as text, for tests and for those who look for a fault in a back end.

use std::fmt::{self, Write as _};

use crate::ir::{Literal, Module, RefId};
use crate::target::linear::{Block, Expr, Function, FunctionId, Item, Jump, Label, Stmt, VarId};

/// An item with the module that its refs belong to. Functions that nothing makes are left out.
#[derive(Clone, Copy, Debug)]
pub struct ItemText<'a> {
    /// The module.
    pub module: &'a Module,
    /// One of its items in statement form.
    pub item: &'a Item,
}

impl fmt::Display for ItemText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = self.item.functions.iter().enumerate();
        for (n, function) in functions.filter(|(_, it)| !it.body.is_empty()) {
            self.function(f, FunctionId(n as u32), function)?;
        }
        Ok(())
    }
}

impl ItemText<'_> {
    fn function(
        &self,
        f: &mut fmt::Formatter<'_>,
        id: FunctionId,
        function: &Function,
    ) -> fmt::Result {
        write!(f, "function {}({})", id.0, self.vars(&function.params))?;
        if !function.captures.is_empty() {
            write!(f, " captures {}", self.vars(&function.captures))?;
        }
        let notes = [(function.recursive, " recursive"), (function.in_loop, " in loop")];
        for (_, note) in notes.iter().filter(|(holds, _)| *holds) {
            f.write_str(note)?;
        }
        writeln!(f)?;
        self.block(f, &function.body, 1)
    }

    fn block(&self, f: &mut fmt::Formatter<'_>, block: &Block, depth: usize) -> fmt::Result {
        block.iter().try_for_each(|stmt| self.stmt(f, stmt, depth))
    }

    fn stmt(&self, f: &mut fmt::Formatter<'_>, stmt: &Stmt, depth: usize) -> fmt::Result {
        let indent = "  ".repeat(depth);
        f.write_str(&indent)?;
        match stmt {
            Stmt::Assign(var, value) => writeln!(f, "{} = {}", self.var(*var), self.expr(value)),
            Stmt::AssignAll(all) => {
                let (vars, values): (Vec<_>, Vec<_>) = all.iter().cloned().unzip();
                writeln!(f, "{} = {}", self.vars(&vars), self.exprs(&values))
            }
            Stmt::NewCell(var, value) => {
                writeln!(f, "{} = cell {}", self.var(*var), self.expr(value))
            }
            Stmt::SetCell(var, value) => writeln!(f, "{} := {}", self.var(*var), self.expr(value)),
            Stmt::Define(functions) => {
                let one = |id: &FunctionId| {
                    let variable = self.item.function(*id).variable;
                    let variable = variable.map(|it| self.var(it)).unwrap_or_default();
                    format!("{variable} = function {}", id.0)
                };
                writeln!(f, "{}", functions.iter().map(one).collect::<Vec<_>>().join(", "))
            }
            Stmt::SetField { base, field, value, .. } => {
                writeln!(f, "{}.{field} = {}", self.expr(base), self.expr(value))
            }
            Stmt::Expr(value) => writeln!(f, "{}", self.expr(value)),
            Stmt::If { branches, otherwise } => {
                for (n, branch) in branches.iter().enumerate() {
                    let word = if n == 0 { "if" } else { &format!("{indent}elif") };
                    writeln!(f, "{word} {}", self.expr(&branch.condition))?;
                    self.block(f, &branch.block, depth + 1)?;
                }
                if otherwise.is_empty() {
                    return Ok(());
                }
                writeln!(f, "{indent}else")?;
                self.block(f, otherwise, depth + 1)
            }
            Stmt::Loop { label, condition, body } => {
                match condition {
                    Some(condition) => {
                        writeln!(f, "while {} {}", name(*label), self.expr(condition))
                    }
                    None => writeln!(f, "loop {}", name(*label)),
                }?;
                self.block(f, body, depth + 1)
            }
            Stmt::Jump { kind, label, .. } => {
                let kind = if *kind == Jump::Break { "break" } else { "continue" };
                writeln!(f, "{kind} {}", name(*label))
            }
            Stmt::Return(value) => writeln!(f, "return {}", self.expr(value)),
            Stmt::Throw(value, _) => writeln!(f, "throw {}", self.expr(value)),
            Stmt::Try { body, variable, handler } => {
                writeln!(f, "try")?;
                self.block(f, body, depth + 1)?;
                writeln!(f, "{indent}catch {}", self.var(*variable))?;
                self.block(f, handler, depth + 1)
            }
        }
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Literal(literal) => literal_text(literal),
            Expr::Var(var) => self.var(*var),
            Expr::Global(item) => self.global(*item),
            Expr::Call { callee, arguments } => {
                format!("{}({})", self.global(*callee), self.exprs(arguments))
            }
            Expr::CallLocal { function, arguments } => {
                format!("function {}({})", function.0, self.exprs(arguments))
            }
            Expr::Method { base, name, arguments, .. } => {
                format!("{}.{name}({})", self.expr(base), self.exprs(arguments))
            }
            Expr::Apply { callee, arguments } | Expr::ApplyDynamic { callee, arguments, .. } => {
                format!("{} @ ({})", self.expr(callee), self.exprs(arguments))
            }
            Expr::Construct { ty, constructor, fields } => {
                format!("{}#{constructor}({})", self.global(*ty), self.exprs(fields))
            }
            Expr::Record(fields) => format!("{{{}}}", self.exprs(fields)),
            Expr::Array(elements) => format!("[{}]", self.exprs(elements)),
            Expr::RecordField { base, field }
            | Expr::ObjectField { base, field, .. }
            | Expr::VariantField { base, field, .. } => format!("{}.{field}", self.expr(base)),
            Expr::IsConstructor { value, ty, constructor, .. } => {
                format!("{} is {}#{constructor}", self.expr(value), self.global(*ty))
            }
            Expr::Prim { prim, operands, .. } => format!("{prim:?}({})", self.exprs(operands)),
            Expr::And(left, right) => format!("({} and {})", self.expr(left), self.expr(right)),
            Expr::Or(left, right) => format!("({} or {})", self.expr(left), self.expr(right)),
            Expr::Not(inner) => format!("not {}", self.expr(inner)),
            Expr::Conditional(all) => {
                let [condition, yes, no] = [&all.0, &all.1, &all.2].map(|it| self.expr(it));
                format!("({yes} if {condition} else {no})")
            }
        }
    }

    fn exprs(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|it| self.expr(it)).collect::<Vec<_>>().join(", ")
    }

    fn var(&self, id: VarId) -> String {
        let var = self.item.var(id);
        let mark = if var.cell { "!" } else { "" };
        format!("{}%{}{mark}", var.name, id.0)
    }

    fn vars(&self, vars: &[VarId]) -> String {
        vars.iter().map(|it| self.var(*it)).collect::<Vec<_>>().join(", ")
    }

    fn global(&self, id: RefId) -> String {
        let item = &self.module.refs[id.0 as usize];
        if item.module == self.module.path {
            item.name.to_string()
        } else {
            format!("{}/{}", item.module, item.name)
        }
    }
}

fn name(label: Label) -> String {
    format!("L{}", label.0)
}

fn literal_text(literal: &Literal) -> String {
    let mut text = String::new();
    let written = match literal {
        Literal::Unit => write!(text, "()"),
        Literal::Bool(value) => write!(text, "{value}"),
        Literal::Int(value) => write!(text, "{value}"),
        Literal::Float(bits) => write!(text, "{:?}", f64::from_bits(*bits)),
        Literal::Text(value) => write!(text, "{value:?}"),
        Literal::Undefined => write!(text, "undefined"),
        Literal::Null => write!(text, "null"),
    };
    written.expect("a string takes all that is written");
    text
}
