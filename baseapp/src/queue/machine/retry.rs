//! How long to wait before a task is tried again, and how long before a worker
//! that died is started again.

use std::time::Duration;

use crate::task::{Backoff, TaskId};

/// First pause of a pool whose workers die without having done anything.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Its longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The pause after that many attempts: doubled by each, cut to the longest,
/// and then, so that tasks that failed together do not come back together,
/// between half of that and all of it.
pub(super) fn backoff(backoff: Backoff, attempts: u32, id: TaskId) -> Duration {
    let whole = doubled(backoff.first, backoff.longest, attempts.saturating_sub(1));
    // The id is random where it does not tell the time.
    let mut seed = u64::from(attempts);
    for byte in &id.0[8..] {
        seed = (seed ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let part = (seed >> 40) as u32 & 0xffff;
    whole / 2 + whole / 2 * part / 0xffff
}

/// The pause before a worker is started, when so many in a row have died
/// without having done a task: none after the first.
pub(super) fn restart_pause(failures: u32) -> Duration {
    match failures {
        0 | 1 => Duration::ZERO,
        more => doubled(FIRST_PAUSE, LONGEST_PAUSE, more - 2),
    }
}

fn doubled(first: Duration, longest: Duration, times: u32) -> Duration {
    let factor = 1_u32.checked_shl(times.min(31)).unwrap_or(u32::MAX);
    first.checked_mul(factor).unwrap_or(longest).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(30),
    };

    #[test]
    fn a_pause_doubles_up_to_the_longest_and_differs_between_tasks() {
        for (attempts, whole) in [(1, 100), (2, 200), (4, 800), (20, 30_000), (4_000, 30_000)] {
            let whole = Duration::from_millis(whole);
            for last in 0..100 {
                let pause = backoff(BACKOFF, attempts, TaskId([last; 16]));
                assert!(
                    pause >= whole / 2 && pause <= whole,
                    "{attempts}: {pause:?}"
                );
            }
        }
        assert_ne!(
            backoff(BACKOFF, 1, TaskId([1; 16])),
            backoff(BACKOFF, 1, TaskId([2; 16]))
        );
    }

    #[test]
    fn a_worker_that_died_once_is_replaced_at_once() {
        let millis: Vec<u128> = (0..10).map(|n| restart_pause(n).as_millis()).collect();
        assert_eq!(millis, [0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }
}
