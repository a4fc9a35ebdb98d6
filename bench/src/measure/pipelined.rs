//! `pipelined`: how many small questions are answered when 64 are under way.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::Baseapp;
use crate::contender::frame::Flush;
use crate::contender::ipc_channel::IpcChannel;
use crate::contender::raw::Raw;
use crate::contender::ring::Ring;
use crate::contender::tarpc::Tarpc;
use crate::contender::tokio::Tokio;
use crate::contender::zmq::Zmq;
use crate::contender::{Contender, Pipelines, Wait};
use crate::options::Plan;

/// Questions under way.
const WINDOW: usize = 64;

/// The measure.
pub(super) const SPEC: Spec = Spec {
    name: "pipelined",
    contenders: &[
        Contender::RawCoalesced,
        Contender::Ring,
        Contender::IpcChannel,
        Contender::Tokio,
        Contender::Tarpc,
        Contender::Zmq,
        Contender::BaseappSockets,
        Contender::Baseapp,
    ],
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "answers",
        unit: Unit::Rate,
        targets: &[
            Target::Of(Contender::BaseappSockets, &Target::AtLeast(1.5e6)),
            Target::AtLeast(1.5e6),
            Target::TimesAtLeastOf(Contender::Tarpc, 5.0),
        ],
    }],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::RawCoalesced => rate(Raw::open(Flush::Coalesced)?, plan).await,
        Contender::Ring => rate(Ring::open_waiting(Wait::Sleep, 32)?, plan).await,
        Contender::IpcChannel => rate(IpcChannel::open()?, plan).await,
        Contender::Tokio => rate(Tokio::open().await?, plan).await,
        Contender::Tarpc => rate(Tarpc::open().await?, plan).await,
        Contender::Zmq => rate(Zmq::open().await?, plan).await,
        Contender::BaseappSockets => rate(Baseapp::open_on_sockets().await?, plan).await,
        Contender::Baseapp => rate(Baseapp::open().await?, plan).await,
        _ => Err(not_entered(contender)),
    }
}

async fn rate(mut link: impl Pipelines, plan: &Plan) -> Result<Vec<f64>> {
    pipeline(&mut link, plan.warmup).await?;
    let rate = pipeline(&mut link, plan.lasting).await?;
    link.close().await?;
    Ok(vec![rate])
}

/// Answers per second; the last answers are awaited on the clock.
async fn pipeline(link: &mut impl Pipelines, lasting: Duration) -> Result<f64> {
    let start = Instant::now();
    let answered = link.pipeline(WINDOW, lasting).await?;
    Ok(answered as f64 / start.elapsed().as_secs_f64())
}
