//! `fan-in`: what four senders get through to one receiver, beside what one does.

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::Contender;
use crate::contender::fan_in::FanIn;
use crate::options::Plan;

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "fan-in",
    contenders: &[Contender::BaseappAlone, Contender::Baseapp],
    baseline: Contender::BaseappAlone,
    metrics: &[Metric {
        name: "32 B one way",
        unit: Unit::Rate,
        targets: &[Target::TimesAtLeast(0.8)],
    }],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let senders = match contender {
        Contender::BaseappAlone => 1,
        Contender::Baseapp => 4,
        _ => return Err(not_entered(contender)),
    };
    let app = FanIn::open(senders).await?;
    app.flood(plan.warmup).await?;
    let rate = app.flood(plan.lasting).await?;
    app.close().await?;
    Ok(vec![rate])
}
