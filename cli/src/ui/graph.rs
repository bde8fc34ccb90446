//! The graph of packages, drawn for those who want to know everything.

use std::collections::{BTreeMap, BTreeSet};

use crate::ui::shell::DONE;

/// Packages with what each depends on, what they depend on first.
type Graph = [(String, Vec<String>)];

/// The graph as a tree below each package that no other depends on, and the order in which packages are built. What a package
/// depends on is shown where the package stands first.
pub(super) fn drawn(graph: &Graph) -> String {
    let dependencies: BTreeMap<&str, &[String]> =
        graph.iter().map(|(name, uses)| (&**name, &**uses)).collect();
    let used: BTreeSet<&str> = graph.iter().flat_map(|(_, uses)| uses).map(|it| &**it).collect();
    let mut lines = vec![format!("{DONE}packages{DONE:#}")];
    let mut shown = BTreeSet::new();
    let roots = graph.iter().filter(|(name, _)| !used.contains(&**name));
    for (root, _) in roots {
        lines.push(format!("{root} (root)"));
        draw_below(root, &dependencies, &mut shown, &mut lines);
    }
    let order: Vec<&str> = graph.iter().map(|(name, _)| &**name).collect();
    lines.push(format!("Build order: [{}]", order.join(", ")));
    lines.join("\n")
}

fn draw_below<'g>(
    root: &'g str,
    dependencies: &BTreeMap<&'g str, &'g [String]>,
    shown: &mut BTreeSet<&'g str>,
    lines: &mut Vec<String>,
) {
    let of = |name: &str| dependencies.get(name).copied().unwrap_or_default();
    let below = |name: &str, indent: String| {
        let last = of(name).len().saturating_sub(1);
        let places = of(name).iter().enumerate().rev();
        places.map(move |(at, name)| (name, indent.clone(), at == last)).collect::<Vec<_>>()
    };
    let mut pending = below(root, " ".to_owned());
    while let Some((name, indent, is_last)) = pending.pop() {
        let branch = if is_last { "└─>" } else { "├─>" };
        let is_new = shown.insert(name.as_str()) || of(name).is_empty();
        let above = if is_new { "" } else { " (shown above)" };
        lines.push(format!("{indent}{branch} {name}{above}"));
        if is_new {
            let next = if is_last { "     " } else { "│    " };
            pending.extend(below(name, format!("{indent}{next}")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::drawn;

    #[test]
    fn a_tree_and_the_order() {
        let graph = [
            ("common-lib", &[][..]),
            ("utils", &["common-lib"]),
            ("more", &["utils"]),
            ("app", &["common-lib", "utils", "more"]),
            ("tool", &["common-lib"]),
        ];
        let owned = |it: &&str| (*it).to_owned();
        let graph: Vec<(String, Vec<String>)> = graph
            .iter()
            .map(|(name, uses)| ((*name).to_owned(), uses.iter().map(owned).collect()))
            .collect();
        let text = drawn(&graph);
        let (_, text) = text.split_once('\n').unwrap();
        assert_eq!(
            text,
            "app (root)\n \
             ├─> common-lib\n \
             ├─> utils\n \
             │    └─> common-lib\n \
             └─> more\n      \
                  └─> utils (shown above)\n\
             tool (root)\n \
             └─> common-lib\n\
             Build order: [common-lib, utils, more, app, tool]"
        );
    }
}
