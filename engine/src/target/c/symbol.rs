//! The names of what other files refer to.

use std::fmt::Write as _;

use crate::base::{ModulePath, Name};

/// What a symbol names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Function,
    Global,
}

/// The symbol of an item. No two items have the same: what is no ASCII letter or digit becomes `_` and what tells it apart.
pub(crate) fn symbol(kind: Kind, module: &ModulePath, name: &Name) -> String {
    let mut text = String::from(if kind == Kind::Function { "oastf_" } else { "oastv_" });
    mangle(module.as_str(), &mut text);
    text.push_str("_I");
    mangle(name, &mut text);
    text
}

/// The symbol of a module's positions.
pub(crate) fn positions_symbol(module: &ModulePath) -> String {
    let mut text = String::from("oastp_");
    mangle(module.as_str(), &mut text);
    text
}

fn mangle(name: &str, into: &mut String) {
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => into.push(c),
            '_' => into.push_str("__"),
            '/' => into.push_str("_S"),
            '$' => into.push_str("_D"),
            other => {
                write!(into, "_u{:x}_", u32::from(other))
                    .expect("a string takes all that is written");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, symbol};
    use crate::base::{ModulePath, Name};

    #[test]
    fn symbols_are_told_apart() {
        let names = [("A/B", "c"), ("A", "B_Ic"), ("A_SB", "c"), ("A/B_Ic", "d"), ("A/é", "$c")];
        let symbols = names.map(|(module, name)| {
            symbol(Kind::Function, &ModulePath::new(module), &Name::new(name))
        });
        assert_eq!(symbols[0], "oastf_A_SB_Ic");
        assert_eq!(symbols[4], "oastf_A_S_ue9__I_Dc");
        for (n, symbol) in symbols.iter().enumerate() {
            assert!(!symbols[..n].contains(symbol), "{symbol}");
        }
    }
}
