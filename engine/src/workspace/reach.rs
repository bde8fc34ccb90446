//! The sources of a package that consists of what its entry reaches: the files that it imports, the files that these import, ….

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::base::ModulePath;
use crate::manifest::{Dialect, package_identity};
use crate::source::{Absence, Db, File, Unreadable, directory_at, directory_entries, file_at};
use crate::workspace::language::source_imports;
use crate::workspace::sources::{SourceTree, is_source};

/// The modules that the entry of a package reaches without leaving the package, sorted by path.
pub(super) fn reachable_sources(db: &dyn Db, manifest: File) -> SourceTree {
    let identity = package_identity(db, manifest);
    let mut tree = SourceTree::default();
    let (Some(home), Some(entry)) = (manifest.path(db).parent(), &identity.main) else {
        return tree;
    };
    let mut reach = Reach {
        db,
        dialect: identity.dialect,
        home,
        package: &identity.name,
        directories: FxHashSet::default(),
        hidden: BTreeMap::new(),
        seen: FxHashSet::default(),
    };
    let mut pending = vec![ModulePath::new(format!("{}/{entry}", identity.name))];
    while let Some(module) = pending.pop() {
        let Some(file) = reach.file_of(&module) else { continue };
        let imports = own_imports(db, file, identity.dialect, module.clone());
        pending.extend(imports.iter().filter_map(|import| reach.first_there(import)));
        tree.modules.push((module, file));
    }
    tree.directories = reach.directories.into_iter().collect();
    for (module, unreadable) in &reach.hidden {
        tree.hide(module, unreadable);
    }
    tree.sorted()
}

/// What a module imports from its own package, without places: for each import the modules that it may mean, the likeliest first.
///
/// A firewall: it absorbs edits that move imports.
#[salsa::tracked(returns(ref))]
fn own_imports(
    db: &dyn Db,
    file: File,
    dialect: Dialect,
    module: ModulePath,
) -> Vec<Vec<ModulePath>> {
    let imports = source_imports(db, file, dialect, module.clone()).iter();
    let own = imports.filter(|import| import.module.package() == module.package());
    own.map(|import| [&import.module].into_iter().chain(&import.otherwise).cloned().collect())
        .collect()
}

struct Reach<'db> {
    db: &'db dyn Db,
    dialect: Dialect,
    home: &'db Utf8Path,
    package: &'db str,
    /// Those that were looked into.
    directories: FxHashSet<Utf8PathBuf>,
    /// What can't be read of them, each by the path below which its modules are.
    hidden: BTreeMap<String, &'db Unreadable>,
    seen: FxHashSet<ModulePath>,
}

impl Reach<'_> {
    /// The module that an import means, if its file is there and nobody has asked for it before. Where it may mean one that nobody can
    /// see, it is not known to mean another.
    fn first_there(&mut self, import: &[ModulePath]) -> Option<ModulePath> {
        for module in import {
            if self.there(module).is_some() {
                return (!self.seen.contains(module)).then(|| module.clone());
            }
            if parent(module).is_some_and(|it| self.hidden.contains_key(it)) {
                return None;
            }
        }
        None
    }

    /// The file of a module, the first time that it is asked for.
    fn file_of(&mut self, module: &ModulePath) -> Option<File> {
        let path = self.there(module)?;
        self.seen.insert(module.clone()).then(|| file_at(self.db, &path))
    }

    /// Where the file of a module is, if it is there.
    fn there(&mut self, module: &ModulePath) -> Option<Utf8PathBuf> {
        let below = module.as_str().strip_prefix(self.package)?.strip_prefix('/')?;
        if below.split('/').any(|it| matches!(it, "" | "." | "..")) {
            return None;
        }
        let path = self.home.join(format!("{below}.{}", self.dialect.source_extension()));
        let (directory, name) = (path.parent()?, path.file_name()?);
        self.directories.insert(directory.to_owned());
        let entries = directory_entries(self.db, directory_at(self.db, directory)).as_deref();
        if let Some(unreadable) = entries.err().and_then(Absence::unreadable) {
            self.hidden.insert(parent(module)?.to_owned(), unreadable);
        }
        let entry = entries.ok()?.iter().find(|it| it.name == name)?;
        is_source(self.dialect, &path, entry.kind).then_some(path)
    }
}

/// The path of the directory of a module's file, as a module's path.
fn parent(module: &ModulePath) -> Option<&str> {
    Some(module.as_str().rsplit_once('/')?.0)
}
