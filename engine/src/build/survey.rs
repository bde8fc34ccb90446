//! Looking from outside whether anything has changed: one `stat` for each input and output, and nothing is read but the rows.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::build::way::Way;
use crate::host::Host;
use crate::state::{
    InputsRow, Look, Observation, OutputRow, PackageRow, PackageSummary, Seen, WorkspaceRow,
};

/// What is remembered of a package, and whether its inputs are what they were.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Known {
    /// What is remembered of it.
    pub(crate) row: PackageRow,
    /// Whether its manifest and sources are what they were.
    pub(crate) unchanged: bool,
    /// What was in its inputs and how much of it is the same, if they do not all look as they did.
    pub(crate) inputs: Option<Arc<InputsRow>>,
}

/// A package as it looks from outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Surveyed {
    /// What is remembered of it, and how its inputs look.
    pub(crate) known: Known,
    /// For each way that was asked for, whether its outputs are what they were.
    intact: Vec<bool>,
    /// How its outputs looked, for each way, if something has changed in its inputs.
    looks: Vec<Vec<Observation>>,
}

impl Known {
    fn of(place: Place<'_>, (name, manifest): Wanted<'_>) -> Option<Known> {
        let row = PackageRow::load(place.host, place.root, name);
        let row = row.filter(|row| row.manifest == manifest)?;
        let (unchanged, inputs) = inputs(place, name, &row);
        Some(Known { row, unchanged, inputs: inputs.map(Arc::new) })
    }

    /// What queries may know of the package, if it is unchanged.
    pub(crate) fn for_queries(&self) -> Option<Arc<PackageSummary>> {
        self.unchanged.then(|| self.row.summary.clone())
    }
}

impl Surveyed {
    /// The row of the outputs made in `way`.
    pub(crate) fn outputs(&self, way: &Way) -> Option<&OutputRow> {
        self.known.row.outputs.iter().find(|row| row.way == way.digest)
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

/// How the packages look of which something is remembered. If inputs of some have changed, and others look at the outputs, this thread
/// does something else `meanwhile`, and then helps them.
pub(crate) fn packages(
    place: Place<'_>,
    wanted: &[Wanted<'_>],
    ways: &[Way],
    threads: usize,
    meanwhile: &mut dyn FnMut(&Halfway<'_>),
) -> FxHashMap<Name, Surveyed> {
    let survey = Survey::new(place, wanted, ways);
    let found = thread::scope(|scope| {
        let help = || survey.help();
        let helpers = (1..threads.min(wanted.len())).map(|_| scope.spawn(help)).collect::<Vec<_>>();
        let mut found = Vec::new();
        survey.look_at_inputs();
        while !survey.is_halfway() && survey.look_at_next(&mut found) {}
        let halfway = Halfway(&survey);
        if !helpers.is_empty() && halfway.packages().any(|(_, known)| !known.unchanged) {
            meanwhile(&halfway);
        }
        while survey.look_at_next(&mut found) {}
        for helper in helpers {
            // A helper that panicked has found nothing: its packages are looked into.
            found.extend(helper.join().unwrap_or_default());
        }
        found
    });
    survey.end(found)
}

/// A survey under way. All inputs are looked at before any outputs.
struct Survey<'a> {
    place: Place<'a>,
    wanted: &'a [Wanted<'a>],
    ways: &'a [Way],
    known: Vec<OnceLock<Option<Known>>>,
    /// The first package at whose inputs nobody has begun to look.
    next_inputs: AtomicUsize,
    /// The first package at whose outputs nobody has begun to look.
    next_outputs: AtomicUsize,
    /// At the outputs of how many packages somebody has looked.
    finished: AtomicUsize,
}

/// What a survey knows when it has looked at all inputs, while others still look at outputs.
pub(crate) struct Halfway<'a>(&'a Survey<'a>);

impl Halfway<'_> {
    /// The packages of which something is remembered.
    pub(crate) fn packages(&self) -> impl Iterator<Item = (&Name, &Known)> {
        let Survey { wanted, known, .. } = self.0;
        let known = known.iter().map(|it| it.get().and_then(Option::as_ref));
        wanted.iter().zip(known).filter_map(|((name, _), known)| Some((*name, known?)))
    }

    /// Whether nobody looks at outputs any more: who does something else meanwhile keeps everybody waiting from now on.
    pub(crate) fn is_over(&self) -> bool {
        self.0.wanted.len() <= self.0.finished.load(Ordering::Relaxed)
    }
}

impl<'a> Survey<'a> {
    fn new(place: Place<'a>, wanted: &'a [Wanted<'a>], ways: &'a [Way]) -> Survey<'a> {
        let known = wanted.iter().map(|_| OnceLock::new()).collect();
        let [next_inputs, next_outputs, finished] = [const { AtomicUsize::new(0) }; 3];
        Survey { place, wanted, ways, known, next_inputs, next_outputs, finished }
    }

    /// What is remembered of a package; if somebody else is looking, when they have.
    fn known(&self, index: usize) -> Option<&Known> {
        self.known[index].get_or_init(|| Known::of(self.place, self.wanted[index])).as_ref()
    }

    fn is_halfway(&self) -> bool {
        self.known.iter().all(|it| it.get().is_some())
    }

    fn claim(&self, next: &AtomicUsize) -> Option<usize> {
        Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < self.wanted.len())
    }

    fn look_at_inputs(&self) {
        while let Some(index) = self.claim(&self.next_inputs) {
            self.known(index);
        }
    }

    /// Looks at the outputs of a package that nobody has looked at; whether there was one.
    fn look_at_next(&self, found: &mut Vec<(usize, Outputs)>) -> bool {
        let Some(index) = self.claim(&self.next_outputs) else { return false };
        let name = self.wanted[index].0;
        let outputs = self.known(index).map(|known| outputs(self.place, name, known, self.ways));
        found.extend(outputs.map(|outputs| (index, outputs)));
        self.finished.fetch_add(1, Ordering::Relaxed);
        true
    }

    fn help(&self) -> Vec<(usize, Outputs)> {
        let mut found = Vec::new();
        self.look_at_inputs();
        while self.look_at_next(&mut found) {}
        found
    }

    fn end(self, found: Vec<(usize, Outputs)>) -> FxHashMap<Name, Surveyed> {
        let known = self.known.into_iter().map(|it| it.into_inner().flatten());
        let mut known: Vec<Option<Known>> = known.collect();
        let surveyed = found.into_iter().filter_map(|(index, outputs)| {
            let mut known = known[index].take()?;
            let Outputs { intact, looks, row } = outputs;
            known.row = row.unwrap_or(known.row);
            Some((self.wanted[index].0.clone(), Surveyed { known, intact, looks }))
        });
        surveyed.collect()
    }
}

/// How the outputs of a package look.
struct Outputs {
    intact: Vec<bool>,
    looks: Vec<Vec<Observation>>,
    /// The row as it is now, if files had to be read to know that they are what they were.
    row: Option<PackageRow>,
}

fn outputs(place: Place<'_>, name: &Name, known: &Known, ways: &[Way]) -> Outputs {
    let Place { host, root, renew, .. } = place;
    let Known { row, unchanged, inputs } = known;
    let (mut intact, mut looks, mut renewed) = (Vec::new(), Vec::new(), Vec::new());
    // All ways make the same intermediates.
    let mut outputs = Seen::default();
    for way in ways {
        let made = row.outputs.iter().position(|row| row.way == way.digest);
        let files = made.map(|at| &row.outputs[at].files);
        let (look, seen) = match files {
            Some(files) => files.look_at_each(host, root, &outputs),
            None => (Look::Changed, Vec::new()),
        };
        if let Some(files) = files.filter(|_| 1 < ways.len()) {
            files.note(&seen, &mut outputs);
        }
        intact.push(look != Look::Changed);
        if let (Look::Renewed(files), Some(at)) = (look, made) {
            renewed.push((at, files));
        }
        if !unchanged {
            looks.push(seen);
        }
    }
    let inputs = inputs.as_deref().filter(|_| *unchanged);
    if inputs.is_none() && renewed.is_empty() {
        return Outputs { intact, looks, row: None };
    }
    let mut row = row.clone();
    row.inputs = inputs.map_or(row.inputs, InputsRow::files);
    for (at, files) in renewed {
        row.outputs[at].files = files;
    }
    if renew && *unchanged {
        // What cannot be written down costs the next build another look, and is not worth a failure.
        let inputs = inputs.map_or(Ok(()), |inputs| inputs.save(host, root, name));
        _ = inputs.and_then(|()| row.save(host, root, name));
    }
    Outputs { intact, looks, row: Some(row) }
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
