//! The late flush: another thread writes what a turn that lasts has to say.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::Node;

/// How long the late flush waits before it looks. What a handler that holds the
/// thread has sent leaves when two looks find the same turn: after a few
/// milliseconds.
const LATE: Duration = Duration::from_millis(1);

/// The late flush takes one part in so many of the time, as long as it need not wait
/// too long for that. To hundreds of links it is work for everybody: the receivers are
/// woken for what little there is, which costs several times what the flush does.
const SHARE: u32 = 16;

/// The longest time between two flushes of a turn that lasts, however long they take.
const LATEST_FLUSH: Duration = Duration::from_millis(20);

/// The longest time between two looks, however short the turns have been so far: each
/// look wakes a thread, and where hundreds of workers have short turns, such threads
/// would do more than all handlers.
const LATEST: Duration = Duration::from_millis(8);

/// How long to wait before the next look, after a flush that took so long.
fn pause_after(flush: Duration) -> Duration {
    flush.saturating_mul(SHARE).clamp(LATE, LATEST_FLUSH)
}

/// Turns between two looks from which on it is better to look again than to be woken
/// for the next turn.
const MANY: u64 = 8;

#[derive(Debug, Default)]
pub(super) struct Late {
    awake: AtomicBool,
    wake: Notify,
}

impl Late {
    /// It looks after what waits by itself.
    #[inline]
    pub(super) fn is_awake(&self) -> bool {
        self.awake.load(Ordering::Acquire)
    }

    /// A turn goes on and may last: something is to be looked after.
    #[inline]
    pub(super) fn expect(&self) {
        if !self.is_awake() && !self.awake.swap(true, Ordering::AcqRel) {
            self.wake.notify_one();
        }
    }

    /// It looks no more until it is [expected](Late::expect).
    pub(super) fn sleeps(&self) {
        self.awake.store(false, Ordering::Release);
    }

    /// Sees whether the node is still there.
    pub(super) fn look(&self) {
        self.wake.notify_one();
    }
}

/// What a look has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// The turn of the last look goes on, and something waits.
    LongTurn,
    /// Turns end by themselves, one after the other: look again after that.
    ShortTurns(Duration),
    /// Nothing waits, and little is done.
    Nothing,
}

/// `turns`: how many had ended before the pause, and after it.
fn found(turns: (u64, u64), waits: bool, pause: Duration) -> Found {
    let (before, after) = turns;
    match (after.wrapping_sub(before), waits) {
        (0, true) => Found::LongTurn,
        // This may be a long one.
        (_, true) => Found::ShortTurns(LATE),
        (MANY.., false) => Found::ShortTurns(pause.saturating_mul(2).min(LATEST)),
        (_, false) => Found::Nothing,
    }
}

/// Flushes what a long turn has left behind. Runs on another thread than the
/// worker; sleeps while nothing is sent.
pub(super) async fn late_flush(node: Weak<Node>) {
    let Some(late) = node.upgrade().map(|node| Arc::clone(&node.dirty.late)) else {
        return;
    };
    loop {
        late.wake.notified().await;
        let mut pause = LATE;
        let Some(mut before) = node.upgrade().map(|node| node.turns()) else {
            return;
        };
        loop {
            tokio::time::sleep(pause).await;
            let Some(node) = node.upgrade() else { return };
            let after = node.turns();
            match found((before, after), node.is_dirty(), pause) {
                Found::LongTurn => {
                    let start = Instant::now();
                    node.flush();
                    pause = pause_after(start.elapsed());
                }
                Found::ShortTurns(next) => pause = next,
                Found::Nothing => {
                    if !node.dirty.falls_asleep() {
                        late.expect();
                    }
                    break;
                }
            }
            before = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_late_flush_takes_a_small_part_of_the_time_and_does_not_wait_for_long() {
        assert_eq!(pause_after(Duration::ZERO), LATE);
        assert_eq!(pause_after(LATE / SHARE), LATE);
        assert_eq!(pause_after(LATE), SHARE * LATE);
        assert_eq!(pause_after(Duration::from_secs(1)), LATEST_FLUSH);
        assert_eq!(pause_after(Duration::MAX), LATEST_FLUSH);
    }

    #[test]
    fn the_late_flush_looks_seldom_while_turns_are_short_and_soon_if_one_may_be_long() {
        let pauses =
            std::iter::successors(Some(LATE), |pause| match found((1, 99), false, *pause) {
                Found::ShortTurns(next) => Some(next),
                _ => None,
            });
        let pauses: Vec<Duration> = pauses.take(5).collect();
        assert_eq!(pauses, [1, 2, 4, 8, 8].map(Duration::from_millis));
        assert_eq!(found((1, 99), true, LATEST), Found::ShortTurns(LATE));
        assert_eq!(found((1, 2), true, LATE), Found::ShortTurns(LATE));
        assert_eq!(found((2, 2), true, LATE), Found::LongTurn);
        // It is woken for the next turn that goes on with something to write.
        assert_eq!(found((1, 2), false, LATE), Found::Nothing);
        assert_eq!(found((2, 2), false, LATE), Found::Nothing);
    }
}
