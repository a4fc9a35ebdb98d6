//! Asks that await their reply: a table without I/O and without a clock.

use std::{
    sync::Arc,
    task::{Poll, Waker},
    time::Instant,
};

use bytes::Bytes;

use super::{Payload, outbox::UnsentAsk};
use crate::deadline::Deadline;

/// How an ask ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The reply.
    Reply(Bytes),
    /// The receiver's reason why there is none.
    Failure(Bytes),
    /// The deadline passed.
    Timeout,
    /// The link ended. With its payload if the ask never left; else it may
    /// have run.
    Lost(Option<Payload>, Arc<str>),
}

/// Names an ask in its link's table: never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// The outcome, taken out; or the waker kept.
    pub(crate) fn poll(&mut self, key: AskKey, cx: &Waker) -> Poll<Outcome> {
        match self.slot(key) {
            Some(Slot::Waiting { waker, .. }) => {
                waker.clone_from(cx);
                Poll::Pending
            }
            Some(slot @ Slot::Done(_)) => {
                let Slot::Done(outcome) = std::mem::replace(slot, Slot::Free) else {
                    return Poll::Pending; // it was Done a line above
                };
                self.free.push(key.index);
                Poll::Ready(outcome)
            }
            Some(Slot::Free) | None => Poll::Ready(Outcome::Timeout),
        }
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
            Slot::Free | Slot::Done(_) => None,
        }
    }

    pub(crate) fn remove(&mut self, key: AskKey) {
        let Some(slot) = self.slot(key) else { return };
        match std::mem::replace(slot, Slot::Free) {
            Slot::Free => return,
            Slot::Waiting { .. } => self.waiting -= 1,
            Slot::Done(_) => {}
        }
        self.free.push(key.index);
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

    /// The link has ended: every ask is lost, those in `unsent` for certain.
    pub(crate) fn end(&mut self, unsent: Vec<UnsentAsk>, reason: &Arc<str>) -> Vec<Waker> {
        let lost = |payload| Outcome::Lost(payload, Arc::clone(reason));
        let mut wakers: Vec<Waker> = unsent
            .into_iter()
            .filter_map(|(key, payload)| {
                self.resolve(AskKey::from_wire(key), lost(Some(payload)))
                    .map(|(_, waker)| waker)
            })
            .collect();
        for (_, slot) in &mut self.slots {
            if !matches!(slot, Slot::Waiting { .. }) {
                continue;
            }
            if let Slot::Waiting { waker, .. } = std::mem::replace(slot, Slot::Done(lost(None))) {
                wakers.push(waker);
            }
        }
        self.waiting = 0;
        wakers
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn insert(pending: &mut Pending, deadline: Instant) -> AskKey {
        pending.insert(Deadline(deadline), Waker::noop().clone(), 1)
    }

    #[test]
    fn an_ask_has_one_outcome_and_its_key_is_not_used_again() {
        let mut pending = Pending::default();
        let key = insert(&mut pending, Instant::now());
        let reply = Outcome::Reply(Bytes::from_static(b"1"));
        assert!(pending.resolve(key, reply.clone()).is_some());
        assert!(pending.resolve(key, Outcome::Timeout).is_none());
        assert_eq!(pending.poll(key, Waker::noop()), Poll::Ready(reply));

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
        assert_eq!(pending.poll(next, Waker::noop()), Poll::Pending);
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
        assert_eq!(
            pending.poll(due, Waker::noop()),
            Poll::Ready(Outcome::Timeout)
        );
        assert_eq!(pending.poll(later, Waker::noop()), Poll::Pending);
        assert_eq!(pending.waiting(), 1);
    }

    #[test]
    fn the_end_of_the_link_tells_what_never_left_from_what_may_have_run() {
        let mut pending = Pending::default();
        let unsent = insert(&mut pending, Instant::now());
        let sent = insert(&mut pending, Instant::now());
        let reason: Arc<str> = "died".into();
        let payload = Bytes::from_static(b"x");
        let wakers = pending.end(vec![(unsent.to_wire(), payload.clone())], &reason);
        assert_eq!(wakers.len(), 2);
        let lost = |payload| Poll::Ready(Outcome::Lost(payload, Arc::clone(&reason)));
        assert_eq!(pending.poll(unsent, Waker::noop()), lost(Some(payload)));
        assert_eq!(pending.poll(sent, Waker::noop()), lost(None));
    }
}
