//! Looking from outside whether anything has changed: one `stat` for each input and output, and nothing is read but the rows.

mod outputs;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::base::Name;
use crate::build::survey::outputs::{OutputLooks, Outputs};
use crate::build::way::Way;
use crate::host::Host;
use crate::state::{
    Eye, InputsRow, Look, Observation, OutputRow, PackageRow, PackageSummary, Seen, WorkspaceRow,
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
    let inputs = Inputs::new(place, wanted);
    let outputs = OutputLooks::new(&inputs, ways);
    let look_at_outputs = |eye: &mut Eye<'_>| while outputs.look_at_next(eye) {};
    thread::scope(|scope| {
        let help = || {
            inputs.look_at_all();
            look_at_outputs(&mut Eye::new(place.host, place.root));
        };
        let helpers = (1..threads.min(wanted.len())).map(|_| scope.spawn(help)).collect::<Vec<_>>();
        inputs.look_at_all();
        let mut eye = Eye::new(place.host, place.root);
        while !inputs.are_known() && outputs.look_at_next(&mut eye) {}
        let halfway = Halfway { inputs: &inputs, is_over: &|| outputs.are_claimed() };
        if !helpers.is_empty() && halfway.packages().any(|(_, known)| !known.unchanged) {
            meanwhile(&halfway);
        }
        look_at_outputs(&mut eye);
        for helper in helpers {
            // A package at whose outputs a helper looked that panicked is looked into.
            _ = helper.join();
        }
    });
    let found = outputs.end();
    inputs.end(found)
}

/// What a survey knows when it has looked at all inputs, while others still look at outputs.
pub(crate) struct Halfway<'a> {
    inputs: &'a Inputs<'a>,
    is_over: &'a dyn Fn() -> bool,
}

impl Halfway<'_> {
    /// The packages of which something is remembered.
    pub(crate) fn packages(&self) -> impl Iterator<Item = (&Name, &Known)> {
        let Inputs { wanted, known, .. } = self.inputs;
        let known = known.iter().map(|it| it.get().and_then(Option::as_ref));
        wanted.iter().zip(known).filter_map(|((name, _), known)| Some((*name, known?)))
    }

    /// Whether nobody needs help with the outputs any more: who does something else meanwhile keeps everybody waiting from now on.
    pub(crate) fn is_over(&self) -> bool {
        (self.is_over)()
    }
}

/// What is remembered of packages, and how their inputs look, as far as somebody has looked.
struct Inputs<'a> {
    place: Place<'a>,
    wanted: &'a [Wanted<'a>],
    known: Vec<OnceLock<Option<Known>>>,
    /// The first package at whose inputs nobody has begun to look.
    next: AtomicUsize,
}

impl<'a> Inputs<'a> {
    fn new(place: Place<'a>, wanted: &'a [Wanted<'a>]) -> Inputs<'a> {
        let known = wanted.iter().map(|_| OnceLock::new()).collect();
        Inputs { place, wanted, known, next: AtomicUsize::new(0) }
    }

    fn len(&self) -> usize {
        self.wanted.len()
    }

    /// What is remembered of a package; if somebody else is looking, when they have.
    fn known(&self, index: usize) -> Option<&Known> {
        self.known[index].get_or_init(|| Known::of(self.place, self.wanted[index])).as_ref()
    }

    fn are_known(&self) -> bool {
        self.known.iter().all(|it| it.get().is_some())
    }

    fn look_at_all(&self) {
        let claim = || self.next.fetch_add(1, Ordering::Relaxed);
        std::iter::repeat_with(claim).take_while(|index| *index < self.len()).for_each(|index| {
            self.known(index);
        });
    }

    fn end(self, outputs: Vec<Option<Outputs>>) -> FxHashMap<Name, Surveyed> {
        let known = self.known.into_iter().map(|it| it.into_inner().flatten());
        let packages = self.wanted.iter().zip(known).zip(outputs);
        let surveyed = packages.filter_map(|(((name, _), known), outputs)| {
            let (mut known, Outputs { intact, looks, row }) = (known?, outputs?);
            known.row = row.unwrap_or(known.row);
            Some(((*name).clone(), Surveyed { known, intact, looks }))
        });
        surveyed.collect()
    }
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
