//! From names of the source to names of Python.
//!
//! Names that other modules mention follow a fixed rule, [`mangled`], which gives different names for different names and
//! looks at nothing else. Names within one module are only chosen so that they don't meet; see [`Names`].

use std::collections::HashSet;
use std::fmt::Write;

use rustc_hash::FxBuildHasher;

use crate::base::ModulePath;
use crate::target::python::reserved::{is_python_module, is_reserved};

/// The Python name of an item, a field or a component of a module's path.
///
/// ASCII letters, digits and most underscores stay. A hyphen within a name becomes two underscores; everything else becomes
/// its code point in hexadecimal digits between `_u` and `_`. What is a reserved word then gets an underscore at its end.
pub(super) fn mangled(name: &str) -> String {
    let mut python = String::with_capacity(name.len() + 1);
    mangle(name, &mut python);
    python
}

/// Adds the [`mangled`] name to `python`.
fn mangle(name: &str, python: &mut String) {
    let start = python.len();
    respell(name, python);
    if is_reserved(python[start..].trim_end_matches('_')) {
        python.push('_');
    }
}

/// [`mangle`] but for reserved words.
fn respell(name: &str, python: &mut String) {
    // As nearly all are.
    if name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|it| it.is_ascii_alphanumeric())
    {
        return python.push_str(name);
    }
    let chars: Vec<char> = name.chars().collect();
    for at in 0..chars.len() {
        match (chars[at], at.checked_sub(1).map(|it| chars[it]), chars.get(at + 1)) {
            (it @ ('a'..='z' | 'A'..='Z'), _, _) => python.push(it),
            (it @ '0'..='9', Some(_), _) => python.push(it),
            ('_', _, Some(next)) if next.is_ascii_alphanumeric() && *next != 'u' => {
                python.push('_');
            }
            ('_', Some(_), None) => python.push('_'),
            ('-', Some(before), Some(next))
                if before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric() =>
            {
                python.push_str("__");
            }
            (it, _, _) => {
                write!(python, "_u{:x}_", u32::from(it)).expect("a string takes everything");
            }
        }
    }
}

/// The dotted name under which a module is imported.
pub(super) fn module_name(module: &ModulePath) -> String {
    joined(module, ".")
}

/// The names of a module's package and of its place in it, joined by `separator`.
pub(super) fn joined(module: &ModulePath, separator: &str) -> String {
    let mut name = package_name(module.package());
    name.reserve(module.as_str().len());
    let mut parts = module.components().skip(1).peekable();
    if parts.peek().is_none() {
        return name + separator + ROOT;
    }
    for part in parts {
        name.push_str(separator);
        mangle(part, &mut name);
    }
    name
}

/// The module of a package that has the package's own name: the name of the folder belongs to the position table.
const ROOT: &str = "_root";

/// The name of a package's folder: never that of a module of Python itself, which the package would hide.
pub(super) fn package_name(package: &str) -> String {
    let python = mangled(package);
    if let Some(rest) = python.strip_prefix('_').filter(|rest| !rest.starts_with('u')) {
        return format!("_u5f_{rest}");
    }
    let taken = is_python_module(python.trim_end_matches('_'));
    if taken { python + "_" } else { python }
}

/// Names in use, to choose others.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(HashSet<String, FxBuildHasher>);

impl Names {
    /// Takes a name that cannot be changed.
    pub(super) fn take(&mut self, name: String) {
        self.0.insert(name);
    }

    /// Takes `wish`, or else the first of `wish_2`, `wish_3`, … that is free.
    pub(super) fn fresh(&mut self, wish: String) -> String {
        let mut name = wish.clone();
        let mut count = 1;
        while self.0.contains(&name) {
            count += 1;
            name = format!("{wish}_{count}");
        }
        self.0.insert(name.clone());
        name
    }

    /// Takes `name` if it is free.
    pub(super) fn try_take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{ModulePath, mangled, module_name, package_name};

    #[test]
    fn ordinary_names_stay() {
        for name in ["fact", "isEven", "snake_case", "_private", "x1", "Cons", "a_1"] {
            assert_eq!(mangled(name), name);
        }
    }

    #[test]
    fn reserved_words_get_an_underscore() {
        assert_eq!(
            ["class", "len", "None", "_add"].map(mangled),
            ["class_", "len_", "None_", "_add_"]
        );
        assert_eq!(mangled("class_"), "class__");
    }

    #[test]
    fn packages_do_not_hide_modules_of_python() {
        assert_eq!(["json", "sys", "threading"].map(package_name), ["json_", "sys_", "threading_"]);
        assert_eq!(
            ["json_", "_thread", "my-pkg"].map(package_name),
            ["json__", "_u5f_thread", "my__pkg"]
        );
        assert_eq!(module_name(&ModulePath::new("json/class/io")), "json_.class_.io");
        assert_eq!(module_name(&ModulePath::new("Demo")), "Demo._root");
    }

    #[test]
    fn different_names_stay_different() {
        let alphabet = ["_", "-", "u", "a", "2", "d", "5f", "$", "é", "if"];
        let mut words = vec![String::new()];
        let mut seen = BTreeMap::new();
        for _ in 0..5 {
            let longer = |it: &String| alphabet.map(|letter| format!("{it}{letter}"));
            words = words.iter().flat_map(longer).collect();
            for word in &words {
                let before = seen.insert(mangled(word), word.clone());
                let name = mangled(word);
                assert!(before.as_ref().is_none_or(|it| it == word), "{before:?} {word}: {name}");
            }
        }
    }
}
