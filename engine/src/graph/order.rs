//! Orders and cycles of any graph whose nodes are the numbers from 0. Nothing here recurses: the graphs are users' own, and deep.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::FxHashSet;

/// How often an edge is looked at in search of a component's shortest cycle; afterwards the shortest found so far will do.
const SEARCH_BUDGET: usize = 1_000_000;

/// In which order the nodes of a graph can be worked on.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Order {
    /// The nodes that are in no circle, what they depend on first: those of a level depend on nothing but earlier levels (and on
    /// nodes in circles). Each level is ascending.
    pub levels: Vec<Vec<usize>>,
    /// A shortest circle of each group of nodes that all reach each other, each node depending on the next and the last on the
    /// first, which is the smallest of the circle. Ascending by the first node.
    pub cycles: Vec<Vec<usize>>,
    /// The nodes that reach each other, one group for each of [`Order::cycles`]; ascending.
    pub cyclic: Vec<Vec<usize>>,
}

impl Order {
    /// The nodes of all levels, dependencies first.
    pub fn sequence(&self) -> impl Iterator<Item = usize> {
        self.levels.iter().flatten().copied()
    }
}

/// The order of the graph with the nodes `0..nodes`, where an edge `(a, b)` says that `a` depends on `b`. The answer depends on the
/// set of edges only, not on their order.
pub fn order(nodes: usize, edges: &[(usize, usize)]) -> Order {
    let all = levels(edges, &vec![false; nodes]);
    if all.iter().map(Vec::len).sum::<usize>() == nodes {
        return Order { levels: all, ..Order::default() };
    }
    let successors = adjacency(nodes, edges.iter().copied());
    let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
    let mut is_cyclic = vec![false; nodes];
    for group in components(nodes, edges) {
        if group.len() == 1 && !successors[group[0]].contains(&group[0]) {
            continue;
        }
        for node in &group {
            is_cyclic[*node] = true;
        }
        groups.push((shortest_cycle(&group, &successors), group));
    }
    groups.sort();
    let (cycles, cyclic) = groups.into_iter().unzip();
    Order { levels: levels(edges, &is_cyclic), cycles, cyclic }
}

/// The strongly connected components, each ascending.
fn components(nodes: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, to) in edges {
        graph.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
    }
    let components = kosaraju_scc(&graph).into_iter();
    let sorted = components.map(|component| {
        let mut component: Vec<usize> = component.into_iter().map(NodeIndex::index).collect();
        component.sort_unstable();
        component
    });
    sorted.collect()
}

/// For each node the nodes that its edges lead to, ascending, each once.
fn adjacency(nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut adjacent = vec![Vec::new(); nodes];
    edges.for_each(|(from, to)| adjacent[from].push(to));
    for list in &mut adjacent {
        list.sort_unstable();
        list.dedup();
    }
    adjacent
}

/// The nodes that are not in circles, by the length of the longest chain of dependencies below them.
fn levels(edges: &[(usize, usize)], is_cyclic: &[bool]) -> Vec<Vec<usize>> {
    let free = edges.iter().filter(|(from, to)| !is_cyclic[*from] && !is_cyclic[*to]);
    let dependents = adjacency(is_cyclic.len(), free.map(|(from, to)| (*to, *from)));
    let mut waiting = vec![0_usize; is_cyclic.len()];
    dependents.iter().flatten().for_each(|dependent| waiting[*dependent] += 1);
    let ready = |node: &usize| waiting[*node] == 0 && !is_cyclic[*node];
    let mut level: Vec<usize> = (0..is_cyclic.len()).filter(ready).collect();
    let mut levels = Vec::new();
    while !level.is_empty() {
        let mut next = Vec::new();
        for dependent in level.iter().flat_map(|node| &dependents[*node]) {
            waiting[*dependent] -= 1;
            if waiting[*dependent] == 0 {
                next.push(*dependent);
            }
        }
        next.sort_unstable();
        levels.push(std::mem::replace(&mut level, next));
    }
    levels
}

/// A shortest circle inside the component `group`, beginning with its smallest node.
fn shortest_cycle(group: &[usize], successors: &[Vec<usize>]) -> Vec<usize> {
    let inside: FxHashSet<usize> = group.iter().copied().collect();
    let mut budget = SEARCH_BUDGET;
    let mut best: Vec<usize> = Vec::new();
    for start in group {
        if let Some(cycle) = cycle_through(*start, &inside, successors, best.len(), &mut budget) {
            best = cycle;
        }
        if budget == 0 || best.len() == 1 {
            break;
        }
    }
    let smallest = (0..best.len()).min_by_key(|at| best[*at]).unwrap_or_default();
    best.rotate_left(smallest);
    best
}

/// A shortest circle through `start`, unless it is not shorter than `limit` (0: no limit).
fn cycle_through(
    start: usize,
    inside: &FxHashSet<usize>,
    successors: &[Vec<usize>],
    limit: usize,
    budget: &mut usize,
) -> Option<Vec<usize>> {
    let mut reached_from = rustc_hash::FxHashMap::default();
    let mut front = vec![start];
    let mut length = 1;
    while !front.is_empty() && (limit == 0 || length < limit) {
        let mut next = Vec::new();
        for node in front {
            for successor in successors[node].iter().filter(|it| inside.contains(it)) {
                *budget = budget.saturating_sub(1);
                if *successor == start {
                    return Some(path_back(start, node, &reached_from));
                }
                if !reached_from.contains_key(successor) {
                    reached_from.insert(*successor, node);
                    next.push(*successor);
                }
            }
        }
        front = next;
        length += 1;
    }
    None
}

fn path_back(
    start: usize,
    end: usize,
    reached_from: &rustc_hash::FxHashMap<usize, usize>,
) -> Vec<usize> {
    let mut path = vec![end];
    let mut node = end;
    while node != start {
        node = reached_from[&node];
        path.push(node);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn a_level_depends_on_earlier_levels() {
        let order = order(5, &[(0, 1), (0, 2), (2, 1), (3, 0), (3, 1)]);
        assert_eq!(order.levels, [vec![1, 4], vec![2], vec![0], vec![3]]);
        assert!(order.cycles.is_empty());
        assert_eq!(order.sequence().collect::<Vec<_>>(), [1, 4, 2, 0, 3]);
    }

    #[test]
    fn each_group_shows_one_shortest_circle() {
        let long = [(0, 1), (1, 2), (2, 3), (3, 0)];
        let short = [(3, 2), (5, 6), (6, 5), (7, 7), (4, 0), (4, 8)];
        let edges: Vec<_> = long.into_iter().chain(short).collect();
        let found = order(9, &edges);
        assert_eq!(found.cycles, [vec![2, 3], vec![5, 6], vec![7]]);
        assert_eq!(found.cyclic, [vec![0, 1, 2, 3], vec![5, 6], vec![7]]);
        assert_eq!(found.levels, [vec![8], vec![4]]);
        let reversed: Vec<_> = edges.into_iter().rev().collect();
        assert_eq!(order(9, &reversed), found);
    }

    #[test]
    fn a_chain_or_ring_may_be_as_long_as_memory() {
        let nodes = 50_000;
        let chain: Vec<_> = (1..nodes).map(|n| (n - 1, n)).collect();
        assert_eq!(order(nodes, &chain).levels.len(), nodes);
        let ring: Vec<_> = chain.into_iter().chain([(nodes - 1, 0)]).collect();
        assert_eq!(order(nodes, &ring).cycles[0].len(), nodes);
    }
}
