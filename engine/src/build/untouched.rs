//! The build of a workspace in which nothing has changed: no file is read but what is remembered.

use std::sync::Arc;

use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;

use crate::base::{ModulePath, Name};
use crate::build::begin::unfinished;
use crate::build::emit::program_artefact;
use crate::build::layout::Layout;
use crate::build::progress::{Event, Progress};
use crate::build::request::{Artefact, BuildRequest, Report};
use crate::build::survey::{self, Halfway, Place, Surveyed, Wanted};
use crate::build::way::Way;
use crate::compile::decode_diagnostics;
use crate::host::Host;
use crate::state::{Look, Observation, OutputRow, PackageEntry, Seen, WorkspaceRow};

/// What is remembered of a workspace whose manifests are what they were, and how its packages look.
pub(crate) struct Remembered {
    pub(crate) workspace: Arc<WorkspaceRow>,
    pub(crate) packages: FxHashMap<Name, Surveyed>,
    /// Whether queries were told all that meanwhile.
    pub(crate) is_told: bool,
    /// Of each package of the workspace, whether the request is about it.
    selected: Vec<bool>,
    /// How the run-time support looks, which belongs to no package, in all ways in which it is as it was.
    pub(crate) runtime: Vec<(Utf8PathBuf, Observation)>,
    /// Whether what belongs to no package is as it has to be: the run-time support is there, and nothing that nobody makes.
    is_tidy: bool,
}

impl Remembered {
    /// Looks at a workspace from outside; `None` where its manifests are not what they were, or where nothing is remembered. What it
    /// does `meanwhile` (see [`survey::packages`]) yields whether queries were told.
    pub(crate) fn look(
        host: &dyn Host,
        layout: &Layout,
        manifest: &str,
        request: &BuildRequest,
        ways: &[Way],
        threads: usize,
        meanwhile: &dyn Fn(&Arc<WorkspaceRow>, &Halfway<'_>) -> bool,
    ) -> Option<Remembered> {
        let (workspace, seen) = survey::workspace(host, &layout.workspace, manifest)?;
        let place = Place { host, root: &layout.workspace, seen: &seen, renew: true };
        let selected = selected(&workspace, request);
        let entries = workspace.packages.iter().zip(&selected).filter(|(_, selected)| **selected);
        let wanted: Vec<Wanted<'_>> =
            entries.map(|(entry, _)| (&entry.name, &*entry.manifest)).collect();
        let mut is_told = false;
        let packages = survey::packages(place, &wanted, ways, threads, &mut |halfway| {
            is_told = meanwhile(&workspace, halfway);
        });
        let is_whole = request.packages.is_empty();
        let is_unfinished = is_whole && host.stat(&unfinished(&layout.workspace)).is_ok();
        let mut is_tidy = !is_unfinished;
        let mut runtime = Vec::new();
        for way in ways {
            let looks = runtime_looks(host, layout, &workspace, way);
            is_tidy &=
                looks.is_some() && (!is_whole || workspace.swept.contains(way.target.name()));
            runtime.extend(looks.into_iter().flatten());
        }
        Some(Remembered { workspace, packages, is_told, selected, runtime, is_tidy })
    }

    /// The packages that the request is about, dependencies first.
    fn entries(&self) -> impl Iterator<Item = &PackageEntry> {
        let entries = self.workspace.packages.iter().zip(&self.selected);
        entries.filter(|(_, selected)| **selected).map(|(entry, _)| entry)
    }

    /// Whether all that the request is about is there as it has to be.
    pub(crate) fn is_untouched(&self) -> bool {
        self.is_tidy
            && self.entries().all(|entry| {
                let Some(surveyed) = self.packages.get(&entry.name) else { return false };
                let dependencies = surveyed.known.row.summary.dependencies.iter();
                surveyed.known.unchanged
                    && surveyed.is_intact()
                    && dependencies.len() == entry.dependencies.len()
                    && dependencies.into_iter().all(|(name, then)| {
                        self.packages
                            .get(name)
                            .is_some_and(|now| now.known.row.summary.interfaces == *then)
                    })
            })
    }

    /// The report of a build that has nothing to do; `None` where what is remembered is damaged.
    pub(crate) fn report(
        &self,
        layout: &Layout,
        ways: &[Way],
        progress: &dyn Progress,
    ) -> Option<Report> {
        let mut report = Report::default();
        self.show(layout, progress);
        for entry in self.entries() {
            let surveyed = &self.packages[&entry.name];
            report.packages += 1;
            report.modules += surveyed.known.row.modules as usize;
            report.diagnostics.extend(decode_diagnostics(
                &layout.workspace,
                &surveyed.known.row.summary.diagnostics,
            )?);
            for way in ways {
                replay(surveyed, way, progress);
                report.artefacts.extend(program_of(layout, entry, surveyed, way));
            }
        }
        let runtime = ways.iter().filter_map(|way| self.workspace.runtime(way.digest));
        runtime.for_each(|row| tell(row, progress));
        report.reused = report.modules;
        Some(report)
    }

    /// Tells which manifests there are and how packages depend on each other.
    fn show(&self, layout: &Layout, progress: &dyn Progress) {
        progress.event(Event::ManifestFound(layout.workspace.join(&self.workspace.root)));
        let packages = &self.workspace.packages;
        for package in packages.iter().filter(|it| it.manifest != self.workspace.root) {
            let path = crate::base::resolve(&layout.workspace, &package.manifest);
            progress.event(Event::ManifestFound(path));
        }
        let shown = packages.iter().map(|package| {
            let names =
                package.dependencies.iter().map(|(it, _)| packages[*it as usize].name.to_string());
            (package.name.to_string(), names.collect())
        });
        progress.event(Event::PackageGraph(shown.collect()));
    }
}

/// How the files of the run-time support look that was made in `way`, if they are what they were.
fn runtime_looks(
    host: &dyn Host,
    layout: &Layout,
    workspace: &WorkspaceRow,
    way: &Way,
) -> Option<Vec<(Utf8PathBuf, Observation)>> {
    let files = &workspace.runtime(way.digest)?.files;
    match files.look_at_each(host, &layout.workspace, &Seen::default()) {
        (Look::Changed, _) => None,
        (_, looks) => Some(files.paths(&layout.workspace).into_iter().zip(looks).collect()),
    }
}

/// Tells again what programs said when they made the outputs of a package.
pub(crate) fn replay(surveyed: &Surveyed, way: &Way, progress: &dyn Progress) {
    surveyed.outputs(way).into_iter().for_each(|row| tell(row, progress));
}

fn tell(row: &OutputRow, progress: &dyn Progress) {
    for (label, text) in &row.messages {
        let (label, text) = (label.clone(), text.clone());
        progress.event(Event::StepOutput { label, text });
    }
}

fn program_of(
    layout: &Layout,
    entry: &PackageEntry,
    surveyed: &Surveyed,
    way: &Way,
) -> Option<Artefact> {
    let main = surveyed.known.row.summary.main.as_ref().filter(|_| entry.is_member)?;
    let module = ModulePath::new(format!("{}/{main}", entry.name));
    Some(program_artefact(layout, &entry.name, &module, way.target))
}

/// Of each package, whether the request is about it: it is named, or something that is named depends on it.
fn selected(workspace: &WorkspaceRow, request: &BuildRequest) -> Vec<bool> {
    let packages = &workspace.packages;
    let mut selected: Vec<bool> = packages
        .iter()
        .map(|entry| match &*request.packages {
            [] => entry.is_member,
            names => names.contains(&entry.name),
        })
        .collect();
    for index in (0..packages.len()).rev() {
        if selected[index] {
            packages[index].dependencies.iter().for_each(|(it, _)| selected[*it as usize] = true);
        }
    }
    selected
}
