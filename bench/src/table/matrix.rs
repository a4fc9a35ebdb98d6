//! The outcome as the README shows it: a row for each contender, a column for
//! each figure, and in each cell how many times it is what baseapp has.

use std::fmt::Write as _;

use super::figure::{digits, show};
use super::{ratio, values};
use crate::contender::Contender;
use crate::measure::scale::{CPU, MEMORY, START};
use crate::measure::{Measure, Unit, addresses};
use crate::rounds::Outcome;
use crate::stats::median;

/// A column: a measure, which of its metrics, and what it is called.
type Column = (Measure, usize, &'static str);

/// The tables: those of messages, of large ones, of tasks, and of processes.
const TABLES: [(&str, &[Column]); 5] = [
    (
        "Small messages, of 32 bytes",
        &[
            (Measure::Ask, 0, "round trip, p50"),
            (Measure::Ask, 1, "p99"),
            (Measure::Ask, 2, "p99.9"),
            (Measure::AskOneCore, 0, "on one core, p50"),
            (Measure::Pipelined, 0, "64 asks in flight"),
            (Measure::Send, 0, "one way"),
            (Measure::Send, 1, "CPU a message"),
            (Measure::Publish, 0, "to each of 4"),
        ],
    ),
    (
        "Larger messages, one way",
        &[
            (Measure::Send1k, 0, "1 KiB"),
            (Measure::Send64k, 0, "64 KiB"),
            (Measure::Send1m, 0, "1 MiB"),
        ],
    ),
    (
        "Tasks, with two worker processes",
        &[
            (Measure::Tasks, 0, "empty tasks"),
            (Measure::CpuTasks, 0, "1 ms of CPU, of the ideal"),
            (Measure::Durable, 0, "durable, 100 submitters"),
        ],
    ),
    (
        "Processes",
        &[
            (Measure::Spawn, 0, "start to first message"),
            (Measure::Idle, 0, "wake-ups, idle"),
            (Measure::Idle, 1, "memory, idle"),
        ],
    ),
    (
        "Many workers",
        &[
            (Measure::Scale, CPU, "CPU a message, 2 workers"),
            (Measure::Scale, CPU + 3, "200 workers"),
            (Measure::Scale, CPU + 4, "500 workers"),
            (Measure::Scale, MEMORY + 1, "memory each, 20 workers"),
            (Measure::Scale, MEMORY + 4, "500 workers"),
            (Measure::Scale, START + 1, "start each, 20 workers"),
            (Measure::Scale, START + 4, "500 workers"),
        ],
    ),
];

/// The tables of what was measured; those of nothing are left out.
pub(crate) fn render(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for (title, columns) in TABLES {
        let columns: Vec<&Column> = columns
            .iter()
            .filter(|(measure, ..)| outcome(outcomes, *measure).is_some())
            .collect();
        if !columns.is_empty() {
            table(&mut text, title, &columns, outcomes);
        }
    }
    text.push_str(&notes(outcomes));
    text.push_str(&disturbance(outcomes));
    text
}

/// How much of the machine others had, on average; nothing if that was little.
fn disturbance(outcomes: &[Outcome]) -> String {
    let shares = outcomes.iter().filter_map(|outcome| outcome.disturbance);
    let share = shares.sum::<f64>() / outcomes.len().max(1) as f64 * 100.0;
    if share < 1.0 {
        return String::new();
    }
    format!("Meanwhile other work had {share:.0} % of the machine.\n")
}

fn outcome(outcomes: &[Outcome], measure: Measure) -> Option<&Outcome> {
    outcomes.iter().find(|outcome| outcome.measure == measure)
}

fn table(text: &mut String, title: &str, columns: &[&Column], outcomes: &[Outcome]) {
    let names: Vec<&str> = columns.iter().map(|(.., name)| *name).collect();
    // Writing into a string does not fail.
    let _ = writeln!(text, "| {title} | {} |", names.join(" | "));
    let _ = writeln!(text, "| --- |{}", " ---: |".repeat(names.len()));
    for contender in contenders(columns, outcomes) {
        let cells: Vec<String> = columns
            .iter()
            .map(|(measure, metric, _)| cell(outcomes, *measure, *metric, contender))
            .collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            let bold = if contender == Contender::Baseapp {
                "**"
            } else {
                ""
            };
            let _ = writeln!(
                text,
                "| {bold}{}{bold} | {} |",
                contender.title(),
                cells.join(" | ")
            );
        }
    }
    text.push('\n');
}

/// Who enters any of the columns, baseapp first.
fn contenders(columns: &[&Column], outcomes: &[Outcome]) -> Vec<Contender> {
    let mut found = vec![Contender::Baseapp];
    for (measure, ..) in columns {
        for series in outcome(outcomes, *measure).map_or(&[][..], |outcome| &outcome.series) {
            if !found.contains(&series.contender) {
                found.push(series.contender);
            }
        }
    }
    found
}

/// A figure, and how many times it is baseapp's.
fn cell(outcomes: &[Outcome], measure: Measure, metric: usize, who: Contender) -> String {
    let found = outcome(outcomes, measure).and_then(|outcome| {
        let series = outcome
            .series
            .iter()
            .find(|series| series.contender == who)?;
        let values = values(series, metric);
        median(&values).is_finite().then_some((outcome, values))
    });
    let Some((outcome, values)) = found else {
        return String::new();
    };
    let unit = measure.spec().metrics.get(metric).map(|metric| metric.unit);
    let shown = show(unit.unwrap_or(Unit::Rate), median(&values));
    let ratio = ratio(&values, outcome, Contender::Baseapp, metric);
    if who == Contender::Baseapp {
        format!("**{shown}**")
    } else if ratio.is_finite() {
        format!("{shown} ({} ×)", digits(ratio))
    } else {
        shown
    }
}

/// What has no contenders to stand beside.
fn notes(outcomes: &[Outcome]) -> String {
    let of = |measure, metric: usize, who| {
        let outcome = outcome(outcomes, measure)?;
        let series = outcome
            .series
            .iter()
            .find(|series| series.contender == who)?;
        let middle = median(&values(series, metric));
        let unit = measure.spec().metrics.get(metric)?.unit;
        middle.is_finite().then(|| show(unit, middle))
    };
    let mut text = String::new();
    if let (Some(four), Some(one)) = (
        of(Measure::FanIn, 0, Contender::Baseapp),
        of(Measure::FanIn, 0, Contender::BaseappAlone),
    ) {
        let _ = writeln!(
            text,
            "Four workers that send to one get {four} of messages through, and one alone {one}."
        );
    }
    if let (Some(few), Some(many)) = (
        of(Measure::Depth, 0, Contender::Baseapp),
        of(Measure::Depth, 3, Contender::Baseapp),
    ) {
        let _ = writeln!(
            text,
            "A task costs {few} with 1,000 of them queued, and {many} with 1,000,000."
        );
    }
    if let (Some(few), Some(many)) = (
        of(Measure::Backlog, 0, Contender::Baseapp),
        of(Measure::Backlog, 3, Contender::Baseapp),
    ) {
        let _ = writeln!(
            text,
            "A message costs its receiver {few} of CPU time with 1,000 of them queued before it, and {many} with 1,000,000."
        );
    }
    let of_addresses = |metric| of(Measure::Addresses, metric, Contender::Baseapp);
    if let (Some(few), Some(many), Some(first), Some(last)) = (
        of_addresses(addresses::OF_100),
        of_addresses(addresses::WITH_GONE),
        of_addresses(addresses::FIRST),
        of_addresses(addresses::LAST),
    ) {
        let _ = writeln!(
            text,
            "A message to each of 100 workers, threads here, costs {few} of CPU time, and {many} when 9,900 others are known that are gone; \
             to start and stop another took {first} at first, and {last} then."
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rounds::Series;

    #[test]
    fn a_row_for_each_contender_and_a_ratio_to_baseapp() {
        let series = |contender, p50: f64| Series {
            contender,
            absence: None,
            rounds: vec![vec![p50, 99.0, 999.0]],
        };
        let outcome = Outcome {
            measure: Measure::Ask,
            series: vec![
                series(Contender::Raw, 10.0),
                series(Contender::Baseapp, 20.0),
            ],
            disturbance: Some(0.25),
        };
        let text = render(&[outcome]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert!(lines[5].contains("25 %"), "{text}");
        assert!(
            lines[2].starts_with("| **baseapp** | **20.0 µs** |"),
            "{text}"
        );
        assert!(
            lines[3].contains("| 10.0 µs (0.50 ×) | 99.0 µs (1.00 ×)"),
            "{text}"
        );
    }

    #[test]
    fn what_is_measured_alone_has_a_line() {
        let outcome = |measure: Measure, rounds: Vec<f64>| Outcome {
            measure,
            series: vec![Series {
                contender: Contender::Baseapp,
                absence: None,
                rounds: vec![rounds],
            }],
            disturbance: None,
        };
        let text = render(&[
            outcome(Measure::Depth, vec![1.0, 2.0, 3.0, 4.0]),
            outcome(Measure::Backlog, vec![50.0, 60.0, 70.0, 80.0]),
            outcome(Measure::Addresses, (100..113).map(f64::from).collect()),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        for (line, figures) in lines.iter().zip([
            &["1.00 ns", "4.00 ns"][..],
            &["50.0 ns", "80.0 ns"],
            &["101 ns", "104 ns", "111 µs", "112 µs"],
        ]) {
            let found = figures.iter().all(|figure| line.contains(figure));
            assert!(found, "{line}");
        }
    }
}
