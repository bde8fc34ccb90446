//! Writing modules and adding their actions as the walk comes to them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::base::Name;
use crate::build::build::Build;
use crate::build::checks;
use crate::build::emit::{Emitter, kept_module, write_module};
use crate::build::error::BuildError;
use crate::build::executor::Executor;
use crate::build::progress::Progress;
use crate::build::survey::Surveyed;
use crate::build::untouched::replay;
use crate::build::walk::{Standing, Visitor};
use crate::build::workers::Workers;
use crate::compile::{Module, are_parts_as_left, is_as_left, modules_of, source_digest};
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

    fn modules(&mut self, modules: &[(Module<'db>, Standing)]) -> Result<(), BuildError> {
        let db = self.db;
        let sound: Vec<_> =
            modules.iter().filter(|(_, standing)| *standing != Standing::Unsound).collect();
        self.unsound += modules.len() - sound.len();
        let mut as_left: FxHashMap<File, bool> = FxHashMap::default();
        let mut are_as_left = |package| {
            let ask = || are_parts_as_left(db, self.root, package);
            *as_left.entry(package).or_insert_with(ask)
        };
        let is_kept = |(module, standing): &&(Module<'db>, Standing)| {
            let is_unaffected =
                *standing == Standing::Unaffected && are_as_left(module.package(db));
            self.intact.contains(module.path(db).package())
                && (is_unaffected || is_as_left(db, *module))
        };
        let are_kept: Vec<bool> = sound.iter().map(is_kept).collect();
        let new = sound.iter().zip(&are_kept).filter(|(_, is_kept)| !**is_kept);
        let keys: Vec<_> = new
            .map(|((it, _), _)| (it.root(db), it.package(db), it.source(db), it.path(db).clone()))
            .collect();
        let (targets, layout) = (&self.targets, self.build.layout);
        let written = self.workers.each(db, &keys, |db, (root, package, source, path)| {
            write_module(db, Module::new(db, *root, *package, *source, path), targets, layout)
        });
        let mut written = written.into_iter();
        for ((module, _), is_kept) in sound.into_iter().zip(are_kept) {
            let files = if is_kept {
                kept_module(db, *module, &self.targets, self.build.layout)
            } else {
                written.next().expect("all others were written")?
            };
            self.emitter.module(module.path(db), files, &self.targets, self.executor);
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
