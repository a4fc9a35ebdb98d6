//! Durations as users write them: `"250ms"`.

/// The units, and how many nanoseconds each has.
const UNITS: [(&str, u64); 5] = [
    ("us", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// What is said of a text that [`nanos`] does not understand.
pub(crate) fn refusal(text: &str) -> String {
    format!("`{text}` is not a duration; write it like `100us`, `250ms`, `1.5s`, `2m` or `1h`")
}

/// The nanoseconds of a number followed by a unit, such as `1.5s`; nothing if
/// `text` is not of that form, is finer than a nanosecond, or is longer than 584 years.
pub(crate) fn nanos(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let (_, unit) = UNITS.into_iter().find(|&(name, _)| name == unit)?;
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, part(fraction, unit)?),
        None => (number, 0),
    };
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(unit)?
        .checked_add(fraction)
}

/// The nanoseconds of `0.fraction` units, if that is a whole number.
fn part(fraction: &str, unit: u64) -> Option<u64> {
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let nanos = fraction.parse::<u64>().ok().map(u128::from)? * u128::from(unit);
    (nanos % scale == 0).then(|| u64::try_from(nanos / scale).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_unit_are_understood() {
        let cases = [
            ("1s", 1_000_000_000),
            ("250ms", 250_000_000),
            ("1.5s", 1_500_000_000),
            ("0.5ms", 500_000),
            ("0.001us", 1),
            ("2m", 120_000_000_000),
            ("1h", 3_600_000_000_000),
            ("100us", 100_000),
            ("0s", 0),
            ("007s", 7_000_000_000),
            ("5124095h", 18_446_742_000_000_000_000),
        ];
        for (text, nanos) in cases {
            assert_eq!(super::nanos(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let cases = [
            "",
            "1",
            "s",
            ".s",
            "1.s",
            ".5s",
            "1..5s",
            "1.2.3s",
            "-1s",
            "+1s",
            "1 s",
            " 1s",
            "1s ",
            "1sec",
            "1S",
            "1m30s",
            "1e3s",
            "١s",
            "5124096h",
            "99999999999999999999s",
            "0.0001us",
            "0.00000000000000000000000000000000000000000001s",
        ];
        for text in cases {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
