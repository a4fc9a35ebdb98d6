//! The few statistics that the table needs.

use std::time::Duration;

/// The median; of an even number the lower of the two in the middle, so that it
/// is always a value that was measured.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
        .get(sorted.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or(f64::NAN)
}

/// Durations, asked for their percentiles.
#[derive(Debug)]
pub(crate) struct Durations(Vec<Duration>);

impl Durations {
    /// Sorts what was measured.
    pub(crate) fn new(mut measured: Vec<Duration>) -> Self {
        measured.sort_unstable();
        Self(measured)
    }

    /// The duration, in microseconds, that so many in a thousand of them do not
    /// exceed: the nearest rank. (Not a fraction: 0.999 of 1000 is more than 999.)
    pub(crate) fn per_mille(&self, share: usize) -> f64 {
        let rank = (share * self.0.len()).div_ceil(1000);
        self.0
            .get(rank.saturating_sub(1))
            .map_or(f64::NAN, |duration| duration.as_nanos() as f64 / 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn percentiles_take_the_nearest_rank() {
        let durations = Durations::new((1..=1000).rev().map(Duration::from_micros).collect());
        assert_eq!(durations.per_mille(500), 500.0);
        assert_eq!(durations.per_mille(990), 990.0);
        assert_eq!(durations.per_mille(999), 999.0);
        assert_eq!(durations.per_mille(1000), 1000.0);
        assert!(Durations::new(Vec::new()).per_mille(500).is_nan());
    }
}
