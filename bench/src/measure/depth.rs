//! `depth`: what a task costs when a thousand are queued, and when a million
//! are. Whatever looks for a task among many shows here.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Metric, Spec, Unit, not_entered};
use crate::contender::baseapp_tasks::BaseappTasks;
use crate::contender::{Contender, Queues};
use crate::options::Plan;

/// How many tasks are queued at once, one depth after the other.
const DEPTHS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// The measure. baseapp alone enters, and is compared with itself.
pub(super) const SPEC: Spec = Spec {
    name: "depth",
    contenders: &[Contender::Baseapp],
    baseline: Contender::Baseapp,
    metrics: &[
        Metric::shown("a task of 1 k", Unit::Nanos),
        Metric::shown("a task of 10 k", Unit::Nanos),
        Metric::shown("a task of 100 k", Unit::Nanos),
        Metric::shown("a task of 1 M", Unit::Nanos),
    ],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::Baseapp => costs(BaseappTasks::open().await?, plan).await,
        _ => Err(not_entered(contender)),
    }
}

/// Nanoseconds for each task, at each depth.
async fn costs(mut link: impl Queues, plan: &Plan) -> Result<Vec<f64>> {
    cost(&mut link, DEPTHS[0], plan.warmup).await?;
    let mut costs = Vec::with_capacity(DEPTHS.len());
    for depth in DEPTHS {
        costs.push(cost(&mut link, depth, plan.lasting / 4).await?);
    }
    link.close().await?;
    Ok(costs)
}

/// What a task costs at one depth: a shallow queue is filled and emptied many
/// times, a deep one at least once.
async fn cost(link: &mut impl Queues, depth: u64, lasting: Duration) -> Result<f64> {
    let start = Instant::now();
    let mut done = 0;
    loop {
        link.queue(depth).await?;
        done += depth;
        let elapsed = start.elapsed();
        if elapsed >= lasting {
            return Ok(elapsed.as_nanos() as f64 / done as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::contender::Link;

    /// Only notes what it is told to queue.
    struct Notebook<'a>(&'a RefCell<Vec<u64>>);

    impl Link for Notebook<'_> {
        async fn close(self) -> Result<()> {
            self.0.borrow_mut().push(0);
            Ok(())
        }
    }

    impl Queues for Notebook<'_> {
        async fn queue(&mut self, tasks: u64) -> Result<()> {
            self.0.borrow_mut().push(tasks);
            Ok(())
        }
    }

    #[test]
    fn every_depth_is_reached_after_a_warm_up() -> Result<()> {
        let Some(mut plan) = Plan::parse(["--quick".to_owned()])? else {
            anyhow::bail!("no plan");
        };
        (plan.warmup, plan.lasting) = (Duration::ZERO, Duration::ZERO);
        let queued = RefCell::new(Vec::new());
        let mut costs = std::pin::pin!(costs(Notebook(&queued), &plan));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(costs) = costs.as_mut().poll(&mut context) else {
            anyhow::bail!("nothing here waits");
        };
        assert_eq!(costs?.len(), SPEC.metrics.len());
        let expected = [1_000, 1_000, 10_000, 100_000, 1_000_000, 0];
        assert_eq!(*queued.borrow(), expected);
        Ok(())
    }
}
