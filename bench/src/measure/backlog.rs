//! `backlog`: what a message costs its receiver when a thousand are queued, and when
//! a million are. The receiver is held until all of them wait; what it does for one
//! must not depend on how many do.
//!
//! More come from more senders, because of each a link lets some thousands through:
//! a part of what grows belongs to the links, each of which has left the cache when
//! its turn comes.

use std::time::Duration;

use anyhow::Result;

use super::{Metric, Spec, Unit, not_entered};
use crate::contender::backlog::Backlog;
use crate::contender::{Contender, Piles};
use crate::options::Plan;

/// How many messages are queued at once, one depth after the other.
const DEPTHS: [u64; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// The measure. baseapp alone enters, and is compared with itself.
pub(super) const SPEC: Spec = Spec {
    name: "backlog",
    contenders: &[Contender::Baseapp],
    baseline: Contender::Baseapp,
    metrics: &[
        Metric::shown("a message of 1 k", Unit::Nanos),
        Metric::shown("a message of 10 k", Unit::Nanos),
        Metric::shown("a message of 100 k", Unit::Nanos),
        Metric::shown("a message of 1 M", Unit::Nanos),
    ],
};

/// One contender's turn.
pub(super) async fn turn(contender: Contender, plan: &Plan) -> Result<Vec<f64>> {
    match contender {
        Contender::Baseapp => {
            let [.., deepest] = DEPTHS;
            costs(Backlog::open(deepest).await?, plan).await
        }
        _ => Err(not_entered(contender)),
    }
}

/// Nanoseconds of the receiver's CPU time for each message, at each depth.
async fn costs(mut link: impl Piles, plan: &Plan) -> Result<Vec<f64>> {
    cost(&mut link, DEPTHS[0], plan.warmup).await?;
    let mut costs = Vec::with_capacity(DEPTHS.len());
    for depth in DEPTHS {
        // More senders than before: their links are made, and touch their memory.
        link.pile(depth).await?;
        costs.push(cost(&mut link, depth, plan.lasting / 4).await?);
    }
    link.close().await?;
    Ok(costs)
}

/// What a message costs at one depth: a small pile is made many times, until enough
/// CPU time was measured, a large one at least once.
async fn cost(link: &mut impl Piles, depth: u64, lasting: Duration) -> Result<f64> {
    let (mut used, mut handled) = (Duration::ZERO, 0);
    loop {
        used += link.pile(depth).await?;
        handled += depth;
        if used >= lasting {
            return Ok(used.as_nanos() as f64 / handled as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::contender::Link;

    /// Only notes what shall pile up: a message costs two nanoseconds.
    struct Notebook<'a>(&'a RefCell<Vec<u64>>);

    impl Link for Notebook<'_> {
        async fn close(self) -> Result<()> {
            self.0.borrow_mut().push(0);
            Ok(())
        }
    }

    impl Piles for Notebook<'_> {
        async fn pile(&mut self, messages: u64) -> Result<Duration> {
            self.0.borrow_mut().push(messages);
            Ok(Duration::from_nanos(2 * messages))
        }
    }

    #[test]
    fn small_piles_are_made_until_enough_was_measured() -> Result<()> {
        let Some(mut plan) = Plan::parse(["--quick".to_owned()])? else {
            anyhow::bail!("no plan");
        };
        (plan.warmup, plan.lasting) = (Duration::ZERO, Duration::from_micros(16));
        let piles = RefCell::new(Vec::new());
        let mut costs = std::pin::pin!(costs(Notebook(&piles), &plan));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(costs) = costs.as_mut().poll(&mut context) else {
            anyhow::bail!("nothing here waits");
        };
        assert_eq!(costs?, [2.0; SPEC.metrics.len()]);
        let mut expected = vec![1_000; 4];
        expected.extend([10_000, 10_000, 100_000, 100_000, 1_000_000, 1_000_000, 0]);
        assert_eq!(*piles.borrow(), expected);
        Ok(())
    }
}
