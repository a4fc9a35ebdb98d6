//! `spawn`: from the decision to start a process to the first message that it
//! has handled. Ending it is not on the clock.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::Baseapp;
use crate::contender::{Asks, Contender, Link, bare};
use crate::messages::Small;
use crate::options::Plan;
use crate::stats::Durations;

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "spawn",
    contenders: &[Contender::Bare, Contender::Baseapp],
    baseline: Contender::Bare,
    metrics: &[
        Metric {
            name: "first message p50",
            unit: Unit::Micros,
            targets: &[Target::TimesAtMost(3.0)],
        },
        Metric {
            name: "first message p90",
            unit: Unit::Micros,
            targets: &[],
        },
    ],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let mut measured = Vec::with_capacity(plan.spawns);
    for _ in 0..plan.spawns {
        measured.push(match contender {
            Contender::Bare => spawn_bare()?,
            Contender::Baseapp => spawn_baseapp().await?,
            _ => return Err(not_entered(contender)),
        });
    }
    let starts = Durations::new(measured);
    Ok(vec![starts.per_mille(500), starts.per_mille(900)])
}

async fn spawn_baseapp() -> Result<Duration> {
    let start = Instant::now();
    let mut app = Baseapp::open().await?;
    app.ask(Small::new(0)).await?;
    let elapsed = start.elapsed();
    app.close().await?;
    Ok(elapsed)
}

fn spawn_bare() -> Result<Duration> {
    let start = Instant::now();
    let peer = bare::start()?;
    let elapsed = start.elapsed();
    peer.join()?;
    Ok(elapsed)
}
