//! How the outputs of packages look. A folder at a time, so that nobody has long to wait for who began the last one.

use std::mem::take;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::build::survey::{Inputs, Known, Place};
use crate::build::way::Way;
use crate::state::{Eye, FileSet, InputsRow, Look, Observation, PackageRow};

/// How the outputs of a package look.
pub(super) struct Outputs {
    /// For each way, whether they are what they were.
    pub(super) intact: Vec<bool>,
    /// For each way, how each looks, if something has changed in the inputs.
    pub(super) looks: Vec<Vec<Observation>>,
    /// The row as it is now, if files had to be read to know that they are what they were.
    pub(super) row: Option<PackageRow>,
}

/// The looks at the outputs of all packages, as far as somebody has taken them.
pub(super) struct OutputLooks<'k> {
    inputs: &'k Inputs<'k>,
    ways: &'k [Way],
    packages: Vec<OnceLock<Package<'k>>>,
    /// The package, and the folder of it, at which nobody has begun to look.
    next: Mutex<(usize, usize)>,
}

/// The outputs of a package.
#[derive(Default)]
struct Package<'k> {
    /// For each way, which row of outputs tells what was made in it, if one does.
    rows: Vec<Option<usize>>,
    /// The folders of all ways, each once: all make the same intermediates.
    folders: Vec<&'k str>,
    /// How the files in a folder look.
    looks: Mutex<FxHashMap<&'k str, Vec<Observation>>>,
    /// At how many folders nobody has looked to the end.
    left: AtomicUsize,
    outputs: OnceLock<Outputs>,
}

impl<'k> OutputLooks<'k> {
    /// Nobody has looked yet.
    pub(super) fn new(inputs: &'k Inputs<'k>, ways: &'k [Way]) -> OutputLooks<'k> {
        let packages = (0..inputs.len()).map(|_| OnceLock::new()).collect();
        OutputLooks { inputs, ways, packages, next: Mutex::default() }
    }

    /// The outputs of a package; if somebody else is looking at its inputs, when they have.
    fn package(&self, index: usize) -> Option<&Package<'k>> {
        let package = || self.inputs.known(index).map(|it| Package::new(it, self.ways));
        Some(self.packages.get(index)?.get_or_init(|| package().unwrap_or_default()))
    }

    fn claim(&self) -> Option<(usize, &Package<'k>, &'k str)> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let (index, folder) = *next;
            let package = self.package(index)?;
            match package.folders.get(folder) {
                Some(text) => {
                    next.1 += 1;
                    return Some((index, package, text));
                }
                None => *next = (index + 1, 0),
            }
        }
    }

    /// Whether somebody has begun to look at each.
    pub(super) fn are_claimed(&self) -> bool {
        let next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.packages.len() <= next.0
    }

    /// Looks at a folder that nobody has looked at; whether there was one.
    pub(super) fn look_at_next(&self, eye: &mut Eye<'_>) -> bool {
        let Some((index, package, folder)) = self.claim() else { return false };
        let looks = eye.look_in(folder);
        package.looks.lock().unwrap_or_else(PoisonError::into_inner).insert(folder, looks);
        if package.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.conclude(index, package);
        }
        true
    }

    /// Says what the looks at the outputs of a package tell, now that all were taken.
    fn conclude(&self, index: usize, package: &Package<'k>) {
        if let Some(known) = self.inputs.known(index) {
            let (place, name) = (self.inputs.place, self.inputs.wanted[index].0);
            package.outputs.get_or_init(|| outputs(place, name, known, package));
        }
    }

    /// How the outputs of each package look of which something is remembered; `None` where who looked did not come back.
    pub(super) fn end(self) -> Vec<Option<Outputs>> {
        for index in 0..self.packages.len() {
            if let Some(package) = self.package(index).filter(|it| it.folders.is_empty()) {
                self.conclude(index, package);
            }
        }
        let packages = self.packages.into_iter();
        packages.map(|package| package.into_inner()?.outputs.into_inner()).collect()
    }
}

impl<'k> Package<'k> {
    fn new(known: &'k Known, ways: &[Way]) -> Package<'k> {
        let made = &known.row.outputs;
        let row = |way: &Way| made.iter().position(|row| row.way == way.digest);
        let rows: Vec<Option<usize>> = ways.iter().map(row).collect();
        let folders = rows.iter().flatten().flat_map(|at| made[*at].files.folders());
        let mut folders: Vec<&str> = folders.collect();
        if 1 < ways.len() {
            folders.sort_unstable();
            folders.dedup();
        }
        let left = AtomicUsize::new(folders.len());
        Package { rows, folders, left, ..Package::default() }
    }
}

fn outputs(place: Place<'_>, name: &str, known: &Known, package: &Package<'_>) -> Outputs {
    let Place { host, root, renew, .. } = place;
    let Known { row, unchanged, inputs } = known;
    let found = take(&mut *package.looks.lock().unwrap_or_else(PoisonError::into_inner));
    let (mut intact, mut looks, mut renewed) = (Vec::new(), Vec::new(), Vec::new());
    for at in &package.rows {
        let files = at.map(|at| &row.outputs[at].files);
        let seen = |files: &FileSet| files.folders().flat_map(|it| &found[it]).copied().collect();
        let seen: Vec<Observation> = files.map(seen).unwrap_or_default();
        let look = files.map_or(Look::Changed, |files| files.compare(host, root, &seen));
        intact.push(look != Look::Changed);
        if let (Look::Renewed(files), Some(at)) = (look, *at) {
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
