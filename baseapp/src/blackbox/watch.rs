//! [`Watch`]: whether a worker is idle, busy or stuck, from successive looks at
//! its page. Without I/O and without a clock.
//!
//! Time without progress is what has passed between looks here, not what the
//! page says, which the worker writes. And no gap between two looks counts for
//! more than twice their period: if main itself was stopped, or the machine
//! slept, nobody is blamed for the rest.

use std::time::{Duration, Instant};

use super::InHand;

/// What a worker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Idle,
    /// Without progress for so long, and it may be. Also said of a worker that
    /// is stopped by a signal.
    Busy {
        for_: Duration,
    },
    /// Without progress for longer than it may be. With nothing in hand it is
    /// stopped by a signal.
    Stuck {
        in_hand: Option<InHand>,
        for_: Duration,
    },
}

/// How a worker was found at a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found {
    progress: u64,
    in_hand: Option<InHand>,
    stopped: bool,
}

impl Found {
    /// It should get on, and must be seen to.
    fn must_move(self) -> bool {
        self.in_hand.is_some() || self.stopped
    }

    /// Nothing has moved from one look to the other. That a signal has stopped
    /// it or let it go on is no progress.
    fn is_as(self, before: Found) -> bool {
        self.progress == before.progress
            && self.in_hand == before.in_hand
            && self.must_move()
            && before.must_move()
    }
}

/// See the [module](self).
#[derive(Debug)]
pub(crate) struct Watch {
    period: Duration,
    at: Instant,
    found: Option<Found>,
    /// For how long it has been as it was found.
    still: Duration,
    /// When its progress was seen last to be another one than now: what is in hand
    /// has begun since.
    moved: Instant,
}

/// How often to look at workers of which the most impatient one may be without
/// progress for that long. What began right after a look is only seen at the
/// next one, and that its limit is over at the one after that: with two periods below a
/// second, a stuck worker is found within its limit and a second.
pub(crate) fn period(smallest_limit: Duration) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(25);
    const LONGEST: Duration = Duration::from_millis(400);
    (smallest_limit / 8).clamp(SHORTEST, LONGEST)
}

impl Watch {
    /// Of a worker that will be looked at once per [`period`].
    pub(crate) fn new(now: Instant, period: Duration) -> Watch {
        Watch {
            period,
            at: now,
            found: None,
            still: Duration::ZERO,
            moved: now,
        }
    }

    /// For how long what is in hand at that progress has been there, at most. The
    /// looks tell it to within a period, whatever the page says of it.
    pub(crate) fn lasts_at_most(&self, now: Instant, progress: u64) -> Duration {
        let is_new = self.found.is_none_or(|found| found.progress != progress);
        let since = if is_new { self.at } else { self.moved };
        now.saturating_duration_since(since)
    }

    /// A look: what the page says, and whether the system says that the
    /// process is stopped by a signal. `limit` tells for how long which work
    /// may be without progress, and for how long the worker may be stopped
    /// with nothing in hand; for ever, if it is `None`.
    pub(crate) fn sample(
        &mut self,
        now: Instant,
        progress: u64,
        in_hand: Option<InHand>,
        stopped: bool,
        limit: impl Fn(Option<InHand>) -> Option<Duration>,
    ) -> Verdict {
        let passed = now.saturating_duration_since(self.at);
        if self.found.is_none_or(|found| found.progress != progress) {
            self.moved = self.at;
        }
        self.at = now;
        let found = Found {
            progress,
            in_hand,
            stopped,
        };
        let before = self.found.replace(found);
        if before.is_some_and(|before| found.is_as(before)) {
            let counted = passed.min(self.period.saturating_mul(2));
            self.still = self.still.saturating_add(counted);
        } else {
            self.still = Duration::ZERO;
        }
        let for_ = self.still;
        if !found.must_move() {
            Verdict::Idle
        } else if limit(in_hand).is_some_and(|limit| !for_.is_zero() && for_ >= limit) {
            Verdict::Stuck { in_hand, for_ }
        } else {
            Verdict::Busy { for_ }
        }
    }
}
