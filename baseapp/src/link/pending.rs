//! Asks that await their reply: a table without I/O and without a clock.

use std::{collections::HashSet, sync::Arc, task::Waker, time::Instant};

use super::Link;
use crate::{deadline::Deadline, wire::body::Payload};

/// How an ask ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The reply.
    Reply(Payload),
    /// The receiver's reason why there is none.
    Failure(Payload),
    /// The deadline passed.
    Timeout,
    /// The link ended. With its payload if its handler never began; else it may
    /// have run.
    Lost(Option<Payload>, Arc<str>),
}

/// Names an ask in its link's table: never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AskKey {
    index: u32,
    generation: u32,
}

impl AskKey {
    pub(crate) fn to_wire(self) -> u64 {
        u64::from(self.generation) << 32 | u64::from(self.index)
    }

    pub(crate) fn from_wire(correlation: u64) -> AskKey {
        AskKey {
            index: correlation as u32,
            generation: (correlation >> 32) as u32,
        }
    }
}

#[derive(Debug)]
enum Slot {
    Free,
    Waiting {
        deadline: Deadline,
        waker: Waker,
        /// Its place among all that was sent over the link.
        number: u64,
    },
    Done(Outcome),
    /// It is asked again, over the link to the next life of the receiver.
    Moved(Arc<Link>, AskKey),
}

/// What a look at an ask finds.
#[derive(Debug)]
pub(crate) enum Look {
    Waiting,
    /// Taken out.
    Done(Outcome),
    /// It is that ask now.
    Moved(Arc<Link>, AskKey),
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    slots: Vec<(u32, Slot)>,
    free: Vec<u32>,
    waiting: usize,
}

impl Pending {
    /// `number` is the ask's place among all that was sent over the link.
    pub(crate) fn insert(&mut self, deadline: Deadline, waker: Waker, number: u64) -> AskKey {
        self.waiting += 1;
        let slot = Slot::Waiting {
            deadline,
            waker,
            number,
        };
        match self.free.pop() {
            Some(index) => {
                let entry = &mut self.slots[index as usize];
                *entry = (entry.0.wrapping_add(1), slot);
                AskKey {
                    index,
                    generation: entry.0,
                }
            }
            None => {
                // Bounded by the credit window, far below u32::MAX.
                let index = self.slots.len() as u32;
                self.slots.push((0, slot));
                AskKey {
                    index,
                    generation: 0,
                }
            }
        }
    }

    fn slot(&mut self, key: AskKey) -> Option<&mut Slot> {
        let (generation, slot) = self.slots.get_mut(key.index as usize)?;
        (*generation == key.generation).then_some(slot)
    }

    /// Asks that have no outcome yet.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The outcome, taken out; or the waker kept.
    pub(crate) fn look(&mut self, key: AskKey, cx: &Waker) -> Look {
        let Some(slot) = self.slot(key) else {
            return Look::Done(Outcome::Timeout); // it was looked at, and taken out
        };
        if let Slot::Waiting { waker, .. } = slot {
            waker.clone_from(cx);
            return Look::Waiting;
        }
        let look = match std::mem::replace(slot, Slot::Free) {
            Slot::Done(outcome) => Look::Done(outcome),
            Slot::Moved(link, key) => Look::Moved(link, key),
            Slot::Free | Slot::Waiting { .. } => return Look::Done(Outcome::Timeout),
        };
        self.free.push(key.index);
        look
    }

    /// Gives an ask its outcome: its number, and who to wake. `None` if nobody
    /// awaits it.
    pub(crate) fn resolve(&mut self, key: AskKey, outcome: Outcome) -> Option<(u64, Waker)> {
        let slot = self
            .slot(key)
            .filter(|slot| matches!(slot, Slot::Waiting { .. }))?;
        let done = std::mem::replace(slot, Slot::Done(outcome));
        self.waiting -= 1;
        match done {
            Slot::Waiting { waker, number, .. } => Some((number, waker)),
            Slot::Free | Slot::Done(_) | Slot::Moved(..) => None,
        }
    }

    /// Forgets an ask. Where it is now, if it has moved: to be forgotten there.
    pub(crate) fn remove(&mut self, key: AskKey) -> Option<(Arc<Link>, AskKey)> {
        let slot = self.slot(key)?;
        let removed = std::mem::replace(slot, Slot::Free);
        match removed {
            Slot::Free => return None,
            Slot::Waiting { .. } => self.waiting -= 1,
            Slot::Done(_) | Slot::Moved(..) => {}
        }
        self.free.push(key.index);
        match removed {
            Slot::Moved(link, key) => Some((link, key)),
            _ => None,
        }
    }

    /// Who waits for an ask, and until when.
    pub(crate) fn waits(&self, key: AskKey) -> Option<(Deadline, Waker)> {
        match self.slots.get(key.index as usize)? {
            (
                generation,
                Slot::Waiting {
                    deadline, waker, ..
                },
            ) if *generation == key.generation => Some((*deadline, waker.clone())),
            _ => None,
        }
    }

    /// An ask that waits goes on as that one.
    pub(crate) fn moved(&mut self, key: AskKey, link: Arc<Link>, to: AskKey) {
        if let Some(slot @ Slot::Waiting { .. }) = self.slot(key) {
            *slot = Slot::Moved(link, to);
            self.waiting -= 1;
        }
    }

    /// Ends what has waited too long: who to wake, and the earliest deadline
    /// that is left. Looks at every slot: the alarm rings rarely.
    pub(crate) fn expire(&mut self, now: Instant) -> (Vec<Waker>, Option<Deadline>) {
        let mut wakers = Vec::new();
        let mut next: Option<Deadline> = None;
        for (_, slot) in &mut self.slots {
            let Slot::Waiting { deadline, .. } = slot else {
                continue;
            };
            let deadline = *deadline;
            if !deadline.has_passed(now) {
                next = Some(next.map_or(deadline, |next| next.min(deadline)));
            } else if let Slot::Waiting { waker, .. } =
                std::mem::replace(slot, Slot::Done(Outcome::Timeout))
            {
                wakers.push(waker);
            }
        }
        self.waiting -= wakers.len();
        (wakers, next)
    }

    /// The link has ended: every ask may have run, but for those in `open`, whose
    /// fate is decided elsewhere.
    pub(crate) fn end(&mut self, open: &HashSet<AskKey>, reason: &Arc<str>) -> Vec<Waker> {
        let mut wakers = Vec::new();
        for (index, (generation, slot)) in (0..).zip(&mut self.slots) {
            let key = AskKey {
                index,
                generation: *generation,
            };
            if !matches!(slot, Slot::Waiting { .. }) || open.contains(&key) {
                continue;
            }
            let lost = Slot::Done(Outcome::Lost(None, Arc::clone(reason)));
            if let Slot::Waiting { waker, .. } = std::mem::replace(slot, lost) {
                wakers.push(waker);
            }
        }
        self.waiting -= wakers.len();
        wakers
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;

    use super::*;

    fn insert(pending: &mut Pending, deadline: Instant) -> AskKey {
        pending.insert(Deadline(deadline), Waker::noop().clone(), 1)
    }

    fn look(pending: &mut Pending, key: AskKey) -> Option<Outcome> {
        match pending.look(key, Waker::noop()) {
            Look::Done(outcome) => Some(outcome),
            Look::Waiting | Look::Moved(..) => None,
        }
    }

    #[test]
    fn an_ask_has_one_outcome_and_its_key_is_not_used_again() {
        let mut pending = Pending::default();
        let key = insert(&mut pending, Instant::now());
        let reply = Outcome::Reply(Bytes::from_static(b"1").into());
        assert!(pending.resolve(key, reply.clone()).is_some());
        assert!(pending.resolve(key, Outcome::Timeout).is_none());
        assert_eq!(look(&mut pending, key), Some(reply));

        let next = insert(&mut pending, Instant::now());
        assert_ne!(next, key);
        assert!(
            pending.resolve(key, Outcome::Timeout).is_none(),
            "a late reply finds nobody"
        );
        assert!(
            pending
                .resolve(AskKey::from_wire(u64::MAX), Outcome::Timeout)
                .is_none()
        );
        assert_eq!(look(&mut pending, next), None);
        assert_eq!(AskKey::from_wire(next.to_wire()), next);
    }

    #[test]
    fn the_alarm_ends_what_is_due_and_names_the_next() {
        let mut pending = Pending::default();
        let now = Instant::now();
        let due = insert(&mut pending, now);
        let later = insert(&mut pending, now + Duration::from_secs(1));
        let (wakers, next) = pending.expire(now);
        assert_eq!(
            (wakers.len(), next),
            (1, Some(Deadline(now + Duration::from_secs(1))))
        );
        assert_eq!(look(&mut pending, due), Some(Outcome::Timeout));
        assert_eq!(look(&mut pending, later), None);
        assert_eq!(pending.waiting(), 1);
    }

    #[test]
    fn the_end_of_the_link_leaves_those_whose_fate_is_open() {
        let mut pending = Pending::default();
        let open = insert(&mut pending, Instant::now());
        let gone = insert(&mut pending, Instant::now());
        let reason: Arc<str> = "died".into();
        assert_eq!(pending.end(&HashSet::from([open]), &reason).len(), 1);
        assert_eq!(pending.waiting(), 1);
        assert_eq!(
            look(&mut pending, gone),
            Some(Outcome::Lost(None, Arc::clone(&reason)))
        );
        assert_eq!(look(&mut pending, open), None);
        let payload = Payload::from(Bytes::from_static(b"x"));
        let lost = Outcome::Lost(Some(payload), reason);
        assert!(pending.resolve(open, lost.clone()).is_some());
        assert_eq!(look(&mut pending, open), Some(lost));
    }
}
