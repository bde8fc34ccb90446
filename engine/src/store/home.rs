//! Where the store of this user is.

use std::char::REPLACEMENT_CHARACTER;

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;
use crate::store::error::StoreError;

/// Where the store is: `OAST_HOME`, unless it is empty, else `oast` in the directory where the platform keeps the data of programs.
pub fn home(host: &dyn Host) -> Result<Utf8PathBuf, StoreError> {
    let absolute = |name: &str| {
        let value = host.env(name).filter(|value| !value.contains(REPLACEMENT_CHARACTER));
        value.map(Utf8PathBuf::from).filter(|directory| directory.is_absolute())
    };
    match host.env("OAST_HOME").filter(|value| !value.is_empty()) {
        Some(asked) if asked.contains(REPLACEMENT_CHARACTER) => {
            Err(StoreError::UnreadableHome { asked })
        }
        Some(asked) if Utf8Path::new(&asked).is_absolute() => Ok(asked.into()),
        Some(asked) => Err(StoreError::RelativeHome { asked }),
        None => default(absolute).ok_or(StoreError::NoHome { variable: VARIABLE }),
    }
}

#[cfg(not(any(windows, target_os = "macos")))]
const VARIABLE: &str = "HOME";

#[cfg(not(any(windows, target_os = "macos")))]
fn default(absolute: impl Fn(&str) -> Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    let data = absolute("XDG_DATA_HOME");
    let data = data.or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("oast"))
}

#[cfg(target_os = "macos")]
const VARIABLE: &str = "HOME";

#[cfg(target_os = "macos")]
fn default(absolute: impl Fn(&str) -> Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    Some(absolute("HOME")?.join("Library/Application Support/oast"))
}

#[cfg(windows)]
const VARIABLE: &str = "LOCALAPPDATA";

#[cfg(windows)]
fn default(absolute: impl Fn(&str) -> Option<Utf8PathBuf>) -> Option<Utf8PathBuf> {
    Some(absolute("LOCALAPPDATA")?.join("oast"))
}
