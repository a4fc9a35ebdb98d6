//! The outcome as one Markdown table that also reads well as plain text.

mod figure;
pub(crate) mod matrix;

use std::fmt::Write as _;

use self::figure::{digits, show, verdict};
use crate::contender::Contender;
use crate::measure::Metric;
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

/// Who had no turn, and why; nothing if everybody had one.
pub(crate) fn absences(outcomes: &[Outcome]) -> String {
    let mut absent: Vec<String> = outcomes
        .iter()
        .flat_map(|outcome| &outcome.series)
        .filter_map(|series| {
            let why = series.absence?;
            Some(format!("{} ({why})", series.contender.name()))
        })
        .collect();
    absent.dedup();
    if absent.is_empty() {
        return String::new();
    }
    format!("**Absent**: {}.\n", absent.join(", "))
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
    let metrics = outcome.measure.spec().metrics.iter().enumerate();
    metrics
        .flat_map(|(at, metric)| {
            let series = outcome.series.iter().filter(move |series| {
                let values = values(series, at);
                values.is_empty() || values.iter().any(|value| !value.is_nan())
            });
            series.map(move |series| row(outcome, at, metric, series))
        })
        .collect()
}

/// What one metric was in each round.
fn values(series: &Series, metric: usize) -> Vec<f64> {
    let metric = |round: &Vec<f64>| round.get(metric).copied().unwrap_or(f64::NAN);
    series.rounds.iter().map(metric).collect()
}

/// The median of a metric, and how it reads; `None` if there was no turn.
pub(crate) fn median_of(
    outcome: &Outcome,
    series: &Series,
    metric: usize,
) -> Option<(f64, String)> {
    let unit = outcome.measure.spec().metrics.get(metric)?.unit;
    let middle = median(&values(series, metric));
    middle.is_finite().then(|| (middle, show(unit, middle)))
}

fn row(outcome: &Outcome, at: usize, metric: &Metric, series: &Series) -> Row {
    let (spec, who) = (outcome.measure.spec(), series.contender);
    let values = values(series, at);
    let middle = median(&values);
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let ratio_to = |whom| ratio(&values, outcome, whom, at);
    let ratio = ratio_to(spec.baseline);
    let shown_ratio = match (who == spec.baseline, ratio.is_finite()) {
        (true, _) => "baseline".to_owned(),
        (false, true) => format!("{} ×", digits(ratio)),
        (false, false) => "–".to_owned(),
    };
    let doubt = if outcome.disturbance.is_some() {
        "?"
    } else {
        ""
    };
    let verdicts: Vec<String> = metric
        .targets
        .iter()
        .filter(|target| who == target.judged())
        .map(|target| {
            let ratio = ratio_to(target.against().unwrap_or(spec.baseline));
            verdict(*target, metric.unit, middle, ratio) + doubt
        })
        .collect();
    let (shown_median, range) = if values.is_empty() {
        ("–".to_owned(), "–".to_owned())
    } else {
        let [low, middle, high] = [low, middle, high].map(|value| show(metric.unit, value));
        (middle, format!("{low} – {high}"))
    };
    [
        spec.name.to_owned(),
        who.name().to_owned(),
        metric.name.to_owned(),
        shown_median,
        range,
        shown_ratio,
        verdicts.join(", "),
    ]
}

/// How many times another contender's the values are; no number if it has none.
///
/// The rounds are compared one by one and not their medians: the two turns of a
/// round met the same machine.
fn ratio(ours: &[f64], outcome: &Outcome, whom: Contender, metric: usize) -> f64 {
    let theirs = outcome
        .series
        .iter()
        .find(|series| series.contender == whom)
        .map(|series| values(series, metric))
        .unwrap_or_default();
    let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a / b).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Measure;

    fn outcome() -> Outcome {
        let series = |contender, p50s: [f64; 3]| Series {
            contender,
            absence: None,
            rounds: p50s.map(|p50| vec![p50, 99.0, 999.0]).to_vec(),
        };
        Outcome {
            measure: Measure::Ask,
            series: vec![
                series(Contender::Raw, [10.0, 20.0, 40.0]),
                series(Contender::Baseapp, [15.0, 22.0, 44.0]),
                series(Contender::Iceoryx2Events, [200.0, 220.0, 440.0]),
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
                "≤ 1.30 × met?, ≤ 1.00 µs MISSED?, ≤ 0.10 × iceoryx2-events met?, \
                 ≤ 3.00 × iceoryx2 –?"
            ]
        );
        assert_eq!(rows[0][5], "baseline");
        assert_eq!(rows[4][3..], ["99.0 µs", "99.0 µs – 99.0 µs", "1.00 ×", ""]);
    }

    #[test]
    fn a_disturbed_measure_is_named() {
        assert!(warning(&[outcome()]).contains("during ask (31 %)."));
        assert_eq!(warning(&[]), "");
    }

    #[test]
    fn the_absent_have_dashes_and_a_note() {
        let mut outcome = outcome();
        outcome.series[0].absence = Some("not today");
        outcome.series[0].rounds.clear();
        let rows = rows(&outcome);
        assert_eq!(rows[0][3..], ["–", "–", "baseline", ""]);
        assert_eq!(rows[1][5], "–");
        assert!(rows[1][6].starts_with("≤ 1.30 × –?, "), "{}", rows[1][6]);
        assert_eq!(absences(&[outcome]), "**Absent**: raw (not today).\n");
        assert_eq!(absences(&[]), "");
    }

    #[test]
    fn every_line_is_as_wide() {
        let table = render(&[outcome()]);
        let widths: Vec<usize> = table.lines().map(|line| line.chars().count()).collect();
        assert_eq!(widths.len(), 2 + 9);
        assert!(widths.iter().all(|width| *width == widths[0]), "{table}");
    }
}
