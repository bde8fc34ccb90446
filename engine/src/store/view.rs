//! The store as a tree of names: links that lead to what was built.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::relative_to;
use crate::host::{Entry, EntryKind, FileLock, LockKind};
use crate::store::Store;
use crate::store::database::wait_for;
use crate::store::error::StoreError;
use crate::store::query::{Filter, Numbered, PROGRAM};

/// The file that says of a directory that it is a view, and that links in it are ours.
const MARKER: &str = ".oast-view";

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
}

/// Links by where they are, with where they lead. Both are absolute.
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
        self.change(|transaction| {
            let sql = "INSERT OR IGNORE INTO views VALUES (?)";
            transaction.execute(sql, [directory.as_str()]).map(|_| ())
        })?;
        let _turn = self.turn();
        self.refresh_view(directory, None)
    }

    /// Brings all views up to date, or what they show of the packages of these names. Views that are gone are forgotten.
    pub fn refresh_views(
        &self,
        packages: Option<&BTreeSet<String>>,
    ) -> Result<Vec<ViewReport>, StoreError> {
        let views = self.ask(|connection| {
            let mut statement = connection.prepare("SELECT directory FROM views")?;
            let rows = statement.query_map((), |row| row.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let mut reports = Vec::new();
        if views.is_empty() || self.is_read_only() {
            return Ok(reports);
        }
        self.enter()?;
        let _turn = self.turn();
        for view in views {
            if self.host.stat(&Utf8Path::new(&view).join(MARKER)).is_ok() {
                reports.push(self.refresh_view(Utf8Path::new(&view), packages)?);
            } else {
                let sql = "DELETE FROM views WHERE directory = ?";
                self.change(|transaction| transaction.execute(sql, [&view]).map(|_| ()))?;
            }
        }
        Ok(reports)
    }

    /// The right to change views, and then to ask the database what they should show: who came later would undo what somebody did that
    /// asked before and knew less. Without it, a view may be out of date until the next build.
    fn turn(&self) -> Option<FileLock> {
        wait_for(self.host, &self.home.join("locks/views"), LockKind::Exclusive)
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
            self.link(link, target)?;
            report.made += 1;
        }
        Ok(report)
    }

    /// The links that there should be.
    fn wanted(&self, directory: &Utf8Path, mut builds: Vec<Numbered>) -> Links {
        // What stands first has the names for which there are several. The builds of a package for a target come latest first.
        builds.sort_by_key(|(number, _)| *number);
        let mut links = Links::new();
        for (_, build) in &builds {
            let package = directory.join(&build.package);
            let version = if build.version.is_empty() { "unversioned" } else { &build.version };
            let exactly = format!("{version}@{}", &build.uuid[..8]);
            let own = package.join(&build.uuid);
            let made = own.join("build").join(&build.target).join(build.hash());
            let mut is_shown = false;
            for artefact in &build.artefacts {
                if let Some(file) = artefact.file.as_ref().filter(|_| is_plain(&artefact.path))
                    && (artefact.role != PROGRAM || file.starts_with(&build.directory))
                {
                    links.entry(made.join(&artefact.path)).or_insert_with(|| file.clone());
                    is_shown = true;
                }
            }
            if !is_shown {
                continue;
            }
            for version in [version, &*exactly] {
                let named = package.join(version).join("built").join(&build.target);
                links.entry(named).or_insert_with(|| made.clone());
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
                        if wanted.get(&path).is_some_and(|it| target == shown(&path, it)) {
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

    fn link(&self, link: &Utf8Path, target: &Utf8Path) -> Result<(), StoreError> {
        let parent = link.parent().unwrap_or(Utf8Path::new("/"));
        self.host.create_directory(parent).map_err(StoreError::during("make", parent))?;
        match self.host.symlink(&shown(link, target), link) {
            // Another process brings the same view up to date.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other.map_err(StoreError::during("make", link)),
        }
    }
}

/// What a link says that leads to `target`: a way from where it is, so that a store can be moved with its view.
fn shown(link: &Utf8Path, target: &Utf8Path) -> Utf8PathBuf {
    if link.file_name() == Some("source") {
        return target.to_owned();
    }
    relative_to(target, link.parent().unwrap_or(Utf8Path::new("/")))
}

/// Whether the path stays below where it begins.
fn is_plain(path: &Utf8Path) -> bool {
    path.components().all(|it| matches!(it, Utf8Component::Normal(_)))
}
