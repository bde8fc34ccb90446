//! The files of a new project or package.

use camino::{Utf8Path, Utf8PathBuf};
use oast_engine::host::Host;
use oast_engine::manifest::{Dialect, is_module_name};

use crate::failure::Failure;

/// What version control should not keep.
const IGNORED: &str = "/build\n/.oast\n";

/// What to write where.
pub(crate) type Files = Vec<(Utf8PathBuf, String)>;

/// The files of a package in the directory `at`.
pub(crate) fn package(at: &Utf8Path, name: &str, lib: bool) -> Files {
    let mut manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
    if !lib {
        manifest.push_str("main = \"Main\"\n");
    }
    let (file, source) = if lib { ("Lib.oct", library(name)) } else { ("Main.oct", program()) };
    vec![(at.join(format!("{name}Package.toml")), manifest), (at.join("src").join(file), source)]
}

/// The files of a project in the directory `at` that has one package of the same name.
pub(crate) fn project(at: &Utf8Path, name: &str, lib: bool) -> Files {
    let manifest = format!(
        "[project]\nname = \"{name}\"\ntargets = [\"python-3\"]\n\n[packages]\n{}\n",
        member(name, name)
    );
    let mut files = vec![(at.join("project.toml"), manifest)];
    files.extend(package(&at.join(name), name, lib));
    files.push((at.join(".gitignore"), IGNORED.to_owned()));
    files
}

/// The line of `[packages]` for the package at `path`, relative to the project.
pub(crate) fn member(name: &str, path: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
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

/// Refuses a name that no package of the dialect can have.
pub(crate) fn check_name(dialect: Dialect, name: &str) -> Result<(), Failure> {
    if is_module_name(dialect, name) {
        return Ok(());
    }
    let why = if name.starts_with(char::is_alphabetic) && name.chars().all(is_name_char) {
        "it is a word of the language"
    } else {
        "a name is a letter, then letters, digits and `_`"
    };
    Err(Failure::usage(format!("`{name}` cannot be a name: {why}"))
        .hint(format!("`{}` can", suggestion(name))))
}

/// A name that is allowed and looks like `name`: `my-app` gives `MyApp`.
fn suggestion(name: &str) -> String {
    let words = name.split(|c: char| !is_name_char(c)).filter(|word| !word.is_empty());
    let joined: String = words.map(capitalised).collect();
    let name = joined.trim_start_matches(|c: char| !c.is_alphabetic());
    if name.is_empty() { "Demo".to_owned() } else { capitalised(name) }
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

fn quoted(text: &str) -> String {
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

fn program() -> String {
    "-- The value of `main` is printed when the program runs.\n\
     main : Text = \"Hello, world!\";\n"
        .to_owned()
}

fn library(name: &str) -> String {
    format!(
        "-- What is `public` can be used elsewhere: `import {name}/Lib as {name};`, then `{name}/double 21`.\n\
         public double : n : Int |- Int = mul n 2;\n"
    )
}

#[cfg(test)]
mod tests {
    use oast_engine::manifest::Dialect;

    use super::{check_name, member, suggestion};

    #[test]
    fn names_are_letters_then_letters_digits_and_underscores() {
        for good in ["A", "Hello", "é_2", "Integer", "snake_case"] {
            assert!(check_name(Dialect::Octizys, good).is_ok(), "{good}");
        }
        for bad in ["", "2fast", "_x", "my-app", "a b", "a/b", "..", "let"] {
            assert!(check_name(Dialect::Octizys, bad).is_err(), "{bad}");
            assert!(check_name(Dialect::Octizys, &suggestion(bad)).is_ok(), "{bad}");
        }
    }

    #[test]
    fn a_suggestion_looks_like_the_name() {
        assert_eq!(suggestion("my-app"), "MyApp");
        assert_eq!(suggestion("2fast 2furious"), "Fast2furious");
        assert_eq!(suggestion("let"), "Let");
        assert_eq!(suggestion("--"), "Demo");
    }

    #[test]
    fn a_members_line_is_toml() {
        assert_eq!(member("Math", "libs/Math"), r#"Math = { path = "libs/Math" }"#);
        assert_eq!(member("Été", r#"a"b\c"#), r#""Été" = { path = "a\"b\\c" }"#);
    }
}
