//! What is measured.
//!
//! To add a measure: a file with its `SPEC` and its `turn`, a variant here, and
//! its arm in three short matches.

mod ask;
mod fan_in;
mod idle;
mod pipelined;
mod send;
mod spawn;

use anyhow::Result;

use crate::contender::Contender;
use crate::options::Plan;

/// One measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Round trips, one at a time.
    Ask,
    /// The same when both processes share a core.
    AskOneCore,
    /// Round trips, many under way.
    Pipelined,
    /// Small messages one way.
    Send,
    /// Messages of 1 KiB one way.
    Send1k,
    /// Messages of 1 MiB one way.
    Send1m,
    /// Small messages one way, from several senders.
    FanIn,
    /// Starting a process.
    Spawn,
    /// Doing nothing.
    Idle,
}

/// What a measure is: who enters, and how the outcome is read.
#[derive(Debug)]
pub(crate) struct Spec {
    /// Its name in the table and on the command line.
    pub(crate) name: &'static str,
    /// Who enters.
    pub(crate) contenders: &'static [Contender],
    /// Whom the others are compared with.
    pub(crate) baseline: Contender,
    /// What a turn yields.
    pub(crate) metrics: &'static [Metric],
}

/// One figure of a measure.
#[derive(Debug)]
pub(crate) struct Metric {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// How its value is written.
    pub(crate) unit: Unit,
    /// What baseapp shall reach.
    pub(crate) target: Option<Target>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// A time, in microseconds.
    Micros,
    /// Things per second, many.
    Rate,
    /// Gigabytes per second.
    Bandwidth,
    /// Things per second, few.
    Frequency,
    /// Mebibytes.
    Memory,
}

/// What baseapp shall reach. These are the project's performance targets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At most so many times the baseline.
    TimesAtMost(f64),
    /// At least so many times the baseline.
    TimesAtLeast(f64),
    /// At most this value.
    AtMost(f64),
    /// At least this value.
    AtLeast(f64),
}

impl Measure {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 9] = [
        Self::Ask,
        Self::AskOneCore,
        Self::Pipelined,
        Self::Send,
        Self::Send1k,
        Self::Send1m,
        Self::FanIn,
        Self::Spawn,
        Self::Idle,
    ];

    /// What the measure is.
    pub(crate) fn spec(self) -> &'static Spec {
        match self {
            Self::Ask => &ask::SPEC,
            Self::AskOneCore => &ask::SPEC_ONE_CORE,
            Self::Pipelined => &pipelined::SPEC,
            Self::Send => &send::SPEC,
            Self::Send1k => &send::SPEC_1K,
            Self::Send1m => &send::SPEC_1M,
            Self::FanIn => &fan_in::SPEC,
            Self::Spawn => &spawn::SPEC,
            Self::Idle => &idle::SPEC,
        }
    }

    /// How many turns each contender has.
    pub(crate) fn rounds(self, plan: &Plan) -> usize {
        match self {
            Self::Idle => plan.idle_rounds,
            _ => plan.rounds,
        }
    }

    /// One turn of one contender: a value for each metric.
    pub(crate) async fn turn(self, contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
        match self {
            Self::Ask => ask::turn(contender, plan).await,
            Self::AskOneCore => ask::turn_one_core(contender, plan).await,
            Self::Pipelined => pipelined::turn(contender, plan).await,
            Self::Send => send::turn(contender, plan).await,
            Self::Send1k => send::turn_1k(contender, plan).await,
            Self::Send1m => send::turn_1m(contender, plan).await,
            Self::FanIn => fan_in::turn(contender, plan).await,
            Self::Spawn => spawn::turn(contender, plan).await,
            Self::Idle => idle::turn(contender, plan).await,
        }
    }
}

/// The error of a turn that the measure's own list of contenders rules out.
fn not_entered(contender: Contender) -> anyhow::Error {
    anyhow::anyhow!("{} does not enter this measure", contender.name())
}
