//! The programs that a build needs, and how they are called.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::build::error::BuildError;
use crate::build::output::{OutputError, write_if_changed};
use crate::codec::{self, Kind};
use crate::host::{FileDigests, Host, KnownFile};
use crate::manifest::{manifest_kind, project_options};
use crate::source::{Db, File};
use crate::target::Target;
use crate::toolchain::{CProfile, CToolchain, Probe, ToolVersion, probe_c};

/// The programs that the targets of a build need.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The C compiler and how it is called, where C is made.
    pub(crate) c: Option<(CToolchain, CProfile)>,
}

impl Tools {
    /// Finds what `targets` need.
    pub(crate) fn find(
        probe: &Probe<'_>,
        targets: &[Target],
        profile: CProfile,
    ) -> Result<Tools, BuildError> {
        let c = targets.contains(&Target::C11).then(|| probe_c(probe)).transpose()?;
        Ok(Tools { c: c.map(|c| (c, profile)) })
    }
}

/// How C is compiled: by the profile `dev` or `release`, with what the project says of it.
pub(crate) fn profile(db: &dyn Db, root: File, release: bool) -> CProfile {
    let (name, mut profile) =
        if release { ("release", CProfile::release()) } else { ("dev", CProfile::dev()) };
    let kind = root.path(db).file_name().and_then(manifest_kind);
    let options = kind.filter(|it| it.is_project).map(|_| project_options(db, root));
    let Some(own) = options.and_then(|options| options.profiles.get(name)) else { return profile };
    if let Some(level) = &own.opt_level {
        profile.optimization = level.value;
    }
    if let Some(debug) = &own.debug {
        profile.debug = debug.value;
    }
    if own.lto.as_ref().is_some_and(|lto| lto.value) {
        profile.options.push("-flto".to_owned());
    }
    profile
}

const MEMORY: Kind = Kind { magic: *b"OTLS", format: 1 };

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
