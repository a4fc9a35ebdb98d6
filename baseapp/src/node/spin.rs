//! Looking again for a moment before sleeping: to be woken costs more than all else
//! that happens to a small message.
//!
//! Only what can be [looked at](Wire::has_more) without a call of the system is looked
//! at; only while that pays, as the pauses before show; for 50 µs, or as long as the app
//! says; and not where there is one processor only, or somebody else wants the one that this thread
//! has. A node that has nothing to do for a while sleeps like any other.
//!
//! [`Wire::has_more`]: crate::transport::Wire::has_more

mod worth;

use std::{
    sync::{Arc, LazyLock, Mutex, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use self::worth::Worth;
use super::{Node, lock, served::Served};
use crate::wire::hello::Lanes;

/// Somebody else has had the processor if a look takes that long.
const PREEMPTED: Duration = Duration::from_micros(200);

/// So many lanes are looked at: those that had something last. To begin and to end
/// looking costs some for each of them.
const MOST_LANES: usize = 16;

/// Lanes that are looked at.
type LookedAt = Arc<Vec<Arc<Served>>>;

/// What a node looks at.
#[derive(Debug, Default)]
pub(super) struct Spin(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    lanes: LookedAt,
    /// Whose place the next one takes, when there is none left.
    oldest: usize,
}

impl Places {
    fn add(&mut self, served: &Arc<Served>) {
        let lanes = Arc::make_mut(&mut self.lanes);
        if lanes.len() < MOST_LANES {
            lanes.push(Arc::clone(served));
        } else {
            let place = &mut lanes[self.oldest % MOST_LANES];
            place.is_looked_at.store(false, Ordering::Relaxed);
            *place = Arc::clone(served);
            self.oldest = self.oldest.wrapping_add(1);
        }
        served.is_looked_at.store(true, Ordering::Relaxed);
    }
}

/// How looking goes, for who does it: one thread at a time for each node.
#[derive(Debug, Default)]
pub(crate) struct Looking {
    worth: Worth,
    slept: Option<Instant>,
    /// Lanes that do not wake the node.
    awake: Option<LookedAt>,
}

/// How a look has ended.
enum Looked {
    Found,
    Nothing,
    Disturbed,
}

/// With one processor, who is waited for could not run meanwhile.
static MAY: LazyLock<bool> =
    LazyLock::new(|| thread::available_parallelism().is_ok_and(|count| count.get() > 1));

impl Node {
    /// Looks at the link, too, if that can be done and there is a place left.
    pub(super) fn look_at(&self, served: &Arc<Served>) {
        if served.wire.can_be_looked_at() {
            let mut places = lock(&self.spin.0);
            if places.lanes.len() < MOST_LANES {
                places.add(served);
            }
        }
    }

    /// The link had something: it is looked at from now on, if need be in place of
    /// another one.
    #[inline]
    pub(super) fn look_at_rather(&self, served: &Arc<Served>) {
        if !served.is_looked_at.load(Ordering::Relaxed) && served.wire.can_be_looked_at() {
            lock(&self.spin.0).add(served);
        }
    }

    pub(super) fn look_away_from(&self, served: &Arc<Served>) {
        // From now on it takes no place, whatever it reads.
        if served.is_looked_at.swap(true, Ordering::Relaxed) {
            let mut places = lock(&self.spin.0);
            Arc::make_mut(&mut places.lanes).retain(|other| !Arc::ptr_eq(other, served));
        }
    }

    /// For how long to look; zero: not at all.
    fn longest_look(&self) -> Duration {
        match self.lanes {
            Lanes::On { spin } if *MAY => spin,
            _ => Duration::ZERO,
        }
    }

    /// The turn begins: how long has the node slept?
    pub(crate) fn begin_turn(&self, looking: &mut Looking) {
        if let Some(slept) = looking.slept.take() {
            looking.worth.slept(slept.elapsed());
        }
    }

    /// The turn has ended, and there is nothing to do. True if something came
    /// meanwhile: then there is another one to be taken at once. If not, whatever comes
    /// wakes the node.
    pub(crate) fn look_around(&self, looking: &mut Looking) -> bool {
        let longest = self.longest_look();
        if longest.is_zero() {
            return false;
        }
        let lanes = looking.worth.is_enough().then(|| self.looked_at());
        let Some(lanes) = lanes.filter(|lanes| !lanes.is_empty()) else {
            let found = self.look_no_more(looking);
            looking.slept = (!found).then(Instant::now);
            return found;
        };
        match self.look(looking, &lanes, longest) {
            Looked::Found => {
                looking.worth.paid();
                return true;
            }
            Looked::Nothing => looking.worth.failed(),
            Looked::Disturbed => looking.worth.disturbed(),
        }
        // A pause that comes after a look in vain says nothing for looking.
        self.look_no_more(looking)
    }

    fn looked_at(&self) -> LookedAt {
        Arc::clone(&lock(&self.spin.0).lanes)
    }

    fn look(&self, looking: &mut Looking, lanes: &LookedAt, longest: Duration) -> Looked {
        // Those that had to make place are not looked at any more.
        let same = |awake: &LookedAt| Arc::ptr_eq(awake, lanes);
        if !looking.awake.as_ref().is_some_and(same) && self.look_no_more(looking) {
            return Looked::Found;
        }
        looking.awake = Some(Arc::clone(lanes));
        lanes.iter().for_each(|lane| lane.wire.stay_awake());
        let start = Instant::now();
        let mut last = start;
        loop {
            for _ in 0..32 {
                let mut found = false;
                for lane in lanes.iter().filter(|lane| lane.wire.has_more()) {
                    found |= self.take_what_is_there(lane);
                }
                if found {
                    return Looked::Found;
                }
                std::hint::spin_loop();
            }
            let now = Instant::now();
            if now - last > PREEMPTED {
                return Looked::Disturbed;
            }
            if now - start > longest {
                return Looked::Nothing;
            }
            last = now;
        }
    }

    /// Nobody looks around any more: whatever comes wakes who owns the connection. True
    /// if something has come by now.
    pub(crate) fn look_no_more(&self, looking: &mut Looking) -> bool {
        let Some(awake) = looking.awake.take() else {
            return false;
        };
        let mut found = false;
        for lane in awake.iter().filter(|lane| !lane.wire.sleep()) {
            found |= self.take_what_is_there(lane);
            // It may have more, and does not wake anybody for that.
            lane.link.call_for_attention();
        }
        found
    }
}
