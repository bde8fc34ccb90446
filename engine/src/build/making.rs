//! Writing modules and adding their actions as the walk comes to them.

use rustc_hash::FxHashSet;

use crate::base::Name;
use crate::build::build::Build;
use crate::build::checks;
use crate::build::emit::{Emitter, kept_module, write_module};
use crate::build::error::BuildError;
use crate::build::executor::Executor;
use crate::build::progress::Progress;
use crate::build::survey::Surveyed;
use crate::build::untouched::replay;
use crate::build::walk::Visitor;
use crate::build::workers::Workers;
use crate::compile::{Module, is_as_left, modules_of, source_digest};
use crate::graph::PackageNode;
use crate::source::{Db, File};
use crate::target::Target;

/// Writes modules and adds their actions as the walk comes to them.
pub(crate) struct Making<'m, 'a, 'db, 'e> {
    pub(crate) db: &'db dyn Db,
    pub(crate) root: File,
    pub(crate) workers: &'a Workers,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) build: &'m Build<'a>,
    pub(crate) targets: Vec<Target>,
    pub(crate) emitter: Emitter<'a>,
    pub(crate) executor: &'m Executor<'e>,
    /// The packages whose outputs are all as they were left.
    pub(crate) intact: FxHashSet<Name>,
    pub(crate) unsound: usize,
}

impl<'db> Visitor<'db> for Making<'_, '_, 'db, '_> {
    fn is_content(&self, surveyed: &Surveyed) -> bool {
        surveyed.known.unchanged && surveyed.is_intact()
    }

    fn enter(&mut self, package: &'db PackageNode, surveyed: Option<&Surveyed>) {
        if self.begin_with_the_store(package) {
            // The outputs that are there are of what was built here.
            return;
        }
        let (host, root) = (self.db.host(), &*self.build.layout.workspace);
        let shard = self.db.inputs().state(root).shard(host, &package.name);
        // Whether a module is as it was left, the shard says: of outputs that were left with another one, that is not known.
        let is_of_row = |it: &&Surveyed| {
            shard.is_some_and(|shard| shard.checksum() == it.known.row.summary.shard)
        };
        let surveyed = surveyed.filter(is_of_row);
        if let Some(looks) = surveyed.and_then(|it| it.looks(self.build.ways, host, root)) {
            self.emitter.saw(looks);
            self.intact.insert(package.name.clone());
        }
    }

    fn leave(&mut self, package: &'db PackageNode, surveyed: &Surveyed) {
        for way in self.build.ways {
            self.emitter.keep(&package.name, way.target);
            replay(surveyed, way, self.progress);
        }
    }

    fn modules(&mut self, modules: &[(Module<'db>, bool)]) -> Result<(), BuildError> {
        let db = self.db;
        self.unsound += modules.iter().filter(|(_, sound)| !sound).count();
        let sound = modules.iter().filter(|(_, sound)| *sound);
        let keys: Vec<_> = sound
            .map(|(it, _)| (it.root(db), it.package(db), it.source(db), it.path(db).clone()))
            .collect();
        let (targets, layout, intact) = (&self.targets, self.build.layout, &self.intact);
        let written = self.workers.each(db, &keys, |db, (root, package, source, path)| {
            let module = Module::new(db, *root, *package, *source, path);
            if intact.contains(path.package()) && is_as_left(db, module) {
                return Ok(kept_module(db, module, targets, layout));
            }
            write_module(db, module, targets, layout)
        });
        for ((_, _, _, path), written) in keys.iter().zip(written) {
            self.emitter.module(path, written?, &self.targets, self.executor);
        }
        Ok(())
    }
}

impl<'db> Making<'_, '_, 'db, '_> {
    /// Lets a package of which nothing is remembered begin with what the store knows; whether it does.
    fn begin_with_the_store(&self, package: &'db PackageNode) -> bool {
        let (db, root) = (self.db, self.root);
        let state = db.inputs().state(&self.build.layout.workspace);
        let Some(checks) = self.build.checks else { return false };
        if state.shard(db.host(), &package.name).is_some() {
            return false;
        }
        let modules: Vec<_> = modules_of(db, root, package.manifest)
            .map(|it| (it.package(db), it.source(db), it.path(db).clone()))
            .collect();
        self.workers.each(db, &modules, |db, (package, source, path)| {
            source_digest(db, Module::new(db, root, *package, *source, path));
        });
        let found = checks.find(&checks::key(db, root, package));
        found.is_some_and(|files| {
            checks::restore(db.host(), &state, &package.name, &files);
            true
        })
    }
}
