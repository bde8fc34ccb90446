//! What a new package may be called.

use oast_engine::manifest::{Dialect, is_package_name};

use crate::failure::Failure;

/// Refuses a name that no package of the dialect can have.
pub(crate) fn check_name(dialect: Dialect, name: &str) -> Result<(), Failure> {
    if is_package_name(dialect, name) {
        return Ok(());
    }
    let is_word = match dialect {
        Dialect::Octizys => {
            name.starts_with(char::is_alphabetic) && name.chars().all(|it| may_have(dialect, it))
        }
        Dialect::Oats => !name.is_empty() && name.chars().all(|it| may_have(dialect, it)),
    };
    let why = match dialect {
        _ if is_word => "it is a word of the language",
        Dialect::Octizys => "a name is a letter, then letters, digits and `_`",
        Dialect::Oats => "a name is made of the letters of ASCII, digits, `-` and `_`",
    };
    Err(Failure::usage(format!("`{name}` cannot be a name: {why}"))
        .hint(format!("`{}` can", suggestion(dialect, name))))
}

/// A name that is allowed and looks like `name`: `my-app` gives `MyApp` in Octizys, `my app` gives `my-app` in Oats.
fn suggestion(dialect: Dialect, name: &str) -> String {
    let words = name.split(|c: char| !may_have(dialect, c)).filter(|word| !word.is_empty());
    match dialect {
        Dialect::Octizys => {
            let joined: String = words.map(capitalised).collect();
            let name = joined.trim_start_matches(|c: char| !c.is_alphabetic());
            if name.is_empty() { "Demo".to_owned() } else { capitalised(name) }
        }
        Dialect::Oats => {
            let joined = words.collect::<Vec<_>>().join("-");
            match &*joined {
                "" => "demo".to_owned(),
                name if is_package_name(dialect, name) => joined,
                name => format!("my-{name}"),
            }
        }
    }
}

fn may_have(dialect: Dialect, c: char) -> bool {
    match dialect {
        Dialect::Octizys => c.is_alphanumeric() || c == '_',
        Dialect::Oats => c.is_ascii_alphanumeric() || matches!(c, '-' | '_'),
    }
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use oast_engine::manifest::Dialect::{Oats, Octizys};

    use super::{check_name, suggestion};

    #[test]
    fn names_are_letters_then_letters_digits_and_underscores() {
        for good in ["A", "Hello", "é_2", "Integer", "snake_case"] {
            assert!(check_name(Octizys, good).is_ok(), "{good}");
        }
        for bad in ["", "2fast", "_x", "my-app", "a b", "a/b", "..", "let"] {
            assert!(check_name(Octizys, bad).is_err(), "{bad}");
            assert!(check_name(Octizys, &suggestion(Octizys, bad)).is_ok(), "{bad}");
        }
    }

    #[test]
    fn names_of_oats_have_hyphens_and_begin_with_anything() {
        for good in ["a", "my-app", "2fast", "_x", "snake_case", "let"] {
            assert!(check_name(Oats, good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a/b", "..", "é", "oats", "../x", "a.b"] {
            assert!(check_name(Oats, bad).is_err(), "{bad}");
            assert!(check_name(Oats, &suggestion(Oats, bad)).is_ok(), "{bad}");
        }
    }

    #[test]
    fn a_suggestion_looks_like_the_name() {
        assert_eq!(suggestion(Octizys, "my-app"), "MyApp");
        assert_eq!(suggestion(Octizys, "2fast 2furious"), "Fast2furious");
        assert_eq!(suggestion(Octizys, "let"), "Let");
        assert_eq!(suggestion(Octizys, "--"), "Demo");
        assert_eq!(suggestion(Oats, "my app"), "my-app");
        assert_eq!(suggestion(Oats, "../x"), "x");
        assert_eq!(suggestion(Oats, "oats"), "my-oats");
    }
}
