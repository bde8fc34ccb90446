//! The store as a tree of names: links that lead to what was built.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::base::{DigestWriter, relative_to};
use crate::host::{Entry, EntryKind, FileLock, LockKind};
use crate::store::Store;
use crate::store::database::wait_for;
use crate::store::error::StoreError;
use crate::store::query::{BuildRow, Filter};

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

impl BuildRow {
    /// What tells the build from others of the same package and target: 16 digits of the digest of compiler, options and profile.
    pub fn hash(&self) -> String {
        let mut digest = DigestWriter::default();
        digest.part(&self.compiler).part(&self.compiler_version).part(&self.profile);
        let mut text = digest.part(self.options.as_bytes()).clone().finish().to_string();
        text.truncate(16);
        text
    }
}

impl Store<'_> {
    /// Makes `directory` a view, which is kept up to date from now on, or brings it up to date:
    ///
    /// ```text
    /// <Name>/<version>/built/<target> -> ../../<UUID>/build/<target>/<hash>   the latest build
    /// <Name>/<UUID>/build/<target>/<hash>/<artefact> -> the file, in the store or where the build left it
    /// <Name>/<UUID>/source -> the directory of a local package
    /// ```
    ///
    /// Where packages of the same name and version come from several sources, `<version>` is followed by `@` and the first digits
    /// of the UUID.
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
        let mut builds = Vec::new();
        match packages {
            None => builds = self.query(&Filter::default())?,
            Some(names) => {
                for name in names {
                    let package = Some(name.clone());
                    builds.extend(self.query(&Filter { package, ..Filter::default() })?);
                }
            }
        }
        let wanted = self.wanted(directory, &builds);
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
    fn wanted(&self, directory: &Utf8Path, builds: &[BuildRow]) -> Links {
        let mut sources: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for build in builds {
            let same = sources.entry((&build.package, &build.version)).or_default();
            same.insert(&build.uuid);
        }
        let mut links = Links::new();
        for build in builds {
            let package = directory.join(&build.package);
            let mut version = build.version.clone();
            if version.is_empty() {
                version.push_str("unversioned");
            }
            if 1 < sources[&(&*build.package, &*build.version)].len() {
                version.push('@');
                version.push_str(&build.uuid[..8]);
            }
            let own = package.join(&build.uuid);
            let made = own.join("build").join(&build.target).join(build.hash());
            // The builds of a package for a target come latest first.
            let named = package.join(version).join("built").join(&build.target);
            links.entry(named).or_insert_with(|| made.clone());
            let source = Utf8PathBuf::from(&build.source);
            if source.is_absolute() && self.host.stat(&source).is_ok() {
                links.insert(own.join("source"), source);
            }
            for artefact in build.artefacts.iter().filter(|it| is_plain(&it.path)) {
                if self.host.stat(&artefact.file).is_ok() {
                    links.insert(made.join(&artefact.path), artefact.file.clone());
                }
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
