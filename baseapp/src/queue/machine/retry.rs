//! How long to wait before a task is tried again, and how long before a worker
//! that died is started again.

use std::time::Duration;

use crate::task::{Backoff, TaskId};

/// The pause of a pool whose workers die without having done anything.
const RESTART: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(5),
};

/// The pause after that many attempts.
pub(super) fn backoff(backoff: Backoff, attempts: u32, id: TaskId) -> Duration {
    // The id is random where it does not tell the time.
    backoff.jittered(attempts.saturating_sub(1), &id.0[8..])
}

/// The pause before a worker is started, when so many in a row have died
/// without having done a task: none after the first.
pub(super) fn restart_pause(failures: u32) -> Duration {
    match failures {
        0 | 1 => Duration::ZERO,
        more => RESTART.doubled(more - 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_waits_longer_after_each_attempt_and_not_as_long_as_others() {
        let first = Duration::from_millis(100);
        let pauses = Backoff {
            first,
            longest: Duration::from_secs(30),
        };
        for (attempts, times) in [(1, 1), (2, 2), (4, 8)] {
            let pause = backoff(pauses, attempts, TaskId([7; 16]));
            assert!(pause >= first * times / 2 && pause <= first * times);
        }
        assert_ne!(
            backoff(pauses, 1, TaskId([1; 16])),
            backoff(pauses, 1, TaskId([2; 16]))
        );
    }

    #[test]
    fn a_worker_that_died_once_is_replaced_at_once() {
        let millis: Vec<u128> = (0..10).map(|n| restart_pause(n).as_millis()).collect();
        assert_eq!(millis, [0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }
}
