//! Runs the measures: the contenders take turns, and each round another begins,
//! so that a machine that slows down or warms up is fair to all.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::contender::Contender;
use crate::lean;
use crate::load::Load;
use crate::measure::Measure;
use crate::options::Plan;
use crate::watchdog::Watchdog;

/// No turn takes nearly as long unless it hangs, even if others have half of the
/// machine. (The longest is that of `addresses`.)
const LONGEST_TURN: Duration = Duration::from_secs(180);

/// What one contender achieved in one measure.
#[derive(Debug)]
pub(crate) struct Series {
    /// Who.
    pub(crate) contender: Contender,
    /// Why it had no turn on this machine, if it had none.
    pub(crate) absence: Option<&'static str>,
    /// A value for each metric, in each round; no number where it has none.
    pub(crate) rounds: Vec<Vec<f64>>,
}

/// What all contenders achieved in one measure.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The measure.
    pub(crate) measure: Measure,
    /// One for each contender, in the order of the measure's list.
    pub(crate) series: Vec<Series>,
    /// The share of the machine that other work took meanwhile, if it matters.
    pub(crate) disturbance: Option<f64>,
}

/// Runs all that is planned.
pub(crate) async fn run(plan: &Plan) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for measure in &plan.measures {
        let spec = measure.spec();
        if spec.contenders.is_empty() {
            eprintln!("{}: nobody enters yet", spec.name);
            continue;
        }
        outcomes.push(run_measure(*measure, plan).await?);
    }
    Ok(outcomes)
}

async fn run_measure(measure: Measure, plan: &Plan) -> Result<Outcome> {
    let contenders = measure.spec().contenders;
    let mut series: Vec<Series> = contenders
        .iter()
        .filter(|contender| takes_part(**contender, plan))
        .map(|contender| Series {
            contender: *contender,
            absence: contender.absence(),
            rounds: Vec::new(),
        })
        .collect();
    let before = Load::now();
    let rounds = measure.rounds(plan);
    for round in 0..rounds {
        eprintln!("{}: round {} of {rounds}", measure.spec().name, round + 1);
        for turn in 0..series.len() {
            let at = (round + turn) % series.len();
            if series[at].absence.is_some() {
                continue;
            }
            let values = take_turn(measure, series[at].contender, plan).await?;
            series[at].rounds.push(values);
        }
    }
    let disturbance = Load::now()
        .zip(before)
        .and_then(|(after, before)| after.disturbance_since(before));
    Ok(Outcome {
        measure,
        series,
        disturbance,
    })
}

/// Whether somebody was asked for, or everybody is.
fn takes_part(contender: Contender, plan: &Plan) -> bool {
    let is_ours = matches!(
        contender,
        Contender::Baseapp
            | Contender::BaseappSockets
            | Contender::BaseappBlob
            | Contender::BaseappAlone
    );
    plan.peers.is_empty() || is_ours || plan.peers.contains(&contender)
}

async fn take_turn(measure: Measure, contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let spec = measure.spec();
    let what = format!("measure {}, contender {}", spec.name, contender.name());
    let _watchdog = Watchdog::start(what.clone(), LONGEST_TURN);
    let values = match lean::binary(measure) {
        Some(binary) => lean::turn(binary, measure, contender, plan),
        None => measure.turn(contender, plan).await,
    };
    let values = values.with_context(|| what.clone())?;
    ensure!(
        values.len() == spec.metrics.len() && !values.iter().any(|value| value.is_infinite()),
        "{what}: {values:?} are not the metrics {:?}",
        spec.metrics
    );
    Ok(values)
}
