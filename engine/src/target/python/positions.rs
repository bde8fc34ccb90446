//! The position table of a package.

use crate::base::TextRange;
use crate::ir::ItemPositions;
use crate::target::ModulePositions;
use crate::target::python::literal;

/// The `__init__.py` of a package. Each module has its source and a text that the run-time support reads when a program stops:
/// its items, separated by `;`, each the line of its name, `:`, and the lines of its expressions, runs as `line*count`.
pub(super) fn table(package: &str, modules: &[ModulePositions<'_>]) -> String {
    let mut lines = vec![
        format!("\"\"\"The package {package}: where its modules stand in their sources.\"\"\""),
        String::new(),
        "_positions = {".to_owned(),
    ];
    let mut modules: Vec<&ModulePositions<'_>> = modules.iter().collect();
    modules.sort_by_key(|it| it.module);
    for module in modules {
        let starts = &module.positions.line_starts;
        let items: Vec<String> = module.positions.items.iter().map(|it| item(starts, it)).collect();
        lines.push(format!(
            "    {}: ({}, {}),",
            literal::text(module.module.as_str()),
            literal::text(module.source),
            literal::text(&items.join(";")),
        ));
    }
    lines.push("}".to_owned());
    lines.join("\n") + "\n"
}

fn item(starts: &[u32], item: &ItemPositions) -> String {
    let line = |range: &TextRange| starts.partition_point(|start| *start <= range.start);
    let lines: Vec<usize> = item.exprs.iter().map(line).collect();
    let runs: Vec<String> = lines.chunk_by(|left, right| left == right).map(run).collect();
    format!("{}:{}", line(&item.name), runs.join(","))
}

fn run(lines: &[usize]) -> String {
    match lines.len() {
        1 => lines[0].to_string(),
        count => format!("{}*{count}", lines[0]),
    }
}
