//! How long to wait before something is tried again: a task, or the start of a
//! worker.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A pause that doubles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Backoff {
    /// Before the second attempt. Doubles with each further one.
    pub(crate) first: Duration,
    /// At most.
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause, doubled so many times and cut to the longest; and to a year,
    /// which is as good as for ever and can be added to any instant.
    pub(crate) fn doubled(self, times: u32) -> Duration {
        const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
        let factor = 1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX);
        let whole = self.first.checked_mul(factor);
        whole.unwrap_or(YEAR).min(self.longest).min(YEAR)
    }

    /// The same, and then, so that those who failed together do not come back
    /// together, between half of it and all of it. The same for one `seed`, so
    /// that tests can repeat it.
    pub(crate) fn jittered(self, times: u32, seed: &[u8]) -> Duration {
        const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        let whole = self.doubled(times);
        let hash = seed.iter().fold(BASIS ^ u64::from(times), |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
        });
        let part = (hash >> 40) as u32 & 0xffff;
        whole / 2 + whole / 2 * part / 0xffff
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(30),
    };

    #[test]
    fn a_pause_doubles_up_to_the_longest_and_differs_between_seeds() {
        for (times, whole) in [(0, 100), (1, 200), (3, 800), (19, 30_000), (3_999, 30_000)] {
            let whole = Duration::from_millis(whole);
            assert_eq!(BACKOFF.doubled(times), whole);
            for last in 0..100 {
                let pause = BACKOFF.jittered(times, &[last; 8]);
                assert!(pause >= whole / 2 && pause <= whole, "{times}: {pause:?}");
            }
        }
        assert_ne!(BACKOFF.jittered(0, &[1]), BACKOFF.jittered(0, &[2]));
    }

    #[test]
    fn no_pause_is_too_long_to_be_reckoned_with() {
        let endless = Backoff {
            first: Duration::MAX,
            longest: Duration::MAX,
        };
        let year = Duration::from_secs(365 * 24 * 3600);
        assert_eq!(endless.doubled(40), year);
        assert!(endless.jittered(40, &[7]) >= year / 2);
    }
}
