//! The programs that a build needs, and how they are called.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::base::Name;
use crate::build::error::BuildError;
use crate::build::layout::Layout;
use crate::build::output::{OutputError, write_if_changed};
use crate::build::request::BuildRequest;
use crate::codec::{self, Kind};
use crate::host::{FileDigests, Host, KnownFile};
use crate::manifest::{Lto, ProjectOptions, Spanned, manifest_kind, project_options};
use crate::source::{Db, File};
use crate::target::Target;
use crate::target::c::system_headers;
use crate::toolchain::{CProfile, CToolchain, Probe, ToolVersion, probe_c};

/// The programs that the targets of a build need.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The C compiler and how it is called, where C is made.
    pub(crate) c: Option<(CToolchain, CProfile)>,
}

impl Tools {
    /// Finds what is needed to compile C once, of which nothing is kept.
    pub(crate) fn for_once(probe: &Probe<'_>, profile: CProfile) -> Result<Tools, BuildError> {
        Ok(Tools { c: Some((probe_c(probe, None)?, profile)) })
    }

    /// Finds what `targets` need.
    pub(crate) fn find(
        probe: &Probe<'_>,
        targets: &[Target],
        profile: CProfile,
        linker: Option<&str>,
    ) -> Result<Tools, BuildError> {
        if !targets.contains(&Target::C11) {
            return Ok(Tools { c: None });
        }
        let c = probe_c(probe, Some(&system_headers()))?;
        let c = match linker {
            Some(linker) => c.with_linker(probe, linker)?,
            None => c,
        };
        Ok(Tools { c: Some((c, profile)) })
    }
}

/// The name of the profile that a build uses: `release` where that is asked for, else what the project says, else `dev`.
pub(crate) fn profile_name(db: &dyn Db, root: File, request: &BuildRequest) -> Name {
    let chosen = options(db, root).and_then(|it| it.profile.clone());
    match chosen {
        _ if request.release => Name::const_new("release"),
        Some(name) => name,
        None => Name::const_new("dev"),
    }
}

/// How C is compiled: by a profile, with what the project says of it and, above that, what is asked for.
pub(crate) fn profile(db: &dyn Db, root: File, request: &BuildRequest) -> CProfile {
    let name = profile_name(db, root, request);
    let mut profile = if name == "release" { CProfile::release() } else { CProfile::dev() };
    if let Some(own) = options(db, root).and_then(|options| options.profiles.get(&name)) {
        let value = |it: &Option<Spanned<bool>>| it.as_ref().map(|it| it.value);
        let level = own.opt_level.as_ref().map(|it| it.value);
        profile.optimization = level.unwrap_or(profile.optimization);
        profile.debug = value(&own.debug).unwrap_or(profile.debug);
        profile.lto = own.lto.as_ref().map_or(profile.lto, |it| it.value);
        profile.strip = value(&own.strip).unwrap_or(profile.strip);
    }
    profile.optimization = request.optimization.unwrap_or(profile.optimization);
    profile.lto = request.lto.unwrap_or(profile.lto);
    profile
}

/// What links programs, if that is not the C compiler: what is asked for, or what the dialect prefers.
pub(crate) fn linker(
    host: &dyn Host,
    layout: &Layout,
    request: &BuildRequest,
    profile: &CProfile,
) -> Option<String> {
    if let Some(linker) = &request.linker {
        return Some(linker.clone());
    }
    // Objects that are to be optimised by the linker are understood by their own compiler alone.
    let preferred = layout.preferred_linker().filter(|_| profile.lto == Lto::None)?;
    host.which(preferred).map(|_| preferred.to_owned())
}

fn options(db: &dyn Db, root: File) -> Option<&ProjectOptions> {
    let kind = root.path(db).file_name().and_then(manifest_kind);
    kind.filter(|it| it.is_project).map(|_| project_options(db, root))
}

const MEMORY: Kind = Kind { magic: *b"OTLS", format: 3 };

/// What programs have said of themselves, by their content, so that they need not be asked again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ToolMemory {
    versions: Vec<ToolVersion>,
    /// The programs, absolute.
    files: BTreeMap<Utf8PathBuf, KnownFile>,
}

impl ToolMemory {
    fn path(root: &Utf8Path) -> Utf8PathBuf {
        root.join(crate::state::FOLDER).join("tools")
    }

    /// What is remembered in the workspace at `root`; nothing if that is missing, damaged or foreign.
    pub(crate) fn load(host: &dyn Host, root: &Utf8Path) -> ToolMemory {
        let bytes = host.read(&ToolMemory::path(root)).unwrap_or_default();
        codec::decode(MEMORY, &bytes).unwrap_or_default()
    }

    /// What is known of the programs' files.
    pub(crate) fn file_digests(&self) -> FileDigests {
        FileDigests::new(self.files.clone())
    }

    /// What the programs have said.
    pub(crate) fn versions(&self) -> &[ToolVersion] {
        &self.versions
    }

    /// Leaves for the next build what a probe has learned beside this, if it has learned anything.
    pub(crate) fn learn(
        &self,
        probe: &Probe<'_>,
        files: &FileDigests,
        root: &Utf8Path,
    ) -> Result<(), OutputError> {
        let mut learned = ToolMemory { versions: probe.versions(), files: self.files.clone() };
        learned.files.extend(files.seen_files());
        if learned.versions.is_empty() || learned == *self {
            return Ok(());
        }
        let path = ToolMemory::path(root);
        write_if_changed(probe.host, &path, &codec::encode(MEMORY, &learned)).map(|_| ())
    }
}
