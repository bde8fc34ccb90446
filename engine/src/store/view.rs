//! The store as a tree of names: links that lead to what was built.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::relative_to;
use crate::host::{Entry, EntryKind};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::query::{ArtefactRow, BuildRow, Filter, Numbered, PROGRAM};

/// The file that says of a directory that it is a view, and that links in it are ours.
pub(super) const MARKER: &str = ".oast-view";

/// What there is of a view, and what had to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewReport {
    /// The directory.
    pub directory: Utf8PathBuf,
    /// How many links there are.
    pub links: usize,
    /// How many of them are new.
    pub made: usize,
    /// How many that led nowhere, or elsewhere, were removed.
    pub removed: usize,
    /// What stands in the place of a link, and is left alone: an editor that replaces the file it saves makes such a one of a link.
    pub blocked: Vec<Utf8PathBuf>,
}

/// Links by where they are, with what they say: from one place in a view to another the way between them, else an absolute path, which
/// holds wherever the view is reached from.
type Links = BTreeMap<Utf8PathBuf, Utf8PathBuf>;

impl Store<'_> {
    /// Makes `directory` a view, which is kept up to date from now on, or brings it up to date:
    ///
    /// ```text
    /// <Name>/<version>/built/<target> -> ../../<UUID>/build/<target>/<hash>   the latest build
    /// <Name>/<version>@<8 digits>/built/<target>, the same of the package whose UUID begins so
    /// <Name>/<UUID>/build/<target>/<hash>/<artefact> -> the file, in the store or where the build left it
    /// <Name>/<UUID>/source -> the directory of a local package
    /// ```
    ///
    /// Where packages of the same name and version come from several sources, `<version>` alone is the one that the store has known for
    /// longest, until nothing is there of that: another checkout does not change where it leads.
    ///
    /// There are links to what is there, and no others. Programs are shown where the build left them: files of the store cannot be run.
    pub fn view(&self, directory: &Utf8Path) -> Result<ViewReport, StoreError> {
        let host = self.host;
        if !self.is_read_only() {
            self.enter()?;
        }
        let marker = directory.join(MARKER);
        if host.stat(&marker).is_err() {
            // The marker itself may be there under another name, if somebody was killed who wrote it.
            let is_other = |entry: &Entry| !entry.name.starts_with(".oast-");
            if host.entries(directory).is_ok_and(|entries| entries.iter().any(is_other)) {
                let error = io::Error::new(
                    io::ErrorKind::AlreadyExists,
                    "it is neither empty nor a view of the store",
                );
                return Err(StoreError::during("use", directory)(error));
            }
            let text = b"This directory is a view of Oast's store: links, which come and go.\n";
            host.write(&marker, text).map_err(StoreError::during("write", &marker))?;
        }
        let turn = self.turn();
        turn.add(directory)?;
        self.refresh_view(directory, None)
    }

    /// Brings all views up to date, or what they show of the packages of these names. Views that are gone are forgotten.
    pub fn refresh_views(
        &self,
        packages: Option<&BTreeSet<String>>,
    ) -> Result<Vec<ViewReport>, StoreError> {
        if self.is_read_only() || self.views().is_empty() {
            return Ok(Vec::new());
        }
        self.enter()?;
        let turn = self.turn();
        let is_there = |view: &Utf8PathBuf| self.host.stat(&view.join(MARKER)).is_ok();
        let (views, gone): (BTreeSet<_>, BTreeSet<_>) =
            self.views().into_iter().partition(is_there);
        turn.forget(&gone)?;
        views.iter().map(|view| self.refresh_view(view, packages)).collect()
    }

    fn refresh_view(
        &self,
        directory: &Utf8Path,
        packages: Option<&BTreeSet<String>>,
    ) -> Result<ViewReport, StoreError> {
        let mut builds: Vec<Numbered> = Vec::new();
        match packages {
            None => builds = self.known_builds(&Filter::default())?,
            Some(names) => {
                for name in names {
                    let package = Some(name.clone());
                    builds.extend(self.known_builds(&Filter { package, ..Filter::default() })?);
                }
            }
        }
        for (_, build) in builds.iter().filter(|(_, build)| build.is_last && 0 < build.missing()) {
            // When the next build of the workspace has made it again, it tells so.
            self.take_receipt(&build.workspace)?;
        }
        builds.retain(|(_, build)| self.is_there(build));
        let wanted = self.wanted(directory, builds);
        let mut report = ViewReport {
            directory: directory.to_owned(),
            links: wanted.len(),
            made: 0,
            removed: 0,
            blocked: Vec::new(),
        };
        let roots = match packages {
            None => vec![directory.to_owned()],
            Some(names) => names.iter().map(|name| directory.join(name)).collect(),
        };
        let mut there = BTreeSet::new();
        for root in roots {
            report.removed += self.sweep(&root, &wanted, &mut there)?;
        }
        for (link, target) in wanted.iter().filter(|(link, _)| !there.contains(*link)) {
            if self.link(link, target)? {
                report.made += 1;
            } else {
                report.blocked.push(link.clone());
            }
        }
        report.links -= report.blocked.len();
        Ok(report)
    }

    /// The links that there should be, with what they should say.
    fn wanted(&self, directory: &Utf8Path, mut builds: Vec<Numbered>) -> Links {
        // What stands first has the names for which there are several. The builds of a package for a target come latest first.
        builds.sort_by_key(|(number, _)| *number);
        let mut links = Links::new();
        let mut shown = BTreeSet::new();
        for (_, build) in &builds {
            let package = directory.join(&build.package);
            let version = if build.version.is_empty() { "unversioned" } else { &build.version };
            let exactly = format!("{version}@{}", &build.uuid[..8]);
            let own = package.join(&build.uuid);
            let made = own.join("build").join(&build.target).join(build.hash());
            let files: Vec<_> =
                build.artefacts.iter().filter_map(|it| to_show(build, it)).collect();
            // Several workspaces may have built the same in the same way: the latest build is shown, and not what is left of another.
            if files.is_empty() || !shown.insert(made.clone()) {
                continue;
            }
            links.extend(files.iter().map(|(path, file)| (made.join(path), (*file).clone())));
            for version in [version, &*exactly] {
                let named = package.join(version).join("built").join(&build.target);
                let target = relative_to(&made, named.parent().unwrap_or(directory));
                links.entry(named).or_insert(target);
            }
            let source = Utf8PathBuf::from(&build.source);
            if source.is_absolute() && self.host.stat(&source).is_ok() {
                links.insert(own.join("source"), source);
            }
        }
        links
    }

    /// Removes the links below `root` that are not `wanted` and directories without any; adds those that are to `there`. Nothing but links is
    /// removed, and no link is followed.
    fn sweep(
        &self,
        root: &Utf8Path,
        wanted: &Links,
        there: &mut BTreeSet<Utf8PathBuf>,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        let mut visited = vec![root.to_owned()];
        let mut next = 0;
        while let Some(directory) = visited.get(next).cloned() {
            next += 1;
            // One that is not there has nothing in it.
            for entry in self.host.entries(&directory).unwrap_or_default() {
                let path = directory.join(&entry.name);
                match self.host.read_link(&path) {
                    Ok(target) => {
                        if wanted.get(&path) == Some(&target) {
                            there.insert(path);
                        } else {
                            let gone = self.host.remove_file(&path);
                            gone.map_err(StoreError::during("remove", &path))?;
                            removed += 1;
                        }
                    }
                    Err(_) if entry.kind == EntryKind::Directory => visited.push(path),
                    Err(_) => (),
                }
            }
        }
        if 0 < removed {
            for directory in visited.iter().skip(1).rev() {
                let gone = self.host.remove_empty_directory(directory);
                gone.map_err(StoreError::during("remove", directory))?;
            }
        }
        Ok(removed)
    }

    /// Makes a link; whether nothing else is in its place.
    fn link(&self, link: &Utf8Path, target: &Utf8Path) -> Result<bool, StoreError> {
        let parent = link.parent().unwrap_or(Utf8Path::new("/"));
        let made = self.host.create_directory(parent).map_err(|error| (error, "make", parent));
        let linked =
            || self.host.symlink(target, link).map_err(|error| (error, "make the link", link));
        match made.and_then(|()| linked()) {
            Ok(()) => Ok(true),
            Err((error, ..)) if is_in_the_way(&error) => {
                // Another process may bring the same view up to date where nothing can be locked.
                Ok(self.host.read_link(link).is_ok_and(|there| there == target))
            }
            Err((error, what, path)) => Err(StoreError::during(what, path)(error)),
        }
    }
}

/// Whether something stands in the place of a link, or of a directory above it.
fn is_in_the_way(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory)
}

/// A file of a build that a view shows, with the name of it in the build.
fn to_show<'a>(
    build: &BuildRow,
    artefact: &'a ArtefactRow,
) -> Option<(&'a Utf8Path, &'a Utf8PathBuf)> {
    let file = artefact.file.as_ref().filter(|_| is_plain(&artefact.path))?;
    let can_be_used = artefact.role != PROGRAM || file.starts_with(&build.directory);
    can_be_used.then_some((&*artefact.path, file))
}

/// Whether the path stays below where it begins.
fn is_plain(path: &Utf8Path) -> bool {
    path.components().all(|it| matches!(it, Utf8Component::Normal(_)))
}
