//! Looking from outside whether anything has changed: one `stat` for each input and output, and nothing is read but the rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::build::way::Way;
use crate::host::Host;
use crate::source::Unchanged;
use crate::state::{InputsRow, Look, OutputRow, PackageRow, WorkspaceRow};

/// A package as it looks from outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surveyed {
    /// What is remembered of it.
    pub(crate) row: PackageRow,
    /// Whether its manifest and sources are what they were.
    pub(crate) unchanged: bool,
    /// For each way that was asked for, whether its outputs are what they were.
    pub(crate) intact: Vec<bool>,
}

impl Surveyed {
    /// The row of the outputs made in `way`.
    pub(crate) fn outputs(&self, way: &Way) -> Option<&OutputRow> {
        self.row.outputs.iter().find(|row| row.way == way.digest)
    }

    /// What queries may know of the package, if it is unchanged.
    pub(crate) fn for_queries(&self) -> Option<Arc<Unchanged>> {
        let PackageRow { interfaces, dependencies, main, diagnostics, .. } = &self.row;
        self.unchanged.then(|| {
            Arc::new(Unchanged {
                interfaces: *interfaces,
                dependencies: dependencies.clone(),
                main: main.clone(),
                diagnostics: diagnostics.clone(),
            })
        })
    }
}

/// What is remembered of the workspace, if its manifests and its members are what they were.
pub(crate) fn workspace(host: &dyn Host, root: &Utf8Path, manifest: &str) -> Option<WorkspaceRow> {
    let row = WorkspaceRow::load(host, root)?;
    (row.root == manifest && row.manifests.holds(host, root)).then_some(row)
}

/// Where packages are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) host: &'a dyn Host,
    /// The workspace.
    pub(crate) root: &'a Utf8Path,
    /// Whether to write down how files look that had to be read to know that they are what they were: only a build may.
    pub(crate) renew: bool,
}

/// How the packages look of which something is remembered.
pub(crate) fn packages(
    place: Place<'_>,
    names: &[Name],
    ways: &[Way],
    threads: usize,
) -> FxHashMap<Name, Surveyed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(surveyed) = package(place, name, ways) {
                found.push((name.clone(), surveyed));
            }
        }
        found
    };
    thread::scope(|scope| {
        let helpers = (1..threads.min(names.len())).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let mut found: FxHashMap<Name, Surveyed> = work().into_iter().collect();
        for helper in helpers {
            // A helper that panicked has found nothing: its packages are looked into.
            found.extend(helper.join().unwrap_or_default());
        }
        found
    })
}

fn package(place: Place<'_>, name: &Name, ways: &[Way]) -> Option<Surveyed> {
    let Place { host, root, renew } = place;
    let mut row = PackageRow::load(host, root, name)?;
    let mut renewed = None;
    let unchanged = row.inputs.look(host, root) == Look::Same || {
        renewed = InputsRow::load(host, root, name).and_then(|it| it.look_again(host, root));
        renewed.is_some()
    };
    let mut is_new = renewed.is_some();
    let intact = ways.iter().map(|way| {
        let made = row.outputs.iter_mut().find(|row| row.way == way.digest);
        made.is_some_and(|made| match made.files.look(host, root) {
            Look::Same => true,
            Look::Renewed(files) => {
                (made.files, is_new) = (files, true);
                true
            }
            Look::Changed => false,
        })
    });
    let intact = intact.collect();
    if let Some(inputs) = &renewed {
        row.inputs = inputs.files(root);
    }
    if renew && unchanged && is_new {
        // What cannot be written down costs the next build another look, and is not worth a failure.
        let inputs = renewed.map_or(Ok(()), |inputs| inputs.save(host, root, name));
        _ = inputs.and_then(|()| row.save(host, root, name));
    }
    Some(Surveyed { row, unchanged, intact })
}
