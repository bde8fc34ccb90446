//! The programs that a build needs, and how they are called.

use crate::build::error::BuildError;
use crate::manifest::{manifest_kind, project_options};
use crate::source::{Db, File};
use crate::target::Target;
use crate::toolchain::{CProfile, CToolchain, Probe, probe_c};

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
