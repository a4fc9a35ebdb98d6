//! `ask`, `ask-one-core`: how long a small question and its answer take, one at
//! a time.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::{Metric, Spec, Target, Unit, not_entered};
use crate::contender::baseapp::Baseapp;
use crate::contender::frame::Flush;
use crate::contender::iceoryx2::Iceoryx2;
use crate::contender::ipc_channel::IpcChannel;
use crate::contender::raw::Raw;
use crate::contender::ring::Ring;
use crate::contender::script::Script;
use crate::contender::tarpc::Tarpc;
use crate::contender::tokio::Tokio;
use crate::contender::zmq::Zmq;
use crate::contender::{Asks, Contender, Link, Wait};
use crate::messages::Small;
use crate::options::Plan;
use crate::pin::OneCore;
use crate::stats::Durations;

/// Bytes of a question.
const SIZE: u64 = 32;

const CONTENDERS: &[Contender] = &[
    Contender::Raw,
    Contender::Ring,
    Contender::RingSpin,
    Contender::Iceoryx2,
    Contender::Iceoryx2Events,
    Contender::IpcChannel,
    Contender::Tokio,
    Contender::Tarpc,
    Contender::Zmq,
    Contender::PythonQueue,
    Contender::PythonPipe,
    Contender::Erlang,
    Contender::BaseappSockets,
    Contender::Baseapp,
];

/// Who spins for ever has no place beside another on one core.
const CONTENDERS_ON_ONE_CORE: &[Contender] = &[
    Contender::Raw,
    Contender::Ring,
    Contender::Iceoryx2Events,
    Contender::IpcChannel,
    Contender::Tokio,
    Contender::Tarpc,
    Contender::Zmq,
    Contender::BaseappSockets,
    Contender::Baseapp,
];

/// What holds over sockets as well.
const OVER_SOCKETS: Target = Target::Of(Contender::BaseappSockets, &Target::TimesAtMost(1.3));

const METRICS: &[Metric] = &metrics(&[
    OVER_SOCKETS,
    Target::TimesAtMost(1.3),
    Target::AtMost(1.0),
    Target::TimesAtMostOf(Contender::Iceoryx2Events, 0.1),
    Target::TimesAtMostOf(Contender::Iceoryx2, 3.0),
]);

/// Nobody is awake beside another one: each round trip is two wake-ups.
const METRICS_ON_ONE_CORE: &[Metric] = &metrics(&[OVER_SOCKETS, Target::TimesAtMost(1.3)]);

const fn metrics(targets: &'static [Target]) -> [Metric; 3] {
    [
        metric("round trip p50", targets),
        metric("round trip p99", &[]),
        metric("round trip p99.9", &[]),
    ]
}

const fn metric(name: &'static str, targets: &'static [Target]) -> Metric {
    let unit = Unit::Micros;
    Metric {
        name,
        unit,
        targets,
    }
}

/// On whatever cores the system chooses.
pub(super) const SPEC: Spec = Spec {
    name: "ask",
    contenders: CONTENDERS,
    baseline: Contender::Raw,
    metrics: METRICS,
};

/// On one core.
pub(super) const SPEC_ONE_CORE: Spec = Spec {
    name: "ask-one-core",
    contenders: CONTENDERS_ON_ONE_CORE,
    baseline: Contender::Raw,
    metrics: METRICS_ON_ONE_CORE,
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::Raw => time(Raw::open(Flush::Each)?, plan).await,
        Contender::Ring => time(Ring::open_waiting(Wait::Sleep, SIZE)?, plan).await,
        Contender::RingSpin => time(Ring::open_waiting(Wait::Spin, SIZE)?, plan).await,
        Contender::Iceoryx2 => time(Iceoryx2::open_waiting(Wait::Spin, SIZE)?, plan).await,
        Contender::Iceoryx2Events => time(Iceoryx2::open_waiting(Wait::Sleep, SIZE)?, plan).await,
        Contender::IpcChannel => time(IpcChannel::open()?, plan).await,
        Contender::Tokio => time(Tokio::open().await?, plan).await,
        Contender::Tarpc => time(Tarpc::open().await?, plan).await,
        Contender::Zmq => time(Zmq::open().await?, plan).await,
        Contender::PythonQueue => time_script(Script::python_messages("queue")?, plan).await,
        Contender::PythonPipe => time_script(Script::python_messages("pipe")?, plan).await,
        Contender::Erlang => time_script(Script::erlang()?, plan).await,
        Contender::BaseappSockets => time(Baseapp::open_on_sockets().await?, plan).await,
        Contender::Baseapp => time(Baseapp::open().await?, plan).await,
        _ => Err(not_entered(contender)),
    }
}

/// One contender's turn, all of it on one core.
pub(super) async fn turn_one_core(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    let _pin = OneCore::enter()?;
    turn(contender, plan).await
}

async fn time(mut link: impl Asks, plan: &Plan) -> Result<Vec<f64>> {
    ask_for(&mut link, plan.warmup).await?;
    let measured = ask_for(&mut link, plan.lasting).await?;
    link.close().await?;
    let round_trips = Durations::new(measured);
    Ok([500, 990, 999]
        .map(|share| round_trips.per_mille(share))
        .to_vec())
}

/// The same of a script, which keeps the time itself.
async fn time_script(mut script: Script, plan: &Plan) -> Result<Vec<f64>> {
    script.ask(plan.warmup)?;
    let measured = script.ask(plan.lasting)?;
    script.close().await?;
    Ok(measured)
}

/// Asks for as long as `lasting`, and says how long each answer took.
async fn ask_for(link: &mut impl Asks, lasting: Duration) -> Result<Vec<Duration>> {
    let mut measured = Vec::with_capacity(1 << 20);
    let start = Instant::now();
    let mut asked = start;
    while asked - start < lasting {
        let question = Small::new(measured.len() as u64);
        let answer = link.ask(question.clone()).await?;
        // One look at the clock ends this round trip and begins the next; what
        // lies between them is a comparison and a push.
        let answered = Instant::now();
        measured.push(answered - asked);
        asked = answered;
        ensure!(answer == question, "{answer:?} answers {question:?}");
    }
    Ok(measured)
}
