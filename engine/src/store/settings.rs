//! What the user wants of the store: `config.toml` in its directory.

use std::io;

use camino::Utf8Path;

use crate::base::LineIndex;
use crate::host::Host;
use crate::manifest::{SettingsScope, settings};
use crate::store::error::StoreError;

/// How many bytes the store may have where nobody says otherwise: 10 GB.
pub const DEFAULT_QUOTA: u64 = 10_000_000_000;

/// What the user wants of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many bytes the store may have (`quota = "10 GB"` in `[store]`).
    pub quota: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { quota: DEFAULT_QUOTA }
    }
}

impl Settings {
    /// The settings in the store at `home`; the default ones if there are none.
    pub fn load(host: &dyn Host, home: &Utf8Path) -> Result<Settings, StoreError> {
        let path = home.join("config.toml");
        let wrong = |text: String| StoreError::Settings { path: path.clone(), text };
        let bytes = match host.read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Settings::default()),
            other => other.map_err(StoreError::during("read", &path))?,
        };
        let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
        let settings = settings(&text, SettingsScope::User);
        if let Some(first) = settings.diagnostics.first() {
            let line = LineIndex::new(&text).line(first.range.start);
            let help = first.help.join("; ");
            let gap = if help.is_empty() { "" } else { "; " };
            return Err(wrong(format!("line {line}: {}{gap}{help}", first.message)));
        }
        Ok(Settings { quota: settings.value.quota.unwrap_or(DEFAULT_QUOTA) })
    }
}
