//! `send`, `send-1k`, `send-64k`, `send-1m`: how much goes one way, from the
//! first message to the report of a receiver that decoded and counted every one.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::{Baseapp, WithBlobs};
use crate::contender::frame::{Flush, Framed};
use crate::contender::iceoryx2::Iceoryx2;
use crate::contender::ipc_channel::IpcChannel;
use crate::contender::raw::Raw;
use crate::contender::request::Request;
use crate::contender::ring::Ring;
use crate::contender::script::Script;
use crate::contender::tokio::Tokio;
use crate::contender::zmq::Zmq;
use crate::contender::{Contender, Link, Sends, Wait};
use crate::cpu;
use crate::messages::{Large, Numbered, Small};
use crate::options::Plan;

/// Who enters with messages of any size, and who besides.
macro_rules! contenders {
    ($($besides:ident),*) => {
        &[
            Contender::Raw,
            Contender::RawCoalesced,
            Contender::Ring,
            Contender::RingSpin,
            Contender::Iceoryx2,
            Contender::Iceoryx2Events,
            Contender::IpcChannel,
            Contender::Tokio,
            Contender::Zmq,
            Contender::PythonQueue,
            Contender::PythonPipe,
            Contender::Erlang,
            $(Contender::$besides,)*
            Contender::BaseappSockets,
            Contender::Baseapp,
        ]
    };
}

const CONTENDERS: &[Contender] = contenders!();

/// With large messages, also without a copy.
const LARGE_CONTENDERS: &[Contender] = contenders!(BaseappBlob);

/// Small messages.
pub(super) const SPEC: Spec = Spec {
    name: "send",
    contenders: CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[
        Metric {
            name: "32 B one way",
            unit: Unit::Rate,
            targets: &[
                Target::Of(Contender::BaseappSockets, &Target::TimesAtLeast(0.35)),
                Target::TimesAtLeast(0.35),
                Target::TimesAtLeastOf(Contender::IpcChannel, 10.0),
                Target::TimesAtLeastOf(Contender::Ring, 0.5),
                Target::TimesAtLeastOf(Contender::RingSpin, 0.5),
            ],
        },
        Metric {
            name: "CPU a message, both ends",
            unit: Unit::Nanos,
            targets: &[],
        },
    ],
};

/// Messages of 1 KiB.
pub(super) const SPEC_1K: Spec = Spec {
    name: "send-1k",
    contenders: CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "1 KiB one way",
        unit: Unit::Rate,
        targets: &[
            Target::Of(Contender::BaseappSockets, &Target::TimesAtLeast(0.6)),
            Target::TimesAtLeast(1.0),
        ],
    }],
};

/// Messages of 64 KiB.
pub(super) const SPEC_64K: Spec = Spec {
    name: "send-64k",
    contenders: LARGE_CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "64 KiB one way",
        unit: Unit::Bandwidth,
        targets: &[],
    }],
};

/// Messages of 1 MiB.
pub(super) const SPEC_1M: Spec = Spec {
    name: "send-1m",
    contenders: LARGE_CONTENDERS,
    baseline: Contender::RawCoalesced,
    metrics: &[Metric {
        name: "1 MiB one way",
        unit: Unit::Bandwidth,
        targets: &[
            Target::Of(Contender::BaseappSockets, &Target::TimesAtLeast(0.8)),
            Target::AtLeast(10.0),
            Target::Of(
                Contender::BaseappBlob,
                &Target::TimesAtLeastOf(Contender::Iceoryx2, 0.8),
            ),
        ],
    }],
};

/// One contender's turn with small messages.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let before = cpu::used()?;
    let flood = flood(contender, &Small::new(0), plan).await?;
    // The start and the end of the other process are in it; they are little
    // beside a second of work.
    let used = cpu::used()?.saturating_sub(before).as_nanos() as f64;
    Ok(vec![flood.rate, used / flood.messages as f64])
}

/// One contender's turn with messages of 1 KiB.
pub(super) async fn turn_1k(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    Ok(vec![
        flood(contender, &Large::new(1 << 10), plan).await?.rate,
    ])
}

/// One contender's turn with messages of 64 KiB.
pub(super) async fn turn_64k(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    gigabytes(contender, 1 << 16, plan).await
}

/// One contender's turn with messages of 1 MiB.
pub(super) async fn turn_1m(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    gigabytes(contender, 1 << 20, plan).await
}

async fn gigabytes(contender: Contender, size: usize, plan: &Plan) -> Result<Vec<f64>> {
    let sample = Large::new(size);
    let flood = match contender {
        Contender::BaseappBlob => flood_over(WithBlobs::open().await?, &sample, plan).await?,
        _ => flood(contender, &sample, plan).await?,
    };
    Ok(vec![flood.rate * size as f64 / 1e9])
}

/// What went one way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flood {
    /// Messages per second on the clock.
    pub(super) rate: f64,
    /// Messages in all.
    messages: u64,
}

/// Has one contender send messages like `sample`.
async fn flood<M: Framed + Into<Request>>(
    contender: Contender,
    sample: &M,
    plan: &Plan,
) -> Result<Flood>
where
    Baseapp: Sends<M>,
{
    let ring = |wait| Ring::open_waiting(wait, sample.size());
    let iceoryx2 = |wait| Iceoryx2::open_waiting(wait, sample.size());
    match contender {
        Contender::Raw => flood_over(Raw::open(Flush::Each)?, sample, plan).await,
        Contender::RawCoalesced => flood_over(Raw::open(Flush::Coalesced)?, sample, plan).await,
        Contender::Ring => flood_over(ring(Wait::Sleep)?, sample, plan).await,
        Contender::RingSpin => flood_over(ring(Wait::Spin)?, sample, plan).await,
        Contender::Iceoryx2 => flood_over(iceoryx2(Wait::Spin)?, sample, plan).await,
        Contender::Iceoryx2Events => flood_over(iceoryx2(Wait::Sleep)?, sample, plan).await,
        Contender::IpcChannel => flood_over(IpcChannel::open()?, sample, plan).await,
        Contender::Tokio => flood_over(Tokio::open().await?, sample, plan).await,
        Contender::Zmq => flood_over(Zmq::open().await?, sample, plan).await,
        Contender::PythonQueue => {
            flood_script(Script::python_messages("queue")?, sample.size(), plan).await
        }
        Contender::PythonPipe => {
            flood_script(Script::python_messages("pipe")?, sample.size(), plan).await
        }
        Contender::Erlang => flood_script(Script::erlang()?, sample.size(), plan).await,
        Contender::BaseappSockets => {
            flood_over(Baseapp::open_on_sockets().await?, sample, plan).await
        }
        Contender::Baseapp => flood_over(Baseapp::open().await?, sample, plan).await,
        _ => Err(not_entered(contender)),
    }
}

/// Sends messages like `sample` over a link.
pub(super) async fn flood_over<M: Numbered>(
    mut link: impl Sends<M>,
    sample: &M,
    plan: &Plan,
) -> Result<Flood> {
    let (warm, _) = send_for(&mut link, sample, plan.warmup).await?;
    let (sent, elapsed) = send_for(&mut link, sample, plan.lasting).await?;
    link.close().await?;
    Ok(Flood {
        rate: sent as f64 / elapsed.as_secs_f64(),
        messages: warm + sent,
    })
}

/// The same of a script, which counts and keeps the time itself.
async fn flood_script(mut script: Script, size: u64, plan: &Plan) -> Result<Flood> {
    let (warm, _) = script.send(size, plan.warmup)?;
    let (sent, elapsed) = script.send(size, plan.lasting)?;
    script.close().await?;
    Ok(Flood {
        rate: sent as f64 / elapsed.as_secs_f64(),
        messages: warm + sent,
    })
}

/// Sends for as long as `lasting`, waits until everything is received, checks
/// that it was, and says how many messages that were, and how long it took.
async fn send_for<M: Numbered>(
    link: &mut impl Sends<M>,
    sample: &M,
    lasting: Duration,
) -> Result<(u64, Duration)> {
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
    Ok((sent, elapsed))
}
