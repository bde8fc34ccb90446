//! Literals of C.

use std::fmt::Write as _;

use crate::ir::Literal;

/// An integer.
pub(crate) fn int(value: i64) -> String {
    match i32::try_from(value) {
        Ok(small) if small > i32::MIN => small.to_string(),
        _ if value == i64::MIN => "INT64_MIN".to_owned(),
        _ => format!("INT64_C({value})"),
    }
}

/// A literal other than a text, as an `oast_value`.
pub(crate) fn scalar(literal: &Literal) -> Option<String> {
    match literal {
        Literal::Unit => Some("0".to_owned()),
        Literal::Bool(value) => Some(u8::from(*value).to_string()),
        Literal::Int(value) => Some(int(*value)),
        Literal::Float(bits) => Some(int(bits.cast_signed())),
        Literal::Text(_) => None,
        Literal::Undefined => Some("OAST_UNDEFINED".to_owned()),
        Literal::Null => Some("OAST_NULL".to_owned()),
    }
}

/// A string of exactly these bytes, and a zero.
pub(crate) fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'\n' => quoted.push_str("\\n"),
            // A question mark may begin a trigraph.
            b'"' | b'\\' | b'?' => {
                quoted.push('\\');
                quoted.push(byte as char);
            }
            b' '..=b'~' => quoted.push(byte as char),
            other => write!(quoted, "\\{other:03o}").expect("a string takes all that is written"),
        }
    }
    quoted.push('"');
    quoted
}
