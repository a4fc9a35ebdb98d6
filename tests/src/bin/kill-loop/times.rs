//! How long it took.

use std::{fmt, time::Duration};

/// Durations, sorted.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn new(mut times: Vec<Duration>) -> Times {
        times.sort();
        Times(times)
    }

    /// As many of a hundred are no longer.
    fn percentile(&self, percent: usize) -> f64 {
        let at = (self.0.len() * percent).div_ceil(100).saturating_sub(1);
        let time = self.0.get(at).copied().unwrap_or_default();
        time.as_secs_f64() * 1000.0
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, all] = [50, 99, 100].map(|percent| self.percentile(percent));
        let count = self.0.len();
        write!(
            f,
            "p50 {half:.1} ms, p99 {most:.1} ms, max {all:.1} ms of {count}"
        )
    }
}
