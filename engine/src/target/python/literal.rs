//! Literals as Python writes them.

use std::fmt::Write;

/// A Python literal, or one of the run-time support's names, for a double.
pub(super) fn float(value: f64) -> String {
    if value.is_nan() {
        "_nan".to_owned()
    } else if value.is_infinite() {
        if value < 0.0 { "-_inf".to_owned() } else { "_inf".to_owned() }
    } else {
        format!("{value:?}")
    }
}

/// A Python string literal for a text. What could be invisible or misread is escaped.
pub(super) fn text(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            '\r' => literal.push_str("\\r"),
            ' '..='~' => literal.push(c),
            _ if c.is_alphanumeric() => literal.push(c),
            _ => {
                let escaped = match u32::from(c) {
                    code @ 0..=0xff => write!(literal, "\\x{code:02x}"),
                    code @ 0x100..=0xffff => write!(literal, "\\u{code:04x}"),
                    code => write!(literal, "\\U{code:08x}"),
                };
                escaped.expect("writing to a string cannot fail");
            }
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::{float, text};

    #[test]
    fn floats_read_back() {
        let values = [0.1, -0.0, 1e300, f64::NAN, f64::NEG_INFINITY, 3.0];
        assert_eq!(values.map(float), ["0.1", "-0.0", "1e300", "_nan", "-_inf", "3.0"]);
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(text("a\"\\\n\0é\u{202e}\u{1f600}"), r#""a\"\\\n\x00é\u202e\U0001f600""#);
    }
}
