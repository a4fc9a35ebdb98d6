//! [`Deadline`]: an instant by which an answer is wanted, and how it travels.

use std::time::{Duration, Instant};

/// How long an `ask` waits for its reply unless told otherwise: 10 s.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// An instant on this process's monotonic clock. What travels is the time that
/// remains, because clocks of processes cannot be compared everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// `timeout` from `now`, but not after `limit`, the deadline of the ask
    /// that is being handled. A timeout beyond what the clock can hold is cut
    /// to a year: as good as for ever.
    pub(crate) fn within(now: Instant, timeout: Duration, limit: Option<Deadline>) -> Deadline {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
        let own = Deadline(now + timeout.min(YEAR));
        limit.map_or(own, |limit| own.min(limit))
    }

    /// What is left at `now`; zero when it has passed.
    pub(crate) fn remaining(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    pub(crate) fn has_passed(self, now: Instant) -> bool {
        now >= self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_ask_cannot_outlive_the_ask_that_it_serves() {
        let now = Instant::now();
        let outer = Deadline::within(now, Duration::from_secs(1), None);
        let inner = Deadline::within(now, Duration::from_secs(10), Some(outer));
        assert_eq!(inner, outer);
        let short = Deadline::within(now, Duration::from_millis(1), Some(outer));
        assert_eq!(short.remaining(now), Duration::from_millis(1));
    }

    #[test]
    fn for_ever_does_not_overflow() {
        let now = Instant::now();
        let deadline = Deadline::within(now, Duration::MAX, None);
        assert!(!deadline.has_passed(now));
        assert!(deadline.has_passed(now + Duration::from_secs(366 * 24 * 3600)));
    }
}
