//! `send`, `send-1k`, `send-1m`: how much goes one way, from the first message
//! to the report of a receiver that decoded and counted every one.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::Baseapp;
use crate::contender::frame::{Flush, Framed};
use crate::contender::iceoryx2::Iceoryx2;
use crate::contender::ipc_channel::IpcChannel;
use crate::contender::raw::Raw;
use crate::contender::request::Request;
use crate::contender::ring::Ring;
use crate::contender::tokio::Tokio;
use crate::contender::zmq::Zmq;
use crate::contender::{Contender, Sends, Wait};
use crate::messages::{Large, Numbered, Small};
use crate::options::Plan;

const CONTENDERS: &[Contender] = &[
    Contender::Raw,
    Contender::RawCoalesced,
    Contender::Ring,
    Contender::RingSpin,
    Contender::Iceoryx2,
    Contender::Iceoryx2Events,
    Contender::IpcChannel,
    Contender::Tokio,
    Contender::Zmq,
    Contender::Baseapp,
];

/// Small messages.
pub(super) const SPEC: Spec = Spec {
    name: "send",
    contenders: CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "32 B one way",
        unit: Unit::Rate,
        targets: &[Target::TimesAtLeast(0.35)],
    }],
};

/// Messages of 1 KiB.
pub(super) const SPEC_1K: Spec = Spec {
    name: "send-1k",
    contenders: CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "1 KiB one way",
        unit: Unit::Rate,
        targets: &[Target::TimesAtLeast(0.6)],
    }],
};

/// Messages of 1 MiB.
pub(super) const SPEC_1M: Spec = Spec {
    name: "send-1m",
    contenders: CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "1 MiB one way",
        unit: Unit::Bandwidth,
        targets: &[Target::TimesAtLeast(0.8)],
    }],
};

/// One contender's turn with small messages.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let rate = flood(contender, &Small::new(0), plan).await?;
    Ok(vec![rate])
}

/// One contender's turn with messages of 1 KiB.
pub(super) async fn turn_1k(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let rate = flood(contender, &Large::new(1 << 10), plan).await?;
    Ok(vec![rate])
}

/// One contender's turn with messages of 1 MiB.
pub(super) async fn turn_1m(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let message = Large::new(1 << 20);
    let rate = flood(contender, &message, plan).await?;
    Ok(vec![rate * message.size() as f64 / 1e9])
}

/// Messages like `sample` per second.
async fn flood<M: Framed + Into<Request>>(
    contender: Contender,
    sample: &M,
    plan: &Plan,
) -> Result<f64>
where
    Baseapp: Sends<M>,
{
    let ring = |wait| Ring::open_waiting(wait, sample.size());
    let iceoryx2 = |wait| Iceoryx2::open_waiting(wait, sample.size());
    match contender {
        Contender::Raw => rate(Raw::open(Flush::Each)?, sample, plan).await,
        Contender::RawCoalesced => rate(Raw::open(Flush::Coalesced)?, sample, plan).await,
        Contender::Ring => rate(ring(Wait::Sleep)?, sample, plan).await,
        Contender::RingSpin => rate(ring(Wait::Spin)?, sample, plan).await,
        Contender::Iceoryx2 => rate(iceoryx2(Wait::Spin)?, sample, plan).await,
        Contender::Iceoryx2Events => rate(iceoryx2(Wait::Sleep)?, sample, plan).await,
        Contender::IpcChannel => rate(IpcChannel::open()?, sample, plan).await,
        Contender::Tokio => rate(Tokio::open().await?, sample, plan).await,
        Contender::Zmq => rate(Zmq::open().await?, sample, plan).await,
        Contender::Baseapp => rate(Baseapp::open().await?, sample, plan).await,
        _ => Err(not_entered(contender)),
    }
}

async fn rate<M: Numbered>(mut link: impl Sends<M>, sample: &M, plan: &Plan) -> Result<f64> {
    send_for(&mut link, sample, plan.warmup).await?;
    let rate = send_for(&mut link, sample, plan.lasting).await?;
    link.close().await?;
    Ok(rate)
}

/// Sends for as long as `lasting`, waits until everything is received, checks
/// that it was, and says how many messages a second that makes.
async fn send_for<M: Numbered>(
    link: &mut impl Sends<M>,
    sample: &M,
    lasting: Duration,
) -> Result<f64> {
    // Looking at the clock must not weigh on the fast, nor a slow one overrun.
    let between_looks = (16 * 1024 / sample.size()).clamp(1, 256);
    let start = Instant::now();
    let mut sent = 0;
    while start.elapsed() < lasting {
        for _ in 0..between_looks {
            link.send(sample.numbered(sent)).await?;
            sent += 1;
        }
    }
    let report = link.report().await?;
    let elapsed = start.elapsed();
    report.check(sent, sample)?;
    Ok(sent as f64 / elapsed.as_secs_f64())
}
