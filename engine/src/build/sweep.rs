//! Removing outputs that do not belong to anything any more.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::base::Name;
use crate::build::build::{Build, Made};
use crate::build::layout::Layout;
use crate::build::output::{OutputError, is_temporary, prune};
use crate::build::record::Record;
use crate::build::walk::Walk;
use crate::build::way::Way;
use crate::host::{EntryKind, Host};

impl Build<'_> {
    /// Whether a product is of a package that is gone, or a program of what is none any more. Programs that were given another name
    /// are the user's business.
    fn is_stale(&self, walk: &Walk<'_, '_>, path: &Utf8Path) -> bool {
        let mut packages = walk.packages();
        if Layout::is_of_package(path) {
            return !packages
                .any(|it| self.layout.products_of(&it.name).contains(&path.to_owned()));
        }
        packages.any(|it| path == self.layout.program(&it.name) && walk.program(it).is_none())
    }

    /// Whether a package was made as a whole, and is not known to consist of the files of which it consisted before.
    fn may_have_stale_outputs(&self, made: &Made<'_, '_>, package: &Name) -> bool {
        let is_made = |way: &Way| made.emitter.outputs_of(package, way.target).is_some();
        let are_the_same = |way: &Way| self.has_same_outputs(made, package, way);
        self.ways.iter().all(is_made)
            && !(made.intact.contains(package) && self.ways.iter().all(are_the_same))
    }

    /// Whether a package that was looked into, and made in `way` as a whole, consists of the files of which it consisted before.
    pub(crate) fn has_same_outputs(&self, made: &Made<'_, '_>, package: &Name, way: &Way) -> bool {
        let before = made.walk.surveyed(package).and_then(|it| it.outputs(way));
        let now = made.emitter.outputs_of(package, way.target);
        before.zip(now).is_some_and(|(before, (now, _))| {
            before.files.are(&self.layout.workspace, now.iter().map(Utf8PathBuf::as_path))
        })
    }

    /// Removes outputs that do not belong to anything any more: of the packages that were looked into and made as a whole, and in a
    /// sweep where the workspace has changed, of packages that are gone.
    pub(crate) fn prune(
        &self,
        made: &Made<'_, '_>,
        is_sweep: bool,
        was_swept: &BTreeSet<String>,
        record: &mut Record,
    ) -> Result<(), OutputError> {
        let was_swept = self.ways.iter().all(|way| was_swept.contains(way.target.name()));
        let (stale, left) = if !is_sweep || was_swept {
            (self.stale_folders(made), Vec::new())
        } else {
            (self.output_folders(), self.outputs_left(&made.walk))
        };
        if is_sweep {
            self.prune_beside(&made.walk, record)?;
        }
        let kept = left.iter().chain(&made.emitter.outputs);
        let kept: FxHashSet<&str> = kept.map(|path| path.as_str()).collect();
        self.prune_below(made.walk.db.host(), &stale, &kept, record)
    }

    /// The folders in which each package has one of its own.
    fn output_folders(&self) -> Vec<Utf8PathBuf> {
        let folders = self.targets().into_iter().map(|target| self.layout.target(target));
        folders.chain([self.layout.compiler.join("ioct")]).collect()
    }

    /// The folders of packages that were looked into and in which there may be something that they do not make any more.
    fn stale_folders(&self, made: &Made<'_, '_>) -> Vec<Utf8PathBuf> {
        let (walk, folders) = (&made.walk, self.output_folders());
        let entered = walk.packages().filter(|it| walk.has_entered(&it.name));
        let stale = entered.filter(|it| self.may_have_stale_outputs(made, &it.name));
        stale.flat_map(|it| folders.iter().map(|folder| folder.join(&*it.name))).collect()
    }

    /// The outputs of the packages that were left as they are.
    fn outputs_left(&self, walk: &Walk<'_, '_>) -> Vec<Utf8PathBuf> {
        let rows = walk.left().flat_map(|it| self.ways.iter().filter_map(|way| it.outputs(way)));
        rows.flat_map(|row| row.files.paths(&self.layout.workspace)).collect()
    }

    /// Removes products beside the folder of what this compiler makes that do not belong to anything any more.
    fn prune_beside(&self, walk: &Walk<'_, '_>, record: &mut Record) -> Result<(), OutputError> {
        let host = walk.db.host();
        for path in made_beside(host, self.layout, record)? {
            if self.is_stale(walk, &path) {
                host.remove_file(&path).map_err(OutputError::during("remove", &path))?;
                record.forget(&self.layout.workspace, &path);
            }
        }
        Ok(())
    }

    /// Removes what builds have put into these folders, but for what is to be kept.
    fn prune_below(
        &self,
        host: &dyn Host,
        folders: &[Utf8PathBuf],
        kept: &FxHashSet<&str>,
        record: &mut Record,
    ) -> Result<(), OutputError> {
        let root = &*self.layout.workspace;
        let keep = |path: &Utf8Path| kept.contains(path.as_str());
        for folder in folders {
            // Where a build was killed, nobody is about to put anything in place: this one has the lock.
            let is_left = |path: &Utf8Path| self.is_unfinished && is_temporary(path);
            let is_ours = |path: &Utf8Path| record.is_ours(root, path) || is_left(path);
            for path in prune(host, folder, &keep, &is_ours)? {
                record.forget(root, &path);
            }
        }
        Ok(())
    }
}

/// The products, absolute, that a build has left beside the folder of what this compiler makes.
pub(crate) fn made_beside(
    host: &dyn Host,
    layout: &Layout,
    record: &Record,
) -> Result<Vec<Utf8PathBuf>, OutputError> {
    let folder = layout.products();
    if folder == layout.compiler {
        return Ok(Vec::new());
    }
    let entries = host.entries(folder).map_err(OutputError::during("list", folder))?;
    let paths = entries.iter().map(|it| (folder.join(&it.name), it.kind));
    let ours = paths.filter(|(path, kind)| {
        record.is_ours(&layout.workspace, path)
            && (*kind != EntryKind::Directory || host.read_link(path).is_ok())
    });
    Ok(ours.map(|(path, _)| path).collect())
}
