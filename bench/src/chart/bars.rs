//! baseapp beside its peers: bars on a logarithmic scale.

use std::fmt::Write as _;

use super::{head, text};
use crate::contender::Contender;
use crate::measure::Measure;
use crate::rounds::Outcome;
use crate::table;

/// The panels: a measure, which of its metrics, which end is the better one, and
/// the line above the bars.
const PANELS: [(Measure, usize, Better, &str); 3] = [
    (
        Measure::Ask,
        0,
        Better::Shorter,
        "round trip of 32 B, median: shorter is better (logarithmic)",
    ),
    (
        Measure::Send,
        0,
        Better::Longer,
        "32 B one way, each message decoded: longer is better (logarithmic)",
    ),
    (
        Measure::Tasks,
        0,
        Better::Longer,
        "empty tasks, two workers: longer is better (logarithmic)",
    ),
];

/// Which bars come first.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    Shorter,
    Longer,
}

const WIDTH: f64 = 800.0;
const NAMES: f64 = 220.0;
const FIGURES: f64 = 90.0;
const LINE: f64 = 19.0;
const TITLE: f64 = 34.0;

/// One bar.
struct Bar {
    who: Contender,
    value: f64,
    shown: String,
}

/// The picture; `None` if nothing in it was measured.
pub(crate) fn render(outcomes: &[Outcome]) -> Option<String> {
    let panels: Vec<(&str, Vec<Bar>)> = PANELS
        .iter()
        .filter_map(|(measure, metric, better, title)| {
            let outcome = outcomes
                .iter()
                .find(|outcome| outcome.measure == *measure)?;
            Some((*title, bars(outcome, *metric, *better)))
        })
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    if panels.is_empty() {
        return None;
    }
    let height = |bars: &Vec<Bar>| TITLE + bars.len() as f64 * LINE;
    let whole = panels.iter().map(|(_, bars)| height(bars)).sum::<f64>() + LINE / 2.0;
    let mut svg = String::new();
    head(&mut svg, WIDTH, whole, "baseapp beside its peers");
    let mut top = 0.0;
    for (title, bars) in &panels {
        panel(&mut svg, title, bars, top);
        top += height(bars);
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

/// A bar for everybody who had a turn, the best first.
fn bars(outcome: &Outcome, metric: usize, better: Better) -> Vec<Bar> {
    let mut bars: Vec<Bar> = outcome
        .series
        .iter()
        .filter_map(|series| {
            let (value, shown) = table::median_of(outcome, series, metric)?;
            Some(Bar {
                who: series.contender,
                value,
                shown,
            })
        })
        .collect();
    bars.sort_by(|a, b| a.value.total_cmp(&b.value));
    if better == Better::Longer {
        bars.reverse();
    }
    bars
}

fn panel(svg: &mut String, title: &str, bars: &[Bar], top: f64) {
    text(svg, "title", "start", 4.0, top + TITLE - 10.0, title);
    let low = bars
        .iter()
        .map(|bar| bar.value)
        .fold(f64::INFINITY, f64::min);
    let high = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    // The shortest bar is still one.
    let (low, high) = ((low / 2.0).log10(), high.log10());
    for (place, bar) in bars.iter().enumerate() {
        let y = top + TITLE + place as f64 * LINE;
        let share = (bar.value.log10() - low) / (high - low).max(0.1);
        let length = share.clamp(0.0, 1.0) * (WIDTH - NAMES - FIGURES);
        let class = if bar.who == Contender::Baseapp {
            "ours"
        } else {
            ""
        };
        text(svg, class, "end", NAMES - 8.0, y + 12.0, bar.who.title());
        let _ = writeln!(
            svg,
            r#"<rect class="{class}" x="{NAMES}" y="{:.1}" width="{length:.1}" height="{:.1}" rx="2"/>"#,
            y + 1.0,
            LINE - 5.0
        );
        text(
            svg,
            class,
            "start",
            NAMES + length + 6.0,
            y + 12.0,
            &bar.shown,
        );
    }
}
