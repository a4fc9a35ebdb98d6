//! A waker that knows whether whom it wakes is taking turns right now: then nothing is to
//! be woken, which would take a call of the system, but another turn to be taken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Wake, Waker},
};

/// No turn is taken: who is woken sleeps.
const ASLEEP: u8 = 0;
/// A turn is taken.
const AWAKE: u8 = 1;
/// The same, and somebody has woken who takes it.
const WOKEN: u8 = 2;

/// See the [module](self).
#[derive(Debug)]
pub(super) struct TurnWaker {
    state: AtomicU8,
    /// Ends the sleep.
    outer: Waker,
}

impl TurnWaker {
    /// For whom `outer` wakes.
    pub(super) fn new(outer: Waker) -> Arc<TurnWaker> {
        Arc::new(TurnWaker {
            state: AtomicU8::new(ASLEEP),
            outer,
        })
    }

    /// It wakes whom `outer` does. [`Waker::will_wake`] also compares tables of functions,
    /// of which a compiler may make several for one type; what has data of its own is told
    /// by that.
    pub(super) fn is_for(&self, outer: &Waker) -> bool {
        let data = outer.data();
        self.outer.will_wake(outer) || !data.is_null() && std::ptr::eq(self.outer.data(), data)
    }

    /// Turns are taken from now on. What was done before whoever has woken is seen.
    pub(super) fn begin(&self) {
        self.state.swap(AWAKE, Ordering::AcqRel);
    }

    /// No more turns are taken, and if somebody has woken who did, that is known.
    pub(super) fn stop(&self) {
        self.state.swap(ASLEEP, Ordering::AcqRel);
    }

    /// Whether somebody has woken who takes turns, since this was last asked.
    pub(super) fn take_woken(&self) -> bool {
        // What the other has done before it is seen by who takes the next turn.
        self.state.load(Ordering::Relaxed) == WOKEN
            && self.state.swap(AWAKE, Ordering::Acquire) == WOKEN
    }

    /// No more turns are taken. False if somebody has woken who does: then there is
    /// another one to be taken.
    pub(super) fn end(&self) -> bool {
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        let ended = self.state.compare_exchange(AWAKE, ASLEEP, success, failure);
        ended.is_ok() || !self.take_woken()
    }
}

impl Wake for TurnWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let woken = |state| (state != ASLEEP).then_some(WOKEN);
        let (success, failure) = (Ordering::Release, Ordering::Acquire);
        if self.state.fetch_update(success, failure, woken).is_err() {
            self.outer.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicBool, AtomicU64},
        thread::{self, Thread},
        time::Duration,
    };

    use super::*;

    #[derive(Default)]
    struct Count(AtomicU64);

    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_takes_turns_is_told_and_who_sleeps_is_woken() {
        let count = Arc::new(Count::default());
        let woken = || count.0.load(Ordering::Relaxed);
        let outer = Waker::from(Arc::clone(&count));
        let turns = TurnWaker::new(outer.clone());
        assert!(turns.is_for(&outer) && !turns.is_for(Waker::noop()));
        let waker = Waker::from(Arc::clone(&turns));
        turns.begin();
        assert!(!turns.take_woken());
        waker.wake_by_ref();
        waker.wake_by_ref();
        assert!(turns.take_woken() && !turns.take_woken());
        waker.wake_by_ref();
        assert!(!turns.end(), "there is another turn to be taken");
        assert_eq!(woken(), 0);
        assert!(turns.end());
        waker.wake_by_ref();
        waker.wake();
        assert_eq!(woken(), 2, "that is for the one who sleeps to sort out");
    }

    /// Ends the sleep of a thread.
    struct Unpark(Thread, AtomicBool);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::Release);
            self.0.unpark();
        }
    }

    /// One wakes after each thing that it does; the other takes turns until there is
    /// nothing to do, and sleeps.
    #[test]
    fn nobody_sleeps_through_what_has_come() {
        const THINGS: u64 = 100_000;
        let done = AtomicU64::new(0);
        let unpark = Arc::new(Unpark(thread::current(), AtomicBool::new(false)));
        let turns = TurnWaker::new(Waker::from(Arc::clone(&unpark)));
        let waker = Waker::from(Arc::clone(&turns));
        thread::scope(|scope| {
            scope.spawn(|| {
                for thing in 1..=THINGS {
                    done.store(thing, Ordering::Release);
                    waker.wake_by_ref();
                    (0..thing % 50).for_each(|_| std::hint::spin_loop());
                }
            });
            let mut seen = 0;
            while seen < THINGS {
                turns.begin();
                loop {
                    turns.take_woken();
                    seen = done.load(Ordering::Acquire);
                    if turns.end() {
                        break;
                    }
                }
                while seen < THINGS && !unpark.1.swap(false, Ordering::Acquire) {
                    let parked = std::time::Instant::now();
                    thread::park_timeout(Duration::from_secs(30));
                    assert!(parked.elapsed() < Duration::from_secs(30), "nobody woke it");
                }
            }
        });
    }
}
