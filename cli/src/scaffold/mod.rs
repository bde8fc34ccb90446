//! The files of a new project or package.

mod name;
mod oats;
mod octizys;

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::Host;
use oast_engine::manifest::Dialect;

pub(crate) use crate::scaffold::name::check_name;

use crate::failure::Failure;

/// The name of the file that [`ignored`] stands in.
pub(crate) const IGNORE_FILE: &str = ".gitignore";

/// What to write where.
pub(crate) type Files = Vec<(Utf8PathBuf, String)>;

/// The files of a package in the directory `at`.
pub(crate) fn package(dialect: Dialect, at: &Utf8Path, name: &str, lib: bool) -> Files {
    match dialect {
        Dialect::Octizys => octizys::package(at, name, lib),
        Dialect::Oats => oats::package(at, name, lib),
    }
}

/// The files of a project in the directory `at` that has one package of the same name. In Oats a package is a project.
pub(crate) fn project(dialect: Dialect, at: &Utf8Path, name: &str, lib: bool) -> Files {
    match dialect {
        Dialect::Octizys => octizys::project(at, name, lib),
        Dialect::Oats => oats::package(at, name, lib),
    }
}

/// The file that tells version control what not to keep of a project in the directory `at`.
fn ignore_file(dialect: Dialect, at: &Utf8Path) -> (Utf8PathBuf, String) {
    let lines = ignored(dialect).map(|path| format!("{path}\n"));
    (at.join(IGNORE_FILE), lines.concat())
}

/// What version control should not keep of a project.
pub(crate) fn ignored(dialect: Dialect) -> [&'static str; 2] {
    match dialect {
        Dialect::Octizys => ["/build", "/.oast"],
        Dialect::Oats => ["/target", "/.oast"],
    }
}

/// The line of `[packages]`, or of `[dependencies]`, for the package at `path`, relative to the manifest that it stands in.
pub(crate) fn member(name: &str, path: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let key = if plain { name.to_owned() } else { quoted(name) };
    format!("{key} = {{ path = {} }}", quoted(path))
}

/// Writes the files unless one of them is there already.
pub(crate) fn write(host: &dyn Host, files: &Files) -> Result<(), Failure> {
    if let Some((path, _)) = files.iter().find(|(path, _)| host.stat(path).is_ok()) {
        return Err(Failure::usage(format!("`{path}` exists already and is left as it is")));
    }
    files.iter().try_for_each(|(path, text)| {
        host.write(path, text.as_bytes()).map_err(|error| Failure::io("cannot write", path, &error))
    })
}

/// The text as a string of TOML.
pub(crate) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.extend(format!("\\u{:04X}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::member;

    #[test]
    fn a_members_line_is_toml() {
        assert_eq!(member("Math", "libs/Math"), r#"Math = { path = "libs/Math" }"#);
        assert_eq!(member("my-lib", "../my-lib"), r#"my-lib = { path = "../my-lib" }"#);
        assert_eq!(member("Été", r#"a"b\c"#), r#""Été" = { path = "a\"b\\c" }"#);
    }
}
