//! Telling the store which packages a workspace has, of what they were made, and where.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::base::{Digest, DigestWriter, Name, below};
use crate::build::layout::Layout;
use crate::build::record::{ActionRecord, Record};
use crate::build::shared::SharedStore;
use crate::build::told::{Part, Parts, Told, Whole};
use crate::build::tools::Tools;
use crate::codec;
use crate::graph::{PackageGraph, PackageNode, package_graph};
use crate::manifest::{DIALECTS, Dialect, Lto, package_identity};
use crate::source::{Db, File};
use crate::state::FileSet;
use crate::store::{ArtefactFile, BuildRecord, PackageId, Store, Telling, home};
use crate::target::Target;
use crate::toolchain::{CProfile, CToolchain, ExternalCompiler, Tool};

/// A workspace as a build leaves it.
pub(crate) struct Made<'a> {
    /// The root manifest.
    pub(crate) root: File,
    /// Of which packages it consists ([`crate::state::WorkspaceRow::composition`]), if that is remembered and they are made here.
    pub(crate) composition: Option<u128>,
    /// Where outputs are.
    pub(crate) layout: &'a Layout,
    /// What made them.
    pub(crate) tools: &'a Tools,
    /// The name of the profile.
    pub(crate) profile: &'a Name,
    /// What there is of the packages that the build is about.
    pub(crate) builds: Vec<Built<'a>>,
    /// How actions came out, those of earlier builds too whose outputs are still there.
    pub(crate) record: &'a Record,
    /// What compiled the packages of a dialect in place of the engine.
    pub(crate) external: Option<(Dialect, &'a ExternalCompiler)>,
}

/// A package that was built for a target, in this build or before.
pub(crate) struct Built<'a> {
    pub(crate) package: &'a PackageNode,
    pub(crate) target: Target,
    /// Whether this build may have made something of it.
    pub(crate) is_new: bool,
    /// Its outputs.
    pub(crate) files: Files<'a>,
}

/// The outputs of a package.
pub(crate) enum Files<'a> {
    /// These, absolute.
    Made(Cow<'a, [Utf8PathBuf]>),
    /// As a row has them.
    Remembered(&'a FileSet),
}

impl Files<'_> {
    fn paths(&self, root: &Utf8Path) -> Cow<'_, [Utf8PathBuf]> {
        match self {
            Files::Made(paths) => Cow::Borrowed(paths),
            Files::Remembered(files) => files.paths(root).into(),
        }
    }
}

/// Tells the store what there is, unless that is what it was told `before`: a workspace holds what it consists of, as a whole, and not
/// what its last build happened to look at.
pub(crate) fn keep(db: &dyn Db, shared: &SharedStore<'_>, made: &Made<'_>, before: Option<Told>) {
    let (host, root) = (db.host(), &*made.layout.workspace);
    // Without a place for it, there is no store.
    let Ok(home) = home(host) else { return };
    let before = before.filter(|told| told.is_known(host, &home, root));
    if let Some(told) = before.as_ref().filter(|told| made.adds_nothing_to(told)) {
        return told.save(host, root);
    }
    let before = before.and_then(|told| Some((told.parts(host, root)?, told)));
    let (parts, builds) = made.compared(db, before.as_ref().map(|(parts, _)| parts));
    let before = before.map(|(_, told)| told);
    let whole = made.whole(db, before.as_ref());
    let now = Told::new(&parts, made.keys_digest(), whole);
    let is_known = before.is_some_and(|told| told.digest() == now.digest());
    if !is_known && !shared.get().is_some_and(Store::may_change) {
        return now.refused_by(home).save(host, root);
    }
    if is_known || tell(shared, made, (&now, &parts), &builds).is_some() {
        parts.save(host, root);
        now.save(host, root);
    }
}

/// Tells the store, and lets views show it; nothing if that failed.
fn tell(
    shared: &SharedStore<'_>,
    made: &Made<'_>,
    (now, parts): (&Told, &Parts),
    builds: &[BuildRecord],
) -> Option<()> {
    let store = shared.get()?;
    let changed = shared.unless_failed(store.tell(&Telling {
        workspace: &made.layout.workspace,
        builds,
        present: &parts.present(),
        keys: &made.keys(),
        digest: now.digest(),
    }))?;
    // It may be one that the store knows at another place, where it is not any more; and nobody else tells of those that were removed.
    shared.unless_failed(store.forget_gone())?;
    shared.unless_failed(store.refresh_views(Some(&changed)))?;
    Some(())
}

/// Which package it is. It comes from where it is: there are no other sources yet.
fn package_id(db: &dyn Db, node: &PackageNode) -> PackageId {
    let identity = package_identity(db, node.manifest);
    PackageId {
        name: node.name.to_string(),
        version: identity.version.as_ref().map(ToString::to_string).unwrap_or_default(),
        source: node.directory.to_string(),
    }
}

impl Made<'_> {
    /// Whether all that is to be known of the workspace is what was told before. That a package is the same and made in the same way is
    /// seen of all at once.
    fn adds_nothing_to(&self, told: &Told) -> bool {
        let now = self.now();
        let is_told = |built: &Built<'_>| {
            !built.is_new && told.whole.get(built.target.name()) == now.get(built.target.name())
        };
        let are_current = |whole: &Whole| Some(whole.composition) == self.composition;
        !told.whole.is_empty()
            && told.whole.values().all(are_current)
            && self.builds.iter().all(is_told)
            && told.keys == self.keys_digest()
    }

    /// What there would be to say of all packages for each target of the builds.
    fn now(&self) -> BTreeMap<String, Whole> {
        let Some(composition) = self.composition else { return BTreeMap::new() };
        let targets: BTreeSet<Target> = self.builds.iter().map(|it| it.target).collect();
        let ways = |target| DIALECTS.iter().map(move |dialect| self.way((*dialect, target)));
        let whole = targets.into_iter().map(|target| {
            let ways = codec::fingerprint(&ways(target).collect::<Vec<HowMade<'_>>>());
            (target.name().to_owned(), Whole { composition, ways })
        });
        whole.collect()
    }

    /// For which targets all packages are told of, after it was told what is new.
    fn whole(&self, db: &dyn Db, before: Option<&Told>) -> BTreeMap<String, Whole> {
        let packages = package_graph(db, self.root).packages.len();
        let mut whole = before.map(|told| told.whole.clone()).unwrap_or_default();
        whole.retain(|_, whole| Some(whole.composition) == self.composition);
        for (target, now) in self.now() {
            let builds = self.builds.iter().filter(|it| it.target.name() == target);
            if builds.count() == packages {
                whole.insert(target, now);
            } else if whole.get(&target) != Some(&now) {
                whole.remove(&target);
            }
        }
        whole
    }

    /// What is to be known of the workspace, and which builds are other than what was told `before`.
    fn compared(&self, db: &dyn Db, before: Option<&Parts>) -> (Parts, Vec<BuildRecord>) {
        let graph = package_graph(db, self.root);
        let ids: Vec<PackageId> = graph.packages.iter().map(|node| package_id(db, node)).collect();
        let abouts = self.abouts(graph, &ids);
        let names: BTreeSet<&str> = graph.packages.iter().map(|node| &*node.name).collect();
        let mut parts = before.cloned().unwrap_or_default().of(&names);
        let mut builds = Vec::new();
        for (built, about) in self.builds.iter().zip(abouts) {
            let which = (built.package.name.to_string(), built.target.name().to_owned());
            let known = before.and_then(|parts| parts.0.get(&which));
            if known.is_some_and(|known| !built.is_new && known.about == about) {
                continue;
            }
            let artefacts = self.artefacts(built);
            let part = Part { about, files: contents(&artefacts) };
            if known != Some(&part) {
                parts.0.insert(which, part);
                builds.push(self.describe(db, built, &ids, artefacts));
            }
        }
        (parts, builds)
    }

    /// A fingerprint for each build of all that there is to say of it but what it made. Most builds are what they were: so nothing is
    /// written out of which only the fingerprint is wanted.
    fn abouts(&self, graph: &PackageGraph, ids: &[PackageId]) -> Vec<u128> {
        let ids = ids.iter().map(|id| codec::fingerprint(&(&id.name, &id.version, &id.source)));
        let ids: Vec<u128> = ids.collect();
        let mut ways: BTreeMap<(Dialect, Target), u128> = BTreeMap::new();
        let about = |Built { package, target, .. }: &Built<'_>| {
            let key = (package.dialect, *target);
            let way = *ways.entry(key).or_insert_with(|| codec::fingerprint(&self.way(key)));
            let dependencies = package.dependencies.iter().map(|edge| ids[edge.to]);
            let dependencies: Vec<u128> = dependencies.collect();
            let own = graph.index_of(&package.name).map(|index| ids[index]);
            codec::fingerprint(&(own, dependencies, way))
        };
        self.builds.iter().map(about).collect()
    }

    /// All that there is to say of a build.
    fn describe(
        &self,
        db: &dyn Db,
        built: &Built<'_>,
        ids: &[PackageId],
        artefacts: Vec<ArtefactFile>,
    ) -> BuildRecord {
        let node = built.package;
        let HowMade { compiler, compiler_version, toolchain, profile, options, directory } =
            self.way((node.dialect, built.target));
        BuildRecord {
            package: package_id(db, node),
            dependencies: node.dependencies.iter().map(|edge| ids[edge.to].clone()).collect(),
            target: built.target.name().to_owned(),
            compiler,
            compiler_version,
            toolchain,
            profile: profile.to_owned(),
            options,
            directory: directory.to_owned(),
            artefacts,
        }
    }

    /// How packages of a dialect are made for a target.
    fn way(&self, (dialect, target): (Dialect, Target)) -> HowMade<'_> {
        let c = self.tools.c.as_ref().filter(|_| target == Target::C11);
        let (compiler, compiler_version) = self.compiler(dialect);
        HowMade {
            compiler,
            compiler_version,
            toolchain: c.map(|(c, _)| toolchain(c)).unwrap_or_default(),
            profile: self.profile,
            options: c.map(|(c, profile)| options(c, profile)).unwrap_or_default(),
            directory: self.layout.products(),
        }
    }

    /// What compiles packages of a dialect, and its version.
    fn compiler(&self, dialect: Dialect) -> (String, String) {
        match self.external.filter(|(external, _)| *external == dialect) {
            Some((_, it)) => {
                let version = it.version.as_deref().unwrap_or_default();
                (it.name().to_owned(), identified(version, &it.tool))
            }
            None => (dialect.name().to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        }
    }

    /// What a package consists of, by path.
    fn artefacts(&self, built: &Built<'_>) -> Vec<ArtefactFile> {
        let (root, products) = (&*self.layout.workspace, self.layout.products());
        let program = self.layout.program(&built.package.name);
        let artefact = |file: &Utf8PathBuf| {
            let path = Utf8PathBuf::from(below(file, products)?);
            let is_program = file.as_str() == program.as_str();
            let role = if is_program { "program" } else { role(&path) };
            let action = self.record.action(below(file, root).map_or(file, Utf8Path::new));
            let digest = action.and_then(|it| it.outputs.first()).map(|made| made.digest);
            Some(ArtefactFile { role, path, digest })
        };
        let mut artefacts: Vec<_> = built.files.paths(root).iter().filter_map(artefact).collect();
        artefacts.sort_by(|a, b| a.path.as_str().cmp(b.path.as_str()));
        artefacts.dedup_by(|a, b| a.path.as_str() == b.path.as_str());
        artefacts
    }

    /// The keys of all actions that the workspace consists of, by the folder of what they make.
    fn keys(&self) -> BTreeMap<String, Vec<Digest>> {
        let mut keys: BTreeMap<String, Vec<Digest>> = BTreeMap::new();
        for (path, ActionRecord { key, .. }) in self.record.actions() {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            match keys.get_mut(folder) {
                Some(keys) => keys.push(*key),
                None => _ = keys.insert(folder.to_owned(), vec![*key]),
            }
        }
        keys
    }

    fn keys_digest(&self) -> Digest {
        let mut digest = DigestWriter::default();
        for (_, ActionRecord { key, .. }) in self.record.actions() {
            digest.part(key.as_bytes());
        }
        digest.finish()
    }
}

/// How packages are made, whichever they are; as [`BuildRecord`] has it.
#[derive(Serialize)]
struct HowMade<'a> {
    compiler: String,
    compiler_version: String,
    toolchain: String,
    profile: &'a str,
    options: Vec<(String, String)>,
    directory: &'a Utf8Path,
}

fn contents(artefacts: &[ArtefactFile]) -> Digest {
    let mut all = DigestWriter::default();
    for ArtefactFile { role, path, digest } in artefacts {
        all.part(role).part(path.as_str());
        all.part(digest.as_ref().map_or(&[][..], |it| it.as_bytes()));
    }
    all.finish()
}

/// The C compiler as a person knows it.
fn toolchain(c: &CToolchain) -> String {
    let name = c.compiler.program.file_name().unwrap_or_default();
    identified(&format!("{name} {}", c.version), &c.compiler)
}

/// What a tool says of itself, and 8 digits of its identity: two may say the same.
fn identified(text: &str, tool: &Tool) -> String {
    format!("{text} [{:.8}]", tool.identity.to_string()).trim_start().to_owned()
}

/// All options that decide what is made of C, in the words of `project.toml` where it has such.
fn options(c: &CToolchain, profile: &CProfile) -> Vec<(String, String)> {
    let CProfile { optimization, debug, lto, strip } = profile;
    let lto = match lto {
        Lto::None => "none",
        Lto::Thin => "thin",
        Lto::Full => "full",
    };
    let mut options = vec![
        ("opt-level", optimization.to_string()),
        ("debug", debug.to_string()),
        ("lto", lto.to_owned()),
        ("strip", strip.to_string()),
    ];
    if !c.compiler.arguments.is_empty() {
        options.push(("arguments", c.compiler.arguments.join(" ")));
    }
    let link = c.link(profile, "a".into(), [], &[]);
    let named = link.arguments.iter().find_map(|it| it.strip_prefix("-fuse-ld="));
    let other = link.tool.program.file_name().filter(|_| link.tool != c.compiler);
    options.extend(named.or(other).map(|linker| ("linker", linker.to_owned())));
    let mut options: Vec<(String, String)> =
        options.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    // What is said is the same in every language.
    options.extend(link.environment.into_iter().filter(|(name, _)| name != "LC_ALL"));
    options
}

fn role(path: &Utf8Path) -> &'static str {
    match path.extension() {
        Some("ioct") => "intermediate",
        Some("o") => "object",
        Some("a") => "library",
        Some("meta") => "metadata",
        _ => "source",
    }
}
