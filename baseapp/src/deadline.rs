//! [`Deadline`]: an instant by which an answer is wanted, and how it travels.

use std::time::{Duration, Instant};

/// How long an `ask` waits for its reply unless told otherwise: 10 s.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// An instant on this process's monotonic clock.
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

    /// As it travels, in microseconds of the [`host_clock`].
    pub(crate) fn to_wire(self, now: Instant) -> u64 {
        let remaining = u64::try_from(self.remaining(now).as_micros()).unwrap_or(u64::MAX);
        host_clock().saturating_add(remaining)
    }

    /// From how it travelled; at most a year ahead.
    pub(crate) fn from_wire(micros: u64, now: Instant) -> Deadline {
        let remaining = Duration::from_micros(micros.saturating_sub(host_clock()));
        Deadline::within(now, remaining, None)
    }

    pub(crate) fn has_passed(self, now: Instant) -> bool {
        now >= self.0
    }
}

/// Microseconds on the monotonic clock that all processes of this host share:
/// a message may lie in a socket for long, unread, and its deadline passes all
/// the same.
#[cfg(unix)]
fn host_clock() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let micros = now
        .tv_sec
        .saturating_mul(1_000_000)
        .saturating_add(now.tv_nsec / 1_000);
    u64::try_from(micros).unwrap_or(0)
}

/// No such clock: what travels is the time that remained when it was sent.
#[cfg(not(unix))]
fn host_clock() -> u64 {
    0
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
    fn a_deadline_survives_its_journey() {
        let now = Instant::now();
        let deadline = Deadline::within(now, Duration::from_secs(3), None);
        let arrived = Deadline::from_wire(deadline.to_wire(now), Instant::now());
        let drift = arrived.0.max(deadline.0) - arrived.0.min(deadline.0);
        assert!(drift < Duration::from_secs(1), "{drift:?}");
        assert!(!Deadline::from_wire(u64::MAX, now).has_passed(now));
        #[cfg(unix)]
        assert!(Deadline::from_wire(0, now).has_passed(now));
    }

    #[test]
    fn for_ever_does_not_overflow() {
        let now = Instant::now();
        let deadline = Deadline::within(now, Duration::MAX, None);
        assert!(!deadline.has_passed(now));
        assert!(deadline.has_passed(now + Duration::from_secs(366 * 24 * 3600)));
    }
}
