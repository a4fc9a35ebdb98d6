//! How a single figure and a target read.

use crate::measure::{Target, Unit};

/// A target, and whether it was reached; that stays open if nobody is there to
/// be compared with.
pub(super) fn verdict(target: Target, unit: Unit, value: f64, ratio: f64) -> String {
    let (bound, met) = match target {
        Target::Of(_, target) => return verdict(*target, unit, value, ratio),
        Target::TimesAtMost(most) => (format!("≤ {} ×", digits(most)), ratio <= most),
        Target::TimesAtLeast(least) => (format!("≥ {} ×", digits(least)), ratio >= least),
        Target::TimesAtMostOf(whom, most) => (
            format!("≤ {} × {}", digits(most), whom.name()),
            ratio <= most,
        ),
        Target::TimesAtLeastOf(whom, least) => (
            format!("≥ {} × {}", digits(least), whom.name()),
            ratio >= least,
        ),
        Target::AtMost(most) => (format!("≤ {}", show(unit, most)), value <= most),
        Target::AtLeast(least) => (format!("≥ {}", show(unit, least)), value >= least),
    };
    let verdict = match (target.is_relative() && ratio.is_nan(), met) {
        (true, _) => "–",
        (false, true) => "met",
        (false, false) => "MISSED",
    };
    format!("{bound} {verdict}")
}

/// A value with its unit.
pub(super) fn show(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Nanos if value >= 1e3 => show(Unit::Micros, value / 1e3),
        Unit::Nanos => format!("{} ns", digits(value)),
        Unit::Micros if value >= 1e3 => format!("{} ms", digits(value / 1e3)),
        Unit::Micros => format!("{} µs", digits(value)),
        Unit::Rate if value >= 1e6 => format!("{} M/s", digits(value / 1e6)),
        Unit::Rate => format!("{} k/s", digits(value / 1e3)),
        Unit::Bandwidth => format!("{} GB/s", digits(value)),
        Unit::Frequency => format!("{} /s", digits(value)),
        Unit::Share => format!("{} %", digits(value * 100.0)),
        Unit::Memory => format!("{} MiB", digits(value)),
    }
}

/// Three digits that mean something.
pub(super) fn digits(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.0995 || size == 0.0 => 2,
        size if size >= 0.00995 => 3,
        _ => 5,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender;

    #[test]
    fn targets_bound_from_both_sides() {
        let verdict = |target, value, ratio| verdict(target, Unit::Rate, value, ratio);
        assert_eq!(
            verdict(Target::TimesAtMost(3.0), 1e6, 3.1),
            "≤ 3.00 × MISSED"
        );
        assert_eq!(
            verdict(Target::TimesAtLeast(0.35), 1e6, 0.4),
            "≥ 0.35 × met"
        );
        assert_eq!(
            verdict(Target::TimesAtLeastOf(Contender::Raw, 10.0), 1e6, 11.0),
            "≥ 10.0 × raw met"
        );
        assert_eq!(
            verdict(Target::TimesAtMostOf(Contender::Raw, 0.1), 1e6, 0.2),
            "≤ 0.10 × raw MISSED"
        );
        assert_eq!(
            verdict(Target::TimesAtLeast(0.35), 1e6, f64::NAN),
            "≥ 0.35 × –"
        );
        assert_eq!(verdict(Target::AtMost(1e6), 2e6, 1.0), "≤ 1.00 M/s MISSED");
        let of_blob = Target::Of(Contender::BaseappBlob, &Target::TimesAtLeast(2.0));
        assert_eq!(of_blob.judged(), Contender::BaseappBlob);
        assert_eq!(verdict(of_blob, 1e6, 3.0), "≥ 2.00 × met");
        assert_eq!(verdict(Target::AtLeast(1.5e6), 2e6, 1.0), "≥ 1.50 M/s met");
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        let shown = [812.0, 4_030.0, 1.5e6].map(|nanos| show(Unit::Nanos, nanos));
        assert_eq!(shown, ["812 ns", "4.03 µs", "1.50 ms"]);
    }

    #[test]
    fn figures_have_three_digits() {
        let shown = [0.0, 0.0123, 0.5, 9.99, 12.34, 99.96, 1234.0].map(digits);
        assert_eq!(
            shown,
            ["0.00", "0.012", "0.50", "9.99", "12.3", "100", "1234"]
        );
    }
}
