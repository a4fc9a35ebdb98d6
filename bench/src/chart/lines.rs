//! What a worker and a message cost, over the number of workers: lines, with the
//! number on a logarithmic scale.

use std::fmt::Write as _;

use super::{head, text};
use crate::contender::Contender;
use crate::measure::Measure;
use crate::measure::scale::{CPU, MEMORY, SIZES, START};
use crate::rounds::{Outcome, Series};
use crate::table;

/// The panels: the first metric of their kind, and the line above them.
const PANELS: [(usize, &str); 3] = [
    (CPU, "CPU a message"),
    (MEMORY, "memory of a worker"),
    (START, "start, for each worker"),
];

/// One panel, and what is around its lines.
const PANEL: f64 = 300.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 16.0;
const RIGHT: f64 = 115.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 30.0;

/// A name and a figure below it.
const NAME: f64 = 30.0;

/// The picture; `None` if that was not measured.
pub(crate) fn render(outcomes: &[Outcome]) -> Option<String> {
    let scale = |outcome: &&Outcome| outcome.measure == Measure::Scale;
    let outcome = outcomes.iter().find(scale)?;
    let mut svg = String::new();
    let width = PANEL * PANELS.len() as f64;
    let label = "what a worker and a message cost, from 2 workers to 500";
    head(&mut svg, width, HEIGHT, label);
    for (place, (first, title)) in PANELS.iter().enumerate() {
        panel(&mut svg, outcome, *first, title, place as f64 * PANEL);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn panel(svg: &mut String, outcome: &Outcome, first: usize, title: &str, left: f64) {
    text(svg, "title", "start", left + LEFT, 20.0, title);
    let bottom = HEIGHT - BOTTOM;
    // Writing into a string does not fail.
    let _ = writeln!(
        svg,
        r#"<line x1="{:.1}" x2="{:.1}" y1="{bottom}" y2="{bottom}"/>"#,
        left + LEFT,
        left + PANEL - RIGHT
    );
    // The hundreds stand too close for all of their numbers.
    for size in SIZES.into_iter().filter(|size| *size != 200) {
        let x = left + across(size);
        text(svg, "", "middle", x, bottom + 18.0, &size.to_string());
    }
    let lines: Vec<(Contender, Vec<(f64, String)>)> = outcome
        .series
        .iter()
        .map(|series| (series.contender, points(outcome, series, first)))
        .filter(|(_, points)| points.len() == SIZES.len())
        .collect();
    let highest = lines
        .iter()
        .flat_map(|(_, points)| points.iter().map(|(value, _)| *value))
        .fold(0.0, f64::max);
    // The last is lowest: the names of the others keep clear of its own.
    let mut lowest = HEIGHT - BOTTOM;
    for (who, points) in &lines {
        lowest = line(svg, *who, points, highest, (left, lowest)) - NAME;
    }
}

/// Where a number of workers stands.
fn across(size: usize) -> f64 {
    let log = |size: usize| (size as f64).ln();
    let share = (log(size) - log(SIZES[0])) / (log(SIZES[SIZES.len() - 1]) - log(SIZES[0]));
    LEFT + 8.0 + share * (PANEL - LEFT - RIGHT - 16.0)
}

/// The value of each size, and how it reads.
fn points(outcome: &Outcome, series: &Series, first: usize) -> Vec<(f64, String)> {
    (first..first + SIZES.len())
        .map_while(|metric| table::median_of(outcome, series, metric))
        .collect()
}

/// Draws one line, and says where its name stands: at or above `lowest`.
fn line(
    svg: &mut String,
    who: Contender,
    points: &[(f64, String)],
    highest: f64,
    (left, lowest): (f64, f64),
) -> f64 {
    let class = match who {
        Contender::Baseapp => "ours",
        _ => "",
    };
    let height = HEIGHT - TOP - BOTTOM;
    let places: Vec<(f64, f64)> = SIZES
        .iter()
        .zip(points)
        .map(|(size, (value, _))| {
            let y = HEIGHT - BOTTOM - value / highest * height;
            (left + across(*size), y)
        })
        .collect();
    let drawn: Vec<String> = places
        .iter()
        .map(|(x, y)| format!("{x:.1},{y:.1}"))
        .collect();
    // Writing into a string does not fail.
    let _ = writeln!(
        svg,
        r#"<polyline class="{class}" points="{}"/>"#,
        drawn.join(" ")
    );
    for (x, y) in &places {
        let _ = writeln!(
            svg,
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="3"/>"#
        );
    }
    if let (Some((x, y)), Some((_, shown))) = (places.first(), points.first()) {
        text(svg, class, "start", x + 8.0, y - 4.0, shown);
    }
    let (Some((x, y)), Some((_, shown))) = (places.last(), points.last()) else {
        return lowest;
    };
    let y = y.min(lowest - NAME / 2.0);
    text(svg, class, "start", x + 8.0, y - 2.0, who.title());
    text(svg, class, "start", x + 8.0, y + 12.0, shown);
    y
}
