//! What is made of each module, and what its front end can see, depends on this.

use std::collections::{BTreeMap, BTreeSet};

use crate::law::model::{Import, Languages, Model, ModuleModel, PackageModel};
use crate::law::oats;

/// What is made of a module depends on this, and on nothing else.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ModuleFacts {
    /// What it means.
    pub(super) meaning: String,
    /// Where all of it stands.
    pub(super) positions: String,
}

/// All that the front ends of some modules can see: their texts and the answers that they get.
pub(super) type Seen = BTreeMap<String, String>;

/// What a module is told of one that it imports: which it is, the type of its value, and that of its chain.
type Answer = (Import, Option<bool>, Option<bool>);

impl Model {
    /// What each module depends on, by its path.
    pub(super) fn facts(&self) -> BTreeMap<String, ModuleFacts> {
        let mut facts = BTreeMap::new();
        if self.languages == Languages::Oats {
            let entry = |(name, it): (&String, &PackageModel)| {
                let entry = (name.clone(), it.entry().cloned().unwrap_or_default());
                let chain = self.chain(&entry);
                format!("{entry:?} {chain:?}")
            };
            let meaning = self.packages.iter().map(entry).collect::<Vec<_>>().concat();
            let positions = meaning.clone();
            facts.insert(format!("{}/src/main", oats::ROOT), ModuleFacts { meaning, positions });
        }
        for (name, package) in &self.packages {
            for own in package.parts(name) {
                let module = &package.modules[&own];
                let is_main = package.main.as_ref() == Some(&own);
                let imports = self.imports(name, module);
                let imports = imports.iter().map(|it| {
                    let is_near = it.0 == *name || package.dependencies.contains(&it.0);
                    let shown = self.module(it).map(|it| (it.ty, it.broken, it.bar));
                    (it, is_near, shown, self.chain(it))
                });
                let imports: Vec<_> = imports.collect();
                let ModuleModel { body, comments, ty, extra, warning, broken, bar, .. } = module;
                let state = format!("{body} {ty} {extra} {warning} {broken} {bar:?}");
                let meaning = format!("{imports:?} {is_main} {state}");
                let positions = format!("{meaning} {comments} {}", package.place(name));
                facts.insert(format!("{name}/{own}"), ModuleFacts { meaning, positions });
            }
        }
        facts
    }

    /// Which type a module's `chain` has, and whether all is well with the modules where that comes from.
    fn chain(&self, start: &Import) -> Option<(bool, bool)> {
        let (mut seen, mut at, mut is_well) = (BTreeSet::new(), start.clone(), true);
        while seen.insert(at.clone()) {
            let module = self.module(&at).filter(|it| it.bar.is_none())?;
            is_well &= module.broken == 0;
            match self.imports(&at.0, module).pop_first() {
                Some(next) => at = next,
                None => return Some((module.ty, is_well)),
            }
        }
        None
    }

    /// What the front ends of the modules of each package can see.
    pub(super) fn seen(&self) -> BTreeMap<String, Seen> {
        let texts = self.texts();
        let mut all = BTreeMap::new();
        for (name, package) in &self.packages {
            let parts = package.parts(name).into_iter();
            let seen = parts.map(|own| {
                // A text says nothing of a directory that is in its place.
                let bar = package.modules[&own].bar;
                let module = (name.clone(), own);
                let answers = self.answers(&module);
                (format!("{name}/{}", module.1), format!("{} {bar:?} {answers:?}", texts[&module]))
            });
            all.insert(name.clone(), seen.collect());
        }
        if self.languages == Languages::Oats {
            let entry = |(name, it): (&String, &PackageModel)| {
                let entry = (name.clone(), it.entry().cloned()?);
                let bar = self.module(&entry).map(|it| it.bar);
                let chain = self.chain_type(&entry);
                Some((entry.clone(), bar, self.is_in_the_dark(&entry), chain))
            };
            let answers: Vec<_> = self.packages.iter().map(entry).collect();
            let seen = format!("{answers:?}");
            let seen = Seen::from([(format!("{}/src/main", oats::ROOT), seen)]);
            all.insert(oats::ROOT.to_owned(), seen);
        }
        all
    }

    /// What a module is told of those that it imports: which they are, the types of their values, and the first one's chain.
    fn answers(&self, from: &Import) -> Vec<Option<Answer>> {
        let imports = self.module(from).map(|it| self.imports(&from.0, it)).unwrap_or_default();
        let answer = |(index, import): (usize, &Import)| {
            let target = self.target(from, import)?;
            let module = self.module(&target)?;
            let ty = (module.bar.is_none() && !self.is_in_the_dark(&target)).then_some(module.ty);
            let chain = (index == 0).then(|| self.chain_type(&target)).flatten();
            Some((target, ty, chain))
        };
        imports.iter().enumerate().map(answer).collect()
    }

    /// Which type a module's `chain` has, as far as its imports lead somewhere.
    fn chain_type(&self, start: &Import) -> Option<bool> {
        let (mut seen, mut at) = (BTreeSet::new(), start.clone());
        while seen.insert(at.clone()) {
            let module = self.module(&at).filter(|it| it.bar.is_none())?;
            if self.is_in_the_dark(&at) {
                return None;
            }
            match self.imports(&at.0, module).pop_first() {
                Some(next) => at = self.target(&at, &next)?,
                None => return Some(module.ty),
            }
        }
        None
    }

    /// Whether a module of Oats imports something of which nobody knows what it is. Such a module shows nothing.
    fn is_in_the_dark(&self, start: &Import) -> bool {
        let (mut seen, mut pending) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(at) = pending.pop() {
            if !seen.insert(at.clone()) {
                continue;
            }
            let Some(module) = self.module(&at).filter(|it| it.bar.is_none()) else { return true };
            if !self.packages[&at.0].is_oats {
                continue;
            }
            if module.broken == 1 {
                return true;
            }
            for import in self.imports(&at.0, module) {
                let Some(target) = self.target(&at, &import) else { return true };
                pending.push(target);
            }
        }
        false
    }

    /// The module that an import leads to: there is one, in a package that `from` can see, and it does not lead back.
    fn target(&self, from: &Import, import: &Import) -> Option<Import> {
        self.module(import)?;
        let is_near = from.0 == import.0 || self.packages[&from.0].dependencies.contains(&import.0);
        (is_near && !self.leads_to(import, from)).then(|| import.clone())
    }

    /// Whether a module imports another one of its package, or imports one that does.
    fn leads_to(&self, start: &Import, end: &Import) -> bool {
        let (mut seen, mut pending) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(next) = pending.pop() {
            if next == *end {
                return true;
            }
            if next.0 == end.0
                && let Some(module) = self.module(&next)
                && seen.insert(next.clone())
            {
                pending.extend(self.imports(&next.0, module));
            }
        }
        false
    }

    /// Whether the source of the module at this path cannot be read.
    pub(super) fn is_barred(&self, path: &str) -> bool {
        let import = path.split_once('/').map(|(name, own)| (name.to_owned(), own.to_owned()));
        import.is_some_and(|it| self.module(&it).is_some_and(|it| it.bar.is_some()))
    }

    /// Whether a package depends on itself, by way of others.
    pub(super) fn is_circular(&self, package: &str) -> bool {
        let (mut seen, mut pending) = (BTreeSet::new(), vec![package]);
        while let Some(next) = pending.pop() {
            let dependencies = self.packages.get(next).into_iter().flat_map(|it| &it.dependencies);
            for dependency in dependencies {
                if dependency == package {
                    return true;
                }
                if seen.insert(dependency) {
                    pending.push(dependency);
                }
            }
        }
        false
    }
}
