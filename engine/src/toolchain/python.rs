//! The Python that runs what was built for it.

use camino::Utf8PathBuf;

use crate::host::{Command, Inherited};
use crate::toolchain::ToolchainError;
use crate::toolchain::probe::{Probe, Wanted};

const PYTHON: Wanted = Wanted {
    what: "Python",
    names: &["python3", "python"],
    hint: "`apt install python3`, `dnf install python3`, `brew install python`",
    variable: "PYTHON",
};

const LEAST: (u32, u32) = (3, 8);

/// A Python interpreter that is new enough.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Python {
    /// Where it is.
    pub program: Utf8PathBuf,
    /// Arguments that come before all others.
    pub arguments: Vec<String>,
    /// Its version, as it says it: `3.12.4`.
    pub version: String,
}

/// Finds Python (`PYTHON`, else `python3`, `python`), at least version 3.8.
pub fn probe_python(probe: &Probe<'_>) -> Result<Python, ToolchainError> {
    let found = probe.find(&PYTHON)?;
    let question = ["-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"];
    // The program runs in the environment of the user, in which another Python may be the one.
    let command = Command { inherited: Inherited::All, ..found.command(&question) };
    let output = probe.output(&found, &command)?;
    let version = String::from_utf8_lossy(&output.stdout);
    let mut numbers = version.trim().split('.').map_while(|number| number.parse::<u32>().ok());
    let pair = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if pair < LEAST {
        let found_version = version.trim().to_owned();
        return Err(ToolchainError::TooOld {
            program: found.program,
            found: found_version,
            needed: "3.8",
        });
    }
    Ok(Python {
        program: found.program,
        arguments: found.words,
        version: version.trim().to_owned(),
    })
}
