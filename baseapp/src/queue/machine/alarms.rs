//! What is due when. Whoever sets an alarm takes it back when it means nothing
//! any more, so that there are never more than tasks, workers and the like.

use std::{collections::BTreeSet, time::Instant};

use super::TaskKey;
use crate::{
    id::WorkerId,
    queue::store::Seq,
    task::{Key, TaskId},
};

/// For what an alarm rings. Of one time, tasks come in the order in which they
/// were accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// It is too late for a task.
    Deadline(TaskKey),
    /// A task may run.
    Due(Seq, TaskKey),
    /// What a worker of that pool has in hand takes too long.
    Hand(u16, WorkerId),
    /// A task may be submitted again although there was one like it.
    Unique(u16, Key),
    /// A worker may be started, or is idle for long.
    Pool(u16),
    /// A message comes again.
    Beat(TaskId),
    /// Outcomes have been kept long enough.
    Expire,
}

#[derive(Debug, Default)]
pub(super) struct Alarms(BTreeSet<(Instant, Alarm)>);

impl Alarms {
    pub(super) fn set(&mut self, at: Instant, alarm: Alarm) {
        self.0.insert((at, alarm));
    }

    pub(super) fn unset(&mut self, at: Instant, alarm: Alarm) {
        self.0.remove(&(at, alarm));
    }

    /// One alarm in the place of another, or of none.
    pub(super) fn put(&mut self, place: &mut Option<Instant>, at: Option<Instant>, alarm: Alarm) {
        if *place == at {
            return;
        }
        if let Some(old) = std::mem::replace(place, at) {
            self.unset(old, alarm);
        }
        if let Some(at) = at {
            self.set(at, alarm);
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Option<Alarm> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, alarm)| alarm)
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn they_ring_in_the_order_of_their_times_and_only_if_they_still_mean_something() {
        let now = Instant::now();
        let mut alarms = Alarms::default();
        let second = Duration::from_secs(1);
        for (after, pool) in [(3, 0), (1, 1), (2, 2), (1, 3), (1, 4)] {
            alarms.set(now + after * second, Alarm::Pool(pool));
        }
        alarms.unset(now + second, Alarm::Pool(3));
        assert_eq!(alarms.take_due(now), None);
        assert_eq!(alarms.next(), Some(now + second));
        let due = |alarms: &mut Alarms| alarms.take_due(now + 2 * second);
        assert_eq!(due(&mut alarms), Some(Alarm::Pool(1)));
        assert_eq!(due(&mut alarms), Some(Alarm::Pool(4)));
        assert_eq!(due(&mut alarms), Some(Alarm::Pool(2)));
        assert_eq!(due(&mut alarms), None);
    }

    #[test]
    fn one_that_is_put_off_rings_once() {
        let now = Instant::now();
        let (mut alarms, mut place) = (Alarms::default(), None);
        for seconds in [5, 1, 3] {
            let at = Some(now + Duration::from_secs(seconds));
            alarms.put(&mut place, at, Alarm::Expire);
            assert_eq!((alarms.next(), alarms.iter().count()), (at, 1));
        }
        alarms.put(&mut place, None, Alarm::Expire);
        assert_eq!((alarms.next(), place), (None, None));
    }
}
