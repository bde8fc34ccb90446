//! Looking from outside whether anything has changed: one `stat` for each input and output, and nothing is read but the rows.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::build::way::Way;
use crate::host::Host;
use crate::state::{
    InputsRow, Look, Observation, OutputRow, PackageRow, PackageSummary, Seen, WorkspaceRow,
};

/// A package as it looks from outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surveyed {
    /// What is remembered of it.
    pub(crate) row: PackageRow,
    /// Whether its manifest and sources are what they were.
    pub(crate) unchanged: bool,
    /// What was in its inputs and how much of it is the same, if something has changed.
    pub(crate) inputs: Option<Arc<InputsRow>>,
    /// For each way that was asked for, whether its outputs are what they were.
    pub(crate) intact: Vec<bool>,
    /// How its outputs looked, for each way, if something has changed in its inputs.
    looks: Vec<Vec<Observation>>,
}

impl Surveyed {
    /// The row of the outputs made in `way`.
    pub(crate) fn outputs(&self, way: &Way) -> Option<&OutputRow> {
        self.row.outputs.iter().find(|row| row.way == way.digest)
    }

    /// Whether all its outputs are what they were.
    pub(crate) fn is_intact(&self) -> bool {
        self.intact.iter().all(|intact| *intact)
    }

    /// How its outputs looked in all of `ways`, if they are what they were: not long ago, or now if nobody has looked.
    pub(crate) fn looks(
        &self,
        ways: &[Way],
        host: &dyn Host,
        root: &Utf8Path,
    ) -> Option<Vec<(Utf8PathBuf, Observation)>> {
        let mut found = Vec::new();
        for (index, way) in ways.iter().enumerate() {
            let files = &self.outputs(way).filter(|_| self.intact[index])?.files;
            let looks = match self.looks.get(index) {
                Some(looks) => looks.clone(),
                None => match files.look_at_each(host, root, &Seen::default()) {
                    (Look::Changed, _) => return None,
                    (_, looks) => looks,
                },
            };
            found.extend(files.paths(root).into_iter().zip(looks));
        }
        Some(found)
    }

    /// What queries may know of the package, if it is unchanged.
    pub(crate) fn for_queries(&self) -> Option<Arc<PackageSummary>> {
        self.unchanged.then(|| self.row.summary.clone())
    }
}

/// What is remembered of the workspace, if its manifests and its members are what they were, and how these look.
pub(crate) fn workspace(
    host: &dyn Host,
    root: &Utf8Path,
    manifest: &str,
) -> Option<(Arc<WorkspaceRow>, Seen)> {
    let row = WorkspaceRow::load(host, root).filter(|row| row.root == manifest)?;
    let (look, looks) = row.manifests.look_at_each(host, root, &Seen::default());
    let mut seen = Seen::default();
    row.manifests.note(&looks, &mut seen);
    (look != Look::Changed).then(|| (Arc::new(row), seen))
}

/// Where packages are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) host: &'a dyn Host,
    /// The workspace.
    pub(crate) root: &'a Utf8Path,
    /// How manifests looked a moment ago.
    pub(crate) seen: &'a Seen,
    /// Whether to write down how files look that had to be read to know that they are what they were: only a build may.
    pub(crate) renew: bool,
}

/// A package that is looked at: its name, and its manifest relative to the workspace.
pub(crate) type Wanted<'a> = (&'a Name, &'a str);

/// How the packages look of which something is remembered.
pub(crate) fn packages(
    place: Place<'_>,
    wanted: &[Wanted<'_>],
    ways: &[Way],
    threads: usize,
) -> FxHashMap<Name, Surveyed> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some((name, manifest)) = wanted.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Some(surveyed) = package(place, (name, manifest), ways) {
                found.push((Name::clone(name), surveyed));
            }
        }
        found
    };
    thread::scope(|scope| {
        let helpers = (1..threads.min(wanted.len())).map(|_| scope.spawn(work)).collect::<Vec<_>>();
        let mut found: FxHashMap<Name, Surveyed> = work().into_iter().collect();
        for helper in helpers {
            // A helper that panicked has found nothing: its packages are looked into.
            found.extend(helper.join().unwrap_or_default());
        }
        found
    })
}

fn package(place: Place<'_>, (name, manifest): Wanted<'_>, ways: &[Way]) -> Option<Surveyed> {
    let Place { host, root, renew, .. } = place;
    let mut row = PackageRow::load(host, root, name).filter(|row| row.manifest == manifest)?;
    let (unchanged, inputs) = inputs(place, name, &row);
    let is_renewed = unchanged && inputs.is_some();
    let mut is_new = is_renewed;
    let (mut intact, mut looks) = (Vec::new(), Vec::new());
    // All ways make the same intermediates.
    let mut outputs = Seen::default();
    for way in ways {
        let made = row.outputs.iter_mut().find(|row| row.way == way.digest);
        let (look, seen) = match &made {
            Some(made) => made.files.look_at_each(host, root, &outputs),
            None => (Look::Changed, Vec::new()),
        };
        if let Some(made) = made.as_ref().filter(|_| 1 < ways.len()) {
            made.files.note(&seen, &mut outputs);
        }
        intact.push(look != Look::Changed);
        if let (Look::Renewed(files), Some(made)) = (look, made) {
            (made.files, is_new) = (files, true);
        }
        if !unchanged {
            looks.push(seen);
        }
    }
    if let Some(inputs) = inputs.as_ref().filter(|_| is_renewed) {
        row.inputs = inputs.files();
    }
    if renew && unchanged && is_new {
        // What cannot be written down costs the next build another look, and is not worth a failure.
        let inputs = inputs.as_ref().map_or(Ok(()), |inputs| inputs.save(host, root, name));
        _ = inputs.and_then(|()| row.save(host, root, name));
    }
    Some(Surveyed { row, unchanged, inputs: inputs.map(Arc::new), intact, looks })
}

/// Whether the inputs of a package are what they were, and what is remembered of each if they do not look so.
fn inputs(place: Place<'_>, name: &Name, row: &PackageRow) -> (bool, Option<InputsRow>) {
    let Place { host, root, seen, .. } = place;
    let (look, looks) = row.inputs.look_at_each(host, root, seen);
    if look == Look::Same {
        return (true, None);
    }
    let inputs = InputsRow::load(host, root, name).filter(|it| it.contents() == row.contents);
    let Some(mut inputs) = inputs else { return (false, None) };
    let paths = row.inputs.paths(root);
    let looks: FxHashMap<&str, Observation> =
        paths.iter().map(|path| path.as_str()).zip(looks).collect();
    let look = |path: &Utf8Path| {
        looks.get(path.as_str()).copied().unwrap_or_else(|| Observation::now(host, path))
    };
    (inputs.look_again(host, root, look), Some(inputs))
}
