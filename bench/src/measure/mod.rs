//! What is measured.
//!
//! To add a measure: a file with its `SPEC` and its `turn`, a variant here, and
//! its arm in three short matches.

pub(crate) mod addresses;
mod ask;
mod backlog;
mod depth;
mod durable;
mod fan_in;
mod idle;
mod pipelined;
mod publish;
pub(crate) mod scale;
mod send;
mod spawn;
mod tasks;

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
    /// Messages of 64 KiB one way.
    Send64k,
    /// Messages of 1 MiB one way.
    Send1m,
    /// Small messages one way, from several senders.
    FanIn,
    /// Small messages one way, each to several receivers.
    Publish,
    /// Empty tasks, done by two workers.
    Tasks,
    /// The same with tasks of 1 ms of CPU time.
    CpuTasks,
    /// Tasks kept on the disk.
    Durable,
    /// Empty tasks, few and many in the queue.
    Depth,
    /// Small messages, few and many queued at one receiver.
    Backlog,
    /// Few workers, and many.
    Scale,
    /// Few addresses, and many, in one process.
    Addresses,
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
    pub(crate) targets: &'static [Target],
}

impl Metric {
    /// A figure for which there is no target.
    const fn shown(name: &'static str, unit: Unit) -> Self {
        let targets = &[];
        Self {
            name,
            unit,
            targets,
        }
    }
}

/// How a value is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// A time, in nanoseconds.
    Nanos,
    /// A time, in microseconds.
    Micros,
    /// Things per second, many.
    Rate,
    /// Gigabytes per second.
    Bandwidth,
    /// Things per second, few.
    Frequency,
    /// A part of a whole.
    Share,
    /// Mebibytes.
    Memory,
}

/// What baseapp shall reach. These are the project's performance targets: first those
/// that are reached over a socket, then those of shared memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At most so many times the baseline.
    TimesAtMost(f64),
    /// At least so many times the baseline.
    TimesAtLeast(f64),
    /// At most so many times another contender.
    TimesAtMostOf(Contender, f64),
    /// At least so many times another contender.
    TimesAtLeastOf(Contender, f64),
    /// What baseapp shall reach in another way.
    Of(Contender, &'static Target),
    /// At most this value.
    AtMost(f64),
    /// At least this value.
    AtLeast(f64),
}

impl Target {
    /// Whom it compares with, if that is not the baseline.
    pub(crate) fn against(self) -> Option<Contender> {
        match self {
            Self::TimesAtMostOf(whom, _) | Self::TimesAtLeastOf(whom, _) => Some(whom),
            Self::Of(_, target) => target.against(),
            _ => None,
        }
    }

    /// Whose figures it judges.
    pub(crate) fn judged(self) -> Contender {
        match self {
            Self::Of(whose, _) => whose,
            _ => Contender::Baseapp,
        }
    }

    /// Whether it compares with anybody.
    pub(crate) fn is_relative(self) -> bool {
        match self {
            Self::AtMost(_) | Self::AtLeast(_) => false,
            Self::Of(_, target) => target.is_relative(),
            _ => true,
        }
    }
}

impl Measure {
    /// All of them, in the order of the table.
    pub(crate) const ALL: [Self; 18] = [
        Self::Ask,
        Self::AskOneCore,
        Self::Pipelined,
        Self::Send,
        Self::Send1k,
        Self::Send64k,
        Self::Send1m,
        Self::FanIn,
        Self::Publish,
        Self::Tasks,
        Self::CpuTasks,
        Self::Durable,
        Self::Depth,
        Self::Backlog,
        Self::Spawn,
        Self::Idle,
        Self::Scale,
        Self::Addresses,
    ];

    /// What the measure is.
    pub(crate) fn spec(self) -> &'static Spec {
        match self {
            Self::Ask => &ask::SPEC,
            Self::AskOneCore => &ask::SPEC_ONE_CORE,
            Self::Pipelined => &pipelined::SPEC,
            Self::Send => &send::SPEC,
            Self::Send1k => &send::SPEC_1K,
            Self::Send64k => &send::SPEC_64K,
            Self::Send1m => &send::SPEC_1M,
            Self::FanIn => &fan_in::SPEC,
            Self::Publish => &publish::SPEC,
            Self::Tasks => &tasks::SPEC,
            Self::CpuTasks => &tasks::SPEC_CPU,
            Self::Durable => &durable::SPEC,
            Self::Depth => &depth::SPEC,
            Self::Backlog => &backlog::SPEC,
            Self::Spawn => &spawn::SPEC,
            Self::Idle => &idle::SPEC,
            Self::Scale => &scale::SPEC,
            Self::Addresses => &addresses::SPEC,
        }
    }

    /// Whether it starts hundreds of workers, which is not quick.
    pub(crate) fn is_crowded(self) -> bool {
        matches!(self, Self::Backlog | Self::Scale | Self::Addresses)
    }

    /// How many turns each contender has.
    pub(crate) fn rounds(self, plan: &Plan) -> usize {
        if self.is_crowded() || matches!(self, Self::Idle | Self::Depth) {
            plan.idle_rounds
        } else {
            plan.rounds
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
            Self::Send64k => send::turn_64k(contender, plan).await,
            Self::Send1m => send::turn_1m(contender, plan).await,
            Self::FanIn => fan_in::turn(contender, plan).await,
            Self::Publish => publish::turn(contender, plan).await,
            Self::Tasks => tasks::turn(contender, plan).await,
            Self::CpuTasks => tasks::turn_cpu(contender, plan).await,
            Self::Durable => durable::turn(contender, plan).await,
            Self::Depth => depth::turn(contender, plan).await,
            Self::Backlog => backlog::turn(contender, plan).await,
            Self::Spawn => spawn::turn(contender, plan).await,
            Self::Idle => idle::turn(contender, plan).await,
            Self::Scale => scale::turn(contender).await,
            Self::Addresses => addresses::turn(contender).await,
        }
    }
}

/// The error of a turn that the measure's own list of contenders rules out.
fn not_entered(contender: Contender) -> anyhow::Error {
    anyhow::anyhow!("{} does not enter this measure", contender.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_compared_with_enters() {
        for spec in Measure::ALL.map(Measure::spec) {
            assert!(spec.contenders.contains(&spec.baseline), "{}", spec.name);
            let targets = spec.metrics.iter().flat_map(|metric| metric.targets);
            for whom in targets.filter_map(|target| target.against()) {
                assert!(spec.contenders.contains(&whom), "{}: {whom:?}", spec.name);
            }
        }
    }
}
