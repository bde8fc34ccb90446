//! A workspace as data, so that every edit means something, and the files that it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::law::files::{Bar, Files, LOCKED_FOLDER};
use crate::law::{oats, octizys};

/// A small generator of numbers that are not random at all: the same seed, the same sequence.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

/// What an edit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    Nothing,
    Body,
    UsedInterface,
    UnusedInterface,
    Comment,
    Warning,
    Break,
    /// A source cannot be read, or can again.
    Bar,
    /// The same, of a source directory.
    BarFolder,
    Repair,
    RenameModule,
    AddModule,
    RemoveModule,
    Import,
    AddPackage,
    RemovePackage,
    MovePackage,
    /// The package is somewhere else, and what was in its old place stays there.
    LeavePackage,
    Dependency,
    Version,
    Description,
    Main,
}

pub(super) const EDITS: &[Edit] = &[
    Edit::Nothing,
    Edit::Body,
    Edit::Body,
    Edit::UsedInterface,
    Edit::UsedInterface,
    Edit::UnusedInterface,
    Edit::Comment,
    Edit::Comment,
    Edit::Warning,
    Edit::Break,
    Edit::Bar,
    Edit::Bar,
    Edit::BarFolder,
    Edit::Repair,
    Edit::Repair,
    Edit::Repair,
    Edit::RenameModule,
    Edit::AddModule,
    Edit::RemoveModule,
    Edit::Import,
    Edit::AddPackage,
    Edit::RemovePackage,
    Edit::MovePackage,
    Edit::LeavePackage,
    Edit::Dependency,
    Edit::Version,
    Edit::Description,
    Edit::Main,
];

/// In which languages a workspace is written.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Languages {
    #[default]
    Octizys,
    /// A project of packages of both.
    Both,
    /// A package and what it depends on.
    Oats,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ModuleModel {
    /// Packages and modules.
    imports: BTreeSet<Import>,
    pub(super) body: usize,
    pub(super) comments: usize,
    /// Which of two types `value` has.
    pub(super) ty: bool,
    /// Which of two types `extra` has, which nobody uses.
    pub(super) extra: bool,
    pub(super) warning: bool,
    pub(super) broken: usize,
    /// What keeps its source from being read.
    pub(super) bar: Option<Bar>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PackageModel {
    pub(super) is_oats: bool,
    directory: usize,
    /// Whether nobody may read its source directory.
    is_barred: bool,
    pub(super) patch: usize,
    pub(super) description: usize,
    pub(super) dependencies: BTreeSet<String>,
    pub(super) main: Option<String>,
    pub(super) modules: BTreeMap<String, ModuleModel>,
}

impl PackageModel {
    /// The module that a program runs.
    pub(super) fn main(&self) -> Option<&String> {
        self.main.as_ref().filter(|it| self.modules.contains_key(*it))
    }

    /// The module with which a package of Oats begins.
    pub(super) fn entry(&self) -> Option<&String> {
        self.main().or(self.modules.keys().next())
    }

    /// A module whose source is there, as far as anybody can see.
    fn source(&self, name: &str) -> Option<&ModuleModel> {
        let module = self.modules.get(name)?;
        Some(module).filter(|_| !self.is_barred)
    }

    /// The modules that the package of this name consists of: those of Oats only as far as the entry reaches them.
    pub(super) fn parts(&self, name: &str) -> BTreeSet<String> {
        if !self.is_oats {
            let there = self.modules.keys().filter(|it| self.source(it).is_some());
            return there.cloned().collect();
        }
        let mut parts = BTreeSet::new();
        let mut pending: Vec<String> = self.entry().cloned().into_iter().collect();
        while let Some(next) = pending.pop() {
            let Some(module) = self.source(&next) else { continue };
            if parts.insert(next) && module.bar.is_none() {
                let own = module.imports.iter().filter(|it| it.0 == name);
                pending.extend(own.map(|it| it.1.clone()));
            }
        }
        parts
    }

    fn edit_module(&mut self, edit: Edit, fresh: String, a: usize, b: usize) -> Option<()> {
        let name = pick(&self.modules, b)?;
        let module = self.modules.get_mut(&name)?;
        match edit {
            Edit::Body => module.body += 1,
            Edit::UsedInterface => module.ty = !module.ty,
            Edit::UnusedInterface => module.extra = !module.extra,
            Edit::Comment => module.comments = (module.comments + 1) % 4,
            Edit::Warning => module.warning = !module.warning,
            Edit::Break => module.broken = (module.broken + 1 + a % 3) % 4,
            Edit::Bar => module.bar = Bar::of(a),
            Edit::RenameModule => {
                let module = self.modules.remove(&name)?;
                self.modules.insert(fresh, module);
            }
            Edit::RemoveModule => _ = self.modules.remove(&name),
            _ => (),
        }
        None
    }

    /// Where the package is, from the workspace: in it, deeper in it, or outside of it.
    pub(super) fn place(&self, name: &str) -> String {
        match self.directory {
            0 => name.to_owned(),
            moved if moved.is_multiple_of(2) => format!("moved/{name}_{moved}"),
            moved => format!("../outside/{name}_{moved}"),
        }
    }
}

/// A package and a module.
pub(super) type Import = (String, String);

/// A workspace.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Model {
    pub(super) languages: Languages,
    /// Whether somebody can be kept from reading what is there: the real machine lets those who run tests read everything.
    pub(super) can_lock: bool,
    pub(super) packages: BTreeMap<String, PackageModel>,
    /// What is left in places of packages that are somewhere else.
    left: Files,
    names: usize,
}

fn pick<K: Clone, V>(map: &BTreeMap<K, V>, index: usize) -> Option<K> {
    map.keys().nth(index % map.len().max(1)).cloned()
}

impl Model {
    /// A workspace of 2 to 4 packages of 1 to 5 modules.
    pub(super) fn new(languages: Languages, random: &mut Random) -> Model {
        let mut model = Model { languages, ..Model::default() };
        for _ in 0..2 + random.below(3) {
            model.edit(Edit::AddPackage, random.next() as usize, random.next() as usize);
            let modules = random.below(5);
            for _ in 0..modules {
                let package = model.packages.len() - 1;
                model.edit(Edit::AddModule, package, random.next() as usize);
            }
        }
        for _ in 0..8 {
            model.edit(Edit::Import, random.next() as usize, random.next() as usize);
        }
        model.edit(Edit::Repair, 0, 0);
        model
    }

    fn fresh(&mut self, prefix: &str) -> String {
        self.names += 1;
        format!("{prefix}{}", self.names)
    }

    /// Makes an edit, if there is something to be edited; `a` and `b` say where.
    pub(super) fn edit(&mut self, edit: Edit, a: usize, b: usize) {
        match edit {
            Edit::AddPackage => self.add_package(b),
            Edit::Repair => self.repair(),
            _ => _ = self.edit_package(edit, a, b),
        }
    }

    fn edit_package(&mut self, edit: Edit, a: usize, b: usize) -> Option<()> {
        let names: Vec<String> = self.packages.keys().cloned().collect();
        let (fresh, can_lock) = (self.fresh("M"), self.can_lock);
        let package_name = pick(&self.packages, a)?;
        if edit == Edit::LeavePackage {
            let files = self.package_files(&package_name, &self.places(), &self.texts());
            self.left.extend(files);
        }
        let package = self.packages.get_mut(&package_name)?;
        match edit {
            Edit::RemovePackage if names.len() > 1 => _ = self.packages.remove(&package_name),
            Edit::MovePackage | Edit::LeavePackage => package.directory += 1,
            Edit::Dependency => {
                // Mostly downwards, so that circles are rare.
                let other = names[b % names.len()].clone();
                if (other < package_name || b.is_multiple_of(16))
                    && !package.dependencies.remove(&other)
                {
                    package.dependencies.insert(other);
                }
            }
            Edit::Version => package.patch += 1,
            Edit::Description => package.description += 1,
            Edit::Main => {
                let module = pick(&package.modules, b);
                package.main = if package.main == module { None } else { module };
            }
            Edit::BarFolder => {
                package.is_barred = can_lock && !package.is_oats && !package.is_barred;
            }
            Edit::AddModule => _ = package.modules.insert(fresh, ModuleModel::default()),
            Edit::Import => self.import(&package_name, a, b)?,
            _ => package.edit_module(edit, fresh, a, b)?,
        }
        None
    }

    /// Lets a module of a package import another one, or not any more; mostly downwards, so that circles are rare.
    fn import(&mut self, package_name: &String, a: usize, b: usize) -> Option<()> {
        let others = self.packages.iter();
        let others =
            others.flat_map(|(name, it)| it.modules.keys().map(|it| (name.clone(), it.clone())));
        let others: Vec<Import> = others.collect();
        let import = others.get((a / 7 + b / 7) % others.len().max(1))?.clone();
        let package = self.packages.get_mut(package_name)?;
        let name = pick(&package.modules, b)?;
        let module = package.modules.get_mut(&name)?;
        let (other, target) = &import;
        let down = (other, target) < (package_name, &name) || a.is_multiple_of(16);
        if down && !module.imports.remove(&import) {
            if other != package_name {
                package.dependencies.insert(other.clone());
            }
            module.imports.insert(import);
        }
        None
    }

    fn add_package(&mut self, b: usize) {
        let (name, module) = (self.fresh("P"), self.fresh("M"));
        let is_oats = match self.languages {
            Languages::Octizys => false,
            Languages::Both => (b / 2).is_multiple_of(2),
            Languages::Oats => true,
        };
        let mut package = PackageModel { is_oats, ..PackageModel::default() };
        package.modules.insert(module.clone(), ModuleModel::default());
        package.main = (b.is_multiple_of(2)).then_some(module);
        self.packages.insert(name, package);
    }

    /// Takes back all that is wrong.
    fn repair(&mut self) {
        let all = self.clone();
        for (name, package) in &mut self.packages {
            package.dependencies.retain(|it| it < name && all.packages.contains_key(it));
            package.main = package.main.take().filter(|it| package.modules.contains_key(it));
            package.is_barred = false;
            for (own, module) in &mut package.modules {
                (module.broken, module.bar) = (0, None);
                module.imports.retain(|(package_name, target)| {
                    let exists = all.packages.get(package_name);
                    let exists = exists.is_some_and(|it| it.modules.contains_key(target));
                    let in_reach =
                        package_name == name || package.dependencies.contains(package_name);
                    exists && in_reach && (package_name, target) < (name, own)
                });
            }
        }
    }

    /// The module that is imported from the package `from` as `import`: of another package of Oats it is the entry.
    fn meant(&self, from: &str, import: &Import) -> Import {
        match self.packages.get(&import.0) {
            Some(package) if package.is_oats && import.0 != from => {
                (import.0.clone(), package.entry().cloned().unwrap_or_default())
            }
            _ => import.clone(),
        }
    }

    /// What a module of the package `from` imports, as far as anybody can read that.
    pub(super) fn imports(&self, from: &str, module: &ModuleModel) -> BTreeSet<Import> {
        if module.bar.is_some() { BTreeSet::new() } else { self.all_imports(from, module) }
    }

    fn all_imports(&self, from: &str, module: &ModuleModel) -> BTreeSet<Import> {
        module.imports.iter().map(|it| self.meant(from, it)).collect()
    }

    /// A module, if there is one, as far as anybody can see.
    pub(super) fn module(&self, (package, module): &Import) -> Option<&ModuleModel> {
        self.packages.get(package)?.source(module)
    }

    /// The packages by name, each with what is made of it as a whole: its main module, and what it depends on.
    pub(super) fn packages(&self) -> BTreeMap<String, String> {
        let fact = |it: &PackageModel| format!("{:?} {:?}", it.main, it.dependencies);
        self.packages.iter().map(|(name, it)| (name.clone(), fact(it))).collect()
    }

    /// The languages of the packages: whether it is Oats.
    pub(super) fn languages(&self) -> BTreeSet<bool> {
        self.packages.values().map(|it| it.is_oats).collect()
    }

    /// Where the packages are, from the workspace.
    fn places(&self) -> BTreeMap<String, String> {
        self.packages.iter().map(|(name, it)| (name.clone(), it.place(name))).collect()
    }

    /// The files: paths and texts.
    pub(super) fn files(&self) -> Files {
        let (places, texts) = (self.places(), self.texts());
        let mut files = self.left.clone();
        for name in self.packages.keys() {
            files.extend(self.package_files(name, &places, &texts));
        }
        if self.languages == Languages::Oats {
            files.extend(oats::root(&places));
        } else {
            let mut project = String::from("[packages]\n");
            for (name, place) in &places {
                writeln!(project, "{name} = {{ path = \"{place}\" }}").unwrap();
            }
            files.insert("project.toml".to_owned(), project);
        }
        files
    }

    /// The files of a package.
    fn package_files(
        &self,
        name: &str,
        places: &BTreeMap<String, String>,
        texts: &BTreeMap<Import, String>,
    ) -> Files {
        let (package, directory) = (&self.packages[name], &places[name]);
        let mut files = Files::new();
        if package.is_oats {
            let manifest = oats::manifest(name, package, places);
            files.insert(format!("{directory}/Oats.toml"), manifest);
        } else {
            files.insert(format!("{directory}/{name}Package.toml"), octizys::manifest(package));
        }
        if package.is_barred {
            files.insert(format!("{directory}/src"), LOCKED_FOLDER.to_owned());
        }
        for (module, model) in &package.modules {
            let text = texts[&(name.to_owned(), module.clone())].clone();
            let path = if package.is_oats {
                format!("{directory}/{module}.oats")
            } else {
                format!("{directory}/src/{module}.oct")
            };
            let place = if model.bar == Some(Bar::Folder) { "/inside" } else { "" };
            files.insert(path + place, text);
        }
        files
    }

    /// The texts of all modules.
    pub(super) fn texts(&self) -> BTreeMap<Import, String> {
        let mut texts = BTreeMap::new();
        for (name, package) in &self.packages {
            for (module, model) in &package.modules {
                let is_main = package.main.as_ref() == Some(module);
                let imports = self.all_imports(name, model);
                let imports = imports.iter().map(|it| self.written(name, package, it));
                let imports: Vec<String> = imports.collect();
                let text = if package.is_oats {
                    oats::text(model, &imports, is_main)
                } else {
                    octizys::text(model, &imports, is_main, self.languages == Languages::Both)
                };
                let mark = model.bar.map_or("", |it| it.mark(self.can_lock));
                texts.insert((name.clone(), module.clone()), format!("{mark}{text}"));
            }
        }
        texts
    }

    /// An import as a module of `package` writes it.
    fn written(&self, name: &str, package: &PackageModel, (other, module): &Import) -> String {
        let is_entry = self.packages.get(other).is_some_and(|it| it.is_oats) && other != name;
        match (package.is_oats, is_entry) {
            (true, false) if other == name => format!("./{module}"),
            (_, true) => other.clone(),
            (_, false) => format!("{other}/{module}"),
        }
    }
}
