//! Amounts of bytes as people write them.

/// How many bytes `text` means: a number and a unit, `10 GB`, `1.5 GiB`, `0`; `None` if it means nothing.
pub fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        "t" | "tb" => 1_000_000_000_000,
        "tib" => 1 << 40,
        _ => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "nobody counts bytes with a point"
    )]
    number.parse::<f64>().ok().map(|number| (number * factor as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn a_size_is_a_number_and_a_unit() {
        assert_eq!(parse_size("10 GB"), Some(10_000_000_000));
        assert_eq!(parse_size("1.5GiB"), Some(3 << 29));
        assert_eq!(parse_size(" 512 mib "), Some(512 << 20));
        assert_eq!(parse_size("0"), Some(0));
        for wrong in ["", "GB", "10 GX", "-1 GB", "1.2.3 MB", "99999999999 TB"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
}
