//! What somebody wants of Oast itself: from the environment, the workspace and the user, the nearest first.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use camino::{Utf8Path, Utf8PathBuf};
use thiserror::Error;

use crate::base::{Checked, Finding, TextRange, resolve};
use crate::host::{EntryKind, Host};
use crate::manifest::{CompilerTable, Dialect, SettingsFile, SettingsScope, settings};
use crate::source::Diagnostic;
use crate::state;

/// The file of settings in the folder `.oast` of a workspace and in the user's directory.
const FILE: &str = "config.toml";

/// The dialects that can have another compiler, and the variables that name it.
const VARIABLES: &[(Dialect, &str)] = &[(Dialect::Oats, "OAST_COMPILER_OATS")];

/// What holds for one workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Settings {
    compilers: BTreeMap<Dialect, CompilerCommand>,
}

/// A compiler to use in place of Oast's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CompilerCommand {
    /// The program and the arguments that come before all others, at least the program. A program that is written with `/` is
    /// an absolute path, and so is an argument written so that names a file.
    pub words: Vec<String>,
    /// A library to link in place of Oast's own, absolute.
    pub runtime: Option<Utf8PathBuf>,
    /// What else it may read, absolute.
    pub read: Vec<Utf8PathBuf>,
    /// Who says so, for a person: the variable or the file.
    pub origin: String,
}

/// A mistake in the environment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A variable is not a command line.
    #[error("`{variable}` is not a command: `{value}`")]
    NoCommand {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
}

impl Settings {
    /// What holds in the workspace at `root` for the user whose directory is `home`, with the mistakes in both files.
    ///
    /// A compiler is taken whole from the first that names one: the environment (`OAST_COMPILER_<DIALECT>`, unless empty), the
    /// workspace's `.oast/config.toml`, the user's `config.toml`. So a library never comes together with the compiler of somebody
    /// else. Relative paths are seen from the workspace, in the user's file from `home`.
    pub fn load(
        host: &dyn Host,
        root: &Utf8Path,
        home: Option<&Utf8Path>,
    ) -> Result<Checked<Settings, Diagnostic>, SettingsError> {
        let mut loaded = Checked { value: Settings::default(), diagnostics: Vec::new() };
        let workspace = (root.join(state::FOLDER).join(FILE), SettingsScope::Workspace, root);
        let user = home.map(|home| (home.join(FILE), SettingsScope::User, home));
        for (path, scope, base) in user.into_iter().chain([workspace]) {
            let file = read(host, &path, scope);
            loaded.diagnostics.extend(file.diagnostics);
            for (dialect, table) in file.value.compilers {
                let compiler = from_table(host, table, base, &path);
                loaded.value.compilers.insert(dialect, compiler);
            }
        }
        for (dialect, variable) in VARIABLES {
            if let Some(compiler) = from_environment(host, variable, root)? {
                loaded.value.compilers.insert(*dialect, compiler);
            }
        }
        Ok(loaded)
    }

    /// The compiler that was chosen for a dialect; `None` means Oast's own.
    pub fn compiler(&self, dialect: Dialect) -> Option<&CompilerCommand> {
        self.compilers.get(&dialect)
    }
}

fn read(
    host: &dyn Host,
    path: &Utf8PathBuf,
    scope: SettingsScope,
) -> Checked<SettingsFile, Diagnostic> {
    let text = match host.read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned()),
        // Who has no directory of their own has no settings in it.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(String::new())
        }
        // A build by somebody who may not look into the directory, as a service does with another's `HOME`, is none the worse.
        Err(error)
            if scope == SettingsScope::User && error.kind() == ErrorKind::PermissionDenied =>
        {
            let finding = passed_over(&error.to_string());
            let diagnostics = vec![Diagnostic::in_file(path, finding)];
            return Checked { value: SettingsFile::default(), diagnostics };
        }
        Err(error) => Err(error.to_string()),
    };
    let file = text.map_or_else(unreadable, |text| settings(&text, scope));
    let diagnostics = file.diagnostics.into_iter().map(|it| Diagnostic::in_file(path, it));
    Checked { value: file.value, diagnostics: diagnostics.collect() }
}

fn passed_over(problem: &str) -> Finding {
    let message = format!("your settings cannot be read and count as empty: {problem}");
    Finding::warning("unreadable-settings", TextRange::default(), message)
        .help("set `OAST_HOME` to a directory that you may read")
}

fn unreadable(problem: String) -> Checked<SettingsFile> {
    let message = format!("the settings cannot be read: {problem}");
    let finding = Finding::error("unreadable-file", TextRange::default(), message);
    Checked { value: SettingsFile::default(), diagnostics: vec![finding] }
}

fn from_table(
    host: &dyn Host,
    table: CompilerTable,
    base: &Utf8Path,
    path: &Utf8Path,
) -> CompilerCommand {
    CompilerCommand {
        words: placed(host, table.command.value, base),
        runtime: table.runtime.map(|runtime| resolve(base, runtime.value.as_str())),
        read: table.read.iter().map(|path| resolve(base, path.value.as_str())).collect(),
        origin: path.to_string(),
    }
}

fn from_environment(
    host: &dyn Host,
    variable: &'static str,
    root: &Utf8Path,
) -> Result<Option<CompilerCommand>, SettingsError> {
    let value = host.env(variable).filter(|value| !value.trim().is_empty());
    let Some(value) = value else { return Ok(None) };
    let words = shlex::split(&value).filter(|words| words.first().is_some_and(|it| !it.is_empty()));
    let Some(words) = words else { return Err(SettingsError::NoCommand { variable, value }) };
    let words = placed(host, words, root);
    let origin = variable.to_owned();
    Ok(Some(CompilerCommand { words, runtime: None, read: Vec::new(), origin }))
}

/// The words, which were written at `base`, as they are understood anywhere.
fn placed(host: &dyn Host, words: Vec<String>, base: &Utf8Path) -> Vec<String> {
    let place = |(index, word): (usize, String)| {
        if !word.contains('/') || index != 0 && word.starts_with('-') {
            return word;
        }
        let path = resolve(base, &word);
        let is_file = || host.stat(&path).is_ok_and(|stat| stat.kind == EntryKind::File);
        if index == 0 || is_file() { path.into_string() } else { word }
    };
    words.into_iter().enumerate().map(place).collect()
}
