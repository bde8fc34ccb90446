//! What a program may touch of the machine, where the system can see to it.

use camino::Utf8PathBuf;

/// The files that a program may use beside those of the system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Confinement {
    /// Files, and directories with all that is in them, that it may read and execute. One that is not there is not granted.
    pub read: Vec<Utf8PathBuf>,
    /// Directories of which it may see the names in them and below, though not the files.
    pub list: Vec<Utf8PathBuf>,
    /// Directories in which it may do everything. They must be there.
    pub write: Vec<Utf8PathBuf>,
}

/// How much of a [`Confinement`] the system enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Enforcement {
    /// Nothing: the program could touch whatever its user can.
    None,
    /// It could read, make and remove only what was granted, but cut other files to length 0 (Linux before 6.2).
    Partial,
    /// All of it.
    Full,
}

/// What every program may read and execute, where it is there: without it hardly one would start.
///
/// Programs and their libraries: `/usr`, `/bin`, `/sbin`, `/lib…`, `/opt`, and where NixOS and Guix have them. `/etc`: which
/// libraries there are, the time zone, who the user is. `/proc`: a program finds itself and its open files there; that of others
/// that is worth hiding the kernel hides from whoever is confined. `/sys/devices/system/cpu`: how many processors there are.
#[cfg(target_os = "linux")]
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/opt",
    "/nix/store",
    "/gnu/store",
    "/run/current-system",
    "/etc",
    "/proc",
    "/sys/devices/system/cpu",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// What every program may write as well: where output goes that nobody wants.
#[cfg(target_os = "linux")]
const SINKS: &[&str] = &["/dev/null"];

/// Confines the calling thread and whatever it starts from now on; it cannot be undone.
#[cfg(target_os = "linux")]
pub(super) fn confine_thread(confinement: &Confinement) -> std::io::Result<Enforcement> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr,
        RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
    };
    let denied = |error: RulesetError| std::io::Error::other(format!("cannot confine it: {error}"));
    let all = AccessFs::from_all(ABI::V3);
    let ruleset = (|| {
        let sinks = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
        let read = AccessFs::from_read(ABI::V3);
        Ruleset::default()
            .handle_access(all)?
            .handle_access(AccessNet::from_all(ABI::V4))?
            .scope(Scope::from_all(ABI::V6))?
            .create()?
            .add_rules(path_beneath_rules(SYSTEM, read))?
            .add_rules(path_beneath_rules(SINKS, sinks))?
            .add_rules(path_beneath_rules(&confinement.read, read))?
            .add_rules(path_beneath_rules(&confinement.list, AccessFs::ReadDir))
    })();
    let mut ruleset = ruleset.map_err(denied)?;
    for path in &confinement.write {
        let directory = PathFd::new(path)
            .map_err(|error| std::io::Error::new(std::io::ErrorKind::NotFound, error))?;
        ruleset = ruleset.add_rule(PathBeneath::new(directory, all)).map_err(denied)?;
    }
    Ok(enforcement(&ruleset.restrict_self().map_err(denied)?))
}

/// What a kernel sees to by the version of its interface. That the program may also not use TCP nor send signals to others, which
/// later kernels see to, is not counted: it was asked for files.
#[cfg(target_os = "linux")]
fn enforcement(status: &landlock::RestrictionStatus) -> Enforcement {
    use landlock::{ABI, LandlockStatus, RulesetStatus};
    match (&status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, _) => Enforcement::None,
        (_, LandlockStatus::Available { effective_abi, .. }) if effective_abi >= ABI::V3 => {
            Enforcement::Full
        }
        _ => Enforcement::Partial,
    }
}

/// Where the system has no way to confine a thread, nothing happens.
#[cfg(not(target_os = "linux"))]
pub(super) fn confine_thread(_confinement: &Confinement) -> std::io::Result<Enforcement> {
    Ok(Enforcement::None)
}
