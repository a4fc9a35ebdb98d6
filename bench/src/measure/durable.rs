//! `durable`: how many tasks 100 submitters queue when each of them waits, every
//! time, until its task would survive a crash. Nobody does the tasks meanwhile.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::at_once::at_once;
use crate::contender::baseapp_tasks::BaseappTasks;
use crate::contender::raw_redb::RawRedb;
use crate::contender::{Contender, Submits};
use crate::options::Plan;

/// Submitters that wait at the same time.
const SUBMITTERS: u64 = 100;

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "durable",
    contenders: &[Contender::RawRedb, Contender::Baseapp],
    baseline: Contender::RawRedb,
    metrics: &[Metric {
        name: "64 B on the disk",
        unit: Unit::Rate,
        targets: &[Target::AtLeast(20e3), Target::TimesAtLeast(0.5)],
    }],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::RawRedb => rate(RawRedb::open()?, plan).await,
        Contender::Baseapp => rate(BaseappTasks::open_durable().await?, plan).await,
        _ => Err(not_entered(contender)),
    }
}

async fn rate(link: impl Submits, plan: &Plan) -> Result<Vec<f64>> {
    submit_for(&link, plan.warmup).await?;
    let rate = submit_for(&link, plan.lasting).await?;
    link.close().await?;
    Ok(vec![rate])
}

/// Submits for as long as `lasting`, and says how many tasks a second that makes.
async fn submit_for(link: &impl Submits, lasting: Duration) -> Result<f64> {
    let start = Instant::now();
    let submitted = at_once(SUBMITTERS, lasting, |number| link.submit(number)).await?;
    Ok(submitted as f64 / start.elapsed().as_secs_f64())
}
