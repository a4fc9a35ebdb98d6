//! The outcome as one Markdown table that also reads well as plain text.

use std::fmt::Write as _;

use crate::contender::Contender;
use crate::measure::{Metric, Spec, Target, Unit};
use crate::rounds::{Outcome, Series};
use crate::stats::median;

/// Which measures had to share the machine; nothing if none had to.
pub(crate) fn warning(outcomes: &[Outcome]) -> String {
    let disturbed: Vec<String> = outcomes
        .iter()
        .filter_map(|outcome| {
            let share = outcome.disturbance? * 100.0;
            Some(format!("{} ({share:.0} %)", outcome.measure.spec().name))
        })
        .collect();
    if disturbed.is_empty() {
        return String::new();
    }
    let list = disturbed.join(", ");
    format!(
        "**Disturbed**: other work took a share of the machine during {list}. \
         Measure again where a target has a question mark.\n"
    )
}

/// The columns, and whether they hold figures.
const HEAD: [(&str, bool); 7] = [
    ("measure", false),
    ("contender", false),
    ("figure", false),
    ("median", true),
    ("range", true),
    ("ratio", true),
    ("target", false),
];

type Row = [String; HEAD.len()];

/// The table of all outcomes.
pub(crate) fn render(outcomes: &[Outcome]) -> String {
    let rows: Vec<Row> = outcomes.iter().flat_map(rows).collect();
    let mut widths = HEAD.map(|(name, _)| name.len());
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut table = String::new();
    line(&mut table, &HEAD.map(|(name, _)| name.to_owned()), &widths);
    for ((_, figures), width) in HEAD.iter().zip(widths) {
        let end = if *figures { ':' } else { '-' };
        let _ = write!(table, "| {:-<1$}{end} ", "", width - 1);
    }
    table.push_str("|\n");
    for row in &rows {
        line(&mut table, row, &widths);
    }
    table
}

fn line(table: &mut String, row: &Row, widths: &[usize; HEAD.len()]) {
    for ((cell, width), (_, figures)) in row.iter().zip(widths).zip(HEAD) {
        // Writing into a string does not fail.
        let _ = if figures {
            write!(table, "| {cell:>width$} ")
        } else {
            write!(table, "| {cell:<width$} ")
        };
    }
    table.push_str("|\n");
}

/// One row for each metric and contender of a measure.
fn rows(outcome: &Outcome) -> Vec<Row> {
    let spec = outcome.measure.spec();
    let mut rows = Vec::new();
    for (at, metric) in spec.metrics.iter().enumerate() {
        let baseline = outcome
            .series
            .iter()
            .find(|series| series.contender == spec.baseline)
            .map(|series| values(series, at))
            .unwrap_or_default();
        let doubt = if outcome.disturbance.is_some() {
            "?"
        } else {
            ""
        };
        for series in &outcome.series {
            let values = values(series, at);
            rows.push(row(
                spec,
                metric,
                series.contender,
                &values,
                &baseline,
                doubt,
            ));
        }
    }
    rows
}

/// What one metric was in each round.
fn values(series: &Series, metric: usize) -> Vec<f64> {
    let metric = |round: &Vec<f64>| round.get(metric).copied().unwrap_or(f64::NAN);
    series.rounds.iter().map(metric).collect()
}

fn row(
    spec: &Spec,
    metric: &Metric,
    who: Contender,
    values: &[f64],
    baseline: &[f64],
    doubt: &str,
) -> Row {
    let middle = median(values);
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    // The rounds are compared one by one and not their medians: the two turns of
    // a round met the same machine.
    let ratios: Vec<f64> = values.iter().zip(baseline).map(|(a, b)| a / b).collect();
    let ratio = median(&ratios);
    let shown_ratio = match (who == spec.baseline, ratio.is_finite()) {
        (true, _) => "baseline".to_owned(),
        (false, true) => format!("{} ×", digits(ratio)),
        (false, false) => "–".to_owned(),
    };
    [
        spec.name.to_owned(),
        who.name().to_owned(),
        metric.name.to_owned(),
        show(metric.unit, middle),
        format!("{} – {}", show(metric.unit, low), show(metric.unit, high)),
        shown_ratio,
        metric
            .target
            .filter(|_| who == Contender::Baseapp)
            .map(|target| verdict(target, metric.unit, middle, ratio) + doubt)
            .unwrap_or_default(),
    ]
}

/// A target, and whether it was reached.
fn verdict(target: Target, unit: Unit, value: f64, ratio: f64) -> String {
    let (bound, met) = match target {
        Target::TimesAtMost(most) => (format!("≤ {} ×", digits(most)), ratio <= most),
        Target::TimesAtLeast(least) => (format!("≥ {} ×", digits(least)), ratio >= least),
        Target::AtMost(most) => (format!("≤ {}", show(unit, most)), value <= most),
        Target::AtLeast(least) => (format!("≥ {}", show(unit, least)), value >= least),
    };
    format!("{bound} {}", if met { "met" } else { "MISSED" })
}

/// A value with its unit.
fn show(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Micros if value >= 1e3 => format!("{} ms", digits(value / 1e3)),
        Unit::Micros => format!("{} µs", digits(value)),
        Unit::Rate if value >= 1e6 => format!("{} M/s", digits(value / 1e6)),
        Unit::Rate => format!("{} k/s", digits(value / 1e3)),
        Unit::Bandwidth => format!("{} GB/s", digits(value)),
        Unit::Frequency => format!("{} /s", digits(value)),
        Unit::Memory => format!("{} MiB", digits(value)),
    }
}

/// Three digits that mean something.
fn digits(value: f64) -> String {
    let places = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.0995 || size == 0.0 => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measure;

    fn outcome() -> Outcome {
        let series = |contender, p50s: [f64; 3]| Series {
            contender,
            rounds: p50s.map(|p50| vec![p50, 99.0, 999.0]).to_vec(),
        };
        Outcome {
            measure: Measure::Ask,
            series: vec![
                series(Contender::Raw, [10.0, 20.0, 40.0]),
                series(Contender::Baseapp, [15.0, 22.0, 44.0]),
            ],
            disturbance: Some(0.314),
        }
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        let rows = rows(&outcome());
        let baseapp = &rows[1];
        assert_eq!(
            baseapp[1..],
            [
                "baseapp",
                "round trip p50",
                "22.0 µs",
                "15.0 µs – 44.0 µs",
                "1.10 ×",
                "≤ 1.30 × met?"
            ]
        );
        assert_eq!(rows[0][5], "baseline");
        assert_eq!(rows[3][3..], ["99.0 µs", "99.0 µs – 99.0 µs", "1.00 ×", ""]);
    }

    #[test]
    fn a_disturbed_measure_is_named() {
        assert!(warning(&[outcome()]).contains("during ask (31 %)."));
        assert_eq!(warning(&[]), "");
    }

    #[test]
    fn every_line_is_as_wide() {
        let table = render(&[outcome()]);
        let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths.len(), 2 + 6);
        assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    }

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
        assert_eq!(verdict(Target::AtMost(1e6), 2e6, 1.0), "≤ 1.00 M/s MISSED");
        assert_eq!(verdict(Target::AtLeast(1.5e6), 2e6, 1.0), "≥ 1.50 M/s met");
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
