//! Where the expressions of a package's modules stand.

use std::fmt::{self, Write};

use crate::ir::{ExprId, ItemPositions, Positions};
use crate::target::ModulePositions;
use crate::target::c::literal::string;
use crate::target::c::symbol::positions_symbol;

/// The file with the positions of these modules.
pub(crate) fn table(modules: &[ModulePositions<'_>]) -> String {
    let mut out = String::from("#include \"oast_runtime.h\"\n");
    for (n, module) in modules.iter().enumerate() {
        write_module(&mut out, n, module).expect("a string takes all that is written");
    }
    out
}

fn write_module(out: &mut String, n: usize, module: &ModulePositions<'_>) -> fmt::Result {
    let mut items = Vec::new();
    let mut runs = Vec::new();
    for (item, positions) in module.positions.items.iter().enumerate() {
        items.push((name_line(module.positions, positions), runs.len() as u32));
        add_runs(module.positions, item, &mut runs);
    }
    items.push((0, runs.len() as u32));
    if runs.is_empty() {
        runs.push((0, 0));
    }
    let symbol = positions_symbol(module.module);
    write!(out, "\nstatic const uint32_t items{n}[] = {{{}}};\n", pairs(&items))?;
    writeln!(out, "static const uint32_t runs{n}[] = {{{}}};", pairs(&runs))?;
    writeln!(out, "extern const oast_positions {symbol};")?;
    let source = string(module.source);
    writeln!(out, "const oast_positions {symbol} = {{{source}, items{n}, runs{n}}};")
}

/// The line on which an item's name stands.
fn name_line(positions: &Positions, item: &ItemPositions) -> u32 {
    positions.line_starts.partition_point(|line| *line <= item.name.start) as u32
}

/// Adds the runs of expressions of an item that begin on one line: the first expression, the line.
fn add_runs(positions: &Positions, item: usize, runs: &mut Vec<(u32, u32)>) {
    let mut last = None;
    for expr in 0..positions.items[item].exprs.len() as u32 {
        let line = positions.line(item, ExprId(expr));
        if last.replace(line) != Some(line) {
            runs.push((expr, line));
        }
    }
}

fn pairs(all: &[(u32, u32)]) -> String {
    let mut text = String::new();
    for (n, (first, second)) in all.iter().enumerate() {
        let separator = match n {
            0 => "",
            _ if n % 16 == 0 => ",\n    ",
            _ => ", ",
        };
        write!(text, "{separator}{first}, {second}").expect("a string takes all that is written");
    }
    text
}
