//! [`Deadline`]: an instant by which an answer is wanted, and how it travels.

#[cfg(unix)]
use std::sync::LazyLock;
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
    #[cfg(unix)]
    pub(crate) fn to_wire(self, _now: Instant) -> u64 {
        host_clock_at(self.0)
    }

    /// No such clock: what travels is the time that remains.
    #[cfg(not(unix))]
    pub(crate) fn to_wire(self, now: Instant) -> u64 {
        u64::try_from(self.remaining(now).as_micros()).unwrap_or(u64::MAX)
    }

    /// From how it travelled; at most a year ahead.
    pub(crate) fn from_wire(micros: u64, now: Instant) -> Deadline {
        let remaining = Duration::from_micros(micros.saturating_sub(host_clock_at(now)));
        Deadline::within(now, remaining, None)
    }

    pub(crate) fn has_passed(self, now: Instant) -> bool {
        now >= self.0
    }
}

/// The deadline of what has arrived.
///
/// Most are seconds away, and what is asked is answered in microseconds: so what it
/// is on this process's clock, which takes a look at that, is found out when somebody
/// wants to know.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrived {
    At(Deadline),
    /// As it travelled; it has not passed.
    Far(u64),
}

impl Arrived {
    /// From how it travelled.
    pub(crate) fn from_wire(micros: u64) -> Arrived {
        match is_far(micros) {
            true => Arrived::Far(micros),
            false => Arrived::At(Deadline::from_wire(micros, Instant::now())),
        }
    }

    /// Whether it has passed by now.
    pub(crate) fn has_passed(self) -> bool {
        match self {
            Arrived::At(deadline) => deadline.has_passed(Instant::now()),
            Arrived::Far(_) => false,
        }
    }

    pub(crate) fn deadline(self) -> Deadline {
        match self {
            Arrived::At(deadline) => deadline,
            Arrived::Far(micros) => Deadline::from_wire(micros, Instant::now()),
        }
    }
}

/// Whether it is more than a second until then, by a clock that is only read from memory:
/// it is a few milliseconds late.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[inline]
fn is_far(micros: u64) -> bool {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::MonotonicCoarse);
    let soon = now.tv_sec.saturating_add(2).saturating_mul(1_000_000);
    u64::try_from(soon).is_ok_and(|soon| soon < micros)
}

/// No such clock.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_far(_micros: u64) -> bool {
    false
}

/// What the [`host_clock`] said, or says, at that instant: both run on the same clock,
/// but for where they begin, and to read one costs as much as to encode a message.
#[cfg(unix)]
fn host_clock_at(instant: Instant) -> u64 {
    static SAME: LazyLock<(Instant, u64)> = LazyLock::new(|| {
        // What comes between two looks at a clock is taken for a difference: the quickest
        // of some pairs has the least of it.
        let pair = || {
            let before = Instant::now();
            let host = host_clock();
            (before.elapsed(), (before, host))
        };
        let (_, same) = (0..8).map(|_| pair()).min().unwrap_or_else(pair);
        same
    });
    let (then, host) = *SAME;
    let micros = |duration: Duration| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
    match instant.checked_duration_since(then) {
        Some(since) => host.saturating_add(micros(since)),
        None => host.saturating_sub(micros(then.duration_since(instant))),
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
fn host_clock_at(_instant: Instant) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn one_clock_tells_what_the_other_one_says() {
        for _ in 0..100 {
            let (before, now) = (host_clock(), Instant::now());
            let told = host_clock_at(now);
            // A look may take long on a busy machine, but not backwards.
            assert!(told + 1000 >= before, "{told} {before}");
            assert!(told <= host_clock() + 1000, "{told}");
        }
        let earlier = Instant::now().checked_sub(Duration::from_secs(1));
        let now = Instant::now();
        let apart = earlier.map(|earlier| host_clock_at(now) - host_clock_at(earlier));
        assert!(apart.is_none_or(|apart| apart >= 999_999));
    }

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
    fn one_that_has_arrived_is_the_same_however_far_it_is() {
        for millis in [0, 1, 900, 1100, 2100, 5000, 3_600_000] {
            let now = Instant::now();
            let sent = Deadline::within(now, Duration::from_millis(millis), None);
            let arrived = Arrived::from_wire(sent.to_wire(now));
            let is_far = matches!(arrived, Arrived::Far(_));
            assert!(!is_far || millis > 1000, "{millis}");
            assert!(!arrived.has_passed() || millis <= 900, "{millis}");
            let deadline = arrived.deadline();
            let drift = deadline.0.max(sent.0) - deadline.0.min(sent.0);
            assert!(drift < Duration::from_secs(1), "{drift:?}");
        }
        #[cfg(unix)]
        assert!(Arrived::from_wire(0).has_passed());
        let _ = Arrived::from_wire(u64::MAX).deadline();
    }

    #[test]
    fn for_ever_does_not_overflow() {
        let now = Instant::now();
        let deadline = Deadline::within(now, Duration::MAX, None);
        assert!(!deadline.has_passed(now));
        assert!(deadline.has_passed(now + Duration::from_secs(366 * 24 * 3600)));
    }
}
